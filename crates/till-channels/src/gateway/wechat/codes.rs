//! What WeChat Pay's codes and states mean, as data. A code that does not stand in the table of its call means nothing:
//! the answer is unknown, and the till asks.
//!
//! A refusal of a question ("how does it stand?") says nothing about money, so the tables of questions hold none.

use crate::gateway::{Answer, Doubt, DoubtKind, Refusal, RefusalKind};

/// What an error code means.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    /// Nothing was charged, or given back, by this request.
    Refused(RefusalKind),
    /// How the order stands must be asked: the customer is at it, or an earlier request came through.
    Ask,
    /// No such order, or refund.
    NotThere,
    /// The order can never be paid any more.
    Ended,
    /// The same request again.
    Again,
    /// WeChat Pay is in trouble: the request may have been carried out.
    Trouble,
    /// There is no such file, or not yet.
    NoFile,
}

use Meaning::{Again, Ask, Ended, NoFile, NotThere, Refused, Trouble};

/// Codes of one call.
pub(super) type Table = &'static [(&'static str, Meaning)];

/// v2: the request itself does not do; for every call that begins something.
pub(super) const V2_BEGIN: Table = &[
    ("NOAUTH", Refused(RefusalKind::NotAllowed)),
    ("PARAM_ERROR", Refused(RefusalKind::Settings)),
    ("SIGNERROR", Refused(RefusalKind::Settings)),
    ("LACK_PARAMS", Refused(RefusalKind::Settings)),
    ("XML_FORMAT_ERROR", Refused(RefusalKind::Settings)),
    ("POST_DATA_EMPTY", Refused(RefusalKind::Settings)),
    ("NOT_UTF8", Refused(RefusalKind::Settings)),
    ("REQUIRE_POST_METHOD", Refused(RefusalKind::Settings)),
    ("APPID_NOT_EXIST", Refused(RefusalKind::Settings)),
    ("MCHID_NOT_EXIST", Refused(RefusalKind::Settings)),
    ("APPID_MCHID_NOT_MATCH", Refused(RefusalKind::Settings)),
    ("FREQUENCY_LIMITED", Refused(RefusalKind::TooOften)),
    ("SYSTEMERROR", Trouble),
];

/// v2 unifiedorder. A number that is used may be our own, from a request whose answer was lost.
pub(super) const V2_CREATE: Table = &[("ORDERPAID", Ask), ("OUT_TRADE_NO_USED", Ask), ("ORDERCLOSED", Ended)];

/// v2 micropay.
pub(super) const V2_SCAN: Table = &[
    ("USERPAYING", Ask),
    ("ORDERPAID", Ask),
    ("OUT_TRADE_NO_USED", Ask),
    ("BANKERROR", Trouble),
    ("ORDERCLOSED", Ended),
    ("ORDERREVERSED", Ended),
    ("AUTHCODEEXPIRE", Refused(RefusalKind::ScanAgain)),
    ("AUTH_CODE_ERROR", Refused(RefusalKind::ScanAgain)),
    ("AUTH_CODE_INVALID", Refused(RefusalKind::ScanAgain)),
    ("NOTENOUGH", Refused(RefusalKind::OtherMeans)),
    ("NOTSUPORTCARD", Refused(RefusalKind::OtherMeans)),
    ("BUYER_MISMATCH", Refused(RefusalKind::NewNumber)),
    ("TRADE_ERROR", Refused(RefusalKind::Other)),
];

/// v2 orderquery.
pub(super) const V2_QUERY: Table = &[("ORDERNOTEXIST", NotThere), ("SYSTEMERROR", Trouble)];

/// v2 closeorder and reverse.
pub(super) const V2_END: Table = &[
    ("ORDERPAID", Ask),
    ("USERPAYING", Ask),
    ("ORDERCLOSED", Ended),
    ("ORDERREVERSED", Ended),
    ("ORDERNOTEXIST", NotThere),
    ("REVERSE_EXPIRE", Refused(RefusalKind::TooLate)),
    ("SYSTEMERROR", Trouble),
];

