import type { CheckoutState } from '$lib/bindings';

/** An order that waits, for tests. */
export function sample(change: Partial<CheckoutState> = {}): CheckoutState {
  const code = { fixed_amount: false, drawing: { size: 37, path: 'M4 4h7v1h-7z' } };
  return {
    shop_name: '巷口早餐',
    lang: 'zh-CN',
    practice: false,
    now: 100_000,
    order: '20261120-041',
    title: '',
    status: 'waiting',
    price_fen: 1500,
    due_fen: 1498,
    tail_fen: 2,
    opened_at: 10_000,
    expires_at: 190_000,
    paid_at: null,
    paid_channel: null,
    codes: [
      { ...code, channel: 'wechat', picture: '/pay/x/0.png' },
      { ...code, channel: 'alipay', picture: '/pay/x/1.png' },
    ],
    return_url: null,
    ...change,
  };
}
