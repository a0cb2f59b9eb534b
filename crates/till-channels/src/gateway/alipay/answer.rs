//! What authentic answers about an order mean.

use till_core::Fen;

use super::super::{Answer, Call, Claim, Doubt, DoubtKind, Order, Source, moment};
use super::codes::{Failure, Of};
use super::envelope::Said;
use super::form::unreadable;
use super::refund;

const NAMES_A_REFUND: [&str; 4] = ["out_trade_no", "out_request_no", "refund_status", "refund_amount"];

/// The meaning of an answer that Alipay signed.
pub(super) fn read(order: &Order, call: &Call, said: &Said) -> Result<Answer, Doubt> {
    if let Some(failure) = Failure::of(Of::call(call), said)? {
        return Ok(failure.answer());
    }
    // Of a refund it does not know Alipay says success and nothing else. What follows is the same refund under the same
    // number, so a success that was put in this answer's place moves no money.
    if matches!(call, Call::RefundQuery(_)) && NAMES_A_REFUND.iter().all(|field| said.get(field).is_none()) {
        return Ok(Answer::NotThere);
    }
    // The signature covers neither the method nor our request: only what the answer itself names ties it to the order.
    if said.need("out_trade_no")? != order.out_no {
        return Err(Doubt::new(DoubtKind::NotOurs, "another out_trade_no"));
    }
    match call {
        Call::Create => created(said),
        Call::Scan { .. } => scanned(said),
        Call::Query => queried(said),
        Call::End => cancelled(said),
        Call::Refund(back) => refund::made(back, said),
        Call::RefundQuery(back) => refund::found(back, said),
    }
}

/// Only what Alipay's own app may scan is shown to a customer.
fn created(said: &Said) -> Result<Answer, Doubt> {
    let code = said.need("qr_code")?;
    let fits = code.len() <= 1_024 && code.starts_with("https://") && code.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(Answer::Code(code.to_owned())) } else { Err(unreadable("qr_code")) }
}

/// Success of `alipay.trade.pay` is money. Its time of payment must be there and a status must not contradict it:
/// otherwise the signed answer to a query, put in this one's place, would read as paid.
fn scanned(said: &Said) -> Result<Answer, Doubt> {
    if said.get("trade_status").is_some_and(|status| !is_paid(status)) {
        return Err(unreadable("a status that contradicts the payment"));
    }
    let paid_at = moment::from_spaced(said.need("gmt_payment")?).ok_or_else(|| unreadable("gmt_payment"))?;
    claim(said, Some(paid_at)).map(Answer::Paid)
}

fn queried(said: &Said) -> Result<Answer, Doubt> {
    match said.need("trade_status")? {
        "WAIT_BUYER_PAY" => Ok(Answer::Waiting),
        status if is_paid(status) => claim(said, time(said, "send_pay_date")?).map(Answer::Paid),
        "TRADE_CLOSED" => Ok(Answer::Ended { gave_back: had_come(said) }),
        status => Err(Doubt::new(DoubtKind::Unlisted, status)),
    }
}

/// `TRADE_FINISHED` is paid, too: only it cannot be given back any more.
pub(super) fn is_paid(status: &str) -> bool {
    matches!(status, "TRADE_SUCCESS" | "TRADE_FINISHED")
}

/// Closed trades were never paid, or paid and given back in full: then they say when, or what was received.
fn had_come(said: &Said) -> bool {
    let some = |name| said.get(name).is_some_and(|text| Fen::from_plain(text).is_ok_and(Fen::is_positive));
    said.get("send_pay_date").is_some() || some("receipt_amount") || some("buyer_pay_amount")
}

fn cancelled(said: &Said) -> Result<Answer, Doubt> {
    match (said.need("retry_flag")?, said.get("action")) {
        ("Y", _) => Ok(Answer::Again),
        ("N", Some("close")) => Ok(Answer::Ended { gave_back: false }),
        ("N", Some("refund")) => Ok(Answer::Ended { gave_back: true }),
        // The page of the call: no action is named if no trade was found. With a trade it would not be explicit.
        ("N", None) if said.get("trade_no").is_none() => Ok(Answer::NotThere),
        (_, action) => Err(Doubt::new(DoubtKind::Unlisted, format!("action {}", action.unwrap_or("none")))),
    }
}

fn claim(said: &Said, paid_at: Option<i64>) -> Result<Claim, Doubt> {
    Ok(Claim {
        source: Source::Answer,
        out_no: said.need("out_trade_no")?.to_owned(),
        trade_no: said.need("trade_no")?.to_owned(),
        amount: amount(said.need("total_amount")?).ok_or_else(|| unreadable("total_amount"))?,
        currency: said.get("trans_currency").map(str::to_owned),
        app: said.get("app_id").map(str::to_owned),
        seller: said.get("seller_id").map(str::to_owned),
        paid_at,
        buyer: said.get("buyer_logon_id").unwrap_or_default().to_owned(),
    })
}

/// An amount in yuan, above zero.
pub(super) fn amount(text: &str) -> Option<Fen> {
    Fen::from_plain(text).ok().filter(|fen| fen.is_positive())
}

fn time(said: &Said, name: &'static str) -> Result<Option<i64>, Doubt> {
    said.get(name).map(|text| moment::from_spaced(text).ok_or_else(|| unreadable(name))).transpose()
}
