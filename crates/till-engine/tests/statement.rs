//! Statements through the engine: every published sample, a scripted day both ways, and what people do about it.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use shop::{OK, START, Shop};
use till_engine::api::{ApiError, Code, Event};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn samples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../till-books/tests/statements").canonicalize().unwrap()
}

fn password(name: &str) -> Option<&'static str> {
    match name {
        "wechat-personal-2026-encrypted.zip" => Some("654321"),
        "alipay-app-2026-encrypted.zip" => Some("234512"),
        _ => None,
    }
}

async fn drop_in(shop: &Shop, name: &str, bytes: &[u8], password: Option<&str>) -> Result<Value, ApiError> {
    let content = STANDARD.encode(bytes);
    shop.act(json!({"verb": "import_statement", "file": name, "content_base64": content, "path": null, "password": password}))
        .await
}

/// Counts by outcome.
fn counts(check: &Value) -> BTreeMap<String, (u64, i64)> {
    let sums = check["sums"].as_array().unwrap().iter();
    sums.map(|s| {
        (s["outcome"].as_str().unwrap().into(), (s["lines"].as_u64().unwrap(), s["sum_fen"].as_i64().unwrap()))
    })
    .collect()
}

fn only<'a>(check: &'a Value, outcome: &str) -> &'a Value {
    let mut lines = check["lines"].as_array().unwrap().iter().filter(|l| l["outcome"] == outcome);
    let line = lines.next().unwrap_or_else(|| panic!("no {outcome} in {check:#}"));
    assert!(lines.next().is_none(), "more than one {outcome}");
    line
}

