import { beforeEach, describe, expect, it } from 'vitest';

import { PAYMENT_CODES } from '$lib/backend/mock/settings';
import { PaymentCodes, paymentCodes } from '$lib/trade/authcode';
import { type Scan, ScannerGuard } from './scanner';

const WECHAT = '134567890123456789';
const ALIPAY = '281234567890123456';
const UNIONPAY = '6212345678901234567';

beforeEach(() => {
  paymentCodes.table = PAYMENT_CODES;
});

/** Types texts with a gap between keys, and a pause before each text; then Enter, as far behind as the last gap. */
function typed(...parts: [text: string, gap: number, pause?: number][]): Scan<string> | null {
  const guard = new ScannerGuard<string>();
  let at = 1000;
  let before = '';
  let last = 0;
  for (const [text, gap, pause = 1000] of parts) {
    at += pause - gap;
    last = gap;
    for (const c of text) {
      guard.character((at += gap), before, c);
      before += c;
    }
  }
  return guard.enter(at + last);
}

describe('payment codes', () => {
  it.each([
    [WECHAT, 'wechat'],
    ['101234567890123456', 'wechat'],
    ['161234567890123456', null],
    ['1345678901234567890', null],
    ['13456789012345678', null],
    [ALIPAY, 'alipay'],
    ['2512345678901234', 'alipay'],
    ['301234567890123456789012', 'alipay'],
    ['3012345678901234567890123', null],
    ['241234567890123456', null],
    ['311234567890123456', null],
    [UNIONPAY, 'unionpay'],
    ['621234567890123456', null],
    ['28123456789012345x', null],
    ['', null],
  ] as const)('%s is of %s', (digits, channel) => expect(paymentCodes.channelOf(digits)).toBe(channel));

  it('are what the till says they are, and nobody’s before it has said so', () => {
    const codes = new PaymentCodes();
    expect(codes.channelOf(WECHAT)).toBeNull();
    expect(codes.looksLike(WECHAT)).toBe(false);
    codes.table = [{ channel: 'bank', prefixes: ['12', '13'], min_len: 4, max_len: 18 }];
    expect(codes.channelOf(WECHAT)).toBe('bank');
    expect(codes.channelOf('1412')).toBeNull();
    expect(codes.looksLike('9999')).toBe(true);
    expect(codes.looksLike('999')).toBe(false);
  });

  it('have 16 to 24 digits', () => {
    expect(paymentCodes.looksLike('9'.repeat(15))).toBe(false);
    expect(paymentCodes.looksLike('9'.repeat(16))).toBe(true);
    expect(paymentCodes.looksLike('9'.repeat(24))).toBe(true);
    expect(paymentCodes.looksLike('9'.repeat(25))).toBe(false);
    expect(paymentCodes.looksLike('9'.repeat(17) + '-')).toBe(false);
  });
});

describe('a scanned payment code', () => {
  it.each([
    [WECHAT, 8],
    [ALIPAY, 1],
    [UNIONPAY, 34],
    [ALIPAY, 49],
  ])('%s at %d ms a key is one', (code, gap) =>
    expect(typed([code, gap])).toEqual({ kind: 'code', code, before: '' }),
  );

  it('is none when somebody types it', () => {
    expect(typed([WECHAT, 60])).toBeNull();
    expect(typed([WECHAT, 120])).toBeNull();
  });

  it('needs its Enter at once', () => {
    const guard = new ScannerGuard<string>();
    for (let i = 0; i < WECHAT.length; i += 1) guard.character(1000 + i * 8, '', WECHAT[i]);
    expect(guard.enter(2000)).toBeNull();
  });

  it('leaves what was typed before it', () => {
    expect(typed(['15.5', 120], [ALIPAY, 8])).toEqual({ kind: 'code', code: ALIPAY, before: '15.5' });
    // Even when the scanner begins right behind the last key.
    expect(typed(['15', 120], [WECHAT, 8, 90])).toEqual({ kind: 'code', code: WECHAT, before: '15' });
  });

  it('forgives a slow key within', () => {
    expect(typed([ALIPAY.slice(0, 9), 8], [ALIPAY.slice(9), 8, 70])).toEqual({
      kind: 'code',
      code: ALIPAY,
      before: '',
    });
  });

  it('with a wrong beginning is strange, and too long is something else', () => {
    expect(typed(['991234567890123456', 8])).toEqual({ kind: 'strange', before: '' });
    expect(typed(['9'.repeat(25), 8])).toEqual({ kind: 'other', before: '' });
    expect(typed(['6901234567892', 8])).toEqual({ kind: 'other', before: '' });
  });

  it('is forgotten with its Enter', () => {
    const guard = new ScannerGuard<string>();
    [...WECHAT].forEach((c, i) => guard.character(1000 + i * 8, '', c));
    expect(guard.enter(1150)).not.toBeNull();
    expect(guard.before()).toBeUndefined();
    expect(guard.enter(1151)).toBeNull();
  });
});
