/**
 * The till's clock as this screen knows it. Countdowns use the `now` that came with a view plus the time that passed
 * here since (monotonic), so a screen whose own clock is wrong still counts right.
 */
class TillClock {
  #offset = Date.now() - performance.now();
  #now = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  /** The till's time now, in Unix ms; moves four times a second while a screen shows it. */
  get now(): number {
    return this.#now;
  }

  /** The till's time this instant, without the quarter-second steps. */
  exact(): number {
    return performance.now() + this.#offset;
  }

  /** Takes over a `now` that the till just sent. */
  observe(now: number): void {
    this.#offset = now - performance.now();
    this.#now = this.exact();
  }

  start(): () => void {
    this.#timer ??= setInterval(() => (this.#now = this.exact()), 250);
    return () => {
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}

export const clock = new TillClock();
