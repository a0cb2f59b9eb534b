//! A big realistic book: years of a small shop's sales, written straight into a stopped till's file with every
//! constraint and trigger on and the journal chained as the till chains it.
//!
//! The same seed writes the same book: opening hours with their rushes, weekends, closed days, five channels, people in
//! shifts, items of a menu, notes, discounts, about 1 % by hand, 0.5 % refunds, late ones, cash, expired and cancelled
//! tickets, and money that waits in the inbox.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{CachedStatement, Connection, params};
use sha2::{Digest, Sha256};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Shanghai has no change of clocks.
const ZONE_MS: i64 = 8 * HOUR_MS;

const MENU: [(&str, i64); 32] = [
    ("豆浆", 300),
    ("油条", 250),
    ("鲜肉包", 250),
    ("茶叶蛋", 200),
    ("小笼包", 1200),
    ("牛肉面", 1800),
    ("鲜肉馄饨", 1200),
    ("煎饼果子", 800),
    ("小米粥", 300),
    ("皮蛋瘦肉粥", 800),
    ("葱油拌面", 1000),
    ("红烧牛肉饭", 2200),
    ("宫保鸡丁饭", 2000),
    ("番茄炒蛋饭", 1600),
    ("酸辣粉", 1200),
    ("凉皮", 900),
    ("肉夹馍", 1000),
    ("锅贴", 1100),
    ("生煎", 1200),
    ("珍珠奶茶", 1300),
    ("柠檬茶", 1000),
    ("酸梅汤", 600),
    ("可乐", 400),
    ("矿泉水", 200),
    ("卤鸡腿", 800),
    ("卤豆干", 300),
    ("榨菜", 100),
    ("米饭", 200),
    ("Americano", 1500),
    ("Latte", 1800),
    ("绿豆糕", 500),
    ("桂花糕", 600),
];
const NOTES: [&str; 8] = ["打包", "少糖", "不要香菜", "加辣", "桌12", "桌7", "外卖自取", "老顾客"];
const PAYER_NOTES: [&str; 4] = ["谢谢老板", "早餐钱", "两份", "李姐"];
const PEOPLE: [(&str, &str); 6] = [
    ("王芳", "owner"),
    ("李强", "manager"),
    ("张敏", "cashier"),
    ("刘洋", "cashier"),
    ("陈静", "cashier"),
    ("Ben", "cashier"),
];
/// How busy each hour from 6 to 23 is.
const RUSH: [u64; 18] = [2, 7, 10, 6, 3, 6, 12, 9, 4, 3, 3, 6, 11, 9, 5, 3, 2, 1];
/// How busy each weekday is, Monday first.
const WEEK: [u64; 7] = [85, 88, 92, 98, 118, 140, 135];

/// xorshift64*: the same everywhere, no dependency.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n.max(1)
    }

    fn num(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from + 1).unsigned_abs()) as i64
    }

    /// True in `n` of ten thousand cases.
    fn chance(&mut self, n: u64) -> bool {
        self.below(10_000) < n
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// A place by its weight.
    fn weighed(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }
}

/// A ticket before it is written.
struct Sale {
    id: i64,
    number: i64,
    at: i64,
    lines: String,
    note: &'static str,
    gross: i64,
    discount: i64,
    rounding: i64,
    tail: i64,
    actor: String,
}

impl Sale {
    fn due(&self) -> i64 {
        self.gross - self.discount - self.rounding - self.tail
    }
}

/// What is written, and where it stands.
struct Pen<'c> {
    db: &'c Connection,
    dice: Dice,
    ticket: i64,
    push: i64,
    inbox: i64,
    seq: i64,
    hash: Vec<u8>,
    accounts: Vec<(i64, i64, String)>,
    device: i64,
}

