//! The calls of v3 about one order.

use serde_json::{Value, json};

use super::super::codes::{
    self, Table, TradeState, V3_BEGIN, V3_CREATE, V3_END, V3_QUERY, V3_REFUND, V3_REFUND_QUERY, V3_SCAN, trade_state,
};
use super::super::json::Object;
use super::super::prepay::For;
use super::super::shop::{Shop, is_about, is_about_refund, out_no, payable, refund_no, subject, words};
use super::super::{No, is_auth_code};
use super::{V3, claim};
use crate::gateway::{Answer, Ask, Call, CannotAsk, Doubt, DoubtKind, Order, RefundOrder, Reply, Seed, Source, moment};

const ORDERS: &str = "/v3/pay/transactions/out-trade-no";
const REFUNDS: &str = "/v3/refund/domestic/refunds";

impl V3 {
    /// The request for a call.
    pub(in super::super) fn ask(
        &self,
        shop: &Shop,
        order: &Order,
        call: &Call,
        now_ms: i64,
        seed: &mut Seed,
    ) -> Result<Ask, CannotAsk> {
        let (number, mchid) = (out_no(order)?, &shop.mchid);
        let (target, body): (String, Option<Value>) = match call {
            Call::Create => return self.prepay(shop, order, shop.appid(), For::Native, now_ms, seed),
            Call::Scan { auth_code } => ("/v3/pay/transactions/codepay".into(), Some(scan(shop, order, auth_code)?)),
            Call::Query => (order_path(number, mchid), None),
            Call::End if order.scanned => {
                let body = json!({ "appid": shop.appid(), "mchid": mchid });
                (format!("{ORDERS}/{number}/reverse"), Some(body))
            }
            Call::End => (format!("{ORDERS}/{number}/close"), Some(json!({ "mchid": mchid }))),
            Call::Refund(wanted) => (REFUNDS.into(), Some(refund(order, wanted)?)),
            Call::RefundQuery(wanted) => (format!("{REFUNDS}/{}", refund_no(wanted)?), None),
        };
        self.request(shop, &target, body, now_ms, seed)
    }

    /// What an answer to that call means.
    pub(in super::super) fn read(&self, shop: &Shop, order: &Order, call: &Call, reply: &Reply, now_ms: i64) -> Answer {
        let (answer, tables): (Result<Answer, No>, &[Table]) = match call {
            Call::Create => (self.prepaid(For::Native, reply, now_ms).map(Answer::Code), CREATE),
            Call::Scan { .. } => (self.standing(shop, order, reply, now_ms), &[V3_SCAN, V3_BEGIN]),
            Call::Query => (self.standing(shop, order, reply, now_ms), &[V3_QUERY]),
            Call::End if order.scanned => (self.reversed(shop, order, reply, now_ms), &[V3_END]),
            Call::End => (self.closed(reply, now_ms), &[V3_END]),
            Call::Refund(wanted) => (self.refunded(order, wanted, reply, now_ms), &[V3_REFUND, V3_BEGIN]),
            Call::RefundQuery(wanted) => (self.refunded(order, wanted, reply, now_ms), &[V3_REFUND_QUERY]),
        };
        answer.unwrap_or_else(|no| no.answer(tables))
    }

    /// The request for an order that the customer pays elsewhere.
    pub(in super::super) fn prepay(
        &self,
        shop: &Shop,
        order: &Order,
        appid: &str,
        purpose: For<'_>,
        now_ms: i64,
        seed: &mut Seed,
    ) -> Result<Ask, CannotAsk> {
        let mut body = json!({
            "appid": appid,
            "mchid": shop.mchid,
            "description": subject(order)?,
            "out_trade_no": out_no(order)?,
            "time_expire": moment::rfc3339(order.expires_at),
            "notify_url": shop.notify_url(order),
            "amount": { "total": payable(order.amount)?, "currency": "CNY" },
        });
        match purpose {
            For::Native | For::App => {}
            For::Jsapi { openid: "" } => return Err(CannotAsk::DoesNotFit("openid", "empty")),
            For::Jsapi { openid } => body["payer"] = json!({ "openid": openid }),
            For::H5 { .. } if order.ip.is_empty() => return Err(CannotAsk::DoesNotFit("ip", "the customer's address")),
            For::H5 { url, name } => {
                let page = json!({ "type": "Wap", "app_name": name, "app_url": url });
                body["scene_info"] = json!({ "payer_client_ip": order.ip, "h5_info": page });
            }
        }
        self.request(shop, purpose.path(), Some(body), now_ms, seed)
    }

