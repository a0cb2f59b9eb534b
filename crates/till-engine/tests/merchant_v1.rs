//! Our own protocol: signatures, one-use marks, idempotency, lists and cancelling.
#![allow(clippy::unwrap_used, reason = "a failing test fails")]

mod ask;
mod shop;
mod web;

use ask::{body, program, shop as open, with};
use serde_json::{Value, json};
use till_engine::merchant::{MerchantDoor as Door, MerchantRequest};
use web::until;

const TICKETS: &str = "/api/v1/tickets";

fn new(order_no: &str, fen: i64) -> Value {
    json!({"price_fen": fen, "order_no": order_no, "title": "<b>茶</b>", "note": "n'1", "channels": ["wechat"], "notify_url": "https://shop.example.com/hook"})
}

fn keyed(request: MerchantRequest, key: &str) -> MerchantRequest {
    with(request, &[("idempotency-key", key)])
}

#[tokio::test]
async fn a_ticket_from_birth_to_its_callback() {
    let (shop, merchants, phone) = open().await;
    let web = program(&shop, "v1", json!({})).await;
    let made =
        shop.engine.merchant(Door::V1Create, keyed(web.v1(&shop, "POST", TICKETS, &new("A-1", 1_990)), "k1")).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let ticket = body(&made);
    assert_eq!(
        (&ticket["state"], &ticket["due_fen"], &ticket["title"], &ticket["note"]),
        (&json!("open"), &json!(1_990), &json!("<b>茶</b>"), &json!("n'1"))
    );
    assert_eq!(
        ticket["codes"],
        json!([{"channel": "wechat", "payload": "wxp://f2f0TEST-qiantai-1", "fixed_amount": false}])
    );
    assert!(ticket["checkout_url"].as_str().unwrap().starts_with("http://192.168.1.5:5921/pay/"));
    let id = ticket["id"].as_str().unwrap();
    shop.pays(&phone, "19.90").await;
    until("it is told", async || merchants.heard("/hook") == 1).await;
    let one = format!("{TICKETS}/{id}");
    let look = async || body(&shop.engine.merchant(Door::V1Get, web.v1(&shop, "GET", &one, &Value::Null)).await);
    until("delivery is noted", async || look().await["delivered"] == true).await;
    let paid = look().await;
    assert_eq!((&paid["state"], &paid["paid_channel"], &paid["codes"]), (&json!("paid"), &json!("wechat"), &json!([])));
    let told: Value = serde_json::from_slice(&merchants.all()[0].body).unwrap();
    assert_eq!((&told["event"], &told["ticket"]["id"]), (&json!("ticket.paid"), &json!(id)));
    let cancel = web.v1(&shop, "POST", &format!("{one}/cancel"), &Value::Null);
    assert_eq!(shop.engine.merchant(Door::V1Cancel, cancel).await.status, 409);
}

#[tokio::test]
async fn the_same_key_is_the_same_ticket() {
    let (shop, ..) = open().await;
    let web = program(&shop, "v1", json!({})).await;
    let create = async |key: &str, sent: Value| {
        let answer = shop.engine.merchant(Door::V1Create, keyed(web.v1(&shop, "POST", TICKETS, &sent), key)).await;
        (answer.status, body(&answer))
    };
    let (status, first) = create("k1", new("A-1", 500)).await;
    assert_eq!(status, 201);
    assert_eq!(create("k1", new("A-1", 500)).await, (201, first));
    let (status, other) = create("k1", new("A-2", 500)).await;
    assert_eq!((status, &other["code"]), (409, &json!("conflict")));
    assert_eq!(create("k2", new("A-1", 500)).await.0, 409, "the number was used");
    let bare = shop.engine.merchant(Door::V1Create, web.v1(&shop, "POST", TICKETS, &new("A-3", 500))).await;
    assert_eq!((bare.status, body(&bare)["details"]["field"].clone()), (400, json!("Idempotency-Key")));
    for (field, wrong) in [
        ("price_fen", json!(0)),
        ("price_fen", json!(1.5)),
        ("price_fen", json!(-1)),
        ("order_no", json!("")),
        ("title", json!("x".repeat(101))),
        ("channels", json!(["cash"])),
        ("channels", json!(["gold"])),
        ("expires_in_s", json!(5)),
        ("unknown", json!(1)),
    ] {
        let mut sent = new("A-4", 500);
        sent[field] = wrong.clone();
        let (status, problem) = create("k4", sent).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid")), "{field} {wrong}");
        assert!(!problem["message"].as_str().unwrap().is_empty());
    }
    let mut sent = new("A-5", 500);
    sent["notify_url"] = json!("https://evil.example/");
    assert_eq!(create("k5", sent).await.0, 403);
    assert_eq!(shop.orders().await.len(), 1);
}

#[tokio::test]
async fn eight_at_once_under_one_key_are_one_ticket() {
    let (shop, ..) = open().await;
    let web = program(&shop, "v1", json!({})).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (engine, request) = (shop.engine.clone(), keyed(web.v1(&shop, "POST", TICKETS, &new("A-1", 700)), "k1"));
        all.spawn(async move { body(&engine.merchant(Door::V1Create, request).await)["id"].clone() });
    }
    let ids = all.join_all().await;
    assert!(ids.iter().all(|id| id.is_string() && *id == ids[0]), "{ids:?}");
    assert_eq!(shop.orders().await.len(), 1);
}