/// Beijing time as WeChat writes it.
fn clock(at: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap().to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A row of a WeChat statement: time, type, way, fen, state, id, remark.
struct Row(i64, &'static str, &'static str, i64, &'static str, u32, &'static str);

fn received(at: i64, fen: i64, id: u32) -> Row {
    Row(at, "二维码收款", "收入", fen, "已收钱", id, "/")
}

/// A WeChat statement of the test's day.
fn wechat(rows: &[Row], exported: i64) -> Vec<u8> {
    let sum = |way: &str| {
        let of = || rows.iter().filter(move |r| r.2 == way);
        let fen: i64 = of().map(|r| r.3).sum();
        format!("{}笔 {}.{:02}元", of().count(), fen / 100, fen % 100)
    };
    let mut text = format!(
        "\u{feff}微信支付账单明细,,,,,,,,\n微信昵称：[小店],,,,,,,,\n\
         起始时间：[2026-11-20 00:00:00] 终止时间：[2026-11-20 23:59:59],,,,,,,,\n导出类型：[全部],,,,,,,,\n\
         导出时间：[{}],,,,,,,,\n,,,,,,,,\n共{}笔记录,,,,,,,,\n收入：{},,,,,,,,\n支出：{},,,,,,,,\n\
         中性交易：{},,,,,,,,\n,,,,,,,,\n----------------------微信支付账单明细列表--------------------,,,,,,,,\n\
         交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n",
        clock(exported),
        rows.len(),
        sum("收入"),
        sum("支出"),
        sum("/")
    );
    for Row(at, kind, way, fen, state, id, remark) in rows {
        text.push_str(&format!(
            "{},{kind},张三丰,\"收款方备注:二维码收款付款方留言:少放辣\",{way},¥{}.{:02},零钱,{state},\"100010730120261120{id:010}\"\t,\"/\"\t,\"{remark}\"\n",
            clock(*at),
            fen / 100,
            fen % 100
        ));
    }
    text.into_bytes()
}

const NEXT_MORNING: i64 = START + 19 * HOUR;

#[tokio::test]
async fn every_sample_is_read_kept_and_adds_up() {
    let shop = Shop::new().await;
    let expected = std::fs::read_to_string(samples().join("expected.json")).unwrap();
    let expected: BTreeMap<String, Map<String, Value>> = serde_json::from_str(&expected).unwrap();
    assert_eq!(expected.len(), 27);
    for (name, want) in &expected {
        let path = samples().join(name);
        let ask = json!({"verb": "import_statement", "file": "", "content_base64": null, "path": path, "password": password(name)});
        let check = shop.act(ask).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        let (n, fen) = counts(&check).values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let of = |end: &str| {
            let own = want.iter().filter(|(k, _)| {
                ["in", "out", "refund", "closed", "neutral", "revoked", "zero"]
                    .iter()
                    .any(|b| *k == &format!("{b}{end}"))
            });
            own.map(|(_, v)| v.as_i64().unwrap()).sum::<i64>()
        };
        assert_eq!((n as i64, fen), (of("_n"), of("_fen")), "{name}");
        assert_eq!(check["head"]["lines"], want["rows"], "{name}");
        assert_eq!(check["head"]["file"], name.as_str());
        let bank = name.starts_with("bank");
        assert_eq!(bank, check["warnings"][0].as_str().is_some_and(|w| w.contains("银行流水")), "{name}");
        assert!(!bank || counts(&check).keys().all(|o| o == "neither"), "{name}");
        // Read again in full, each line once.
        let id = &check["head"]["id"];
        let again = shop.ask(json!({"verb": "statement", "statement_id": id, "limit": 2000})).await.unwrap();
        let lines = again["lines"].as_array().unwrap();
        assert_eq!(lines.len() as u64, n);
        assert_eq!(lines.iter().map(|l| l["line_fen"].as_i64().unwrap()).sum::<i64>(), fen, "{name}");
        if name == "wechat-personal-2026-shop.xlsx" {
            assert_eq!(counts(&check)["missing_in_till"], (4, 11_851));
        }
        if name == "alipay-app-2026-shop.csv" {
            assert_eq!((counts(&check)["missing_in_till"].0, counts(&check)["fee"].0), (2, 1));
        }
    }
    // The encrypted ones hold the rows of the plain ones, and other sheets' copies are the same rows.
    let all = shop.ask(json!({"verb": "statements", "limit": 100})).await.unwrap();
    let added = |name: &str| {
        let all = all.as_array().unwrap();
        all.iter().find(|s| s["file"] == name).unwrap()["new_lines"].as_i64().unwrap()
    };
    assert_eq!(added("wechat-personal-2026-encrypted.zip") + added("wechat-personal-2026-shop.xlsx"), 10);
    assert_eq!(added("alipay-app-2026-encrypted.zip") + added("alipay-app-2026-shop.csv"), 9);
}

/// A day at the till and what WeChat says about it.
struct Day {
    shop: Shop,
    rows: Vec<Row>,
    missed: Value,
    false_paid: Value,
    refunded: Value,
}

/// Rings up and lets somebody say that it was paid.
async fn by_hand(shop: &Shop, fen: i64) -> Value {
    let ticket = shop.ring_up(fen).await;
    shop.pass(MINUTE);
    shop.act(json!({"verb": "confirm_by_hand", "ticket_id": ticket["id"], "channel": "wechat", "reason": "saw it"}))
        .await
        .unwrap()
}

async fn day() -> Day {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let mut rows = Vec::new();
    // Paid and noticed.
    shop.ring_up(1500).await;
    shop.pass(20_000);
    rows.push(received(shop.now() - 2_000, 1500, 1));
    assert_eq!(shop.vmq(&phone, "1", "15.00", shop.now()).await, OK);
    shop.pass(5 * MINUTE);
    // Paid, and nobody noticed.
    let missed = shop.ring_up(2600).await;
    rows.push(received(shop.now() + 30_000, 2600, 2));
    shop.pass(HOUR);
    // Somebody said that it was paid.
    let false_paid = by_hand(&shop, 3300).await;
    shop.pass(HOUR);
    // Typed by the customer, five fen too much.
    let wrong = by_hand(&shop, 1800).await;
    assert_eq!(wrong["status"], "paid");
    rows.push(received(shop.now() - 30_000, 1805, 3));
    shop.pass(HOUR);
    // Sent as a transfer.
    by_hand(&shop, 4200).await;
    rows.push(Row(shop.now() - 30_000, "转账", "收入", 4200, "已存入零钱", 4, "/"));
    shop.pass(HOUR);
    // Refunded there and not here, and here and not there.
    rows.push(Row(shop.now(), "二维码收款-退款", "支出", 990, "已全额退款", 5, "/"));
    let refunded = by_hand(&shop, 7700).await;
    rows.push(received(shop.now() - 30_000, 7700, 6));
    refund(&shop, &refunded, 7700);
    // Says nothing: a withdrawal with its fee, one that failed, a private payment.
    rows.push(Row(shop.now(), "零钱提现", "/", 100_100, "提现已到账", 7, "服务费¥1.00"));
    rows.push(Row(shop.now(), "零钱提现", "/", 50_000, "提现失败，已退回零钱", 8, "/"));
    rows.push(Row(shop.now(), "商户消费", "支出", 1234, "支付成功", 9, "/"));
    Day { shop, rows, missed, false_paid, refunded }
}

/// A refund as the till books it.
fn refund(shop: &Shop, ticket: &Value, fen: i64) {
    let file = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
    file.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let values = rusqlite::params![ticket["id"].as_i64(), fen, shop.now()];
    file.execute(
        "INSERT INTO refund (ticket_id, kind, channel, amount_fen, reason, at, business_date, actor)
         VALUES (?1, 'refund', 'wechat', ?2, 'cold', ?3, '2026-11-20', 'test')",
        values,
    )
    .unwrap();
}

#[tokio::test]
async fn a_day_is_told_both_ways() {
    let day = day().await;
    let shop = &day.shop;
    let check = drop_in(shop, "day.csv", &wechat(&day.rows, NEXT_MORNING), None).await.unwrap();
    let want = [
        ("matched", (2, 1500 + 7700)),
        ("missing_in_till", (1, 2600)),
        ("missing_in_statement", (1, 3300)),
        ("amount_differs", (1, 1805)),
        ("maybe", (1, 4200)),
        ("refund_missing_in_till", (1, 990)),
        ("refund_missing_in_statement", (1, 7700)),
        ("neither", (3, 100_100 + 50_000 + 1234)),
    ];
    assert_eq!(counts(&check), want.map(|(o, s)| (o.to_owned(), s)).into());
    assert_eq!(check["fees_fen"], 100);
    assert_eq!(check["warnings"], json!([]));
    assert!(check["declared"].as_array().unwrap().iter().all(|d| d["agrees"] == true), "{}", check["declared"]);
    assert_eq!(check["declared"].as_array().unwrap().len(), 4);
    // Gravest first, what agrees last.
    let order: Vec<&str> = check["lines"].as_array().unwrap().iter().map(|l| l["outcome"].as_str().unwrap()).collect();
    assert_eq!(order[..2], ["missing_in_statement", "missing_in_till"]);
    assert_eq!(order[order.len() - 2..], ["matched", "matched"]);
    let alarm = only(&check, "missing_in_statement");
    assert_eq!((&alarm["ticket_id"], alarm["ticket_fen"].as_i64()), (&day.false_paid["id"], Some(3300)));
    assert_eq!((alarm["line_id"].as_i64(), &alarm["ticket_number"]), (None, &day.false_paid["number"]));
    let missing = only(&check, "missing_in_till");
    assert_eq!(missing["candidates"], json!([day.missed["id"]]));
    assert_eq!((&missing["counterparty"], &missing["note"]), (&json!("张**"), &json!("收款方备注:二维码收款…")));
    assert_eq!(missing["channel_id"], "1000107301202611200000000002");
    let differs = only(&check, "amount_differs");
    assert_eq!((differs["line_fen"].as_i64(), differs["ticket_fen"].as_i64()), (Some(1805), Some(1800)));
    assert_eq!(only(&check, "refund_missing_in_statement")["ticket_id"], day.refunded["id"]);
    let head = &check["head"];
    assert_eq!((&head["account"], &head["format"]), (&json!("小**"), &json!("wechat_personal")));
    assert!(!check.to_string().contains("张三丰") && !check.to_string().contains("少放辣"), "customers are masked");
    // One line at a time.
    let short = shop.ask(json!({"verb": "statement", "statement_id": head["id"], "limit": 1})).await.unwrap();
    assert_eq!((short["lines"].as_array().unwrap().len(), &short["sums"]), (1, &check["sums"]));
}

#[tokio::test]
async fn what_people_do_about_it_is_booked_once_and_seen_in_the_next_check() {
    let mut day = day().await;
    day.rows.push(received(START + 20 * MINUTE, 5550, 20));
    let shop = &mut day.shop;
    shop.pass(20 * HOUR);
    while shop.events.try_recv().is_ok() {}
    let check = drop_in(shop, "day.csv", &wechat(&day.rows, NEXT_MORNING), None).await.unwrap();
    let id = check["head"]["id"].clone();
    let missing: Vec<&Value> =
        check["lines"].as_array().unwrap().iter().filter(|l| l["outcome"] == "missing_in_till").collect();
    let line = |fen: i64| missing.iter().find(|l| l["line_fen"] == fen).unwrap()["line_id"].clone();
    let (missed, unknown) = (line(2600), line(5550));

    // The missed payment pays its ticket, today.
    let attach = json!({"verb": "attach_line", "request_id": "a", "line_id": missed, "ticket_id": day.missed["id"]});
    let after = shop.ask(attach.clone()).await.unwrap();
    assert_eq!(counts(&after)["matched"], (3, 1500 + 7700 + 2600));
    let tied = after["lines"].as_array().unwrap().iter().find(|l| l["line_id"] == missed).unwrap();
    assert_eq!((&tied["outcome"], &tied["ticket_id"]), (&json!("matched"), &day.missed["id"]));
    assert_ne!(tied["resolution"], "");
    let paid = shop.ticket(&day.missed["id"]).await;
    assert_eq!((paid["status"].as_str(), paid["exception"].as_str()), (Some("paid"), Some("by_hand")));
    assert_eq!(paid["payments"][0]["reason"], "statement 1000107301202611200000000002");
    assert_eq!(paid["payments"][0]["amount_fen"], 2600);
    let today = shop.ask(json!({"verb": "today"})).await.unwrap();
    assert_eq!((today["business_date"].as_str(), today["sum_fen"].as_i64()), (Some("2026-11-21"), Some(2600)));
    // Twice under one id does it once; a line is used once.
    shop.ask(attach).await.unwrap();
    assert_eq!(shop.ticket(&day.missed["id"]).await["payments"].as_array().unwrap().len(), 1);
    let other = shop.ring_up(2600).await;
    let again =
        shop.act(json!({"verb": "attach_line", "line_id": missed, "ticket_id": other["id"]})).await.unwrap_err();
    assert_eq!(again.code, Code::Conflict);

    // Money nobody rang up becomes a sale.
    let after = shop.act(json!({"verb": "open_line", "line_id": unknown, "note": "found later"})).await.unwrap();
    assert_eq!(counts(&after)["matched"].0, 4);
    assert!(!counts(&after).contains_key("missing_in_till"));
    let opened = after["lines"].as_array().unwrap().iter().find(|l| l["line_id"] == unknown).unwrap();
    let sale = shop.ticket(&opened["ticket_id"]).await;
    assert_eq!((sale["note"].as_str(), sale["due_fen"].as_i64()), (Some("found later"), Some(5550)));

    // A line that a payment is already cannot be booked again.
    let matched = after["lines"].as_array().unwrap().iter().find(|l| l["line_fen"] == 1500).unwrap()["line_id"].clone();
    for twice in [
        json!({"verb": "open_line", "line_id": matched, "note": ""}),
        json!({"verb": "attach_line", "line_id": matched, "ticket_id": other["id"]}),
        json!({"verb": "open_line", "line_id": only(&after, "refund_missing_in_till")["line_id"], "note": ""}),
        json!({"verb": "attach_line", "line_id": matched, "ticket_id": day.false_paid["id"]}),
    ] {
        assert_eq!(shop.act(twice.clone()).await.unwrap_err().code, Code::Conflict, "{twice}");
    }
    assert_eq!(shop.ticket(&other["id"]).await["status"], "open");

    // The transfer is that ticket's payment: a link, no new money.
    let maybe = only(&after, "maybe");
    let link = json!({"verb": "attach_line", "line_id": maybe["line_id"], "ticket_id": maybe["ticket_id"]});
    let after = shop.act(link).await.unwrap();
    assert!(!counts(&after).contains_key("maybe"));
    assert_eq!(shop.ticket(&maybe["ticket_id"]).await["payments"].as_array().unwrap().len(), 1);

    // Differences put aside stay so, with their reason, in every statement.
    let no_reason = json!({"verb": "settle_line", "statement_id": id, "line_id": null, "ticket_id": day.false_paid["id"], "reason": " "});
    assert_eq!(shop.act(no_reason).await.unwrap_err().code, Code::Invalid);
    let aside = json!({"verb": "settle_line", "request_id": "s", "statement_id": id, "line_id": null, "ticket_id": day.false_paid["id"], "reason": "paid in kind"});
    let after = shop.ask(aside.clone()).await.unwrap();
    assert!(!counts(&after).contains_key("missing_in_statement"));
    assert_eq!(only(&after, "settled")["resolution"], "paid in kind");
    assert_eq!(counts(&shop.ask(aside).await.unwrap()), counts(&after));
    let differs = only(&after, "amount_differs")["line_id"].clone();
    let both = json!({"verb": "settle_line", "statement_id": id, "line_id": differs, "ticket_id": 1, "reason": "x"});
    assert_eq!(shop.act(both).await.unwrap_err().code, Code::Invalid);
    let aside =
        json!({"verb": "settle_line", "statement_id": id, "line_id": differs, "ticket_id": null, "reason": "five fen"});
    let after = shop.act(aside.clone()).await.unwrap();
    assert_eq!(counts(&after)["settled"].0, 2);
    assert_eq!(shop.act(aside).await.unwrap_err().code, Code::Conflict);
    let strange = json!({"verb": "settle_line", "statement_id": id, "line_id": 999, "ticket_id": null, "reason": "x"});
    assert_eq!(shop.act(strange).await.unwrap_err().code, Code::NotFound);

    // The next day's statement does not accuse what this one proves: both were booked on that day.
    let next = String::from_utf8(wechat(&[received(START + 24 * HOUR, 100, 90)], START + 60 * HOUR)).unwrap();
    let next = next.replacen("2026-11-20 00:00:00", "2026-11-21 00:00:00", 1);
    let next = next.replacen("2026-11-20 23:59:59", "2026-11-21 23:59:59", 1);
    let next = drop_in(shop, "next.csv", next.as_bytes(), None).await.unwrap();
    assert_eq!(counts(&next), [("missing_in_till".to_owned(), (1, 100))].into());

    let mut told = Vec::new();
    while let Ok(event) = shop.events.try_recv() {
        match event {
            Event::StatementChanged { .. } => told.push("statement"),
            Event::TicketPaid { .. } => told.push("paid"),
            _ => {}
        }
    }
    assert_eq!(told.iter().filter(|t| **t == "paid").count(), 2, "{told:?}");
    assert_eq!(told.iter().filter(|t| **t == "statement").count(), 7, "{told:?}");
}

#[tokio::test]
async fn money_in_the_inbox_is_not_booked_from_the_statement_as_well() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(2600).await;
    let paid_at = shop.now() + 30_000;
    shop.pass(2 * HOUR);
    // The phone lay in a drawer: its notice finds the ticket long gone.
    assert_eq!(shop.vmq(&phone, "1", "26", shop.now()).await, OK);
    let item = shop.inbox().await.remove(0);
    let check = drop_in(&shop, "day.csv", &wechat(&[received(paid_at, 2600, 1)], NEXT_MORNING), None).await.unwrap();
    let line = only(&check, "missing_in_till");
    assert!(line["resolution"].as_str().unwrap().contains(&item["id"].to_string()), "{line}");
    assert_eq!(line["candidates"], json!([ticket["id"]]));
    for book in [
        json!({"verb": "attach_line", "line_id": line["line_id"], "ticket_id": ticket["id"]}),
        json!({"verb": "open_line", "line_id": line["line_id"], "note": ""}),
    ] {
        let refused = shop.act(book).await.unwrap_err();
        assert_eq!((refused.code, &refused.details.unwrap()["inbox_item"]), (Code::Conflict, &item["id"]));
    }
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "expired");
    shop.act(json!({"verb": "accept", "item_id": item["id"], "ticket_id": ticket["id"]})).await.unwrap();
    let id = &check["head"]["id"];
    let after = shop.ask(json!({"verb": "statement", "statement_id": id, "limit": 10})).await.unwrap();
    assert_eq!(counts(&after), [("matched".to_owned(), (1, 2600))].into());
}

