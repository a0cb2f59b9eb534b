import { errorText } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { ApiError } from '$lib/bindings';

/** A form's way to the till: once at a time, and each fault where it belongs. */
export class Saving<Faults extends object> {
  busy = $state(false);
  error = $state('');
  faults = $state.raw<Partial<Faults>>({});
  readonly #faultOf: (error: ApiError) => Partial<Faults> | null;
  // One id for one wish: pressing twice does it once; after an answer it is another wish.
  #id = requestId();

  /** `faultOf`: the fault beside a field that a refusal of the till means; null: it belongs to no field. */
  constructor(faultOf: (error: ApiError) => Partial<Faults> | null) {
    this.#faultOf = faultOf;
  }

  /** Null unless the till has taken it. `faults`: what the form itself finds wrong; the till is not asked then. */
  async send<T>(take: (id: string) => Promise<T>, faults: Partial<Faults> = {}): Promise<T | null> {
    if (this.busy) return null;
    this.faults = faults;
    if (Object.keys(faults).length > 0) return null;
    this.error = '';
    this.busy = true;
    try {
      const taken = await take(this.#id);
      this.#id = requestId();
      return taken;
    } catch (e) {
      const refused = toApiError(e);
      if (refused.code !== 'unavailable') this.#id = requestId();
      const fault = this.#faultOf(refused);
      if (fault) this.faults = fault;
      else this.error = errorText(refused);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