#[tokio::test]
async fn replays_clocks_and_forgeries() {
    let (shop, ..) = open().await;
    let web = program(&shop, "v1", json!({})).await;
    let other = program(&shop, "v1", json!({"name": "别家"})).await;
    let now = shop.now() / 1_000;
    let list = async |request: MerchantRequest| shop.engine.merchant(Door::V1List, request).await.status;
    let once = web.v1_at(now, "nonce-once", "GET", TICKETS, &Value::Null);
    assert_eq!(list(once.clone()).await, 200);
    assert_eq!(list(once.clone()).await, 401, "a replay");
    assert_eq!(
        list(other.v1_at(now, "nonce-once", "GET", TICKETS, &Value::Null)).await,
        200,
        "marks are each program's own"
    );
    for (seconds, status) in [(-299, 200), (299, 200), (-301, 401), (301, 401)] {
        let nonce = format!("skewed{seconds}");
        assert_eq!(list(web.v1_at(now + seconds, &nonce, "GET", TICKETS, &Value::Null)).await, status, "{seconds}");
    }
    let forged = |change: &dyn Fn(&mut MerchantRequest)| {
        let mut request = web.v1(&shop, "GET", TICKETS, &Value::Null);
        change(&mut request);
        request
    };
    let head = |request: &mut MerchantRequest, name: &str, value: &str| {
        request.headers.iter_mut().filter(|(n, _)| n == name).for_each(|(_, v)| *v = value.into());
    };
    for request in [
        forged(&|r| r.query = "limit=100".into()),
        forged(&|r| r.path = "/api/v1/tickets/".into()),
        forged(&|r| r.body = b"x".to_vec()),
        forged(&|r| head(r, "x-qiantai-key", &other.key_id)),
        forged(&|r| head(r, "x-qiantai-signature", "v1=")),
        forged(&|r| head(r, "x-qiantai-timestamp", "9999999999")),
        forged(&|r| r.headers.clear()),
    ] {
        assert_eq!(list(request).await, 401);
    }
    shop.pass(301_000);
    assert_eq!(list(once).await, 401, "too old by now");
    let noted = shop.refusals().await;
    assert!(
        ["reused", "program_clock", "bad_signature"].iter().all(|c| noted.iter().any(|r| r["cause"] == *c)),
        "{noted:?}"
    );
    let listens = shop.engine.merchant_listens(web.v1(&shop, "GET", "/api/v1/events", &Value::Null)).await.unwrap();
    assert_eq!(listens, web.id);
    shop.act(json!({"verb": "revoke_program", "program_id": web.id})).await.unwrap();
    assert_eq!(list(web.v1(&shop, "GET", TICKETS, &Value::Null)).await, 401);
    assert_eq!(
        shop.engine.merchant_listens(web.v1(&shop, "GET", "/api/v1/events", &Value::Null)).await.unwrap_err().status,
        401
    );
}

#[tokio::test]
async fn lists_turn_pages_and_show_nobody_else_s() {
    let (shop, ..) = open().await;
    let web = program(&shop, "v1", json!({})).await;
    let other = program(&shop, "v1", json!({"name": "别家"})).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let request = keyed(web.v1(&shop, "POST", TICKETS, &new(&format!("A-{n}"), 1_000 + 100 * n)), &format!("k{n}"));
        ids.insert(0, body(&shop.engine.merchant(Door::V1Create, request).await)["id"].clone());
    }
    let foreign = keyed(other.v1(&shop, "POST", TICKETS, &new("A-0", 5_000)), "k0");
    let foreign = body(&shop.engine.merchant(Door::V1Create, foreign).await)["id"].as_str().unwrap().to_owned();
    let cancel = format!("{TICKETS}/{}/cancel", ids[0].as_str().unwrap());
    for _ in 0..2 {
        let answer = shop.engine.merchant(Door::V1Cancel, web.v1(&shop, "POST", &cancel, &Value::Null)).await;
        assert_eq!((answer.status, body(&answer)["state"].clone()), (200, json!("cancelled")));
    }
    let list = async |query: &str| {
        body(
            &shop
                .engine
                .merchant(Door::V1List, web.v1(&shop, "GET", &format!("{TICKETS}?{query}"), &Value::Null))
                .await,
        )
    };
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(&format!("limit=2{cursor}")).await;
        seen.extend(page["tickets"].as_array().unwrap().iter().map(|t| t["id"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids);
    assert_eq!(list("status=cancelled").await["tickets"].as_array().unwrap().len(), 1);
    assert_eq!(list("status=open").await["tickets"].as_array().unwrap().len(), 4);
    for bad in ["limit=0", "limit=101", "status=x", "cursor=x", "q=1"] {
        assert_eq!(list(bad).await["code"], "invalid", "{bad}");
    }
    for id in [foreign.as_str(), "t_0", "1", "'--", "t_00000000000000000000000000000000"] {
        let answer =
            shop.engine.merchant(Door::V1Get, web.v1(&shop, "GET", &format!("{TICKETS}/{id}"), &Value::Null)).await;
        assert_eq!(answer.status, 404, "{id}");
    }
    let cancel = web.v1(&shop, "POST", &format!("{TICKETS}/{foreign}/cancel"), &Value::Null);
    assert_eq!(shop.engine.merchant(Door::V1Cancel, cancel).await.status, 404);
}
