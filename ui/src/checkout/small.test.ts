import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { splitDue } from './amount';
import { clockText, shareLeft, TillClock } from './clock';
import { copyText } from './copy';
import { deviceOf, firstCode, stepsFor } from './device';
import { Leaving, webAddress } from './leave';
import { sample } from './sample';
import { en, type Key, languageFor, say, zh } from './texts';

describe('the underline', () => {
  it.each([
    [1498, 1500, '14.', '98'],
    [1502, 1500, '15.', '02'],
    [1500, 1500, '15.00', ''],
    [1, 2, '0.', '01'],
    [10_000_000_000, 10_000_000_000, '100000000.00', ''],
  ])('%i for %i', (due, price, head, tail) => {
    expect(splitDue(due, price)).toEqual({ head, tail });
  });
});

describe('the countdown', () => {
  it.each([
    [92_000, '1:32'],
    [91_001, '1:32'],
    [1, '0:01'],
    [0, '0:00'],
    [-5_000, '0:00'],
    [3_725_000, '1:02:05'],
  ])('%i ms are %s', (ms, text) => {
    expect(clockText(ms)).toBe(text);
  });

  it('goes by the till, whatever this machine calls the time', () => {
    let steady = 5;
    const clock = new TillClock(() => steady);
    clock.set(1_000_000);
    steady += 1500;
    expect(clock.now()).toBe(1_001_500);
    vi.setSystemTime(0);
    expect(clock.now()).toBe(1_001_500);
    vi.useRealTimers();
  });

  it('never leaves its bar', () => {
    expect(shareLeft(0, 100, 25)).toBe(0.75);
    expect(shareLeft(0, 100, -50)).toBe(1);
    expect(shareLeft(0, 100, 500)).toBe(0);
    expect(shareLeft(100, 100, 50)).toBe(0);
  });
});

describe('the way back to the shop', () => {
  it.each(['https://shop.example/done?a=1', 'http://192.168.1.9:8080/x'])('opens %s', (address) => {
    expect(webAddress(address)).toBe(address);
  });

  it.each([
    null,
    '',
    '/relative',
    '//shop.example',
    'javascript:alert(1)',
    ' JavaScript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'weixin://dl/scan',
  ])('does not open %j', (address) => {
    expect(webAddress(address)).toBeNull();
  });

  describe('by itself', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('counts only seconds that were seen, and goes once', () => {
      let seen = false;
      const go = vi.fn();
      const leaving = new Leaving(() => seen);
      leaving.start(go, () => {});
      vi.advanceTimersByTime(10_000);
      expect(leaving.left).toBe(3);
      seen = true;
      vi.advanceTimersByTime(2_000);
      expect([leaving.left, go.mock.calls.length]).toEqual([1, 0]);
      vi.advanceTimersByTime(1_000);
      expect([leaving.left, go.mock.calls.length]).toEqual([null, 1]);
      leaving.start(go, () => {});
      vi.advanceTimersByTime(10_000);
      expect(go).toHaveBeenCalledTimes(1);
    });

    it('stays when asked to', () => {
      const go = vi.fn();
      const leaving = new Leaving(() => true);
      leaving.start(go, () => {});
      leaving.stop();
      vi.advanceTimersByTime(10_000);
      expect([leaving.left, go.mock.calls.length]).toEqual([null, 0]);
    });
  });
});

describe('the words', () => {
  const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

  it('are the same in both languages, with the same gaps', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const key of Object.keys(zh) as Key[]) {
      expect([en[key].trim(), zh[key].trim()], key).not.toContain('');
      expect(holes(en[key]), key).toEqual(holes(zh[key]));
    }
  });

  it('put in what they are given, as it is', () => {
    expect(say('en', 'order', { order: '$&{n}' })).toBe('Order $&{n}');
  });

  it('come in the language of the browser, else of the shop', () => {
    expect(languageFor(['en-GB', 'zh-CN'], 'zh-CN')).toBe('en');
    expect(languageFor(['zh-Hant-TW'], 'en')).toBe('zh-CN');
    expect(languageFor(['fr', 'de'], 'en')).toBe('en');
    expect(languageFor([], undefined)).toBe('zh-CN');
  });
});

describe('the steps', () => {
  const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148';
  const PC = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120';
  const texts = (agent: string, at: number, fixed = false): string[] => {
    const code = { ...sample().codes[at]!, fixed_amount: fixed };
    return stepsFor(code, deviceOf(agent, false)).map(({ text, act }) => (act ? `${text}+${act}` : text));
  };

  it('depend on where the page is open', () => {
    expect(texts(IPHONE, 0)).toEqual(['step.save+save', 'step.pick', 'step.enter+copy']);
    expect(texts(`${IPHONE} MicroMessenger/8.0`, 0)).toEqual([
      'step.press',
      'step.recognise',
      'step.enter+copy',
    ]);
    expect(texts(`${IPHONE} MicroMessenger/8.0`, 1)).toEqual(['step.save', 'step.pick', 'step.enter+copy']);
    expect(texts(PC, 0)).toEqual(['step.open', 'step.scan', 'step.enter']);
  });

  it('say when the wallet fills in the amount', () => {
    expect(texts(IPHONE, 1, true)[2]).toBe('step.filled');
  });

  it('begin with the wallet the customer is in', () => {
    const { codes } = sample();
    expect(firstCode(codes, deviceOf(`${IPHONE} AlipayClient/10.5`, false))).toBe(1);
    expect(firstCode(codes, deviceOf(IPHONE, false))).toBe(0);
    expect(deviceOf('Macintosh', true).phone).toBe(true);
    expect(deviceOf('Windows NT MicroMessenger/7 WindowsWechat', false)).toEqual({
      phone: false,
      inside: null,
    });
  });
});

describe('copying', () => {
  it('takes the old way where the page came over plain http', async () => {
    let copied = '';
    document.execCommand = () => {
      copied = (document.activeElement as HTMLTextAreaElement).value;
      return true;
    };
    expect(await copyText('14.98')).toBe(true);
    expect(copied).toBe('14.98');
    expect(document.querySelector('textarea')).toBeNull();
    document.execCommand = () => false;
    expect(await copyText('14.98')).toBe(false);
  });
});
