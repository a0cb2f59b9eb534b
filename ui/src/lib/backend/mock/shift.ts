import type { Denomination, Fen, RefundView, Report, ShiftView, TicketView, ZReport } from '$lib/bindings';
import { actor, takeApproval } from './people';
import { figures, line, oldReport, reportOf, TODAY, withCount } from './report';
import type { Handlers } from './selling';
import { paidTrade } from '$lib/trade/trade';
import { fail, type FakeTill } from './till';
import { refundTrade } from './trades';

const current = (till: FakeTill): ShiftView =>
  till.shift ? { ...till.shift, report: reportOf(till) } : fail('conflict', '现在没有开班');

function closeShift(till: FakeTill, counted: Denomination[] | null, note: string): ShiftView {
  const open = current(till);
  const closed: ShiftView = {
    ...open,
    closed_at: till.now(),
    closed_by: actor(till),
    note,
    report: withCount(open.report, counted),
  };
  till.shift = null;
  till.shifts = [closed, ...till.shifts];
  return closed;
}

const hash = (number: number): string =>
  Array.from({ length: 8 }, (_, i) =>
    ((number * 2654435761 + i * 40503 * number) >>> 0).toString(16).padStart(8, '0'),
  ).join('');

const sealedOf = (till: FakeTill, date: string): ZReport[] =>
  till.sealed.filter((z) => z.head.business_date === date);

/** Rows of a sealed day that no seal has yet. */
function later(till: FakeTill, z: ZReport): ZReport {
  const newest = sealedOf(till, z.head.business_date)[0];
  if (z.later > 0 || z.head.business_date !== TODAY || newest?.head.number !== z.head.number) return z;
  const since = reportOf(till, z.head.closed_at).figures;
  return { ...z, later: since.rows, later_fen: since.net_fen };
}

function dayReport(till: FakeTill, date: string): Report {
  const newest = sealedOf(till, date)[0];
  if (newest) return reportOf(till, newest.head.closed_at);
  if (date === TODAY) return till.dayReport ?? reportOf(till);
  const channels = [line('wechat', 21, 40_210, 0, 0), line('cash', 3, 4_350, 0, 0)];
  return {
    ...reportOf(till, till.now()),
    channels,
    figures: figures(channels, 44_590, 30),
    cash_sales_fen: 4_350,
    expected_cash_fen: 4_350,
    unmatched: 0,
    unmatched_fen: 0,
    waiting: 0,
  };
}

function giveBack(
  till: FakeTill,
  ticket: TicketView,
  refund: Omit<RefundView, 'id' | 'at' | 'business_date' | 'actor'>,
): TicketView {
  const paid = ticket.payments.reduce((n, p) => n + p.amount_fen, 0);
  const left = paid - ticket.refunded_fen;
  if (ticket.status !== 'paid') fail('conflict', '这一单没有收到钱');
  if (refund.amount_fen <= 0 || refund.amount_fen > left) fail('invalid', '退的钱比收的多');
  if (!refund.reason.trim()) fail('invalid', '请写原因');
  if (
    refund.kind === 'void' &&
    (refund.amount_fen !== paid || sealedOf(till, ticket.business_date).length > 0)
  )
    fail('conflict', '这一天已经封账，不能作废，请用退款');
  const row: RefundView = {
    ...refund,
    id: till.tickets.reduce((n, t) => n + t.refunds.length, 1),
    at: till.now(),
    business_date: TODAY,
    actor: actor(till),
  };
  const refunded = ticket.refunded_fen + refund.amount_fen;
  return till.put({
    id: ticket.id,
    refunds: [...ticket.refunds, row],
    refunded_fen: refunded,
    exception: refunded === paid ? 'refunded' : 'part_refunded',
    moves: refunded === paid ? [] : ['refund'],
  });
}

