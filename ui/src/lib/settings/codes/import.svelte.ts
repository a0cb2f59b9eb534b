import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import { type App, errorText } from '$lib/app/state.svelte';
import type { AccountView, Channel, CodeView, Fen, Inspected } from '$lib/bindings';
import { t } from '$lib/i18n';
import { fenToText, textToFen } from '$lib/money';
import { amountInName, PICTURE_MAX, readPicture } from '../picture';

/** Channels a receiving code can have. */
export const CODE_CHANNELS: readonly Channel[] = ['wechat', 'alipay', 'unionpay', 'ecny', 'bank'];

export type JobState =
  'waiting' | 'reading' | 'choose' | 'ready' | 'failed' | 'unreadable' | 'too_large' | 'not_picture';

/** One picture on its way to becoming a code. */
export class Job {
  state = $state<JobState>('waiting');
  found = $state.raw<readonly Inspected[]>([]);
  pick = $state(0);
  message = $state('');
  /** How long reading took, ms. */
  took = $state(0);
  channel = $state<Channel | null>(null);
  /** Null: a new account. */
  accountId = $state<number | null>(null);
  label = $state('');
  fixed = $state(false);
  amount = $state('');
  amountFrom = $state<'' | 'code' | 'name'>('');
  /** The person chose where it goes; defaults must not change it any more. */
  touched = $state(false);
  asked = $state(false);
  busy = $state(false);
  /** Kept while an outcome is unknown, so that trying again cannot add it twice. */
  requestId = '';

  constructor(
    readonly id: number,
    readonly name: string,
    readonly file: Blob | null,
  ) {}

  get code(): Inspected | null {
    return this.state === 'ready' ? (this.found[this.pick] ?? null) : null;
  }
  readonly amountFen = $derived.by((): Fen | null => (this.fixed ? textToFen(this.amount) : null));
  /** Words for what is still missing, empty when it can be added. */
  readonly missing = $derived.by((): string => {
    if (this.channel === null) return t('settings.codes.channel_ask');
    if (this.fixed && !this.amountFen) return t('settings.codes.amount_need');
    return '';
  });
}

export interface Change {
  job: Job;
  old: CodeView | null;
  account: AccountView | null;
}

/** Takes pictures in, reads them one after the other and adds what a person agrees to. Draws nothing. */
export class Import {
  jobs = $state.raw<readonly Job[]>([]);
  accounts = $state.raw<readonly AccountView[]>([]);
  loaded = $state(false);
  /** A change that waits for a plain yes. */
  change = $state.raw<Change | null>(null);
  loadError = $state('');
  #next = 1;
  #running: Promise<void> = Promise.resolve();
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  async load(): Promise<void> {
    try {
      this.use(await this.#app.call<'accounts'>({ verb: 'accounts' }));
      this.loadError = '';
    } catch (e) {
      this.loadError = errorText(toApiError(e));
    }
  }

  use(accounts: readonly AccountView[]): void {
    this.accounts = accounts;
    this.loaded = true;
    for (const job of this.jobs) if (job.state === 'ready' && !job.touched) this.#aim(job);
  }

  /** Queues files. Too large ones are refused before a byte is read. */
  take(files: readonly File[], pasted = false): Promise<void> {
    for (const file of files) {
      const job = new Job(this.#next++, pasted ? t('settings.codes.pasted') : file.name, file);
      if (file.size > PICTURE_MAX) {
        job.state = 'too_large';
        job.message = t('settings.codes.too_large', {
          name: job.name,
          size: Math.ceil(file.size / 1024 / 1024),
        });
      } else if (file.type !== '' && !file.type.startsWith('image/')) {
        job.state = 'not_picture';
        job.message = t('settings.codes.not_picture', { name: job.name });
      }
      this.jobs = [...this.jobs, job];
      if (job.state === 'waiting') this.#running = this.#running.then(() => this.#read(job));
    }
    return this.#running;
  }

  async #read(job: Job): Promise<void> {
    if (!job.file || !this.jobs.includes(job)) return;
    job.state = 'reading';
    const started = performance.now();
    try {
      const picture_base64 = await readPicture(job.file);
      const found = await this.#app.call<'inspect_picture'>({ verb: 'inspect_picture', picture_base64 });
      job.took = Math.round(performance.now() - started);
      job.found = found;
      if (found.length === 0) this.#unreadable(job);
      else if (found.length === 1) this.choose(job, 0);
      else job.state = 'choose';
    } catch (e) {
      const error = toApiError(e);
      if (error.code === 'no_qr') this.#unreadable(job);
      else {
        job.state = 'failed';
        job.message = t('settings.codes.failed', { message: errorText(error) });
      }
    }
  }

  #unreadable(job: Job): void {
    job.state = 'unreadable';
    job.message = t('settings.codes.none', { name: job.name });
  }

