//! What the answers mean.

use till_core::Fen;

use super::super::{
    Answer, Call, Claim, Doubt, DoubtKind, Office, OfficeAnswer, Order, RefundOrder, Refusal, RefusalKind, Reply,
    Source, moment,
};
use super::codes::{Meaning, meaning};
use super::message::{Message, unreadable};
use super::{Unionpay, ask, file};

/// What an answer must repeat of its question, so that no other answer can stand in for it.
struct Asked<'a> {
    kind: &'static str,
    number: &'a str,
    at: i64,
}

impl Unionpay {
    pub(super) fn answer(&self, order: &Order, call: &Call, reply: &Reply, now_ms: i64) -> Result<Answer, Doubt> {
        let cancel = ask::cancel_number(&order.out_no);
        let (kind, number, at) = match call {
            Call::Create | Call::Scan { .. } => ("01", order.out_no.as_str(), order.created_at),
            Call::Query => ("00", order.out_no.as_str(), order.created_at),
            Call::End if order.trade_no.is_none() => (ask::REVERSAL, order.out_no.as_str(), order.created_at),
            Call::End => ("31", cancel.as_str(), order.created_at),
            Call::Refund(refund) => ("04", refund.refund_no.as_str(), refund.created_at),
            Call::RefundQuery(refund) => ("00", refund.refund_no.as_str(), refund.created_at),
        };
        let message = self.authentic(reply, now_ms)?;
        message_answers(&message, &Asked { kind, number, at })?;
        let code = message.need("respCode")?;
        match call {
            Call::Create => accepted(&message, code, |m| Ok(Answer::Code(qr_code(m)?))),
            // No notice follows a reversal, and no query tells of it: the answer is all there is. Whether money had come, it
            // does not say.
            Call::End if order.trade_no.is_none() => {
                accepted(&message, code, |_| Ok(Answer::Ended { gave_back: false }))
            }
            Call::Scan { .. } | Call::End => accepted(&message, code, |_| Ok(Answer::Waiting)),
            Call::Refund(_) => accepted(&message, code, |m| {
                Ok(Answer::RefundPending { trade_no: m.get("queryId").map(str::to_owned) })
            }),
            Call::Query => asked(&message, code, |m, fate| self.how_it_stands(order, m, fate)),
            Call::RefundQuery(refund) => asked(&message, code, |m, fate| how_refund_stands(refund, m, fate)),
        }
    }

    /// A payment that was asked about.
    fn how_it_stands(&self, order: &Order, message: &Message, fate: &str) -> Result<Answer, Doubt> {
        match meaning(fate) {
            Some(Meaning::Success | Meaning::FlawedSuccess) => Ok(Answer::Paid(claim(message, Source::Answer)?)),
            Some(Meaning::Working) => Ok(Answer::Waiting),
            // A code may be tried again, with another card: only what we scanned has failed for good.
            Some(Meaning::Refused(_)) if !order.scanned => Ok(Answer::Waiting),
            Some(Meaning::Refused(kind)) => Ok(Answer::Refused(refusal(kind, fate, message.get("origRespMsg")))),
            found => Err(doubt(found, "origRespCode", fate)),
        }
    }

    pub(super) fn office_answer(&self, office: &Office, reply: &Reply, now_ms: i64) -> Result<OfficeAnswer, Doubt> {
        let kind = match office {
            Office::Bill { .. } => "76",
            Office::Test => "00",
            Office::File { .. } | Office::Certificates | Office::TestOlder => {
                return Err(unreadable("UnionPay was asked for no such thing"));
            }
        };
        let message = self.authentic(reply, now_ms)?;
        if message.need("txnType")? != kind {
            return Err(Doubt::new(DoubtKind::NotOurs, "the answer to another question"));
        }
        let code = message.need("respCode")?;
        match (office, meaning(code)) {
            (Office::Bill { date }, Some(Meaning::Success)) => file::unpacked(&message, &self.mer_id, date),
            (Office::Bill { .. }, Some(Meaning::NoFile)) => Ok(OfficeAnswer::NoFile),
            // Whoever signed it knows the shop and its certificate; that there is no such order is as it should be.
            (Office::Test, Some(Meaning::NotThere)) => Ok(OfficeAnswer::Works),
            (_, Some(Meaning::Refused(kind))) => Ok(OfficeAnswer::Refused(refusal(kind, code, message.get("respMsg")))),
            (_, found) => Err(doubt(found, "respCode", code)),
        }
    }

    /// An answer that is UnionPay's and about this shop.
    fn authentic(&self, reply: &Reply, now_ms: i64) -> Result<Message, Doubt> {
        if reply.status != 200 {
            return Err(Doubt::new(DoubtKind::Trouble, format!("HTTP {}", reply.status)));
        }
        self.believed(&reply.body, now_ms)
    }

    /// A message that is UnionPay's and about this shop. A doubt names the order it says it is about.
    pub(super) fn believed(&self, body: &[u8], now_ms: i64) -> Result<Message, Doubt> {
        let message = Message::read(body)?;
        let about = |doubt: Doubt| doubt.about(message.get("orderId").map(str::to_owned));
        self.trust.believe(&message, now_ms).map_err(about)?;
        if message.need("merId").map_err(about)? != self.mer_id {
            return Err(about(Doubt::new(DoubtKind::NotOurs, "merId")));
        }
        Ok(message)
    }
}

