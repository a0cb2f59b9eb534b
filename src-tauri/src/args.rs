//! What can be typed after `qiantai`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use till_core::{Channel, Fen};

/// Qiantai (钱台): a till for small shops. Without a command it opens its windows.
///
/// Commands work through the running till where one runs, and on the data directory where none does.
/// Exit codes: 0 done, 1 failed, 2 wrong usage or value, 3 in use or unavailable, 4 not found, 5 conflict,
/// 6 the database is damaged or gone and needs a choice.
#[derive(Debug, Parser)]
#[command(name = "qiantai", version, args_conflicts_with_subcommands = false)]
pub struct Args {
    /// What applies to every mode.
    #[command(flatten)]
    pub common: Common,
    /// Run without any window; prints one JSON line when ready.
    #[arg(long)]
    pub headless: bool,
    /// Where the LAN port listens, instead of the address in the settings (port 0: any free one).
    #[arg(long, value_name = "ADDR", env = "QIANTAI_BIND")]
    pub bind: Option<SocketAddr>,
    /// No desktop alerts and no sounds.
    #[arg(long)]
    pub no_alerts: bool,
    /// What to do; nothing: open the windows.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every mode, before or after the command.
#[derive(Debug, Clone, ClapArgs)]
pub struct Common {
    /// The data directory.
    #[arg(long, global = true, value_name = "DIR", env = "QIANTAI_DATA")]
    pub data: Option<PathBuf>,
    /// Practice mode: its own book, a practice phone, no real money.
    #[arg(long, global = true)]
    pub practice: bool,
    /// Print the reply as one line of JSON; errors too, on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// The id of this act (1-64 characters): doing it twice does it once. Made anew if not given.
    #[arg(long, global = true, value_name = "ID")]
    pub request_id: Option<String>,
    /// Who allows what a cashier may not do; they are asked for their PIN.
    #[arg(long, global = true, value_name = "NAME")]
    pub approved_by: Option<String>,
    /// Read the PIN from this file (`-`: stdin) instead of the terminal.
    #[arg(long, global = true, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Phones that announce payments.
    #[command(subcommand)]
    Device(Device),
    /// Receiving codes (收款码).
    #[command(subcommand)]
    Code(Code),
    /// Tickets: sales being rung up.
    #[command(subcommand)]
    Ticket(Ticket),
    /// Payments without a ticket (收件箱).
    #[command(subcommand)]
    Inbox(Inbox),
    /// Rules that read notifications.
    #[command(subcommand)]
    Rules(Rules),
    /// Settings of the shop.
    #[command(subcommand)]
    Settings(Settings),
    /// Quick items on the till.
    #[command(subcommand)]
    Item(Item),
    /// The counter screen (顾客屏).
    #[command(subcommand)]
    Display(Display),
    /// Give somebody a new PIN in place of a forgotten one. Only while no till runs; the journal says so.
    ResetPin {
        /// Their name.
        name: String,
    },
    /// Write a file for the owner or the bookkeeper, and wait for it.
    Export(ExportArgs),
    /// List the files that were written, newest first.
    Exports {
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// The practice phone.
    #[command(subcommand)]
    Practice(Practice),
    /// Make a verified copy of the database now.
    Backup {
        /// Into this folder (a USB stick) instead of the usual one.
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// List what can be restored from, newest first.
    Backups,
    /// Look at a backup file thoroughly. Needs no till.
    CheckBackup {
        /// The file.
        file: PathBuf,
    },
    /// Put a backup in the place of the database; what is there now is kept under another name. A running till does it
    /// when it is started again.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Go on without a backup where the database is damaged or gone.
    Recover(Recover),
    /// Look at the whole database: pages, indexes, references, and the chain of the journal.
    Doctor,
    /// Wallets' statements (账单核对): check one against the till, or list those checked before.
    Statement(Statement),
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Ask anything the window can ask: `{"verb":"ring_up",…}` (`-` reads stdin). A missing `request_id` is added.
    Call {
        /// The request as JSON.
        request: String,
    },
}

/// How to go on. Restoring a backup is `qiantai restore`.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub struct Recover {
    /// Open the database as it is, where that is possible.
    #[arg(long)]
    pub keep_going: bool,
    /// Start with an empty till; the database is kept under another name.
    #[arg(long)]
    pub start_empty: bool,
}

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
}

/// Rules that read notifications.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Read notices from a file, one JSON object a line with `package`, `title`, `text`; one verdict a line.
    /// Needs no till and opens no shop; uses the `rules.toml` of `--data` only if that is given.
    Check {
        /// The file (`-`: stdin).
        file: PathBuf,
        /// Read with this rules file.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Read kept texts again with the rules in use and show what would change.
    Replay {
        /// Put newly understood money into the inbox.
        #[arg(long)]
        apply: bool,
    },
    /// Check a rules file: its form, and its own examples.
    Test {
        /// The rules file; the built-in rules if not given.
        #[arg(long)]
        file: Option<PathBuf>,
    },
}

/// Settings.
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Print all settings, or one.
    Get {
        /// Its name.
        key: Option<String>,
    },
    /// Change one setting.
    Set {
        /// Its name.
        key: String,
        /// Its new value.
        value: String,
    },
}

