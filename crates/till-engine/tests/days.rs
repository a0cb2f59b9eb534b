//! Closing a day: what a Z seals, what comes after it, and how tampering shows.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use std::sync::Arc;

use serde_json::{Value, json};
use shop::{OK, Shop, number, pieces, raw, yuan};
use till_engine::api::Code;
use tokio::task::JoinSet;

const DAY: i64 = 86_400_000;

async fn shanghai() -> Shop {
    let shop = Shop::new().await;
    shop.set("time_zone", json!("Asia/Shanghai")).await;
    shop
}

#[tokio::test]
async fn a_day_is_closed_and_what_comes_later_is_a_correction() {
    let shop = shanghai().await;
    let phone = shop.phone("counter").await;
    shop.open_shift(10_000).await;
    let cash = shop.sell_cash(1_500).await;
    let ticket = shop.ring_up(1_500).await;
    shop.ring_up(1_500).await;
    shop.pass(2_000);
    assert_eq!(shop.vmq(&phone, "1", "15", shop.now()).await, OK);
    assert_eq!(shop.vmq(&phone, "2", "88", shop.now()).await, OK);
    shop.sell(2_000, "alipay").await;
    shop.give_back(&cash, "refund", "cash", 500).await.unwrap();
    shop.move_cash("out", 1_000).await.unwrap();
    let preview = shop.day_report(Value::Null).await;
    assert_eq!(
        (preview["z_number"].as_i64(), preview["nth"].as_i64(), preview["shift_open"].as_bool()),
        (Some(1), Some(1), Some(true))
    );
    assert_eq!(preview["report"]["expected_cash_fen"], 10_000);
    let counted = pieces(&[(10_000, 1), (50, 1)]);
    let z = shop.close_day(Value::Null, counted.clone()).await.unwrap();
    let (head, report) = (&z["head"], &z["report"]);
    assert_eq!((head["number"].as_i64(), head["business_date"].as_str()), (Some(1), Some("2026-11-20")));
    assert_eq!((head["rows"].as_i64(), head["sum_fen"].as_i64()), (Some(5), Some(4_500)));
    assert_eq!((z["intact"].as_bool(), z["later"].as_i64()), (Some(true), Some(0)));
    let figures = &report["figures"];
    for (key, value) in [
        ("sales", 3),
        ("rows", 4),
        ("received_fen", 5_000),
        ("refunds", 1),
        ("refunded_fen", 500),
        ("net_fen", 4_500),
        ("average_fen", 1_667),
        ("gross_fen", 5_000),
        ("discount_fen", 0),
        ("tail_fen", 0),
        ("auto", 1),
        ("auto_fen", 1_500),
        ("by_hand", 1),
        ("by_hand_fen", 2_000),
    ] {
        assert_eq!(figures[key], value, "{key}");
    }
    let channels: Vec<_> = report["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["channel"].as_str().unwrap(), c["net_fen"].as_i64().unwrap(), c["with_notice"].as_i64().unwrap()))
        .collect();
    assert_eq!(channels, [("wechat", 1_500, 1), ("alipay", 2_000, 0), ("cash", 1_000, 0)]);
    for (key, value) in [
        ("float_fen", 10_000),
        ("cash_sales_fen", 1_500),
        ("cash_refunds_fen", 500),
        ("cash_out_fen", 1_000),
        ("expected_cash_fen", 10_000),
        ("counted_fen", 10_050),
        ("difference_fen", 50),
        ("unmatched", 1),
        ("unmatched_fen", 8_800),
        ("waiting", 1),
    ] {
        assert_eq!(report[key], value, "{key}");
    }
    assert_eq!(report["counted"], counted);
    assert_eq!(shop.shift().await, Value::Null, "the shift was closed with it");
    assert_eq!(shop.ask(json!({"verb": "shifts", "limit": 1})).await.unwrap()[0]["report"]["difference_fen"], 50);

    // Later on the same day: shown as later, sealed by a second Z, the first stays as it is.
    shop.sell_cash(700).await;
    shop.give_back(&ticket, "refund", "wechat", 1_500).await.unwrap();
    let first = shop.z_report(1).await;
    assert_eq!(
        (first["later"].as_i64(), first["later_fen"].as_i64(), first["intact"].as_bool()),
        (Some(2), Some(-800), Some(true))
    );
    assert_eq!(first["report"], *report);
    assert_eq!(shop.day_report(Value::Null).await["nth"], 2);
    let second = shop.close_day(json!("2026-11-20"), Value::Null).await.unwrap();
    assert_eq!(
        (second["head"]["number"].as_i64(), second["head"]["nth"].as_i64(), second["head"]["sum_fen"].as_i64()),
        (Some(2), Some(2), Some(-800))
    );
    assert_eq!((shop.z_report(1).await["later"].as_i64(), second["intact"].as_bool()), (Some(0), Some(true)));
    let list = shop.ask(json!({"verb": "z_reports", "limit": 10})).await.unwrap();
    assert_eq!(list, json!([second["head"], first["head"]]));
    let shop = shop.reopen().await;
    assert_eq!(shop.z_report(2).await, second);
}

#[tokio::test]
async fn which_days_can_be_closed() {
    let shop = shanghai().await;
    let refused = async |date: Value| shop.close_day(date, Value::Null).await.unwrap_err();
    for date in ["2026-11-21", "2999-01-01"] {
        assert_eq!(refused(json!(date)).await.code, Code::Conflict, "{date}");
    }
    for date in ["", "yesterday", "2026-02-30", "20261120", "2026-11-20T00:00", "2026-11-20' OR 1=1", " 2026-11-20"] {
        assert_eq!(refused(json!(date)).await.code, Code::Invalid, "{date}");
        let report = json!({"verb": "day_report", "business_date": date});
        assert_eq!(shop.ask(report).await.unwrap_err().code, Code::Invalid, "{date}");
    }
    assert_eq!(refused(json!("2026-11-19")).await.code, Code::Conflict, "nothing was sold");
    assert_eq!(shop.ask(json!({"verb": "z_report", "number": 1})).await.unwrap_err().code, Code::NotFound);
    // A day without a sale is closed once, on that day; under one request id it stays one.
    let empty =
        json!({"verb": "close_day", "request_id": "empty", "business_date": null, "counted": null, "note": "休息"});
    let z = shop.ask(empty.clone()).await.unwrap();
    assert_eq!(
        (z["head"]["rows"].as_i64(), z["note"].as_str(), z["intact"].as_bool()),
        (Some(0), Some("休息"), Some(true))
    );
    assert_eq!(shop.ask(empty).await.unwrap(), z);
    assert_eq!(refused(Value::Null).await.code, Code::Conflict);
    shop.sell_cash(100).await;
    assert_eq!(shop.close_day(Value::Null, Value::Null).await.unwrap()["head"]["nth"], 2);
}

#[tokio::test]
async fn days_left_open_are_named_and_closed_one_by_one() {
    let shop = shanghai().await;
    let old = shop.sell_cash(1_000).await;
    shop.pass(DAY);
    shop.open_shift(500).await;
    shop.sell_cash(2_000).await;
    shop.pass(3 * DAY);
    let preview = shop.day_report(Value::Null).await;
    assert_eq!(preview["unclosed"], json!(["2026-11-20", "2026-11-21"]));
    // Yesterday's closing leaves a later shift alone, and its cash is not counted from that drawer.
    let first = json!("2026-11-20");
    assert_eq!(shop.day_report(first.clone()).await["shift_open"], false);
    assert_eq!(shop.close_day(first.clone(), json!([])).await.unwrap_err().code, Code::Conflict);
    shop.close_day(first, Value::Null).await.unwrap();
    assert_eq!(shop.shift().await["report"]["expected_cash_fen"], 2_500);
    assert_eq!(shop.day_report(Value::Null).await["unclosed"], json!(["2026-11-21"]));
    // A refund of a closed day books today; a shift left open before is closed with the day.
    shop.give_back(&old, "refund", "cash", 1_000).await.unwrap();
    let z = shop.close_day(Value::Null, pieces(&[(500, 3)])).await.unwrap();
    assert_eq!((z["head"]["number"].as_i64(), z["head"]["sum_fen"].as_i64()), (Some(2), Some(-1_000)));
    assert_eq!(
        (z["report"]["expected_cash_fen"].as_i64(), z["report"]["difference_fen"].as_i64()),
        (Some(1_500), Some(0))
    );
    assert_eq!(shop.z_report(1).await["later"], 0);
    shop.close_day(json!("2026-11-21"), Value::Null).await.unwrap();
    assert_eq!(shop.day_report(Value::Null).await["unclosed"], json!([]));
}

#[tokio::test]
async fn a_drawer_counted_before_the_day_is_closed() {
    let shop = shanghai().await;
    shop.open_shift(1_000).await;
    shop.sell_cash(500).await;
    shop.close_shift(pieces(&[(100, 14)])).await.unwrap();
    let z = shop.close_day(Value::Null, Value::Null).await.unwrap();
    let report = &z["report"];
    assert_eq!((report["counted_fen"].as_i64(), report["difference_fen"].as_i64()), (Some(1_400), Some(-100)));
    // Without any shift the day's own cash is what there should be.
    let bare = shanghai().await;
    bare.sell_cash(500).await;
    let z = bare.close_day(Value::Null, pieces(&[(100, 5)])).await.unwrap();
    assert_eq!((z["report"]["float_fen"].as_i64(), z["report"]["difference_fen"].as_i64()), (Some(0), Some(0)));
}

#[tokio::test]
async fn tampering_shows() {
    let tampered: [(&str, u32); 9] = [
        ("settlement_is_fixed: UPDATE settlement SET amount_fen = 1 WHERE ticket_id = 1", 1),
        ("settlement_is_fixed: UPDATE settlement SET channel = 'gold' WHERE ticket_id = 1", 1),
        ("settlement_is_fixed: UPDATE settlement SET business_date = '2026-11-22' WHERE ticket_id = 1", 1),
        ("settlement_stays: DELETE FROM settlement WHERE ticket_id = 1", 1),
        ("ticket_keeps_its_sale: UPDATE ticket SET lines = '[]' WHERE id = 1", 1),
        ("refund_is_fixed: UPDATE refund SET reason = 'x'", 1),
        ("cash_move_stays: DELETE FROM cash_move", 1),
        (
            "settlement_after_seal: INSERT INTO settlement (ticket_id, nth, how, channel, amount_fen, late, at, business_date, actor)
             SELECT ticket_id, 9, 'by_hand', 'wechat', 5, 0, at, business_date, actor FROM settlement WHERE ticket_id = 1",
            1,
        ),
        ("z_report_is_fixed: UPDATE z_report SET sum_fen = 7 WHERE number = 1", 1),
    ];
    for (sql, number) in tampered {
        let shop = two_days().await;
        forge(&shop, sql).await;
        let shop = shop.reopen().await;
        assert_eq!(shop.z_report(number).await["intact"], false, "{sql}");
        assert_eq!(shop.z_report(2).await["intact"], true, "the other day is as it was: {sql}");
    }
    // A Z rewritten whole, with hashes that fit, does not fit the one after it.
    let shop = two_days().await;
    let sql = "z_report_is_fixed: UPDATE z_report SET hash = x'00' WHERE number = 1";
    forge(&shop, sql).await;
    assert_eq!(shop.z_report(2).await["intact"], false);
}

/// Changes rows behind the back of a trigger, and puts it back: a till does not open on a schema that is not its own.
async fn forge(shop: &Shop, what: &str) {
    let (trigger, sql) = what.split_once(": ").unwrap();
    let mut file = raw(shop).await;
    let made = sqlx::query("SELECT sql FROM sqlite_schema WHERE name = ?").bind(trigger);
    let made: String = sqlx::Row::get(&made.fetch_one(&mut file).await.unwrap(), 0);
    let all = format!("DROP TRIGGER {trigger}; {sql}; {made}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(all)).execute(&mut file).await.unwrap();
}

/// Two closed days; the first with every kind of row.
async fn two_days() -> Shop {
    let shop = shanghai().await;
    shop.open_shift(0).await;
    let ticket = shop.sell_cash(1_000).await;
    shop.give_back(&ticket, "refund", "cash", 300).await.unwrap();
    shop.move_cash("in", 100).await.unwrap();
    shop.close_day(Value::Null, Value::Null).await.unwrap();
    shop.pass(DAY);
    shop.sell(2_000, "wechat").await;
    shop.close_day(Value::Null, Value::Null).await.unwrap();
    for n in [1, 2] {
        assert_eq!(shop.z_report(n).await["intact"], true);
    }
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_races_the_closing_of_its_day_is_in_exactly_one_z() {
    let shop = Arc::new(shanghai().await);
    shop.sell_cash(1).await;
    let mut sellers = JoinSet::new();
    for n in 0..6 {
        let shop = shop.clone();
        sellers.spawn(async move {
            for k in 0..15 {
                let ticket = shop.sell_cash(100 + n * 20 + k).await;
                if k % 3 == 0 {
                    shop.give_back(&ticket, "refund", "cash", 10).await.unwrap();
                }
            }
        });
    }
    // And by the fast way: a notice finds its ticket while the day is closed around it.
    let phone = shop.phone("counter").await;
    let mut waiting = Vec::new();
    for k in 0..15 {
        waiting.push(shop.ring_up(50_000 + k * 1_000).await);
    }
    let payer = shop.clone();
    sellers.spawn(async move {
        for (k, ticket) in (0_i64..).zip(&waiting) {
            assert_eq!(payer.vmq(&phone, "1", &yuan(&ticket["due_fen"]), payer.now() + k).await, OK);
            assert_eq!(payer.ticket(&ticket["id"]).await["status"], "paid");
        }
    });
    let (mut sum, mut rows, mut closings) = (0, 0, 0);
    let mut take = |z: &Value| {
        sum += z["head"]["sum_fen"].as_i64().unwrap();
        rows += z["head"]["rows"].as_i64().unwrap();
        closings += 1;
    };
    while !sellers.is_empty() {
        if let Some(seller) = sellers.try_join_next() {
            seller.unwrap();
        }
        match shop.close_day(Value::Null, Value::Null).await {
            Ok(z) => take(&z),
            Err(nothing) => assert_eq!(nothing.code, Code::Conflict),
        }
    }
    if let Ok(z) = shop.close_day(Value::Null, Value::Null).await {
        take(&z);
    }
    assert!(closings > 1, "{closings}");
    let all = "SELECT (SELECT sum(amount_fen) FROM settlement) - (SELECT sum(amount_fen) FROM refund)";
    assert_eq!(number(&shop, all).await, sum);
    assert_eq!(number(&shop, "SELECT (SELECT count(*) FROM settlement) + (SELECT count(*) FROM refund)").await, rows);
    for n in 1..=closings {
        assert_eq!(shop.z_report(n).await["intact"], true, "{n}");
    }
}

#[tokio::test]
async fn a_big_day_is_closed_in_a_moment() {
    let shop = shanghai().await;
    shop.open_shift(0).await;
    let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
        INSERT INTO ticket (id, number, business_date, status, exception, lines, gross_fen, discount_fen, rounding_fen,
                            tail_fen, due_fen, opened_at, ended_at, actor)
        SELECT n, n, '2026-11-20', 'paid', 'none', '[{\"name\":\"豆浆\",\"price_fen\":300,\"count\":1}]', 300, 0, 0, 0, 300,
               (SELECT at FROM seal) + n, (SELECT at FROM seal) + n, 'till' FROM n;
        INSERT INTO settlement (ticket_id, nth, how, channel, amount_fen, late, at, business_date, actor)
        SELECT id, 1, 'cash', 'cash', 300, 0, opened_at, business_date, 'till' FROM ticket";
    sqlx::raw_sql(many).execute(&mut raw(&shop).await).await.unwrap();
    let clock = tokio::time::Instant::now();
    let z = shop.close_day(Value::Null, pieces(&[(10_000, 300)])).await.unwrap();
    let took = clock.elapsed();
    assert_eq!((z["head"]["rows"].as_i64(), z["report"]["difference_fen"].as_i64()), (Some(10_000), Some(0)));
    println!("a day of 10 000 rows closed and checked in {took:?}");
    assert!(took.as_secs() < 5, "{took:?}");
}
