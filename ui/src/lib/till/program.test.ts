import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { openOrder } from '$lib/backend/mock/programs';
import { expire, propose, settle } from '$lib/backend/mock/selling';
import { toasts } from '$lib/kit/toasts.svelte';

const MALL = { program_id: 2, name: 'Old mall', counter: false };
const sale = (fen: number) => ({
  lines: [{ name: '', price_fen: fen, count: 1 }],
  discount: null,
  note: '',
});

async function open(prepare: (backend: MockBackend) => void = () => {}) {
  const backend = new MockBackend();
  prepare(backend);
  const call = vi.spyOn(backend, 'call');
  render(App, { backend });
  await screen.findByText('巷口早餐');
  await screen.findByTestId('recent-list');
  return { backend, call };
}

const rows = (): string[] =>
  Array.from(
    screen.getByTestId('waiting-list').querySelectorAll<HTMLElement>('[data-ticket]'),
    (row) => row.dataset['ticket'] ?? '',
  );

vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  flood.close();
  route.go('till');
});

describe('a ticket of a program whose customer is elsewhere', () => {
  it('never floods the window: a line is said, and the totals follow', async () => {
    const { backend, call } = await open();
    const { id } = openOrder(backend.till, 1498, MALL);
    await waitFor(() => expect(rows()).toEqual([String(id)]));
    const before = call.mock.calls.filter(([request]) => request.verb === 'today').length;
    settle(backend.till, id, 'wechat', 'auto');
    await waitFor(() => expect(toasts().at(-1)?.text).toMatch(/^网店 Old mall · #041 已付 14\.9\d$/));
    expect(flood.ticket).toBeNull();
    expect(screen.queryByTestId('paid-flood')).toBeNull();
    const recent = screen.getByTestId('recent-list').querySelector(`[data-ticket="${id}"]`);
    expect(recent).toHaveTextContent('Old mall');
    expect(recent).not.toHaveClass('fresh');
    await waitFor(() =>
      expect(call.mock.calls.filter(([request]) => request.verb === 'today').length).toBeGreaterThan(before),
    );
  });

  it('is not let in by the flood itself', async () => {
    const { backend } = await open();
    flood.open(openOrder(backend.till, 1498, MALL));
    expect(flood.ticket).toBeNull();
  });

  it('stands below the counter’s own, with its mark, and takes no stage by itself', async () => {
    const { backend } = await open((b) => openOrder(b.till, 2600, MALL));
    await screen.findByTestId('program-mark');
    // After a start only a ticket of the counter is put on the stage.
    expect(screen.queryByTestId('ticket-card')).toBeNull();
    const own = backend.till.open(sale(1500));
    backend.till.emit({ event: 'ticket://opened', ticket: own });
    const later = openOrder(backend.till, 990, MALL);
    await waitFor(() => expect(rows()).toEqual([String(own.id), String(later.id), '41']));
    expect(screen.getAllByTestId('program-mark')[0]).toHaveTextContent('Old mall');
    // A program's ticket that goes leaves the counter's where it is; the counter's last goes, and none takes its place.
    settle(backend.till, own.id, 'wechat', 'auto');
    expect(await screen.findByTestId('paid-flood')).toBeVisible();
    expect(screen.getByTestId('paid-flood')).not.toHaveTextContent('还在等');
    flood.close();
    await waitFor(() => expect(screen.queryByTestId('paid-flood')).toBeNull());
    expect(screen.queryByTestId('ticket-card')).toBeNull();
  });

  it('is looked at without the counter screen hearing of it', async () => {
    const { backend, call } = await open();
    const { id } = openOrder(backend.till, 2600, MALL);
    await waitFor(() => expect(rows()).toEqual([String(id)]));
    const row = screen.getByTestId('waiting-list').querySelector(`[data-ticket="${id}"]`);
    await fireEvent.click(row as Element);
    const card = await screen.findByTestId('ticket-card');
    expect(within(card).getByTestId('elsewhere')).toHaveTextContent('不在柜台');
    expect(card).not.toHaveTextContent('换到这一单');
    expect(card).not.toHaveTextContent('现金');
    expect(call.mock.calls.filter(([request]) => request.verb === 'show')).toEqual([]);
  });

  it('leaves no trail of abandoned carts, only late money', async () => {
    const { backend } = await open();
    const { id } = openOrder(backend.till, 2600, MALL);
    await waitFor(() => expect(rows()).toEqual([String(id)]));
    expire(backend.till, id);
    await waitFor(() => expect(rows()).toEqual([]));
    propose(backend.till, id);
    expect(await screen.findByTestId('ended')).toHaveAttribute('data-ticket', String(id));
  });

  it('does not keep the counter screen from showing what is keyed', async () => {
    const { backend, call } = await open();
    openOrder(backend.till, 2600, MALL);
    await screen.findByTestId('program-mark');
    const pad = screen.getByRole('group', { name: '数字键盘' });
    for (const name of ['1', '加', '5']) await fireEvent.click(within(pad).getByRole('button', { name }));
    await waitFor(() => expect(call.mock.calls.some(([request]) => request.verb === 'show_cart')).toBe(true));
  });
});

describe('a ticket of a program for the counter', () => {
  it('floods as any other', async () => {
    const { backend } = await open();
    const { id } = openOrder(backend.till, 2600, { ...MALL, counter: true });
    await waitFor(() => expect(rows()).toEqual([String(id)]));
    settle(backend.till, id, 'wechat', 'auto');
    expect(await screen.findByTestId('paid-flood')).toBeVisible();
  });
});
