//! How attempts end that nobody pays in time: asked once more, then cancelled; and money that comes all the same.

use std::thread;

use anyhow::{Context, Result, ensure};
use qiantai_tests::gateway::{Fault, State, Step, Wallet};
use serde_json::{Value, json};

use crate::play::Scene;
use crate::shop::{House, Sale, Shop};

/// Those that can happen beside other sales.
pub fn scenes() -> Vec<Scene> {
    vec![
        Scene { name: "a charge is stopped", act: stopped },
        Scene { name: "a charge is stopped that was paid a moment before", act: stopped_too_late },
        Scene { name: "paid in cash while the code is shown", act: paid_in_cash },
        Scene { name: "paid twice, by code and by scan", act: paid_twice },
    ]
}

/// What was asked about a number, in order.
fn asked(shop: &Shop, out_no: &str) -> Vec<Step> {
    let log = shop.gateway.log();
    log.into_iter().filter(|asked| asked.out_no.as_deref() == Some(out_no)).map(|asked| asked.step).collect()
}

fn stopped(shop: &Shop) -> Result<()> {
    let sale = shop.ring_up(shop.price())?;
    let wallet = shop.gateway.customer().shows_code(shop.house.protocol(true), Wallet::AsksPassword);
    let out_no = sale.scan(&wallet)?;
    sale.until_stage(true, &["waiting"])?;
    let before = asked(shop, &out_no).len();
    sale.stop_scan()?;
    match shop.house.end(true) {
        Some(end) => {
            sale.until_stage(true, &["over"])?;
            let since = asked(shop, &out_no).split_off(before);
            let cancelled = since.iter().position(|step| *step == end).context("it was cancelled")?;
            ensure!(cancelled > 0 && since[..cancelled].iter().all(|step| *step == Step::Query), "{since:?}");
            let state = shop.gateway.trade(shop.house.protocol(true), &out_no).context("the trade")?.state;
            ensure!(matches!(state, State::Reversed | State::Closed), "{state:?}");
            ensure!(shop.gateway.customer().pays(&out_no).is_err(), "a cancelled charge was paid");
        }
        // It cannot be cancelled there: watched, so that its money is found.
        None => {
            sale.until_stage(true, &["fading"])?;
            shop.gateway.customer().pays(&out_no)?;
            return sale.until_paid().map(drop);
        }
    }
    // The ticket waits on: another customer pays it.
    let wallet = shop.gateway.customer().shows_code(shop.house.protocol(true), Wallet::PaysAtOnce);
    sale.scan(&wallet)?;
    sale.until_paid().map(drop)
}

fn stopped_too_late(shop: &Shop) -> Result<()> {
    let sale = shop.ring_up(shop.price())?;
    let wallet = shop.gateway.customer().shows_code(shop.house.protocol(true), Wallet::AsksPassword);
    let out_no = sale.scan(&wallet)?;
    sale.until_stage(true, &["waiting"])?;
    shop.gateway.customer().pays(&out_no)?;
    sale.stop_scan()?;
    sale.until_paid()?;
    let steps = asked(shop, &out_no);
    ensure!(!steps.contains(&Step::Reverse), "what was paid was taken back: {steps:?}");
    Ok(())
}

fn paid_in_cash(shop: &Shop) -> Result<()> {
    let sale = shop.ring_up(shop.price())?;
    let out_no = sale.shown()?;
    let took = shop.till.act(json!({ "verb": "take_cash", "ticket_id": sale.ticket, "tendered_fen": null }))?;
    ensure!(took["status"] == "paid", "{took}");
    sale.until_stage(false, &["ending", "fading", "over"])?;
    if let Some(end) = shop.house.end(false) {
        shop.until("the code to be cancelled", || Ok(asked(shop, &out_no).contains(&end).then_some(())))?;
    }
    Ok(())
}

