import type { Channel, GatewayField, GatewayFieldKind, GatewayForm, KeyFacts, KeyPair } from '$lib/bindings';
import type { FakeTill } from './till';

/** Fills the fake keys up to a real one's length. */
const BODY = 'u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0FzWl6Uw7NokpyNuVkD8sYzG'.repeat(4);

/**
 * Keys of the fake till. They are no keys: each begins as a real one does, and the word after `KEY-` says which pair it
 * belongs to, so that two halves can be told to be one pair.
 */
export const KEYS = {
  private: (pair: string): string =>
    `MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7KEY-${pair}-${BODY}`,
  old: (pair: string): string => `MIIEpAIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzKEY-${pair}-${BODY}`,
  public: (pair: string): string => `MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuKEY-${pair}-${BODY}`,
  short: (pair: string): string => `MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDKEY-${pair}-example`,
  certificate: (pair: string, until = ''): string =>
    `-----BEGIN CERTIFICATE----- MIIDqTCCApGgAwIBAgIUKEY-${pair}-${until} -----END CERTIFICATE-----`,
  pfx: (pair: string, until = ''): string => `MIIJqQIBAzCCCW8GCSqGSIb3DQEHAaCCCWAEgglcKEY-${pair}-${until}`,
} as const;

const DAY_MS = 86_400_000;

/** Equal for the two halves of a pair. */
function fingerprint(text: string): string {
  const pair = /KEY-(\w+)/.exec(text)?.[1] ?? 'A';
  let hash = 0x9e3779b9;
  let hex = '';
  for (let i = 0; hex.length < 16; i += 1) {
    hash = Math.imul(hash ^ (pair.charCodeAt(i % pair.length) + i), 0x85ebca6b) >>> 0;
    hex += (hash >>> 16).toString(16).padStart(4, '0');
  }
  return hex;
}

function fact(kind: string, sentence: string, change: Partial<KeyFacts> = {}): KeyFacts {
  return {
    kind,
    form: '',
    wrapping: '',
    bits: null,
    fingerprint: '',
    subject: '',
    issuer: '',
    serial: '',
    not_before: null,
    not_after: null,
    sentence,
    ...change,
  };
}

function certificate(till: FakeTill, text: string): KeyFacts {
  const en = till.settings.lang === 'en';
  const days = text.includes('-expired') ? -40 : text.includes('-soon') ? 12 : 900;
  const root = text.includes('KEY-root') || text.includes('KEY-middle');
  const subject = root ? 'CFCA ACS OCA31' : en ? 'Alley Breakfast' : '巷口早餐店';
  return fact(
    'certificate',
    en ? `A certificate for ${subject}, from CFCA` : `发给“${subject}”的证书，CFCA 签发`,
    {
      form: 'X.509',
      wrapping: text.startsWith('-----') ? 'PEM' : 'DER',
      bits: 2048,
      fingerprint: fingerprint(text),
      subject,
      issuer: 'CFCA',
      serial: '5157F09EFDC096DE15EBE81A47057A72',
      not_before: till.now() - 700 * DAY_MS,
      not_after: till.now() + days * DAY_MS,
    },
  );
}

/** What a pasted text is, as the engine would say it. */
export function inspect(till: FakeTill, text: string, password: string | null): KeyFacts[] {
  const en = till.settings.lang === 'en';
  const wrapping = text.startsWith('-----') ? 'PEM' : 'base64';
  const half = { wrapping, bits: 2048, fingerprint: fingerprint(text) };
  if (text.startsWith('-----BEGIN CERTIFICATE')) return [certificate(till, text)];
  if (text.startsWith('MIIEv') || text.includes('BEGIN PRIVATE'))
    return [
      fact(
        'private_key',
        en ? 'An RSA private key, 2048 bits, as Java reads it' : 'RSA 私钥，2048 位，Java 格式',
        {
          ...half,
          form: 'PKCS#8',
        },
      ),
    ];
  if (text.startsWith('MIIEp') || text.includes('BEGIN RSA PRIVATE'))
    return [
      fact(
        'private_key',
        en ? 'An RSA private key, 2048 bits, in the older form' : 'RSA 私钥，2048 位，非 Java 格式，也能用',
        { ...half, form: 'PKCS#1' },
      ),
    ];
  if (text.startsWith('MIIBIjAN') || text.includes('BEGIN PUBLIC'))
    return [
      fact('public_key', en ? 'An RSA public key, 2048 bits' : 'RSA 公钥，2048 位', {
        ...half,
        form: 'SPKI',
      }),
    ];
  if (text.startsWith('MIGf'))
    return [
      fact('public_key', en ? 'An RSA public key, 1024 bits' : 'RSA 公钥，1024 位', {
        ...half,
        form: 'SPKI',
        bits: 1024,
      }),
    ];
  if (text.startsWith('MIIJ')) {
    if (!password)
      return [fact('pfx', en ? 'A pfx file; its password is still needed' : 'pfx 文件，还要它的密码')];
    if (password === '123456')
      return [fact('pfx', en ? 'A pfx file; this password does not open it' : 'pfx 文件，这个密码打不开')];
    return [
      fact('pfx', en ? 'A pfx file, opened with the password' : 'pfx 文件，密码对，打开了', {
        form: 'PKCS#12',
      }),
      fact('private_key', en ? 'In it: a private key, 2048 bits' : '里面有私钥，2048 位', {
        bits: 2048,
        form: 'PKCS#8',
        wrapping: 'DER',
        fingerprint: fingerprint(text),
      }),
      certificate(till, text),
    ];
  }
  if (/^[A-Za-z0-9]{32}$/.test(text))
    return [fact('secret', en ? '32 letters and digits: a short secret' : '32 位字母数字，是密钥短语')];
  return [
    fact('nothing', en ? 'No key or certificate: perhaps cut off' : '认不出是密钥还是证书，可能没复制全'),
  ];
}

