import type { Discount } from '$lib/bindings';
import { lang, t } from '$lib/i18n';
import { fenToText } from '$lib/money';

/** Cuts the zeros behind the point: `9.50` → `9.5`, `10.00` → `10`. */
function short(text: string): string {
  return text.replace(/\.?0+$/, '');
}

/** `九折` in the shop's way of speaking: Chinese names what is left (9 折), English what is off (10% off). */
export function discountText(discount: Discount): string {
  if ('fen' in discount) return t('till.discount.off', { amount: fenToText(discount.fen) });
  const points = discount.basis_points;
  if (lang() === 'en') return t('till.discount.of', { n: short(fenToText(points)) });
  const left = String(10_000 - points).padStart(4, '0');
  return t('till.discount.of', { n: short(`${left.slice(0, -3) || '0'}.${left.slice(-3)}`) });
}
