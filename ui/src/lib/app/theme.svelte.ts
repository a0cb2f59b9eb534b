import type { Theme } from '$lib/bindings';

const query = window.matchMedia('(prefers-color-scheme: dark)');
let systemDark = $state(query.matches);
query.addEventListener('change', (event) => (systemDark = event.matches));

/** The theme scope for a setting, following the system when asked to. */
export function themeScope(theme: Theme | undefined): 'light' | 'dark' {
  if (theme === 'light' || theme === 'dark') return theme;
  return systemDark ? 'dark' : 'light';
}
