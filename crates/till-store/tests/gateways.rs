//! Contracts and trades: what is written down before a provider hears of it, and what of it stays.

#![allow(clippy::unwrap_used, reason = "tests")]

mod provider;
mod web_shop;

use provider::{coded, contract, heard, pace, rung_up, said, scan};
use till_core::Channel;
use till_core::ticket::Status;
use till_core::trade::{self, Stage, What};
use till_store::{
    Act, Chain, DeviceSeen, End, NewOrder, NewTicket, NewTrade, Opened, Outcome, StoreError, TicketFull, Word,
};
use web_shop::{DAY, EXPIRES, OPENED, Shop, done, fen, order, push, ticket};

#[track_caller]
fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>, why: &str) {
    let refused = result.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(cause) if cause == why), "{refused:?} is not {why}");
}

async fn cancelled(shop: &Shop, ticket_id: i64, at: i64) {
    let request_id = format!("cancel-{ticket_id}");
    let end = End { request_id, actor: "王#1".into(), at, ticket_id, cool_until: at + 1 };
    done(shop.store.cancel(end).await.unwrap());
}

#[tokio::test]
async fn a_contract_is_added_changed_and_ended_once() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let settings = r#"{"settings":{"name":"新名字"},"values":{"mchid":"1"}}"#;
    for _ in 0..2 {
        shop.store.update_gateway("change", wechat.id, settings.into(), 5, "王#1").await.unwrap();
    }
    let ticket = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await;
    conflict(shop.store.end_gateway("end", wechat.id, 6, "王#1").await, "gateway_busy");
    cancelled(&shop, ticket.ticket.id, 7).await;
    assert_eq!(shop.store.stop_trades(ticket.ticket.id, 7).await.unwrap(), [ticket.trades[0].id]);
    for _ in 0..2 {
        shop.store.end_gateway("end", wechat.id, 8, "王#1").await.unwrap();
    }
    let kept = shop.store.gateways().await.unwrap();
    assert_eq!((kept[0].settings.as_str(), kept[0].ended_at), (settings, Some(8)));
    conflict(shop.store.update_gateway("later", wechat.id, "{}".into(), 9, "x").await, "gateway_ended");
    conflict(shop.store.end_gateway("again", wechat.id, 9, "x").await, "gateway_ended");
    let after =
        NewTicket { request_id: "after".into(), trades: vec![coded(&wechat, "out-00002")], ..web_shop::ticket(900) };
    conflict(shop.store.open_ticket(after).await, "gateway_ended");
    for act in ["gateway.added", "gateway.changed", "gateway.ended"] {
        let query = till_store::JournalQuery { act: act.into(), ..Default::default() };
        assert_eq!(shop.store.journal(query, 9).await.unwrap().len(), 1, "{act}");
    }
}

