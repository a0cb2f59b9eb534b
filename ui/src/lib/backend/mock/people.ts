import type { Role, SessionView, StaffView } from '$lib/bindings';
import { atLeast } from '$lib/people/session.svelte';
import type { RequestOf, Verb } from '../types';
import type { Handlers } from './selling';
import { fail, type FakeTill } from './till';

const TRIES = 5;
const CLOSED_MS = 300_000;

/** What a locked till still answers: what its locked screen needs. */
const OPEN_TO_ALL: ReadonlySet<Verb> = new Set<Verb>([
  'session',
  'sign_in',
  'lock',
  'settings',
  'health',
  'display',
]);

/** Who may do what; everything else is a cashier's. */
const NEEDS: Partial<Record<Verb, Role>> = {
  refund: 'manager',
  close_day: 'manager',
  day_report: 'manager',
  z_reports: 'manager',
  z_report: 'manager',
  ignore: 'owner',
  save_settings: 'owner',
  people: 'manager',
  add_staff: 'owner',
  update_staff: 'owner',
  programs: 'manager',
  program_orders: 'manager',
  send_again: 'manager',
  add_program: 'owner',
  update_program: 'owner',
  renew_program: 'owner',
  revoke_program: 'owner',
  test_program: 'owner',
  gateways: 'owner',
  inspect_key: 'owner',
  make_key_pair: 'owner',
  add_gateway: 'owner',
  update_gateway: 'owner',
  end_gateway: 'owner',
  test_gateway: 'owner',
  fetch_bill: 'manager',
};

const isGuarded = (till: FakeTill): boolean =>
  till.people.some((p) => p.role === 'owner' && p.has_pin && p.left_at === null);

function here(till: FakeTill): StaffView | null {
  return till.people.find((p) => p.id === till.signedIn) ?? null;
}

/** Who acts, as the journal names them. */
export function actor(till: FakeTill): string {
  const staff = here(till);
  return staff ? `${staff.name}#${staff.id}` : 'till';
}

/** Who approved this request, taken once. */
export function takeApproval(till: FakeTill, request_id: string): string | null {
  const by = till.people.find((p) => p.id === till.approvals.get(request_id));
  till.approvals.delete(request_id);
  return by ? `${by.name}#${by.id}` : null;
}

/** Refuses what nobody here may do, as the engine does at its door. */
export function enter(till: FakeTill, request: RequestOf<Verb>): void {
  if (!isGuarded(till)) return;
  const staff = here(till);
  if (!staff) {
    if (!OPEN_TO_ALL.has(request.verb)) fail('locked', '收银机锁着，先登录');
    return;
  }
  const needed = NEEDS[request.verb] ?? 'cashier';
  if (atLeast(staff.role, needed)) return;
  if ('request_id' in request && till.approvals.has(request.request_id)) return;
  fail('needs_approval', needed === 'owner' ? '要店主批准' : '要店长批准', { role: needed });
}

export function sessionView(till: FakeTill): SessionView {
  const guarded = isGuarded(till);
  const staff = here(till);
  return {
    guarded,
    locked: guarded && staff === null,
    staff,
    role: guarded ? (staff?.role ?? 'cashier') : 'owner',
    totals_until: null,
    totals_open: !guarded || till.totalsOpen,
    people: till.people.filter((p) => p.left_at === null),
  };
}

/** Checks a PIN and counts the wrong ones. */
function checkPin(till: FakeTill, id: number, pin: string): StaffView {
  const person =
    till.people.find((p) => p.id === id && p.left_at === null) ?? fail('not_found', '没有这个人');
  const change = (next: Partial<StaffView>): void => {
    till.people = till.people.map((p) => (p.id === id ? { ...p, ...next } : p));
  };
  if ((person.locked_until ?? 0) > till.now())
    fail('wrong_pin', '错的次数太多', { locked_until: person.locked_until });
  if (till.pins.get(id) !== pin) {
    const wrong = (till.tries.get(id) ?? 0) + 1;
    till.tries.set(id, wrong % TRIES);
    if (wrong < TRIES) fail('wrong_pin', 'PIN 不对', { tries_left: TRIES - wrong });
    change({ locked_until: till.now() + CLOSED_MS });
    fail('wrong_pin', '错的次数太多', { locked_until: till.now() + CLOSED_MS });
  }
  till.tries.delete(id);
  change({ locked_until: null });
  return person;
}

