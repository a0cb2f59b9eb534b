import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FORMS, KEYS } from '$lib/backend/mock/gateway-keys';
import type { GatewayField, GatewayView, KeyFacts } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { dayBefore, daysLeft } from './days';
import { draftOf, groupsOf, settingsOf } from './form';
import { type Facts, fingerprintText, metaOf, notesOf } from './keys';
import { textOf, Values } from './values.svelte';
import { exactSpan, helpOf, labelOf, skewWarning, warningsOf } from './words';

const NOW = Date.UTC(2026, 10, 20, 6);
const DAY = 86_400_000;
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

function fact(kind: string, change: Partial<KeyFacts> = {}): KeyFacts {
  return {
    kind,
    form: '',
    wrapping: '',
    bits: kind === 'nothing' ? null : 2048,
    fingerprint: '',
    subject: '',
    issuer: '',
    serial: '',
    not_before: null,
    not_after: null,
    sentence: '',
    ...change,
  };
}

const fieldOf = (name: string): GatewayField => {
  const field = FORMS.flatMap((form) => form.fields).find((f) => f.name === name);
  if (!field) throw new Error(name);
  return field;
};

function notes(name: string, all: Record<string, Facts>): string[] {
  return notesOf(fieldOf(name), (n) => all[n], NOW, day).map((note) => `${note.tone}: ${note.text}`);
}

beforeEach(() => setLang('zh-CN'));

describe('what is said about a key', () => {
  const ours = fact('private_key', { fingerprint: 'aa' });

  it('knows one’s own public key where the provider’s belongs', () => {
    const own = { app_private_key: [ours], alipay_public_key: [fact('public_key', { fingerprint: 'aa' })] };
    expect(notes('alipay_public_key', own)).toEqual([expect.stringContaining('err: 这是自己的应用公钥')]);
    const right = { ...own, alipay_public_key: [fact('public_key', { fingerprint: 'bb' })] };
    expect(notes('alipay_public_key', right)).toEqual([]);
    const wechat = {
      merchant_private_key: [ours],
      wechatpay_public_key: [fact('public_key', { fingerprint: 'aa' })],
    };
    expect(notes('wechatpay_public_key', wechat)).toEqual([
      expect.stringContaining('err: 这是自己的，不是平台的'),
    ]);
  });

  it('knows which halves are a pair, and says nothing before both are there', () => {
    const certificate = (fingerprint: string): Facts => [fact('certificate', { fingerprint })];
    expect(notes('app_certificate', { app_certificate: certificate('aa') })).toEqual([]);
    expect(notes('app_certificate', { app_private_key: [ours], app_certificate: certificate('aa') })).toEqual(
      ['ok: 和“应用私钥”是一对'],
    );
    expect(notes('app_certificate', { app_private_key: [ours], app_certificate: certificate('cc') })).toEqual(
      [expect.stringContaining('err: 和“应用私钥”不是一对')],
    );
  });

  it('says what is in the wrong field, and nothing more about it', () => {
    const wrong = { alipay_public_key: [fact('private_key', { bits: 1024 })] };
    expect(notes('alipay_public_key', wrong)).toEqual(['err: 这是私钥，不要放在这里。这一栏要的是公钥。']);
    expect(notes('sign_pfx', { sign_pfx: [fact('certificate')] })).toEqual([
      expect.stringContaining('err: 这是证书'),
    ]);
    // A certificate holds a public key.
    expect(notes('alipay_public_key', { alipay_public_key: [fact('certificate')] })).toEqual([]);
    expect(notes('alipay_public_key', { alipay_public_key: [fact('nothing')] })).toEqual([]);
  });

  it('says when a certificate ends, and minds the last one of several', () => {
    const until = (days: number): KeyFacts =>
      fact('certificate', { not_before: NOW - 99 * DAY, not_after: NOW + days * DAY });
    const said = (...days: number[]): string[] =>
      notes('middle_certificate', { middle_certificate: days.map(until) });
    expect(said(-1)).toEqual([expect.stringContaining('err: 2026-11-19 已经过期')]);
    expect(said(12)).toEqual([expect.stringContaining('warn: 12 天后（2026-12-02）过期')]);
    expect(said(30)).toEqual([]);
    expect(said(-400, 900)).toEqual([]);
    const early = fact('certificate', { not_before: NOW + DAY, not_after: NOW + 400 * DAY });
    expect(notes('middle_certificate', { middle_certificate: [early] })).toEqual([
      expect.stringContaining('err: 2026-11-21 才生效'),
    ]);
  });

  it('refuses short keys, and writes fingerprints in fours', () => {
    expect(notes('app_private_key', { app_private_key: [fact('private_key', { bits: 1024 })] })).toEqual([
      'err: 只有 1024 位，平台要 2048 位。',
    ]);
    expect(fingerprintText('1f2e3d4c5b6a7988')).toBe('1f2e 3d4c 5b6a 7988');
    const one = fact('private_key', { form: 'PKCS#8', wrapping: 'base64', fingerprint: '1f2e3d4c5b6a7988' });
    expect(metaOf(one, day)).toBe('2048 位 · PKCS#8 · 一行 base64 · 指纹 1f2e 3d4c 5b6a 7988');
  });
});

