const DAY_MS = 86_400_000;

/** Days until an instant; on the last day there is still one. */
export function daysLeft(until: number, now: number): number {
  return Math.ceil((until - now) / DAY_MS);
}

/** `2026-11-19`: the day before an instant, in the shop's zone. */
export function dayBefore(at: number, zone: string): string {
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' };
  const before = at - DAY_MS;
  try {
    return new Intl.DateTimeFormat('sv-SE', zone ? { ...options, timeZone: zone } : options).format(before);
  } catch {
    return new Intl.DateTimeFormat('sv-SE', options).format(before);
  }
}
