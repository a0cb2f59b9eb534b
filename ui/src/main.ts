import './styles/tokens.css';
import './styles/kit.css';

import { isTauri } from '@tauri-apps/api/core';
import { mount } from 'svelte';

import type { Backend } from './lib/backend/types';

/** The counter screen has its own window in the shell and its own path on the LAN; everything else is the till. */
function isCounter(page: URL): boolean {
  return page.searchParams.get('view') === 'counter' || page.pathname.replace(/\/+$/, '') === '/display';
}

async function chooseBackend(page: URL): Promise<Backend> {
  // A fake till must not be reachable in a shop: somebody could show a "paid" that never was.
  if ((import.meta.env.DEV || import.meta.env.MODE === 'mock') && page.searchParams.has('mock')) {
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
  const [backend, { default: View }] = await Promise.all([
    chooseBackend(page),
    isCounter(page) ? import('./lib/counter/Counter.svelte') : import('./lib/app/App.svelte'),
  ]);
  mount(View, { target, props: { backend } });
}

void start();
