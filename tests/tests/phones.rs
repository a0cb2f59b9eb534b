//! The LAN port as phones meet it: every protocol, every reply.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::Result;
use qiantai_tests::book;
use qiantai_tests::http::{self, Call, encoded};
use qiantai_tests::phone::{ALIPAY, WECHAT, java_double, yuan};
use qiantai_tests::replies::{OURS_OK, VMQ_OK, is, is_minus_one, is_refused, refused_as};
use qiantai_tests::till::{due, id, t_ago};
use qiantai_tests::{Till, now_ms, request_id, sign, until};
use serde_json::{Value, json};

fn paid_by(ticket: &Value) -> (String, i64, String) {
    let payment = &ticket["payments"][0];
    let text = |name: &str| payment[name].as_str().unwrap_or_default().to_owned();
    (text("channel"), payment["amount_fen"].as_i64().unwrap_or_default(), text("how"))
}

/// The signed addresses that others have published, letter by letter, to a phone that has their key.
#[test]
fn vmq_vectors_over_the_wire() -> Result<()> {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../data/vmq-vectors.json"))?;
    let pushes: Vec<&Value> =
        vectors.iter().filter(|v| v["id"].as_str().is_some_and(|id| id.starts_with("vmq-push-"))).collect();
    let (mut till, phone) = Till::with_phone()?;
    till.stop()?;
    book::give_key(&till.data(), phone.device_id, pushes[0]["parts"][3].as_str().unwrap())?;
    let till = till.restart()?;
    let mut taken = Vec::new();
    for vector in pushes {
        let part = |n: usize| vector["parts"][n].as_str().unwrap();
        let (kind, price, t) = (part(0), part(1), part(2));
        let sign = vector["expected"].as_str().unwrap();
        let target = format!("/appPush?t={t}&type={kind}&price={price}&sign={sign}");
        if let Some(published) = vector["url"].as_str() {
            assert_eq!(published, target);
        }
        let reply = http::once(till.address, &Call::get(target))?;
        if t.len() == 13 {
            is(&reply, 200, VMQ_OK);
            taken.push(vector["id"].as_str().unwrap());
        } else {
            // The second half of the published collision: a digit moved from the time into the price.
            is_minus_one(&reply, 200);
        }
    }
    assert_eq!(taken.len(), 7);
    // All from 2023: kept for a person, booked for nobody.
    let mut amounts: Vec<i64> = till.inbox()?.iter().filter_map(|i| i["amount_fen"].as_i64()).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [10, 100, 550, 550, 550, 1_234_560, 1_000_000_000]);
    Ok(())
}

#[test]
fn vmq_prices_are_verified_as_written_and_settle_as_fen() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    // The spellings of the published vectors: Java's Double.toString, and two fixed decimals.
    for (kind, channel, spelled, fen) in [
        (WECHAT, "wechat", "0.1", 10),
        (WECHAT, "wechat", "1.0", 100),
        (ALIPAY, "alipay", "5.5", 550),
        (ALIPAY, "alipay", "12345.6", 1_234_560),
        (WECHAT, "wechat", "9.90", 990),
        (WECHAT, "wechat", "7", 700),
    ] {
        let ticket = till.ring_up(fen)?;
        assert_eq!(due(&ticket), fen, "nothing else waits, so the price itself is free");
        is(&phone.send(&phone.push_at(kind, spelled, &now_ms().to_string()))?, 200, VMQ_OK);
        let paid = till.ticket(id(&ticket))?;
        assert_eq!(paid["status"], "paid", "{spelled}: durable before it was answered");
        assert_eq!(paid_by(&paid), (channel.into(), fen, "auto".into()));
    }
    assert_eq!(till.inbox()?, Vec::<Value>::new());
    // From ten million yuan up Java writes an exponent.
    is(&phone.send(&phone.push_at(WECHAT, "1.0E7", &now_ms().to_string()))?, 200, VMQ_OK);
    assert_eq!(till.inbox()?[0]["amount_fen"], 1_000_000_000);
    Ok(())
}

#[test]
fn vmq_by_post_with_the_retry_mark() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let ticket = till.ring_up(3344)?;
    is(&phone.send(&phone.push_form(WECHAT, &java_double(3344), &now_ms().to_string()))?, 200, VMQ_OK);
    assert_eq!(till.ticket(id(&ticket))?["status"], "paid");
    Ok(())
}

