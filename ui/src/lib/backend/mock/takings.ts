import type { Booked, Channel, SaleFilter, SaleRow, Tag } from '$lib/bindings';

/** A made-up row with what the filters and slices ask of it. */
export interface Fact extends SaleRow {
  readonly hour: number;
  readonly weekday: number;
  readonly staff_id: number;
  readonly booked: Booked;
  readonly items: ReadonlyArray<{ name: string; count: number; price_fen: number }>;
  readonly tendered_fen: number | null;
}

/** What a made-up shop takes. */
export interface Plan {
  readonly en: boolean;
  /** First business day. */
  readonly first: string;
  readonly today: string;
  /** Sales on an ordinary day, about. */
  readonly perDay: number;
  /** No sale at all today and before. */
  readonly empty: boolean;
  /** Today is closed, with a refund after it. */
  readonly closed: boolean;
}

const DAY_MS = 86_400_000;
/** The shop stands in Shanghai: eight hours, no summer time. */
const ZONE_MS = 8 * 3_600_000;

/** Breakfast, lunch, and what is left of the day. */
const HOURS: ReadonlyArray<readonly [number, number]> = [
  [5, 2],
  [6, 4],
  [7, 8],
  [8, 11],
  [9, 7],
  [10, 4],
  [11, 6],
  [12, 8],
  [13, 6],
  [14, 3],
  [15, 2],
  [17, 4],
  [18, 3],
];
/** Today until 14:02: sales and what they brought, by hour, in fen. */
const TODAY: ReadonlyArray<readonly [number, number, number]> = [
  [5, 2, 2198],
  [6, 4, 6200],
  [7, 8, 14_798],
  [8, 11, 21_194],
  [9, 7, 13_598],
  [10, 4, 7398],
  [11, 6, 12_800],
  [12, 8, 19_598],
  [13, 6, 17_976],
  [14, 1, 1498],
];
/** The same weekday before, as far as the same hour: 1,070.72 of 56 sales. */
const LAST_WEEK: typeof TODAY = TODAY.map(([hour, sales, sum]) =>
  hour === 8
    ? [8, 10, 16_000]
    : hour === 12
      ? [12, 8, 17_000]
      : hour === 13
        ? [13, 6, 15_582]
        : [hour, sales, sum],
);
const MENU: ReadonlyArray<readonly [string, string, number]> = [
  ['豆浆', 'Soy milk', 300],
  ['油条', 'Youtiao', 250],
  ['鲜肉包', 'Pork bun', 250],
  ['茶叶蛋', 'Tea egg', 200],
  ['小笼包', 'Xiaolongbao', 1200],
  ['牛肉面', 'Beef noodles', 1800],
  ['鲜肉馄饨', 'Wonton soup', 1200],
  ['煎饼果子', 'Jianbing', 800],
  ['豆腐脑', 'Tofu pudding', 500],
  ['皮蛋瘦肉粥', 'Congee', 600],
  ['烧麦', 'Shaomai', 600],
  ['葱油饼', 'Scallion pie', 400],
  ['糯米鸡', 'Sticky rice', 800],
  ['八宝粥', 'Eight-treasure', 500],
  ['热牛奶', 'Hot milk', 400],
  ['卤豆干', 'Dried tofu', 300],
];
const STAFF: ReadonlyArray<readonly [number, string, string]> = [
  [2, '小林', 'Lin'],
  [3, '阿强', 'Qiang'],
  [1, '店主', 'Owner'],
];
const TAGS: readonly Tag[] = ['fox', 'panda', 'rabbit', 'whale'];

export const utc = (date: string): number => Date.parse(`${date}T00:00:00Z`);
export const plus = (date: string, days: number): string =>
  new Date(utc(date) + days * DAY_MS).toISOString().slice(0, 10);

