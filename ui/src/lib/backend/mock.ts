import type { DisplayState, Lang, Replies, Theme } from '../bindings';
import { codes } from './mock/codes';
import { exportsRoom } from './mock/exports';
import { filesRoom } from './mock/files';
import { gatewaysRoom } from './mock/gateways';
import { inbox } from './mock/inbox';
import { enter, people } from './mock/people';
import { phones } from './mock/phones';
import { programsRoom } from './mock/programs';
import { displayState, type Handlers, selling } from './mock/selling';
import { settings } from './mock/settings';
import { shift } from './mock/shift';
import { breakfastShop } from './mock/shop';
import { prepare, type Script } from './mock/states';
import { statementRoom } from './mock/statement';
import { fail, type FakeTill } from './mock/till';
import { totalsRoom } from './mock/totals';
import { trades } from './mock/trades';
import type { Backend, RequestOf, Stop, TillEvent, Verb } from './types';

const HANDLERS: Handlers = {
  ...selling,
  ...inbox,
  ...settings,
  ...codes,
  ...phones,
  ...people,
  ...shift,
  ...totalsRoom,
  ...exportsRoom,
  ...statementRoom,
  ...filesRoom,
  ...programsRoom,
  ...gatewaysRoom,
  ...trades,
};

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
    enter(this.till, request);
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

  play(): Stop {
    const keys = [...this.#script];
    let tries = 0;
    const step = (): void => {
      const key = keys[0];
      if (key === undefined) {
        // Whoever takes pictures waits for it.
        document.documentElement.dataset['played'] = 'yes';
        return;
      }
      // On a busy computer what is to be clicked may not be there yet.
      if (act(key) || (tries += 1) > 50) {
        keys.shift();
        tries = 0;
      }
      next = setTimeout(step, 60);
    };
    let next = setTimeout(step, 300);
    return () => clearTimeout(next);
  }
}

/** One step of a script; false if there is nothing yet to do it to. */
function act(step: string): boolean {
  if (step.startsWith('click:')) return click(document.querySelector(`[data-testid="${step.slice(6)}"]`));
  if (step.startsWith('ticket:')) return click(document.querySelector(`[data-ticket="${step.slice(7)}"]`));
  if (step.startsWith('file:')) return dropFile(step.slice(5), 'codes-drop', 'image/png');
  if (step.startsWith('statement:')) return dropFile(step.slice(10), 'statement-drop', 'text/csv');
  if (step.startsWith('see:')) return see(document.querySelector(`[data-testid="${step.slice(4)}"]`));
  if (step.startsWith('radio:'))
    return click(document.querySelectorAll('.dialog [role="radio"]')[Number(step.slice(6))] ?? null);
  if (step.startsWith('type:')) return type(step.slice(5));
  press(step);
  return true;
}

function click(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  element.click();
  return true;
}

/** Brings something below the fold into the picture, and the keyboard to it where it takes it. */
function see(element: Element | null): boolean {
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  element?.scrollIntoView({ block: 'center' });
  return element !== null;
}

function press(code: string): void {
  const key = code
    .replace(/^(Digit|Numpad(?=\d))/, '')
    .replace('NumpadAdd', '+')
    .replace('Period', '.');
  window.dispatchEvent(new KeyboardEvent('keydown', { code, key, bubbles: true, cancelable: true }));
  window.dispatchEvent(new KeyboardEvent('keyup', { code, key, bubbles: true }));
}

/** Drops a fake file; its name is also what the fake till finds in it. */
function dropFile(name: string, onto: string, type: string): boolean {
  const place = document.querySelector(`[data-testid="${onto}"]`);
  if (!place) return false;
  const data = new DataTransfer();
  data.items.add(new File([name], name, { type }));
  place.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  return true;
}

/** `testid=text` */
function type(what: string): boolean {
  const [testid = '', text = ''] = what.split('=');
  const field = document.querySelector<HTMLInputElement>(`[data-testid="${testid}"]`);
  if (!field) return false;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  return true;
}
