import { t } from '$lib/i18n';

const NEAR = [
  'Asia/Shanghai',
  'Asia/Hong_Kong',
  'Asia/Macau',
  'Asia/Taipei',
  'Asia/Urumqi',
  'Asia/Singapore',
  'Asia/Tokyo',
];

function known(): string[] {
  const intl = Intl as { supportedValuesOf?: (key: 'timeZone') => string[] };
  try {
    return intl.supportedValuesOf?.('timeZone') ?? [];
  } catch {
    return [];
  }
}

export interface Option {
  value: string;
  text: string;
}

/** The system's zone first, then the near ones, then all; a stored zone is always among them. */
export function zoneOptions(stored: string): Option[] {
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const names = [...new Set([...NEAR, ...(stored ? [stored] : []), ...known()])];
  return [
    { value: '', text: t('settings.time_zone_system', { zone: system }) },
    ...names.map((n) => ({ value: n, text: n })),
  ];
}

/** Hours a business day may start at. */
export function dayOptions(): Option[] {
  return Array.from({ length: 13 }, (_, h) => ({
    value: String(h),
    text: `${String(h).padStart(2, '0')}:00`,
  }));
}
