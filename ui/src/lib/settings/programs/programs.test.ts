import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { MockBackend } from '$lib/backend/mock';
import { staffTheShop } from '$lib/backend/mock/people';
import { fillPrograms } from '$lib/backend/mock/programs';
import { toasts } from '$lib/kit/toasts.svelte';
import { App as AppState } from '$lib/app/state.svelte';
import { click, newWindow, openSettings, readable, type } from '../../../test/window';
import { ProgramDesk } from './desk.svelte';
import { draftOf, settingsOf } from './form';
import { sampleOf } from './sample';

const SECRET = 'sk_EXAMPLE_4_7c41b0d29e6f48a3';
const TOKEN = 'tk_EXAMPLE_4_9f02c1d8e7a6b5f4c3d2e1f0a9b8';

async function open(prepare: (backend: MockBackend) => void = (b) => fillPrograms(b.till)) {
  const backend = new MockBackend();
  prepare(backend);
  return { backend, sent: await openSettings(backend, 'programs', 'secrets-kept') };
}

async function make(name = '新网店'): Promise<void> {
  await click('program-add');
  await click('program-next');
  await type('program-name', name);
  await type('program-prefixes', 'https://shop.example.com/');
  await click('program-make');
}

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(newWindow);

describe('a new secret', () => {
  it('is shown once, and is nowhere after it was stored', async () => {
    const log = vi.spyOn(console, 'log');
    await open();
    await make();
    const box = await screen.findByTestId('secret');
    expect(box).toHaveTextContent('「新网店」的密钥，只显示这一次');
    expect(screen.getByTestId('secret-secret')).toHaveTextContent(SECRET);
    expect(screen.getByTestId('secret-address')).toHaveTextContent(`http://192.168.1.20:5921/t/${TOKEN}`);
    expect(readable()).toContain(TOKEN);
    await click('secret-stored');
    await waitFor(() => expect(screen.queryByTestId('secret')).toBeNull());
    expect(readable()).not.toContain(SECRET);
    expect(readable()).not.toContain(TOKEN);
    expect(JSON.stringify(log.mock.calls)).not.toContain(TOKEN);
    // Its row, its settings and its sample do not bring it back.
    await click('program-open-4');
    await click('seg-sample');
    expect(await screen.findByTestId('program-sample')).toHaveTextContent('<密钥>');
    expect(readable()).not.toContain(TOKEN);
  });

  it('goes when the page is left', async () => {
    await open();
    await make();
    await screen.findByTestId('secret');
    await click('settings-nav-about');
    await click('settings-nav-programs');
    await screen.findByTestId('program-4');
    expect(screen.queryByTestId('secret')).toBeNull();
    expect(readable()).not.toContain(TOKEN);
  });

  it('is held by nothing once dismissed, and not taken up after the page was left', async () => {
    const backend = new MockBackend();
    const app = new AppState(backend);
    await app.programs.load();
    const desk = new ProgramDesk(app);
    const read = settingsOf({ ...draftOf(), name: 'A' }, 'vmq');
    if (!read.settings) throw new Error('settings');
    await desk.add('vmq', read.settings, 'r1');
    expect(desk.shown?.token).toContain('tk_');
    desk.forget();
    expect(desk.shown).toBeNull();
    expect(JSON.stringify(app.programs.view)).not.toContain('tk_');
    expect(JSON.stringify(app.programs.view)).not.toContain('sk_');
    backend.till.delay = 5;
    const late = desk.renew(1, 'r2');
    desk.close();
    await late;
    expect(desk.shown).toBeNull();
  });

  it('replaces the old one only when asked twice', async () => {
    const { sent } = await open();
    await click('program-open-2');
    await click('program-renew');
    const dialog = await screen.findByTestId('confirm');
    expect(dialog).toHaveTextContent('马上失效');
    expect(sent('renew_program')).toEqual([]);
    await click('confirm-go');
    expect(await screen.findByTestId('secret-token')).toHaveTextContent('tk_EXAMPLE_102');
    expect(sent('renew_program')).toMatchObject([{ program_id: 2 }]);
  });
});

