import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { MockRecovery } from '$lib/backend/mock/recovery';
import Recovery from './Recovery.svelte';

async function open(state = 'recovery'): Promise<MockRecovery> {
  const desk = new MockRecovery(state);
  render(Recovery, { desk, language: 'zh-CN' });
  await screen.findByTestId('recovery-cause');
  return desk;
}

const click = (testid: string) => fireEvent.click(screen.getByTestId(testid));

describe('a database that does not open', () => {
  it('chooses nothing by itself: every way is asked twice', async () => {
    const desk = await open();
    expect(document.activeElement).toBe(document.body);
    await click('recovery-restore-0');
    const confirm = await screen.findByTestId('confirm');
    expect(confirm).toHaveTextContent('另存');
    // The harmless answer has the focus.
    expect(screen.getByTestId('confirm-go')).not.toHaveFocus();
    await fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
    await waitFor(() => expect(screen.queryByTestId('confirm')).toBeNull());
    expect(desk.chosen).toEqual([]);
    await click('recovery-restore-0');
    await fireEvent.click(await screen.findByTestId('confirm-go'));
    expect(await screen.findByTestId('recovery-done')).toBeVisible();
    expect(desk.chosen).toEqual([{ choice: 'restore', path: expect.stringContaining('qiantai-2026') }]);
  });

  it('offers what the engine offers, and no damaged backup', async () => {
    await open();
    expect(screen.getByTestId('recovery-restore-2')).toBeDisabled();
    expect(screen.queryByTestId('recovery-keep')).toBeNull();
    expect(screen.getByTestId('recovery-empty')).toBeEnabled();
  });

  it('goes on with what is there only where it opens, and says what is gone', async () => {
    const desk = await open('recovery-behind');
    expect(screen.getByTestId('recovery-cause')).toHaveTextContent('214');
    await click('recovery-keep');
    await fireEvent.click(await screen.findByTestId('confirm-go'));
    await waitFor(() => expect(desk.chosen).toEqual([{ choice: 'keep_going' }]));
  });

  it('never starts empty over a newer file', async () => {
    await open('recovery-newer');
    expect(screen.queryByTestId('recovery-empty')).toBeNull();
    expect(screen.getByTestId('recovery-cause')).toHaveTextContent('最新版');
  });

  it('says why a choice failed, and the choice stays open', async () => {
    const desk = await open();
    desk.refuse = '磁盘满了，先腾出空间';
    await click('recovery-empty');
    await fireEvent.click(await screen.findByTestId('confirm-go'));
    expect(await screen.findByText('磁盘满了，先腾出空间')).toBeVisible();
    expect(desk.chosen).toEqual([]);
    expect(screen.getByTestId('confirm')).toBeVisible();
  });

  it('takes a file from elsewhere, and can be left', async () => {
    const desk = await open('recovery-none');
    await click('recovery-pick');
    await fireEvent.click(await screen.findByTestId('confirm-go'));
    await waitFor(() =>
      expect(desk.chosen).toEqual([{ choice: 'restore', path: '/media/usb/qiantai-20261115-2205.db' }]),
    );
  });

  it('quits without changing anything', async () => {
    const desk = await open();
    await click('recovery-quit');
    expect(desk.quits).toBe(1);
    expect(desk.chosen).toEqual([]);
  });
});