  /** Settles which of several codes in a picture is meant. */
  choose(job: Job, pick: number): void {
    const code = job.found[pick];
    if (!code) return;
    job.pick = pick;
    job.state = 'ready';
    job.channel = code.channel;
    const named = amountInName(job.name);
    const fen = code.amount_fen ?? (named ? textToFen(named) : null);
    job.fixed = fen !== null && fen > 0;
    job.amount = job.fixed && fen !== null ? fenToText(fen) : '';
    job.amountFrom = code.amount_fen !== null ? 'code' : job.fixed ? 'name' : '';
    this.#aim(job);
  }

  /** Where a code goes unless the person says otherwise: the account of its channel, else a new one. */
  #aim(job: Job): void {
    const known = job.code?.known_account_id;
    const same = this.accounts.filter((a) => a.channel === job.channel);
    job.accountId = known ?? same[0]?.id ?? null;
    job.label = this.freeLabel(job.channel);
  }

  aimAgain(job: Job): void {
    this.#aim(job);
  }

  freeLabel(channel: Channel | null): string {
    if (channel === null) return '';
    const base = t(`channel.${channel}`);
    const taken = new Set(this.accounts.map((a) => a.label));
    for (let n = 1; ; n += 1) {
      const label = n === 1 ? base : `${base} ${n}`;
      if (!taken.has(label)) return label;
    }
  }

  account(id: number | null): AccountView | null {
    return this.accounts.find((a) => a.id === id) ?? null;
  }

  /** The code of an account that adding this one would put out of use. */
  replaced(job: Job): CodeView | null {
    const codes = this.account(job.accountId)?.codes ?? [];
    return codes.find((c) => c.amount_fen === job.amountFen && c.payload !== job.code?.payload) ?? null;
  }

  /** Adding needs a plain yes when a code in use changes, or when a second free code of the channel would appear. */
  needsYes(job: Job): boolean {
    return this.replaced(job) !== null || (job.code?.changes_code === true && !job.fixed);
  }

  /** Adds a code, or asks first. */
  async add(job: Job, yes = false): Promise<boolean> {
    const code = job.code;
    job.asked = true;
    if (
      !code ||
      !code.usable ||
      code.known_account_id !== null ||
      job.busy ||
      job.missing ||
      job.channel === null
    )
      return false;
    if (!yes && this.needsYes(job)) {
      const account = this.account(job.accountId);
      const other = this.accounts.find(
        (a) => a.channel === job.channel && a.codes.some((c) => c.amount_fen === null),
      );
      const old = this.replaced(job) ?? (account ?? other)?.codes.find((c) => c.amount_fen === null) ?? null;
      this.change = { job, old, account };
      return false;
    }
    this.change = null;
    job.busy = true;
    job.message = '';
    job.requestId ||= requestId();
    try {
      const accounts = await this.#app.call<'add_code'>({
        verb: 'add_code',
        request_id: job.requestId,
        payload: code.payload,
        channel: job.channel,
        account_id: job.accountId,
        label: job.accountId === null ? job.label.trim() || this.freeLabel(job.channel) : '',
        amount_fen: job.amountFen,
      });
      this.drop(job);
      this.use(accounts);
      void this.#app.loadHealth();
      return true;
    } catch (e) {
      const error = toApiError(e);
      if (error.code !== 'unavailable' && error.code !== 'internal') job.requestId = '';
      job.message = errorText(error);
      return false;
    } finally {
      job.busy = false;
    }
  }

  readonly addable = $derived.by(() =>
    this.jobs.filter((j) => j.code?.usable && j.code.known_account_id === null && j.missing === ''),
  );

  /** Adds one after the other; stops at the first that needs a yes or fails. */
  async addAll(): Promise<number> {
    let added = 0;
    for (const job of [...this.addable]) {
      if (!(await this.add(job))) break;
      added += 1;
    }
    return added;
  }

  drop(job: Job): void {
    this.jobs = this.jobs.filter((other) => other !== job);
    if (this.change?.job === job) this.change = null;
  }

  // ── accounts ──

  async update(
    id: number,
    change: { label?: string; enabled?: boolean; position?: number },
  ): Promise<string> {
    try {
      this.use(
        await this.#app.call<'update_account'>({
          verb: 'update_account',
          request_id: requestId(),
          account_id: id,
          label: change.label ?? null,
          enabled: change.enabled ?? null,
          position: change.position ?? null,
        }),
      );
      void this.#app.loadHealth();
      return '';
    } catch (e) {
      return errorText(toApiError(e));
    }
  }

  async remove(codeId: number): Promise<string> {
    try {
      this.use(
        await this.#app.call<'remove_code'>({
          verb: 'remove_code',
          request_id: requestId(),
          code_id: codeId,
        }),
      );
      void this.#app.loadHealth();
      return '';
    } catch (e) {
      return errorText(toApiError(e));
    }
  }
}
