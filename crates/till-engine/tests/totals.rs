//! The owner's figures: rows sum to totals in every slice, packed or not, whatever the clocks do; search; bad input.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use serde_json::{Value, json};
use shop::{OK, Shop, yuan};
use till_core::day;
use till_engine::api::Code;
use till_store::Store;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// A shop whose clock on the wall is the same wherever the tests run.
async fn new_shop() -> Shop {
    let shop = Shop::new().await;
    shop.set("time_zone", json!("Asia/Shanghai")).await;
    shop
}

async fn totals(shop: &Shop, span: &Value, filter: &Value) -> Value {
    shop.ask(json!({"verb": "totals", "span": span, "filter": filter})).await.unwrap()
}

async fn index(shop: &Shop, span: &Value, filter: &Value) -> Value {
    shop.ask(json!({"verb": "sales_index", "span": span, "filter": filter})).await.unwrap()
}

/// All rows that the index points to, page by page.
async fn rows(shop: &Shop, index: &Value, filter: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for day in index["days"].as_array().unwrap() {
        let mut offset = 0;
        loop {
            let ask =
                json!({"verb": "sales_rows", "date": day["date"], "filter": filter, "offset": offset, "limit": 3});
            let page = shop.ask(ask).await.unwrap().as_array().unwrap().clone();
            if page.is_empty() {
                break;
            }
            assert!(page.iter().all(|row| row["business_date"] == day["date"]));
            offset += page.len();
            all.extend(page);
        }
        assert_eq!(offset as i64, day["rows"].as_i64().unwrap(), "{day}");
    }
    all
}

fn sum(rows: &[Value], column: &str) -> i64 {
    rows.iter().map(|row| row[column].as_i64().unwrap()).sum()
}

/// Figures, index and rows of a filter agree to the fen; the figures come back.
async fn agree(shop: &Shop, span: &Value, filter: &Value) -> Value {
    let t = totals(shop, span, filter).await;
    let i = index(shop, span, filter).await;
    let rows = rows(shop, &i, filter).await;
    let f = &t["figures"];
    assert_eq!(f["rows"], rows.len(), "{filter}");
    assert_eq!(i["rows"], rows.len(), "{filter}");
    for column in ["net_fen", "gross_fen", "discount_fen", "rounding_fen", "tail_fen"] {
        assert_eq!(f[column], sum(&rows, column), "{column} {filter}");
        assert_eq!(i[column], sum(&rows, column), "{column} {filter}");
    }
    assert_eq!(i["received_fen"], f["received_fen"]);
    assert_eq!(i["refunded_fen"], f["refunded_fen"]);
    let (received, refunded) = (f["received_fen"].as_i64().unwrap(), f["refunded_fen"].as_i64().unwrap());
    assert_eq!(f["net_fen"], received - refunded);
    for slices in ["by_day", "by_hour", "by_weekday", "by_channel", "by_staff", "by_booked"] {
        let slices = t[slices].as_array().unwrap();
        for (column, whole) in [("rows", &f["rows"]), ("received_fen", &f["received_fen"]), ("net_fen", &f["net_fen"])]
        {
            assert_eq!(sum(slices, column), whole.as_i64().unwrap(), "{slices:?}");
        }
    }
    let wanted = sum(t["by_item"].as_array().unwrap(), "gross_fen");
    assert_eq!(f["gross_fen"], wanted, "items are all there is to a gross: {filter}");
    t
}

/// Every bar, line and slice of the figures is a filter that shows exactly its rows.
async fn every_slice_agrees(shop: &Shop, span: &Value, base: &Value) {
    let t = agree(shop, span, base).await;
    for (slices, key, number) in [
        ("by_hour", "hour", true),
        ("by_weekday", "weekday", true),
        ("by_channel", "channel", false),
        ("by_staff", "staff_id", true),
        ("by_booked", "booked", false),
    ] {
        for slice in t[slices].as_array().unwrap() {
            let mut filter = base.clone();
            let text = slice["key"].as_str().unwrap();
            filter[key] = if number { json!(text.parse::<i64>().unwrap()) } else { json!(text) };
            let part = agree(shop, span, &filter).await;
            assert_eq!(part["figures"]["net_fen"], slice["net_fen"], "{filter}");
            assert_eq!(part["figures"]["rows"], slice["rows"], "{filter}");
        }
    }
    for kind in ["sale", "refund", "void"] {
        let mut filter = base.clone();
        filter["kind"] = json!(kind);
        agree(shop, span, &filter).await;
    }
}

