//! The way of the money through the engine, on a real database file.

mod shop;

use serde_json::json;
use shop::{OK, REPEAT, Shop, yuan};
use till_engine::api::{Code, Event};
use till_engine::phone::{Door, PhoneAnswer, RefusalCause};

#[tokio::test]
async fn a_payment_finds_its_ticket() {
    let mut shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let first = shop.ring_up(1500).await;
    let second = shop.ring_up(1500).await;
    assert_eq!((first["due_fen"].as_i64(), second["due_fen"].as_i64()), (Some(1500), Some(1499)));
    assert_eq!(second["tail_fen"], 1);
    assert_eq!(second["codes"].as_array().unwrap().len(), 2);
    shop.pass(20_000);
    assert_eq!(shop.vmq(&phone, "1", "14.99", shop.now()).await, OK);
    let paid = shop.ticket(&second["id"]).await;
    assert_eq!((paid["status"].as_str(), paid["exception"].as_str()), (Some("paid"), Some("none")));
    assert_eq!(paid["payments"][0]["channel"], "wechat");
    assert_eq!(shop.ticket(&first["id"]).await["status"], "open");
    let mut announced = Vec::new();
    // The screens are told from the commit, beside the answer to the phone: the display follows the event.
    loop {
        let event = tokio::time::timeout(std::time::Duration::from_secs(5), shop.events.recv()).await;
        match event.expect("the screens are told").unwrap() {
            Event::TicketPaid { ticket } => announced.push(ticket.id),
            Event::DeviceChanged { .. } if !announced.is_empty() => break,
            _ => {}
        }
    }
    assert_eq!(announced, [second["id"].as_i64().unwrap()]);
    let today = shop.ask(json!({"verb": "today"})).await.unwrap();
    assert_eq!((today["count"].as_i64(), today["sum_fen"].as_i64()), (Some(1), Some(1499)));
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_and_changes_nothing() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(550).await;
    let t = shop.now();
    assert_eq!(shop.vmq(&phone, "2", "5.5", t).await, OK);
    for _ in 0..3 {
        assert_eq!(shop.vmq(&phone, "2", "5.5", t).await, REPEAT);
    }
    assert_eq!(shop.ticket(&ticket["id"]).await["payments"].as_array().unwrap().len(), 1);
    assert!(shop.inbox().await.is_empty());
    // The same money told again under a new time is shown, not booked.
    shop.pass(3_000);
    assert_eq!(shop.vmq(&phone, "2", "5.5", shop.now()).await, OK);
    assert_eq!(shop.inbox().await[0]["reason"], "duplicate");
    shop.pass(20_000);
    assert_eq!(shop.vmq(&phone, "2", "5.5", shop.now()).await, OK);
    let inbox = shop.inbox().await;
    assert_eq!((inbox.len(), inbox[0]["reason"].as_str()), (2, Some("paid_twice")));
}

#[tokio::test]
async fn a_late_payment_is_proposed_to_its_own_ticket() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(800).await;
    // At the very moment of expiry the ticket no longer takes money by itself.
    shop.pass(180_000);
    assert_eq!(shop.vmq(&phone, "1", "8", shop.now()).await, OK);
    let item = shop.inbox().await.remove(0);
    assert_eq!(item["reason"], "late");
    let expired = shop.ticket(&ticket["id"]).await;
    assert_eq!((expired["status"].as_str(), &expired["proposed_item_id"]), (Some("expired"), &item["id"]));
    // The amount stays taken: nobody else gets it while it cools.
    assert_eq!(shop.ring_up(800).await["due_fen"], 799);
    assert_eq!(item["suggestions"][0]["ticket_id"], ticket["id"]);
    let accept = json!({"verb": "accept", "request_id": "once", "item_id": item["id"], "ticket_id": ticket["id"]});
    let paid = shop.ask(accept.clone()).await.unwrap();
    assert_eq!((paid["status"].as_str(), paid["exception"].as_str()), (Some("paid"), Some("late")));
    assert_eq!(shop.ask(accept).await.unwrap()["payments"].as_array().unwrap().len(), 1);
    // After the cool-down the amount is free, and late money has no ticket to hit.
    shop.pass(700_000);
    assert_eq!(shop.ring_up(800).await["due_fen"], 800);
}