#[tokio::test]
async fn money_accepted_days_later_is_looked_for_when_it_came() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    shop.pass(MINUTE);
    assert_eq!(shop.vmq(&phone, "1", "8.80", shop.now()).await, OK);
    let came = shop.now() - 1_000;
    shop.pass(5 * 24 * HOUR);
    let item = shop.inbox().await.remove(0);
    shop.act(json!({"verb": "open_sale", "item_id": item["id"], "note": ""})).await.unwrap();
    let check = drop_in(&shop, "day.csv", &wechat(&[received(came, 880, 1)], NEXT_MORNING), None).await.unwrap();
    assert_eq!(counts(&check), [("matched".to_owned(), (1, 880))].into());
    // The statement of the day on which it was accepted has nothing to say about it.
    let later = String::from_utf8(wechat(&[], START + 150 * HOUR)).unwrap();
    let later = later.replacen("2026-11-20 00:00:00", "2026-11-25 00:00:00", 1);
    let later = later.replacen("2026-11-20 23:59:59", "2026-11-25 23:59:59", 1);
    let check = drop_in(&shop, "later.csv", later.as_bytes(), None).await.unwrap();
    assert_eq!(counts(&check), BTreeMap::new());
}

#[tokio::test]
async fn the_same_file_adds_nothing_overlapping_ones_add_what_is_new_and_changes_are_versions() {
    let shop = Shop::new().await;
    let rows = [received(START, 100, 1), received(START + MINUTE, 200, 2)];
    let first = wechat(&rows, START + HOUR);
    let one = drop_in(&shop, "a.csv", &first, None).await.unwrap();
    assert_eq!((one["head"]["lines"].as_u64(), one["head"]["new_lines"].as_u64()), (Some(2), Some(2)));
    assert!(one["warnings"][0].as_str().unwrap().contains("导出"), "made before the day was over: {}", one["warnings"]);
    // The same bytes under another name: the same statement.
    let same = drop_in(&shop, "b.csv", &first, None).await.unwrap();
    assert_eq!(same["head"], one["head"]);

    // A later export: one line more, and one that was given back meanwhile.
    let mut rows =
        vec![received(START, 100, 1), received(START + MINUTE, 200, 2), received(START + 2 * MINUTE, 300, 3)];
    rows[1].4 = "已全额退款";
    let later = drop_in(&shop, "later.csv", &wechat(&rows, NEXT_MORNING), None).await.unwrap();
    assert_eq!((later["head"]["lines"].as_u64(), later["head"]["new_lines"].as_u64()), (Some(3), Some(1)));
    let id = |check: &Value, fen: i64| {
        check["lines"].as_array().unwrap().iter().find(|l| l["line_fen"] == fen).unwrap()["line_id"].clone()
    };
    assert_eq!(id(&later, 200), id(&one, 200), "a line keeps its id");
    // The earlier file shows the line as it is known now.
    let ask = json!({"verb": "statement", "statement_id": one["head"]["id"], "limit": 10});
    let seen = shop.ask(ask.clone()).await.unwrap();
    let line = seen["lines"].as_array().unwrap().iter().find(|l| l["line_fen"] == 200).unwrap();
    assert_eq!((&line["line_status"], seen["lines"].as_array().unwrap().len()), (&json!("已全额退款"), 2));
    // An older export is older news.
    let rows = [received(START, 100, 1), received(START + MINUTE, 200, 2), received(START - MINUTE, 50, 4)];
    let older = drop_in(&shop, "older.csv", &wechat(&rows, START + 30 * MINUTE), None).await.unwrap();
    assert_eq!(older["head"]["new_lines"], 1);
    let seen = shop.ask(ask).await.unwrap();
    let line = seen["lines"].as_array().unwrap().iter().find(|l| l["line_fen"] == 200).unwrap();
    assert_eq!(line["line_status"], "已全额退款");
    // By request id alone.
    let again = json!({"verb": "import_statement", "request_id": "test-0", "file": "x.csv", "content_base64": STANDARD.encode("else"), "path": null, "password": null});
    assert_eq!(shop.ask(again).await.unwrap_err().code, Code::Invalid, "test-0 added a code");

    let file = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
    let count = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM statement_line"), 5);
    assert_eq!(count("SELECT count(*) FROM statement_line WHERE version = 2"), 1);
    assert!(file.execute("UPDATE statement_line SET status = ''", []).is_err());
    assert!(file.execute("DELETE FROM statement_line", []).is_err());
    assert!(file.execute("UPDATE statement_file SET name = ''", []).is_err());
    // All of it outlives the till.
    let shop = shop.reopen().await;
    let all = shop.ask(json!({"verb": "statements", "limit": 10})).await.unwrap();
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|s| s["file"].as_str().unwrap()).collect();
    assert_eq!(names, ["older.csv", "later.csv", "a.csv"]);
}

