//! Money going back through a provider: never more than came, never twice, booked when it is done.

#![allow(clippy::unwrap_used, reason = "tests")]

mod provider;
mod web_shop;

use provider::{back, claim, coded, contract, paid, refund, rung_up};
use till_core::Channel;
use till_core::report::RefundKind;
use till_core::trade::{RefundStage, RefundWord};
use till_store::{
    Accept, Act, Chain, End, GatewayRow, GiveBack, HeardRefund, InboxScope, PaidThrough, PlanRefund, SetAside,
    StoreError, TradeRow,
};
use web_shop::{DAY, Shop, done, fen};

#[track_caller]
fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>, why: &str) {
    let refused = result.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(cause) if cause == why), "{refused:?} is not {why}");
}

fn by_till(ticket_id: i64, n: i64, channel: Channel) -> GiveBack {
    GiveBack {
        request_id: format!("till-{ticket_id}-{n}"),
        actor: "王#1".into(),
        approved_by: None,
        at: 3_500,
        business_date: DAY.into(),
        ticket_id,
        kind: RefundKind::Refund,
        channel,
        amount: fen(n),
        reference: String::new(),
        reason: "退货".into(),
    }
}

/// A payment that waits in the inbox because its ticket was cancelled.
async fn stranded(shop: &Shop, gateway: &GatewayRow, out_no: &str) -> (TradeRow, i64) {
    let full = rung_up(shop, 1500, vec![coded(gateway, out_no)]).await;
    let request_id = format!("cancel-{out_no}");
    let end = End { request_id, actor: "王#1".into(), at: 1_500, ticket_id: full.ticket.id, cool_until: 1_501 };
    done(shop.store.cancel(end).await.unwrap());
    match shop.store.take_trade(claim(&full.trades[0], 2_000)).await.unwrap() {
        (trade, PaidThrough::Inbox { item_id, .. }) => (trade, item_id),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_under_way_counts_as_gone() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (full, trade) = paid(&shop, &wechat, 1500, "out-00001").await;
    let id = full.ticket.id;
    let first = done(shop.store.plan_refund(refund(&trade, "refund-01", 1000)).await.unwrap());
    assert_eq!((first.state.stage, first.ticket_id), (RefundStage::Asked, id));
    assert_eq!(shop.store.plan_refund(refund(&trade, "refund-01", 1000)).await.unwrap(), Act::Repeat(id));
    conflict(shop.store.plan_refund(refund(&trade, "refund-02", 501)).await, "refund_too_large");
    conflict(shop.store.give_back(by_till(id, 501, Channel::Wechat)).await, "refund_too_large");
    conflict(shop.store.give_back(by_till(id, 501, Channel::Cash)).await, "refund_too_large");
    assert_eq!(shop.store.ticket(id).await.unwrap().ticket.refunded, fen(0), "not booked yet");
    // Some by hand, the rest through the provider.
    done(shop.store.give_back(by_till(id, 200, Channel::Cash)).await.unwrap());
    done(shop.store.plan_refund(refund(&trade, "refund-03", 300)).await.unwrap());
    conflict(shop.store.plan_refund(refund(&trade, "refund-04", 1)).await, "nothing_left");
    // Refused: the money is there again.
    let gone = shop.store.hear_refund(back(first.id, false, RefundWord::Refused, 4_000)).await.unwrap();
    assert_eq!((gone.0.state.stage, gone.1), (RefundStage::Refused, None));
    done(shop.store.plan_refund(refund(&trade, "refund-05", 1000)).await.unwrap());
    let trades = shop.store.trades_of(id).await.unwrap();
    assert_eq!(
        trades[0].refunds.iter().map(|r| r.refund_no.as_str()).collect::<Vec<_>>(),
        ["refund-01", "refund-03", "refund-05"]
    );
    assert_eq!(shop.store.refunds_of(&[trade.id]).await.unwrap(), trades[0].refunds);
}

#[tokio::test]
async fn a_refund_is_on_disk_before_it_leaves_and_asked_about_after() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (_, trade) = paid(&shop, &wechat, 1500, "out-00001").await;
    let planned = done(shop.store.plan_refund(refund(&trade, "refund-01", 1000)).await.unwrap());
    conflict(shop.store.end_gateway("end", wechat.id, 4_000, "x").await, "gateway_busy");
    let shop = shop.again().await;
    assert_eq!(shop.store.next_trade_at().await.unwrap(), Some(3_000));
    assert!(shop.store.due_refunds(2_999, 9).await.unwrap().is_empty());
    assert_eq!(shop.store.due_refunds(3_000, 9).await.unwrap(), std::slice::from_ref(&planned));
    let step = shop.store.send_refund(planned.id, 3_000).await.unwrap().unwrap();
    assert!(!step.state.query, "the refund itself");
    assert_eq!(shop.number("SELECT sent_at FROM gateway_refund").await, 3_000);
    let shop = shop.again().await;
    assert_eq!(shop.store.send_refund(planned.id, 3_000).await.unwrap(), None, "sent already");
    let next = shop.store.next_trade_at().await.unwrap().unwrap();
    assert!(shop.store.send_refund(planned.id, next).await.unwrap().unwrap().state.query, "how does it stand?");
}