fn message_answers(message: &Message, asked: &Asked<'_>) -> Result<(), Doubt> {
    let repeats = message.need("txnType")? == asked.kind
        && message.need("orderId")? == asked.number
        && message.need("txnTime")? == moment::packed(asked.at);
    if repeats { Ok(()) } else { Err(Doubt::new(DoubtKind::NotOurs, "the answer to another question")) }
}

/// The answer to a request that moves money: `00` says that it was taken on, no more.
fn accepted(
    message: &Message,
    code: &str,
    then: impl FnOnce(&Message) -> Result<Answer, Doubt>,
) -> Result<Answer, Doubt> {
    match meaning(code) {
        Some(Meaning::Success) => then(message),
        Some(Meaning::Refused(kind)) => Ok(Answer::Refused(refusal(kind, code, message.get("respMsg")))),
        found => Err(doubt(found, "respCode", code)),
    }
}

/// The answer to a question. Its own code is about the question; what was asked about stands in `origRespCode`.
fn asked(
    message: &Message,
    code: &str,
    then: impl FnOnce(&Message, &str) -> Result<Answer, Doubt>,
) -> Result<Answer, Doubt> {
    match meaning(code) {
        Some(Meaning::Success) => then(message, message.need("origRespCode")?),
        Some(Meaning::NotThere) => Ok(Answer::NotThere),
        // A question that was refused says nothing about what it asked for.
        found => Err(doubt(found, "respCode", code)),
    }
}

fn how_refund_stands(refund: &RefundOrder, message: &Message, fate: &str) -> Result<Answer, Doubt> {
    match meaning(fate) {
        Some(Meaning::Success | Meaning::FlawedSuccess) => {
            let amount = fen(message.need("txnAmt")?)?;
            if amount != refund.amount {
                return Err(Doubt::new(DoubtKind::NotOurs, "another amount"));
            }
            Ok(Answer::Refunded { trade_no: Some(message.need("queryId")?.to_owned()), amount: Some(amount) })
        }
        Some(Meaning::Working) => Ok(Answer::RefundPending { trade_no: message.get("queryId").map(str::to_owned) }),
        Some(Meaning::Refused(kind)) => Ok(Answer::Refused(refusal(kind, fate, message.get("origRespMsg")))),
        found => Err(doubt(found, "origRespCode", fate)),
    }
}

fn refusal(kind: RefusalKind, code: &str, words: Option<&str>) -> Refusal {
    Refusal { kind, code: code.to_owned(), message: words.unwrap_or_default().to_owned() }
}

/// A code that settles nothing.
fn doubt(found: Option<Meaning>, name: &str, code: &str) -> Doubt {
    let kind = if found == Some(Meaning::Unsure) { DoubtKind::Trouble } else { DoubtKind::Unlisted };
    Doubt::new(kind, format!("{name} {code}"))
}

/// What a believed message says was paid.
pub(super) fn claim(message: &Message, source: Source) -> Result<Claim, Doubt> {
    let masked = |text: &&str| text.contains('*') && text.len() <= 32;
    Ok(Claim {
        source,
        out_no: message.need("orderId")?.to_owned(),
        trade_no: message.need("queryId")?.to_owned(),
        amount: fen(message.need("txnAmt")?)?,
        currency: Some(message.need("currencyCode")?.to_owned()),
        app: None,
        seller: Some(message.need("merId")?.to_owned()),
        paid_at: paid_at(message),
        buyer: message.get("accNo").filter(masked).unwrap_or_default().to_owned(),
    })
}

/// `traceTime` is month to second; the year is the order's, or the next if that would be before the order.
fn paid_at(message: &Message) -> Option<i64> {
    const DAY_MS: i64 = 86_400_000;
    let (ordered, paid) = (message.get("txnTime")?, message.get("traceTime")?);
    let year: i64 = ordered.get(..4)?.parse().ok()?;
    let earliest = moment::from_packed(ordered)?.saturating_sub(DAY_MS);
    let in_year = |year: i64| moment::from_packed(&format!("{year:04}{paid}"));
    in_year(year).filter(|at| *at >= earliest).or_else(|| in_year(year.saturating_add(1)))
}

/// Fen in digits: no sign, no point, no leading zero, never more than twelve.
fn fen(text: &str) -> Result<Fen, Doubt> {
    let plain = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let amount = if plain { text.parse().ok().and_then(|fen| Fen::new(fen).ok()) } else { None };
    amount.ok_or_else(|| unreadable("txnAmt"))
}

/// The address in a code: HTTPS, and short enough for a code people can scan.
fn qr_code(message: &Message) -> Result<String, Doubt> {
    let code = message.need("qrCode")?;
    if code.starts_with("https://") && code.len() <= 512 && code.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(code.to_owned())
    } else {
        Err(unreadable("qrCode"))
    }
}
