import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { setLang } from '$lib/i18n';
import { words as en } from '$lib/i18n/en';
import { words as zh } from '$lib/i18n/zh-CN';

async function open(section: string): Promise<MockBackend> {
  const backend = new MockBackend();
  route.go('settings', section);
  render(App, { backend });
  await screen.findByTestId(`settings-nav-${section}`);
  await screen.findByRole('heading', { level: 1 });
  return backend;
}

async function fill(testid: string, value: string): Promise<void> {
  const field = await screen.findByTestId(testid);
  await fireEvent.focus(field);
  await fireEvent.input(field, { target: { value } });
  await fireEvent.blur(field);
}

beforeEach(() => {
  route.go('till');
  setLang('zh-CN');
});

describe('settings', () => {
  it('saves on blur and ticks', async () => {
    const backend = await open('shop');
    await fill('set-shop_name', ' 街角面馆 ');
    await waitFor(() => expect(backend.till.settings.shop_name).toBe('街角面馆'));
    expect(await screen.findByText('已保存')).toBeVisible();
  });

  it('shows the cause beside the field and keeps what was typed', async () => {
    const backend = await open('shop');
    const call = vi.spyOn(backend, 'call');
    call.mockRejectedValueOnce({ code: 'invalid', message: '店铺名太长' });
    await fill('set-shop_name', '很长很长');
    expect(await screen.findByText('店铺名太长')).toBeVisible();
    expect(screen.getByTestId('set-shop_name')).toHaveValue('很长很长');
  });

  it('refuses a number out of range without asking', async () => {
    const backend = await open('port');
    const call = vi.spyOn(backend, 'call');
    await fill('set-listen_port', '80');
    expect(await screen.findByText('请填 1024 到 65535 的整数')).toBeVisible();
    expect(call.mock.calls.filter(([r]) => r.verb === 'save_settings')).toEqual([]);
  });

  it('keeps two quick changes', async () => {
    const backend = await open('alerts');
    backend.till.delay = 20;
    await fireEvent.click(await screen.findByTestId('set-alert_paid'));
    await fireEvent.click(screen.getByTestId('set-alert_phone'));
    await waitFor(() =>
      expect(backend.till.settings).toMatchObject({ alert_paid: false, alert_phone: false }),
    );
  });

  it('says how many tickets of one price fit', async () => {
    const backend = await open('codes');
    await fill('set-tail_max_fen', '0.2');
    await waitFor(() => expect(backend.till.settings.tail_max_fen).toBe(20));
    expect(await screen.findByText('元，同价最多 21 单')).toBeVisible();
  });

  it('reads a notice and replays in two steps', async () => {
    await open('rules');
    await fireEvent.input(await screen.findByTestId('rules-text'), { target: { value: '收款15.00元' } });
    await fireEvent.click(screen.getByTestId('rules-read'));
    expect(await screen.findByTestId('rules-verdict')).toHaveTextContent('收到 15.00');
    await fireEvent.click(screen.getByTestId('replay-look'));
    expect(await screen.findByTestId('replay-found')).toHaveTextContent('读了 412 条，2 条读法不同');
    await fireEvent.click(screen.getByTestId('replay-apply'));
    expect(await screen.findByText('1 笔已进收件箱')).toBeVisible();
  });

  it('moves through the pages with arrow keys', async () => {
    await open('shop');
    await fireEvent.keyDown(screen.getByTestId('settings-nav-shop'), { key: 'ArrowDown' });
    expect(await screen.findByTestId('codes-drop')).toBeVisible();
  });
});

describe('the words of inbox, settings and set-up', () => {
  const mine = (words: object): string[] =>
    Object.keys(words)
      .filter((k) => /^(inbox|settings|wizard)\./.test(k))
      .sort();

  it('exist in both languages', () => {
    expect(mine(en)).toEqual(mine(zh));
    expect(mine(zh).length).toBeGreaterThan(300);
  });

  it('are English in English', () => {
    const words: Record<string, string> = en;
    // `V免签` is a protocol's name.
    const chinese = mine(en).filter((k) => /[一-鿿]/.test((words[k] ?? '').replaceAll('免签', '')));
    expect(chinese).toEqual([]);
  });
});
