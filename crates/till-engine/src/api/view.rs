#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
use till_core::{Channel, Fen};

pub use till_core::matching::{InboxReason, Why};
pub use till_core::ticket::{Exception, Move, Status};

use super::request::Line;
use super::settings::{Lang, Theme};
use super::{ContractHealth, Mark, PaymentCode, RefundView, TradeView};

/// The mark that tells tickets apart at a glance. The colour is bound to the animal:
/// fox blue, panda green, rabbit orange, whale violet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Tag {
    Fox,
    Panda,
    Rabbit,
    Whale,
}

/// A code drawn anew from its payload: `size × size` units, four quiet modules on each side, black on white.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Drawing {
    pub size: u32,
    /// SVG path data, one unit a module.
    pub path: String,
}

/// One code of a ticket, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OfferedCode {
    /// The receiving account; null: a provider's code, made for this ticket.
    pub account_id: Option<i64>,
    pub channel: Channel,
    pub label: String,
    pub payload: String,
    /// True when the wallet fills in the amount itself; false: the customer types it.
    pub fixed_amount: bool,
    pub drawing: Drawing,
}

/// A payment of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PaymentView {
    pub channel: Channel,
    pub amount_fen: Fen,
    /// `auto`, `accepted`, `by_hand`, `cash`.
    pub how: String,
    pub at: i64,
    pub reason: String,
}

/// A ticket as screens show it. `gross − discount − rounding − tail = due`; a positive tail lowers the price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TicketView {
    pub id: i64,
    /// Number within the business day, shown as `#041`.
    pub number: u32,
    pub business_date: String,
    pub tag: Tag,
    pub status: Status,
    pub exception: Exception,
    pub lines: Vec<Line>,
    pub note: String,
    pub gross_fen: Fen,
    pub discount_fen: Fen,
    pub rounding_fen: Fen,
    pub tail_fen: Fen,
    pub due_fen: Fen,
    pub opened_at: i64,
    /// Null for a cash sale.
    pub expires_at: Option<i64>,
    /// The till's clock when this view was made, so that a screen can count down without its own clock being right.
    pub now: i64,
    pub paid_at: Option<i64>,
    /// How it was paid, newest last.
    pub payments: Vec<PaymentView>,
    /// What was given back, newest last.
    pub refunds: Vec<RefundView>,
    pub refunded_fen: Fen,
    /// Cash handed over and change given.
    pub tendered_fen: Option<Fen>,
    pub change_fen: Option<Fen>,
    /// Codes, in the order offered; empty unless the ticket is open.
    pub codes: Vec<OfferedCode>,
    /// True while the counter screen shows it.
    pub shown: bool,
    /// A late receipt proposed to this ticket, to be accepted with one key.
    pub proposed_item_id: Option<i64>,
    pub moves: Vec<Move>,
    /// Attempts to be paid through providers, oldest first.
    pub trades: Vec<TradeView>,
    /// The program that opened it; null: rung up here.
    pub program: Option<super::TicketProgram>,
}

impl TicketView {
    /// Its customer is somewhere else, on a checkout page: nothing at this counter may look as if whoever stands here
    /// had paid.
    pub fn is_elsewhere(&self) -> bool {
        self.program.as_ref().is_some_and(|p| !p.counter)
    }
}

/// The till's line about today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Today {
    pub business_date: String,
    pub count: u32,
    pub sum_fen: Fen,
}

/// A draft set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Parked {
    pub id: i64,
    pub at: i64,
    pub price_fen: Fen,
    pub sale: super::Sale,
}

/// A tile: name and price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct QuickItem {
    pub name: String,
    pub price_fen: Fen,
    /// Free text; tabs above the tiles are made from it.
    #[serde(default)]
    pub category: String,
}

/// Which inbox items to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum InboxFilter {
    Open,
    Done,
    All,
}

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum InboxState {
    Open,
    Accepted,
    Ignored,
    /// The same payment announced by a second phone: linked to the first, nothing to do.
    Echo,
}

/// A ticket this money may belong to, with the reasons. Best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Suggestion {
    pub ticket_id: i64,
    pub number: u32,
    pub tag: Tag,
    pub status: Status,
    pub due_fen: Fen,
    pub price_fen: Fen,
    pub opened_at: i64,
    /// received − due.
    pub delta_fen: Fen,
    /// received at − opened at, ms.
    pub delta_ms: i64,
    pub why: Vec<Why>,
}

