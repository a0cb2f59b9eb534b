import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { staffTheShop } from '$lib/backend/mock/people';
import type { RequestOf, Verb } from '$lib/backend/types';
import { fenToGrouped } from '$lib/money';

// jsdom draws nothing; what the chart is told is what counts here.
const { shown } = vi.hoisted(() => ({ shown: vi.fn() }));
vi.mock('./barchart', () => ({
  lookOf: () => ({}),
  drawBars: () => ({ show: shown, destroy: () => {} }),
}));

type Asked = RequestOf<Verb>;

async function open(state = 'totals-today', prepare: (b: MockBackend) => void = () => {}) {
  const backend = new MockBackend({ state });
  prepare(backend);
  const asked: Asked[] = [];
  const call = backend.call.bind(backend);
  vi.spyOn(backend, 'call').mockImplementation((request) => {
    asked.push(request as Asked);
    return call(request);
  });
  // The keys of a state are for looking; tests press their own.
  vi.spyOn(backend, 'play').mockReturnValue(() => {});
  route.go('totals');
  render(App, { backend });
  const of = <V extends Verb>(verb: V): RequestOf<V>[] =>
    asked.filter((request) => request.verb === verb) as RequestOf<V>[];
  /** As the fake till answers, for tests that stand in between. */
  return { backend, asked, of, answer: call };
}

async function uncovered(state?: string, prepare?: (b: MockBackend) => void) {
  const opened = await open(state, prepare);
  await fireEvent.click(await screen.findByTestId('show-figures'));
  await screen.findByTestId('sum-row');
  return opened;
}

const press = (key: string, element: Element | Window = window) =>
  fireEvent.keyDown(element, { key, bubbles: true });
const net = () => screen.getByTestId('sum-net').textContent;

beforeEach(() => {
  route.go('till');
  shown.mockClear();
});

describe('the cover', () => {
  it('shows and asks for no figure before a deliberate press', async () => {
    const { of } = await open();
    expect(await screen.findByTestId('covered')).toBeVisible();
    expect(screen.queryByText(/1,160\.58/)).toBeNull();
    expect(of('totals')).toHaveLength(0);
    expect(screen.getByTestId('export')).toBeDisabled();
    await fireEvent.click(screen.getByTestId('show-figures'));
    expect(await screen.findByTestId('sum-net')).toHaveTextContent('1,160.58');
  });

  it('asks for the PIN on a guarded till and stays covered after a wrong one', async () => {
    const { of } = await open('totals-today', (b) => staffTheShop(b.till, 'owner'));
    const field = await within(await screen.findByTestId('covered')).findByTestId('pin');
    await fireEvent.input(field, { target: { value: '9999' } });
    await fireEvent.click(screen.getByTestId('pin-go'));
    await waitFor(() => expect(screen.getByTestId('pin-trouble')).not.toBeEmptyDOMElement());
    expect(of('totals')).toHaveLength(0);
    expect(screen.getByTestId('covered')).toBeVisible();
  });

  it('covers again when it is told to, and leaves no figure in the page', async () => {
    await uncovered();
    await fireEvent.click(screen.getByTestId('cover-now'));
    expect(await screen.findByTestId('covered')).toBeVisible();
    expect(document.body.textContent).not.toContain('1,160.58');
  });

  it('covers by itself after the time of the settings', async () => {
    await uncovered('totals-today', (b) => (b.till.settings = { ...b.till.settings, reveal_ms: 150 }));
    expect(await screen.findByTestId('covered', {}, { timeout: 3000 })).toBeVisible();
    expect(document.body.textContent).not.toContain('1,160.58');
  });

  it('covers when the screen is left', async () => {
    const { of } = await uncovered();
    await fireEvent.click(screen.getByTestId('nav-till'));
    await waitFor(() => expect(of('cover').length).toBeGreaterThan(0));
    await fireEvent.click(screen.getByTestId('nav-totals'));
    expect(await screen.findByTestId('covered')).toBeVisible();
  });

  it('covers when the till refuses figures first', async () => {
    const { backend } = await open('totals-today', (b) => {
      staffTheShop(b.till, 'owner');
      b.till.totalsOpen = true;
    });
    await screen.findByTestId('sum-net');
    backend.till.totalsOpen = false;
    await fireEvent.click(screen.getByTestId('channel-wechat'));
    expect(await screen.findByTestId('covered')).toBeVisible();
    expect(document.body.textContent).not.toContain('1,160.58');
  });
});

