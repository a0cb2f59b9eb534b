import './styles/tokens.css';
import './styles/kit.css';

import { isTauri } from '@tauri-apps/api/core';
import { mount } from 'svelte';

import type { Backend } from './lib/backend/types';

/** The counter screen has its own window in the shell and its own path on the LAN; everything else is the till. */
function isCounter(page: URL): boolean {
  return page.searchParams.get('view') === 'counter' || page.pathname.replace(/\/+$/, '') === '/display';
}

/** The window that opens instead of the till when the database does not. Only the shell opens it, never the LAN. */
function isRecovery(page: URL): boolean {
  const fake = isFake(page) && (page.searchParams.get('state') ?? '').startsWith('recovery');
  return (
    fake ||
    (isTauri() && [page.searchParams.get('view'), page.searchParams.get('window')].includes('recovery'))
  );
}

/** A fake till must not be reachable in a shop: somebody could show a "paid" that never was. */
function isFake(page: URL): boolean {
  return (import.meta.env.DEV || import.meta.env.MODE === 'mock') && page.searchParams.has('mock');
}

async function startRecovery(page: URL, target: HTMLElement): Promise<void> {
  const { default: Recovery } = await import('./lib/recovery/Recovery.svelte');
  if ((import.meta.env.DEV || import.meta.env.MODE === 'mock') && isFake(page)) {
    const { MockRecovery } = await import('./lib/backend/mock/recovery');
    const at = (name: string): string => page.searchParams.get(name) ?? '';
    const en = at('lang') === 'en';
    mount(Recovery, {
      target,
      props: {
        desk: new MockRecovery(at('state'), en),
        language: en ? 'en' : 'zh-CN',
        theme: at('theme') === 'dark' ? 'dark' : 'light',
      },
    });
    return;
  }
  const { tauriRecovery } = await import('./lib/backend/recovery');
  mount(Recovery, { target, props: { desk: tauriRecovery } });
}

async function chooseBackend(page: URL): Promise<Backend> {
  // The mode is asked here too, so that the fake is left out of a shop's build.
  if ((import.meta.env.DEV || import.meta.env.MODE === 'mock') && isFake(page)) {
    const { MockBackend } = await import('./lib/backend/mock');
    return MockBackend.fromPage(page);
  }
  if (isTauri()) {
    const { TauriBackend } = await import('./lib/backend/tauri');
    return new TauriBackend();
  }
  const { WebBackend } = await import('./lib/backend/web');
  return new WebBackend(page);
}

async function start(): Promise<void> {
  const page = new URL(window.location.href);
  const target = document.getElementById('root');
  if (!target) throw new Error('index.html has no #root');
  if (isRecovery(page)) {
    await startRecovery(page, target);
    return;
  }
  const [backend, { default: View }] = await Promise.all([
    chooseBackend(page),
    isCounter(page) ? import('./lib/counter/Counter.svelte') : import('./lib/app/App.svelte'),
  ]);
  mount(View, { target, props: { backend } });
}

void start();
