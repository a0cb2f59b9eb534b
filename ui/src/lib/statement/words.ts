import type { StatementHead } from '$lib/bindings';
import { type Key, t } from '$lib/i18n';

const FORMATS: ReadonlySet<string> = new Set([
  'wechat_personal',
  'wechat_tradebill',
  'wechat_fundflow',
  'wechat_portal',
  'alipay_web',
  'alipay_app',
  'alipay_trade',
  'alipay_account',
  'alipay_fundflow',
  'unionpay_zm',
  'unionpay_web',
]);

/** What kind of file it is, in words. */
export function formatText(head: StatementHead): string {
  if (FORMATS.has(head.format)) return t(`st.format.${head.format}` as Key);
  return t(head.format.startsWith('bank_') ? 'st.format.bank' : 'st.format.other');
}

/** `11/1 至 11/20`, one day as itself. */
export function rangeText(head: StatementHead, day: (at: number) => string): string {
  if (head.from_at === null || head.to_at === null) return t('st.range_unknown');
  const from = day(head.from_at);
  const to = day(head.to_at);
  return from === to ? from : t('st.range', { from, to });
}