#[tokio::test]
async fn two_at_once_are_one() {
    let shop = Shop::new().await;
    let rows: Vec<Row> = (0..5_000).map(|n| received(START + i64::from(n) * 1_000, 100 + i64::from(n), n)).collect();
    let bytes = wechat(&rows, NEXT_MORNING);
    let (a, b) = tokio::join!(drop_in(&shop, "a.csv", &bytes, None), drop_in(&shop, "b.csv", &bytes, None));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a["head"], b["head"]);
    assert_eq!((a["head"]["lines"].as_u64(), a["head"]["new_lines"].as_u64()), (Some(5_000), Some(5_000)));
    assert_eq!(counts(&a)["missing_in_till"].0, 5_000);
    assert_eq!(a["lines"].as_array().unwrap().len(), 200);
}

#[tokio::test]
async fn passwords_are_asked_for_and_forgotten() {
    let shop = Shop::new().await;
    let name = "alipay-app-2026-encrypted.zip";
    let bytes = std::fs::read(samples().join(name)).unwrap();
    for (given, wrong) in [(None, false), (Some(" "), false), (Some("111111"), true)] {
        let refused = drop_in(&shop, name, &bytes, given).await.unwrap_err();
        assert_eq!((refused.code, &refused.details.unwrap()["wrong"]), (Code::NeedsPassword, &json!(wrong)));
    }
    assert_eq!(shop.ask(json!({"verb": "statements", "limit": 1})).await.unwrap(), json!([]));
    drop_in(&shop, name, &bytes, Some(" 234512 ")).await.unwrap();
    let dir = shop.dir.path().to_owned();
    shop.engine.clone().close().await;
    for file in std::fs::read_dir(dir).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"234512"));
    }
}

