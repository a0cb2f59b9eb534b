import { describe, expect, it } from 'vitest';

import { amountInWords, fenToGrouped, fenToText, MAX_FEN, percentToBasisPoints, textToFen } from './money';

describe('fen and text', () => {
  it.each([
    [0, '0.00'],
    [1, '0.01'],
    [9, '0.09'],
    [10, '0.10'],
    [100, '1.00'],
    [1498, '14.98'],
    [116_000, '1160.00'],
    [-2, '−0.02'],
    [MAX_FEN, '100000000.00'],
  ])('%d fen is %s', (fen, text) => {
    expect(fenToText(fen)).toBe(text);
  });

  it('comes back the same for every cent of a few hundred yuan and at odd places', () => {
    for (let fen = 0; fen < 60_000; fen += 1) expect(textToFen(fenToText(fen))).toBe(fen);
    for (const fen of [110, 1_010, 429_496_729, 4_503_599_62, MAX_FEN - 1])
      expect(textToFen(fenToText(fen))).toBe(fen);
  });

  it.each([
    ['15', 1500],
    ['15.5', 1550],
    ['15.50', 1550],
    ['.5', 50],
    ['15.', 1500],
    ['0', 0],
    ['1.15', 115],
    ['4.35', 435],
    ['', null],
    ['.', null],
    ['1.005', null],
    ['1,160.00', null],
    ['-1', null],
    ['1e3', null],
    ['abc', null],
    ['9999999999', null],
  ])('reads %j as %j', (text, fen) => {
    expect(textToFen(text)).toBe(fen);
  });

  it('groups sums', () => {
    expect(fenToGrouped(128_450)).toBe('1,284.50');
    expect(fenToGrouped(99)).toBe('0.99');
    expect(fenToGrouped(123_456_789)).toBe('1,234,567.89');
  });

  it('reads percents as basis points', () => {
    expect(percentToBasisPoints('10')).toBe(1000);
    expect(percentToBasisPoints('9.5')).toBe(950);
    expect(percentToBasisPoints('0')).toBeNull();
    expect(percentToBasisPoints('101')).toBeNull();
  });
});

describe('amounts as words', () => {
  it.each([
    [1498, '十四元九角八分'],
    [800, '八元'],
    [2005, '二十元零五分'],
    [50, '零元五角'],
    [101_010, '一千零一十元一角'],
    [10_000_000, '十万元'],
    [1_001_000, '一万零一十元'],
    [100_000_000_00, '一亿元'],
  ])('%d fen is %s', (fen, words) => {
    expect(amountInWords(fen, 'zh-CN')).toBe(words);
  });

  it('speaks English too', () => {
    expect(amountInWords(1498, 'en')).toBe('14 yuan 98');
    expect(amountInWords(800, 'en')).toBe('8 yuan');
  });
});
