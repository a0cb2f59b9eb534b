import type { RequestOf, Verb } from '$lib/backend/types';
import type { Programs, ProgramView, Replies } from '$lib/bindings';

type Call = <V extends Verb>(request: RequestOf<V>) => Promise<Replies[V]>;

/** Events come in bursts: a payment, an attempt, its answer. */
const SOON_MS = 300;

/** True when the owner should look at a program: its callbacks fail, or its secret is not here. */
export function needsLook(program: ProgramView): boolean {
  if (program.state === 'revoked') return program.undelivered > 0;
  return program.state === 'trouble' || program.state === 'no_secret';
}

/** The shop's programs: for their page, and for the dot on the way to it. Never a secret. */
export class ProgramsWatch {
  view = $state.raw<Programs | null>(null);
  readonly trouble: boolean = $derived.by(() => this.view?.programs.some(needsLook) ?? false);
  readonly #call: Call;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Rejects with an `ApiError`; a cashier may not see programs. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    const view = await this.#call<'programs'>({ verb: 'programs' });
    if (turn === this.#turn) this.view = view;
  }

  /** Loads once things are quiet; a failure is not the person's act. */
  soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load().catch(() => {}), SOON_MS);
  }

  /** Puts a changed program in its place before the list is asked for again. */
  put(program: ProgramView): void {
    if (!this.view) return;
    const known = this.view.programs.some((other) => other.id === program.id);
    const programs = known
      ? this.view.programs.map((other) => (other.id === program.id ? program : other))
      : [...this.view.programs, program];
    this.view = { ...this.view, programs };
  }

  /** Whoever is here now may not see programs. */
  forget(): void {
    this.#turn += 1;
    this.stop();
    this.view = null;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
