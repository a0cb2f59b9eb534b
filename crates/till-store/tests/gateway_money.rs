//! A provider's money: taken once, whoever tells of it and how often, and on the right ticket or in the inbox.

#![allow(clippy::unwrap_used, reason = "tests")]

mod provider;
mod web_shop;

use provider::{claim, coded, contract, heard, pace, paid, rung_up, said, scan};
use till_core::matching::InboxReason;
use till_core::ticket::{Exception, How, Status};
use till_core::trade::{self, Stage, What};
use till_core::{Channel, Fen};
use till_store::{
    Accept, Chain, Effect, End, InboxScope, NewOrder, NewTicket, Opened, PaidThrough, StoreError, TakeTrade, Word,
};
use web_shop::{DAY, EXPIRES, OPENED, Shop, by_hand, done, effect, fen, order, push, ticket};

/// What waits for a person: why, how much, and the ticket it is proposed to.
async fn waiting(shop: &Shop) -> Vec<(InboxReason, Option<Fen>, Option<i64>)> {
    let items = shop.store.inbox(InboxScope::Open, 9).await.unwrap();
    items.into_iter().map(|i| (i.reason, i.amount, i.proposed_id)).collect()
}

fn item(paid: &PaidThrough) -> (i64, InboxReason) {
    match paid {
        PaidThrough::Inbox { item_id, reason, .. } => (*item_id, *reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_claim_pays_its_ticket() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (full, trade) = paid(&shop, &wechat, 1500, "out-00001").await;
    assert_eq!(
        (full.ticket.status, full.ticket.exception, full.ticket.due),
        (Status::Paid, Exception::None, fen(1500))
    );
    let payment = &full.payments[0];
    assert_eq!((payment.how, payment.channel, payment.amount), (How::Auto, Channel::Wechat, fen(1500)));
    assert_eq!((trade.state.stage, trade.state.next), (Stage::Paid, None));
    assert_eq!((trade.trade_no.as_deref(), trade.buyer.as_str()), (Some("Tout-00001"), "138****0000"));
    assert_eq!(full.trades, std::slice::from_ref(&trade));
    assert_eq!(shop.store.ticket(full.ticket.id).await.unwrap(), full, "as it reads later");
    assert_eq!(shop.store.day_sum(DAY).await.unwrap(), (1, 1500));
    assert_eq!(shop.store.next_trade_at().await.unwrap(), None);
    // Whatever is said later, it stays paid.
    let late = heard(&trade, What::End, trade::Word::Ended, 9_000);
    let late = till_store::HeardTrade { trade_no: Some("other".into()), refusal: Some("{}".into()), ..late };
    assert_eq!(shop.store.hear_trade(late).await.unwrap(), trade);
    assert!(matches!(shop.store.check_journal().await.unwrap(), Chain::Intact { .. }));
}

#[tokio::test]
async fn eight_who_tell_of_one_payment_settle_it_once() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let asked = NewTicket { trades: vec![coded(&wechat, "out-00001")], served: vec![Channel::Wechat], ..ticket(1500) };
    let only_wechat = NewOrder { channels: vec![Channel::Wechat], ..order("A-1") };
    let Opened::New(full, _) = shop.store.open_order(asked, only_wechat).await.unwrap() else { panic!("it is new") };
    let mut tellers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (store, mut claim) = (shop.store.clone(), claim(&full.trades[0], 2_000 + n));
        // The same notice from two sides, and answers to queries.
        claim.said.notice_id = (n < 4).then(|| format!("EV-{}", n / 2));
        claim.said.source = if n < 4 { "notice" } else { "answer" };
        tellers.spawn(async move { store.take_trade(claim).await.unwrap().1 });
    }
    let told = tellers.join_all().await;
    assert_eq!(told.iter().filter(|t| matches!(t, PaidThrough::Ticket(_))).count(), 1);
    assert_eq!(told.iter().filter(|t| matches!(t, PaidThrough::Repeat)).count(), 7);
    for (table, rows) in [
        ("SELECT count(*) FROM settlement", 1),
        ("SELECT count(*) FROM receipt", 1),
        ("SELECT count(*) FROM push", 1),
        ("SELECT count(*) FROM inbox", 0),
        ("SELECT count(*) FROM callback", 1),
        ("SELECT count(*) FROM gateway_word WHERE notice_id IS NOT NULL", 2),
    ] {
        assert_eq!(shop.number(table).await, rows, "{table}");
    }
    assert_eq!(shop.store.ticket(full.ticket.id).await.unwrap().payments.len(), 1);
}

