//! Tickets, money without a ticket, and what both need: phones and codes.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use till_core::{Channel, Fen};

/// Phones.
#[derive(Debug, Subcommand)]
pub enum Device {
    /// Pair a new phone: prints its key, its token and the texts to set it up with.
    Add {
        /// A name for the phone.
        name: String,
    },
    /// List the phones, newest first.
    List,
    /// End a phone's key at once.
    Revoke {
        /// The phone's id.
        id: i64,
    },
}

/// Receiving codes.
#[derive(Debug, Subcommand)]
pub enum Code {
    /// Read a picture of a receiving code and take it into use.
    Import {
        /// The picture (png, jpeg, webp, bmp, gif).
        picture: PathBuf,
        /// Whose code it is, where the picture does not say: wechat, alipay, unionpay, ecny, bank.
        #[arg(long)]
        channel: Option<Channel>,
        /// The amount this picture is fixed to, for instance 15.00.
        #[arg(long, value_name = "YUAN")]
        amount: Option<Fen>,
        /// A name for the new account.
        #[arg(long)]
        label: Option<String>,
        /// Add the code to this account instead of a new one.
        #[arg(long, value_name = "ID")]
        account: Option<i64>,
        /// Import in spite of warnings.
        #[arg(long)]
        yes: bool,
    },
    /// List the accounts with their codes.
    List,
}

/// Tickets.
#[derive(Debug, Subcommand)]
pub enum Ticket {
    /// Ring up an amount.
    Open {
        /// The price in yuan, for instance 15 or 15.00.
        price: Fen,
        /// A note.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Show one ticket.
    Show {
        /// The ticket's id (not its number of the day).
        id: i64,
    },
    /// List the newest tickets.
    List {
        /// Only these.
        #[arg(long)]
        status: Option<StatusArg>,
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Cancel a waiting ticket.
    Cancel {
        /// The ticket's id.
        id: i64,
    },
    /// Mark a ticket paid because a person saw the money.
    Settle {
        /// The ticket's id.
        id: i64,
        /// How it was paid: wechat, alipay, unionpay, ecny, bank, cash.
        #[arg(long)]
        channel: Channel,
        /// Why by hand.
        #[arg(long)]
        reason: String,
    },
    /// Take a ticket in cash instead.
    Cash {
        /// The ticket's id.
        id: i64,
        /// What the customer handed over, in yuan.
        #[arg(long, value_name = "YUAN")]
        tendered: Option<Fen>,
    },
    /// Charge the payment code on the customer's phone. The code is read from stdin: it is a secret for a minute.
    Scan {
        /// The ticket's id.
        id: i64,
    },
    /// Stop a charge that waits for the customer: asked once more, then cancelled. The ticket waits on.
    StopScan {
        /// The ticket's id.
        id: i64,
    },
    /// Ask the providers now how a ticket's payments stand.
    Ask {
        /// The ticket's id.
        id: i64,
    },
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StatusArg {
    /// Waiting for payment.
    Open,
    /// Paid.
    Paid,
    /// Ended without payment.
    Expired,
    /// Cancelled by a person.
    Cancelled,
}

/// Payments without a ticket.
#[derive(Debug, Subcommand)]
pub enum Inbox {
    /// List what waits for a person.
    List {
        /// Handled items too.
        #[arg(long)]
        all: bool,
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Settle the ticket an item is proposed to.
    Accept {
        /// The item's id.
        item: i64,
        /// This ticket, instead of the only one proposed.
        #[arg(long, value_name = "ID")]
        ticket: Option<i64>,
    },
    /// Settle any ticket with an item's money.
    Attach {
        /// The item's id.
        item: i64,
        /// The ticket's id.
        ticket: i64,
    },
    /// Put an item aside: not a sale.
    Ignore {
        /// The item's id.
        item: i64,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Send an item's money back the way it came. Only what came through a contract with a provider.
    Return {
        /// The item's id.
        item: i64,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// The practice phone.
#[derive(Debug, Subcommand)]
pub enum Practice {
    /// Let the practice phone pay a ticket.
    Pay {
        /// The ticket's id.
        ticket: i64,
        /// With a wrong amount.
        #[arg(long, group = "how")]
        wrong: bool,
        /// After the ticket has expired.
        #[arg(long, group = "how")]
        late: bool,
        /// Announced twice.
        #[arg(long, group = "how")]
        twice: bool,
    },
}
