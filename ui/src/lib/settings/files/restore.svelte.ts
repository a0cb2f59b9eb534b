import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { RequestOf, Verb } from '$lib/backend/types';
import type { ApiError, BackupView, Replies, RestorePlan } from '$lib/bindings';

export interface RestoreTill {
  call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]>;
}

export type RestoreStep = 'choose' | 'look' | 'confirm' | 'ready';

/** A restore, step by step: nothing is prepared before a person has seen what it means and typed a word for it. */
export class Restore {
  step = $state<RestoreStep>('choose');
  path = $state('');
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);
  /** The chosen file as it was looked at. */
  looked = $state.raw<BackupView | null>(null);
  /** What was prepared, with what it will cost. */
  plan = $state.raw<RestorePlan | null>(null);
  #act: { path: string; id: string } | null = null;
  readonly #till: RestoreTill;

  constructor(till: RestoreTill, path = '') {
    this.#till = till;
    this.path = path;
  }

  /** Looks through the chosen file, and goes on when it can be read. */
  async look(): Promise<void> {
    const path = this.path.trim();
    if (path === '' || this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      const looked = await this.#till.call<'check_backup'>({ verb: 'check_backup', path });
      if (this.path.trim() !== path) return;
      this.looked = looked;
      this.step = 'look';
    } catch (e) {
      this.error = toApiError(e);
    } finally {
      this.busy = false;
    }
  }

  /** From what it holds to the question; a damaged file goes no further. */
  next(): void {
    if (this.step === 'look' && this.looked?.sound === true) this.step = 'confirm';
  }

  back(): void {
    this.error = null;
    if (this.step === 'confirm') this.step = 'look';
    else if (this.step === 'look') this.step = 'choose';
  }

  /** Prepares it; it happens at the next start. */
  async prepare(typed: string, word: string): Promise<boolean> {
    const path = this.looked?.path ?? '';
    if (this.step !== 'confirm' || path === '' || this.busy) return false;
    if (typed.trim().toLowerCase() !== word) return false;
    this.busy = true;
    this.error = null;
    if (this.#act?.path !== path) this.#act = { path, id: requestId() };
    try {
      this.plan = await this.#till.call<'restore'>({ verb: 'restore', request_id: this.#act.id, path });
      this.step = 'ready';
      return true;
    } catch (e) {
      this.error = toApiError(e);
      if (this.error.code !== 'unavailable' && this.error.code !== 'internal') this.#act = null;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