export function makePair(nth: number): KeyPair {
  const pair = `own${nth}`;
  const public_key = KEYS.public(pair);
  return { private_key: KEYS.private(pair), public_key, fingerprint: fingerprint(public_key) };
}

function field(
  name: string,
  kind: GatewayFieldKind,
  required = false,
  more: Partial<GatewayField> = {},
): GatewayField {
  const secret = kind === 'secret' || kind === 'private_key' || kind === 'pfx';
  return {
    name,
    kind,
    choices: [],
    password_field: null,
    required,
    secret,
    filled: false,
    text: '',
    facts: [],
    fault: '',
    ...more,
  };
}

/** The blank forms, with the providers' own fields. */
export const FORMS: readonly GatewayForm[] = [
  {
    provider: 'alipay',
    sandbox: true,
    fields: [
      field('app_id', 'text', true),
      field('app_private_key', 'private_key', true),
      field('alipay_public_key', 'public_key'),
      field('app_certificate', 'certificate'),
      field('alipay_certificate', 'certificate'),
      field('alipay_root_certificate', 'certificate'),
      field('seller_id', 'text'),
      field('app_auth_token', 'secret'),
      field('wap_product_code', 'choice', false, { choices: ['QUICK_WAP_WAY', 'QUICK_WAP_PAY'] }),
      field('partner', 'text'),
      field('mapi_md5_key', 'secret'),
    ],
  },
  {
    provider: 'wechat',
    sandbox: false,
    fields: [
      field('appid', 'text', true),
      field('mchid', 'text', true),
      field('merchant_serial', 'text'),
      field('merchant_private_key', 'private_key'),
      field('apiv3_key', 'secret'),
      field('wechatpay_public_key', 'public_key'),
      field('wechatpay_public_key_id', 'text'),
      field('platform_certificates', 'certificate'),
      field('api_key', 'secret'),
      field('apiclient_p12', 'pfx', false, { password_field: 'mchid' }),
      field('merchant_certificate', 'certificate'),
      field('v2_sign_type', 'choice', false, { choices: ['HMAC-SHA256', 'MD5'] }),
      field('scan_api', 'choice', false, { choices: ['v2', 'v3'] }),
      field('extra_appids', 'text'),
      field('notify_url', 'text'),
    ],
  },
  {
    provider: 'unionpay',
    sandbox: true,
    fields: [
      field('mer_id', 'text', true),
      field('sign_pfx', 'pfx', true, { password_field: 'sign_pfx_password' }),
      field('sign_pfx_password', 'secret', true),
      field('root_certificate', 'certificate', true),
      field('middle_certificate', 'certificate', true),
      field('products', 'choice', false, { choices: ['both', 'code', 'scan'] }),
      field('acq_ins_code', 'text'),
      field('back_url', 'text'),
    ],
  },
];

export function blankFields(provider: Channel): GatewayField[] {
  return structuredClone(FORMS.find((form) => form.provider === provider)?.fields ?? []);
}

/** A field with a value in it; what a secret was is forgotten, what it is remains. */
export function filledWith(
  till: FakeTill,
  own: GatewayField,
  text: string,
  password: string | null,
): GatewayField {
  const isKey = ['private_key', 'public_key', 'certificate', 'pfx'].includes(own.kind);
  return {
    ...own,
    filled: text !== '',
    text: own.secret ? '' : text,
    facts: text !== '' && isKey ? inspect(till, text, password) : [],
    fault: '',
  };
}
