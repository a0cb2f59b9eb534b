import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { passphraseFaults } from './passphrase';

const RIGHT = '钱台 口令 2026';

function open(state: string, page = true) {
  const backend = new MockBackend({ state });
  vi.spyOn(backend, 'play').mockReturnValue(() => {});
  const call = vi.spyOn(backend, 'call');
  if (page) route.go('settings', 'gateways');
  render(App, { backend });
  const sent = (verb: string): Request[] =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);
  return { backend, sent };
}

const click = async (testid: string) => fireEvent.click(await screen.findByTestId(testid));
const type = async (testid: string, value: string) =>
  fireEvent.input(await screen.findByTestId(testid), { target: { value } });

// The whole window is drawn; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});

describe('what is typed', () => {
  it('is long enough, and twice the same however a keyboard composes it', () => {
    const chosen = (passphrase: string, again: string, old: string | null = null) =>
      Object.keys(passphraseFaults({ old, passphrase, again }));
    expect(chosen('一二三四五六七八', '一二三四五六七八')).toEqual([]);
    expect(chosen('caf\u00e9-1234', ' cafe\u0301-1234 ')).toEqual([]);
    expect(chosen(' 1234567 ', ' 1234567 ')).toEqual(['passphrase']);
    expect(chosen('😀😀😀😀', '😀😀😀😀')).toEqual(['passphrase']);
    expect(chosen('12345678', '12345679')).toEqual(['again']);
    expect(chosen('12345678', '12345678', ' ')).toEqual(['old']);
  });
});

describe('the contracts page', () => {
  it('asks for a passphrase, takes none that was mistyped, and says that nobody can recover it', async () => {
    const { sent } = open('gateways-passphrase');
    await click('safe-choose');
    expect(await screen.findByTestId('passphrase-dialog')).toHaveTextContent('没有人能找回');
    await type('passphrase-new', RIGHT);
    await type('passphrase-again', '别的口令 2026');
    await click('passphrase-go');
    expect(screen.getByTestId('passphrase-again')).toHaveAttribute('aria-invalid', 'true');
    expect(sent('set_passphrase')).toHaveLength(0);
    await type('passphrase-again', RIGHT);
    await click('passphrase-go');
    await waitFor(() => expect(screen.queryByTestId('passphrase-dialog')).toBeNull());
    expect(sent('set_passphrase')).toMatchObject([{ old: null, passphrase: RIGHT }]);
    expect(await screen.findByTestId('safe')).toHaveAttribute('data-safe', 'open');
  });

  it('keeps what is typed of a contract while the passphrase is chosen', async () => {
    open('gateways-passphrase');
    await click('gateway-add');
    await click('provider-alipay');
    await click('gateway-next');
    await type('value-app_id', '2021004123456789');
    expect(await screen.findByTestId('safe-brief')).toHaveTextContent('设好口令才能保存密钥');
    await click('safe-brief-choose');
    await type('passphrase-new', RIGHT);
    await type('passphrase-again', RIGHT);
    await click('passphrase-go');
    await waitFor(() => expect(screen.queryByTestId('safe-brief')).toBeNull());
    expect(screen.getByTestId('value-app_id')).toHaveValue('2021004123456789');
  });

  it('changes it for whoever knows the old one', async () => {
    open('gateways-open');
    await click('safe-change');
    for (const [field, text] of [
      ['old', 'wrong one'],
      ['new', '另一个口令 2027'],
      ['again', '另一个口令 2027'],
    ] as const)
      await type(`passphrase-${field}`, text);
    await click('passphrase-go');
    await waitFor(() => expect(screen.getByTestId('passphrase-old')).toHaveAttribute('aria-invalid', 'true'));
    await type('passphrase-old', RIGHT);
    await click('passphrase-go');
    await waitFor(() => expect(screen.queryByTestId('passphrase-dialog')).toBeNull());
  });

  it('gives up a forgotten one only when told twice', async () => {
    const { sent } = open('gateways-locked');
    await click('safe-forget');
    expect(await screen.findByTestId('confirm')).toHaveTextContent('重新填一遍');
    expect(sent('forget_passphrase')).toHaveLength(0);
    await click('confirm-go');
    expect(await screen.findByTestId('safe-choose')).toBeInTheDocument();
  });

  it('asks nothing of a shop with a keychain', async () => {
    open('gateways');
    await screen.findByTestId('gateways-kept');
    expect(screen.queryByTestId('safe')).toBeNull();
  });
});

describe('the till', () => {
  it('says that contracts are locked, and opens them for whoever knows the passphrase', async () => {
    const { sent } = open('contracts-locked', false);
    expect(await screen.findByTestId('strip-locked')).toHaveTextContent('暂时扫不了顾客的付款码');
    await click('strip-unlock');
    await click('unlock-go');
    expect(sent('unlock_contracts')).toHaveLength(0);
    await type('unlock-passphrase', 'wrong');
    await click('unlock-go');
    await waitFor(() =>
      expect(screen.getByTestId('unlock-passphrase')).toHaveAttribute('aria-invalid', 'true'),
    );
    await type('unlock-passphrase', RIGHT);
    await click('unlock-go');
    await waitFor(() => expect(screen.queryByTestId('strip-locked')).toBeNull());
    expect(screen.queryByTestId('unlock-dialog')).toBeNull();
  });
});
