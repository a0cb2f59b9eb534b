//! What authentic answers about a refund mean. A success of the call is not yet a refund.

use super::super::{Answer, Doubt, DoubtKind, RefundOrder};
use super::answer::amount;
use super::envelope::Said;
use super::form::unreadable;

/// `fund_change` tells whether this call moved money. Any other value than `Y`: done earlier, or not at all; a query of
/// the refund tells which.
pub(super) fn made(refund: &RefundOrder, said: &Said) -> Result<Answer, Doubt> {
    let moved = said.get("fund_change");
    if moved != Some("Y") {
        let detail = format!("fund_change {}", moved.unwrap_or("missing"));
        return Err(Doubt::new(DoubtKind::Unlisted, detail));
    }
    // The sum of all refunds of the trade: less than this one would be another story.
    let sum = said.get("refund_fee").map(|fee| amount(fee).ok_or_else(|| unreadable("refund_fee"))).transpose()?;
    if sum.is_some_and(|sum| sum < refund.amount) {
        return Err(Doubt::new(DoubtKind::NotOurs, "refund_fee"));
    }
    Ok(Answer::Refunded { trade_no: None, amount: None })
}

/// `REFUND_SUCCESS`; old answers had no status, and an amount only if the refund was done. Neither: Alipay has no such
/// refund, or it failed.
pub(super) fn found(refund: &RefundOrder, said: &Said) -> Result<Answer, Doubt> {
    match (said.get("refund_status"), said.get("refund_amount")) {
        (None, None) => Ok(Answer::NotThere),
        (Some("REFUND_SUCCESS") | None, back) => {
            if said.need("out_request_no")? != refund.refund_no {
                return Err(Doubt::new(DoubtKind::NotOurs, "another out_request_no"));
            }
            let back = back.map(|text| amount(text).ok_or_else(|| unreadable("refund_amount"))).transpose()?;
            if back.is_some_and(|back| back != refund.amount) {
                return Err(Doubt::new(DoubtKind::NotOurs, "another refund_amount"));
            }
            Ok(Answer::Refunded { trade_no: None, amount: back })
        }
        (Some(status), _) => Err(Doubt::new(DoubtKind::Unlisted, status)),
    }
}
