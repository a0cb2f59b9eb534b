//! Alipay's open platform: RSA2 over forms, JSON answers whose signature covers the raw text of one object.
//!
//! Sources: docs.open.alipay.com 105465 (signing), 105301 (notices), the call pages under `alipay.trade.*`. What came
//! before the open platform is in [`historic`]; no gateway of ours speaks it.

mod answer;
mod call;
mod certificate;
mod codes;
mod contract;
mod envelope;
mod form;
pub mod historic;
mod notice;
mod office;
mod refund;
mod request;
mod surface;

use till_core::trade::Pace;
use zeroize::Zeroizing;

use super::keys::{PrivateKey, PublicKey};
use super::{
    Ack, Answer, Ask, Call, Can, CannotAsk, Doubt, DoubtKind, Gateway, Handover, Heard, Identity, Office, OfficeAnswer,
    Order, Place, Prepared, Provider, RawNotice, Reply, Returned, Seed, Surface, auth_code,
};
use certificate::Certificates;

pub use contract::{FIELDS, build};

/// A contract with the open platform.
#[derive(Debug)]
struct Alipay {
    app_id: String,
    key: PrivateKey,
    /// Whose signature under answers and notices counts; no other does.
    theirs: PublicKey,
    /// Certificate mode.
    certificates: Option<Certificates>,
    seller_id: Option<String>,
    app_auth_token: Option<Zeroizing<String>>,
    wap_product_code: &'static str,
    place: Place,
}

impl Alipay {
    /// Where requests go, without a query.
    fn door(&self) -> String {
        match &self.place {
            Place::Live => "https://openapi.alipay.com/gateway.do".to_owned(),
            Place::Sandbox => "https://openapi-sandbox.dl.alipaydev.com/gateway.do".to_owned(),
            Place::Simulator(base) => format!("{base}/gateway.do"),
        }
    }
}

const SECOND_MS: i64 = 1_000;

/// Alipay's own limit for a code of ours, whatever shorter life we ask for, and some minutes for a payment that was
/// begun at the last moment. Not the ticket's shorter time: that a code is dead by then is Alipay's promise, not ours.
const CODE_LIVES_MS: i64 = (120 + 5) * 60 * SECOND_MS;

impl Gateway for Alipay {
    fn identity(&self) -> Identity {
        Identity { apps: vec![self.app_id.clone()], seller: self.seller_id.clone() }
    }

    /// Alipay's page on polling: every 3 to 6 s, about 60 s in all, then cancelled at once. Codes: every 3 to 5 s.
    fn pace(&self, scanned: bool) -> Pace {
        let every_ms = if scanned { 3 * SECOND_MS } else { 4 * SECOND_MS };
        Pace {
            first_ms: every_ms,
            every_ms,
            doubt_ms: 2 * SECOND_MS,
            patience_ms: 60 * SECOND_MS,
            end_after_ms: 0,
            end_every_ms: 3 * SECOND_MS,
            code_lives_ms: CODE_LIVES_MS,
            begin_again: !scanned,
            can_end: true,
        }
    }

    fn is_auth_code(&self, text: &str) -> bool {
        auth_code::is_of(Provider::Alipay, text)
    }

    /// Every contract has the one key that signs all calls. Which products it includes only Alipay knows.
    fn can(&self, what: Can) -> bool {
        match what {
            Can::Code | Can::Scan | Can::Reverse | Can::Refund | Can::Bill => true,
            Can::Certificates => false,
        }
    }

    fn ask(&self, order: &Order, call: &Call, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        self.ask_call(order, call, now_ms, seed)
    }

    fn read(&self, order: &Order, call: &Call, reply: &Reply, now_ms: i64) -> Answer {
        match self.hear(call::method(call), reply, now_ms) {
            Ok(said) => answer::read(order, call, &said).unwrap_or_else(Answer::Unknown),
            Err(doubt) => Answer::Unknown(doubt),
        }
    }

    fn ask_office(&self, office: &Office, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        self.ask_about(office, now_ms, seed)
    }

    fn read_office(&self, office: &Office, reply: &Reply, now_ms: i64) -> OfficeAnswer {
        self.read_about(office, reply, now_ms)
    }

    fn tests(&self) -> Vec<Office> {
        vec![Office::Test]
    }

    fn renew(&self, _: &[String], _: i64) -> Result<Option<(&'static str, String)>, Doubt> {
        Err(Doubt::new(DoubtKind::Unreadable, "Alipay gives out no certificates"))
    }

    fn notice(&self, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt> {
        self.read_notice(raw, now_ms)
    }

    /// Exactly `success`, or anything else to hear of it again.
    fn acknowledge(&self, _raw: &RawNotice, taken: bool) -> Ack {
        let body: &[u8] = if taken { b"success" } else { b"fail" };
        Ack { status: 200, content_type: "text/plain", body: body.to_vec() }
    }

    fn prepare(&self, order: &Order, surface: &Surface, now_ms: i64, seed: &mut Seed) -> Result<Prepared, CannotAsk> {
        self.hand_out(order, surface, now_ms, seed).map(Prepared::Ready)
    }

    /// Nothing is ever asked for a surface, so there is no answer to read.
    fn hand_over(
        &self,
        _order: &Order,
        _surface: &Surface,
        _reply: &Reply,
        _now_ms: i64,
        _seed: &mut Seed,
    ) -> Result<Handover, Answer> {
        Err(Answer::Unknown(Doubt::new(DoubtKind::Unreadable, "no request belongs to this answer")))
    }

    fn came_back(&self, query: &str, now_ms: i64) -> Result<Returned, Doubt> {
        self.read_return(query, now_ms)
    }
}

#[cfg(test)]
mod tests;
