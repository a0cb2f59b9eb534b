import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { settle } from '$lib/backend/mock/selling';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';

async function open(prepare: (backend: MockBackend) => void = () => {}) {
  const backend = new MockBackend({ state: 'not-received' });
  prepare(backend);
  const call = vi.spyOn(backend, 'call');
  // The script of the state presses the button itself in a browser; here the test does.
  vi.spyOn(backend, 'play').mockReturnValue(() => {});
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('missing'));
  const dialog = await screen.findByTestId('missing-dialog');
  const sent = (verb: string): Request[] =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);
  return { backend, dialog, sent };
}

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});

describe('a payment that has not arrived', () => {
  it('shows the line to read out, the phone, the delay, and the last five with what became of them', async () => {
    const { dialog } = await open();
    await waitFor(() => expect(screen.getByTestId('missing-line')).toHaveTextContent('请您再看一下'));
    expect(dialog).toHaveTextContent('约 2 秒');
    const rows = dialog.querySelectorAll('.got');
    expect(rows).toHaveLength(5);
    expect(rows[0]).toHaveTextContent('金额不符');
    expect(rows[1]).toHaveTextContent('#040');
    // Cash is no receipt.
    expect(dialog).not.toHaveTextContent('#038');
  });

  it('matches the near miss once', async () => {
    const { backend, sent } = await open();
    const near = await screen.findByTestId('near-1');
    expect(near).toHaveTextContent('多付 0.02');
    expect(near).toHaveTextContent('出码后 31 秒');
    expect(screen.queryByTestId('near-2')).toBeNull();
    backend.till.delay = 20;
    const accept = within(near).getByTestId('near-accept-1');
    await fireEvent.click(accept);
    await fireEvent.click(accept);
    await waitFor(() => expect(backend.till.ticket(41).status).toBe('paid'));
    await waitFor(() => expect(screen.queryByTestId('missing-dialog')).toBeNull());
    expect(sent('accept')).toMatchObject([{ item_id: 1, ticket_id: 41 }]);
  });

  it('says that the phone is silent, instead of calming anybody', async () => {
    const { dialog } = await open((b) => {
      b.till.health = { ...b.till.health, phone: 'offline', phone_last_seen_at: b.till.now() - 480_000 };
    });
    await waitFor(() => expect(dialog).toHaveTextContent('请直接看收款手机'));
    expect(dialog).toHaveTextContent('8 分钟前');
  });

  it('says when the money comes after all, and lets nobody confirm it again', async () => {
    const { backend, dialog } = await open();
    await screen.findByTestId('near-1');
    await fireEvent.click(within(dialog).getByText('在收款手机上看到了'));
    settle(backend.till, 41, 'wechat', 'auto');
    await waitFor(() => expect(screen.queryByTestId('missing-dialog')).toBeNull());
  });

  it('keeps confirming by hand behind a reason', async () => {
    const { backend, dialog, sent } = await open();
    expect(within(dialog).getByTestId('by-hand-confirm')).toBeDisabled();
    await fireEvent.click(within(dialog).getByText('老板核对过'));
    await fireEvent.click(within(dialog).getByTestId('by-hand-confirm'));
    await waitFor(() => expect(backend.till.ticket(41).payments[0]?.how).toBe('by_hand'));
    expect(sent('confirm_by_hand')).toMatchObject([{ reason: '老板核对过' }]);
  });

  it('still opens when the till cannot say', async () => {
    const { dialog } = await open((b) => {
      const real = b.call.bind(b);
      b.call = (request) =>
        request.verb === 'not_received'
          ? Promise.reject({ code: 'unavailable', message: '' })
          : real(request);
    });
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('连不上收银引擎');
    expect(screen.getByTestId('missing-line')).toHaveTextContent('尚未到账');
  });
});