#[tokio::test]
async fn a_payment_made_before_a_ticket_never_pays_it() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    assert_eq!(shop.heart(&phone, shop.now()).await, OK);
    let sent = shop.now();
    shop.pass(60_000);
    let ticket = shop.ring_up(1200).await;
    shop.pass(2_000);
    // The phone queued it for a minute: it was on its way before this ticket existed.
    assert_eq!(shop.vmq(&phone, "1", "12", sent).await, OK);
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "open");
    assert_eq!(shop.inbox().await[0]["reason"], "stale");
    // Outside its window it is kept as well, and pays nothing by itself.
    assert_eq!(shop.vmq(&phone, "2", "12", shop.now() - 400_000).await, OK);
    assert_eq!(shop.inbox().await.len(), 2);
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "open");
}

#[tokio::test]
async fn two_phones_tell_of_one_payment() {
    let shop = Shop::new().await;
    let (a, b) = (shop.phone("a").await, shop.phone("b").await);
    let ticket = shop.ring_up(1500).await;
    let text = "微信支付收款15.00元(朋友到店)";
    assert_eq!(shop.notice(&a, "微信支付", text, shop.now()).await, OK);
    shop.pass(800);
    assert_eq!(shop.notice(&b, "微信支付", &format!("[2条]微信支付: {text}"), shop.now()).await, OK);
    assert_eq!(shop.ticket(&ticket["id"]).await["payments"].as_array().unwrap().len(), 1);
    assert!(shop.inbox().await.is_empty(), "an echo needs nobody");
    // Two equal real payments do not vanish: both phones tell of the second one too.
    shop.pass(15_000);
    assert_eq!(shop.notice(&a, "微信支付", text, shop.now()).await, OK);
    assert_eq!(shop.notice(&b, "微信支付", text, shop.now()).await, OK);
    let inbox = shop.inbox().await;
    assert_eq!((inbox.len(), inbox[0]["reason"].as_str()), (1, Some("paid_twice")));
}

#[tokio::test]
async fn a_one_use_signature_with_other_words_is_refused() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(90_000).await;
    let ts = shop.now();
    assert_eq!(shop.notice(&phone, "微信支付", "微信支付收款0.01元", ts).await, OK);
    assert_eq!(shop.notice(&phone, "微信支付", "微信支付收款0.01元", ts).await, REPEAT);
    let forged = shop.notice(&phone, "微信支付", "微信支付收款900.00元", ts).await;
    assert!(matches!(forged, PhoneAnswer::Refused { cause: RefusalCause::Reused, .. }));
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "open");
    let refused = shop.ask(json!({"verb": "refused", "limit": 5})).await.unwrap();
    assert_eq!((refused[0]["cause"].as_str(), refused[0]["device_name"].as_str()), (Some("reused"), Some("counter")));
}

