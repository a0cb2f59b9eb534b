import { describe, expect, it } from 'vitest';

import {
  type Counted,
  countedFen,
  denominations,
  FACES,
  faceText,
  isUncounted,
  MOST_PIECES,
  piecesFen,
  piecesText,
  stepPieces,
} from './count';

describe('counting cash', () => {
  it('adds up the drawer of the drawings', () => {
    const counted: Counted = { 10000: '1', 5000: '3', 2000: '2', 1000: '2', 500: '2', 100: '6', 50: '1' };
    expect(countedFen(counted)).toBe(32_650);
    expect(denominations(counted)).toEqual([
      { face_fen: 10_000, pieces: 1 },
      { face_fen: 5_000, pieces: 3 },
      { face_fen: 2_000, pieces: 2 },
      { face_fen: 1_000, pieces: 2 },
      { face_fen: 500, pieces: 2 },
      { face_fen: 100, pieces: 6 },
      { face_fen: 50, pieces: 1 },
    ]);
  });

  it('tells an uncounted drawer from an empty one', () => {
    expect(isUncounted({})).toBe(true);
    expect(denominations({})).toBeNull();
    expect(denominations({ 100: '', 50: '' })).toBeNull();
    expect(denominations({ 100: '0' })).toEqual([]);
    expect(countedFen({ 100: '0' })).toBe(0);
  });

  it.each([
    ['', ''],
    ['007', '7'],
    ['0', '0'],
    ['1.5', '15'],
    ['-3', '3'],
    ['１２', '12'],
    ['abc', ''],
    ['999999999999', String(MOST_PIECES)],
  ])('reads %j as %j pieces', (typed, pieces) => expect(piecesText(typed)).toBe(pieces));

  it('steps between none and the most', () => {
    expect(stepPieces('', 1)).toBe('1');
    expect(stepPieces('', -1)).toBe('0');
    expect(stepPieces('1', -1)).toBe('0');
    expect(stepPieces(String(MOST_PIECES), 1)).toBe(String(MOST_PIECES));
  });

  it('stays exact with the most pieces of every face', () => {
    const all = Object.fromEntries(FACES.map((face) => [face, String(MOST_PIECES)]));
    const sum = FACES.reduce((n, face) => n + BigInt(face) * BigInt(MOST_PIECES), 0n);
    expect(BigInt(countedFen(all))).toBe(sum);
    expect(Number.isSafeInteger(countedFen(all))).toBe(true);
    expect(piecesFen(10, '3')).toBe(30);
  });

  it('names the faces', () =>
    expect(FACES.map(faceText)).toEqual(['100', '50', '20', '10', '5', '1', '0.5', '0.1']));
});
