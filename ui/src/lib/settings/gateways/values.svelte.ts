import { toApiError } from '$lib/backend/errors';
import type { GatewayField, GatewayValue, KeyFacts } from '$lib/bindings';
import { t } from '$lib/i18n';
import { base64 } from '../picture';
import { type Faults } from './form';
import { type Facts, isKey } from './keys';

/** Asks the till what a text is. */
export type Inspect = (text: string, password: string | null) => Promise<KeyFacts[]>;

type Texts = Readonly<Record<string, string>>;

/** No key or certificate is near this; a photo picked by mistake is beyond it. */
export const FILE_MAX = 256 * 1024;
/** While somebody types by hand, the till is not asked at each letter. */
const SOON_MS = 300;
/** So many letters at once were pasted. */
const PASTED = 8;

/**
 * The values of a contract while they are filled in: what was typed, pasted or picked here, and what the till says each
 * key is. A field that is not touched keeps its value; one that is emptied here loses it.
 */
export class Values {
  #fields = $state.raw<readonly GatewayField[]>([]);
  #texts = $state.raw<Texts>({});
  #files = $state.raw<Texts>({});
  #facts = $state.raw<Readonly<Record<string, Facts | null>>>({});
  #errors = $state.raw<Texts>({});
  #saves = $state(0);
  readonly #inspect: Inspect;
  #turns = new Map<string, number>();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(fields: readonly GatewayField[], inspect: Inspect) {
    this.#fields = fields;
    this.#inspect = inspect;
  }

  /** How often the till has taken them over: an open field closes then. */
  get saves(): number {
    return this.#saves;
  }

  /** The till has them as they stand now. */
  renew(fields: readonly GatewayField[]): void {
    this.#fields = fields;
    this.#saves += 1;
    for (const name of Object.keys(this.#texts)) this.keep(name);
  }

  get fields(): readonly GatewayField[] {
    return this.#fields;
  }

  get dirty(): boolean {
    return Object.keys(this.#texts).length > 0;
  }

  /** What the till is to change. */
  get changes(): GatewayValue[] {
    return Object.entries(this.#texts).map(([field, text]) => ({ field, text: text.trim() }));
  }

  touched(name: string): boolean {
    return name in this.#texts;
  }

  /** What stands in the field; of a kept secret nothing. */
  text(name: string): string {
    return this.#texts[name] ?? this.#field(name)?.text ?? '';
  }

  /** The picked file whose content it is; empty: typed or pasted. */
  file(name: string): string {
    return this.#files[name] ?? '';
  }

  /** What its key is; null while the till looks at it. */
  factsOf(name: string): Facts | null {
    if (this.touched(name)) return this.#facts[name] ?? (this.text(name).trim() === '' ? [] : null);
    return this.#field(name)?.facts ?? [];
  }

  /** Why it could not be looked at. */
  errorOf(name: string): string {
    return this.#errors[name] ?? '';
  }

  /** What stands in a box: one that is emptied by hand takes no kept secret away. */
  enter(name: string, text: string): void {
    if (text === '') this.keep(name);
    else this.set(name, text);
  }

  set(name: string, text: string, file = ''): void {
    const field = this.#field(name);
    const before = this.text(name);
    // Nothing in an empty field, or what stood there before: not touched.
    if (text === '' ? !field?.filled : text === field?.text) {
      this.keep(name);
      return;
    }
    this.#texts = { ...this.#texts, [name]: text };
    this.#files = { ...this.#files, [name]: file };
    this.#errors = { ...this.#errors, [name]: '' };
    this.#facts = { ...this.#facts, [name]: null };
    const pasted = file !== '' || Math.abs(text.length - before.length) >= PASTED;
    if (field && isKey(field.kind)) this.#lookSoon(name, pasted ? 0 : SOON_MS);
    // A file that was closed may open with this password.
    for (const other of this.#fields)
      if (other.password_field === name && this.touched(other.name)) this.#lookSoon(other.name, SOON_MS);
  }

  /** Leaves the field as the till has it. */
  keep(name: string): void {
    this.#turns.set(name, (this.#turns.get(name) ?? 0) + 1);
    clearTimeout(this.#timers.get(name));
    const without = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(all).filter(([other]) => other !== name));
    this.#texts = without(this.#texts);
    this.#files = without(this.#files);
    this.#facts = without(this.#facts);
    this.#errors = without(this.#errors);
  }

  /** Takes a picked file: as text where it is one (PEM), else its bytes in base64. */
  async take(name: string, file: File): Promise<void> {
    if (file.size > FILE_MAX) {
      this.#errors = { ...this.#errors, [name]: t('gateways.key.too_big') };
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    this.set(name, textOf(bytes), file.name);
  }

  /** Required fields that have neither a kept value nor a new one. */
  missing(): Faults {
    const empty = this.#fields.filter(
      (field) =>
        field.required && (this.touched(field.name) ? this.text(field.name).trim() === '' : !field.filled),
    );
    return Object.fromEntries(empty.map((field) => [field.name, t('gateways.need')]));
  }

  /** The window is left: nothing is looked at any more. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #field(name: string): GatewayField | undefined {
    return this.#fields.find((field) => field.name === name);
  }

  #lookSoon(name: string, after: number): void {
    clearTimeout(this.#timers.get(name));
    if (after === 0) void this.#look(name);
    else
      this.#timers.set(
        name,
        setTimeout(() => void this.#look(name), after),
      );
  }

  async #look(name: string): Promise<void> {
    const text = this.text(name).trim();
    const turn = (this.#turns.get(name) ?? 0) + 1;
    this.#turns.set(name, turn);
    if (text === '') return;
    const password = this.#field(name)?.password_field;
    try {
      const facts = await this.#inspect(text, password ? this.text(password) || null : null);
      if (this.#turns.get(name) === turn) this.#facts = { ...this.#facts, [name]: facts };
    } catch (e) {
      if (this.#turns.get(name) !== turn) return;
      this.#facts = { ...this.#facts, [name]: [] };
      this.#errors = { ...this.#errors, [name]: toApiError(e).message };
    }
  }
}

/** A file's text, or its bytes in base64 where it is none: PEM is text, a pfx and many .cer files are not. */
export function textOf(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return text;
  } catch {
    // Bytes that are no text.
  }
  return base64(bytes);
}
