//! Whatever is thrown at the doors for programs: refused in so many words, nothing opened, nothing broken; and texts that
//! would like to be more than texts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::{Context, Result, ensure};
use qiantai_tests::Till;
use qiantai_tests::book::Book;
use qiantai_tests::http::{self, Call};
use qiantai_tests::merchant::{Manner, Merchant};
use qiantai_tests::phone::WECHAT;
use qiantai_tests::program::{Asked, joined};
use qiantai_tests::replies::{is_accepted, is_minus_one, is_yes, said_no};
use qiantai_tests::till::due;
use serde_json::{Value, json};

const DOORS: [(&str, &str); 16] = [
    ("POST", "/createOrder"),
    ("GET", "/createOrder"),
    ("POST", "/getOrder"),
    ("POST", "/checkOrder"),
    ("POST", "/closeOrder"),
    ("POST", "/getState"),
    ("POST", "/gogo/createOrder"),
    ("POST", "/submit.php"),
    ("POST", "/mapi.php"),
    ("POST", "/api.php?act=order"),
    ("POST", "/v1/Pay/AddOrder"),
    ("POST", "/v1/Pay/QueryOrder"),
    ("POST", "/v1/Pay/QueryAlreadyBuy"),
    ("POST", "/api/v1/tickets"),
    ("GET", "/api/v1/tickets?limit=%00&cursor=-1&cursor=x"),
    ("POST", "/api/v1/tickets/t_0/cancel"),
];

/// Bodies that nobody sends who means well.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    // Always the same bytes, in no order that means anything.
    let mut seed = 20_261_120_u32;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    })
    .take(4096)
    .collect();
    let fields = "payId=1&type=1&price=1.00&sign=00000000000000000000000000000000";
    vec![
        ("nothing", FORM, Vec::new()),
        ("nothing, as JSON", JSON, Vec::new()),
        ("noise", FORM, random.clone()),
        ("noise as JSON", JSON, random.clone()),
        ("noise of no kind", "\u{1}/\u{2}", random),
        ("a million bytes", FORM, vec![b'a'; 1 << 20]),
        ("deep arrays", JSON, vec![b'['; 60_000]),
        ("deep objects", JSON, b"{\"a\":".repeat(12_000)),
        ("an array", JSON, b"[1,2,3]".to_vec()),
        ("a number that is none", JSON, b"{\"price\":1e999,\"payId\":NaN}".to_vec()),
        ("objects for texts", JSON, br#"{"payId":{"$ne":null},"price":["1"],"type":true,"sign":{}}"#.to_vec()),
        ("a field twice", FORM, format!("{fields}&price=0.01").into_bytes()),
        ("a field twice in JSON", JSON, br#"{"payId":"1","price":"1.00","price":"0.01","type":1,"sign":"0"}"#.to_vec()),
        ("no UTF-8", FORM, b"payId=%ff%fe%c0%80&type=1&price=1&sign=%ed%a0%80".to_vec()),
        ("no UTF-8 in JSON", JSON, b"{\"payId\":\"\xff\xc0\x80\"}".to_vec()),
        ("zero bytes", FORM, b"payId=a%00b&type=1&price=1.00%00&sign=0\0".to_vec()),
        ("half an escape", FORM, b"payId=%&type=%4&price=%zz".to_vec()),
        ("ten thousand fields", FORM, (0..6_000).map(|n| format!("f{n}=1&")).collect::<String>().into_bytes()),
        (
            "other digits",
            FORM,
            joined(&[("payId", "1"), ("type", "１"), ("price", "１.00"), ("sign", "x")]).into_bytes(),
        ),
        (
            "an unending part",
            "multipart/form-data; boundary=x",
            b"--x\r\ncontent-disposition: form-data; name=\"payId\"\r\n\r\n1".to_vec(),
        ),
        (
            "XML with an entity",
            "text/xml",
            b"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>".to_vec(),
        ),
    ]
}

#[test]
fn nonsense_at_every_door() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::text("success"))?;
    for protocol in ["vmq", "gogo", "epay", "v1"] {
        till.add_program(protocol, json!({ "callback_prefixes": [shop.url("/")], "notify_url": shop.url("/n") }))?;
    }
    let product = json!({ "name": "article", "amounts_fen": [100], "global": true });
    till.add_program("lyn", json!({ "products": [product] }))?;
    for (method, target) in DOORS {
        for (what, kind, body) in bodies() {
            let mut call = Call::new(method, target).header("content-type", kind);
            call.body = body;
            // The port may hang up on what is far too large before all of it is sent.
            let reply = match http::once(till.address, &call) {
                Ok(reply) => reply,
                Err(_) if call.body.len() > 64 * 1024 => continue,
                Err(error) => return Err(error.context(format!("{what} at {method} {target}"))),
            };
            assert!(reply.status < 500, "{what} at {method} {target}: {} {}", reply.status, reply.text());
            let yes = is_yes(&reply) || reply.header("location").is_some();
            assert!(!yes, "{what} at {method} {target}: {} {}", reply.status, reply.text());
            let text = reply.text();
            for told in ["panicked", "/root/", "src/", "sqlx", "SQLITE", "stack"] {
                assert!(!text.contains(told), "{what} at {target} tells of the inside: {text}");
            }
        }
    }
    assert_eq!(till.orders()?.len(), 0, "{:?}", till.orders()?);
    // It still does what it is for.
    let ticket = till.ring_up(1200)?;
    assert_eq!(phone.send(&phone.push(WECHAT, due(&ticket)))?.status, 200);
    assert_eq!(till.ticket(qiantai_tests::till::id(&ticket))?["status"], "paid");
    shop.was_left_alone()
}

