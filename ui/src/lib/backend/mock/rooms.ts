import type { InboxItem } from '$lib/bindings';
import { settle } from './selling';
import { CODES, type FakeTill } from './till';
import type { Script } from './states';
import { prepareTotals } from './totals';

const sale = (fen: number) => ({
  lines: [{ name: '', price_fen: fen, count: 1 }],
  discount: null,
  note: '',
});

function at(clock: string): number {
  const [h = '0', m = '0', s = '0'] = clock.split(':');
  return Date.UTC(2026, 10, 20, Number(h) - 8, Number(m), Number(s));
}

export function item(id: number, change: Partial<InboxItem>): InboxItem {
  const received = change.received_at ?? at('14:02:11');
  return {
    id,
    reason: 'unmatched',
    state: 'open',
    channel: 'wechat',
    amount_fen: 1500,
    received_at: received,
    phone_at: received - 3000,
    device_name: '柜台红米',
    package: 'com.tencent.mm',
    title: '微信支付',
    text: '微信支付收款15.00元(朋友到店)',
    payer_note: null,
    rule: 'wx-personal-2',
    rules_version: 14,
    suggestions: [],
    mark: null,
    ticket_id: null,
    ticket_number: null,
    resolved_at: null,
    resolution: '',
    trail: [
      {
        at: received,
        actor: 'phone',
        act: 'inbox.arrived',
        detail: JSON.stringify({ reason: change.reason ?? 'unmatched' }),
      },
    ],
    ...change,
  };
}

/** The inbox of the drawings: a near miss with two tickets, money without one, and what was settled today. */
export function fillInbox(till: FakeTill): void {
  const first = till.open(sale(1500), 29_000);
  const second = till.open(sale(800), 9_000);
  const ali = { channel: 'alipay' as const, package: 'com.eg.android.AlipayGphone' };
  till.inbox = [
    item(1, {
      reason: 'wrong_amount',
      suggestions: [
        {
          ticket_id: first.id,
          number: first.number,
          tag: first.tag,
          status: 'open',
          due_fen: first.due_fen,
          price_fen: 1500,
          opened_at: first.opened_at,
          delta_fen: 1500 - first.due_fen,
          delta_ms: 40_000,
          why: ['price_without_tail', 'just_before', 'only_one'],
        },
        {
          ticket_id: second.id,
          number: second.number,
          tag: second.tag,
          status: 'open',
          due_fen: second.due_fen,
          price_fen: 800,
          opened_at: second.opened_at,
          delta_fen: 1500 - second.due_fen,
          delta_ms: 20_000,
          why: ['just_before', 'other_account'],
        },
      ],
    }),
    item(2, {
      ...ali,
      amount_fen: 3000,
      received_at: at('12:47:50'),
      phone_at: at('12:47:49'),
      title: '收款通知',
      text: '<b>小明</b>通过扫码向你付款30.00元',
      rule: 'alipay-scan-1',
    }),
    item(3, {
      reason: 'unrecognised',
      channel: null,
      amount_fen: null,
      received_at: at('12:30:05'),
      phone_at: null,
      title: '微信支付',
      text: '张小芳(138****5678)给你的店转来一笔￥88.60，今日第12笔',
      rule: '',
    }),
    item(4, {
      reason: 'late',
      state: 'accepted',
      amount_fen: 1200,
      received_at: at('11:20:04'),
      ticket_id: 28,
      ticket_number: 28,
      resolved_at: at('11:21:00'),
    }),
    item(5, {
      ...ali,
      reason: 'duplicate',
      state: 'ignored',
      amount_fen: 798,
      received_at: at('10:32:40'),
      resolution: '退款',
      resolved_at: at('10:40:00'),
    }),
    item(6, {
      state: 'ignored',
      amount_fen: 20_000,
      received_at: at('09:15:22'),
      resolution: '私人',
      resolved_at: at('09:16:00'),
    }),
  ];
  till.health = { ...till.health, inbox_open: 3 };
}

