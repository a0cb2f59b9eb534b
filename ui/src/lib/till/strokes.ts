/** What a key means on the till. */
export type Stroke =
  | { kind: 'digit'; text: string }
  | { kind: 'item'; index: number; now: boolean }
  | {
      kind:
        | 'dot'
        | 'plus'
        | 'times'
        | 'enter'
        | 'erase'
        | 'clear'
        | 'cash'
        | 'park'
        | 'discount'
        | 'note'
        | 'scan';
    };

/** True when an input method took the key: `key` is useless then, `code` still says which key it was. */
export function isImeKey(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229 || event.key === 'Process';
}

/**
 * Reads a key by its place (`code`) first, so that a Chinese input method cannot swallow digits and numpad and main
 * row are the same; by its character where places differ between layouts.
 */
export function strokeOf(event: KeyboardEvent): Stroke | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const { code, key, shiftKey } = event;
  const ime = isImeKey(event);

  const fkey = /^F([1-8])$/.exec(code || key);
  if (fkey) return { kind: 'item', index: Number(fkey[1]) - 1, now: shiftKey };
  switch (code || key) {
    case 'F9':
      return { kind: 'cash' };
    case 'F10':
      return { kind: 'park' };
    case 'F12':
      return { kind: 'discount' };
    case 'Enter':
    case 'NumpadEnter':
      // With an input method this Enter commits its text; it was not meant for the till.
      return ime ? null : { kind: 'enter' };
    case 'Backspace':
      return { kind: 'erase' };
    case 'Escape':
      return { kind: 'clear' };
    case 'NumpadAdd':
      return { kind: 'plus' };
    case 'NumpadMultiply':
      return { kind: 'times' };
    case 'NumpadDecimal':
      return { kind: 'dot' };
    case 'NumpadDivide':
      return { kind: 'note' };
    case 'NumpadSubtract':
      return { kind: 'scan' };
  }
  const numpad = /^Numpad(\d)$/.exec(code);
  if (numpad?.[1]) return { kind: 'digit', text: numpad[1] };

  if (!ime) {
    if (key === '+') return { kind: 'plus' };
    if (key === '*' || key === '×') return { kind: 'times' };
    if (key === '.' || key === '。') return { kind: 'dot' };
    if (key === '/' || key === '、') return { kind: 'note' };
    if (key === '-') return { kind: 'scan' };
    if (/^[0-9]$/.test(key)) return { kind: 'digit', text: key };
    if (/^[０-９]$/.test(key)) return { kind: 'digit', text: String(key.charCodeAt(0) - 0xff10) };
    if (key.length === 1 && shiftKey) return null;
  }
  const row = /^Digit(\d)$/.exec(code);
  if (row?.[1]) {
    if (!shiftKey) return { kind: 'digit', text: row[1] };
    return row[1] === '8' ? { kind: 'times' } : null;
  }
  if (code === 'Equal' && shiftKey) return { kind: 'plus' };
  if (code === 'Period' && !shiftKey) return { kind: 'dot' };
  if (code === 'Slash' && !shiftKey) return { kind: 'note' };
  if (code === 'Minus' && !shiftKey) return { kind: 'scan' };
  return null;
}

/** How close together two reports of one press are, ms. Nobody presses a key twice this fast without letting go. */
const SAME_PRESS_MS = 60;

/** Some input methods report one press twice: once as theirs, once as the plain key. The second is dropped. */
export class PressFilter {
  #code = '';
  #at = -Infinity;
  #ime = false;

  /** True when this keydown is the first report of a press. */
  isNew(event: KeyboardEvent): boolean {
    const ime = isImeKey(event);
    const again =
      event.code !== '' && event.code === this.#code && event.timeStamp - this.#at < SAME_PRESS_MS;
    const echo = again && (ime || this.#ime);
    this.#code = event.code;
    this.#at = event.timeStamp;
    this.#ime = ime;
    return !echo;
  }
}
