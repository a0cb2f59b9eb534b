import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { staffTheShop } from '$lib/backend/mock/people';
import { settle } from '$lib/backend/mock/selling';
import { fillDrawer } from '$lib/backend/mock/shift';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { toasts } from '$lib/kit/toasts.svelte';
import { dateText, shortHash } from './report';

async function open(who: 'manager' | 'cashier' | null, filled = true): Promise<MockBackend> {
  const backend = new MockBackend();
  if (who) staffTheShop(backend.till, who);
  if (filled) fillDrawer(backend.till);
  render(App, { backend });
  await screen.findByTestId('shift-line');
  return backend;
}

const fill = (testid: string, value: string): Promise<boolean> =>
  fireEvent.input(screen.getByTestId(testid), { target: { value } });

async function countTheDrawings(): Promise<void> {
  await screen.findByTestId('count-10000');
  for (const [face, pieces] of Object.entries({ 10000: 1, 5000: 3, 2000: 2, 1000: 2, 500: 2, 100: 6, 50: 1 }))
    await fill(`count-${face}`, String(pieces));
}

const sent = (spy: { mock: { calls: unknown[][] } }, verb: string): Request[] =>
  spy.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});

describe('a shift', () => {
  it('opens with the float, also on a till without people', async () => {
    const backend = await open(null, false);
    expect(screen.getByTestId('shift-line')).toHaveTextContent('还没有开班');
    await fireEvent.click(screen.getByTestId('shift-line'));
    await fill('float', '200.001');
    expect(screen.getByTestId('open-shift-go')).toBeDisabled();
    await fill('float', '200.5');
    await fireEvent.click(screen.getByTestId('open-shift-go'));
    await waitFor(() => expect(backend.till.shift?.report.float_fen).toBe(20_050));
    await waitFor(() => expect(screen.getByTestId('shift-line')).toHaveTextContent(/班次 \d\d:\d\d 起/));
  });

  it('moves cash with a reason, and the X report follows', async () => {
    const backend = await open('cashier');
    const call = vi.spyOn(backend, 'call');
    await fireEvent.click(screen.getByTestId('shift-line'));
    expect(await screen.findByTestId('report-expected')).toHaveTextContent('328.00');
    expect(screen.getByTestId('report-net')).toHaveTextContent('1,160.58');
    await fireEvent.click(screen.getByTestId('shift-out'));
    await fill('move-amount', '50');
    expect(screen.getByTestId('move-go')).toBeDisabled();
    await fill('move-reason', ' 交给店主 ');
    await fireEvent.click(screen.getByTestId('move-go'));
    await waitFor(() => expect(screen.queryByTestId('move-cash')).toBeNull());
    expect(sent(call, 'move_cash')).toMatchObject([{ kind: 'out', amount_fen: 5000, reason: '交给店主' }]);
    await fireEvent.click(screen.getByTestId('shift-line'));
    await waitFor(() => expect(screen.getByTestId('report-expected')).toHaveTextContent('278.00'));
  });

  it('refuses to take out more than is there, in place', async () => {
    const backend = await open('cashier');
    await fireEvent.click(screen.getByTestId('shift-line'));
    await fireEvent.click(await screen.findByTestId('shift-out'));
    await fill('move-amount', '1000');
    await fill('move-reason', '存银行');
    await fireEvent.click(screen.getByTestId('move-go'));
    expect(await screen.findByText('钱箱里没有这么多现金')).toBeVisible();
    expect(screen.getByTestId('move-amount')).toHaveValue('1000');
    expect(backend.till.shift?.moves).toEqual([]);
  });

  it('closes with a count, and says in words what is missing', async () => {
    const backend = await open('cashier');
    const call = vi.spyOn(backend, 'call');
    await fireEvent.click(screen.getByTestId('shift-line'));
    await fireEvent.click(await screen.findByTestId('shift-close'));
    await countTheDrawings();
    expect(screen.getByTestId('difference')).toHaveTextContent('少 1.50');
    await fill('count-100', '8');
    expect(screen.getByTestId('difference')).toHaveTextContent('多 0.50');
    await fill('count-50', '0');
    expect(screen.getByTestId('difference')).toHaveTextContent('一分不差');
    await fireEvent.keyDown(screen.getByTestId('count-50'), { key: 'Enter', ctrlKey: true });
    expect(await screen.findByTestId('shift-closed')).toHaveTextContent('已交班');
    expect(sent(call, 'close_shift')).toHaveLength(1);
    expect(backend.till.shifts[0]?.report.difference_fen).toBe(0);
    expect(backend.till.shift).toBeNull();
  });

  it('lists shifts with what was short or over', async () => {
    await open('cashier');
    await fireEvent.click(screen.getByTestId('staff'));
    await fireEvent.click(await screen.findByTestId('menu-shifts'));
    expect(await screen.findByTestId('shift-2')).toHaveTextContent('少 2.50');
    await fireEvent.click(screen.getByTestId('shift-2'));
    expect(await screen.findByText('找零多找了 2.50')).toBeVisible();
  });
});

