import { errorText } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import { faultOf, type Faults } from './form';

/** A form's way to the till: once at a time, each fault where it belongs, and pressing twice does it once. */
export class Saving {
  busy = $state(false);
  error = $state('');
  faults = $state.raw<Faults>({});
  #id = requestId();

  /** Null unless the till has taken it. */
  async send<T>(take: (id: string) => Promise<T>, faults: Faults = {}): Promise<T | null> {
    if (this.busy) return null;
    this.faults = faults;
    this.error = '';
    if (Object.keys(faults).length > 0) return null;
    this.busy = true;
    try {
      const taken = await take(this.#id);
      this.#id = requestId();
      return taken;
    } catch (e) {
      const refused = toApiError(e);
      if (refused.code !== 'unavailable') this.#id = requestId();
      const fault = faultOf(refused);
      if (fault) this.faults = fault;
      else this.error = errorText(refused);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
