//! Random days of a shop whose zone and cut-off hour change, around the changes of clocks: rows sum to figures in every
//! slice, packed days say what their rows say, and what is booked stays on its day.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use shop::figures::{agree, every_slice_agrees, give_back, line, new_shop, pack, sell, totals};
use shop::{OK, Shop, yuan};

const DAY_MS: i64 = 86_400_000;

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
                let seen =
                    json!({"verb": "confirm_by_hand", "ticket_id": ticket["id"], "channel": "alipay", "reason": "x"});
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
    let mut rows =
        db.prepare("SELECT at, business_date FROM settlement UNION ALL SELECT at, business_date FROM refund").unwrap();
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
