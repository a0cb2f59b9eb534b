//! Notices: the genuine one brings the money at once; a forged one brings a question.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use qiantai_tests::clock;
use qiantai_tests::gateway::{Event, Fault, Forgery, Step};
use qiantai_tests::http::Reply;

use crate::play::Scene;
use crate::shop::{House, Sale, Shop};

pub fn scenes() -> Vec<Scene> {
    vec![
        Scene { name: "a notice brings the money", act: genuine },
        Scene { name: "a stranger's notice", act: |shop| forged(shop, Forgery::ByStranger) },
        Scene { name: "a notice without a signature", act: |shop| forged(shop, Forgery::Unsigned) },
        Scene { name: "a notice that was changed on the way", act: |shop| forged(shop, Forgery::Tampered(1)) },
        Scene { name: "an authentic notice of another amount", act: |shop| forged(shop, Forgery::OtherAmount(1)) },
        Scene { name: "an authentic notice of another merchant", act: |shop| forged(shop, Forgery::OtherSeller) },
        Scene { name: "a notice of a refund", act: refunded },
    ]
}

/// Where notices come in.
fn door(shop: &Shop) -> String {
    format!("http://{}/notify/{}", shop.till.address, shop.house.channel())
}

/// What the provider wants to hear, to the letter.
fn is_success(house: House, reply: &Reply) -> bool {
    let (status, text) = (reply.status, reply.text());
    match house {
        House::Alipay => (status, text.as_str()) == (200, "success"),
        House::Wechat => status == 200 && text.is_empty(),
        House::UnionPay => status == 200,
    }
}

/// A sale that the customer has paid, of which the till cannot learn by asking.
fn paid_unseen(shop: &Shop) -> Result<(Sale<'_>, String)> {
    let fen = shop.price();
    shop.gateway.spoil_amount(fen, shop.house.protocol(false), Step::Query, Fault::LoseAnswer, u32::MAX);
    let sale = shop.ring_up(fen)?;
    let out_no = sale.shown()?;
    shop.gateway.customer().pays(&out_no)?;
    Ok((sale, out_no))
}

fn genuine(shop: &Shop) -> Result<()> {
    let (sale, out_no) = paid_unseen(shop)?;
    let notice = shop.gateway.notice(shop.house.protocol(false), &out_no, &Event::Paid)?;
    let began: Instant = clock();
    let reply = notice.send(&door(shop))?;
    ensure!(is_success(shop.house, &reply), "{} {}", reply.status, reply.text());
    ensure!(sale.view()?["status"] == "paid", "it was answered before it was kept");
    ensure!(began.elapsed() < Duration::from_secs(5), "providers do not wait longer");
    sale.until_paid()?;
    for _ in 0..2 {
        let again = notice.send(&door(shop))?;
        ensure!(is_success(shop.house, &again), "the same again: {} {}", again.status, again.text());
    }
    sale.until_paid()?;
    Ok(())
}

/// Notices nobody believed, of a ticket.
fn doubts(sale: &Sale<'_>) -> Result<usize> {
    let all = sale.shop.gateways()?;
    let doubts = all["doubts"].as_array().context("doubts")?;
    Ok(doubts.iter().filter(|doubt| doubt["ticket_id"] == sale.ticket).count())
}

fn forged(shop: &Shop, forgery: Forgery) -> Result<()> {
    let (sale, out_no) = paid_unseen(shop)?;
    // The next question of the till's own is far off by now.
    let asked = || shop.gateway.count_of(&out_no, Step::Query);
    shop.until("some questions in vain", || Ok((asked() >= 3).then_some(())))?;
    let (before, kept) = (asked(), shop.gateways()?["doubts"].as_array().map_or(0, Vec::len));
    let notice = shop.gateway.forged(shop.house.protocol(false), &out_no, &Event::Paid, forgery)?;
    let reply = notice.send(&door(shop))?;
    ensure!(!is_success(shop.house, &reply), "believed: {} {}", reply.status, reply.text());
    ensure!(sale.view()?["status"] == "open", "{forgery:?} was taken for money");
    if shop.house == House::Wechat && !matches!(forgery, Forgery::OtherAmount(_)) {
        // What is sealed and not believed names no ticket.
        ensure!(shop.gateways()?["doubts"].as_array().map_or(0, Vec::len) > kept, "it is not shown");
    } else {
        ensure!(doubts(&sale)? == 1, "it is not shown: {}", shop.gateways()?["doubts"]);
        shop.until("a question at once", || Ok((asked() > before).then_some(())))?;
    }
    ensure!(sale.view()?["status"] == "open", "{forgery:?} was taken for money");
    let genuine = shop.gateway.notice(shop.house.protocol(false), &out_no, &Event::Paid)?;
    ensure!(is_success(shop.house, &genuine.send(&door(shop))?), "the genuine one");
    sale.until_paid().map(drop)
}

/// Somebody gives all of it back at the provider's own console before the till knows that it was paid.
fn refunded(shop: &Shop) -> Result<()> {
    let (sale, out_no) = paid_unseen(shop)?;
    let refund_no = shop.gateway.console_refunds(shop.house.protocol(false), &out_no, sale.fen)?;
    let notice = shop.gateway.notice(shop.house.protocol(false), &out_no, &Event::Refunded(refund_no))?;
    let reply = notice.send(&door(shop))?;
    ensure!(is_success(shop.house, &reply), "{} {}", reply.status, reply.text());
    ensure!(sale.view()?["status"] == "open", "a refund was taken for a payment");
    sale.cancel().map(drop)
}
