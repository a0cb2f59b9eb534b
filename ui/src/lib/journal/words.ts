import { type Key, lang, t } from '$lib/i18n';
import { words as zh } from '$lib/i18n/zh-CN';
import { fenToGrouped } from '$lib/money';
import { dayText, timeOfDay } from '$lib/time';

const KNOWN: ReadonlySet<string> = new Set(Object.keys(zh));

function known(key: string): key is Key {
  return KNOWN.has(key);
}

/** What a row tells, in words; an act without words is named as the journal names it. */
export function actText(act: string): string {
  const key = `act.${act}`;
  return known(key) ? t(key) : act;
}

/** The name of a field: the end of its path in words, a contract's field as its page calls it, or the path as it is. */
export function keyText(path: string): string {
  const parts = path.split('.');
  const last = parts.at(-1) ?? '';
  const key = [`key.${parts.slice(-2).join('.')}`, `key.${last}`, `gateways.f.${last}`].find(known);
  return key ? t(key) : path;
}

/** `小林#3` → name and number; the till and its helpers have names of their own. */
export function actorName(actor: string): string {
  const key = `journal.actor.${actor}`;
  if (known(key)) return t(key);
  return actor;
}

/** Where the words for a value are; anything else is shown as it stands. */
const WORDS: Readonly<Record<string, string>> = {
  channel: 'channel',
  status: 'pick.status',
  role: 'role',
  reason: 'inbox.reason',
  how: 'value',
  state: 'value',
  kind: 'value',
  mark: 'inbox.mark',
  stage: 'value',
  provider: 'channel',
  place: 'value',
};

/** A value for the eye: money in yuan, instants as times, yes and no; never a float. */
export function valueText(path: string, value: unknown, zone: string): string {
  if (value === undefined || value === null || value === '') return t('journal.empty');
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (typeof value === 'boolean') return t(value ? 'journal.yes' : 'journal.no');
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    if (name.endsWith('_fen')) return `¥${fenToGrouped(value)}`;
    // Unix ms; a small number under such a name (`day_starts_at`) is an hour.
    const instant = name.endsWith('_at') || name.endsWith('_until') || path.includes('set_at.');
    if (instant && value > 1e11) return `${dayText(value, zone, lang())} ${timeOfDay(value, zone, true)}`;
    if (name.endsWith('_ms')) return t('journal.ms', { n: value });
  }
  if (typeof value === 'string') {
    const key = `${WORDS[name] ?? ''}.${value}`;
    return known(key) ? t(key) : value;
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `ticket:41` → 41; null for anything else. */
export function ticketOf(subject: string): number | null {
  const match = /^ticket:(\d{1,15})$/.exec(subject);
  return match ? Number(match[1]) : null;
}
