import type { Backend } from '$lib/backend/types';
import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type {
  ApiError,
  BulkAct,
  BulkResult,
  InboxFilter,
  InboxItem,
  InboxPage,
  Mark,
  TicketView,
  TradeView,
} from '$lib/bindings';
import { fenToText, textToFen } from '$lib/money';
import { isUnderWay } from '$lib/trade/trade';
import { Selection } from './selection.svelte';

const OPEN_LIMIT = 200;
const DONE_LIMIT = 100;
/** Settled items shown under the open ones. */
const DONE_BELOW = 5;
/** Money that waited longer than this is folded away. */
export const OLD_MS = 24 * 3600_000;

/** What the inbox screen knows and may do. It draws nothing. */
export class Inbox {
  filter = $state<InboxFilter>('open');
  search = $state('');
  selectedId = $state<number | null>(null);
  /** Which suggestion Enter accepts. */
  at = $state(0);
  showOld = $state(false);
  busy = $state(false);
  error = $state<ApiError | null>(null);
  loadError = $state<ApiError | null>(null);
  open = $state.raw<InboxPage | null>(null);
  done = $state.raw<InboxPage | null>(null);
  readonly picks = new Selection();
  /** What became of the last act on several. */
  results = $state.raw<{ act: BulkAct; each: readonly (BulkResult & { item: InboxItem | null })[] } | null>(
    null,
  );
  /** The selected item as `inbox_item` answered, with fresh suggestions. */
  #detail = $state.raw<InboxItem | null>(null);
  /** The trade that brought the selected item's money; null: no provider did. */
  #trade = $state.raw<{ item_id: number; trade: TradeView | null } | null>(null);
  #loads = 0;
  #reads = 0;
  /** One id for one act, kept while its outcome is unknown, so that trying again cannot do it twice. */
  readonly #acts = new Map<string, string>();

  readonly #till: Pick<Backend, 'call'>;
  readonly #now: () => number;

  constructor(till: Pick<Backend, 'call'>, now: () => number = Date.now) {
    this.#till = till;
    this.#now = now;
  }

