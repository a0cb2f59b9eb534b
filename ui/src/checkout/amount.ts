import type { Fen } from '$lib/bindings';
import { fenToText } from '$lib/money';

/** The digits of an amount; `tail` are those to be underlined because they differ from the price. */
export function splitDue(due: Fen, price: Fen): { head: string; tail: string } {
  const text = fenToText(due);
  return due === price ? { head: text, tail: '' } : { head: text.slice(0, -2), tail: text.slice(-2) };
}
