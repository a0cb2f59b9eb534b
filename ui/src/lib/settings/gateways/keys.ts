import type { GatewayField, GatewayFieldKind, KeyFacts } from '$lib/bindings';
import { t } from '$lib/i18n';
import { daysLeft } from './days';
import { labelOf } from './words';

/** What there is to say about a key beside what it is. */
export interface Note {
  readonly tone: 'ok' | 'warn' | 'err';
  readonly text: string;
}

export type Facts = readonly KeyFacts[];

const SOON_DAYS = 30;
/** The providers sign with RSA-2048; shorter keys are refused. */
const LEAST_BITS = 2048;

/** Kinds of `KeyFacts` that a field takes. */
const TAKES: Partial<Record<GatewayFieldKind, readonly string[]>> = {
  private_key: ['private_key'],
  public_key: ['public_key', 'certificate'],
  certificate: ['certificate'],
  pfx: ['pfx'],
};

/** What proves the provider must not be ours: the field, and the private key it must not belong to. */
const NOT_OURS: Readonly<Record<string, string>> = {
  alipay_public_key: 'app_private_key',
  alipay_certificate: 'app_private_key',
  wechatpay_public_key: 'merchant_private_key',
  platform_certificates: 'merchant_private_key',
};

/** What belongs to a private key: the field, and the key. */
const BELONGS: Readonly<Record<string, string>> = {
  app_certificate: 'app_private_key',
  merchant_certificate: 'merchant_private_key',
  apiclient_p12: 'merchant_private_key',
};

/** Secrets of exactly 32 characters. */
const IS_32: ReadonlySet<string> = new Set(['apiv3_key', 'api_key', 'mapi_md5_key']);

export function isKey(kind: GatewayFieldKind): boolean {
  return kind in TAKES;
}

/** True when what was pasted is of a kind that the field takes. */
export function fits(kind: GatewayFieldKind, facts: Facts): boolean {
  return facts.some((fact) => TAKES[kind]?.includes(fact.kind));
}

export function wants32(name: string): boolean {
  return IS_32.has(name);
}

function wrongKind(kind: GatewayFieldKind, facts: Facts): Note | null {
  const [found] = facts;
  if (!found || found.kind === 'nothing' || fits(kind, facts)) return null;
  const wanted = t(`gateways.kind.${kind as 'private_key'}`);
  const text = {
    private_key: t('gateways.note.is_private', { wanted }),
    public_key: t('gateways.note.is_public', { wanted }),
    certificate: t('gateways.note.is_certificate', { wanted }),
    pfx: t('gateways.note.is_pfx', { wanted }),
    secret: t('gateways.note.is_secret', { wanted }),
  }[found.kind];
  return text === undefined ? null : { tone: 'err', text };
}

const prints = (facts: Facts | undefined): string[] =>
  (facts ?? []).map((fact) => fact.fingerprint).filter((hex) => hex !== '');

function meets(a: Facts | undefined, b: Facts | undefined): boolean {
  const known = new Set(prints(a));
  return prints(b).some((hex) => known.has(hex));
}

/** Whose key it is: the commonest mistake is one's own public key where the provider's belongs. */
function ownership(name: string, of: (name: string) => Facts | undefined): Note | null {
  const facts = of(name);
  const enemy = NOT_OURS[name];
  if (enemy !== undefined && meets(of(enemy), facts))
    return {
      tone: 'err',
      text: name.startsWith('alipay_') ? t('gateways.note.own_alipay') : t('gateways.note.own'),
    };
  const partner = BELONGS[name];
  if (partner === undefined || prints(of(partner)).length === 0 || prints(facts).length === 0) return null;
  const field = labelOf(partner);
  return meets(of(partner), facts)
    ? { tone: 'ok', text: t('gateways.note.pair', { field }) }
    : { tone: 'err', text: t('gateways.note.no_pair', { field }) };
}

/** Whether its time has come or is over. Of several certificates in one file (Alipay's roots) one old one does no harm. */
function dates(facts: Facts, now: number, day: (at: number) => string): Note | null {
  const all = facts.filter((fact) => fact.not_after !== null);
  const live = all.filter((fact) => (fact.not_after ?? 0) > now);
  const latest = Math.max(...all.map((fact) => fact.not_after ?? 0));
  if (all.length === 0) return null;
  if (live.length === 0) return { tone: 'err', text: t('gateways.note.expired', { day: day(latest) }) };
  const begins = Math.min(...live.map((fact) => fact.not_before ?? 0));
  if (begins > now) return { tone: 'err', text: t('gateways.note.early', { day: day(begins) }) };
  const n = daysLeft(latest, now);
  return n < SOON_DAYS ? { tone: 'warn', text: t('gateways.note.soon', { n, day: day(latest) }) } : null;
}

/** Everything to say about a field's key; `of` finds the facts of any field of the contract. */
export function notesOf(
  field: GatewayField,
  of: (name: string) => Facts | undefined,
  now: number,
  day: (at: number) => string,
): Note[] {
  const facts = of(field.name) ?? [];
  const wrong = wrongKind(field.kind, facts);
  if (wrong) return [wrong];
  const weak = facts.find((fact) => fact.bits !== null && fact.bits < LEAST_BITS);
  return [
    ownership(field.name, of),
    weak ? { tone: 'err' as const, text: t('gateways.note.weak', { n: weak.bits ?? 0 }) } : null,
    dates(facts, now, day),
  ].filter((note) => note !== null);
}

/** `1f2e3d4c5b6a7988` → `1f2e 3d4c 5b6a 7988`: four at a time can be compared by eye. */
export function fingerprintText(hex: string): string {
  return hex.replace(/(.{4})(?=.)/g, '$1 ');
}

/** A fact without its sentence: length, form, wrapping, dates, fingerprint. */
export function metaOf(fact: KeyFacts, day: (at: number) => string): string {
  const wrapping = { PEM: t('gateways.key.pem'), base64: t('gateways.key.line'), DER: t('gateways.key.der') };
  return [
    fact.bits === null ? '' : t('gateways.key.bits', { n: fact.bits }),
    fact.form,
    wrapping[fact.wrapping as keyof typeof wrapping] ?? fact.wrapping,
    fact.not_after === null ? '' : t('gateways.key.until', { day: day(fact.not_after) }),
    fact.serial === '' ? '' : t('gateways.key.serial', { hex: fact.serial }),
    fact.fingerprint === '' ? '' : t('gateways.key.fingerprint', { hex: fingerprintText(fact.fingerprint) }),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