describe('figures and their rows', () => {
  it('says that the rows add up, only when they do', async () => {
    const { backend, answer } = await uncovered();
    expect(screen.getByTestId('agrees')).toBeVisible();
    vi.mocked(backend.call).mockImplementation((async (request: Asked) => {
      const reply = await answer(request);
      return request.verb === 'sales_index' ? { ...(reply as object), gross_fen: 1 } : reply;
    }) as typeof backend.call);
    await fireEvent.click(screen.getByTestId('channel-wechat'));
    expect(await screen.findByTestId('differs')).toBeVisible();
    expect(screen.queryByTestId('agrees')).toBeNull();
  });

  it('narrows to a channel, then to refunds, and opens up again chip by chip', async () => {
    const { of } = await uncovered();
    const amount = screen.getByTestId('channel-alipay').textContent?.match(/[\d,]+\.\d\d/)?.[0] ?? '';
    await fireEvent.click(screen.getByTestId('channel-alipay'));
    await waitFor(() => expect(net()).toBe(amount));
    expect(screen.getByTestId('agrees')).toBeVisible();
    expect(of('sales_index').at(-1)?.filter).toMatchObject({ channel: 'alipay', kind: null });
    // Its own card keeps the other channels to compare with.
    expect(screen.getByTestId('channel-wechat')).toBeVisible();
    await fireEvent.click(screen.getByTestId('chip-channel'));
    await waitFor(() => expect(net()).toBe('1,160.58'));
    await fireEvent.click(screen.getByTestId('kpi-refunds'));
    await waitFor(() => expect(net()).toBe('−12.00'));
    expect(screen.getByTestId('kpi-net')).toHaveTextContent('1,160.58');
    await press('Escape');
    await waitFor(() => expect(net()).toBe('1,160.58'));
    expect(screen.queryByTestId('chips')).toBeNull();
  });

  it('exports exactly the rows it shows', async () => {
    const { of } = await uncovered();
    await fireEvent.click(screen.getByTestId('channel-cash'));
    await waitFor(() => expect(screen.getByTestId('chip-channel')).toBeVisible());
    await fireEvent.click(screen.getByTestId('export'));
    await fireEvent.click(await screen.findByTestId('export-sales'));
    expect(await screen.findByTestId('export-only')).toHaveTextContent('现金');
    await fireEvent.click(screen.getByTestId('export-go'));
    await waitFor(() => expect(of('export')).toHaveLength(1));
    expect(of('export')[0]).toMatchObject({ preset: 'xlsx', filter: { channel: 'cash' } });
  });

  it('sends day totals whole, whatever is narrowed', async () => {
    const { of } = await uncovered();
    await fireEvent.click(screen.getByTestId('channel-cash'));
    await waitFor(() => expect(screen.getByTestId('chip-channel')).toBeVisible());
    await fireEvent.click(screen.getByTestId('export'));
    await fireEvent.click(await screen.findByTestId('export-days'));
    await fireEvent.click(await screen.findByTestId('export-preset-kingdee'));
    await fireEvent.click(screen.getByTestId('export-go'));
    await waitFor(() => expect(of('export')).toHaveLength(1));
    expect(of('export')[0]).toMatchObject({ table: 'days', preset: 'kingdee', filter: { channel: null } });
  });

  it('asks for another range and forgets what was narrowed', async () => {
    const { of } = await uncovered();
    await fireEvent.click(screen.getByTestId('channel-cash'));
    await fireEvent.click(screen.getByTestId('seg-month'));
    await waitFor(() => expect(of('totals').at(-1)?.span).toEqual({ span: 'month' }));
    expect(screen.queryByTestId('chip-channel')).toBeNull();
    expect(await screen.findByText('每天实收')).toBeVisible();
  });

  it('refuses dates that are the wrong way round', async () => {
    const { of } = await uncovered();
    const before = of('totals').length;
    await fireEvent.click(screen.getByTestId('seg-custom'));
    await fireEvent.input(await screen.findByTestId('from'), { target: { value: '2026-11-20' } });
    await fireEvent.input(screen.getByTestId('to'), { target: { value: '2026-11-01' } });
    await fireEvent.click(screen.getByTestId('custom-go'));
    expect(await screen.findByText('日期要从早到晚，最多十年')).toBeVisible();
    expect(of('totals')).toHaveLength(before);
  });

  it('shows money without a ticket and does not count it', async () => {
    await uncovered();
    expect(screen.getByTestId('unmatched')).toHaveTextContent('45.00');
    await fireEvent.click(screen.getByTestId('to-inbox'));
    expect(route.name).toBe('inbox');
  });

  it('lists corrections after closing apart', async () => {
    await uncovered('totals-closed');
    expect(screen.getByTestId('closed')).toHaveTextContent('Z118');
    await fireEvent.click(screen.getByTestId('corrections'));
    await waitFor(() => expect(net()).toBe('−12.00'));
  });

  it('says so when there were no sales', async () => {
    await uncovered('totals-empty');
    expect(screen.getByTestId('no-rows')).toHaveTextContent('这段时间还没有收款');
    expect(screen.queryByTestId('agrees')).toBeNull();
  });

  it('shows what went wrong and tries again', async () => {
    const { backend, answer } = await open();
    vi.mocked(backend.call).mockImplementation((request) =>
      request.verb === 'totals' ? Promise.reject({ code: 'unavailable', message: '' }) : answer(request),
    );
    await fireEvent.click(await screen.findByTestId('show-figures'));
    const failed = await screen.findByTestId('totals-failed');
    expect(failed).toHaveTextContent('连不上收银引擎');
    vi.mocked(backend.call).mockImplementation(answer);
    await fireEvent.click(within(failed).getByRole('button'));
    expect(await screen.findByTestId('sum-net')).toHaveTextContent('1,160.58');
  });
});