#[tokio::test]
async fn what_is_no_statement_says_what_to_do_and_leaves_nothing() {
    let shop = Shop::new().await;
    let garbage: Vec<u8> = (0..40_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (bytes, cause) in [
        (&b""[..], "empty"),
        (b"\n \n", "empty"),
        (b"hello, world\n1,2\n", "not_a_statement"),
        (b"%PDF-1.7", "proof_pdf"),
        (&garbage, ""),
    ] {
        let refused = drop_in(&shop, "x.csv", bytes, None).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid);
        let said = refused.details.unwrap()["cause"].clone();
        assert!(cause.is_empty() || said == cause, "{said} {cause}");
        assert!(refused.message.chars().count() > 8, "{}", refused.message);
    }
    let pipe = shop.dir.path().join("pipe");
    #[cfg(unix)]
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (content, path, code) in [
        (None, None, Code::Invalid),
        (Some("e30="), Some("/x"), Code::Invalid),
        (Some("not base64!"), None, Code::Invalid),
        (None, Some("statement.csv"), Code::Invalid),
        (None, Some("/no/such/file.csv"), Code::NotFound),
        (None, shop.dir.path().to_str(), Code::NotFound),
        (None, pipe.to_str(), Code::NotFound),
    ] {
        let ask = json!({"verb": "import_statement", "file": "x.csv", "content_base64": content, "path": path, "password": null});
        assert_eq!(shop.act(ask).await.unwrap_err().code, code, "{content:?} {path:?}");
    }
    let large = shop.dir.path().join("large.csv");
    std::fs::File::create(&large).unwrap().set_len((64 << 20) + 1).unwrap();
    let ask = json!({"verb": "import_statement", "file": "", "content_base64": null, "path": large, "password": null});
    assert!(shop.act(ask).await.unwrap_err().message.contains("64 MB"));
    assert_eq!(shop.ask(json!({"verb": "statements", "limit": 1})).await.unwrap(), json!([]));
    let missing = shop.ask(json!({"verb": "statement", "statement_id": 7, "limit": 10})).await.unwrap_err();
    assert_eq!(missing.code, Code::NotFound);
    let line = shop.act(json!({"verb": "open_line", "line_id": 7, "note": ""})).await.unwrap_err();
    assert_eq!(line.code, Code::NotFound);
}