/// Packs every past day of the running shop, as its background work would.
async fn pack(shop: &Shop) -> usize {
    let store = Store::open(&shop.dir.path().join("till.db")).await.unwrap();
    let settings = shop.ask(json!({"verb": "settings"})).await.unwrap();
    let zone = day::zone(settings["time_zone"].as_str().unwrap()).unwrap();
    let mut before = day::business_date(shop.now(), &zone, settings["day_starts_at"].as_u64().unwrap() as u8);
    let mut packed = 0;
    while let Some(oldest) = store.pack_days(&before, &zone, 1).await.unwrap() {
        (before, packed) = (oldest, packed + 1);
    }
    store.close().await;
    packed
}

/// Money back, as the books have it (the verb belongs to another room).
async fn give_back(shop: &Shop, ticket: i64, kind: &str, channel: &str, fen: i64) {
    let db = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let date = today(shop).await;
    db.execute(
        "INSERT INTO refund (ticket_id, kind, channel, amount_fen, reference, reason, at, business_date, actor)
         VALUES (?1, ?2, ?3, ?4, 'WX4200-77', '少做一份', ?5, ?6, 'till')",
        (ticket, kind, channel, fen, shop.now(), date),
    )
    .unwrap();
}

async fn today(shop: &Shop) -> String {
    let now = totals(shop, &json!({"span": "today"}), &json!({})).await;
    now["today"].as_str().unwrap().to_owned()
}

async fn sell(shop: &Shop, lines: Value, note: &str) -> i64 {
    let sale = json!({"lines": lines, "note": note});
    let sold = shop.act(json!({"verb": "sell_cash", "sale": sale, "tendered_fen": null})).await.unwrap();
    sold["id"].as_i64().unwrap()
}

fn line(name: &str, fen: i64, count: i64) -> Value {
    json!({"name": name, "price_fen": fen, "count": count})
}

#[tokio::test]
async fn an_empty_shop_has_figures_of_nothing() {
    let shop = new_shop().await;
    for span in
        [json!({"span": "today"}), json!({"span": "yesterday"}), json!({"span": "week"}), json!({"span": "month"})]
    {
        let t = agree(&shop, &span, &json!({})).await;
        assert_eq!(t["figures"]["average_fen"], 0);
        assert_eq!(t["before"], Value::Null);
        assert!(t["by_item"].as_array().unwrap().is_empty() && t["closed"].as_array().unwrap().is_empty());
    }
    let t = totals(&shop, &json!({"span": "week"}), &json!({})).await;
    // 20 November 2026 is a Friday.
    assert_eq!(
        (&t["from"], &t["to"], &t["before_from"]),
        (&json!("2026-11-16"), &json!("2026-11-20"), &json!("2026-11-11"))
    );
    assert_eq!(shop.ask(json!({"verb": "search_sales", "text": "豆浆", "limit": 10})).await.unwrap(), json!([]));
}

#[tokio::test]
async fn a_bad_range_or_filter_says_what_is_wrong() {
    let shop = new_shop().await;
    let custom = |from: &str, to: &str| json!({"span": "custom", "from": from, "to": to});
    for (span, word) in [
        (custom("2026-11-20", "2026-11-19"), "开始日期"),
        (custom("2026-02-30", "2026-11-19"), "日期"),
        (custom("", ""), "日期"),
        (custom("2026-11-20'; DROP TABLE ticket; --", "2026-11-20"), "日期"),
        (custom("2010-01-01", "2026-11-20"), "十年"),
    ] {
        for verb in ["totals", "sales_index"] {
            let error = shop.ask(json!({"verb": verb, "span": span, "filter": {}})).await.unwrap_err();
            assert_eq!(error.code, Code::Invalid);
            assert!(error.message.contains(word), "{span}: {}", error.message);
        }
    }
    for filter in [json!({"hour": 24}), json!({"weekday": 0}), json!({"weekday": 8})] {
        let error = shop.ask(json!({"verb": "totals", "span": {"span": "today"}, "filter": filter})).await.unwrap_err();
        assert_eq!(error.code, Code::Invalid);
    }
    let bad_day = json!({"verb": "sales_rows", "date": "yesterday", "filter": {}, "offset": 0, "limit": 10});
    assert_eq!(shop.ask(bad_day).await.unwrap_err().code, Code::Invalid);
    let far = json!({"verb": "sales_rows", "date": "2026-11-20", "filter": {}, "offset": u32::MAX, "limit": u32::MAX});
    assert_eq!(shop.ask(far).await.unwrap(), json!([]));
}

