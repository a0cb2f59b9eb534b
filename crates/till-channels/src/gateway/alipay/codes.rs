//! Alipay's codes and what they mean, as data. What is not listed is unknown: lists grow, and a new code must never
//! pass for a refusal or for money.

use super::super::{Answer, Call, Doubt, DoubtKind, Refusal, RefusalKind};
use super::envelope::Said;

/// Success of the call; what it says of the trade is in its fields.
const SUCCESS: &str = "10000";
/// The code of refusals that give their reason as `sub_code`.
pub(super) const FAILED: &str = "40004";

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The customer is asked for the password.
    Waiting,
    /// There is no such trade.
    NotThere,
    /// It has been paid, but this answer does not say what: a query does.
    Query,
    /// Alipay is in trouble: nothing is known.
    Trouble,
    /// Refused.
    Refused(RefusalKind),
}

/// The calls a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Any,
    Create,
    Scan,
    Query,
    End,
    Refund,
    RefundQuery,
    Bill,
}

impl Of {
    /// The row's word for a call about an order.
    pub(super) fn call(call: &Call) -> Of {
        match call {
            Call::Create => Of::Create,
            Call::Scan { .. } => Of::Scan,
            Call::Query => Of::Query,
            Call::End => Of::End,
            Call::Refund(_) => Of::Refund,
            Call::RefundQuery(_) => Of::RefundQuery,
        }
    }
}

/// One code: of which calls, its sub code where that decides, and its meaning.
pub(super) struct Row {
    pub(super) of: &'static [Of],
    pub(super) code: &'static str,
    /// None: whatever it is.
    pub(super) sub_code: Option<&'static str>,
    pub(super) meaning: Meaning,
}

const fn gateway(code: &'static str, meaning: Meaning) -> Row {
    Row { of: &[Of::Any], code, sub_code: None, meaning }
}

const fn business(of: &'static [Of], sub_code: &'static str, meaning: Meaning) -> Row {
    Row { of, code: FAILED, sub_code: Some(sub_code), meaning }
}

const BEGIN: &[Of] = &[Of::Create, Of::Scan];
const GIVE_BACK: &[Of] = &[Of::End, Of::Refund];