#[tokio::test]
async fn money_for_a_ticket_that_ended_is_proposed_to_it() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let full = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await;
    let id = full.ticket.id;
    let end = End { request_id: "c".into(), actor: "王#1".into(), at: 1_500, ticket_id: id, cool_until: 1_501 };
    shop.store.cancel(end).await.unwrap();
    let (trade, money) = shop.store.take_trade(claim(&full.trades[0], 2_000)).await.unwrap();
    let (item_id, reason) = item(&money);
    assert_eq!((reason, trade.state.stage, trade.paid_ticket_id), (InboxReason::Late, Stage::Paid, None));
    assert_eq!(waiting(&shop).await, [(InboxReason::Late, Some(fen(1500)), Some(id))]);
    assert_eq!(shop.store.inbox_item(item_id).await.unwrap().device_name, "官方wechat");
    assert_eq!(shop.store.trade_of_item(item_id).await.unwrap().unwrap(), trade);
    assert_eq!(shop.store.take_trade(claim(&full.trades[0], 2_001)).await.unwrap().1, PaidThrough::Repeat);
    assert_eq!(waiting(&shop).await.len(), 1);

    // A person gives it to the sale that was rung up again: the trade is found with that ticket as well.
    let again = done(shop.store.open_ticket(NewTicket { request_id: "again".into(), ..ticket(1500) }).await.unwrap());
    let accept = Accept {
        request_id: "accept".into(),
        actor: "王#1".into(),
        at: 3_000,
        business_date: DAY.into(),
        item_id,
        ticket_id: again.ticket.id,
        cool_until: 4_000,
    };
    let accepted = done(shop.store.accept(accept).await.unwrap());
    assert_eq!(
        accepted.trades.iter().map(|t| (t.id, t.paid_ticket_id)).collect::<Vec<_>>(),
        [(trade.id, Some(again.ticket.id))]
    );
    assert_eq!(shop.store.trades_of(id).await.unwrap(), accepted.trades);
}

#[tokio::test]
async fn time_that_ran_out_before_the_money_came_ends_the_ticket() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let (in_time, late) = (
        rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await,
        rung_up(&shop, 1500, vec![coded(&wechat, "out-00002")]).await,
    );
    // Nobody has ended them yet. The provider says when it was paid.
    let heard_at = EXPIRES + 5_000;
    let said_in_time = TakeTrade { paid_at: Some(EXPIRES), ..claim(&in_time.trades[0], heard_at) };
    let (_, money) = shop.store.take_trade(said_in_time).await.unwrap();
    assert!(matches!(money, PaidThrough::Ticket(_)), "{money:?}");
    let said_nothing = TakeTrade { paid_at: None, ..claim(&late.trades[0], heard_at) };
    let (trade, money) = shop.store.take_trade(said_nothing).await.unwrap();
    assert_eq!((item(&money).1, trade.ticket_status), (InboxReason::Late, Status::Expired));
    assert_eq!(shop.store.ticket(late.ticket.id).await.unwrap().ticket.status, Status::Expired);
}

#[tokio::test]
async fn a_second_payment_waits_for_a_person() {
    let shop = Shop::new().await;
    let (wechat, alipay) = (contract(&shop, Channel::Wechat).await, contract(&shop, Channel::Alipay).await);
    let trades = vec![coded(&wechat, "out-00001"), coded(&alipay, "out-00002")];
    let full = rung_up(&shop, 1500, trades).await;
    let scanned = done(shop.store.plan_trade(scan(&alipay, full.ticket.id, "scan-0001", 1_500)).await.unwrap());
    let (_, money) = shop.store.take_trade(claim(&full.trades[0], 2_000)).await.unwrap();
    let PaidThrough::Ticket(paid) = money else { panic!("{money:?}") };
    // The others are to be stopped, and say so.
    assert_eq!(paid.trades.iter().map(|t| t.ticket_status).collect::<Vec<_>>(), [Status::Paid; 3]);
    let due = shop.store.due_trades(OPENED, 9).await.unwrap();
    assert_eq!(due.iter().map(|t| t.id).collect::<Vec<_>>(), [full.trades[1].id, scanned.id]);
    for trade in [&full.trades[1], &scanned] {
        let (_, money) = shop.store.take_trade(claim(trade, 2_500)).await.unwrap();
        assert_eq!(item(&money).1, InboxReason::PaidTwice);
    }
    assert_eq!(waiting(&shop).await, [(InboxReason::PaidTwice, Some(fen(1500)), Some(full.ticket.id)); 2]);
    assert_eq!(shop.store.day_sum(DAY).await.unwrap(), (1, 1500));

    // Cash came first.
    let cash = rung_up(&shop, 900, vec![coded(&wechat, "out-00003")]).await;
    done(shop.store.settle_by_hand(by_hand(cash.ticket.id, Channel::Cash, 3_000)).await.unwrap());
    let (_, money) = shop.store.take_trade(claim(&cash.trades[0], 3_500)).await.unwrap();
    assert_eq!(item(&money).1, InboxReason::PaidTwice);
}

