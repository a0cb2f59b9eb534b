//! The owner's figures: rows sum to totals in every slice, packed or not, whatever the clocks do; search; bad input.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use serde_json::{Value, json};
use shop::figures::{agree, every_slice_agrees, give_back, line, new_shop, pack, sell, totals};
use shop::{OK, Shop, yuan};
use till_engine::api::Code;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

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
        (before["today"], after["today"]) = (Value::Null, Value::Null);
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
