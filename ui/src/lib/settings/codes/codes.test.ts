import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { amountInName, base64, PICTURE_MAX } from '../picture';

async function open(prepare: (backend: MockBackend) => void = () => {}): Promise<MockBackend> {
  const backend = new MockBackend();
  prepare(backend);
  route.go('settings', 'codes');
  render(App, { backend });
  await screen.findByTestId('codes-drop');
  await waitFor(() =>
    expect(screen.queryAllByTestId(/^account-\d+$/)).toHaveLength(backend.till.accounts.length),
  );
  return backend;
}

const picture = (name: string, holds = name): File => new File([holds], name, { type: 'image/png' });
const drop = (...files: File[]) =>
  fireEvent.drop(screen.getByTestId('codes-drop'), { dataTransfer: { files } });

beforeEach(() => route.go('till'));

describe('importing receiving codes', () => {
  it('drops a picture, shows what it is, adds it', async () => {
    const backend = await open();
    await drop(picture('new'));
    const found = await screen.findByTestId('code-found');
    expect(found).toHaveTextContent('银联收款码，不含金额');
    expect(found).toHaveTextContent('https://qr.95516.com/00010000/6221EXAMPLE');
    await fireEvent.click(screen.getByTestId('code-add'));
    await waitFor(() => expect(backend.till.accounts).toHaveLength(3));
    expect(backend.till.accounts[2]).toMatchObject({ channel: 'unionpay', label: '云闪付' });
    await waitFor(() => expect(screen.queryByTestId('code-found')).toBeNull());
  });

  it('warns before a code in use changes, old and new side by side', async () => {
    const backend = await open();
    await drop(picture('change'));
    await fireEvent.click(await screen.findByTestId('code-add'));
    const dialog = await screen.findByTestId('code-change');
    expect(within(dialog).getByTestId('code-change-old')).toHaveTextContent('wxp://f2f0EXAMPLE');
    expect(within(dialog).getByTestId('code-change-new')).toHaveTextContent('wxp://f2f0ANOTHER');
    expect(within(dialog).getByTestId('code-change-keep')).toHaveFocus();
    expect(backend.till.accounts[0]?.codes[0]?.payload).toBe('wxp://f2f0EXAMPLE');
    await fireEvent.click(within(dialog).getByTestId('code-change-go'));
    await waitFor(() =>
      expect(backend.till.accounts[0]?.codes[0]?.payload).toBe('wxp://f2f0ANOTHER-EXAMPLE-9QX2'),
    );
    expect(backend.till.accounts).toHaveLength(2);
  });

  it('warns as well before a second account of a channel', async () => {
    const backend = await open();
    await drop(picture('change'));
    await fireEvent.change(await screen.findByTestId('code-account'), { target: { value: '' } });
    await fireEvent.click(screen.getByTestId('code-add'));
    await fireEvent.click(await screen.findByTestId('code-change-go'));
    await waitFor(() => expect(backend.till.accounts).toHaveLength(3));
    expect(backend.till.accounts[0]?.codes[0]?.payload).toBe('wxp://f2f0EXAMPLE');
  });

  it('refuses more than 20 MB before a byte is sent', async () => {
    const backend = await open();
    const call = vi.spyOn(backend, 'call');
    const large = picture('huge.png');
    Object.defineProperty(large, 'size', { value: PICTURE_MAX + 1 });
    await drop(large);
    expect(await screen.findByTestId('code-error')).toHaveTextContent('huge.png 有 21 MB，最大 20 MB');
    expect(call.mock.calls.filter(([r]) => r.verb === 'inspect_picture')).toEqual([]);
  });

  it('takes what the file dialog chose', async () => {
    await open();
    await fireEvent.change(screen.getByTestId('codes-file'), { target: { files: [picture('new')] } });
    expect(await screen.findByTestId('code-found')).toBeVisible();
  });

  it('takes a pasted picture', async () => {
    await open();
    const item = { kind: 'file', type: 'image/png', getAsFile: () => picture('new') };
    const event = new Event('paste', { cancelable: true });
    Object.assign(event, { clipboardData: { items: [item] } });
    await fireEvent(window, event);
    expect(await screen.findByTestId('code-found')).toBeVisible();
  });

  it('refuses what cannot receive money', async () => {
    await open();
    await drop(picture('unusable'));
    expect(await screen.findByTestId('code-unusable')).toHaveTextContent('谁拿到都能扣钱');
    expect(screen.queryByTestId('code-add')).toBeNull();
  });

  it('says when a picture holds no code', async () => {
    await open();
    await drop(picture('none'));
    expect(await screen.findByTestId('code-error')).toHaveTextContent('没有读到收款码');
  });

  it('lets a person choose among several codes', async () => {
    const backend = await open();
    await drop(picture('many'));
    await fireEvent.click(await screen.findByTestId('code-choice-0'));
    await fireEvent.click(await screen.findByTestId('code-add'));
    await waitFor(() => expect(backend.till.accounts[2]?.channel).toBe('unionpay'));
  });

  it('asks for the channel of an unknown code', async () => {
    const backend = await open();
    await drop(picture('unknown'));
    await fireEvent.click(await screen.findByTestId('code-add'));
    expect(await screen.findByRole('alert')).toHaveTextContent('请选渠道');
    expect(backend.till.accounts).toHaveLength(2);
    await fireEvent.click(screen.getByTestId('code-channel-unionpay'));
    await fireEvent.click(screen.getByTestId('code-add'));
    await waitFor(() => expect(backend.till.accounts[2]?.channel).toBe('unionpay'));
  });

  it('knows a code it has', async () => {
    await open();
    await drop(picture('known'));
    expect(await screen.findByText('已经有了，在「微信收款码」里')).toBeVisible();
    expect(screen.queryByTestId('code-add')).toBeNull();
  });

  it('adds a pool of fixed amounts, amounts from the file names', async () => {
    const backend = await open();
    await drop(picture('15.00.png'), picture('8.5.png'), picture('20.png'));
    await waitFor(() => expect(screen.getAllByTestId('code-found')).toHaveLength(3));
    expect(screen.getAllByTestId('code-amount').map((f) => (f as HTMLInputElement).value)).toEqual([
      '15.00',
      '8.50',
      '20.00',
    ]);
    await fireEvent.click(screen.getByTestId('codes-add-all'));
    await waitFor(() => expect(backend.till.accounts[1]?.codes).toHaveLength(4));
    expect(backend.till.accounts[1]?.codes.map((c) => c.amount_fen)).toEqual([null, 1500, 850, 2000]);
  });

  it('needs the amount of a fixed code', async () => {
    const backend = await open();
    await drop(picture('new'));
    await screen.findByTestId('code-found');
    await fireEvent.click(screen.getByRole('radio', { name: '固定金额' }));
    await fireEvent.click(screen.getByTestId('code-add'));
    expect((await screen.findAllByText('固定金额的码要填金额')).length).toBeGreaterThan(0);
    expect(backend.till.accounts).toHaveLength(2);
  });
});

