import type { Channel, Lang } from '$lib/bindings';

/** Every word the customer reads. `{name}` is filled in by `say`. */
export const zh = {
  pay: '付款',
  opening: '正在打开…',
  practice: '练习模式 · 不是真的收款',
  'pay.exactly': '请按这个金额付',
  'pay.less': '原价 {price}，少 {tail} 用来认出是您付的',
  'pay.more': '原价 {price}，多 {tail} 用来认出是您付的',
  methods: '付款方式',
  'code.label': '{channel}收款码',
  'code.none': '正在取收款码，请稍等。一直没有，请告诉店里。',
  'steps.title': '怎么付',
  'step.save': '长按上面的码，存到相册',
  'step.pick': '{app}扫一扫，从相册选它',
  'step.press': '长按上面的码',
  'step.recognise': '选“识别图中的二维码”',
  'step.open': '手机打开{app}，点“扫一扫”',
  'step.scan': '对准这个码',
  'step.enter': '金额输入',
  'step.filled': '金额会自动填好，核对是',
  save: '保存',
  copy: '复制',
  copied: '已复制',
  'copy.by_hand': '按住数字复制',
  watching: '付款后这里会自动变',
  lost: '和店里断开了，正在重连。付过的钱不会丢',
  left: '剩余时间',
  order: '订单 {order}',
  paid: '已到账',
  'paid.said': '已到账，{amount}',
  'shop.back': '回到商店',
  'back.soon': '{n} 秒后自动返回',
  stay: '留在这页',
  expired: '已过时间',
  closed: '订单已关闭',
  'old.code': '请不要再扫旧的码',
  'already.title': '已经付过了？',
  'already.text': '不用再付。店里会认领这笔钱，订单号',
  'may.close': '可以关掉这个页面了',
  gone: '打不开这个付款页',
  'gone.text': '链接可能不完整，或者已经失效。请回到商店，重新点付款。',
  unreachable: '暂时连不上店里',
  'unreachable.text': '正在自动重试。付过的钱不会丢，不用再付。',
  again: '再试一次',
  'channel.wechat': '微信支付',
  'channel.alipay': '支付宝',
  'channel.unionpay': '云闪付',
  'channel.ecny': '数字人民币',
  'channel.bank': '银行卡',
  'channel.cash': '现金',
  'app.wechat': '微信',
  'app.alipay': '支付宝',
  'app.unionpay': '云闪付',
  'app.ecny': '数字人民币',
  'app.bank': '手机银行',
  'app.cash': '手机',
};

export type Key = keyof typeof zh;

export const en: Record<Key, string> = {
  pay: 'Pay',
  opening: 'Opening…',
  practice: 'Practice · no real money',
  'pay.exactly': 'Pay exactly this',
  'pay.less': '{price} less {tail}, so that we know it is you',
  'pay.more': '{price} plus {tail}, so that we know it is you',
  methods: 'Ways to pay',
  'code.label': '{channel} code',
  'code.none': 'Getting the code to pay with. If none appears, please tell the shop.',
  'steps.title': 'How to pay',
  'step.save': 'Press and hold the code, save it',
  'step.pick': 'In {app} Scan, pick it from photos',
  'step.press': 'Press and hold the code above',
  'step.recognise': 'Choose “Extract QR code”',
  'step.open': 'Open {app} on your phone, tap Scan',
  'step.scan': 'Point it at this code',
  'step.enter': 'Enter',
  'step.filled': 'The amount fills itself in; check it says',
  save: 'Save',
  copy: 'Copy',
  copied: 'Copied',
  'copy.by_hand': 'Hold the number',
  watching: 'This page changes by itself',
  lost: 'Lost the shop, reconnecting. Money you paid is safe',
  left: 'Time left',
  order: 'Order {order}',
  paid: 'Paid',
  'paid.said': 'Paid, {amount}',
  'shop.back': 'Back to the shop',
  'back.soon': 'Back in {n} s',
  stay: 'Stay here',
  expired: 'Time is up',
  closed: 'This order is closed',
  'old.code': 'Please do not scan the old code',
  'already.title': 'Already paid?',
  'already.text': 'Do not pay again. The shop will find it: order',
  'may.close': 'You can close this page',
  gone: 'This payment page does not open',
  'gone.text': 'The link may be incomplete or too old. Go back to the shop and choose to pay again.',
  unreachable: 'The shop cannot be reached',
  'unreachable.text': 'Trying again by itself. Money you paid is safe; do not pay twice.',
  again: 'Try again',
  'channel.wechat': 'WeChat Pay',
  'channel.alipay': 'Alipay',
  'channel.unionpay': 'UnionPay',
  'channel.ecny': 'e-CNY',
  'channel.bank': 'Bank card',
  'channel.cash': 'Cash',
  'app.wechat': 'WeChat',
  'app.alipay': 'Alipay',
  'app.unionpay': 'UnionPay',
  'app.ecny': 'e-CNY',
  'app.bank': 'your bank’s app',
  'app.cash': 'your phone',
};

/** The character on a channel's chip, the same in every language: it is what the wallets' signs show. */
export const MARKS: Record<Channel, string> = {
  wechat: '微',
  alipay: '支',
  unionpay: '银',
  ecny: '数',
  bank: '卡',
  cash: '现',
};

export function say(lang: Lang, key: Key, fill: Record<string, string | number> = {}): string {
  const text = (lang === 'en' ? en : zh)[key];
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(fill[name] ?? all));
}

/** The first language of the browser's list that the page speaks, else the shop's, else Chinese. */
export function languageFor(browser: readonly string[], shop: Lang | undefined): Lang {
  for (const wish of browser) {
    if (/^zh\b/i.test(wish)) return 'zh-CN';
    if (/^en\b/i.test(wish)) return 'en';
  }
  return shop ?? 'zh-CN';
}