/// An inbox item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InboxItem {
    pub id: i64,
    pub reason: InboxReason,
    pub state: InboxState,
    pub channel: Option<Channel>,
    pub amount_fen: Option<Fen>,
    pub received_at: i64,
    /// What the phone's clock said, if it said anything; evidence only.
    pub phone_at: Option<i64>,
    pub device_name: String,
    pub package: String,
    pub title: String,
    pub text: String,
    pub payer_note: Option<String>,
    /// The rule that read it, and the version of the rules.
    pub rule: String,
    pub rules_version: u32,
    pub suggestions: Vec<Suggestion>,
    /// Put aside as no sale.
    pub mark: Option<Mark>,
    /// Resolved to this ticket.
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<u32>,
    pub resolved_at: Option<i64>,
    pub resolution: String,
    /// What happened to it, oldest first.
    pub trail: Vec<Trail>,
}

/// One line of an item's or ticket's history, from the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Trail {
    pub at: i64,
    pub actor: String,
    pub act: String,
    pub detail: String,
}

/// A page of the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InboxPage {
    pub items: Vec<InboxItem>,
    pub open: u32,
    /// Receipts of today and how many of them found their ticket by themselves.
    pub today_receipts: u32,
    pub today_auto: u32,
}

/// What a picture or payload turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Inspected {
    pub payload: String,
    pub channel: Option<Channel>,
    /// Stable id such as `wechat_personal`, `alipay`, `unionpay`, `unknown`.
    pub kind: String,
    pub amount_fen: Option<Fen>,
    /// The warning in the shop's language, empty if none.
    pub warning: String,
    /// False when it must not be used (somebody's payment code, an add-friend code).
    pub usable: bool,
    /// The account that has this payload now.
    pub known_account_id: Option<i64>,
    /// An account of the same channel has another code: importing would change it.
    pub changes_code: bool,
    pub drawing: Drawing,
}

/// One code of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CodeView {
    pub id: i64,
    pub payload: String,
    pub kind: String,
    pub amount_fen: Option<Fen>,
    pub added_at: i64,
    pub drawing: Drawing,
}

/// A receiving account with its codes in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccountView {
    pub id: i64,
    pub channel: Channel,
    pub label: String,
    pub enabled: bool,
    pub codes: Vec<CodeView>,
}

/// How a device is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum DeviceState {
    /// Never heard from.
    New,
    Ok,
    /// Silent for longer than `phone_late_ms`.
    Late,
    /// Silent for longer than `phone_offline_ms`.
    Offline,
    Revoked,
}

/// A paired phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeviceView {
    pub id: i64,
    pub name: String,
    pub state: DeviceState,
    pub added_at: i64,
    pub last_seen_at: Option<i64>,
    pub last_address: String,
    /// `vmq`, `smsforwarder`, `hmac`, `json`, `push`, or empty.
    pub protocol: String,
    pub battery: Option<u8>,
    /// Median delay from the phone's clock to ours, corrected by the measured skew, ms.
    pub delay_ms: Option<i64>,
    /// How far the phone's clock is off, ms (ours − theirs).
    pub skew_ms: Option<i64>,
    pub today_count: u32,
    pub account_ids: Vec<i64>,
}

/// Everything needed to set up a phone, and how far it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Pairing {
    pub device: DeviceView,
    /// Addresses of this computer the phone may try, best first, `host:port`.
    pub addresses: Vec<String>,
    /// The device's own key (V免签 and HMAC) and bearer token (everything else). Shown to the owner only.
    pub key: String,
    pub token: String,
    /// `host:port/key`, and its code.
    pub host_key: String,
    pub host_key_drawing: Drawing,
    /// `vmq://config?url=…&key=…`, and its code.
    pub vmq_config: String,
    pub vmq_config_drawing: Drawing,
    /// For SmsForwarder: address, header lines, secret and template to paste.
    pub smsforwarder_url: String,
    pub smsforwarder_headers: String,
    pub smsforwarder_secret: String,
    pub smsforwarder_template: String,
    /// For MacroDroid, Tasker and others: address with the token in a header, and a body to paste.
    pub push_url: String,
    pub push_body: String,
    /// For the JSON of seed 002: address with the token in the path.
    pub json_url: String,
    pub checklist: Vec<CheckItem>,
}

/// One line of the pairing checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckItem {
    /// `port` (the LAN port is open beyond this computer), `contact` (any authenticated request),
    /// `heartbeat`, `push` (a notification arrived), `receipt` (one was understood as money), `clock` (skew is small).
    pub id: String,
    pub done: bool,
    /// A value to show (address, ms), language-neutral.
    pub detail: String,
}

