import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';

import { MockBackend } from '$lib/backend/mock';
import { roomOf } from '$lib/backend/mock/gateway-shop';
import { staffTheShop } from '$lib/backend/mock/people';
import { fillPrograms } from '$lib/backend/mock/programs';
import { settings } from '$lib/backend/mock/settings';
import { contracts, withoutPhone } from '$lib/backend/mock/ways';
import type { ContractHealth, Health } from '$lib/bindings';
import { click, newWindow } from '../../test/window';
import App from './App.svelte';
import { route } from './route.svelte';
import { contractsWay, needsLook, paysWithoutPhone, phoneWay, worst } from './ways';

const NOW = Date.UTC(2026, 10, 20, 6);
const DAY_MS = 86_400_000;

const contract = (change: Partial<ContractHealth> = {}): ContractHealth => ({
  id: 1,
  provider: 'alipay',
  name: '支付宝当面付',
  live: true,
  state: 'fine',
  expires_at: null,
  ...change,
});
const health = (change: Partial<Health>): Health =>
  ({ phone: null, phone_last_seen_at: null, practice: false, contracts: [], ...change }) as Health;

beforeEach(newWindow);

describe('a contract', () => {
  it.each(['trouble', 'no_secret', 'incomplete'] as const)('wants a look in state %s', (state) => {
    expect(needsLook(contract({ state }), NOW)).toBe(true);
    expect(paysWithoutPhone(health({ contracts: [contract({ state })] }))).toBe(false);
  });

  it.each(['fine', 'new'] as const)('wants none in state %s', (state) => {
    expect(needsLook(contract({ state }), NOW)).toBe(false);
    expect(paysWithoutPhone(health({ contracts: [contract({ state })] }))).toBe(true);
  });

  it('wants one while its keys run out within fourteen days, and when they have', () => {
    const at = (expires_at: number): boolean => needsLook(contract({ expires_at }), NOW);
    expect(at(NOW + 14 * DAY_MS)).toBe(true);
    expect(at(NOW - 1)).toBe(true);
    expect(at(NOW + 14 * DAY_MS + 1)).toBe(false);
  });

  it('of a test system brings nobody money, but in practice', () => {
    const contracts = [contract({ live: false })];
    expect(paysWithoutPhone(health({ contracts }))).toBe(false);
    expect(contractsWay(health({ contracts }), NOW)).toMatchObject({ tone: 'idle', text: '只有测试合约' });
    expect(paysWithoutPhone(health({ contracts, practice: true }))).toBe(true);
  });
});

describe('how money comes in', () => {
  it('says no phone only where nothing else brings money', () => {
    expect(phoneWay(health({}), NOW)?.text).toBe('没有手机');
    expect(phoneWay(health({ contracts: [contract({ state: 'no_secret' })] }), NOW)?.text).toBe('没有手机');
    expect(phoneWay(health({ contracts: [contract()] }), NOW)).toBeNull();
    expect(contractsWay(health({}), NOW)).toBeNull();
  });

  it('is as good as the worst of it', () => {
    const wechat = contract({ id: 2, provider: 'wechat', state: 'trouble' });
    const some = contractsWay(health({ contracts: [contract(), wechat] }), NOW);
    expect(some).toMatchObject({ tone: 'late', text: '微信合约要看一下' });
    const all = contractsWay(health({ contracts: [wechat] }), NOW);
    expect(all?.tone).toBe('off');
    const fine = contractsWay(health({ contracts: [contract(), { ...wechat, state: 'fine' }] }), NOW);
    expect(fine).toMatchObject({ tone: 'ok', text: '支付宝、微信直接收款' });
    const fresh = contractsWay(health({ contracts: [contract({ state: 'new' })] }), NOW);
    expect(fresh).toMatchObject({ tone: 'idle', text: '支付宝合约等第一笔' });
    expect(worst([fine!, all!, some!])).toBe('off');
    expect(worst([fine!])).toBe('ok');
    expect(worst([fine!, fresh!])).toBe('ok');
    expect(worst([fresh!])).toBe('idle');
  });
});

async function open(prepare: (backend: MockBackend) => void): Promise<MockBackend> {
  const backend = new MockBackend();
  prepare(backend);
  render(App, { backend });
  await screen.findByTestId('health');
  return backend;
}

