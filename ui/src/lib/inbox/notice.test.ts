import { describe, expect, it } from 'vitest';

import { masked, pieces, sample } from './notice';

const marked = (text: string, fen: number | null): string[] =>
  pieces(text, fen)
    .filter((p) => p.amount)
    .map((p) => p.text);

describe('the marked amount', () => {
  it.each([
    ['微信支付收款15.00元(朋友到店)', 1500, ['15.00元']],
    ['9向你付款1,160.00元', 116_000, ['1,160.00元']],
    ['收款金额￥0.01\n汇总今日第1笔收款', 1, ['￥0.01']],
    ['第15笔，收款15元', 1500, ['15元']],
    ['15', 1500, ['15']],
    ['没有数字', 1500, []],
    ['收款88.00元', null, []],
  ])('%s', (text, fen, expected) => {
    expect(marked(text, fen)).toEqual(expected);
  });

  it('loses nothing of the text', () => {
    const text = '<b onclick="x">小明</b>通过扫码向你付款30.00元 & 30.00元';
    expect(
      pieces(text, 3000)
        .map((p) => p.text)
        .join(''),
    ).toBe(text);
  });
});

describe('a sample for strangers', () => {
  it('hides names and digits, keeps the words and the form of the sum', () => {
    const text = '张小芳(138****5678)通过扫码向你付款￥1,288.60，今日第12笔';
    const out = masked(text);
    expect(out).not.toMatch(/张|小芳|138|5678|288/);
    expect(out).toBe('某某某(000****0000)通过扫码向你付款￥1,111.11，今日第00笔');
  });

  it('hides Latin names and emoji too', () => {
    expect(masked('Alice🍀 paid you 15.00')).toBe('x某 paid you 11.11');
  });

  it('keeps a leading zero, which is part of the form', () => {
    expect(masked('收款0.05元')).toBe('收款0.11元');
  });

  it('names the program and the rules', () => {
    expect(sample({ package: 'com.tencent.mm', title: '王五', text: '', rules_version: 14 })).toBe(
      'package: com.tencent.mm\ntitle: 某某\ntext: \nrules: v14',
    );
  });
});
