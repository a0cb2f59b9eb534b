//! The calls of v2 about one order.

use super::super::codes::{
    self, Table, TradeState, V2_BEGIN, V2_CREATE, V2_END, V2_QUERY, V2_REFUND, V2_REFUND_QUERY, V2_SCAN, trade_state,
};
use super::super::prepay::For;
use super::super::shop::{Shop, is_about, is_about_refund, out_no, payable, refund_no, subject, words};
use super::super::xml::Message;
use super::super::{No, is_auth_code};
use super::{V2, claim, done};
use crate::gateway::{Answer, Ask, Call, CannotAsk, Doubt, DoubtKind, Order, RefundOrder, Reply, Seed, Source, moment};

impl V2 {
    /// The request for a call.
    pub(in super::super) fn ask(
        &self,
        shop: &Shop,
        order: &Order,
        call: &Call,
        seed: &mut Seed,
    ) -> Result<Ask, CannotAsk> {
        let number = out_no(order)?;
        let own = shop.appid();
        match call {
            Call::Create => self.prepay(shop, order, own, For::Native, seed),
            Call::Scan { auth_code } => self.scan(shop, order, auth_code, seed),
            Call::Query => Ok(self.query(shop, number, seed)),
            Call::End if order.scanned => {
                self.with_certificate()?;
                Ok(self.request(shop, "/secapi/pay/reverse", own, &[("out_trade_no", number)], seed))
            }
            Call::End => Ok(self.request(shop, "/pay/closeorder", own, &[("out_trade_no", number)], seed)),
            Call::Refund(refund) => self.refund(shop, order, refund, seed),
            Call::RefundQuery(refund) => {
                let params = [("out_refund_no", refund_no(refund)?)];
                Ok(self.request(shop, "/pay/refundquery", own, &params, seed))
            }
        }
    }

    /// What an answer to that call means.
    pub(in super::super) fn read(&self, shop: &Shop, order: &Order, call: &Call, reply: &Reply) -> Answer {
        let (answer, tables): (Result<Answer, No>, &[Table]) = match call {
            Call::Create => (self.prepaid(shop, For::Native, reply).map(Answer::Code), CREATE),
            Call::Scan { .. } => (self.scanned(shop, order, reply), &[V2_SCAN, V2_BEGIN]),
            Call::Query => (self.standing(shop, order, reply), &[V2_QUERY]),
            Call::End if order.scanned => (self.reversed(shop, reply), &[V2_END]),
            Call::End => (self.closed(shop, reply), &[V2_END]),
            Call::Refund(refund) => (self.refunding(shop, order, refund, reply), &[V2_REFUND, V2_BEGIN]),
            Call::RefundQuery(refund) => (self.refund_standing(shop, order, refund, reply), &[V2_REFUND_QUERY]),
        };
        answer.unwrap_or_else(|no| no.answer(tables))
    }

    /// The question how an order stands.
    pub(in super::super) fn query(&self, shop: &Shop, number: &str, seed: &mut Seed) -> Ask {
        self.request(shop, "/pay/orderquery", shop.appid(), &[("out_trade_no", number)], seed)
    }

    /// The request for an order that the customer pays elsewhere (`unifiedorder`).
    pub(in super::super) fn prepay(
        &self,
        shop: &Shop,
        order: &Order,
        appid: &str,
        purpose: For<'_>,
        seed: &mut Seed,
    ) -> Result<Ask, CannotAsk> {
        let mut params = Params::of(order)?;
        params.add("notify_url", shop.notify_url(order));
        params.add("trade_type", purpose.trade_type());
        params.add("time_start", moment::packed(order.created_at));
        params.add("time_expire", moment::packed(order.expires_at));
        match purpose {
            For::Native => params.add("product_id", out_no(order)?),
            For::Jsapi { openid: "" } => return Err(CannotAsk::DoesNotFit("openid", "empty")),
            For::Jsapi { openid } => params.add("openid", openid),
            For::App => {}
            For::H5 { .. } if order.ip.is_empty() => return Err(CannotAsk::DoesNotFit("ip", "the customer's address")),
            For::H5 { url, name } => {
                let scene = serde_json::json!({ "h5_info": { "type": "Wap", "wap_url": url, "wap_name": name } });
                params.add("scene_info", scene.to_string());
            }
        }
        Ok(self.request(shop, "/pay/unifiedorder", appid, &params.pairs(), seed))
    }

    /// What was made, from the answer to that.
    pub(in super::super) fn prepaid(&self, shop: &Shop, purpose: For<'_>, reply: &Reply) -> Result<String, No> {
        let message = self.open(shop, reply)?;
        done(&message)?;
        if message.need("trade_type")? != purpose.trade_type() {
            return Err(Doubt::new(DoubtKind::NotOurs, "another trade_type").into());
        }
        Ok(purpose.accept(message.need(purpose.v2_answer())?.to_owned())?)
    }

    fn scan(&self, shop: &Shop, order: &Order, auth_code: &str, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        if !is_auth_code(auth_code) {
            return Err(CannotAsk::DoesNotFit("auth_code", "18 digits that begin with 10 to 15"));
        }
        let mut params = Params::of(order)?;
        params.add("device_info", words(&order.terminal, 32));
        params.add("auth_code", auth_code);
        Ok(self.request(shop, "/pay/micropay", shop.appid(), &params.pairs(), seed))
    }

