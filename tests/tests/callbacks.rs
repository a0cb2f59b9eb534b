//! The shop is told: once, surely, nowhere else, and after every kind of accident.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, ToSocketAddrs};

use anyhow::{Context, Result, ensure};
use qiantai_tests::book::Book;
use qiantai_tests::http::Call;
use qiantai_tests::merchant::{Manner, Merchant};
use qiantai_tests::phone::{WECHAT, yuan};
use qiantai_tests::program::{Asked, Program};
use qiantai_tests::replies::is_accepted;
use qiantai_tests::till::due;
use qiantai_tests::{Phone, Till, clock, now_ms, sign, together, until};
use serde_json::{Value, json};

/// A program that is told at a shop's server.
fn told_at(till: &Till, shop: &Merchant) -> Result<Program> {
    till.add_program("vmq", json!({ "callback_prefixes": [shop.url("/")], "notify_url": shop.url("/notify") }))
}

/// An order for a price.
fn order(till: &Till, program: &Program, out_no: &str, fen: i64) -> Result<Value> {
    let reply = program.send(&program.vmq_create(&Asked::new(out_no, &yuan(fen)).param("p & 备注")))?;
    is_accepted(&reply);
    till.order(out_no)
}

fn pay(phone: &Phone, order: &Value) -> Result<()> {
    ensure!(phone.send(&phone.push(WECHAT, due(order)))?.status == 200);
    Ok(())
}

fn attempts(till: &Till, out_no: &str) -> Result<Vec<Value>> {
    Ok(till.order(out_no)?["delivery"]["attempts"].as_array().cloned().unwrap_or_default())
}

/// Waits for the `n`-th attempt of an order's callback to be written down.
fn attempt(till: &Till, out_no: &str, n: usize) -> Result<Value> {
    until(&format!("attempt {n} of {out_no}"), || Ok(attempts(till, out_no)?.get(n - 1).cloned()))
}

/// Another order of the same program, paid after all that came before: once the shop was told of it, whatever was still
/// to be said of the earlier ones has had its turn.
fn barrier(till: &Till, phone: &Phone, program: &Program, out_no: &str, fen: i64) -> Result<()> {
    pay(phone, &order(till, program, out_no, fen)?)?;
    till.until_delivery(out_no, "delivered")?;
    Ok(())
}

fn told(shop: &Merchant, out_no: &str) -> usize {
    shop.heard().iter().filter(|heard| heard.query().get("payId").is_some_and(|id| id == out_no)).count()
}

#[test]
fn told_once_whatever_number_of_pushes_race() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::text("success"))?;
    let program = told_at(&till, &shop)?;
    let made = order(&till, &program, "once", 1234)?;
    // The same announcement again and again, and others of the same amount beside it.
    let t = now_ms();
    let pushes: Vec<Call> = (0..32).map(|n| phone.push_at(WECHAT, "12.34", &(t + (n / 2)).to_string())).collect();
    let statuses = together(32, |n| Ok(phone.send(&pushes[n])?.status))?;
    assert_eq!(statuses, vec![200; 32]);
    till.until_delivery("once", "delivered")?;
    for push in &pushes {
        assert_eq!(phone.send(push)?.status, 200);
    }
    barrier(&till, &phone, &program, "barrier", 2000)?;
    assert_eq!((told(&shop, "once"), attempts(&till, "once")?.len()), (1, 1));
    let heard = shop.heard()[0].clone();
    let fields = heard.query();
    let text = |name: &str| fields.get(name).map_or("", String::as_str);
    assert_eq!((heard.method.as_str(), heard.path(), text("param")), ("GET", "/notify", "p & 备注"));
    let signed = [text("payId"), text("param"), text("type"), text("price"), text("reallyPrice"), &program.secret];
    assert_eq!(text("sign"), sign::vmq(&signed));
    // Nothing of the till's secrets goes to the shop, and nothing of the shop's answer is left out of the book.
    let all = format!("{heard:?}");
    assert!(!all.contains(&program.secret) && !all.contains(&program.token) && !all.contains(&phone.key));
    let first = &attempts(&till, "once")?[0];
    assert_eq!(
        (&first["outcome"], &first["status"], &first["answer"]),
        (&json!("delivered"), &json!(200), &json!("success"))
    );
    assert_eq!(made["delivery"], Value::Null);
    Book::open(&till.data())?.adds_up()
}

