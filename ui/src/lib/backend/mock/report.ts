import type { Channel, ChannelLine, Denomination, Fen, Figures, Report } from '$lib/bindings';
import type { FakeTill } from './till';

export const TODAY = '2026-11-20';
/** Payments of the drawings up to 14:02: channel, payments, received, refunds, refunded. */
const MORNING: ReadonlyArray<[Channel, number, Fen, number, Fen]> = [
  ['wechat', 33, 68_546, 1, 1200],
  ['alipay', 18, 35_912, 0, 0],
  ['cash', 6, 12_800, 0, 0],
];
/** Tickets from this number on were opened by whoever looks at the fake. */
const FIRST_LIVE = 41;

export function line(
  channel: Channel,
  payments: number,
  received: Fen,
  refunds: number,
  refunded: Fen,
): ChannelLine {
  const seen = channel === 'cash' ? 0 : payments;
  return {
    channel,
    payments,
    received_fen: received,
    refunds,
    refunded_fen: refunded,
    net_fen: received - refunded,
    with_notice: seen,
    by_hand: 0,
  };
}

export function figures(channels: readonly ChannelLine[], gross: Fen, tail: Fen): Figures {
  const sum = (of: (l: ChannelLine) => number): number => channels.reduce((n, l) => n + of(l), 0);
  const received = sum((l) => l.received_fen);
  const sales = sum((l) => l.payments);
  return {
    sales,
    rows: sales + sum((l) => l.refunds),
    received_fen: received,
    refunds: sum((l) => l.refunds),
    refunded_fen: sum((l) => l.refunded_fen),
    net_fen: sum((l) => l.net_fen),
    average_fen: sales === 0 ? 0 : Math.trunc((received + Math.trunc(sales / 2)) / sales),
    gross_fen: gross,
    discount_fen: 0,
    rounding_fen: 0,
    tail_fen: tail,
    auto: sum((l) => l.with_notice),
    auto_fen: channels.reduce((n, l) => n + (l.with_notice > 0 ? l.received_fen : 0), 0),
    by_hand: sum((l) => l.by_hand),
    by_hand_fen: 0,
  };
}

/** The day so far: the morning of the drawings, unless rows before `since` are left out, and what happened since. */
export function reportOf(till: FakeTill, since: number | null = null): Report {
  const lines = new Map<Channel, ChannelLine>();
  const at = (channel: Channel): ChannelLine => {
    const known = lines.get(channel) ?? line(channel, 0, 0, 0, 0);
    lines.set(channel, known);
    return known;
  };
  let gross = 0;
  let tail = 0;
  if (since === null) {
    for (const row of MORNING) lines.set(row[0], line(...row));
    gross = 117_300;
    tail = 42;
  }
  const after = since ?? 0;
  for (const ticket of till.tickets) {
    for (const payment of ticket.payments) {
      if (ticket.number < FIRST_LIVE || payment.at <= after) continue;
      const l = at(payment.channel);
      l.payments += 1;
      l.received_fen += payment.amount_fen;
      if (payment.how === 'by_hand') l.by_hand += 1;
      else if (payment.channel !== 'cash') l.with_notice += 1;
      gross += ticket.gross_fen;
      tail += ticket.tail_fen;
    }
    for (const refund of ticket.refunds) {
      if (refund.at <= after) continue;
      const l = at(refund.channel);
      l.refunds += 1;
      l.refunded_fen += refund.amount_fen;
    }
  }
  const channels = [...lines.values()].map((l) => ({ ...l, net_fen: l.received_fen - l.refunded_fen }));
  const cash = channels.find((l) => l.channel === 'cash');
  const moves = since === null ? (till.shift?.moves ?? []) : [];
  const moved = (kind: 'in' | 'out'): Fen =>
    moves.filter((m) => m.kind === kind).reduce((n, m) => n + m.amount_fen, 0);
  const float = since === null ? (till.shift?.report.float_fen ?? 0) : 0;
  const open = till.inbox.filter((i) => i.state === 'open' && i.amount_fen !== null);
  return {
    from_at: since ?? Date.UTC(2026, 10, 19, 20),
    to_at: till.now(),
    figures: figures(channels, gross, tail),
    channels,
    float_fen: float,
    cash_sales_fen: cash?.received_fen ?? 0,
    cash_refunds_fen: cash?.refunded_fen ?? 0,
    cash_in_fen: moved('in'),
    cash_out_fen: moved('out'),
    expected_cash_fen:
      float + (cash?.received_fen ?? 0) - (cash?.refunded_fen ?? 0) + moved('in') - moved('out'),
    counted: [],
    counted_fen: null,
    difference_fen: null,
    unmatched: open.length > 0 ? open.length : (till.health.inbox_open ?? 0),
    unmatched_fen:
      open.length > 0 ? open.reduce((n, i) => n + (i.amount_fen ?? 0), 0) : till.health.inbox_open ? 4500 : 0,
    waiting: till.tickets.filter((t) => t.status === 'open').length,
  };
}

export function withCount(report: Report, counted: Denomination[] | null): Report {
  if (counted === null) return report;
  const sum = counted.reduce((n, d) => n + d.face_fen * d.pieces, 0);
  return { ...report, counted, counted_fen: sum, difference_fen: sum - report.expected_cash_fen };
}

export function oldReport(till: FakeTill, sum: Fen, rows: number): Report {
  const cash = Math.trunc(sum / 10);
  const alipay = Math.trunc(sum / 3);
  const channels =
    sum < 0
      ? [line('wechat', 0, 0, rows, -sum)]
      : [
          line('wechat', rows - 24, sum - cash - alipay, 0, 0),
          line('alipay', 18, alipay, 0, 0),
          line('cash', 6, cash, 0, 0),
        ];
  const cashFen = sum < 0 ? 0 : cash;
  return {
    ...reportOf(till, till.now()),
    channels,
    figures: figures(channels, sum < 0 ? 0 : sum, 0),
    cash_sales_fen: cashFen,
    expected_cash_fen: cashFen,
    unmatched: 0,
    unmatched_fen: 0,
    waiting: 0,
  };
}
