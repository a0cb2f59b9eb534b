/** The address to go on to, if it is one of the web: nothing else is ever opened, least of all a script. */
export function webAddress(raw: string | null): string | null {
  if (raw === null) return null;
  try {
    const url = new URL(raw);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

export const LEAVE_AFTER_S = 3;

/**
 * Goes on to the shop by itself after a few seconds that the customer saw: seconds in a hidden tab do not count.
 * Once in the life of a page, so that whoever comes back with the browser's arrow can stay.
 */
export class Leaving {
  #left = LEAVE_AFTER_S;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #done = false;
  readonly #seen: () => boolean;

  constructor(seen: () => boolean) {
    this.#seen = seen;
  }

  /** Seconds left; null when it goes nowhere by itself. */
  get left(): number | null {
    return this.#timer === undefined ? null : this.#left;
  }

  start(go: () => void, changed: () => void): void {
    if (this.#done || this.#timer !== undefined) return;
    const tick = (): void => {
      if (this.#seen()) this.#left -= 1;
      if (this.#left > 0) this.#timer = setTimeout(tick, 1000);
      else {
        this.stop();
        go();
      }
      changed();
    };
    this.#timer = setTimeout(tick, 1000);
    changed();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#done = true;
  }
}
