import type { GatewayField } from '$lib/bindings';
import type { Values } from './values.svelte';

/** Whether a field stands for what the till keeps, or is a box to fill. Made while its component is. */
export class Keeping {
  /** What is kept is to be replaced. */
  again = $state(false);
  readonly #values: () => Values;
  readonly #field: () => GatewayField;

  constructor(values: () => Values, field: () => GatewayField) {
    this.#values = values;
    this.#field = field;
    // Once the till has taken the new one over, that is kept.
    $effect(() => {
      if (values().saves > 0) this.again = false;
    });
  }

  get touched(): boolean {
    return this.#values().touched(this.#field().name);
  }

  get text(): string {
    return this.#values().text(this.#field().name);
  }

  /** It is taken away once the form is saved. */
  get going(): boolean {
    return this.touched && this.text === '';
  }

  get kept(): boolean {
    return !this.touched && this.#field().filled && !this.again;
  }

  /** Leaves the field as the till has it. */
  undo(): void {
    this.#values().keep(this.#field().name);
    this.again = false;
  }
}
