import type { Stop } from '$lib/backend/types';

const EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
const LOOK_EVERY_MS = 1000;
const TELL_EVERY_MS = 20_000;

/** Locks a till that nobody has touched for a while. */
export class IdleLock {
  readonly #limit: () => number;
  readonly #held: () => boolean;
  readonly #lock: () => void;
  readonly #present: () => void;
  #steady = 0;
  #wall = 0;
  #told = -Infinity;
  #touched = false;

  /**
   * `limit` in ms, 0 for never. While `held` is true somebody is taken to be watching (a ticket waits for its money),
   * so the time runs from its end. `present` runs now and then while somebody is there: the engine keeps a watch of
   * its own.
   */
  constructor(limit: () => number, held: () => boolean, lock: () => void, present: () => void = () => {}) {
    this.#limit = limit;
    this.#held = held;
    this.#lock = lock;
    this.#present = present;
  }

  touch(): void {
    this.#touched = true;
    this.#steady = performance.now();
    this.#wall = Date.now();
  }

  look(): void {
    if (this.#held()) this.touch();
    const limit = this.#limit();
    if (limit > 0 && this.#touched && performance.now() - this.#told >= Math.min(limit / 3, TELL_EVERY_MS)) {
      this.#touched = false;
      this.#told = performance.now();
      this.#present();
    }
    // The steady clock stands still while a computer sleeps, the other one may be set: the longer time counts.
    const idle = Math.max(performance.now() - this.#steady, Date.now() - this.#wall);
    if (limit > 0 && idle >= limit) {
      this.touch();
      this.#touched = false;
      this.#lock();
    }
  }

  start(): Stop {
    this.touch();
    const touch = (): void => this.touch();
    for (const name of EVENTS) window.addEventListener(name, touch, { capture: true, passive: true });
    const timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      for (const name of EVENTS) window.removeEventListener(name, touch, { capture: true });
    };
  }
}