#[test]
fn vmq_heartbeat_brings_the_phone_to_life() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    assert_eq!(till.health()?["phone"], "new");
    is(&phone.send(&phone.heart(&now_ms().to_string()))?, 200, VMQ_OK);
    let health = until("the phone to be ok", || Ok(Some(till.health()?).filter(|h| h["phone"] == "ok")))?;
    assert_eq!(health["devices"][0]["protocol"], "vmq");
    // A wrong signature is no heartbeat.
    let t = now_ms().to_string();
    let forged = Call::get(format!("/appHeart?t={t}&sign={}", sign::vmq(&[&t, "0123456789abcdef0123456789abcdef"])));
    is_minus_one(&phone.send(&forged)?, 200);
    Ok(())
}

#[test]
fn a_repeat_is_answered_as_the_first_and_changes_nothing() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let ticket = till.ring_up(2000)?;
    let (t, price) = (now_ms().to_string(), yuan(2000));
    for _ in 0..3 {
        is(&phone.send(&phone.push_at(WECHAT, &price, &t))?, 200, VMQ_OK);
    }
    is(&phone.send(&phone.push_form(WECHAT, &price, &t))?, 200, VMQ_OK);
    let paid = till.ticket(id(&ticket))?;
    assert_eq!((paid["status"].as_str(), paid["payments"].as_array().unwrap().len()), (Some("paid"), 1));
    assert_eq!(till.inbox()?, Vec::<Value>::new());
    // Kept for later and sent again: it pays no younger ticket of the same price.
    let kept = phone.push_at(WECHAT, &yuan(2500), &now_ms().to_string());
    is(&phone.send(&kept)?, 200, VMQ_OK);
    let younger = till.ring_up(2500)?;
    is(&phone.send(&kept)?, 200, VMQ_OK);
    assert_eq!(till.ticket(id(&younger))?["status"], "open");
    assert_eq!(till.inbox()?.len(), 1);
    Ok(())
}

#[test]
fn a_moved_boundary_under_the_same_signature_is_refused() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let cheap = till.ring_up(550)?;
    let dear = till.ring_up(551)?;
    let t = now_ms().to_string();
    let sign = sign::vmq(&[WECHAT, "5.5", &t, &phone.key]);
    // 1·5.5·1700000000000 reads as 1·5.51·700000000000 too, when nobody counts digits.
    let moved = format!("5.5{}", &t[..1]);
    let forged = Call::get(format!("/appPush?t={}&type=1&price={moved}&sign={sign}", &t[1..]));
    is_minus_one(&phone.send(&forged)?, 200);
    for ticket in [&cheap, &dear] {
        assert_eq!(till.ticket(id(ticket))?["status"], "open");
    }
    refused_as(&till, "malformed")?;
    is(&phone.send(&phone.push_at(WECHAT, "5.5", &t))?, 200, VMQ_OK);
    assert_eq!(till.ticket(id(&cheap))?["status"], "paid");
    assert_eq!(till.ticket(id(&dear))?["status"], "open");
    Ok(())
}

#[test]
fn what_is_not_signed_by_a_paired_phone_settles_nothing() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let ticket = till.ring_up(4200)?;
    let t = now_ms().to_string();
    let good = sign::vmq(&[WECHAT, "42.00", &t, &phone.key]);
    let push = |query: String| phone.send(&Call::get(format!("/appPush?{query}")));
    for forged in [
        format!("t={t}&type=1&price=42.00&sign={}", sign::vmq(&[WECHAT, "42.00", &t, ""])),
        format!("t={t}&type=1&price=42.00&sign={}", sign::vmq(&[WECHAT, "42.00", &t, &phone.token])),
        format!("t={t}&type=2&price=42.00&sign={good}"),
        format!("t={t}&type=1&price=42&sign={good}"),
        format!("t={t}&type=1&price=42.00&sign="),
        format!("t={t}&type=1&price=42.00"),
        format!("t={t}&type=1&price=42.00&sign={}", &good[..31]),
    ] {
        is_minus_one(&push(forged)?, 200);
    }
    // Signed, and still not what the protocol allows.
    for (kind, price, t) in [
        ("3", "42.00", t.as_str()),
        (WECHAT, "1.0E8", &t),
        (WECHAT, "1E7", &t),
        (WECHAT, "-42.00", &t),
        (WECHAT, "42.000", &t),
        (WECHAT, "0.00", &t),
        (WECHAT, "42.00", "1700000000"),
    ] {
        is_minus_one(&phone.send(&phone.push_at(kind, price, t))?, 200);
    }
    assert_eq!(till.ticket(id(&ticket))?["status"], "open");
    assert_eq!(till.inbox()?, Vec::<Value>::new());
    let refused = till.refused()?;
    assert!(refused.iter().any(|r| r["address"] == "127.0.0.1" && r["path"] == "/appPush"), "{refused:?}");
    let shown = Value::from(refused).to_string();
    assert!(!shown.contains(&phone.key) && !shown.contains(&phone.token), "a secret is shown");
    Ok(())
}

