import type { Booked, Channel, Fen, Lang, Slice, Totals } from '$lib/bindings';
import { countText } from '$lib/count';
import { type Key, t } from '$lib/i18n';
import { fenToGrouped } from '$lib/money';
import {
  addDays,
  dateText,
  daysBetween,
  endOfMonth,
  monthText,
  shortDate,
  weekdayOf,
  weekdayText,
} from './days';
import type { Cut } from './narrowing';

export type Dimension = 'hour' | 'day' | 'weekday' | 'staff' | 'item' | 'channel' | 'booked';
export const DIMENSIONS: readonly Dimension[] = [
  'hour',
  'day',
  'weekday',
  'staff',
  'item',
  'channel',
  'booked',
];

/** One bar of the chart and one line of its table. */
export interface Bar {
  readonly key: string;
  /** Under the bar. */
  readonly label: string;
  /** In the readout and the table. */
  readonly title: string;
  readonly fen: Fen;
  /** Rows, or pieces of an item. */
  readonly count: number;
  /** What a click narrows to; null where the rows cannot be told apart. */
  readonly cut: Cut | null;
}

/** Longer than this, days are put together into months. */
const MOST_DAYS = 62;
/** The working day shown even when most of it is still to come. */
const LEAST_HOURS = 14;
/** Items drawn; the table has all of them. */
export const MOST_ITEMS = 12;

const none = (key: string): Slice => ({
  key,
  name: '',
  rows: 0,
  received_fen: 0,
  refunded_fen: 0,
  net_fen: 0,
});

function at(slices: readonly Slice[]): (key: string) => Slice {
  const known = new Map(slices.map((slice) => [slice.key, slice]));
  return (key) => known.get(key) ?? none(key);
}

/** Hours in the order of the business day, from the first with rows. */
function hours(totals: Totals): Bar[] {
  const order = Array.from({ length: 24 }, (_, i) => (totals.day_starts_at + i) % 24);
  const get = at(totals.by_hour);
  const busy = order.map((hour, i) => (get(String(hour)).rows > 0 ? i : -1)).filter((i) => i >= 0);
  const first = Math.min(busy[0] ?? 4, 24 - LEAST_HOURS);
  const end = Math.max(first + LEAST_HOURS, (busy.at(-1) ?? 0) + 1);
  return order.slice(first, end).map((hour) => {
    const slice = get(String(hour));
    return {
      key: slice.key,
      label: String(hour),
      title: t('totals.hour', { n: hour }),
      fen: slice.net_fen,
      count: slice.rows,
      cut: { hour },
    };
  });
}

function days(totals: Totals, lang: Lang): Bar[] {
  const length = daysBetween(totals.from, totals.to);
  if (length > MOST_DAYS) return months(totals, lang);
  const get = at(totals.by_day);
  return Array.from({ length }, (_, i) => {
    const date = addDays(totals.from, i);
    const slice = get(date);
    return {
      key: date,
      label: length > 10 ? String(Number(date.slice(8))) : shortDate(date),
      title: `${dateText(date, lang, totals.today.slice(0, 4))} ${weekdayText(weekdayOf(date), lang)}`,
      fen: slice.net_fen,
      count: slice.rows,
      cut: { days: { from: date, to: date } },
    };
  });
}

function months(totals: Totals, lang: Lang): Bar[] {
  const sums = new Map<string, { fen: Fen; count: number }>();
  for (let month = totals.from.slice(0, 7); month <= totals.to.slice(0, 7);) {
    sums.set(month, { fen: 0, count: 0 });
    month = addDays(endOfMonth(month), 1).slice(0, 7);
  }
  for (const slice of totals.by_day) {
    const sum = sums.get(slice.key.slice(0, 7));
    if (!sum) continue;
    sum.fen += slice.net_fen;
    sum.count += slice.rows;
  }
  return [...sums].map(([month, sum]) => {
    const [from, to] = [`${month}-01`, endOfMonth(month)];
    return {
      key: month,
      label: month.slice(2),
      title: monthText(month, lang),
      ...sum,
      cut: {
        days: { from: from < totals.from ? totals.from : from, to: to > totals.to ? totals.to : to },
      },
    };
  });
}

function weekdays(totals: Totals, lang: Lang): Bar[] {
  const get = at(totals.by_weekday);
  return [1, 2, 3, 4, 5, 6, 7].map((weekday) => {
    const slice = get(String(weekday));
    const name = weekdayText(weekday, lang);
    return {
      key: slice.key,
      label: name,
      title: name,
      fen: slice.net_fen,
      count: slice.rows,
      cut: { weekday },
    };
  });
}

function named(slices: readonly Slice[], name: (slice: Slice) => string, cut: (slice: Slice) => Cut): Bar[] {
  return slices
    .map((slice) => ({
      key: slice.key,
      label: name(slice),
      title: name(slice),
      fen: slice.net_fen,
      count: slice.rows,
      cut: cut(slice),
    }))
    .toSorted((a, b) => b.fen - a.fen);
}

export function staffName(slice: Pick<Slice, 'key' | 'name'>): string {
  return slice.key === '0' || slice.name === '' ? t('totals.nobody') : slice.name;
}

function items(totals: Totals): Bar[] {
  return totals.by_item.map((item) => ({
    key: item.name,
    label: item.name || t('totals.typed'),
    title: item.name || t('totals.typed'),
    fen: item.gross_fen,
    count: item.pieces,
    cut: { item: item.name },
  }));
}

/** All bars of a dimension, in the order they are drawn. */
export function barsOf(dimension: Dimension, totals: Totals, lang: Lang): Bar[] {
  switch (dimension) {
    case 'hour':
      return hours(totals);
    case 'day':
      return days(totals, lang);
    case 'weekday':
      return weekdays(totals, lang);
    case 'staff':
      return named(totals.by_staff, staffName, (slice) => ({ staff_id: Number(slice.key) }));
    case 'item':
      return items(totals);
    case 'channel':
      return named(
        totals.by_channel,
        (slice) => t(`channel.${slice.key}` as Key),
        (slice) => ({ channel: slice.key as Channel }),
      );
    case 'booked':
      return named(
        totals.by_booked,
        (slice) => t(`totals.booked.${slice.key}` as Key),
        (slice) => ({ booked: slice.key as Booked }),
      );
  }
}

/** The narrowing part a dimension cuts by: its own chart leaves it out, so that the other bars stay to compare with. */
export const PART_OF: Record<
  Dimension,
  'days' | 'hour' | 'weekday' | 'staff_id' | 'item' | 'channel' | 'booked'
> = {
  hour: 'hour',
  day: 'days',
  weekday: 'weekday',
  staff: 'staff_id',
  item: 'item',
  channel: 'channel',
  booked: 'booked',
};

/** `8 点 · 211.94 · 11 笔`. */
export function readoutText(bar: Bar, dimension: Dimension): string {
  const count = t(dimension === 'item' ? 'totals.pieces' : 'totals.rows', { n: countText(bar.count) });
  return `${bar.title} · ${fenToGrouped(bar.fen)} · ${count}`;
}

/** A step for the lines of the chart: 1, 2 or 5 with zeros, in fen, so that two to four lines fit below the top. */
export function stepFor(top: Fen): Fen {
  for (let ten = 100; ten <= top; ten *= 10)
    for (const step of [ten, 2 * ten, 5 * ten]) if (step * 4 > top) return step;
  return 100;
}

/** A number for the axis: `200`, `1.5 万` is left to the reader; fen are always zero there. */
export function axisText(fen: Fen): string {
  return fenToGrouped(fen).slice(0, -3);
}
