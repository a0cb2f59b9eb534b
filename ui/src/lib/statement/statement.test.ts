import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { checkLine, deskOf, fillStatements } from '$lib/backend/mock/statement';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { actsOf, ORDER, sorted, sortedLines } from './outcomes';

async function open(prepare: (backend: MockBackend) => void = (b) => fillStatements(b.till)) {
  const backend = new MockBackend();
  prepare(backend);
  const call = vi.spyOn(backend, 'call');
  route.go('statement');
  render(App, { backend });
  await screen.findByTestId('statement');
  const sent = (verb: string): Request[] =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);
  return { backend, call, sent };
}

const press = (key: string, code = key) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, code });

const file = (name: string, text = 'x'): File => new File([text], name, { type: 'text/csv' });
const drop = (what: File) =>
  fireEvent.drop(screen.getByTestId('statement-drop'), { dataTransfer: { files: [what] } });

const rows = () => document.querySelectorAll('.line[role="row"]');

/** The selected line. */
const selected = (): HTMLElement => document.querySelector<HTMLElement>('.line[aria-selected="true"]')!;

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});

describe('the order of outcomes', () => {
  it('puts the alarm first and what agrees behind everything open', () => {
    const sums = ORDER.toReversed().map((outcome) => ({ outcome, lines: 1, sum_fen: 1 }));
    expect(sorted(sums).map((sum) => sum.outcome)).toEqual(ORDER);
    expect(ORDER[0]).toBe('missing_in_statement');
    expect(ORDER.indexOf('matched')).toBeGreaterThan(ORDER.indexOf('refund_missing_in_statement'));
    expect(sorted([{ outcome: 'matched', lines: 0, sum_fen: 0 }])).toEqual([]);
  });

  it('sorts lines gravest first and then by time', () => {
    const lines = [
      checkLine('matched', { line_id: 1, line_at: 1 }),
      checkLine('missing_in_till', { line_id: 2, line_at: 9 }),
      checkLine('missing_in_till', { line_id: 3, line_at: 4 }),
      checkLine('missing_in_statement', { ticket_id: 7, ticket_at: 8 }),
    ];
    expect(sortedLines(lines).map((line) => line.line_id ?? `t${line.ticket_id}`)).toEqual(['t7', 3, 2, 1]);
  });

  it('never offers to book again what the till has', () => {
    expect(actsOf(checkLine('missing_in_till', { line_id: 1 }))).toEqual(['attach', 'open', 'settle']);
    expect(actsOf(checkLine('missing_in_statement', { ticket_id: 1 }))).toEqual(['see', 'settle']);
    expect(actsOf(checkLine('matched', { line_id: 1, ticket_id: 1 }))).toEqual(['see']);
    expect(actsOf(checkLine('maybe', { line_id: 1, ticket_id: 1 }))).toEqual(['see', 'settle']);
    // A refund that was booked later is tied by hand.
    expect(actsOf(checkLine('refund_missing_in_till', { line_id: 1 }))).toEqual(['attach', 'settle']);
    expect(actsOf(checkLine('fee', { line_id: 1 }))).toEqual([]);
  });
});

describe('the statement check', () => {
  it('shows the alarm first, with both sides, the warnings and the totals that disagree', async () => {
    await open();
    await screen.findByTestId('sum-missing_in_statement');
    const tiles = [...document.querySelectorAll('[data-testid^="sum-"]')].map((tile) =>
      tile.getAttribute('data-testid'),
    );
    expect(tiles.slice(0, 2)).toEqual(['sum-missing_in_statement', 'sum-missing_in_till']);
    expect(screen.getByTestId('sum-missing_in_till')).toHaveTextContent('2');
    expect(selected()).toHaveTextContent('#033');
    expect(selected()).toHaveTextContent('没有');
    expect(screen.getByTestId('statement-warnings')).toHaveTextContent('14:00');
    expect(screen.getByTestId('statement-declared')).toHaveTextContent('合计不符');
  });

  it('filters by outcome, with a click and with a key', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('sum-missing_in_till'));
    expect(rows()).toHaveLength(2);
    await press('Escape');
    expect(rows().length).toBeGreaterThan(2);
    await press('f', 'KeyF');
    expect(rows()).toHaveLength(1);
    expect(selected()).toHaveTextContent('账单没有');
  });

  it('books a missed payment for a ticket with the keys alone', async () => {
    const { sent } = await open((b) => {
      fillStatements(b.till);
      b.till.open({ lines: [{ name: '', price_fen: 20_000, count: 1 }], discount: null, note: '' });
    });
    await screen.findByTestId('sum-missing_in_till');
    await press('ArrowDown');
    expect(selected()).toHaveTextContent('200.00');
    await press('Enter');
    const field = await screen.findByTestId('pick-search');
    expect(field).toHaveFocus();
    // Nothing is chosen until a person chooses: Enter by habit books nothing.
    expect(screen.getByTestId('pick-go')).toBeDisabled();
    await fireEvent.input(field, { target: { value: '200' } });
    await waitFor(() => expect(screen.getByTestId('pick-go')).toHaveTextContent('#041'));
    await fireEvent.submit(field.closest('form')!);
    await waitFor(() => expect(screen.getByTestId('sum-missing_in_till')).toHaveTextContent('1'));
    expect(sent('attach_line')).toMatchObject([{ line_id: 2, ticket_id: 41 }]);
    expect(screen.getByTestId('sum-matched')).toHaveTextContent('52');
  });

  it('makes a sale of a line, once, however often the key comes', async () => {
    const { backend, sent } = await open();
    await screen.findByTestId('sum-missing_in_till');
    await press('ArrowDown');
    await press('n', 'KeyN');
    const go = await screen.findByTestId('sale-go');
    backend.till.delay = 20;
    await fireEvent.click(go);
    await fireEvent.click(go);
    await waitFor(() => expect(screen.queryByTestId('sale-dialog')).toBeNull());
    expect(sent('open_line')).toHaveLength(1);
  });

  it('puts a ticket aside only with a reason, and names the ticket, not a line', async () => {
    const { sent } = await open();
    await screen.findByTestId('sum-missing_in_statement');
    await press('s', 'KeyS');
    await fireEvent.click(await screen.findByTestId('settle-go'));
    expect(await screen.findByText('要写理由')).toBeVisible();
    expect(sent('settle_line')).toEqual([]);
    await fireEvent.click(screen.getByText('当时改收了现金'));
    await fireEvent.click(screen.getByTestId('settle-go'));
    await waitFor(() => expect(screen.queryByTestId('sum-missing_in_statement')).toBeNull());
    expect(sent('settle_line')).toMatchObject([
      { statement_id: 3, line_id: null, ticket_id: 33, reason: '当时改收了现金' },
    ]);
  });

  it('keeps the request id while nobody knows what came of it', async () => {
    const { backend, call, sent } = await open();
    await screen.findByTestId('sum-missing_in_till');
    await press('ArrowDown');
    await press('n', 'KeyN');
    const real = MockBackend.prototype.call.bind(backend);
    let lost = false;
    call.mockImplementation(async (request) => {
      if (request.verb !== 'open_line' || lost) return real(request);
      lost = true;
      throw { code: 'unavailable', message: '' };
    });
    await fireEvent.click(await screen.findByTestId('sale-go'));
    const fault = await within(screen.getByTestId('sale-dialog')).findByRole('alert');
    expect(fault).toHaveTextContent('连不上收银引擎');
    await fireEvent.click(screen.getByTestId('sale-go'));
    await waitFor(() => expect(screen.queryByTestId('sale-dialog')).toBeNull());
    const ids = sent('open_line').map((request) => (request as { request_id: string }).request_id);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('says when all agree', async () => {
    await open((b) => fillStatements(b.till, true));
    expect(await screen.findByTestId('statement-clean')).toHaveTextContent('两边一致');
  });
});

