import { describe, expect, it } from 'vitest';

import { words as en } from './en';
import { format, placeholders } from './format';
import { words as zh } from './zh-CN';

const zhWords: Record<string, string> = zh;
const enWords: Record<string, string> = en;

describe('the two languages', () => {
  it('have the same keys', () => {
    expect(Object.keys(enWords).sort()).toEqual(Object.keys(zhWords).sort());
  });

  it.each(Object.keys(zhWords))('%s has the same placeholders and is not empty', (key) => {
    expect(placeholders(enWords[key] ?? '')).toEqual(placeholders(zhWords[key] ?? ''));
    expect(zhWords[key]?.trim()).not.toBe('');
    expect(enWords[key]?.trim()).not.toBe('');
  });
});

describe('format', () => {
  it('fills placeholders and keeps unknown ones visible', () => {
    expect(format('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  });

  it('picks the English plural', () => {
    expect(format('{n} {n#sale|sales}', { n: 1 })).toBe('1 sale');
    expect(format('{n} {n#sale|sales}', { n: 2 })).toBe('2 sales');
  });
});
