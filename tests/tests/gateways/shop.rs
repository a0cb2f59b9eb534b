//! A shop with one contract, its customers, and what is true at the provider.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use qiantai_tests::book::Book;
use qiantai_tests::gateway::{
    Contract, Gateway, Keys, Provider, Step, alipay_contract, unionpay_contract, wechat_contract,
};
use qiantai_tests::till::id;
use qiantai_tests::{Till, until_within};
use serde_json::{Value, json};

/// Longer than a provider that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(250);

/// A contract as shops have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum House {
    Alipay,
    /// Codes and refunds with v3, payment codes with v2.
    Wechat,
    UnionPay,
}

impl House {
    pub const ALL: [House; 3] = [House::Alipay, House::Wechat, House::UnionPay];

    pub fn channel(self) -> &'static str {
        match self {
            House::Alipay => "alipay",
            House::Wechat => "wechat",
            House::UnionPay => "unionpay",
        }
    }

    /// The protocol of sales whose code the customer scans, or of those where we scan.
    pub fn protocol(self, scanned: bool) -> Provider {
        match self {
            House::Alipay => Provider::Alipay,
            House::Wechat if scanned => Provider::WechatV2,
            House::Wechat => Provider::WechatV3,
            House::UnionPay => Provider::UnionPay,
        }
    }

    /// How a sale with a shown code is ended there; UnionPay's cannot be.
    pub fn end(self, scanned: bool) -> Option<Step> {
        match self {
            House::Alipay => Some(Step::Reverse),
            House::Wechat if scanned => Some(Step::Reverse),
            House::Wechat => Some(Step::Close),
            House::UnionPay => None,
        }
    }

    fn contract(self, keys: &Keys) -> Contract {
        match self {
            House::Alipay => alipay_contract(keys),
            House::Wechat => wechat_contract(keys),
            House::UnionPay => unionpay_contract(keys),
        }
    }
}

/// The till, and the provider it has a contract with.
pub struct Shop {
    pub till: Till,
    pub gateway: Gateway,
    pub house: House,
    pub contract: i64,
    prices: AtomicI64,
    /// The provider lives in it: dropped last.
    _runtime: tokio::runtime::Runtime,
}

impl Shop {
    pub fn open(house: House) -> Result<Shop> {
        Shop::with(house, |_| true)
    }

    /// The same with some fields of the contract left empty.
    pub fn with(house: House, filled: fn(&str) -> bool) -> Result<Shop> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let gateway = runtime.block_on(Gateway::start())?;
        let till = Till::start()?;
        till.choose_passphrase()?;
        let values = house.contract(gateway.keys()).into_iter().filter(|(field, _)| filled(field));
        let values: Vec<Value> = values.map(|(field, text)| json!({ "field": field, "text": text })).collect();
        let place = json!({ "place": "simulator", "address": gateway.url });
        let added = till.act(json!({
            "verb": "add_gateway", "provider": house.channel(), "settings": { "name": "合约", "place": place }, "values": values,
        }))?;
        let contract = added["id"].as_i64().with_context(|| format!("no id: {added}"))?;
        let tried = till.call(&json!({ "verb": "test_gateway", "gateway_id": contract }))?;
        ensure!(tried["works"] == true, "{house:?}: {tried}\n{added}");
        Ok(Shop { till, gateway, house, contract, prices: AtomicI64::new(1_000), _runtime: runtime })
    }

    /// A price nobody had before: faults are aimed by it.
    pub fn price(&self) -> i64 {
        self.prices.fetch_add(1, Ordering::Relaxed)
    }

    /// Rings up.
    pub fn ring_up(&self, fen: i64) -> Result<Sale<'_>> {
        let ticket = self.till.ring_up(fen)?;
        ensure!(ticket["due_fen"] == fen, "a code with the amount in it needs no tail: {ticket}");
        Ok(self.found(id(&ticket), fen))
    }

    /// A ticket from before.
    pub fn found(&self, ticket: i64, fen: i64) -> Sale<'_> {
        Sale { shop: self, ticket, fen }
    }

    /// What the contract says of itself, and notices nobody believed.
    pub fn gateways(&self) -> Result<Value> {
        self.till.call(&json!({ "verb": "gateways" }))
    }

    /// Waits for something that takes a provider's time.
    pub fn until<T>(&self, what: &str, look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        until_within(PATIENCE, LOOK, what, look)
    }

    /// The till goes down in the middle of whatever it does, and comes up on the same directory and port.
    pub fn crash(mut self) -> Result<Shop> {
        self.till.kill9();
        self.till = self.till.restart_on_its_port()?;
        Ok(self)
    }

    /// Nothing is paid in the till that is not at the provider, nothing is at the provider that a ticket or the inbox
    /// does not have, and the book adds up by itself.
    pub fn books_are_true(&self) -> Result<()> {
        let tickets = self.till.call(&json!({ "verb": "tickets", "status": null, "limit": 1000 }))?;
        let inbox = self.till.inbox()?;
        for ticket in tickets.as_array().context("tickets")? {
            let ticket = self.till.ticket(id(ticket))?;
            let mut held = 0;
            for trade in ticket["trades"].as_array().context("trades")? {
                let out_no = trade["out_no"].as_str().context("a number")?;
                let protocol = self.house.protocol(trade["scanned"] == true);
                let there = self.gateway.trade(protocol, out_no).map_or(0, |trade| trade.paid_fen());
                if trade["stage"] == "paid" {
                    ensure!(trade["amount_fen"] == there, "{out_no}: {there} was paid: {ticket}");
                    held += there;
                } else {
                    let left = self.gateway.held_fen(out_no);
                    ensure!(left == 0, "{out_no}: the provider holds {left}: {ticket}");
                }
            }
            let payments = ticket["payments"].as_array().context("payments")?;
            ensure!((ticket["status"] == "paid") != payments.is_empty(), "{ticket}");
            // Cash is in the drawer, not at the provider.
            let own = payments.iter().filter(|payment| payment["how"] == "auto").count();
            let due = ticket["due_fen"].as_i64().unwrap_or_default();
            let waits = inbox.iter().filter(|i| i["suggestions"][0]["ticket_id"] == ticket["id"]).count();
            ensure!(held == 0 || own > 0 || waits > 0, "money that nobody has: {ticket}");
            ensure!(own == 0 || held >= due, "paid without money: {ticket}");
        }
        Book::open(&self.till.data())?.adds_up()
    }
}