#[test]
fn money_is_never_lost_and_never_guessed() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    // No ticket at all.
    is(&phone.send(&phone.push(WECHAT, 777))?, 200, VMQ_OK);
    // The price without its tail: two tickets of 30.00 wait, and 29.95 is nobody's due amount.
    let (a, b) = (till.ring_up(3000)?, till.ring_up(3000)?);
    assert_ne!(due(&a), due(&b));
    is(&phone.send(&phone.push(WECHAT, 2995))?, 200, VMQ_OK);
    // An old announcement, from before the ticket was opened.
    let ticket = till.ring_up(6100)?;
    is(&phone.send(&phone.push_at(WECHAT, "61.00", &t_ago(3_600_000)))?, 200, VMQ_OK);
    for ticket in [&a, &b, &ticket] {
        assert_eq!(till.ticket(id(ticket))?["status"], "open");
    }
    let inbox = till.inbox()?;
    let reasons: Vec<&str> = inbox.iter().filter_map(|i| i["reason"].as_str()).collect();
    assert_eq!(reasons, ["stale", "wrong_amount", "unmatched"]);
    assert_eq!(inbox[0]["suggestions"][0]["ticket_id"], id(&ticket));
    Ok(())
}

#[test]
fn hmac_phones() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let beat = phone.hmac("/api/v1/system/heartbeat", r#"{"client":"android"}"#);
    is(&phone.send(&beat)?, 200, VMQ_OK);
    let (wechat, alipay) = (till.ring_up(1234)?, till.ring_up(5600)?);
    is(&phone.send(&phone.hmac("/api/v1/payments/notify", r#"{"channel":1,"price":12.34}"#))?, 200, VMQ_OK);
    is(&phone.send(&phone.hmac("/api/v1/payments/notify", r#"{"channel":2,"price":56}"#))?, 200, VMQ_OK);
    assert_eq!(paid_by(&till.ticket(id(&wechat))?), ("wechat".into(), 1234, "auto".into()));
    assert_eq!(paid_by(&till.ticket(id(&alipay))?), ("alipay".into(), 5600, "auto".into()));

    // The phone tries again with the same nonce: answered as before. Another body under that nonce: refused.
    let (seconds, nonce) = ((now_ms() / 1000).to_string(), request_id());
    let path = "/api/v1/payments/notify";
    let third = till.ring_up(9100)?;
    for _ in 0..2 {
        is(&phone.send(&phone.hmac_at(path, r#"{"channel":1,"price":91.00}"#, &seconds, &nonce))?, 200, VMQ_OK);
    }
    assert_eq!(till.ticket(id(&third))?["payments"].as_array().unwrap().len(), 1);
    is_minus_one(&phone.send(&phone.hmac_at(path, r#"{"channel":1,"price":92.00}"#, &seconds, &nonce))?, 409);

    // The signature covers path and body.
    let mut other_body = phone.hmac(path, r#"{"channel":1,"price":1.00}"#);
    other_body.body = br#"{"channel":1,"price":2.00}"#.to_vec();
    is_minus_one(&phone.send(&other_body)?, 401);
    let mut other_path = phone.hmac("/api/v1/system/heartbeat", r#"{"client":"android"}"#);
    other_path.target = path.into();
    is_minus_one(&phone.send(&other_path)?, 401);
    assert_eq!(till.inbox()?, Vec::<Value>::new());
    Ok(())
}

#[test]
fn smsforwarder_in_every_encoding() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    for (n, times) in [0, 1, 2].into_iter().enumerate() {
        let fen = 1100 + i64::try_from(n)? * 500;
        let ticket = till.ring_up(fen)?;
        let t = now_ms().to_string();
        let mut sign = sign::smsforwarder(&phone.secret, &t);
        for _ in 0..times {
            sign = encoded(&sign);
        }
        let text = format!("个人收款码到账¥{}", yuan(fen));
        let call = phone.smsforwarder_at("com.tencent.mm", "微信支付", &text, &t, &sign);
        is(&phone.send(&call)?, 200, OURS_OK);
        let paid = till.ticket(id(&ticket))?;
        assert_eq!(paid["status"], "paid", "encoded {times} times");
        // Its own retry.
        is(&phone.send(&call)?, 200, OURS_OK);
        assert_eq!(till.ticket(id(&ticket))?["payments"].as_array().unwrap().len(), 1);
    }
    let ticket = till.ring_up(8800)?;
    let alipay = phone.smsforwarder("com.eg.android.AlipayGphone", "你已成功收款88.00元", "老顾客消费");
    is(&phone.send(&alipay)?, 200, OURS_OK);
    assert_eq!(paid_by(&till.ticket(id(&ticket))?), ("alipay".into(), 8800, "auto".into()));
    Ok(())
}

#[test]
fn smsforwarder_is_not_believed_without_its_secrets() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let ticket = till.ring_up(1500)?;
    let text = "个人收款码到账¥15.00";
    let (app, title) = ("com.tencent.mm", "微信支付");

    let mut no_token = phone.smsforwarder(app, title, text);
    no_token.headers.retain(|(name, _)| name != "authorization");
    is_refused(&phone.send(&no_token)?, 401, "unknown_device");

    let t = now_ms().to_string();
    let wrong = sign::smsforwarder("another secret", &t);
    is_refused(&phone.send(&phone.smsforwarder_at(app, title, text, &t, &wrong))?, 401, "bad_signature");

    // The signature covers the time only: another text under a used one is refused.
    let sign = sign::smsforwarder(&phone.secret, &t);
    is(&phone.send(&phone.smsforwarder_at(app, title, "你好", &t, &sign))?, 200, OURS_OK);
    is_refused(&phone.send(&phone.smsforwarder_at(app, title, text, &t, &sign))?, 409, "reused");

    // A message of a chat that reads like a receipt, and an app that only calls itself so.
    is(&phone.send(&phone.smsforwarder(app, "隔壁老王", text))?, 200, OURS_OK);
    is(&phone.send(&phone.smsforwarder("com.example.fake", title, text))?, 200, OURS_OK);
    assert_eq!(till.ticket(id(&ticket))?["status"], "open");
    Ok(())
}

#[test]
fn seed_002_json() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let first = till.ring_up(80)?;
    let text = "[2条]微信支付: 微信支付收款0.80元(朋友到店)";
    is(&phone.send(&phone.seed("微信支付", text, "0.80", "2026-11-20 09:30:11"))?, 200, OURS_OK);
    assert_eq!(paid_by(&till.ticket(id(&first))?), ("wechat".into(), 80, "auto".into()));
    let second = till.ring_up(123)?;
    // Its amount may be the word "null": the text counts.
    let text = "[店员消息]收款到账1.23元";
    is(&phone.send(&phone.seed_with_header("微信收款助手", text, "null", "2026-11-20 09:31:11"))?, 200, OURS_OK);
    assert_eq!(till.ticket(id(&second))?["status"], "paid");
    // The amount it worked out disagrees with the text: a person looks at it.
    let third = till.ring_up(456)?;
    let text = "微信支付: 微信支付收款4.56元(朋友到店)";
    is(&phone.send(&phone.seed("微信支付", text, "45.60", "2026-11-20 09:32:11"))?, 200, OURS_OK);
    assert_eq!(till.ticket(id(&third))?["status"], "open");
    assert_eq!(till.inbox()?.len(), 1);
    let stranger =
        Call::json("/api/v1/phones/json/0123456789abcdef0123456789abcdef", &json!({"title": "x", "content": "y"}));
    is_refused(&phone.send(&stranger)?, 401, "unknown_device");
    refused_as(&till, "unknown_device")
}

#[test]
fn plain_push_as_json_form_and_query() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let (title, app) = ("微信支付", "com.tencent.mm");
    let first = till.ring_up(2100)?;
    let body =
        json!({ "package": app, "title": title, "text": "微信支付收款21.00元(朋友到店)", "id": "a-1", "x": [1] });
    for _ in 0..2 {
        is(&phone.send(&phone.plain(&body))?, 200, OURS_OK);
    }
    assert_eq!(till.ticket(id(&first))?["payments"].as_array().unwrap().len(), 1);
    let second = till.ring_up(2200)?;
    let form = format!("from={app}&title={}&content={}", encoded(title), encoded("微信支付收款22.00元(朋友到店)"));
    let path = format!("/api/v1/phones/push/{}", phone.token);
    is(&phone.send(&Call::post(&path, "application/x-www-form-urlencoded", form))?, 200, OURS_OK);
    assert_eq!(till.ticket(id(&second))?["status"], "paid");
    // Smells of money, fits no rule: kept for a person.
    is(
        &phone.send(&phone.plain(&json!({ "package": app, "title": title, "text": "你有一笔33.00元的新入账" })))?,
        200,
        OURS_OK,
    );
    let kept = until("an unrecognised text", || Ok(till.inbox()?.into_iter().find(|i| i["reason"] == "unrecognised")))?;
    assert_eq!(kept["text"], "你有一笔33.00元的新入账");
    is_refused(&phone.send(&Call::json(&path, &json!({ "device": "x" })))?, 400, "malformed");
    Ok(())
}
