import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { blank } from '$lib/backend/mock/till';
import type { Channel, Request, TicketView } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { amountOf, amountTrouble, canVoid, leftFen, waysBack } from './bounds';

function paid(...payments: [Channel, number][]): TicketView {
  return {
    ...blank(40, []),
    status: 'paid',
    payments: payments.map(([channel, amount_fen]) => ({
      channel,
      amount_fen,
      how: 'auto',
      at: 0,
      reason: '',
    })),
  };
}

describe('what can go back', () => {
  it('is what came in, less what went back', () => {
    const ticket = paid(['wechat', 1498], ['wechat', 1498]);
    expect(leftFen(ticket)).toBe(2996);
    expect(leftFen({ ...ticket, refunded_fen: 1498 })).toBe(1498);
    expect(leftFen({ ...ticket, refunded_fen: 2996 })).toBe(0);
    expect(leftFen(paid())).toBe(0);
  });

  it.each([
    [null, 'bad'],
    [0, 'zero'],
    [-1, 'zero'],
    [1499, 'over'],
    [1498, null],
    [1, null],
  ] as const)('%s of 14.98: %s', (fen, trouble) => expect(amountTrouble(fen, 1498)).toBe(trouble));

  it('goes the way it came, newest first, or in cash', () => {
    expect(waysBack(paid(['wechat', 1], ['alipay', 2], ['wechat', 3]))).toEqual(['wechat', 'alipay', 'cash']);
    expect(waysBack(paid(['cash', 1]))).toEqual(['cash']);
  });

  it('is voided whole, on its own day, before any refund', () => {
    const ticket = paid(['wechat', 1498]);
    expect(canVoid(ticket, '2026-11-20')).toBe(true);
    expect(canVoid(ticket, '2026-11-21')).toBe(false);
    expect(canVoid({ ...ticket, refunded_fen: 1 }, '2026-11-20')).toBe(false);
    expect(amountOf('void', 1, 1498)).toBe(1498);
    expect(amountOf('refund', 1, 1498)).toBe(1);
  });
});

describe('the refund dialog', () => {
  beforeEach(() => {
    route.go('till');
    setLang('zh-CN');
  });

  async function open(change: Partial<TicketView> = {}): Promise<MockBackend> {
    const backend = new MockBackend();
    backend.till.put({ id: 40, ...change });
    render(App, { backend });
    await fireEvent.click(await screen.findByTestId('refund-40'));
    await screen.findByTestId('refund-dialog');
    return backend;
  }
  const fill = (testid: string, value: string): Promise<boolean> =>
    fireEvent.input(screen.getByTestId(testid), { target: { value } });
  const sent = (spy: { mock: { calls: unknown[][] } }): Request[] =>
    spy.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === 'refund');

  it('starts with all of it, and never goes over', async () => {
    await open();
    expect(screen.getByTestId('refund-amount')).toHaveValue('12.00');
    await fill('refund-reason', '退货');
    expect(screen.getByTestId('refund-go')).toBeEnabled();
    for (const wrong of ['12.01', '0', '', '1.234', '-1', 'abc', '99999999999']) {
      await fill('refund-amount', wrong);
      expect(screen.getByTestId('refund-go'), wrong).toBeDisabled();
    }
    await fill('refund-amount', '12.01');
    expect(screen.getByText('最多还能退 12.00')).toBeVisible();
    await fireEvent.click(screen.getByTestId('refund-all'));
    expect(screen.getByTestId('refund-back')).toHaveAttribute('data-fen', '1200');
  });

  it('needs a reason', async () => {
    await open();
    expect(screen.getByTestId('refund-go')).toBeDisabled();
    await fill('refund-reason', '   ');
    expect(screen.getByTestId('refund-go')).toBeDisabled();
  });

  it('books a part with the transfer number, and leaves the rest to give back', async () => {
    const backend = await open();
    const call = vi.spyOn(backend, 'call');
    expect(screen.getByText(/在手机上退给顾客，把转账单号填在这里/)).toBeVisible();
    await fill('refund-amount', '5.5');
    await fill('refund-reason', '退货');
    await fill('refund-reference', ' 10000388 ');
    await fireEvent.click(screen.getByTestId('refund-go'));
    await waitFor(() => expect(screen.queryByTestId('refund-dialog')).toBeNull());
    expect(sent(call)).toMatchObject([
      { kind: 'refund', channel: 'wechat', amount_fen: 550, reference: '10000388', reason: '退货' },
    ]);
    await fireEvent.click(await screen.findByTestId('refund-40'));
    expect(await screen.findByTestId('refund-given')).toHaveTextContent('−5.50');
    expect(screen.getByTestId('refund-amount')).toHaveValue('6.50');
    // Something went back: voiding is no longer offered.
    expect(screen.queryByRole('radio', { name: '作废' })).toBeNull();
  });

  it('voids all of it, whatever was typed', async () => {
    const backend = await open();
    const call = vi.spyOn(backend, 'call');
    await fill('refund-amount', '1');
    await fill('refund-reason', '收错了');
    await fireEvent.click(screen.getByRole('radio', { name: '作废' }));
    expect(screen.getByTestId('refund-amount')).toHaveValue('12.00');
    await fireEvent.click(screen.getByTestId('refund-go'));
    await waitFor(() => expect(sent(call)).toMatchObject([{ kind: 'void', amount_fen: 1200 }]));
    await waitFor(() => expect(screen.queryByTestId('refund-40')).toBeNull());
    expect(screen.getByText('已退款')).toBeVisible();
  });

  it('pays back in cash without a number', async () => {
    const backend = await open();
    const call = vi.spyOn(backend, 'call');
    await fill('refund-reference', '123');
    await fireEvent.click(screen.getByRole('radio', { name: '现金' }));
    expect(screen.queryByTestId('refund-reference')).toBeNull();
    await fill('refund-reason', '退货');
    await fireEvent.click(screen.getByTestId('refund-go'));
    await waitFor(() => expect(sent(call)).toMatchObject([{ channel: 'cash', reference: '' }]));
  });

  it('follows a refund that somebody else books meanwhile', async () => {
    const backend = await open();
    await backend.call<'refund'>({
      verb: 'refund',
      request_id: 'other',
      ticket_id: 40,
      kind: 'refund',
      channel: 'cash',
      amount_fen: 200,
      reference: '',
      reason: '少一个',
    });
    await waitFor(() => expect(screen.getByTestId('refund-amount')).toHaveValue('10.00'));
  });

  it('shows a refusal in place', async () => {
    const backend = await open();
    await fill('refund-reason', '退货');
    vi.spyOn(backend, 'call').mockRejectedValueOnce({ code: 'conflict', message: '这一天已经封账' });
    await fireEvent.click(screen.getByTestId('refund-go'));
    expect(await screen.findByTestId('refund-error')).toHaveTextContent('这一天已经封账');
    expect(screen.getByTestId('refund-reason')).toHaveValue('退货');
  });
});
