import type { Lang } from '$lib/bindings';

/**
 * Business dates as `YYYY-MM-DD`. They are calendar days without a zone: UTC here is only a way to count them.
 */
const DAY_MS = 86_400_000;

function utc(date: string): number {
  const [y = '1970', m = '1', d = '1'] = date.split('-');
  return Date.UTC(Number(y), Number(m) - 1, Number(d));
}

export function addDays(date: string, days: number): string {
  return new Date(utc(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Days from one date to another, both included. */
export function daysBetween(from: string, to: string): number {
  return Math.round((utc(to) - utc(from)) / DAY_MS) + 1;
}

/** 1 (Monday) – 7. */
export function weekdayOf(date: string): number {
  return new Date(utc(date)).getUTCDay() || 7;
}

/** True for a date of the calendar: `2026-02-30` is none. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(utc(text)).toISOString().slice(0, 10) === text;
}

const locale = (lang: Lang): string => (lang === 'en' ? 'en-GB' : 'zh-CN');

function written(date: string, lang: Lang, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(lang), { ...options, timeZone: 'UTC' }).format(utc(date));
}

/** `周五` or `Fri`, for 1–7. */
export function weekdayText(weekday: number, lang: Lang): string {
  // 2026-11-16 is a Monday.
  return written(addDays('2026-11-16', weekday - 1), lang, { weekday: 'short' });
}

/** `11 月 20 日` or `20 Nov`; with the year when it is not `year`. */
export function dateText(date: string, lang: Lang, year = ''): string {
  const [y = '', m = '', d = ''] = date.split('-');
  const other = year !== '' && y !== year;
  if (lang === 'en') {
    const text = written(date, lang, { day: 'numeric', month: 'short' });
    return other ? `${text} ${y}` : text;
  }
  return `${other ? `${y} 年 ` : ''}${Number(m)} 月 ${Number(d)} 日`;
}

/** `11 月 20 日 周五` or `Fri 20 Nov`; a range has no weekday: `11 月 16 日 – 11 月 20 日`. */
export function rangeText(from: string, to: string, lang: Lang, today = ''): string {
  // A range over more than one year names both.
  const year = from.slice(0, 4) === to.slice(0, 4) ? today.slice(0, 4) : 'none';
  if (from === to) {
    const day = weekdayText(weekdayOf(from), lang);
    const text = dateText(from, lang, year);
    return lang === 'en' ? `${day} ${text}` : `${text} ${day}`;
  }
  return `${dateText(from, lang, year)} – ${dateText(to, lang, year)}`;
}

/** `11-20`, for axis and table; the whole date when it is not of `year`. */
export function shortDate(date: string, year = date.slice(0, 4)): string {
  return date.slice(0, 4) === year ? date.slice(5) : date;
}

/** `2026 年 11 月` or `Nov 2026`, for `YYYY-MM`. */
export function monthText(month: string, lang: Lang): string {
  const [y = '', m = ''] = month.split('-');
  return lang === 'en'
    ? `${written(`${month}-01`, lang, { month: 'short' })} ${y}`
    : `${y} 年 ${Number(m)} 月`;
}

/** The last date of `YYYY-MM`. */
export function endOfMonth(month: string): string {
  const [y = '1970', m = '1'] = month.split('-');
  return new Date(Date.UTC(Number(y), Number(m), 0)).toISOString().slice(0, 10);
}
