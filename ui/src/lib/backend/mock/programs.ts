import type {
  AttemptOutcome,
  AttemptView,
  DeliveryView,
  OrderView,
  ProgramSettings,
  ProgramView,
  Protocol,
  Step,
  TicketProgram,
  TicketView,
} from '$lib/bindings';
import { draftOf, settingsOf } from '$lib/settings/programs/form';
import { actor } from './people';
import { type Handlers, settle } from './selling';
import type { Script } from './states';
import { blank, fail, type FakeTill } from './till';

const ADDRESS = 'http://192.168.1.20:5921';
/** Ids of orders of the drawings start here; none is a ticket of the counter. */
const FIRST_ORDER = 1000;

function at(clock: string): number {
  const [h = '0', m = '0', s = '0'] = clock.split(':');
  return Date.UTC(2026, 10, 20, Number(h) - 8, Number(m), Number(s));
}

function settingsFor(change: Partial<ProgramSettings>): ProgramSettings {
  const start = settingsOf({ ...draftOf(), name: '?' }, 'vmq').settings;
  return { ...(start ?? fail('internal', 'no settings')), ...change };
}

function program(
  id: number,
  protocol: Protocol,
  key_id: string,
  settings: Partial<ProgramSettings>,
  change: Partial<ProgramView> = {},
): ProgramView {
  return {
    id,
    protocol,
    key_id,
    settings: settingsFor(settings),
    state: 'fine',
    created_at: at('09:00:00'),
    revoked_at: null,
    last_used_at: null,
    last_address: '192.168.1.60',
    today: 0,
    undelivered: 0,
    ...change,
  };
}

function attempt(
  nth: number,
  time: number,
  outcome: AttemptOutcome,
  more: Partial<AttemptView> = {},
): AttemptView {
  const good = outcome === 'delivered';
  return {
    nth,
    at: time,
    actor: 'till',
    outcome,
    status: good ? 200 : null,
    duration_ms: good ? 86 : 10_000,
    answer: good ? 'success' : '',
    cause: '',
    ...more,
  };
}

function delivered(paid: number, duration_ms: number): DeliveryView {
  const tried = attempt(1, paid + 40, 'delivered', { duration_ms });
  const delivered_at = tried.at + duration_ms;
  return { state: 'delivered', created_at: paid, next_at: null, delivered_at, attempts: [tried] };
}

function order(
  number: number,
  owner: ProgramView,
  price: number,
  due: number,
  opened: string,
  change: Partial<OrderView> = {},
): OrderView {
  const created = at(opened);
  return {
    ticket_id: FIRST_ORDER + number,
    number,
    business_date: '2026-11-20',
    program_id: owner.id,
    program: owner.settings.name,
    order_no: `2026112014${String(number).padStart(3, '0')}7Q2M`,
    out_no: `SO-8${number}21`,
    title: '',
    price_fen: price,
    due_fen: due,
    status: 'paid',
    created_at: created,
    shown_at: created + 1400,
    paid_at: null,
    checkout_path: '/pay/EXAMPLE-3kQ9xW2mZr7vT5nB8yLcD4fH',
    notify_url: owner.settings.notify_url,
    delivery: null,
    ...change,
  };
}