describe('the chart', () => {
  it('is walked with the arrow keys and opens its rows with Enter', async () => {
    const { of } = await uncovered();
    const chart = await screen.findByTestId('chart');
    expect(screen.getByTestId('readout')).toHaveTextContent('8 点 · 211.94 · 11 笔');
    await press('ArrowLeft', chart);
    expect(screen.getByTestId('readout')).toHaveTextContent('7 点 · 147.98 · 8 笔');
    await press('Enter', chart);
    await waitFor(() => expect(net()).toBe('147.98'));
    expect(of('sales_index').at(-1)?.filter.hour).toBe(7);
    expect(screen.getByTestId('chip-hour')).toHaveTextContent('7 点');
    // The other hours stay, to compare with.
    expect(within(chart).getAllByRole('option')).toHaveLength(14);
    await press('End', chart);
    await press('ArrowRight', chart);
    expect(screen.getByTestId('readout')).toHaveTextContent('18 点 · 0.00 · 0 笔');
  });

  it('has a table with the same numbers', async () => {
    await uncovered();
    const bars = within(await screen.findByTestId('chart'))
      .getAllByRole('option')
      .map((option) => option.textContent);
    await fireEvent.click(screen.getByTestId('chart-table-toggle'));
    const rows = within(screen.getByTestId('chart-table')).getAllByRole('row').slice(1);
    const read = rows.map((row) => {
      const [what, count, fen] = Array.from(row.children, (cell) => cell.textContent?.trim());
      return `${what} · ${fen} · ${count} 笔`;
    });
    expect(read).toEqual(bars);
  });

  it('shows the channels as bars that add up to the figure', async () => {
    await uncovered();
    await fireEvent.change(screen.getByTestId('dimension'), { target: { value: 'channel' } });
    await screen.findByText('渠道实收');
    await fireEvent.click(screen.getByTestId('chart-table-toggle'));
    const rows = within(screen.getByTestId('chart-table')).getAllByRole('row').slice(1);
    const sum = rows.reduce((fen, row) => {
      return fen + Number((row.lastElementChild?.textContent ?? '').replace(/[,.]/g, ''));
    }, 0);
    expect(fenToGrouped(sum)).toBe('1,160.58');
  });
});

describe('the table', () => {
  it('opens a row with the keyboard and shows what happened', async () => {
    await uncovered();
    const table = screen.getByTestId('sales-table');
    await waitFor(() => expect(screen.getByTestId('sale-0')).toHaveTextContent('#057'));
    table.focus();
    await press('ArrowDown', table);
    await press('ArrowDown', table);
    expect(screen.getByTestId('sale-1')).toHaveAttribute('aria-selected', 'true');
    await press('Enter', table);
    const drawer = await screen.findByTestId('sale-drawer');
    expect(drawer).toHaveTextContent('#056');
    const steps = await within(drawer).findByTestId('timeline');
    expect(steps).toHaveTextContent(/出码.*顾客屏显示.*收到通知.*对上这一单.*记为已付.*播报/s);
    await press('Escape');
    await waitFor(() => expect(screen.queryByTestId('sale-drawer')).toBeNull());
    expect(table).toHaveFocus();
  });

  it('offers a refund from the drawer', async () => {
    await uncovered();
    await waitFor(() => expect(screen.getByTestId('sale-0')).toHaveTextContent('#057'));
    await fireEvent.click(screen.getByTestId('sale-0'));
    await fireEvent.click(await screen.findByTestId('drawer-refund'));
    expect(await screen.findByTestId('refund-reason')).toBeVisible();
  });
});

describe('the search', () => {
  it('is focused with a slash and shows only the answer to the newest text', async () => {
    const { backend, asked, answer } = await uncovered();
    const held: Array<() => void> = [];
    vi.mocked(backend.call).mockImplementation((async (request: Asked) => {
      asked.push(request);
      const reply = await answer(request);
      if (request.verb === 'search_sales' && request.text === '豆')
        await new Promise<void>((done) => held.push(done));
      return reply;
    }) as typeof backend.call);
    await press('/');
    const field = screen.getByTestId('totals-search');
    expect(field).toHaveFocus();
    await fireEvent.input(field, { target: { value: '豆' } });
    await waitFor(() => expect(held).toHaveLength(1));
    await fireEvent.input(field, { target: { value: '#41' } });
    await waitFor(() => expect(screen.getByTestId('sum-row')).toHaveTextContent('“#41”'));
    const rows = screen.getByTestId('sum-row').textContent;
    held.forEach((done) => done());
    await new Promise((done) => setTimeout(done, 0));
    expect(screen.getByTestId('sum-row').textContent).toBe(rows);
    expect(screen.getByTestId('sale-0')).toHaveTextContent('#041');
    await press('Escape', field);
    await waitFor(() => expect(net()).toBe('1,160.58'));
    expect(asked.flatMap((r) => (r.verb === 'search_sales' ? [r.text] : []))).toEqual(['豆', '#41']);
  });
});
