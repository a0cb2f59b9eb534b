import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { RequestOf, Verb } from '$lib/backend/types';
import type {
  ApiError,
  CheckLine,
  CheckOutcome,
  Replies,
  StatementCheck,
  StatementHead,
} from '$lib/bindings';
import { base64 } from '../settings/picture';
import { lineKey, sorted, sortedLines } from './outcomes';

/** A statement of 100 000 lines has some 20 MB; more is no statement of a small shop. */
export const FILE_MAX = 64 * 1024 * 1024;
/** Lines an act answers with, and asked for at first; the gravest come first, so that what matters is among them. */
const FIRST = 200;
/** The engine lists no more. */
const MOST = 2000;
const LISTED = 50;

export interface StatementTill {
  call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]>;
}

/** A file on its way in. Its content stays here while its password is asked for. */
interface Incoming {
  name: string;
  content: string;
  /** The same file tried again with a password is the same act only while it has the same answer. */
  id: string;
}

/** Why a file was not even sent. */
export type FileFault =
  | { kind: 'too_big'; name: string; mb: number }
  | { kind: 'empty'; name: string }
  /** Another one is being read. */
  | { kind: 'busy'; name: string };

/** What the statement screen knows and may do. It draws nothing. */
export class StatementDesk {
  heads = $state.raw<readonly StatementHead[] | null>(null);
  check = $state.raw<StatementCheck | null>(null);
  /** The check shown was just read in: say how many lines were new. */
  fresh = $state(false);
  filter = $state<CheckOutcome | null>(null);
  selectedKey = $state<string | null>(null);
  /** Name of the file that is being read. */
  reading = $state('');
  loading = $state(false);
  busy = $state(false);
  /** A file that opens only with its password, and whether the last one given was wrong. */
  password = $state.raw<{ name: string; wrong: boolean; message: string } | null>(null);
  fileFault = $state.raw<FileFault | null>(null);
  /** Why a file was not read. */
  importError = $state.raw<{ name: string; error: ApiError } | null>(null);
  loadError = $state.raw<ApiError | null>(null);
  /** Why an act was refused. */
  error = $state.raw<ApiError | null>(null);
  #incoming: Incoming | null = null;
  #limit = FIRST;
  #reads = 0;
  /** As many lines were asked for as the engine lists. */
  full = $state(false);
  readonly #acts = new Map<string, string>();
  readonly #till: StatementTill;

  constructor(till: StatementTill) {
    this.#till = till;
  }

  readonly sums = $derived.by(() => sorted(this.check?.sums ?? []));
  readonly lines = $derived.by(() => {
    const lines = sortedLines(this.check?.lines ?? []);
    return this.filter === null ? lines : lines.filter((line) => line.outcome === this.filter);
  });
  readonly selected = $derived.by(
    (): CheckLine | null => this.lines.find((line) => lineKey(line) === this.selectedKey) ?? null,
  );
  /** Lines of the filter that were not asked for yet. */
  readonly unseen = $derived.by(() => {
    const all = this.sums
      .filter((sum) => this.filter === null || sum.outcome === this.filter)
      .reduce((n, sum) => n + sum.lines, 0);
    return Math.max(0, all - this.lines.length);
  });

  async load(): Promise<void> {
    try {
      this.heads = await this.#till.call<'statements'>({ verb: 'statements', limit: LISTED });
      this.loadError = null;
      const first = this.heads[0];
      if (!this.check && first) await this.open(first.id);
    } catch (e) {
      this.loadError = toApiError(e);
    }
  }

  async open(statementId: number): Promise<void> {
    if (this.check?.head.id !== statementId) {
      this.#limit = FIRST;
      this.full = false;
      this.filter = null;
      this.selectedKey = null;
      this.fresh = false;
    }
    await this.#read(statementId);
  }