/** The programs of the drawings, and what they ordered. */
export function fillPrograms(till: FakeTill): void {
  const en = till.settings.lang === 'en';
  const shop = program(
    1,
    'v1',
    'qt_7c41b0d29e6f',
    { name: en ? 'Web shop' : '网店', callback_prefixes: ['https://shop.example.com/'] },
    { state: 'new', last_address: '' },
  );
  const mall = program(
    2,
    'vmq',
    'vmq_02a91f',
    {
      name: en ? 'Old mall' : '旧商城',
      callback_prefixes: ['https://mall.example.com/'],
      notify_url: 'https://mall.example.com/vmq/notify',
      channels: ['wechat', 'alipay'],
    },
    { last_used_at: till.now() - 180_000, today: 18 },
  );
  const stock = program(
    3,
    'epay',
    'epay_1942',
    {
      name: en ? 'Stock system' : '进销存',
      callback_prefixes: ['http://192.168.1.60/'],
      notify_url: 'http://192.168.1.60/epay/notify.php',
    },
    { state: 'trouble', last_used_at: till.now() - 660_000, today: 4, undelivered: 1 },
  );
  till.programs = [shop, mall, stock];
  const paid = (clock: string, ms: number): Partial<OrderView> => ({
    paid_at: at(clock),
    delivery: delivered(at(clock), ms),
  });
  till.orders = [
    order(41, mall, 1500, 1498, '14:01:31', { ...paid('14:02:13', 86), title: en ? 'Gift card' : '礼品卡' }),
    order(40, mall, 990, 990, '14:00:20', { status: 'open', shown_at: null }),
    order(39, stock, 800, 798, '13:50:40', {
      paid_at: at('13:51:09'),
      delivery: {
        state: 'waiting',
        created_at: at('13:51:09'),
        next_at: at('14:06:25'),
        delivered_at: null,
        attempts: [
          attempt(1, at('13:51:09'), 'timeout', { cause: en ? 'no answer in 10 s' : '10 秒没有回答' }),
          attempt(2, at('13:51:24'), 'answer', {
            status: 502,
            duration_ms: 214,
            answer: '<html><head><title>502 Bad Gateway</title></head>\n<body>nginx/1.24.0</body></html>',
          }),
        ],
      },
    }),
    order(36, mall, 6800, 6800, '13:31:02', { status: 'expired' }),
    order(33, mall, 300, 300, '13:22:10', paid('13:22:40', 91)),
    order(27, stock, 12_000, 11_999, '12:40:10', paid('12:41:30', 240)),
    order(21, mall, 500, 500, '11:02:00', { paid_at: at('11:02:44'), notify_url: '' }),
  ];
}

function troubled(till: FakeTill): void {
  fillPrograms(till);
  till.secretPlace = 'file';
  till.programs = till.programs.map((p) => (p.id === 2 ? { ...p, state: 'no_secret' } : p));
  till.orders = till.orders.map((o) =>
    o.delivery?.state !== 'waiting'
      ? o
      : {
          ...o,
          delivery: {
            ...o.delivery,
            state: 'given_up',
            next_at: null,
            attempts: [
              ...o.delivery.attempts,
              attempt(3, at('13:52:24'), 'redirect', { status: 302, duration_ms: 40, answer: '' }),
              attempt(4, at('13:57:24'), 'tls', { duration_ms: 61, cause: 'self-signed certificate' }),
              attempt(5, at('13:59:24'), 'unreachable', { duration_ms: 3010, cause: 'connection refused' }),
            ],
          },
        },
  );
}

/** Opens a ticket as a program does; the counter does not hear of it. */
export function openOrder(till: FakeTill, fen: number, from: TicketProgram, age = 0): TicketView {
  const number = till.nextNumber++;
  const due = till.due(fen);
  const now = till.now();
  const ticket: TicketView = {
    ...blank(number, []),
    tag: 'whale',
    gross_fen: fen,
    due_fen: due,
    tail_fen: fen - due,
    opened_at: now - age,
    expires_at: now - age + 300_000,
    now,
    codes: till.codes(),
    moves: from.counter ? ['cancel', 'take_cash', 'confirm_by_hand'] : ['cancel', 'confirm_by_hand'],
    program: from,
  };
  till.tickets = [...till.tickets, ticket];
  till.emit({ event: 'ticket://opened', ticket });
  return ticket;
}

