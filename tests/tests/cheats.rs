//! How someone could cheat a shop that charges through the till: each of these works against a system that ships today.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use qiantai_tests::book::{self, Book};
use qiantai_tests::http::{Call, Reply};
use qiantai_tests::merchant::{Manner, Merchant};
use qiantai_tests::phone::{ALIPAY, WECHAT};
use qiantai_tests::program::{Asked, Program, joined};
use qiantai_tests::replies::{is_accepted, is_minus_one, said_no};
use qiantai_tests::till::due;
use qiantai_tests::{Phone, Till, now_ms, own_address, request_id, sign, together, until};
use serde_json::{Value, json};

/// A till that listens on every address, with a phone.
fn open_till() -> Result<(Till, Phone)> {
    let till = Till::start_with(&["--bind", "0.0.0.0:0"])?;
    till.add_codes()?;
    let phone = till.pair("counter phone")?;
    until("the port to open", || Ok((till.health()?["loopback_only"] == false).then_some(())))?;
    Ok((till, phone))
}

fn count(till: &Till) -> Result<usize> {
    Ok(till.orders()?.len())
}

/// The till seen from elsewhere. `None` on a computer without a network: nothing is elsewhere there.
fn elsewhere(program: &Program) -> Option<Program> {
    let Some(ip) = own_address() else {
        println!("this computer has no address but 127.0.0.1: nothing to try");
        return None;
    };
    Some(program.from(ip))
}

#[test]
fn a_moved_boundary_opens_nothing_from_elsewhere() -> Result<()> {
    let (till, _) = open_till()?;
    let program = till.add_program("vmq", json!({}))?;
    let Some(far) = elsewhere(&program) else { return Ok(()) };
    // The published collision: two orders, 2.50 by WeChat and 12.50 by Alipay, under one signature.
    let honest = Asked::new("C1", "2.50").param("2");
    let moved = Asked { kind: "2", ..Asked::new("C1", "12.50") };
    let sign = sign::vmq(&["C1", "2", "1", "2.50", &program.secret]);
    assert_eq!(sign, sign::vmq(&["C1", "", "2", "12.50", &program.secret]), "the two are one text");
    for asked in [&honest, &moved] {
        let target = format!("/createOrder?{}", joined(&asked.signed(&sign)));
        is_minus_one(&far.send(&Call::get(target.clone()))?, 200);
        is_minus_one(&far.send(&Call::get(target.clone()).header("host", "127.0.0.1"))?, 200);
        is_minus_one(
            &far.send(&Call::post("/createOrder", "application/x-www-form-urlencoded", joined(&asked.signed(&sign))))?,
            200,
        );
        for wrong in ["0123456789abcdef0123456789abcdef", &program.secret, ""] {
            said_no(&far.send(&Call::get(format!("/t/{wrong}{target}")))?);
            said_no(&far.send(&Call::get(target.clone()).header("x-api-token", wrong))?);
        }
    }
    assert_eq!(count(&till)?, 0);
    // GOGO signs the same way.
    let gogo = till.add_program("gogo", json!({}))?;
    let far_gogo = far_from(&gogo, &far);
    said_no(&far_gogo.send(&gogo.gogo_create(&Asked::new("G1", "1.00")))?);
    // Lyn.Pay signs nothing at all.
    let product = json!({ "name": "article", "amounts_fen": [100], "global": false });
    till.add_program("lyn", json!({ "products": [product] }))?;
    said_no(&far.send(&Call::json("/v1/Pay/AddOrder", &json!({ "ProductName": "article" })))?);
    assert_eq!(count(&till)?, 0);

    // The token is what opens the door, in each of its places, and for its own program only.
    let target = |n: u32| {
        let call = program.vmq_create(&Asked::new(&format!("T{n}"), "3.00"));
        call.target
    };
    is_accepted(&far.send(&Call::get(format!("/t/{}{}", program.token, target(1))))?);
    is_accepted(&far.send(&Call::get(target(2)).header("x-api-token", program.token.clone()))?);
    is_accepted(&far.send(&Call::get(target(3)).header("authorization", format!("Bearer {}", program.token)))?);
    said_no(&far.send(&Call::get(target(4)).header("x-api-token", gogo.token.clone()))?);
    assert_eq!(count(&till)?, 3);
    Ok(())
}

