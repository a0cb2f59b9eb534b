import type { App } from '$lib/app/state.svelte';
import type { Sale } from '$lib/bindings';

/** Keys come in bursts; the counter screen follows at rest. */
const AFTER_MS = 150;

/**
 * Tells the counter screen what is being keyed, before payment. Its owner shows a growing sum or items, not single
 * digits, and never instead of a code that somebody is scanning.
 */
export class CartMirror {
  readonly #app: App;
  #shown = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  /** Shows a sale soon; null clears the screen if anything was shown. */
  show(sale: Sale | null): void {
    clearTimeout(this.#timer);
    if (sale === null && !this.#shown) return;
    this.#timer = setTimeout(() => {
      this.#shown = sale !== null;
      // The counter screen is a courtesy: a sale never waits for it, nor fails with it.
      this.#app.call<'show_cart'>({ verb: 'show_cart', sale }).catch(() => {});
    }, AFTER_MS);
  }

  /** The sale went on to a ticket, which took the screen over. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#shown = false;
  }
}
