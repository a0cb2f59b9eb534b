import type { Fen, Lang } from './bindings';

/**
 * Money on the screen. Amounts are whole fen and stay whole: every step here cuts or joins strings of digits,
 * so no float is ever near an amount.
 */

/** The largest amount a till takes, as in `till_core::Fen::LIMIT`. */
export const MAX_FEN: Fen = 10_000_000_000;

/** `1498` → `14.98`. The sign is a real minus. */
export function fenToText(fen: Fen): string {
  const digits = String(fen < 0 ? -fen : fen).padStart(3, '0');
  return `${fen < 0 ? '−' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** `128450` → `1,284.50`, for sums. */
export function fenToGrouped(fen: Fen): string {
  const [yuan = '', cents = ''] = fenToText(fen).split('.');
  return `${yuan.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`;
}

/** `14.98`, `14.9`, `14` and `.5` → fen; null for anything else, or above the limit. */
export function textToFen(text: string): Fen | null {
  const match = /^(\d{0,9})(?:\.(\d{0,2}))?$/.exec(text.trim());
  if (!match) return null;
  const yuan = match[1] ?? '';
  const cents = match[2] ?? '';
  if (yuan === '' && cents === '') return null;
  const fen = Number(`${yuan || '0'}${cents.padEnd(2, '0')}`);
  return Number.isSafeInteger(fen) && fen <= MAX_FEN ? fen : null;
}

/** `9.5`, `12.25` → basis points (950, 1225); null for anything else or not between 0 and 100 %. */
export function percentToBasisPoints(text: string): number | null {
  const points = textToFen(text);
  return points !== null && points > 0 && points <= 10_000 ? points : null;
}

const DIGITS = '零一二三四五六七八九';

function fourInChinese(group: string): string {
  let words = '';
  let gap = false;
  for (const [i, d] of [...group.padStart(4, '0')].entries()) {
    if (d === '0') gap = words !== '';
    else {
      words += (gap ? '零' : '') + (DIGITS[Number(d)] ?? '') + (['千', '百', '十', ''][i] ?? '');
      gap = false;
    }
  }
  return words;
}

function yuanInChinese(yuan: string): string {
  const bare = yuan.replace(/^0+/, '');
  if (bare === '') return '零';
  const high = bare.slice(0, -8);
  const mid = bare.slice(-8, -4);
  const low = bare.slice(-4);
  let words = high ? `${fourInChinese(high)}亿` : '';
  if (/[1-9]/.test(mid)) words += (words && mid.startsWith('0') ? '零' : '') + `${fourInChinese(mid)}万`;
  if (/[1-9]/.test(low))
    words += (words && (low.startsWith('0') || (mid && !/[1-9]/.test(mid))) ? '零' : '') + fourInChinese(low);
  return words.replace(/^一十/, '十');
}

/** How a screen reader should say an amount: `十四元九角八分`, `14 yuan 98`. */
export function amountInWords(fen: Fen, lang: Lang): string {
  const [yuan = '0', cents = '00'] = fenToText(fen < 0 ? -fen : fen).split('.');
  const sign = fen < 0 ? (lang === 'en' ? 'minus ' : '负') : '';
  if (lang === 'en') return `${sign}${yuan} yuan${cents === '00' ? '' : ` ${cents}`}`;
  const jiao = cents[0] ?? '0';
  const rest = cents[1] ?? '0';
  const tail =
    (jiao !== '0' ? `${DIGITS[Number(jiao)]}角` : rest !== '0' ? '零' : '') +
    (rest !== '0' ? `${DIGITS[Number(rest)]}分` : '');
  return `${sign}${yuanInChinese(yuan)}元${tail}`;
}
