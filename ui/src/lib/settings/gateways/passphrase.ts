import { t } from '$lib/i18n';
import type { Faults } from './form';

/** As the engine counts: characters, without the spaces around them. */
const SHORTEST = 8;

/** What is wrong with a passphrase that is being chosen. The till has the last word; this only spares a round trip. */
export function passphraseFaults(typed: { old: string | null; passphrase: string; again: string }): Faults {
  const faults: Record<string, string> = {};
  const kept = (text: string): string => text.trim().normalize('NFC');
  if (typed.old !== null && kept(typed.old) === '') faults['old'] = t('safe.type_it');
  if ([...kept(typed.passphrase)].length < SHORTEST) faults['passphrase'] = t('safe.short', { n: SHORTEST });
  else if (kept(typed.again) !== kept(typed.passphrase)) faults['again'] = t('safe.differ');
  return faults;
}
