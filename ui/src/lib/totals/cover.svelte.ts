import { toApiError } from '$lib/backend/errors';
import type { Backend } from '$lib/backend/types';
import type { ApiError, SessionView } from '$lib/bindings';

/** `asking`: not known yet. `pin`: the owner's PIN opens it. `press`: no owner has a PIN; a deliberate press opens it. */
export type CoverState = 'asking' | 'pin' | 'press' | 'open';

/**
 * The till faces customers: figures stay covered until somebody who may see them says so, and are covered again after
 * a while and when the screen is left.
 */
export class Cover {
  state = $state<CoverState>('asking');
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pressed = false;
  #left = false;

  readonly #till: Pick<Backend, 'call'>;
  readonly #now: () => number;
  readonly #shownMs: () => number;

  /** `now` is the till's clock; `shownMs` how long a press lasts. */
  constructor(till: Pick<Backend, 'call'>, now: () => number, shownMs: () => number) {
    this.#till = till;
    this.#now = now;
    this.#shownMs = shownMs;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** Asks who is here and what may be shown. */
  async ask(): Promise<void> {
    try {
      this.#take(await this.#till.call<'session'>({ verb: 'session' }));
      this.error = null;
    } catch (e) {
      this.error = toApiError(e);
      if (this.state === 'asking') this.state = 'pin';
    }
  }

  #take(session: SessionView): void {
    if (this.#left) return;
    clearTimeout(this.#timer);
    if (!session.guarded) {
      this.state = this.#pressed ? 'open' : 'press';
      if (this.#pressed) this.#coverIn(this.#shownMs());
    } else if (session.totals_open && !session.locked) {
      this.state = 'open';
      if (session.totals_until !== null) this.#coverIn(session.totals_until - this.#now());
    } else {
      this.state = 'pin';
    }
  }

  #coverIn(ms: number): void {
    clearTimeout(this.#timer);
    // Timers hold 31 bits; a later instant than that is asked again by then.
    this.#timer = setTimeout(() => void this.cover(), Math.min(Math.max(0, ms), 2_000_000_000));
  }

  /** The owner's PIN. False when it was not right. */
  async reveal(pin: string): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      this.#take(await this.#till.call<'reveal'>({ verb: 'reveal', pin }));
      return this.isOpen;
    } catch (e) {
      this.error = toApiError(e);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The deliberate press, where nobody has a PIN. */
  press(): void {
    if (this.state !== 'press') return;
    this.#pressed = true;
    this.state = 'open';
    this.#coverIn(this.#shownMs());
  }

  /** Somebody is reading: a press lasts from the last touch. A PIN's time is the till's to say. */
  touch(): void {
    if (this.#pressed && this.isOpen) this.#coverIn(this.#shownMs());
  }

  /** Covers now. */
  async cover(): Promise<void> {
    clearTimeout(this.#timer);
    const pressed = this.#pressed;
    this.#pressed = false;
    if (this.isOpen) this.state = pressed ? 'press' : 'pin';
    try {
      await this.#till.call<'cover'>({ verb: 'cover' });
    } catch {
      // Covered here; the till covers by itself when its time is over.
    }
  }

  /** The till refused figures: its time was over first. */
  refused(): void {
    clearTimeout(this.#timer);
    this.#pressed = false;
    this.state = 'pin';
  }

  /** The screen is left. */
  leave(): void {
    this.#left = true;
    void this.cover();
  }
}
