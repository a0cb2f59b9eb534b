import type { Channel, Fen, TicketView, TradeRefund, TradeTrouble, TradeView } from '$lib/bindings';
import { t } from '$lib/i18n';

/** What there is to say about a charge of the customer's code. */
export type ScanState = 'sending' | 'waiting' | 'doubt' | 'ending' | 'refused' | 'ended' | 'paid';

/** The newest charge of a customer's code for this ticket. */
export function scanOf(ticket: TicketView): TradeView | null {
  return ticket.trades.findLast((trade) => trade.scanned) ?? null;
}

export function scanState(trade: TradeView): ScanState {
  switch (trade.stage) {
    case 'planned':
    case 'waiting':
      if (trade.trouble === 'doubt') return 'doubt';
      return trade.stage === 'planned' ? 'sending' : 'waiting';
    case 'ending':
      return 'ending';
    case 'paid':
      return 'paid';
    case 'fading':
    case 'over':
      return trade.trouble === null || trade.trouble === 'doubt' ? 'ended' : 'refused';
  }
}

/** How a charge that is under way stands, in a word for the screen and for who hears it read. */
export function scanText(trade: TradeView): string {
  switch (scanState(trade)) {
    case 'sending':
      return t('trade.sending');
    case 'doubt':
      return t('trade.doubt');
    case 'ending':
      return t('trade.ending');
    default:
      return t('trade.waiting');
  }
}

/** The customer may be confirming on the phone just now. */
export function isAsking(trade: TradeView | null): boolean {
  return trade?.stage === 'planned' || trade?.stage === 'waiting';
}

/** The charge that is under way: nobody knows yet whether money moved, and no other code may be charged. */
export function liveScan(ticket: TicketView): TradeView | null {
  const scan = scanOf(ticket);
  return isAsking(scan) || scan?.stage === 'ending' ? scan : null;
}

const AGAIN: ReadonlySet<TradeTrouble> = new Set([
  'scan_again',
  'new_number',
  'too_often',
  'no_funds',
  'other',
]);

/** Another scan may help. */
export function mayScanAgain(trade: TradeView): boolean {
  return trade.trouble === null || AGAIN.has(trade.trouble);
}

/** The trade that brought this ticket's money of a channel; the newest, when there are several. */
export function paidTrade(ticket: TicketView, channel: Channel): TradeView | null {
  return ticket.trades.findLast((trade) => trade.stage === 'paid' && trade.channel === channel) ?? null;
}

export function isUnderWay(refund: TradeRefund): boolean {
  return refund.stage === 'asked' || refund.stage === 'pending';
}

/** What is on its way back through providers: set aside, and not yet in the ticket's refunds. */
export function onItsWayFen(ticket: TicketView): Fen {
  return ticket.trades
    .flatMap((trade) => trade.refunds)
    .filter(isUnderWay)
    .reduce((sum, refund) => sum + refund.amount_fen, 0);
}

/** What can still go back through a trade. */
export function leftOfTrade(trade: TradeView): Fen {
  const gone = trade.refunds.filter((refund) => refund.stage !== 'refused');
  return trade.amount_fen - gone.reduce((sum, refund) => sum + refund.amount_fen, 0);
}
