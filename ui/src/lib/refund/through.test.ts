import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { addTrade, moveRefund } from '$lib/backend/mock/trades';
import type { Request, RefundStage } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { leftBy, leftFen } from './bounds';

beforeEach(() => {
  route.go('till');
  setLang('zh-CN');
});

async function open(goes: RefundStage): Promise<{ backend: MockBackend; sent: () => Request[] }> {
  const backend = new MockBackend();
  addTrade(backend.till, 40, 'wechat', { stage: 'paid', trade_no: 'P-1' });
  backend.till.refundGoes = goes;
  const call = vi.spyOn(backend, 'call');
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('refund-40'));
  await screen.findByTestId('refund-through');
  const sent = (): Request[] =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === 'refund');
  return { backend, sent };
}
const fill = (testid: string, value: string): Promise<boolean> =>
  fireEvent.input(screen.getByTestId(testid), { target: { value } });
const stage = (): string | null =>
  screen.getByTestId('refund-dialog').querySelector('[data-stage]')?.getAttribute('data-stage') ?? null;

async function give(amount: string): Promise<void> {
  await fill('refund-amount', amount);
  await fill('refund-reason', '退货');
  await fireEvent.click(screen.getByTestId('refund-go'));
}

describe('money going back through a provider', () => {
  it('needs no number of a transfer, and shows how it goes until it is done', async () => {
    const { backend, sent } = await open('done');
    expect(screen.queryByTestId('refund-reference')).toBeNull();
    expect(screen.getByTestId('refund-through')).toHaveTextContent('原路退回');
    await give('5');
    await waitFor(() => expect(stage()).toBe('pending'));
    expect(screen.getByTestId('refund-dialog')).toHaveTextContent('自动再问');
    // Set aside, and not booked yet.
    expect(leftFen(backend.till.ticket(40))).toBe(700);
    expect(backend.till.ticket(40).refunded_fen).toBe(0);
    await waitFor(() => expect(stage()).toBe('done'), { timeout: 4000 });
    expect(sent()).toMatchObject([{ channel: 'wechat', amount_fen: 500, reference: '' }]);
    expect(leftFen(backend.till.ticket(40))).toBe(700);
    await fireEvent.click(screen.getByTestId('refund-more'));
    expect(screen.getByTestId('refund-amount')).toHaveValue('7.00');
  });

  it('says why it was refused, and lets try again', async () => {
    const { backend } = await open('refused');
    await give('12');
    await waitFor(() => expect(stage()).toBe('refused'), { timeout: 4000 });
    expect(screen.getByTestId('refund-dialog')).toHaveTextContent('不够退');
    expect(leftBy(backend.till.ticket(40), 'wechat')).toBe(1200);
    await fireEvent.click(screen.getByTestId('refund-more'));
    await waitFor(() => expect(screen.getByTestId('refund-amount')).toHaveValue('12.00'));
  });

  it('goes on without the dialog; opened again, it shows what is under way', async () => {
    const { backend } = await open('pending');
    await give('5');
    await waitFor(() => expect(stage()).toBe('pending'));
    await fireEvent.click(screen.getByTestId('refund-close'));
    await fireEvent.click(screen.getByTestId('refund-40'));
    const dialog = await screen.findByTestId('refund-dialog');
    await waitFor(() => expect(stage()).toBe('pending'));
    expect(within(dialog).getByTestId('refund-amount')).toHaveValue('7.00');
    const refund = backend.till.ticket(40).trades[0]?.refunds[0];
    moveRefund(backend.till, 40, refund?.id ?? 0, 'done');
    await waitFor(() => expect(within(dialog).getByTestId('refund-given')).toHaveTextContent('5.00'));
  });

  it('leaves cash to the cash drawer', async () => {
    const { sent } = await open('done');
    await fireEvent.click(within(screen.getByTestId('refund-dialog')).getByText('现金'));
    expect(screen.queryByTestId('refund-through')).toBeNull();
    await give('5');
    await waitFor(() => expect(screen.queryByTestId('refund-dialog')).toBeNull());
    expect(sent()).toMatchObject([{ channel: 'cash', amount_fen: 500 }]);
  });
});
