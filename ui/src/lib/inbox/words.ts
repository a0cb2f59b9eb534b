import type { InboxItem, InboxReason, Suggestion, Trail, Why } from '$lib/bindings';
import { t } from '$lib/i18n';
import { fenToText } from '$lib/money';
import { spanText } from '$lib/time';

export function ticketNo(number: number): string {
  return `#${String(number).padStart(3, '0')}`;
}

export function reasonText(reason: InboxReason): string {
  return t(`inbox.reason.${reason}`);
}

/** How far the notice came behind the payment, by the phone's own clock; empty below a second. */
export function delayText(item: InboxItem): string {
  const ms = item.phone_at === null ? 0 : item.received_at - item.phone_at;
  return ms >= 1000 ? t('inbox.delay', { span: spanText(ms) }) : '';
}

export function whyText(why: Why, s: Suggestion): string {
  const delta = fenToText(Math.abs(s.delta_fen));
  if (why === 'near_amount') return t('inbox.why.near_amount', { delta });
  if (why === 'just_before') return t('inbox.why.just_before', { after: spanText(s.delta_ms) });
  return t(`inbox.why.${why}`);
}

/** `多付 0.02，正好是尾数` and the like: what the amounts say. */
export function deltaText(s: Suggestion): string {
  const delta = fenToText(Math.abs(s.delta_fen));
  if (s.delta_fen === 0) return t('inbox.exact');
  return s.delta_fen > 0 ? t('inbox.over', { delta }) : t('inbox.under', { delta });
}

export function whenText(s: Suggestion): string {
  return s.delta_ms >= 0
    ? t('inbox.after_code', { after: spanText(s.delta_ms) })
    : t('inbox.before_code', { after: spanText(-s.delta_ms) });
}

/** Good enough to say "most likely". */
export function isLikely(s: Suggestion): boolean {
  return s.why.includes('same_amount') || s.why.includes('price_without_tail') || s.why.includes('only_one');
}

export function resolutionText(item: InboxItem): string {
  if (item.state === 'accepted')
    return t('inbox.done.accepted', {
      number: item.ticket_number === null ? '' : ticketNo(item.ticket_number),
    });
  // Marked by the till itself once the provider had sent it back.
  if (item.state === 'ignored' && item.mark === 'refund' && item.rule === 'gateway')
    return t('trade.item.given_back', { reason: item.resolution });
  if (item.state === 'ignored' && item.mark)
    return [t(`inbox.done.${item.mark}`), item.resolution].filter(Boolean).join('：');
  if (item.state === 'ignored') return t('inbox.done.ignored', { reason: item.resolution });
  return item.state === 'echo' ? t('inbox.done.echo') : '';
}

/** The row's facts, when the journal kept any. */
function facts(row: Trail): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(row.detail);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const REASONS: readonly InboxReason[] = [
  'unmatched',
  'late',
  'wrong_amount',
  'duplicate',
  'paid_twice',
  'ambiguous',
  'stale',
  'unrecognised',
];

/** A journal row in words, `provided` when a provider brought the money; an act this screen has no words for is shown as the journal names it. */
export function trailText(row: Trail, provided = false): string {
  const what = facts(row);
  const money = (name: string): string =>
    Number.isSafeInteger(what[name]) ? fenToText(what[name] as number) : '';
  const reason = REASONS.find((r) => r === what['reason']);
  switch (row.act) {
    case 'inbox.arrived':
      return reason ? t('inbox.act.arrived', { reason: reasonText(reason) }) : t('inbox.act.arrived_plain');
    case 'inbox.accepted':
      return t('inbox.act.accepted');
    case 'inbox.ignored':
      return t('inbox.act.ignored', { reason: String(what['reason'] ?? '') });
    case 'inbox.marked': {
      const mark = what['mark'] === 'refund' ? 'refund' : 'private';
      const note = String(what['note'] ?? what['reason'] ?? what['resolution'] ?? '');
      if (provided && mark === 'refund') return t('trade.item.given_back', { reason: note });
      return [t(`inbox.done.${mark}`), note].filter(Boolean).join('：');
    }
    case 'approval.given':
    case 'approval.used':
      return t('inbox.act.approved');
    case 'refund.made':
      return t('inbox.act.refunded', { amount: money('amount_fen') });
    case 'inbox.read_again':
      return t('inbox.act.read_again');
    case 'ticket.opened':
      return typeof what['number'] === 'number'
        ? t('inbox.act.opened', { number: ticketNo(what['number']), amount: money('due_fen') })
        : t('inbox.act.opened_plain', { amount: money('due_fen') });
    case 'ticket.paid':
      return t('inbox.act.paid', { amount: money('amount_fen') });
    case 'ticket.expired':
      return t('inbox.act.expired');
    case 'ticket.cancelled':
      return t('inbox.act.cancelled');
    default:
      return row.act;
  }
}

export function actorText(actor: string): string {
  if (actor === 'gateway') return t('trade.actor');
  if (actor === 'till' || actor === 'phone') return t(`inbox.actor.${actor}`);
  // `小林#3`: the number tells two of one name apart in the books; here the name is enough.
  return actor.replace(/#\d+$/, '');
}
