import type { GatewayView } from '$lib/bindings';
import { fillGateways, roomOf } from './gateway-shop';
import type { Script } from './states';
import type { FakeTill } from './till';

/** Leaves the shop these contracts, with what is changed of each. */
export function contracts(till: FakeTill, kept: Readonly<Record<number, Partial<GatewayView>>>): void {
  fillGateways(till);
  const room = roomOf(till);
  room.gateways = room.gateways
    .filter(({ id }) => id in kept)
    .map((gateway) => ({ ...gateway, ...kept[gateway.id] }));
}

/** Nobody's phone forwards anything to this till. */
export function withoutPhone(till: FakeTill): void {
  till.health = { ...till.health, phone: null, phone_last_seen_at: null, phone_delay_ms: null };
  till.devices = [];
}

const FINE = { state: 'fine', trouble: '', skew_ms: 0 } as const;

/** Prepares how money comes in, as the top bar says it; null for any other state. */
export function prepareWays(till: FakeTill, state: string): Script | null {
  switch (state) {
    case 'ways-contracts':
      withoutPhone(till);
      contracts(till, { 1: FINE, 2: FINE });
      return [];
    case 'ways-new':
      withoutPhone(till);
      contracts(till, { 3: { expires_at: null } });
      return [];
    case 'ways-both':
      contracts(till, { 1: FINE, 2: FINE });
      return [];
    case 'ways-wrong':
      contracts(till, { 1: FINE, 2: {}, 3: {} });
      return ['click:health', 'wait', 'see:health-phones'];
    default:
      return null;
  }
}
