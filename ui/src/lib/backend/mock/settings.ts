import type { PaymentCode } from '$lib/bindings';
import { WECHAT_CODE } from './drawings';
import type { Handlers } from './selling';
import { displayState } from './selling';
import { contractsInUse } from './gateway-shop';
import { fail } from './till';

/** As the till's codecs know them. */
export const PAYMENT_CODES: readonly PaymentCode[] = [
  { channel: 'alipay', prefixes: ['25', '26', '27', '28', '29', '30'], min_len: 16, max_len: 24 },
  { channel: 'wechat', prefixes: ['10', '11', '12', '13', '14', '15'], min_len: 18, max_len: 18 },
  { channel: 'unionpay', prefixes: ['62'], min_len: 19, max_len: 19 },
];

/** Settings, health, codes and phones of the fake till. */
export const settings: Handlers = {
  settings: (till) => till.settings,
  save_settings: (till, request) => {
    const { public_url } = request.settings;
    if (public_url !== '' && !/^https?:\/\/[^/\s]+\/?$/.test(public_url))
      fail('invalid', '网上的地址只写到域名和端口，例如 https://pay.example.com');
    till.settings = request.settings;
    till.emit({ event: 'settings://changed' });
    return till.settings;
  },
  display: (till) => displayState(till),
  display_link: () => ({ url: 'http://192.168.1.20:5921/display?token=EXAMPLE', drawing: WECHAT_CODE }),
  health: (till) => ({
    version: '0.1.0',
    practice: false,
    now: till.now(),
    listening: '0.0.0.0:5921',
    listen_error: '',
    loopback_only: false,
    phone: 'ok',
    phone_last_seen_at: till.now() - 2000,
    phone_delay_ms: 2000,
    devices: till.devices,
    inbox_open: 0,
    refused_last_hour: 0,
    has_codes: till.accounts.some((a) => a.enabled && a.codes.length > 0),
    scans: [],
    payment_codes: [...PAYMENT_CODES],
    contracts: contractsInUse(till),
    sandbox: false,
    contracts_locked: false,
    theme: till.settings.theme,
    ...till.health,
  }),
  renew_display_link: () => ({
    url: 'http://192.168.1.20:5921/display?token=EXAMPLE-2',
    drawing: WECHAT_CODE,
  }),
};
