import { describe, expect, it } from 'vitest';

import { ScannerGuard } from './scanner';
import { PressFilter, strokeOf } from './strokes';

const press = (init: KeyboardEventInit & { keyCode?: number; at?: number }): KeyboardEvent => {
  const event = new KeyboardEvent('keydown', init);
  if (init.at !== undefined) Object.defineProperty(event, 'timeStamp', { value: init.at });
  return event;
};

describe('keys', () => {
  it('are read by place, so an input method cannot swallow a digit', () => {
    expect(strokeOf(press({ code: 'Digit7', key: 'Process', keyCode: 229 }))).toEqual({
      kind: 'digit',
      text: '7',
    });
    expect(strokeOf(press({ code: 'Digit7', key: '7', isComposing: true }))).toEqual({
      kind: 'digit',
      text: '7',
    });
    expect(strokeOf(press({ code: 'Period', key: 'Process', keyCode: 229 }))).toEqual({ kind: 'dot' });
    expect(strokeOf(press({ code: 'Equal', key: 'Process', shiftKey: true }))).toEqual({ kind: 'plus' });
    expect(strokeOf(press({ code: 'Digit8', key: 'Process', shiftKey: true }))).toEqual({ kind: 'times' });
  });

  it('are the same on the numpad, with and without NumLock', () => {
    expect(strokeOf(press({ code: 'Numpad7', key: '7' }))).toEqual({ kind: 'digit', text: '7' });
    expect(strokeOf(press({ code: 'Numpad7', key: 'Home' }))).toEqual({ kind: 'digit', text: '7' });
    expect(strokeOf(press({ code: 'NumpadDecimal', key: ',' }))).toEqual({ kind: 'dot' });
    expect(strokeOf(press({ code: 'NumpadEnter', key: 'Enter' }))).toEqual({ kind: 'enter' });
  });

  it('are read by character where layouts differ', () => {
    expect(strokeOf(press({ code: 'Digit1', key: '1', shiftKey: true }))).toEqual({
      kind: 'digit',
      text: '1',
    });
    expect(strokeOf(press({ code: 'Digit1', key: '&' }))).toEqual({ kind: 'digit', text: '1' });
    expect(strokeOf(press({ code: '', key: '５' }))).toEqual({ kind: 'digit', text: '5' });
    expect(strokeOf(press({ code: 'Digit1', key: '!', shiftKey: true }))).toBeNull();
  });

  it('leave shortcuts and an input method’s Enter alone', () => {
    expect(strokeOf(press({ code: 'Digit1', key: '1', ctrlKey: true }))).toBeNull();
    expect(strokeOf(press({ code: 'Enter', key: 'Process', keyCode: 229 }))).toBeNull();
    expect(strokeOf(press({ code: 'F3', key: 'F3', shiftKey: true }))).toEqual({
      kind: 'item',
      index: 2,
      now: true,
    });
  });
});

describe('one press', () => {
  it('reported twice by an input method counts once', () => {
    const filter = new PressFilter();
    expect(filter.isNew(press({ code: 'Digit5', key: 'Process', keyCode: 229, at: 100 }))).toBe(true);
    expect(filter.isNew(press({ code: 'Digit5', key: '5', at: 104 }))).toBe(false);
    expect(filter.isNew(press({ code: 'Digit5', key: '5', at: 260 }))).toBe(true);
  });

  it('and another of the same key count twice, however fast', () => {
    const filter = new PressFilter();
    expect(filter.isNew(press({ code: 'Digit5', key: '5', at: 100 }))).toBe(true);
    expect(filter.isNew(press({ code: 'Digit5', key: '5', at: 130 }))).toBe(true);
  });
});

describe('the scanner guard', () => {
  const run = (gap: number, n: number): string | null => {
    const guard = new ScannerGuard<string>();
    let at = 1000;
    for (let i = 0; i < n; i += 1) guard.character((at += gap), `before ${i}`);
    return guard.enter(at + gap)?.before ?? null;
  };

  it('gives back the state before a scan', () => {
    expect(run(8, 13)).toBe('before 0');
    expect(run(34, 8)).toBe('before 0');
  });

  it('takes a person for a person', () => {
    expect(run(36, 13)).toBeNull();
    expect(run(8, 7)).toBeNull();
  });

  it('forgives one slow gap within a scan, and starts anew after a pause', () => {
    const guard = new ScannerGuard<string>();
    guard.character(0, 'typed');
    let at = 900;
    for (let i = 0; i < 9; i += 1) guard.character((at += i === 4 ? 60 : 10), `scan ${i}`);
    expect(guard.isRunning(at + 5)).toBe(true);
    expect(guard.enter(at + 10)).toEqual({ kind: 'other', before: 'scan 0' });
  });
});