#[tokio::test]
async fn another_accounts_file_and_a_cut_one_accuse_nobody() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    for fen in [1100, 1200, 1300] {
        shop.ring_up(fen).await;
        shop.pass(20_000);
        assert_eq!(shop.vmq(&phone, "1", &format!("{}", fen / 100), shop.now()).await, OK);
        shop.pass(5 * MINUTE);
    }
    let strange = wechat(&[received(START + MINUTE, 8888, 1), received(START + 2 * MINUTE, 7777, 2)], NEXT_MORNING);
    let check = drop_in(&shop, "strange.csv", &strange, None).await.unwrap();
    assert_eq!(counts(&check), [("missing_in_till".to_owned(), (2, 16_665)), ("neither".to_owned(), (3, 3600))].into());
    assert!(check["warnings"][0].as_str().unwrap().contains("另一个账号"), "{}", check["warnings"]);
    // A file of which rows were cut out: it says so itself.
    let whole = [received(START + 18_000, 1100, 11), received(START + 6 * MINUTE, 1, 12)];
    let text = String::from_utf8(wechat(&whole, NEXT_MORNING)).unwrap();
    let cut: Vec<&str> = text.lines().filter(|line| !line.contains("¥0.01")).collect();
    let check = drop_in(&shop, "cut.csv", cut.join("\n").as_bytes(), None).await.unwrap();
    assert_eq!(counts(&check), [("matched".to_owned(), (1, 1100)), ("neither".to_owned(), (2, 2500))].into());
    assert!(check["warnings"][0].as_str().unwrap().contains("不完整"), "{}", check["warnings"]);
    assert!(check["declared"].as_array().unwrap().iter().any(|d| d["agrees"] == false));
}