  async #read(statement_id: number): Promise<void> {
    const read = ++this.#reads;
    this.loading = true;
    try {
      const check = await this.#till.call<'statement'>({
        verb: 'statement',
        statement_id,
        limit: this.#limit,
      });
      if (read === this.#reads) this.#show(check);
    } catch (e) {
      if (read === this.#reads) this.loadError = toApiError(e);
    } finally {
      if (read === this.#reads) this.loading = false;
    }
  }

  /** Reads the check again where it stands: money came, or somebody settled a line elsewhere. */
  again(): Promise<void> {
    return this.check ? this.#read(this.check.head.id) : Promise.resolve();
  }

  more(): Promise<void> {
    this.#limit = MOST;
    this.full = true;
    return this.again();
  }

  #show(check: StatementCheck): void {
    this.loadError = null;
    const at = this.lines.findIndex((line) => lineKey(line) === this.selectedKey);
    this.check = check;
    if (this.selected) return;
    // What was just settled has moved; the next line takes its place under the hand.
    const next = this.lines[Math.min(Math.max(at, 0), this.lines.length - 1)];
    this.selectedKey = next ? lineKey(next) : null;
  }

  /** Takes a file that was dropped or chosen. */
  async take(file: File): Promise<void> {
    if (this.reading !== '') {
      this.fileFault = { kind: 'busy', name: this.reading };
      return;
    }
    this.fileFault = null;
    this.importError = null;
    this.password = null;
    this.#incoming = null;
    if (file.size > FILE_MAX) {
      this.fileFault = { kind: 'too_big', name: file.name, mb: Math.ceil(file.size / 1048576) };
      return;
    }
    if (file.size === 0) {
      this.fileFault = { kind: 'empty', name: file.name };
      return;
    }
    this.reading = file.name;
    try {
      const content = base64(new Uint8Array(await file.arrayBuffer()));
      this.#incoming = { name: file.name, content, id: requestId() };
    } catch (e) {
      this.reading = '';
      this.importError = { name: file.name, error: toApiError(e) };
      return;
    }
    await this.#send(null);
  }

  /** Tries the file that waits for its password. */
  async unlock(password: string): Promise<void> {
    if (!this.#incoming || this.reading !== '' || password === '') return;
    this.reading = this.#incoming.name;
    await this.#send(password);
  }

  /** Gives the locked file up. */
  forget(): void {
    this.#incoming = null;
    this.password = null;
  }

  async #send(password: string | null): Promise<void> {
    const incoming = this.#incoming;
    if (!incoming) return;
    try {
      const check = await this.#till.call<'import_statement'>({
        verb: 'import_statement',
        request_id: incoming.id,
        file: incoming.name,
        content_base64: incoming.content,
        path: null,
        password,
      });
      this.forget();
      this.#reads += 1;
      this.loading = false;
      this.#limit = FIRST;
      this.full = false;
      this.filter = null;
      this.selectedKey = null;
      this.#show(check);
      this.fresh = true;
      // It is read; the next may come while the list is asked for.
      this.reading = '';
      this.heads = await this.#till.call<'statements'>({ verb: 'statements', limit: LISTED });
    } catch (e) {
      const error = toApiError(e);
      if (error.code === 'needs_password')
        this.password = { name: incoming.name, wrong: password !== null, message: error.message };
      else if (this.#incoming === incoming) {
        this.forget();
        this.importError = { name: incoming.name, error };
      }
    } finally {
      this.reading = '';
      if (this.fileFault?.kind === 'busy') this.fileFault = null;
    }
  }

  setFilter(filter: CheckOutcome | null): void {
    this.filter = this.filter === filter ? null : filter;
    if (this.selected) return;
    const first = this.lines[0];
    this.selectedKey = first ? lineKey(first) : null;
  }

  /** The next kind that has lines; after the last, all of them. */
  nextFilter(): void {
    const kinds = this.sums.map((sum) => sum.outcome);
    const at = this.filter === null ? -1 : kinds.indexOf(this.filter);
    this.setFilter(kinds[at + 1] ?? this.filter);
  }

  select(line: CheckLine): void {
    if (lineKey(line) !== this.selectedKey) this.error = null;
    this.selectedKey = lineKey(line);
  }

  move(step: number): void {
    const lines = this.lines;
    if (lines.length === 0) return;
    const at = lines.findIndex((line) => lineKey(line) === this.selectedKey);
    const next = lines[at < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, at + step))];
    if (next) this.select(next);
  }

  /** Runs an act unless one is under way; tried again after an unknown outcome it carries the same id. */
  async #act(key: string, run: (request_id: string) => Promise<StatementCheck>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    const id = this.#acts.get(key) ?? requestId();
    this.#acts.set(key, id);
    try {
      const check = await run(id);
      this.#acts.delete(key);
      this.#reads += 1;
      this.loading = false;
      if (this.check?.head.id === check.head.id) this.#show(check);
      if (this.#limit > FIRST) void this.again();
      return true;
    } catch (e) {
      const error = toApiError(e);
      if (error.code !== 'unavailable' && error.code !== 'internal') this.#acts.delete(key);
      this.error = error;
      if (error.code === 'conflict' || error.code === 'not_found') void this.again();
      return false;
    } finally {
      this.busy = false;
    }
  }

  attach(line: CheckLine, ticket_id: number): Promise<boolean> {
    const line_id = line.line_id;
    if (line_id === null) return Promise.resolve(false);
    return this.#act(`attach:${line_id}:${ticket_id}`, (request_id) =>
      this.#till.call<'attach_line'>({ verb: 'attach_line', request_id, line_id, ticket_id }),
    );
  }

  openLine(line: CheckLine, note: string): Promise<boolean> {
    const line_id = line.line_id;
    if (line_id === null) return Promise.resolve(false);
    return this.#act(`open:${line_id}`, (request_id) =>
      this.#till.call<'open_line'>({ verb: 'open_line', request_id, line_id, note: note.trim() }),
    );
  }

  /** A line is put aside; a ticket only where no line speaks of it. */
  settle(line: CheckLine, reason: string): Promise<boolean> {
    const statement_id = this.check?.head.id;
    if (statement_id === undefined || reason.trim() === '') return Promise.resolve(false);
    const line_id = line.line_id;
    const ticket_id = line_id === null ? line.ticket_id : null;
    return this.#act(`settle:${lineKey(line)}`, (request_id) =>
      this.#till.call<'settle_line'>({
        verb: 'settle_line',
        request_id,
        statement_id,
        line_id,
        ticket_id,
        reason: reason.trim(),
      }),
    );
  }
}
