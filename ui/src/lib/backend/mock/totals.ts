import type {
  Figures,
  ItemSlice,
  SaleFilter,
  SaleRow,
  Slice,
  Span,
  Step,
  TicketView,
  Timeline,
  Totals,
  ZHead,
} from '$lib/bindings';
import { sessionView, staffTheShop } from './people';
import { orderTimeline } from './programs';
import type { Handlers } from './selling';
import { fillDrawer } from './shift';
import type { Script } from './states';
import { type Fact, factsOf, fits, type Plan, plus, utc } from './takings';
import { blank, fail, type FakeTill } from './till';

const TODAY = '2026-11-20';
const plans = new WeakMap<FakeTill, Plan>();
const KEPT_DAYS = 60;

/** Figures are the owner's: a guarded till shows them for a while after the PIN. */
function uncovered(till: FakeTill): void {
  if (!sessionView(till).totals_open) fail('needs_approval', '先输入店主的 PIN', { reveal: true });
}

function planOf(till: FakeTill): Plan {
  let plan = plans.get(till);
  if (!plan) {
    const en = till.settings.lang === 'en';
    plan = { en, first: '2026-06-01', today: TODAY, perDay: 62, empty: false, closed: false };
    plans.set(till, plan);
  }
  return plan;
}

/** Facts of days looked at lately; a million rows are made again when they are looked at. */
const made = new WeakMap<Plan, Map<string, Fact[]>>();

function dayOf(plan: Plan, date: string): Fact[] {
  let days = made.get(plan);
  if (!days) made.set(plan, (days = new Map()));
  let facts = days.get(date);
  if (!facts) {
    facts = factsOf(date, plan);
    days.set(date, facts);
    if (days.size > KEPT_DAYS) {
      const oldest = days.keys().next().value;
      if (oldest !== undefined) days.delete(oldest);
    }
  }
  return facts;
}

export function range(span: Span): { from: string; to: string } {
  switch (span.span) {
    case 'today':
      return { from: TODAY, to: TODAY };
    case 'yesterday':
      return { from: plus(TODAY, -1), to: plus(TODAY, -1) };
    case 'week':
      return { from: plus(TODAY, -4), to: TODAY };
    case 'month':
      return { from: `${TODAY.slice(0, 8)}01`, to: TODAY };
    case 'custom':
      if (span.from > span.to) fail('invalid', '日期反了');
      return { from: span.from, to: span.to };
  }
}

const ZERO: Figures = {
  sales: 0,
  rows: 0,
  received_fen: 0,
  refunds: 0,
  refunded_fen: 0,
  net_fen: 0,
  average_fen: 0,
  gross_fen: 0,
  discount_fen: 0,
  rounding_fen: 0,
  tail_fen: 0,
  auto: 0,
  auto_fen: 0,
  by_hand: 0,
  by_hand_fen: 0,
};

const SLICED = ['day', 'hour', 'weekday', 'channel', 'staff', 'booked'] as const;

class Sum {
  readonly figures = { ...ZERO };
  readonly slices = Object.fromEntries(SLICED.map((by) => [by, new Map<string, Slice>()])) as Record<
    (typeof SLICED)[number],
    Map<string, Slice>
  >;
  readonly items = new Map<string, ItemSlice>();
  after = 0;
  afterFen = 0;

