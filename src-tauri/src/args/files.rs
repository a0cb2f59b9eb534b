//! Files in and out: exports, statements, and going on where the database is damaged.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use till_core::Channel;

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

super::same_words! {
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

super::same_words! {
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
