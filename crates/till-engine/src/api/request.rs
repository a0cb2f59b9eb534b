use serde::{Deserialize, Serialize};
pub use till_core::price::{Discount, Line, Priced, Sale};
use till_core::{Channel, Fen};

use super::Settings;
use super::view::*;

/// How a practice payment should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum PracticePay {
    /// The right amount.
    Exact,
    /// The price instead of the due amount, or a few fen off.
    WrongAmount,
    /// The right amount after the ticket has expired (the ticket is expired first).
    Late,
    /// The right amount, announced twice.
    Twice,
}

/// Everything that can be asked of a running till. Whatever changes something carries a `request_id`
/// (1–64 characters, unique per act): doing it twice does it once and answers as the first time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the verbs are documented one by one, their fields by their types and units")]
pub enum Request {
    // ── selling ──
    /// Opens a ticket: picks a due amount free on every account offered, holds it, shows it on the counter.
    RingUp { request_id: String, sale: Sale },
    /// Prices a sale without opening it: gross, discount, rounding (for the running entry).
    PriceSale { sale: Sale },
    /// A sale for cash at once, without codes. `tendered_fen` gives the change.
    SellCash { request_id: String, sale: Sale, tendered_fen: Option<Fen> },
    /// Takes a waiting or expired ticket in cash instead.
    TakeCash { request_id: String, ticket_id: i64, tendered_fen: Option<Fen> },
    /// Cancels a waiting ticket; its amount cools down.
    Cancel { request_id: String, ticket_id: i64 },
    /// Marks a ticket paid because a person saw the money. Needs a reason.
    ConfirmByHand { request_id: String, ticket_id: i64, channel: Channel, reason: String },
    /// Opens a new ticket with the lines of an expired or cancelled one.
    RingAgain { request_id: String, ticket_id: i64 },
    /// Chooses what the counter screen shows (`null`: the newest waiting ticket, else idle).
    Show { ticket_id: Option<i64> },
    /// Tells the counter screen the running entry before payment (cart); an empty sale clears it.
    ShowCart { sale: Option<Sale> },
    /// One ticket.
    Ticket { ticket_id: i64 },
    /// Tickets that wait, oldest first.
    Waiting {},
    /// The newest tickets, any state or one.
    Tickets { status: Option<Status>, limit: u32 },
    /// Today's count and sum (the sum is covered on the till until asked for).
    Today {},
    /// Sets a draft aside (挂单).
    Park { request_id: String, sale: Sale },
    /// Drafts set aside, oldest first.
    Parked {},
    /// Takes a draft back; it leaves the list.
    Unpark { request_id: String, parked_id: i64 },
    /// Quick items in order.
    Items {},
    /// Replaces the quick items.
    SaveItems { request_id: String, items: Vec<QuickItem> },
    // ── inbox ──
    /// Inbox items, newest first.
    Inbox { filter: InboxFilter, limit: u32 },
    /// One inbox item with its suggestions.
    InboxItem { item_id: i64 },
    /// Settles a ticket with the item's receipt (its proposed ticket or another).
    Accept { request_id: String, item_id: i64, ticket_id: i64 },
    /// Opens a sale for the item's amount and settles it at once (money without a ticket).
    OpenSale { request_id: String, item_id: i64, note: String },
    /// Puts an item aside with a reason: not a sale.
    Ignore { request_id: String, item_id: i64, reason: String },
    // ── receiving codes ──
    /// Reads a picture (base64) and says what was found; changes nothing.
    InspectPicture { picture_base64: String },
    /// Classifies a payload text; changes nothing.
    InspectPayload { payload: String },
    /// Adds a code: to a new account (`account_id` null) or to an account, replacing its code for the same amount.
    AddCode {
        request_id: String,
        payload: String,
        channel: Channel,
        account_id: Option<i64>,
        /// Name of a new account.
        label: String,
        /// Null for a code without an amount; the amount for one picture of a fixed-amount pool.
        amount_fen: Option<Fen>,
    },
    /// Accounts with their codes, in the order they are offered.
    Accounts {},
    /// Renames, enables, disables or moves an account.
    UpdateAccount {
        request_id: String,
        account_id: i64,
        label: Option<String>,
        enabled: Option<bool>,
        position: Option<i64>,
    },
    /// Takes one code out of use (its history stays).
    RemoveCode { request_id: String, code_id: i64 },
    // ── devices ──
    /// Pairs a new phone: makes its key and token. They are shown in this answer and in `Pairing` until first contact.
    AddDevice { request_id: String, name: String },
    /// Devices, newest first.
    Devices {},
    /// The pairing texts and the live checklist of one device.
    Pairing { device_id: i64 },
    /// Ends a device's key at once.
    RevokeDevice { request_id: String, device_id: i64 },
    /// Renames a device, or limits it to accounts (empty: all accounts).
    UpdateDevice { request_id: String, device_id: i64, name: Option<String>, account_ids: Option<Vec<i64>> },
    // ── settings and health ──
    /// All settings.
    Settings {},
    /// Replaces all settings.
    SaveSettings { request_id: String, settings: Settings },
    /// What the counter screen shows.
    Display {},
    /// The link for `/display` on another screen, with its read-only token.
    DisplayLink {},
    /// Makes a new display token; screens with the old one go dark.
    RenewDisplayLink { request_id: String },
    /// State of the port, the phones and the inbox, for the top bar.
    Health {},
    /// The newest refused requests on the port.
    Refused { limit: u32 },
    // ── rules ──
    /// Version and origin of the notification rules in use.
    Rules {},
    /// Reads one notice with the rules in use; changes nothing.
    ReadNotice { package: String, title: String, text: String },
    /// Reads kept raw texts again with the rules in use; `apply` puts newly understood money into the inbox.
    ReplayRules { request_id: String, apply: bool },
    // ── practice ──
    /// Makes the practice phone pay a ticket. Only in practice mode.
    PracticePay { request_id: String, ticket_id: i64, how: PracticePay },
}

