import type { Figures, SalesIndex } from '$lib/bindings';

/**
 * Whether the rows add up to the figures. The two are counted in different ways (row by row, and as a sum), so an
 * agreement says something. Null when there is nothing to compare yet.
 */
export function agrees(index: SalesIndex | null, figures: Figures | null): boolean | null {
  if (!index || !figures) return null;
  const days = index.days.reduce((sum, day) => ({ rows: sum.rows + day.rows, net: sum.net + day.net_fen }), {
    rows: 0,
    net: 0,
  });
  return (
    days.rows === index.rows &&
    days.net === index.net_fen &&
    index.rows === figures.rows &&
    index.net_fen === figures.net_fen &&
    index.received_fen === figures.received_fen &&
    index.refunded_fen === figures.refunded_fen &&
    index.received_fen - index.refunded_fen === index.net_fen &&
    index.gross_fen === figures.gross_fen &&
    index.discount_fen === figures.discount_fen &&
    index.rounding_fen === figures.rounding_fen &&
    index.tail_fen === figures.tail_fen
  );
}
