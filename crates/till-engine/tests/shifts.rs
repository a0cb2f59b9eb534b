//! A person's turn at the drawer: what should be in it, what was counted, and where a row belongs.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use std::sync::Arc;

use serde_json::{Value, json};
use shop::{Shop, number, pieces};
use till_engine::api::{Code, Event};
use tokio::task::JoinSet;

fn cash(shift: &Value) -> [i64; 6] {
    let of = |key: &str| shift["report"][key].as_i64().unwrap();
    let keys = ["float_fen", "cash_sales_fen", "cash_refunds_fen", "cash_in_fen", "cash_out_fen", "expected_cash_fen"];
    keys.map(of)
}

#[tokio::test]
async fn a_turn_at_the_drawer() {
    let mut shop = Shop::new().await;
    assert_eq!(shop.shift().await, Value::Null);
    let before = shop.sell_cash(9_900).await;
    let opened = shop.open_shift(20_000).await;
    assert_eq!((opened["opened_by"].as_str(), &opened["closed_at"]), (Some("test"), &Value::Null));
    assert_eq!(cash(&opened), [20_000, 0, 0, 0, 0, 20_000], "what was sold before belongs to nobody's turn");
    let sold = shop.sell_cash(1_500).await;
    let void = shop.sell_cash(700).await;
    shop.sell(800, "wechat").await;
    shop.give_back(&sold, "refund", "cash", 500).await.unwrap();
    shop.give_back(&void, "void", "cash", 700).await.unwrap();
    shop.move_cash("in", 5_000).await.unwrap();
    let moved = shop.move_cash("out", 2_000).await.unwrap();
    assert_eq!(cash(&moved), [20_000, 2_200, 1_200, 5_000, 2_000, 24_000]);
    assert_eq!(cash(&shop.shift().await), cash(&moved), "the X report is live");
    assert_eq!(
        (moved["moves"][0]["kind"].as_str(), moved["moves"][1]["amount_fen"].as_i64()),
        (Some("in"), Some(2_000))
    );
    let channels = moved["report"]["channels"].as_array().unwrap();
    assert_eq!(
        (channels.len(), channels[0]["by_hand"].as_i64(), channels[0]["net_fen"].as_i64()),
        (2, Some(1), Some(800))
    );
    let counted = pieces(&[(10_000, 2), (2_000, 1), (1_000, 1), (500, 1), (100, 4), (50, 1), (10, 5)]);
    let closed = shop.close_shift(counted.clone()).await.unwrap();
    assert_eq!(
        (closed["report"]["counted_fen"].as_i64(), closed["report"]["difference_fen"].as_i64()),
        (Some(24_000), Some(0))
    );
    assert_eq!((&closed["report"]["counted"], closed["closed_by"].as_str()), (&counted, Some("test")));
    // What comes later is not of this shift, and a closed shift is shown as it was written.
    shop.give_back(&before, "refund", "cash", 9_900).await.unwrap();
    assert_eq!(shop.shift().await, Value::Null);
    let list = shop.ask(json!({"verb": "shifts", "limit": 10})).await.unwrap();
    assert_eq!(list, json!([closed]));
    let mut changes = 0;
    while let Ok(event) = shop.events.try_recv() {
        changes += i32::from(matches!(event, Event::ShiftChanged {}));
    }
    assert_eq!(changes, 7, "opened, two refunds in cash, two movements, closed, one more refund");
}

#[tokio::test]
async fn what_a_drawer_cannot_do() {
    let shop = Shop::new().await;
    for kind in ["in", "out"] {
        assert_eq!(shop.move_cash(kind, 100).await.unwrap_err().code, Code::Conflict, "no shift is open");
    }
    assert_eq!(shop.close_shift(Value::Null).await.unwrap_err().code, Code::Conflict);
    for float in [-1, 100_000_001, 10_000_000_000_i64] {
        let open = json!({"verb": "open_shift", "float_fen": float});
        assert_eq!(shop.act(open).await.unwrap_err().code, Code::Invalid, "{float}");
    }
    shop.open_shift(1_000).await;
    let second = shop.act(json!({"verb": "open_shift", "float_fen": 0})).await.unwrap_err();
    assert!(second.code == Code::Conflict && second.message.contains("交班"), "{second}");
    for fen in [0, -5, 100_000_001] {
        assert_eq!(shop.move_cash("in", fen).await.unwrap_err().code, Code::Invalid, "{fen}");
    }
    assert_eq!(shop.move_cash("out", 1_001).await.unwrap_err().code, Code::Conflict);
    let mute = json!({"verb": "move_cash", "kind": "out", "amount_fen": 1, "reason": " "});
    assert_eq!(shop.act(mute).await.unwrap_err().code, Code::Invalid);
    let many: Vec<(i64, u32)> = (1..=51).map(|face| (face, 1)).collect();
    for counted in [pieces(&[(0, 1)]), pieces(&[(-100, 1)]), pieces(&[(10_000_000, u32::MAX)]), pieces(&many)] {
        assert_eq!(shop.close_shift(counted).await.unwrap_err().code, Code::Invalid);
    }
    let chatty = json!({"verb": "close_shift", "counted": null, "note": "长".repeat(201)});
    assert_eq!(shop.act(chatty).await.unwrap_err().code, Code::Invalid);
    assert_eq!(cash(&shop.shift().await), [1_000, 0, 0, 0, 0, 1_000], "nothing of it stayed");
    // Any face value will do, and an empty count is a count.
    shop.move_cash("out", 1_000).await.unwrap();
    let closed = shop.close_shift(json!([])).await.unwrap();
    assert_eq!(
        (closed["report"]["counted_fen"].as_i64(), closed["report"]["difference_fen"].as_i64()),
        (Some(0), Some(0))
    );
}

