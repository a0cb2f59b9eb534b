import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CheckoutState } from '$lib/bindings';
import { Checkout, type World } from './checkout';
import type { Stream } from './feed';
import { sample } from './sample';

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function open(state: CheckoutState, change: Partial<World> = {}) {
  document.body.innerHTML = '<div id="page"></div><div id="said" role="status"></div>';
  const page = document.getElementById('page')!;
  const said = document.getElementById('said')!;
  const stream: Stream = { onmessage: null, onerror: null, close: () => {} };
  const answer = { status: 200, state };
  const began = Date.now();
  /** The till's clock goes on as well. */
  const body = (): string =>
    JSON.stringify({ ...answer.state, now: answer.state.now + (Date.now() - began) });
  const left = vi.fn<(address: string) => void>();
  const checkout = new Checkout(page, said, '/pay/x', {
    net: {
      fetch: () => Promise.resolve(new Response(body(), { status: answer.status })),
      stream: () => stream,
    },
    device: { phone: true, inside: null },
    languages: ['zh-CN'],
    open: left,
    cameBack: false,
    dark: false,
    steady: () => Date.now(),
    ...change,
  });
  checkout.wake();
  await pass(0);
  const push = (next: CheckoutState): void =>
    stream.onmessage?.({ data: JSON.stringify(next) } as MessageEvent);
  const text = (): string => page.textContent ?? '';
  const press = (id: string): void => document.getElementById(id)?.click();
  return { checkout, page, said, answer, left, push, text, press };
}

const PAID: Partial<CheckoutState> = { status: 'paid', codes: [], paid_at: 120_000, paid_channel: 'wechat' };

