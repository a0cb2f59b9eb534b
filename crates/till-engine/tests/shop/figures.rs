//! The owner's figures, asked for and checked against each other.

use serde_json::{Value, json};
use till_core::day;
use till_store::Store;

use super::Shop;

/// A shop whose clock on the wall is the same wherever the tests run.
pub async fn new_shop() -> Shop {
    let shop = Shop::new().await;
    shop.set("time_zone", json!("Asia/Shanghai")).await;
    shop
}

pub async fn totals(shop: &Shop, span: &Value, filter: &Value) -> Value {
    shop.ask(json!({"verb": "totals", "span": span, "filter": filter})).await.unwrap()
}

pub async fn index(shop: &Shop, span: &Value, filter: &Value) -> Value {
    shop.ask(json!({"verb": "sales_index", "span": span, "filter": filter})).await.unwrap()
}

/// All rows that the index points to, page by page.
pub async fn rows(shop: &Shop, index: &Value, filter: &Value) -> Vec<Value> {
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

pub fn sum(rows: &[Value], column: &str) -> i64 {
    rows.iter().map(|row| row[column].as_i64().unwrap()).sum()
}

/// Figures, index and rows of a filter agree to the fen; the figures come back.
pub async fn agree(shop: &Shop, span: &Value, filter: &Value) -> Value {
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
pub async fn every_slice_agrees(shop: &Shop, span: &Value, base: &Value) {
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
pub async fn pack(shop: &Shop) -> usize {
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
pub async fn give_back(shop: &Shop, ticket: i64, kind: &str, channel: &str, fen: i64) {
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

pub async fn today(shop: &Shop) -> String {
    let now = totals(shop, &json!({"span": "today"}), &json!({})).await;
    now["today"].as_str().unwrap().to_owned()
}

pub async fn sell(shop: &Shop, lines: Value, note: &str) -> i64 {
    let sale = json!({"lines": lines, "note": note});
    let sold = shop.act(json!({"verb": "sell_cash", "sale": sale, "tendered_fen": null})).await.unwrap();
    sold["id"].as_i64().unwrap()
}

pub fn line(name: &str, fen: i64, count: i64) -> Value {
    json!({"name": name, "price_fen": fen, "count": count})
}