    /// What was made, from the answer to that.
    pub(in super::super) fn prepaid(&self, purpose: For<'_>, reply: &Reply, now_ms: i64) -> Result<String, No> {
        Ok(purpose.accept(self.open(reply, now_ms)?.need(purpose.v3_answer())?)?)
    }

    fn standing(&self, shop: &Shop, order: &Order, reply: &Reply, now_ms: i64) -> Result<Answer, No> {
        let trade = self.order(shop, order, reply, now_ms)?;
        let state = trade.need("trade_state")?;
        Ok(match trade_state(&state) {
            Some(TradeState::Paid) => Answer::Paid(claim(&trade, Source::Answer)?),
            Some(TradeState::Open) => Answer::Waiting,
            Some(TradeState::Dead) => Answer::Ended { gave_back: false },
            None => Answer::Unknown(Doubt::new(DoubtKind::Unlisted, state)),
        })
    }

    fn closed(&self, reply: &Reply, now_ms: i64) -> Result<Answer, No> {
        self.open_empty(reply, now_ms)?;
        Ok(Answer::Ended { gave_back: false })
    }

    fn reversed(&self, shop: &Shop, order: &Order, reply: &Reply, now_ms: i64) -> Result<Answer, No> {
        self.order(shop, order, reply, now_ms)?;
        Ok(Answer::Ended { gave_back: false })
    }

    /// An authenticated answer about this order of this shop.
    fn order(&self, shop: &Shop, order: &Order, reply: &Reply, now_ms: i64) -> Result<Object, No> {
        let trade = self.open(reply, now_ms)?;
        shop.is_named(trade.text("appid")?.as_deref(), Some(&trade.need("mchid")?))?;
        is_about(order, &trade.need("out_trade_no")?)?;
        Ok(trade)
    }

    fn refunded(&self, order: &Order, wanted: &RefundOrder, reply: &Reply, now_ms: i64) -> Result<Answer, No> {
        let refund = self.open(reply, now_ms)?;
        is_about(order, &refund.need("out_trade_no")?)?;
        let amount = refund.need_object("amount")?.fen("refund")?;
        is_about_refund(wanted, &refund.need("out_refund_no")?, amount)?;
        Ok(codes::refund_state(&refund.need("status")?, Some(refund.need("refund_id")?), Some(amount)))
    }
}

/// The tables of [`V3::prepaid`].
pub(in super::super) const CREATE: &[Table] = &[V3_CREATE, V3_BEGIN];

/// Where the standing of an order is asked.
pub(in super::super) fn order_path(number: &str, mchid: &str) -> String {
    format!("{ORDERS}/{number}?mchid={mchid}")
}

fn scan(shop: &Shop, order: &Order, auth_code: &str) -> Result<Value, CannotAsk> {
    if !is_auth_code(auth_code) {
        return Err(CannotAsk::DoesNotFit("auth_code", "18 digits that begin with 10 to 15"));
    }
    let mut scene = json!({ "store_info": { "out_id": words(&order.terminal, 32) } });
    if !order.ip.is_empty() {
        scene["device_ip"] = json!(order.ip);
    }
    Ok(json!({
        "appid": shop.appid(),
        "mchid": shop.mchid,
        "description": subject(order)?,
        "out_trade_no": out_no(order)?,
        "payer": { "auth_code": auth_code },
        "amount": { "total": payable(order.amount)?, "currency": "CNY" },
        "scene_info": scene,
    }))
}

fn refund(order: &Order, wanted: &RefundOrder) -> Result<Value, CannotAsk> {
    let (total, back) = (payable(order.amount)?, payable(wanted.amount)?);
    let mut body = json!({
        "out_trade_no": out_no(order)?,
        "out_refund_no": refund_no(wanted)?,
        "amount": { "refund": back, "total": total, "currency": "CNY" },
    });
    let reason = words(&wanted.reason, 80);
    if !reason.is_empty() {
        body["reason"] = json!(reason);
    }
    if let Some(url) = &order.notify_url {
        body["notify_url"] = json!(url);
    }
    Ok(body)
}
