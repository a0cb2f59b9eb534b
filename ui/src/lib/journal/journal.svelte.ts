import { toApiError } from '$lib/backend/errors';
import type { RequestOf, Verb } from '$lib/backend/types';
import type { ApiError, JournalCheck, JournalEntry, JournalFilter, Replies } from '$lib/bindings';

export const PAGE = 100;

export interface JournalTill {
  call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]>;
}

export type Narrowing = Omit<JournalFilter, 'before_seq'>;

export const EVERYTHING: Narrowing = { act: '', actor: '', subject: '', from_at: null, to_at: null };

/** The journal as far as it was read, newest first, and how its chain stands. It draws nothing. */
export class JournalPages {
  rows = $state.raw<readonly JournalEntry[]>([]);
  /** Everything that fits the filter was read. */
  atEnd = $state(false);
  loading = $state(false);
  error = $state.raw<ApiError | null>(null);
  narrowing = $state.raw<Narrowing>(EVERYTHING);
  checking = $state(false);
  check = $state.raw<JournalCheck | null>(null);
  checkError = $state.raw<ApiError | null>(null);
  /** Who is named in what was read: the filter offers them. */
  actors = $state.raw<readonly string[]>([]);
  #reads = 0;
  readonly #till: JournalTill;

  constructor(till: JournalTill) {
    this.#till = till;
  }

  get narrowed(): boolean {
    return JSON.stringify(this.narrowing) !== JSON.stringify(EVERYTHING);
  }

  /** Narrows what is shown, and begins at the newest again. */
  narrow(change: Partial<Narrowing>): Promise<void> {
    this.narrowing = { ...this.narrowing, ...change };
    return this.load();
  }

  async load(): Promise<void> {
    await this.#read(null);
  }

  async more(): Promise<void> {
    const last = this.rows.at(-1);
    if (last && !this.atEnd && !this.loading) await this.#read(last.seq);
  }

  async #read(before_seq: number | null): Promise<void> {
    const read = ++this.#reads;
    this.loading = true;
    try {
      const rows = await this.#till.call<'journal'>({
        verb: 'journal',
        filter: { ...this.narrowing, before_seq },
        limit: PAGE,
      });
      // An answer that a newer question overtook is dropped.
      if (read !== this.#reads) return;
      this.rows = before_seq === null ? rows : [...this.rows, ...rows];
      this.atEnd = rows.length < PAGE;
      this.error = null;
      this.actors = [...new Set([...this.actors, ...rows.map((row) => row.actor)])].sort();
    } catch (e) {
      if (read === this.#reads) this.error = toApiError(e);
    } finally {
      if (read === this.#reads) this.loading = false;
    }
  }

  /** Walks the whole chain. */
  async verify(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    this.checkError = null;
    this.check = null;
    try {
      this.check = await this.#till.call<'check_journal'>({ verb: 'check_journal' });
    } catch (e) {
      this.checkError = toApiError(e);
    } finally {
      this.checking = false;
    }
  }
}
