import type { Fen } from '$lib/bindings';
import { type Key, t } from '$lib/i18n';
import { fenToText } from '$lib/money';

const KINDS: Readonly<Record<string, Key>> = {
  wechat_personal: 'settings.kind.wechat_personal',
  wechat_business: 'settings.kind.wechat_business',
  wechat_order: 'settings.kind.wechat_order',
  wechat_contact: 'settings.kind.wechat_contact',
  alipay_personal: 'settings.kind.alipay_personal',
  alipay_merchant: 'settings.kind.alipay_merchant',
  alipay_order: 'settings.kind.alipay_order',
  alipay_link: 'settings.kind.alipay_link',
  alipay_red_packet: 'settings.kind.alipay_red_packet',
  alipay_other: 'settings.kind.alipay_other',
  unionpay: 'settings.kind.unionpay',
  emv: 'settings.kind.emv',
  ecny: 'settings.kind.ecny',
  aggregator: 'settings.kind.aggregator',
  qq: 'settings.kind.qq',
  payment_code: 'settings.kind.payment_code',
};

/** The kind of a code in words. */
export function kindText(kind: string): string {
  return t(
    KINDS[kind] ?? (kind.startsWith('alipay') ? 'settings.kind.alipay_other' : 'settings.kind.unknown'),
  );
}

/** `个人收款码，不含金额`, `支付宝收款码，固定 15.00`. */
export function kindWithAmount(kind: string, amount: Fen | null): string {
  return amount === null
    ? t('settings.kind.free', { kind: kindText(kind) })
    : t('settings.kind.fixed', { kind: kindText(kind), amount: fenToText(amount) });
}