/** An order's timeline; null for a ticket of the counter. */
export function orderTimeline(till: FakeTill, id: number): { ticket: TicketView; steps: Step[] } | null {
  const known = till.orders.find((o) => o.ticket_id === id);
  if (!known) return null;
  const step = (what: string, time: number, who = '', detail = ''): Step => ({
    what,
    at: time,
    actor: who,
    detail,
  });
  const steps = [step('opened', known.created_at, known.program)];
  if (known.shown_at !== null) steps.push(step('shown', known.shown_at));
  if (known.paid_at !== null)
    steps.push(
      step('received', known.paid_at - 9, till.devices[0]?.name ?? ''),
      step('matched', known.paid_at - 2),
      step('paid', known.paid_at),
    );
  for (const tried of known.delivery?.attempts ?? [])
    if (tried.outcome !== 'delivered')
      steps.push(
        step(
          'attempted',
          tried.at,
          '',
          tried.status === null ? tried.outcome : `${tried.outcome} · ${tried.status}`,
        ),
      );
  if (known.delivery?.delivered_at != null) steps.push(step('delivered', known.delivery.delivered_at));
  return {
    ticket: {
      ...blank(known.number, []),
      id,
      status: known.status,
      tag: 'whale',
      gross_fen: known.price_fen,
      due_fen: known.due_fen,
      tail_fen: known.price_fen - known.due_fen,
      opened_at: known.created_at,
      paid_at: known.paid_at,
      now: till.now(),
      payments:
        known.paid_at === null
          ? []
          : [{ channel: 'wechat', amount_fen: known.due_fen, how: 'auto', at: known.paid_at, reason: '' }],
      program: { program_id: known.program_id, name: known.program, counter: false },
    },
    steps,
  };
}

const find = (till: FakeTill, id: number): ProgramView =>
  till.programs.find((p) => p.id === id) ?? fail('not_found', '没有这个程序');

function put(till: FakeTill, next: ProgramView): ProgramView {
  till.programs = till.programs.some((p) => p.id === next.id)
    ? till.programs.map((p) => (p.id === next.id ? next : p))
    : [...till.programs, next];
  till.emit({ event: 'programs://changed' });
  return next;
}

function check(settings: ProgramSettings): void {
  const { notify_url, callback_prefixes } = settings;
  if (notify_url !== '' && !callback_prefixes.some((prefix) => notify_url.startsWith(prefix)))
    fail('invalid', '地址不在允许的回调地址前缀之内', { field: 'notify_url' });
}

function secretOf(own: ProgramView, nth: number) {
  const token = `tk_EXAMPLE_${nth}_9f02c1d8e7a6b5f4c3d2e1f0a9b8`;
  const secret = own.protocol === 'lyn' ? '' : `sk_EXAMPLE_${nth}_7c41b0d29e6f48a3`;
  return { program: own, secret, token, address: `${ADDRESS}/t/${token}` };
}

const undelivered = (till: FakeTill): OrderView[] =>
  till.orders.filter((o) => o.delivery !== null && o.delivery.state !== 'delivered');