#[tokio::test]
async fn done_is_booked_once_however_many_hear_of_it() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (full, trade) = paid(&shop, &wechat, 1500, "out-00001").await;
    let planned = done(shop.store.plan_refund(refund(&trade, "refund-01", 1000)).await.unwrap());
    shop.store.send_refund(planned.id, 3_000).await.unwrap().unwrap();
    let pending = shop.store.hear_refund(back(planned.id, false, RefundWord::Pending, 3_100)).await.unwrap();
    assert_eq!((pending.0.state.stage, pending.1), (RefundStage::Pending, None));
    let mut hearers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = shop.store.clone();
        let heard = HeardRefund { trade_no: Some("R-9".into()), ..back(planned.id, true, RefundWord::Done, 4_000 + n) };
        hearers.spawn(async move { store.hear_refund(heard).await.unwrap().1 });
    }
    let booked: Vec<_> = hearers.join_all().await.into_iter().flatten().collect();
    assert_eq!(booked.len(), 1);
    assert_eq!(booked[0], shop.store.ticket(full.ticket.id).await.unwrap());
    let row = &booked[0].refunds[..];
    assert_eq!(row.len(), 1);
    assert_eq!((row[0].amount, row[0].channel, row[0].reference.as_str()), (fen(1000), Channel::Wechat, "R-9"));
    assert_eq!((row[0].actor.as_str(), row[0].kind.as_str()), ("王#1", "refund"));
    assert_eq!(shop.store.day_sum(DAY).await.unwrap(), (1, 500));
    // What is said after that changes nothing.
    let late = HeardRefund { refusal: Some("{}".into()), ..back(planned.id, true, RefundWord::Unknown, 9_000) };
    assert_eq!(shop.store.hear_refund(late).await.unwrap().0.refusal, "");
    assert_eq!(shop.number("SELECT refunded_fen FROM ticket").await, 1000);
    assert!(matches!(shop.store.check_journal().await.unwrap(), Chain::Intact { .. }));
}

#[tokio::test]
async fn a_void_that_is_done_after_more_money_came_is_a_refund() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let void = |trade: &TradeRow, no: &str| PlanRefund { kind: RefundKind::Void, ..refund(trade, no, 1500) };
    for (n, kind) in ["void", "refund"].into_iter().enumerate() {
        let (full, trade) = paid(&shop, &wechat, 1500, &format!("out-0000{n}")).await;
        let part = PlanRefund { amount: fen(1499), ..void(&trade, "part-0001") };
        conflict(shop.store.plan_refund(part).await, "void_is_all");
        let tomorrow = PlanRefund { business_date: "2026-11-21".into(), ..void(&trade, "late-0001") };
        conflict(shop.store.plan_refund(tomorrow).await, "void_too_late");
        let planned = done(shop.store.plan_refund(void(&trade, &format!("void-000{n}"))).await.unwrap());
        if kind == "refund" {
            let (other, item_id) = stranded(&shop, &wechat, "out-later").await;
            assert_eq!(other.paid_ticket_id, None);
            let accept = Accept {
                request_id: "accept".into(),
                actor: "王#1".into(),
                at: 3_500,
                business_date: DAY.into(),
                item_id,
                ticket_id: full.ticket.id,
                cool_until: 4_000,
            };
            done(shop.store.accept(accept).await.unwrap());
        }
        let (_, booked) = shop.store.hear_refund(back(planned.id, false, RefundWord::Done, 4_000)).await.unwrap();
        assert_eq!(booked.unwrap().refunds[0].kind, kind);
    }
}

#[tokio::test]
async fn only_the_trade_that_brought_the_money_gives_it_back() {
    let shop = Shop::new().await;
    let (wechat, alipay) = (contract(&shop, Channel::Wechat).await, contract(&shop, Channel::Alipay).await);
    let unpaid = rung_up(&shop, 700, vec![coded(&wechat, "out-00009")]).await.trades.remove(0);
    conflict(shop.store.plan_refund(refund(&unpaid, "refund-00", 700)).await, "trade_not_paid");
    let full = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001"), coded(&alipay, "out-00002")]).await;
    shop.store.take_trade(claim(&full.trades[0], 2_000)).await.unwrap();
    let (second, money) = shop.store.take_trade(claim(&full.trades[1], 2_100)).await.unwrap();
    let PaidThrough::Inbox { item_id, .. } = money else { panic!("{money:?}") };
    // The second payment is on no ticket: it goes back as the item it is.
    conflict(shop.store.plan_refund(refund(&second, "refund-01", 1500)).await, "trade_not_booked");
    let first = shop.store.trade(full.trades[0].id).await.unwrap();
    let wrong = PlanRefund { item_id: Some(item_id), ..refund(&first, "refund-02", 1500) };
    conflict(shop.store.plan_refund(wrong).await, "item_of_other_trade");

    // Two payments of one channel on one ticket: each trade gives back what it brought.
    let (third, item_id) = stranded(&shop, &wechat, "out-00003").await;
    let accept = Accept {
        request_id: "accept".into(),
        actor: "王#1".into(),
        at: 2_500,
        business_date: DAY.into(),
        item_id,
        ticket_id: full.ticket.id,
        cool_until: 4_000,
    };
    done(shop.store.accept(accept).await.unwrap());
    conflict(shop.store.plan_refund(refund(&first, "refund-03", 1501)).await, "refund_too_large_for_trade");
    let third = shop.store.trade(third.id).await.unwrap();
    let planned = done(shop.store.plan_refund(refund(&third, "refund-04", 1500)).await.unwrap());
    assert_eq!(planned.ticket_id, full.ticket.id, "where its money is");
    done(shop.store.plan_refund(refund(&first, "refund-05", 1500)).await.unwrap());
}

