import type { Channel, RefundStage, TicketView, TradeRefund, TradeView } from '$lib/bindings';
import { paymentCodes } from '$lib/trade/authcode';
import { liveScan } from '$lib/trade/trade';
import { closeItem } from './inbox';
import { type Handlers, settle, showDisplay } from './selling';
import { fail, type FakeTill } from './till';

/** How long the customer has to confirm. */
const PATIENCE_MS = 60_000;
/** How soon a provider answers. */
const ANSWER_MS = 250;

/** The shop has contracts: codes come from providers, and customers' codes can be charged. */
export function contract(
  till: FakeTill,
  channels: readonly Channel[] = ['wechat', 'alipay'],
  sandbox = false,
): void {
  till.health = { ...till.health, scans: [...channels], sandbox };
}

const NAMES: Partial<Record<Channel, readonly [string, string]>> = {
  wechat: ['微信支付 · 巷口店', 'WeChat Pay · Lane'],
  alipay: ['支付宝 · 巷口店', 'Alipay · Lane'],
  unionpay: ['银联 · 巷口店', 'UnionPay · Lane'],
};

/** A trade of a ticket, as a provider would have it. */
export function makeTrade(
  till: FakeTill,
  ticket: Pick<TicketView, 'id' | 'due_fen' | 'opened_at' | 'trades'>,
  channel: Channel,
  change: Partial<TradeView> = {},
): TradeView {
  const id = ticket.id * 10 + ticket.trades.length + 1;
  const now = till.now();
  return {
    id,
    gateway_id: 1,
    gateway: NAMES[channel]?.[till.settings.lang === 'en' ? 1 : 0] ?? '',
    channel,
    sandbox: till.health.sandbox ?? false,
    out_no: `QT20261120${String(id).padStart(8, '0')}`,
    trade_no: null,
    amount_fen: ticket.due_fen,
    scanned: true,
    stage: 'waiting',
    created_at: now,
    until: now + PATIENCE_MS,
    next_at: now + 3000,
    trouble: null,
    message: '',
    refunds: [],
    ...change,
  };
}

/** Adds a trade to a ticket without a word. */
export function addTrade(
  till: FakeTill,
  id: number,
  channel: Channel,
  change: Partial<TradeView> = {},
): TradeView {
  const ticket = till.ticket(id);
  const trade = makeTrade(till, ticket, channel, change);
  till.put({ id, trades: [...ticket.trades, trade] });
  return trade;
}

/** The provider said something about a trade: everybody hears of it. */
export function hear(till: FakeTill, id: number, change: Partial<TradeView>, trade_id?: number): TicketView {
  const wanted = trade_id ?? till.ticket(id).trades.at(-1)?.id;
  const trades = till.ticket(id).trades.map((x) => (x.id === wanted ? { ...x, ...change } : x));
  const ticket = till.put({ id, trades });
  till.emit({ event: 'ticket://changed', ticket });
  showDisplay(till);
  return ticket;
}

/** The customer confirmed. */
export function payTrade(till: FakeTill, id: number): TicketView {
  const trade = till.ticket(id).trades.at(-1) ?? fail('not_found', '没有这一笔');
  const trades = till
    .ticket(id)
    .trades.map((x) =>
      x.id === trade.id
        ? { ...x, stage: 'paid' as const, trade_no: TRADE_NO, next_at: null, message: '' }
        : x,
    );
  return settle(till, id, trade.channel, 'auto', { trades });
}

export const TRADE_NO = '2026112022001481340501279041';

const say = (till: FakeTill, zh: string, en: string): string => (till.settings.lang === 'en' ? en : zh);

/** What a payment code's last digit makes the provider say. */
function outcome(till: FakeTill, id: number, code: string): void {
  if (!liveScan(till.ticket(id))) return;
  switch (code.at(-1)) {
    case '1':
      hear(till, id, {
        stage: 'over',
        trouble: 'scan_again',
        message: say(till, '付款码过期了。', 'The code has run out.'),
      });
      return;
    case '2':
      hear(till, id, {
        stage: 'over',
        trouble: 'other_means',
        message: say(till, '这张卡不能这样付。', 'This card cannot pay like this.'),
      });
      return;
    case '3':
      hear(till, id, {
        stage: 'waiting',
        trouble: 'doubt',
        message: say(till, '平台没有回答，5 秒后再问。', 'The provider is silent; asked again in 5 s.'),
      });
      return;
    case '9':
      hear(till, id, { stage: 'waiting' });
      return;
    default:
      payTrade(till, id);
  }
}

