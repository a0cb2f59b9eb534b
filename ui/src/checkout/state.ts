import type { Channel, CheckoutCode, CheckoutState, CheckoutStatus, Drawing } from '$lib/bindings';

const STATUSES: readonly CheckoutStatus[] = ['waiting', 'paid', 'expired', 'closed'];
const CHANNELS: readonly Channel[] = ['wechat', 'alipay', 'unionpay', 'ecny', 'bank', 'cash'];
const NO_DRAWING: Drawing = { size: 0, path: '' };

/** How long an answer may have been under way: one that is older than this is a till whose clock was set back. */
const LATE_ANSWER_MS = 60_000;

type Fields = Record<string, unknown>;

const text = (raw: unknown): string => (typeof raw === 'string' ? raw : '');
const isFen = (raw: unknown): raw is number => Number.isSafeInteger(raw);
const isTime = (raw: unknown): raw is number => Number.isFinite(raw);
const known = <T>(all: readonly T[], raw: unknown): T | null => all.find((one) => one === raw) ?? null;

function readDrawing(raw: unknown): Drawing {
  const { size, path } = (raw ?? {}) as Fields;
  const drawn = typeof path === 'string' && /^[\d\sMmHhVvLlZz.,-]+$/.test(path);
  return drawn && isFen(size) && size > 0 && size < 256 ? { size, path } : NO_DRAWING;
}

/** Null for a channel this page cannot name or a picture that is not a path of this very server. */
function readCode(raw: unknown): CheckoutCode | null {
  const fields = (raw ?? {}) as Fields;
  const channel = known(CHANNELS, fields['channel']);
  const picture = text(fields['picture']);
  if (channel === null || !/^\/[^/\\]/.test(picture)) return null;
  return {
    channel,
    picture,
    fixed_amount: fields['fixed_amount'] === true,
    drawing: readDrawing(fields['drawing']),
  };
}

/** What came over the wire, field by field. Null: not a state, so whoever answered is not the till. */
export function readState(raw: unknown): CheckoutState | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const fields = raw as Fields;
  const status = known(STATUSES, fields['status']);
  const { now, price_fen, due_fen, opened_at, expires_at, paid_at, codes } = fields;
  if (status === null || !isFen(price_fen) || !isFen(due_fen)) return null;
  if (!isTime(now) || !isTime(opened_at) || !isTime(expires_at)) return null;
  return {
    shop_name: text(fields['shop_name']),
    lang: fields['lang'] === 'en' ? 'en' : 'zh-CN',
    practice: fields['practice'] === true,
    now,
    order: text(fields['order']),
    title: text(fields['title']),
    status,
    price_fen,
    due_fen,
    tail_fen: price_fen - due_fen,
    opened_at,
    expires_at,
    paid_at: isTime(paid_at) ? paid_at : null,
    paid_channel: known(CHANNELS, fields['paid_channel']),
    codes: Array.isArray(codes) ? codes.map(readCode).filter((code) => code !== null) : [],
    return_url: text(fields['return_url']) || null,
  };
}

/**
 * Which of two states to believe. Paid is for good: no answer that was under way, and no repeat, takes it back.
 * Otherwise the later by the till's clock holds.
 */
export function settle(held: CheckoutState | null, next: CheckoutState): CheckoutState {
  if (held === null || next.status === 'paid') return next;
  if (held.status === 'paid') return held;
  const behind = held.now - next.now;
  return behind > 0 && behind < LATE_ANSWER_MS ? held : next;
}
