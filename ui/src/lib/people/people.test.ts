import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { staffTheShop } from '$lib/backend/mock/people';
import { settle } from '$lib/backend/mock/selling';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { words as en } from '$lib/i18n/en';
import { anyDialogOpen } from '$lib/kit/dialogs.svelte';
import { IdleLock } from './idle';
import { newPinTrouble } from './pin';

type Who = 'owner' | 'manager' | 'cashier' | null;

function shop(who: Who): MockBackend {
  const backend = new MockBackend();
  staffTheShop(backend.till, who);
  return backend;
}

async function open(backend: MockBackend): Promise<void> {
  render(App, { backend });
  await screen.findAllByText('巷口早餐');
}

const press = (key: string, init: KeyboardEventInit = {}): Promise<boolean> =>
  fireEvent.keyDown(document.activeElement ?? document.body, {
    key,
    code: /^\d$/.test(key) ? `Digit${key}` : key,
    ...init,
  });

async function pin(digits: string): Promise<void> {
  await fireEvent.input(await screen.findByTestId('pin'), { target: { value: digits } });
  await fireEvent.click(screen.getByTestId('pin-go'));
}

const sent = (spy: { mock: { calls: unknown[][] } }, verb: string): Request[] =>
  spy.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);

beforeEach(() => {
  flood.close();
  route.go('till');
  setLang('zh-CN');
});
afterEach(() => vi.useRealTimers());

describe('an unguarded till', () => {
  it('has no lock and no staff button, and says what a PIN would change', async () => {
    const backend = new MockBackend();
    await open(backend);
    await screen.findByTestId('recent-list');
    expect(screen.queryByTestId('staff')).toBeNull();
    await press('l', { ctrlKey: true, code: 'KeyL' });
    expect(screen.queryByTestId('lock-screen')).toBeNull();
    await fireEvent.click(screen.getByTestId('nav-settings'));
    await fireEvent.click(await screen.findByTestId('settings-nav-people'));
    expect(await screen.findByTestId('people-open')).toHaveTextContent('设一个店主 PIN 之后');
  });

  it('becomes guarded by its first owner, whose two PINs must be the same', async () => {
    const backend = new MockBackend();
    const call = vi.spyOn(backend, 'call');
    await open(backend);
    await fireEvent.click(await screen.findByTestId('nav-settings'));
    await fireEvent.click(await screen.findByTestId('settings-nav-people'));
    await fireEvent.click(await screen.findByTestId('person-add'));
    await fireEvent.input(screen.getByTestId('person-name'), { target: { value: '陈姐' } });
    await fireEvent.input(screen.getByTestId('person-pin'), { target: { value: '8520' } });
    await fireEvent.input(screen.getByTestId('person-pin-again'), { target: { value: '8521' } });
    await fireEvent.click(screen.getByTestId('person-save'));
    expect(await screen.findByText('两次填的 PIN 不一样')).toBeVisible();
    expect(sent(call, 'add_staff')).toEqual([]);
    await fireEvent.input(screen.getByTestId('person-pin-again'), { target: { value: '8520' } });
    await fireEvent.click(screen.getByTestId('person-save'));
    expect(await screen.findByTestId('staff')).toHaveTextContent('陈姐');
    expect(sent(call, 'add_staff')).toMatchObject([{ name: '陈姐', role: 'owner', pin: '8520' }]);
  });
});

