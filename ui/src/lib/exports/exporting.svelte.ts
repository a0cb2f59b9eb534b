import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { RequestOf, Stop, TillEvent, Verb } from '$lib/backend/types';
import type { ApiError, ExportJob, Replies } from '$lib/bindings';

/** Between two looks at a running export, should its events not come. */
const LOOK_MS = 1000;

export interface ExportTill {
  call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]>;
  onEvent(listener: (event: TillEvent) => void): Stop;
}

export type ExportOrder = Omit<RequestOf<'export'>, 'verb' | 'request_id'>;

/** One export at a time: how far it is, and how it ended. It goes on when its dialog is closed. */
export class Exporting {
  job = $state.raw<ExportJob | null>(null);
  starting = $state(false);
  cancelling = $state(false);
  error = $state.raw<ApiError | null>(null);
  readonly #till: ExportTill;
  #act: { order: string; id: string } | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  readonly #done: (job: ExportJob) => void;

  /** `done` is told of an export that came to its end. */
  constructor(till: ExportTill, done: (job: ExportJob) => void = () => {}) {
    this.#till = till;
    this.#done = done;
  }

  get running(): boolean {
    return this.starting || this.job?.state === 'running';
  }

  /** Follows the till until stopped. */
  start(): Stop {
    const stop = this.#till.onEvent((event) => {
      if (event.event === 'export://changed' && event.job.id === this.job?.id) this.#take(event.job);
    });
    return () => {
      stop();
      clearInterval(this.#timer);
    };
  }

  #take(job: ExportJob): void {
    // Events and looks may cross: what is over stays over, and rows never go back.
    const before = this.job;
    if (before?.id === job.id && before.state !== 'running') return;
    if (before?.id === job.id && job.state === 'running' && job.rows < before.rows) return;
    this.job = job;
    if (job.state !== 'running') {
      this.cancelling = false;
      clearInterval(this.#timer);
      if (job.state === 'done') this.#done(job);
    }
  }

  /** Starts an export. The same order tried again after a lost answer is the same export. */
  async go(order: ExportOrder): Promise<void> {
    if (this.running) return;
    const key = JSON.stringify(order);
    if (this.#act?.order !== key) this.#act = { order: key, id: requestId() };
    const request_id = this.#act.id;
    this.starting = true;
    this.error = null;
    this.job = null;
    try {
      const job = await this.#till.call<'export'>({ verb: 'export', request_id, ...order });
      this.#act = null;
      this.starting = false;
      this.#take(job);
      clearInterval(this.#timer);
      if (this.running) this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    } catch (e) {
      this.error = toApiError(e);
      if (this.error.code !== 'unavailable' && this.error.code !== 'internal') this.#act = null;
    } finally {
      this.starting = false;
    }
  }

  async #look(): Promise<void> {
    const id = this.job?.id;
    if (id === undefined) return;
    try {
      const job = await this.#till.call<'export_job'>({ verb: 'export_job', job_id: id });
      if (this.job?.id === id) this.#take(job);
    } catch {
      // The next look or event tells.
    }
  }

  async cancel(): Promise<void> {
    const job = this.job;
    if (job?.state !== 'running' || this.cancelling) return;
    this.cancelling = true;
    try {
      this.#take(await this.#till.call<'cancel_export'>({ verb: 'cancel_export', job_id: job.id }));
    } catch (e) {
      this.cancelling = false;
      this.error = toApiError(e);
    }
  }

  /** Ready for another one. */
  clear(): void {
    if (this.running) return;
    this.job = null;
    this.error = null;
  }
}
