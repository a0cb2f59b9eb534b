import type {
  Channel,
  ContractHealth,
  GatewayCan,
  GatewayDoubt,
  GatewaySafe,
  GatewaySettings,
  GatewayTest,
  GatewayView,
} from '$lib/bindings';
import { blankFields, filledWith, KEYS } from './gateway-keys';
import type { FakeTill } from './till';

interface Room {
  gateways: GatewayView[];
  doubts: GatewayDoubt[];
  /** How a test call ends, by contract; else it works. */
  tests: Map<number, GatewayTest>;
  pairs: number;
  /** How the keys are locked up, and with what. */
  safe: GatewaySafe;
  passphrase: string;
}

/** The fake shop's passphrase. */
export const PASSPHRASE = '钱台 口令 2026';

const kept = new WeakMap<FakeTill, Room>();

/** The fake till's contracts, and what belongs to them. */
export function roomOf(till: FakeTill): Room {
  let room = kept.get(till);
  if (!room) {
    room = { gateways: [], doubts: [], tests: new Map(), pairs: 0, safe: 'keychain', passphrase: PASSPHRASE };
    kept.set(till, room);
  }
  return room;
}

const DAY_MS = 86_400_000;
/** Everything a contract can do. */
export const ALL: readonly GatewayCan[] = ['code', 'scan', 'reverse', 'refund', 'bill'];

function settings(name: string, change: Partial<GatewaySettings> = {}): GatewaySettings {
  return {
    name,
    place: { place: 'live' },
    enabled: true,
    shows_code: true,
    notify_url: '',
    relay_url: '',
    ...change,
  };
}

function filled(till: FakeTill, provider: Channel, values: Record<string, string>): GatewayView['fields'] {
  return blankFields(provider).map((own) => {
    const text = values[own.name];
    const password = own.password_field ? (values[own.password_field] ?? null) : null;
    return text === undefined ? own : filledWith(till, own, text, password);
  });
}

/** A contract that is fine, unless said otherwise. */
export function gateway(
  till: FakeTill,
  id: number,
  provider: Channel,
  said: GatewaySettings,
  values: Record<string, string>,
  change: Partial<GatewayView> = {},
): GatewayView {
  // A backup from another computer knows that there were keys, and has none.
  const lost = change.state === 'no_secret';
  const fields = filled(till, provider, values);
  return {
    id,
    provider,
    settings: said,
    state: 'fine',
    trouble: '',
    fields: lost ? fields.map((f) => (f.secret ? { ...f, filled: false, facts: [] } : f)) : fields,
    can: [...ALL],
    created_at: till.now() - 30 * DAY_MS,
    ended_at: null,
    last_answer_at: till.now() - 95_000,
    skew_ms: 1200,
    expires_at: null,
    waiting: 0,
    ...change,
  };
}

/** Values of the shop's contracts. */
export const ALIPAY = {
  app_id: '2021004123456789',
  app_private_key: KEYS.private('shop'),
  alipay_public_key: KEYS.public('alipay'),
};
export const WECHAT = {
  appid: 'wx8888888888888888',
  mchid: '1900006511',
  merchant_serial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
  merchant_private_key: KEYS.private('merchant'),
  apiv3_key: 'x'.repeat(32),
  wechatpay_public_key: KEYS.public('wechatpay'),
  wechatpay_public_key_id: 'PUB_KEY_ID_0119000065112026010100001',
  api_key: 'y'.repeat(32),
};
const UNIONPAY = {
  mer_id: '777290058110097',
  sign_pfx: KEYS.pfx('union', 'soon'),
  sign_pfx_password: '000000',
  root_certificate: KEYS.certificate('root'),
  middle_certificate: KEYS.certificate('middle'),
};

/** Those that are switched on, as every screen knows them. */
export function contractsInUse(till: FakeTill): ContractHealth[] {
  const on = roomOf(till).gateways.filter(({ state, settings: said }) => said.enabled && state !== 'ended');
  return on.map(({ id, provider, settings: said, state, expires_at }) => ({
    id,
    provider,
    name: said.name,
    live: said.place.place === 'live',
    state,
    expires_at,
  }));
}

