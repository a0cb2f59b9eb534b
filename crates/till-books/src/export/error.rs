//! Why a file could not be written.

/// Why a file could not be written. Whatever was written before is not a whole file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The disk, or whatever the bytes go to.
    #[error("the file could not be written: {0}")]
    Io(#[from] std::io::Error),
    /// Accounting presets take the day totals and nothing else.
    #[error("the preset {preset} takes the day totals only")]
    PresetTakesDaysOnly {
        /// Its name.
        preset: &'static str,
    },
    /// A row of another table than the file's.
    #[error("a file of {table} takes no other rows")]
    WrongTable {
        /// The file's table.
        table: &'static str,
    },
    /// An account name or code that the preset's program would refuse.
    #[error("the account “{name}” ({what}) is not one that this kind of file can name: {reason}")]
    BadAccount {
        /// Which setting: `wechat`, `sales`, …
        what: &'static str,
        /// What it says.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A setting other than an account.
    #[error("the setting {what} cannot be used: “{value}”")]
    BadOption {
        /// Which.
        what: &'static str,
        /// What it says.
        value: String,
    },
    /// No such channel, so no account to book it to.
    #[error("the day {business_date} has money of an unknown channel “{channel}”")]
    UnknownChannel {
        /// The name.
        channel: String,
        /// Where.
        business_date: String,
    },
    /// Not `YYYY-MM-DD`.
    #[error("not a business date: “{text}”")]
    BadDate {
        /// What it says.
        text: String,
    },
    /// An instant outside the years 1 to 9999.
    #[error("not an instant of our calendar: {at_ms} ms")]
    BadTime {
        /// Unix milliseconds.
        at_ms: i64,
    },
    /// A negative count of money where only the column's own sign is allowed.
    #[error("the {column} of {business_date} has the wrong sign: {fen} fen")]
    BadAmount {
        /// Its column.
        column: &'static str,
        /// Where.
        business_date: String,
        /// What it says, in fen.
        fen: i64,
    },
    /// The rows of accounting files come in order of days.
    #[error("the day {business_date} comes after {after}")]
    OutOfOrder {
        /// The day that comes too late.
        business_date: String,
        /// The day before it in the file.
        after: String,
    },
    /// `gross − discount − rounding − tail = due` does not hold in a row.
    #[error("ticket {ticket_no} of {business_date} does not add up: {sum} fen, due {due} fen")]
    DoesNotAddUp {
        /// Its day.
        business_date: String,
        /// Its number.
        ticket_no: i64,
        /// gross − discount − rounding − tail, in fen.
        sum: i64,
        /// What it says is due, in fen.
        due: i64,
    },
    /// Debit and credit differ. Nothing of that day was written.
    #[error("the entry of {business_date} does not balance: debit {debit} fen, credit {credit} fen")]
    Unbalanced {
        /// Its day.
        business_date: String,
        /// In fen.
        debit: i64,
        /// In fen.
        credit: i64,
    },
    /// A sum left the range of whole fen.
    #[error("a sum is too large")]
    TooLarge,
    /// A row failed before; the file cannot become whole any more.
    #[error("the file was given up after an earlier error")]
    GivenUp,
}

impl ExportError {
    /// A stable name for programs and for looking up the sentence in the shop's language.
    pub const fn id(&self) -> &'static str {
        match self {
            ExportError::Io(_) => "io",
            ExportError::PresetTakesDaysOnly { .. } => "preset_takes_days_only",
            ExportError::WrongTable { .. } => "wrong_table",
            ExportError::BadAccount { .. } => "bad_account",
            ExportError::BadOption { .. } => "bad_option",
            ExportError::UnknownChannel { .. } => "unknown_channel",
            ExportError::BadDate { .. } => "bad_date",
            ExportError::BadTime { .. } => "bad_time",
            ExportError::BadAmount { .. } => "bad_amount",
            ExportError::OutOfOrder { .. } => "out_of_order",
            ExportError::DoesNotAddUp { .. } => "does_not_add_up",
            ExportError::Unbalanced { .. } => "unbalanced",
            ExportError::TooLarge => "too_large",
            ExportError::GivenUp => "given_up",
        }
    }
}
