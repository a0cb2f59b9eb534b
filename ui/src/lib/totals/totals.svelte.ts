import { toApiError } from '$lib/backend/errors';
import type { Backend } from '$lib/backend/types';
import type { ApiError, SaleRow, SalesIndex, Span, Totals } from '$lib/bindings';
import {
  type Cut,
  EVERYTHING,
  type Narrowing,
  partsOf,
  type Part,
  questionKey,
  spanFor,
  toggled,
  without,
} from './narrowing';
import { agrees } from './proof';
import { Rows } from './rows.svelte';
import { type Dimension, PART_OF } from './slices';

const SEARCH_LIMIT = 200;
/** Between the last key and the question. */
export const SEARCH_AFTER_MS = 60;

/** The same range seen by each part of the screen: each leaves out its own part of the narrowing. */
export interface Faces {
  readonly figures: Totals;
  readonly chart: Totals;
  readonly channels: Totals;
  /** With the whole narrowing: what the rows must add up to. */
  readonly proof: Totals;
}

/** What the owner's totals screen knows and may do. It draws nothing. */
export class OwnerTotals {
  span = $state.raw<Span>({ span: 'today' });
  narrowing = $state.raw<Narrowing>(EVERYTHING);
  dimension = $state<Dimension>('hour');
  faces = $state.raw<Faces | null>(null);
  index = $state.raw<SalesIndex | null>(null);
  error = $state.raw<ApiError | null>(null);
  loading = $state(false);
  /** Names of people as seen, for the chips. */
  staff = $state.raw<ReadonlyMap<string, string>>(new Map());

  search = $state('');
  /** Rows found, or null while nothing is searched. */
  found = $state.raw<readonly SaleRow[] | null>(null);
  searchError = $state.raw<ApiError | null>(null);

  readonly rows: Rows;
  #known = new Map<string, Totals>();
  #loads = 0;
  #searches = 0;
  #searchTimer: ReturnType<typeof setTimeout> | undefined;

  readonly #till: Pick<Backend, 'call'>;
  readonly #covered: () => void;

  /** `covered` is called when the till refuses to show figures. */
  constructor(till: Pick<Backend, 'call'>, covered: () => void = () => {}) {
    this.#till = till;
    this.#covered = covered;
    this.rows = new Rows(till, (error) => this.#refused(error));
  }

  readonly parts = $derived.by(() => partsOf(this.narrowing));
  readonly agrees = $derived.by(() => agrees(this.index, this.faces?.proof.figures ?? null));
  /** The span as rows and files see it. */
  readonly rowSpan = $derived.by(() => spanFor(this.span, this.narrowing));

  #refused(error: ApiError): boolean {
    if (error.code !== 'needs_approval' && error.code !== 'locked') return false;
    this.forget();
    this.#covered();
    return true;
  }

  /** Forgets every figure, so that nothing stays behind the cover. */
  forget(): void {
    this.#loads += 1;
    this.#searches += 1;
    clearTimeout(this.#searchTimer);
    this.#known.clear();
    this.faces = null;
    this.index = null;
    this.error = null;
    this.loading = false;
    this.search = '';
    this.found = null;
    this.rows.clear();
  }

  /** Reads everything anew; an answer that a newer question overtook is dropped. */
  async load(): Promise<void> {
    this.#known.clear();
    await this.#show();
  }

  async #show(): Promise<void> {
    const load = ++this.#loads;
    const { span, narrowing, dimension } = this;
    this.loading = true;
    const known = this.#known;
    const face = async (part?: Part): Promise<Totals> => {
      const seen = part === undefined ? narrowing : without(narrowing, part);
      const key = questionKey(span, seen);
      const have = known.get(key) ?? asked.get(key);
      if (have) return have;
      const ask = this.#till.call<'totals'>({
        verb: 'totals',
        span: spanFor(span, seen),
        filter: seen.filter,
      });
      asked.set(key, ask);
      return ask;
    };
    const asked = new Map<string, Promise<Totals>>();
    try {
      const [figures, chart, channels, proof, index] = await Promise.all([
        face('kind'),
        face(PART_OF[dimension]),
        face('channel'),
        face(),
        this.#till.call<'sales_index'>({
          verb: 'sales_index',
          span: spanFor(span, narrowing),
          filter: narrowing.filter,
        }),
      ]);
      if (load !== this.#loads) return;
      for (const [key, totals] of asked) known.set(key, await totals);
      const names = new Map(this.staff);
      for (const slice of [...figures.by_staff, ...chart.by_staff]) names.set(slice.key, slice.name);
      this.staff = names;
      this.faces = { figures, chart, channels, proof };
      this.index = index;
      this.rows.use(index, narrowing.filter);
      this.error = null;
    } catch (e) {
      if (load !== this.#loads) return;
      const error = toApiError(e);
      if (!this.#refused(error)) this.error = error;
    } finally {
      if (load === this.#loads) this.loading = false;
    }
  }

  /** Another range; what was narrowed is open again. */
  async setSpan(span: Span): Promise<void> {
    const day = span.span === 'today' || span.span === 'yesterday';
    const one = day || (span.span === 'custom' && span.from === span.to);
    if (one && this.dimension === 'day') this.dimension = 'hour';
    if (!one && this.dimension === 'hour' && this.span.span !== span.span) this.dimension = 'day';
    this.span = span;
    this.narrowing = EVERYTHING;
    await this.#show();
  }

  async setDimension(dimension: Dimension): Promise<void> {
    this.dimension = dimension;
    await this.#show();
  }

  /** Shows exactly the rows behind a figure; the same once more shows all again. */
  async toggle(cut: Cut): Promise<void> {
    this.setSearch('');
    this.narrowing = toggled(this.narrowing, cut);
    await this.#show();
  }

  async drop(part: Part): Promise<void> {
    this.narrowing = without(this.narrowing, part);
    await this.#show();
  }

  async dropAll(): Promise<void> {
    this.setSearch('');
    this.narrowing = EVERYTHING;
    await this.#show();
  }

  /** Searches as it is typed. Only the answer to the newest text is shown. */
  setSearch(text: string): void {
    this.search = text;
    clearTimeout(this.#searchTimer);
    const search = ++this.#searches;
    if (text.trim() === '') {
      this.found = null;
      this.searchError = null;
      return;
    }
    this.#searchTimer = setTimeout(() => void this.#find(text.trim(), search), SEARCH_AFTER_MS);
  }

  async #find(text: string, search: number): Promise<void> {
    try {
      const found = await this.#till.call<'search_sales'>({
        verb: 'search_sales',
        text,
        limit: SEARCH_LIMIT,
      });
      if (search !== this.#searches) return;
      this.found = found;
      this.searchError = null;
    } catch (e) {
      if (search !== this.#searches) return;
      const error = toApiError(e);
      if (!this.#refused(error)) this.searchError = error;
    }
  }
}
