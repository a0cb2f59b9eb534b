export type { Params } from './format';
export { type Key, lang, setLang, t, tIn } from './i18n.svelte';
