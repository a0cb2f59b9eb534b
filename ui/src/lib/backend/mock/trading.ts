import type { Channel, DisplayState, TradeView } from '$lib/bindings';
import { staffTheShop } from './people';
import { item } from './rooms';
import { expire } from './selling';
import type { Script } from './states';
import type { FakeTill } from './till';
import { addTrade, contract, makeTrade, TRADE_NO } from './trades';

/** Nobody's payment code: its last digit is what comes of it. */
const CODE = '28012345678901234';

function open(till: FakeTill, fen = 1500): number {
  const sale = { lines: [{ name: '', price_fen: fen, count: 1 }], discount: null, note: '' };
  return till.open(sale, 20_000).id;
}

/** A ticket whose codes are a provider's: the price to the fen, filled in by itself. */
function served(till: FakeTill, channels: readonly Channel[] = ['wechat', 'alipay']): number {
  contract(till, channels, till.health.sandbox ?? false);
  const id = open(till);
  for (const channel of channels) addTrade(till, id, channel, { scanned: false });
  const { gross_fen, codes } = till.ticket(id);
  till.put({
    id,
    due_fen: gross_fen,
    tail_fen: 0,
    codes: codes.map((code) => ({ ...code, account_id: null, fixed_amount: true })),
  });
  return id;
}

/** A ticket whose customer's code was charged. */
function scanned(till: FakeTill, change: Partial<TradeView> = {}, channel: Channel = 'alipay'): number {
  const id = served(till);
  addTrade(till, id, channel, { created_at: till.now() - 12_000, until: till.now() + 48_000, ...change });
  return id;
}

/** Number 40 was paid through a provider. */
function provided(till: FakeTill): void {
  contract(till);
  const ticket = till.ticket(40);
  const trade = makeTrade(till, ticket, 'wechat', { stage: 'paid', trade_no: TRADE_NO, next_at: null });
  till.put({ id: 40, trades: [trade] });
}

/** Money that came through a provider after its ticket's end. */
function late(till: FakeTill): void {
  contract(till);
  const id = open(till);
  expire(till, id);
  const ticket = till.ticket(id);
  const en = till.settings.lang === 'en';
  const money = { stage: 'paid' as const, trade_no: TRADE_NO, scanned: false, next_at: null };
  const trade = makeTrade(till, ticket, 'alipay', money);
  till.itemTrades.set(1, trade);
  till.inbox = [
    item(1, {
      reason: 'late',
      channel: 'alipay',
      amount_fen: ticket.due_fen,
      phone_at: null,
      device_name: trade.gateway,
      package: 'alipay',
      title: trade.gateway,
      text: en ? `Alipay: ${trade.out_no}, 14.98` : `支付宝：${trade.out_no}，14.98 元`,
      rule: 'gateway',
      rules_version: 0,
      trail: [
        {
          at: till.now(),
          actor: 'gateway',
          act: 'inbox.arrived',
          detail: JSON.stringify({ reason: 'late' }),
        },
      ],
      suggestions: [
        {
          ticket_id: id,
          number: ticket.number,
          tag: ticket.tag,
          status: 'expired',
          due_fen: ticket.due_fen,
          price_fen: ticket.due_fen + ticket.tail_fen,
          opened_at: ticket.opened_at,
          delta_fen: 0,
          delta_ms: 190_000,
          why: ['same_amount', 'ticket_ended', 'only_one'],
        },
      ],
    }),
  ];
  till.health = { ...till.health, inbox_open: 1 };
}

/** Prepares a state of payments through providers; null for any other. */
export function prepareTrading(till: FakeTill, state: string): Script | null {
  const [room = '', section = ''] = state.split(/-(.*)/s);
  const en = till.settings.lang === 'en';
  if (room === 'scan') {
    const states: Record<string, Partial<TradeView>> = {
      sending: { stage: 'planned' },
      waiting: {},
      doubt: {
        trouble: 'doubt',
        message: en ? 'The provider is silent; asked again in 5 s.' : '平台没有回答，5 秒后再问。',
      },
      stopping: { stage: 'ending', trade_no: TRADE_NO },
      stopped: { stage: 'over', next_at: null },
      refused: {
        stage: 'over',
        trouble: 'scan_again',
        message: en ? 'The code has run out.' : '付款码过期了。',
      },
      other: {
        stage: 'over',
        trouble: 'other_means',
        message: en ? 'This card cannot pay like this.' : '这张卡不能这样付。',
      },
    };
    const change = states[section];
    if (change) {
      scanned(till, change, section === 'waiting' ? 'wechat' : 'alipay');
      return [];
    }
    switch (section) {
      case 'ready':
        served(till);
        return [];
      case 'dialog':
        served(till);
        return ['click:scan-open', `type:scan-code=${CODE}9`];
      case 'keyed':
        contract(till);
        return ['Digit1', 'Digit5', 'click:pad-scan'];
      case 'unset':
        contract(till, ['wechat']);
        open(till);
        return ['click:scan-open', `type:scan-code=${CODE}9`, 'click:scan-go'];
      case 'fetching':
        till.put({ id: served(till), codes: [] });
        return [];
      case 'sandbox':
        contract(till, ['alipay'], true);
        scanned(till);
        return [];
      case 'missing':
        scanned(till, { trouble: 'doubt', message: en ? 'No answer for 12 s.' : '12 秒没有回答。' });
        return ['click:missing'];
      case 'bank':
        open(till);
        return ['click:missing', 'radio:2'];
      case 'light':
        till.displayOverride = { light: true } as DisplayState;
        scanned(till);
        return [];
      default:
        return null;
    }
  }
  if (room === 'return') {
    staffTheShop(till, 'owner');
    late(till);
    const why = `type:return-reason=${en ? 'Paid late' : '付得晚了，没有给货'}`;
    const start = ['click:nav-inbox'];
    if (section === 'item') return start;
    const ask = [...start, 'click:inbox-return', why];
    return section === 'done' ? [...ask, 'click:return-go', ...Array<string>(20).fill('wait')] : ask;
  }
  if (room === 'through') {
    staffTheShop(till, 'manager');
    provided(till);
    till.refundGoes = section === 'refused' ? 'refused' : section === 'done' ? 'done' : 'pending';
    const start = [
      'click:refund-40',
      `type:refund-reason=${en ? 'Returned' : '退货'}`,
      'type:refund-amount=5',
    ];
    if (section === 'form') return start;
    return [...start, 'click:refund-go', ...Array<string>(20).fill('wait')];
  }
  return null;
}
