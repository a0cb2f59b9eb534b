//! What else may come in at the LAN port: ended keys, two phones, too much, too slow, from too far.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufReader, Write};
use std::time::Duration;

use anyhow::{Result, ensure};
use qiantai_tests::http::{self, Call, Http};
use qiantai_tests::phone::WECHAT;
use qiantai_tests::replies::{OURS_OK, VMQ_OK, is, is_minus_one, is_refused, refused_as};
use qiantai_tests::till::id;
use qiantai_tests::{Till, now_ms, own_address, until};
use serde_json::json;

#[test]
fn a_revoked_key_ends_at_once() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let other = till.pair("second phone")?;
    let mut kept_open = Http::new(phone.address);
    is(&kept_open.send(&phone.heart(&now_ms().to_string()))?, 200, VMQ_OK);
    let ticket = till.ring_up(5000)?;
    till.act(json!({ "verb": "revoke_device", "device_id": phone.device_id }))?;
    is_minus_one(&kept_open.send(&phone.push(WECHAT, 5000))?, 200);
    is_minus_one(&phone.send(&phone.hmac("/api/v1/system/heartbeat", "{}"))?, 401);
    let (app, text) = ("com.tencent.mm", "个人收款码到账¥50.00");
    is_refused(&phone.send(&phone.smsforwarder(app, "微信支付", text))?, 401, "revoked");
    is_refused(
        &phone.send(&phone.plain(&json!({ "package": app, "title": "微信支付", "text": text })))?,
        401,
        "revoked",
    );
    assert_eq!(till.ticket(id(&ticket))?["status"], "open");
    refused_as(&till, "revoked")?;
    // The other phone's key is its own.
    is(&other.send(&other.push(WECHAT, 5000))?, 200, VMQ_OK);
    assert_eq!(till.ticket(id(&ticket))?["status"], "paid");
    Ok(())
}

#[test]
fn two_phones_that_hear_one_payment_book_it_once() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let other = till.pair("second phone")?;
    let ticket = till.ring_up(6600)?;
    let body = json!({ "package": "com.tencent.mm", "title": "微信支付", "text": "微信支付收款66.00元(朋友到店)" });
    is(&phone.send(&phone.plain(&body))?, 200, OURS_OK);
    is(&other.send(&other.plain(&body))?, 200, OURS_OK);
    let paid = till.ticket(id(&ticket))?;
    assert_eq!((paid["payments"].as_array().unwrap().len(), &paid["exception"]), (1, &json!("none")));
    assert!(till.inbox()?.iter().all(|i| i["state"] != "open" || i["reason"] == "duplicate"), "{:?}", till.inbox()?);
    Ok(())
}

#[test]
fn limits_of_the_port() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let post = |size: usize| {
        let mut body = br#"{"title":"t","text":""#.to_vec();
        body.resize(size - 2, b'a');
        body.extend_from_slice(b"\"}");
        phone.send(
            &Call::post("/api/v1/phones/push", "application/json", body)
                .header("authorization", format!("Bearer {}", phone.token)),
        )
    };
    is(&post(64 * 1024)?, 200, OURS_OK);
    is_refused(&post(64 * 1024 + 1)?, 413, "too_large");
    refused_as(&till, "too_large")?;
    is_refused(&phone.send(&Call::get("/nowhere"))?, 404, "not_found");
    assert_eq!(phone.send(&Call::new("DELETE", "/appPush"))?.status, 405);
    // The control door does not open for a stranger, nor the counter's page.
    assert_eq!(phone.send(&Call::json("/control/call", &json!({ "verb": "devices" })))?.status, 403);
    let guessed = Call::json("/control/call", &json!({ "verb": "devices" }))
        .header("authorization", format!("Bearer {}", phone.token));
    assert_eq!(phone.send(&guessed)?.status, 403);
    is(&phone.send(&Call::get("/healthz"))?, 200, OURS_OK);
    Ok(())
}

#[test]
fn a_slow_client_is_let_go_and_holds_up_nobody() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut stream = http::connect(phone.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(40)))?;
        stream.write_all(b"POST /appPush HTTP/1.1\r\nhost: x\r\nx-slow: ")?;
        slow.push(stream);
    }
    let ticket = till.ring_up(1000)?;
    is(&phone.send(&phone.push(WECHAT, 1000))?, 200, VMQ_OK);
    assert_eq!(till.ticket(id(&ticket))?["status"], "paid");
    for stream in slow {
        // Told so (408), or simply let go.
        if let Ok(reply) = http::read(&mut BufReader::new(stream)) {
            ensure!(reply.status == 408, "{reply:?}");
        }
    }
    Ok(())
}

#[test]
fn only_this_computer_before_the_first_phone() -> Result<()> {
    let Some(outside) = own_address() else {
        println!("this computer has no address but 127.0.0.1: nothing to try");
        return Ok(());
    };
    let mut till = Till::start()?;
    let port = qiantai_tests::web::free_port()?;
    till.change_settings(|s| {
        s["listen_host"] = "0.0.0.0".into();
        s["listen_port"] = port.into();
    })?;
    till.stop()?;
    let till = till.restart_with(&[])?;
    assert_eq!(till.health()?["loopback_only"], true);
    let from_outside = std::net::SocketAddr::new(outside, port);
    assert!(http::once(from_outside, &Call::get("/healthz")).is_err(), "the port is open beyond this computer");
    let phone = till.pair("first phone")?;
    until("the port to open", || Ok((till.health()?["loopback_only"] == false).then_some(())))?;
    let t = now_ms().to_string();
    is(&http::once(from_outside, &phone.heart(&t))?, 200, VMQ_OK);
    // The command line still comes in, and nobody else does through that door.
    assert_eq!(till.cli(&["device", "list"])?.code, 0);
    let control = Call::json("/control/call", &json!({ "verb": "health" })).header("authorization", till.bearer());
    assert!(http::once(from_outside, &control)?.status >= 400, "the control door is open to the network");
    Ok(())
}
