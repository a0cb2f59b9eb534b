import { staffTheShop } from './people';
import { fillDrawer } from './shift';
import type { Script } from './states';
import type { FakeTill } from './till';

/** What the drawings count at 14:02: 326.50 where 328.00 should be. */
const COUNTED: ReadonlyArray<[number, number]> = [
  [10_000, 1],
  [5_000, 3],
  [2_000, 2],
  [1_000, 2],
  [500, 2],
  [100, 6],
  [50, 1],
];
const count = (): string[] => COUNTED.map(([face, pieces]) => `type:count-${face}=${pieces}`);

/** Prepares a state of people, shifts, closing the day and refunds; null for any other. */
export function prepareEvening(till: FakeTill, state: string): Script | null {
  const [room = '', section = ''] = state.split(/-(.*)/s);
  const en = till.settings.lang === 'en';
  switch (room) {
    case 'locked':
      staffTheShop(till, null);
      if (section === 'until')
        till.people = till.people.map((p) => (p.id === 1 ? { ...p, locked_until: till.now() + 272_000 } : p));
      return section === 'wrong' ? ['click:person-3', 'type:pin=9999', 'click:pin-go'] : [];
    case 'staff':
      staffTheShop(till, 'manager');
      fillDrawer(till);
      return section === 'menu' ? ['click:staff'] : [];
    case 'people': {
      if (section !== 'open' && section !== 'first') staffTheShop(till, 'owner');
      const more: Record<string, string[]> = {
        first: ['click:person-add'],
        add: ['click:person-add'],
        edit: ['click:people-3'],
        owner: ['click:people-1'],
      };
      return ['click:nav-settings', 'click:settings-nav-people', 'wait', ...(more[section] ?? [])];
    }
    case 'refund':
    case 'approve': {
      staffTheShop(till, room === 'approve' ? 'cashier' : 'manager');
      fillDrawer(till);
      const reason = en ? 'Returned' : '退货';
      const start = ['click:refund-40', `type:refund-reason=${reason}`];
      if (room === 'approve') return [...start, 'click:refund-go'];
      if (section === 'over') return [...start, 'type:refund-amount=12.01'];
      if (section === 'void') return [...start, 'radio:1'];
      if (section === 'part') {
        const ticket = till.ticket(40);
        till.put({
          id: 40,
          exception: 'part_refunded',
          refunded_fen: 300,
          refunds: [
            {
              id: 1,
              kind: 'refund',
              channel: 'wechat',
              amount_fen: 300,
              reference: '100003…7781',
              reason,
              at: till.now() - 60_000,
              business_date: ticket.business_date,
              actor: en ? 'Lin#3' : '小林#3',
              approved_by: en ? 'Fang#2' : '阿芳#2',
            },
          ],
        });
      }
      return section === 'phone' || section === '' ? [...start, 'type:refund-amount=5'] : start;
    }
    case 'shift': {
      if (section !== 'alone') staffTheShop(till, 'cashier');
      if (section !== 'open' && section !== 'alone') fillDrawer(till);
      const more: Record<string, string[]> = {
        in: ['wait', 'click:shift-in'],
        close: ['wait', 'click:shift-close', ...count()],
        closed: ['wait', 'click:shift-close', ...count(), 'click:close-shift-go'],
      };
      if (section === 'line') return [];
      if (section === 'list') return ['click:staff', 'wait', 'click:menu-shifts'];
      return ['click:shift-line', ...(more[section] ?? [])];
    }
    case 'day': {
      staffTheShop(till, 'manager');
      fillDrawer(till);
      if (section === 'close-warn') {
        till.unclosed = ['2026-11-15', '2026-11-16'];
        till.open({ lines: [{ name: '', price_fen: 1500, count: 1 }], discount: null, note: '' });
      }
      const start = ['click:staff', 'wait', 'click:menu-day', 'wait'];
      const note = `type:day-note=${en ? 'gave 1.50 too much change at noon' : '中午找零多找了 1.50'}`;
      if (section === 'close-warn') return start;
      return [...start, ...count(), note, ...(section === 'sealed' ? ['click:day-seal'] : [])];
    }
    case 'z': {
      staffTheShop(till, 'manager');
      fillDrawer(till);
      if (section === 'report-broken' || section === 'report-later')
        till.sealed = till.sealed.map((z) =>
          z.head.number !== 117
            ? z
            : section === 'report-broken'
              ? { ...z, intact: false }
              : { ...z, later: 2, later_fen: -1850 },
        );
      return ['click:staff', 'wait', 'click:menu-z'];
    }
    default:
      return null;
  }
}
