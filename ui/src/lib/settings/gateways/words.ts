import type { Channel, GatewayState, GatewayView } from '$lib/bindings';
import { type Key, lang, t } from '$lib/i18n';
import { words } from '$lib/i18n/zh-CN';
import { daysLeft } from './days';

/** What is open under a contract. */
export type Tab = 'test' | 'values' | 'settings' | 'bill';

type Tone = '' | 'ok' | 'warn' | 'err' | 'brand';

export interface Pill {
  readonly text: string;
  readonly tone: Tone;
}

export function gatewayPill(state: GatewayState): Pill {
  const tone: Record<GatewayState, Tone> = {
    new: 'brand',
    fine: 'ok',
    trouble: 'warn',
    no_secret: 'err',
    locked: 'warn',
    incomplete: 'warn',
    off: '',
    ended: '',
  };
  return { text: t(`gateways.state.${state}`), tone: tone[state] };
}

const PROVIDERS: ReadonlySet<Channel> = new Set<Channel>(['alipay', 'wechat', 'unionpay']);

export function providerText(provider: Channel): string {
  return PROVIDERS.has(provider)
    ? t(`gateways.provider.${provider as 'alipay'}`)
    : t('gateways.provider.other');
}

function known(key: string): Key | null {
  return key in words ? (key as Key) : null;
}

/** A field in people's words; one that nobody here knows by the provider's own name. */
export function labelOf(name: string): string {
  const key = known(`gateways.f.${name}`);
  return key ? t(key) : name;
}

export function helpOf(name: string): string {
  return t(known(`gateways.f.${name}_help`) ?? 'gateways.f.unknown_help');
}

/** Most choices are the provider's own words and stay as they are. */
export function choiceText(choice: string): string {
  const key = known(`gateways.choice.${choice}`);
  return key ? t(key) : choice;
}

/** What is missing or wrong in an incomplete contract, field by field; empty for any other. */
export function faultsOf({ state, fields }: GatewayView): string {
  if (state !== 'incomplete') return '';
  const wrong = fields.filter((field) => field.fault !== '');
  return wrong
    .map(({ name, fault }) => t('gateways.fault', { field: labelOf(name), fault }))
    .join(t('health.then'));
}

/** `7 分 12 秒`. */
export function exactSpan(ms: number): string {
  const all = Math.round(Math.abs(ms) / 1000);
  const [m, s] = [Math.floor(all / 60), all % 60];
  return s === 0 ? t('gateways.span.min', { m }) : t('gateways.span.min_s', { m, s });
}

export interface Warning {
  readonly id: 'skew' | 'expiry' | 'reverse';
  readonly tone: 'warn' | 'err';
  readonly head: string;
  readonly body: string;
}

const SKEW_WARN_MS = 120_000;
const SKEW_ERR_MS = 300_000;
const SOON_DAYS = 30;

/** What a wrong clock of this computer means; null within two minutes. */
export function skewWarning(skew_ms: number | null): Warning | null {
  const off = Math.abs(skew_ms ?? 0);
  if (skew_ms === null || off <= SKEW_WARN_MS) return null;
  const tone = off > SKEW_ERR_MS ? 'err' : 'warn';
  const span = exactSpan(skew_ms);
  return {
    id: 'skew',
    tone,
    head: t(skew_ms > 0 ? 'gateways.skew.ahead' : 'gateways.skew.behind', { span }),
    body: t(`gateways.skew.${tone}`),
  };
}

function expiryWarning(at: number | null, now: number, day: (at: number) => string): Warning | null {
  if (at === null) return null;
  const n = daysLeft(at, now);
  if (at <= now)
    return { id: 'expiry', tone: 'err', head: t('gateways.expiry.over', { day: day(at) }), body: '' };
  if (n >= SOON_DAYS) return null;
  const head = n <= 1 ? t('gateways.expiry.today') : t('gateways.expiry.soon', { n, day: day(at) });
  return { id: 'expiry', tone: 'warn', head, body: '' };
}

/** What the owner of a contract should know, the worst first. */
export function warningsOf(gateway: GatewayView, now: number, day: (at: number) => string): Warning[] {
  if (gateway.state === 'ended') return [];
  const scansOnly = gateway.can.includes('scan') && !gateway.can.includes('reverse');
  const reverse: Warning = {
    id: 'reverse',
    tone: 'warn',
    head: t('gateways.no_reverse'),
    body: t(gateway.provider === 'wechat' ? 'gateways.no_reverse.wechat' : 'gateways.no_reverse.other'),
  };
  return [
    skewWarning(gateway.skew_ms),
    expiryWarning(gateway.expires_at, now, day),
    scansOnly ? reverse : null,
  ]
    .filter((warning) => warning !== null)
    .toSorted((a, b) => Number(b.tone === 'err') - Number(a.tone === 'err'));
}

/** `2026-12-02` or `2 Dec 2026`: a certificate's day may be years away. */
export function dayOf(at: number, zone: string): string {
  const options: Intl.DateTimeFormatOptions =
    lang() === 'en'
      ? { day: 'numeric', month: 'short', year: 'numeric' }
      : { day: 'numeric', month: 'long', year: 'numeric' };
  const locale = lang() === 'en' ? 'en-GB' : 'zh-CN';
  try {
    return new Intl.DateTimeFormat(locale, zone ? { ...options, timeZone: zone } : options).format(at);
  } catch {
    return new Intl.DateTimeFormat(locale, options).format(at);
  }
}
