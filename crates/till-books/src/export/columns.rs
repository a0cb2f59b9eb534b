//! The columns of the four tables, and how a row fills them: once, for CSV and workbooks alike.
//!
//! Headers are stable keys; their order is [`super::COLUMNS_VERSION`], and a new column goes to the end. Amounts are
//! yuan with two decimals and no sign of the currency, which has its own column. Times are the wall clock of the shop;
//! `utc_offset` is the one at the row's main instant (`paid_at`, `received_at`, `at`).

use super::error::ExportError;
use super::preset::Table;
use super::rows::{DayRow, JournalRow, ReceiptRow, SaleRow};

/// What a column holds, which decides how a workbook shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DD HH:MM:SS`.
    Time,
    /// A whole number to count or sort by.
    Count,
    /// Yuan.
    Money,
    /// Text, ids included: never a number, however it looks.
    Text,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The stable key.
    pub key: &'static str,
    /// The Chinese header.
    pub zh: &'static str,
    /// What it holds.
    pub kind: Kind,
}

macro_rules! columns {
    ($($key:literal $zh:literal $kind:ident,)+) => { &[$(Column { key: $key, zh: $zh, kind: Kind::$kind }),+] };
}

/// One row per sale, refund or void. `gross − discount − rounding − tail` is what was due; `net_received` is what came,
/// negative where it went back.
pub const SALES: &[Column] = columns! {
    "business_date" "营业日" Date,
    "opened_at" "开单时间" Time,
    "paid_at" "付款时间" Time,
    "utc_offset" "时区" Text,
    "ticket_no" "单号" Count,
    "status" "状态" Text,
    "exception" "异常" Text,
    "channel" "渠道" Text,
    "account" "收款账户" Text,
    "gross" "原价" Money,
    "discount" "折扣" Money,
    "rounding" "抹零" Money,
    "tail" "尾数" Money,
    "net_received" "实收" Money,
    "cash_tendered" "收到现金" Money,
    "change" "找零" Money,
    "refund" "退款" Money,
    "currency" "币种" Text,
    "payer_note" "付款备注" Text,
    "note" "备注" Text,
    "staff" "员工" Text,
    "till" "收银机" Text,
    "receipt_id" "收款编号" Text,
    "provider_ref" "交易号" Text,
    "matched_by" "对账方式" Text,
    "request_id" "请求编号" Text,
};

/// One row per receipt; `receipt_id` is the one in the sales.
pub const RECEIPTS: &[Column] = columns! {
    "business_date" "营业日" Date,
    "received_at" "收到时间" Time,
    "utc_offset" "时区" Text,
    "receipt_id" "收款编号" Text,
    "channel" "渠道" Text,
    "amount" "金额" Money,
    "currency" "币种" Text,
    "device" "手机" Text,
    "state" "状态" Text,
    "ticket_no" "单号" Count,
    "payer_note" "付款备注" Text,
    "rule" "识别规则" Text,
    "package" "应用" Text,
    "title" "通知标题" Text,
    "text" "通知内容" Text,
    "till" "收银机" Text,
};

/// One row per business day and channel. `received` is before refunds and fees.
pub const DAYS: &[Column] = columns! {
    "business_date" "营业日" Date,
    "channel" "渠道" Text,
    "count" "笔数" Count,
    "gross" "原价" Money,
    "discount" "折扣" Money,
    "rounding" "抹零" Money,
    "tail" "尾数" Money,
    "received" "实收" Money,
    "refund_count" "退款笔数" Count,
    "refund" "退款" Money,
    "fee" "手续费" Money,
    "currency" "币种" Text,
    "z_number" "日结号" Count,
    "till" "收银机" Text,
};

/// One row per act; `hash` binds each to the one before.
pub const JOURNAL: &[Column] = columns! {
    "seq" "序号" Count,
    "at" "时间" Time,
    "utc_offset" "时区" Text,
    "actor" "操作人" Text,
    "act" "动作" Text,
    "subject" "对象" Text,
    "before" "之前" Text,
    "after" "之后" Text,
    "hash" "校验值" Text,
};

