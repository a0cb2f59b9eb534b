//! A till with a program: codes of two channels, a phone, and what a web shop orders.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::PathBuf;

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use till_core::due::TailDirection;
use till_core::price::{Line, Rounding, Sale, price};
use till_core::{Channel, Fen};
use till_store::{
    Act, ByHand, NewCode, NewDevice, NewOrder, NewTicket, Opened, OrderKey, OrderRow, Outcome, Reading, Store,
    TakePush, TicketFull,
};

pub const DAY: &str = "2026-11-20";
pub const OPENED: i64 = 1_000;
pub const EXPIRES: i64 = 181_000;
pub const COOLDOWN: i64 = 600_000;

pub fn fen(n: i64) -> Fen {
    Fen::new(n).unwrap()
}

pub fn done<T>(act: Act<T>) -> T {
    match act {
        Act::New(done) => done,
        Act::Repeat(id) => panic!("{id} was done before"),
    }
}

pub struct Shop {
    pub store: Store,
    dir: tempfile::TempDir,
}

impl Shop {
    /// WeChat and Alipay, one phone, program 1.
    pub async fn new() -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("till.db")).await.unwrap();
        for channel in [Channel::Wechat, Channel::Alipay] {
            let code = NewCode {
                request_id: channel.to_string(),
                actor: "test".into(),
                at: 1,
                account_id: None,
                channel,
                label: channel.to_string(),
                payload: format!("{channel}://test"),
                kind: "personal".into(),
                amount: None,
            };
            store.add_code(code).await.unwrap();
        }
        let (key, token) = ("k".repeat(32), "t".repeat(32));
        let phone = NewDevice { request_id: "phone".into(), actor: "test".into(), at: 1, name: "p".into(), key, token };
        store.add_device(phone).await.unwrap();
        let shop = Shop { store, dir };
        assert_eq!(shop.program("web").await, 1);
        shop
    }

    pub async fn program(&self, key_id: &str) -> i64 {
        let settings = format!(r#"{{"name":"{key_id} shop"}}"#);
        done(self.store.add_program(key_id, "v1", key_id, settings, 1, "王#1").await.unwrap()).id
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("till.db")
    }

    /// The file beside the store's back.
    pub async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).foreign_keys(true).connect().await.unwrap()
    }

    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.raw().await).await.unwrap()
    }

    /// As after a restart of the till.
    pub async fn again(self) -> Shop {
        let path = self.path();
        self.store.close().await;
        Shop { store: Store::open(&path).await.unwrap(), dir: self.dir }
    }

    pub async fn open(&self, out_no: &str, n: i64) -> OrderRow {
        match self.store.open_order(ticket(n), order(out_no)).await.unwrap() {
            Opened::New(_, order) => *order,
            Opened::Exists(order) => panic!("{} was there", order.out_no),
        }
    }

    pub async fn order(&self, id: i64) -> OrderRow {
        self.store.order(OrderKey::Id(id)).await.unwrap()
    }

    /// Settled because a person saw the money.
    pub async fn paid(&self, id: i64, at: i64) -> TicketFull {
        done(self.store.settle_by_hand(by_hand(id, Channel::Wechat, at)).await.unwrap())
    }
}

pub fn ticket(n: i64) -> NewTicket {
    let line = Line { name: "会员".into(), price_fen: fen(n), count: 1 };
    let sale = Sale { lines: vec![line], discount: None, note: String::new() };
    NewTicket {
        request_id: "not noted".into(),
        actor: "web".into(),
        at: OPENED,
        expires_at: EXPIRES,
        business_date: DAY.into(),
        priced: price(&sale, Rounding::None).unwrap(),
        sale,
        direction: TailDirection::Down,
        tail_max: fen(50),
        trades: Vec::new(),
        served: Vec::new(),
    }
}

pub fn order(out_no: &str) -> NewOrder {
    NewOrder {
        program_id: 1,
        order_no: format!("order-{out_no}"),
        token: format!("{:->40}", out_no),
        out_no: out_no.into(),
        idem_key: None,
        digest: vec![1, 2, 3],
        channels: Vec::new(),
        channel: None,
        asked: "{}".into(),
        title: "会员".into(),
        notify_url: "https://shop.example.com/paid".into(),
        return_url: String::new(),
        buyer: String::new(),
        counter: false,
    }
}

pub fn by_hand(ticket_id: i64, channel: Channel, at: i64) -> ByHand {
    ByHand {
        request_id: format!("hand-{ticket_id}-{channel}-{at}"),
        verb: "settle",
        actor: "王#1".into(),
        at,
        business_date: DAY.into(),
        ticket_id,
        channel,
        reason: "seen".into(),
        tendered: None,
        cool_until: at + 60_000,
    }
}

pub fn push(key: &str, n: i64, at: i64) -> TakePush {
    TakePush {
        device_id: 1,
        address: "192.168.1.2".into(),
        door: "vmq",
        replay_key: key.into(),
        digest: vec![1],
        received_at: at,
        phone_at: None,
        battery: None,
        package: String::new(),
        title: String::new(),
        text: key.into(),
        hint: None,
        fresh: true,
        contradicted: false,
        reading: Reading::Receipt { channel: Channel::Wechat, amount: fen(n), payer_note: None },
        rule: "vmq".into(),
        rules_version: 1,
        likeness: key.into(),
        business_date: DAY.into(),
        cooldown_paid: 60_000,
        cooldown_expired: COOLDOWN,
    }
}

pub fn effect(outcome: Outcome) -> till_store::Effect {
    match outcome {
        Outcome::Stored { effect, .. } => effect,
        other => panic!("{other:?}"),
    }
}
