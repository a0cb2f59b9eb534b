//! The plug is pulled, the line is down.

use std::thread;

use anyhow::{Context, Result, ensure};
use qiantai_tests::gateway::{Fault, Step, Wallet};

use crate::shop::{House, Shop};

fn everywhere(play: fn(House) -> Result<()>) -> Result<()> {
    let all = House::ALL.map(|house| thread::spawn(move || play(house).with_context(|| format!("{house:?}"))));
    all.map(|one| one.join().expect("no panic")).into_iter().collect()
}

/// The till dies between what it has written down and what it would have heard.
#[test]
fn a_charge_outlives_the_till() -> Result<()> {
    everywhere(|house| {
        let shop = Shop::open(house)?;
        let fen = shop.price();
        shop.gateway.spoil_amount(fen, house.protocol(true), Step::Scan, Fault::Delay(20_000), 1);
        let sale = shop.ring_up(fen)?;
        let wallet = shop.gateway.customer().shows_code(house.protocol(true), Wallet::PaysAtOnce);
        let out_no = sale.scan(&wallet)?;
        let ticket = sale.ticket;
        shop.until("the charge to be under way", || Ok((shop.gateway.held_fen(&out_no) == fen).then_some(())))?;
        ensure!(sale.view()?["status"] == "open", "nobody has told the till");
        let shop = shop.crash()?;
        let sale = shop.found(ticket, fen);
        sale.until_paid()?;
        ensure!(sale.out_no(true)? == out_no, "the same attempt");
        ensure!(shop.gateway.count_of(&out_no, Step::Scan) == 1, "charged once");
        shop.books_are_true()
    })
}

#[test]
fn a_code_outlives_the_till() -> Result<()> {
    everywhere(|house| {
        let shop = Shop::open(house)?;
        let sale = shop.ring_up(shop.price())?;
        let (ticket, fen, out_no) = (sale.ticket, sale.fen, sale.shown()?);
        let codes = sale.view()?["codes"].clone();
        let mut shop = shop;
        shop.till.kill9();
        // Paid while nobody listens.
        shop.gateway.customer().pays(&out_no)?;
        let shop = shop.crash()?;
        let sale = shop.found(ticket, fen);
        ensure!(codes[0]["payload"].as_str().is_some_and(|code| !code.is_empty()), "{codes}");
        sale.until_paid()?;
        shop.books_are_true()
    })
}

/// Nobody reaches the provider for a while: the shop sells on, and afterwards everything is as it should be.
#[test]
fn offline_for_a_while() -> Result<()> {
    everywhere(|house| {
        let shop = Shop::open(house)?;
        let before = shop.ring_up(shop.price())?;
        let shown = before.shown()?;
        for step in [Step::Code, Step::Scan, Step::Query, Step::Close, Step::Reverse] {
            for scanned in [false, true] {
                shop.gateway.spoil(house.protocol(scanned), step, Fault::LoseRequest, u32::MAX);
            }
        }
        shop.gateway.customer().pays(&shown)?;
        let during = shop.ring_up(shop.price())?;
        let scanned = shop.ring_up(shop.price())?;
        let wallet = shop.gateway.customer().shows_code(house.protocol(true), Wallet::PaysAtOnce);
        scanned.scan(&wallet)?;
        shop.until("the cashier to be told", || {
            let trade = scanned.trade(true)?;
            Ok((trade["trouble"] == "doubt" && trade["message"] != "").then_some(()))
        })?;
        let gateway = shop.until("the owner to be told", || {
            let gateway = shop.gateways()?["gateways"][0].clone();
            Ok((gateway["state"] == "trouble").then_some(gateway))
        })?;
        ensure!(gateway["trouble"] != "", "{gateway}");
        ensure!(during.view()?["codes"].as_array().is_some_and(Vec::is_empty), "a code from a silent provider");
        ensure!(before.ask()?["status"] == "open", "nobody could know");

        shop.gateway.heal();
        before.until_paid()?;
        if house == House::UnionPay {
            // The same number twice would be refused: such a ticket is rung up anew.
            during.cancel()?;
        } else {
            let out_no = during.shown()?;
            shop.gateway.customer().pays(&out_no)?;
            during.until_paid()?;
        }
        // Never charged: the code was gone with the request.
        let out_no = scanned.out_no(true)?;
        ensure!(shop.gateway.held_fen(&out_no) == 0 && scanned.view()?["status"] == "open", "{}", scanned.view()?);
        shop.until("the contract to be fine", || {
            Ok((shop.gateways()?["gateways"][0]["state"] == "fine").then_some(()))
        })?;
        shop.books_are_true()
    })
}