#[tokio::test]
async fn another_amount_pays_nothing_by_itself() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    for (n, amount) in [1499, 1501].into_iter().enumerate() {
        let full = rung_up(&shop, 1500, vec![coded(&wechat, &format!("out-0000{n}"))]).await;
        let other = TakeTrade { amount: fen(amount), ..claim(&full.trades[0], 2_000) };
        assert_eq!(item(&shop.store.take_trade(other).await.unwrap().1).1, InboxReason::WrongAmount);
        assert_eq!(shop.store.ticket(full.ticket.id).await.unwrap().ticket.status, Status::Open);
    }
}

#[tokio::test]
async fn a_payment_of_the_providers_belongs_to_one_trade() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    paid(&shop, &wechat, 1500, "out-00001").await;
    let other = rung_up(&shop, 1500, vec![coded(&wechat, "out-00002")]).await.trades.remove(0);
    let stolen = TakeTrade { trade_no: "Tout-00001".into(), ..claim(&other, 2_500) };
    let refused = shop.store.take_trade(stolen).await;
    assert!(matches!(refused, Err(StoreError::Conflict("trade_number_taken"))), "{refused:?}");
    assert_eq!(shop.number("SELECT count(*) FROM receipt").await, 1);
    // An answer that names it changes nothing but the trade's own step.
    let told = till_store::HeardTrade {
        trade_no: Some("Tout-00001".into()),
        ..heard(&other, What::Query, trade::Word::Waiting, 2_600)
    };
    assert_eq!(shop.store.hear_trade(told).await.unwrap().trade_no, None);
}

#[tokio::test]
async fn money_comes_however_the_trade_stood() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let id = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await.ticket.id;
    let scanned = done(shop.store.plan_trade(scan(&wechat, id, "scan-0001", 1_500)).await.unwrap());
    shop.store.send_trade(scanned.id, What::Begin, 1_500, pace()).await.unwrap().unwrap();
    let over = shop.store.hear_trade(heard(&scanned, What::Begin, trade::Word::Refused, 1_600)).await.unwrap();
    assert_eq!(over.state.stage, Stage::Over);
    let (trade, money) = shop.store.take_trade(claim(&scanned, 2_000)).await.unwrap();
    assert_eq!(trade.state.stage, Stage::Paid);
    assert!(matches!(money, PaidThrough::Ticket(full) if full.ticket.id == id));
}

#[tokio::test]
async fn a_phone_that_tells_of_the_same_money_is_an_echo() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    paid(&shop, &wechat, 1500, "out-00001").await;
    let told = shop.store.take_push(push("notice", 1500, 3_000), |_| {}).await.unwrap();
    assert_eq!(effect(told), Effect::Echo);
    assert_eq!(waiting(&shop).await, []);
}

#[tokio::test]
async fn a_personal_code_pays_a_mixed_ticket_and_its_trade_is_told_to_stop() {
    let shop = Shop::new().await;
    let alipay = contract(&shop, Channel::Alipay).await;
    let mixed = NewTicket {
        request_id: "mixed".into(),
        trades: vec![coded(&alipay, "out-00001")],
        served: vec![Channel::Alipay],
        ..ticket(1500)
    };
    let full = done(shop.store.open_ticket(mixed).await.unwrap());
    let told = effect(shop.store.take_push(push("notice", 1500, 2_000), |_| {}).await.unwrap());
    let Effect::Paid(told) = told else { panic!("{told:?}") };
    assert_eq!(*told, shop.store.ticket(full.ticket.id).await.unwrap(), "with its trades");
    assert_eq!(shop.store.due_trades(2_000, 9).await.unwrap(), told.trades);
}

#[tokio::test]
async fn a_word_that_is_noted_with_money_is_noted_once() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let full = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await;
    let notice =
        || Word { source: "notice", notice_id: Some("EV-1".into()), ..said(Channel::Wechat, "paid", "", 2_000) };
    for expected in 1..=2 {
        let told = TakeTrade { said: notice(), ..claim(&full.trades[0], 2_000) };
        shop.store.take_trade(told).await.unwrap();
        assert!(shop.store.word_seen(wechat.id, "EV-1").await.unwrap(), "{expected}");
        let words = shop.store.words_of(full.ticket.id).await.unwrap();
        assert_eq!(words.len(), 1);
        assert_eq!((words[0].trade_id, words[0].gateway_id), (Some(full.trades[0].id), Some(wechat.id)));
    }
}