/// Writes `many` tickets over `years` years that end with the day before `now_ms`. The file must be a set-up till's
/// (its accounts and its phone are used), stopped, and without sales.
pub fn write(file: &Path, many: i64, years: i64, now_ms: i64) -> Result<()> {
    let mut db = Connection::open(file)?;
    db.pragma_update(None, "synchronous", "off")?;
    db.pragma_update(None, "cache_size", -262_144)?;
    db.pragma_update(None, "wal_autocheckpoint", 100_000)?;
    // Every row refers to one written a moment before; the end checks them all at once.
    db.pragma_update(None, "foreign_keys", "off")?;
    db.set_prepared_statement_cache_capacity(64);
    let last = (now_ms + ZONE_MS).div_euclid(DAY_MS) - 1;
    let first = last - years * 365;
    let weights: Vec<u64> = (first..=last).map(weight).collect();
    let all: u64 = weights.iter().sum::<u64>().max(1);
    let (mut so_far, mut written) = (0_u64, 0_i64);
    for (month, days) in weights.chunks(30).enumerate() {
        let transaction = db.transaction()?;
        let mut pen = Pen::new(&transaction, month as u64)?;
        for (n, weight) in days.iter().enumerate() {
            so_far += weight;
            let upto = (i128::from(many) * i128::from(so_far) / i128::from(all)) as i64;
            pen.day(first + (month * 30 + n) as i64, upto - written)?;
            written = upto;
        }
        drop(pen);
        transaction.commit()?;
    }
    let broken: i64 = db.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |r| r.get(0))?;
    anyhow::ensure!(broken == 0, "{broken} broken references");
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

/// How busy a day is: the weekday, a slow summer, five days closed each winter. Days since 1970.
fn weight(day: i64) -> u64 {
    let (weekday, of_year) = ((day + 3).rem_euclid(7), day.rem_euclid(365));
    let season = if (180..240).contains(&of_year) { 88 } else { 100 };
    if (40..45).contains(&of_year) { 0 } else { WEEK[weekday as usize] * season }
}

impl<'c> Pen<'c> {
    fn new(db: &'c Connection, seed: u64) -> Result<Pen<'c>> {
        let number = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0));
        let mut accounts = db.prepare(
            "SELECT a.id, c.id, a.channel FROM account a JOIN code c ON c.account_id = a.id AND c.retired_at IS NULL",
        )?;
        let accounts: Vec<(i64, i64, String)> =
            accounts.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
        anyhow::ensure!(!accounts.is_empty(), "the shop needs a receiving code");
        for (id, (name, role)) in PEOPLE.iter().enumerate() {
            let insert = "INSERT OR IGNORE INTO staff (id, name, role, added_at) VALUES (?1, ?2, ?3, 0)";
            db.execute(insert, params![id as i64 + 1, name, role])?;
        }
        let head =
            db.query_row("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)));
        let (seq, hash) = head.unwrap_or((0, Vec::new()));
        Ok(Pen {
            db,
            dice: Dice(0x9e37_79b9_7f4a_7c15 ^ (seed + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9)),
            ticket: number("SELECT coalesce(max(id), 0) FROM ticket")?,
            push: number("SELECT coalesce(max(id), 0) FROM push")?,
            inbox: number("SELECT coalesce(max(id), 0) FROM inbox")?,
            seq,
            hash,
            accounts,
            device: number("SELECT id FROM device ORDER BY id LIMIT 1").context("the shop needs a phone")?,
        })
    }

