import { describe, expect, it } from 'vitest';

import type { Figures, SalesIndex, Totals } from '$lib/bindings';
import { changeText, sharePercent } from './change';
import { daysBetween, endOfMonth, isDate, rangeText, weekdayOf } from './days';
import {
  EVERYTHING,
  isPicked,
  NO_FILTER,
  partsOf,
  questionKey,
  spanFor,
  toggled,
  without,
} from './narrowing';
import { agrees } from './proof';
import { barsOf, stepFor } from './slices';
import { geometry, MOST_PX, reveal, visible } from './virtual';
import { stepActor, stepDetail, stepIcon, stepText } from './words';

describe('changes', () => {
  it.each([
    [116_058, 107_072, '+8.4%'],
    [97_000, 100_000, '−3.0%'],
    [100_000, 100_000, '0%'],
    [-500, 1000, '−150.0%'],
    [5_000_000, 100, '+4999900%'],
    [9_007_199_254_740_991, 9_007_199_254_740_991, '0%'],
  ])('%d after %d is %s', (now, before, text) => expect(changeText(now, before)).toBe(text));

  it('has nothing to say without something before', () => {
    expect(changeText(100, undefined)).toBeNull();
    expect(changeText(100, 0)).toBeNull();
    expect(changeText(100, -5)).toBeNull();
  });

  it('shares a whole', () => {
    expect([67_346, 35_912, 12_800].map((part) => sharePercent(part, 116_058))).toEqual([58, 31, 11]);
    expect(sharePercent(-5, 100)).toBe(0);
    expect(sharePercent(5, 0)).toBe(0);
  });
});

describe('business dates', () => {
  it('are calendar days, whatever the summer time does', () => {
    expect(daysBetween('2026-10-20', '2026-11-05')).toBe(17);
    expect(weekdayOf('2026-11-20')).toBe(5);
    expect(weekdayOf('2026-11-22')).toBe(7);
    expect(endOfMonth('2024-02')).toBe('2024-02-29');
    expect(isDate('2026-02-30')).toBe(false);
    expect(isDate('26-2-3')).toBe(false);
  });

  it('are written as the shop says them', () => {
    expect(rangeText('2026-11-20', '2026-11-20', 'zh-CN')).toBe('11 月 20 日 周五');
    expect(rangeText('2026-11-20', '2026-11-20', 'en')).toBe('Fri 20 Nov');
    expect(rangeText('2025-12-30', '2026-01-02', 'zh-CN', '2026-01-02')).toBe(
      '2025 年 12 月 30 日 – 2026 年 1 月 2 日',
    );
  });
});

describe('narrowing', () => {
  const cash = toggled(EVERYTHING, { channel: 'cash' });
  const both = toggled(cash, { days: { from: '2026-11-02', to: '2026-11-02' } });

  it('adds parts, and the same once more takes one away', () => {
    expect(partsOf(both)).toEqual(['days', 'channel']);
    expect(toggled(both, { channel: 'cash' }).filter).toEqual(NO_FILTER);
    expect(toggled(both, { channel: 'wechat' }).filter.channel).toBe('wechat');
    expect(without(both, 'days')).toEqual(cash);
    expect(isPicked(both, { channel: 'cash' })).toBe(true);
    expect(isPicked(both, { hour: 8 })).toBe(false);
  });

  it('takes hour 0, nobody and the unnamed item for what they are', () => {
    const odd = toggled(toggled(toggled(EVERYTHING, { hour: 0 }), { staff_id: 0 }), { item: '' });
    expect(partsOf(odd)).toEqual(['hour', 'staff_id', 'item']);
  });

  it('asks for the narrowed days', () => {
    expect(spanFor({ span: 'month' }, both)).toEqual({
      span: 'custom',
      from: '2026-11-02',
      to: '2026-11-02',
    });
    expect(questionKey({ span: 'month' }, cash)).not.toBe(questionKey({ span: 'month' }, both));
  });
});