/// A ticket, and what is asked for it.
pub struct Sale<'a> {
    pub shop: &'a Shop,
    pub ticket: i64,
    pub fen: i64,
}

impl Sale<'_> {
    /// As it stands.
    pub fn view(&self) -> Result<Value> {
        self.shop.till.ticket(self.ticket)
    }

    /// The provider is asked now.
    pub fn ask(&self) -> Result<Value> {
        self.shop.till.call(&json!({ "verb": "ask_trade", "ticket_id": self.ticket }))
    }

    /// The newest attempt of a kind.
    pub fn trade(&self, scanned: bool) -> Result<Value> {
        let view = self.view()?;
        let all = view["trades"].as_array().context("trades")?;
        let newest = all.iter().rev().find(|trade| trade["scanned"] == scanned);
        newest.cloned().with_context(|| format!("no trade: {view}"))
    }

    /// Our number of it.
    pub fn out_no(&self, scanned: bool) -> Result<String> {
        Ok(self.trade(scanned)?["out_no"].as_str().context("a number")?.to_owned())
    }

    /// Waits until there is a code to scan; our number of it.
    pub fn shown(&self) -> Result<String> {
        let code = self.shop.until(&format!("a code for {}", self.fen), || {
            Ok(self.view()?["codes"].as_array().is_some_and(|codes| !codes.is_empty()).then_some(()))
        });
        code.with_context(|| format!("{:?}", self.view()))?;
        self.out_no(false)
    }

    /// Charges a code on a customer's phone; our number of it.
    pub fn scan(&self, code: &str) -> Result<String> {
        self.shop.till.act(json!({ "verb": "scan", "ticket_id": self.ticket, "auth_code": code }))?;
        self.out_no(true)
    }

    /// Nobody waits for the customer's phone any more.
    pub fn stop_scan(&self) -> Result<Value> {
        self.shop.till.act(json!({ "verb": "stop_scan", "ticket_id": self.ticket }))
    }

    pub fn cancel(&self) -> Result<Value> {
        self.shop.till.act(json!({ "verb": "cancel", "ticket_id": self.ticket }))
    }

    /// Asks until it is paid: once, with what was due, which the provider holds.
    pub fn until_paid(&self) -> Result<Value> {
        let view = self.shop.until(&format!("ticket {} over {} to be paid", self.ticket, self.fen), || {
            let view = self.ask()?;
            Ok((view["status"] == "paid").then_some(view))
        });
        let view = view.with_context(|| format!("{:?}", self.view()))?;
        let payments = view["payments"].as_array().context("payments")?;
        ensure!(payments.len() == 1 && payments[0]["amount_fen"] == self.fen, "{view}");
        ensure!(payments[0]["channel"] == self.shop.house.channel() && payments[0]["how"] == "auto", "{view}");
        ensure!(self.held()? == self.fen, "the provider holds {}: {view}", self.held()?);
        Ok(view)
    }

    /// Waits until the newest attempt of a kind has a stage.
    pub fn until_stage(&self, scanned: bool, stages: &[&str]) -> Result<Value> {
        self.shop.until(&format!("the trade of ticket {} to be {stages:?}", self.ticket), || {
            let trade = self.trade(scanned)?;
            Ok(stages.iter().any(|stage| trade["stage"] == *stage).then_some(trade))
        })
    }

    /// What the provider holds for it.
    pub fn held(&self) -> Result<i64> {
        let view = self.view()?;
        let numbers = view["trades"].as_array().context("trades")?.iter().filter_map(|trade| trade["out_no"].as_str());
        Ok(numbers.map(|out_no| self.shop.gateway.held_fen(out_no)).sum())
    }
}