/** Numbers that look like chance and are the same each time (mulberry32). */
function dice(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let x = Math.imul(a ^ (a >>> 15), 1 | a);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Hour {
  hour: number;
  sales: number;
  /** What they must bring, where that is given. */
  sum: number | null;
}

function hoursOf(date: string, plan: Plan, roll: () => number): Hour[] {
  if (plan.empty || date < plan.first || date > plan.today) return [];
  if (date === plan.today && plan.perDay < 100)
    return TODAY.map(([hour, sales, sum]) => ({ hour, sales, sum }));
  if (date === plus(plan.today, -7) && plan.perDay < 100)
    return LAST_WEEK.map(([hour, sales, sum]) => ({ hour, sales, sum }));
  const weekday = new Date(utc(date)).getUTCDay();
  const busy = weekday === 0 || weekday === 6 ? 1.2 : 1;
  return HOURS.map(([hour, weight]) => ({
    hour,
    sales: Math.max(1, Math.round((weight / 68) * plan.perDay * busy * (0.85 + roll() * 0.3))),
    sum: null,
  }));
}

/** What somebody orders for about `want` fen. */
function order(want: number, plan: Plan, roll: () => number): Fact['items'][number][] {
  const items: Array<{ name: string; count: number; price_fen: number }> = [];
  for (let gross = 0; gross < want && items.length < 5;) {
    const [zh, en, price] = MENU[Math.floor(roll() * MENU.length)] ?? ['豆浆', 'Soy milk', 300];
    const name = plan.en ? en : zh;
    const known = items.find((item) => item.name === name);
    if (known) known.count += 1;
    else items.push({ name, count: 1, price_fen: price });
    gross += price;
  }
  return items;
}

const grossOf = (items: Fact['items']): number =>
  items.reduce((sum, item) => sum + item.count * item.price_fen, 0);

/** The rows of a business day, newest first. */
export function factsOf(date: string, plan: Plan): Fact[] {
  const roll = dice(utc(date) / DAY_MS);
  const weekday = new Date(utc(date)).getUTCDay() || 7;
  const today = date === plan.today && plan.perDay < 100;
  const facts: Fact[] = [];
  let number = 0;
  for (const { hour, sales, sum } of hoursOf(date, plan, roll)) {
    const start = utc(date) - ZONE_MS + hour * 3_600_000;
    const early = sum !== null && hour === 14;
    const step = Math.floor((early ? 20_000 : 3_500_000) / sales);
    // A given sum is whole half yuan less the tails that made the amounts differ.
    const whole = sum === null ? 0 : Math.ceil(sum / 50) * 50;
    const from = facts.length;
    let left = whole;
    for (let i = 0; i < sales; i += 1) {
      number += 1;
      const at = start + i * step + Math.floor(roll() * step * 0.8) + (early ? 90_000 : 0);
      const draw = roll();
      const channel: Channel = early || draw < 0.58 ? 'wechat' : draw < 0.88 ? 'alipay' : 'cash';
      const share = sum === null ? 2100 : Math.floor(left / (sales - i));
      let items = order(share * (0.45 + roll() * 0.7), plan, roll);
      const most = left - (sales - i - 1) * 300;
      if (sum !== null && (i === sales - 1 || grossOf(items) > most))
        items = [{ name: '', count: 1, price_fen: i === sales - 1 ? left : Math.floor(share / 50) * 50 }];
      const gross = grossOf(items);
      left -= gross;
      const cash = channel === 'cash';
      const tail = cash || sum !== null || roll() < 0.5 ? 0 : 1 + Math.floor(roll() * 3);
      const odd = roll();
      const how = cash ? 'cash' : odd < 0.02 ? 'by_hand' : odd < 0.05 ? 'accepted' : 'auto';
      const who = roll();
      const [staff_id, zh, en] = STAFF[who < 0.7 ? 0 : who < 0.92 ? 1 : 2] ?? [0, '', ''];
      const late = how === 'accepted';
      facts.push({
        kind: 'sale',
        at,
        business_date: date,
        ticket_id: Math.floor(utc(date) / DAY_MS) * 10_000 + number,
        number,
        tag: TAGS[number % 4] ?? 'fox',
        gross_fen: gross,
        discount_fen: 0,
        rounding_fen: 0,
        tail_fen: tail,
        net_fen: gross - tail,
        channel,
        staff: plan.en ? en : zh,
        how,
        late,
        refunded_fen: 0,
        took_ms: cash
          ? null
          : late
            ? 120_000 + Math.floor(roll() * 60_000)
            : 1200 + Math.floor(roll() * 9000),
        note: '',
        after_close: false,
        hour,
        weekday,
        staff_id,
        booked: cash ? 'cash' : how === 'auto' ? 'auto' : 'by_hand',
        items,
        tendered_fen: cash ? Math.ceil(gross / 1000) * 1000 : null,
      });
    }
    if (sum !== null) giveTails(facts, from, whole - sum);
  }
  facts.sort((a, b) => a.at - b.at);
  refund(facts, plan, today, roll);
  return facts.sort((a, b) => b.at - a.at);
}

/** Spreads tails over the sales of an hour that were not paid in cash. */
function giveTails(facts: Fact[], from: number, owed: number): void {
  const paid = facts.slice(from).filter((fact) => fact.channel !== 'cash');
  const most = Math.max(2, Math.ceil(owed / Math.max(1, paid.length)));
  for (const fact of paid) {
    const tail = Math.min(owed, most);
    owed -= tail;
    const at = facts.indexOf(fact);
    facts[at] = { ...fact, tail_fen: tail, net_fen: fact.gross_fen - tail };
  }
}

/** Money given back: 12.00 today, and something on one day of four. */
function refund(facts: Fact[], plan: Plan, today: boolean, roll: () => number): void {
  const quiet = facts.some((fact) => fact.business_date === plus(plan.today, -7));
  if (facts.length === 0 || quiet || (!today && roll() < 0.75)) return;
  const amount = today ? 1200 : 500;
  const at = facts.findIndex((fact) => fact.channel === 'wechat' && fact.net_fen > amount && fact.hour > 9);
  const sale = facts[at];
  if (!sale) return;
  facts[at] = { ...sale, refunded_fen: amount };
  const hour = today ? 13 : sale.hour;
  facts.push({
    ...sale,
    kind: 'refund',
    at: today ? utc(sale.business_date) - ZONE_MS + 13 * 3_600_000 + 1_331_000 : sale.at + 600_000,
    gross_fen: 0,
    discount_fen: 0,
    rounding_fen: 0,
    tail_fen: 0,
    net_fen: -amount,
    how: 'refund',
    late: false,
    took_ms: null,
    note: plan.en ? 'One bowl short' : '少做一份',
    booked: 'by_hand',
    hour,
    after_close: today && plan.closed,
    items: [],
    tendered_fen: null,
  });
}

export function fits(fact: Fact, filter: SaleFilter): boolean {
  return (
    (filter.kind === null || fact.kind === filter.kind) &&
    (filter.channel === null || fact.channel === filter.channel) &&
    (filter.hour === null || fact.hour === filter.hour) &&
    (filter.weekday === null || fact.weekday === filter.weekday) &&
    (filter.staff_id === null || fact.staff_id === filter.staff_id) &&
    (filter.item === null || fact.items.some((item) => item.name === filter.item)) &&
    (filter.booked === null || fact.booked === filter.booked) &&
    (filter.after_close === null || fact.after_close === filter.after_close)
  );
}
