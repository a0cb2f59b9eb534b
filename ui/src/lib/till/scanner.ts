import { paymentCodes } from '$lib/trade/authcode';

/** Characters of one run, at least, to be a scan. */
const LEAST = 8;
/** A scanner's median gap between characters is below this, ms. People are slower. */
const FAST_MS = 35;
/** Scanners that speak slowly stay below this; enough for a payment code, which nobody types. */
const CODE_FAST_MS = 50;
/** A longer pause starts a new run, ms. */
export const PAUSE_MS = 150;
/** No run is longer; what comes before is forgotten. */
const MOST = 64;

/** A run of characters that a scanner typed. `before` is the state to put back: the one before its first character. */
export type Scan<S> =
  | { kind: 'code'; code: string; before: S }
  /** As long as a payment code, but nobody's. */
  | { kind: 'strange'; before: S }
  | { kind: 'other'; before: S };

interface Character<S> {
  text: string;
  /** Since the one before it, ms. */
  gap: number;
  before: S;
}

/**
 * Tells a barcode scanner from a person: at least eight characters with a median gap under 35 ms and then Enter. What
 * was typed by hand just before belongs to the person. Nothing of a run is kept after its Enter.
 */
export class ScannerGuard<S> {
  #run: Character<S>[] = [];
  #last = -Infinity;

  /** Notes a character. `state` is the state before it. */
  character(at: number, state: S, text = ''): void {
    const gap = at - this.#last;
    if (gap > PAUSE_MS) this.#run = [];
    this.#run = [...this.#run, { text, gap: this.#run.length === 0 ? 0 : gap, before: state }].slice(-MOST);
    this.#last = at;
  }

  /** True in the middle of a run that looks like a scanner: no key may open anything now. */
  isRunning(at: number): boolean {
    return this.#run.length >= 3 && at - this.#last < FAST_MS && median(this.#run) < FAST_MS;
  }

  forget(): void {
    this.#run = [];
  }

  /** The state before the run that is under way. */
  before(): S | undefined {
    return this.#run[0]?.before;
  }

  /** Enter ends the run. Returns what it was when a scanner typed it. */
  enter(at: number): Scan<S> | null {
    const run = this.#run;
    this.#run = [];
    const first = run[0];
    if (!first || at - this.#last > PAUSE_MS) return null;
    const code = codeOf(run);
    if (code) return code;
    const scan = run.length >= LEAST && median(run) < FAST_MS;
    return scan ? { kind: 'other', before: first.before } : null;
  }
}

/** The payment code at the end of a run: all of it, or what follows a pause as long as a person's. */
function codeOf<S>(run: readonly Character<S>[]): Scan<S> | null {
  let strange: Scan<S> | null = null;
  for (const [i, first] of run.entries()) {
    if (i > 0 && first.gap < CODE_FAST_MS) continue;
    const rest = run.slice(i);
    const text = rest.map((c) => c.text).join('');
    if (!paymentCodes.looksLike(text) || median(rest) >= CODE_FAST_MS) continue;
    if (paymentCodes.channelOf(text)) return { kind: 'code', code: text, before: first.before };
    strange ??= { kind: 'strange', before: first.before };
  }
  return strange;
}

function median(run: readonly Character<unknown>[]): number {
  const sorted = run
    .slice(1)
    .map((c) => c.gap)
    .sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Infinity;
}

/** The window's one keyboard has one guard: the till notes characters, and whoever opens things by key asks it. */
export const scanner = new ScannerGuard<unknown>();
