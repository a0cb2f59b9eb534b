/**
 * The till's clock, carried on by a clock of this machine that nobody can set. It may stand still while the
 * machine sleeps, so the page asks for a fresh state when it wakes.
 */
export class TillClock {
  #till = 0;
  #here = 0;
  readonly #steady: () => number;

  constructor(steady: () => number = () => performance.now()) {
    this.#steady = steady;
  }

  set(now: number): void {
    this.#till = now;
    this.#here = this.#steady();
  }

  now(): number {
    return this.#till + (this.#steady() - this.#here);
  }
}

/** `92000` → `1:32`, `3725000` → `1:02:05`. Rounds up, so that 0:00 means over. */
export function clockText(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** How much of the time is left, from 1 to 0. */
export function shareLeft(openedAt: number, expiresAt: number, now: number): number {
  const whole = expiresAt - openedAt;
  return whole > 0 ? Math.min(1, Math.max(0, (expiresAt - now) / whole)) : 0;
}

/** `14:02:13`, where the customer is. */
export function timeText(at: number): string {
  const day = new Date(at);
  return [day.getHours(), day.getMinutes(), day.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
}
