import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { settle } from '$lib/backend/mock/selling';
import { toasts } from '$lib/kit/toasts.svelte';
import { scanner } from './scanner';

let clock = 1000;

/** Presses a key as a person would: 120 ms after the last one. */
async function key(
  code: string,
  init: KeyboardEventInit & { keyCode?: number } = {},
  gap = 120,
): Promise<void> {
  clock += gap;
  const plain = code.replace(/^(Digit|Key|Numpad(?=\d))/, '');
  const named = { NumpadAdd: '+', NumpadMultiply: '*', Period: '.', Slash: '/' }[code] ?? plain;
  const event = new KeyboardEvent('keydown', { code, key: named, bubbles: true, cancelable: true, ...init });
  Object.defineProperty(event, 'timeStamp', { value: clock });
  await fireEvent(document.activeElement ?? document.body, event);
  await fireEvent(
    document.activeElement ?? document.body,
    new KeyboardEvent('keyup', { code, key: named, bubbles: true }),
  );
}

async function type(text: string, gap = 120): Promise<void> {
  const codes: Record<string, string> = { '.': 'Period', '+': 'NumpadAdd', '*': 'NumpadMultiply' };
  for (const c of text) await key(codes[c] ?? `Digit${c}`, {}, gap);
}

async function open(state = ''): Promise<MockBackend> {
  const backend = new MockBackend({ state });
  render(App, { backend });
  await screen.findByText('巷口早餐');
  await screen.findByText('豆浆').catch(() => {});
  return backend;
}

const amount = (): string => screen.getByTestId('amount').textContent ?? '';

beforeEach(() => {
  flood.close();
  route.go('till');
  scanner.enter(0);
});
afterEach(() => vi.useRealTimers());

describe('keying', () => {
  it('adds amounts on the keypad', async () => {
    await open();
    const pad = screen.getByRole('group', { name: '数字键盘' });
    for (const name of ['1', '2', '加', '3', '点', '5'])
      await fireEvent.click(within(pad).getByRole('button', { name }));
    expect(amount()).toBe('15.50');
    expect(screen.getByTestId('sum')).toHaveTextContent('12 + 3.5');
    expect(screen.getByTestId('charge')).toHaveTextContent('收款');
    expect(screen.getByTestId('amount-entry')).toHaveAccessibleName('金额 十五元五角');
  });

  it('takes digits that a Chinese input method reports, once each', async () => {
    await open();
    await key('Digit1', { key: 'Process', keyCode: 229 });
    await key('Digit1', { key: '1' }, 3);
    await key('Digit5', { key: 'Process', isComposing: true });
    expect(amount()).toBe('15');
  });

  it('ignores a key that repeats', async () => {
    await open();
    await key('Digit4');
    for (let i = 0; i < 5; i += 1) await key('Digit4', { repeat: true }, 30);
    expect(amount()).toBe('4');
  });

  it('keeps a scanner out of the amount', async () => {
    await open();
    await type('12');
    clock += 2000;
    for (const d of '6901234567892') await key(`Digit${d}`, {}, 8);
    await key('Enter', {}, 8);
    expect(amount()).toBe('12');
    expect(screen.queryByTestId('ticket-card')).toBeNull();
    expect(toasts().at(-1)?.text).toContain('扫码枪');
  });

  it('adds items by key and by click, and opens a ticket at once with Shift', async () => {
    await open();
    await key('F1');
    await fireEvent.click(screen.getByTestId('tile-18'));
    expect(amount()).toBe('3.50');
    await key('F1', { shiftKey: true });
    expect(await screen.findByTestId('ticket-due')).toHaveTextContent('¥6.50');
  });

  it('clears with Esc', async () => {
    await open();
    await type('12+3');
    await key('Escape');
    expect(amount()).toBe('0.00');
    expect(screen.getByTestId('charge')).toBeDisabled();
  });
});

