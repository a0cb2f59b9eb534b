import type { Channel, DisplayPhase, DisplayState, PaymentView, TicketView } from '$lib/bindings';
import type { RequestOf, Verb } from '../types';
import type { Replies } from '$lib/bindings';
import { liveScan } from '$lib/trade/trade';
import { blank, fail, type FakeTill } from './till';

export type Handlers = { [V in Verb]?: (till: FakeTill, request: RequestOf<V>) => Replies[V] };

const NOT_OPEN = '这一单已经不在等付款了';

/** What the counter shows now. */
export function displayState(till: FakeTill): DisplayState {
  const shown = till.tickets.find((t) => t.id === till.shown);
  let phase: DisplayPhase = { phase: 'idle' };
  const scan = shown?.status === 'open' ? liveScan(shown) : null;
  if (shown && scan) {
    const { number, tag, due_fen } = shown;
    phase = { phase: 'processing', number, tag, due_fen, channel: scan.channel, until: scan.until };
  } else if (shown?.status === 'open') {
    const { id, number, tag, gross_fen, discount_fen, rounding_fen, tail_fen, due_fen, opened_at, codes } =
      shown;
    phase = {
      phase: 'pay',
      ticket_id: id,
      number,
      tag,
      gross_fen,
      discount_fen,
      rounding_fen,
      tail_fen,
      due_fen,
      opened_at,
      expires_at: shown.expires_at ?? 0,
      codes,
    };
  } else if (shown?.status === 'paid') {
    phase = {
      phase: 'paid',
      number: shown.number,
      tag: shown.tag,
      paid_fen: shown.due_fen,
      channel: shown.payments.at(-1)?.channel ?? 'wechat',
      change_fen: shown.change_fen,
      until: till.now() + 5000,
    };
  } else if (shown?.status === 'expired') phase = { phase: 'expired', number: shown.number, tag: shown.tag };
  else if (till.cart && till.cart.lines.length > 0)
    phase = { phase: 'cart', lines: till.cart.lines, price_fen: till.price(till.cart).price_fen };
  const { shop_name, lang, display_light } = till.settings;
  return {
    shop_name,
    lang,
    light: display_light,
    practice: till.health.practice ?? false,
    sandbox: shown?.status === 'open' && shown.trades.some((trade) => trade.sandbox),
    now: till.now(),
    phase,
    ...till.displayOverride,
  };
}

export function showDisplay(till: FakeTill): DisplayState {
  const display = displayState(till);
  till.emit({ event: 'display://changed', display });
  for (const listener of till.displays) listener(display, till.displayConnected);
  return display;
}

/** Money arrived for a ticket: the only way here that says `ticket://paid`. */
export function settle(
  till: FakeTill,
  id: number,
  channel: Channel,
  how: string,
  extra: Partial<TicketView> = {},
  reason = '',
): TicketView {
  const before = till.ticket(id);
  if (before.status === 'paid') fail('conflict', '这一单已经付过了');
  const at = till.now();
  const payment: PaymentView = { channel, amount_fen: before.due_fen, how, at, reason };
  const ticket = till.put({
    id,
    status: 'paid',
    paid_at: at,
    payments: [...before.payments, payment],
    codes: [],
    moves: ['refund'],
    proposed_item_id: null,
    ...extra,
  });
  till.today = { count: till.today.count + 1, sum: till.today.sum + ticket.due_fen };
  const here = ticket.program?.counter !== false;
  if (here) till.shown = id;
  till.emit({ event: 'ticket://paid', ticket });
  showDisplay(till);
  return ticket;
}

export function expire(till: FakeTill, id: number): TicketView {
  const ticket = till.put({
    id,
    status: 'expired',
    codes: [],
    expires_at: Math.min(till.ticket(id).expires_at ?? 0, till.now()),
    moves: ['ring_again', 'take_cash', 'confirm_by_hand'],
  });
  till.emit({ event: 'ticket://changed', ticket });
  showDisplay(till);
  return ticket;
}

function change(due: number, tendered: number | null): Partial<TicketView> {
  if (tendered === null) return {};
  if (tendered < due) fail('invalid', '收的钱比应付少');
  return { tendered_fen: tendered, change_fen: tendered - due };
}

