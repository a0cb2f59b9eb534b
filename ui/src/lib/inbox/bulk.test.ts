import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { fillMany } from '$lib/backend/mock/inbox';
import { staffTheShop } from '$lib/backend/mock/people';
import { fillInbox, item } from '$lib/backend/mock/rooms';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { choiceOf, fitsText, ranked } from './choices';
import { Selection } from './selection.svelte';
import { resolutionText, trailText } from './words';

async function open(prepare: (backend: MockBackend) => void = (b) => fillMany(b.till)) {
  const backend = new MockBackend();
  prepare(backend);
  const call = vi.spyOn(backend, 'call');
  route.go('inbox');
  render(App, { backend });
  await screen.findByTestId('inbox-item-1');
  await waitFor(() => expect(screen.getByTestId('inbox-item-1')).toHaveAttribute('aria-selected', 'true'));
  const sent = (verb: string): Request[] =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);
  return { backend, sent };
}

const press = (key: string, init: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, {
    key,
    code: key === ' ' ? 'Space' : /^[a-z]$/.test(key) ? `Key${key.toUpperCase()}` : key,
    ...init,
  });

/** Ids of the items with a ticked box. */
const ticked = (): number[] =>
  [...document.querySelectorAll('[role="checkbox"][aria-checked="true"]')].map((box) =>
    Number(box.getAttribute('data-testid')?.slice('inbox-pick-'.length)),
  );

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});

describe('picking several', () => {
  it('ticks with Space, runs with Shift and arrows, takes all with Ctrl+A, and lets go with Esc', async () => {
    await open();
    await press(' ');
    expect(ticked()).toEqual([1]);
    await press('ArrowDown');
    await press('ArrowDown');
    expect(ticked()).toEqual([1]);
    await press('ArrowDown', { shiftKey: true });
    await press('ArrowDown', { shiftKey: true });
    expect(ticked()).toEqual([1, 3, 4, 5]);
    // A run may shrink again, and what was picked before it stays.
    await press('ArrowUp', { shiftKey: true });
    expect(ticked()).toEqual([1, 3, 4]);
    await press('a', { ctrlKey: true });
    expect(ticked()).toHaveLength(10);
    expect(screen.getByTestId('inbox-bulk')).toHaveTextContent('选了 10 笔');
    await press('Escape');
    expect(ticked()).toEqual([]);
    expect(screen.queryByTestId('inbox-bulk')).toBeNull();
  });

  it('does not tick what is typed into the search, nor with a key that repeats', async () => {
    await open();
    await press(' ');
    await press(' ', { repeat: true });
    expect(ticked()).toEqual([1]);
    await press('3');
    const field = await screen.findByTestId('inbox-search');
    field.focus();
    await press(' ');
    expect(ticked()).toEqual([]);
    await press('Escape');
    await waitFor(() => expect(screen.queryByTestId('inbox-bulk')).toBeNull());
  });

  it('accepts the sure ones, and says of each other one why not', async () => {
    const { backend, sent } = await open();
    await press(' ');
    await press('ArrowDown', { shiftKey: true });
    await press('ArrowDown', { shiftKey: true });
    expect(ticked()).toEqual([1, 2, 3]);
    await press('Enter');
    const results = await screen.findByTestId('bulk-results');
    expect(results).toHaveTextContent('2 笔处理好了');
    expect(results).toHaveTextContent('1 笔没有动');
    expect(screen.getByTestId('bulk-left-3')).toHaveTextContent('请单独看一眼');
    expect(sent('inbox_bulk')).toMatchObject([{ item_ids: [1, 2, 3], act: { act: 'accept' } }]);
    expect(backend.till.inbox.filter((i) => i.state === 'accepted').map((i) => i.id)).toEqual([1, 2]);
    // What was left alone stays picked for another act.
    await waitFor(() => expect(ticked()).toEqual([3]));
    await press('p');
    await fireEvent.click(await screen.findByTestId('mark-go'));
    await waitFor(() => expect(backend.till.inbox[2]).toMatchObject({ state: 'ignored', mark: 'private' }));
    expect(await screen.findByText('1 笔处理好了')).toBeVisible();
  });

  it('never accepts a suggestion that is out of sight behind results', async () => {
    const { sent } = await open();
    await press('ArrowDown');
    await press(' ');
    await press('Enter');
    await screen.findByTestId('bulk-results');
    await waitFor(() => expect(ticked()).toEqual([]));
    await press('Enter');
    expect(sent('accept')).toEqual([]);
    expect(screen.queryByTestId('bulk-results')).toBeNull();
  });

  it('asks before it makes many sales, and names their sum', async () => {
    const { backend, sent } = await open();
    await press(' ');
    await press('ArrowDown', { shiftKey: true });
    await press('n');
    const confirm = await screen.findByTestId('confirm');
    expect(confirm).toHaveTextContent('¥27.00');
    expect(sent('inbox_bulk')).toEqual([]);
    await fireEvent.click(screen.getByTestId('confirm-go'));
    await waitFor(() => expect(backend.till.inbox.filter((i) => i.state === 'accepted')).toHaveLength(2));
  });

  it('takes only open items, and never more than the engine does', () => {
    const picks = new Selection();
    const rows = Array.from({ length: 250 }, (_, i) => item(i + 1, { state: i === 0 ? 'accepted' : 'open' }));
    picks.toggle(rows[0]!);
    expect(picks.size).toBe(0);
    picks.all(rows);
    expect(picks.size).toBe(200);
    expect(picks.has(1)).toBe(false);
    picks.toggle(rows[240]!);
    expect(picks.size).toBe(200);
    picks.keep([rows[5]!]);
    expect([...picks.ids]).toEqual([6]);
  });
});