fn far_from(program: &Program, far: &Program) -> Program {
    program.from(far.address.ip())
}

#[test]
fn a_moved_boundary_in_epay_s_fields_opens_nothing_else() -> Result<()> {
    let (till, _) = open_till()?;
    let program = till.add_program("epay", json!({ "callback_prefixes": ["http://shop.example.com/"] }))?;
    let Some(far) = elsewhere(&program) else { return Ok(()) };
    // The customer's browser carries the shop's signed address and may cut the joined text elsewhere: the name of this
    // order reads as a field of another one.
    let signed = [
        ("money", "100.00"),
        ("name", "tea&notify_url=http://shop.example.com/n"),
        ("out_trade_no", "E1"),
        ("type", "wxpay"),
    ];
    said_no(&far.send(&Call::get(format!("/submit.php?{}", program.epay_signed(&signed))))?);
    let sign = {
        let mut all = signed.to_vec();
        all.push(("pid", &program.key_id));
        sign::epay(&all, &program.secret)
    };
    let cut = joined(&[
        ("money", "100.00"),
        ("name", "tea"),
        ("notify_url", "http://shop.example.com/n"),
        ("out_trade_no", "E1"),
        ("pid", &program.key_id),
        ("type", "wxpay"),
        ("sign", &sign),
        ("sign_type", "MD5"),
    ]);
    // Sorted, this is the same text: money, name, notify_url, out_trade_no, pid, type. Whichever was meant, it is not told
    // apart from the other, and both address only what the program may address.
    let reply = far.send(&Call::get(format!("/submit.php?{cut}")))?;
    ensure!(reply.status < 500, "{reply:?}");
    for order in till.orders()? {
        assert_eq!(
            (&order["price_fen"], &order["out_no"]),
            (&json!(10_000), &json!("E1")),
            "money or number were moved"
        );
    }
    Ok(())
}

#[test]
fn headers_make_nobody_trusted() -> Result<()> {
    let (till, _) = open_till()?;
    let program = till.add_program("vmq", json!({ "trusted_addresses": ["203.0.113.7", "10.0.0.0/8"] }))?;
    let ask = |n: usize| program.vmq_create(&Asked::new(&format!("H{n}"), "5.00"));
    let spoofs: [&[(&str, &str)]; 10] = [
        &[("x-forwarded-for", "127.0.0.1")],
        &[("x-forwarded-for", "203.0.113.7, 10.0.0.1")],
        &[("x-real-ip", "127.0.0.1")],
        &[("forwarded", "for=127.0.0.1;host=localhost")],
        &[("client-ip", "127.0.0.1"), ("true-client-ip", "127.0.0.1"), ("cf-connecting-ip", "127.0.0.1")],
        &[("x-forwarded-host", "localhost")],
        &[("host", "127.0.0.1")],
        &[("host", "localhost"), ("x-forwarded-for", "::1")],
        &[("x-forwarded-for", "::ffff:127.0.0.1")],
        &[("via", "1.1 localhost")],
    ];
    let send = |program: &Program, n: usize, headers: &[(&str, &str)]| {
        program.send(&headers.iter().fold(ask(n), |call, (name, value)| call.header(name, *value)))
    };
    if let Some(far) = elsewhere(&program) {
        for (n, headers) in spoofs.iter().enumerate() {
            is_minus_one(&send(&far, n, headers)?, 200);
        }
    }
    // A proxy on this computer, and a page in a browser here that calls the till by a name of its own, are not this computer.
    let behind: [&[(&str, &str)]; 7] = [
        &[("x-forwarded-for", "127.0.0.1")],
        &[("x-real-ip", "203.0.113.7")],
        &[("forwarded", "for=10.0.0.1")],
        &[("via", "1.1 proxy")],
        &[("x-forwarded-proto", "https")],
        &[("host", "evil.example.com")],
        &[("host", "evil.example.com:5921")],
    ];
    for (n, headers) in behind.iter().enumerate() {
        is_minus_one(&send(&program, 20 + n, headers)?, 200);
    }
    assert_eq!(count(&till)?, 0);
    // It is none of these headers that lets the till's own computer in.
    is_accepted(&send(&program, 40, &[])?);
    let Some(far) = elsewhere(&program) else { return Ok(()) };
    let mine = far.address.ip().to_string();
    let trusted = json!({ "name": "vmq shop", "trusted_addresses": [mine] });
    till.act(json!({ "verb": "update_program", "program_id": program.id, "settings": trusted }))?;
    is_accepted(&send(&far, 41, &[])?);
    Ok(())
}

