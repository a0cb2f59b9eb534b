import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { contract, hear, payTrade } from '$lib/backend/mock/trades';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { toasts } from '$lib/kit/toasts.svelte';
import { scanner } from './scanner';

/** Their last digit makes the fake provider wait for the customer. */
const ALIPAY = '280123456789012349';
const WECHAT = '134567890123456789';

let clock = 1000;

async function key(name: string, gap: number, init: KeyboardEventInit = {}): Promise<boolean> {
  clock += gap;
  const code = /^\d$/.test(name) ? `Digit${name}` : name;
  const event = new KeyboardEvent('keydown', { code, key: name, bubbles: true, cancelable: true, ...init });
  Object.defineProperty(event, 'timeStamp', { value: clock });
  const at = document.activeElement ?? document.body;
  const goesOn = await fireEvent(at, event);
  // A browser's field takes what nobody else took.
  if (goesOn && at instanceof HTMLInputElement && /^\d$/.test(name))
    await fireEvent.input(at, { target: { value: at.value + name } });
  await fireEvent(at, new KeyboardEvent('keyup', { code, key: name, bubbles: true }));
  return goesOn;
}
async function keys(text: string, gap = 120): Promise<void> {
  for (const c of text) await key(c, gap);
}
/** What a scanner does, a while after whatever was before. */
async function scan(code: string, init: KeyboardEventInit = {}): Promise<void> {
  clock += 1000;
  for (const c of code) await key(c, 8, init);
  await key('Enter', 8, init);
}

async function open(state = ''): Promise<{ backend: MockBackend; sent: (verb: string) => Request[] }> {
  const backend = new MockBackend({ state });
  if (state === '') contract(backend.till);
  const call = vi.spyOn(backend, 'call');
  render(App, { backend });
  await screen.findByText('巷口早餐');
  await screen.findByTestId('pad-scan').catch(() => {});
  const sent = (verb: string): Request[] =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);
  return { backend, sent };
}
const amount = (): string => screen.getByTestId('amount').textContent ?? '';

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
  scanner.enter(0);
});

describe('scanning a payment code', () => {
  it('charges the waiting ticket, and no digit gets into the amount', async () => {
    const { backend, sent } = await open('scan-ready');
    await screen.findByTestId('ticket-card');
    await scan(ALIPAY);
    expect(await screen.findByTestId('scan-panel')).toBeVisible();
    expect(sent('scan')).toMatchObject([{ ticket_id: 41, auth_code: ALIPAY }]);
    expect(amount()).toBe('0.00');
    expect(document.body.innerHTML).not.toContain(ALIPAY.slice(0, 6));
    payTrade(backend.till, 41);
    expect(await screen.findByTestId('paid-flood')).toHaveTextContent('¥15.00');
  });

  it('is heard where a screen is read out, from a place that was there before', async () => {
    const { backend } = await open('scan-ready');
    const card = await screen.findByTestId('ticket-card');
    const voice = card.querySelector('.sr[role="status"]');
    expect(voice).toBeInTheDocument();
    await scan(ALIPAY);
    await screen.findByTestId('scan-panel');
    await waitFor(() => expect(voice).toHaveTextContent(/\S/));
    hear(backend.till, 41, { trouble: 'doubt', message: '平台没有回答' });
    await waitFor(() => expect(voice).toHaveTextContent('平台没有回答'));
    expect(voice).toBeInTheDocument();
  });

  it('rings up what is keyed and charges it in one go', async () => {
    const { sent } = await open();
    await keys('15');
    await scan(ALIPAY);
    await screen.findByTestId('scan-panel');
    expect(sent('ring_up')).toHaveLength(1);
    expect(sent('ring_up')[0]).toMatchObject({ sale: { lines: [{ price_fen: 1500, count: 1 }] } });
    expect(sent('scan')).toMatchObject([{ ticket_id: 41, auth_code: ALIPAY }]);
    expect(amount()).toBe('0.00');
  });

  it('is not fooled by an input method, nor by one that reports each press twice', async () => {
    const { sent } = await open('scan-ready');
    await screen.findByTestId('ticket-card');
    await scan(ALIPAY, { isComposing: true });
    await waitFor(() => expect(sent('scan')).toMatchObject([{ auth_code: ALIPAY }]));
  });

  it('hears a press that is reported twice once', async () => {
    const { sent } = await open('scan-ready');
    await screen.findByTestId('ticket-card');
    clock += 1000;
    for (const c of '281111111111111119') {
      await key('Process', 6, { code: `Digit${c}` });
      await key(c, 2);
    }
    await key('Enter', 8);
    await waitFor(() => expect(sent('scan')).toMatchObject([{ auth_code: '281111111111111119' }]));
  });

  it('takes the code out of a field it was scanned into', async () => {
    const { sent } = await open('scan-ready');
    await screen.findByTestId('ticket-card');
    await key('F9', 500);
    const dialog = await screen.findByTestId('cash-dialog');
    within(dialog).getByTestId('tendered').focus();
    await fireEvent.input(within(dialog).getByTestId('tendered'), { target: { value: '20' } });
    await scan(ALIPAY);
    await screen.findByTestId('scan-panel');
    expect(screen.queryByTestId('cash-dialog')).toBeNull();
    expect(sent('take_cash')).toHaveLength(0);
    expect(sent('scan')).toHaveLength(1);
  });

  it('asks to close a dialog about something else first, and leaves its field as it was', async () => {
    const { sent } = await open('scan-ready');
    await screen.findByTestId('ticket-card');
    await key('/', 500, { code: 'Slash' });
    const field = await waitFor(() => {
      const found = document.querySelector<HTMLInputElement>('.dialog input');
      if (!found) throw new Error('no field yet');
      return found;
    });
    field.focus();
    await scan(ALIPAY);
    expect(toasts().at(-1)?.text).toContain('先关上');
    expect(field.value).toBe('');
    expect(sent('scan')).toHaveLength(0);
  });

  it('lets somebody type digits by hand', async () => {
    const { sent } = await open();
    await keys('12345678', 120);
    expect(amount()).toBe('12345678');
    expect(sent('scan')).toHaveLength(0);
  });

  it('holds fast digits back, and plays them when no Enter follows', async () => {
    await open();
    await keys('1234', 10);
    expect(amount()).toBe('0.00');
    await waitFor(() => expect(amount()).toBe('1234'));
  });

  it('says where to set it up, and what is missing', async () => {
    const { backend, sent } = await open();
    await scan(ALIPAY);
    expect(await screen.findByTestId('scan-fault')).toHaveTextContent('先输入金额');
    contract(backend.till, ['wechat']);
    backend.till.emit({ event: 'settings://changed' });
    await keys('15');
    await waitFor(async () => {
      await scan(ALIPAY);
      expect(screen.getByTestId('scan-fault')).toHaveTextContent('还不能扫支付宝');
    });
    expect(amount()).toBe('15');
    await scan('991234567890123456');
    expect(screen.getByTestId('scan-fault')).toHaveTextContent('这不是');
    expect(sent('scan')).toHaveLength(0);
    expect(sent('ring_up')).toHaveLength(0);
    await scan(ALIPAY);
    await fireEvent.click(within(screen.getByTestId('scan-fault')).getByText('去设置'));
    expect([route.name, route.section]).toEqual(['settings', 'gateways']);
  });

  it('does not charge a second code while the first has no result', async () => {
    const { sent } = await open('scan-waiting');
    await screen.findByTestId('scan-panel');
    await scan(WECHAT);
    expect(toasts().at(-1)?.text).toContain('还没有结果');
    expect(sent('scan')).toHaveLength(0);
  });

  it('may be typed, in dots', async () => {
    const { sent } = await open('scan-ready');
    await screen.findByTestId('ticket-card');
    await key('-', 500, { code: 'NumpadSubtract' });
    const field = await screen.findByTestId('scan-code');
    expect(field).toHaveAttribute('type', 'password');
    await fireEvent.input(field, { target: { value: '9912 3456' } });
    await fireEvent.click(screen.getByTestId('scan-go'));
    expect(screen.getByText(/这不是/)).toBeVisible();
    await fireEvent.input(field, { target: { value: '2801 2345 6789 0123 49' } });
    await fireEvent.click(screen.getByTestId('scan-go'));
    await screen.findByTestId('scan-panel');
    expect(sent('scan')).toMatchObject([{ auth_code: ALIPAY }]);
  });
});

