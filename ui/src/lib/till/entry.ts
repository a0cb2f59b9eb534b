import type { Fen, Line, QuickItem } from '$lib/bindings';
import { fenToText, MAX_FEN, textToFen } from '$lib/money';

/** One finished part of the running sum: a typed amount (name empty) or an item. */
export interface Term {
  readonly name: string;
  readonly price_fen: Fen;
  readonly count: number;
  /** As it was typed, for the sum line. */
  readonly text: string;
}

/** What has been keyed so far. Never changed in place: a key makes a new one, so an old one can be put back. */
export interface Entry {
  readonly terms: readonly Term[];
  /** The part being typed, as text. */
  readonly typed: string;
  /** What stood before a `×`, or null. */
  readonly factor: string | null;
  /** True right after `+`. */
  readonly plus: boolean;
}

export const EMPTY: Entry = { terms: [], typed: '', factor: null, plus: false };

const MAX_COUNT = 9999;
const MAX_YUAN_DIGITS = 8;
const MAX_LINES = 200;

/** The words of one way of typing: decimals (`15` is 15.00) or cents first (`1500` is 15.00). */
export class Typing {
  constructor(readonly centsFirst: boolean) {}

  digit(entry: Entry, digits: string): Entry {
    let typed = entry.typed;
    for (const d of digits) {
      const [yuan = '', cents] = typed.split('.');
      if (cents !== undefined) typed = cents.length < 2 ? typed + d : typed;
      else if (yuan === '0') typed = d;
      else if (yuan.length < (this.centsFirst ? MAX_YUAN_DIGITS + 2 : MAX_YUAN_DIGITS)) typed += d;
    }
    return this.#ifFits(entry, { ...entry, typed, plus: false });
  }

  dot(entry: Entry): Entry {
    // A price may have cents, a quantity may not: 1.5 × 2.5 is no line of a sale.
    const both = entry.factor?.includes('.') ?? false;
    if (this.centsFirst || entry.typed.includes('.') || both) return entry;
    return { ...entry, typed: `${entry.typed || '0'}.`, plus: false };
  }

  plus(entry: Entry): Entry {
    const done = this.#finish(entry);
    return done.terms.length > 0 ? { ...done, plus: true } : entry;
  }

  times(entry: Entry): Entry {
    if (entry.factor !== null || this.#fen(entry.typed) <= 0) return entry;
    return { ...entry, factor: entry.typed.replace(/\.$/, ''), typed: '', plus: false };
  }

  erase(entry: Entry): Entry {
    if (entry.typed) return { ...entry, typed: entry.typed.slice(0, -1) };
    if (entry.factor !== null) return { ...entry, factor: null, typed: entry.factor };
    if (entry.plus) {
      const last = entry.terms.at(-1);
      if (!last || last.name || last.text.includes('×')) return { ...entry, plus: false };
      return { terms: entry.terms.slice(0, -1), typed: last.text, factor: null, plus: false };
    }
    const last = entry.terms.at(-1);
    if (!last) return entry;
    const rest = entry.terms.slice(0, -1);
    return { ...EMPTY, terms: last.name && last.count > 1 ? [...rest, counted(last, last.count - 1)] : rest };
  }

  /** Adds an item once, or as often as was keyed before a `×` (`3 × F1`). */
  item(entry: Entry, item: QuickItem): Entry {
    const times = entry.factor !== null && !entry.typed ? count(entry.factor) : null;
    const base = times === null ? this.#finish(entry) : { ...entry, factor: null };
    const more = times ?? 1;
    const same = base.terms.find((t) => t.name === item.name && t.price_fen === item.price_fen);
    const terms = same
      ? base.terms.map((t) => (t === same ? counted(t, Math.min(MAX_COUNT, t.count + more)) : t))
      : [...base.terms, counted({ name: item.name, price_fen: item.price_fen, count: more, text: '' }, more)];
    return this.#ifFits(entry, { ...EMPTY, terms });
  }

  /** The sum of everything keyed, the unfinished part included. */
  sum(entry: Entry): Fen {
    return this.#finish(entry).terms.reduce((sum, t) => sum + t.price_fen * t.count, 0);
  }

  /** The lines of the sale; parts worth nothing are left out. */
  lines(entry: Entry): Line[] {
    return this.#finish(entry)
      .terms.filter((t) => t.price_fen > 0)
      .map(({ name, price_fen, count }) => ({ name, price_fen, count }));
  }

  /** The muted line above the amount; empty for a single typed amount. */
  sumText(entry: Entry): string {
    const parts = entry.terms.map((t) => t.text);
    const current = this.#typedText(entry.typed);
    if (entry.factor !== null) parts.push(`${this.#factorText(entry)} ×${current ? ` ${current}` : ''}`);
    else if (current && parts.length > 0) parts.push(current);
    return parts.join(' + ') + (entry.plus ? ' +' : '');
  }

  /** The big number: as typed while it is one plain amount, else the sum. */
  shown(entry: Entry): string {
    if (entry.terms.length === 0 && entry.factor === null && entry.typed && !this.centsFirst)
      return entry.typed;
    return fenToText(this.sum(entry));
  }

  isEmpty(entry: Entry): boolean {
    return entry.terms.length === 0 && entry.typed === '' && entry.factor === null;
  }

  #fen(text: string): Fen {
    if (text === '') return 0;
    return this.centsFirst ? Number(text) : (textToFen(text) ?? 0);
  }

  #typedText(text: string): string {
    return this.centsFirst && text ? fenToText(this.#fen(text)) : text;
  }

  #factorText(entry: Entry): string {
    return entry.factor ?? '';
  }

  /** Turns the part being typed into a term. */
  #finish(entry: Entry): Entry {
    const term = this.#current(entry);
    return { ...EMPTY, terms: term ? [...entry.terms, term] : entry.terms };
  }

  #current(entry: Entry): Term | null {
    const { factor, typed } = entry;
    if (factor === null) {
      const fen = this.#fen(typed);
      return fen > 0
        ? { name: '', price_fen: fen, count: 1, text: this.#typedText(typed).replace(/\.$/, '') }
        : null;
    }
    if (!typed) return { name: '', price_fen: this.#fen(factor), count: 1, text: this.#typedText(factor) };
    const text = `${factor} × ${this.#typedText(typed).replace(/\.$/, '')}`;
    const first = count(factor);
    if (first !== null)
      return this.#fen(typed) > 0 ? { name: '', price_fen: this.#fen(typed), count: first, text } : null;
    const second = count(typed);
    return second === null ? null : { name: '', price_fen: this.#fen(factor), count: second, text };
  }

  /** The new entry if a till takes it, else the old one: the key did nothing. */
  #ifFits(before: Entry, after: Entry): Entry {
    const counted =
      after.factor === null || !after.typed || (count(after.factor) ?? count(after.typed)) !== null;
    return counted && after.terms.length <= MAX_LINES && this.sum(after) <= MAX_FEN ? after : before;
  }
}

function counted(term: Term, times: number): Term {
  const price = fenToText(term.price_fen);
  return { ...term, count: times, text: times > 1 ? `${price} × ${times}` : price };
}

function count(text: string): number | null {
  if (!/^\d{1,4}$/.test(text)) return null;
  const n = Number(text);
  return n >= 1 && n <= MAX_COUNT ? n : null;
}