describe('the proof', () => {
  const figures = {
    rows: 3,
    net_fen: 1000,
    received_fen: 1200,
    refunded_fen: 200,
    gross_fen: 1210,
    discount_fen: 0,
    rounding_fen: 0,
    tail_fen: 10,
  } as Figures;
  const index: SalesIndex = {
    ...figures,
    days: [
      { date: '2026-11-20', rows: 2, net_fen: 1300 },
      { date: '2026-11-19', rows: 1, net_fen: -300 },
    ],
  };

  it('holds only when every sum does', () => {
    expect(agrees(index, figures)).toBe(true);
    for (const key of Object.keys(figures) as Array<keyof typeof figures>)
      expect(agrees(index, { ...figures, [key]: figures[key] + 1 }), key).toBe(false);
    expect(agrees({ ...index, days: index.days.slice(1) }, figures)).toBe(false);
    expect(agrees(null, figures)).toBeNull();
  });
});

describe('bars', () => {
  const slice = (key: string, fen: number, rows = 1) => ({
    key,
    name: '',
    rows,
    received_fen: fen,
    refunded_fen: 0,
    net_fen: fen,
  });
  const totals = (change: Partial<Totals>): Totals =>
    ({
      from: '2026-11-20',
      to: '2026-11-20',
      today: '2026-11-20',
      day_starts_at: 4,
      by_hour: [],
      by_day: [],
      by_weekday: [],
      by_channel: [],
      by_staff: [],
      by_booked: [],
      by_item: [],
      ...change,
    }) as Totals;

  it('run in the order of the business day, past midnight', () => {
    const bars = barsOf('hour', totals({ by_hour: [slice('1', 5), slice('22', 7)] }), 'zh-CN');
    const keys = bars.map((bar) => bar.key);
    expect(keys.at(-1)).toBe('3');
    expect(keys.indexOf('22')).toBeLessThan(keys.indexOf('1'));
    expect(bars.reduce((sum, bar) => sum + bar.fen, 0)).toBe(12);
  });

  it('put a long range together by month without losing a fen', () => {
    const by_day = [slice('2025-12-31', 100), slice('2026-01-01', 30), slice('2026-01-31', 3)];
    const bars = barsOf('day', totals({ from: '2025-12-15', to: '2026-03-10', by_day }), 'zh-CN');
    expect(bars.map((bar) => [bar.key, bar.fen])).toEqual([
      ['2025-12', 100],
      ['2026-01', 33],
      ['2026-02', 0],
      ['2026-03', 0],
    ]);
    expect(bars[0]?.cut).toEqual({ days: { from: '2025-12-15', to: '2025-12-31' } });
    expect(bars[3]?.cut).toEqual({ days: { from: '2026-03-01', to: '2026-03-10' } });
  });

  it.each([
    [21_194, 10_000],
    [100, 50],
    [61_860_307, 20_000_000],
    [999, 500],
  ])('lines for %d are %d apart', (top, step) => {
    expect(stepFor(top)).toBe(Math.max(100, step));
  });
});

describe('a long list', () => {
  it('is as long as it is, while browsers can', () => {
    expect(geometry(1000, 44, 440)).toEqual({ full: 44_000, height: 44_000, ratio: 1, last: 43_560 });
  });

  it('is squeezed beyond that, and still reaches its last row', () => {
    const shape = geometry(1_000_648, 44, 440);
    expect(shape.height).toBe(MOST_PX);
    const end = (shape.height - 440) * shape.ratio;
    expect(Math.round(end)).toBe(shape.last);
    expect(visible(end, 440, 44, 1_000_648).end).toBe(1_000_648);
  });

  it('shows a row with the least movement', () => {
    expect(reveal(0, 100, 440, 44)).toBe(0);
    expect(reveal(20, 0, 440, 44)).toBe(21 * 44 - 440);
    expect(reveal(5, 0, 440, 44)).toBe(0);
  });
});

describe('a step of a ticket that a provider took', () => {
  const step = { what: 'provider', at: 0, actor: '支付宝', detail: '已付款' };

  it('has a name and a sign of its own, and keeps what was said', () => {
    expect(stepText(step)).toBe('平台的回答');
    expect(stepIcon(step)).not.toBe(stepIcon({ ...step, what: 'nobody knows' }));
    expect([stepActor(step), stepDetail(step)]).toEqual(['支付宝', '已付款']);
  });
});
