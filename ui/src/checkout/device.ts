import type { Channel, CheckoutCode } from '$lib/bindings';
import type { Key } from './texts';

/** Where the page is open. */
export interface Device {
  /** The code is on the very phone that is to pay, so it cannot be pointed at. */
  phone: boolean;
  /** The wallet whose own browser this is. */
  inside: Channel | null;
}

export function deviceOf(agent: string, touchOnly: boolean): Device {
  const phone =
    /Android|iPhone|iPad|iPod|HarmonyOS|Mobile/i.test(agent) ||
    // An iPad says that it is a Mac.
    (touchOnly && /Macintosh/.test(agent));
  const inside = /MicroMessenger/i.test(agent)
    ? 'wechat'
    : /AlipayClient|AliApp\(AP/i.test(agent)
      ? 'alipay'
      : null;
  return { phone, inside: phone ? inside : null };
}

/** The code to show first: the wallet the customer is in, else the shop's order. */
export function firstCode(codes: readonly CheckoutCode[], device: Device): number {
  return Math.max(
    0,
    codes.findIndex((code) => code.channel === device.inside),
  );
}

export interface Step {
  text: Key;
  act?: 'save' | 'copy';
  /** The amount stands behind the text. */
  amount?: boolean;
}

/** What the customer does, in three steps. */
export function stepsFor(code: CheckoutCode, device: Device): Step[] {
  const amount: Step = code.fixed_amount
    ? { text: 'step.filled', amount: true }
    : { text: 'step.enter', amount: true, ...(device.phone ? { act: 'copy' } : {}) };
  if (!device.phone) return [{ text: 'step.open' }, { text: 'step.scan' }, amount];
  if (device.inside === 'wechat' && code.channel === 'wechat')
    return [{ text: 'step.press' }, { text: 'step.recognise' }, amount];
  // The wallets' browsers know no downloads: there a button would only lead away from the page.
  const save: Step = device.inside === null ? { text: 'step.save', act: 'save' } : { text: 'step.save' };
  return [save, { text: 'step.pick' }, amount];
}