/// The columns of a table.
pub const fn of(table: Table) -> &'static [Column] {
    match table {
        Table::Sales => SALES,
        Table::Receipts => RECEIPTS,
        Table::Days => DAYS,
        Table::Journal => JOURNAL,
    }
}

/// Where cells go, left to right.
pub(crate) trait Cells {
    fn date(&mut self, date: &str) -> Result<(), ExportError>;
    fn time(&mut self, at_ms: Option<i64>) -> Result<(), ExportError>;
    fn offset(&mut self, at_ms: i64) -> Result<(), ExportError>;
    fn count(&mut self, number: Option<i64>) -> Result<(), ExportError>;
    fn money(&mut self, fen: Option<i64>) -> Result<(), ExportError>;
    /// A text that somebody wrote.
    fn text(&mut self, text: &str) -> Result<(), ExportError>;
    /// A word of ours, which files for people translate.
    fn word(&mut self, word: &str) -> Result<(), ExportError>;
    /// A number that names something.
    fn id(&mut self, id: Option<i64>) -> Result<(), ExportError>;
    fn end_row(&mut self) -> Result<(), ExportError>;
}

/// What every row of a file shares.
pub(crate) struct Shared {
    pub(crate) currency: String,
    pub(crate) till: String,
}

pub(crate) fn sale(row: &SaleRow<'_>, shared: &Shared, to: &mut impl Cells) -> Result<(), ExportError> {
    to.date(row.business_date)?;
    to.time(row.opened_at)?;
    to.time(Some(row.paid_at))?;
    to.offset(row.paid_at)?;
    to.count(Some(row.ticket_no))?;
    to.word(row.status)?;
    to.word(row.exception)?;
    to.word(row.channel)?;
    to.text(row.account)?;
    to.money(Some(row.gross))?;
    to.money(Some(row.discount))?;
    to.money(Some(row.rounding))?;
    to.money(Some(row.tail))?;
    to.money(Some(row.net_received))?;
    to.money(row.cash_tendered)?;
    to.money(row.change)?;
    to.money(Some(row.refund))?;
    to.text(&shared.currency)?;
    to.text(row.payer_note)?;
    to.text(row.note)?;
    to.text(row.staff)?;
    to.text(&shared.till)?;
    to.id(row.receipt_id)?;
    to.text(row.provider_ref)?;
    to.word(row.matched_by)?;
    to.text(row.request_id)?;
    to.end_row()
}

pub(crate) fn receipt(row: &ReceiptRow<'_>, shared: &Shared, to: &mut impl Cells) -> Result<(), ExportError> {
    to.date(row.business_date)?;
    to.time(Some(row.received_at))?;
    to.offset(row.received_at)?;
    to.id(Some(row.receipt_id))?;
    to.word(row.channel)?;
    to.money(Some(row.amount))?;
    to.text(&shared.currency)?;
    to.text(row.device)?;
    to.word(row.state)?;
    to.count(row.ticket_no)?;
    to.text(row.payer_note)?;
    to.text(row.rule)?;
    to.text(row.package)?;
    to.text(row.title)?;
    to.text(row.text)?;
    to.text(&shared.till)?;
    to.end_row()
}

pub(crate) fn day(row: &DayRow<'_>, shared: &Shared, to: &mut impl Cells) -> Result<(), ExportError> {
    to.date(row.business_date)?;
    to.word(row.channel)?;
    to.count(Some(row.count))?;
    to.money(Some(row.gross))?;
    to.money(Some(row.discount))?;
    to.money(Some(row.rounding))?;
    to.money(Some(row.tail))?;
    to.money(Some(row.received))?;
    to.count(Some(row.refund_count))?;
    to.money(Some(row.refund))?;
    to.money(Some(row.fee))?;
    to.text(&shared.currency)?;
    to.count(row.z_number)?;
    to.text(&shared.till)?;
    to.end_row()
}

pub(crate) fn journal(row: &JournalRow<'_>, to: &mut impl Cells) -> Result<(), ExportError> {
    to.count(Some(row.seq))?;
    to.time(Some(row.at))?;
    to.offset(row.at)?;
    to.text(row.actor)?;
    to.text(row.act)?;
    to.text(row.subject)?;
    to.text(row.before)?;
    to.text(row.after)?;
    to.text(row.hash_hex)?;
    to.end_row()
}
