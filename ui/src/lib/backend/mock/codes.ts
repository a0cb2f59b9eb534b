import type { AccountView, CodeView, Inspected } from '$lib/bindings';
import type { Handlers } from './selling';
import { CODES, fail, type FakeTill } from './till';

let nextId = 100;

/** What a fake picture holds is told by the text inside it. */
function look(till: FakeTill, name: string): Inspected[] {
  const found = (payload: string, change: Partial<Inspected>): Inspected => {
    const known = till.accounts.find((a) => a.codes.some((c) => c.payload === payload));
    const channel = change.channel === undefined ? 'wechat' : change.channel;
    const others = till.accounts.filter((a) => a.channel === channel && a.codes.length > 0);
    return {
      payload,
      channel,
      kind: 'wechat_business',
      amount_fen: null,
      warning: '',
      usable: true,
      known_account_id: known?.id ?? null,
      changes_code: !known && others.length > 0,
      drawing: channel === 'alipay' ? CODES.alipay : CODES.wechat,
      ...change,
    };
  };
  const union = found('https://qr.95516.com/00010000/6221EXAMPLE', { channel: 'unionpay', kind: 'unionpay' });
  switch (name) {
    case 'none':
      return fail('no_qr', '图片里没有收款码');
    case 'broken':
      return fail('invalid', '这不是图片');
    case 'change':
      return [found('wxp://f2f0ANOTHER-EXAMPLE-9QX2', { kind: 'wechat_personal' })];
    case 'known':
      return [found('wxp://f2f0EXAMPLE', { kind: 'wechat_personal' })];
    case 'unknown':
      return [
        found('https://pay.example.com/q/8x2', {
          channel: null,
          kind: 'unknown',
          warning: '不认识这种码。请确认它真的是您的收款码',
          changes_code: false,
        }),
      ];
    case 'unusable':
      return [
        found('134712345678901234', {
          channel: null,
          kind: 'payment_code',
          warning: '这是付款码，谁拿到都能扣钱，不能摆在柜台上',
          usable: false,
          changes_code: false,
          drawing: { size: 0, path: '' },
        }),
      ];
    case 'many':
      return [union, found('https://qr.alipay.com/fkxMANY', { channel: 'alipay', kind: 'alipay_personal' })];
    case 'fixed':
      return [found('wxp://f2f1FIXED-15', { kind: 'wechat_personal', amount_fen: 1500 })];
    default:
      return /^[\d.]+/.test(name)
        ? [found(`https://qr.alipay.com/fkx${name}`, { channel: 'alipay', kind: 'alipay_personal' })]
        : [union];
  }
}

function account(till: FakeTill, id: number): AccountView {
  return till.accounts.find((a) => a.id === id) ?? fail('not_found', '没有这个账户');
}

/** Receiving codes of the fake till. */
export const codes: Handlers = {
  accounts: (till) => till.accounts,
  inspect_picture: (till, { picture_base64 }) => look(till, atob(picture_base64)),
  inspect_payload: (_till, { payload }) => ({
    payload,
    channel: null,
    kind: 'unknown',
    amount_fen: null,
    warning: '',
    usable: true,
    known_account_id: null,
    changes_code: false,
    drawing: CODES.alipay,
  }),
  add_code: (till, request) => {
    const code: CodeView = {
      id: nextId++,
      payload: request.payload,
      kind:
        request.channel === 'wechat'
          ? 'wechat_business'
          : request.channel === 'alipay'
            ? 'alipay_personal'
            : 'unionpay',
      amount_fen: request.amount_fen,
      added_at: till.now(),
      drawing: request.channel === 'alipay' ? CODES.alipay : CODES.wechat,
    };
    if (request.account_id === null) {
      const added = {
        id: nextId++,
        channel: request.channel,
        label: request.label,
        enabled: true,
        codes: [code],
      };
      till.accounts = [...till.accounts, added];
    } else {
      const into = account(till, request.account_id);
      const kept = into.codes.filter((c) => c.amount_fen !== code.amount_fen);
      till.accounts = till.accounts.map((a) => (a.id === into.id ? { ...a, codes: [...kept, code] } : a));
    }
    till.emit({ event: 'settings://changed' });
    return till.accounts;
  },
  update_account: (till, request) => {
    const one = { ...account(till, request.account_id) };
    if (request.label !== null) one.label = request.label;
    if (request.enabled !== null) one.enabled = request.enabled;
    const at = till.accounts.findIndex((a) => a.id === one.id);
    const rest = till.accounts.filter((a) => a.id !== one.id);
    till.accounts = rest.toSpliced(request.position ?? at, 0, one);
    till.emit({ event: 'settings://changed' });
    return till.accounts;
  },
  remove_code: (till, { code_id }) => {
    till.accounts = till.accounts.map((a) => ({ ...a, codes: a.codes.filter((c) => c.id !== code_id) }));
    till.emit({ event: 'settings://changed' });
    return till.accounts;
  },
};
