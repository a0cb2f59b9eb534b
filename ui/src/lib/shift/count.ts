import type { Denomination, Fen } from '$lib/bindings';
import { fenToText } from '$lib/money';

/** Notes and coins in use, largest first. */
export const FACES: readonly Fen[] = [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10];

/** The most pieces of one face; far more than a drawer holds. */
export const MOST_PIECES = 99_999;

/** What was typed beside each face: digits, or empty for a face nobody has counted. */
export type Counted = Readonly<Record<Fen, string>>;

/** `10000` → `100`, `50` → `0.5`. */
export function faceText(face: Fen): string {
  return fenToText(face).replace(/\.?0+$/, '');
}

/** Digits only, no leading zeros, at most `MOST_PIECES`; full-width digits count as digits. */
export function piecesText(text: string): string {
  const plain = text.replace(/[０-９]/g, (d) => String(d.charCodeAt(0) - 0xff10)).replace(/\D/g, '');
  if (plain === '') return '';
  const pieces = Number(plain.slice(0, 9));
  return String(Math.min(pieces, MOST_PIECES));
}

/** Whole pieces times whole fen: stays a safe integer by the limit on pieces. */
export function piecesFen(face: Fen, text: string): Fen {
  return face * Number(text || '0');
}

/** One more or one fewer, never below none. */
export function stepPieces(text: string, by: 1 | -1): string {
  return String(Math.max(0, Math.min(MOST_PIECES, Number(text || '0') + by)));
}

/** True when nobody has counted anything: different from counting nothing. */
export function isUncounted(counted: Counted): boolean {
  return FACES.every((face) => (counted[face] ?? '') === '');
}

export function countedFen(counted: Counted): Fen {
  return FACES.reduce((sum, face) => sum + piecesFen(face, counted[face] ?? ''), 0);
}

/** What the till is told: faces that were counted, or null when nobody counted. */
export function denominations(counted: Counted): Denomination[] | null {
  if (isUncounted(counted)) return null;
  return FACES.filter((face) => Number(counted[face] || '0') > 0).map((face_fen) => ({
    face_fen,
    pieces: Number(counted[face_fen]),
  }));
}
