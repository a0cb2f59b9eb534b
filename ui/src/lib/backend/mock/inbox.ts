import type { Arrival, BulkAct, InboxItem, Mark, Trail } from '$lib/bindings';
import { item } from './rooms';
import { type Handlers, settle } from './selling';
import { fail, type FakeTill } from './till';

function find(till: FakeTill, id: number): InboxItem {
  return till.inbox.find((i) => i.id === id) ?? fail('not_found', '没有这一条');
}

export function closeItem(
  till: FakeTill,
  id: number,
  change: Partial<InboxItem>,
  act: string,
  facts: object,
): InboxItem {
  const before = find(till, id);
  if (before.state !== 'open') fail('conflict', '这一笔已经处理过了');
  const row: Trail = { at: till.now(), actor: 'till', act, detail: JSON.stringify(facts) };
  const item: InboxItem = {
    ...before,
    ...change,
    suggestions: [],
    resolved_at: till.now(),
    trail: [...before.trail, row],
  };
  till.inbox = till.inbox.map((i) => (i.id === id ? item : i));
  const open = till.inbox.filter((i) => i.state === 'open').length;
  till.health = { ...till.health, inbox_open: open };
  till.emit({
    event: 'inbox://changed',
    item_id: id,
    reason: null,
    amount_fen: null,
    channel: null,
    open,
    alert: false,
  });
  return item;
}

function mark(till: FakeTill, id: number, as: Mark, note: string): InboxItem {
  return closeItem(till, id, { state: 'ignored', mark: as, resolution: note }, 'inbox.marked', {
    mark: as,
    note,
  });
}

function ignore(till: FakeTill, id: number, reason: string): InboxItem {
  if (reason.trim() === '') fail('invalid', '要写理由');
  return closeItem(till, id, { state: 'ignored', resolution: reason }, 'inbox.ignored', { reason });
}

function one(till: FakeTill, id: number, act: BulkAct): void {
  const item = find(till, id);
  if (act.act === 'mark') mark(till, id, act.mark, act.note);
  else if (act.act === 'ignore') ignore(till, id, act.reason);
  else if (act.act === 'open_sale') inbox.open_sale?.(till, request('open_sale', id, { note: '' }));
  else {
    const sure = item.suggestions[0];
    if (!sure?.why.includes('only_one')) fail('conflict', '没有一张确定的单，请单独看一眼');
    inbox.accept?.(till, request('accept', id, { ticket_id: sure.ticket_id }));
  }
}

function request<V extends string, T extends object>(verb: V, item_id: number, rest: T) {
  return { verb, request_id: '', item_id, ...rest };
}

/** A busy day: eleven that wait, of which two surely belong to a ticket. */
export function fillMany(till: FakeTill): void {
  const amounts = [1500, 1200, 800, 3000, 650, 1999, 500, 8800, 1500, 260];
  till.inbox = amounts.map((amount_fen, i) => {
    const opened = i < 2 ? till.open(sale(amount_fen), 40_000) : null;
    return item(i + 1, {
      reason: opened ? 'wrong_amount' : i % 3 === 0 ? 'late' : 'unmatched',
      channel: i % 3 === 1 ? 'alipay' : 'wechat',
      amount_fen,
      received_at: till.now() - (i + 1) * 190_000,
      suggestions: opened
        ? [
            {
              ticket_id: opened.id,
              number: opened.number,
              tag: opened.tag,
              status: 'open',
              due_fen: opened.due_fen,
              price_fen: amount_fen,
              opened_at: opened.opened_at,
              delta_fen: amount_fen - opened.due_fen,
              delta_ms: 40_000,
              why: ['price_without_tail', 'only_one'],
            },
          ]
        : [],
    });
  });
  till.health = { ...till.health, inbox_open: till.inbox.length };
}

/** A customer who paid 15.00 where 14.98 was due, half a minute after the code was shown. */
export function missPayment(till: FakeTill, ticketId: number): void {
  const ticket = till.ticket(ticketId);
  till.inbox = [
    item(1, { reason: 'wrong_amount', amount_fen: 1500, received_at: ticket.opened_at + 31_000 }),
    item(2, { channel: 'alipay', amount_fen: 3000, received_at: ticket.opened_at - 900_000 }),
  ];
}

