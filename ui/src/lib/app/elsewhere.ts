import type { TicketView } from '$lib/bindings';

/**
 * True for a ticket that a program opened for a customer who is somewhere else. Whoever stands at the counter must
 * never be handed goods for it: it floods no window, is not put on the stage by itself and never reaches the counter.
 */
export function isElsewhere(ticket: TicketView): boolean {
  return ticket.program?.counter === false;
}

/** The counter's own first, each newest first. */
export function counterFirst(a: TicketView, b: TicketView): number {
  return Number(isElsewhere(a)) - Number(isElsewhere(b)) || b.id - a.id;
}
