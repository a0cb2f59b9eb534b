import type { ApiError, Channel, GatewayField, GatewayPlace, GatewaySettings } from '$lib/bindings';
import { t } from '$lib/i18n';

/** What is said about a contract beside its keys, as it is typed. */
export interface Draft {
  name: string;
  place: GatewayPlace['place'];
  /** Of the simulator. */
  address: string;
  enabled: boolean;
  shows_code: boolean;
  notify: string;
  relay: string;
}

/** What is wrong, by the engine's name of the field: of a setting (`name`, `notify_url`) or of a value (`app_id`). */
export type Faults = Readonly<Partial<Record<string, string>>>;

const SIMULATOR = 'http://127.0.0.1:8600';
const LONGEST_NAME = 40;

export function draftOf(settings?: GatewaySettings): Draft {
  const place: GatewayPlace = settings?.place ?? { place: 'live' };
  return {
    name: settings?.name ?? '',
    place: place.place,
    address: place.place === 'simulator' ? place.address : SIMULATOR,
    enabled: settings?.enabled ?? true,
    shows_code: settings?.shows_code ?? true,
    notify: settings?.notify_url ?? '',
    relay: settings?.relay_url ?? '',
  };
}

/** The draft as settings, or what is wrong with it. The till has the last word; this only spares a round trip. */
export function settingsOf(
  draft: Draft,
): { settings: GatewaySettings; faults: null } | { settings: null; faults: Faults } {
  const faults: Record<string, string> = {};
  const name = draft.name.trim();
  if (name === '' || name.length > LONGEST_NAME) faults['name'] = t('gateways.name_need');
  const address = draft.address.trim().replace(/\/+$/, '');
  if (draft.place === 'simulator' && !/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/.test(address))
    faults['place'] = t('gateways.address_bad');
  const notify = draft.notify.trim();
  if (notify !== '' && !/^https:\/\/[^\s/]/i.test(notify)) faults['notify_url'] = t('gateways.url_bad');
  const relay = draft.relay.trim();
  if (relay !== '' && !/^https?:\/\/[^\s/]/i.test(relay)) faults['relay_url'] = t('gateways.url_odd');
  if (Object.keys(faults).length > 0) return { settings: null, faults };
  const place: GatewayPlace =
    draft.place === 'simulator' ? { place: 'simulator', address } : { place: draft.place };
  const { enabled, shows_code } = draft;
  return {
    faults: null,
    settings: { name, place, enabled, shows_code, notify_url: notify, relay_url: relay },
  };
}

/** Puts the till's refusal under the field it is about; null if it is about none. */
export function faultOf(error: ApiError): Faults | null {
  const field = error.details?.['field'];
  return typeof field === 'string' ? { [field]: error.message } : null;
}

export type GroupId =
  'must' | 'theirs' | 'certificates' | 'v3' | 'v2' | 'theirs_unionpay' | 'more' | 'historic';

export interface Group {
  readonly id: GroupId;
  readonly fields: readonly GatewayField[];
  /** Closed at first: most shops leave these alone. */
  readonly folded: boolean;
}

type Shape = ReadonlyArray<readonly [id: GroupId, names: readonly string[], folded?: boolean]>;

const SHAPES: Partial<Record<Channel, Shape>> = {
  alipay: [
    ['must', ['app_id', 'app_private_key']],
    ['theirs', ['alipay_public_key']],
    ['certificates', ['app_certificate', 'alipay_certificate', 'alipay_root_certificate'], true],
    ['more', ['seller_id', 'app_auth_token', 'wap_product_code'], true],
    ['historic', ['partner', 'mapi_md5_key'], true],
  ],
  wechat: [
    ['must', ['appid', 'mchid']],
    [
      'v3',
      [
        'merchant_private_key',
        'merchant_serial',
        'apiv3_key',
        'wechatpay_public_key',
        'wechatpay_public_key_id',
      ],
    ],
    ['v2', ['apiclient_p12', 'api_key']],
    [
      'more',
      [
        'platform_certificates',
        'merchant_certificate',
        'v2_sign_type',
        'scan_api',
        'extra_appids',
        'notify_url',
      ],
      true,
    ],
  ],
  unionpay: [
    ['must', ['mer_id', 'sign_pfx_password', 'sign_pfx']],
    ['theirs_unionpay', ['root_certificate', 'middle_certificate']],
    ['more', ['products', 'acq_ins_code', 'back_url'], true],
  ],
};

/** The fields of a contract in the order and the groups in which people fill them. A field nobody here knows is kept. */
export function groupsOf(provider: Channel, fields: readonly GatewayField[]): Group[] {
  const left = new Map(fields.map((field) => [field.name, field]));
  const groups = (SHAPES[provider] ?? []).map(([id, names, folded = false]) => {
    const own = names.flatMap((name) => left.get(name) ?? []);
    for (const { name } of own) left.delete(name);
    return { id, fields: own, folded };
  });
  const strange = [...left.values()];
  const put = (id: GroupId, more: readonly GatewayField[]): void => {
    if (more.length === 0) return;
    const known = groups.find((group) => group.id === id);
    if (known) known.fields = [...known.fields, ...more];
    else groups.push({ id, fields: [...more], folded: id !== 'must' });
  };
  put(
    'must',
    strange.filter((field) => field.required),
  );
  put(
    'more',
    strange.filter((field) => !field.required),
  );
  return groups.filter((group) => group.fields.length > 0);
}