describe('accounts', () => {
  it('move with buttons and with the arrow keys', async () => {
    const backend = await open();
    await fireEvent.click(screen.getByTestId('account-down-1'));
    await waitFor(() => expect(backend.till.accounts.map((a) => a.id)).toEqual([2, 1]));
    const grip = within(screen.getByTestId('account-1')).getByRole('button', { name: /按上下键移动/ });
    await fireEvent.keyDown(grip, { key: 'ArrowUp' });
    await waitFor(() => expect(backend.till.accounts.map((a) => a.id)).toEqual([1, 2]));
  });

  it('switch off, rename and lose a code', async () => {
    const backend = await open();
    await fireEvent.click(screen.getByTestId('account-on-1'));
    await waitFor(() => expect(backend.till.accounts[0]?.enabled).toBe(false));
    const name = screen.getByTestId('account-name-1');
    await fireEvent.focus(name);
    await fireEvent.input(name, { target: { value: '店里微信' } });
    await fireEvent.blur(name);
    await waitFor(() => expect(backend.till.accounts[0]?.label).toBe('店里微信'));
    await fireEvent.click(screen.getByTestId('code-remove-1'));
    await fireEvent.click(await screen.findByTestId('confirm-go'));
    await waitFor(() => expect(backend.till.accounts[0]?.codes).toEqual([]));
  });
});

describe('picture helpers', () => {
  it.each([
    ['15.00.png', '15.00'],
    ['¥8.5.jpg', '8.5'],
    ['12元.png', '12'],
    ['15.00 (1).png', '15.00'],
    ['15_wx.png', '15'],
    ['IMG_1234.jpg', null],
    ['2026-11-20.png', null],
    ['mmexport1700000000000.png', null],
    ['1.234.png', null],
  ])('the amount in %s', (name, amount) => expect(amountInName(name)).toBe(amount));

  it('makes base64 of large files', () => {
    const bytes = new Uint8Array(100_000).fill(65);
    expect(atob(base64(bytes))).toHaveLength(100_000);
  });
});