/// v2 refund.
pub(super) const V2_REFUND: Table = &[
    ("BIZERR_NEED_RETRY", Again),
    ("TRADE_OVERDUE", Refused(RefusalKind::TooLate)),
    ("NOTENOUGH", Refused(RefusalKind::NoFunds)),
    ("USER_ACCOUNT_ABNORMAL", Refused(RefusalKind::Other)),
    ("INVALID_REQ_TOO_MUCH", Refused(RefusalKind::TooOften)),
    ("INVALID_TRANSACTIONID", Refused(RefusalKind::Other)),
    ("ORDERNOTEXIST", Refused(RefusalKind::Other)),
    ("REFUND_FEE_MISMATCH", Refused(RefusalKind::Other)),
    ("ORDER_NOT_READY", Refused(RefusalKind::Other)),
    ("CERT_ERROR", Refused(RefusalKind::Settings)),
];

/// v2 refundquery.
pub(super) const V2_REFUND_QUERY: Table = &[("REFUNDNOTEXIST", NotThere), ("SYSTEMERROR", Trouble)];

/// v3: the request itself does not do; for every call that begins something.
pub(super) const V3_BEGIN: Table = &[
    ("PARAM_ERROR", Refused(RefusalKind::Settings)),
    ("SIGN_ERROR", Refused(RefusalKind::Settings)),
    ("APPID_MCHID_NOT_MATCH", Refused(RefusalKind::Settings)),
    ("MCH_NOT_EXISTS", Refused(RefusalKind::Settings)),
    ("NO_AUTH", Refused(RefusalKind::NotAllowed)),
    ("FREQUENCY_LIMITED", Refused(RefusalKind::TooOften)),
    ("RATELIMIT_EXCEEDED", Refused(RefusalKind::TooOften)),
    ("SYSTEM_ERROR", Trouble),
];

/// v3 native, jsapi, app and h5.
pub(super) const V3_CREATE: Table = &[
    ("ORDER_PAID", Ask),
    ("ORDERPAID", Ask),
    ("OUT_TRADE_NO_USED", Ask),
    ("ORDER_CLOSED", Ended),
    ("INVALID_REQUEST", Refused(RefusalKind::Other)),
];

/// v3 codepay. INVALID_REQUEST is not here: it also says that the number was used before.
pub(super) const V3_SCAN: Table = &[
    ("USERPAYING", Ask),
    ("ORDER_PAID", Ask),
    ("ORDERPAID", Ask),
    ("OUT_TRADE_NO_USED", Ask),
    ("BANK_ERROR", Trouble),
    ("BANKERROR", Trouble),
    ("ORDER_CLOSED", Ended),
    ("ORDER_REVERSED", Ended),
    ("AUTH_CODE_EXPIRE", Refused(RefusalKind::ScanAgain)),
    ("AUTH_CODE_ERROR", Refused(RefusalKind::ScanAgain)),
    ("AUTH_CODE_INVALID", Refused(RefusalKind::ScanAgain)),
    ("NOT_ENOUGH", Refused(RefusalKind::OtherMeans)),
    ("TRADE_ERROR", Refused(RefusalKind::Other)),
];

/// v3 queries of an order.
pub(super) const V3_QUERY: Table =
    &[("ORDER_NOT_EXIST", NotThere), ("ORDERNOTEXIST", NotThere), ("SYSTEM_ERROR", Trouble)];

/// v3 close and reverse.
pub(super) const V3_END: Table = &[
    ("ORDER_PAID", Ask),
    ("ORDERPAID", Ask),
    ("USERPAYING", Ask),
    ("ORDER_CLOSED", Ended),
    ("ORDER_REVERSED", Ended),
    ("ORDER_NOT_EXIST", NotThere),
    ("ORDERNOTEXIST", NotThere),
    ("SYSTEM_ERROR", Trouble),
];

