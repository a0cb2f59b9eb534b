import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { KEYS } from '$lib/backend/mock/gateway-keys';
import { fillGateways } from '$lib/backend/mock/gateway-shop';
import { staffTheShop } from '$lib/backend/mock/people';
import { toasts } from '$lib/kit/toasts.svelte';
import { click, newWindow, openSettings, readable, type } from '../../../test/window';

async function open(state = 'gateways', prepare: (backend: MockBackend) => void = () => {}) {
  const backend = new MockBackend({ state });
  prepare(backend);
  vi.spyOn(backend, 'play').mockReturnValue(() => {});
  return { backend, sent: await openSettings(backend, 'gateways', 'gateways-kept') };
}

async function add(provider: string, name = '新合约'): Promise<void> {
  await click('gateway-add');
  await click(`provider-${provider}`);
  await click('gateway-next');
  await type('gateway-name', name);
}

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(newWindow);

describe('the page', () => {
  it('says who needs it, that a phone does without, and what is confirmed by hand', async () => {
    await open('gateways-empty');
    expect(screen.getByTestId('gateways-empty')).toHaveTextContent('一部手机加个人收款码就够了');
    expect(screen.getByText(/翼支付、连连、银行转账等没有可用的接口/)).toBeVisible();
  });

  it('shows each state, and never takes a sandbox for money', async () => {
    await open();
    const states = [...document.querySelectorAll('[data-testid^="gateway-"][data-state]')].map((row) =>
      row.getAttribute('data-state'),
    );
    expect(states).toEqual(['fine', 'trouble', 'new', 'fine', 'off', 'no_secret', 'incomplete']);
    expect(within(screen.getByTestId('gateway-4')).getByTestId('place-sandbox')).toHaveTextContent(
      '沙箱 · 不是真钱',
    );
    expect(within(screen.getByTestId('gateway-5')).getByTestId('place-simulator')).toHaveTextContent(
      '模拟器 · 不是真钱 · http://127.0.0.1:8600',
    );
    expect(within(screen.getByTestId('gateway-1')).queryByText(/不是真钱/)).toBeNull();
    const wechat = within(screen.getByTestId('gateway-2'));
    expect(wechat.getByTestId('warning-skew')).toHaveTextContent('快 7 分 12 秒');
    expect(wechat.getByTestId('warning-reverse')).toHaveTextContent('apiclient_cert.p12');
    expect(within(screen.getByTestId('gateway-3')).getByTestId('warning-expiry')).toHaveTextContent(
      '12 天后',
    );
    expect(screen.queryByTestId('gateway-8')).toBeNull();
    await click('gateways-gone');
    expect(await screen.findByTestId('gateway-8')).toHaveTextContent('已结束');
  });

  it('tells its rows and their buttons apart by name', async () => {
    await open();
    const row = screen.getByRole('group', { name: '支付宝当面付' });
    expect(row).toBe(screen.getByTestId('gateway-1'));
    expect(within(row).getByRole('heading', { level: 2 })).toHaveTextContent('支付宝当面付');
    for (const id of ['gateway-test-1', 'gateway-open-1', 'gateway-enabled-1'])
      expect(screen.getByTestId(id)).toHaveAccessibleName(/支付宝当面付/);
    expect(screen.getByTestId('gateway-fill-6')).toHaveAccessibleName(/二店支付宝/);
  });

  it('follows what happens', async () => {
    const { backend } = await open();
    fillGateways(backend.till);
    await backend.call<'end_gateway'>({ verb: 'end_gateway', request_id: 'r', gateway_id: 7 });
    await waitFor(() => expect(screen.queryByTestId('gateway-7')).toBeNull());
  });

  it('is the owner’s: a cashier is told so and sees nothing', async () => {
    const backend = new MockBackend({ state: 'gateways' });
    vi.spyOn(backend, 'play').mockReturnValue(() => {});
    staffTheShop(backend.till, 'cashier');
    route.go('settings', 'gateways');
    render(App, { backend });
    expect(await screen.findByText(/没能读出合约: 要店主批准/)).toBeVisible();
    expect(screen.getByTestId('gateway-add')).toBeDisabled();
    expect(document.body).not.toHaveTextContent('支付宝当面付');
  });
});

