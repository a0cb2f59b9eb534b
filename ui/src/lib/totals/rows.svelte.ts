import { toApiError } from '$lib/backend/errors';
import type { Backend } from '$lib/backend/types';
import type { ApiError, DayCount, SaleFilter, SaleRow, SalesIndex } from '$lib/bindings';
import { NO_FILTER } from './narrowing';

/** Rows asked for at once, and rows kept ready above and below the window. */
export const CHUNK = 100;
export const MARGIN = 100;
const AT_ONCE = 3;

interface Chunk {
  readonly key: string;
  readonly date: string;
  readonly offset: number;
  /** The place of its first row in the whole table. */
  readonly at: number;
  readonly size: number;
}

/**
 * The rows of the sales table. It knows from the index how many each day has, asks for those around the window and
 * forgets the rest: a million rows are never here.
 */
export class Rows {
  count = $state(0);
  /** Moves whenever a row came or went, so that a table draws again. */
  version = $state(0);
  error = $state.raw<ApiError | null>(null);

  #days: readonly DayCount[] = [];
  /** Place of each day's first row; one more at the end. */
  #starts: number[] = [0];
  #filter: SaleFilter = NO_FILTER;
  #chunks = new Map<string, SaleRow[]>();
  #asked = new Set<string>();
  #window = { first: 0, end: 0 };
  #generation = 0;

  readonly #till: Pick<Backend, 'call'>;
  readonly #refused: (error: ApiError) => void;

  constructor(till: Pick<Backend, 'call'>, refused: (error: ApiError) => void = () => {}) {
    this.#till = till;
    this.#refused = refused;
  }

  /** Rows held now. */
  get held(): number {
    let sum = 0;
    for (const rows of this.#chunks.values()) sum += rows.length;
    return sum;
  }

  /** Takes a new index. Days that have not changed keep their rows when the filter is the same. */
  use(index: SalesIndex, filter: SaleFilter): void {
    const same = JSON.stringify(filter) === JSON.stringify(this.#filter);
    const before = new Map(this.#days.map((day) => [day.date, day]));
    this.#days = index.days;
    this.#filter = filter;
    this.#starts = [0];
    let at = 0;
    for (const day of index.days) this.#starts.push((at += day.rows));
    const kept = new Set(
      index.days
        .filter((day) => {
          const old = before.get(day.date);
          return same && old?.rows === day.rows && old.net_fen === day.net_fen;
        })
        .map((day) => day.date),
    );
    for (const key of this.#chunks.keys()) if (!kept.has(key.slice(0, 10))) this.#chunks.delete(key);
    this.#asked.clear();
    this.#generation += 1;
    this.error = null;
    this.count = at;
    this.version += 1;
    this.#ask();
  }

  clear(): void {
    this.use(EMPTY_INDEX, NO_FILTER);
  }

  /** The row at a place, or null while it is on its way. */
  row(at: number): SaleRow | null {
    const chunk = this.#chunkAt(at);
    return (chunk && this.#chunks.get(chunk.key)?.[at - chunk.at]) ?? null;
  }

  /** Says which rows are looked at; `end` is not included. */
  show(first: number, end: number): void {
    if (this.#window.first === first && this.#window.end === end) return;
    this.#window = { first, end };
    this.#ask();
  }

  retry(): void {
    this.error = null;
    this.#ask();
  }

  #chunkAt(at: number): Chunk | null {
    if (at < 0 || at >= this.count) return null;
    let low = 0;
    let high = this.#days.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const day = this.#days[low];
    const start = this.#starts[low] ?? 0;
    if (!day) return null;
    const offset = at - start - ((at - start) % CHUNK);
    return {
      key: `${day.date}:${offset}`,
      date: day.date,
      offset,
      at: start + offset,
      size: Math.min(CHUNK, day.rows - offset),
    };
  }

  /** The chunks of the window first, then those of the margins. */
  #wanted(): Chunk[] {
    const { first, end } = this.#window;
    const walk = (from: number, to: number): Chunk[] => {
      const chunks: Chunk[] = [];
      for (let at = Math.max(0, from); at < Math.min(to, this.count);) {
        const chunk = this.#chunkAt(at);
        if (!chunk) break;
        chunks.push(chunk);
        at = chunk.at + chunk.size;
      }
      return chunks;
    };
    const all = [...walk(first, end), ...walk(end, end + MARGIN), ...walk(first - MARGIN, first)];
    return [...new Map(all.map((chunk) => [chunk.key, chunk])).values()];
  }

  #ask(): void {
    const wanted = this.#wanted();
    const near = new Set(wanted.map((chunk) => chunk.key));
    for (const key of this.#chunks.keys()) if (!near.has(key)) this.#chunks.delete(key);
    if (this.error) return;
    for (const chunk of wanted) {
      if (this.#asked.size >= AT_ONCE) return;
      if (!this.#chunks.has(chunk.key) && !this.#asked.has(chunk.key)) void this.#fetch(chunk);
    }
  }

  async #fetch(chunk: Chunk): Promise<void> {
    const generation = this.#generation;
    this.#asked.add(chunk.key);
    try {
      const rows = await this.#till.call<'sales_rows'>({
        verb: 'sales_rows',
        date: chunk.date,
        filter: this.#filter,
        offset: chunk.offset,
        limit: chunk.size,
      });
      if (generation !== this.#generation) return;
      this.#chunks.set(chunk.key, rows);
      this.version += 1;
    } catch (e) {
      if (generation !== this.#generation) return;
      this.error = toApiError(e);
      this.#refused(this.error);
    }
    this.#asked.delete(chunk.key);
    // What came may lie far from where the window is by now: this drops it and asks for what is needed.
    this.#ask();
  }
}

const EMPTY_INDEX: SalesIndex = {
  days: [],
  rows: 0,
  net_fen: 0,
  gross_fen: 0,
  discount_fen: 0,
  rounding_fen: 0,
  tail_fen: 0,
  received_fen: 0,
  refunded_fen: 0,
};
