import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { settle } from '$lib/backend/mock/selling';

function start(shop = ''): { backend: MockBackend; unmount: () => void } {
  const backend = new MockBackend();
  backend.till.settings = { ...backend.till.settings, shop_name: shop };
  const { unmount } = render(App, { backend });
  return { backend, unmount };
}

const next = () => screen.getByTestId('wizard-next');

beforeEach(() => {
  window.localStorage.clear();
  flood.close();
  route.go('till');
});

describe('the first set-up', () => {
  it('stays away from a shop that has a name', async () => {
    start('巷口早餐');
    await screen.findByText('巷口早餐');
    expect(screen.queryByTestId('wizard')).toBeNull();
  });

  it('needs a name, saves it, goes on, and comes back to the same card', async () => {
    const { backend, unmount } = start();
    await screen.findByTestId('wizard');
    await fireEvent.click(next());
    expect(await screen.findByText('先起个店名')).toBeVisible();
    await fireEvent.input(screen.getByTestId('wizard-shop-name'), { target: { value: '街角面馆' } });
    await fireEvent.keyDown(screen.getByTestId('wizard-shop-name'), { key: 'Enter' });
    await screen.findByTestId('codes-drop');
    expect(backend.till.settings.shop_name).toBe('街角面馆');
    await fireEvent.click(next());
    await screen.findByTestId('device-add');
    unmount();
    start('街角面馆');
    expect(await screen.findByTestId('device-add')).toBeVisible();
  });

  it('can be put off, and stays away then', async () => {
    const { unmount } = start();
    await fireEvent.click(await screen.findByTestId('wizard-skip'));
    await waitFor(() => expect(screen.queryByTestId('wizard')).toBeNull());
    unmount();
    start();
    await screen.findByTestId('nav-till');
    expect(screen.queryByTestId('wizard')).toBeNull();
  });

  it('works where nothing can be stored', async () => {
    const get = Object.getOwnPropertyDescriptor(window, 'localStorage')!;
    Object.defineProperty(window, 'localStorage', {
      configurable: true,
      get: () => {
        throw new Error('denied');
      },
    });
    try {
      start();
      expect(await screen.findByTestId('wizard')).toBeVisible();
      await fireEvent.click(screen.getByTestId('wizard-skip'));
      await waitFor(() => expect(screen.queryByTestId('wizard')).toBeNull());
    } finally {
      Object.defineProperty(window, 'localStorage', get);
    }
  });

  it('lights every link when the fen arrives, and only then lets the till start', async () => {
    window.localStorage.setItem('qiantai.wizard', '{"step":5,"ended":false}');
    const { backend } = start('巷口早餐');
    await fireEvent.click(await screen.findByTestId('wizard-test'));
    await screen.findByText('等您付款');
    expect(screen.getByTestId('wizard-done')).toBeDisabled();
    const ticket = backend.till.tickets.find((t) => t.status === 'open')!;
    expect(ticket.due_fen).toBe(1);
    settle(backend.till, ticket.id, 'wechat', 'auto');
    await waitFor(() => expect(screen.getByTestId('chain-sound')).toHaveAttribute('data-ok', 'true'), {
      timeout: 3000,
    });
    await fireEvent.click(screen.getByTestId('wizard-done'));
    await waitFor(() => expect(screen.queryByTestId('wizard')).toBeNull());
  });

  it('cancels a test nobody paid', async () => {
    window.localStorage.setItem('qiantai.wizard', '{"step":5,"ended":false}');
    const { backend } = start('巷口早餐');
    await fireEvent.click(await screen.findByTestId('wizard-test'));
    await screen.findByText('等您付款');
    await fireEvent.click(screen.getByTestId('wizard-skip'));
    await waitFor(() => expect(backend.till.tickets.some((t) => t.status === 'open')).toBe(false));
  });
});
