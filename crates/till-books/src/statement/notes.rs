//! What the owner should know about a file besides its rows.

use serde::Serialize;

/// A total that the file declares, against its rows. Wallets admit that theirs may differ: shown, never refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// The file's own word for it: `收入`, `手续费总金额`.
    pub what: String,
    /// Declared number of rows.
    pub count: Option<u32>,
    /// Declared sum in fen.
    pub fen: Option<i64>,
    /// Number of rows counted.
    pub counted: Option<u32>,
    /// Sum counted, in fen.
    pub counted_fen: Option<i64>,
    /// Whether every declared figure equals the counted one.
    pub agrees: bool,
}

/// Something the owner should know about this file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "id", rename_all = "snake_case")]
pub enum Note {
    /// A spreadsheet turned ids into numbers (`4.2E+27`). Export again, do not open and save.
    IdsDamaged {
        /// How many cells.
        count: u32,
        /// The first such row.
        first_row: u32,
    },
    /// The times lost their seconds in a spreadsheet.
    SecondsLost {
        /// How many rows.
        count: u32,
    },
    /// A declared total differs from the rows.
    TotalsDisagree {
        /// The file's word for it.
        what: String,
    },
    /// Another sheet shows a statement too; it was not read.
    OtherSheetIgnored {
        /// The sheet's name.
        name: String,
    },
    /// The summary member of the zip holds no rows; its totals stand in `declared`.
    SummarySkipped {
        /// The member's name.
        name: String,
    },
    /// UnionPay's differences (ZME) stand beside the rows; they were not read.
    DifferencesSkipped {
        /// The member's name.
        name: String,
        /// Rows in it.
        rows: u32,
    },
    /// Another member of the zip is no statement.
    MemberSkipped {
        /// The member's name.
        name: String,
    },
    /// The title is cut away: account, range and filter are unknown.
    TitleMissing,
    /// The export was filtered: absence says nothing for what it left out.
    Filtered {
        /// The filter as printed.
        filter: String,
    },
    /// Rows without a time and without an amount.
    RowsSkipped {
        /// How many.
        count: u32,
        /// The first one.
        first_row: u32,
    },
    /// Rows in another currency than yuan; they were not read.
    ForeignCurrency {
        /// How many.
        count: u32,
        /// The first one.
        first_row: u32,
    },
    /// Rows that look like data stand after the footer (two files joined by hand?); they were not read.
    RowsAfterFooter {
        /// How many.
        count: u32,
        /// The first one.
        first_row: u32,
    },
    /// Some rows share the channel's id; each is kept, told apart by time, amount and type.
    IdsRepeated {
        /// How many rows.
        count: u32,
    },
}
