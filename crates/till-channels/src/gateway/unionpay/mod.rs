//! UnionPay's 全渠道 protocol, version 5.1.0: dynamic codes the customer scans (主扫), customers' codes we scan (被扫).
//!
//! Forms over HTTPS, signed with the merchant's PFX certificate. Answers and notices bring the certificate of their
//! signer along; it is believed only if it hangs from the pinned root and belongs to UnionPay ([`signature`]). A `00`
//! to anything that moves money means "accepted": what came of it is for a query or a notice to say.

mod answer;
mod ask;
mod codes;
mod fields;
mod file;
pub mod historic;
mod message;
mod notice;
pub mod signature;

use till_core::trade::Pace;

use super::keys::PrivateKey;
use super::{
    Ack, Answer, Ask, Call, Can, CannotAsk, Doubt, DoubtKind, Gateway, Handover, Heard, Identity, Office, OfficeAnswer,
    Order, Prepared, RawNotice, Reply, Returned, Seed, Surface,
};

pub use ask::cancel_number;
pub use fields::{FIELDS, build};

/// A contract with UnionPay.
#[derive(Debug)]
struct Unionpay {
    mer_id: String,
    acq_ins_code: Option<String>,
    back_url: Option<String>,
    products: Products,
    key: PrivateKey,
    /// The decimal serial number of the merchant's certificate.
    cert_id: String,
    trust: signature::Trust,
    hosts: Hosts,
}

/// Which of the two QR products the shop has signed up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Products {
    Both,
    Code,
    Scan,
}

/// Where requests go; no slash at the end.
#[derive(Debug)]
struct Hosts {
    gateway: String,
    files: String,
}

impl Gateway for Unionpay {
    fn identity(&self) -> Identity {
        Identity { apps: Vec::new(), seller: Some(self.mer_id.clone()) }
    }

    fn pace(&self, scanned: bool) -> Pace {
        Pace {
            first_ms: if scanned { 2_000 } else { 5_000 },
            every_ms: if scanned { 3_000 } else { 5_000 },
            doubt_ms: 3_000,
            patience_ms: 60_000,
            end_after_ms: 0,
            end_every_ms: 10_000,
            // Nobody can close a code that was given out, so it is watched until it is surely dead. A payment we started
            // is decided within minutes.
            code_lives_ms: if scanned { 10 * 60_000 } else { 24 * 3_600_000 },
            // The same number with the same time is a duplicate.
            begin_again: false,
            // A query still says "paid" of what was cancelled or reversed, so one whose answer was lost could not be told
            // from a payment: what hangs is waited for.
            can_end: false,
        }
    }

    fn is_auth_code(&self, text: &str) -> bool {
        ask::is_auth_code(text)
    }

    fn can(&self, what: Can) -> bool {
        match what {
            Can::Code => self.products != Products::Scan,
            Can::Scan => self.products != Products::Code,
            // See `can_end` above.
            Can::Reverse => false,
            Can::Refund | Can::Bill => true,
            Can::Certificates => false,
        }
    }

    fn ask(&self, order: &Order, call: &Call, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        self.ask_for(order, call, now_ms, seed)
    }

    fn read(&self, order: &Order, call: &Call, reply: &Reply, now_ms: i64) -> Answer {
        self.answer(order, call, reply, now_ms).unwrap_or_else(Answer::Unknown)
    }

    fn ask_office(&self, office: &Office, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        self.ask_for_office(office, now_ms, seed)
    }

    fn read_office(&self, office: &Office, reply: &Reply, now_ms: i64) -> OfficeAnswer {
        self.office_answer(office, reply, now_ms).unwrap_or_else(OfficeAnswer::Unknown)
    }

    fn tests(&self) -> Vec<Office> {
        vec![Office::Test]
    }

    fn renew(&self, _: &[String], _: i64) -> Result<Option<(&'static str, String)>, Doubt> {
        Err(Doubt::new(DoubtKind::Unreadable, "UnionPay gives out no certificates"))
    }

    fn notice(&self, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt> {
        self.heard(raw, now_ms)
    }

    fn acknowledge(&self, _raw: &RawNotice, taken: bool) -> Ack {
        // Any 200 counts as taken; anything else is sent again, up to five times.
        let (status, body) = if taken { (200, "ok") } else { (400, "fail") };
        Ack { status, content_type: "text/plain", body: body.into() }
    }

    fn prepare(&self, _: &Order, _: &Surface, _: i64, _: &mut Seed) -> Result<Prepared, CannotAsk> {
        Err(CannotAsk::NoSuchCall)
    }

    fn hand_over(&self, _: &Order, _: &Surface, _: &Reply, _: i64, _: &mut Seed) -> Result<Handover, Answer> {
        Err(Answer::Unknown(Doubt::new(DoubtKind::Unreadable, "UnionPay was asked for no such surface")))
    }

    fn came_back(&self, _: &str, _: i64) -> Result<Returned, Doubt> {
        Err(Doubt::new(DoubtKind::Unreadable, "nobody comes back from UnionPay"))
    }
}

#[cfg(test)]
mod tests;
