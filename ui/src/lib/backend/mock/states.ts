import type { DisplayState, Sale } from '$lib/bindings';
import { prepareEvening } from './evening';
import { prepareGateways } from './gateways';
import { missPayment } from './inbox';
import { prepareNight } from './night';
import { preparePrograms } from './programs';
import { prepareRoom } from './rooms';
import { lockedTill } from './safe';
import { expire, propose, settle, showDisplay } from './selling';
import type { FakeTill } from './till';
import { prepareTrading } from './trading';
import { prepareWays } from './ways';

/** What a state does once the screen is up: key codes to press, in order. */
export type Script = readonly string[];

const typed = (fen: number): Sale => ({
  lines: [{ name: '', price_fen: fen, count: 1 }],
  discount: null,
  note: '',
});

function later(work: () => void): void {
  setTimeout(work, 600);
}

/** Prepares a named state of the drawings. Returns keys to press. */
export function prepare(till: FakeTill, state: string): Script {
  const display = (change: Partial<DisplayState>): void => {
    till.displayOverride = change as DisplayState;
  };
  const first = (): number => till.open(typed(1500), 88_000).id;
  switch (state) {
    case 'typing':
      return ['Digit1', 'Digit2', 'NumpadAdd', 'Digit3', 'Period', 'Digit5', 'Digit0'];
    case 'typing-items':
      return ['F1', 'F1', 'F2', 'F3', 'click:tile-18'];
    case 'waiting':
    case 'pay':
      first();
      return [];
    case 'not-received':
      missPayment(till, first());
      return ['click:missing'];
    case 'missing':
      first();
      return ['click:missing'];
    case 'offline':
      till.health = { ...till.health, phone: 'offline', phone_last_seen_at: till.now() - 480_000 };
      first();
      return [];
    case 'contracts-locked':
      lockedTill(till);
      return [];
    case 'contracts-unlock':
      lockedTill(till);
      return ['click:strip-unlock', 'wait'];
    case 'late-phone':
      till.health = { ...till.health, phone: 'late', phone_last_seen_at: till.now() - 95_000 };
      return [];
    case 'port':
      till.health = { ...till.health, listening: '', listen_error: '端口 5921 被别的程序占用' };
      return [];
    case 'paid': {
      const id = first();
      till.open(typed(800), 20_000);
      till.shown = id;
      later(() => settle(till, id, 'wechat', 'auto'));
      return [];
    }
    case 'change': {
      later(() => till.emit({ event: 'settings://changed' }));
      return ['Digit1', 'Digit5', 'Enter'];
    }
    case 'two':
      till.nextNumber = 42;
      till.open(typed(800), 62_000);
      till.open(typed(2600), 19_000);
      return ['Digit6'];
    case 'expired': {
      const id = first();
      if (till.displays.size === 0) expire(till, id);
      return ['click:ended'];
    }
    case 'late': {
      expire(till, first());
      later(() => propose(till, 41));
      return ['click:ended'];
    }
    case 'pool':
      for (let fen = 1450; fen <= 1500; fen += 1) till.taken.add(fen);
      return ['Digit1', 'Digit5', 'Enter'];
    case 'nocode':
      till.accounts = [];
      till.items = [];
      return [];
    case 'nophone':
      till.health = { ...till.health, phone: null, phone_last_seen_at: null, phone_delay_ms: null };
      till.devices = [];
      return [];
    case 'practice':
      till.health = { ...till.health, practice: true };
      first();
      return [];
    case 'one':
      till.accounts = till.accounts.slice(0, 1);
      first();
      return [];
    case 'three': {
      const [wechat] = till.accounts;
      if (wechat)
        till.accounts = [...till.accounts, { ...wechat, id: 3, channel: 'unionpay', label: '云闪付' }];
      first();
      return [];
    }
    case 'cash':
      return ['Digit1', 'Digit5', 'F9'];
    case 'discount':
      return ['Digit1', 'Digit5', 'F12'];
    case 'items':
      return ['click:add-item'];
    case 'parked':
      till.parked = [
        { id: 1, at: till.now() - 240_000, price_fen: 1500, sale: typed(1500) },
        { id: 2, at: till.now() - 60_000, price_fen: 850, sale: { ...typed(850), note: '穿红衣服的阿姨' } },
      ];
      return ['F10'];
    case 'paid-cash':
      return ['Digit1', 'Digit5', 'F9', 'click:cash-done'];
    case 'help':
      return ['?'];
    case 'cart':
      till.cart = {
        lines: [
          { name: '豆浆', price_fen: 300, count: 2 },
          { name: '鲜肉包', price_fen: 250, count: 1 },
          { name: '油条', price_fen: 250, count: 1 },
          { name: '小笼包', price_fen: 1200, count: 1 },
        ],
        discount: null,
        note: '',
      };
      return [];
    case 'counter-idle':
      localStorage.setItem('qiantai.ways', JSON.stringify(['wechat', 'alipay', 'unionpay']));
      return [];
    case 'counter-paid':
      settle(till, first(), 'wechat', 'auto');
      return [];
    case 'counter-change': {
      const id = first();
      settle(till, id, 'cash', 'cash', { tendered_fen: 2000, change_fen: 502 });
      return [];
    }
    case 'counter-expired':
      expire(till, first());
      return [];
    case 'pay-light':
      display({ light: true } as DisplayState);
      first();
      return [];
    case 'pay-fixed': {
      const id = first();
      till.put({ id, codes: till.ticket(id).codes.map((c) => ({ ...c, fixed_amount: true })) });
      return [];
    }
    case 'disconnected':
      till.displayConnected = false;
      return [];
    case 'settle-later': {
      const id = first();
      later(() => settle(till, id, 'wechat', 'auto'));
      return [];
    }
    default:
      showDisplay(till);
      return (
        preparePrograms(till, state) ??
        prepareTrading(till, state) ??
        prepareGateways(till, state) ??
        prepareWays(till, state) ??
        prepareEvening(till, state) ??
        prepareNight(till, state) ??
        prepareRoom(till, state)
      );
  }
}
