import type { ChannelLine, Report } from '$lib/bindings';
import { lang, t } from '$lib/i18n';
import { fenToGrouped } from '$lib/money';

/** Do the phone's notices say the same as the book? Cash has none. */
export function agreement(line: ChannelLine): 'agrees' | 'by_hand' | 'none' {
  if (line.channel === 'cash') return 'none';
  return line.with_notice >= line.payments ? 'agrees' : 'by_hand';
}

/** How the cash that should be there comes about: `备用金 200.00 + 收入 128.00`. */
export function cashLine(report: Report): string {
  const parts: [string, number][] = [
    [t('shift.cash_sales.short'), report.cash_sales_fen],
    [t('shift.cash_refunds.short'), -report.cash_refunds_fen],
    [t('shift.cash_in.short'), report.cash_in_fen],
    [t('shift.cash_out.short'), -report.cash_out_fen],
  ];
  return parts
    .filter(([, fen], i) => i === 0 || fen !== 0)
    .reduce(
      (text, [word, fen]) => `${text} ${fen < 0 ? '−' : '+'} ${word} ${fenToGrouped(fen < 0 ? -fen : fen)}`,
      `${t('shift.float.short')} ${fenToGrouped(report.float_fen)}`,
    );
}

/** `2026-11-20` → `11 月 20 日`, `20 November`; another year says so. */
export function dateText(date: string, today = ''): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return date;
  const [, year = '', month = '', day = ''] = match;
  const other = today !== '' && !today.startsWith(year);
  if (lang() === 'en') {
    const name = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' }).format(
      Date.UTC(2000, Number(month) - 1, 1),
    );
    return `${Number(day)} ${name}${other ? ` ${year}` : ''}`;
  }
  return `${other ? `${year} 年 ` : ''}${Number(month)} 月 ${Number(day)} 日`;
}

/** The ends of a hash, enough to compare by eye: `a3f29c01…7be4`. */
export function shortHash(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 8)}…${hash.slice(-4)}` : hash;
}

/** `Z118` */
export function zNumber(number: number): string {
  return `Z${number}`;
}