describe('the checkout page', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    delete document.documentElement.dataset['theme'];
  });

  it('says what to pay and why it differs', async () => {
    const t = await open(sample());
    expect(t.page.querySelector('.amt u')?.textContent).toBe('98');
    expect(t.text()).toContain('原价 15.00，少 0.02 用来认出是您付的');
    expect(t.page.querySelector('img')?.getAttribute('src')).toBe('/pay/x/0.png');
    expect(t.page.querySelector('#save')?.getAttribute('download')).toBe('20261120-041-wechat.png');
    expect(t.page.querySelectorAll('[role=tab]').length).toBe(2);
    expect(document.documentElement.lang).toBe('zh-CN');
  });

  it('has no tabs for one channel', async () => {
    const t = await open(sample({ codes: sample().codes.slice(1) }));
    expect(t.page.querySelector('[role=tab]')).toBeNull();
    expect(t.text()).toContain('支付宝');
  });

  it('shows what the shop wrote as text, never as markup', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const t = await open(sample({ shop_name: evil, title: evil, order: evil }));
    expect(t.text()).toContain(evil);
    expect(t.page.querySelectorAll('img').length).toBe(1);
    t.push(sample({ ...PAID, shop_name: evil, order: evil, return_url: 'javascript:alert(1)' }));
    expect(t.text()).toContain(evil);
    expect(t.page.querySelectorAll('img, a').length).toBe(0);
    await pass(5_000);
    expect(t.left).not.toHaveBeenCalled();
  });

  it('counts down, warns at the end, and stops offering codes when time is up', async () => {
    const t = await open(sample({ expires_at: 115_000 }));
    expect(t.page.querySelector('.clock')?.textContent).toBe('0:15');
    expect(t.page.querySelector('.foot')?.classList.contains('late')).toBe(false);
    await pass(6_000);
    expect(t.page.querySelector('.foot')?.classList.contains('late')).toBe(true);
    await pass(9_250);
    // The till still says that it waits.
    expect(t.page.querySelector('.pad')).toBeNull();
    expect(t.text()).toContain('已经付过了？');
    expect(t.text()).toContain('20261120-041');
  });

  it('floods once when paid, says so once, and goes back to the shop after three seconds', async () => {
    const t = await open(sample({ return_url: 'https://shop.example/ok' }));
    const spoken: string[] = [];
    const watch = new MutationObserver(() => spoken.push(t.said.textContent ?? ''));
    watch.observe(t.said, { childList: true });
    t.push(sample({ ...PAID, return_url: 'https://shop.example/ok' }));
    t.push(sample({ ...PAID, now: 130_000, return_url: 'https://shop.example/ok' }));
    t.push(sample({ now: 140_000 }));
    await pass(0);
    t.press('lang');
    await pass(0);
    watch.disconnect();
    expect(spoken).toEqual(['已到账，十四元九角八分']);
    expect(t.page.dataset['theme']).toBe('flood');
    expect(t.text()).toContain('Paid');
    await pass(1_000);
    expect(t.text()).toContain('Back in 2 s');
    await pass(2_000);
    expect(t.left.mock.calls).toEqual([['https://shop.example/ok']]);
    t.checkout.sleep();
    t.checkout.wake();
    await pass(10_000);
    expect(t.left).toHaveBeenCalledTimes(1);
  });

  it('stays with whoever asks to stay, or came back with the arrow', async () => {
    const asked = await open(sample({ ...PAID, return_url: 'https://shop.example/ok' }));
    asked.press('stay');
    await pass(5_000);
    expect(asked.left).not.toHaveBeenCalled();
    const left = await open(sample({ ...PAID, return_url: 'https://shop.example/ok' }));
    left.checkout.sleep();
    left.checkout.wake();
    await pass(5_000);
    expect(left.left).not.toHaveBeenCalled();
    const back = await open(sample({ ...PAID, return_url: 'https://shop.example/ok' }), { cameBack: true });
    await pass(5_000);
    expect(back.left).not.toHaveBeenCalled();
    expect(back.page.querySelector('#back')?.getAttribute('href')).toBe('https://shop.example/ok');
  });

  it('keeps the tab, the focus and the picture through repeats and another language', async () => {
    const t = await open(sample());
    t.press('tab-1');
    const image = t.page.querySelector('img');
    expect(image?.getAttribute('src')).toBe('/pay/x/1.png');
    t.push(sample({ now: 105_000 }));
    expect(t.page.querySelector('img')).toBe(image);
    document.getElementById('lang')?.focus();
    t.press('lang');
    expect(document.documentElement.lang).toBe('en');
    expect(document.activeElement?.id).toBe('lang');
    expect(t.page.querySelector('img')?.getAttribute('src')).toBe('/pay/x/1.png');
    expect(t.text()).toContain('15.00 less 0.02');
  });

  it('draws the code itself when its picture does not load', async () => {
    const t = await open(sample());
    t.page.querySelector('img')?.dispatchEvent(new Event('error'));
    expect(t.page.querySelector('.pad img')).toBeNull();
    expect(t.page.querySelector('.pad svg path')?.getAttribute('d')).toBe('M4 4h7v1h-7z');
  });

  it('keeps the code while the shop is away, and says so calmly', async () => {
    const t = await open(sample(), {});
    t.answer.status = 502;
    await pass(20_000);
    expect(t.page.querySelector('img')).not.toBeNull();
    expect(t.text()).toContain('正在重连');
    t.answer.status = 200;
    await pass(40_000);
    expect(t.text()).not.toContain('正在重连');
  });

  it('says when the link is broken and when the shop cannot be reached', async () => {
    const t = await open(sample(), {
      net: { fetch: () => Promise.resolve(new Response('', { status: 404 })), stream: null },
    });
    expect(t.text()).toContain('打不开这个付款页');
    const away = await open(sample(), {
      net: { fetch: () => Promise.reject(new Error('away')), stream: null },
    });
    expect(away.text()).toContain('暂时连不上店里');
  });

  it('marks practice in every state', async () => {
    const t = await open(sample({ practice: true }));
    expect(t.text()).toContain('练习模式');
    t.push(sample({ ...PAID, practice: true }));
    expect(t.text()).toContain('练习模式');
  });
});