describe('clock and dates', () => {
  it('warns beyond two minutes, and says beyond five that nothing works', () => {
    expect(skewWarning(null)).toBeNull();
    expect(skewWarning(-120_000)).toBeNull();
    expect(skewWarning(-165_000)).toMatchObject({ tone: 'warn', head: '这台电脑的时间比平台慢 2 分 45 秒' });
    expect(skewWarning(300_000)).toMatchObject({ tone: 'warn', head: expect.stringContaining('快 5 分钟') });
    expect(skewWarning(432_000)).toMatchObject({
      tone: 'err',
      head: expect.stringContaining('快 7 分 12 秒'),
    });
    expect(exactSpan(-60_400)).toBe('1 分钟');
  });

  it('counts the last day as one', () => {
    expect(daysLeft(NOW + 1, NOW)).toBe(1);
    expect(daysLeft(NOW + 2 * DAY, NOW)).toBe(2);
    expect(dayBefore(Date.UTC(2026, 10, 19, 17), 'Asia/Shanghai')).toBe('2026-11-19');
    expect(dayBefore(Date.UTC(2026, 10, 19, 17), 'UTC')).toBe('2026-11-18');
  });

  it('puts the worst first, and leaves ended contracts alone', () => {
    const view = {
      state: 'fine',
      provider: 'wechat',
      can: ['code', 'scan'],
      skew_ms: 432_000,
      expires_at: NOW + 3 * DAY,
    } as unknown as GatewayView;
    expect(warningsOf({ ...view, skew_ms: 0, expires_at: NOW - 1 }, NOW, day).map((w) => w.id)).toEqual([
      'expiry',
      'reverse',
    ]);
    expect(warningsOf(view, NOW, day).map((w) => w.id)).toEqual(['skew', 'expiry', 'reverse']);
    expect(warningsOf({ ...view, can: ['scan', 'reverse'], skew_ms: 0, expires_at: null }, NOW, day)).toEqual(
      [],
    );
    expect(warningsOf({ ...view, state: 'ended' }, NOW, day)).toEqual([]);
  });
});

