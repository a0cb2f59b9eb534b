//! The rows, borrowed: a caller lends the text of its database cursor and gets it back. Money in fen, instants in Unix
//! milliseconds (UTC), dates `YYYY-MM-DD`, texts `""` where there is none.

/// A sale, or a refund or void of one: a row whose status is `refunded` or `voided` and whose `refund` is above zero
/// has a `net_received` that is not.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns of the file; `columns::SALES` describes each")]
pub struct SaleRow<'a> {
    pub business_date: &'a str,
    pub opened_at: Option<i64>,
    pub paid_at: i64,
    pub ticket_no: i64,
    pub status: &'a str,
    pub exception: &'a str,
    pub channel: &'a str,
    pub account: &'a str,
    pub gross: i64,
    pub discount: i64,
    pub rounding: i64,
    pub tail: i64,
    /// Not a column: where given, `gross − discount − rounding − tail` must come to it.
    pub due: Option<i64>,
    pub net_received: i64,
    pub cash_tendered: Option<i64>,
    pub change: Option<i64>,
    pub refund: i64,
    pub payer_note: &'a str,
    pub note: &'a str,
    pub staff: &'a str,
    pub receipt_id: Option<i64>,
    pub provider_ref: &'a str,
    pub matched_by: &'a str,
    pub request_id: &'a str,
}

/// Money that a push said arrived.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns of the file; `columns::RECEIPTS` describes each")]
pub struct ReceiptRow<'a> {
    pub business_date: &'a str,
    pub received_at: i64,
    pub receipt_id: i64,
    pub channel: &'a str,
    pub amount: i64,
    pub device: &'a str,
    pub state: &'a str,
    pub ticket_no: Option<i64>,
    pub payer_note: &'a str,
    pub rule: &'a str,
    pub package: &'a str,
    pub title: &'a str,
    pub text: &'a str,
}

/// What one channel brought on one business day. `received` is before refunds and fees.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns of the file; `columns::DAYS` describes each")]
pub struct DayRow<'a> {
    pub business_date: &'a str,
    pub channel: &'a str,
    pub count: i64,
    pub gross: i64,
    pub discount: i64,
    pub rounding: i64,
    pub tail: i64,
    pub received: i64,
    pub refund_count: i64,
    pub refund: i64,
    pub fee: i64,
    pub z_number: Option<i64>,
}

/// A row of the journal.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns of the file; `columns::JOURNAL` describes each")]
pub struct JournalRow<'a> {
    pub seq: i64,
    pub at: i64,
    pub actor: &'a str,
    pub act: &'a str,
    pub subject: &'a str,
    pub before: &'a str,
    pub after: &'a str,
    pub hash_hex: &'a str,
}