describe('the top bar', () => {
  it('counts a contract as a way to be paid in a shop without a phone', async () => {
    await open((b) => {
      withoutPhone(b.till);
      contracts(b.till, { 1: {} });
    });
    const pill = screen.getByTestId('health');
    expect(pill).toHaveTextContent('支付宝直接收款');
    expect(pill).not.toHaveTextContent('手机');
    await click('nav-settings');
    await screen.findByTestId('settings');
    expect(screen.queryByTestId('look-phones')).toBeNull();
    expect(screen.queryByTestId('look-gateways')).toBeNull();
  });

  it('says both where there are both, and leads to each', async () => {
    await open((b) => contracts(b.till, { 1: {}, 2: {} }));
    const pill = screen.getByTestId('health');
    expect(pill).toHaveTextContent(/手机在线.*微信合约要看一下/);
    expect(pill).toHaveAccessibleName(/手机在线.*；微信合约要看一下/);
    await click('health');
    expect(screen.getByTestId('health-gateways-2')).toHaveTextContent('微信商户 · 要看一下');
    await click('health-gateways-2');
    expect([route.name, route.section]).toEqual(['settings', 'gateways']);
    expect(screen.queryByTestId('health-menu')).toBeNull();
    await click('health');
    await click('health-phones');
    expect(route.section).toBe('phones');
  });

  it('is opened, walked and left by keys, and keeps them from the till', async () => {
    await open((b) => contracts(b.till, { 1: {}, 2: {} }));
    await click('health');
    await waitFor(() => expect(screen.getByTestId('health-phones')).toHaveFocus());
    await fireEvent.keyDown(screen.getByTestId('health-phones'), { key: 'End' });
    expect(screen.getByTestId('health-gateways-2')).toHaveFocus();
    await fireEvent.keyDown(screen.getByTestId('health-gateways-2'), { key: '7', code: 'Digit7' });
    expect(screen.getByTestId('amount')).toHaveTextContent('0.00');
    await fireEvent.keyDown(screen.getByTestId('health-gateways-2'), { key: 'Escape' });
    expect(screen.queryByTestId('health-menu')).toBeNull();
    expect(screen.getByTestId('health')).toHaveFocus();
  });

  it('marks the way to a contract in trouble, until it is well', async () => {
    const backend = await open((b) => contracts(b.till, { 1: {}, 2: {} }));
    expect(await screen.findByTestId('gateways-dot')).toHaveAccessibleName('有合约要看一下');
    await click('nav-settings');
    expect(await screen.findByTestId('look-gateways')).toHaveAccessibleName('要看一下');
    const room = roomOf(backend.till);
    room.gateways = room.gateways.map((gateway) => ({ ...gateway, state: 'fine', trouble: '' }));
    backend.till.emit({ event: 'gateways://changed' });
    await waitFor(() => expect(screen.queryByTestId('gateways-dot')).toBeNull());
    expect(screen.queryByTestId('look-gateways')).toBeNull();
  });

  it('marks once when programs want a look too, and says both', async () => {
    await open((b) => {
      contracts(b.till, { 2: {} });
      fillPrograms(b.till);
    });
    await waitFor(() => expect(screen.getByTestId('gateways-dot')).toHaveAccessibleName(/合约.*回调/));
    expect(screen.queryByTestId('programs-dot')).toBeNull();
  });

  it('tells a cashier how contracts stand, and leaves the mark and the page to the owner', async () => {
    await open((b) => {
      contracts(b.till, { 2: {} });
      staffTheShop(b.till, 'cashier');
    });
    await click('health');
    const line = await screen.findByTestId('health-gateways-2');
    expect(line).toHaveAttribute('aria-disabled', 'true');
    await click('health-gateways-2');
    expect(route.name).toBe('till');
    expect(screen.queryByTestId('gateways-dot')).toBeNull();
  });

  it('leads straight to the phones in a shop without contracts', async () => {
    await open(() => {});
    await click('health');
    expect([route.name, route.section]).toEqual(['settings', 'phones']);
  });
});

it('the fake till says its health as the till does', () => {
  const backend = new MockBackend();
  contracts(backend.till, { 1: {}, 5: {} });
  const said = settings.health?.(backend.till, { verb: 'health' });
  expect(said?.contracts.map(({ id }) => id)).toEqual([1]);
});
