import type { GatewayField, GatewayValue, GatewayView } from '$lib/bindings';
import { filledWith, FORMS, inspect, KEYS, makePair } from './gateway-keys';
import { ALIPAY, ALL, fillDoubts, fillGateways, fillTests, gateway, roomOf, WECHAT } from './gateway-shop';
import { checkSafe, prepareSafe, safeRoom } from './safe';
import type { Handlers } from './selling';
import type { Script } from './states';
import { deskOf, statementRoom, wechatBill } from './statement';
import { fail, type FakeTill } from './till';

const find = (till: FakeTill, id: number): GatewayView =>
  roomOf(till).gateways.find((g) => g.id === id) ?? fail('not_found', '没有这个合约');

function put(till: FakeTill, next: GatewayView): GatewayView {
  const room = roomOf(till);
  room.gateways = room.gateways.some((g) => g.id === next.id)
    ? room.gateways.map((g) => (g.id === next.id ? next : g))
    : [...room.gateways, next];
  till.emit({ event: 'gateways://changed' });
  return next;
}

/** Takes values over, and judges the contract as the engine does: what is missing, and whose key it is. */
function taken(till: FakeTill, before: GatewayView, values: readonly GatewayValue[]): GatewayView {
  const text = new Map(values.map((value) => [value.field, value.text]));
  const fields = before.fields.map((own) => {
    const next = text.get(own.name);
    const password = own.password_field ? (text.get(own.password_field) ?? '0') : null;
    return next === undefined ? own : filledWith(till, own, next, password);
  });
  const at = (name: string) => fields.find((own) => own.name === name);
  const print = (name: string) => at(name)?.facts[0]?.fingerprint;
  if (at('alipay_public_key')?.filled && print('alipay_public_key') === print('app_private_key'))
    fail('invalid', '这是应用自己的公钥，不是支付宝公钥', { field: 'alipay_public_key' });
  const theirs = at('alipay_public_key')?.filled || at('alipay_certificate')?.filled;
  const isMissing = ({ name, required, filled }: GatewayField): boolean =>
    !filled && (required || (name === 'alipay_public_key' && !theirs));
  const fault = till.settings.lang === 'en' ? 'missing' : '还没有填写';
  const judged = fields.map((own) => ({ ...own, fault: isMissing(own) ? fault : '' }));
  const missing = judged.filter((own) => own.fault !== '');
  if (missing.length > 0) {
    const trouble = missing.map(({ name }) => `${name}: ${fault}`).join('; ');
    return { ...before, fields: judged, state: 'incomplete', can: [], trouble };
  }
  const state = before.state === 'no_secret' || before.state === 'incomplete' ? 'new' : before.state;
  const can = before.can.length > 0 ? before.can : [...ALL];
  return { ...before, fields: judged, state, can, trouble: '' };
}

/** Contracts with providers. */
export const gatewaysRoom: Handlers = {
  gateways: (till) => {
    const { gateways, doubts } = roomOf(till);
    return {
      gateways: gateways.toSorted(
        (a, b) => Number(a.state === 'ended') - Number(b.state === 'ended') || a.id - b.id,
      ),
      forms: [...FORMS],
      secrets: till.secretPlace,
      safe: roomOf(till).safe,
      doubts,
      addresses: [till.settings.public_url || 'http://192.168.1.20:5921'],
    };
  },
  inspect_key: (till, { text, password }) => inspect(till, text, password),
  make_key_pair: (till) => makePair((roomOf(till).pairs += 1)),
  ...safeRoom,
  add_gateway: (till, { provider, settings: said, values }) => {
    checkSafe(till, values);
    const id = Math.max(0, ...roomOf(till).gateways.map((g) => g.id)) + 1;
    const blank = gateway(
      till,
      id,
      provider,
      said,
      {},
      { state: 'new', last_answer_at: null, skew_ms: null },
    );
    return put(till, taken(till, { ...blank, created_at: till.now() }, values));
  },
  update_gateway: (till, { gateway_id, settings: said, values }) => {
    const before = find(till, gateway_id);
    checkSafe(till, values);
    const next = values.length > 0 ? taken(till, before, values) : before;
    const on = next.state === 'off' ? 'fine' : next.state;
    const state = said.enabled || next.state === 'incomplete' ? on : 'off';
    return put(till, { ...next, settings: said, state });
  },
  end_gateway: (till, { gateway_id }) => {
    const before = find(till, gateway_id);
    if (before.waiting > 0) fail('conflict', '还有付款在等结果，等它们有了结果再结束');
    return put(till, { ...before, state: 'ended', can: [], ended_at: till.now() });
  },
  test_gateway: (till, { gateway_id }) => {
    const before = find(till, gateway_id);
    const en = till.settings.lang === 'en';
    const result = roomOf(till).tests.get(gateway_id) ?? {
      works: true,
      message: en
        ? 'The provider answers, signed as it should be: keys, network and clock are right.'
        : '平台有回答，签名也对：密钥、网络、时间都没问题。',
      detail: '40004 ACQ.TRADE_NOT_EXIST',
      took_ms: 312,
      skew_ms: 1200,
    };
    const state = result.works && before.state === 'new' ? 'fine' : before.state;
    put(till, { ...before, state, last_answer_at: till.now(), skew_ms: result.skew_ms });
    return result;
  },
  fetch_bill: (till, { gateway_id, date }) => {
    find(till, gateway_id);
    const desk = deskOf(till);
    const file = `wechat_tradebill_${date}.csv`;
    const known = desk.statements.find((s) => s.head.file === file);
    const bill = known ?? wechatBill(till, Math.max(0, ...desk.statements.map((s) => s.head.id)) + 1, file);
    if (!known) desk.statements = [bill, ...desk.statements];
    const { statement } = statementRoom;
    return (
      statement?.(till, { verb: 'statement', statement_id: bill.head.id, limit: 200 }) ??
      fail('internal', 'no statements')
    );
  },
};

