import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import type { ExportJob } from '$lib/bindings';
import { NO_FILTER } from '../totals/narrowing';
import { Exporting } from './exporting.svelte';
import { presetsOf } from './presets';

vi.mock('../totals/barchart', () => ({
  lookOf: () => ({}),
  drawBars: () => ({ show: () => {}, destroy: () => {} }),
}));

const ORDER = {
  table: 'sales',
  preset: 'xlsx',
  span: { span: 'today' },
  filter: NO_FILTER,
  folder: '',
} as const;

async function open(): Promise<MockBackend> {
  const backend = new MockBackend({ state: 'totals-today' });
  vi.spyOn(backend, 'play').mockReturnValue(() => {});
  route.go('totals');
  render(App, { backend });
  await fireEvent.click(await screen.findByTestId('show-figures'));
  await screen.findByTestId('sum-row');
  await fireEvent.click(screen.getByTestId('export'));
  return backend;
}

beforeEach(() => {
  route.go('till');
  localStorage.removeItem('qiantai.export.folder');
});

describe('exporting', () => {
  it('offers bookkeeping shapes for day totals only', () => {
    expect(presetsOf('days')).toHaveLength(12);
    for (const table of ['sales', 'receipts', 'journal'] as const)
      expect(presetsOf(table)).toEqual(['xlsx', 'excel_zh', 'csv']);
  });

  it('runs to its end and shows path, rows, sum and hash', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('export-sales'));
    await fireEvent.click(await screen.findByTestId('export-go'));
    await waitFor(() => expect(screen.getByTestId('export-progress')).toHaveAttribute('data-state', 'done'), {
      timeout: 5000,
    });
    expect(screen.getByTestId('export-path')).toHaveTextContent('sales_2026-11-20_till1_v2.xlsx');
    expect(screen.getByTestId('export-hash').textContent).toMatch(/^[0-9a-f]{64}$/);
    expect(screen.getByTestId('export-progress')).toHaveTextContent('58 行 · 合计 1,160.58');
  });

  it('can be stopped', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('export-sales'));
    await fireEvent.click(await screen.findByTestId('export-go'));
    await waitFor(() => expect(screen.getByTestId('export-cancel')).toBeEnabled());
    await fireEvent.click(screen.getByTestId('export-cancel'));
    await waitFor(() =>
      expect(screen.getByTestId('export-progress')).toHaveAttribute('data-state', 'cancelled'),
    );
    expect(screen.getByTestId('export-progress')).toHaveTextContent('没有留下文件');
  });

  it('says what is wrong with the folder and keeps what was chosen', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('export-days'));
    await fireEvent.click(await screen.findByTestId('export-preset-xero'));
    await fireEvent.input(screen.getByTestId('export-folder'), { target: { value: 'nowhere' } });
    await fireEvent.click(screen.getByTestId('export-go'));
    expect(await screen.findByText('没有这个文件夹')).toBeVisible();
    expect(screen.getByTestId('export-preset-xero')).toHaveAttribute('aria-checked', 'true');
    expect(screen.getByTestId('export-folder')).toHaveValue('nowhere');
  });

  it('lists past exports with what changed since', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('export-log'));
    expect(await screen.findByTestId('export-log-1')).toHaveTextContent('又有 3 行');
    expect(screen.getByTestId('export-log-2')).toHaveTextContent('没有变化');
  });

  it('sends a lost order again under the same id', async () => {
    const ids: string[] = [];
    const exporting = new Exporting({
      onEvent: () => () => {},
      call: ((request: { request_id: string }) => {
        ids.push(request.request_id);
        return Promise.reject({ code: 'unavailable', message: '' });
      }) as never,
    });
    await exporting.go(ORDER);
    await exporting.go(ORDER);
    await exporting.go({ ...ORDER, preset: 'csv' });
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('takes news in any order: what is over stays over', async () => {
    let tell: (event: never) => void = () => {};
    const job = { id: 7, state: 'running', rows: 0 } as ExportJob;
    const exporting = new Exporting({
      onEvent: (listener) => {
        tell = listener as never;
        return () => {};
      },
      call: (() => Promise.resolve(job)) as never,
    });
    const stop = exporting.start();
    await exporting.go(ORDER);
    const say = (change: Partial<ExportJob>): void =>
      tell({ event: 'export://changed', job: { ...job, ...change } } as never);
    say({ rows: 50 });
    say({ rows: 20 });
    expect(exporting.job?.rows).toBe(50);
    say({ id: 8, state: 'done' });
    expect(exporting.running).toBe(true);
    say({ state: 'done', rows: 99 });
    say({ state: 'running', rows: 60 });
    expect(exporting.job).toMatchObject({ state: 'done', rows: 99 });
    stop();
  });
});