#[tokio::test]
async fn where_it_is_one_of_two_a_person_says_which() {
    let shop = Shop::new().await;
    let first = shop.ring_up(900).await;
    let second = shop.ring_up(905).await;
    assert_eq!((first["due_fen"].as_i64(), second["due_fen"].as_i64()), (Some(900), Some(905)));
    shop.pass(30_000);
    let paid_at = shop.now();
    shop.pass(30_000);
    let said = |ticket: &Value| json!({"verb": "confirm_by_hand", "ticket_id": ticket["id"], "channel": "wechat", "reason": "saw it"});
    shop.act(said(&first)).await.unwrap();
    // The same amount again, as soon as it is free.
    shop.pass(11 * MINUTE);
    let third = shop.ring_up(900).await;
    assert_eq!(third["due_fen"], 900);
    shop.act(said(&third)).await.unwrap();
    // At the end of one's time and the beginning of the other's.
    let between = paid_at + 10 * MINUTE + 30_000;
    let check = drop_in(&shop, "one.csv", &wechat(&[received(between, 900, 1)], NEXT_MORNING), None).await.unwrap();
    assert_eq!(counts(&check), [("ambiguous".to_owned(), (3, 2700))].into(), "{check:#}");
    let line = check["lines"].as_array().unwrap().iter().find(|l| !l["line_id"].is_null()).unwrap();
    assert_eq!(line["candidates"], json!([first["id"], third["id"]]));
    let open = json!({"verb": "open_line", "line_id": line["line_id"], "note": ""});
    assert_eq!(shop.act(open).await.unwrap_err().code, Code::Conflict, "it may be a payment that is booked");
    let tie = json!({"verb": "attach_line", "line_id": line["line_id"], "ticket_id": third["id"]});
    let after = shop.act(tie).await.unwrap();
    assert_eq!(only(&after, "matched")["ticket_id"], third["id"]);
    assert_eq!(only(&after, "missing_in_statement")["ticket_id"], first["id"]);
}

