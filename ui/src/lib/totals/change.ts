import type { Fen } from '$lib/bindings';

/**
 * The change from one sum to another in tenths of a per cent: `+8.4%`, `−3.0%`, `0%`. Null when there is nothing to
 * compare with. Whole numbers throughout; half goes away from zero.
 */
export function changeText(now: Fen, before: Fen | undefined): string | null {
  if (before === undefined || before <= 0) return null;
  const difference = BigInt(now) - BigInt(before);
  const size = difference < 0n ? -difference : difference;
  const tenths = (size * 2000n + BigInt(before)) / (2n * BigInt(before));
  if (tenths === 0n) return '0%';
  const sign = difference < 0n ? '−' : '+';
  if (tenths >= 10_000n) return `${sign}${tenths / 10n}%`;
  return `${sign}${tenths / 10n}.${tenths % 10n}%`;
}

/** The share of a part in whole per cent; the shares of a few parts add up to about a hundred. */
export function sharePercent(part: Fen, whole: Fen): number {
  if (whole <= 0 || part <= 0) return 0;
  return Number((BigInt(part) * 200n + BigInt(whole)) / (2n * BigInt(whole)));
}
