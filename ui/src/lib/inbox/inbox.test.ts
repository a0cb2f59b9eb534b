import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { fillInbox, item } from '$lib/backend/mock/rooms';
import type { RequestOf, Verb } from '$lib/backend/types';

/** Opens the inbox; `sent` holds every request that changes something there. */
async function open(prepare: (backend: MockBackend) => void = (b) => fillInbox(b.till)) {
  const backend = new MockBackend();
  prepare(backend);
  const sent: Array<{ verb: string; request_id: string }> = [];
  const call = backend.call.bind(backend);
  vi.spyOn(backend, 'call').mockImplementation(<V extends Verb>(request: RequestOf<V>) => {
    if (['accept', 'ignore', 'open_sale'].includes(request.verb)) sent.push(request as (typeof sent)[number]);
    return call<V>(request);
  });
  route.go('inbox');
  render(App, { backend });
  await screen.findByTestId('inbox');
  return { backend, sent };
}

const press = (key: string, init: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...init });

beforeEach(() => {
  flood.close();
  route.go('till');
});

describe('the inbox', () => {
  it('focuses the best suggestion and Enter accepts it once', async () => {
    const { backend, sent } = await open();
    await waitFor(() => expect(screen.getByTestId('inbox-suggestion-41')).toHaveFocus());
    backend.till.delay = 30;
    await press('Enter');
    await press('Enter');
    await press('Enter', { repeat: true });
    await waitFor(() => expect(backend.till.inbox[0]?.state).toBe('accepted'));
    expect(sent).toEqual([{ verb: 'accept', request_id: expect.any(String), item_id: 1, ticket_id: 41 }]);
    expect(backend.till.ticket(41).status).toBe('paid');
    // The next open item takes its place.
    await waitFor(() => expect(screen.getByTestId('inbox-item-2')).toHaveAttribute('aria-selected', 'true'));
  });

  it('tries again with the same request id when nobody knows what came of the first', async () => {
    const { backend, sent } = await open();
    await waitFor(() => expect(screen.getByTestId('inbox-suggestion-41')).toHaveFocus());
    const call = vi.mocked(backend.call).getMockImplementation()!;
    vi.mocked(backend.call).mockImplementationOnce((request) => {
      sent.push(request as (typeof sent)[number]);
      return Promise.reject({ code: 'unavailable', message: '' });
    });
    await press('Enter');
    await screen.findByText('连不上收银引擎');
    vi.mocked(backend.call).mockImplementation(call);
    await press('Enter');
    await waitFor(() => expect(backend.till.inbox[0]?.state).toBe('accepted'));
    expect(sent[0]?.request_id).toBe(sent[1]?.request_id);
  });

  it('moves in the list and in the suggestions with arrow keys', async () => {
    const { backend } = await open();
    await waitFor(() => expect(screen.getByTestId('inbox-suggestion-41')).toHaveFocus());
    await press('ArrowRight');
    await waitFor(() => expect(screen.getByTestId('inbox-suggestion-42')).toHaveFocus());
    expect(screen.getByTestId('inbox-accept')).toHaveTextContent('#042');
    await press('ArrowDown');
    await waitFor(() => expect(screen.getByTestId('inbox-item-2')).toHaveAttribute('aria-selected', 'true'));
    await press('ArrowUp');
    await press('Enter');
    await waitFor(() => expect(backend.till.ticket(41).status).toBe('paid'));
  });

  it('does not accept when Enter is meant for another button', async () => {
    const { sent } = await open();
    const ignore = await screen.findByTestId('inbox-ignore');
    ignore.focus();
    await userEvent.keyboard('{Enter}');
    await screen.findByTestId('ignore-dialog');
    expect(sent).toEqual([]);
  });

  it('ignores only with a reason', async () => {
    const { backend, sent } = await open();
    await fireEvent.click(await screen.findByTestId('inbox-ignore'));
    await fireEvent.click(await screen.findByTestId('ignore-go'));
    expect(await screen.findByText('要写理由才能忽略')).toBeVisible();
    expect(sent).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: '测试' }));
    await fireEvent.click(screen.getByTestId('ignore-go'));
    await waitFor(() =>
      expect(backend.till.inbox[0]).toMatchObject({ state: 'ignored', resolution: '测试', mark: null }),
    );
    await waitFor(() => expect(screen.queryByTestId('ignore-dialog')).toBeNull());
  });

  it('books a sale for money without a ticket', async () => {
    const { backend } = await open();
    await fireEvent.click(await screen.findByTestId('inbox-item-2'));
    await fireEvent.click(await screen.findByTestId('inbox-open-sale'));
    await fireEvent.input(await screen.findByTestId('sale-note'), { target: { value: '外卖' } });
    await fireEvent.click(screen.getByTestId('sale-go'));
    await waitFor(() => expect(backend.till.inbox[1]?.state).toBe('accepted'));
    expect(backend.till.tickets.at(-1)).toMatchObject({ note: '外卖', due_fen: 3000, status: 'paid' });
  });

  it('writes a notice as text, never as markup', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('inbox-item-2'));
    const raw = await screen.findByTestId('inbox-raw');
    await waitFor(() => expect(raw).toHaveTextContent('<b>小明</b>通过扫码向你付款30.00元'));
    expect(screen.getByTestId('inbox-raw').querySelector('b')).toBeNull();
    expect(screen.getByTestId('inbox-raw').querySelector('mark')).toHaveTextContent('30.00元');
  });

  it('offers a masked sample of what no rule understands', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('inbox-item-3'));
    const text = (await screen.findByTestId('inbox-sample')).textContent ?? '';
    expect(text).not.toMatch(/张小芳|5678|88\.60/);
    expect(text).toContain('11.11');
    expect(screen.queryByTestId('inbox-open-sale')).toBeNull();
  });

  it('jumps to the amount search with a digit', async () => {
    await open();
    await waitFor(() => expect(screen.getByTestId('inbox-item-2')).toBeVisible());
    await press('3');
    const field = await screen.findByTestId('inbox-search');
    expect(field).toHaveValue('3');
    await waitFor(() => expect(screen.queryByTestId('inbox-item-1')).toBeNull());
    expect(screen.getByTestId('inbox-item-2')).toBeVisible();
    await press('Escape');
    await waitFor(() => expect(screen.getByTestId('inbox-item-1')).toBeVisible());
  });

  it('folds away what waited longer than a day', async () => {
    await open((b) => {
      fillInbox(b.till);
      b.till.inbox = [...b.till.inbox, item(9, { received_at: b.till.now() - 26 * 3600_000 })];
    });
    await waitFor(() => expect(screen.getByTestId('inbox-item-1')).toBeVisible());
    expect(screen.queryByTestId('inbox-item-9')).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: '显示 1 笔' }));
    expect(await screen.findByTestId('inbox-item-9')).toBeVisible();
  });

  it('says when everything matched', async () => {
    await open(() => {});
    expect(await screen.findByTestId('inbox-empty')).toHaveTextContent('全部对上了');
  });

  it('shows a new payment as it comes', async () => {
    const { backend } = await open(() => {});
    await screen.findByTestId('inbox-empty');
    fillInbox(backend.till);
    backend.till.emit({
      event: 'inbox://changed',
      item_id: 1,
      reason: 'wrong_amount',
      amount_fen: 1500,
      channel: 'wechat',
      open: 3,
      alert: true,
    });
    expect(await screen.findByTestId('inbox-item-1')).toBeVisible();
  });
});
