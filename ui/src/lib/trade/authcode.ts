import type { Channel, PaymentCode } from '$lib/bindings';

/** What customers' payment codes look like. The till has the one table of them and says it with its health. */
export class PaymentCodes {
  table: readonly PaymentCode[] = [];

  /** Whose payment code these digits are; null: nobody's we know. */
  channelOf(digits: string): Channel | null {
    if (!isDigits(digits)) return null;
    const theirs = this.table.find(
      (code) =>
        code.prefixes.some((prefix) => digits.startsWith(prefix)) &&
        digits.length >= code.min_len &&
        digits.length <= code.max_len,
    );
    return theirs?.channel ?? null;
  }

  /** True for digits that are as many as a payment code has, whoever's it would be. */
  looksLike(digits: string): boolean {
    const least = Math.min(...this.table.map((code) => code.min_len));
    const most = Math.max(...this.table.map((code) => code.max_len));
    return isDigits(digits) && digits.length >= least && digits.length <= most;
  }
}

const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);

/** The window's one table, as the till last said it. */
export const paymentCodes = new PaymentCodes();
