import { t } from '$lib/i18n';

/** A person as the journal names them (`小林#3`) by their name; a door (`till`) when nobody was signed in. */
export function nameOf(actor: string): string {
  const at = actor.lastIndexOf('#');
  if (at > 0) return actor.slice(0, at);
  return actor === 'till' || actor === 'cli' || actor === 'api' ? t(`shift.door.${actor}`) : actor;
}
