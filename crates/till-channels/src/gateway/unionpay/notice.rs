//! Notices: the same messages, percent-encoded, sent to the back URL once something has happened.

use super::super::{About, Doubt, Heard, RawNotice, Source};
use super::codes::{Meaning, meaning};
use super::{Unionpay, answer, ask};

impl Unionpay {
    pub(super) fn heard(&self, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt> {
        let message = self.believed(&raw.body, now_ms)?;
        let number = message.need("orderId")?;
        let about = |doubt: Doubt| doubt.about(Some(number.to_owned()));
        let code = message.need("respCode").map_err(about)?;
        let succeeded = matches!(meaning(code), Some(Meaning::Success | Meaning::FlawedSuccess));
        let kind = message.need("txnType").map_err(about)?;
        let cancelled = ask::cancelled_number(number);
        let about_what = match (kind, cancelled) {
            ("01", _) if succeeded => About::Paid(answer::claim(&message, Source::Notice).map_err(about)?),
            // The number of a refund notice is the refund's own.
            ("04", _) => About::Refund { out_no: None, refund_no: Some(number.to_owned()), ask: false },
            ("31", Some(out_no)) if succeeded => About::Ended { out_no: out_no.to_owned() },
            ("31", Some(out_no)) => About::Other { out_no: Some(out_no.to_owned()), status: format!("31 {code}") },
            _ => About::Other { out_no: Some(number.to_owned()), status: format!("{kind} {code}") },
        };
        // Every transaction has a number of its own at UnionPay; each delivery repeats it.
        Ok(Heard { id: message.need("queryId").map_err(about)?.to_owned(), about: about_what })
    }
}
