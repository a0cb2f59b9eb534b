import type { Lang } from '../bindings';
import { words as en } from './en';
import { format, type Params } from './format';
import { words as zh } from './zh-CN';

/** A text of the screens. Chinese is the source; English must have the same keys, or it does not compile. */
export type Key = keyof typeof zh;

const WORDS: Record<Lang, Record<Key, string>> = { 'zh-CN': zh, en };

let current = $state<Lang>('zh-CN');

/** The language of the screens now. */
export function lang(): Lang {
  return current;
}

/** Switches every text on the screen, and the language a screen reader speaks. */
export function setLang(next: Lang): void {
  current = next;
  document.documentElement.lang = next;
}

/** The text for a key in the current language. */
export function t(key: Key, params?: Params): string {
  return format(WORDS[current][key], params);
}

/** The text for a key in a given language, for bilingual screens. */
export function tIn(language: Lang, key: Key, params?: Params): string {
  return format(WORDS[language][key], params);
}