/** Prepares a state of the contracts page; null for any other. */
export function prepareGateways(till: FakeTill, state: string): Script | null {
  const [room = '', section = ''] = state.split(/-(.*)/s);
  if (room !== 'gateways') return null;
  const en = till.settings.lang === 'en';
  if (section !== 'empty') fillGateways(till);
  if (section === 'doubts') fillDoubts(till);
  if (section.startsWith('test')) fillTests(till);
  prepareSafe(till, section);
  const add = (provider: string, ...rest: string[]): string[] => [
    'click:gateway-add',
    'wait',
    `click:provider-${provider}`,
    'click:gateway-next',
    'wait',
    ...rest,
  ];
  const type = (field: string, text: string): string => `type:value-${field}=${text}`;
  const name = (zh: string, text: string): string => `type:gateway-name=${en ? text : zh}`;
  const down = (...rest: string[]): string[] => ['wait', 'wait', ...rest];
  const more: Record<string, string[]> = {
    new: ['click:gateway-add'],
    alipay: add('alipay'),
    faults: add('alipay', type('app_private_key', 'MIIE cut off'), 'wait', 'click:gateway-make'),
    keys: add(
      'alipay',
      name('支付宝', 'Alipay'),
      type('app_id', ALIPAY.app_id),
      type('app_private_key', ALIPAY.app_private_key),
      ...down(
        type('alipay_public_key', ALIPAY.alipay_public_key),
        'wait',
        'wait',
        'see:undo-alipay_public_key',
      ),
    ),
    own: add(
      'alipay',
      name('支付宝', 'Alipay'),
      type('app_private_key', KEYS.old('shop')),
      ...down(type('alipay_public_key', KEYS.public('shop')), 'wait', 'wait', 'see:undo-alipay_public_key'),
    ),
    wechat: add('wechat', name('微信商户', 'WeChat Pay'), type('mchid', WECHAT.mchid)),
    unionpay: add(
      'unionpay',
      name('云闪付', 'UnionPay'),
      type('sign_pfx_password', '000000'),
      type('sign_pfx', KEYS.pfx('union', 'expired')),
      ...down(type('root_certificate', KEYS.certificate('root')), 'wait', 'see:undo-sign_pfx'),
    ),
    sandbox: add('alipay', 'click:seg-sandbox', 'wait'),
    simulator: add(
      'alipay',
      'click:seg-simulator',
      'wait',
      'type:gateway-address=http://pay.example.com',
      'click:gateway-make',
    ),
    pair: add('alipay', 'click:pair-open', 'wait', 'wait'),
    'test-ok': ['click:gateway-test-1', 'wait', 'click:gateway-test-go', 'wait', 'see:gateway-test-result'],
    'test-fails': [
      'click:gateway-test-2',
      'wait',
      'click:gateway-test-go',
      'wait',
      'see:gateway-test-result',
    ],
    'test-skew': ['click:gateway-test-3', 'wait', 'click:gateway-test-go', 'wait', 'see:gateway-test-result'],
    values: [
      'click:gateway-open-2',
      'wait',
      'click:seg-values',
      'wait',
      'click:again-apiv3_key',
      'wait',
      'wait',
      'see:value-apiv3_key',
    ],
    missing: ['click:gateway-fill-6'],
    drop: add('alipay', type('app_id', ALIPAY.app_id), 'wait', 'Escape'),
    kept: add(
      'alipay',
      type('app_id', ALIPAY.app_id),
      'wait',
      'click:gateway-keep',
      'wait',
      'see:fold-certificates',
    ),
    settings: ['click:gateway-open-2', 'wait', 'see:shows-code'],
    bill: ['click:gateway-open-1', 'wait', 'click:seg-bill'],
    end: ['click:gateway-open-2', 'wait', 'click:gateway-end'],
    ended: ['click:gateways-gone', 'wait', 'see:gateways-gone-list'],
    doubts: ['see:doubts'],
    passphrase: ['see:safe'],
    'passphrase-new': add('alipay', 'see:safe-brief'),
    'passphrase-choose': [
      'click:safe-choose',
      'wait',
      'type:passphrase-new=钱台 口令 2026',
      'type:passphrase-again=another',
      'click:passphrase-go',
    ],
    locked: ['see:safe'],
    'locked-wrong': ['click:safe-unlock', 'wait', 'type:unlock-passphrase=wrong', 'click:unlock-go'],
    'locked-forget': ['click:safe-forget'],
    open: ['see:safe'],
    'open-change': ['click:safe-change'],
  };
  return ['click:nav-settings', 'click:settings-nav-gateways', 'wait', 'wait', ...(more[section] ?? [])];
}
