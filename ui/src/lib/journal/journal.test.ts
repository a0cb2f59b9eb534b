import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { fillJournal } from '$lib/backend/mock/files';
import type { JournalFilter, Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { newWindow } from '../../test/window';
import { dayEnd, dayStart } from './days';
import { diff } from './diff';
import { actorName, actText, keyText, valueText } from './words';

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(newWindow);

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

describe('what contracts leave in the journal', () => {
  it.each(['zh-CN', 'en'] as const)('has words for every act in %s', (lang) => {
    setLang(lang);
    for (const act of [
      ...['added', 'changed', 'ended'].map((what) => `gateway.${what}`),
      ...['planned', 'waiting', 'paid', 'ending', 'fading', 'over'].map((what) => `trade.${what}`),
      ...['asked', 'pending', 'refused', 'made', 'void'].map((what) => `refund.${what}`),
    ]) {
      expect(actText(act), act).not.toBe(act);
    }
    expect(actorName('gateway')).toBe(lang === 'en' ? 'Provider' : '支付平台');
    for (const stage of [
      'planned',
      'waiting',
      'paid',
      'ending',
      'fading',
      'over',
      'asked',
      'pending',
      'done',
      'refused',
    ])
      expect(valueText('stage', stage, ''), stage).not.toBe(stage);
  });

  it('calls a contract’s fields as its page does, and shows when a key was replaced', () => {
    expect(keyText('settings.values.app_id')).toBe('应用 APPID');
    expect(keyText('sealed.set_at.apiv3_key')).toBe('APIv3 密钥');
    expect(keyText('settings.sealed.name')).not.toBe(keyText('settings.settings.name'));
    const at = Date.UTC(2026, 10, 20, 6, 2);
    expect(valueText('sealed.set_at.apiv3_key', at, 'Asia/Shanghai')).toContain('14:02:00');
    expect(valueText('settings.settings.place.place', 'sandbox', '')).toBe('沙箱');
    expect(valueText('provider', 'wechat', '')).toBe('微信支付');
  });

  it('is told in words, and narrowed to', async () => {
    const { asked } = await open();
    expect(screen.getByText('平台收到付款')).toBeVisible();
    expect(screen.getAllByText('支付平台').length).toBeGreaterThan(0);
    expect(document.body).not.toHaveTextContent(/trade\.|gateway\.|refund\./);
    await fireEvent.change(screen.getByTestId('journal-family'), { target: { value: 'trade.' } });
    await waitFor(() => expect(asked().at(-1)?.act).toBe('trade.'));
    await waitFor(() => expect(screen.queryByText('改合约')).toBeNull());
    expect(screen.getByText('交给平台收款')).toBeVisible();
  });
});

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