describe('a new contract', () => {
  it('says what is missing at its field, and sends nothing', async () => {
    const { sent } = await open('gateways-empty');
    await click('gateway-add');
    await click('gateway-next');
    await click('gateway-make');
    expect(await screen.findByText('给它起个名字')).toBeVisible();
    expect(screen.getByTestId('value-app_id')).toHaveAttribute('aria-invalid', 'true');
    expect(screen.getByTestId('value-app_private_key')).toHaveAttribute('aria-invalid', 'true');
    expect(sent('add_gateway')).toEqual([]);
  });

  it('names what is missing, and keeps what is there for later', async () => {
    const { sent } = await open('gateways-empty');
    await click('gateway-add');
    await click('gateway-next');
    await type('value-app_id', '2021004123456789');
    await click('gateway-make');
    const short = await screen.findByTestId('gateway-short');
    expect(short).toHaveTextContent('还差：应用私钥。');
    expect(short).toHaveAttribute('role', 'alert');
    await click('gateway-keep');
    expect(sent('add_gateway')).toMatchObject([
      {
        provider: 'alipay',
        settings: { name: '支付宝', enabled: true },
        values: [{ field: 'app_id', text: '2021004123456789' }],
      },
    ]);
    const row = await screen.findByTestId('gateway-1');
    expect(row).toHaveAttribute('data-state', 'incomplete');
    expect(within(row).getByTestId('trouble')).toHaveTextContent(
      '应用私钥：还没有填写；支付宝公钥：还没有填写',
    );
    expect(toasts().at(-1)?.text).toContain('填齐之前不收钱');
    await waitFor(() => expect(screen.queryByTestId('gateway-new')).toBeNull());
    // The rest comes when it comes, a field at a time.
    await type('value-app_private_key', KEYS.private('shop'));
    await click('gateway-save');
    await waitFor(() => expect(row).not.toHaveTextContent('应用私钥：还没有填写'));
    expect(row).toHaveTextContent('支付宝公钥：还没有填写');
    await type('value-alipay_public_key', KEYS.public('alipay'));
    await click('gateway-save');
    await waitFor(() => expect(row).toHaveAttribute('data-state', 'new'));
  });

  it('is kept switched off while another of its provider is in use', async () => {
    const { sent } = await open();
    await add('alipay', '新店');
    await click('gateway-keep');
    await waitFor(() =>
      expect(sent('add_gateway')).toMatchObject([{ settings: { name: '新店', enabled: false } }]),
    );
  });

  it('is not thrown away by a stray Esc, and kept for later from there', async () => {
    const { sent } = await open('gateways-empty');
    await add('wechat', '微信新店');
    await fireEvent.keyDown(screen.getByTestId('gateway-name'), { key: 'Escape' });
    expect(await screen.findByTestId('confirm')).toHaveTextContent('放弃填好的内容？');
    expect(sent('add_gateway')).toEqual([]);
    await fireEvent.click(screen.getByTestId('confirm-other'));
    await waitFor(() => expect(sent('add_gateway')).toMatchObject([{ settings: { name: '微信新店' } }]));
    await waitFor(() => expect(screen.queryByTestId('gateway-new')).toBeNull());
  });

  it('explains a pasted key at once, and the commonest mistake', async () => {
    await open('gateways-empty');
    await add('alipay');
    await type('value-app_private_key', KEYS.old('shop'));
    expect(await screen.findByTestId('facts-app_private_key')).toHaveTextContent('PKCS#1');
    // What it is stays; the key itself is put away.
    expect(screen.queryByTestId('value-app_private_key')).toBeNull();
    expect(readable()).not.toContain(KEYS.old('shop'));
    await type('value-alipay_public_key', KEYS.public('shop'));
    expect(await screen.findByTestId('note-alipay_public_key')).toHaveTextContent('这是自己的应用公钥');
    await click('undo-alipay_public_key');
    await type('value-alipay_public_key', KEYS.private('shop'));
    expect(await screen.findByTestId('note-alipay_public_key')).toHaveTextContent('这是私钥，不要放在这里');
    await type('value-alipay_public_key', 'half of a key');
    expect(await screen.findByText(/可能没复制全/)).toBeVisible();
  });

  it('is saved with what was filled in, and can be tested right away', async () => {
    const { sent } = await open('gateways-empty');
    await add('alipay', '当面付');
    await click('seg-sandbox');
    expect(within(screen.getByTestId('gateway-new')).getByTestId('place-sandbox')).toBeVisible();
    await type('value-app_id', '2021004123456789');
    await type('value-app_private_key', KEYS.private('shop'));
    await type('value-alipay_public_key', KEYS.public('alipay'));
    await screen.findByTestId('facts-alipay_public_key');
    await click('gateway-make');
    const row = await screen.findByTestId('gateway-1');
    expect(row).toHaveTextContent('沙箱 · 不是真钱');
    await waitFor(() => expect(screen.queryByTestId('gateway-new')).toBeNull());
    expect(sent('add_gateway').at(-1)).toMatchObject({
      provider: 'alipay',
      settings: { name: '当面付', place: { place: 'sandbox' }, enabled: true },
      values: [
        { field: 'app_id', text: '2021004123456789' },
        { field: 'app_private_key', text: KEYS.private('shop') },
        { field: 'alipay_public_key', text: KEYS.public('alipay') },
      ],
    });
    await click('gateway-test-go');
    expect(await screen.findByTestId('gateway-test-result')).toHaveTextContent('通了');
    expect(readable()).not.toContain(KEYS.private('shop'));
  });

  it('makes a pair: the public half to copy, the private half straight into its field', async () => {
    const { sent } = await open('gateways-empty');
    await add('alipay');
    await click('pair-open');
    expect(await screen.findByTestId('pair-public')).toHaveTextContent(KEYS.public('own1'));
    expect(screen.getByTestId('key-pair')).toHaveTextContent('私钥只有这一份');
    expect(readable()).not.toContain(KEYS.private('own1'));
    await click('pair-keep');
    await waitFor(() => expect(screen.queryByTestId('key-pair')).toBeNull());
    expect(await screen.findByTestId('facts-app_private_key')).toHaveTextContent('RSA 私钥');
    await type('value-app_id', '2021004123456789');
    await type('value-alipay_public_key', KEYS.public('alipay'));
    await click('gateway-make');
    await waitFor(() =>
      expect(sent('add_gateway')).toMatchObject([
        { values: expect.arrayContaining([{ field: 'app_private_key', text: KEYS.private('own1') }]) },
      ]),
    );
  });

  it('is not lost to a stray Esc', async () => {
    await open('gateways-empty');
    await add('alipay');
    await type('value-app_id', '2021');
    await fireEvent.keyDown(window, { key: 'Escape' });
    expect(await screen.findByTestId('confirm')).toHaveTextContent('放弃填好的内容');
    expect(screen.getByTestId('value-app_id')).toHaveValue('2021');
    await click('confirm-go');
    await waitFor(() => expect(screen.queryByTestId('gateway-new')).toBeNull());
  });

  it('of WeChat Pay has no sandbox', async () => {
    await open('gateways-empty');
    await add('wechat');
    expect(screen.queryByTestId('seg-sandbox')).toBeNull();
    expect(screen.getByTestId('gateway-new')).toHaveTextContent('微信支付没有沙箱');
    await type('value-apiv3_key', 'x'.repeat(31));
    expect(screen.getByTestId('gateway-new')).toHaveTextContent('31 / 32 个字符');
    await type('value-apiv3_key', 'x'.repeat(33));
    expect(screen.getByTestId('value-apiv3_key')).toHaveAttribute('aria-invalid', 'true');
  });

  it('takes a pfx file as base64, and opens it once the password is there', async () => {
    const { sent } = await open('gateways-empty');
    await add('unionpay');
    const bytes = Uint8Array.from(atob('MIIJqQIBAzCCCW8G'), (c) => c.charCodeAt(0));
    const file = new File([bytes], 'acp_sign.pfx');
    await fireEvent.change(await screen.findByTestId('file-sign_pfx'), { target: { files: [file] } });
    expect(await screen.findByText('pfx 文件，还要它的密码')).toBeVisible();
    expect(screen.getByText('文件 acp_sign.pfx')).toBeVisible();
    await type('value-sign_pfx_password', '000000');
    expect(await screen.findByText('pfx 文件，密码对，打开了')).toBeVisible();
    expect(sent('inspect_key').at(-1)).toMatchObject({ text: 'MIIJqQIBAzCCCW8G', password: '000000' });
    const photo = new File([new Uint8Array(300 * 1024)], 'photo.jpg');
    await fireEvent.change(await screen.findByTestId('file-root_certificate'), {
      target: { files: [photo] },
    });
    expect(await screen.findByText(/这个文件太大/)).toBeVisible();
  });
});