#[test]
fn what_was_asked_before_is_not_charged_again() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let program = till.add_program("vmq", json!({}))?;
    let ask = program.vmq_create(&Asked::new("R1", "8.00").param("a"));
    is_accepted(&program.send(&ask)?);
    for _ in 0..3 {
        let reply = program.send(&ask)?;
        is_minus_one(&reply, 200);
        assert_eq!(reply.json()?["msg"], "商户订单号已存在");
    }
    assert_eq!(phone.send(&phone.push(WECHAT, 800))?.status, 200);
    assert_eq!(till.order("R1")?["status"], "paid");
    is_minus_one(&program.send(&ask)?, 200);
    // Neither for another price.
    is_minus_one(&program.send(&program.vmq_create(&Asked::new("R1", "0.01")))?, 200);
    assert_eq!(count(&till)?, 1);
    Ok(())
}

#[test]
fn a_signed_request_of_our_own_works_once() -> Result<()> {
    let (till, _) = open_till()?;
    let program = till.add_program("v1", json!({}))?;
    let (path, body) = ("/api/v1/tickets", r#"{"order_no":"V1","price_fen":1200}"#);
    let (at, nonce) = (now_ms(), request_id());
    let ask = |at: i64, nonce: &str| program.v1_at("POST", path, body, at, nonce).header("idempotency-key", "k1");
    let first = program.send(&ask(at, &nonce))?;
    ensure!((200..300).contains(&first.status), "{}: {}", first.status, first.text());
    // Copied from the wire and sent again, as it is and a little later.
    said_no(&program.send(&ask(at, &nonce))?);
    // Too old, too early, or with another clock's time under the same signature.
    for away in [-301_000, -3_600_000, 302_000, 86_400_000] {
        said_no(&program.send(&ask(at + away, &request_id()))?);
    }
    let altered = |change: &dyn Fn(&mut Call)| {
        let mut call = ask(now_ms(), &request_id());
        change(&mut call);
        program.send(&call)
    };
    said_no(&altered(&|c| c.body = body.replace("1200", "1").into_bytes())?);
    said_no(&altered(&|c| c.target = "/api/v1/tickets?limit=1".into())?);
    said_no(&altered(&|c| c.headers.retain(|(name, _)| name != "X-Qiantai-Nonce"))?);
    said_no(&altered(&|c| c.headers.retain(|(name, _)| name != "X-Qiantai-Signature"))?);
    said_no(&altered(&|c| c.method = "PUT".into())?);
    // A new mark, the same key and words: the same ticket. Other words under that key: a conflict.
    let again = program.send(&ask(now_ms(), &request_id()))?;
    assert_eq!((again.status / 100, again.json()?), (2, first.json()?));
    let other = body.replace("1200", "1300");
    let call = program.v1("POST", path, &other).header("idempotency-key", "k1");
    assert_eq!(program.send(&call)?.status, 409);
    assert_eq!(count(&till)?, 1);
    Ok(())
}

#[test]
fn eight_equal_orders_at_once_are_one() -> Result<()> {
    let (till, _) = Till::with_phone()?;
    let vmq = till.add_program("vmq", json!({}))?;
    let ask = vmq.vmq_create(&Asked::new("RACE", "6.60"));
    let replies = together(8, |_| vmq.send(&ask))?;
    let won = replies.iter().filter(|reply| reply.json().is_ok_and(|body| body["code"] == 1)).count();
    assert_eq!(won, 1, "{:?}", replies.iter().map(Reply::text).collect::<Vec<_>>());
    assert!(replies.iter().all(|r| r.json().is_ok_and(|b| b["code"] == 1 || b["msg"] == "商户订单号已存在")));

    let epay = till.add_program("epay", json!({}))?;
    let fields = [("type", "wxpay"), ("out_trade_no", "RACE"), ("name", "tea"), ("money", "7.70")];
    let ask = epay.epay_create(&fields);
    let replies = together(8, |_| epay.send(&ask)?.json())?;
    let numbers: BTreeSet<String> = replies.iter().map(|reply| reply["trade_no"].to_string()).collect();
    assert!(replies.iter().all(|reply| reply["code"] == 1) && numbers.len() == 1, "{replies:?}");

    let v1 = till.add_program("v1", json!({}))?;
    let body = r#"{"order_no":"RACE","price_fen":880}"#;
    let replies = together(8, |_| v1.send(&v1.v1("POST", "/api/v1/tickets", body).header("idempotency-key", "race")))?;
    let bodies: BTreeSet<String> = replies.iter().map(Reply::text).collect();
    assert!(replies.iter().all(|reply| reply.status / 100 == 2) && bodies.len() == 1, "{replies:?}");

    // Three programs, one number each of their own.
    assert_eq!(count(&till)?, 3);
    let mut book = Book::open(&till.data())?;
    assert_eq!(book.number("SELECT count(*) FROM ticket")?, 3);
    book.adds_up()
}

#[test]
fn many_orders_of_one_price_at_once_never_share_an_amount() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let program = till.add_program("vmq", json!({}))?;
    let replies = together(16, |n| {
        let pay_id = format!("S{n}");
        let reply = program.send(&program.vmq_create(&Asked::new(&pay_id, "50.00")))?.json()?;
        ensure!(reply["code"] == 1, "{reply}");
        Ok(reply["data"]["reallyPrice"].to_string())
    })?;
    assert_eq!(replies.iter().collect::<BTreeSet<_>>().len(), 16, "{replies:?}");
    // And none with what the counter rings up.
    let ticket = till.ring_up(5000)?;
    let orders = till.orders()?;
    assert!(orders.iter().all(|order| order["due_fen"] != due(&ticket)), "{ticket}");
    together(16, |n| {
        ensure!(phone.send(&phone.push(WECHAT, due(&orders[n])))?.status == 200);
        Ok(())
    })?;
    assert!(till.orders()?.iter().all(|order| order["status"] == "paid"));
    Book::open(&till.data())?.adds_up()
}

