// A notice is foreign text. These functions cut it into pieces that a screen renders as text, never as markup.

export type Piece = { text: string; amount: boolean };

const NUMBER = /\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?!\d)|\d+(?:\.\d{1,2})?(?!\d)/g;
const BEFORE = /(?:[¥￥]|人民币|RMB|CNY)\s*$/i;
const AFTER = /^\s*(?:元|yuan|CNY|RMB)/i;

/** Whole fen of a plain or comma-grouped number; null if it has another shape. No floats. */
export function fenOf(number: string): number | null {
  const m = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(number.replaceAll(',', ''));
  if (!m) return null;
  return Number.parseInt(m[1]!, 10) * 100 + Number.parseInt((m[2] ?? '').padEnd(2, '0'), 10);
}

type Hit = { from: number; to: number; fen: number | null; money: boolean };

function numbers(text: string): Hit[] {
  const hits: Hit[] = [];
  for (const m of text.matchAll(NUMBER)) {
    let from = m.index;
    let to = m.index + m[0].length;
    const before = BEFORE.exec(text.slice(0, from));
    const after = AFTER.exec(text.slice(to));
    if (before) from -= before[0].length;
    if (after) to += after[0].length;
    hits.push({ from, to, fen: fenOf(m[0]), money: !!(before || after) });
  }
  return hits;
}

/** Marks the number that is the amount; one that stands with a money word wins over a bare one. */
export function pieces(text: string, amountFen: number | null): Piece[] {
  const equal = amountFen === null ? [] : numbers(text).filter((h) => h.fen === amountFen);
  const money = equal.filter((h) => h.money);
  const marks = money.length > 0 ? money : equal;
  const out: Piece[] = [];
  let at = 0;
  for (const mark of marks) {
    if (mark.from > at) out.push({ text: text.slice(at, mark.from), amount: false });
    out.push({ text: text.slice(mark.from, mark.to), amount: true });
    at = mark.to;
  }
  if (at < text.length) out.push({ text: text.slice(at), amount: false });
  return out;
}

// What a sample may keep: the words wallets use. Every other letter may be somebody's name.
const KEPT = [
  '给你的店',
  '转来',
  '一笔',
  '给你',
  '店铺',
  '小店',
  '商家',
  '顾客',
  '客人',
  '买家',
  '查收',
  '确认收款',
  '待确认',
  '领取',
  '收钱',
  '到帐',
  '入帐',
  '新到账',
  '您有',
  '你有',
  '累计',
  '今天',
  '昨日',
  '本月',
  '订单',
  '单号',
  '商户',
  '门店',
  '经营',
  '个人',
  '收银',
  '通知',
  '提醒',
  '助手',
  '服务',
  '消息',
  '理财',
  '余额宝',
  '花呗',
  '信用卡',
  '储蓄卡',
  '零钱通',
  '提示',
  '付了',
  '付给你',
  '转给你',
  '已收',
  '实收',
  '手续费',
  '服务费',
  '流水号',
  '编号',
  '完成',
  '结果',
  '信用',
  '请',
  '微信支付',
  '微信收款助手',
  '微信收款商业版',
  '微信',
  '支付宝通知',
  '支付宝',
  '收款助手',
  '收款小账本',
  '云闪付',
  '银联',
  '数字人民币',
  '人民币',
  '个人收款码',
  '经营收款码',
  '收款码',
  '二维码',
  '收钱码',
  '赞赏码',
  '店员消息',
  '服务通知',
  '收款通知',
  '动账通知',
  '交易提醒',
  '到账通知',
  '收款',
  '到账',
  '付款',
  '支付',
  '已支付',
  '转账',
  '转入',
  '转出',
  '入账',
  '收入',
  '支出',
  '余额',
  '零钱',
  '提现',
  '退款',
  '退回',
  '失败',
  '成功',
  '已存入',
  '通过',
  '扫码',
  '向你',
  '向您',
  '朋友到店',
  '老顾客消费',
  '新顾客',
  '老顾客',
  '消费',
  '汇总',
  '今日',
  '共计',
  '合计',
  '金额',
  '备注',
  '留言',
  '来自',
  '点击',
  '查看',
  '详情',
  '免费',
  '额度',
  '费率',
  '积分',
  '兑换',
  '红包',
  '优惠',
  '待领取',
  '待入账',
  '已',
  '第',
  '笔',
  '元',
  '条',
  '你',
  '您',
  '尾号',
  '账户',
  '账号',
  '银行卡',
  '银行',
  '付款方',
  '收款方',
  '对方',
  '户名',
  '交易',
  '时间',
  '收到',
];
const KEPT_LATIN =
  /^(?:wechat|weixin|pay|alipay|unionpay|you|your|have|has|received|receive|payment|payments|from|to|by|of|cny|rmb|yuan|transfer|transferred|money|account|balance|amount|paid|successful|successfully|success|via|scan|scanning|qr|code|the|a|an|is|was|and|today|total|refund|view|details|tap|new|message|messages)$/i;
const WORDS = new RegExp(
  `${[...KEPT].sort((a, b) => b.length - a.length).join('|')}|[A-Za-z]+|[\\s\\S]`,
  'gu',
);

/** The sum keeps its form and loses its value: every digit becomes 1 (a leading zero stays). */
function sameShape(digits: string): string {
  return digits.replace(/^0(?=\.)|\d/g, (d, at: number) => (at === 0 && d === '0' ? '0' : '1'));
}

/** A sample that may be sent to strangers: wallet words and the form of the sum stay; names and other digits go. */
export function masked(text: string): string {
  let out = '';
  let at = 0;
  const words = (part: string) =>
    part.replace(WORDS, (w) => {
      if (KEPT.includes(w)) return w;
      if (/^[A-Za-z]+$/.test(w)) return KEPT_LATIN.test(w) ? w : 'x';
      if (/\d/.test(w)) return '0';
      return /\p{L}|\p{N}|\p{So}|\p{M}/u.test(w) ? '某' : w;
    });
  for (const hit of numbers(text)) {
    out += words(text.slice(at, hit.from));
    const piece = text.slice(hit.from, hit.to);
    const form = hit.money || /\.\d{2}$/.test(piece);
    out += form ? sameShape(piece) : piece.replace(/\d/g, '0');
    at = hit.to;
  }
  return out + words(text.slice(at));
}

/** The whole sample as one text block. The package is the program's name and stays. */
export function sample(item: {
  package: string;
  title: string;
  text: string;
  rules_version: number;
}): string {
  return [
    `package: ${item.package}`,
    `title: ${masked(item.title)}`,
    `text: ${masked(item.text)}`,
    `rules: v${item.rules_version}`,
  ].join('\n');
}