/// One account on the counter screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DisplayCode {
    pub channel: Channel,
    pub label: String,
    pub fixed_amount: bool,
    pub drawing: Drawing,
}

/// What the counter screen shows: the phase and only what a customer may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum DisplayPhase {
    Idle {},
    Cart {
        lines: Vec<Line>,
        price_fen: Fen,
    },
    Pay {
        ticket_id: i64,
        number: u32,
        tag: Tag,
        gross_fen: Fen,
        discount_fen: Fen,
        rounding_fen: Fen,
        tail_fen: Fen,
        due_fen: Fen,
        opened_at: i64,
        expires_at: i64,
        codes: Vec<DisplayCode>,
    },
    /// The customer's code was scanned; the provider has not said yes or no.
    Processing {
        number: u32,
        tag: Tag,
        due_fen: Fen,
        channel: Channel,
        /// When the customer's time is up.
        until: i64,
    },
    Paid {
        number: u32,
        tag: Tag,
        paid_fen: Fen,
        channel: Channel,
        change_fen: Option<Fen>,
        until: i64,
    },
    Expired {
        number: u32,
        tag: Tag,
    },
}

/// The counter screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DisplayState {
    pub shop_name: String,
    pub lang: Lang,
    pub light: bool,
    pub practice: bool,
    /// What is shown would be paid on a provider's test system or a simulator: no real money.
    pub sandbox: bool,
    /// The till's clock when this state was made.
    pub now: i64,
    pub phase: DisplayPhase,
}

/// The address of `/display` for other screens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DisplayLink {
    pub url: String,
    pub drawing: Drawing,
}

/// The top bar's facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Health {
    pub version: String,
    pub practice: bool,
    pub now: i64,
    /// `host:port` the port listens on, empty when it could not be opened.
    pub listening: String,
    /// Why the port is closed, empty when it is open.
    pub listen_error: String,
    /// True while only this computer can reach the port (no device yet).
    pub loopback_only: bool,
    /// The best state among phones that are not revoked; `new` without any contact, null without a phone.
    pub phone: Option<DeviceState>,
    pub phone_last_seen_at: Option<i64>,
    /// Median delay of today's notices, ms.
    pub phone_delay_ms: Option<i64>,
    pub devices: Vec<DeviceView>,
    pub inbox_open: u32,
    pub refused_last_hour: u32,
    pub has_codes: bool,
    /// Channels whose payment codes can be scanned from the customer's phone.
    pub scans: Vec<Channel>,
    /// What customers' payment codes look like, of every provider, whether or not they can be scanned here.
    pub payment_codes: Vec<PaymentCode>,
    /// The contracts that are switched on, oldest first: another way to be paid than a phone.
    pub contracts: Vec<ContractHealth>,
    /// A contract in use is not for real money.
    pub sandbox: bool,
    /// Contracts wait for the passphrase of their keys.
    pub contracts_locked: bool,
    pub theme: Theme,
}

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Refusal {
    pub at: i64,
    pub address: String,
    /// Path without query.
    pub path: String,
    pub device_name: String,
    /// Stable id: `bad_signature`, `unknown_device`, `revoked`, `malformed`, `too_large`, `too_fast`, `clock`, `reused`…
    pub cause: String,
    pub message: String,
}

/// The rules in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RulesInfo {
    pub version: u32,
    /// `built-in`, or the path of the user's file.
    pub origin: String,
    /// Why the user's file is not in use, empty if fine.
    pub error: String,
}

/// How a notice reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NoticeVerdict {
    /// `receipt`, `not_receipt`, `unrecognised`.
    pub verdict: String,
    pub channel: Option<Channel>,
    pub amount_fen: Option<Fen>,
    pub rule: String,
}

/// What reading old texts again changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReplayReport {
    pub read: u32,
    pub applied: bool,
    pub changes: Vec<ReplayChange>,
}

/// One text that reads differently now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReplayChange {
    pub push_id: i64,
    pub received_at: i64,
    pub title: String,
    pub text: String,
    pub before: NoticeVerdict,
    pub after: NoticeVerdict,
    /// True when applying it puts the receipt into the inbox; false when it only shows (money history stays).
    pub applies: bool,
}

/// The practice phone is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PracticeStarted {
    /// It pays in this many ms.
    pub in_ms: i64,
}