    fn scanned(&self, shop: &Shop, order: &Order, reply: &Reply) -> Result<Answer, No> {
        let message = self.open(shop, reply)?;
        done(&message)?;
        is_about(order, message.need("out_trade_no")?)?;
        match message.need("trade_type")? {
            "MICROPAY" | "FACEPAY" => Ok(Answer::Paid(claim(&message, Source::Answer)?)),
            other => Err(Doubt::new(DoubtKind::Unlisted, other).into()),
        }
    }

    fn standing(&self, shop: &Shop, order: &Order, reply: &Reply) -> Result<Answer, No> {
        let message = self.open(shop, reply)?;
        done(&message)?;
        is_about(order, message.need("out_trade_no")?)?;
        let state = message.need("trade_state")?;
        Ok(match trade_state(state) {
            Some(TradeState::Paid) => Answer::Paid(claim(&message, Source::Answer)?),
            Some(TradeState::Open) => Answer::Waiting,
            Some(TradeState::Dead) => Answer::Ended { gave_back: false },
            None => Answer::Unknown(Doubt::new(DoubtKind::Unlisted, state)),
        })
    }

    fn closed(&self, shop: &Shop, reply: &Reply) -> Result<Answer, No> {
        done(&self.open(shop, reply)?)?;
        Ok(Answer::Ended { gave_back: false })
    }

    /// `recall=Y` says "again", beside success and beside failure.
    fn reversed(&self, shop: &Shop, reply: &Reply) -> Result<Answer, No> {
        let message = self.open(shop, reply)?;
        if message.get("recall") == Some("Y") {
            return Ok(Answer::Again);
        }
        done(&message)?;
        match message.need("recall")? {
            "N" => Ok(Answer::Ended { gave_back: false }),
            other => Err(Doubt::new(DoubtKind::Unlisted, other).into()),
        }
    }

    fn refund(&self, shop: &Shop, order: &Order, refund: &RefundOrder, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        self.with_certificate()?;
        let (total, back) = (payable(order.amount)?.to_string(), payable(refund.amount)?.to_string());
        let reason = words(&refund.reason, 80);
        let params = [
            ("out_trade_no", out_no(order)?),
            ("out_refund_no", refund_no(refund)?),
            ("total_fee", &total),
            ("refund_fee", &back),
            ("refund_fee_type", "CNY"),
            ("refund_desc", &reason),
            ("notify_url", order.notify_url.as_deref().unwrap_or_default()),
        ];
        Ok(self.request(shop, "/secapi/pay/refund", shop.appid(), &params, seed))
    }

    /// Success says that the refund was taken on, not that the money is back.
    fn refunding(&self, shop: &Shop, order: &Order, refund: &RefundOrder, reply: &Reply) -> Result<Answer, No> {
        let message = self.open(shop, reply)?;
        done(&message)?;
        is_about(order, message.need("out_trade_no")?)?;
        is_about_refund(refund, message.need("out_refund_no")?, message.fen("refund_fee")?)?;
        Ok(Answer::RefundPending { trade_no: Some(message.need("refund_id")?.to_owned()) })
    }

    fn refund_standing(&self, shop: &Shop, order: &Order, refund: &RefundOrder, reply: &Reply) -> Result<Answer, No> {
        let message = self.open(shop, reply)?;
        done(&message)?;
        is_about(order, message.need("out_trade_no")?)?;
        let row = row_of(&message, refund)?;
        let amount = message.fen(&format!("refund_fee_{row}"))?;
        is_about_refund(refund, &refund.refund_no, amount)?;
        let number = message.need(&format!("refund_id_{row}"))?.to_owned();
        Ok(codes::refund_state(message.need(&format!("refund_status_{row}"))?, Some(number), Some(amount)))
    }

    fn with_certificate(&self) -> Result<(), CannotAsk> {
        if self.certificate { Ok(()) } else { Err(CannotAsk::Missing("merchant_certificate")) }
    }
}

/// The tables of [`V2::prepaid`].
pub(in super::super) const CREATE: &[Table] = &[V2_CREATE, V2_BEGIN];

/// Which of the numbered refunds of an order is this one. An order has 50 at most.
fn row_of(message: &Message, refund: &RefundOrder) -> Result<usize, Doubt> {
    let mut ours = (0..50).filter(|n| message.get(&format!("out_refund_no_{n}")) == Some(refund.refund_no.as_str()));
    match (ours.next(), ours.next()) {
        (Some(row), None) => Ok(row),
        _ => Err(Doubt::new(DoubtKind::NotOurs, "out_refund_no")),
    }
}

/// Parameters of a request.
struct Params(Vec<(&'static str, String)>);

impl Params {
    /// What every order says.
    fn of(order: &Order) -> Result<Params, CannotAsk> {
        // Whose address it is matters to pages only (H5), which check it themselves.
        let ip = if order.ip.is_empty() { "127.0.0.1" } else { &order.ip };
        Ok(Params(vec![
            ("body", subject(order)?),
            ("out_trade_no", out_no(order)?.to_owned()),
            ("total_fee", payable(order.amount)?.to_string()),
            ("fee_type", "CNY".to_owned()),
            ("spbill_create_ip", words(ip, 64)),
        ]))
    }

    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}