describe('the form', () => {
  it('says what is wrong at the field, and keeps what was typed', async () => {
    const { backend, sent } = await open();
    await click('program-add');
    await click('program-next');
    await type('program-prefixes', 'https://shop.example.com/\nshop.example.com');
    await type('program-ttl', '10');
    await click('program-make');
    expect(await screen.findByText('给它起个名字')).toBeVisible();
    expect(screen.getByText(/“shop.example.com”不是网址/)).toBeVisible();
    expect(screen.getByText('请填 60 到 86400 的整数')).toBeVisible();
    expect(sent('add_program')).toEqual([]);
    await type('program-name', '网店');
    await type('program-prefixes', 'https://shop.example.com/');
    await type('program-ttl', '120');
    await type('program-notify', 'https://elsewhere.example.com/notify');
    await click('program-make');
    // The till has the last word, and says it at the field.
    const notify = screen.getByTestId('program-notify');
    await waitFor(() => expect(notify).toHaveAttribute('aria-invalid', 'true'));
    expect(screen.getByText('地址不在允许的回调地址前缀之内')).toBeVisible();
    expect(notify).toHaveValue('https://elsewhere.example.com/notify');
    await type('program-notify', 'https://shop.example.com/notify');
    await click('program-make');
    await screen.findByTestId('secret');
    const [first, second] = sent('add_program') as { request_id: string }[];
    expect(first?.request_id).not.toBe(second?.request_id);
    expect(sent('add_program')[1]).toMatchObject({
      protocol: 'vmq',
      settings: {
        ttl_ms: 120_000,
        callback_prefixes: ['https://shop.example.com/'],
        open_creation: false,
        private_callbacks: false,
      },
    });
    expect(backend.till.programs).toHaveLength(4);
  });

  it('asks once although the answer was lost', async () => {
    const { backend, sent } = await open();
    const answer = vi.mocked(backend.call).getMockImplementation();
    vi.mocked(backend.call).mockImplementation(async (request) => {
      if (request.verb === 'add_program' && sent('add_program').length === 1) {
        await MockBackend.prototype.call.call(backend, request);
        throw { code: 'unavailable', message: '' };
      }
      return (answer ?? MockBackend.prototype.call.bind(backend))(request);
    });
    await make();
    expect(await screen.findByText('连不上收银引擎')).toBeVisible();
    await click('program-make');
    await screen.findByTestId('secret');
    const ids = (sent('add_program') as { request_id: string }[]).map((request) => request.request_id);
    expect(ids[0]).toBe(ids[1]);
    expect(backend.till.programs).toHaveLength(4);
  });

  it('reads products as whole fen', () => {
    const draft = {
      ...draftOf(),
      name: 'L',
      products: [{ name: '卡', amounts: '9.90，9.89 10', global: true }],
    };
    expect(settingsOf(draft, 'lyn').settings?.products).toEqual([
      { name: '卡', amounts_fen: [990, 989, 1000], global: true },
    ]);
    for (const amounts of ['', '0', '9.999', '-1', '1e3'])
      expect(
        settingsOf({ ...draft, products: [{ name: '卡', amounts, global: false }] }, 'lyn').faults?.products,
      ).toBeTruthy();
  });

  it('keeps risky switches out of sight until they are looked for', async () => {
    await open();
    await click('program-add');
    await click('program-next');
    expect(screen.queryByTestId('program-open')).toBeNull();
    await click('program-advanced');
    expect(await screen.findByTestId('program-open')).toHaveAttribute('aria-checked', 'false');
    expect(screen.getByTestId('program-private')).toHaveAttribute('aria-checked', 'false');
  });

  it('saves changes of a program', async () => {
    const { sent } = await open();
    await click('program-open-2');
    await type('program-name', '老商城');
    await click('program-save');
    expect(await within(screen.getByTestId('program-2')).findByText('老商城')).toBeVisible();
    expect(sent('update_program')).toMatchObject([
      { program_id: 2, settings: { name: '老商城', channels: ['wechat', 'alipay'] } },
    ]);
  });
});

describe('a sample request', () => {
  it('holds no secret, and no text of a program breaks out of its quotes', async () => {
    const backend = new MockBackend();
    fillPrograms(backend.till);
    const own = backend.till.programs[0];
    if (!own) throw new Error('program');
    const settings = {
      ...own.settings,
      products: [{ name: `a'; rm -rf "$HOME"`, amounts_fen: [1], global: false }],
    };
    const text = sampleOf({ ...own, protocol: 'lyn', settings }, 'http://till:5921/', {
      secret: 'S',
      token: 'T',
    });
    expect(text).toContain(`'http://till:5921/t/<T>/v1/Pay/AddOrder'`);
    expect(text).toContain(`a'\\''; rm -rf`);
  });
});