/** Programs, their orders and their callbacks. */
export const programsRoom: Handlers = {
  programs: (till) => ({
    programs: till.programs.toSorted(
      (a, b) => Number(a.state === 'revoked') - Number(b.state === 'revoked') || a.id - b.id,
    ),
    secrets: till.secretPlace,
    addresses: [till.settings.public_url || ADDRESS],
    undelivered: undelivered(till).length,
  }),
  add_program: (till, { protocol, settings }) => {
    check(settings);
    const id = Math.max(0, ...till.programs.map((p) => p.id)) + 1;
    const own = put(
      till,
      program(id, protocol, `${protocol}_demo_${id}`, settings, { state: 'new', last_address: '' }),
    );
    return secretOf(own, id);
  },
  update_program: (till, { program_id, settings }) => {
    check(settings);
    return put(till, { ...find(till, program_id), settings });
  },
  renew_program: (till, { program_id }) => {
    const before = find(till, program_id);
    const state = before.state === 'no_secret' ? 'fine' : before.state;
    return secretOf(put(till, { ...before, state }), program_id + 100);
  },
  revoke_program: (till, { program_id }) =>
    put(till, { ...find(till, program_id), state: 'revoked', revoked_at: till.now() }),
  test_program: (till, { program_id, url }) => {
    const to = url || find(till, program_id).settings.notify_url;
    const bad = to.includes('192.168');
    return {
      url: to,
      attempt: bad
        ? attempt(1, till.now(), 'answer', { status: 500, duration_ms: 121, answer: 'sign error' })
        : attempt(1, till.now(), 'delivered', { duration_ms: 73 }),
    };
  },
  program_orders: (till, { program_id, undelivered: only, before_id, limit }) => {
    const all = (only ? undelivered(till) : till.orders).filter(
      (o) =>
        (program_id === null || o.program_id === program_id) &&
        (before_id === null || o.ticket_id < before_id),
    );
    const orders = all.slice(0, limit);
    const last = orders.at(-1);
    return { orders, next_before_id: all.length > limit && last ? last.ticket_id : null };
  },
  send_again: (till, { ticket_id }) => {
    const before = till.orders.find((o) => o.ticket_id === ticket_id) ?? fail('not_found', '没有这个订单');
    if (!before.delivery) return fail('conflict', '这一单没有要通知的');
    const time = till.now();
    const tried = attempt(before.delivery.attempts.length + 1, time, 'delivered', { actor: actor(till) });
    const delivery: DeliveryView = {
      ...before.delivery,
      state: 'delivered',
      next_at: null,
      delivered_at: time + tried.duration_ms,
      attempts: [...before.delivery.attempts, tried],
    };
    const after = { ...before, delivery };
    till.orders = till.orders.map((o) => (o.ticket_id === ticket_id ? after : o));
    const left = undelivered(till).length;
    till.programs = till.programs.map((p) =>
      p.id === before.program_id
        ? { ...p, undelivered: 0, state: p.state === 'trouble' ? 'fine' : p.state }
        : p,
    );
    till.emit({
      event: 'callback://changed',
      ticket_id,
      number: before.number,
      program: before.program,
      state: 'delivered',
      undelivered: left,
    });
    return after;
  },
};

/** Prepares a state of programs; null for any other. */
export function preparePrograms(till: FakeTill, state: string): Script | null {
  const [room = '', section = ''] = state.split(/-(.*)/s);
  const en = till.settings.lang === 'en';
  const page = (...rest: string[]): Script => [
    'click:nav-settings',
    'click:settings-nav-programs',
    'wait',
    ...rest,
  ];
  const mall = { program_id: 2, name: en ? 'Old mall' : '旧商城', counter: false };
  if (room === 'program') {
    // Tickets of a web shop beside one of the counter.
    const own = till.open(
      { lines: [{ name: '', price_fen: 1500, count: 1 }], discount: null, note: '' },
      40_000,
    );
    const web = openOrder(till, 2600, mall, 20_000);
    openOrder(till, 990, { ...mall, program_id: 1, name: en ? 'Web shop' : '网店' }, 90_000);
    till.shown = own.id;
    if (section === 'card') return [`ticket:${web.id}`];
    if (section === 'paid') setTimeout(() => settle(till, web.id, 'wechat', 'auto'), 600);
    return [];
  }
  if (room !== 'programs') return null;
  if (section === 'trouble') troubled(till);
  else if (section !== 'empty') fillPrograms(till);
  const name = `type:program-name=${en ? 'Web shop 2' : '新网店'}`;
  const prefix = 'type:program-prefixes=https://shop.example.com/';
  const form = ['click:program-add', 'wait', 'click:program-next', 'wait', name, prefix];
  const more: Record<string, string[]> = {
    new: ['click:program-add'],
    form: [...form, 'click:program-advanced'],
    lyn: ['click:program-add', 'wait', 'click:protocol-lyn', 'click:program-next'],
    secret: [...form, 'click:program-make'],
    open: ['click:program-open-2'],
    test: ['click:program-test-3', 'wait', 'click:test-go'],
    sample: ['click:program-open-1', 'wait', 'click:seg-sample'],
    orders: ['click:seg-undelivered'],
    'order-open': ['click:order-1039'],
    timeline: ['click:order-1041', 'wait', 'click:order-timeline'],
    revoke: ['click:program-open-2', 'wait', 'click:program-revoke'],
  };
  return page(...(more[section] ?? []));
}
