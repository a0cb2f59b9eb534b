//! The calls about an order.

use super::super::{Ask, Call, CannotAsk, Gateway, Order, RefundOrder, Seed, moment};
use super::Alipay;
use super::request::{Biz, Request, begin, named};

/// The method of a call. An order ends by being cancelled, whoever scanned: unlike closing, that also gives back what
/// was paid at the last moment.
pub(super) fn method(call: &Call) -> &'static str {
    match call {
        Call::Create => "alipay.trade.precreate",
        Call::Scan { .. } => "alipay.trade.pay",
        Call::Query => "alipay.trade.query",
        Call::End => "alipay.trade.cancel",
        Call::Refund(_) => "alipay.trade.refund",
        Call::RefundQuery(_) => "alipay.trade.fastpay.refund.query",
    }
}

impl Alipay {
    pub(super) fn ask_call(&self, order: &Order, call: &Call, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        let biz = match call {
            Call::Create => begin(order)?
                .with("time_expire", moment::spaced(order.expires_at))
                .with("qr_code_timeout_express", minutes_of(order)),
            Call::Scan { auth_code } => {
                if !self.is_auth_code(auth_code) {
                    return Err(CannotAsk::DoesNotFit("auth_code", "16 to 24 digits that begin with 25 to 30"));
                }
                begin(order)?
                    .with("scene", "bar_code")
                    .with("product_code", "FACE_TO_FACE_PAYMENT")
                    .with("auth_code", auth_code)
            }
            Call::Query | Call::End => named(order)?,
            Call::Refund(refund) => refunded(order, refund)?,
            Call::RefundQuery(refund) => numbered(order, refund)?,
        };
        let notify_url = match call {
            Call::Create | Call::Scan { .. } => order.notify_url.as_deref(),
            Call::Query | Call::End | Call::Refund(_) | Call::RefundQuery(_) => None,
        };
        self.post(Request { method: method(call), biz, notify_url, return_url: None }, now_ms, seed)
    }
}

/// How long the code may be scanned, counted by Alipay from when it is made. From the order's own times, so that
/// asking again says the same; Alipay allows no more than two hours.
fn minutes_of(order: &Order) -> String {
    let ms = order.expires_at.saturating_sub(order.created_at);
    format!("{}m", ms.saturating_add(59_999).div_euclid(60_000).clamp(1, 120))
}

/// The number of the refund always goes along: without it, a second try would be a second refund.
fn numbered(order: &Order, refund: &RefundOrder) -> Result<Biz, CannotAsk> {
    let no = &refund.refund_no;
    if !(1..=64).contains(&no.len()) || !no.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(CannotAsk::DoesNotFit("refund_no", "1 to 64 letters and digits"));
    }
    Ok(named(order)?.with("out_request_no", no))
}

fn refunded(order: &Order, refund: &RefundOrder) -> Result<Biz, CannotAsk> {
    if !refund.amount.is_positive() || refund.amount > order.amount {
        return Err(CannotAsk::DoesNotFit("amount", "more than nothing, no more than was paid"));
    }
    let biz = numbered(order, refund)?.with("refund_amount", refund.amount.to_string());
    let reason: String = refund.reason.trim().chars().take(64).collect();
    Ok(if reason.is_empty() { biz } else { biz.with("refund_reason", reason) })
}