const list = (till: FakeTill): StaffView[] =>
  till.people.toSorted((a, b) => Number(a.left_at !== null) - Number(b.left_at !== null) || a.id - b.id);

/** People of the fake till. */
export const people: Handlers = {
  session: sessionView,
  sign_in: (till, { staff_id, pin }) => {
    till.signedIn = checkPin(till, staff_id, pin).id;
    till.emit({ event: 'session://changed' });
    return sessionView(till);
  },
  lock: (till) => {
    till.signedIn = null;
    till.totalsOpen = false;
    till.emit({ event: 'session://changed' });
    return sessionView(till);
  },
  approve: (till, { for_request_id, staff_id, pin }) => {
    const by = checkPin(till, staff_id, pin);
    till.approvals.set(for_request_id, by.id);
    return { by: by.name, until: till.now() + 120_000 };
  },
  reveal: (till, { pin }) => {
    const owner = till.people.find((p) => p.role === 'owner' && till.pins.get(p.id) === pin);
    if (!owner) fail('wrong_pin', 'PIN 不对', { tries_left: 4 });
    till.totalsOpen = true;
    return sessionView(till);
  },
  touch: sessionView,
  cover: (till) => {
    till.totalsOpen = false;
    return sessionView(till);
  },
  people: list,
  add_staff: (till, { name, role, pin }) => {
    if (!isGuarded(till) && (role !== 'owner' || !pin)) fail('invalid', '第一个人必须是店主，并且要有 PIN');
    if (till.people.some((p) => p.left_at === null && p.name === name))
      fail('conflict', '已经有人叫这个名字了');
    const id = Math.max(0, ...till.people.map((p) => p.id)) + 1;
    const first = !isGuarded(till);
    till.people = [
      ...till.people,
      { id, name, role, has_pin: !!pin, locked_until: null, added_at: till.now(), left_at: null },
    ];
    if (pin) till.pins.set(id, pin);
    if (first) till.signedIn = id;
    till.emit({ event: 'session://changed' });
    return list(till);
  },
  update_staff: (till, { staff_id, name, role, pin, left }) => {
    const person = till.people.find((p) => p.id === staff_id) ?? fail('not_found', '没有这个人');
    const owners = till.people.filter((p) => p.role === 'owner' && p.has_pin && p.left_at === null);
    const only = owners.length === 1 && owners[0]?.id === staff_id;
    if (only && (left === true || (role !== null && role !== 'owner')))
      fail('conflict', '要留一位店主：先添加另一位店主');
    if (pin) till.pins.set(staff_id, pin);
    till.people = till.people.map((p) =>
      p.id === staff_id
        ? {
            ...p,
            name: name ?? p.name,
            role: role ?? p.role,
            has_pin: p.has_pin || !!pin,
            locked_until: pin ? null : p.locked_until,
            left_at: left === null ? person.left_at : left ? till.now() : null,
          }
        : p,
    );
    till.emit({ event: 'session://changed' });
    return list(till);
  },
};

/** The people of the drawings: an owner, a manager, a cashier (signed in), and one who left. */
export function staffTheShop(till: FakeTill, signedIn: 'owner' | 'manager' | 'cashier' | null): void {
  const en = till.settings.lang === 'en';
  const person = (
    id: number,
    zh: string,
    name: string,
    role: Role,
    more: Partial<StaffView> = {},
  ): StaffView => ({
    id,
    name: en ? name : zh,
    role,
    has_pin: true,
    locked_until: null,
    added_at: till.now() - id * 86_400_000,
    left_at: null,
    ...more,
  });
  till.people = [
    person(1, '陈姐', 'Chen', 'owner'),
    person(2, '阿芳', 'Fang', 'manager'),
    person(3, '小林', 'Lin', 'cashier'),
    person(4, '小周', 'Zhou', 'cashier', { has_pin: false }),
    person(5, '老吴', 'Wu', 'cashier', { left_at: till.now() - 864_000_000 }),
  ];
  till.pins = new Map([
    [1, '8520'],
    [2, '2468'],
    [3, '1234'],
  ]);
  till.signedIn = signedIn === null ? null : { owner: 1, manager: 2, cashier: 3 }[signedIn];
}
