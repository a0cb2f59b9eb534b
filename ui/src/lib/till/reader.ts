import { anyDialogOpen } from '$lib/kit/dialogs.svelte';
import type { Entry } from './entry';
import { PAUSE_MS, type Scan, scanner } from './scanner';
import { isImeKey, type Stroke, strokeOf } from './strokes';

/** What stood where the keyboard goes before a scanner began. */
export interface Before {
  entry: Entry;
  field: { box: HTMLInputElement | HTMLTextAreaElement; value: string } | null;
}

/** Some input methods report one press twice, ms apart: once as theirs, once as the plain key. */
const SAME_PRESS_MS = 60;
/** No scanner presses these: what came before was a person. */
const BREAKS = /^(Backspace|Delete|Escape|F\d+)$/;

/**
 * Reads what a scanner types, whatever has the focus. Keys that may be a scanner's are held back until that is clear, so
 * that no digit of a payment code is ever shown.
 */
export class Reader {
  readonly #play: (stroke: Stroke) => void;
  readonly #putBack: (entry: Entry) => void;
  /** The amount's strokes since the run began; held back once the run looks like a scanner. */
  #strokes: Stroke[] = [];
  #holding = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = { code: '', at: -Infinity, ime: false, echoed: true };

  constructor(play: (stroke: Stroke) => void, putBack: (entry: Entry) => void) {
    this.#play = play;
    this.#putBack = putBack;
  }

  /** Notes a key. Returns a scan when this key ended one; it is then nobody else's. */
  take(event: KeyboardEvent, entry: Entry): Scan<Before> | null {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return null;
    const at = event.timeStamp;
    if (event.key === 'Enter' || event.code === 'Enter' || event.code === 'NumpadEnter') {
      const scan = scanner.enter(at) as Scan<Before> | null;
      // Anything but a payment code may be meant for the field it was scanned into.
      const theirs = scan !== null && scan.kind !== 'code' && (scan.before.field !== null || anyDialogOpen());
      if (!scan || theirs) {
        this.release();
        return null;
      }
      this.#drop();
      if (scan.before.field) restore(scan.before.field);
      return scan;
    }
    if (BREAKS.test(event.key)) {
      this.release();
      scanner.forget();
      return null;
    }
    if (event.key.length !== 1 && !isImeKey(event)) return null;
    if (this.#isEcho(event)) return null;
    if (at - this.#last.at > PAUSE_MS) this.release();
    this.#last = { code: event.code, at, ime: isImeKey(event), echoed: false };
    const stroke = strokeOf(event);
    const text = stroke?.kind === 'digit' ? stroke.text : event.key.length === 1 ? event.key : '?';
    scanner.character(at, { entry, field: fieldOf(event.target) } satisfies Before, text);
    return null;
  }

  /** True if the amount's stroke is held back: it may be a scanner's. */
  holds(stroke: Stroke, at: number): boolean {
    if (!this.#holding && !scanner.isRunning(at)) {
      this.#strokes.push(stroke);
      return false;
    }
    if (!this.#holding) {
      const before = scanner.before() as Before | undefined;
      if (before) this.#putBack(before.entry);
      this.#holding = true;
    }
    this.#strokes.push(stroke);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.release(), PAUSE_MS);
    return true;
  }

  /** It was a person: what was held back is played. */
  release(): void {
    const strokes = this.#holding ? this.#strokes : [];
    this.#drop();
    for (const stroke of strokes) this.#play(stroke);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#strokes = [];
    this.#holding = false;
  }

  #isEcho(event: KeyboardEvent): boolean {
    const { code, at, ime, echoed } = this.#last;
    if (echoed || event.code === '' || event.code !== code || ime === isImeKey(event)) return false;
    if (event.timeStamp - at >= SAME_PRESS_MS) return false;
    this.#last.echoed = true;
    return true;
  }
}

function fieldOf(target: EventTarget | null): Before['field'] {
  const box = target instanceof HTMLElement ? target.closest('input, textarea') : null;
  const typed = box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement;
  return typed ? { box, value: box.value } : null;
}

function restore({ box, value }: NonNullable<Before['field']>): void {
  box.value = value;
  box.dispatchEvent(new Event('input', { bubbles: true }));
}