#[tokio::test]
async fn money_without_a_ticket_waits_for_a_person() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let filler = shop.ring_up(1500).await;
    let ticket = shop.ring_up(1500).await;
    shop.act(json!({"verb": "cancel", "ticket_id": filler["id"]})).await.unwrap();
    shop.pass(5_000);
    shop.vmq(&phone, "1", "14.90", shop.now()).await;
    shop.vmq(&phone, "1", "88", shop.now()).await;
    shop.notice(&phone, "微信支付", "微信支付新文案 金额 ¥15.00 已入账", shop.now()).await;
    let inbox = shop.inbox().await;
    let reasons: Vec<_> = inbox.iter().map(|i| i["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["unrecognised", "unmatched", "wrong_amount"]);
    assert_eq!(inbox[2]["suggestions"][0]["ticket_id"], ticket["id"]);
    let accept = json!({"verb": "accept", "item_id": inbox[2]["id"], "ticket_id": ticket["id"]});
    let paid = shop.act(accept).await.unwrap();
    assert_eq!(paid["exception"], "under");
    let sale = shop.act(json!({"verb": "open_sale", "item_id": inbox[1]["id"], "note": "找到了"})).await.unwrap();
    assert_eq!((sale["due_fen"].as_i64(), sale["status"].as_str()), (Some(8800), Some("paid")));
    let none = shop.act(json!({"verb": "ignore", "item_id": inbox[0]["id"], "reason": "  "})).await.unwrap_err();
    assert_eq!(none.code, Code::Invalid);
    shop.act(json!({"verb": "ignore", "item_id": inbox[0]["id"], "reason": "退款"})).await.unwrap();
    assert!(shop.inbox().await.is_empty());
}

#[tokio::test]
async fn a_full_pool_says_so_and_never_gives_a_duplicate() {
    let shop = Shop::new().await;
    shop.set("tail_max_fen", json!(2)).await;
    let mut dues: Vec<_> = Vec::new();
    for _ in 0..3 {
        dues.push(shop.ring_up(700).await["due_fen"].as_i64().unwrap());
    }
    assert_eq!(dues, [700, 699, 698]);
    let full = shop.act(json!({"verb": "ring_up", "sale": {"lines": [{"price_fen": 700}]}})).await.unwrap_err();
    assert_eq!(full.code, Code::PoolExhausted);
    assert!(full.message.contains("冷却"));
    let bare = Shop::bare().await;
    let none = bare.act(json!({"verb": "ring_up", "sale": {"lines": [{"price_fen": 700}]}})).await.unwrap_err();
    assert_eq!(none.code, Code::NoCode);
}

#[tokio::test]
async fn by_hand_in_cash_again_and_parked() {
    let shop = Shop::new().await;
    shop.ring_up(1500).await;
    let ticket = shop.ring_up(1500).await;
    let reasonless = json!({"verb": "confirm_by_hand", "ticket_id": ticket["id"], "channel": "wechat", "reason": ""});
    assert_eq!(shop.act(reasonless).await.unwrap_err().code, Code::Invalid);
    // Cash needs no tail: the customer pays the price and gets change.
    let little = json!({"verb": "take_cash", "ticket_id": ticket["id"], "tendered_fen": 1499});
    assert_eq!(shop.act(little).await.unwrap_err().code, Code::Conflict);
    let cash = shop.act(json!({"verb": "take_cash", "ticket_id": ticket["id"], "tendered_fen": 2000})).await.unwrap();
    assert_eq!(
        (cash["due_fen"].as_i64(), cash["change_fen"].as_i64(), cash["tail_fen"].as_i64()),
        (Some(1500), Some(500), Some(0))
    );
    let other = shop.ring_up(300).await;
    shop.act(json!({"verb": "cancel", "ticket_id": other["id"]})).await.unwrap();
    let again = shop.act(json!({"verb": "ring_again", "ticket_id": other["id"]})).await.unwrap();
    assert_eq!(again["due_fen"], 299, "the cancelled amount is cooling");
    let done =
        json!({"verb": "confirm_by_hand", "ticket_id": again["id"], "channel": "alipay", "reason": "看到手机到账"});
    assert_eq!(shop.act(done).await.unwrap()["exception"], "by_hand");
    let parked = shop
        .act(json!({"verb": "park", "sale": {"lines": [{"name": "豆浆", "price_fen": 300, "count": 2}]}}))
        .await
        .unwrap();
    let take = json!({"verb": "unpark", "request_id": "back", "parked_id": parked[0]["id"]});
    assert_eq!(shop.ask(take.clone()).await.unwrap()["lines"][0]["name"], "豆浆");
    assert_eq!(shop.ask(take).await.unwrap()["lines"][0]["count"], 2, "the same request gets the same draft");
    assert!(shop.ask(json!({"verb": "parked"})).await.unwrap().as_array().unwrap().is_empty());
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let (a, b) = (shop.ring_up(1500).await, shop.ring_up(1600).await);
    shop.vmq(&phone, "1", "15.00", shop.now()).await;
    let shop = shop.reopen().await;
    assert_eq!(shop.ticket(&a["id"]).await["status"], "paid");
    assert_eq!(shop.ask(json!({"verb": "display"})).await.unwrap()["phase"]["due_fen"], 1600);
    assert_eq!(shop.vmq(&phone, "1", "16.00", shop.now()).await, OK);
    assert_eq!(shop.ticket(&b["id"]).await["status"], "paid");
}

#[tokio::test]
async fn a_revoked_phone_is_refused_at_once() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(1500).await;
    shop.act(json!({"verb": "revoke_device", "device_id": phone.id})).await.unwrap();
    for answer in [
        shop.vmq(&phone, "1", "15", shop.now()).await,
        shop.heart(&phone, shop.now()).await,
        shop.notice(&phone, "微信支付", "微信支付收款15.00元", shop.now()).await,
    ] {
        assert!(matches!(answer, PhoneAnswer::Refused { cause: RefusalCause::Revoked, .. }), "{answer:?}");
    }
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "open");
}

