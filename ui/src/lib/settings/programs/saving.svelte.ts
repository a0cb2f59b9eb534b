import { errorText } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { ProgramSettings, Protocol } from '$lib/bindings';
import { type Draft, faultOf, type Faults, settingsOf } from './form';

/** A form's way to the till: once at a time, and each fault where it belongs. */
export class Saving {
  busy = $state(false);
  error = $state('');
  faults = $state.raw<Faults>({});
  // One id for one wish: pressing twice does it once; after an answer it is another wish.
  #id = requestId();

  /** True once the till has taken it. */
  async send(
    draft: Draft,
    protocol: Protocol,
    take: (settings: ProgramSettings, id: string) => Promise<unknown>,
  ): Promise<boolean> {
    if (this.busy) return false;
    const read = settingsOf(draft, protocol);
    this.faults = read.faults ?? {};
    if (!read.settings) return false;
    this.busy = true;
    this.error = '';
    try {
      await take(read.settings, this.#id);
      this.#id = requestId();
      return true;
    } catch (e) {
      const refused = toApiError(e);
      if (refused.code !== 'unavailable') this.#id = requestId();
      const fault = faultOf(refused);
      if (fault) this.faults = fault;
      else this.error = errorText(refused);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
