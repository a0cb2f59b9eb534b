import type {
  AccountView,
  DeviceView,
  DisplayState,
  Health,
  InboxItem,
  Line,
  OfferedCode,
  OrderView,
  Parked,
  Priced,
  ProgramView,
  QuickItem,
  RefundStage,
  Refusal,
  Report,
  Sale,
  SecretPlace,
  Settings,
  ShiftView,
  StaffView,
  Tag,
  TicketView,
  TradeView,
  ZReport,
} from '$lib/bindings';
import type { ApiError, TillEvent } from '../types';
import { ALIPAY_CODE, WECHAT_CODE } from './drawings';

/** 14:02 in Shanghai on the day of the drawings. */
const START = Date.UTC(2026, 10, 20, 6, 2, 0);
const TAGS: readonly Tag[] = ['fox', 'panda', 'rabbit', 'whale'];

export function fail(code: ApiError['code'], message: string, details?: Record<string, unknown>): never {
  const error: ApiError = { code, message };
  if (details) error.details = details;
  throw error;
}

/** Everything a fake till remembers. Other parts of the fake (inbox, settings) keep their own lists here too. */
export class FakeTill {
  readonly #t0 = performance.now();
  settings: Settings;
  tickets: TicketView[] = [];
  items: QuickItem[] = [];
  parked: Parked[] = [];
  inbox: InboxItem[] = [];
  accounts: AccountView[] = [];
  devices: DeviceView[] = [];
  refused: Refusal[] = [];
  /** Pairing steps that came true, by device. */
  checks = new Map<number, Set<string>>();
  /** Amounts that are taken without a visible ticket, so that tails look as in the drawings. */
  taken = new Set<number>();
  today = { count: 57, sum: 128_450 };
  health: Partial<Health> = {};
  people: StaffView[] = [];
  /** PINs in the clear, by person: it is a fake. */
  pins = new Map<number, string>();
  /** Wrong PINs in a row, by person. */
  tries = new Map<number, number>();
  /** Who is signed in; nobody on a guarded till is a locked till. */
  signedIn: number | null = null;
  totalsOpen = false;
  /** Who approved a request, by its id. */
  approvals = new Map<string, number>();
  shift: ShiftView | null = null;
  /** Closed shifts, newest first. */
  shifts: ShiftView[] = [];
  /** The figures of the day so far, without the drawer's count. */
  dayReport: Report | null = null;
  /** Z reports, newest first. */
  sealed: ZReport[] = [];
  unclosed: string[] = [];
  cart: Sale | null = null;
  shown: number | null = null;
  programs: ProgramView[] = [];
  /** Orders of programs, newest first. */
  orders: OrderView[] = [];
  /** Trades that brought an inbox item's money, by item. */
  itemTrades = new Map<number, TradeView>();
  /** How far a refund through a provider gets. */
  refundGoes: RefundStage = 'done';
  secretPlace: SecretPlace = 'keychain';
  /** Answers by request id: doing it twice does it once. */
  done = new Map<string, unknown>();
  listeners = new Set<(event: TillEvent) => void>();
  displays = new Set<(state: DisplayState | null, connected: boolean) => void>();
  displayOverride: DisplayState | null = null;
  displayConnected = true;
  nextNumber = 41;
  /** Artificial wait before an answer, ms. */
  delay = 0;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  now(): number {
    return Math.round(START + performance.now() - this.#t0);
  }

  emit(event: TillEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  ticket(id: number): TicketView {
    return this.tickets.find((t) => t.id === id) ?? fail('not_found', '没有这一单');
  }

  /** Stores a changed ticket and returns it as seen now. */
  put(change: Partial<TicketView> & { id: number }): TicketView {
    const next = { ...this.ticket(change.id), ...change, now: this.now() };
    this.tickets = this.tickets.map((t) => (t.id === next.id ? next : t));
    return next;
  }

  codes(): OfferedCode[] {
    return this.accounts
      .filter((a) => a.enabled && a.codes.length > 0)
      .map((a) => ({
        account_id: a.id,
        channel: a.channel,
        label: a.label,
        payload: a.codes[0]?.payload ?? '',
        fixed_amount: false,
        drawing: a.codes[0]?.drawing ?? WECHAT_CODE,
      }));
  }

  price(sale: Sale): Priced {
    const gross = sale.lines.reduce((sum, line) => sum + line.price_fen * line.count, 0);
    const off = sale.discount;
    const discount =
      off === null ? 0 : 'fen' in off ? off.fen : Math.trunc((gross * off.basis_points + 5000) / 10_000);
    const net = gross - discount;
    const step = { none: 1, jiao: 10, yuan: 100, nearest_jiao: 10 }[this.settings.rounding];
    const rounding = this.settings.rounding === 'nearest_jiao' ? ((net + 5) % 10) - 5 : net % step;
    return { gross_fen: gross, discount_fen: discount, rounding_fen: rounding, price_fen: net - rounding };
  }

  /** The nearest free amount at or below the price. */
  due(price: number): number {
    const busy = new Set([
      ...this.taken,
      ...this.tickets.filter((t) => t.status === 'open').map((t) => t.due_fen),
    ]);
    for (let due = price; due > price - 50 && due > 0; due -= 1) if (!busy.has(due)) return due;
    return fail('pool_exhausted', '这个价位附近的金额都被占用了，先取消一单或在设置里放宽范围', {
      waiting: busy.size,
    });
  }

  open(sale: Sale, age = 0): TicketView {
    const priced = this.price(sale);
    if (priced.price_fen <= 0) fail('invalid', '金额要大于 0');
    const codes = this.codes();
    if (codes.length === 0) fail('no_code', '还没有收款码');
    const due = this.due(priced.price_fen);
    const now = this.now();
    const number = this.nextNumber++;
    const ticket: TicketView = {
      ...blank(number, sale.lines),
      id: number,
      tag: TAGS[(number - 41) % 4] ?? 'fox',
      note: sale.note,
      ...priced,
      tail_fen: priced.price_fen - due,
      due_fen: due,
      opened_at: now - age,
      expires_at: now - age + this.settings.ticket_ttl_ms,
      now,
      codes,
      shown: true,
      moves: ['cancel', 'take_cash', 'confirm_by_hand'],
    };
    this.tickets = [...this.tickets.map((t) => (t.shown ? { ...t, shown: false } : t)), ticket];
    this.shown = ticket.id;
    return ticket;
  }
}

/** A ticket with nothing in it. */
export function blank(number: number, lines: Line[]): TicketView {
  return {
    id: number,
    number,
    business_date: '2026-11-20',
    tag: 'fox',
    status: 'open',
    exception: 'none',
    lines,
    note: '',
    gross_fen: 0,
    discount_fen: 0,
    rounding_fen: 0,
    tail_fen: 0,
    due_fen: 0,
    opened_at: 0,
    expires_at: null,
    now: 0,
    paid_at: null,
    payments: [],
    refunds: [],
    refunded_fen: 0,
    tendered_fen: null,
    change_fen: null,
    codes: [],
    shown: false,
    proposed_item_id: null,
    moves: [],
    trades: [],
    program: null,
  };
}

export const CODES = { wechat: WECHAT_CODE, alipay: ALIPAY_CODE };