/** Shifts, days and refunds of the fake till. */
export const shift: Handlers = {
  shift: (till) => (till.shift ? current(till) : null),
  open_shift: (till, { float_fen }) => {
    if (till.shift) fail('conflict', '已经有人开班了，先交班');
    if (float_fen < 0) fail('invalid', '备用金不能小于 0');
    till.shift = openShift(till, float_fen, till.now());
    till.emit({ event: 'shift://changed' });
    return current(till);
  },
  move_cash: (till, { kind, amount_fen, reason }) => {
    const open = current(till);
    if (amount_fen <= 0) fail('invalid', '金额要大于 0');
    if (!reason.trim()) fail('invalid', '请写原因');
    if (kind === 'out' && amount_fen > open.report.expected_cash_fen) fail('invalid', '钱箱里没有这么多现金');
    const move = { id: open.moves.length + 1, kind, amount_fen, reason, at: till.now(), actor: actor(till) };
    till.shift = { ...open, moves: [...open.moves, move] };
    till.emit({ event: 'shift://changed' });
    return current(till);
  },
  close_shift: (till, { counted, note }) => {
    const closed = closeShift(till, counted, note);
    till.emit({ event: 'shift://changed' });
    return closed;
  },
  shifts: (till, { limit }) => [...(till.shift ? [current(till)] : []), ...till.shifts].slice(0, limit),
  day_report: (till, { business_date }) => {
    const date = business_date ?? TODAY;
    return {
      business_date: date,
      z_number: (till.sealed[0]?.head.number ?? 0) + 1,
      nth: sealedOf(till, date).length + 1,
      report: dayReport(till, date),
      shift_open: date === TODAY && till.shift !== null,
      unclosed: till.unclosed,
    };
  },
  close_day: (till, { business_date, counted, note }) => {
    const date = business_date ?? TODAY;
    const report = withCount(dayReport(till, date), counted);
    if (report.figures.rows === 0) fail('conflict', '没有要封的流水');
    const number = (till.sealed[0]?.head.number ?? 0) + 1;
    const z: ZReport = {
      head: {
        number,
        business_date: date,
        nth: sealedOf(till, date).length + 1,
        closed_at: till.now(),
        closed_by: actor(till),
        rows: report.figures.rows,
        sum_fen: report.figures.net_fen,
        hash: hash(number),
      },
      note,
      report,
      intact: true,
      later: 0,
      later_fen: 0,
    };
    if (date === TODAY && till.shift) closeShift(till, counted, note);
    till.sealed = [
      z,
      ...till.sealed.map((old) =>
        old.head.business_date === date ? { ...old, later: 0, later_fen: 0 } : old,
      ),
    ];
    till.unclosed = till.unclosed.filter((d) => d !== date);
    till.emit({ event: 'shift://changed' });
    return z;
  },
  z_reports: (till, { limit }) => till.sealed.slice(0, limit).map((z) => z.head),
  z_report: (till, { number }) =>
    later(till, till.sealed.find((z) => z.head.number === number) ?? fail('not_found', '没有这份日结')),
  refund: (till, { request_id, ticket_id, kind, channel, amount_fen, reference, reason }) => {
    const approved_by = takeApproval(till, request_id);
    const trade = paidTrade(till.ticket(ticket_id), channel);
    if (trade) return refundTrade(till, ticket_id, trade, amount_fen, kind, reason);
    const ticket = giveBack(till, till.ticket(ticket_id), {
      kind,
      channel,
      amount_fen,
      reference,
      reason,
      approved_by,
    });
    till.emit({ event: 'ticket://refunded', ticket });
    till.emit({ event: 'shift://changed' });
    return ticket;
  },
};

function openShift(till: FakeTill, float_fen: Fen, at: number): ShiftView {
  return {
    id: till.shifts.length + 10,
    business_date: TODAY,
    opened_at: at,
    opened_by: actor(till),
    closed_at: null,
    closed_by: '',
    note: '',
    report: { ...reportOf(till), float_fen },
    moves: [],
  };
}

/** The morning shift of the drawings: 200.00 in the drawer at 05:58, and a few shifts and days before it. */
export function fillDrawer(till: FakeTill): void {
  till.shift = openShift(till, 20_000, Date.UTC(2026, 10, 19, 21, 58));
  till.sealed = [
    ['2026-11-19', 117, 1, 98_740, 61],
    ['2026-11-18', 116, 2, -2600, 1],
    ['2026-11-18', 115, 1, 124_015, 70],
    ['2026-11-17', 114, 1, 87_330, 52],
  ].map(([date, number, nth, sum, rows]) =>
    oldZ(till, date as string, number as number, nth as number, sum as Fen, rows as number),
  );
  till.shifts = [0, 1, 2].map((i) => {
    const report = { ...oldReport(till, 98_740 - i * 11_410, 61), float_fen: 20_000 };
    const expected = 20_000 + report.cash_sales_fen;
    const gap = [0, -250, 1000][i] ?? 0;
    return {
      id: 3 - i,
      business_date: `2026-11-${19 - i}`,
      opened_at: Date.UTC(2026, 10, 18 - i, 21, 57),
      opened_by: actor(till),
      closed_at: Date.UTC(2026, 10, 19 - i, 6, 31),
      closed_by: actor(till),
      note: i === 1 ? (till.settings.lang === 'en' ? 'gave 2.50 too much change' : '找零多找了 2.50') : '',
      report: { ...report, expected_cash_fen: expected, counted_fen: expected + gap, difference_fen: gap },
      moves: [],
    };
  });
}

function oldZ(till: FakeTill, date: string, number: number, nth: number, sum: Fen, rows: number): ZReport {
  const bare = oldReport(till, sum, rows);
  const float = nth === 1 ? 20_000 : 0;
  const report: Report = {
    ...bare,
    float_fen: float,
    expected_cash_fen: bare.expected_cash_fen + float,
    ...(nth === 1 ? { counted: [], counted_fen: bare.expected_cash_fen + float, difference_fen: 0 } : {}),
  };
  return {
    head: {
      number,
      business_date: date,
      nth,
      closed_at: Date.parse(`${date}T13:40:00Z`),
      closed_by: actor(till),
      rows,
      sum_fen: report.figures.net_fen,
      hash: hash(number),
    },
    note: '',
    report,
    intact: true,
    later: 0,
    later_fen: 0,
  };
}