#[test]
fn late_money_never_pays_the_next_order() -> Result<()> {
    let (mut till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::text("success"))?;
    let told = json!({ "callback_prefixes": [shop.url("/")], "notify_url": shop.url("/notify") });
    let program = till.add_program("vmq", told)?;
    let create = |till: &Till, pay_id: &str| -> Result<Value> {
        let program = Program { address: till.address, ..program.clone() };
        let reply = program.send(&program.vmq_create(&Asked::new(pay_id, "20.00")))?.json()?;
        ensure!(reply["code"] == 1, "{reply}");
        till.order(pay_id)
    };
    let closed = create(&till, "L1")?;
    let number = closed["order_no"].as_str().unwrap();
    let sign = sign::vmq(&[number, &program.secret]);
    is_accepted(&program.send(&Call::get(format!("/closeOrder?orderId={number}&sign={sign}")))?);
    let expired = create(&till, "L2")?;
    till.stop()?;
    book::set_expiry(&till.data(), expired["ticket_id"].as_i64().unwrap(), now_ms())?;
    let till = till.restart()?;
    let phone = Phone { address: till.address, ..phone };
    until("L2 to expire", || Ok((till.order("L2")?["status"] == "expired").then_some(())))?;
    // Both amounts are still taken: the next customer is asked for another.
    let next = create(&till, "L3")?;
    let amounts = BTreeSet::from([due(&closed), due(&expired), due(&next)]);
    assert_eq!(amounts.len(), 3, "an amount was given again while its money could still come");
    for late in [&closed, &expired] {
        assert_eq!(phone.send(&phone.push(WECHAT, due(late)))?.status, 200);
    }
    assert_eq!(till.order("L3")?["status"], "open");
    let inbox = till.inbox()?;
    let proposed: BTreeSet<i64> =
        inbox.iter().filter_map(|item| item["suggestions"][0]["ticket_id"].as_i64()).collect();
    let owners: BTreeSet<i64> = [&closed, &expired].iter().filter_map(|o| o["ticket_id"].as_i64()).collect();
    assert_eq!(proposed, owners, "{inbox:?}");
    // The right money by the wrong wallet is nobody's either.
    assert_eq!(phone.send(&phone.push(ALIPAY, due(&next)))?.status, 200);
    assert_eq!(till.order("L3")?["status"], "open");
    shop.was_left_alone()
}