#[tokio::test]
async fn done_twice_is_done_once() {
    let shop = Shop::new().await;
    let open = json!({"verb": "open_shift", "request_id": "open", "float_fen": 1_000});
    assert_eq!(shop.ask(open.clone()).await.unwrap(), shop.ask(open.clone()).await.unwrap());
    let put = json!({"verb": "move_cash", "request_id": "put", "kind": "in", "amount_fen": 100, "reason": "找零"});
    shop.ask(put.clone()).await.unwrap();
    assert_eq!(shop.ask(put).await.unwrap()["report"]["expected_cash_fen"], 1_100);
    let close = json!({"verb": "close_shift", "request_id": "close", "counted": null, "note": ""});
    let closed = shop.ask(close.clone()).await.unwrap();
    assert_eq!((&closed["report"]["counted_fen"], &closed["report"]["difference_fen"]), (&Value::Null, &Value::Null));
    let shop = shop.reopen().await;
    assert_eq!(shop.ask(close).await.unwrap(), closed);
    assert_eq!(shop.ask(open).await.unwrap(), closed, "the shift it opened, as it is now");
    assert_eq!(number(&shop, "SELECT count(*) FROM shift").await, 1);
}

#[tokio::test]
async fn a_shift_crosses_midnight_and_its_sales_keep_their_day() {
    let shop = Shop::new().await;
    shop.set("time_zone", json!("Asia/Shanghai")).await;
    shop.pass(9 * 3_600_000); // 23:00
    shop.open_shift(0).await;
    let evening = shop.sell_cash(1_000).await;
    shop.pass(2 * 3_600_000);
    let night = shop.sell_cash(2_000).await;
    assert_eq!(
        (evening["business_date"].as_str(), night["business_date"].as_str()),
        (Some("2026-11-20"), Some("2026-11-21"))
    );
    let shop = shop.reopen().await;
    let closed = shop.close_shift(pieces(&[(1_000, 2)])).await.unwrap();
    assert_eq!(closed["business_date"], "2026-11-20");
    assert_eq!((cash(&closed)[5], closed["report"]["difference_fen"].as_i64()), (3_000, Some(-1_000)));
    assert_eq!(shop.day_report(json!("2026-11-20")).await["report"]["figures"]["net_fen"], 1_000);
    assert_eq!(shop.day_report(json!("2026-11-21")).await["report"]["figures"]["net_fen"], 2_000);
}

#[tokio::test]
async fn a_clock_set_back_moves_no_row_to_another_shift() {
    let shop = Shop::new().await;
    shop.open_shift(100).await;
    shop.sell_cash(1_000).await;
    shop.pass(-7_200_000);
    shop.sell_cash(2_000).await;
    let first = shop.close_shift(Value::Null).await.unwrap();
    assert_eq!(cash(&first), [100, 3_000, 0, 0, 0, 3_100]);
    shop.sell_cash(5_000).await; // between two shifts
    shop.pass(-7_200_000);
    shop.open_shift(0).await;
    shop.sell_cash(4_000).await;
    let second = shop.close_shift(Value::Null).await.unwrap();
    assert_eq!(cash(&second), [0, 4_000, 0, 0, 0, 4_000]);
    assert!(second["opened_at"].as_i64() > first["closed_at"].as_i64());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_open_one_does() {
    let shop = Arc::new(Shop::new().await);
    let mut acts = JoinSet::new();
    for n in 0..16 {
        let shop = shop.clone();
        acts.spawn(async move { shop.act(json!({"verb": "open_shift", "float_fen": n})).await });
    }
    let results = acts.join_all().await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    assert!(results.iter().flat_map(|r| r.as_ref().err()).all(|e| e.code == Code::Conflict));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_races_a_closing_lands_on_one_side() {
    let shop = Arc::new(Shop::new().await);
    shop.open_shift(0).await;
    let mut sellers = JoinSet::new();
    for n in 0..6 {
        let shop = shop.clone();
        sellers.spawn(async move {
            for k in 0..20 {
                shop.sell_cash(100 + n * 20 + k).await;
            }
        });
    }
    let (mut expected, mut closings) = (0, 0);
    while !sellers.is_empty() {
        if let Some(seller) = sellers.try_join_next() {
            seller.unwrap();
        }
        expected += cash(&shop.close_shift(Value::Null).await.unwrap())[5];
        closings += 1;
        shop.open_shift(0).await;
    }
    assert!(closings > 1);
    expected += cash(&shop.close_shift(Value::Null).await.unwrap())[5];
    let in_turns = "SELECT coalesce(sum(s.amount_fen), 0) FROM settlement s
        WHERE (SELECT count(*) FROM shift f WHERE f.opened_at < s.at AND s.at <= f.closed_at) = 1";
    let twice = "SELECT count(*) FROM settlement s
        WHERE (SELECT count(*) FROM shift f WHERE f.opened_at < s.at AND s.at <= f.closed_at) > 1";
    assert_eq!(number(&shop, twice).await, 0);
    assert_eq!(number(&shop, in_turns).await, expected, "each report has what lies in its turn, and nothing else");
    assert_eq!(number(&shop, "SELECT sum(expected_fen) FROM shift").await, expected);
}