/// What is signed rightly and still not what the protocol allows.
#[test]
fn signed_and_still_refused() -> Result<()> {
    let (till, _) = Till::with_phone()?;
    let vmq = till.add_program("vmq", json!({}))?;
    let prices =
        ["0", "0.00", "-1", "+1", "1.005", "1e3", " 1", "1 ", "1,00", "0x10", "NaN", "", ".5", "5.", "123456789", "١"];
    for price in prices {
        is_minus_one(&vmq.send(&vmq.vmq_create(&Asked::new("bad", price)))?, 200);
    }
    for kind in ["0", "3", "01", "1.0", "12", "", "x", "-1"] {
        is_minus_one(&vmq.send(&vmq.vmq_create(&Asked { kind, ..Asked::new("bad", "1.00") }))?, 200);
    }
    let long = "x".repeat(5_000);
    for pay_id in ["", "\0", "a\nb", &long] {
        is_minus_one(&vmq.send(&vmq.vmq_create(&Asked::new(pay_id, "1.00")))?, 200);
    }
    is_minus_one(&vmq.send(&vmq.vmq_create(&Asked::new("bad", "1.00").param(&long)))?, 200);
    // Twice the same field, of which a naive reader signs one and charges the other.
    let asked = vmq.vmq_create(&Asked::new("twice", "99.00"));
    for more in ["&price=0.01", "&payId=other", "&type=2", "&sign=0"] {
        is_minus_one(&vmq.send(&Call::get(format!("{}{more}", asked.target)))?, 200);
        let (path, query) = asked.target.split_once('?').unwrap();
        let body = more.trim_start_matches('&');
        is_minus_one(
            &vmq.send(&Call::post(format!("{path}?{query}"), "application/x-www-form-urlencoded", body))?,
            200,
        );
    }
    let v1 = till.add_program("v1", json!({}))?;
    for body in [
        r#"{"order_no":"1","price_fen":0}"#,
        r#"{"order_no":"1","price_fen":-5}"#,
        r#"{"order_no":"1","price_fen":1.5}"#,
        r#"{"order_no":"1","price_fen":1e2}"#,
        r#"{"order_no":"1","price_fen":"100"}"#,
        r#"{"order_no":"1","price_fen":99999999999999}"#,
        r#"{"order_no":"1","price_fen":1,"price_fen":2}"#,
        r#"{"order_no":"","price_fen":100}"#,
        r#"{"order_no":"1","price_fen":100,"discount":1}"#,
        r#"{"order_no":"1","price_fen":100,"channels":["cash"]}"#,
        r#"{"order_no":"1","price_fen":100,"notify_url":"http://127.0.0.1/"}"#,
        r#"{"order_no":"1","price_fen":100,"return_url":"javascript:alert(1)"}"#,
    ] {
        let reply = v1.send(&v1.v1("POST", "/api/v1/tickets", body).header("idempotency-key", "k"))?;
        ensure!((400..500).contains(&reply.status), "{body}: {} {}", reply.status, reply.text());
        ensure!(
            reply.json()?["message"].is_string() || reply.json()?["error"]["message"].is_string(),
            "{}",
            reply.text()
        );
    }
    said_no(&v1.send(&v1.v1("POST", "/api/v1/tickets", r#"{"order_no":"1","price_fen":100}"#))?);
    assert_eq!(till.orders()?.len(), 0);
    Ok(())
}

/// Texts of strangers: SQL, HTML, formulas, templates, marks that turn the writing round.
const TEXTS: [&str; 8] = [
    "'); DROP TABLE ticket;--",
    "\" OR \"\"=\"",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://evil.example\";\"pay\")",
    "{{7*7}}${7*7}%s%n",
    "a\u{202e}gpj.exe\u{200b}",
    "微信支付收款999元 & ? # + %20 茶",
];

#[test]
fn a_text_stays_a_text() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let shop = Merchant::open(Manner::text("success"))?;
    let told =
        json!({ "callback_prefixes": [shop.url("/")], "notify_url": shop.url("/n"), "return_url": shop.url("/b") });
    let (vmq, epay) = (till.add_program("vmq", told.clone())?, till.add_program("epay", told.clone())?);
    let (gogo, v1) = (till.add_program("gogo", told.clone())?, till.add_program("v1", told)?);
    for (n, text) in TEXTS.into_iter().enumerate() {
        let fen = 10_000 + 1_000 * i64::try_from(n)?;
        let price = |more: i64| qiantai_tests::phone::yuan(fen + 100 * more);
        let deliver = |out_no: &str| -> Result<Value> {
            let order = till.order(out_no)?;
            ensure!(phone.send(&phone.push(WECHAT, due(&order)))?.status == 200);
            till.until_delivery(out_no, "delivered")
        };
        let last = || shop.heard().last().cloned().context("a callback");

        let (pay_id, cost) = (format!("{n}{text}"), price(0));
        let reply = vmq.send(&vmq.vmq_create(&Asked::new(&pay_id, &cost).param(text)))?;
        is_accepted(&reply);
        assert_eq!(reply.json()?["data"]["payId"], pay_id);
        deliver(&pay_id)?;
        let told = last()?.query();
        assert_eq!((told.get("payId"), told.get("param").map(String::as_str)), (Some(&pay_id), Some(text)));

        let cost = price(1);
        let reply =
            gogo.send(&gogo.gogo_create(&Asked::new(&format!("g{n}"), &cost).param(text).with("content", text)))?;
        is_accepted(&reply);
        deliver(&format!("g{n}"))?;
        assert_eq!(last()?.form().get("content").map(String::as_str), Some(text));

        let (out_no, cost) = (format!("e{n}"), price(2));
        let fields =
            [("type", "wxpay"), ("out_trade_no", out_no.as_str()), ("name", text), ("param", text), ("money", &cost)];
        is_accepted(&epay.send(&epay.epay_create(&fields))?);
        let order = deliver(&out_no)?;
        assert_eq!(order["title"], text);
        let told = last()?.query();
        assert_eq!(
            (told.get("name").map(String::as_str), told.get("param").map(String::as_str)),
            (Some(text), Some(text))
        );

        let body = json!({ "order_no": format!("v{n}{text}"), "price_fen": fen + 300, "title": text, "note": text });
        let body = body.to_string();
        let made = v1.send(&v1.v1("POST", "/api/v1/tickets", &body).header("idempotency-key", format!("k{n}")))?;
        ensure!(made.status / 100 == 2, "{text}: {}", made.text());
        let made = made.json()?;
        assert_eq!((&made["title"], &made["note"]), (&json!(text), &json!(text)));
        let id = made["id"].as_str().unwrap();
        assert_eq!(v1.send(&v1.v1("GET", &format!("/api/v1/tickets/{id}"), ""))?.json()?["note"], text);

        // What a browser gets is JSON, a page without the text in it, or a picture; never markup made of it.
        let path = order["checkout_path"].as_str().unwrap();
        let page = http::once(till.address, &Call::get(path))?;
        assert!(!page.text().contains(text), "{}", page.text());
        let state = http::once(till.address, &Call::get(format!("{path}/state")))?;
        assert!(state.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
        assert_eq!(state.json()?["title"], text);
        // A refusal repeats it as text too.
        let refused = epay.send(&Call::get(format!("/submit.php?{}", epay.epay_signed(&fields))))?;
        let kind = refused.header("content-type").unwrap_or_default();
        assert!(!kind.contains("html") || !refused.text().contains(text), "{kind}: {}", refused.text());
    }
    // A program's own name is the owner's text, and no better.
    for text in &TEXTS[..5] {
        till.add_program("vmq", json!({ "name": text }))?;
    }
    let names = till.call(&json!({ "verb": "programs" }))?;
    for text in &TEXTS[..5] {
        assert!(names["programs"].as_array().unwrap().iter().any(|p| p["settings"]["name"] == *text));
    }
    let mut book = Book::open(&till.data())?;
    assert_eq!(book.number("SELECT count(*) FROM program_order")?, 32);
    book.adds_up()
}