#[tokio::test]
async fn a_day_of_every_kind_adds_up_and_stays_as_it_was_when_packed() {
    let shop = new_shop().await;
    let phone = shop.phone("counter").await;
    shop.set("rounding", json!("jiao")).await;
    let tea = sell(&shop, json!([line("豆浆", 305, 2), line("油条", 250, 1)]), "桌12").await;
    for n in 0..3_i64 {
        let ticket = shop.ring_up(1500 + n * 100).await;
        shop.pass(20_000);
        assert_eq!(shop.vmq(&phone, "1", &yuan(&ticket["due_fen"]), shop.now()).await, OK);
        shop.pass(HOUR_MS);
    }
    let seen = shop.ring_up(9_900).await;
    let confirm = json!({"verb": "confirm_by_hand", "ticket_id": seen["id"], "channel": "alipay", "reason": "看到了"});
    shop.act(confirm).await.unwrap();
    // Money without a ticket is shown, not counted.
    assert_eq!(shop.vmq(&phone, "1", "777.77", shop.now()).await, OK);
    give_back(&shop, tea, "refund", "cash", 100).await;
    give_back(&shop, seen["id"].as_i64().unwrap(), "void", "alipay", seen["due_fen"].as_i64().unwrap()).await;

    let span = json!({"span": "custom", "from": "2026-11-01", "to": "2026-11-30"});
    let t = agree(&shop, &span, &json!({})).await;
    let f = &t["figures"];
    assert_eq!((f["sales"].as_i64(), f["rows"].as_i64(), f["refunds"].as_i64()), (Some(5), Some(7), Some(2)));
    assert_eq!((f["auto"].as_i64(), f["by_hand"].as_i64()), (Some(3), Some(1)));
    assert_eq!((&t["unmatched"], &t["unmatched_fen"]), (&json!(1), &json!(77_777)));
    assert_eq!(t["by_item"][1]["name"], "豆浆", "{}", t["by_item"]);
    assert_eq!(t["by_item"][1]["pieces"], 2);
    every_slice_agrees(&shop, &span, &json!({})).await;
    let soy = agree(&shop, &span, &json!({"item": "豆浆"})).await;
    assert_eq!((soy["figures"]["rows"].as_i64(), soy["figures"]["refunded_fen"].as_i64()), (Some(2), Some(100)));

    // Two days later the same days are packed, and say the same.
    let before = [t, soy];
    shop.pass(2 * DAY_MS);
    assert_eq!(pack(&shop).await, 1);
    let after = [agree(&shop, &span, &json!({})).await, agree(&shop, &span, &json!({"item": "豆浆"})).await];
    for (mut before, mut after) in before.into_iter().zip(after) {
        for moved in ["today"] {
            before[moved] = Value::Null;
            after[moved] = Value::Null;
        }
        assert_eq!(before, after);
    }
    every_slice_agrees(&shop, &span, &json!({"channel": "wechat"})).await;
    // A refund today books today and leaves the packed day alone.
    give_back(&shop, tea, "refund", "cash", 50).await;
    let t = agree(&shop, &span, &json!({})).await;
    assert_eq!(t["by_day"].as_array().unwrap().len(), 2);
    assert_eq!(t["by_day"][1]["net_fen"], -50);
}