describe('reading a file', () => {
  const ZIP = '微信支付账单(20261101-20261119).zip';

  it('reads a dropped file and says how much of it was new', async () => {
    const { sent } = await open(() => {});
    await screen.findByTestId('statement-empty');
    await drop(file('bill.csv', 'hello'));
    expect(await screen.findByTestId('statement-added')).toHaveTextContent('60 行里有 60 行是新的');
    expect(sent('import_statement')).toMatchObject([
      { file: 'bill.csv', content_base64: btoa('hello'), path: null, password: null },
    ]);
    await drop(file('bill.csv', 'hello'));
    await waitFor(() => expect(screen.getByTestId('statement-added')).toHaveTextContent('没有重复记'));
    expect(screen.getByTestId('statement-list').querySelectorAll('button')).toHaveLength(1);
  });

  it('asks for the password, says when it is wrong, and opens with the right one', async () => {
    const { sent } = await open((b) => {
      deskOf(b.till).passwords.set(ZIP, '492718');
    });
    await drop(file(ZIP));
    const dialog = await screen.findByTestId('statement-password');
    expect(dialog).toHaveTextContent(ZIP);
    // The first question is no reproach.
    expect(within(dialog).queryByRole('alert')).toBeNull();
    await fireEvent.click(screen.getByTestId('statement-password-go'));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('要填密码');
    const field = screen.getByTestId('statement-password-field');
    await fireEvent.input(field, { target: { value: '111111' } });
    await fireEvent.click(screen.getByTestId('statement-password-go'));
    expect(await within(dialog).findByText('密码不对，再看一眼')).toBeVisible();
    // What was typed stays: one wrong sign is one sign to mend.
    expect(field).toHaveValue('111111');
    await fireEvent.input(field, { target: { value: '492718' } });
    expect(within(dialog).queryByText('密码不对，再看一眼')).toBeNull();
    await fireEvent.click(screen.getByTestId('statement-password-go'));
    await screen.findByTestId('sum-matched');
    expect(screen.queryByTestId('statement-password')).toBeNull();
    expect(sent('import_statement').map((r) => (r as { password: string | null }).password)).toEqual([
      null,
      '111111',
      '492718',
    ]);
  });

  it('takes a file dropped beside the box, once', async () => {
    const { sent } = await open();
    await fireEvent.drop(screen.getByTestId('statement'), { dataTransfer: { files: [file('b.csv')] } });
    await screen.findByTestId('statement-added');
    expect(sent('import_statement')).toHaveLength(1);
  });

  it('gives a locked file up', async () => {
    const { sent } = await open((b) => {
      deskOf(b.till).passwords.set(ZIP, '492718');
    });
    await drop(file(ZIP));
    await screen.findByTestId('statement-password');
    await press('Escape');
    await waitFor(() => expect(screen.queryByTestId('statement-password')).toBeNull());
    expect(sent('import_statement')).toHaveLength(1);
    expect(screen.queryByTestId('statement-fault')).toBeNull();
  });

  it('says why a file is no statement, and sends no empty one', async () => {
    const { sent } = await open();
    await drop(file('证明.pdf'));
    expect(await screen.findByTestId('statement-fault')).toHaveTextContent('用于个人对账');
    // What was shown before stays.
    expect(screen.getByTestId('sum-matched')).toBeVisible();
    await drop(file('空.csv', ''));
    await waitFor(() => expect(screen.getByTestId('statement-fault')).toHaveTextContent('是空文件'));
    expect(sent('import_statement')).toHaveLength(1);
  });
});
