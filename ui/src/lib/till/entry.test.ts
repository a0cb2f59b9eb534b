import { describe, expect, it } from 'vitest';

import { MAX_FEN } from '$lib/money';
import { EMPTY, type Entry, Typing } from './entry';

const decimal = new Typing(false);
const cents = new Typing(true);

/** Types characters as a person would; `<` is backspace. */
function keyed(text: string, typing: Typing = decimal, from: Entry = EMPTY): Entry {
  let entry = from;
  for (const c of text) {
    if (c === '.') entry = typing.dot(entry);
    else if (c === '+') entry = typing.plus(entry);
    else if (c === '*') entry = typing.times(entry);
    else if (c === '<') entry = typing.erase(entry);
    else entry = typing.digit(entry, c);
  }
  return entry;
}

describe('typing decimals', () => {
  it.each([
    ['15', 1500, '', '15'],
    ['15.5', 1550, '', '15.5'],
    ['12+3.50', 1550, '12 + 3.50', '15.50'],
    ['12+', 1200, '12 +', '12.00'],
    ['3*2.5', 750, '3 × 2.5', '7.50'],
    ['2.5*3', 750, '2.5 × 3', '7.50'],
    ['5+3*2', 1100, '5 + 3 × 2', '11.00'],
    ['3*', 300, '3 ×', '3.00'],
    ['.5', 50, '', '0.5'],
    ['007', 700, '', '7'],
    ['1.239', 123, '', '1.23'],
    ['1..2', 120, '', '1.2'],
  ])('%s is %d fen', (text, fen, sum, shown) => {
    const entry = keyed(text);
    expect(decimal.sum(entry)).toBe(fen);
    expect(decimal.sumText(entry)).toBe(sum);
    expect(decimal.shown(entry)).toBe(shown);
  });

  it('makes lines of quantity and price', () => {
    expect(decimal.lines(keyed('3*2.5+12'))).toEqual([
      { name: '', price_fen: 250, count: 3 },
      { name: '', price_fen: 1200, count: 1 },
    ]);
  });

  it('never makes a quantity with cents', () => {
    expect(decimal.sum(keyed('1.5*2.5'))).toBe(3750);
    expect(decimal.sumText(keyed('1.5*2.5'))).toBe('1.5 × 25');
  });

  it('erases back into an earlier part', () => {
    expect(keyed('12+<')).toEqual(keyed('12'));
    expect(decimal.sum(keyed('12+34<'))).toBe(1500);
    expect(decimal.sum(keyed('3*2<<'))).toBe(300);
    expect(decimal.isEmpty(keyed('12<<'))).toBe(true);
  });

  it('never goes above the limit', () => {
    const entry = keyed('99999999.99+99999999.99');
    expect(decimal.sum(entry)).toBeLessThanOrEqual(MAX_FEN);
    expect(decimal.sum(keyed('9999*99999999'))).toBeLessThanOrEqual(MAX_FEN);
  });
});

describe('items', () => {
  const soy = { name: '豆浆', price_fen: 300, category: '' };
  const box = { name: '打包盒', price_fen: 50, category: '' };

  it('counts the same item and keeps the sum line readable', () => {
    let entry = decimal.item(EMPTY, soy);
    entry = decimal.item(entry, soy);
    entry = decimal.item(entry, box);
    expect(decimal.sumText(entry)).toBe('3.00 × 2 + 0.50');
    expect(decimal.sum(entry)).toBe(650);
    expect(decimal.lines(entry)[0]).toEqual({ name: '豆浆', price_fen: 300, count: 2 });
  });

  it('takes a quantity before the item, and mixes with typed amounts', () => {
    expect(decimal.sum(decimal.item(keyed('4*'), soy))).toBe(1200);
    expect(decimal.sum(keyed('5', decimal, decimal.item(keyed('2'), soy)))).toBe(1000);
  });

  it('erases one piece at a time', () => {
    const two = decimal.item(decimal.item(EMPTY, soy), soy);
    expect(decimal.sum(decimal.erase(two))).toBe(300);
    expect(decimal.isEmpty(decimal.erase(decimal.erase(two)))).toBe(true);
  });
});

describe('typing cents first', () => {
  it.each([
    ['1500', 1500, '15.00'],
    ['5', 5, '0.05'],
    ['15.00', 1500, '15.00'],
    ['100+250', 350, '3.50'],
    ['3*250', 750, '7.50'],
  ])('%s is %d fen', (text, fen, shown) => {
    const entry = keyed(text, cents);
    expect(cents.sum(entry)).toBe(fen);
    expect(cents.shown(entry)).toBe(shown);
  });
});
