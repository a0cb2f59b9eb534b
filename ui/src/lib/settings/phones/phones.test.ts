import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { route } from '$lib/app/route.svelte';
import { MockBackend } from '$lib/backend/mock';
import { tick } from '$lib/backend/mock/phones';
import { textsFor } from './pairing.svelte';

async function open(): Promise<MockBackend> {
  const backend = new MockBackend();
  route.go('settings', 'phones');
  render(App, { backend });
  await screen.findByTestId('device-1');
  return backend;
}

async function pair(): Promise<MockBackend> {
  const backend = await open();
  await fireEvent.click(screen.getByTestId('device-add'));
  await fireEvent.input(await screen.findByTestId('device-name'), { target: { value: 'Redmi Note 12' } });
  await fireEvent.click(screen.getByTestId('device-create'));
  await screen.findByTestId('pairing-key');
  return backend;
}

const done = (id: string): string | undefined => screen.getByTestId(`pairing-check-${id}`).dataset['done'];

beforeEach(() => route.go('till'));
afterEach(() => vi.useRealTimers());

describe('pairing a phone', () => {
  it('asks for a name first', async () => {
    const backend = await open();
    await fireEvent.click(screen.getByTestId('device-add'));
    await fireEvent.click(await screen.findByTestId('device-create'));
    expect(await screen.findByText('给它起个名字')).toBeVisible();
    expect(backend.till.devices).toHaveLength(1);
  });

  it('shows the key and both forms of the code', async () => {
    await pair();
    expect(screen.getByTestId('pairing-key')).toHaveTextContent('5f1c9a40e77b42d8b1EXAMPLE0a93c6d');
    expect(screen.getByTestId('pairing-text')).toHaveTextContent('192.168.1.20:5921/5f1c9a40');
    await fireEvent.click(screen.getByTestId('pairing-form-url'));
    expect(screen.getByTestId('pairing-text')).toHaveTextContent('vmq://config?url=');
  });

  it('turns the checklist green on events, one by one', async () => {
    const backend = await pair();
    expect(done('port')).toBe('true');
    expect(done('contact')).toBe('false');
    tick(backend.till, 2, 'contact');
    await waitFor(() => expect(done('contact')).toBe('true'));
    expect(screen.getByTestId('pairing-check-contact')).toHaveTextContent('来自 192.168.1.37');
    for (const check of ['heartbeat', 'push', 'receipt'] as const) tick(backend.till, 2, check);
    await waitFor(() => expect(done('receipt')).toBe('true'));
    expect(screen.getByTestId('pairing-done')).toBeDisabled();
    tick(backend.till, 2, 'clock');
    await waitFor(() => expect(screen.getByTestId('pairing-done')).toBeEnabled());
  });

  it('asks again every two seconds, and stops when closed', async () => {
    const backend = await open();
    vi.useFakeTimers({ shouldAdvanceTime: true });
    await fireEvent.click(screen.getByTestId('device-add'));
    await fireEvent.input(await screen.findByTestId('device-name'), { target: { value: 'A' } });
    await fireEvent.click(screen.getByTestId('device-create'));
    await screen.findByTestId('pairing-key');
    backend.till.checks.set(2, new Set(['port', 'contact']));
    await vi.advanceTimersByTimeAsync(2100);
    await waitFor(() => expect(done('contact')).toBe('true'));
    await fireEvent.click(screen.getByTestId('pairing-later'));
    const call = vi.spyOn(backend, 'call');
    await vi.advanceTimersByTimeAsync(6000);
    expect(call.mock.calls.filter(([r]) => r.verb === 'pairing')).toEqual([]);
  });

  it('puts another address into every text', async () => {
    await pair();
    await fireEvent.change(screen.getByTestId('pairing-address'), { target: { value: '10.8.0.2:5921' } });
    await waitFor(() => expect(screen.getByTestId('pairing-text')).toHaveTextContent('10.8.0.2:5921/'));
    await fireEvent.click(screen.getByRole('radio', { name: 'SmsForwarder' }));
    expect(await screen.findByTestId('pairing-sms-url')).toHaveTextContent('http://10.8.0.2:5921/');
  });

  it('shows no secret outside the dialog', async () => {
    await pair();
    await fireEvent.click(screen.getByTestId('pairing-later'));
    await waitFor(() => expect(screen.queryByTestId('pairing')).toBeNull());
    expect(document.body.textContent).not.toContain('5f1c9a40');
    expect(document.body.textContent).not.toContain('EXAMPLE-TOKEN');
  });

  it('stops a phone after asking', async () => {
    const backend = await open();
    await fireEvent.click(screen.getByTestId('device-revoke-1'));
    expect(backend.till.devices[0]?.state).toBe('ok');
    await fireEvent.click(await screen.findByTestId('confirm-go'));
    await waitFor(() => expect(backend.till.devices[0]?.state).toBe('revoked'));
    expect(await screen.findByText('已停用 1 台')).toBeVisible();
  });
});

describe('textsFor', () => {
  it('swaps the address, plain and encoded', async () => {
    const backend = new MockBackend();
    const pairing = await backend.call<'add_device'>({ verb: 'add_device', request_id: 'a', name: 'A' });
    const texts = textsFor(pairing, '10.0.0.9:5921');
    expect(texts.host_key).toBe(`10.0.0.9:5921/${pairing.key}`);
    expect(texts.vmq_config).toContain('url=http%3A%2F%2F10.0.0.9%3A5921&');
    expect(JSON.stringify(texts)).not.toContain('192.168.1.20');
  });
});