#[test]
fn only_success_is_success() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let elsewhere = Merchant::open(Manner::text("success"))?;
    let cases = [
        ("trimmed", Manner::text(" success\n"), "delivered", Some(200)),
        ("upper", Manner::text("SUCCESS"), "answer", Some(200)),
        ("more", Manner::text("success!"), "answer", Some(200)),
        ("quoted", Manner::text("\"success\""), "answer", Some(200)),
        ("empty", Manner::text(""), "answer", Some(200)),
        ("broken", Manner::Says(500, b"<b>Fatal error</b>: \xff\xfe\0".to_vec()), "answer", Some(500)),
        ("moved", Manner::SendsTo(elsewhere.url("/notify")), "redirect", Some(302)),
        ("huge", Manner::Babbles, "answer", Some(200)),
        ("hangs up", Manner::HangsUp, "unreachable", None),
    ];
    for (n, (name, manner, outcome, status)) in cases.into_iter().enumerate() {
        let shop = Merchant::open(manner)?;
        let program = told_at(&till, &shop)?;
        pay(&phone, &order(&till, &program, name, 3000 + 100 * n as i64)?)?;
        let first = attempt(&till, name, 1)?;
        assert_eq!((&first["outcome"], &first["status"]), (&json!(outcome), &json!(status)), "{name}: {first}");
        assert!(
            first["answer"].as_str().is_some_and(|answer| answer.len() <= 4096),
            "{name}: the answer is kept short"
        );
        let order = till.order(name)?;
        let (state, vmq) = if outcome == "delivered" { ("delivered", 1) } else { ("waiting", 2) };
        assert_eq!(order["delivery"]["state"], state, "{name}");
        let number = order["order_no"].as_str().unwrap();
        let seen = program.send(&Call::get(format!("/getOrder?orderId={number}")))?.json()?;
        assert_eq!(seen["data"]["state"], vmq, "{name}: {seen}");
    }
    elsewhere.was_left_alone()
}

#[test]
fn a_slow_shop_delays_no_other_and_is_let_go() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let (slow, fast) = (Merchant::open(Manner::Drips)?, Merchant::open(Manner::text("success"))?);
    let (slowly, quickly) = (told_at(&till, &slow)?, told_at(&till, &fast)?);
    for n in 0..6 {
        pay(&phone, &order(&till, &slowly, &format!("slow {n}"), 4000 + n * 100)?)?;
    }
    slow.nth(1)?;
    let began = clock();
    for n in 0..6 {
        pay(&phone, &order(&till, &quickly, &format!("fast {n}"), 6000 + n * 100)?)?;
        till.until_delivery(&format!("fast {n}"), "delivered")?;
    }
    assert!(attempts(&till, "slow 0")?.is_empty(), "the slow one was not waited for: {:?}", began.elapsed());
    let first = attempt(&till, "slow 0", 1)?;
    assert_eq!(first["outcome"], "timeout", "{first}");
    let took = first["duration_ms"].as_i64().context("duration_ms")?;
    assert!((9_000..15_000).contains(&took), "ten seconds at most: {took} ms");
    Ok(())
}

/// The next attempt comes by itself, and a person need not wait for it.
#[test]
fn tried_again_after_15_seconds_and_at_once_by_hand() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::Says(503, b"later".to_vec()))?;
    let program = told_at(&till, &shop)?;
    pay(&phone, &order(&till, &program, "by itself", 5000)?)?;
    pay(&phone, &order(&till, &program, "by hand", 5100)?)?;
    let first = attempt(&till, "by itself", 1)?;
    let next = till.order("by itself")?["delivery"]["next_at"].as_i64().context("next_at")?;
    let gap = next - first["at"].as_i64().unwrap();
    assert!((14_000..=16_000).contains(&gap), "{gap} ms until the second attempt");
    attempt(&till, "by hand", 1)?;
    shop.now(Manner::text("success"));
    let sent = till.act(json!({ "verb": "send_again", "ticket_id": till.order("by hand")?["ticket_id"] }))?;
    assert_eq!(sent["delivery"]["state"], "delivered", "{sent}");
    assert_eq!(sent["delivery"]["attempts"][1]["outcome"], "delivered");
    let again = till.act(json!({ "verb": "send_again", "ticket_id": sent["ticket_id"] }));
    assert_eq!(qiantai_tests::till::refusal(again)?, "conflict", "what was delivered is not sent again");
    let done = till.until_delivery("by itself", "delivered")?;
    let at = |n: usize| done["delivery"]["attempts"][n]["at"].as_i64().unwrap();
    assert!(at(1) >= next, "not before its time");
    assert_eq!(shop.heard().len(), 4);
    Ok(())
}

