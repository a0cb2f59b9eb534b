import type { InboxItem } from '$lib/bindings';

/** What the engine takes at once. */
export const MOST_AT_ONCE = 200;

/** Several items picked at once; only open ones, for only they can be settled. */
export class Selection {
  ids = $state.raw<ReadonlySet<number>>(new Set());
  /** Where a run of Shift+arrows began, and what was picked before it. */
  #anchor: { id: number; before: ReadonlySet<number> } | null = null;

  get size(): number {
    return this.ids.size;
  }

  has(id: number): boolean {
    return this.ids.has(id);
  }

  toggle(item: InboxItem): void {
    if (item.state !== 'open') return;
    const next = new Set(this.ids);
    if (!next.delete(item.id) && next.size < MOST_AT_ONCE) next.add(item.id);
    this.ids = next;
    this.#anchor = null;
  }

  /** Everything between where the run began and `to`, on top of what was picked before the run. */
  extend(rows: readonly InboxItem[], from: number, to: number): void {
    this.#anchor ??= { id: from, before: this.ids };
    const a = rows.findIndex((row) => row.id === this.#anchor?.id);
    const b = rows.findIndex((row) => row.id === to);
    if (a < 0 || b < 0) return;
    const run = rows.slice(Math.min(a, b), Math.max(a, b) + 1).filter((row) => row.state === 'open');
    this.ids = new Set([...this.#anchor.before, ...run.map((row) => row.id)].slice(0, MOST_AT_ONCE));
  }

  /** An arrow without Shift ends a run; what is picked stays. */
  rest(): void {
    this.#anchor = null;
  }

  all(rows: readonly InboxItem[]): void {
    this.ids = new Set(
      rows
        .filter((row) => row.state === 'open')
        .slice(0, MOST_AT_ONCE)
        .map((row) => row.id),
    );
    this.#anchor = null;
  }

  clear(): void {
    this.ids = new Set();
    this.#anchor = null;
  }

  /** Forgets what is settled or gone meanwhile. */
  keep(open: readonly InboxItem[]): void {
    const still = new Set(open.map((row) => row.id));
    if ([...this.ids].some((id) => !still.has(id)))
      this.ids = new Set([...this.ids].filter((id) => still.has(id)));
  }
}