#[tokio::test]
async fn a_refund_made_later_is_tied_by_hand() {
    let day = day().await;
    let shop = &day.shop;
    let mut rows = day.rows;
    // Three days before the till heard of it, so that time alone does not tell.
    rows.retain(|row| row.5 != 5);
    let back = Row(START - 13 * HOUR, "二维码收款-退款", "支出", 7700, "已全额退款", 30, "/");
    rows.push(back);
    shop.pass(3 * 24 * HOUR);
    let late = by_hand(shop, 6600).await;
    refund(shop, &late, 6600);
    rows.push(Row(START - 12 * HOUR, "二维码收款-退款", "支出", 6600, "已全额退款", 31, "/"));
    let check = drop_in(shop, "day.csv", &wechat(&rows, NEXT_MORNING), None).await.unwrap();
    let lost = only(&check, "refund_missing_in_till");
    assert_eq!(lost["line_fen"], 6600);
    let wrong = json!({"verb": "attach_line", "line_id": lost["line_id"], "ticket_id": day.refunded["id"]});
    assert_eq!(shop.act(wrong).await.unwrap_err().code, Code::Conflict, "another amount");
    let tie = json!({"verb": "attach_line", "line_id": lost["line_id"], "ticket_id": late["id"]});
    let after = shop.act(tie).await.unwrap();
    assert!(!counts(&after).contains_key("refund_missing_in_till"), "{:?}", counts(&after));
    let tied = after["lines"].as_array().unwrap().iter().find(|l| l["line_id"] == lost["line_id"]).unwrap();
    assert_eq!((&tied["outcome"], &tied["ticket_id"]), (&json!("matched"), &late["id"]));
}
