import type { App } from '$lib/app/state.svelte';
import type { RequestOf, Verb } from '$lib/backend/types';
import { t } from '$lib/i18n';
import { fenToText } from '$lib/money';

/** What a request asks for, in words, for the person who is to approve it. */
export function askedFor(request: RequestOf<Verb>, app: Pick<App, 'recent' | 'session'>): string {
  const yuan = (fen: number): string => `¥${fenToText(fen)}`;
  const ticket = (id: number): string => {
    const known = app.recent.find((other) => other.id === id);
    return known ? ` #${String(known.number).padStart(3, '0')}` : '';
  };
  switch (request.verb) {
    case 'refund':
      return t(request.kind === 'void' ? 'approval.what.void' : 'approval.what.refund', {
        ticket: ticket(request.ticket_id),
        amount: yuan(request.amount_fen),
        channel: t(`channel.${request.channel}`),
        reason: request.reason,
      });
    case 'move_cash':
      return t(request.kind === 'in' ? 'approval.what.cash_in' : 'approval.what.cash_out', {
        amount: yuan(request.amount_fen),
        reason: request.reason,
      });
    case 'close_day':
      return t('approval.what.close_day', { date: request.business_date ?? '' });
    case 'close_shift':
      return t('approval.what.close_shift');
    case 'ignore':
      return t('approval.what.ignore', { reason: request.reason });
    case 'mark_item':
    case 'inbox_bulk':
      return t('approval.what.inbox');
    case 'confirm_by_hand':
      return t('approval.what.confirm', { reason: request.reason });
    case 'save_settings':
      return t('approval.what.settings');
    case 'add_staff':
      return t('approval.what.add_staff', { name: request.name });
    case 'update_staff': {
      const name = app.session.view?.people.find((p) => p.id === request.staff_id)?.name ?? '';
      return t('approval.what.update_staff', { name });
    }
    case 'add_code':
    case 'update_account':
    case 'remove_code':
      return t('approval.what.codes');
    case 'add_device':
    case 'update_device':
    case 'revoke_device':
      return t('approval.what.devices');
    case 'add_program':
    case 'update_program':
    case 'renew_program':
    case 'revoke_program':
    case 'test_program':
      return t('approval.what.programs');
    case 'send_again':
      return t('approval.what.send_again');
    case 'import_statement':
    case 'attach_line':
    case 'open_line':
    case 'settle_line':
      return t('approval.what.statement');
    case 'export':
      return t('approval.what.export');
    case 'back_up':
    case 'restore':
    case 'cancel_restore':
      return t('approval.what.backup');
    default:
      return t('approval.what.other');
  }
}
