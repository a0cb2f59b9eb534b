import type { Fen, SaleRow, Status, Tag, TicketView } from '$lib/bindings';
import { fenToText } from '$lib/money';

/** A ticket that money may be matched to. */
export interface Choice {
  id: number;
  number: number;
  tag: Tag;
  status: Status;
  due_fen: Fen;
  opened_at: number;
  business_date: string;
}

export function choiceOf(ticket: TicketView): Choice {
  const { id, number, tag, status, due_fen, opened_at, business_date } = ticket;
  return { id, number, tag, status, due_fen, opened_at, business_date };
}

/** Only rows of a sale name what was asked for; a refund's row is about the same ticket. */
export function choiceOfRow(row: SaleRow): Choice {
  const { ticket_id, number, tag, at, business_date } = row;
  const due_fen = row.gross_fen - row.discount_fen - row.rounding_fen - row.tail_fen;
  return { id: ticket_id, number, tag, status: 'paid', due_fen, opened_at: at, business_date };
}

/** `41`, `#041` find a number; `14.98`, `14.` and `14` find an amount. */
export function fitsText(choice: Choice, text: string): boolean {
  const query = text.trim();
  if (query === '') return true;
  const number = query.replace(/^#/, '').replace(/^0+(?=\d)/, '');
  if (/^\d+$/.test(number) && String(choice.number).startsWith(number)) return true;
  return !query.startsWith('#') && fenToText(choice.due_fen).startsWith(query);
}

/** One of each ticket, the nearest amount first, newer before older among equals. */
export function ranked(choices: readonly Choice[], amount: Fen | null): Choice[] {
  const once = [...new Map(choices.map((choice) => [choice.id, choice])).values()];
  const off = (choice: Choice): number => (amount === null ? 0 : Math.abs(choice.due_fen - amount));
  return once.sort((a, b) => off(a) - off(b) || b.opened_at - a.opened_at);
}
