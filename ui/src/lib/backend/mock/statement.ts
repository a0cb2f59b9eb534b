import type { CheckLine, CheckOutcome, CheckSum, StatementCheck, StatementHead } from '$lib/bindings';
import { type Handlers, settle } from './selling';
import { fail, type FakeTill } from './till';

/** A statement of the fake till: its head and lines; sums and order are made anew each time it is asked for. */
export interface FakeStatement {
  head: StatementHead;
  lines: CheckLine[];
  declared: StatementCheck['declared'];
  warnings: string[];
}

interface Desk {
  statements: FakeStatement[];
  /** What a file with this name opens with. */
  passwords: Map<string, string>;
}

const kept = new WeakMap<FakeTill, Desk>();

export function deskOf(till: FakeTill): Desk {
  let desk = kept.get(till);
  if (!desk) {
    desk = { statements: [], passwords: new Map() };
    kept.set(till, desk);
  }
  return desk;
}

const RANK: readonly CheckOutcome[] = [
  'missing_in_statement',
  'missing_in_till',
  'amount_differs',
  'ambiguous',
  'refund_missing_in_till',
  'refund_missing_in_statement',
  'maybe',
  'settled',
  'fee',
  'neither',
  'matched',
];

function check(statement: FakeStatement, limit: number): StatementCheck {
  const sums = new Map<CheckOutcome, CheckSum>();
  for (const line of statement.lines) {
    const sum = sums.get(line.outcome) ?? { outcome: line.outcome, lines: 0, sum_fen: 0 };
    sums.set(line.outcome, {
      ...sum,
      lines: sum.lines + 1,
      sum_fen: sum.sum_fen + (line.line_fen ?? line.ticket_fen ?? 0),
    });
  }
  return {
    head: statement.head,
    sums: [...sums.values()],
    lines: statement.lines
      .toSorted((a, b) => RANK.indexOf(a.outcome) - RANK.indexOf(b.outcome))
      .slice(0, limit),
    declared: statement.declared,
    warnings: statement.warnings,
    fees_fen: statement.lines.reduce((sum, line) => sum + (line.fee_fen ?? 0), 0),
  };
}

function find(till: FakeTill, id: number): FakeStatement {
  return deskOf(till).statements.find((s) => s.head.id === id) ?? fail('not_found', '没有这份账单');
}

function ofLine(till: FakeTill, id: number): [FakeStatement, CheckLine] {
  for (const statement of deskOf(till).statements) {
    const line = statement.lines.find((l) => l.line_id === id);
    if (line) return [statement, line];
  }
  return fail('not_found', '账单里没有这一行');
}

function change(statement: FakeStatement, line: CheckLine, next: Partial<CheckLine>): StatementCheck {
  statement.lines = statement.lines.map((l) => (l === line ? { ...l, ...next } : l));
  return check(statement, 200);
}