    fn sql(&self, sql: &str) -> Result<CachedStatement<'c>> {
        Ok(self.db.prepare_cached(sql)?)
    }

    fn day(&mut self, day: i64, many: i64) -> Result<()> {
        let date: String = self.db.query_row("SELECT date(?1 * 86400, 'unixepoch')", [day], |r| r.get(0))?;
        let midnight = day * DAY_MS - ZONE_MS;
        let mut times: Vec<i64> = (0..many)
            .map(|_| midnight + (self.dice.weighed(&RUSH) as i64 + 6) * HOUR_MS + self.dice.num(0, HOUR_MS - 1))
            .collect();
        times.sort_unstable();
        for (n, at) in times.into_iter().enumerate() {
            let sale = self.sale(n as i64 + 1, at, midnight);
            self.write(&date, sale)?;
        }
        if self.dice.chance(1_500) {
            let fen = self.dice.num(1, 60) * 100;
            let at = midnight + 15 * HOUR_MS;
            let push = self.push(at, &date, "wechat", fen, None)?;
            let state = if self.dice.chance(9_000) { "ignored" } else { "open" };
            self.item(push, "unmatched", state, None, at)?;
        }
        Ok(())
    }

    fn sale(&mut self, number: i64, at: i64, midnight: i64) -> Sale {
        let dice = &mut self.dice;
        let mut lines = Vec::new();
        let mut gross = 0;
        for _ in 0..=dice.weighed(&[50, 30, 15, 5]) {
            // The first of the menu are what most people come for.
            let place = (dice.below(MENU.len() as u64) * dice.below(MENU.len() as u64) / MENU.len() as u64) as usize;
            let (name, price) = if dice.chance(1_200) { ("", dice.num(5, 400) * 10) } else { MENU[place] };
            let count = if dice.chance(2_000) { dice.num(2, 4) } else { 1 };
            gross += price * count;
            lines.push(format!(r#"{{"name":"{name}","price_fen":{price},"count":{count}}}"#));
        }
        let discount = if dice.chance(600) { gross * dice.num(1, 4) * 5 / 100 } else { 0 };
        let rounding = (gross - discount) % 10;
        let tail = if dice.chance(3_000) { dice.num(1, 5) } else { 0 };
        let shift = (at - midnight) / HOUR_MS / 8;
        let person = (shift * 2 + dice.num(0, 1)) as usize % PEOPLE.len();
        let actor = if dice.chance(200) { "till".into() } else { format!("{}#{}", PEOPLE[person].0, person + 1) };
        let note = if dice.chance(400) { dice.pick(&NOTES) } else { "" };
        self.ticket += 1;
        let lines = format!("[{}]", lines.join(","));
        Sale { id: self.ticket, number, at, lines, note, gross, discount, rounding, tail, actor }
    }

    fn write(&mut self, date: &str, mut sale: Sale) -> Result<()> {
        let channel = ["wechat", "alipay", "cash", "unionpay", "ecny"][self.dice.weighed(&[54, 29, 12, 3, 2])];
        let ends = self.dice.below(10_000);
        if channel == "cash" {
            sale.tail = 0;
            self.ticket_row(date, &sale, "paid", "none", sale.at, Some((sale.due() + 999) / 1000 * 1000))?;
            self.settle(date, &sale, "cash", channel, None, sale.at, false)?;
        } else if ends < 200 {
            let (status, at) =
                if ends < 120 { ("expired", sale.at + 180_000) } else { ("cancelled", sale.at + 25_000) };
            self.ticket_row(date, &sale, status, "none", at, None)?;
            return self.note(
                at,
                "till",
                &format!("ticket.{status}"),
                sale.id,
                r#"{"status":"open"}"#,
                &format!(r#"{{"status":"{status}"}}"#),
            );
        } else {
            let took = self.dice.num(4_000, 60_000);
            let (how, exception, took) = match ends {
                200..300 => ("by_hand", "by_hand", took + 30_000),
                300..350 => ("accepted", "late", took + 240_000),
                350..400 => ("accepted", "none", took + 90_000),
                _ => ("auto", "none", took),
            };
            let (ended, at) = (if exception == "late" { sale.at + 180_000 } else { sale.at + took }, sale.at + took);
            self.ticket_row(date, &sale, "paid", exception, ended, None)?;
            let push = if how == "by_hand" {
                None
            } else {
                let note = if self.dice.chance(150) { Some(*self.dice.pick(&PAYER_NOTES)) } else { None };
                Some(self.push(at, date, channel, sale.due(), note)?)
            };
            if let (Some(push), "accepted") = (push, how) {
                self.item(push, if exception == "late" { "late" } else { "unmatched" }, "accepted", Some(sale.id), at)?;
            }
            self.settle(date, &sale, how, channel, push, at, exception == "late")?;
        }
        if self.dice.chance(50) {
            self.refund(&sale, date, channel)?;
        }
        Ok(())
    }

    fn ticket_row(
        &mut self,
        date: &str,
        s: &Sale,
        status: &str,
        exception: &str,
        ended: i64,
        tendered: Option<i64>,
    ) -> Result<()> {
        let waits = tendered.is_none();
        self.sql(
            "INSERT INTO ticket (id, number, business_date, status, exception, lines, note, gross_fen, discount_fen, rounding_fen,
               tail_fen, due_fen, opened_at, expires_at, ended_at, cool_until, tendered_fen, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )?
        .execute(params![
            s.id, s.number, date, status, exception, s.lines, s.note, s.gross, s.discount, s.rounding, s.tail, s.due(), s.at,
            waits.then_some(s.at + 180_000), ended, ended + 60_000, tendered, s.actor,
        ])?;
        if waits {
            let mut hold = self.sql(
                "INSERT INTO hold (ticket_id, account_id, code_id, amount_fen, released_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (account, code, _) in &self.accounts {
                hold.execute(params![s.id, account, code, s.due(), ended + 60_000])?;
            }
        }
        let after = format!(r#"{{"due_fen":{},"number":{},"status":"open","tail_fen":{}}}"#, s.due(), s.number, s.tail);
        self.note(s.at, &s.actor, "ticket.opened", s.id, "null", &after)
    }

    fn push(&mut self, at: i64, date: &str, channel: &str, fen: i64, payer_note: Option<&str>) -> Result<i64> {
        self.push += 1;
        let (id, yuan) = (self.push, format!("{}.{:02}", fen / 100, fen % 100));
        let text = format!("微信支付收款{yuan}元(朋友到店)");
        self.sql(
            "INSERT INTO push (id, device_id, door, replay_key, digest, received_at, phone_at, address, package, title, text,
               verdict, rule, rules_version)
             VALUES (?1, ?2, 'smsforwarder', ?3, ?4, ?5, ?6, '192.168.1.37', 'com.tencent.mm', '微信支付', ?7, 'receipt', 'history', 1)",
        )?
        .execute(params![id, self.device, format!("years:{id}"), &id.to_be_bytes()[..], at, at - 700, text])?;
        self.sql(
            "INSERT INTO receipt (id, device_id, channel, amount_fen, payer_note, likeness, received_at, business_date)
             VALUES (?1, ?2, ?3, ?4, ?5, '', ?6, ?7)",
        )?
        .execute(params![id, self.device, channel, fen, payer_note, at, date])?;
        Ok(id)
    }

    fn item(&mut self, push: i64, reason: &str, state: &str, ticket: Option<i64>, at: i64) -> Result<()> {
        self.inbox += 1;
        self.sql(
            "INSERT INTO inbox (id, push_id, receipt_id, reason, state, ticket_id, arrived_at, resolved_at)
             VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![self.inbox, push, reason, state, ticket, at, (state != "open").then_some(at)])?;
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of one row")]
    fn settle(
        &mut self,
        date: &str,
        s: &Sale,
        how: &str,
        channel: &str,
        receipt: Option<i64>,
        at: i64,
        late: bool,
    ) -> Result<()> {
        let account = self.accounts.iter().find(|(_, _, of)| of == channel).map(|(id, ..)| *id);
        let actor = if how == "auto" { "phone" } else { &s.actor };
        let reason = if how == "by_hand" { "顾客手机上看到已付" } else { "" };
        self.sql(
            "INSERT INTO settlement (ticket_id, nth, receipt_id, account_id, how, channel, amount_fen, late, reason, at,
               business_date, actor)
             VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![s.id, receipt, account, how, channel, s.due(), late, reason, at, date, actor])?;
        let after = format!(
            r#"{{"amount_fen":{},"channel":"{channel}","due_fen":{0},"exception":"none","how":"{how}","status":"paid"}}"#,
            s.due()
        );
        self.note(at, actor, "ticket.paid", s.id, r#"{"status":"open"}"#, &after)
    }

    /// On the same day: a book that is written day by day knows no later ones.
    fn refund(&mut self, s: &Sale, date: &str, channel: &str) -> Result<()> {
        let at = s.at + self.dice.num(60_000, 600_000);
        let void = self.dice.chance(1_500);
        let fen = if void || self.dice.chance(6_000) { s.due() } else { self.dice.num(1, s.due()) };
        let (kind, reason) = if void {
            ("void", "输错金额")
        } else {
            ("refund", *self.dice.pick(&["少做一份", "顾客退单", "口味不对"]))
        };
        let reference =
            if channel == "cash" { String::new() } else { format!("4200{:014}", self.dice.below(99_999_999_999_999)) };
        self.sql(
            "INSERT INTO refund (ticket_id, kind, channel, amount_fen, reference, reason, at, business_date, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![s.id, kind, channel, fen, reference, reason, at, date, s.actor])?;
        let after = format!(r#"{{"amount_fen":{fen},"kind":"{kind}"}}"#);
        self.note(at, &s.actor, "ticket.refunded", s.id, "null", &after)
    }

    /// A journal row, chained.
    fn note(&mut self, at: i64, actor: &str, act: &str, ticket: i64, before: &str, after: &str) -> Result<()> {
        self.seq += 1;
        let subject = format!("ticket:{ticket}");
        let mut sha = Sha256::new();
        sha.update(&self.hash);
        sha.update(self.seq.to_be_bytes());
        sha.update(at.to_be_bytes());
        for text in [actor, act, &subject, before, after] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
        let hash = sha.finalize().to_vec();
        self.sql(
            "INSERT INTO journal (seq, at, actor, act, subject, before, after, prev_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![self.seq, at, actor, act, subject, before, after, self.hash, hash])?;
        self.hash = hash;
        Ok(())
    }
}