describe('counting by key', () => {
  it('goes from face to face, and steps with plus and minus', async () => {
    await open('cashier');
    await fireEvent.click(screen.getByTestId('shift-line'));
    await fireEvent.click(await screen.findByTestId('shift-close'));
    const first = await screen.findByTestId('count-10000');
    await waitFor(() => expect(first).toHaveFocus());
    await fireEvent.keyDown(first, { key: '+' });
    await fireEvent.keyDown(first, { key: '+' });
    await fireEvent.keyDown(first, { key: '-' });
    expect(first).toHaveValue('1');
    await fireEvent.keyDown(first, { key: 'Enter' });
    expect(screen.getByTestId('count-5000')).toHaveFocus();
    await fireEvent.keyDown(screen.getByTestId('count-5000'), { key: 'ArrowUp' });
    expect(first).toHaveFocus();
    // Tab passes the two buttons: they are for the mouse.
    const stops = Array.from(
      screen.getByTestId('close-shift').querySelectorAll<HTMLElement>('.den button, .den input'),
    ).filter((element) => element.tabIndex >= 0);
    expect(stops.every((element) => element instanceof HTMLInputElement)).toBe(true);
  });
});

describe('closing the day', () => {
  async function dialog(): Promise<MockBackend> {
    const backend = await open('manager');
    await fireEvent.click(await screen.findByTestId('staff'));
    await fireEvent.click(await screen.findByTestId('menu-day'));
    await screen.findByTestId('day-net');
    return backend;
  }

  it('shows what should be there, counts, seals, and gives number and seal', async () => {
    const backend = await dialog();
    const call = vi.spyOn(backend, 'call');
    expect(screen.getByTestId('day-close')).toHaveTextContent('日结 11 月 20 日');
    expect(screen.getByTestId('day-close')).toHaveTextContent('Z118');
    expect(screen.getByTestId('expected-wechat')).toHaveTextContent('33 笔，与通知一致');
    expect(screen.getByTestId('expected-cash')).toHaveTextContent('备用金 200.00 + 收入 128.00');
    expect(screen.getByTestId('day-net')).toHaveAttribute('data-fen', '116058');
    await countTheDrawings();
    expect(screen.getByTestId('difference')).toHaveAttribute('data-fen', '-150');
    await fill('day-note', '中午找零多找了 1.50');
    await fireEvent.keyDown(screen.getByTestId('day-note'), { key: 'Enter', ctrlKey: true });
    expect(await screen.findByTestId('day-sealed')).toHaveTextContent('Z118 已封账');
    expect(sent(call, 'close_day')).toMatchObject([
      { business_date: '2026-11-20', note: '中午找零多找了 1.50', counted: { length: 7 } },
    ]);
    const seal = backend.till.sealed[0]?.head.hash ?? '';
    expect(screen.getByTestId('sealed-hash')).toHaveTextContent(shortHash(seal));
    expect(backend.till.shift).toBeNull();
  });

  it('follows a payment that comes meanwhile', async () => {
    const backend = await dialog();
    const sale = { lines: [{ name: '', price_fen: 1000, count: 1 }], discount: null, note: '' };
    settle(backend.till, backend.till.open(sale).id, 'alipay', 'auto');
    await waitFor(() => expect(screen.getByTestId('day-net')).toHaveAttribute('data-fen', '117058'));
  });

  it('closes without a count, and tells the till that nobody counted', async () => {
    const backend = await dialog();
    const call = vi.spyOn(backend, 'call');
    expect(screen.getByTestId('difference')).toHaveTextContent('还没点现金');
    await fireEvent.click(screen.getByTestId('day-seal'));
    await screen.findByTestId('day-sealed');
    expect(sent(call, 'close_day')).toMatchObject([{ counted: null }]);
  });

  it('warns of waiting tickets and of earlier days, and turns to the oldest', async () => {
    const backend = await open('manager');
    backend.till.unclosed = ['2026-11-15', '2026-11-16'];
    backend.till.open({ lines: [{ name: '', price_fen: 1500, count: 1 }], discount: null, note: '' });
    await fireEvent.click(await screen.findByTestId('staff'));
    await fireEvent.click(await screen.findByTestId('menu-day'));
    expect(await screen.findByTestId('day-waiting')).toHaveTextContent('还有 1 单在等付款');
    await fill('count-100', '3');
    await fireEvent.click(screen.getByTestId('day-earlier'));
    await waitFor(() => expect(screen.getByTestId('day-close')).toHaveTextContent('日结 11 月 15 日'));
    // What was counted was for the other day.
    expect(screen.getByTestId('count-100')).toHaveValue('');
    expect(screen.queryByTestId('day-unclosed')).toBeNull();
  });

  it('shows a refusal in place and keeps what was typed', async () => {
    const backend = await dialog();
    await fill('count-100', '3');
    vi.spyOn(backend, 'call').mockRejectedValueOnce({ code: 'conflict', message: '刚刚有人封过账了' });
    await fireEvent.click(screen.getByTestId('day-seal'));
    expect(await screen.findByTestId('day-error')).toHaveTextContent('刚刚有人封过账了');
    expect(screen.getByTestId('count-100')).toHaveValue('3');
  });

  it('asks again under the same id when no answer came', async () => {
    const backend = await dialog();
    const call = vi.spyOn(backend, 'call');
    call.mockRejectedValueOnce({ code: 'unavailable', message: '' });
    await fireEvent.click(screen.getByTestId('day-seal'));
    await screen.findByTestId('day-error');
    await fireEvent.click(screen.getByTestId('day-seal'));
    await screen.findByTestId('day-sealed');
    const [one, two] = sent(call, 'close_day') as { request_id: string }[];
    expect(one?.request_id).toBe(two?.request_id);
  });
});