const sale = (fen: number) => ({
  lines: [{ name: '', price_fen: fen, count: 1 }],
  discount: null,
  note: '',
});

/** The inbox of the fake till. */
export const inbox: Handlers = {
  inbox: (till, { filter, limit }) => ({
    items: till.inbox
      .filter((i) => filter === 'all' || (i.state === 'open') === (filter === 'open'))
      .slice(0, limit)
      .map((i) => ({ ...i, trail: [] })),
    open: till.inbox.filter((i) => i.state === 'open').length,
    today_receipts: 57,
    today_auto: till.inbox.length === 0 ? 57 : 55,
  }),
  inbox_item: (till, { item_id }) => find(till, item_id),
  accept: (till, { item_id, ticket_id }) => {
    const item = find(till, item_id);
    const ticket = settle(till, ticket_id, item.channel ?? 'wechat', 'accepted', { exception: 'late' });
    closeItem(
      till,
      item_id,
      { state: 'accepted', ticket_id, ticket_number: ticket.number },
      'inbox.accepted',
      {},
    );
    return ticket;
  },
  open_sale: (till, { item_id, note }) => {
    const item = find(till, item_id);
    const amount = item.amount_fen ?? fail('invalid', '金额不明');
    const sale = { lines: [{ name: '', price_fen: amount, count: 1 }], discount: null, note };
    const opened = till.open(sale);
    const ticket = settle(till, opened.id, item.channel ?? 'wechat', 'accepted');
    closeItem(
      till,
      item_id,
      { state: 'accepted', ticket_id: ticket.id, ticket_number: ticket.number },
      'inbox.accepted',
      {},
    );
    return ticket;
  },
  ignore: (till, { item_id, reason }) => ignore(till, item_id, reason),
  mark_item: (till, { item_id, mark: as, note }) => mark(till, item_id, as, note),
  inbox_bulk: (till, { item_ids, act }) =>
    item_ids.map((item_id) => {
      try {
        one(till, item_id, act);
        return { item_id, done: true, message: '' };
      } catch (e) {
        return { item_id, done: false, message: (e as { message: string }).message };
      }
    }),
  not_received: (till, { ticket_id }) => {
    const ticket = till.ticket(ticket_id);
    const arrival = (change: Partial<Arrival>): Arrival => ({
      at: 0,
      channel: 'wechat',
      amount_fen: 0,
      ticket_number: null,
      item_id: null,
      reason: null,
      near: false,
      delta_fen: 0,
      delta_ms: 0,
      ...change,
    });
    const strays = till.inbox
      .filter((i) => i.state === 'open' && i.amount_fen !== null)
      .map((i) =>
        arrival({
          at: i.received_at,
          channel: i.channel ?? 'wechat',
          amount_fen: i.amount_fen ?? 0,
          item_id: i.id,
          reason: i.reason,
          near: Math.abs((i.amount_fen ?? 0) - ticket.due_fen) <= 50 && i.received_at > ticket.opened_at,
          delta_fen: (i.amount_fen ?? 0) - ticket.due_fen,
          delta_ms: i.received_at - ticket.opened_at,
        }),
      );
    const paid = till.tickets
      .filter((t) => t.status === 'paid' && t.payments.at(-1)?.channel !== 'cash')
      .map((t) =>
        arrival({
          at: t.paid_at ?? 0,
          channel: t.payments.at(-1)?.channel ?? 'wechat',
          amount_fen: t.due_fen,
          ticket_number: t.number,
        }),
      );
    const en = till.settings.lang === 'en';
    return {
      paid: ticket.status === 'paid',
      phone: till.health.phone ?? 'ok',
      phone_last_seen_at: till.health.phone_last_seen_at ?? null,
      usual_delay_ms: till.health.phone_delay_ms ?? null,
      arrivals: [...strays, ...paid].sort((a, b) => b.at - a.at).slice(0, 5),
      near: strays.filter((a) => a.near),
      line: en
        ? 'It has not arrived yet. Please look again whether the payment went through.'
        : '尚未到账，请您再看一下付款是否成功。',
    };
  },
};