/// Sources: the open platform's common answer codes, and the error lists of the pages of `alipay.trade.precreate`,
/// `.pay`, `.query`, `.cancel`, `.refund`, `.fastpay.refund.query` and of the bill call.
pub(super) const ROWS: &[Row] = &[
    gateway("20000", Meaning::Trouble),
    gateway("20001", Meaning::Refused(RefusalKind::Settings)),
    gateway("40001", Meaning::Refused(RefusalKind::Settings)),
    gateway("40002", Meaning::Refused(RefusalKind::Settings)),
    gateway("40003", Meaning::Refused(RefusalKind::NotAllowed)),
    gateway("40006", Meaning::Refused(RefusalKind::NotAllowed)),
    Row { of: &[Of::Scan], code: "10003", sub_code: None, meaning: Meaning::Waiting },
    business(&[Of::Any], "ACQ.SYSTEM_ERROR", Meaning::Trouble),
    business(&[Of::Any], "ACQ.ACCESS_FORBIDDEN", Meaning::Refused(RefusalKind::NotAllowed)),
    business(&[Of::Any], "ACQ.INVALID_PARAMETER", Meaning::Refused(RefusalKind::Other)),
    business(BEGIN, "ACQ.PARTNER_ERROR", Meaning::Refused(RefusalKind::Settings)),
    business(BEGIN, "ACQ.EXIST_FORBIDDEN_WORD", Meaning::Refused(RefusalKind::Other)),
    business(BEGIN, "ACQ.TOTAL_FEE_EXCEED", Meaning::Refused(RefusalKind::Other)),
    business(BEGIN, "ACQ.TRADE_HAS_SUCCESS", Meaning::Query),
    business(BEGIN, "ACQ.CONTEXT_INCONSISTENT", Meaning::Refused(RefusalKind::NewNumber)),
    business(BEGIN, "ACQ.TRADE_HAS_CLOSE", Meaning::Refused(RefusalKind::NewNumber)),
    business(&[Of::Scan], "ACQ.PAYMENT_AUTH_CODE_INVALID", Meaning::Refused(RefusalKind::ScanAgain)),
    business(&[Of::Scan], "ACQ.BUYER_BALANCE_NOT_ENOUGH", Meaning::Refused(RefusalKind::OtherMeans)),
    business(&[Of::Scan], "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", Meaning::Refused(RefusalKind::OtherMeans)),
    business(&[Of::Scan], "ACQ.ERROR_BALANCE_PAYMENT_DISABLE", Meaning::Refused(RefusalKind::OtherMeans)),
    business(&[Of::Scan], "ACQ.PULL_MOBILE_CASHIER_FAIL", Meaning::Refused(RefusalKind::OtherMeans)),
    business(&[Of::Query, Of::End, Of::RefundQuery], "ACQ.TRADE_NOT_EXIST", Meaning::NotThere),
    business(&[Of::Refund], "ACQ.TRADE_NOT_EXIST", Meaning::Refused(RefusalKind::Other)),
    business(GIVE_BACK, "ACQ.SELLER_BALANCE_NOT_ENOUGH", Meaning::Refused(RefusalKind::NoFunds)),
    business(GIVE_BACK, "ACQ.TRADE_HAS_FINISHED", Meaning::Refused(RefusalKind::TooLate)),
    business(GIVE_BACK, "ACQ.REASON_TRADE_BEEN_FREEZEN", Meaning::Refused(RefusalKind::Other)),
    business(&[Of::End], "ACQ.TRADE_CANCEL_TIME_OUT", Meaning::Refused(RefusalKind::TooLate)),
    business(&[Of::End], "ACQ.CANCEL_NOT_ALLOWED", Meaning::Refused(RefusalKind::Other)),
    business(&[Of::Refund], "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", Meaning::Refused(RefusalKind::Other)),
    business(&[Of::Bill], "isp.bill_not_exist", Meaning::NotThere),
];

/// An authentic answer without success, and what its codes mean. Unlisted: none.
pub(super) struct Failure<'a> {
    code: &'a str,
    sub_code: Option<&'a str>,
    words: &'a str,
    pub(super) meaning: Option<Meaning>,
}

impl<'a> Failure<'a> {
    /// Looks the codes up; none: the call was a success. `error_response` is never one.
    pub(super) fn of(of: Of, said: &'a Said) -> Result<Option<Failure<'a>>, Doubt> {
        let (code, sub_code) = (said.need("code")?, said.get("sub_code"));
        if code == SUCCESS && !said.is_error {
            return Ok(None);
        }
        let row = ROWS.iter().find(|row| {
            row.code == code
                && (row.of == [Of::Any] || row.of.contains(&of))
                && row.sub_code.is_none_or(|sub| sub_code == Some(sub))
        });
        let words = said.get("sub_msg").or(said.get("msg")).unwrap_or_default();
        Ok(Some(Failure { code, sub_code, words, meaning: row.map(|row| row.meaning) }))
    }

    /// Alipay's code, the more exact one if there is one.
    fn name(&self) -> &'a str {
        self.sub_code.unwrap_or(self.code)
    }

    /// The refusal that it is.
    pub(super) fn refusal(&self, kind: RefusalKind) -> Refusal {
        Refusal { kind, code: self.name().to_owned(), message: self.words.to_owned() }
    }

    /// The doubt that remains if it is none.
    pub(super) fn doubt(&self) -> Doubt {
        let kind = if self.meaning == Some(Meaning::Trouble) { DoubtKind::Trouble } else { DoubtKind::Unlisted };
        Doubt::new(kind, self.name())
    }

    /// What it means for a call about an order.
    pub(super) fn answer(&self) -> Answer {
        match self.meaning {
            Some(Meaning::Waiting) => Answer::Waiting,
            Some(Meaning::NotThere) => Answer::NotThere,
            Some(Meaning::Refused(kind)) => Answer::Refused(self.refusal(kind)),
            Some(Meaning::Query | Meaning::Trouble) | None => Answer::Unknown(self.doubt()),
        }
    }
}
