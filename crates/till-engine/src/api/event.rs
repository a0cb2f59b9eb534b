use serde::{Deserialize, Serialize};
use till_core::{Channel, Fen};

use super::{DeliveryState, DeviceState, DisplayState, ExportJob, InboxReason, TicketView};

/// What happened. Sent after commit; a screen that needs a list asks for the list again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Event {
    /// A ticket was opened and its codes may be shown.
    #[serde(rename = "ticket://opened")]
    TicketOpened {
        /// The new ticket.
        ticket: TicketView,
    },
    /// A ticket is paid: the only event that may flood a screen green or play the chime.
    #[serde(rename = "ticket://paid")]
    TicketPaid {
        /// The paid ticket.
        ticket: TicketView,
    },
    /// A ticket changed in another way (expired, cancelled, shown…).
    #[serde(rename = "ticket://changed")]
    TicketChanged {
        /// Its new state.
        ticket: TicketView,
    },
    /// The inbox has a new or changed item. `alert` is true for money that needs a person now.
    #[serde(rename = "inbox://changed")]
    InboxChanged {
        /// The item, when one item changed.
        item_id: Option<i64>,
        /// Why it is there.
        reason: Option<InboxReason>,
        /// Its amount, if known.
        amount_fen: Option<Fen>,
        /// Its channel, if known.
        channel: Option<Channel>,
        /// Items that wait for a person.
        open: u32,
        /// True when it just arrived.
        alert: bool,
    },
    /// A device was added, revoked, heard from, or fell silent.
    #[serde(rename = "device://changed")]
    DeviceChanged {
        /// Which device.
        device_id: i64,
        /// Its name.
        name: String,
        /// Its state now.
        state: DeviceState,
        /// True when `state` differs from what was announced before.
        state_changed: bool,
    },
    /// A request on the LAN port was refused.
    #[serde(rename = "port://refused")]
    PortRefused {
        /// The address it came from.
        address: String,
        /// The cause, in the shop's language. Never a secret.
        cause: String,
    },
    /// What the counter screen shows changed.
    #[serde(rename = "display://changed")]
    DisplayChanged {
        /// The whole new state.
        display: DisplayState,
    },
    /// Settings, quick items, codes or parked drafts changed.
    #[serde(rename = "settings://changed")]
    SettingsChanged {},
    /// Somebody signed in, was locked out, or people changed.
    #[serde(rename = "session://changed")]
    SessionChanged {},
    /// A shift or a day was opened or closed, or cash moved.
    #[serde(rename = "shift://changed")]
    ShiftChanged {},
    /// A refund or a void was booked.
    #[serde(rename = "ticket://refunded")]
    TicketRefunded {
        /// The ticket with its refunds.
        ticket: TicketView,
    },
    /// An export moved on or ended.
    #[serde(rename = "export://changed")]
    ExportChanged {
        /// How it stands.
        job: ExportJob,
    },
    /// A statement was read or a line of one was dealt with.
    #[serde(rename = "statement://changed")]
    StatementChanged {
        /// Which statement.
        statement_id: i64,
    },
    /// A backup was made or failed.
    #[serde(rename = "backup://changed")]
    BackupChanged {
        /// Why it failed, in the shop's language; empty if it went well.
        trouble: String,
    },
    /// Programs were added, changed or revoked.
    #[serde(rename = "programs://changed")]
    ProgramsChanged {},
    /// A callback was delivered, failed or given up.
    #[serde(rename = "callback://changed")]
    CallbackChanged {
        /// The order's ticket.
        ticket_id: i64,
        /// Its number.
        number: u32,
        /// The program's name.
        program: String,
        /// How it stands.
        state: DeliveryState,
        /// Callbacks that wait or were given up.
        undelivered: u32,
    },
    /// Contracts with providers were added, changed or ended, or one fell silent or spoke again.
    #[serde(rename = "gateways://changed")]
    GatewaysChanged {},
    /// A desktop alert could not be shown; said once.
    #[serde(rename = "alert://failed")]
    AlertFailed {
        /// The cause.
        cause: String,
    },
}
