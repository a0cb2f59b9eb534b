import type { Settings } from '$lib/bindings';

const KEY = 'qiantai.wizard';
/** Shop, codes, phone, screen and sound, self-test. */
export const STEPS = 5;

interface Stored {
  step: number;
  /** Finished, or put off by the owner. */
  ended: boolean;
}

/** Where the first set-up stands. A browser that keeps nothing merely starts at the first card again. */
function read(): Stored {
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? 'null');
    if (typeof value === 'object' && value !== null) {
      const { step, ended } = value as Record<string, unknown>;
      const n = typeof step === 'number' && Number.isInteger(step) && step >= 1 && step <= STEPS ? step : 1;
      return { step: n, ended: ended === true };
    }
  } catch {
    // Private mode, a full disk or somebody else's value: start anew.
  }
  return { step: 1, ended: false };
}

export class Progress {
  #stored = $state<Stored>(read());
  /** Stays open once it opened: the first card gives the shop its name. */
  #opened = $state(false);

  get step(): number {
    return this.#stored.step;
  }

  /** True while the wizard takes the place of the till. */
  wanted(settings: Settings | null): boolean {
    if (this.#stored.ended || !settings) return false;
    return this.#opened || settings.shop_name === '' || this.#stored.step > 1;
  }

  go(step: number): void {
    this.#opened = true;
    this.#write({ step: Math.min(STEPS, Math.max(1, step)), ended: false });
  }

  end(): void {
    this.#opened = false;
    this.#write({ step: 1, ended: true });
  }

  #write(next: Stored): void {
    this.#stored = next;
    try {
      window.localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // Not kept: the next start begins at the first card.
    }
  }
}
