import '../styles/tokens.css';
import './checkout.css';
import './ended.css';

import { Checkout } from './checkout';
import { deviceOf } from './device';
import type { Stream } from './feed';

function cameBack(): boolean {
  const [arrival] = performance.getEntriesByType('navigation');
  return (arrival as PerformanceNavigationTiming | undefined)?.type === 'back_forward';
}

function start(page: HTMLElement, said: HTMLElement): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const touchOnly = matchMedia('(pointer: coarse)').matches && matchMedia('(hover: none)').matches;
  const checkout = new Checkout(page, said, location.pathname.replace(/\/+$/, ''), {
    net: {
      fetch: (path, init) => fetch(path, init),
      stream: typeof EventSource === 'function' ? (path): Stream => new EventSource(path) : null,
    },
    device: deviceOf(navigator.userAgent, touchOnly),
    languages: navigator.languages ?? [navigator.language],
    // In place of this page: the way back leads to the shop, not into a loop.
    open: (address) => location.replace(address),
    cameBack: cameBack(),
    dark: dark.matches,
  });
  dark.addEventListener('change', () => checkout.setDark(dark.matches));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') checkout.wake();
  });
  window.addEventListener('online', () => checkout.wake());
  // An open connection would keep the browser from keeping the page for the way back.
  window.addEventListener('pagehide', () => checkout.sleep());
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) checkout.wake();
  });
  checkout.wake();
}

const page = document.getElementById('page');
const said = document.getElementById('said');
if (page && said) start(page, said);
