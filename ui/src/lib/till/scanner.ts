/** Characters of one run, at least, to be a scan. */
const LEAST = 8;
/** A scanner's median gap between characters is below this, ms. People are slower. */
const FAST_MS = 35;
/** A longer pause starts a new run, ms. */
const PAUSE_MS = 150;

/**
 * Tells a barcode scanner from a person: at least eight characters with a median gap under 35 ms and then Enter.
 * `S` is what is put back when it was a scan: the state before its first character.
 */
export class ScannerGuard<S> {
  #gaps: number[] = [];
  #last = -Infinity;
  #count = 0;
  #before: S | undefined;

  /** Notes a character. `state` is the state before it. */
  character(at: number, state: S): void {
    const gap = at - this.#last;
    if (this.#count === 0 || gap > PAUSE_MS) {
      this.#gaps = [];
      this.#count = 0;
      this.#before = state;
    } else this.#gaps.push(gap);
    this.#last = at;
    this.#count += 1;
  }

  /** True in the middle of a run that looks like a scanner: no key may open anything now. */
  isRunning(at: number): boolean {
    return this.#count >= 3 && at - this.#last < FAST_MS && this.#median() < FAST_MS;
  }

  /** Enter ends the run. Returns the state to put back when it was a scan, else undefined. */
  enter(at: number): S | undefined {
    const scan = this.#count >= LEAST && at - this.#last <= PAUSE_MS && this.#median() < FAST_MS;
    const before = this.#before;
    this.#count = 0;
    this.#gaps = [];
    this.#before = undefined;
    return scan ? before : undefined;
  }

  #median(): number {
    const sorted = this.#gaps.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? Infinity;
  }
}

/** The window's one keyboard has one guard: the till notes characters, and whoever opens things by key asks it. */
export const scanner = new ScannerGuard<unknown>();
