//! Why a file could not be read as a statement.

use serde::Serialize;

/// Why a file gave no statement. Nothing of the file is kept when reading ends this way.
///
/// [`ReadError::id`] is stable; sentences for people are worded where languages live. `Display` is for logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "id", rename_all = "snake_case")]
pub enum ReadError {
    /// No bytes, or nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// More bytes, members, rows or cells than a statement has, packed or unpacked.
    #[error("too large: {what}")]
    TooLarge {
        /// What was over its limit: `bytes`, `members`, `rows`, `cells`.
        what: &'static str,
    },
    /// Readable, but no known statement: neither title nor header.
    #[error("not a known statement")]
    NotAStatement,
    /// A title was found, a header row was not.
    #[error("the header row is missing")]
    NoHeader,
    /// The header lacks a column without which rows cannot be understood.
    #[error("missing column {name}")]
    MissingColumn {
        /// The column's name as the newest form of the file writes it.
        name: String,
    },
    /// A row has a time but no readable amount, or the other way round.
    #[error("row {row}: cannot read {column}: {text:?}")]
    BadCell {
        /// Row in the file, from 1.
        row: u32,
        /// The column's name.
        column: String,
        /// What stands there, shortened.
        text: String,
    },
    /// The bytes are in no text encoding that these files use.
    #[error("the text encoding is unknown or the text is damaged")]
    UnknownText,
    /// A container (zip, gzip, workbook) is broken.
    #[error("damaged: {detail}")]
    Damaged {
        /// For the log.
        detail: String,
    },
    /// The zip has a password and none was given.
    #[error("the zip needs a password")]
    NeedsPassword,
    /// The zip has another password.
    #[error("wrong password")]
    WrongPassword,
    /// A zip inside a zip.
    #[error("a zip inside a zip is refused")]
    NestedZip,
    /// More than one statement in the zip: which one is meant?
    #[error("several statements in one zip: {names:?}")]
    SeveralStatements {
        /// Members that are statements.
        names: Vec<String>,
    },
    /// Only the summary (汇总) of a merchant bill: it has no rows to check.
    #[error("only the summary, not the rows")]
    SummaryOnly,
    /// A PDF: the wallet's proof for authorities. The export for one's own books (用于个人对账) is needed.
    #[error("a PDF, not a table")]
    ProofPdf,
    /// A workbook of Excel 97-2003: to be saved anew as XLSX or CSV.
    #[error("an old .xls workbook")]
    OldXls,
    /// A workbook with a password: to be saved anew without.
    #[error("a workbook with a password")]
    EncryptedXlsx,
    /// UnionPay rows have no year; it stands in the file name, and this name has none.
    #[error("the year is unknown: the file name is not INNyyMMdd…")]
    YearUnknown,
}

impl ReadError {
    /// The stable name of this error.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::NotAStatement => "not_a_statement",
            Self::NoHeader => "no_header",
            Self::MissingColumn { .. } => "missing_column",
            Self::BadCell { .. } => "bad_cell",
            Self::UnknownText => "unknown_text",
            Self::Damaged { .. } => "damaged",
            Self::NeedsPassword => "needs_password",
            Self::WrongPassword => "wrong_password",
            Self::NestedZip => "nested_zip",
            Self::SeveralStatements { .. } => "several_statements",
            Self::SummaryOnly => "summary_only",
            Self::ProofPdf => "proof_pdf",
            Self::OldXls => "old_xls",
            Self::EncryptedXlsx => "encrypted_xlsx",
            Self::YearUnknown => "year_unknown",
        }
    }

    pub(super) fn damaged(cause: impl std::fmt::Display) -> Self {
        Self::Damaged { detail: cause.to_string() }
    }

    pub(super) fn bad_cell(row: u32, column: &str, text: &str) -> Self {
        Self::BadCell { row, column: column.to_owned(), text: text.chars().take(40).collect() }
    }

    /// True when the bytes are simply something else, so that another member of a zip may be the statement.
    pub(super) const fn is_something_else(&self) -> bool {
        matches!(self, Self::NotAStatement | Self::Empty | Self::UnknownText | Self::ProofPdf | Self::OldXls)
    }
}
