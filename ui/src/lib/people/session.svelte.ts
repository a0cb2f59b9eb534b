import type { RequestOf, Verb } from '$lib/backend/types';
import type { Replies, Role, SessionView, StaffView } from '$lib/bindings';

type Call = <V extends Verb>(request: RequestOf<V>) => Promise<Replies[V]>;

const RANK: Record<Role, number> = { cashier: 0, manager: 1, owner: 2 };

/** True when `role` may do what `needed` may. */
export function atLeast(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

/** Who works at this till now. A till without an owner's PIN is open: nobody signs in, nothing locks. */
export class Session {
  view = $state.raw<SessionView | null>(null);
  /**
   * Moves when somebody else than before signs in: the screens start anew then, so that nobody sees what the person
   * before left open. The same person finds everything as it was.
   */
  desk = $state(0);
  /** Who was here last; the lock screen offers them first. */
  last = $state<number | null>(null);
  readonly #call: Call;
  readonly #flipped: (locked: boolean) => void;
  #loading: Promise<void> | undefined;

  /** `flipped` runs each time the till was locked or opened. */
  constructor(call: Call, flipped: (locked: boolean) => void = () => {}) {
    this.#call = call;
    this.#flipped = flipped;
  }

  get guarded(): boolean {
    return this.view?.guarded ?? false;
  }

  get locked(): boolean {
    return this.view?.locked ?? false;
  }

  get staff(): StaffView | null {
    return this.view?.staff ?? null;
  }

  /** Asks who is here; while one question is out, others join it. Rejects with an `ApiError`. */
  load(): Promise<void> {
    this.#loading ??= this.#call<'session'>({ verb: 'session' })
      .then((view) => this.use(view))
      .finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  use(view: SessionView): void {
    const before = this.locked;
    const now = view.staff?.id ?? null;
    if (now !== null) {
      if (this.last !== null && this.last !== now) this.desk += 1;
      this.last = now;
    }
    this.view = view;
    if (before !== view.locked) this.#flipped(view.locked);
  }

  /** Rejects with an `ApiError`: wrong PIN, or too many of them. */
  async signIn(staff_id: number, pin: string): Promise<void> {
    this.use(await this.#call<'sign_in'>({ verb: 'sign_in', staff_id, pin }));
  }

  async lock(): Promise<void> {
    if (!this.guarded || this.locked) return;
    this.use(await this.#call<'lock'>({ verb: 'lock' }));
  }
}