  add(fact: Fact): void {
    const f = this.figures;
    f.rows += 1;
    f.net_fen += fact.net_fen;
    if (fact.kind === 'sale') {
      f.sales += 1;
      f.received_fen += fact.net_fen;
      if (fact.booked === 'auto') [f.auto, f.auto_fen] = [f.auto + 1, f.auto_fen + fact.net_fen];
      if (fact.booked === 'by_hand')
        [f.by_hand, f.by_hand_fen] = [f.by_hand + 1, f.by_hand_fen + fact.net_fen];
    } else {
      f.refunds += 1;
      f.refunded_fen -= fact.net_fen;
    }
    f.gross_fen += fact.gross_fen;
    f.discount_fen += fact.discount_fen;
    f.rounding_fen += fact.rounding_fen;
    f.tail_fen += fact.tail_fen;
    if (fact.after_close) {
      this.after += 1;
      this.afterFen += fact.net_fen;
    }
    this.#slice('day', fact.business_date, '', fact);
    this.#slice('hour', String(fact.hour), '', fact);
    this.#slice('weekday', String(fact.weekday), '', fact);
    this.#slice('channel', fact.channel, '', fact);
    this.#slice('staff', String(fact.staff_id), fact.staff, fact);
    this.#slice('booked', fact.booked, '', fact);
    for (const item of fact.items) {
      const slice = this.items.get(item.name) ?? { name: item.name, pieces: 0, gross_fen: 0 };
      slice.pieces += item.count;
      slice.gross_fen += item.count * item.price_fen;
      this.items.set(item.name, slice);
    }
  }

  #slice(by: (typeof SLICED)[number], key: string, name: string, fact: Fact): void {
    const slices = this.slices[by];
    const slice = slices.get(key) ?? { key, name, rows: 0, received_fen: 0, refunded_fen: 0, net_fen: 0 };
    slice.rows += 1;
    if (fact.kind === 'sale') slice.received_fen += fact.net_fen;
    else slice.refunded_fen -= fact.net_fen;
    slice.net_fen += fact.net_fen;
    slices.set(key, slice);
  }
}

function sum(plan: Plan, from: string, to: string, filter: SaleFilter, until = Infinity): Sum {
  const total = new Sum();
  for (let date = from; date <= to; date = plus(date, 1))
    for (const fact of dayOf(plan, date)) if (fact.at <= until && fits(fact, filter)) total.add(fact);
  const f = total.figures;
  f.average_fen = f.sales === 0 ? 0 : Math.floor((2 * f.received_fen + f.sales) / (2 * f.sales));
  return total;
}

/** Z reports of days before today, and of today when it is closed. */
function closedDays(plan: Plan, from: string, to: string): ZHead[] {
  const heads: ZHead[] = [];
  const last = plan.closed ? plan.today : plus(plan.today, -1);
  for (let date = to < last ? to : last; date >= from && date >= plan.first; date = plus(date, -1)) {
    if (plan.empty) break;
    const facts = dayOf(plan, date).filter((fact) => !fact.after_close);
    heads.push({
      number: 118 - Math.round((utc(TODAY) - utc(date)) / 86_400_000),
      business_date: date,
      nth: 1,
      closed_at: utc(date) + 6.5 * 3_600_000,
      closed_by: plan.en ? 'Owner' : '店主',
      rows: facts.length,
      sum_fen: facts.reduce((total, fact) => total + fact.net_fen, 0),
      hash: 'a'.repeat(64),
    });
  }
  return heads;
}

function totals(till: FakeTill, span: Span, filter: SaleFilter): Totals {
  uncovered(till);
  const plan = planOf(till);
  const { from, to } = range(span);
  const now = sum(plan, from, to, filter);
  const one = from === to;
  const length = Math.round((utc(to) - utc(from)) / 86_400_000) + 1;
  const before_from = plus(from, one ? -7 : -length);
  const before_to = one ? before_from : plus(from, -1);
  const same = to === TODAY && one ? till.now() - 7 * 86_400_000 : Infinity;
  const was = sum(plan, before_from, before_to, filter, same).figures;
  const list = (by: (typeof SLICED)[number]): Slice[] => [...now.slices[by].values()];
  const waiting = to === TODAY && !plan.empty && filter.kind === null;
  return {
    from,
    to,
    today: TODAY,
    time_zone: till.settings.time_zone,
    day_starts_at: till.settings.day_starts_at,
    figures: now.figures,
    before_from,
    before_to,
    before: was.rows > 0 ? was : null,
    by_day: list('day'),
    by_hour: list('hour'),
    by_weekday: list('weekday'),
    by_channel: list('channel'),
    by_staff: list('staff'),
    by_booked: list('booked'),
    by_item: [...now.items.values()].sort((a, b) => b.gross_fen - a.gross_fen).slice(0, 200),
    unmatched: waiting ? 2 : 0,
    unmatched_fen: waiting ? 4500 : 0,
    closed: closedDays(plan, from, to),
    after_close: now.after,
    after_close_fen: now.afterFen,
  };
}

