//! What can be typed after `qiantai`.

mod files;
mod gateways;
mod money;
mod programs;
mod shop;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

pub use files::*;
pub use gateways::*;
pub use money::*;
pub use programs::*;
pub use shop::*;

/// Words of the engine as the command line takes them.
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
use same_words;

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
    /// A file with the passphrase of the contracts' keys, for a start with nobody there; nobody else may be able to
    /// read it.
    #[arg(long, global = true, value_name = "FILE", env = "QIANTAI_PASSPHRASE_FILE")]
    pub passphrase_file: Option<PathBuf>,
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
    /// List the programs that may open tickets.
    Programs,
    /// Let a program open tickets: prints its secret and its address, this once.
    AddProgram(AddProgram),
    /// Make a new secret and token for a program; the old ones end at once.
    RenewProgram {
        /// The program's id.
        id: i64,
    },
    /// End a program's key at once.
    RevokeProgram {
        /// The program's id.
        id: i64,
    },
    /// List the orders of programs with their callbacks, newest first.
    Callbacks {
        /// Only those that are not delivered.
        #[arg(long)]
        undelivered: bool,
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Send an undelivered callback once more, now.
    SendAgain {
        /// The order's ticket.
        ticket: i64,
    },
    /// List the contracts with payment providers, and notices that failed their check.
    Gateways {
        /// List the fields that a contract with each provider has instead.
        #[arg(long)]
        fields: bool,
    },
    /// Add a contract with a payment provider.
    AddGateway(AddGateway),
    /// Change a contract.
    UpdateGateway(UpdateGateway),
    /// Ask the provider a harmless question: do the keys fit?
    TestGateway {
        /// The contract's id.
        id: i64,
    },
    /// End a contract. Refused while a trade of it waits.
    EndGateway {
        /// The contract's id.
        id: i64,
    },
    /// Choose the passphrase that locks the contracts' keys up where the system has no keychain, or another one.
    SetPassphrase(SetPassphrase),
    /// Open the contracts' keys of the running till with their passphrase. Without a till: only says whether it fits.
    UnlockContracts {
        /// A file with the passphrase (`-`: stdin); without it, the terminal is asked.
        file: Option<PathBuf>,
    },
    /// Give up a passphrase that nobody remembers. What it locked up is put aside; the keys must be entered again.
    ForgetPassphrase,
    /// Fetch a day's bill from a provider and check it against the till.
    FetchBill {
        /// The contract's id.
        id: i64,
        /// The day, YYYY-MM-DD.
        date: String,
        /// At most this many lines.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Say what a key or certificate file is. Nothing of it is kept.
    InspectKey {
        /// The file (`-`: stdin).
        file: PathBuf,
        /// A file that holds the PFX file's password (`-`: stdin).
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
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
mod tests;