describe('a contract that is there', () => {
  it('changes only the fields that were touched', async () => {
    const { sent } = await open();
    await click('gateway-open-2');
    await click('seg-values');
    expect(await screen.findByTestId('key-merchant_private_key')).toHaveTextContent('已保存');
    expect(screen.getByTestId('gateway-save')).toBeDisabled();
    await click('again-apiv3_key');
    // Emptied by hand it is left alone: only "remove" takes it away.
    await type('value-apiv3_key', 'half');
    await type('value-apiv3_key', '');
    expect(screen.getByTestId('gateway-save')).toBeDisabled();
    await type('value-apiv3_key', 'z'.repeat(32));
    await click('drop-wechatpay_public_key');
    expect(screen.getByTestId('key-wechatpay_public_key')).toHaveTextContent('保存后移除');
    await click('gateway-save');
    await waitFor(() =>
      expect(sent('update_gateway')).toMatchObject([
        {
          gateway_id: 2,
          values: [
            { field: 'apiv3_key', text: 'z'.repeat(32) },
            { field: 'wechatpay_public_key', text: '' },
          ],
        },
      ]),
    );
    await waitFor(() => expect(screen.getByTestId('gateway-save')).toBeDisabled());
    expect(await screen.findByTestId('again-apiv3_key')).toBeVisible();
    expect(readable()).not.toContain('z'.repeat(32));
  });

  it('asks before what was typed into it is lost', async () => {
    await open();
    await click('gateway-open-2');
    await click('seg-values');
    await click('again-apiv3_key');
    await type('value-apiv3_key', 'half');
    await click('gateway-open-1');
    await screen.findByTestId('confirm');
    await fireEvent.click(within(screen.getByTestId('confirm')).getByText('取消'));
    expect(screen.getByTestId('value-apiv3_key')).toHaveValue('half');
    await click('seg-settings');
    await click('confirm-go');
    expect(await screen.findByTestId('gateway-settings-save')).toBeVisible();
    // Nothing is typed now: nobody is asked.
    await click('gateway-open-1');
    await waitFor(() =>
      expect(screen.getByTestId('gateway-open-1')).toHaveAttribute('aria-expanded', 'true'),
    );
    expect(screen.queryByTestId('confirm')).toBeNull();
  });

  it('keeps every field that it needs while it works', async () => {
    const { sent } = await open();
    await click('gateway-open-2');
    await click('seg-values');
    await type('value-mchid', '');
    await click('gateway-save');
    expect(screen.getByTestId('value-mchid')).toHaveAttribute('aria-invalid', 'true');
    expect(sent('update_gateway')).toEqual([]);
  });

  it('without its keys asks for them first', async () => {
    await open();
    await click('gateway-fill-6');
    expect(await screen.findByTestId('value-app_private_key')).toBeVisible();
    expect(screen.getByTestId('key-alipay_public_key')).toHaveTextContent('已保存');
  });

  it('is switched off at once, and shows its own code or not', async () => {
    const { sent } = await open();
    await click('gateway-enabled-1');
    await waitFor(() => expect(screen.getByTestId('gateway-1')).toHaveAttribute('data-state', 'off'));
    await click('gateway-open-1');
    await click('shows-code');
    await type('gateway-notify', 'pay.example.com');
    await click('gateway-settings-save');
    expect(await screen.findByText('要以 https:// 开头')).toBeVisible();
    await type('gateway-notify', 'https://pay.example.com/notify/alipay');
    await click('gateway-settings-save');
    await waitFor(() => expect(sent('update_gateway')).toHaveLength(2));
    expect(sent('update_gateway')[1]).toMatchObject({
      settings: {
        enabled: false,
        shows_code: false,
        notify_url: 'https://pay.example.com/notify/alipay',
      },
      values: [],
    });
    expect(screen.getByText(/http:\/\/192.168.1.20:5921\/notify\/alipay/)).toBeVisible();
  });

  it('tells a failed test in the till’s words, with the provider’s beside them and the clock once', async () => {
    await open('gateways-test');
    await click('gateway-test-3');
    await click('gateway-test-go');
    const result = await screen.findByTestId('gateway-test-result');
    expect(result).toHaveTextContent('没有通');
    expect(result).toHaveTextContent('银联拒绝了：请求里的时间不对。');
    expect(result).toHaveTextContent('11 txnTime invalid');
    const row = within(screen.getByTestId('gateway-3'));
    await waitFor(() => expect(row.getAllByTestId('warning-skew')).toHaveLength(1));
    expect(row.getByTestId('warning-skew')).toHaveTextContent('超过 5 分钟，平台会拒绝所有请求');
  });

  it('ends when asked twice, and not while a payment waits', async () => {
    const { sent } = await open();
    await click('gateway-open-1');
    expect(await screen.findByTestId('gateway-end')).toBeDisabled();
    expect(screen.getByText(/还有 1 笔在等结果/)).toBeVisible();
    await click('gateway-open-2');
    await click('gateway-end');
    expect(await screen.findByTestId('confirm')).toHaveTextContent('密钥马上从这台电脑删掉');
    expect(sent('end_gateway')).toEqual([]);
    await click('confirm-go');
    await waitFor(() => expect(screen.queryByTestId('gateway-2')).toBeNull());
    expect(toasts().at(-1)?.text).toBe('「微信商户」已结束');
  });

  it('fetches yesterday’s bill and opens its check', async () => {
    const { sent } = await open();
    await click('gateway-open-1');
    await click('seg-bill');
    await type('bill-day', '2026-11-20');
    await click('bill-go');
    expect(await screen.findByText('选一个已经过去的日子')).toBeVisible();
    await click('bill-yesterday');
    expect(await screen.findByTestId('statement-list')).toBeVisible();
    expect(sent('fetch_bill')).toMatchObject([{ gateway_id: 1, date: '2026-11-19' }]);
  });
});

describe('notices that failed their check', () => {
  it('are kept and told, a few at first, with the ticket they name', async () => {
    await open('gateways-doubts');
    const doubts = screen.getByTestId('doubts');
    expect(doubts).toHaveTextContent('一笔都不会相信');
    expect(screen.getByTestId('doubt-2')).toHaveTextContent('从中继取来');
    expect(screen.queryByTestId('doubt-4')).toBeNull();
    await click('doubts-more');
    expect(await screen.findByTestId('doubt-4')).toBeVisible();
    await click('doubt-ticket-1');
    expect(await screen.findByTestId('sale-drawer')).toBeVisible();
  });
});