describe('the lock screen', () => {
  it('keeps every key from the till and every amount from the screen', async () => {
    const backend = shop(null);
    const call = vi.spyOn(backend, 'call');
    await open(backend);
    expect(await screen.findByTestId('lock-screen')).toBeVisible();
    // Also with the focus nowhere, where the till takes its keys.
    for (const key of ['1', '5', 'Enter', 'F9', 'F1', '?'])
      await fireEvent.keyDown(document.body, { key, code: /\d/.test(key) ? `Digit${key}` : key });
    await fireEvent.keyDown(document.body, { key: '3', code: 'Digit3', ctrlKey: true });
    await waitFor(() => expect(screen.getByTestId('pin')).toHaveValue(''));
    expect(screen.queryByTestId('key-help')).toBeNull();
    expect(screen.queryByTestId('cash-dialog')).toBeNull();
    expect(screen.getByTestId('amount')).toHaveTextContent('0.00');
    expect(sent(call, 'ring_up')).toEqual([]);
    expect(route.name).toBe('till');
    const id = backend.till.open({
      lines: [{ name: '', price_fen: 1500, count: 1 }],
      discount: null,
      note: '',
    }).id;
    settle(backend.till, id, 'wechat', 'auto');
    await waitFor(() => expect(document.querySelector('.flood')).toBeNull());
    expect(screen.queryByTestId('toast')).toBeNull();
    expect(screen.getByTestId('lock-screen')).toHaveTextContent('到账仍会自动记录');
    expect(screen.getByTestId('lock-screen').textContent).not.toMatch(/\d\.\d\d/);
  });

  it('opens for the right PIN, typed on the keyboard, and has the till back as it was', async () => {
    const backend = shop('cashier');
    await open(backend);
    await screen.findByTestId('staff');
    await press('4');
    await press('2');
    await press('l', { ctrlKey: true, code: 'KeyL' });
    await screen.findByTestId('lock-screen');
    expect(screen.getByTestId('person-3')).toHaveAttribute('aria-checked', 'true');
    (document.activeElement as HTMLElement).blur();
    await userEvent.keyboard('1239{Backspace}4{Enter}');
    await waitFor(() => expect(screen.queryByTestId('lock-screen')).toBeNull());
    expect(screen.getByTestId('amount')).toHaveTextContent('42');
    expect(anyDialogOpen()).toBe(false);
    await press('7');
    expect(screen.getByTestId('amount')).toHaveTextContent('427');
  });

  it('puts away what the person before had open when somebody else sits down', async () => {
    const backend = shop('owner');
    await open(backend);
    await screen.findByTestId('staff');
    await fireEvent.click(screen.getByTestId('nav-settings'));
    await fireEvent.click(await screen.findByTestId('settings-nav-people'));
    await screen.findByTestId('people-list');
    await press('l', { ctrlKey: true, code: 'KeyL' });
    await fireEvent.click(await screen.findByTestId('person-3'));
    await pin('1234');
    await waitFor(() => expect(screen.queryByTestId('lock-screen')).toBeNull());
    expect(route.name).toBe('till');
    expect(screen.queryByTestId('people-list')).toBeNull();
  });

  it('says how many tries are left, then closes the pad and counts down', async () => {
    const backend = shop(null);
    await open(backend);
    await fireEvent.click(await screen.findByTestId('person-3'));
    await pin('9999');
    await waitFor(() => expect(screen.getByTestId('pin-trouble')).toHaveTextContent('还可以试 4 次'));
    expect(screen.getByTestId('pin')).toHaveValue('');
    for (let i = 3; i >= 1; i -= 1) {
      await pin('9999');
      await waitFor(() => expect(screen.getByTestId('pin-trouble')).toHaveTextContent(`还可以试 ${i} 次`));
    }
    await pin('9999');
    await waitFor(() => expect(screen.getByTestId('pin-trouble')).toHaveTextContent(/5:00|4:5\d/));
    expect(screen.getByTestId('pin-go')).toBeDisabled();
    await press('1');
    expect(screen.getByTestId('pin')).toHaveValue('');
    // Another person is not locked out with them.
    await fireEvent.click(screen.getByTestId('person-2'));
    await pin('2468');
    await waitFor(() => expect(screen.queryByTestId('lock-screen')).toBeNull());
  });

  it('takes a scanned barcode for no PIN at all', async () => {
    const backend = shop(null);
    const call = vi.spyOn(backend, 'call');
    await open(backend);
    const field = await screen.findByTestId('pin');
    let at = 1000;
    const scan = async (key: string): Promise<boolean> => {
      const event = new KeyboardEvent('keydown', { key, code: key, bubbles: true, cancelable: true });
      Object.defineProperty(event, 'timeStamp', { value: (at += 8) });
      const free = await fireEvent(field, event);
      if (free && key.length === 1)
        await fireEvent.input(field, { target: { value: (field as HTMLInputElement).value + key } });
      // As a browser does, unless the key was taken.
      if (free && key === 'Enter') await fireEvent.submit(field.closest('form')!);
      return free;
    };
    for (const digit of '6901234567892') await scan(digit);
    expect(await scan('Enter')).toBe(false);
    expect(sent(call, 'sign_in')).toEqual([]);
    expect(field).toHaveValue('');
  });

  it('locks by itself, as long as the settings say', async () => {
    const backend = shop('cashier');
    backend.till.settings.auto_lock_ms = 1000;
    await open(backend);
    expect(await screen.findByTestId('lock-screen', {}, { timeout: 5000 })).toBeVisible();
  });

  it('chooses a person with the arrow keys', async () => {
    await open(shop(null));
    await screen.findByTestId('lock-screen');
    await press('ArrowDown');
    expect(screen.getByTestId('person-2')).toHaveAttribute('aria-checked', 'true');
    await press('ArrowUp');
    await press('ArrowUp');
    expect(screen.getByTestId('person-4')).toHaveAttribute('aria-checked', 'true');
    expect(screen.getByTestId('pin-trouble')).toHaveTextContent('还没有 PIN');
  });
});

