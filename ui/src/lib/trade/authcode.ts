import type { Channel } from '$lib/bindings';

/** A payment code has this many digits, whoever made it. */
const LEAST = 16;
const MOST = 24;

const KINDS: ReadonlyArray<readonly [Channel, RegExp]> = [
  ['wechat', /^1[0-5]\d{16}$/],
  ['alipay', /^(2[5-9]|30)\d{14,22}$/],
  ['unionpay', /^62\d{17}$/],
];

/** True for digits that are as many as a payment code has. */
export function looksLikeCode(digits: string): boolean {
  return /^\d+$/.test(digits) && digits.length >= LEAST && digits.length <= MOST;
}

/** Whose payment code these digits are; null: nobody's we know. */
export function channelOfCode(digits: string): Channel | null {
  return KINDS.find(([, kind]) => kind.test(digits))?.[0] ?? null;
}