/// The inbox item that an attempt's money became.
fn item(sale: &Sale<'_>, trade: i64) -> Result<Value> {
    sale.shop.until(&format!("the inbox to have the money of ticket {}", sale.ticket), || {
        sale.ask()?;
        for item in sale.shop.till.inbox()? {
            let asked = json!({ "verb": "trade_of_item", "item_id": item["id"] });
            if sale.shop.till.call(&asked)?["id"] == trade {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

fn paid_twice(shop: &Shop) -> Result<()> {
    let fen = shop.price();
    // The code's payment is not seen before that of the scan.
    shop.gateway.spoil_amount(fen, shop.house.protocol(false), Step::Query, Fault::LoseAnswer, 1);
    let sale = shop.ring_up(fen)?;
    let shown = sale.shown()?;
    let wallet = shop.gateway.customer().shows_code(shop.house.protocol(true), Wallet::PaysAtOnce);
    sale.scan(&wallet)?;
    shop.gateway.customer().pays(&shown)?;
    let view = shop.until("the ticket to be paid", || {
        let view = sale.ask()?;
        Ok((view["status"] == "paid").then_some(view))
    })?;
    ensure!(view["payments"].as_array().is_some_and(|payments| payments.len() == 1), "{view}");
    ensure!(sale.held()? == 2 * fen, "both were paid");
    let second = shop.until("both payments to be known", || {
        let view = sale.ask()?;
        let trades = view["trades"].as_array().context("trades")?;
        Ok(trades.iter().all(|trade| trade["stage"] == "paid").then(|| shop.till.inbox()))
    })??;
    let second: Vec<_> = second.iter().filter(|item| item["amount_fen"] == fen).collect();
    ensure!(second.len() == 1 && second[0]["reason"] == "paid_twice", "{second:?}");
    Ok(())
}

/// Time runs out on two sales; both are paid afterwards. One customer gets the goods, the other the money.
fn late_payers(house: House) -> Result<()> {
    let shop = Shop::open(house)?;
    shop.till.change_settings(|settings| settings["ticket_ttl_ms"] = 2_500.into())?;
    if let Some(end) = house.end(false) {
        // The till's cancel comes too late, or never.
        shop.gateway.spoil(house.protocol(false), end, Fault::LoseRequest, 1_000);
    }
    let sales = [shop.ring_up(shop.price())?, shop.ring_up(shop.price())?];
    let numbers = [sales[0].shown()?, sales[1].shown()?];
    for sale in &sales {
        shop.till.until_status(sale.ticket, "expired")?;
        sale.until_stage(false, &["ending", "fading"])?;
    }
    if let Some(end) = house.end(false) {
        shop.until("an order to cancel", || Ok((shop.gateway.count(house.protocol(false), end) > 0).then_some(())))?;
    }
    for (sale, out_no) in sales.iter().zip(&numbers) {
        shop.gateway.customer().pays(out_no)?;
        let item = item(sale, sale.trade(false)?["id"].as_i64().context("a trade")?)?;
        ensure!(item["reason"] == "late" && item["amount_fen"] == sale.fen, "{item}");
        ensure!(item["suggestions"][0]["ticket_id"] == sale.ticket, "{item}");
        ensure!(sale.view()?["status"] == "expired", "nobody took it yet");
    }
    shop.books_are_true()?;

    let [taken, returned] = &sales;
    let items = shop.till.inbox()?;
    let item_of = |sale: &Sale<'_>| {
        let found = items.iter().find(|item| item["suggestions"][0]["ticket_id"] == sale.ticket);
        found.map(|item| item["id"].clone()).context("an item")
    };
    let accepted = shop.till.act(json!({ "verb": "accept", "item_id": item_of(taken)?, "ticket_id": taken.ticket }))?;
    ensure!(accepted["status"] == "paid", "{accepted}");

    let asked = json!({ "verb": "return_item", "item_id": item_of(returned)?, "reason": "顾客走了" });
    let trade = shop.till.act(asked)?;
    ensure!(trade["refunds"][0]["amount_fen"] == returned.fen, "{trade}");
    shop.until("the money to be back", || {
        let trade = returned.trade(false)?;
        Ok((trade["refunds"][0]["stage"] == "done").then_some(()))
    })?;
    ensure!((returned.held()?, taken.held()?) == (0, taken.fen), "each has what is theirs");
    ensure!(shop.gateway.given_back_fen() == returned.fen, "given back once");
    shop.until("the inbox to be empty", || Ok(shop.till.inbox()?.is_empty().then_some(())))?;
    ensure!(returned.view()?["status"] == "expired", "what went back pays for nothing");
    Ok(())
}

#[test]
fn who_pays_after_the_time_is_up_gets_goods_or_money() -> Result<()> {
    let all = House::ALL.map(|house| thread::spawn(move || late_payers(house).with_context(|| format!("{house:?}"))));
    all.map(|one| one.join().expect("no panic")).into_iter().collect()
}