describe('ringing up', () => {
  it('shows the codes and underlines the two digits that differ', async () => {
    await open();
    await type('15');
    await key('Enter');
    const card = await screen.findByTestId('ticket-card');
    expect(card).toHaveAttribute('data-status', 'open');
    expect(within(card).getByTestId('ticket-qr-wechat')).toBeInTheDocument();
    expect(within(card).getByTestId('ticket-qr-alipay')).toBeInTheDocument();
    const due = within(card).getByTestId('ticket-due');
    expect(due).toHaveTextContent('¥14.98');
    expect(due.querySelector('u')).toHaveTextContent('98');
    expect(due).toHaveAccessibleName('十四元九角八分');
    expect(amount()).toBe('0.00');
    await waitFor(() => expect(window.__marks?.at(-1)?.name).toBe('qr'));
  });

  it('does not underline an amount without a tail', async () => {
    await open();
    await type('8');
    await key('Enter');
    expect((await screen.findByTestId('ticket-due')).querySelector('u')).toBeNull();
  });

  it('opens one ticket for a double Enter and a double click', async () => {
    const backend = await open();
    backend.till.delay = 30;
    await type('15');
    await key('Enter');
    await key('Enter', {}, 20);
    await fireEvent.click(screen.getByTestId('charge'));
    await screen.findByTestId('ticket-card');
    await key('Enter', {}, 20);
    await new Promise((done) => setTimeout(done, 80));
    expect(backend.till.tickets.filter((t) => t.status === 'open')).toHaveLength(1);
  });

  it('keeps keys that come while the till answers, for the next sale', async () => {
    const backend = await open();
    backend.till.delay = 30;
    await type('15');
    await key('Enter');
    await type('8');
    await screen.findByTestId('ticket-card');
    expect(amount()).toBe('8');
  });

  it('lets two sales wait', async () => {
    await open();
    await type('15');
    await key('Enter');
    await screen.findByTestId('ticket-card');
    await type('8');
    await key('Enter');
    await waitFor(() => expect(screen.getByTestId('waiting-list')).toHaveAttribute('data-count', '2'));
    expect(screen.getByTestId('ticket-due')).toHaveTextContent('¥8.00');
  });

  it('says why there is no code for this amount, and keeps the amount', async () => {
    const backend = await open();
    for (let fen = 1400; fen <= 1500; fen += 1) backend.till.taken.add(fen);
    await type('15');
    await key('Enter');
    expect(await screen.findByTestId('problem')).toHaveTextContent('占用');
    expect(amount()).toBe('15');
  });

  it('cancels with Esc twice, and asks when the code was only just shown', async () => {
    const backend = await open();
    await type('15');
    await key('Enter');
    await screen.findByTestId('ticket-card');
    await key('Escape');
    expect(screen.getByTestId('ticket-cancel')).toHaveTextContent('再按一次');
    await key('Escape');
    await fireEvent.click(await screen.findByTestId('cancel-yes'));
    await waitFor(() => expect(screen.queryByTestId('ticket-card')).toBeNull());
    expect(backend.till.tickets.at(-1)?.status).toBe('cancelled');
  });
});

