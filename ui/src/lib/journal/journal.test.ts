import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { fillJournal } from '$lib/backend/mock/files';
import type { JournalFilter, Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { dayEnd, dayStart } from './days';
import { diff } from './diff';
import { actText, keyText, valueText } from './words';

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});

describe('the difference of a row', () => {
  it('names only the fields that differ', () => {
    expect(diff('{"a":1,"b":"x","c":null}', '{"a":1,"b":"y","c":null}')).toEqual([
      { key: 'b', before: 'x', after: 'y' },
    ]);
  });

  it('tells everything of a row that has no before, and what went', () => {
    expect(diff('', '{"a":1}')).toEqual([{ key: 'a', before: undefined, after: 1 }]);
    expect(diff('{"a":1}', '{}')).toEqual([{ key: 'a', before: 1, after: undefined }]);
    expect(diff('null', '')).toEqual([]);
  });

  it('goes into objects, not into lists', () => {
    expect(
      diff(
        '{"books":{"cash":{"code":"1001","name":"n"}},"l":[1]}',
        '{"books":{"cash":{"code":"1002","name":"n"}},"l":[1,2]}',
      ),
    ).toEqual([
      { key: 'books.cash.code', before: '1001', after: '1002' },
      { key: 'l', before: [1], after: [1, 2] },
    ]);
  });

  it('shows what is no JSON as it stands', () => {
    expect(diff('', 'half {')).toEqual([{ key: 'value', before: undefined, after: 'half {' }]);
    expect(diff('5', '6')).toEqual([{ key: 'value', before: 5, after: 6 }]);
  });
});

describe('words of the journal', () => {
  it('writes money in yuan from whole fen, and times of the shop', () => {
    expect(valueText('amount_fen', 128_450, '')).toBe('¥1,284.50');
    expect(valueText('x.tail_fen', -2, '')).toBe('¥−0.02');
    expect(valueText('closed_at', Date.UTC(2026, 10, 20, 6, 2), 'Asia/Shanghai')).toContain('14:02:00');
    expect(valueText('day_starts_at', 4, '')).toBe('4');
    expect(valueText('sound', false, '')).toBe('否');
    expect(valueText('channel', 'wechat', '')).toBe('微信支付');
    expect(valueText('note', null, '')).toBe('（空）');
  });

  it('keeps the journal’s own name where it has no words', () => {
    expect(actText('refund.made')).toBe('退款');
    expect(actText('moon.landed')).toBe('moon.landed');
    expect(keyText('books.cash.nonsense')).toBe('books.cash.nonsense');
    // A value must never be read from the words of something else.
    expect(valueText('constructor', 'toString', '')).toBe('toString');
  });

  it('takes days as the shop has them', () => {
    const at = dayStart('2026-11-20', 4, 'Asia/Shanghai');
    expect(at).toBe(Date.UTC(2026, 10, 19, 20));
    expect(dayEnd('2026-11-20', 4, 'Asia/Shanghai')).toBe(Date.UTC(2026, 10, 20, 20) - 1);
    // Clocks go forward that night: the day has 23 hours.
    expect(dayEnd('2026-03-29', 0, 'Europe/Berlin')! - dayStart('2026-03-29', 0, 'Europe/Berlin')!).toBe(
      23 * 3_600_000 - 1,
    );
    expect(dayStart('', 4, '')).toBeNull();
  });
});

async function open(broken: number | null = null) {
  const backend = new MockBackend();
  fillJournal(backend.till, broken);
  const call = vi.spyOn(backend, 'call');
  route.go('settings', 'journal');
  render(App, { backend });
  await screen.findByTestId('journal-12345');
  const asked = (): JournalFilter[] =>
    call.mock.calls
      .map(([request]) => request as Request)
      .flatMap((request) => (request.verb === 'journal' ? [request.filter] : []));
  return { backend, asked };
}

describe('the journal viewer', () => {
  it('shows the newest first and pages to the end', async () => {
    const { asked } = await open();
    const seqs = (): number[] =>
      [...document.querySelectorAll('[data-testid^="journal-row-"]')].map((row) =>
        Number(row.getAttribute('data-testid')?.slice(12)),
      );
    expect(seqs()).toHaveLength(100);
    expect(seqs()[0]).toBe(12_345);
    await fireEvent.click(screen.getByTestId('journal-more'));
    await waitFor(() => expect(seqs().length).toBe(192));
    expect(asked().at(-1)?.before_seq).toBe(12_246);
    expect(new Set(seqs()).size).toBe(192);
    expect(screen.queryByTestId('journal-more')).toBeNull();
  });

  it('opens a row into before and after', async () => {
    await open();
    await fireEvent.click(screen.getByTestId('journal-row-12340'));
    const row = screen.getByTestId('journal-12340');
    expect(row).toHaveTextContent('尾数最多差');
    expect(row).toHaveTextContent('¥0.50');
    expect(row).toHaveTextContent('¥0.20');
    expect(row).not.toHaveTextContent('phone_late_ms');
  });

  it('narrows by kind, person and ticket', async () => {
    const { asked } = await open();
    await fireEvent.change(screen.getByTestId('journal-family'), { target: { value: 'refund.' } });
    await waitFor(() => expect(screen.queryByTestId('journal-12344')).toBeNull());
    expect(screen.getByTestId('journal-12345')).toHaveTextContent('阿芳#2');
    await fireEvent.click(screen.getByTestId('journal-clear'));
    await screen.findByTestId('journal-12344');
    await fireEvent.input(screen.getByTestId('journal-ticket'), { target: { value: '41' } });
    await fireEvent.change(screen.getByTestId('journal-ticket'));
    await waitFor(() => expect(asked().at(-1)?.subject).toBe('ticket:41'));
    await fireEvent.change(screen.getByTestId('journal-person'), { target: { value: '小林#3' } });
    await waitFor(() => expect(asked().at(-1)).toMatchObject({ subject: 'ticket:41', actor: '小林#3' }));
  });

  it('says that the chain is intact, or where it breaks', async () => {
    await open();
    await fireEvent.click(screen.getByTestId('journal-check'));
    expect(await screen.findByText('完好，12,345 条')).toBeVisible();
  });

  it('names the first broken row', async () => {
    await open(12_300);
    await fireEvent.click(screen.getByTestId('journal-check'));
    expect(await screen.findByText('第 12,300 条被改动')).toBeVisible();
    expect(screen.getByTestId('journal-12300')).toHaveClass('broken');
  });
});