/** A refund goes its way: asked, pending, done or refused. */
export function moveRefund(
  till: FakeTill,
  id: number,
  refund_id: number,
  stage: RefundStage,
  message = '',
): TicketView {
  const before = till.ticket(id);
  const of = before.trades.find((x) => x.refunds.some((r) => r.id === refund_id));
  const refund = of?.refunds.find((r) => r.id === refund_id) ?? fail('not_found', '没有这笔退款');
  const refunds = (of?.refunds ?? []).map((r) => (r.id === refund_id ? { ...r, stage, message } : r));
  let ticket = till.put({
    id,
    trades: before.trades.map((x) => (x.id === of?.id ? { ...x, refunds } : x)),
  });
  if (stage !== 'done') {
    till.emit({ event: 'ticket://changed', ticket });
    return ticket;
  }
  const refunded = ticket.refunded_fen + refund.amount_fen;
  const whole = refunded >= ticket.payments.reduce((sum, p) => sum + p.amount_fen, 0);
  ticket = till.put({
    id,
    refunded_fen: refunded,
    exception: whole ? 'refunded' : 'part_refunded',
    moves: whole ? [] : ['refund'],
    refunds: [
      ...ticket.refunds,
      {
        id: ticket.refunds.length + 1,
        kind: refund.kind,
        channel: of?.channel ?? 'alipay',
        amount_fen: refund.amount_fen,
        reference: refund.refund_no,
        reason: refund.reason,
        at: till.now(),
        business_date: ticket.business_date,
        actor: refund.actor,
        approved_by: null,
      },
    ],
  });
  till.emit({ event: 'ticket://refunded', ticket });
  return ticket;
}

function newRefund(
  till: FakeTill,
  trade: TradeView,
  amount_fen: number,
  kind: TradeRefund['kind'],
  reason: string,
): TradeRefund {
  const id = trade.id * 10 + trade.refunds.length + 1;
  return {
    id,
    amount_fen,
    kind,
    stage: 'asked',
    reason,
    refund_no: `${trade.out_no}R${trade.refunds.length + 1}`,
    actor: 'till',
    at: till.now(),
    message: '',
  };
}

/** Gives money back through the trade that brought it. */
export function refundTrade(
  till: FakeTill,
  id: number,
  trade: TradeView,
  amount_fen: number,
  kind: TradeRefund['kind'],
  reason: string,
): TicketView {
  const refund = newRefund(till, trade, amount_fen, kind, reason);
  const ticket = hear(till, id, { refunds: [...trade.refunds, refund] }, trade.id);
  const go = till.refundGoes;
  if (go !== 'asked') {
    setTimeout(() => moveRefund(till, id, refund.id, 'pending'), ANSWER_MS);
    if (go === 'done') setTimeout(() => moveRefund(till, id, refund.id, 'done'), 3 * ANSWER_MS);
    if (go === 'refused')
      setTimeout(
        () =>
          moveRefund(
            till,
            id,
            refund.id,
            'refused',
            say(till, '商户账户里的钱不够退。', 'The merchant account holds too little.'),
          ),
        3 * ANSWER_MS,
      );
  }
  return ticket;
}

/** What happens through providers, as the fake till has it. */
export const trades: Handlers = {
  scan: (till, { ticket_id, auth_code }) => {
    const code = auth_code.replace(/\s/g, '');
    const channel = paymentCodes.channelOf(code) ?? fail('invalid', '这不是付款码');
    if (!(till.health.scans ?? []).includes(channel)) fail('invalid', '还不能扫这种付款码');
    const ticket = till.ticket(ticket_id);
    if (ticket.status !== 'open') fail('conflict', '这一单已经不在等付款了');
    if (liveScan(ticket)) fail('conflict', '上一次扫码还没有结果');
    addTrade(till, ticket_id, channel, { stage: 'planned' });
    setTimeout(() => outcome(till, ticket_id, code), ANSWER_MS);
    return hear(till, ticket_id, {});
  },
  stop_scan: (till, { ticket_id }) => {
    const scan = liveScan(till.ticket(ticket_id));
    if (!scan) return till.put({ id: ticket_id });
    setTimeout(() => {
      if (liveScan(till.ticket(ticket_id))?.stage === 'ending')
        hear(till, ticket_id, { stage: 'over', trouble: null, message: '' }, scan.id);
    }, 4 * ANSWER_MS);
    return hear(till, ticket_id, { stage: 'ending', trouble: null }, scan.id);
  },
  ask_trade: (till, { ticket_id }) => till.put({ id: ticket_id }),
  trade_of_item: (till, { item_id }) => till.itemTrades.get(item_id) ?? null,
  return_item: (till, { item_id, reason }) => {
    const trade = till.itemTrades.get(item_id) ?? fail('not_found', '这笔钱不是经平台收的');
    if (!reason.trim()) fail('invalid', '请写原因');
    const refund = newRefund(till, trade, trade.amount_fen, 'refund', reason);
    const put = (stage: RefundStage): TradeView => {
      const next = { ...trade, refunds: [...trade.refunds, { ...refund, stage }] };
      till.itemTrades.set(item_id, next);
      return next;
    };
    setTimeout(() => {
      put('done');
      closeItem(till, item_id, { state: 'ignored', mark: 'refund', resolution: reason }, 'inbox.marked', {
        mark: 'refund',
        note: reason,
      });
    }, 3 * ANSWER_MS);
    return put('pending');
  },
};