#[test]
fn the_plug_is_pulled_between_two_attempts() -> Result<()> {
    let (mut till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::Says(500, b"not now".to_vec()))?;
    let program = told_at(&till, &shop)?;
    pay(&phone, &order(&till, &program, "between", 7000)?)?;
    let first = attempt(&till, "between", 1)?;
    till.kill9();
    shop.now(Manner::text("success"));
    let till = till.restart()?;
    assert_eq!(attempts(&till, "between")?, std::slice::from_ref(&first), "what was tried is still known");
    let done = till.until_delivery("between", "delivered")?;
    let second = &done["delivery"]["attempts"][1];
    let gap = second["at"].as_i64().unwrap() - first["at"].as_i64().unwrap();
    assert!(gap >= 14_000, "the schedule goes on where it was, it does not begin anew: {gap} ms");
    let (phone, program) = (Phone { address: till.address, ..phone }, Program { address: till.address, ..program });
    barrier(&till, &phone, &program, "after", 7100)?;
    let till = till.restart()?;
    let (phone, program) = (Phone { address: till.address, ..phone }, Program { address: till.address, ..program });
    barrier(&till, &phone, &program, "after that", 7200)?;
    assert_eq!(told(&shop, "between"), 2);
    Book::open(&till.data())?.adds_up()
}

#[test]
fn the_plug_is_pulled_while_the_shop_is_being_told() -> Result<()> {
    let (mut till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::Holds)?;
    let program = told_at(&till, &shop)?;
    pay(&phone, &order(&till, &program, "in the air", 8000)?)?;
    shop.nth(1)?;
    till.kill9();
    shop.now(Manner::text("success"));
    // Nobody knows whether the shop took it: it is told again, at once, and then no more.
    let till = till.restart()?;
    till.until_delivery("in the air", "delivered")?;
    let (phone, program) = (Phone { address: till.address, ..phone }, Program { address: till.address, ..program });
    barrier(&till, &phone, &program, "after", 8100)?;
    assert_eq!(told(&shop, "in the air"), 2);
    Ok(())
}

/// What was answered 200 to the phone is told to the shop, wherever the plug was pulled.
#[test]
fn the_plug_is_pulled_between_the_money_and_the_callback() -> Result<()> {
    let shop = Merchant::open(Manner::text("success"))?;
    for round in 0..3 {
        let (mut till, phone) = Till::with_phone()?;
        let program = told_at(&till, &shop)?;
        let orders: Vec<Value> =
            (0..8).map(|n| order(&till, &program, &format!("r{round}n{n}"), 9000 + n * 100)).collect::<Result<_>>()?;
        for order in &orders {
            pay(&phone, order)?;
        }
        till.kill9();
        let till = till.restart()?;
        for n in 0..8 {
            let out_no = format!("r{round}n{n}");
            till.until_delivery(&out_no, "delivered")?;
            assert!((1..=2).contains(&told(&shop, &out_no)), "{out_no} was told {} times", told(&shop, &out_no));
        }
        let mut book = Book::open(&till.data())?;
        assert_eq!(book.number("SELECT count(*) FROM callback WHERE delivered_at IS NOT NULL")?, 8);
        assert_eq!(book.number("SELECT count(*) FROM settlement")?, 8);
        book.adds_up()?;
    }
    Ok(())
}

/// Addresses that a program may not name, whatever they look like.
#[test]
fn a_program_names_no_address_outside_its_prefixes() -> Result<()> {
    let (till, _) = Till::with_phone()?;
    let inside = Merchant::open(Manner::text("success"))?;
    let port = inside.address.port();
    let prefix = format!("http://shop.example.com:{port}/pay/");
    let program = till.add_program("vmq", json!({ "callback_prefixes": [prefix] }))?;
    let wrong = [
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
        format!("http://0:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost:{port}/"),
        "http://169.254.169.254/latest/meta-data/".into(),
        "http://[fd00::1]/".into(),
        format!("http://shop.example.com@127.0.0.1:{port}/pay/"),
        format!("http://shop.example.com:{port}@127.0.0.1:{port}/pay/"),
        format!("http://shop.example.com:{port}\\@127.0.0.1:{port}/pay/"),
        format!("http://127.0.0.1:{port}#@shop.example.com:{port}/pay/"),
        format!("http://127.0.0.1:{port}/?http://shop.example.com:{port}/pay/"),
        format!("http://shop.example.com.evil.example:{port}/pay/"),
        format!("http://shop.example.com:{port}.evil.example/pay/"),
        format!("http://shop.example.com:{port}/pay/../admin"),
        format!("http://shop.example.com:{port}/pay/%2e%2e/admin"),
        format!("http://shop.example.com:{port}/pay"),
        format!("http://shop.example.com:{port}/payments/"),
        "http://shop.example.com/pay/".into(),
        format!("https://shop.example.com:{port}/pay/"),
        format!("//shop.example.com:{port}/pay/"),
        format!("http:/\\shop.example.com:{port}/../pay/"),
        "file:///etc/passwd".into(),
        "gopher://127.0.0.1:25/_".into(),
        "javascript:alert(1)".into(),
        "data:text/html,x".into(),
        format!("http://shop.example.com:{port}/pay/\r\nHost: evil"),
        format!("http://shop.example.com:{port}/pay/ x"),
        "x".repeat(5000),
    ];
    for (n, url) in wrong.iter().enumerate() {
        let pay_id = format!("A{n}");
        for field in ["notifyUrl", "returnUrl"] {
            let reply = program.send(&program.vmq_create(&Asked::new(&pay_id, "1.00").with(field, url)))?;
            assert!(reply.status < 500 && reply.json()?["code"] == -1, "{field}={url}: {}", reply.text());
            assert!(!reply.json()?["msg"].as_str().unwrap_or_default().is_empty());
        }
    }
    assert_eq!(till.orders()?.len(), 0, "{:?}", till.orders()?);
    let good = format!("http://shop.example.com:{port}/pay/notify?a=1&b=2");
    is_accepted(&program.send(&program.vmq_create(&Asked::new("good", "1.00").with("notifyUrl", &good)))?);
    // The owner's own test call is held to the same.
    for url in &wrong[..12] {
        let call = till.act(json!({ "verb": "test_program", "program_id": program.id, "url": url }));
        if let Ok(call) = call {
            assert_ne!(call["attempt"]["outcome"], "delivered", "{url}: {call}");
        }
    }
    inside.was_left_alone()
}

