import { describe, expect, it } from 'vitest';

import type { DayCount, SaleRow, SalesIndex } from '$lib/bindings';
import type { RequestOf, Verb } from '$lib/backend/types';
import { NO_FILTER } from './narrowing';
import { CHUNK, MARGIN, Rows } from './rows.svelte';
import { addDays } from './days';

type Ask = RequestOf<'sales_rows'>;

function till(fail: () => boolean = () => false) {
  const asks: Ask[] = [];
  let flying = 0;
  let most = 0;
  const call = async (request: RequestOf<Verb>): Promise<SaleRow[]> => {
    const ask = request as Ask;
    asks.push(ask);
    flying += 1;
    most = Math.max(most, flying);
    await new Promise((done) => setTimeout(done, 1));
    flying -= 1;
    if (fail()) throw { code: 'unavailable', message: '' };
    return Array.from({ length: ask.limit }, (_, i) => ({
      business_date: ask.date,
      number: ask.offset + i,
    })) as SaleRow[];
  };
  return { asks, most: () => most, flying: () => flying, till: { call: call as never } };
}

function index(days: number, perDay: number): SalesIndex {
  const list: DayCount[] = Array.from({ length: days }, (_, i) => ({
    date: addDays('2026-11-20', -i),
    rows: perDay,
    net_fen: 0,
  }));
  return { days: list, rows: days * perDay } as SalesIndex;
}

async function settle(flying: () => number): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    await new Promise((done) => setTimeout(done, 2));
    quiet = flying() === 0 ? quiet + 1 : 0;
  }
}

describe('rows of a long table', () => {
  it('finds a row by its place, across days', async () => {
    const { till: t, flying } = till();
    const rows = new Rows(t);
    rows.use(index(10, 57), NO_FILTER);
    rows.show(50, 70);
    expect(rows.row(56)).toBeNull();
    await settle(flying);
    expect(rows.row(56)).toMatchObject({ business_date: '2026-11-20', number: 56 });
    expect(rows.row(57)).toMatchObject({ business_date: '2026-11-19', number: 0 });
    expect(rows.row(9999)).toBeNull();
  });

  it('never holds more than the window and its margins, over a million rows', async () => {
    const { till: t, asks, flying, most } = till();
    const rows = new Rows(t);
    rows.use(index(1096, 913), NO_FILTER);
    expect(rows.count).toBe(1_000_648);
    const bound = 20 + 2 * MARGIN + 3 * CHUNK;
    for (const first of [0, 20, 500_000, 999_990, 123_456, 123_470]) {
      rows.show(first, first + 20);
      await settle(flying);
      expect(rows.row(first)).not.toBeNull();
      expect(rows.held).toBeLessThanOrEqual(bound);
    }
    expect(asks.every((ask) => ask.limit <= 200)).toBe(true);
    expect(most()).toBeLessThanOrEqual(3);
  });

  it('asks only for where a drag of the scroll bar ends, not for each place on its way', async () => {
    const { till: t, asks, flying } = till();
    const rows = new Rows(t);
    rows.use(index(1096, 913), NO_FILTER);
    for (let first = 0; first < 900_000; first += 1000) rows.show(first, first + 20);
    await settle(flying);
    expect(rows.row(899_000)).not.toBeNull();
    expect(asks.length).toBeLessThan(12);
  });

  it('drops answers to an older filter', async () => {
    const { till: t, flying } = till();
    const rows = new Rows(t);
    rows.use(index(1, 50), NO_FILTER);
    rows.show(0, 10);
    rows.use(index(1, 5), { ...NO_FILTER, channel: 'cash' });
    await settle(flying);
    expect(rows.count).toBe(5);
    expect(rows.held).toBe(5);
  });

  it('keeps the rows of days that did not change', async () => {
    const { till: t, asks, flying } = till();
    const rows = new Rows(t);
    const before = index(3, 50);
    rows.use(before, NO_FILTER);
    rows.show(0, 20);
    await settle(flying);
    const asked = asks.length;
    const [today, ...rest] = before.days;
    rows.use({ ...before, rows: 151, days: [{ ...today!, rows: 51 }, ...rest] }, NO_FILTER);
    await settle(flying);
    expect(asks.slice(asked).map((ask) => ask.date)).toEqual(['2026-11-20']);
  });

  it('stops at a failure until it is tried again', async () => {
    let broken = true;
    const { till: t, asks, flying } = till(() => broken);
    const rows = new Rows(t);
    rows.use(index(3, 50), NO_FILTER);
    rows.show(0, 20);
    await settle(flying);
    expect(rows.error?.code).toBe('unavailable');
    const asked = asks.length;
    rows.show(5, 25);
    await settle(flying);
    expect(asks).toHaveLength(asked);
    broken = false;
    rows.retry();
    await settle(flying);
    expect(rows.row(10)).not.toBeNull();
    expect(rows.error).toBeNull();
  });
});
