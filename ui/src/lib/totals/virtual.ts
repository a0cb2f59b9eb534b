/** Browsers clip an element beyond some 17 to 33 million px; a million rows of 44 px are more. */
export const MOST_PX = 8_000_000;

/**
 * How a long list lies in a scrolled box. Up to `MOST_PX` a px of the box is a px of the list; a longer list is
 * squeezed, so that the scroll bar still covers all of it.
 */
export interface Geometry {
  /** Height of all rows. */
  readonly full: number;
  /** Height of the scrolled content. */
  readonly height: number;
  /** px of the list for each px of scrolling. */
  readonly ratio: number;
  /** The furthest the list's top can go. */
  readonly last: number;
}

export function geometry(count: number, row: number, view: number): Geometry {
  const full = count * row;
  const height = Math.min(full, MOST_PX);
  const last = Math.max(0, full - view);
  const ratio = full <= MOST_PX ? 1 : last / Math.max(1, height - view);
  return { full, height, ratio, last };
}

/** Rows from `first` up to, not including, `end` that show when the list is moved up by `top`. */
export function visible(
  top: number,
  view: number,
  row: number,
  count: number,
): { first: number; end: number } {
  const first = Math.max(0, Math.min(count, Math.floor(top / row)));
  return { first, end: Math.min(count, Math.ceil((top + view) / row)) };
}

/** The top that brings a row into view with the least movement. */
export function reveal(index: number, top: number, view: number, row: number): number {
  const at = index * row;
  if (at < top) return at;
  if (at + row > top + view) return at + row - view;
  return top;
}
