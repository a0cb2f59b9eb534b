//! Who is paid, where requests go, and what every request wants of an order.

use till_core::Fen;

use crate::gateway::{CannotAsk, Doubt, DoubtKind, Order, RefundOrder};

/// For a shop that has no address of its own: WeChat Pay's own site, so that nobody else gets the notices. The till asks.
const NO_NOTICES: &str = "https://pay.weixin.qq.com/";

/// The shop, as both versions know it.
#[derive(Debug)]
pub(super) struct Shop {
    /// Scheme and host, no slash at the end.
    pub(super) base: String,
    /// The app ids; the first is the contract's own, never empty.
    pub(super) apps: Vec<String>,
    /// The merchant's number.
    pub(super) mchid: String,
    /// Where notices go if the order says nothing.
    pub(super) notify_url: Option<String>,
}

impl Shop {
    /// The contract's own app id.
    pub(super) fn appid(&self) -> &str {
        self.apps.first().map_or("", String::as_str)
    }

    /// The app id of a surface: one of the contract's.
    pub(super) fn app<'a>(&'a self, wanted: Option<&'a str>) -> Result<&'a str, CannotAsk> {
        match wanted {
            None => Ok(self.appid()),
            Some(app) if self.apps.iter().any(|own| own == app) => Ok(app),
            Some(_) => Err(CannotAsk::DoesNotFit("appid", "not in the contract")),
        }
    }

    /// Where the notices of an order go. WeChat Pay takes no order without such an address.
    pub(super) fn notify_url<'a>(&'a self, order: &'a Order) -> &'a str {
        order.notify_url.as_deref().or(self.notify_url.as_deref()).unwrap_or(NO_NOTICES)
    }

    /// Whether a message names this shop and nobody else. What it does not name is not compared.
    pub(super) fn is_named(&self, app: Option<&str>, mchid: Option<&str>) -> Result<(), Doubt> {
        if mchid.is_some_and(|named| named != self.mchid) {
            return Err(Doubt::new(DoubtKind::NotOurs, "another merchant"));
        }
        if app.is_some_and(|named| !self.apps.iter().any(|own| own == named)) {
            return Err(Doubt::new(DoubtKind::NotOurs, "another app id"));
        }
        Ok(())
    }
}

/// An order's number as WeChat Pay takes it; it stands in addresses, too.
pub(super) fn out_no(order: &Order) -> Result<&str, CannotAsk> {
    number(&order.out_no, 6, 32).ok_or(CannotAsk::DoesNotFit("out_trade_no", "6 to 32 letters and digits"))
}

/// A refund's number; it stands in addresses, too.
pub(super) fn refund_no(refund: &RefundOrder) -> Result<&str, CannotAsk> {
    number(&refund.refund_no, 1, 64).ok_or(CannotAsk::DoesNotFit("out_refund_no", "1 to 64 letters and digits"))
}

fn number(text: &str, least: usize, most: usize) -> Option<&str> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    (plain && (least..=most).contains(&text.len())).then_some(text)
}

/// An amount that can be paid.
pub(super) fn payable(amount: Fen) -> Result<i64, CannotAsk> {
    if amount.is_positive() { Ok(amount.get()) } else { Err(CannotAsk::DoesNotFit("amount", "at least one fen")) }
}

/// What the customer reads, as long as both versions take it.
pub(super) fn subject(order: &Order) -> Result<String, CannotAsk> {
    Some(words(&order.subject, 127)).filter(|text| !text.is_empty()).ok_or(CannotAsk::DoesNotFit("subject", "empty"))
}

/// A text without control characters, cut to a number of bytes between characters.
pub(super) fn words(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].trim_end().to_owned()
}

/// The message is about this order.
pub(super) fn is_about(order: &Order, out_no: &str) -> Result<(), Doubt> {
    if out_no == order.out_no { Ok(()) } else { Err(Doubt::new(DoubtKind::NotOurs, "another order number")) }
}

/// The message is about this refund.
pub(super) fn is_about_refund(refund: &RefundOrder, refund_no: &str, amount: Fen) -> Result<(), Doubt> {
    if refund_no != refund.refund_no {
        return Err(Doubt::new(DoubtKind::NotOurs, "another refund number"));
    }
    if amount != refund.amount {
        return Err(Doubt::new(DoubtKind::NotOurs, "another amount of the refund"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters_and_lose_control_characters() {
        assert_eq!(words(" a\nb\u{0}c ", 10), "a b c");
        assert_eq!(words("钱台", 5), "钱");
        assert_eq!(words("", 5), "");
    }

    #[test]
    fn numbers_that_could_bend_an_address_are_refused() {
        for bad in ["short", "QT/../../x", "QT?a=b", "QT 0000001", "中文中文中文中文"] {
            assert_eq!(number(bad, 6, 32), None, "{bad}");
        }
        assert_eq!(number("QT00000001", 6, 32), Some("QT00000001"));
        assert_eq!(number(&"a".repeat(33), 6, 32), None);
    }
}