#[tokio::test]
async fn a_row_written_into_a_packed_day_is_counted() {
    let shop = new_shop().await;
    let ticket = sell(&shop, json!([line("豆浆", 1000, 1)]), "").await;
    shop.pass(3 * DAY_MS);
    assert_eq!(pack(&shop).await, 1);
    let db = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
    let late = "INSERT INTO refund (ticket_id, kind, channel, amount_fen, reason, at, business_date, actor)
                VALUES (?1, 'refund', 'cash', 300, 'late', ?2, '2026-11-20', 'till')";
    db.execute(late, (ticket, shop.now())).unwrap();
    let day = json!({"span": "custom", "from": "2026-11-20", "to": "2026-11-20"});
    assert_eq!(agree(&shop, &day, &json!({})).await["figures"]["net_fen"], 700);
    assert_eq!(pack(&shop).await, 1);
    assert_eq!(agree(&shop, &day, &json!({})).await["figures"]["net_fen"], 700);
    // A damaged sheet is no reason for wrong figures.
    db.execute("UPDATE day_sheet SET figures = x'0203'", []).unwrap();
    assert_eq!(agree(&shop, &day, &json!({})).await["figures"]["net_fen"], 700);
    db.execute("UPDATE day_sheet SET figures = x'', words = x'', texts = '不是'", []).unwrap();
    assert_eq!(agree(&shop, &day, &json!({})).await["figures"]["net_fen"], 700);
}

#[tokio::test]
async fn today_is_compared_with_as_much_of_the_day_a_week_before() {
    let shop = new_shop().await;
    sell(&shop, json!([line("", 1000, 1)]), "").await;
    shop.pass(2 * HOUR_MS);
    sell(&shop, json!([line("", 500, 1)]), "").await;
    shop.pass(7 * DAY_MS - HOUR_MS);
    let t = totals(&shop, &json!({"span": "today"}), &json!({})).await;
    assert_eq!((&t["before_from"], &t["before"]["received_fen"]), (&json!("2026-11-20"), &json!(1000)));
    shop.pass(HOUR_MS);
    let t = totals(&shop, &json!({"span": "today"}), &json!({})).await;
    assert_eq!(t["before"]["received_fen"], 1500);
}

#[tokio::test]
async fn what_comes_after_the_z_report_is_found_by_itself() {
    let shop = new_shop().await;
    sell(&shop, json!([line("", 1000, 1)]), "").await;
    let db = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
    let z = "INSERT INTO z_report (number, business_date, nth, after_at, closed_at, closed_by, row_count, sum_fen, rows_hash,
               report, prev_hash, hash) VALUES (1, '2026-11-20', 1, 0, ?1, 'till', 1, 1000, x'ab', '{}', x'', x'cd')";
    db.execute(z, [shop.now()]).unwrap();
    shop.pass(60_000);
    sell(&shop, json!([line("", 300, 1)]), "").await;
    for packed in [false, true] {
        if packed {
            shop.pass(DAY_MS);
            assert_eq!(pack(&shop).await, 1);
        }
        let span = json!({"span": "custom", "from": "2026-11-20", "to": "2026-11-20"});
        let t = agree(&shop, &span, &json!({})).await;
        assert_eq!((&t["after_close"], &t["after_close_fen"]), (&json!(1), &json!(300)));
        assert_eq!((&t["closed"][0]["number"], &t["closed"][0]["hash"]), (&json!(1), &json!("ab")));
        assert_eq!(agree(&shop, &span, &json!({"after_close": true})).await["figures"]["net_fen"], 300);
        assert_eq!(agree(&shop, &span, &json!({"after_close": false})).await["figures"]["net_fen"], 1000);
    }
}

