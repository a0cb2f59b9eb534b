//! Contracts with providers for a till, and what the providers say.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]
#![allow(dead_code, reason = "each test file uses its part")]

use till_core::Channel;
use till_core::report::RefundKind;
use till_core::trade::{self, Pace, RefundWord, Trade, What};
use till_store::{
    AddGateway, GatewayRow, HeardRefund, HeardTrade, NewTicket, NewTrade, PaidThrough, PlanRefund, PlanTrade,
    TakeTrade, TicketFull, TradeRow, Word,
};

use crate::web_shop::{COOLDOWN, DAY, EXPIRES, OPENED, Shop, done, ticket};

/// A schedule; the rules themselves are tested where they stand.
pub fn pace() -> Pace {
    Pace {
        first_ms: 2_000,
        every_ms: 3_000,
        doubt_ms: 5_000,
        patience_ms: 60_000,
        end_after_ms: 15_000,
        end_every_ms: 5_000,
        code_lives_ms: 7_200_000,
        begin_again: true,
        can_end: true,
    }
}

/// A contract, called 官方 and its provider.
pub async fn contract(shop: &Shop, provider: Channel) -> GatewayRow {
    let name = format!("官方{provider}");
    let new = AddGateway {
        request_id: format!("gateway-{provider}"),
        actor: "王#1".into(),
        at: 1,
        provider,
        settings: format!(r#"{{"settings":{{"name":"{name}"}},"values":{{}}}}"#),
        key: format!("{:->32}", provider.as_str()),
        token: format!("{:=>32}", provider.as_str()),
        name,
    };
    done(shop.store.add_gateway(new).await.unwrap())
}

/// A trade to be written down with its ticket.
pub fn coded(gateway: &GatewayRow, out_no: &str) -> NewTrade {
    plan(gateway, out_no, Trade::plan(false, OPENED, EXPIRES, &pace()))
}

fn plan(gateway: &GatewayRow, out_no: &str, state: Trade) -> NewTrade {
    NewTrade {
        gateway_id: gateway.id,
        out_no: out_no.into(),
        subject: "奶茶".into(),
        surface: String::new(),
        ip: String::new(),
        state,
    }
}

/// A scan for a ticket that waits.
pub fn scan(gateway: &GatewayRow, ticket_id: i64, out_no: &str, at: i64) -> PlanTrade {
    let trade = plan(gateway, out_no, Trade::plan(true, at, EXPIRES, &pace()));
    PlanTrade { request_id: format!("scan-{out_no}"), actor: "王#1".into(), at, ticket_id, trade }
}

/// A ticket that only contracts serve, on channels that have personal codes too.
pub async fn rung_up(shop: &Shop, n: i64, trades: Vec<NewTrade>) -> TicketFull {
    let request_id = format!("ring-{n}-{}", trades.iter().map(|t| t.out_no.as_str()).collect::<String>());
    let served = vec![Channel::Wechat, Channel::Alipay];
    done(shop.store.open_ticket(NewTicket { request_id, trades, served, ..ticket(n) }).await.unwrap())
}

/// What is kept of an answer.
pub fn said(provider: Channel, meaning: &'static str, detail: &str, at: i64) -> Word {
    Word {
        gateway_id: None,
        provider,
        trade_id: None,
        at,
        source: "answer",
        what: "query".into(),
        meaning,
        detail: detail.into(),
        notice_id: None,
        digest: vec![7; 32],
        body: Vec::new(),
    }
}

pub fn heard(trade: &TradeRow, what: What, word: trade::Word, at: i64) -> HeardTrade {
    HeardTrade {
        trade_id: trade.id,
        what,
        word,
        at,
        pace: pace(),
        code: None,
        trade_no: None,
        refusal: None,
        said: said(trade.channel, "waiting", "", at),
    }
}

/// An authenticated claim that a trade was paid.
pub fn claim(trade: &TradeRow, at: i64) -> TakeTrade {
    TakeTrade {
        trade_id: trade.id,
        trade_no: format!("T{}", trade.out_no),
        amount: trade.amount,
        buyer: "138****0000".into(),
        paid_at: Some(at),
        at,
        business_date: DAY.into(),
        cooldown_paid: 60_000,
        cooldown_expired: COOLDOWN,
        title: "微信支付".into(),
        text: format!("{} paid", trade.out_no),
        digest: vec![1; 32],
        likeness: trade.out_no.clone(),
        said: said(trade.channel, "paid", "SUCCESS", at),
        rules_version: 0,
    }
}

/// A ticket whose one trade was paid.
pub async fn paid(shop: &Shop, gateway: &GatewayRow, n: i64, out_no: &str) -> (TicketFull, TradeRow) {
    let ticket = rung_up(shop, n, vec![coded(gateway, out_no)]).await;
    match shop.store.take_trade(claim(&ticket.trades[0], 2_000)).await.unwrap() {
        (trade, PaidThrough::Ticket(full)) => (*full, trade),
        other => panic!("{other:?}"),
    }
}

pub fn refund(trade: &TradeRow, refund_no: &str, n: i64) -> PlanRefund {
    PlanRefund {
        request_id: format!("request-{refund_no}"),
        actor: "王#1".into(),
        approved_by: None,
        at: 3_000,
        business_date: DAY.into(),
        trade_id: trade.id,
        refund_no: refund_no.into(),
        amount: crate::web_shop::fen(n),
        kind: RefundKind::Refund,
        reason: "退货".into(),
        item_id: None,
    }
}

pub fn back(id: i64, query: bool, word: RefundWord, at: i64) -> HeardRefund {
    HeardRefund {
        id,
        query,
        word,
        at,
        business_date: DAY.into(),
        trade_no: None,
        refusal: None,
        said: Word { what: "refund".into(), ..said(Channel::Wechat, "refund", "", at) },
    }
}