/// For each verb, what comes back. Only its shape matters: it is how the TypeScript side learns the pairs.
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(dead_code, missing_docs, reason = "a type-level table for the bindings, never built")]
pub struct Replies {
    pub ring_up: TicketView,
    pub price_sale: Priced,
    pub sell_cash: TicketView,
    pub take_cash: TicketView,
    pub cancel: TicketView,
    pub confirm_by_hand: TicketView,
    pub ring_again: TicketView,
    pub show: DisplayState,
    pub show_cart: DisplayState,
    pub ticket: TicketView,
    pub waiting: Vec<TicketView>,
    pub tickets: Vec<TicketView>,
    pub today: Today,
    pub park: Vec<Parked>,
    pub parked: Vec<Parked>,
    pub unpark: Sale,
    pub items: Vec<QuickItem>,
    pub save_items: Vec<QuickItem>,
    pub inbox: InboxPage,
    pub inbox_item: InboxItem,
    pub accept: TicketView,
    pub open_sale: TicketView,
    pub ignore: InboxItem,
    pub inspect_picture: Vec<Inspected>,
    pub inspect_payload: Inspected,
    pub add_code: Vec<AccountView>,
    pub accounts: Vec<AccountView>,
    pub update_account: Vec<AccountView>,
    pub remove_code: Vec<AccountView>,
    pub add_device: Pairing,
    pub devices: Vec<DeviceView>,
    pub pairing: Pairing,
    pub revoke_device: Vec<DeviceView>,
    pub update_device: Vec<DeviceView>,
    pub settings: Settings,
    pub save_settings: Settings,
    pub display: DisplayState,
    pub display_link: DisplayLink,
    pub renew_display_link: DisplayLink,
    pub health: Health,
    pub refused: Vec<Refusal>,
    pub rules: RulesInfo,
    pub read_notice: NoticeVerdict,
    pub replay_rules: ReplayReport,
    pub practice_pay: PracticeStarted,
}

impl Request {
    /// The request id of a verb that changes something.
    pub fn request_id(&self) -> Option<&str> {
        use Request::*;
        match self {
            RingUp { request_id, .. }
            | SellCash { request_id, .. }
            | TakeCash { request_id, .. }
            | Cancel { request_id, .. }
            | ConfirmByHand { request_id, .. }
            | RingAgain { request_id, .. }
            | Park { request_id, .. }
            | Unpark { request_id, .. }
            | SaveItems { request_id, .. }
            | Accept { request_id, .. }
            | OpenSale { request_id, .. }
            | Ignore { request_id, .. }
            | AddCode { request_id, .. }
            | UpdateAccount { request_id, .. }
            | RemoveCode { request_id, .. }
            | AddDevice { request_id, .. }
            | RevokeDevice { request_id, .. }
            | UpdateDevice { request_id, .. }
            | SaveSettings { request_id, .. }
            | RenewDisplayLink { request_id, .. }
            | ReplayRules { request_id, .. }
            | PracticePay { request_id, .. } => Some(request_id),
            PriceSale { .. }
            | Show { .. }
            | ShowCart { .. }
            | Ticket { .. }
            | Waiting {}
            | Tickets { .. }
            | Today {}
            | Parked {}
            | Items {}
            | Inbox { .. }
            | InboxItem { .. }
            | InspectPicture { .. }
            | InspectPayload { .. }
            | Accounts {}
            | Devices {}
            | Pairing { .. }
            | Settings {}
            | Display {}
            | DisplayLink {}
            | Health {}
            | Refused { .. }
            | Rules {}
            | ReadNotice { .. } => None,
        }
    }
}