function manyPhones(till: FakeTill): void {
  const one = till.devices[0];
  if (!one) return;
  till.devices = [
    one,
    {
      ...one,
      id: 2,
      name: '后厨 vivo',
      state: 'late',
      last_seen_at: till.now() - 130_000,
      last_address: '192.168.1.31',
      protocol: 'vmq',
      battery: 17,
      delay_ms: 4200,
      skew_ms: 95_000,
      today_count: 3,
      account_ids: [2],
    },
    { ...one, id: 3, name: '旧华为', state: 'revoked', last_seen_at: till.now() - 86_400_000 * 3 },
  ];
}

function payNewest(till: FakeTill): void {
  const open = till.tickets.filter((t) => t.status === 'open').at(-1);
  if (open) settle(till, open.id, 'wechat', 'auto');
}

function refuse(till: FakeTill): void {
  const row = (
    clock: string,
    address: string,
    path: string,
    device_name: string,
    cause: string,
    message: string,
  ) => ({
    at: at(clock),
    address,
    path,
    device_name,
    cause,
    message,
  });
  till.refused = [
    row('13:58:40', '192.168.1.77', '/appPush', '', 'bad_signature', '签名不对：密钥不一致，或有人冒充'),
    row('13:58:38', '192.168.1.77', '/appPush', '', 'bad_signature', '签名不对：密钥不一致，或有人冒充'),
    row('11:02:15', '192.168.1.31', '/appHeart', '后厨 vivo', 'clock', '手机时间相差太多，请校准手机时间'),
  ];
  till.health = { ...till.health, refused_last_hour: 2 };
}

/** Prepares a state of inbox, settings or first set-up. Returns keys to press. */
export function prepareRoom(till: FakeTill, state: string): Script {
  const [room = '', section = '', more = ''] = state.split('-');
  const settings = (name: string, ...rest: string[]): Script => [
    'click:nav-settings',
    `click:settings-nav-${name}`,
    ...rest,
  ];
  if (room === 'inbox') {
    if (section !== 'empty') fillInbox(till);
    else till.health = { ...till.health, inbox_open: 0 };
    const rest: Record<string, string[]> = {
      unrecognised: ['click:inbox-item-3'],
      unmatched: ['click:inbox-item-2'],
      done: ['click:inbox-item-4'],
      ignore: ['click:inbox-ignore'],
      sale: ['click:inbox-open-sale'],
    };
    return ['click:nav-inbox', ...(rest[section] ?? [])];
  }
  if (room === 'settings') {
    if (section === 'phones') manyPhones(till);
    if (section === 'pair') {
      const tab = more ? [`radio:${more}`] : [];
      return settings(
        'phones',
        'click:device-add',
        'type:device-name=Redmi Note 12',
        'click:device-create',
        ...tab,
      );
    }
    if (section === 'port') refuse(till);
    if (section === 'nophones') till.devices = [];
    if (section === 'drop') return settings('codes', `file:${more || 'new'}`);
    if (section === 'pool') {
      const one = till.accounts[1];
      if (one)
        one.codes = [500, 800, 1000, 1200, 1500, 2000, 3000, 5000].map((fen, i) => ({
          ...one.codes[0]!,
          id: 10 + i,
          amount_fen: fen,
        }));
      return settings('codes', 'file:15.00.png', 'file:20.00.png');
    }
    if (section === 'change') return settings('codes', 'file:change', 'wait', 'click:code-add');
    if (section === 'nophones') return settings('phones');
    if (section === 'rules')
      return settings(
        'rules',
        'type:rules-text=微信支付收款15.00元(朋友到店)',
        'click:rules-read',
        'click:replay-look',
      );
    return settings(section || 'shop');
  }
  if (room === 'totals') return prepareTotals(till, section);
  if (room === 'wizard') {
    till.settings = { ...till.settings, shop_name: section > '1' ? till.settings.shop_name : '' };
    if (section === '1' || section === '') till.accounts = [];
    if (section === '2' && till.accounts[0])
      till.accounts = [
        { ...till.accounts[0], codes: [{ ...till.accounts[0].codes[0]!, drawing: CODES.wechat }] },
      ];
    try {
      window.localStorage.setItem(
        'qiantai.wizard',
        JSON.stringify({ step: Number(section || '1'), ended: false }),
      );
    } catch {
      // Starts at the first card.
    }
    if (more === 'paid') setTimeout(() => payNewest(till), 1500);
    return section === '5' ? ['click:wizard-test'] : [];
  }
  return [];
}
