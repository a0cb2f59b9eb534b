//! Any evening: sales, refunds, voids, cash, closings and clocks that jump, against a model that only keeps the order
//! in which things were done. Every row is in one Z or in none yet, and no sum is lost between them.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use shop::{Shop, number};
use till_engine::api::Code;

#[derive(Clone, Debug)]
enum Step {
    Cash(i64),
    Wallet(i64),
    /// Which ticket, how much of what is left in tenths, void or refund.
    GiveBack(usize, i64, bool),
    OpenShift(i64),
    Move(bool, i64),
    CloseShift,
    /// How many business days back.
    CloseDay(i64),
    /// Minutes.
    Clock(i64),
    CutOff(u8),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1..5_000_i64).prop_map(Step::Cash),
        4 => (1..5_000_i64).prop_map(Step::Wallet),
        5 => (0..20_usize, 1..=10_i64, any::<bool>()).prop_map(|(t, part, void)| Step::GiveBack(t, part, void)),
        2 => (0..50_000_i64).prop_map(Step::OpenShift),
        3 => (any::<bool>(), 1..20_000_i64).prop_map(|(into, fen)| Step::Move(into, fen)),
        1 => Just(Step::CloseShift),
        4 => (0..3_i64).prop_map(Step::CloseDay),
        3 => (-90..600_i64).prop_map(Step::Clock),
        1 => (-2_000..-60_i64).prop_map(Step::Clock),
        1 => (0..6_u8).prop_map(Step::CutOff),
        1 => Just(Step::Restart),
    ]
}

struct Sold {
    view: Value,
    channel: &'static str,
    left: i64,
    date: String,
    sealed: bool,
}

/// What the order of acts alone says.
#[derive(Default)]
struct Model {
    sold: Vec<Sold>,
    /// By business day: rows and their sum that no Z has yet.
    waiting: BTreeMap<String, (i64, i64)>,
    sealed: (i64, i64),
    numbers: BTreeMap<String, i64>,
    /// Business day and cash of the open shift.
    drawer: Option<(String, i64)>,
    shifts: Vec<i64>,
}

impl Model {
    fn book(&mut self, date: &str, net: i64, cash: i64) {
        let day = self.waiting.entry(date.to_owned()).or_default();
        *day = (day.0 + 1, day.1 + net);
        if let Some((_, drawer)) = &mut self.drawer {
            *drawer += cash;
        }
    }