describe('callbacks', () => {
  it('tells each in words, and only the undelivered when asked', async () => {
    const { sent } = await open();
    const late = await screen.findByTestId('order-1039');
    expect(late).toHaveTextContent('13:51:09');
    expect(late).toHaveTextContent('第 2 次，HTTP 502，14:06 再试');
    expect(late).toHaveTextContent('等重试');
    expect(screen.getByTestId('order-1041')).toHaveTextContent('第 1 次，86 毫秒，success');
    await click('seg-undelivered');
    await waitFor(() => expect(screen.queryByTestId('order-1041')).toBeNull());
    expect(screen.getByTestId('order-1039')).toBeVisible();
    expect(sent('program_orders').at(-1)).toMatchObject({ undelivered: true, before_id: null });
  });

  it('goes back page by page', async () => {
    await open((b) => {
      fillPrograms(b.till);
      const [one] = b.till.orders;
      if (one) b.till.orders = Array.from({ length: 45 }, (_, i) => ({ ...one, ticket_id: 5000 - i }));
    });
    await screen.findByTestId('order-4981');
    expect(screen.queryByTestId('order-4980')).toBeNull();
    await click('orders-more');
    await screen.findByTestId('order-4961');
    await click('orders-more');
    await screen.findByTestId('order-4956');
    expect(screen.queryByTestId('orders-more')).toBeNull();
  });

  it('shows every attempt, a stranger’s answer as text, and sends again', async () => {
    const { sent } = await open((b) => {
      fillPrograms(b.till);
      for (const order of b.till.orders)
        for (const tried of order.delivery?.attempts ?? [])
          if (tried.status === 502) tried.answer = '<img src=x onerror="window.__cracked=1">';
    });
    await click('order-1039');
    const drawer = await screen.findByTestId('order-drawer');
    expect(drawer).toHaveTextContent('SO-83921');
    expect(drawer).toHaveTextContent('没有按时回答');
    expect(within(drawer).getByTestId('attempt-2')).toHaveTextContent('<img src=x');
    expect(drawer.querySelector('img')).toBeNull();
    expect(within(drawer).getByTestId('order-course')).toHaveTextContent('付款 13:51:09 送达 还没有');
    await click('order-again');
    await waitFor(() => expect(within(drawer).getByTestId('attempt-3')).toHaveTextContent('success'));
    expect(screen.queryByTestId('order-again')).toBeNull();
    expect(sent('send_again')).toMatchObject([{ ticket_id: 1039 }]);
    expect(toasts().at(-1)?.text).toBe('#039 已送达');
    await click('order-timeline');
    const sale = await screen.findByTestId('sale-drawer');
    expect(within(sale).getByTestId('drawer-program')).toHaveTextContent('进销存');
    expect(within(sale).getByTestId('timeline')).toHaveTextContent('HTTP 502');
    expect(within(sale).getByTestId('timeline')).toHaveTextContent('程序收到了');
  });

  it('follows what happens, and the dot on the tab with it', async () => {
    const { backend } = await open();
    expect(await screen.findByTestId('programs-dot')).toBeVisible();
    backend.till.programs = backend.till.programs.map((p) => ({ ...p, state: 'fine', undelivered: 0 }));
    backend.till.orders = backend.till.orders.map((o) =>
      o.delivery ? { ...o, delivery: { ...o.delivery, state: 'delivered', delivered_at: o.paid_at } } : o,
    );
    backend.till.emit({
      event: 'callback://changed',
      ticket_id: 1039,
      number: 39,
      program: '进销存',
      state: 'delivered',
      undelivered: 0,
    });
    await waitFor(() => expect(screen.getByTestId('order-1039')).toHaveTextContent('已送达'));
    await waitFor(() => expect(screen.queryByTestId('programs-dot')).toBeNull());
    backend.till.programs = backend.till.programs.slice(0, 1);
    backend.till.emit({ event: 'programs://changed' });
    await waitFor(() => expect(screen.queryByTestId('program-3')).toBeNull());
  });

  it('is not for a cashier: nothing is asked, no dot', async () => {
    const backend = new MockBackend();
    staffTheShop(backend.till, 'cashier');
    fillPrograms(backend.till);
    const call = vi.spyOn(backend, 'call');
    render(App, { backend });
    await screen.findByText('豆浆');
    backend.till.emit({
      event: 'callback://changed',
      ticket_id: 1039,
      number: 39,
      program: '进销存',
      state: 'given_up',
      undelivered: 1,
    });
    await waitFor(() => expect(call.mock.calls.some(([r]) => r.verb === 'today')).toBe(true));
    expect(call.mock.calls.filter(([r]) => r.verb === 'programs')).toEqual([]);
    expect(screen.queryByTestId('programs-dot')).toBeNull();
  });
});

describe('a test call', () => {
  it('says status, time and answer', async () => {
    const { sent } = await open();
    await click('program-test-3');
    await click('test-go');
    const result = await screen.findByTestId('test-result');
    expect(result).toHaveTextContent('HTTP 500');
    expect(result).toHaveTextContent('121 毫秒');
    expect(result).toHaveTextContent('sign error');
    expect(sent('test_program')).toMatchObject([
      { program_id: 3, url: 'http://192.168.1.60/epay/notify.php' },
    ]);
  });

  it('needs an address', async () => {
    const { sent } = await open();
    await click('program-test-1');
    await type('test-url', ' ');
    await click('test-go');
    expect(await screen.findByText('填一个网址')).toBeVisible();
    expect(sent('test_program')).toEqual([]);
  });
});

describe('the public address', () => {
  it('is saved, or refused in the till’s words', async () => {
    const { sent } = await open();
    await click('settings-nav-port');
    const field = await screen.findByTestId('set-public_url');
    await fireEvent.focus(field);
    await fireEvent.input(field, { target: { value: 'pay.example.com' } });
    await fireEvent.blur(field);
    expect(await screen.findByText(/要以 https:\/\/ 或 http:\/\/ 开头，例如/)).toBeVisible();
    expect(sent('save_settings')).toEqual([]);
    await fireEvent.input(field, { target: { value: 'https://pay.example.com/x?y' } });
    await fireEvent.blur(field);
    expect(await screen.findByText(/只写到域名和端口/)).toBeVisible();
    expect(field).toHaveValue('https://pay.example.com/x?y');
    await fireEvent.input(field, { target: { value: 'https://pay.example.com' } });
    await fireEvent.blur(field);
    await waitFor(() => expect(sent('save_settings')).toHaveLength(2));
  });
});