  #fits(item: InboxItem): boolean {
    const query = this.search.trim();
    if (query === '') return true;
    if (item.amount_fen === null) return false;
    return fenToText(item.amount_fen).startsWith(query) || textToFen(query) === item.amount_fen;
  }

  readonly fresh = $derived.by(() => (this.open?.items ?? []).filter((i) => this.#fits(i) && !this.#old(i)));
  readonly old = $derived.by(() => (this.open?.items ?? []).filter((i) => this.#fits(i) && this.#old(i)));
  readonly settled = $derived.by(() => (this.done?.items ?? []).filter((i) => this.#fits(i)));

  #old(item: InboxItem): boolean {
    return item.received_at < this.#now() - OLD_MS;
  }

  /** The rows of the list in the order the arrow keys walk them. */
  readonly rows = $derived.by((): InboxItem[] => {
    const open = [...this.fresh, ...(this.showOld || this.filter === 'all' ? this.old : [])];
    if (this.filter === 'open') return [...open, ...this.settledBelow];
    if (this.filter === 'done') return this.settled;
    return [...this.fresh, ...this.old, ...this.settled].sort((a, b) => b.received_at - a.received_at);
  });
  readonly settledBelow = $derived.by(() => this.settled.slice(0, DONE_BELOW));

  readonly selected = $derived.by((): InboxItem | null => {
    const row = this.rows.find((i) => i.id === this.selectedId) ?? null;
    return row && this.#detail?.id === row.id && this.#detail.state === row.state ? this.#detail : row;
  });

  readonly trade = $derived.by(() =>
    this.#trade !== null && this.#trade.item_id === this.selectedId ? this.#trade.trade : null,
  );

  /** Its money is on the way back: nothing else may be done with it. */
  readonly leaving = $derived(this.trade?.refunds.some(isUnderWay) ?? false);

  /** Reads both lists; an answer that a newer question overtook is dropped. */
  async load(): Promise<void> {
    const load = ++this.#loads;
    try {
      const [open, done] = await Promise.all([
        this.#till.call<'inbox'>({ verb: 'inbox', filter: 'open', limit: OPEN_LIMIT }),
        this.#till.call<'inbox'>({ verb: 'inbox', filter: 'done', limit: DONE_LIMIT }),
      ]);
      if (load !== this.#loads) return;
      this.open = open;
      this.done = done;
      this.picks.keep(open.items);
      this.loadError = null;
      if (!this.rows.some((i) => i.id === this.selectedId)) this.#selectFirst();
      else void this.#read();
    } catch (e) {
      if (load === this.#loads) this.loadError = toApiError(e);
    }
  }

  #selectFirst(): void {
    const first =
      this.rows.find((i) => i.state === 'open') ?? (this.filter === 'open' ? undefined : this.rows[0]);
    this.select(first?.id ?? null);
  }

  select(id: number | null): void {
    if (id !== this.selectedId) {
      this.selectedId = id;
      this.at = 0;
      this.error = null;
    }
    void this.#read();
  }

  async #read(): Promise<void> {
    const id = this.selectedId;
    if (id === null) return;
    const read = ++this.#reads;
    try {
      const item = await this.#till.call<'inbox_item'>({ verb: 'inbox_item', item_id: id });
      if (read !== this.#reads) return;
      this.#detail = item;
      this.at = Math.min(this.at, Math.max(0, item.suggestions.length - 1));
    } catch {
      // The row from the list stays; the next event asks again.
    }
    try {
      const trade = await this.#till.call<'trade_of_item'>({ verb: 'trade_of_item', item_id: id });
      if (read === this.#reads) this.#trade = { item_id: id, trade };
    } catch {
      // Then it looks like any other money.
    }
  }

  show(filter: InboxFilter): void {
    this.filter = filter;
    if (!this.rows.some((i) => i.id === this.selectedId)) this.#selectFirst();
  }

  setSearch(text: string): void {
    this.search = text;
    if (!this.rows.some((i) => i.id === this.selectedId)) this.select(this.rows[0]?.id ?? null);
  }

  /** The items picked, in the order of the list. */
  readonly picked = $derived.by(() => (this.open?.items ?? []).filter((i) => this.picks.has(i.id)));

  /** The arrow keys; with Shift they pick what they pass. */
  move(step: number, picking = false): void {
    const rows = this.rows;
    if (rows.length === 0) return;
    const from = this.selectedId;
    const at = rows.findIndex((i) => i.id === from);
    const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
    const to = rows[next]?.id ?? null;
    if (picking && from !== null && to !== null) {
      this.results = null;
      this.picks.extend(rows, from, to);
    } else this.picks.rest();
    this.select(to);
  }

  /** Picks the selected item, or drops it. */
  toggle(item: InboxItem | null = this.selected): void {
    if (!item) return;
    this.results = null;
    this.picks.toggle(item);
  }

  pickAll(): void {
    this.results = null;
    this.picks.all(this.rows);
  }

  unpick(): void {
    this.picks.clear();
    this.results = null;
    this.error = null;
  }

  moveSuggestion(step: number): void {
    const all = this.selected?.suggestions.length ?? 0;
    if (all > 0) this.at = Math.min(all - 1, Math.max(0, this.at + step));
  }

  /** Runs an act unless one is under way; a second Enter while waiting does nothing. */
  async #act<T>(key: string, run: (request_id: string) => Promise<T>, stay = false): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.error = null;
    const id = this.#acts.get(key) ?? requestId();
    this.#acts.set(key, id);
    try {
      const reply = await run(id);
      this.#acts.delete(key);
      if (!stay) this.#next();
      await this.load();
      return reply;
    } catch (e) {
      const error = toApiError(e);
      if (error.code !== 'unavailable' && error.code !== 'internal') this.#acts.delete(key);
      this.error = error;
      if (error.code === 'conflict' || error.code === 'not_found') void this.load();
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** The next open item takes the place of the one just settled. */
  #next(): void {
    const open = this.fresh;
    const at = open.findIndex((i) => i.id === this.selectedId);
    const next = open[at + 1] ?? open[at - 1] ?? null;
    this.selectedId = next?.id ?? null;
    this.at = 0;
  }

  accept(ticketId?: number): Promise<TicketView | null> {
    const item = this.selected;
    const ticket_id = ticketId ?? item?.suggestions[this.at]?.ticket_id;
    if (!item || item.state !== 'open' || this.leaving || ticket_id === undefined)
      return Promise.resolve(null);
    return this.#act(`accept:${item.id}:${ticket_id}`, (request_id) =>
      this.#till.call<'accept'>({ verb: 'accept', request_id, item_id: item.id, ticket_id }),
    );
  }

  openSale(note: string): Promise<TicketView | null> {
    const item = this.selected;
    if (!item || item.state !== 'open' || item.amount_fen === null) return Promise.resolve(null);
    return this.#act(`open:${item.id}`, (request_id) =>
      this.#till.call<'open_sale'>({ verb: 'open_sale', request_id, item_id: item.id, note: note.trim() }),
    );
  }

  /** Money that is no sale: private, or a refund that came back. */
  mark(mark: Mark, note: string): Promise<InboxItem | null> {
    const item = this.selected;
    if (!item || item.state !== 'open') return Promise.resolve(null);
    return this.#act(`mark:${item.id}:${mark}`, (request_id) =>
      this.#till.call<'mark_item'>({
        verb: 'mark_item',
        request_id,
        item_id: item.id,
        mark,
        note: note.trim(),
      }),
    );
  }

  /** Sends the money back through the provider that brought it. The item stays in sight: it shows how that goes. */
  async giveBack(reason: string): Promise<TradeView | null> {
    const item = this.selected;
    if (!item || item.state !== 'open') return null;
    return this.#act(
      `return:${item.id}`,
      async (request_id) => {
        const trade = await this.#till.call<'return_item'>({
          verb: 'return_item',
          request_id,
          item_id: item.id,
          reason: reason.trim(),
        });
        this.#trade = { item_id: item.id, trade };
        return trade;
      },
      true,
    );
  }

  /** One act for everything picked. Each item is done or left alone; what was left alone stays picked. */
  async bulk(act: BulkAct): Promise<readonly BulkResult[] | null> {
    const items = this.picked;
    const item_ids = items.map((i) => i.id);
    if (item_ids.length === 0) return null;
    const results = await this.#act(`bulk:${JSON.stringify(act)}:${item_ids.join()}`, (request_id) =>
      this.#till.call<'inbox_bulk'>({ verb: 'inbox_bulk', request_id, item_ids, act }),
    );
    if (results)
      this.results = {
        act,
        each: results.map((r) => ({ ...r, item: items.find((i) => i.id === r.item_id) ?? null })),
      };
    return results;
  }

  ignore(reason: string): Promise<InboxItem | null> {
    const item = this.selected;
    if (!item || item.state !== 'open' || reason.trim() === '') return Promise.resolve(null);
    return this.#act(`ignore:${item.id}`, (request_id) =>
      this.#till.call<'ignore'>({ verb: 'ignore', request_id, item_id: item.id, reason: reason.trim() }),
    );
  }
}