describe('money that is no sale', () => {
  it('is marked as a refund with a note, by keys', async () => {
    const { backend, sent } = await open((b) => fillInbox(b.till));
    await press('r');
    const note = await screen.findByTestId('mark-note');
    expect(note).toHaveFocus();
    await fireEvent.input(note, { target: { value: '面粉退货' } });
    await fireEvent.submit(note.closest('form')!);
    await waitFor(() =>
      expect(backend.till.inbox[0]).toMatchObject({
        state: 'ignored',
        mark: 'refund',
        resolution: '面粉退货',
      }),
    );
    expect(sent('mark_item')).toMatchObject([{ item_id: 1, mark: 'refund', note: '面粉退货' }]);
    expect(await screen.findByText('¥15.00 已标为退款，不计入营业额')).toBeVisible();
    // The next open one takes its place.
    await waitFor(() => expect(screen.getByTestId('inbox-item-2')).toHaveAttribute('aria-selected', 'true'));
  });

  it('needs no note', async () => {
    const { backend } = await open((b) => fillInbox(b.till));
    await fireEvent.click(screen.getByTestId('inbox-private'));
    await fireEvent.click(await screen.findByTestId('mark-go'));
    await waitFor(() => expect(backend.till.inbox[0]?.mark).toBe('private'));
  });

  it('reads well afterwards', () => {
    expect(resolutionText(item(1, { state: 'ignored', mark: 'refund', resolution: '面粉' }))).toBe(
      '标为退款：面粉',
    );
    expect(resolutionText(item(1, { state: 'ignored', mark: 'private' }))).toBe('标为私人');
    const row = { at: 0, actor: '小林#3', act: 'inbox.marked', detail: '{"mark":"refund","note":"面粉"}' };
    expect(trailText(row)).toBe('标为退款：面粉');
  });
});

describe('another ticket', () => {
  it('is found by number or amount and matched', async () => {
    const { sent } = await open((b) => fillInbox(b.till));
    await fireEvent.click(screen.getByTestId('inbox-item-2'));
    await screen.findByText('附近没有合适的单');
    await press('m');
    const field = await screen.findByTestId('pick-search');
    expect(screen.getByTestId('pick-go')).toBeDisabled();
    await fireEvent.input(field, { target: { value: '#42' } });
    await waitFor(() => expect(screen.getByTestId('pick-go')).toHaveTextContent('#042'));
    await fireEvent.submit(field.closest('form')!);
    await waitFor(() => expect(screen.queryByTestId('ticket-picker')).toBeNull());
    expect(sent('accept')).toMatchObject([{ item_id: 2, ticket_id: 42 }]);
  });

  it('knows a number from an amount', () => {
    const backend = new MockBackend({ state: 'two' });
    const all = backend.till.tickets.map(choiceOf);
    const ids = (text: string): number[] => all.filter((c) => fitsText(c, text)).map((c) => c.number);
    expect(ids('40')).toEqual([40]);
    expect(ids('#040')).toEqual([40]);
    expect(ids('26.5')).toEqual([37]);
    expect(ids('12')).toEqual([40]);
    expect(ids('#12')).toEqual([]);
    expect(ranked([...all, ...all], 800)[0]?.due_fen).toBe(800);
    expect(ranked([...all, ...all], 800)).toHaveLength(all.length);
  });
});

describe('who may ignore', () => {
  it('asks a cashier for the owner, and does it once approved', async () => {
    const { backend, sent } = await open((b) => {
      staffTheShop(b.till, 'cashier');
      fillInbox(b.till);
    });
    expect(screen.getByTestId('inbox-ignore')).toHaveTextContent('要店主');
    await press('i');
    await fireEvent.click(await screen.findByRole('button', { name: '测试' }));
    await fireEvent.click(screen.getByTestId('ignore-go'));
    await screen.findByTestId('approval-dialog');
    expect(backend.till.inbox[0]?.state).toBe('open');
    await fireEvent.input(await screen.findByTestId('pin'), { target: { value: '8520' } });
    await fireEvent.click(screen.getByTestId('pin-go'));
    await waitFor(() => expect(backend.till.inbox[0]?.state).toBe('ignored'));
    const ids = sent('ignore').map((r) => (r as { request_id: string }).request_id);
    expect(new Set(ids).size).toBe(1);
  });
});
