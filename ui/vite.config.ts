import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { EnvironmentOptions, Plugin, ViteBuilder } from 'vite';
import { defineConfig } from 'vitest/config';

const CSP = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self' ipc: http://ipc.localhost",
  "object-src 'none'",
  "base-uri 'none'",
].join('; ');

/** The checkout page is read by strangers: nothing inline, nothing from elsewhere, nothing sent anywhere else. */
const CHECKOUT_CSP = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'img-src', 'font-src', 'connect-src'].map((kind) => `${kind} 'self'`),
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** What a customer on a phone may have to load before the code appears: scripts, styles and the page, gzipped. */
const CHECKOUT_MAX_BYTES = 60_000;

/** Puts the policy into the built page, so that it holds in the window and on the LAN alike. */
const csp = (): Plugin => ({
  name: 'csp',
  apply: 'build',
  transformIndexHtml: (_html, { path }) => [
    {
      tag: 'meta',
      attrs: {
        'http-equiv': 'Content-Security-Policy',
        content: path === '/checkout.html' ? CHECKOUT_CSP : CSP,
      },
      injectTo: 'head-prepend',
    },
  ],
});

/** Each environment names its own target: in the shared options it would be added to both. */
const TILL = { build: { target: ['es2022', 'safari16'] } } satisfies EnvironmentOptions;

/**
 * The checkout page is a build of its own, after the till's and into the same directory: it shares no file with the
 * till, and it is written for the oldest browsers that open it, those inside the wallets' apps among them.
 */
const CHECKOUT = {
  consumer: 'client',
  build: {
    target: ['chrome80', 'safari15'],
    emptyOutDir: false,
    copyPublicDir: false,
    rolldownOptions: { input: 'checkout.html' },
  },
} satisfies EnvironmentOptions;

const buildApp = async (builder: ViteBuilder): Promise<void> => {
  for (const name of ['client', 'checkout']) {
    const environment = builder.environments[name];
    if (environment) await builder.build(environment);
  }
};

const gzipped = async (data: string | Uint8Array): Promise<number> => {
  const bytes = typeof data === 'string' ? data : new Uint8Array(data);
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return (await new Response(packed).arrayBuffer()).byteLength;
};

/** Fails the build when the checkout page has grown too heavy. */
const checkoutBudget = (): Plugin => ({
  name: 'checkout-budget',
  apply: 'build',
  applyToEnvironment: ({ name }) => name === 'checkout',
  async writeBundle(_options, bundle) {
    let bytes = 0;
    for (const [name, file] of Object.entries(bundle)) {
      if (!/\.(js|css|html)$/.test(name)) continue;
      bytes += await gzipped(file.type === 'chunk' ? file.code : file.source);
    }
    if (bytes === 0) this.error('the checkout page was not built');
    if (bytes > CHECKOUT_MAX_BYTES)
      this.error(`the checkout page is ${bytes} bytes gzipped; ${CHECKOUT_MAX_BYTES} are allowed`);
    this.info(`the checkout page is ${bytes} bytes gzipped`);
  },
});

export default defineConfig(({ command }) => ({
  // Absolute: the window serves `/assets/*`, and so does the LAN port for `/display`.
  base: '/',
  plugins: [svelte(), svelteTesting(), csp(), checkoutBudget()],
  // From the root of the project; no path arithmetic, so it is the same on Windows.
  resolve: { alias: { $lib: '/src/lib' } },
  build: {
    // The policy allows no `data:` fonts, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  ...(command === 'build'
    ? { builder: { buildApp }, environments: { client: TILL, checkout: CHECKOUT } }
    : {}),
  server: { port: 5173, strictPort: true },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test/setup.ts'],
    // A deadline, not an expectation: a busy machine is slow, not wrong.
    testTimeout: 30_000,
  },
}));
