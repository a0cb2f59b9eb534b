import type { Settings } from '$lib/bindings';
import type { Form } from './form.svelte';

type Whole = 'books' | 'backup' | 'nightly';

/**
 * A group of settings that is saved as a whole. Two quick changes to two of its fields must both be in the second
 * save, though the first is still under way: so changes gather here, and each save carries all of them.
 */
export class Draft<F extends Whole> {
  #own = $state.raw<Settings[F] | null>(null);
  readonly #form: Form;
  readonly #field: F;

  constructor(form: Form, field: F) {
    this.#form = form;
    this.#field = field;
  }

  /** As it is on the screen: what was changed here, else what is stored. */
  get now(): Settings[F] | null {
    return this.#own ?? this.#form.now?.[this.#field] ?? null;
  }

  get error(): string | undefined {
    return this.#form.errors[this.#field];
  }

  get savedAt(): number {
    return this.#form.savedAt(this.#field);
  }

  /** What was refused stays on the screen, beside the cause. */
  async set(change: Partial<Settings[F]>): Promise<boolean> {
    const before = this.now;
    if (!before) return false;
    const next = { ...before, ...change };
    this.#own = next;
    const done = await this.#form.save(this.#field, { [this.#field]: next } as Partial<Settings>);
    if (done && this.#own === next) this.#own = null;
    return done;
  }
}