#[tokio::test]
async fn an_inbox_item_goes_back_whole_and_nobody_takes_it_meanwhile() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (trade, item_id) = stranded(&shop, &wechat, "out-00001").await;
    let plan = |no: &str, n| PlanRefund { item_id: Some(item_id), ..refund(&trade, no, n) };
    conflict(shop.store.plan_refund(plan("return-00", 1499)).await, "item_is_all");
    let planned = done(shop.store.plan_refund(plan("return-01", 1500)).await.unwrap());
    assert_eq!(shop.store.plan_refund(plan("return-01", 1500)).await.unwrap(), Act::Repeat(item_id));
    conflict(shop.store.plan_refund(plan("return-02", 1500)).await, "refund_under_way");
    let accept = || Accept {
        request_id: "accept".into(),
        actor: "王#1".into(),
        at: 3_500,
        business_date: DAY.into(),
        item_id,
        ticket_id: trade.ticket_id,
        cool_until: 4_000,
    };
    let aside = |request: &str| SetAside {
        request_id: request.into(),
        actor: "王#1".into(),
        at: 3_500,
        item_id,
        mark: "",
        note: "no".into(),
    };
    conflict(shop.store.accept(accept()).await, "refund_under_way");
    conflict(shop.store.set_aside(aside("aside-1")).await, "refund_under_way");
    let around = sqlx::query("UPDATE inbox SET state = 'ignored'").execute(&mut shop.raw().await).await;
    assert!(around.unwrap_err().to_string().contains("on its way back"));

    for n in 0..2 {
        let heard = back(planned.id, false, RefundWord::Done, 4_000 + n);
        let (gone, ticket) = shop.store.hear_refund(heard).await.unwrap();
        assert_eq!((gone.state.stage, ticket), (RefundStage::Done, None));
    }
    let item = shop.store.inbox_item(item_id).await.unwrap();
    assert_eq!((item.state.as_str(), item.mark.as_str(), item.resolution.as_str()), ("ignored", "refund", "退货"));
    assert_eq!(shop.store.inbox(InboxScope::Open, 9).await.unwrap(), []);
    assert_eq!(shop.store.day_sum(DAY).await.unwrap(), (0, 0), "no ticket's money");
    conflict(shop.store.plan_refund(plan("return-03", 1500)).await, "item_done");
    conflict(shop.store.accept(accept()).await, "item_done");
}

#[tokio::test]
async fn an_item_whose_way_back_was_refused_waits_again() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (trade, item_id) = stranded(&shop, &wechat, "out-00001").await;
    let plan = |no: &str| PlanRefund { item_id: Some(item_id), ..refund(&trade, no, 1500) };
    let first = done(shop.store.plan_refund(plan("return-01")).await.unwrap());
    let refused = HeardRefund {
        refusal: Some(r#"{"kind":"no_funds"}"#.into()),
        ..back(first.id, false, RefundWord::Refused, 4_000)
    };
    assert_eq!(shop.store.hear_refund(refused).await.unwrap().0.refusal, r#"{"kind":"no_funds"}"#);
    let second = done(shop.store.plan_refund(plan("return-02")).await.unwrap());
    shop.store.hear_refund(back(second.id, false, RefundWord::Done, 5_000)).await.unwrap();
    assert_eq!(shop.store.inbox_item(item_id).await.unwrap().mark, "refund");
}

#[tokio::test]
async fn many_who_ask_at_once_get_no_more_than_came() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (full, trade) = paid(&shop, &wechat, 1500, "out-00001").await;
    let mut askers = tokio::task::JoinSet::new();
    for n in 0..12 {
        let (store, plan) = (shop.store.clone(), refund(&trade, &format!("refund-{n:02}"), 400));
        askers.spawn(async move { store.plan_refund(plan).await });
    }
    let planned: Vec<_> = askers.join_all().await.into_iter().flatten().map(done).collect();
    assert_eq!(planned.len(), 3, "3 × 4.00 of 15.00");
    for refund in planned {
        shop.store.hear_refund(back(refund.id, false, RefundWord::Done, 4_000)).await.unwrap();
    }
    let full = shop.store.ticket(full.ticket.id).await.unwrap();
    assert_eq!(full.ticket.refunded, fen(1200));
}