#[test]
fn keys_that_ended_and_keys_of_others() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let mine = till.add_program("vmq", json!({}))?;
    let other = till.add_program("vmq", json!({}))?;
    is_accepted(&mine.send(&mine.vmq_create(&Asked::new("K1", "4.00")))?);
    let order = till.order("K1")?;
    let number = order["order_no"].as_str().unwrap();

    // Another program's key closes nothing of mine, and an order of mine is not found by the number another gave.
    let close = |key: &str| Call::get(format!("/closeOrder?orderId={number}&sign={}", sign::vmq(&[number, key])));
    is_minus_one(&mine.send(&close(&other.secret))?, 200);
    is_minus_one(&mine.send(&close(&phone.key))?, 200);
    is_minus_one(&mine.send(&close(&mine.token))?, 200);
    is_minus_one(&mine.send(&close(""))?, 200);
    assert_eq!(till.order("K1")?["status"], "open");
    let (a, b) = (till.add_program("v1", json!({}))?, till.add_program("v1", json!({}))?);
    let made = a.send(
        &a.v1("POST", "/api/v1/tickets", r#"{"order_no":"K2","price_fen":900}"#).header("idempotency-key", "k"),
    )?;
    let id = made.json()?["id"].as_str().map(str::to_owned).unwrap_or_default();
    ensure!(!id.is_empty(), "{}", made.text());
    assert_eq!(a.send(&a.v1("GET", &format!("/api/v1/tickets/{id}"), ""))?.status, 200);
    assert_eq!(b.send(&b.v1("GET", &format!("/api/v1/tickets/{id}"), ""))?.status, 404);
    assert_eq!(b.send(&b.v1("POST", &format!("/api/v1/tickets/{id}/cancel"), ""))?.status, 404);
    let list = b.send(&b.v1("GET", "/api/v1/tickets", ""))?;
    assert!(list.status == 200 && !list.text().contains("K2"), "{}", list.text());
    let crossed = Program { secret: b.secret.clone(), ..a.clone() };
    said_no(&a.send(&crossed.v1("GET", "/api/v1/tickets", ""))?);
    // A phone's key charges nothing, a program's key reports no money.
    let ask = Asked::new("K3", "4.00");
    is_minus_one(&mine.send(&Program { secret: phone.key.clone(), ..mine.clone() }.vmq_create(&ask))?, 200);
    is_minus_one(&phone.send(&Phone { key: mine.secret.clone(), ..phone.clone() }.push(WECHAT, 400))?, 200);

    // A new secret ends the old one; revoking ends both, and what waits stays payable.
    let renewed = till.program_in(&till.act(json!({ "verb": "renew_program", "program_id": mine.id }))?)?;
    is_minus_one(&mine.send(&mine.vmq_create(&ask))?, 200);
    is_accepted(&renewed.send(&renewed.vmq_create(&ask))?);
    till.act(json!({ "verb": "revoke_program", "program_id": mine.id }))?;
    is_minus_one(&renewed.send(&renewed.vmq_create(&Asked::new("K4", "4.00")))?, 200);
    said_no(&renewed.send(&Call::get(format!(
        "/t/{}{}",
        renewed.token,
        renewed.vmq_create(&Asked::new("K5", "4.00")).target
    )))?);
    assert_eq!(phone.send(&phone.push(WECHAT, due(&order)))?.status, 200);
    assert_eq!(till.order("K1")?["status"], "paid");
    Ok(())
}