/** One contract in each state. */
export function fillGateways(till: FakeTill): void {
  const en = till.settings.lang === 'en';
  const room = roomOf(till);
  const silent = en
    ? 'Three questions in a row went unanswered, the last at 14:01. Is this computer online?'
    : '连着 3 次问平台没有回答，最后一次 14:01。看看电脑能不能上网。';
  room.gateways = [
    gateway(till, 1, 'alipay', settings(en ? 'Alipay' : '支付宝当面付'), ALIPAY, { waiting: 1 }),
    gateway(till, 2, 'wechat', settings(en ? 'WeChat Pay' : '微信商户'), WECHAT, {
      state: 'trouble',
      trouble: silent,
      can: ['code', 'scan', 'refund', 'bill'],
      skew_ms: 432_000,
      last_answer_at: till.now() - 2_400_000,
    }),
    gateway(till, 3, 'unionpay', settings(en ? 'UnionPay' : '云闪付'), UNIONPAY, {
      state: 'new',
      can: ['code', 'scan', 'refund', 'bill'],
      last_answer_at: null,
      skew_ms: null,
      expires_at: till.now() + 12 * DAY_MS,
    }),
    gateway(
      till,
      4,
      'alipay',
      settings(en ? 'Alipay test' : '支付宝沙箱', { place: { place: 'sandbox' } }),
      { ...ALIPAY, app_id: '9021000123456789' },
      { skew_ms: -165_000 },
    ),
    gateway(
      till,
      5,
      'wechat',
      settings(en ? 'Practice' : '练手', {
        place: { place: 'simulator', address: 'http://127.0.0.1:8600' },
        enabled: false,
      }),
      WECHAT,
      { state: 'off' },
    ),
    gateway(till, 6, 'alipay', settings(en ? 'Second shop' : '二店支付宝'), ALIPAY, {
      state: 'no_secret',
      can: [],
      last_answer_at: null,
      skew_ms: null,
    }),
    gateway(
      till,
      7,
      'unionpay',
      settings(en ? 'Second UnionPay' : '二店云闪付'),
      { mer_id: '777290058110098' },
      {
        state: 'incomplete',
        trouble: en ? '4 fields are missing' : '还有 4 栏没有填',
        can: [],
        last_answer_at: null,
        skew_ms: null,
      },
    ),
    gateway(
      till,
      8,
      'alipay',
      settings(en ? 'Old Alipay' : '旧的支付宝'),
      { app_id: ALIPAY.app_id },
      {
        state: 'ended',
        ended_at: till.now() - 9 * DAY_MS,
        can: [],
      },
    ),
  ];
}

/** Notices that nobody believes. */
export function fillDoubts(till: FakeTill): void {
  const en = till.settings.lang === 'en';
  const doubt = (id: number, change: Partial<GatewayDoubt>): GatewayDoubt => ({
    id,
    at: till.now() - id * 540_000,
    provider: 'alipay',
    source: 'notice',
    cause: en
      ? 'The signature does not fit: it is not the provider’s, or the public key here is the wrong one'
      : '签名不对：不是平台发来的，或平台公钥填错了',
    detail: 'bad_signature: RSA2 over 24 fields, app_id=2021004123456789, out_trade_no=QT20261120000040',
    ticket_id: null,
    size: 912,
    ...change,
  });
  roomOf(till).doubts = [
    doubt(1, { ticket_id: 40 }),
    doubt(2, {
      provider: 'wechat',
      source: 'relay',
      cause: en
        ? 'Signed too long ago or ahead of this computer’s clock; check the clock'
        : '签名时间和本机时间差得太多，请检查电脑时间',
      detail: 'stale: Wechatpay-Timestamp 1795154100, now 1795154820',
      size: 1604,
    }),
    doubt(3, {
      provider: 'unionpay',
      cause: en
        ? 'Authentic, but about another shop, app, order, amount or currency'
        : '签名是对的，但说的不是本店的这一单（商户、应用、金额或币种不同）',
      detail: 'not_ours: merId 777290058110001',
      size: 2210,
    }),
    doubt(4, { detail: 'unsigned: no field sign', size: 40 }),
  ];
}

/** Test calls that fail, and one with a clock that is off. */
export function fillTests(till: FakeTill): void {
  const en = till.settings.lang === 'en';
  const { tests } = roomOf(till);
  tests.set(2, {
    works: false,
    message: en
      ? 'WeChat Pay says that the signature is wrong: the merchant’s private key and the certificate serial do not belong together. Take both from the same certificate.'
      : '微信支付说签名不对：商户私钥和证书序列号不是一套。两样都要从同一张证书里取。',
    detail: 'HTTP 401 SIGN_ERROR: 签名错误，请检查后再试',
    took_ms: 286,
    skew_ms: 900,
  });
  tests.set(4, {
    works: true,
    message: en ? 'Alipay’s sandbox answers, signed as it should be.' : '支付宝沙箱有回答，签名也对。',
    detail: '40004 ACQ.TRADE_NOT_EXIST',
    took_ms: 341,
    skew_ms: -165_000,
  });
  tests.set(3, {
    works: false,
    message: en
      ? 'UnionPay refuses: the time in the request is not valid.'
      : '银联拒绝了：请求里的时间不对。',
    detail: '11 txnTime invalid',
    took_ms: 512,
    skew_ms: 432_000,
  });
}