    fn close_drawer(&mut self) -> Option<i64> {
        let (_, cash) = self.drawer.take()?;
        self.shifts.push(cash);
        Some(cash)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn back(date: &str, days: i64) -> String {
    let date: jiff::civil::Date = date.parse().unwrap();
    date.checked_sub(jiff::Span::new().days(days)).unwrap().to_string()
}

async fn today(shop: &Shop) -> String {
    text(&shop.ask(json!({"verb": "today"})).await.unwrap()["business_date"])
}

async fn give_back(shop: &Shop, model: &mut Model, which: usize, part: i64, void: bool) {
    let today = today(shop).await;
    let many = model.sold.len();
    let Some(sold) = (which < many * 2).then(|| &mut model.sold[which % many]) else { return };
    let amount = if void { sold.left } else { (sold.left * part + 9) / 10 };
    let kind = if void { "void" } else { "refund" };
    let answer = shop.give_back(&sold.view, kind, sold.channel, amount.max(1)).await;
    let may = sold.left > 0 && !(void && (sold.date != today || sold.sealed));
    match answer {
        Ok(view) => {
            assert!(may, "{kind} of {amount} with {} left", sold.left);
            sold.left -= amount;
            assert_eq!(text(&view["refunds"].as_array().unwrap().last().unwrap()["business_date"]), today);
            let cash = if sold.channel == "cash" { -amount } else { 0 };
            model.book(&today, -amount, cash);
        }
        Err(cause) => assert!(!may && cause.code == Code::Conflict, "{kind} of {amount}: {cause}"),
    }
}

async fn close_day(shop: &Shop, model: &mut Model, days: i64) {
    let now = today(shop).await;
    let date = back(&now, days);
    let (rows, sum) = model.waiting.get(&date).copied().unwrap_or_default();
    let may = rows > 0 || (days == 0 && !model.numbers.contains_key(&date));
    match shop.close_day(json!(date), Value::Null).await {
        Ok(z) => {
            assert!(may, "{date} was closed with nothing in it");
            let head = &z["head"];
            assert_eq!((head["rows"].as_i64(), head["sum_fen"].as_i64()), (Some(rows), Some(sum)), "{date}");
            let nth = model.numbers.entry(date.clone()).or_default();
            *nth += 1;
            assert_eq!((head["nth"].as_i64(), z["intact"].as_bool()), (Some(*nth), Some(true)));
            assert_eq!(head["number"].as_i64(), Some(model.numbers.values().sum()));
            model.waiting.remove(&date);
            model.sealed = (model.sealed.0 + rows, model.sealed.1 + sum);
            model.sold.iter_mut().filter(|sold| sold.date == date).for_each(|sold| sold.sealed = true);
            if model.drawer.as_ref().is_some_and(|(opened, _)| *opened <= date) {
                assert_eq!(z["report"]["expected_cash_fen"].as_i64(), model.close_drawer());
            }
        }
        Err(cause) => assert!(!may && cause.code == Code::Conflict, "{date} with {rows} rows: {cause}"),
    }
}

async fn play(shop: Shop, model: &mut Model, step: Step) -> Shop {
    match step {
        Step::Cash(fen) => {
            let view = shop.sell_cash(fen).await;
            let (date, left) = (text(&view["business_date"]), view["due_fen"].as_i64().unwrap());
            model.book(&date, left, left);
            model.sold.push(Sold { view, channel: "cash", left, date, sealed: false });
        }
        Step::Wallet(fen) => {
            let view = shop.sell(fen, "wechat").await;
            let (date, left) = (text(&view["business_date"]), view["due_fen"].as_i64().unwrap());
            model.book(&date, left, 0);
            model.sold.push(Sold { view, channel: "wechat", left, date, sealed: false });
        }
        Step::GiveBack(which, part, void) if !model.sold.is_empty() => {
            give_back(&shop, model, which, part, void).await;
        }
        Step::GiveBack(..) => {}
        Step::OpenShift(float) => {
            let opened = shop.act(json!({"verb": "open_shift", "float_fen": float})).await;
            assert_eq!(opened.is_ok(), model.drawer.is_none());
            if let Ok(shift) = opened {
                model.drawer = Some((text(&shift["business_date"]), float));
            }
        }
        Step::Move(into, fen) => {
            let date = today(&shop).await;
            let may = model.drawer.as_ref().is_some_and(|(_, cash)| into || fen <= *cash);
            let moved = shop.move_cash(if into { "in" } else { "out" }, fen).await;
            assert_eq!(moved.is_ok(), may);
            if may {
                model.book(&date, 0, if into { fen } else { -fen });
            }
        }
        Step::CloseShift => {
            let closed = shop.close_shift(Value::Null).await;
            let expected = model.close_drawer();
            assert_eq!(closed.ok().and_then(|shift| shift["report"]["expected_cash_fen"].as_i64()), expected);
        }
        Step::CloseDay(days) => close_day(&shop, model, days).await,
        Step::Clock(minutes) => shop.pass(minutes * 60_000),
        Step::CutOff(hour) => shop.set("day_starts_at", json!(hour)).await,
        Step::Restart => return shop.reopen().await,
    }
    shop
}

/// How many Zs hold each row, as the most and the sum over all rows.
const HELD: &str = "FROM (
    SELECT (SELECT count(*) FROM z_report z WHERE z.business_date = r.business_date AND z.after_at < r.at AND r.at <= z.closed_at) AS n
    FROM (SELECT business_date, at FROM settlement UNION ALL SELECT business_date, at FROM refund
          UNION ALL SELECT business_date, at FROM cash_move) r)";

async fn evening(steps: Vec<Step>, start_ms: i64) {
    let mut shop = Shop::new().await;
    shop.set("time_zone", json!("Europe/Berlin")).await;
    shop.pass(start_ms - shop.now());
    let mut model = Model::default();
    for step in steps {
        shop = play(shop, &mut model, step).await;
        if let Some((_, cash)) = &model.drawer {
            assert_eq!(shop.shift().await["report"]["expected_cash_fen"].as_i64(), Some(*cash));
        }
    }
    let mut held = [0; 2];
    for (place, what) in held.iter_mut().zip(["SELECT coalesce(max(n), 0) ", "SELECT coalesce(sum(n), 0) "]) {
        use sqlx::Row;
        let sql = sqlx::AssertSqlSafe(format!("{what}{HELD}"));
        *place = sqlx::query(sql).fetch_one(&mut shop::raw(&shop).await).await.unwrap().get(0);
    }
    assert!(held[0] <= 1, "a row is in two Zs");
    assert_eq!(held[1], model.sealed.0);
    assert_eq!(number(&shop, "SELECT coalesce(sum(sum_fen), 0) FROM z_report").await, model.sealed.1);
    let all = "SELECT coalesce((SELECT sum(amount_fen) FROM settlement), 0) - coalesce((SELECT sum(amount_fen) FROM refund), 0)";
    let waiting: i64 = model.waiting.values().map(|(_, sum)| sum).sum();
    assert_eq!(number(&shop, all).await, model.sealed.1 + waiting);
    let zs = shop.ask(json!({"verb": "z_reports", "limit": 500})).await.unwrap();
    for z in zs.as_array().unwrap() {
        let z = shop.z_report(u32::try_from(z["number"].as_u64().unwrap()).unwrap()).await;
        assert_eq!(z["intact"], true);
        let later = model.waiting.get(z["head"]["business_date"].as_str().unwrap()).copied().unwrap_or_default();
        assert_eq!((z["later"].as_i64(), z["later_fen"].as_i64()), (Some(later.0), Some(later.1)));
    }
    let shifts = shop.ask(json!({"verb": "shifts", "limit": 500})).await.unwrap();
    let closed = shifts.as_array().unwrap().iter().rev().filter(|shift| !shift["closed_at"].is_null());
    let closed: Vec<_> = closed.map(|shift| shift["report"]["expected_cash_fen"].as_i64().unwrap()).collect();
    assert_eq!(closed, model.shifts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn no_row_is_lost_and_none_is_sealed_twice(
        steps in prop::collection::vec(step(), 1..60),
        // The evenings before clocks go forward and back, and one without.
        start in prop::sample::select(vec!["2026-03-28T21:30:00Z", "2026-10-24T20:30:00Z", "2026-11-20T14:00:00Z"]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let start: jiff::Timestamp = start.parse().unwrap();
        runtime.block_on(evening(steps, start.as_millisecond()));
    }
}
