import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';

beforeEach(() => {
  route.go('till');
  setLang('zh-CN');
});

async function open(): Promise<{ backend: MockBackend; sent: (verb: string) => Request[] }> {
  const backend = new MockBackend({ state: 'return-item' });
  const call = vi.spyOn(backend, 'call');
  render(App, { backend });
  route.go('inbox');
  await screen.findByTestId('inbox-provider');
  const sent = (verb: string): Request[] =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);
  return { backend, sent };
}
const press = (key: string, code: string): Promise<boolean> =>
  fireEvent(
    document.activeElement ?? document.body,
    new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }),
  );

describe('money that came through a provider', () => {
  it('shows where it came from, and both ways to settle it', async () => {
    await open();
    const card = screen.getByTestId('inbox-provider');
    expect(card).toHaveTextContent('付得晚了');
    expect(card).toHaveTextContent('QT20261120');
    expect(screen.getByTestId('inbox-accept')).toBeEnabled();
    expect(screen.getByTestId('inbox-return')).toBeEnabled();
  });

  it('goes back with a reason, and stays in sight until it is back', async () => {
    const { backend, sent } = await open();
    await press('t', 'KeyT');
    await screen.findByTestId('return-dialog');
    await fireEvent.click(screen.getByTestId('return-go'));
    expect(sent('return_item')).toHaveLength(0);
    await fireEvent.click(screen.getByText('付得晚了，没有给货'));
    await fireEvent.click(screen.getByTestId('return-go'));
    expect(await screen.findByTestId('inbox-returned')).toHaveTextContent('正在原路退回 ¥14.98');
    expect(sent('return_item')).toMatchObject([{ item_id: 1, reason: '付得晚了，没有给货' }]);
    // On its way: it cannot be accepted any more.
    await press('Enter', 'Enter');
    expect(sent('accept')).toHaveLength(0);
    await waitFor(() => expect(screen.getByTestId('inbox-returned')).toHaveTextContent('已原路退回'), {
      timeout: 4000,
    });
    expect(backend.till.inbox[0]?.state).toBe('ignored');
    expect(screen.queryByTestId('inbox-return')).toBeNull();
  });
});