describe('a charge under way', () => {
  const panel = (): HTMLElement => screen.getByTestId('scan-panel');

  it('counts down, and is stopped with Esc twice', async () => {
    const { backend } = await open('scan-waiting');
    await screen.findByTestId('scan-panel');
    expect(panel()).toHaveTextContent('等待顾客确认');
    expect(panel()).toHaveTextContent(/0:4\d/);
    await key('F9', 500);
    expect(screen.queryByTestId('cash-dialog')).toBeNull();
    await key('Escape', 500);
    expect(screen.getByTestId('scan-stop')).toHaveTextContent('再按一次');
    await key('Escape', 500);
    await waitFor(() => expect(panel()).toHaveAttribute('data-state', 'ending'));
    expect(backend.till.ticket(41).status).toBe('open');
    expect(await screen.findByTestId('scan-note', {}, { timeout: 4000 })).toHaveTextContent('没有扣款');
  });

  it('says a doubt in words, and asks again', async () => {
    const { backend, sent } = await open('scan-doubt');
    await screen.findByTestId('scan-panel');
    expect(panel()).toHaveTextContent('还不知道扣没扣款');
    expect(panel()).toHaveTextContent('平台没有回答');
    await fireEvent.click(screen.getByTestId('scan-ask'));
    expect(sent('ask_trade')).toMatchObject([{ ticket_id: 41 }]);
    hear(backend.till, 41, { trouble: null, message: '' });
    await waitFor(() => expect(panel()).toHaveAttribute('data-state', 'waiting'));
  });

  it.each([
    ['scan_again', '请顾客刷新付款码', true],
    ['no_funds', '换一张卡', true],
    ['other_means', '换一种付法', false],
    ['settings', '告诉店主', false],
  ] as const)('refused with %s, says what to do', async (trouble, words, again) => {
    const { backend } = await open('scan-waiting');
    await screen.findByTestId('scan-panel');
    hear(backend.till, 41, { stage: 'over', trouble, message: '平台的话。' });
    const note = await screen.findByTestId('scan-note');
    expect(note).toHaveTextContent('微信支付没有扣款');
    expect(note).toHaveTextContent('平台的话');
    expect(note).toHaveTextContent(words);
    expect(screen.queryByTestId('scan-again') !== null).toBe(again);
    expect(screen.getByTestId('ticket-qr-wechat')).toBeVisible();
  });

  it('can be asked about where money is missed', async () => {
    const { sent } = await open('scan-doubt');
    await fireEvent.click(await screen.findByTestId('missing'));
    const box = await screen.findByTestId('ask-provider');
    expect(box).toHaveTextContent('还不知道扣没扣款');
    await fireEvent.click(within(box).getByTestId('ask-trade'));
    expect(sent('ask_trade')).toHaveLength(1);
  });
});
