import type { Lang, SaleRow, Span, Step, Timeline, Totals } from '$lib/bindings';
import { type Key, t } from '$lib/i18n';
import type { IconName } from '$lib/kit/icons';
import type { Course } from '../settings/programs/milestones';
import { isOutcome, outcomeText } from '../settings/programs/words';
import { dateText, daysBetween, monthText, rangeText, weekdayOf, weekdayText } from './days';
import type { Narrowing, Part } from './narrowing';
import { staffName } from './slices';

/** What a chip says: `渠道：微信`. */
export function partText(
  part: Part,
  narrowing: Narrowing,
  staff: ReadonlyMap<string, string>,
  lang: Lang,
): string {
  const { days, filter } = narrowing;
  switch (part) {
    case 'days':
      if (!days) return '';
      if (days.from.endsWith('-01') && days.from.slice(0, 7) === days.to.slice(0, 7) && days.from !== days.to)
        return monthText(days.from.slice(0, 7), lang);
      return rangeText(days.from, days.to, lang);
    case 'kind':
      return t(`totals.kind.${filter.kind ?? 'sale'}`);
    case 'channel':
      return t(`channel.${filter.channel ?? 'cash'}`);
    case 'hour':
      return t('totals.hour', { n: filter.hour ?? 0 });
    case 'weekday':
      return weekdayText(filter.weekday ?? 1, lang);
    case 'staff_id': {
      const key = String(filter.staff_id ?? 0);
      return t('totals.chip.staff', { name: staffName({ key, name: staff.get(key) ?? '' }) });
    }
    case 'item':
      return t('totals.chip.item', { name: filter.item || t('totals.typed') });
    case 'booked':
      return t(`totals.booked.${filter.booked ?? 'auto'}`);
    case 'after_close':
      return t(filter.after_close === false ? 'totals.before_close' : 'totals.after_close');
  }
}

/** `11 月 20 日 周五 · 按 04:00 切日`. */
export function spanNote(totals: Totals, lang: Lang): string {
  const time = `${String(totals.day_starts_at).padStart(2, '0')}:00`;
  return `${rangeText(totals.from, totals.to, lang, totals.today)} · ${t('totals.day_starts', { time })}`;
}

/** What the figures are compared with: `上周五`, `前 5 天`. */
export function beforeText(totals: Totals, lang: Lang): string {
  if (totals.from !== totals.to) return t('totals.before.days', { n: daysBetween(totals.from, totals.to) });
  return t('totals.before.day', { day: weekdayText(weekdayOf(totals.from), lang) });
}

export interface StatusWords {
  readonly text: string;
  readonly tone: '' | 'ok' | 'warn' | 'err';
  readonly icon: IconName;
}

export function statusOf(row: SaleRow): StatusWords {
  if (row.kind === 'refund') return { text: t('totals.status.refund'), tone: '', icon: 'undo' };
  if (row.kind === 'void') return { text: t('totals.status.void'), tone: '', icon: 'cross' };
  if (row.refunded_fen > 0)
    return row.refunded_fen >= row.net_fen
      ? { text: t('totals.status.refunded'), tone: '', icon: 'undo' }
      : { text: t('totals.status.part_refunded'), tone: 'warn', icon: 'undo' };
  if (row.late) return { text: t('totals.status.late'), tone: 'warn', icon: 'clock' };
  return { text: t('totals.status.paid'), tone: 'ok', icon: 'check' };
}

/** `1.8 秒`, `2 分 10 秒`, `240 毫秒`. Whole numbers only: tenths are cut from the digits. */
export function tookText(ms: number): string {
  if (ms < 1000) return t('totals.ms', { n: Math.max(0, Math.round(ms)) });
  const tenths = Math.round(ms / 100);
  if (tenths < 100) return t('totals.seconds', { n: `${Math.floor(tenths / 10)}.${tenths % 10}` });
  const s = Math.round(ms / 1000);
  if (s < 60) return t('totals.seconds', { n: s });
  if (s < 3600)
    return s % 60 === 0
      ? t('totals.minutes', { n: s / 60 })
      : t('totals.minutes_seconds', { m: Math.floor(s / 60), s: s % 60 });
  return t('totals.hours_minutes', { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
}

/** How it was booked, how long it took, what somebody wrote. */
export function noteOf(row: SaleRow): string {
  // A refund says so in its status.
  const how = row.kind === 'sale' ? t(`totals.how.${row.how}` as Key) : '';
  const took = row.kind === 'sale' && row.how !== 'cash' && row.took_ms !== null ? tookText(row.took_ms) : '';
  return [row.after_close ? t('totals.after_close') : '', how, took, row.note].filter(Boolean).join(' · ');
}

const STEPS: Record<string, IconName> = {
  opened: 'code',
  shown: 'monitor',
  attempted: 'refresh',
  delivered: 'plug',
  received: 'phone',
  provider: 'wallet',
  matched: 'check',
  paid: 'check',
  announced: 'sound',
  expired: 'hourglass',
  cancelled: 'cross',
  refunded: 'undo',
  voided: 'cross',
};

/** What a step adds, in words where the till keeps a code: `answer · 502` of an attempt. */
export function stepDetail(step: Step): string {
  if (step.what === 'delivered') return '';
  if (step.what !== 'attempted') return step.detail;
  const [outcome = '', status = ''] = step.detail.split(' · ');
  if (!isOutcome(outcome)) return step.detail;
  return outcomeText({ outcome, status: /^\d{3}$/.test(status) ? Number(status) : null, duration_ms: 0 });
}

/** Who did a step; the till's own attempts go without a name. */
export function stepActor(step: Step): string {
  return step.what === 'attempted' || step.what === 'delivered'
    ? step.actor === 'till'
      ? ''
      : step.actor
    : step.actor;
}

/** How far a program's order came, read from its timeline. */
export function courseOf({ ticket, steps }: Timeline): Course {
  const at = (what: string): number | null => steps.find((step) => step.what === what)?.at ?? null;
  const delivered_at = at('delivered');
  return {
    created_at: ticket.opened_at,
    shown_at: at('shown'),
    paid_at: ticket.paid_at,
    delivered_at,
    status: ticket.status,
    delivery: delivered_at !== null ? 'delivered' : at('attempted') !== null ? 'waiting' : null,
  };
}

export function stepIcon(step: Step): IconName {
  return STEPS[step.what] ?? 'info';
}

/**
 * A step that has no words here yet keeps its own name rather than vanish. A program's customer opens a page where the
 * counter's looks at a screen.
 */
export function stepText(step: Step, elsewhere = false): string {
  if (elsewhere && step.what === 'shown') return t('totals.step.shown_page');
  return step.what in STEPS ? t(`totals.step.${step.what}` as Key) : step.what;
}

/** A span in words, for dialogs: `2026-11-20` or `2026-11-16 – 2026-11-20`. */
export function spanDates(span: Span, totals: Totals | null): { from: string; to: string } | null {
  if (span.span === 'custom') return { from: span.from, to: span.to };
  return totals ? { from: totals.from, to: totals.to } : null;
}

export { dateText };