describe('the staff menu', () => {
  it('has the arrow keys while it is open, and gives them back', async () => {
    await open(shop('cashier'));
    const button = await screen.findByTestId('staff');
    await fireEvent.click(button);
    await waitFor(() => expect(screen.getByTestId('menu-lock')).toHaveFocus());
    await press('ArrowDown');
    expect(screen.getByTestId('menu-switch')).toHaveFocus();
    await press('5');
    expect(screen.getByTestId('amount')).toHaveTextContent('0.00');
    expect(screen.queryByTestId('menu-day')).toBeNull();
    await press('Escape');
    expect(button).toHaveFocus();
    await press('5');
    expect(screen.getByTestId('amount')).toHaveTextContent('5');
  });
});

describe('locking by itself', () => {
  it('counts from the last touch, and not while a ticket waits', () => {
    vi.useFakeTimers();
    let waits = false;
    let limit = 60_000;
    const lock = vi.fn();
    const stop = new IdleLock(
      () => limit,
      () => waits,
      lock,
    ).start();
    vi.advanceTimersByTime(50_000);
    window.dispatchEvent(new Event('pointermove'));
    vi.advanceTimersByTime(50_000);
    expect(lock).not.toHaveBeenCalled();
    waits = true;
    vi.advanceTimersByTime(180_000);
    expect(lock).not.toHaveBeenCalled();
    waits = false;
    vi.advanceTimersByTime(58_000);
    expect(lock).not.toHaveBeenCalled();
    vi.advanceTimersByTime(3_000);
    expect(lock).toHaveBeenCalledTimes(1);
    limit = 0;
    vi.advanceTimersByTime(600_000);
    expect(lock).toHaveBeenCalledTimes(1);
    stop();
  });

  it('tells the till now and then that somebody is there, and only then', () => {
    vi.useFakeTimers();
    const present = vi.fn();
    const stop = new IdleLock(
      () => 60_000,
      () => false,
      () => {},
      present,
    ).start();
    vi.advanceTimersByTime(1000);
    expect(present).toHaveBeenCalledTimes(1);
    window.dispatchEvent(new Event('keydown'));
    vi.advanceTimersByTime(5000);
    expect(present).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(20_000);
    expect(present).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(30_000);
    expect(present).toHaveBeenCalledTimes(2);
    stop();
  });

  it('counts the time a computer slept', () => {
    vi.useFakeTimers();
    const lock = vi.fn();
    const stop = new IdleLock(
      () => 300_000,
      () => false,
      lock,
    ).start();
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(1000);
    expect(lock).toHaveBeenCalledTimes(1);
    stop();
  });
});