/** Statements of the fake till. */
export const statementRoom: Handlers = {
  statements: (till, { limit }) =>
    deskOf(till)
      .statements.map((s) => s.head)
      .slice(0, limit),
  statement: (till, { statement_id, limit }) => check(find(till, statement_id), limit),
  import_statement: (till, { file, password }) => {
    const desk = deskOf(till);
    const right = desk.passwords.get(file);
    if (right !== undefined && password !== right)
      fail('needs_password', password ? '密码不对' : '压缩包有密码', { wrong: password !== null });
    if (!/\.(csv|xlsx|zip|txt)$/i.test(file)) fail('invalid', '这是 PDF 证明，不能核对。请选“用于个人对账”');
    const known = desk.statements.find((s) => s.head.file === file);
    if (known) {
      known.head = { ...known.head, new_lines: 0 };
      return check(known, 200);
    }
    const statement = wechatBill(till, Math.max(0, ...desk.statements.map((s) => s.head.id)) + 1, file);
    desk.statements = [statement, ...desk.statements];
    return check(statement, 200);
  },
  attach_line: (till, { line_id, ticket_id }) => {
    const [statement, line] = ofLine(till, line_id);
    if (line.ticket_id !== null && line.outcome !== 'amount_differs')
      fail('conflict', '这一行已经对上别的单了');
    const before = till.ticket(ticket_id);
    const ticket =
      before.status === 'paid'
        ? before
        : settle(till, ticket_id, 'wechat', 'accepted', { exception: 'late' });
    return change(statement, line, {
      outcome: 'matched',
      ticket_id,
      ticket_number: ticket.number,
      ticket_at: ticket.paid_at,
      ticket_fen: ticket.due_fen,
      candidates: [],
      resolution: '已用这条记录补记付款',
    });
  },
  open_line: (till, { line_id, note }) => {
    const [statement, line] = ofLine(till, line_id);
    if (line.ticket_id !== null) fail('conflict', '这一行已经有单了');
    const fen = line.line_fen ?? fail('invalid', '金额不明');
    const opened = till.open({
      lines: [{ name: '', price_fen: fen, count: 1 }],
      discount: null,
      note,
    });
    const ticket = settle(till, opened.id, 'wechat', 'accepted');
    return change(statement, line, {
      outcome: 'matched',
      ticket_id: ticket.id,
      ticket_number: ticket.number,
      ticket_at: ticket.paid_at,
      ticket_fen: fen,
      resolution: '已用这条记录补开一单',
    });
  },
  settle_line: (till, { statement_id, line_id, ticket_id, reason }) => {
    if (reason.trim() === '') fail('invalid', '要写理由');
    const statement = find(till, statement_id);
    const line =
      statement.lines.find((l) =>
        line_id === null ? l.line_id === null && l.ticket_id === ticket_id : l.line_id === line_id,
      ) ?? fail('not_found', '账单里没有这一行');
    return change(statement, line, { outcome: 'settled', resolution: reason });
  },
};

function at(day: number, clock: string): number {
  const [h = '0', m = '0', s = '0'] = clock.split(':');
  return Date.UTC(2026, 10, day, Number(h) - 8, Number(m), Number(s));
}

export function checkLine(outcome: CheckOutcome, change: Partial<CheckLine>): CheckLine {
  return {
    outcome,
    line_id: null,
    line_at: null,
    line_fen: null,
    line_type: '',
    line_status: '',
    counterparty: '',
    note: '',
    channel_id: '',
    order_no: '',
    fee_fen: null,
    ticket_id: null,
    ticket_number: null,
    ticket_date: '',
    ticket_at: null,
    ticket_fen: null,
    candidates: [],
    resolution: '',
    ...change,
  };
}

const paid = (id: number, clock: string, fen: number, more: Partial<CheckLine> = {}): Partial<CheckLine> => ({
  line_id: id,
  line_at: at(20, clock),
  line_fen: fen,
  line_type: '二维码收款',
  line_status: '已收钱',
  counterparty: '张*',
  note: '/',
  channel_id: `10000500012026112000${id}7781234567`,
  ...more,
});

const booked = (number: number, clock: string, fen: number): Partial<CheckLine> => ({
  ticket_id: number,
  ticket_number: number,
  ticket_date: '2026-11-20',
  ticket_at: at(20, clock),
  ticket_fen: fen,
});

function matches(from: number): CheckLine[] {
  const prices = [1200, 798, 2650, 500, 800, 1547, 300, 1998, 650, 1150];
  return Array.from({ length: 51 }, (_, i) => {
    const fen = prices[i % prices.length] ?? 1000;
    const clock = `${String(7 + Math.floor(i / 8)).padStart(2, '0')}:${String((i * 7) % 60).padStart(2, '0')}:${String((i * 13) % 60).padStart(2, '0')}`;
    return checkLine('matched', { ...paid(from + i, clock, fen), ...booked(100 + i, clock, fen) });
  });
}

