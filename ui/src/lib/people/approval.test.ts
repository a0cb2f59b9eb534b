import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { App as AppState } from '$lib/app/state.svelte';
import { MockBackend } from '$lib/backend/mock';
import { staffTheShop } from '$lib/backend/mock/people';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';

type Who = 'cashier';

function shop(who: Who): MockBackend {
  const backend = new MockBackend();
  staffTheShop(backend.till, who);
  return backend;
}

async function open(backend: MockBackend): Promise<void> {
  render(App, { backend });
  await screen.findAllByText('巷口早餐');
}

const press = (key: string, init: KeyboardEventInit = {}): Promise<boolean> =>
  fireEvent.keyDown(document.activeElement ?? document.body, {
    key,
    code: /^\d$/.test(key) ? `Digit${key}` : key,
    ...init,
  });

async function pin(digits: string): Promise<void> {
  await fireEvent.input(await screen.findByTestId('pin'), { target: { value: digits } });
  await fireEvent.click(screen.getByTestId('pin-go'));
}

const sent = (spy: { mock: { calls: unknown[][] } }, verb: string): Request[] =>
  spy.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});

describe('approval in place', () => {
  const refund = {
    verb: 'refund',
    request_id: 'refund-1',
    ticket_id: 40,
    kind: 'refund',
    channel: 'wechat',
    amount_fen: 500,
    reference: '',
    reason: '退货',
  } as const;

  it('sends the same request again, under the same id, once it is approved', async () => {
    const backend = shop('cashier');
    const call = vi.spyOn(backend, 'call');
    await open(backend);
    await screen.findByTestId('staff');
    await fireEvent.click(await screen.findByTestId('refund-40'));
    await fireEvent.input(await screen.findByTestId('refund-amount'), { target: { value: '5' } });
    await fireEvent.input(screen.getByTestId('refund-reason'), { target: { value: '退货' } });
    await fireEvent.click(screen.getByTestId('refund-go'));
    const dialog = await screen.findByTestId('approval-dialog');
    expect(dialog).toHaveTextContent('需要店长批准');
    expect(dialog).toHaveTextContent('退款 #040 ¥5.00（微信支付）：退货');
    // Whoever may approve, and nobody else.
    expect(screen.queryByTestId('person-3')).toBeNull();
    await fireEvent.click(screen.getByTestId('person-2'));
    await pin('0000');
    await waitFor(() => expect(screen.getByTestId('pin-trouble')).toHaveTextContent('PIN 不对'));
    await pin('2468');
    await waitFor(() => expect(screen.queryByTestId('refund-dialog')).toBeNull());
    const refunds = sent(call, 'refund') as { request_id: string }[];
    expect(refunds).toHaveLength(2);
    expect(refunds[0]).toEqual(refunds[1]);
    expect(sent(call, 'approve')).toMatchObject([
      { for_request_id: refunds[0]?.request_id, pin: '0000' },
      { for_request_id: refunds[0]?.request_id, staff_id: 2, pin: '2468' },
    ]);
    expect(backend.till.ticket(40).refunds).toMatchObject([
      { amount_fen: 500, actor: '小林#3', approved_by: '阿芳#2' },
    ]);
  });

  it('given up, shows the refusal where it was asked, and nothing is booked', async () => {
    const backend = shop('cashier');
    await open(backend);
    await screen.findByTestId('staff');
    await fireEvent.click(await screen.findByTestId('refund-40'));
    await fireEvent.input(await screen.findByTestId('refund-reason'), { target: { value: '退货' } });
    await fireEvent.click(screen.getByTestId('refund-go'));
    await screen.findByTestId('approval-dialog');
    await press('Escape');
    expect(await screen.findByTestId('refund-error')).toHaveTextContent('要店长批准');
    expect(screen.getByTestId('refund-dialog')).toBeVisible();
    expect(screen.getByTestId('refund-amount')).toHaveFocus();
    expect(backend.till.ticket(40).refunds).toEqual([]);
  });

  it('rejects with the first refusal when it is given up, and asks one at a time', async () => {
    const app = new AppState(shop('cashier'));
    const one = app.call<'refund'>(refund);
    const two = app.call<'refund'>({ ...refund, request_id: 'refund-2' });
    await waitFor(() => expect(app.approvals.waiting).toHaveLength(2));
    app.approvals.waiting[0]?.settle(false);
    await expect(one).rejects.toMatchObject({ code: 'needs_approval', details: { role: 'manager' } });
    expect(app.approvals.waiting.map((asked) => asked.requestId)).toEqual(['refund-2']);
    // Locking the till gives up the rest.
    app.approvals.drop();
    await expect(two).rejects.toMatchObject({ code: 'needs_approval' });
  });

  it('leaves covered figures, and questions without an id, to the screen that asked', async () => {
    const backend = shop('cashier');
    const app = new AppState(backend);
    await expect(app.call<'day_report'>({ verb: 'day_report', business_date: null })).rejects.toMatchObject({
      code: 'needs_approval',
    });
    vi.spyOn(backend, 'call').mockRejectedValue({
      code: 'needs_approval',
      message: '',
      details: { role: 'owner', reveal: true },
    });
    await expect(app.call<'refund'>(refund)).rejects.toMatchObject({ code: 'needs_approval' });
    expect(app.approvals.waiting).toEqual([]);
  });

  it('asks again when the approval ran out before the request came', async () => {
    const backend = shop('cashier');
    const app = new AppState(backend);
    const asked = app.call<'refund'>(refund);
    await waitFor(() => expect(app.approvals.waiting).toHaveLength(1));
    app.approvals.waiting[0]?.settle(true);
    await waitFor(() => expect(app.approvals.waiting).toHaveLength(1));
    backend.till.approvals.set('refund-1', 2);
    app.approvals.waiting[0]?.settle(true);
    await expect(asked).resolves.toMatchObject({ refunded_fen: 500 });
  });
});
