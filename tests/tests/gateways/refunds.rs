//! Money goes back through the provider: once, whatever gets lost.

use anyhow::{Context, Result, ensure};
use qiantai_tests::gateway::{Event, Fault, Provider, Step, Wallet};
use serde_json::{Value, json};

use crate::play::Scene;
use crate::shop::{House, Sale, Shop};

pub fn scenes(house: House) -> Vec<Scene> {
    let mut scenes = vec![
        Scene { name: "a part, then the rest", act: in_parts },
        Scene { name: "the answer to a refund is lost", act: |shop| through(shop, Fault::LoseAnswer) },
        Scene { name: "a refund arrives twice", act: |shop| through(shop, Fault::Duplicate) },
        Scene { name: "the answer to a refund is a stranger's", act: |shop| through(shop, Fault::WrongSignature) },
        Scene { name: "a refund is refused", act: refused },
    ];
    if house == House::Alipay {
        // Sent again under its number. The others then take it on first and do it later: nobody waits that long here.
        scenes.push(Scene { name: "the refund itself is lost", act: |shop| through(shop, Fault::LoseRequest) });
    }
    scenes
}

/// Who gives back: WeChat Pay with v3 only.
fn protocol(shop: &Shop) -> Provider {
    shop.house.protocol(false)
}

fn paid(shop: &Shop) -> Result<Sale<'_>> {
    let sale = shop.ring_up(shop.price() + 10_000)?;
    let wallet = shop.gateway.customer().shows_code(shop.house.protocol(true), Wallet::PaysAtOnce);
    sale.scan(&wallet)?;
    sale.until_paid()?;
    Ok(sale)
}

fn give_back(sale: &Sale<'_>, fen: i64) -> Result<Value> {
    sale.shop.till.act(json!({
        "verb": "refund", "ticket_id": sale.ticket, "kind": "refund", "channel": sale.shop.house.channel(),
        "amount_fen": fen, "reference": "", "reason": "退货",
    }))
}

/// Waits until so many refunds are booked; the trade.
fn until_booked(sale: &Sale<'_>, many: usize) -> Result<Value> {
    sale.shop
        .until(&format!("{many} refunds of ticket {}", sale.ticket), || {
            let view = sale.view()?;
            Ok((view["refunds"].as_array().map_or(0, Vec::len) == many).then_some(()))
        })
        .with_context(|| format!("{:?}", sale.trade(true)))?;
    sale.trade(true)
}

fn in_parts(shop: &Shop) -> Result<()> {
    let sale = paid(shop)?;
    give_back(&sale, 300)?;
    until_booked(&sale, 1)?;
    ensure!(sale.held()? == sale.fen - 300, "a part went back");
    give_back(&sale, sale.fen - 300)?;
    let trade = until_booked(&sale, 2)?;
    let view = sale.view()?;
    ensure!(sale.held()? == 0 && view["refunded_fen"] == sale.fen, "{view}");
    ensure!(view["status"] == "paid", "given back is not unpaid: {view}");
    let numbers: Vec<_> = trade["refunds"].as_array().context("refunds")?.iter().map(|r| &r["refund_no"]).collect();
    ensure!(numbers.len() == 2 && numbers[0] != numbers[1], "each has its number: {trade}");
    ensure!(give_back(&sale, 1).is_err(), "more than there was");
    // What the provider tells of it is no second payment, and no second refund.
    let out_no = sale.out_no(true)?;
    let event = Event::Refunded(numbers[0].as_str().context("a number")?.to_owned());
    let notice = shop.gateway.notice(protocol(shop), &out_no, &event)?;
    let door = format!("http://{}/notify/{}", shop.till.address, shop.house.channel());
    ensure!(notice.send(&door)?.status == 200, "its notice");
    let after = sale.view()?;
    ensure!((&after["payments"], &after["refunds"]) == (&view["payments"], &view["refunds"]), "{after}");
    Ok(())
}

fn through(shop: &Shop, fault: Fault) -> Result<()> {
    let sale = paid(shop)?;
    // The amount is nobody else's: faults are aimed by it.
    let fen = sale.fen - 9_000;
    shop.gateway.spoil_amount(fen, protocol(shop), Step::Refund, fault, 1);
    give_back(&sale, fen)?;
    let trade = until_booked(&sale, 1)?;
    let refunds = trade["refunds"].as_array().context("refunds")?;
    ensure!(refunds.len() == 1 && refunds[0]["stage"] == "done", "{trade}");
    ensure!(sale.held()? == sale.fen - fen, "given back once: {} of {} are left", sale.held()?, sale.fen);
    ensure!(sale.view()?["refunded_fen"] == fen, "{}", sale.view()?);
    Ok(())
}

fn refused(shop: &Shop) -> Result<()> {
    let sale = paid(shop)?;
    let fen = sale.fen - 9_000;
    let (code, second) = match shop.house {
        House::Alipay => ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"),
        House::Wechat => ("NOT_ENOUGH", "基本账户余额不足"),
        House::UnionPay => ("39", ""),
    };
    let fault = Fault::ProviderCode(code.into(), second.into());
    shop.gateway.spoil_amount(fen, protocol(shop), Step::Refund, fault, 1);
    give_back(&sale, fen)?;
    let refund = shop.until("the refusal", || {
        let refund = sale.trade(true)?["refunds"][0].clone();
        Ok((refund["stage"] == "refused").then_some(refund))
    })?;
    ensure!(refund["message"].as_str().is_some_and(|message| !message.is_empty()), "{refund}");
    ensure!(sale.held()? == sale.fen && sale.view()?["refunded_fen"] == 0, "nothing went back");
    // Another try is another refund.
    give_back(&sale, fen)?;
    until_booked(&sale, 1)?;
    ensure!(sale.held()? == sale.fen - fen, "the second try");
    Ok(())
}
