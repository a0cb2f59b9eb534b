import type { Channel } from '$lib/bindings';

const KEY = 'qiantai.ways';

/**
 * The ways to pay this screen has seen in codes, for the idle screen: its state carries no codes. Only channel names are
 * kept, never an amount.
 */
export function knownWays(): Channel[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list)
      ? list.filter((w): w is Channel => typeof w === 'string' && CHANNELS.has(w))
      : [];
  } catch {
    return [];
  }
}

export function rememberWays(ways: readonly Channel[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...new Set(ways)]));
  } catch {
    // A browser without storage shows the plain idle screen.
  }
}

const CHANNELS: ReadonlySet<string> = new Set<Channel>([
  'wechat',
  'alipay',
  'unionpay',
  'ecny',
  'bank',
  'cash',
]);
