/** How far the shop's clock is ahead of UTC at an instant, ms. */
function offset(at: number, zone: string): number {
  const parts: Record<string, number> = {};
  const options: Intl.DateTimeFormatOptions = {
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', zone ? { ...options, timeZone: zone } : options);
  } catch {
    format = new Intl.DateTimeFormat('en-US', options);
  }
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The instant of a wall time in the shop's zone; twice looked up, so that it is right beside a clock change. */
function instant(wall: number, zone: string): number {
  const guess = wall - offset(wall, zone);
  return wall - offset(guess, zone);
}

function wallOf(date: string, hour: number, plusDays: number): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return null;
  return Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + plusDays, hour);
}

/** When a business day begins; null for no date. */
export function dayStart(date: string, startsAt: number, zone: string): number | null {
  const wall = wallOf(date, startsAt, 0);
  return wall === null ? null : instant(wall, zone);
}

/** Its last millisecond: the next begins after it. */
export function dayEnd(date: string, startsAt: number, zone: string): number | null {
  const wall = wallOf(date, startsAt, 1);
  return wall === null ? null : instant(wall, zone) - 1;
}
