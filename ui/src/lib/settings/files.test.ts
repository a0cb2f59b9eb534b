import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { MockBackend } from '$lib/backend/mock';
import { fillBackups } from '$lib/backend/mock/files';
import { click, newWindow, openSettings } from '../../test/window';
import { fitsBeancount, isLedgerName } from './files/ledger';
import { sizeText } from './files/size';

async function open(prepare: (backend: MockBackend) => void = (b) => fillBackups(b.till)) {
  const backend = new MockBackend();
  prepare(backend);
  return { backend, sent: await openSettings(backend, 'files', 'backup-now') };
}

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(newWindow);

describe('backups', () => {
  it('lists them with what is known, makes one, and says what went wrong', async () => {
    const { sent } = await open((b) => fillBackups(b.till, true));
    expect(await screen.findByTestId('backup-trouble')).toHaveTextContent('U 盘');
    expect(screen.getByTestId('backup-0')).toHaveTextContent('12,045 单');
    expect(within(screen.getByTestId('backup-4')).getByText('坏了')).toBeVisible();
    await click('backup-now');
    await waitFor(() => expect(screen.getByTestId('backup-0')).toHaveTextContent('12,102 单'));
    expect(sent('back_up')).toHaveLength(1);
    expect(screen.queryByTestId('backup-trouble')).toBeNull();
  });

  it('never restores a damaged one', async () => {
    await open();
    expect(await screen.findByTestId('restore-4')).toBeDisabled();
  });
});

describe('the restore wizard', () => {
  it('prepares nothing before the word is typed', async () => {
    const { sent } = await open();
    await fireEvent.click(await screen.findByTestId('restore-1'));
    await click('restore-next');
    expect(await screen.findByTestId('restore-facts')).toHaveTextContent('11,988 单');
    expect(screen.getByTestId('restore-lose')).toHaveTextContent('至少 57 单会不见');
    await click('restore-next');
    const field = await screen.findByTestId('restore-word');
    await waitFor(() => expect(field).toHaveFocus());
    expect(screen.getByTestId('restore-go')).toBeDisabled();
    // Enter by habit, and a wrong word.
    await fireEvent.submit(field.closest('form')!);
    await fireEvent.input(field, { target: { value: '恢' } });
    await fireEvent.submit(field.closest('form')!);
    expect(screen.getByTestId('restore-go')).toBeDisabled();
    expect(sent('restore')).toEqual([]);
    await fireEvent.input(field, { target: { value: '恢复' } });
    await click('restore-go');
    const ready = await screen.findByTestId('restore-ready');
    expect(ready).toHaveTextContent('重启后恢复');
    expect(screen.getByTestId('restore-wizard')).toHaveTextContent('114 单');
    expect(screen.getByTestId('restore-wizard')).toHaveTextContent('till-before-restore');
    expect(sent('restore')).toMatchObject([{ path: expect.stringContaining('20261118') }]);
    // Only the desktop window can restart.
    expect(screen.queryByTestId('restore-restart')).toBeNull();
  });

  it('takes a file from elsewhere, and says when it is none', async () => {
    const { sent } = await open();
    await fireEvent.click(await screen.findByTestId('restore-elsewhere'));
    expect(screen.getByTestId('restore-next')).toBeDisabled();
    await fireEvent.input(screen.getByTestId('restore-path'), { target: { value: '/media/usb/photo.jpg' } });
    await click('restore-next');
    expect(await screen.findByText('这不是钱台的备份文件')).toBeVisible();
    await fireEvent.input(screen.getByTestId('restore-path'), { target: { value: '/media/usb/old.db' } });
    await click('restore-next');
    expect(await screen.findByTestId('restore-facts')).toHaveTextContent('9,800 单');
    expect(sent('restore')).toEqual([]);
  });

  it('goes no further with a damaged file', async () => {
    const { backend } = await open();
    await fireEvent.click(await screen.findByTestId('restore-0'));
    const call = vi.mocked(backend.call).getMockImplementation();
    vi.mocked(backend.call).mockImplementationOnce(async () => ({
      path: '/x.db',
      made_at: 0,
      bytes: 1,
      tickets: 1,
      journal_rows: 1,
      schema: 2,
      sha256: '',
      sound: false,
      message: '页 8 读不出来',
      copied: false,
    }));
    await click('restore-next');
    if (call) vi.mocked(backend.call).mockImplementation(call);
    expect(await screen.findByText('这份备份坏了，不能用来恢复。换一份。')).toBeVisible();
    expect(screen.getByTestId('restore-next')).toBeDisabled();
  });

  it('offers the restart where there is one', async () => {
    const restart = vi.fn(async () => {});
    await open((b) => {
      fillBackups(b.till);
      Object.assign(b, { restart });
    });
    await fireEvent.click(await screen.findByTestId('restore-0'));
    await click('restore-next');
    await screen.findByTestId('restore-facts');
    await click('restore-next');
    await fireEvent.input(await screen.findByTestId('restore-word'), { target: { value: '恢复' } });
    await click('restore-go');
    await fireEvent.click(await screen.findByTestId('restore-restart'));
    expect(restart).toHaveBeenCalledOnce();
  });
});