#[tokio::test]
async fn a_phone_falls_silent_and_comes_back() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    assert_eq!(shop.heart(&phone, shop.now()).await, OK);
    let state = async || shop.ask(json!({"verb": "health"})).await.unwrap()["phone"].as_str().unwrap().to_owned();
    assert_eq!(state().await, "ok");
    shop.pass(100_000);
    assert_eq!(state().await, "late");
    shop.pass(100_000);
    assert_eq!(state().await, "offline");
    assert_eq!(shop.ring_up(100).await["status"], "open", "ringing up is never blocked");
    assert_eq!(shop.heart(&phone, shop.now()).await, OK);
    assert_eq!(state().await, "ok");
    // An old heartbeat replayed does not make it look alive.
    shop.pass(200_000);
    assert_eq!(shop.heart(&phone, shop.now() - 200_000).await, REPEAT);
    assert_eq!(state().await, "offline");
    assert!(matches!(
        shop.heart(&phone, shop.now() - 400_000).await,
        PhoneAnswer::Refused { cause: RefusalCause::Clock, .. }
    ));
}

#[tokio::test]
async fn seed_json_and_plain_push() {
    let shop = Shop::new().await;
    let phone = shop.phone("old").await;
    let ticket = shop.ring_up(80).await;
    let body = r#"{"title":"微信支付","time":"2020-05-08 23:34:11","money":"0.80","deviceid":"mydevice","content":"[2条]微信支付: 微信支付收款0.80元(朋友到店)"}"#;
    assert_eq!(shop.post(Door::SeedJson, &phone.token, body.into()).await, OK);
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "paid");
    assert_eq!(shop.post(Door::SeedJson, &phone.token, body.into()).await, REPEAT);
    // The phone's own figure disagrees with the text: a person decides.
    let ticket = shop.ring_up(1000).await;
    let body = r#"{"title":"微信支付","time":"2020-05-08 23:35:11","money":"100.00","deviceid":"mydevice","content":"微信支付收款10.00元"}"#;
    assert_eq!(shop.post(Door::SeedJson, &phone.token, body.into()).await, OK);
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "open");
    assert_eq!(shop.inbox().await[0]["reason"], "ambiguous");
    let ticket = shop.ring_up(2000).await;
    let body = r#"{"package":"com.eg.android.AlipayGphone","title":"你已成功收款20.00元","text":"已转入余额"}"#;
    assert_eq!(shop.post(Door::Push, &phone.token, body.into()).await, OK);
    assert_eq!(shop.ticket(&ticket["id"]).await["payments"][0]["channel"], "alipay");
    assert!(matches!(
        shop.post(Door::Push, "wrong", body.into()).await,
        PhoneAnswer::Refused { cause: RefusalCause::UnknownDevice, .. }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn races() {
    let shop = std::sync::Arc::new(Shop::new().await);
    let phone = std::sync::Arc::new(shop.phone("counter").await);
    let mut opened = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let shop = shop.clone();
        opened.spawn(async move { shop.ring_up(1500).await });
    }
    let tickets = opened.join_all().await;
    let dues: std::collections::BTreeSet<i64> = tickets.iter().map(|t| t["due_fen"].as_i64().unwrap()).collect();
    assert_eq!(dues.len(), 32);
    let t = shop.now();
    let mut pushed = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (shop, phone) = (shop.clone(), phone.clone());
        let price = yuan(&tickets[7]["due_fen"]);
        pushed.spawn(async move { shop.vmq(&phone, "1", &price, t).await });
    }
    let answers = pushed.join_all().await;
    assert_eq!(answers.iter().filter(|a| **a == OK).count(), 1);
    assert_eq!(answers.iter().filter(|a| **a == REPEAT).count(), 31);
    assert_eq!(shop.ticket(&tickets[7]["id"]).await["payments"].as_array().unwrap().len(), 1);
    assert!(shop.inbox().await.is_empty());
}
