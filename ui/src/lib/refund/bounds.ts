import type { Channel, Fen, RefundKind, TicketView } from '$lib/bindings';
import { leftOfTrade, onItsWayFen, paidTrade } from '$lib/trade/trade';

/** What came in for a ticket, by every way. */
export function paidFen(ticket: TicketView): Fen {
  return ticket.payments.reduce((sum, payment) => sum + payment.amount_fen, 0);
}

/** What can still be given back; what is on its way back through a provider is not. */
export function leftFen(ticket: TicketView): Fen {
  return Math.max(0, paidFen(ticket) - ticket.refunded_fen - onItsWayFen(ticket));
}

/** What can still be given back by one way: through a provider no more than it brought. */
export function leftBy(ticket: TicketView, channel: Channel): Fen {
  const trade = paidTrade(ticket, channel);
  return trade ? Math.max(0, Math.min(leftFen(ticket), leftOfTrade(trade))) : leftFen(ticket);
}

/** How money can go back: the way it came, newest first, and always in cash. */
export function waysBack(ticket: TicketView): Channel[] {
  return [...new Set<Channel>([...ticket.payments.map((p) => p.channel).reverse(), 'cash'])];
}

/** A sale that never was is taken out whole, on its own day, before anything was given back. */
export function canVoid(ticket: TicketView, today: string): boolean {
  return (
    ticket.refunded_fen === 0 &&
    onItsWayFen(ticket) === 0 &&
    ticket.business_date === today &&
    leftFen(ticket) > 0
  );
}

export type AmountTrouble = 'bad' | 'zero' | 'over';

/** Why an amount cannot go back; null when it can. */
export function amountTrouble(fen: Fen | null, left: Fen): AmountTrouble | null {
  if (fen === null) return 'bad';
  if (fen <= 0) return 'zero';
  return fen > left ? 'over' : null;
}

/** A void gives back everything; a refund what was typed. */
export function amountOf(kind: RefundKind, typed: Fen | null, left: Fen): Fen | null {
  return kind === 'void' ? left : typed;
}
