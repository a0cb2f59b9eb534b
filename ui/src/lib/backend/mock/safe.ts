import type { GatewaySafe, GatewayValue } from '$lib/bindings';
import { fillGateways, roomOf } from './gateway-shop';
import type { Handlers } from './selling';
import { fail, type FakeTill } from './till';

const say = (till: FakeTill, zh: string, en: string): string => (till.settings.lang === 'en' ? en : zh);

/** Locks the keys up otherwise: the contracts with secrets stand as the engine would say. */
export function lockUp(till: FakeTill, safe: GatewaySafe): GatewaySafe {
  const room = roomOf(till);
  room.safe = safe;
  const locked = safe === 'locked';
  const trouble = say(
    till,
    '合约已锁，密钥要用口令打开',
    'The contracts are locked: a passphrase opens their keys',
  );
  room.gateways = room.gateways.map((g) => {
    if (g.state === 'ended') return g;
    if (locked) return { ...g, state: 'locked', trouble, can: [] };
    return g.state === 'locked'
      ? { ...g, state: 'fine', trouble: '', can: ['code', 'scan', 'refund', 'bill'] }
      : g;
  });
  till.health = { ...till.health, contracts_locked: locked && room.gateways.length > 0 };
  till.emit({ event: 'gateways://changed' });
  return safe;
}

function fits(till: FakeTill, passphrase: string | null, field: 'old' | 'passphrase'): void {
  if (passphrase?.trim() === roomOf(till).passphrase) return;
  const message = say(till, '口令不对', 'Wrong passphrase');
  fail('needs_password', message, { field, wrong: passphrase !== null });
}

/** Refuses secrets while nothing locks them up. */
export function checkSafe(till: FakeTill, values: readonly GatewayValue[]): void {
  const { safe } = roomOf(till);
  if (values.length === 0 || (safe !== 'no_passphrase' && safe !== 'locked')) return;
  const message =
    safe === 'locked'
      ? say(till, '合约已锁，请先输入口令', 'The contracts are locked; enter the passphrase first')
      : say(till, '请先设一个口令，什么都没有改变', 'Choose a passphrase first; nothing was changed');
  fail('conflict', message, { safe });
}

/** The passphrase of the contracts' keys. */
export const safeRoom: Handlers = {
  set_passphrase: (till, { old, passphrase }) => {
    const room = roomOf(till);
    if (room.safe === 'keychain' || room.safe === 'practice')
      fail('conflict', '密钥由系统钥匙串保管，不用口令');
    if (room.safe !== 'no_passphrase') fits(till, old, 'old');
    room.passphrase = passphrase.trim();
    return lockUp(till, 'open');
  },
  unlock_contracts: (till, { passphrase }) => {
    fits(till, passphrase, 'passphrase');
    return lockUp(till, 'open');
  },
  forget_passphrase: (till) => {
    const room = roomOf(till);
    if (room.safe !== 'locked') fail('conflict', '合约没有锁着');
    lockUp(till, 'no_passphrase');
    room.gateways = room.gateways.map((g) =>
      g.state === 'ended' ? g : { ...g, state: 'no_secret', can: [] },
    );
    return 'no_passphrase';
  },
};

/** What a state of the contracts page, or of the till's, begins with. */
export function prepareSafe(till: FakeTill, section: string): void {
  if (section.startsWith('passphrase')) lockUp(till, 'no_passphrase');
  if (section.startsWith('locked')) lockUp(till, 'locked');
  if (section.startsWith('open')) lockUp(till, 'open');
}

/** A till whose contracts wait for their passphrase. */
export function lockedTill(till: FakeTill): void {
  fillGateways(till);
  lockUp(till, 'locked');
}