/** The day's WeChat bill with one of every difference. */
export function wechatBill(till: FakeTill, id: number, file: string): FakeStatement {
  const en = till.settings.lang === 'en';
  const lines = [
    checkLine('missing_in_statement', booked(33, '13:22:10', 300)),
    checkLine('missing_in_till', {
      ...paid(1, '12:47:50', 3000, { counterparty: '李**', note: '转账备注:两份牛肉面' }),
      candidates: till.tickets.filter((t) => t.status === 'expired').map((t) => t.id),
    }),
    checkLine('missing_in_till', paid(2, '09:15:22', 20_000, { counterparty: '王*' })),
    checkLine('amount_differs', { ...paid(3, '13:30:04', 850), ...booked(35, '13:30:01', 800) }),
    checkLine('ambiguous', { ...paid(4, '11:02:41', 1200), candidates: [40, 34] }),
    checkLine('refund_missing_in_till', {
      ...paid(5, '13:44:00', 650, { line_type: '二维码收款-退款', line_status: '已全额退款' }),
      ...booked(36, '13:32:00', 500),
    }),
    checkLine('maybe', {
      ...paid(6, '10:20:09', 2650, { line_type: '微信红包', counterparty: '陈*' }),
      ...booked(37, '10:19:58', 2650),
    }),
    checkLine('settled', {
      ...paid(7, '08:01:00', 10_000, { line_type: '转账' }),
      resolution: en ? 'Private money' : '私人的钱',
    }),
    checkLine('fee', {
      ...paid(8, '21:00:00', 120, { line_type: '零钱提现', line_status: '提现已到账' }),
      fee_fen: 120,
    }),
    checkLine('neither', paid(9, '18:12:00', 4500, { line_type: '商户消费', line_status: '支付成功' })),
    ...matches(20),
  ];
  return {
    head: {
      id,
      file,
      format: 'wechat_personal',
      channel: 'wechat',
      account: '巷口**',
      from_at: at(20, '00:00:00'),
      to_at: at(20, '23:59:59'),
      exported_at: at(20, '14:00:30'),
      imported_at: till.now(),
      lines: lines.filter((line) => line.line_id !== null).length,
      new_lines: lines.filter((line) => line.line_id !== null).length,
    },
    lines,
    declared: [
      {
        name: en ? 'Income' : '收入',
        declared: en ? '57, 1,012.45' : '57 笔 1,012.45 元',
        counted: en ? '57, 1,012.45' : '57 笔 1,012.45 元',
        agrees: true,
      },
      {
        name: en ? 'Money out' : '支出',
        declared: en ? '2, 46.20' : '2 笔 46.20 元',
        counted: en ? '1, 45.00' : '1 笔 45.00 元',
        agrees: false,
      },
    ],
    warnings: [
      en
        ? 'The file was made at 14:00, before its range was over; later payments are not in it. Export it again afterwards'
        : '文件是 14:00 导出的，那时这段时间还没结束，之后的付款不在里面。过后请再导出一次',
    ],
  };
}

/** Statements read before, the newest with one of everything; `clean`: where all agree. */
export function fillStatements(till: FakeTill, clean = false): void {
  const desk = deskOf(till);
  const name = '微信支付账单流水文件(20261120-20261120)——【解压密码可在微信支付公众号查看】.csv';
  const newest = wechatBill(till, 3, name);
  if (clean) {
    newest.lines = newest.lines.filter((l) => l.outcome === 'matched' || l.outcome === 'fee');
    newest.warnings = [];
    newest.declared = newest.declared.slice(0, 1);
  }
  const older = (id: number, head: Partial<StatementHead>): FakeStatement => {
    const lines = matches(id * 1000);
    return {
      head: { ...newest.head, id, lines: lines.length, new_lines: lines.length, ...head },
      lines,
      declared: [],
      warnings: [],
    };
  };
  desk.statements = [
    newest,
    older(2, {
      file: 'alipay_record_20261119_204512.csv',
      format: 'alipay_app',
      channel: 'alipay',
      from_at: at(1, '00:00:00'),
      to_at: at(19, '23:59:59'),
      exported_at: at(19, '20:45:12'),
    }),
    older(1, {
      file: 'INN26110188ZM_898310058124501',
      format: 'unionpay_zm',
      channel: 'unionpay',
      from_at: at(1, '00:00:00'),
      to_at: at(1, '23:59:59'),
      new_lines: 0,
      exported_at: null,
    }),
  ];
  desk.passwords.set('微信支付账单(20261101-20261119).zip', '492718');
}
