import { fireEvent, render, screen } from '@testing-library/svelte';
import { vi } from 'vitest';

import App from '$lib/app/App.svelte';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import type { MockBackend } from '$lib/backend/mock';
import type { Request } from '$lib/bindings';
import { setLang } from '$lib/i18n';
import { toasts } from '$lib/kit/toasts.svelte';

/** What was asked of the till under a verb. */
export type Sent = (verb: string) => Request[];

/** As a window is that was just opened; before each test. */
export function newWindow(): void {
  flood.close();
  route.go('till');
  setLang('zh-CN');
}

/** Draws the window on a page of the settings; done once `shown` is there. */
export async function openSettings(backend: MockBackend, section: string, shown: string): Promise<Sent> {
  const call = vi.spyOn(backend, 'call');
  route.go('settings', section);
  render(App, { backend });
  await screen.findByTestId(shown);
  return (verb) =>
    call.mock.calls.map(([request]) => request as Request).filter((request) => request.verb === verb);
}

export const click = async (testid: string): Promise<boolean> =>
  fireEvent.click(await screen.findByTestId(testid));

export const type = async (testid: string, value: string): Promise<boolean> =>
  fireEvent.input(await screen.findByTestId(testid), { target: { value } });

/** Everything a person, a screenshot or another program could still read. */
export const readable = (): string =>
  [
    document.documentElement.innerHTML,
    ...Array.from(document.querySelectorAll('input, textarea'), (f) => (f as HTMLInputElement).value),
    JSON.stringify(toasts()),
    location.href,
    JSON.stringify({ ...localStorage }),
    JSON.stringify({ ...sessionStorage }),
    JSON.stringify(history.state),
  ].join('\n');