describe('the form', () => {
  it.each(FORMS.map((form) => [form.provider, form] as const))(
    'has every field of %s once, with words in both languages',
    (provider, form) => {
      const shown = groupsOf(provider, form.fields).flatMap((group) => group.fields.map((f) => f.name));
      expect(shown.toSorted()).toEqual(form.fields.map((f) => f.name).toSorted());
      for (const language of ['zh-CN', 'en'] as const) {
        setLang(language);
        for (const name of shown) {
          expect(labelOf(name)).not.toBe(name);
          expect(helpOf(name)).not.toBe('');
        }
      }
    },
  );

  it('keeps fields that nobody here knows, by the provider’s own name', () => {
    const extra = { ...fieldOf('seller_id'), name: 'new_thing' };
    const groups = groupsOf('alipay', [
      { ...extra, name: 'needed', required: true },
      extra,
      fieldOf('app_id'),
    ]);
    expect(groups.map(({ id, fields }) => [id, fields.map((f) => f.name)])).toEqual([
      ['must', ['app_id', 'needed']],
      ['more', ['new_thing']],
    ]);
    expect(labelOf('new_thing')).toBe('new_thing');
    expect(groupsOf('ecny', [extra])).toMatchObject([{ id: 'more' }]);
  });

  it('lets a simulator be on this computer only', () => {
    const draft = { ...draftOf(), name: ' 练手 ', place: 'simulator' as const };
    const at = (address: string) => settingsOf({ ...draft, address });
    expect(at('http://127.0.0.1:8600/').settings).toMatchObject({
      name: '练手',
      place: { place: 'simulator', address: 'http://127.0.0.1:8600' },
    });
    for (const bad of ['http://pay.example.com:80', 'https://127.0.0.1:1', 'http://127.0.0.1:8600/x', ''])
      expect(at(bad).faults).toHaveProperty('place');
    expect(settingsOf({ ...draftOf(), name: 'A', notify: 'http://x.example' }).faults).toHaveProperty(
      'notify_url',
    );
    expect(settingsOf({ ...draftOf(), name: 'A', relay: 'relay' }).faults).toHaveProperty('relay_url');
  });
});

describe('values', () => {
  const stored: GatewayField[] = [
    { ...fieldOf('mchid'), filled: true, text: '1900006511' },
    { ...fieldOf('apiv3_key'), filled: true },
    { ...fieldOf('apiclient_p12') },
  ];
  const looked = () =>
    vi.fn(async (text: string, password: string | null) => [
      fact('pfx', { sentence: `${text}/${password}` }),
    ]);

  it('sends only what was touched; an emptied field is taken away', () => {
    const values = new Values(stored, looked());
    expect(values.dirty).toBe(false);
    values.set('apiv3_key', '');
    values.set('mchid', ' 1900006512 ');
    expect(values.changes).toEqual([
      { field: 'apiv3_key', text: '' },
      { field: 'mchid', text: '1900006512' },
    ]);
    values.keep('apiv3_key');
    values.set('mchid', '1900006511');
    expect(values.dirty).toBe(false);
    expect(values.missing()).toEqual({});
    values.set('mchid', ' ');
    expect(values.missing()).toHaveProperty('mchid');
  });

  it('opens a file again when its password is typed', async () => {
    const inspect = looked();
    const values = new Values(stored, inspect);
    values.set('apiclient_p12', KEYS.pfx('x'), 'apiclient_cert.p12');
    await vi.waitFor(() => expect(values.factsOf('apiclient_p12')?.[0]?.sentence).toMatch(/1900006511$/));
    values.set('mchid', '1900006512');
    await vi.waitFor(() => expect(values.factsOf('apiclient_p12')?.[0]?.sentence).toMatch(/1900006512$/));
    expect(inspect).toHaveBeenCalledTimes(2);
    expect(values.file('apiclient_p12')).toBe('apiclient_cert.p12');
  });

  it('does not take an answer about what is no longer there', async () => {
    const late: Array<(facts: KeyFacts[]) => void> = [];
    const values = new Values(stored, () => new Promise((done) => late.push(done)));
    values.set('apiclient_p12', 'first text');
    values.set('apiclient_p12', 'a whole other text');
    late[1]?.([fact('pfx')]);
    await vi.waitFor(() => expect(values.factsOf('apiclient_p12')).toMatchObject([{ kind: 'pfx' }]));
    late[0]?.([fact('nothing')]);
    await Promise.resolve();
    expect(values.factsOf('apiclient_p12')).toMatchObject([{ kind: 'pfx' }]);
  });

  it('reads a picked file as text where it is one, else as base64', () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(textOf(bytes('-----BEGIN CERTIFICATE-----\r\nMIID'))).toContain('BEGIN');
    expect(textOf(new Uint8Array([0x30, 0x82, 0x01, 0xff, 0x00]))).toBe('MIIB/wA=');
    expect(textOf(new Uint8Array([0x30, 0x05, 0x02, 0x01]))).toBe('MAUCAQ==');
  });
});