/// Quick items.
#[derive(Debug, Subcommand)]
pub enum Item {
    /// List the quick items.
    List,
    /// Replace them by a JSON list of `{"name":…,"price_fen":…,"category":…}`.
    Set {
        /// The file (`-`: stdin).
        file: PathBuf,
    },
}

/// Wallets' statements.
#[derive(Debug, ClapArgs)]
pub struct Statement {
    /// The file as it was exported (CSV, XLSX, zip). None: list the statements kept.
    #[arg(conflicts_with = "id")]
    pub file: Option<PathBuf>,
    /// Check a kept statement anew.
    #[arg(long, value_name = "ID")]
    pub id: Option<i64>,
    /// A file that holds the zip's password (`-`: stdin). Without it a terminal asks when one is needed.
    #[arg(long, value_name = "FILE", requires = "file")]
    pub password_file: Option<PathBuf>,
    /// At most this many lines.
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

/// The counter screen.
#[derive(Debug, Subcommand)]
pub enum Display {
    /// Print the link that shows it on another screen.
    Link,
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

/// What goes out, in which shape, for which days, to where.
#[derive(Debug, Clone, ClapArgs)]
pub struct ExportArgs {
    /// Which rows.
    #[arg(value_enum)]
    pub table: TableArg,
    /// In which shape. Those of accounting programs take `days` only.
    #[arg(long, value_enum, default_value_t = PresetArg::Csv)]
    pub preset: PresetArg,
    /// Which business days.
    #[arg(long, value_enum, default_value_t = SpanArg::Today)]
    pub span: SpanArg,
    /// First business day, YYYY-MM-DD; alone: that day.
    #[arg(long, value_name = "DATE", conflicts_with = "span")]
    pub from: Option<String>,
    /// Last business day.
    #[arg(long, value_name = "DATE", conflicts_with = "span")]
    pub to: Option<String>,
    /// Only this channel (sales and days).
    #[arg(long)]
    pub channel: Option<Channel>,
    /// The folder; the shop's own if not given.
    #[arg(long = "to-folder", value_name = "FOLDER")]
    pub to_folder: Option<PathBuf>,
}

/// Business days.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SpanArg {
    /// The present one.
    Today,
    /// The one before.
    Yesterday,
    /// Since Monday.
    Week,
    /// Since the first.
    Month,
}

macro_rules! same_words {
    ($(#[$doc:meta])* $name:ident of $of:ident { $($(#[$variant_doc:meta])* $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, ValueEnum)]
        #[value(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl From<$name> for till_engine::api::$of {
            fn from(arg: $name) -> till_engine::api::$of {
                match arg { $($name::$variant => till_engine::api::$of::$variant,)+ }
            }
        }
    };
}

same_words! {
    /// Which rows.
    TableArg of ExportTable {
        /// Payments, refunds and voids.
        Sales,
        /// Money that phones announced.
        Receipts,
        /// Sums of each business day and channel.
        Days,
        /// Who did what.
        Journal,
    }
}

same_words! {
    /// In which shape.
    PresetArg of ExportPreset {
        /// For programs.
        Csv,
        /// For a double click: Chinese headers.
        ExcelZh,
        /// A workbook.
        Xlsx,
        /// QuickBooks Online, three columns.
        Quickbooks,
        /// Xero bank statement.
        Xero,
        /// GnuCash, several splits.
        Gnucash,
        /// beancount.
        Beancount,
        /// ledger and hledger.
        Ledger,
        /// 金蝶 KIS vouchers.
        Kingdee,
        /// 金蝶云星空 vouchers.
        KingdeeCloud,
        /// 畅捷通 vouchers.
        Yonyou,
        /// 用友 T3 / U8 vouchers as text.
        YonyouTxt,
    }
}

impl Args {
    /// Refuses what does not fit together, in clap's own way of saying it.
    pub fn checked(self) -> Result<Args, clap::Error> {
        use clap::{CommandFactory, error::ErrorKind};
        if self.command.is_some() && self.headless {
            let mut command = Args::command();
            return Err(command.error(ErrorKind::ArgumentConflict, "--headless runs a till; it takes no command"));
        }
        Ok(self)
    }
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