/// v3 refunds.
pub(super) const V3_REFUND: Table = &[
    ("NOT_ENOUGH", Refused(RefusalKind::NoFunds)),
    ("USER_ACCOUNT_ABNORMAL", Refused(RefusalKind::Other)),
    ("RESOURCE_NOT_EXISTS", Refused(RefusalKind::Other)),
    ("INVALID_REQUEST", Refused(RefusalKind::Other)),
];

/// v3 query of a refund.
pub(super) const V3_REFUND_QUERY: Table = &[("RESOURCE_NOT_EXISTS", NotThere), ("SYSTEM_ERROR", Trouble)];

/// v3 tradebill.
pub(super) const V3_BILL: Table = &[("NO_STATEMENT_EXIST", NoFile), ("STATEMENT_CREATING", NoFile)];

/// An error of the provider's, authenticated.
pub(super) struct Failure {
    /// Its code.
    pub(super) code: String,
    /// Its words.
    pub(super) message: String,
}

impl Failure {
    /// What it means by these tables; none if it is not listed.
    pub(super) fn meaning(&self, tables: &[Table]) -> Option<Meaning> {
        let mut rows = tables.iter().flat_map(|table| table.iter());
        rows.find(|(code, _)| *code == self.code).map(|(_, meaning)| *meaning)
    }

    /// The answer it amounts to by these tables.
    pub(super) fn answer(self, tables: &[Table]) -> Answer {
        match self.meaning(tables) {
            Some(Refused(kind)) => Answer::Refused(self.refusal(kind)),
            Some(Ask) => Answer::Waiting,
            Some(NotThere) => Answer::NotThere,
            Some(Ended) => Answer::Ended { gave_back: false },
            Some(Again) => Answer::Again,
            Some(Trouble) => Answer::Unknown(Doubt::new(DoubtKind::Trouble, self.code)),
            Some(NoFile) | None => Answer::Unknown(Doubt::new(DoubtKind::Unlisted, self.code)),
        }
    }

    /// A refusal in the provider's words.
    pub(super) fn refusal(self, kind: RefusalKind) -> Refusal {
        Refusal { kind, code: self.code, message: self.message }
    }
}

/// What `trade_state` means.
#[derive(Clone, Copy)]
pub(super) enum TradeState {
    /// Paid.
    Paid,
    /// It may still be paid.
    Open,
    /// It will never be paid.
    Dead,
}

/// Reads `trade_state`, v2 and v3. REFUND is not here: it says that money went back, not whether all of it did. Read as the
/// end, a refund in part that somebody made in the merchant's console before the till heard of the payment would hide the
/// rest; read as paid, a refund in full would pay a ticket with nothing.
pub(super) fn trade_state(text: &str) -> Option<TradeState> {
    match text {
        "SUCCESS" => Some(TradeState::Paid),
        "NOTPAY" | "USERPAYING" | "ACCEPT" => Some(TradeState::Open),
        "CLOSED" | "REVOKED" | "PAYERROR" => Some(TradeState::Dead),
        _ => None,
    }
}

/// What the state of a refund amounts to, v2 and v3. ABNORMAL and CHANGE are for people: the money left, and the customer's
/// bank did not take it.
pub(super) fn refund_state(text: &str, trade_no: Option<String>, amount: Option<till_core::Fen>) -> Answer {
    match text {
        "SUCCESS" => Answer::Refunded { trade_no, amount },
        "PROCESSING" => Answer::RefundPending { trade_no },
        "CLOSED" | "REFUNDCLOSE" => {
            let closed = Failure { code: text.to_owned(), message: String::new() };
            Answer::Refused(closed.refusal(RefusalKind::Other))
        }
        "ABNORMAL" | "CHANGE" => Answer::Unknown(Doubt::new(DoubtKind::Trouble, text)),
        _ => Answer::Unknown(Doubt::new(DoubtKind::Unlisted, text)),
    }
}