#[test]
fn orders_and_pages_cannot_be_guessed() -> Result<()> {
    let (till, _) = open_till()?;
    let program = till.add_program("vmq", json!({}))?;
    let mut numbers = Vec::new();
    let mut tokens = Vec::new();
    for n in 0..12 {
        is_accepted(&program.send(&program.vmq_create(&Asked::new(&format!("Q{n}"), &format!("{}.00", n + 1))))?);
        let order = till.order(&format!("Q{n}"))?;
        numbers.push(order["order_no"].as_str().unwrap().to_owned());
        tokens.push(order["checkout_path"].as_str().unwrap().trim_start_matches("/pay/").to_owned());
    }
    assert!(tokens.iter().all(|token| token.len() >= 32), "{tokens:?}");
    // No two share a beginning that a clock or a counter would give them.
    for (list, shared) in [(&numbers, 6), (&tokens, 4)] {
        let beginnings: BTreeSet<&str> = list.iter().map(|text| &text[..shared]).collect();
        assert!(beginnings.len() > 6, "they look counted: {list:?}");
    }
    let get = |path: String| program.send(&Call::get(path));
    for near in [1, -1] {
        let last: i64 = numbers[0][numbers[0].len() - 6..].parse().unwrap_or_default();
        let guess = format!("{}{:06}", &numbers[0][..numbers[0].len() - 6], (last + near).rem_euclid(1_000_000));
        if !numbers.contains(&guess) {
            is_minus_one(&get(format!("/getOrder?orderId={guess}"))?, 200);
            is_minus_one(&get(format!("/checkOrder?orderId={guess}"))?, 200);
        }
    }
    for wrong in ["1", "0", "", "%00", "../state", "' OR 1=1 --", &numbers[0], &tokens[0][..tokens[0].len() - 1]] {
        let path = qiantai_tests::http::encoded(wrong);
        assert_eq!(get(format!("/pay/{path}"))?.status, 404, "{wrong}");
        assert_eq!(get(format!("/pay/{path}/state"))?.status, 404, "{wrong}");
    }
    // The ticket's own small number names no order.
    is_minus_one(&get("/getOrder?orderId=1".into())?, 200);
    Ok(())
}

/// Too many requests are refused, and one loud program does not silence another, or the phones.
#[test]
fn a_loud_program_is_held_back_alone() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let loud = till.add_program("vmq", json!({ "per_minute": 20 }))?;
    let calm = till.add_program("vmq", json!({}))?;
    let mut refused = 0;
    for n in 0..60 {
        let reply = loud.send(&loud.vmq_create(&Asked::new(&format!("N{n}"), &format!("{}.00", n + 1))))?;
        ensure!(reply.status < 500, "{reply:?}");
        if !reply.json().is_ok_and(|body| body["code"] == 1) {
            refused += 1;
        }
    }
    assert!((30..=40).contains(&refused), "{refused} of 60 were refused at 20 a minute");
    is_accepted(&calm.send(&calm.vmq_create(&Asked::new("calm", "88.00")))?);
    assert_eq!(phone.send(&phone.push(WECHAT, 8800))?.status, 200);
    assert_eq!(till.order("calm")?["status"], "paid");
    Ok(())
}