export const selling: Handlers = {
  ring_up: (till, { sale }) => {
    const ticket = till.open(sale);
    till.cart = null;
    till.emit({ event: 'ticket://opened', ticket });
    showDisplay(till);
    return ticket;
  },
  price_sale: (till, { sale }) => till.price(sale),
  sell_cash: (till, { sale, tendered_fen }) => {
    const priced = till.price(sale);
    const number = till.nextNumber++;
    const now = till.now();
    const more = change(priced.price_fen, tendered_fen);
    till.tickets = [
      ...till.tickets,
      {
        ...blank(number, sale.lines),
        ...priced,
        due_fen: priced.price_fen,
        note: sale.note,
        opened_at: now,
        now,
      },
    ];
    return settle(till, number, 'cash', 'cash', more);
  },
  take_cash: (till, { ticket_id, tendered_fen }) => {
    const ticket = till.ticket(ticket_id);
    // Cash needs no tail to be recognised by: the customer pays the price.
    const price = ticket.due_fen + ticket.tail_fen;
    till.put({ id: ticket_id, due_fen: price, tail_fen: 0 });
    return settle(till, ticket_id, 'cash', 'cash', change(price, tendered_fen));
  },
  cancel: (till, { ticket_id }) => {
    if (till.ticket(ticket_id).status !== 'open') fail('conflict', NOT_OPEN);
    const ticket = till.put({
      id: ticket_id,
      status: 'cancelled',
      codes: [],
      moves: ['ring_again'],
      shown: false,
    });
    till.shown = null;
    till.emit({ event: 'ticket://changed', ticket });
    showDisplay(till);
    return ticket;
  },
  confirm_by_hand: (till, { ticket_id, channel, reason }) => {
    if (!reason.trim()) fail('invalid', '请写原因');
    return settle(till, ticket_id, channel, 'by_hand', { exception: 'by_hand' }, reason);
  },
  ring_again: (till, { ticket_id }) => {
    const { lines, note } = till.ticket(ticket_id);
    const ticket = till.open({ lines, discount: null, note });
    till.emit({ event: 'ticket://opened', ticket });
    showDisplay(till);
    return ticket;
  },
  show: (till, { ticket_id }) => {
    till.shown = ticket_id;
    till.tickets = till.tickets.map((t) => ({ ...t, shown: t.id === ticket_id }));
    if (ticket_id !== null) till.emit({ event: 'ticket://changed', ticket: till.put({ id: ticket_id }) });
    return showDisplay(till);
  },
  show_cart: (till, { sale }) => {
    till.cart = sale;
    return showDisplay(till);
  },
  ticket: (till, { ticket_id }) => till.put({ id: ticket_id }),
  waiting: (till) => till.tickets.filter((t) => t.status === 'open').map((t) => ({ ...t, now: till.now() })),
  tickets: (till, { status, limit }) =>
    till.tickets
      .filter((t) => status === null || t.status === status)
      .sort((a, b) => (b.paid_at ?? b.opened_at) - (a.paid_at ?? a.opened_at))
      .slice(0, limit),
  today: (till) => ({ business_date: '2026-11-20', count: till.today.count, sum_fen: till.today.sum }),
  park: (till, { sale }) => {
    const id = till.parked.length + 1;
    till.parked = [...till.parked, { id, at: till.now(), price_fen: till.price(sale).price_fen, sale }];
    till.emit({ event: 'settings://changed' });
    return till.parked;
  },
  parked: (till) => till.parked,
  unpark: (till, { parked_id }) => {
    const draft = till.parked.find((p) => p.id === parked_id) ?? fail('not_found', '这张挂单已经取走了');
    till.parked = till.parked.filter((p) => p.id !== parked_id);
    till.emit({ event: 'settings://changed' });
    return draft.sale;
  },
  items: (till) => till.items,
  save_items: (till, { items }) => {
    till.items = items;
    till.emit({ event: 'settings://changed' });
    return items;
  },
  practice_pay: (till, { ticket_id, how }) => {
    if (how === 'late') expire(till, ticket_id);
    setTimeout(() => {
      if (how === 'exact' || how === 'twice') settle(till, ticket_id, 'wechat', 'auto');
      else if (how === 'late') propose(till, ticket_id);
      else
        till.emit({
          event: 'inbox://changed',
          item_id: 90,
          reason: 'wrong_amount',
          amount_fen: 1500,
          channel: 'wechat',
          open: 3,
          alert: true,
        });
    }, 3000);
    return { in_ms: 3000 };
  },
};

/** Money that came after the end: it waits for one key. */
export function propose(till: FakeTill, id: number, after = 130_000): void {
  const ticket = till.ticket(id);
  const item = {
    id: 100 + id,
    reason: 'late' as const,
    state: 'open' as const,
    channel: 'wechat' as const,
    amount_fen: ticket.due_fen,
    received_at: (ticket.expires_at ?? till.now()) + after,
    phone_at: null,
    device_name: '柜台红米',
    package: 'com.tencent.mm',
    title: '微信收款助手',
    text: '微信支付收款',
    payer_note: null,
    rule: 'wechat-1',
    rules_version: 1,
    suggestions: [],
    mark: null,
    ticket_id: null,
    ticket_number: null,
    resolved_at: null,
    resolution: '',
    trail: [],
  };
  till.inbox = [item, ...till.inbox.filter((other) => other.id !== item.id)];
  till.emit({ event: 'ticket://changed', ticket: till.put({ id, proposed_item_id: item.id }) });
  till.emit({
    event: 'inbox://changed',
    item_id: item.id,
    reason: 'late',
    amount_fen: item.amount_fen,
    channel: 'wechat',
    open: 3,
    alert: true,
  });
}