describe('account codes and the nightly export', () => {
  async function books() {
    const all = await open();
    await click('seg-books');
    await screen.findByTestId('book-wechat-code');
    return all;
  }
  const change = async (testid: string, value: string): Promise<void> => {
    await fireEvent.input(screen.getByTestId(testid), { target: { value } });
    await fireEvent.change(screen.getByTestId(testid));
  };

  it('saves two quick changes of two accounts, both', async () => {
    const { backend } = await books();
    backend.till.delay = 20;
    await change('book-wechat-code', '1012.91');
    await change('book-cash-code', '1001.7');
    await waitFor(() => expect(backend.till.settings.books.cash.code).toBe('1001.7'));
    expect(backend.till.settings.books.wechat.code).toBe('1012.91');
  });

  it('refuses a name that plain-text books would refuse, and keeps it in the field', async () => {
    const { backend, sent } = await books();
    await change('book-wechat-ledger', 'assets:wechat');
    expect(await screen.findByText(/英文要大写开头/)).toBeVisible();
    expect(screen.getByTestId('book-wechat-ledger')).toHaveValue('assets:wechat');
    expect(sent('save_settings')).toEqual([]);
    expect(backend.till.settings.books.wechat.ledger).toBe('Assets:WeChat');
    // Taken, but beancount would refuse the file: said beforehand.
    await change('book-wechat-ledger', '资产:微信');
    await waitFor(() => expect(backend.till.settings.books.wechat.ledger).toBe('资产:微信'));
    expect(await screen.findByTestId('books-beancount')).toHaveTextContent('资产:微信');
  });

  it('gives a table only the shapes it has', async () => {
    const { backend } = await books();
    await click('nightly-on');
    await fireEvent.click(await screen.findByTestId('nightly-add'));
    const row = await screen.findByTestId('nightly-0');
    const [table, preset] = within(row).getAllByRole('combobox') as HTMLSelectElement[];
    await fireEvent.change(table!, { target: { value: 'days' } });
    await waitFor(() => expect([...preset!.options].map((o) => o.value)).toContain('kingdee'));
    await fireEvent.change(preset!, { target: { value: 'kingdee' } });
    await waitFor(() =>
      expect(backend.till.settings.nightly.files).toEqual([{ table: 'days', preset: 'kingdee' }]),
    );
    await fireEvent.change(within(row).getAllByRole('combobox')[0]!, { target: { value: 'journal' } });
    await waitFor(() =>
      expect(backend.till.settings.nightly.files).toEqual([{ table: 'journal', preset: 'xlsx' }]),
    );
  });

  it('knows ledger names and sizes', () => {
    const fine = ['Assets:WeChat', 'Income:Sales:2026', '资产:微信', 'Assets:UnionPay-1', 'Expenses:1Fee'];
    const wrong = ['', 'Assets', 'Assets:', ':WeChat', 'assets:WeChat', 'Assets: WeChat', 'Assets:We Chat'];
    expect(fine.filter((name) => !isLedgerName(name))).toEqual([]);
    expect(wrong.filter(isLedgerName)).toEqual([]);
    expect(fine.filter((name) => !fitsBeancount(name))).toEqual(['资产:微信']);
    expect(sizeText(18_743_296)).toBe('17.8 MB');
    expect(sizeText(10_240)).toBe('10 KB');
  });
});
