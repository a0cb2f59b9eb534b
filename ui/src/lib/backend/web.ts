import type { DisplayState, Replies } from '../bindings';
import { isApiError, toApiError } from './errors';
import type { Backend, RequestOf, Stop, TillEvent, Verb } from './types';

/** Waits between tries to reach the till again, seconds. The last one repeats. */
const RETRY_S = [1, 2, 5];

/** A browser on the LAN. Today it shows the counter screen only; `call` waits for the day it may do more. */
export class WebBackend implements Backend {
  readonly #token: string;

  constructor(page: URL) {
    this.#token = page.searchParams.get('token') ?? '';
  }

  async call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]> {
    let body: unknown;
    try {
      const reply = await fetch('/api/v1/call', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
        body: JSON.stringify(request),
      });
      body = await reply.json();
      if (reply.ok) return body as Replies[V];
    } catch (e) {
      throw { ...toApiError(e), code: 'unavailable' };
    }
    throw isApiError(body) ? body : toApiError(body);
  }

  onEvent(_listener: (event: TillEvent) => void): Stop {
    return () => {};
  }

  onDisplay(listener: (state: DisplayState | null, connected: boolean) => void): Stop {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let tries = 0;
    let last: DisplayState | null = null;
    const open = (): void => {
      source = new EventSource(`/display/events?token=${encodeURIComponent(this.#token)}`);
      source.addEventListener('message', (message: MessageEvent<string>) => {
        tries = 0;
        last = JSON.parse(message.data) as DisplayState;
        listener(last, true);
      });
      source.addEventListener('error', () => {
        source?.close();
        listener(last, false);
        const wait = RETRY_S[Math.min(tries, RETRY_S.length - 1)] ?? 5;
        tries += 1;
        timer = setTimeout(open, wait * 1000);
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }
}
