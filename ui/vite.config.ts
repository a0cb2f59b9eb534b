import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const CSP = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self' ipc: http://ipc.localhost",
  "object-src 'none'",
  "base-uri 'none'",
].join('; ');

/** Puts the policy into the built page, so that it holds in the window and on the LAN alike. */
const csp = (): Plugin => ({
  name: 'csp',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP },
      injectTo: 'head-prepend',
    },
  ],
});

export default defineConfig({
  // Absolute: the window serves `/assets/*`, and so does the LAN port for `/display`.
  base: '/',
  plugins: [svelte(), svelteTesting(), csp()],
  // From the root of the project; no path arithmetic, so it is the same on Windows.
  resolve: { alias: { $lib: '/src/lib' } },
  build: {
    target: ['es2022', 'safari16'],
    // The policy allows no `data:` fonts, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port: 5173, strictPort: true },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test/setup.ts'],
    // A deadline, not an expectation: a busy machine is slow, not wrong.
    testTimeout: 30_000,
  },
});
