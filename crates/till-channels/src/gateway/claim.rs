//! What an authenticated message says was paid, and whether that is our order.

use till_core::Fen;

use super::Order;

/// How a claim came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The answer to our own question, over a connection we made, bound to our contract by its key.
    Answer,
    /// A message that came by itself: it must name the app and, where the provider has one, the seller.
    Notice,
}

/// An authenticated statement that an order was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// How it came.
    pub source: Source,
    /// Our number of the order.
    pub out_no: String,
    /// The provider's number of the payment.
    pub trade_no: String,
    /// What the order was for. Coupons of the provider may lower what the customer paid, not this.
    pub amount: Fen,
    /// Currency, as said; `CNY` and `156` are the yuan. None: the provider names none in this message.
    pub currency: Option<String>,
    /// The app id, if the message names one.
    pub app: Option<String>,
    /// The seller (Alipay seller_id, WeChat mchid, UnionPay merId), if the message names one.
    pub seller: Option<String>,
    /// When it was paid, Unix ms, if it says so.
    pub paid_at: Option<i64>,
    /// Who paid, as the provider masks it; may be empty.
    pub buyer: String,
}

/// Who is paid through a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The app ids that belong to it; empty: the provider has none.
    pub apps: Vec<String>,
    /// The seller's id, if the shop has told it.
    pub seller: Option<String>,
}

/// Why a claim is not about this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// Another order.
    #[error("another order number")]
    Order,
    /// Another amount.
    #[error("another amount")]
    Amount,
    /// Another currency.
    #[error("another currency")]
    Currency,
    /// Another app.
    #[error("another app id")]
    App,
    /// Another seller.
    #[error("another seller")]
    Seller,
    /// No number of the provider's.
    #[error("no payment number")]
    Number,
}

impl Claim {
    /// Whether all of it fits: number, amount in fen, currency, app, seller. The only place that decides it.
    pub fn agrees(&self, order: &Order, me: &Identity) -> Result<(), Disagreement> {
        if self.out_no != order.out_no {
            return Err(Disagreement::Order);
        }
        if self.trade_no.trim().is_empty() || order.trade_no.as_ref().is_some_and(|known| *known != self.trade_no) {
            return Err(Disagreement::Number);
        }
        if self.amount != order.amount {
            return Err(Disagreement::Amount);
        }
        if self.currency.as_deref().is_some_and(|c| c != "CNY" && c != "156") {
            return Err(Disagreement::Currency);
        }
        let notice = self.source == Source::Notice;
        match &self.app {
            Some(app) if !me.apps.is_empty() && !me.apps.contains(app) => return Err(Disagreement::App),
            None if notice && !me.apps.is_empty() => return Err(Disagreement::App),
            _ => {}
        }
        match (&self.seller, &me.seller) {
            (Some(theirs), Some(ours)) if theirs != ours => Err(Disagreement::Seller),
            (None, Some(_)) if notice => Err(Disagreement::Seller),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            out_no: "QT0000000001".into(),
            trade_no: None,
            amount: Fen::new(1500).unwrap(),
            subject: "x".into(),
            created_at: 0,
            expires_at: 1,
            scanned: false,
            notify_url: None,
            ip: String::new(),
            terminal: String::new(),
        }
    }

    #[test]
    fn a_claim_must_agree_in_every_part() {
        let me = Identity { apps: vec!["app".into()], seller: Some("2088".into()) };
        let good = Claim {
            source: Source::Notice,
            out_no: "QT0000000001".into(),
            trade_no: "42".into(),
            amount: Fen::new(1500).unwrap(),
            currency: Some("CNY".into()),
            app: Some("app".into()),
            seller: Some("2088".into()),
            paid_at: None,
            buyer: String::new(),
        };
        assert_eq!(good.agrees(&order(), &me), Ok(()));
        let bad: [(Claim, Disagreement); 8] = [
            (Claim { out_no: "QT0000000002".into(), ..good.clone() }, Disagreement::Order),
            (Claim { trade_no: " ".into(), ..good.clone() }, Disagreement::Number),
            (Claim { amount: Fen::new(1501).unwrap(), ..good.clone() }, Disagreement::Amount),
            (Claim { currency: Some("USD".into()), ..good.clone() }, Disagreement::Currency),
            (Claim { app: Some("other".into()), ..good.clone() }, Disagreement::App),
            (Claim { app: None, ..good.clone() }, Disagreement::App),
            (Claim { seller: Some("2089".into()), ..good.clone() }, Disagreement::Seller),
            (Claim { seller: None, ..good.clone() }, Disagreement::Seller),
        ];
        for (claim, why) in bad {
            assert_eq!(claim.agrees(&order(), &me), Err(why));
        }
        let answer = Claim { source: Source::Answer, app: None, seller: None, currency: None, ..good.clone() };
        assert_eq!(answer.agrees(&order(), &me), Ok(()));
        let known = Order { trade_no: Some("41".into()), ..order() };
        assert_eq!(good.agrees(&known, &me), Err(Disagreement::Number));
    }
}
