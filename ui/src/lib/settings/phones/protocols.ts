import { type Key, t } from '$lib/i18n';

const NAMES: Readonly<Record<string, Key>> = {
  vmq: 'settings.phone.protocol_vmq',
  hmac: 'settings.phone.protocol_hmac',
  json: 'settings.phone.protocol_json',
  push: 'settings.phone.protocol_push',
};

/** How a phone talks, in words an owner knows from the app's name. */
export function protocolText(protocol: string): string {
  const key = NAMES[protocol];
  if (key) return t(key);
  return protocol === 'smsforwarder' ? 'SmsForwarder' : protocol;
}