async fn find(shop: &Shop, text: &str) -> Vec<i64> {
    let found = shop.ask(json!({"verb": "search_sales", "text": text, "limit": 50})).await.unwrap();
    found.as_array().unwrap().iter().map(|row| row["ticket_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn search_finds_numbers_amounts_and_words_packed_or_not() {
    let shop = new_shop().await;
    let phone = shop.phone("counter").await;
    let first = sell(&shop, json!([line("豆浆", 1498, 1)]), "Table_7 100%").await;
    shop.pass(DAY_MS);
    let second = sell(&shop, json!([line("油条", 250, 2), line("豆浆", 300, 1)]), "少糖\"AND\" OR (x)").await;
    give_back(&shop, second, "refund", "cash", 101).await;
    let paid = shop.ring_up(4_100).await;
    shop.notice(&phone, "微信支付", &format!("微信支付收款{}元(朋友到店)", yuan(&paid["due_fen"])), shop.now()).await;
    let paid = paid["id"].as_i64().unwrap();
    for packed in [false, true] {
        if packed {
            shop.pass(DAY_MS);
            assert_eq!(pack(&shop).await, 2);
        }
        assert_eq!(find(&shop, "豆浆").await, [second, second, first]);
        assert_eq!(find(&shop, "豆").await, [second, second, first]);
        assert_eq!(find(&shop, "豆浆 油条").await, [second, second]);
        assert_eq!(find(&shop, "浆豆").await, Vec::<i64>::new());
        assert_eq!(find(&shop, "14.98").await, [first]);
        assert_eq!(find(&shop, "￥14.98").await, [first]);
        assert_eq!(find(&shop, "#1").await, [second, second, first]);
        assert_eq!(find(&shop, "#2").await, [paid]);
        assert_eq!(find(&shop, "41").await, [paid]);
        assert_eq!(find(&shop, "1.01").await, [second]);
        assert_eq!(find(&shop, "wx4200").await, [second]);
        assert_eq!(find(&shop, "少做").await, [second]);
        assert_eq!(find(&shop, "table_7").await, [first]);
        assert_eq!(find(&shop, "TABLE").await, [first]);
        // Signs that mean something to a database mean nothing here.
        assert_eq!(find(&shop, "%").await, [first]);
        assert_eq!(find(&shop, "_").await, [first]);
        assert_eq!(find(&shop, "\"and\"").await, [second, second]);
        assert_eq!(find(&shop, "(x)").await, [second, second]);
        for nothing in ["", "  ", "'; DROP TABLE ticket; --", "*", "NEAR(", "#", "#99", "\0", "\\", "豆浆 zzz"] {
            assert_eq!(find(&shop, nothing).await, Vec::<i64>::new(), "{nothing}");
        }
    }
    let long = shop.ask(json!({"verb": "search_sales", "text": "豆".repeat(10_000), "limit": 50})).await.unwrap_err();
    assert_eq!(long.code, Code::Invalid);
    assert_eq!(find(&shop, &"豆".repeat(200)).await, Vec::<i64>::new());
    let one = shop.ask(json!({"verb": "search_sales", "text": "豆浆", "limit": 0})).await.unwrap();
    assert_eq!(one.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_ticket_tells_its_life() {
    let shop = new_shop().await;
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(1_500).await;
    shop.pass(1_234);
    assert_eq!(shop.vmq(&phone, "1", &yuan(&ticket["due_fen"]), shop.now()).await, OK);
    shop.pass(60_000);
    give_back(&shop, ticket["id"].as_i64().unwrap(), "refund", "wechat", 100).await;
    let t = shop.ask(json!({"verb": "timeline", "ticket_id": ticket["id"]})).await.unwrap();
    let steps = t["steps"].as_array().unwrap();
    let what: Vec<_> = steps.iter().map(|s| s["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["opened", "received", "matched", "paid", "refunded"]);
    assert_eq!(steps[1]["at"].as_i64().unwrap() - steps[0]["at"].as_i64().unwrap(), 1_234);
    assert_eq!(steps[1]["actor"], "counter");
    let gone = shop.ring_up(2_000).await;
    shop.act(json!({"verb": "cancel", "ticket_id": gone["id"]})).await.unwrap();
    let t = shop.ask(json!({"verb": "timeline", "ticket_id": gone["id"]})).await.unwrap();
    assert_eq!(t["steps"][1]["what"], "cancelled");
    let none = shop.ask(json!({"verb": "timeline", "ticket_id": 99})).await.unwrap_err();
    assert_eq!(none.code, Code::NotFound);
}

mod across_clocks {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Deed {
        Cash { fen: i64, count: i64, item: usize },
        Auto { fen: i64 },
        ByHand { fen: i64 },
        Back { of: usize, void: bool, share: i64 },
        Pass { minutes: i64 },
        Move { zone: usize, starts_at: u8 },
    }

    const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"];
    const ITEMS: [&str; 4] = ["", "豆浆", "tea", "a\"b\\c"];

    fn deed() -> impl Strategy<Value = Deed> {
        prop_oneof![
            4 => (10i64..5_000, 1i64..4, 0usize..4).prop_map(|(fen, count, item)| Deed::Cash { fen, count, item }),
            3 => (100i64..5_000).prop_map(|fen| Deed::Auto { fen }),
            1 => (100i64..5_000).prop_map(|fen| Deed::ByHand { fen }),
            2 => (0usize..50, any::<bool>(), 1i64..=100).prop_map(|(of, void, share)| Deed::Back { of, void, share }),
            6 => (1i64..1_500).prop_map(|minutes| Deed::Pass { minutes }),
            1 => (0usize..4, 0u8..=12).prop_map(|(zone, starts_at)| Deed::Move { zone, starts_at }),
        ]
    }

    async fn live(deeds: Vec<Deed>, start: i64, zone: usize, starts_at: u8) {
        let shop = new_shop().await;
        shop.pass(start - shop.now());
        shop.set("time_zone", json!(ZONES[zone])).await;
        shop.set("day_starts_at", json!(starts_at)).await;
        let phone = shop.phone("counter").await;
        let mut sold: Vec<(i64, i64)> = Vec::new();
        let mut rows = 0;
        for deed in deeds {
            match deed {
                Deed::Cash { fen, count, item } => {
                    let id = sell(&shop, json!([line(ITEMS[item], fen, count), line("tea", 5, 1)]), "n").await;
                    sold.push((id, fen * count + 5));
                    rows += 1;
                }
                Deed::Auto { fen } => {
                    let ticket = shop.ring_up(fen).await;
                    assert_eq!(shop.vmq(&phone, "1", &yuan(&ticket["due_fen"]), shop.now()).await, OK);
                    shop.pass(61_000);
                    sold.push((ticket["id"].as_i64().unwrap(), ticket["due_fen"].as_i64().unwrap()));
                    rows += 1;
                }
                Deed::ByHand { fen } => {
                    let ticket = shop.ring_up(fen).await;
                    let seen = json!({"verb": "confirm_by_hand", "ticket_id": ticket["id"], "channel": "alipay", "reason": "x"});
                    shop.act(seen).await.unwrap();
                    shop.pass(700_000);
                    sold.push((ticket["id"].as_i64().unwrap(), ticket["due_fen"].as_i64().unwrap()));
                    rows += 1;
                }
                Deed::Back { of, void, share } if !sold.is_empty() => {
                    let many = sold.len();
                    let (ticket, left) = &mut sold[of % many];
                    let fen = if void { *left } else { *left * share / 100 };
                    if fen > 0 {
                        let (kind, channel) = if void { ("void", "cash") } else { ("refund", "wechat") };
                        give_back(&shop, *ticket, kind, channel, fen).await;
                        *left -= fen;
                        rows += 1;
                    }
                }
                Deed::Back { .. } => {}
                Deed::Pass { minutes } => shop.pass(minutes * 60_000),
                Deed::Move { zone, starts_at } => {
                    let kept = dates(&shop);
                    shop.set("time_zone", json!(ZONES[zone])).await;
                    shop.set("day_starts_at", json!(starts_at)).await;
                    assert_eq!(kept, dates(&shop), "what is booked stays on its day");
                }
            }
        }
        let db = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
        db.execute("UPDATE ticket SET actor = 'Ben#' || id % 3 WHERE id % 3 > 0", []).unwrap();
        let zone_now = shop.ask(json!({"verb": "settings"})).await.unwrap()["time_zone"].as_str().unwrap().to_owned();
        // A day further, so that the last day is over whichever zone it was booked in.
        shop.pass(2 * DAY_MS);
        let span = json!({"span": "custom", "from": "2026-01-01", "to": "2027-12-31"});
        let loose = agree(&shop, &span, &json!({})).await;
        assert_eq!(loose["figures"]["rows"], rows);
        assert_eq!(slices_of(&loose), counted_by_hand(&shop, &zone_now));
        every_slice_agrees(&shop, &span, &json!({"item": "tea"})).await;
        let filters =
            [json!({}), json!({"item": "豆浆"}), json!({"booked": "cash", "kind": "sale"}), json!({"weekday": 6})];
        let mut before = Vec::new();
        for filter in &filters {
            before.push(totals(&shop, &span, filter).await);
        }
        let days = loose["by_day"].as_array().unwrap().len();
        assert_eq!(pack(&shop).await, days);
        for (filter, before) in filters.iter().zip(before) {
            assert_eq!(before, totals(&shop, &span, filter).await, "packed days say what their rows say: {filter}");
        }
        every_slice_agrees(&shop, &span, &json!({})).await;
        // Another zone moves hours, not days: sheets of the old one count for nothing.
        for zone in ZONES {
            shop.set("time_zone", json!(zone)).await;
            let moved = agree(&shop, &span, &json!({})).await;
            assert_eq!(slices_of(&moved), counted_by_hand(&shop, zone));
        }
    }

    /// Slices straight from the tables, in another way than the till's.
    fn counted_by_hand(shop: &Shop, zone: &str) -> BTreeMap<(&'static str, String), [i64; 3]> {
        let db = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
        let mut rows = db
            .prepare(
                "SELECT s.at, s.business_date, s.channel, s.how, s.amount_fen, t.actor FROM settlement s JOIN ticket t ON t.id = s.ticket_id
                 UNION ALL SELECT f.at, f.business_date, f.channel, 'back', -f.amount_fen, t.actor FROM refund f JOIN ticket t ON t.id = f.ticket_id",
            )
            .unwrap();
        let mut rows = rows.query([]).unwrap();
        let mut slices: BTreeMap<(&str, String), [i64; 3]> = BTreeMap::new();
        while let Some(r) = rows.next().unwrap() {
            let text = |i| r.get::<_, String>(i).unwrap();
            let (at, fen): (i64, i64) = (r.get(0).unwrap(), r.get(4).unwrap());
            let hour = jiff::Timestamp::from_millisecond(at).unwrap().in_tz(zone).unwrap().hour();
            let weekday = text(1).parse::<jiff::civil::Date>().unwrap().weekday().to_monday_one_offset();
            let booked = match (text(2).as_str(), text(3).as_str()) {
                ("cash", _) => "cash",
                (_, "auto") => "auto",
                _ => "by_hand",
            };
            let person = text(5).split_once('#').map_or("0".to_owned(), |(_, id)| id.to_owned());
            let keys = [
                ("by_hour", hour.to_string()),
                ("by_weekday", weekday.to_string()),
                ("by_day", text(1)),
                ("by_channel", text(2)),
                ("by_booked", booked.to_owned()),
                ("by_staff", person),
            ];
            for key in keys {
                let slice = slices.entry(key).or_default();
                *slice = [slice[0] + 1, slice[1] + fen.max(0), slice[2] - fen.min(0)];
            }
        }
        slices
    }

    fn slices_of(t: &Value) -> BTreeMap<(&'static str, String), [i64; 3]> {
        let mut slices = BTreeMap::new();
        for by in ["by_hour", "by_weekday", "by_day", "by_channel", "by_booked", "by_staff"] {
            for slice in t[by].as_array().unwrap() {
                let columns = ["rows", "received_fen", "refunded_fen"].map(|c| slice[c].as_i64().unwrap());
                slices.insert((by, slice["key"].as_str().unwrap().to_owned()), columns);
            }
        }
        slices
    }

    fn dates(shop: &Shop) -> Vec<(i64, String)> {
        let db = rusqlite::Connection::open(shop.dir.path().join("till.db")).unwrap();
        let mut rows = db
            .prepare("SELECT at, business_date FROM settlement UNION ALL SELECT at, business_date FROM refund")
            .unwrap();
        rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
        #[test]
        fn rows_sum_to_totals_packed_or_not(deeds in prop::collection::vec(deed(), 1..40),
                                            // Days around the changes of clocks of 2026, and a plain one.
                                            start in prop::sample::select(vec![1_772_900_000_000_i64, 1_774_700_000_000,
                                                1_775_200_000_000, 1_791_000_000_000, 1_792_900_000_000, 1_793_400_000_000,
                                                1_780_000_000_000]),
                                            zone in 0usize..4, starts_at in 0u8..=12) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(live(deeds, start, zone, starts_at));
        }
    }
}
