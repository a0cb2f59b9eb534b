import type { CheckoutState } from '$lib/bindings';
import { readState } from './state';

export type News =
  | { kind: 'state'; state: CheckoutState }
  /** The till does not answer; the feed keeps trying. */
  | { kind: 'lost' }
  /** The till answers that there is no such order. */
  | { kind: 'gone' };

/** The part of `EventSource` that is used. */
export interface Stream {
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: globalThis.Event) => void) | null;
  close(): void;
}

export interface Net {
  fetch(path: string, init: RequestInit): Promise<Response>;
  /** Null where the browser has no event streams. */
  stream: ((path: string) => Stream) | null;
}

const POLL_MS = 3_000;
/** Beside a stream that lives: a phone that changes networks leaves one that is dead without saying so. */
const BESIDE_STREAM_MS = 20_000;
/** After the end: money may still arrive late, and then the page says so. */
const AFTER_END_MS = 30_000;
const AFTER_END_POLLS = 20;
const LONGEST_MS = 30_000;
const ANSWER_MS = 8_000;
/** One failure is a phone that wakes up; two are a connection that is lost. */
const LOST_AFTER = 2;

/**
 * States of one order: by event stream, and by asking where the stream does not come through. Whichever of the
 * two speaks, every message is a whole state.
 */
export class Feed {
  readonly #base: string;
  readonly #net: Net;
  readonly #tell: (news: News) => void;
  #running = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;
  #stream: Stream | null = null;
  #streamSpoke = false;
  #streamFailures = 0;
  /** Polls to wait before the stream is tried again. */
  #streamPause = 0;
  #failures = 0;
  #ended = false;
  #afterEnd = 0;
  #everSpoke = false;

  constructor(base: string, net: Net, tell: (news: News) => void) {
    this.#base = base;
    this.#net = net;
    this.#tell = tell;
  }

  /** Starts, or asks at once if it runs already: for a page that comes back to sight. */
  wake(): void {
    this.#running = true;
    this.#afterEnd = 0;
    // Out of sight it may have died without a word.
    this.#closeStream();
    if (this.#asking === null) void this.#ask();
  }

  /** Lets go of everything, so that the browser may keep the page for the way back. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
    this.#closeStream();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    const asking = new AbortController();
    this.#asking = asking;
    const deadline = setTimeout(() => asking.abort(), ANSWER_MS);
    let state: CheckoutState | null = null;
    let status = 0;
    try {
      const answer = await this.#net.fetch(`${this.#base}/state`, {
        cache: 'no-store',
        credentials: 'omit',
        signal: asking.signal,
      });
      status = answer.status;
      if (answer.ok) state = readState(await answer.json());
    } catch {
      // No answer, one cut off, or none of the till's: all the same to the customer.
    }
    clearTimeout(deadline);
    if (this.#asking !== asking) return;
    this.#asking = null;
    if (state !== null) this.#heard(state);
    else if (!this.#everSpoke && (status === 404 || status === 410)) {
      this.stop();
      this.#tell({ kind: 'gone' });
    } else this.#failed();
  }

  #heard(state: CheckoutState): void {
    this.#everSpoke = true;
    this.#failures = 0;
    this.#ended = state.status === 'expired' || state.status === 'closed';
    if (state.status === 'paid') this.stop();
    else {
      if (this.#ended) this.#closeStream();
      else this.#openStream();
      this.#schedule();
    }
    this.#tell({ kind: 'state', state });
  }

  #failed(): void {
    // A tunnel answers 404 while the till behind it is away, so what was found once is not given up.
    this.#failures += 1;
    this.#schedule();
    if (!this.#everSpoke || this.#failures >= LOST_AFTER) this.#tell({ kind: 'lost' });
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    let wait = POLL_MS;
    if (this.#failures > 0) wait = Math.min(LONGEST_MS, POLL_MS * 2 ** (this.#failures - 1));
    else if (this.#ended) {
      this.#afterEnd += 1;
      if (this.#afterEnd > AFTER_END_POLLS) return;
      wait = AFTER_END_MS;
    } else if (this.#streamSpoke) wait = BESIDE_STREAM_MS;
    // Spread out, so that a till that comes back is not asked by every page in the same instant.
    this.#timer = setTimeout(() => void this.#ask(), wait + Math.random() * (wait / 4));
  }

  #openStream(): void {
    if (this.#stream !== null || this.#net.stream === null) return;
    if (this.#streamPause > 0) {
      this.#streamPause -= 1;
      return;
    }
    const stream = this.#net.stream(`${this.#base}/events`);
    this.#stream = stream;
    stream.onmessage = (event) => {
      if (this.#stream !== stream) return;
      const state = parse(event.data);
      if (state === null) return;
      this.#streamSpoke = true;
      this.#streamFailures = 0;
      this.#heard(state);
    };
    stream.onerror = () => {
      if (this.#stream !== stream) return;
      // Not left to the browser's own retry, which gives up for good after an answer that is no stream.
      this.#closeStream();
      this.#streamFailures += 1;
      this.#streamPause = Math.min(16, 2 ** (this.#streamFailures - 1));
      if (this.#running && this.#asking === null) this.#schedule();
    };
  }

  #closeStream(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#streamSpoke = false;
  }
}

function parse(data: unknown): CheckoutState | null {
  try {
    return readState(JSON.parse(String(data)));
  } catch {
    return null;
  }
}
