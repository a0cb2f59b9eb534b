import type { DisplayState, Lang, Replies, Theme } from '../bindings';
import { codes } from './mock/codes';
import { inbox } from './mock/inbox';
import { phones } from './mock/phones';
import { displayState, type Handlers, selling } from './mock/selling';
import { settings } from './mock/settings';
import { breakfastShop } from './mock/shop';
import { prepare, type Script } from './mock/states';
import { fail, type FakeTill } from './mock/till';
import type { Backend, RequestOf, Stop, TillEvent, Verb } from './types';

const HANDLERS: Handlers = { ...selling, ...inbox, ...settings, ...codes, ...phones };

/**
 * A till in memory, for tests and for looking at every screen in a browser:
 * `?mock=1&state=waiting&lang=en&theme=dark` (and `&view=counter`). See `mock/states.ts` for the states.
 */
export class MockBackend implements Backend {
  readonly till: FakeTill;
  #script: Script;

  constructor(options: { state?: string; lang?: Lang; theme?: Theme } = {}) {
    this.till = breakfastShop(options.lang ?? 'zh-CN', options.theme ?? 'light');
    this.#script = prepare(this.till, options.state ?? '');
  }

  static fromPage(page: URL): MockBackend {
    const at = (name: string): string => page.searchParams.get(name) ?? '';
    return new MockBackend({
      state: at('state'),
      lang: at('lang') === 'en' ? 'en' : 'zh-CN',
      theme: at('theme') === 'dark' ? 'dark' : at('theme') === 'system' ? 'system' : 'light',
    });
  }

  async call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]> {
    if (this.till.delay > 0) await new Promise((done) => setTimeout(done, this.till.delay));
    const id = 'request_id' in request ? request.request_id : undefined;
    if (id !== undefined && this.till.done.has(id)) return this.till.done.get(id) as Replies[V];
    const handler = HANDLERS[request.verb] as
      ((till: FakeTill, request: RequestOf<V>) => Replies[V]) | undefined;
    if (!handler) return fail('internal', `the fake till has no ${request.verb}`);
    const reply = structuredClone(handler(this.till, request));
    if (id !== undefined) this.till.done.set(id, reply);
    return reply;
  }

  onEvent(listener: (event: TillEvent) => void): Stop {
    this.till.listeners.add(listener);
    return () => this.till.listeners.delete(listener);
  }

  onDisplay(listener: (state: DisplayState | null, connected: boolean) => void): Stop {
    this.till.displays.add(listener);
    queueMicrotask(() => listener(displayState(this.till), this.till.displayConnected));
    return () => this.till.displays.delete(listener);
  }

  play(): void {
    const keys = [...this.#script];
    const step = (): void => {
      const key = keys.shift();
      if (key === undefined) return;
      if (key.startsWith('click:'))
        document.querySelector<HTMLElement>(`[data-testid="${key.slice(6)}"]`)?.click();
      else if (key.startsWith('file:')) dropFile(key.slice(5));
      else if (key.startsWith('radio:'))
        document.querySelectorAll<HTMLElement>('.dialog [role="radio"]')[Number(key.slice(6))]?.click();
      else if (key.startsWith('type:')) type(key.slice(5));
      else press(key);
      setTimeout(step, 60);
    };
    setTimeout(step, 300);
  }
}

function press(code: string): void {
  const key = code
    .replace(/^(Digit|Numpad(?=\d))/, '')
    .replace('NumpadAdd', '+')
    .replace('Period', '.');
  window.dispatchEvent(new KeyboardEvent('keydown', { code, key, bubbles: true, cancelable: true }));
  window.dispatchEvent(new KeyboardEvent('keyup', { code, key, bubbles: true }));
}

/** Drops a fake picture; its name is also what the fake till finds in it. */
function dropFile(name: string): void {
  const data = new DataTransfer();
  data.items.add(new File([name], name, { type: 'image/png' }));
  document
    .querySelector('[data-testid="codes-drop"]')
    ?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
}

/** `testid=text` */
function type(what: string): void {
  const [testid = '', text = ''] = what.split('=');
  const field = document.querySelector<HTMLInputElement>(`[data-testid="${testid}"]`);
  if (!field) return;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
