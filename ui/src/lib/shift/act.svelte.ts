import { errorText } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';

/**
 * One act of a dialog: one request id until the till has answered. Pressing twice does it once; when no answer came,
 * the same id is asked again; once it was refused, the next try is another act.
 */
export class Act {
  busy = $state(false);
  error = $state('');
  #id = requestId();

  /** Resolves true when it was done. A refusal stays here, for the dialog to show in place. */
  async run(work: (request_id: string) => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = '';
    try {
      await work(this.#id);
      return true;
    } catch (e) {
      const error = toApiError(e);
      this.error = errorText(error);
      if (error.code !== 'unavailable' && error.code !== 'internal') this.#id = requestId();
      return false;
    } finally {
      this.busy = false;
    }
  }
}
