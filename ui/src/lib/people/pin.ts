import type { ApiError } from '$lib/bindings';
import { t } from '$lib/i18n';
import { errorText } from '$lib/app/state.svelte';

/** Digits of a new PIN, and the most a pad takes. */
export const PIN_LEAST = 4;
export const PIN_MOST = 8;

/** No try before this instant (Unix ms), after too many wrong PINs; null when another try is free. */
export function lockedUntil(error: ApiError): number | null {
  const until = error.details?.['locked_until'];
  return typeof until === 'number' ? until : null;
}

/** What to say about a PIN that did not fit. */
export function pinTrouble(error: ApiError): string {
  if (error.code !== 'wrong_pin') return errorText(error);
  const left = error.details?.['tries_left'];
  return typeof left === 'number' ? t('people.pin.wrong', { n: left }) : t('people.pin.wrong_many');
}

/** Why two typed PINs cannot become somebody's PIN; null when they can. */
export function newPinTrouble(pin: string, again: string): string | null {
  if (!/^\d+$/.test(pin) || pin.length < PIN_LEAST || pin.length > PIN_MOST)
    return t('people.pin.shape', { least: PIN_LEAST, most: PIN_MOST });
  if (/^(\d)\1*$/.test(pin)) return t('people.pin.same_digits');
  return pin === again ? null : t('people.pin.differ');
}
