import type { Fen, TicketView } from '$lib/bindings';

/** Dialogs of the till. A dialog for money is for a waiting ticket, or for what is keyed (null). */
export type Ask =
  | { kind: 'cash'; ticket: TicketView | null; due: Fen }
  | { kind: 'scan'; ticket: TicketView | null; due: Fen }
  | { kind: 'missing' | 'cancel' | 'refund'; ticket: TicketView }
  | { kind: 'discount' | 'note' | 'parked' }
  | { kind: 'items'; edit: number | null };
