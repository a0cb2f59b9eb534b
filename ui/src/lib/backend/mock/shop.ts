import type { Channel, Lang, QuickItem, Settings, Theme } from '$lib/bindings';
import { blank, CODES, FakeTill } from './till';

const ITEMS: ReadonlyArray<[string, string, number, string, string]> = [
  ['豆浆', 'Soy milk', 300, '饮品', 'Drinks'],
  ['油条', 'Youtiao', 250, '面点', 'Buns'],
  ['鲜肉包', 'Pork bun', 250, '面点', 'Buns'],
  ['茶叶蛋', 'Tea egg', 200, '小菜', 'Sides'],
  ['小笼包', 'Xiaolongbao', 1200, '面点', 'Buns'],
  ['牛肉面', 'Beef noodles', 1800, '粥面', 'Noodles'],
  ['鲜肉馄饨', 'Wonton soup', 1200, '粥面', 'Noodles'],
  ['煎饼果子', 'Jianbing', 800, '面点', 'Buns'],
  ['豆腐脑', 'Tofu pudding', 500, '饮品', 'Drinks'],
  ['皮蛋瘦肉粥', 'Congee', 600, '粥面', 'Noodles'],
  ['烧麦', 'Shaomai', 600, '面点', 'Buns'],
  ['葱油饼', 'Scallion pie', 400, '面点', 'Buns'],
  ['糯米鸡', 'Sticky rice', 800, '小菜', 'Sides'],
  ['八宝粥', 'Eight-treasure', 500, '粥面', 'Noodles'],
  ['热牛奶', 'Hot milk', 400, '饮品', 'Drinks'],
  ['矿泉水', 'Water', 200, '饮品', 'Drinks'],
  ['卤豆干', 'Dried tofu', 300, '小菜', 'Sides'],
  ['咸菜', 'Pickles', 100, '小菜', 'Sides'],
  ['打包盒', 'Box', 50, '', ''],
];

const PAID: ReadonlyArray<[number, Channel, number, string]> = [
  [40, 'wechat', 1200, '13:58'],
  [39, 'alipay', 798, '13:51'],
  [38, 'cash', 2000, '13:47'],
  [37, 'wechat', 2650, '13:40'],
  [36, 'alipay', 500, '13:32'],
  [35, 'wechat', 800, '13:30'],
  [34, 'alipay', 1547, '13:24'],
  [33, 'wechat', 300, '13:22'],
];

export function defaultSettings(lang: Lang, theme: Theme): Settings {
  return {
    shop_name: lang === 'en' ? 'Lane Breakfast' : '巷口早餐',
    lang,
    theme,
    display_light: false,
    time_zone: 'Asia/Shanghai',
    day_starts_at: 4,
    ticket_ttl_ms: 180_000,
    cooldown_expired_ms: 600_000,
    cooldown_paid_ms: 60_000,
    tail_direction: 'down',
    tail_max_fen: 50,
    rounding: 'none',
    cents_first: false,
    listen_host: '0.0.0.0',
    listen_port: 5921,
    public_url: '',
    phone_late_ms: 90_000,
    phone_offline_ms: 180_000,
    alert_paid: true,
    alert_inbox: true,
    alert_phone: true,
    sound: true,
    volume: 80,
    auto_lock_ms: 300_000,
    reveal_ms: 60_000,
    books: {
      wechat: { code: '1012.01', name: '其他货币资金-微信', ledger: 'Assets:WeChat' },
      alipay: { code: '1012.02', name: '其他货币资金-支付宝', ledger: 'Assets:Alipay' },
      unionpay: { code: '1012.03', name: '其他货币资金-云闪付', ledger: 'Assets:UnionPay' },
      ecny: { code: '1012.04', name: '其他货币资金-数字人民币', ledger: 'Assets:ECNY' },
      bank: { code: '1002', name: '银行存款', ledger: 'Assets:Bank' },
      cash: { code: '1001', name: '库存现金', ledger: 'Assets:Cash' },
      sales: { code: '6001', name: '主营业务收入', ledger: 'Income:Sales' },
      fees: { code: '6603', name: '财务费用-手续费', ledger: 'Expenses:Fees' },
      voucher_word: '记',
      preparer: '',
    },
    backup: {
      on_close: true,
      daily_hour: 3,
      keep_days: 14,
      keep_weeks: 8,
      keep_months: 12,
      second_folder: '',
    },
    nightly: { enabled: false, folder: '', after_minutes: 30, files: [] },
  };
}

/** The breakfast shop of the drawings at 14:02. */
export function breakfastShop(lang: Lang, theme: Theme): FakeTill {
  const till = new FakeTill(defaultSettings(lang, theme));
  const en = lang === 'en';
  till.items = ITEMS.map(([zh, name, price, group, category]): QuickItem => ({
    name: en ? name : zh,
    price_fen: price,
    category: en ? category : group,
  }));
  const now = till.now();
  till.accounts = (['wechat', 'alipay'] as const).map((channel, i) => ({
    id: i + 1,
    channel,
    label: channel === 'wechat' ? '微信收款码' : '支付宝收款码',
    enabled: true,
    codes: [
      {
        id: i + 1,
        payload: channel === 'wechat' ? 'wxp://f2f0EXAMPLE' : 'https://qr.alipay.com/fkxEXAMPLE',
        kind: channel === 'wechat' ? 'wechat_personal' : 'alipay',
        amount_fen: null,
        added_at: now - 86_400_000,
        drawing: CODES[channel],
      },
    ],
  }));
  till.tickets = PAID.map(([number, channel, amount, time]) => {
    const [h = '0', m = '0'] = time.split(':');
    const at = Date.UTC(2026, 10, 20, Number(h) - 8, Number(m));
    return {
      ...blank(number, [{ name: '', price_fen: amount, count: 1 }]),
      status: 'paid' as const,
      gross_fen: amount,
      due_fen: amount,
      opened_at: at - 24_000,
      now,
      paid_at: at,
      moves: ['refund' as const],
      payments: [{ channel, amount_fen: amount, how: channel === 'cash' ? 'cash' : 'auto', at, reason: '' }],
    };
  });
  till.devices = [
    {
      id: 1,
      name: en ? 'Counter phone' : '柜台红米',
      state: 'ok',
      added_at: now - 864_000_000,
      last_seen_at: now - 2000,
      last_address: '192.168.1.23',
      protocol: 'smsforwarder',
      battery: 82,
      delay_ms: 2000,
      skew_ms: -310,
      today_count: 57,
      account_ids: [],
    },
  ];
  // 15.00 has lost its first two amounts, 26.00 its first three: tails of 0.02 and 0.03 as drawn.
  for (const fen of [1500, 1499, 2600, 2599, 2598]) till.taken.add(fen);
  till.health = { phone: 'ok', phone_last_seen_at: now - 2000, phone_delay_ms: 2000, inbox_open: 2 };
  return till;
}
