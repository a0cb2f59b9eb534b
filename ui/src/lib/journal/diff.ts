/** One field of a journal row: how it was and how it is. `undefined`: it was not there. */
export interface Change {
  /** Path of the field, joined with dots. */
  key: string;
  before: unknown;
  after: unknown;
}

/** A row that holds more is shown as far as this. */
const MOST = 200;

type Plain = Record<string, unknown>;

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a row kept: an object, or whatever it is under the name `value`. Nothing for nothing. */
function read(text: string): Plain {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return {};
    return isPlain(value) ? value : { value };
  } catch {
    // A row that is no JSON is shown as it stands: hiding it would hide a change.
    return { value: text };
  }
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function walk(before: Plain, after: Plain, path: string, out: Change[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = before[key];
    const is = after[key];
    if (same(was, is)) continue;
    const name = path === '' ? key : `${path}.${key}`;
    if (isPlain(was) && isPlain(is)) walk(was, is, name, out);
    // A whole object that came or went is told by its fields.
    else if (isPlain(is) && was === undefined && Object.keys(is).length > 0) walk({}, is, name, out);
    else out.push({ key: name, before: was, after: is });
  }
}

/** The fields that differ. A row without a before tells all it has. */
export function diff(before: string, after: string): Change[] {
  const out: Change[] = [];
  walk(read(before), read(after), '', out);
  return out.slice(0, MOST);
}