describe('the page of people', () => {
  async function page(): Promise<MockBackend> {
    const backend = shop('owner');
    await open(backend);
    await screen.findByTestId('staff');
    await fireEvent.click(screen.getByTestId('nav-settings'));
    await fireEvent.click(await screen.findByTestId('settings-nav-people'));
    await screen.findByTestId('people-list');
    return backend;
  }

  it('keeps the last owner, and says why', async () => {
    await page();
    await fireEvent.click(screen.getByTestId('people-1'));
    expect(screen.getByTestId('person-leave')).toBeDisabled();
    expect(screen.getByText('这是唯一的店主，身份不能改；先添加另一位店主')).toBeVisible();
  });

  it('sends only what was changed', async () => {
    const backend = await page();
    const call = vi.spyOn(backend, 'call');
    await fireEvent.click(screen.getByTestId('people-3'));
    await fireEvent.input(screen.getByTestId('person-name'), { target: { value: '林小姐' } });
    await fireEvent.click(screen.getByTestId('person-save'));
    await waitFor(() => expect(screen.queryByTestId('person-dialog')).toBeNull());
    expect(sent(call, 'update_staff')).toMatchObject([
      { staff_id: 3, name: '林小姐', role: null, pin: null, left: null },
    ]);
    expect(await screen.findByText('林小姐')).toBeVisible();
  });

  it('shows a refusal in the dialog and keeps what was typed', async () => {
    await page();
    await fireEvent.click(screen.getByTestId('person-add'));
    await fireEvent.input(screen.getByTestId('person-name'), { target: { value: '小林' } });
    await fireEvent.click(screen.getByTestId('person-save'));
    expect(await screen.findByTestId('person-error')).toHaveTextContent('已经有人叫这个名字了');
    expect(screen.getByTestId('person-name')).toHaveValue('小林');
  });

  it('lets somebody go and come back', async () => {
    const backend = await page();
    await fireEvent.click(screen.getByTestId('people-3'));
    await fireEvent.click(screen.getByTestId('person-leave'));
    await waitFor(() => expect(backend.till.people.find((p) => p.id === 3)?.left_at).not.toBeNull());
    await waitFor(() => expect(screen.queryByTestId('person-dialog')).toBeNull());
    await fireEvent.click(screen.getByTestId('people-3'));
    await fireEvent.click(await screen.findByTestId('person-back'));
    await waitFor(() => expect(backend.till.people.find((p) => p.id === 3)?.left_at).toBeNull());
  });
});

describe('a new PIN', () => {
  it.each([
    ['123', '123', 'PIN 要是 4 到 8 位数字'],
    ['123456789', '123456789', 'PIN 要是 4 到 8 位数字'],
    ['12a4', '12a4', 'PIN 要是 4 到 8 位数字'],
    ['', '', 'PIN 要是 4 到 8 位数字'],
    ['7777', '7777', '全是同一个数字太好猜，换一个'],
    ['8520', '8502', '两次填的 PIN 不一样'],
  ])('%s / %s: %s', (one, two, trouble) => expect(newPinTrouble(one, two)).toBe(trouble));

  it('may be any four digits', () => expect(newPinTrouble('8520', '8520')).toBeNull());
});

describe('the words', () => {
  it('are English in English', () => {
    const words: Record<string, string> = en;
    const mine = Object.keys(words).filter((key) => /^(people|role|approval|shift|day|z|refund)\./.test(key));
    expect(mine.length).toBeGreaterThan(180);
    expect(mine.filter((key) => /[一-鿿]/.test(words[key] ?? ''))).toEqual([]);
  });
});
