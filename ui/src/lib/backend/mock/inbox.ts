import type { InboxItem, Trail } from '$lib/bindings';
import { type Handlers, settle } from './selling';
import { fail, type FakeTill } from './till';

function find(till: FakeTill, id: number): InboxItem {
  return till.inbox.find((i) => i.id === id) ?? fail('not_found', '没有这一条');
}

function close(
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
    close(
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
    close(
      till,
      item_id,
      { state: 'accepted', ticket_id: ticket.id, ticket_number: ticket.number },
      'inbox.accepted',
      {},
    );
    return ticket;
  },
  ignore: (till, { item_id, reason }) => {
    if (reason.trim() === '') fail('invalid', '要写理由');
    return close(till, item_id, { state: 'ignored', resolution: reason }, 'inbox.ignored', { reason });
  },
};
