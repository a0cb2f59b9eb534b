import { describe, expect, it } from 'vitest';

import { readState, settle } from './state';
import { sample } from './sample';

describe('a state off the wire', () => {
  it('is read whole', () => {
    const state = sample();
    expect(readState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it.each([
    ['nothing', null],
    ['a page of somebody else', '<html>'],
    ['an error of the till', { code: 'not_found', message: '没有' }],
    ['an unknown status', { ...sample(), status: 'refunded' }],
    ['an amount that is no whole number', { ...sample(), due_fen: 14.98 }],
    ['an amount in words', { ...sample(), due_fen: '1498' }],
    ['no clock', { ...sample(), now: null }],
  ])('is none: %s', (_name, raw) => {
    expect(readState(raw)).toBeNull();
  });

  it('reckons the tail itself', () => {
    expect(readState({ ...sample(), tail_fen: 777 })?.tail_fen).toBe(2);
  });

  it.each([
    'https://elsewhere.example/a.png',
    '//elsewhere.example/a.png',
    '/\\elsewhere',
    'javascript:x',
    '',
  ])('shows no picture from %s', (picture) => {
    const [code] = sample().codes;
    expect(readState({ ...sample(), codes: [{ ...code, picture }] })?.codes).toEqual([]);
  });

  it('draws nothing that is no drawing', () => {
    const [code] = sample().codes;
    const drawing = { size: 37, path: 'M0 0"><script>' };
    expect(readState({ ...sample(), codes: [{ ...code, drawing }] })?.codes[0]?.drawing.size).toBe(0);
  });
});

describe('of two states', () => {
  const waiting = sample({ now: 1000 });
  const paid = sample({ now: 2000, status: 'paid', codes: [] });
  const expired = sample({ now: 2000, status: 'expired', codes: [] });

  it('paid is for good, whatever comes after it', () => {
    expect(settle(paid, waiting)).toBe(paid);
    expect(settle(paid, sample({ now: 9000 }))).toBe(paid);
    expect(settle(paid, sample({ now: 9000, status: 'expired' }))).toBe(paid);
  });

  it('money that came late or in the wrong order still counts', () => {
    expect(settle(expired, sample({ now: 1500, status: 'paid' })).status).toBe('paid');
  });

  it('an answer that was under way does not bring old codes back', () => {
    expect(settle(expired, waiting)).toBe(expired);
    expect(settle(waiting, expired)).toBe(expired);
  });

  it('a till whose clock was set back is believed', () => {
    const ahead = sample({ now: 10_000_000 });
    const back = sample({ now: 1000, status: 'closed' });
    expect(settle(ahead, back)).toBe(back);
  });
});
