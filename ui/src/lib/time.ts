import type { Lang } from './bindings';
import { t } from './i18n';

/** `92000` → `1:32`. Rounds up, so that 0:00 means over. */
export function clockText(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** `14:02` in the shop's zone; an empty zone is the system's. */
export function timeOfDay(at: number, zone: string, seconds = false): string {
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  if (seconds) options.second = '2-digit';
  try {
    return new Intl.DateTimeFormat('en-GB', zone ? { ...options, timeZone: zone } : options).format(at);
  } catch {
    return new Intl.DateTimeFormat('en-GB', options).format(at);
  }
}

/** `11月20日` or `20 Nov`, in the shop's zone. */
export function dayText(at: number, zone: string, lang: Lang): string {
  const options: Intl.DateTimeFormatOptions = { month: lang === 'en' ? 'short' : 'numeric', day: 'numeric' };
  try {
    return new Intl.DateTimeFormat(
      lang === 'en' ? 'en-GB' : 'zh-CN',
      zone ? { ...options, timeZone: zone } : options,
    ).format(at);
  } catch {
    return new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : 'zh-CN', options).format(at);
  }
}

/** `2 秒前`, `8 分钟前`. */
export function agoText(ms: number): string {
  const s = Math.floor(Math.max(0, ms) / 1000);
  if (s < 1) return t('ago.now');
  if (s < 120) return t('ago.seconds', { n: s });
  if (s < 7200) return t('ago.minutes', { n: Math.floor(s / 60) });
  return t('ago.hours', { n: Math.floor(s / 3600) });
}

/** `40 秒`, `8 分钟`. */
export function spanText(ms: number): string {
  const s = Math.round(Math.max(0, ms) / 1000);
  if (s < 120) return t('span.seconds', { n: s });
  if (s < 7200) return t('span.minutes', { n: Math.floor(s / 60) });
  return t('span.hours', { n: Math.floor(s / 3600) });
}
