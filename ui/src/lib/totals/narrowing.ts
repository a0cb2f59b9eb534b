import type { SaleFilter, Span } from '$lib/bindings';

/** A filter that lets everything through. */
export const NO_FILTER: SaleFilter = {
  kind: null,
  channel: null,
  hour: null,
  weekday: null,
  staff_id: null,
  item: null,
  booked: null,
  after_close: null,
};

/** Business days, both included. */
export interface Days {
  from: string;
  to: string;
}

/** What a click on a figure, a bar or a slice has left: some days of the span, and rows of a kind. */
export interface Narrowing {
  readonly days: Days | null;
  readonly filter: SaleFilter;
}

export const EVERYTHING: Narrowing = { days: null, filter: NO_FILTER };

/** One thing a narrowing can be about. Each is a chip that can be taken away. */
export type Part = 'days' | keyof SaleFilter;

const PARTS = ['days', ...(Object.keys(NO_FILTER) as Array<keyof SaleFilter>)] as const;

/** The parts that are set, in a fixed order. */
export function partsOf(narrowing: Narrowing): Part[] {
  return PARTS.filter((part) =>
    part === 'days' ? narrowing.days !== null : narrowing.filter[part] !== null,
  );
}

export function without(narrowing: Narrowing, part: Part): Narrowing {
  return part === 'days'
    ? { ...narrowing, days: null }
    : { ...narrowing, filter: { ...narrowing.filter, [part]: null } };
}

/** What a click sets: one part and its value. */
export type Cut = { days: Days } | Partial<SaleFilter>;

function isDays(cut: Cut): cut is { days: Days } {
  return 'days' in cut;
}

/** Adds a cut; the same cut again takes it away. */
export function toggled(narrowing: Narrowing, cut: Cut): Narrowing {
  if (isPicked(narrowing, cut)) {
    if (isDays(cut)) return without(narrowing, 'days');
    return (Object.keys(cut) as Array<keyof SaleFilter>).reduce<Narrowing>(without, narrowing);
  }
  if (isDays(cut)) return { ...narrowing, days: cut.days };
  return { ...narrowing, filter: { ...narrowing.filter, ...cut } };
}

/** True when the narrowing says exactly this. */
export function isPicked(narrowing: Narrowing, cut: Cut): boolean {
  if (isDays(cut)) return narrowing.days?.from === cut.days.from && narrowing.days.to === cut.days.to;
  return (Object.keys(cut) as Array<keyof SaleFilter>).every(
    (part) => cut[part] !== null && narrowing.filter[part] === cut[part],
  );
}

/** The span to ask for: the narrowed days, or the whole. */
export function spanFor(span: Span, narrowing: Narrowing): Span {
  return narrowing.days ? { span: 'custom', ...narrowing.days } : span;
}

/** The same question has the same key. */
export function questionKey(span: Span, narrowing: Narrowing): string {
  return JSON.stringify([spanFor(span, narrowing), narrowing.filter]);
}
