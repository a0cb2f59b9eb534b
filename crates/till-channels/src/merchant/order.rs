//! An order, as every protocol shows it in its own way.

use std::collections::BTreeMap;

use till_core::{Channel, Fen};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Waits for its money.
    Waiting,
    /// Paid.
    Paid,
    /// Its time has run out.
    Expired,
    /// Taken back.
    Closed,
}

/// A code of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its channel.
    pub channel: Channel,
    /// What it says.
    pub payload: String,
    /// It carries the amount itself.
    pub fixed: bool,
}

/// An order, as every protocol shows it in its own way.
#[derive(Clone, Debug)]
pub struct Order {
    /// Of the order and of its ticket.
    pub id: i64,
    /// The ticket's number on its day.
    pub number: i64,
    /// The ticket's day.
    pub business_date: String,
    /// Our number.
    pub order_no: String,
    /// The program's.
    pub out_no: String,
    /// The one channel asked for.
    pub channel: Option<Channel>,
    /// What it is for.
    pub title: String,
    /// JSON: the fields as they came.
    pub asked: String,
    /// As asked.
    pub price: Fen,
    /// What the customer pays.
    pub due: Fen,
    /// Where it stands.
    pub stand: Stand,
    /// Its callback has arrived; none: there is nobody to tell.
    pub told: Option<bool>,
    /// Unix ms.
    pub created_at: i64,
    /// Unix ms.
    pub expires_at: i64,
    /// When its first money was settled (Unix ms), and on which channel.
    pub paid: Option<(i64, Channel)>,
    /// `created_at` and the payment as the shop's clock shows them, `2026-11-20 14:00:00`; empty: not yet.
    pub created_local: String,
    /// As above.
    pub paid_local: String,
    /// Given back.
    pub refunded: Fen,
    /// Codes offered, in order.
    pub codes: Vec<Code>,
    /// Path of its checkout page.
    pub checkout_path: String,
    /// Its checkout page as seen from outside.
    pub checkout_url: String,
    /// Where the customer goes on; may be empty.
    pub return_url: String,
}

impl Order {
    /// −1 over, 0 waits, 1 paid and told (or nobody to tell), 2 paid and not told.
    pub fn state(&self) -> i8 {
        match (self.stand, self.told) {
            (Stand::Waiting, _) => 0,
            (Stand::Expired | Stand::Closed, _) => -1,
            (Stand::Paid, Some(false)) => 2,
            (Stand::Paid, _) => 1,
        }
    }

    /// How long it waits, in whole minutes, at least one.
    pub(super) fn minutes(&self) -> i64 {
        ((self.expires_at - self.created_at) / 60_000).max(1)
    }

    /// The first code of a channel; any code, if none was asked for.
    pub(super) fn code(&self) -> Option<&Code> {
        self.codes.iter().find(|c| self.channel.is_none_or(|wanted| wanted == c.channel))
    }

    /// A field of `asked`.
    pub(super) fn asked(&self) -> Asked {
        Asked(serde_json::from_str(&self.asked).unwrap_or_default())
    }
}

/// The fields of a request as they were kept with the order.
pub(super) struct Asked(BTreeMap<String, String>);

impl Asked {
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(super) fn keep(pairs: &[(&str, &str)]) -> String {
        let map: BTreeMap<_, _> = pairs.iter().filter(|(_, v)| !v.is_empty()).copied().collect();
        serde_json::to_string(&map).unwrap_or_default()
    }
}

/// How the shop's phones do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phones {
    /// Last heard, Unix seconds; 0: never.
    pub heard_s: i64,
    /// Last money, Unix seconds; 0: never.
    pub money_s: i64,
    /// 1 heard lately, 0 silent, −1 no phone.
    pub state: i8,
}