#[tokio::test]
async fn its_device_is_no_phone() {
    let shop = Shop::new().await;
    let gateway = contract(&shop, Channel::Wechat).await;
    assert_eq!(shop.store.devices(0).await.unwrap().iter().map(|d| d.id).collect::<Vec<_>>(), [1]);
    let beat = DeviceSeen {
        device_id: gateway.device_id,
        at: 5,
        address: "192.168.1.9".into(),
        protocol: "vmq",
        phone_at: Some(5),
        battery: None,
    };
    assert!(!shop.store.device_seen(beat).await.unwrap());
    let id = gateway.device_id;
    assert!(matches!(shop.store.revoke_device("r", id, 5, "x").await, Err(StoreError::NotFound)));
    let named = shop.store.update_device("u", id, Some("手机".into()), None, 5, "x").await;
    assert!(matches!(named, Err(StoreError::NotFound)));
    shop.store.device_skew(id, 77).await.unwrap();
    assert_eq!(
        shop.number("SELECT count(*) FROM device WHERE gateway_id IS NOT NULL AND skew_ms IS NOT NULL").await,
        0
    );
    // It opens no door either.
    let forged = till_store::TakePush { device_id: id, ..push("forged", 1500, 5) };
    assert_eq!(shop.store.take_push(forged, |_| {}).await.unwrap(), Outcome::Revoked);
    assert!(shop.store.delays(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_ticket_that_contracts_serve_has_no_tail_and_occupies_nothing() {
    let shop = Shop::new().await;
    let (wechat, alipay) = (contract(&shop, Channel::Wechat).await, contract(&shop, Channel::Alipay).await);
    for round in 0..3 {
        let trades = vec![coded(&wechat, &format!("wechat-{round}")), coded(&alipay, &format!("alipay-{round}"))];
        let full = rung_up(&shop, 1500, trades).await;
        assert_eq!((full.ticket.due, full.ticket.tail), (fen(1500), fen(0)), "the same amount, however often");
        assert_eq!(full.offers.len(), 0);
        let asked: Vec<_> = full.trades.iter().map(|t| (t.channel, t.amount, t.state.stage)).collect();
        let planned = |channel| (channel, fen(1500), Stage::Planned);
        assert_eq!(asked, [planned(Channel::Wechat), planned(Channel::Alipay)]);
        assert_eq!(shop.store.ticket(full.ticket.id).await.unwrap(), full, "as it reads later");
    }
    assert_eq!(shop.number("SELECT count(*) FROM hold").await, 0);
    // Served by nobody in the end: there is no way to pay.
    let served = vec![Channel::Wechat, Channel::Alipay];
    let nothing = NewTicket { request_id: "nothing".into(), served, ..ticket(1500) };
    assert!(matches!(shop.store.open_ticket(nothing).await, Err(StoreError::Pick(_))));
}

#[tokio::test]
async fn a_mixed_ticket_keeps_its_tail_for_the_personal_code() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let mixed = |n: i64| NewTicket {
        request_id: format!("mixed-{n}"),
        trades: vec![coded(&wechat, &format!("wechat-{n}"))],
        served: vec![Channel::Wechat],
        ..ticket(1500)
    };
    for (n, due) in [(1, 1500), (2, 1499)] {
        let full = done(shop.store.open_ticket(mixed(n)).await.unwrap());
        assert_eq!(full.ticket.due, fen(due));
        assert_eq!(full.offers.iter().map(|o| o.channel).collect::<Vec<_>>(), [Channel::Alipay]);
        assert_eq!(full.trades[0].amount, fen(due), "a trade asks for what is due");
    }
}

#[tokio::test]
async fn an_order_of_a_program_has_its_trades_too() {
    let shop = Shop::new().await;
    let alipay = contract(&shop, Channel::Alipay).await;
    let new = NewTicket { trades: vec![coded(&alipay, "order-001")], served: vec![Channel::Alipay], ..ticket(1500) };
    let asked = NewOrder { channels: vec![Channel::Alipay], ..order("A-1") };
    let Opened::New(full, order) = shop.store.open_order(new, asked).await.unwrap() else { panic!("it is new") };
    assert_eq!((order.due, order.offers.len()), (fen(1500), 0));
    assert_eq!(full.trades, shop.store.trades_of(order.id).await.unwrap());
    assert_eq!(shop.store.trade_by_number(Channel::Alipay, "order-001").await.unwrap().unwrap(), full.trades[0]);
    assert_eq!(shop.store.trade_by_number(Channel::Wechat, "order-001").await.unwrap(), None, "another provider's");
}

#[tokio::test]
async fn an_intent_survives_and_a_question_is_on_disk_before_it_leaves() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let full = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await;
    let shop = shop.again().await;
    let due = shop.store.due_trades(OPENED, 9).await.unwrap();
    assert_eq!(due, full.trades);
    assert_eq!(shop.store.next_trade_at().await.unwrap(), Some(OPENED));

    let id = due[0].id;
    let send = |what, now| shop.store.send_trade(id, what, now, pace());
    assert_eq!(send(What::Query, OPENED).await.unwrap(), None, "another step");
    assert_eq!(send(What::Begin, OPENED - 1).await.unwrap(), None, "not yet");
    let sent = send(What::Begin, OPENED).await.unwrap().unwrap();
    assert_eq!(sent.state.sent_at, Some(OPENED));
    // Power fails before any answer: what was sent is known, and what to ask next.
    assert_eq!(shop.number("SELECT sent_at FROM trade").await, OPENED);
    let shop = shop.again().await;
    assert_eq!(shop.store.trade(id).await.unwrap().state, sent.state);
    assert!(shop.store.due_trades(OPENED, 9).await.unwrap().is_empty());
    assert_eq!(shop.store.send_trade(id, What::Begin, OPENED, pace()).await.unwrap(), None, "sent already");
}

#[tokio::test]
async fn an_answer_is_kept_and_polling_writes_no_journal() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let trade = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await.trades.remove(0);
    shop.store.send_trade(trade.id, What::Begin, OPENED, pace()).await.unwrap().unwrap();
    let code = till_store::HeardTrade {
        code: Some("weixin://pay".into()),
        said: said(Channel::Wechat, "code", "", OPENED),
        ..heard(&trade, What::Begin, trade::Word::Code, OPENED + 100)
    };
    assert_eq!(shop.store.hear_trade(code).await.unwrap().code, "weixin://pay");
    let rows = shop.number("SELECT count(*) FROM journal").await;
    let mut now = OPENED + 100;
    for _ in 0..20 {
        now = shop.store.next_trade_at().await.unwrap().unwrap();
        shop.store.send_trade(trade.id, What::Query, now, pace()).await.unwrap().unwrap();
        shop.store.hear_trade(heard(&trade, What::Query, trade::Word::Waiting, now)).await.unwrap();
    }
    assert!(now > OPENED + 20_000, "time passes");
    assert_eq!(shop.number("SELECT count(*) FROM journal").await, rows);
    let words = shop.store.words_of(trade.ticket_id).await.unwrap();
    assert_eq!(words.iter().map(|w| w.meaning.as_str()).collect::<Vec<_>>(), ["code", "waiting"], "said once");

    let doubt = till_store::HeardTrade {
        refusal: Some(r#"{"kind":"doubt"}"#.into()),
        trade_no: Some("4200".into()),
        said: said(Channel::Wechat, "unknown", "timeout", now),
        ..heard(&trade, What::Query, trade::Word::Unknown, now)
    };
    let kept = shop.store.hear_trade(doubt).await.unwrap();
    assert_eq!((kept.state.doubts, kept.trade_no.as_deref()), (1, Some("4200")));
    assert_eq!((kept.code.as_str(), kept.refusal.as_str()), ("weixin://pay", r#"{"kind":"doubt"}"#));
    assert_eq!(shop.store.trade(trade.id).await.unwrap(), kept);
    assert_eq!(kept.state.stage, Stage::Waiting);
    assert!(matches!(shop.store.check_journal().await.unwrap(), Chain::Intact { .. }));
}

#[tokio::test]
async fn a_trade_whose_ticket_ended_is_due_at_once_and_nothing_is_begun_for_it() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let open = |n: &'static str| rung_up(&shop, 1500, vec![coded(&wechat, n)]);
    let (never, sent, other) = (open("out-00001").await, open("out-00002").await, open("out-00003").await);
    for full in [&sent, &other] {
        shop.store.send_trade(full.trades[0].id, What::Begin, OPENED, pace()).await.unwrap().unwrap();
        let code = heard(&full.trades[0], What::Begin, trade::Word::Code, OPENED);
        shop.store.hear_trade(code).await.unwrap();
    }
    let soon = OPENED + 10;
    for full in [&never, &sent] {
        cancelled(&shop, full.ticket.id, soon).await;
    }
    let asked = shop.store.send_trade(never.trades[0].id, What::Begin, soon, pace()).await.unwrap();
    assert_eq!(asked, None, "nobody is charged for a ticket that was cancelled");
    let due = shop.store.due_trades(soon, 9).await.unwrap();
    assert_eq!(due.iter().map(|t| t.id).collect::<Vec<_>>(), [never.trades[0].id, sent.trades[0].id]);
    assert!(due.iter().all(|t| t.ticket_status == Status::Cancelled));
    assert!(shop.store.next_trade_at().await.unwrap().unwrap() <= soon);

    assert_eq!(shop.store.stop_trade(never.trades[0].id, soon).await.unwrap().state.stage, Stage::Over);
    assert_eq!(shop.store.stop_trades(sent.ticket.id, soon).await.unwrap(), [sent.trades[0].id]);
    let stopped = shop.store.trade(sent.trades[0].id).await.unwrap();
    assert_eq!((stopped.state.stage, stopped.state.next), (Stage::Ending, Some((What::Query, soon))));
    assert!(shop.store.stop_trades(sent.ticket.id, soon).await.unwrap().is_empty(), "once");

    // Time that runs out is an end as well.
    shop.store.sweep(EXPIRES, 600_000).await.unwrap();
    let due = shop.store.due_trades(OPENED, 9).await.unwrap();
    assert_eq!(due.iter().map(|t| t.id).collect::<Vec<_>>(), [other.trades[0].id]);
}

#[tokio::test]
async fn one_scan_at_a_time() {
    let shop = Shop::new().await;
    let (wechat, alipay) = (contract(&shop, Channel::Wechat).await, contract(&shop, Channel::Alipay).await);
    let full = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await;
    let id = full.ticket.id;
    let first = done(shop.store.plan_trade(scan(&alipay, id, "scan-0001", 2_000)).await.unwrap());
    assert_eq!((first.amount, first.state.scanned), (fen(1500), true));
    assert_eq!(shop.store.plan_trade(scan(&alipay, id, "scan-0001", 2_000)).await.unwrap(), Act::Repeat(first.id));
    conflict(shop.store.plan_trade(scan(&wechat, id, "scan-0002", 2_001)).await, "scan_in_progress");
    shop.store.send_trade(first.id, What::Begin, 2_000, pace()).await.unwrap().unwrap();
    shop.store.stop_trade(first.id, 2_500).await.unwrap();
    conflict(shop.store.plan_trade(scan(&wechat, id, "scan-0002", 2_501)).await, "scan_in_progress");
    shop.store.hurry_trades(id, 2_400).await.unwrap();
    assert_eq!(shop.store.trade(first.id).await.unwrap().state.next, Some((What::Query, 2_400)));
    // Refused at once: over, and the next may be scanned.
    let second = rung_up(&shop, 1600, Vec::from([coded(&wechat, "out-00002")])).await.ticket.id;
    let scanned = done(shop.store.plan_trade(scan(&alipay, second, "scan-0003", 2_000)).await.unwrap());
    shop.store.send_trade(scanned.id, What::Begin, 2_000, pace()).await.unwrap().unwrap();
    let refused = shop.store.hear_trade(heard(&scanned, What::Begin, trade::Word::Refused, 2_100)).await.unwrap();
    assert_eq!(refused.state.stage, Stage::Over);
    done(shop.store.plan_trade(scan(&alipay, second, "scan-0004", 2_200)).await.unwrap());
    cancelled(&shop, id, 3_000).await;
    conflict(shop.store.plan_trade(scan(&wechat, id, "scan-0005", 3_001)).await, "ticket_not_open");
}

#[tokio::test]
async fn a_number_is_given_to_one_trade_only() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let mine = rung_up(&shop, 1500, vec![coded(&wechat, "out-00001")]).await;
    let taken = NewTicket { request_id: "taken".into(), trades: vec![coded(&wechat, "out-00001")], ..ticket(900) };
    assert!(matches!(shop.store.open_ticket(taken).await, Err(StoreError::Db(_))));
    assert_eq!(shop.number("SELECT count(*) FROM ticket").await, 1, "nothing of it stays");
    assert_eq!(shop.store.trades_of(mine.ticket.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn notices_are_kept_once_and_a_forged_one_takes_no_id_away() {
    let shop = Shop::new().await;
    let wechat = contract(&shop, Channel::Wechat).await;
    let notice = |meaning, body: &[u8]| Word {
        gateway_id: Some(wechat.id),
        source: "notice",
        notice_id: Some("EV-1".into()),
        body: body.to_vec(),
        ..said(Channel::Wechat, meaning, "BadSignature", 5)
    };
    assert!(shop.store.note_word(notice("unknown", &[b'x'; 70_000])).await.unwrap());
    assert!(!shop.store.word_seen(wechat.id, "EV-1").await.unwrap(), "the real one is still to come");
    assert!(shop.store.note_word(notice("paid", b"{}")).await.unwrap());
    assert!(shop.store.word_seen(wechat.id, "EV-1").await.unwrap());
    assert!(!shop.store.note_word(notice("paid", b"{}")).await.unwrap());
    let stranger = Word { gateway_id: None, at: 9, source: "relay", ..notice("unknown", b"?") };
    assert!(shop.store.note_word(stranger).await.unwrap());
    let doubts = shop.store.doubts(9).await.unwrap();
    let facts: Vec<_> = doubts.iter().map(|w| (w.gateway_id, w.body_len, w.source.as_str())).collect();
    assert_eq!(facts, [(None, 1, "relay"), (Some(wechat.id), 65_536, "notice")]);
}

#[tokio::test]
async fn the_file_refuses_what_must_never_be() {
    let shop = Shop::new().await;
    let (wechat, alipay) = (contract(&shop, Channel::Wechat).await, contract(&shop, Channel::Alipay).await);
    let (_, trade) = provider::paid(&shop, &wechat, 1500, "out-00001").await;
    let open: TicketFull = rung_up(&shop, 900, vec![coded(&alipay, "out-00002")]).await;
    let asked = done(shop.store.plan_refund(provider::refund(&trade, "refund-01", 500)).await.unwrap());
    shop.store.hear_refund(provider::back(asked.id, false, trade::RefundWord::Done, 4_000)).await.unwrap();
    let second = done(shop.store.plan_refund(provider::refund(&trade, "refund-02", 500)).await.unwrap());
    assert_eq!((trade.id, open.trades[0].id, second.id), (1, 2, 2));
    let mut db = shop.raw().await;
    for (sql, cause) in [
        ("DELETE FROM gateway", "never deleted"),
        ("UPDATE gateway SET provider = 'unionpay'", "keeps its provider"),
        ("DELETE FROM trade", "never deleted"),
        ("UPDATE trade SET amount_fen = 1", "keeps its order"),
        ("UPDATE trade SET ticket_id = 2 WHERE id = 1", "keeps its order"),
        ("UPDATE trade SET stage = 'over' WHERE id = 1", "stays paid"),
        ("UPDATE trade SET trade_no = 'x' WHERE id = 1", "keeps its number"),
        ("UPDATE trade SET receipt_id = NULL WHERE id = 1", "keeps its number and its money"),
        ("UPDATE trade SET stage = 'paid', next_what = NULL, next_at = NULL, trade_no = 'x' WHERE id = 2", "CHECK"),
        (
            "UPDATE trade SET stage = 'paid', next_what = NULL, next_at = NULL, trade_no = 'x', receipt_id = 1 WHERE id = 2",
            "another contract",
        ),
        (
            "INSERT INTO trade (ticket_id, gateway_id, out_no, amount_fen, subject, scanned, created_at, stage, until)
             VALUES (2, 2, 'out-00003', 899, '', 0, 1, 'planned', 1)",
            "what is due",
        ),
        ("DELETE FROM gateway_word", "append-only"),
        ("UPDATE gateway_word SET meaning = 'paid'", "append-only"),
        ("DELETE FROM gateway_refund", "append-only"),
        ("UPDATE gateway_refund SET amount_fen = 1", "keeps its order"),
        ("UPDATE gateway_refund SET stage = 'asked', next_at = 1 WHERE id = 1", "stays so"),
        ("UPDATE gateway_refund SET refund_id = NULL WHERE id = 1", "booked once"),
        ("UPDATE gateway_refund SET stage = 'done', next_at = NULL WHERE id = 2", "CHECK"),
        ("UPDATE gateway_refund SET stage = 'done', next_at = NULL, refund_id = 1 WHERE id = 2", "UNIQUE"),
        (
            "INSERT INTO gateway_refund (trade_id, refund_no, amount_fen, kind, reason, actor, created_at, stage, query, next_at)
             VALUES (1, 'refund-03', 501, 'refund', 'r', 'x', 1, 'asked', 0, 1)",
            "more than was paid",
        ),
    ] {
        let refused = sqlx::query(sql).execute(&mut db).await.expect_err(sql).to_string();
        assert!(refused.contains(cause), "{sql}: {refused}");
    }
    assert_eq!(shop.store.day_sum(DAY).await.unwrap(), (1, 1000));
    let unknown = NewTicket {
        request_id: "unknown".into(),
        trades: vec![NewTrade { gateway_id: 99, ..coded(&wechat, "out-00009") }],
        ..ticket(700)
    };
    assert!(matches!(shop.store.open_ticket(unknown).await, Err(StoreError::NotFound)));
}
