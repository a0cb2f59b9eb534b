import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CheckoutState } from '$lib/bindings';
import { Feed, type Net, type News, type Stream } from './feed';
import { sample } from './sample';

class FakeStream implements Stream {
  onmessage: Stream['onmessage'] = null;
  onerror: Stream['onerror'] = null;
  closed = false;
  close(): void {
    this.closed = true;
  }
  say(state: CheckoutState | string): void {
    const data = typeof state === 'string' ? state : JSON.stringify(state);
    this.onmessage?.({ data } as MessageEvent);
  }
  break(): void {
    this.onerror?.({} as globalThis.Event);
  }
}

/** A till: what it answers, and who is connected. */
function till(streams = true) {
  const news: News[] = [];
  const opened: FakeStream[] = [];
  const answer = { status: 200, body: sample() as unknown };
  const fetched = vi.fn<Net['fetch']>(() =>
    answer.status === 0
      ? Promise.reject(new TypeError('no network'))
      : Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status })),
  );
  const stream = (): Stream => {
    const made = new FakeStream();
    opened.push(made);
    return made;
  };
  const feed = new Feed('/pay/x', { fetch: fetched, stream: streams ? stream : null }, (one) =>
    news.push(one),
  );
  const said = (): string[] => news.map((one) => (one.kind === 'state' ? one.state.status : one.kind));
  return { feed, news, said, opened, answer, fetched };
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('the feed', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('asks first, then listens, and asks seldom while the stream speaks', async () => {
    const t = till();
    t.feed.wake();
    await pass(0);
    expect([t.said(), t.opened.length]).toEqual([['waiting'], 1]);
    t.opened[0]?.say(sample());
    const before = t.fetched.mock.calls.length;
    await pass(19_000);
    expect(t.fetched.mock.calls.length).toBe(before);
    await pass(2_000);
    expect(t.fetched.mock.calls.length).toBe(before + 1);
    t.opened[0]?.say(sample({ status: 'paid' }));
    expect(t.said().pop()).toBe('paid');
    expect(t.opened[0]?.closed).toBe(true);
    await pass(120_000);
    expect(t.fetched.mock.calls.length).toBe(before + 1);
  });

  it('polls every three seconds where streams do not exist or stay silent', async () => {
    for (const streams of [false, true]) {
      const t = till(streams);
      t.feed.wake();
      await pass(9_500);
      expect(t.fetched.mock.calls.length).toBe(4);
      t.answer.body = sample({ status: 'paid' });
      await pass(3_000);
      expect(t.said().pop()).toBe('paid');
      t.feed.stop();
    }
  });

  it('polls when the stream breaks, and tries it again less and less often', async () => {
    const t = till();
    t.feed.wake();
    await pass(0);
    t.opened[0]?.break();
    expect(t.opened[0]?.closed).toBe(true);
    await pass(3_000);
    expect([t.fetched.mock.calls.length, t.opened.length]).toEqual([2, 1]);
    await pass(3_000);
    expect(t.opened.length).toBe(2);
    t.opened[1]?.break();
    await pass(6_000);
    expect(t.opened.length).toBe(2);
    await pass(3_000);
    expect(t.opened.length).toBe(3);
    expect(t.said()).not.toContain('lost');
  });

  it('never holds two streams, and hears only the one it holds', async () => {
    const t = till();
    t.feed.wake();
    t.feed.wake();
    await pass(0);
    t.feed.wake();
    await pass(0);
    expect(t.opened.map((one) => one.closed)).toEqual([true, false]);
    const heard = t.news.length;
    t.opened[0]?.say(sample({ status: 'closed' }));
    t.opened[0]?.break();
    expect(t.news.length).toBe(heard);
    expect(t.opened[1]?.closed).toBe(false);
  });

  it('says that it is lost after two failures, backs off, and finds back', async () => {
    const t = till(false);
    t.feed.wake();
    await pass(0);
    t.answer.status = 0;
    await pass(3_000);
    expect(t.said()).toEqual(['waiting']);
    await pass(3_000);
    expect(t.said()).toEqual(['waiting', 'lost']);
    const before = t.fetched.mock.calls.length;
    await pass(60_000);
    expect(t.fetched.mock.calls.length - before).toBeLessThanOrEqual(5);
    t.answer.status = 200;
    await pass(30_000);
    expect(t.said().pop()).toBe('waiting');
  });

  it('gives up on a link that never was, but not on an order it has seen', async () => {
    const never = till();
    never.answer.status = 404;
    never.feed.wake();
    await pass(60_000);
    expect([never.said(), never.fetched.mock.calls.length]).toEqual([['gone'], 1]);

    const seen = till(false);
    seen.feed.wake();
    await pass(0);
    seen.answer.status = 404;
    await pass(10_000);
    expect(seen.said()).not.toContain('gone');
    expect(seen.said()).toContain('lost');
  });

  it('takes a page of somebody else for no answer', async () => {
    const t = till();
    t.answer.body = { hello: 'world' };
    t.feed.wake();
    await pass(0);
    expect(t.said()).toEqual(['lost']);
  });

  it('does not wait for ever for an answer', async () => {
    const t = till();
    t.fetched.mockImplementation(
      (_path, init) =>
        new Promise((_resolve, reject) =>
          init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
    );
    t.feed.wake();
    await pass(8_000);
    expect(t.said()).toEqual(['lost']);
  });

  it('lets go of everything when the page is put away', async () => {
    const t = till();
    t.feed.wake();
    await pass(0);
    const { length } = t.fetched.mock.calls;
    t.feed.stop();
    await pass(60_000);
    expect([t.opened[0]?.closed, t.fetched.mock.calls.length]).toEqual([true, length]);
    t.feed.wake();
    await pass(0);
    expect(t.opened.length).toBe(2);
  });

  it('looks now and then for money that comes after the end, then rests', async () => {
    const t = till();
    t.answer.body = sample({ status: 'expired' });
    t.feed.wake();
    await pass(0);
    expect(t.opened.length).toBe(0);
    await pass(3_600_000);
    expect(t.fetched.mock.calls.length).toBe(21);
    t.answer.body = sample({ status: 'paid' });
    t.feed.wake();
    await pass(0);
    expect(t.said().pop()).toBe('paid');
  });

  it('ignores a message that is no state', async () => {
    const t = till();
    t.feed.wake();
    await pass(0);
    t.opened[0]?.say('not json');
    t.opened[0]?.say('{"status":"paid"}');
    expect(t.said()).toEqual(['waiting']);
  });
});
