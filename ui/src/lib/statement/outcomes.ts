import type { CheckLine, CheckOutcome, CheckSum } from '$lib/bindings';
import type { IconName } from '$lib/kit/icons';

/** Gravest first, as the owner should look at them. */
export const ORDER: readonly CheckOutcome[] = [
  'missing_in_statement',
  'missing_in_till',
  'amount_differs',
  'ambiguous',
  'refund_missing_in_till',
  'refund_missing_in_statement',
  'maybe',
  'matched',
  'fee',
  'settled',
  'neither',
];

export type Tone = 'err' | 'warn' | 'ok' | '';

const TONE: Record<CheckOutcome, Tone> = {
  missing_in_statement: 'err',
  missing_in_till: 'warn',
  amount_differs: 'warn',
  ambiguous: 'warn',
  refund_missing_in_till: 'warn',
  refund_missing_in_statement: 'warn',
  maybe: '',
  fee: '',
  matched: 'ok',
  settled: '',
  neither: '',
};

const ICON: Record<CheckOutcome, IconName> = {
  missing_in_statement: 'alert',
  missing_in_till: 'download',
  amount_differs: 'refresh',
  ambiguous: 'info',
  refund_missing_in_till: 'undo',
  refund_missing_in_statement: 'undo',
  maybe: 'info',
  fee: 'minus',
  matched: 'check',
  settled: 'eye-off',
  neither: 'minus',
};

export function tone(outcome: CheckOutcome): Tone {
  return TONE[outcome];
}

export function icon(outcome: CheckOutcome): IconName {
  return ICON[outcome];
}

/** What somebody still has to look at. */
export function isOpen(outcome: CheckOutcome): boolean {
  return TONE[outcome] === 'err' || TONE[outcome] === 'warn';
}

/** The sums that have lines, gravest first. */
export function sorted(sums: readonly CheckSum[]): CheckSum[] {
  return sums
    .filter((sum) => sum.lines > 0)
    .toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
}

/** Lines gravest first, older before newer. The engine sorts so too; a line that was just settled must move. */
export function sortedLines(lines: readonly CheckLine[]): CheckLine[] {
  const at = (line: CheckLine): number => line.line_at ?? line.ticket_at ?? 0;
  return lines.toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) || at(a) - at(b));
}

export type LineAct = 'attach' | 'open' | 'settle' | 'see';

/** What can be done about a line, the usual one first. What the till already counts is never booked again. */
export function actsOf(line: CheckLine): readonly LineAct[] {
  const acts: LineAct[] = [];
  if (line.line_id !== null) {
    if (line.outcome === 'missing_in_till') acts.push('attach', 'open');
    else if (line.outcome === 'ambiguous') acts.push('attach');
  }
  if (line.ticket_id !== null) acts.push('see');
  const tie = line.outcome === 'amount_differs' || line.outcome === 'refund_missing_in_till';
  if (tie && line.line_id !== null) acts.push('attach');
  if (isOpen(line.outcome) || line.outcome === 'maybe') acts.push('settle');
  return acts;
}

/** One name for a line that stays the same when the check is read again. */
export function lineKey(line: CheckLine): string {
  return `${line.line_id ?? ''}:${line.ticket_id ?? ''}:${line.line_id === null ? line.outcome : ''}`;
}
