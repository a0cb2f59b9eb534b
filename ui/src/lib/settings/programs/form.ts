import type { ApiError, Channel, Product, ProgramSettings, Protocol } from '$lib/bindings';
import { t } from '$lib/i18n';
import { fenToText, textToFen } from '$lib/money';

/** Channels a program's customer can pay on without standing at the counter. */
export const CHANNELS: readonly Channel[] = ['wechat', 'alipay', 'unionpay', 'ecny', 'bank'];

export interface ProductDraft {
  name: string;
  /** Yuan, with spaces between. */
  amounts: string;
  global: boolean;
}

/** A program's settings as they are typed. */
export interface Draft {
  name: string;
  channels: readonly Channel[];
  /** One a line. */
  prefixes: string;
  notify: string;
  returns: string;
  private: boolean;
  /** One a line. */
  trusted: string;
  open: boolean;
  /** Seconds. */
  ttl: string;
  rate: string;
  products: readonly ProductDraft[];
}

export type Faults = Partial<Record<keyof Draft, string>>;

/** Where a field that the till refuses stands in the form. */
const PLACE: Record<string, keyof Draft> = {
  name: 'name',
  channels: 'channels',
  callback_prefixes: 'prefixes',
  notify_url: 'notify',
  return_url: 'returns',
  trusted_addresses: 'trusted',
  ttl_ms: 'ttl',
  per_minute: 'rate',
  products: 'products',
};

/** Puts the till's refusal under the field it is about; null if it is about none of them. */
export function faultOf(error: ApiError): Faults | null {
  const field = error.details?.['field'];
  const place = typeof field === 'string' ? PLACE[field] : undefined;
  return place ? { [place]: error.message } : null;
}

const TTL = { min: 60, max: 86_400 };
const RATE = { min: 1, max: 1_000_000 };
const START: ProgramSettings = {
  name: '',
  channels: [],
  callback_prefixes: [],
  notify_url: '',
  return_url: '',
  private_callbacks: false,
  trusted_addresses: [],
  open_creation: false,
  ttl_ms: 300_000,
  per_minute: 600,
  products: [],
};

export function draftOf(settings: ProgramSettings = START): Draft {
  return {
    name: settings.name,
    channels: settings.channels,
    prefixes: settings.callback_prefixes.join('\n'),
    notify: settings.notify_url,
    returns: settings.return_url,
    private: settings.private_callbacks,
    trusted: settings.trusted_addresses.join('\n'),
    open: settings.open_creation,
    ttl: String(Math.round(settings.ttl_ms / 1000)),
    rate: String(settings.per_minute),
    products: settings.products.map((product) => ({
      name: product.name,
      amounts: product.amounts_fen.map(fenToText).join(' '),
      global: product.global,
    })),
  };
}

export const EMPTY_PRODUCT: ProductDraft = { name: '', amounts: '', global: false };

function lines(text: string): string[] {
  return text
    .split(/[\n,，;；]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function whole(text: string, { min, max }: { min: number; max: number }): number | null {
  const n = /^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : NaN;
  return n >= min && n <= max ? n : null;
}

const isUrl = (text: string): boolean => /^https?:\/\/[^\s/]/i.test(text);

function productOf(draft: ProductDraft): Product | null {
  const amounts = draft.amounts.split(/[\s,，、]+/).filter((text) => text !== '');
  const amounts_fen = amounts.map(textToFen);
  const name = draft.name.trim();
  if (name === '' || amounts.length === 0) return null;
  if (!amounts_fen.every((fen): fen is number => fen !== null && fen > 0)) return null;
  return { name, amounts_fen, global: draft.global };
}

/** What is typed as settings, or what is wrong with it. The till has the last word; this only spares a round trip. */
export function settingsOf(
  draft: Draft,
  protocol: Protocol,
): { settings: ProgramSettings; faults: null } | { settings: null; faults: Faults } {
  const faults: Faults = {};
  const name = draft.name.trim();
  if (name === '') faults.name = t('programs.form.name_need');
  const prefixes = lines(draft.prefixes);
  const odd = prefixes.find((prefix) => !isUrl(prefix));
  if (odd !== undefined) faults.prefixes = t('programs.form.prefix_bad', { text: odd });
  const notify = draft.notify.trim();
  if (notify !== '' && !isUrl(notify)) faults.notify = t('programs.form.url_bad');
  const returns = draft.returns.trim();
  if (returns !== '' && !isUrl(returns)) faults.returns = t('programs.form.url_bad');
  const seconds = whole(draft.ttl, TTL);
  if (seconds === null) faults.ttl = t('settings.bad_number', TTL);
  const rate = whole(draft.rate, RATE);
  if (rate === null) faults.rate = t('settings.bad_number', RATE);
  const products = protocol === 'lyn' ? draft.products.map(productOf) : [];
  if (products.includes(null)) faults.products = t('programs.form.product_bad');
  if (seconds === null || rate === null || Object.keys(faults).length > 0) return { settings: null, faults };
  return {
    faults: null,
    settings: {
      name,
      channels: [...draft.channels],
      callback_prefixes: prefixes,
      notify_url: notify,
      return_url: returns,
      private_callbacks: draft.private,
      trusted_addresses: lines(draft.trusted),
      open_creation: draft.open,
      ttl_ms: seconds * 1000,
      per_minute: rate,
      products: products.filter((product) => product !== null),
    },
  };
}