/// A name that leads into this computer or its network is judged by where it leads.
#[test]
fn a_name_that_leads_inside_is_not_called() -> Result<()> {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default().trim().to_owned();
    let leads = (host.as_str(), 80).to_socket_addrs().map(Iterator::collect).unwrap_or_else(|_| Vec::new());
    if host.is_empty() || host == "localhost" || leads.is_empty() {
        println!("this computer's own name leads nowhere: nothing to try");
        return Ok(());
    }
    let (till, phone) = Till::with_phone()?;
    let inside = Merchant::open_at(Ipv4Addr::UNSPECIFIED.into(), Manner::text("success"))?;
    let base = format!("http://{host}:{}/", inside.address.port());
    let settings = |private: bool| json!({ "name": "by name", "callback_prefixes": [base], "notify_url": format!("{base}notify"), "private_callbacks": private });
    let program = till.add_program("vmq", settings(false))?;
    pay(&phone, &order(&till, &program, "by name", 1500)?)?;
    let first = attempt(&till, "by name", 1)?;
    assert_eq!(first["outcome"], "forbidden", "{first}");
    let call = till.act(json!({ "verb": "test_program", "program_id": program.id, "url": "" }))?;
    assert_eq!(call["attempt"]["outcome"], "forbidden", "{call}");
    inside.was_left_alone()?;
    // Unless the owner allows it for this program.
    till.act(json!({ "verb": "update_program", "program_id": program.id, "settings": settings(true) }))?;
    let sent = till.act(json!({ "verb": "send_again", "ticket_id": till.order("by name")?["ticket_id"] }))?;
    assert_eq!(sent["delivery"]["state"], "delivered", "{sent} ({leads:?})");
    Ok(())
}

/// What changed after the order was made is looked at again before every call.
#[test]
fn a_prefix_taken_away_ends_its_callbacks() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::text("success"))?;
    let program = told_at(&till, &shop)?;
    let made = order(&till, &program, "taken away", 2600)?;
    let settings = json!({ "name": "vmq shop", "callback_prefixes": ["https://shop.example.com/"] });
    till.act(json!({ "verb": "update_program", "program_id": program.id, "settings": settings }))?;
    pay(&phone, &made)?;
    assert_eq!(attempt(&till, "taken away", 1)?["outcome"], "forbidden");
    shop.was_left_alone()?;
    // A test call is signed, is about no order, and reads as it went.
    told_back(&till, &shop, &program)
}

fn told_back(till: &Till, shop: &Merchant, program: &Program) -> Result<()> {
    let settings =
        json!({ "name": "vmq shop", "callback_prefixes": [shop.url("/")], "notify_url": shop.url("/notify") });
    till.act(json!({ "verb": "update_program", "program_id": program.id, "settings": settings }))?;
    let call = till.act(json!({ "verb": "test_program", "program_id": program.id, "url": "" }))?;
    assert_eq!(
        (&call["attempt"]["outcome"], &call["attempt"]["answer"]),
        (&json!("delivered"), &json!("success")),
        "{call}"
    );
    let heard = shop.nth(1)?;
    assert!(heard.query().contains_key("sign"), "{heard:?}");
    assert_eq!(told(shop, "taken away"), 0, "a test call is about no order");
    // The same request id again: no second call.
    let twice = json!({ "verb": "test_program", "request_id": "once", "program_id": program.id, "url": "" });
    till.call(&twice)?;
    assert_eq!(qiantai_tests::till::refusal(till.call(&twice))?, "conflict");
    ensure!(shop.heard().len() == 2, "{} calls", shop.heard().len());
    Ok(())
}
