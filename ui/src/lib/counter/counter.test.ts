import { render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { MockBackend } from '$lib/backend/mock';
import { expire, settle, showDisplay } from '$lib/backend/mock/selling';
import { hear, payTrade } from '$lib/backend/mock/trades';
import Counter from './Counter.svelte';

async function open(state: string): Promise<MockBackend> {
  const backend = new MockBackend({ state });
  render(Counter, { backend });
  await waitFor(() => expect(screen.getByTestId('counter-phase')).not.toHaveAttribute('data-phase', 'start'));
  return backend;
}
const phase = (): string | null => screen.getByTestId('counter-phase').getAttribute('data-phase');

describe('the counter screen', () => {
  it('shows the amount with its tail, the codes and whose they are', async () => {
    await open('pay');
    const amount = screen.getByTestId('counter-amount');
    expect(amount).toHaveTextContent('¥14.98');
    expect(amount.querySelector('u')).toHaveTextContent('98');
    expect(amount).toHaveAccessibleName('十四元九角八分');
    expect(screen.getByTestId('counter-qr-wechat')).toHaveAccessibleName('微信支付收款码');
    expect(screen.getByTestId('counter-qr-alipay')).toBeInTheDocument();
    expect(screen.getByText('蓝狐狸 #041')).toBeInTheDocument();
  });

  it('has no controls', async () => {
    await open('pay');
    expect(screen.queryAllByRole('button')).toHaveLength(0);
    expect(screen.queryAllByRole('link')).toHaveLength(0);
  });

  it('turns green when the till says paid, and says it once to a screen reader', async () => {
    const backend = await open('pay');
    settle(backend.till, 41, 'wechat', 'auto');
    expect(await screen.findByTestId('counter-paid')).toHaveTextContent('¥14.98');
    expect(screen.getByRole('alert')).toHaveTextContent('已收到 十四元九角八分');
    await waitFor(() => expect(window.__marks?.at(-1)?.name).toBe('counter-paid'));
  });

  it('shows no amount of the last customer when idle', async () => {
    const backend = await open('counter-paid');
    expect(phase()).toBe('paid');
    backend.till.shown = null;
    showDisplay(backend.till);
    await waitFor(() => expect(phase()).toBe('idle'));
    expect(document.body.textContent).not.toContain('14.98');
  });

  it('leads nobody to pay twice when the code ran out', async () => {
    const backend = await open('pay');
    expire(backend.till, 41);
    await waitFor(() => expect(phase()).toBe('expired'));
    expect(screen.getByText('已经付过了？请告诉收银员，不用再付')).toBeInTheDocument();
    expect(screen.queryByTestId('counter-qr-wechat')).toBeNull();
  });

  it('stays calm and hides the codes while the till is away', async () => {
    const backend = await open('pay');
    backend.till.displayConnected = false;
    showDisplay(backend.till);
    await waitFor(() => expect(phase()).toBe('disconnected'));
    expect(screen.getByText('请向收银员付款')).toBeInTheDocument();
    expect(screen.queryByTestId('counter-amount')).toBeNull();
  });

  it('shows the growing sum', async () => {
    await open('cart');
    expect(screen.getByTestId('counter-amount')).toHaveTextContent('¥23.00');
    expect(screen.getByText('小笼包')).toBeInTheDocument();
  });
});

describe('a charge that waits for the phone', () => {
  it('is calm: the amount, whose phone, and no green', async () => {
    await open('scan-waiting');
    expect(phase()).toBe('processing');
    expect(screen.getByTestId('counter-phase')).not.toHaveAttribute('data-theme', 'flood');
    expect(screen.getByTestId('counter-amount')).toHaveTextContent('¥15.00');
    expect(screen.getByTestId('counter-processing')).toHaveTextContent('正在等待您在手机上确认');
    expect(screen.queryByTestId('counter-qr-wechat')).toBeNull();
    expect(screen.queryByTestId('sandbox-stripe')).toBeNull();
  });

  it('shows the codes again when it came to nothing, and green when it is paid', async () => {
    const backend = await open('scan-waiting');
    hear(backend.till, 41, { stage: 'over', trouble: 'scan_again' });
    await waitFor(() => expect(phase()).toBe('pay'));
    expect(screen.getByTestId('counter-qr-wechat')).toBeInTheDocument();
    payTrade(backend.till, 41);
    await waitFor(() => expect(phase()).toBe('paid'));
  });

  it('says that nothing is really paid on a test system', async () => {
    await open('scan-sandbox');
    expect(screen.getByTestId('sandbox-stripe')).toHaveTextContent('不会真的收款');
  });

  it('says that the code is on its way', async () => {
    await open('scan-fetching');
    expect(screen.getByTestId('codes-fetching')).toBeInTheDocument();
  });
});