function plain(fact: Fact): SaleRow {
  const { hour: _h, weekday: _w, staff_id: _s, booked: _b, items: _i, tendered_fen: _t, ...row } = fact;
  return row;
}

function find(till: FakeTill, text: string, limit: number): SaleRow[] {
  uncovered(till);
  const plan = planOf(till);
  const number = /^#0*(\d+)$/.exec(text)?.[1];
  const fen = /^\d+(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : null;
  const found: SaleRow[] = [];
  for (let date = plan.today; date >= plus(plan.today, -30) && found.length < limit; date = plus(date, -1))
    for (const fact of dayOf(plan, date)) {
      const hit =
        number !== undefined
          ? fact.number === Number(number)
          : fen !== null
            ? Math.abs(fact.net_fen) === fen || fact.gross_fen === fen
            : fact.note.includes(text) || fact.items.some((item) => item.name.includes(text));
      if (hit && found.length < limit) found.push(plain(fact));
    }
  return found;
}

function ticketOf(till: FakeTill, fact: Fact, refund: Fact | undefined): TicketView {
  const opened = fact.at - (fact.took_ms ?? 0);
  return {
    ...blank(
      fact.number,
      fact.items.map((item) => ({ ...item })),
    ),
    id: fact.ticket_id,
    business_date: fact.business_date,
    tag: fact.tag,
    status: 'paid',
    exception: refund ? 'part_refunded' : fact.late ? 'late' : 'none',
    gross_fen: fact.gross_fen,
    tail_fen: fact.tail_fen,
    due_fen: fact.net_fen,
    opened_at: opened,
    now: till.now(),
    paid_at: fact.at,
    payments: [{ channel: fact.channel, amount_fen: fact.net_fen, how: fact.how, at: fact.at, reason: '' }],
    refunded_fen: refund ? -refund.net_fen : 0,
    tendered_fen: fact.tendered_fen,
    change_fen: fact.tendered_fen === null ? null : fact.tendered_fen - fact.net_fen,
    moves: ['refund'],
  };
}

function timeline(till: FakeTill, id: number): Timeline {
  const order = orderTimeline(till, id);
  if (order) return order;
  const plan = planOf(till);
  const date = new Date(Math.floor(id / 10_000) * 86_400_000).toISOString().slice(0, 10);
  const facts = id < 10_000_000 ? [] : dayOf(plan, date).filter((fact) => fact.ticket_id === id);
  const sale = facts.find((fact) => fact.kind === 'sale');
  const refund = facts.find((fact) => fact.kind === 'refund');
  if (!sale) {
    const ticket = till.ticket(id);
    return { ticket, steps: [{ what: 'opened', at: ticket.opened_at, actor: '', detail: '' }] };
  }
  // The till knows it from now on, so that it can be refunded.
  if (!till.tickets.some((ticket) => ticket.id === id))
    till.tickets = [...till.tickets, ticketOf(till, sale, refund)];
  const ticket = till.ticket(id);
  const t = (zh: string, en: string): string => (plan.en ? en : zh);
  const phone = t('柜台红米', 'Counter phone');
  const step = (what: string, at: number, actor = '', detail = ''): Step => ({ what, at, actor, detail });
  const provider = (at: number): Step[] => [
    step('provider', ticket.opened_at + 310, t('支付宝', 'Alipay'), t('生成了收款码', 'made a code')),
    step('provider', at - 9, t('支付宝', 'Alipay'), t('已付款', 'paid')),
  ];
  const steps =
    sale.channel === 'cash'
      ? [step('opened', sale.at - 4200, sale.staff), step('paid', sale.at, sale.staff)]
      : [
          step('opened', ticket.opened_at, sale.staff),
          step('shown', ticket.opened_at + 38),
          ...(sale.channel === 'alipay' ? provider(sale.at) : [step('received', sale.at - 9, phone)]),
          step('matched', sale.at - 2, sale.how === 'auto' ? '' : sale.staff),
          step('paid', sale.at),
          step('announced', sale.at + 61),
        ];
  if (refund) steps.push(step('refunded', refund.at, refund.staff, refund.note));
  return { ticket, steps };
}

/** The owner's totals of the fake till. */
export const totalsRoom: Handlers = {
  totals: (till, { span, filter }) => totals(till, span, filter),
  sales_index: (till, { span, filter }) => {
    uncovered(till);
    const plan = planOf(till);
    const { from, to } = range(span);
    const all = sum(plan, from, to, filter);
    const days = [...all.slices.day.values()]
      .map((day) => ({ date: day.key, rows: day.rows, net_fen: day.net_fen }))
      .sort((a, b) => (a.date < b.date ? 1 : -1));
    const { rows, net_fen, gross_fen, discount_fen, rounding_fen, tail_fen, received_fen, refunded_fen } =
      all.figures;
    return {
      days,
      rows,
      net_fen,
      gross_fen,
      discount_fen,
      rounding_fen,
      tail_fen,
      received_fen,
      refunded_fen,
    };
  },
  sales_rows: (till, { date, filter, offset, limit }) => {
    uncovered(till);
    return dayOf(planOf(till), date)
      .filter((fact) => fits(fact, filter))
      .slice(offset, offset + limit)
      .map(plain);
  },
  search_sales: (till, { text, limit }) => find(till, text.trim(), limit),
  timeline: (till, { ticket_id }) => timeline(till, ticket_id),
};

/** Rows of a range, for the fake export. */
export function countRows(till: FakeTill, span: Span, filter: SaleFilter): { rows: number; net_fen: number } {
  const { from, to } = range(span);
  const { rows, net_fen } = sum(planOf(till), from, to, filter).figures;
  return { rows, net_fen };
}

/** Prepares a state of the totals screen. Returns keys to press. */
export function prepareTotals(till: FakeTill, state: string): Script {
  const plan = planOf(till);
  plans.set(till, {
    ...plan,
    empty: state === 'empty',
    closed: state === 'closed',
    ...(state === 'million' ? { first: '2023-11-21', perDay: 880 } : {}),
  });
  if (state !== 'empty') fillDrawer(till);
  till.health = { ...till.health, inbox_open: state === 'empty' ? 0 : 2 };
  const open = ['click:nav-totals', 'wait', 'click:show-figures', 'wait', 'wait'];
  switch (state) {
    case 'covered':
      return ['click:nav-totals'];
    case 'pin':
      staffTheShop(till, 'owner');
      return ['click:nav-totals'];
    case 'month':
      return [...open, 'click:seg-month'];
    case 'week':
      return [...open, 'click:seg-week'];
    case 'million':
      return [...open, 'click:seg-custom', 'type:from=2023-11-21', 'type:to=2026-11-20', 'click:custom-go'];
    case 'table':
      return [...open, 'wait', 'click:chart-table-toggle'];
    case 'narrowed':
      return [...open, 'wait', 'click:channel-wechat', 'wait', 'click:kpi-auto'];
    case 'tall':
      return [...open, 'wait', 'wait', 'click:taller'];
    case 'search':
      return [...open, 'wait', 'type:totals-search=豆浆'];
    case 'drawer':
      return [...open, 'wait', 'wait', 'click:sale-0'];
    case 'provider':
      return [...open, 'wait', 'wait', 'click:sale-2'];
    case 'export':
      return [...open, 'click:export', 'wait', 'click:export-days'];
    case 'exported':
      return [...open, 'click:export', 'wait', 'click:export-sales', 'wait', 'click:export-go'];
    case 'exports':
      return [...open, 'click:export', 'wait', 'click:export-log'];
    case 'close':
      return [...open, 'click:close-day'];
    default:
      return open;
  }
}