describe('getting paid', () => {
  it('floods green only when the till says paid', async () => {
    const backend = await open();
    await type('15');
    await key('Enter');
    const card = await screen.findByTestId('ticket-card');
    const id = Number(card.getAttribute('data-ticket-id'));
    // A changed ticket, even one that calls itself paid, is not an announcement.
    backend.till.emit({ event: 'ticket://changed', ticket: { ...backend.till.ticket(id), status: 'paid' } });
    await new Promise((done) => setTimeout(done, 20));
    expect(screen.queryByTestId('paid-flood')).toBeNull();
    settle(backend.till, id, 'wechat', 'auto');
    const paid = await screen.findByTestId('paid-flood');
    expect(paid).toHaveTextContent('¥14.98');
    expect(within(paid).getByRole('alert')).toHaveTextContent('十四元九角八分');
    await waitFor(() => expect(window.__marks?.at(-1)).toMatchObject({ name: 'paid', ticket: id }));
  });

  it('keeps the keys alive under the flood: the next digit closes it and counts', async () => {
    const backend = await open('waiting');
    await screen.findByTestId('ticket-card');
    settle(backend.till, 41, 'wechat', 'auto');
    await screen.findByTestId('paid-flood');
    await key('Digit7');
    expect(screen.queryByTestId('paid-flood')).toBeNull();
    expect(amount()).toBe('7');
    expect(screen.getByTestId('recent-list').querySelector('[data-ticket="41"]')).toBeInTheDocument();
  });

  it('takes cash with the change', async () => {
    await open();
    await type('15');
    await key('F9');
    const dialog = await screen.findByTestId('cash-dialog');
    await fireEvent.input(within(dialog).getByTestId('tendered'), { target: { value: '20' } });
    expect(within(dialog).getByTestId('cash-change')).toHaveTextContent('¥5.00');
    await fireEvent.click(within(dialog).getByTestId('cash-done'));
    expect(await screen.findByTestId('change')).toHaveTextContent('¥5.00');
  });

  it('confirms by hand only with a reason', async () => {
    const backend = await open('waiting');
    await fireEvent.click(await screen.findByTestId('missing'));
    const dialog = await screen.findByTestId('missing-dialog');
    expect(dialog).toHaveTextContent('尚未到账');
    expect(within(dialog).getByTestId('by-hand-confirm')).toBeDisabled();
    await fireEvent.click(within(dialog).getByText('在收款手机上看到了'));
    await fireEvent.click(within(dialog).getByTestId('by-hand-confirm'));
    expect(await screen.findByTestId('paid-flood')).toHaveTextContent('人工确认');
    expect(backend.till.ticket(41).payments[0]).toMatchObject({ how: 'by_hand', channel: 'wechat' });
  });

  it('accepts a late payment with one key', async () => {
    await open('late');
    await fireEvent.click(await screen.findByTestId('ended'));
    await screen.findByTestId('accept-late', {}, { timeout: 2000 });
    await waitFor(() => expect(screen.getByTestId('ended')).toHaveTextContent('迟到 +2:10'));
    await key('Enter');
    expect(await screen.findByTestId('paid-flood')).toHaveTextContent('迟到的付款');
  });
});

describe('around the till', () => {
  it('says that the phone is silent and how to confirm', async () => {
    await open('offline');
    expect(await screen.findByTestId('strip-offline')).toHaveTextContent('8 分钟没有消息');
    expect(await screen.findByTestId('missing')).toHaveTextContent('手机已到账，确认');
  });

  it('points to settings while there is no code', async () => {
    await open('nocode');
    expect(await screen.findByTestId('no-code')).toHaveTextContent('去添加收款码');
  });

  it('covers the sum of today until asked', async () => {
    await open();
    await screen.findByTestId('today-eye');
    expect(screen.queryByTestId('today-sum')).toBeNull();
    await fireEvent.click(screen.getByTestId('today-eye'));
    expect(screen.getByTestId('today-sum')).toHaveTextContent('¥1,284.50');
  });

  it('sets a sale aside and takes it back', async () => {
    await open();
    await type('15');
    await key('F10');
    await waitFor(() => expect(amount()).toBe('0.00'));
    await key('F10');
    await fireEvent.click(await screen.findByTestId('parked'));
    await waitFor(() => expect(screen.getByTestId('amount-entry')).toHaveAttribute('data-fen', '1500'));
  });

  it('takes a discount off', async () => {
    await open();
    await type('15');
    await key('F12');
    const dialog = await screen.findByTestId('discount-dialog');
    await fireEvent.click(within(dialog).getByText('9 折'));
    await waitFor(() => expect(amount()).toBe('13.50'));
  });

  it('shows practice controls in practice mode only', async () => {
    await open('practice');
    expect(await screen.findByTestId('practice-exact')).toBeInTheDocument();
    expect(screen.getByTestId('practice-stripe')).toBeInTheDocument();
  });
});