describe('Z reports', () => {
  it('say whether they are intact, and what came after', async () => {
    const backend = await open('manager');
    backend.till.sealed = backend.till.sealed.map((z) =>
      z.head.number === 117
        ? { ...z, later: 2, later_fen: -1850 }
        : z.head.number === 115
          ? { ...z, intact: false }
          : z,
    );
    await fireEvent.click(await screen.findByTestId('staff'));
    await fireEvent.click(await screen.findByTestId('menu-z'));
    expect(await screen.findByTestId('z-intact')).toHaveTextContent('完好');
    expect(screen.getByTestId('z-later')).toHaveTextContent('2 笔更正，合计 −18.50');
    expect(screen.getByTestId('z-116')).toHaveTextContent('更正');
    await fireEvent.click(screen.getByTestId('z-115'));
    expect(await screen.findByTestId('z-broken')).toHaveTextContent('被改动');
    expect(screen.queryByTestId('z-intact')).toBeNull();
  });

  it('a refund after closing is a correction of its own', async () => {
    const backend = await open('manager');
    await backend.call<'close_day'>({
      verb: 'close_day',
      request_id: 'z',
      business_date: null,
      counted: null,
      note: '',
    });
    await fireEvent.click(await screen.findByTestId('refund-40'));
    await fireEvent.input(await screen.findByTestId('refund-reason'), { target: { value: '退货' } });
    await fireEvent.click(screen.getByTestId('refund-go'));
    await waitFor(() => expect(toasts().at(-1)?.text).toContain('已退款 ¥12.00'));
    await fireEvent.click(screen.getByTestId('staff'));
    await fireEvent.click(await screen.findByTestId('menu-z'));
    expect(await screen.findByTestId('z-later')).toHaveTextContent('1 笔更正，合计 −12.00');
    await fireEvent.click(screen.getByTestId('z-seal-later'));
    expect(await screen.findByTestId('day-close')).toHaveTextContent('第 2 次');
  });
});

describe('how dates and seals read', () => {
  it('names the day, and the year when it is another', () => {
    expect(dateText('2026-11-20', '2026-11-21')).toBe('11 月 20 日');
    expect(dateText('2025-01-02', '2026-11-21')).toBe('2025 年 1 月 2 日');
    expect(dateText('nonsense')).toBe('nonsense');
    setLang('en');
    expect(dateText('2025-01-02', '2026-11-21')).toBe('2 January 2025');
  });

  it('shortens a seal', () => {
    expect(shortHash(`a3f29c01${'0'.repeat(52)}7be4`)).toBe('a3f29c01…7be4');
    expect(shortHash('')).toBe('');
  });
});
