//! The outbox at work, with a clock that the test moves.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;
mod web;

use serde_json::{Value, json};
use shop::{START, Shop, raw};
use till_engine::api::{DeliveryState, Event};
use till_engine::ports::{SendError, Sent};
use web::{Merchants, answer, until};

const NOTIFY: &str = "https://shop.example.com/notify";
/// After the payment: at once, 15 s, 1 m, 5 m, 30 m, 1 h, 2 h, 6 h, 12 h.
const SCHEDULE: [i64; 9] = [0, 15_000, 60_000, 300_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000];

async fn shop(merchants: &std::sync::Arc<Merchants>) -> Shop {
    let http = merchants.clone();
    Shop::with(move |ports| ports.http = http.clone()).await
}

fn attempts(delivery: &Value) -> Vec<&Value> {
    delivery["attempts"].as_array().map(|all| all.iter().collect()).unwrap_or_default()
}

fn count(delivery: &Value) -> usize {
    attempts(delivery).len()
}

async fn program_id(shop: &Shop, protocol: &str, name: &str) -> i64 {
    shop.program(protocol, name).await["program"]["id"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_goes_on_over_a_restart_and_ends_after_nine() {
    let merchants = Merchants::new();
    merchants.say(|_| answer(500, "database is down"));
    let mut shop = shop(&merchants).await;
    let id = program_id(&shop, "vmq", "网店").await;
    let order = shop.order(id, 1_500, NOTIFY).await;
    assert_eq!(shop.delivery(order).await, Value::Null, "nobody is told before it is paid");
    shop.settle(order).await;
    for (nth, offset) in SCHEDULE.into_iter().enumerate() {
        shop.pass(START + offset - shop.now());
        let delivery = shop.until_delivery(order, "an attempt", |d| count(d) == nth + 1).await;
        match SCHEDULE.get(nth + 1) {
            Some(next) => {
                assert_eq!(delivery["next_at"], START + next, "after attempt {}", nth + 1);
                assert_eq!(delivery["state"], "waiting");
            }
            None => assert_eq!((&delivery["next_at"], &delivery["state"]), (&Value::Null, &json!("given_up"))),
        }
        if nth == 3 {
            shop = shop.reopen().await;
        }
    }
    // The clock stood at each attempt's very time, so none came early and none came twice.
    let delivery = shop.delivery(order).await;
    let times: Vec<i64> = attempts(&delivery).iter().map(|a| a["at"].as_i64().unwrap() - START).collect();
    assert_eq!(times, SCHEDULE);
    let first = attempts(&delivery)[0];
    assert_eq!(
        (&first["outcome"], &first["status"], &first["answer"]),
        (&json!("answer"), &json!(500), &json!("database is down"))
    );
    assert_eq!(first["actor"], "till");
    let page = shop.ask(json!({"verb": "programs"})).await.unwrap();
    assert_eq!((&page["undelivered"], &page["programs"][0]["state"]), (&json!(1), &json!("trouble")));

    // Given up: only a person sends it again, and their failure starts no new schedule.
    shop.pass(10 * 86_400_000);
    let again = shop.send_again(order).await.unwrap();
    assert_eq!((count(&again["delivery"]), &again["delivery"]["state"]), (10, &json!("given_up")));
    assert_eq!(attempts(&again["delivery"])[9]["actor"], "test");
    merchants.say(|_| answer(200, "success"));
    let again = shop.send_again(order).await.unwrap();
    assert_eq!((count(&again["delivery"]), &again["delivery"]["state"]), (11, &json!("delivered")));
    assert_eq!(again["delivery"]["delivered_at"], shop.now());
    assert_eq!(shop.send_again(order).await.unwrap_err().code, till_engine::api::Code::Conflict);
    assert_eq!(merchants.heard(NOTIFY), 11);
    let page = shop.ask(json!({"verb": "programs"})).await.unwrap();
    assert_eq!(page["undelivered"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_try_leaves_the_schedule_alone_and_one_press_sends_once() {
    let merchants = Merchants::new();
    merchants.say(|_| answer(200, "fail"));
    let shop = shop(&merchants).await;
    let id = program_id(&shop, "vmq", "网店").await;
    let order = shop.order(id, 1_500, NOTIFY).await;
    shop.settle(order).await;
    let before = shop.until_delivery(order, "the first attempt", |d| count(d) == 1).await;
    let press = json!({"verb": "send_again", "ticket_id": order, "request_id": "press-1"});
    for _ in 0..3 {
        let after = shop.ask(press.clone()).await.unwrap();
        assert_eq!(count(&after["delivery"]), 2);
        assert_eq!(after["delivery"]["next_at"], before["next_at"]);
    }
    // The try of a person does not use up one of the nine: the next gap is the second one.
    shop.pass(15_000);
    let after = shop.until_delivery(order, "the second attempt", |d| count(d) == 3).await;
    assert_eq!(after["next_at"], START + 60_000);
    assert_eq!(shop.send_again(999).await.unwrap_err().code, till_engine::api::Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_payment_is_told_once_however_often_the_phone_says_so() {
    let merchants = Merchants::new();
    let mut shop = shop(&merchants).await;
    let id = program_id(&shop, "vmq", "网店").await;
    let phone = shop.phone("红米").await;
    let order = shop.order(id, 1_500, NOTIFY).await;
    let due = shop.ticket(&json!(order)).await["due_fen"].clone();
    let shared = std::sync::Arc::new(shop);
    let phone = std::sync::Arc::new(phone);
    let mut pushes = tokio::task::JoinSet::new();
    for n in 0..32 {
        let (shop, phone, price) = (shared.clone(), phone.clone(), shop::yuan(&due));
        // Half of them the same push again, half of them new ones about the same money.
        let t = shop.now() + if n % 2 == 0 { 0 } else { n };
        pushes.spawn(async move { shop.vmq(&phone, "1", &price, t).await });
    }
    pushes.join_all().await;
    shop = std::sync::Arc::into_inner(shared).unwrap();
    shop.until_delivery(order, "the delivery", |d| d["state"] == "delivered").await;
    // Far beyond the whole schedule, and over a restart.
    for _ in 0..3 {
        shop.pass(86_400_000);
        shop = shop.reopen().await;
    }
    // Another order's callback has gone out after all that: what was to come has come.
    let other = shop.order(id, 2_500, "https://shop.example.com/other").await;
    shop.settle(other).await;
    shop.until_delivery(other, "the other delivery", |d| d["state"] == "delivered").await;
    assert_eq!(merchants.heard(NOTIFY), 1);
    assert_eq!(count(&shop.delivery(order).await), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_merchant_delays_nobody_else() {
    let merchants = Merchants::new();
    merchants.say(|url| if url.contains("slow") { None } else { answer(200, "success") });
    let shop = shop(&merchants).await;
    let (slow, fast) = (program_id(&shop, "vmq", "慢").await, program_id(&shop, "epay", "快").await);
    for n in 0..8 {
        let order = shop.order(slow, 1_000 + 100 * n, "https://shop.example.com/slow").await;
        shop.settle(order).await;
    }
    until("four of the slow one are in flight", async || merchants.heard("slow") == 4).await;
    let mut told = Vec::new();
    for n in 0..8 {
        let order = shop.order(fast, 3_000 + 100 * n, "https://shop.example.com/fast").await;
        shop.settle(order).await;
        told.push(order);
    }
    for order in told {
        shop.until_delivery(order, "the fast one is told", |d| d["state"] == "delivered").await;
    }
    assert_eq!((merchants.heard("slow"), merchants.heard("fast")), (4, 8));
    // What was in flight when the till went down is sent again by the next one.
    merchants.say(|_| answer(200, "success"));
    let shop = shop.reopen().await;
    until("all are told", async || shop.ask(json!({"verb": "programs"})).await.unwrap()["undelivered"] == 0).await;
    assert_eq!(merchants.heard("fast"), 8, "nothing is told twice");
    assert_eq!(merchants.heard("slow"), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_program_is_still_told_of_its_old_orders() {
    let merchants = Merchants::new();
    let mut shop = shop(&merchants).await;
    let made = shop.program("vmq", "网店").await;
    let id = made["program"]["id"].as_i64().unwrap();
    let order = shop.order(id, 1_500, NOTIFY).await;
    let revoked = shop.act(json!({"verb": "revoke_program", "program_id": id})).await.unwrap();
    assert_eq!(revoked["state"], "revoked");
    shop = shop.reopen().await;
    shop.settle(order).await;
    shop.until_delivery(order, "the delivery", |d| d["state"] == "delivered").await;
    assert_eq!(merchants.heard(NOTIFY), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_is_kept_with_its_cause() {
    let merchants = Merchants::new();
    let mut shop = shop(&merchants).await;
    let id = program_id(&shop, "vmq", "网店").await;
    let cases = [
        (answer(302, ""), "redirect"),
        (answer(200, "Success"), "answer"),
        (answer(201, "success"), "answer"),
        (Some(Sent::Answer { status: 200, body: vec![b's'; 1_024], cut: true }), "answer"),
        (Some(Sent::Failed(SendError::Timeout)), "timeout"),
        (Some(Sent::Failed(SendError::Unreachable("refused".into()))), "unreachable"),
        (Some(Sent::Failed(SendError::Tls("UnknownIssuer".into()))), "tls"),
        (Some(Sent::Failed(SendError::Forbidden("10.0.0.1".into()))), "forbidden"),
        (Some(Sent::Failed(SendError::BadUrl("no host".into()))), "bad_url"),
        (answer(200, " success\r\n"), "delivered"),
    ];
    for (n, (said, outcome)) in cases.into_iter().enumerate() {
        merchants.say(move |_| said.clone());
        let order = shop.order(id, 1_000 + 100 * i64::try_from(n).unwrap(), NOTIFY).await;
        shop.settle(order).await;
        let delivery = shop.until_delivery(order, outcome, |d| count(d) == 1).await;
        assert_eq!(attempts(&delivery)[0]["outcome"], outcome);
        assert_eq!(attempts(&delivery)[0]["nth"], 1);
    }
    let mut states = Vec::new();
    while let Ok(event) = shop.events.try_recv() {
        if let Event::CallbackChanged { state, undelivered, program, .. } = event {
            assert_eq!(program, "网店");
            states.push((state, undelivered));
        }
    }
    let waiting = (1..=9).map(|n| (DeliveryState::Waiting, n));
    assert_eq!(states, waiting.chain([(DeliveryState::Delivered, 9)]).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_an_address_has_nobody_to_tell() {
    let merchants = Merchants::new();
    let shop = shop(&merchants).await;
    let id = program_id(&shop, "vmq", "网店").await;
    let silent = shop.order(id, 1_500, "").await;
    shop.settle(silent).await;
    let order = shop.order(id, 2_500, NOTIFY).await;
    shop.settle(order).await;
    shop.until_delivery(order, "the delivery", |d| d["state"] == "delivered").await;
    assert_eq!(shop.delivery(silent).await, Value::Null);
    assert_eq!(merchants.all().len(), 1);
    assert_eq!(shop.send_again(silent).await.unwrap_err().code, till_engine::api::Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_orders_follow_each_other() {
    let merchants = Merchants::new();
    let shop = shop(&merchants).await;
    let (a, b) = (program_id(&shop, "vmq", "甲").await, program_id(&shop, "v1", "乙").await);
    let mut all = Vec::new();
    for n in 0..7 {
        all.push(shop.order(if n % 2 == 0 { a } else { b }, 1_000 + 100 * n, NOTIFY).await);
    }
    all.reverse();
    let mut seen = Vec::new();
    let mut before = Value::Null;
    loop {
        let ask = json!({"verb": "program_orders", "program_id": null, "undelivered": false, "before_id": before, "limit": 3});
        let page = shop.ask(ask).await.unwrap();
        seen.extend(page["orders"].as_array().unwrap().iter().map(|o| o["ticket_id"].as_i64().unwrap()));
        before = page["next_before_id"].clone();
        if before.is_null() {
            break;
        }
    }
    assert_eq!(seen, all);
    let ask = json!({"verb": "program_orders", "program_id": b, "undelivered": false, "before_id": null, "limit": 0});
    let page = shop.ask(ask).await.unwrap();
    assert_eq!((page["orders"].as_array().unwrap().len(), &page["orders"][0]["program"]), (1, &json!("乙")));
    assert!(page["orders"][0]["checkout_path"].as_str().unwrap().starts_with("/pay/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_noted_even_if_the_book_does_not_take_it_at_first() {
    let merchants = Merchants::new();
    merchants.say(|_| None);
    let shop = shop(&merchants).await;
    let id = program_id(&shop, "vmq", "网店").await;
    let order = shop.order(id, 1_500, NOTIFY).await;
    shop.settle(order).await;
    until("it is in flight", async || merchants.heard(NOTIFY) == 1).await;
    // A second one meets a book that refuses attempts, until it no longer does.
    let mut book = raw(&shop).await;
    let refuse = "CREATE TRIGGER full BEFORE INSERT ON callback_attempt BEGIN SELECT raise(ABORT, 'disk full'); END";
    sqlx::query(refuse).execute(&mut book).await.unwrap();
    merchants.say(|_| answer(200, "success"));
    let other = shop.order(id, 2_500, "https://shop.example.com/second").await;
    shop.settle(other).await;
    until("it was told", async || merchants.heard("second") == 1).await;
    sqlx::query("DROP TRIGGER full").execute(&mut book).await.unwrap();
    let delivery = shop.until_delivery(other, "the note", |d| d["state"] == "delivered").await;
    assert_eq!(count(&delivery), 1);
    assert_eq!(merchants.heard("second"), 1, "it was told a second time");
}

/// A server on this computer that understands everything, and the request lines it heard.
async fn server() -> (u16, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = lines.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 8_192];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let line = String::from_utf8_lossy(&head[..read]).lines().next().unwrap_or_default().to_owned();
            heard.lock().unwrap().push(line);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nsuccess").await;
        }
    });
    (port, lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn through_the_real_network_only_where_the_owner_allows_it() {
    let (port, lines) = server().await;
    let shop = Shop::new().await;
    let spelt = format!("http://127.0.0.1:{port}/");
    let add = |name: &str, prefixes: Value| json!({"verb": "add_program", "protocol": "vmq", "settings": {"name": name, "callback_prefixes": prefixes}});
    shop.act(add("这台电脑", json!([spelt]))).await.unwrap();
    shop.act(add("别处", json!(["https://shop.example.com/"]))).await.unwrap();
    let order = shop.order(1, 1_500, &format!("{spelt}notify?from=till")).await;
    shop.settle(order).await;
    let delivery = shop.until_delivery(order, "the delivery", |d| d["state"] == "delivered").await;
    assert_eq!(attempts(&delivery)[0]["answer"], "success");
    let line = lines.lock().unwrap()[0].clone();
    assert!(
        line.starts_with("GET /notify?from=till&") && line.contains("payId=out-") && line.contains("sign="),
        "{line}"
    );
    // The same address is not one that the other program may name, however it came into its order.
    let order = shop.order(2, 2_500, &format!("{spelt}notify")).await;
    shop.settle(order).await;
    let delivery = shop.until_delivery(order, "an attempt", |d| count(d) == 1).await;
    assert_eq!(attempts(&delivery)[0]["outcome"], "forbidden");
    assert_eq!(lines.lock().unwrap().len(), 1);
}
