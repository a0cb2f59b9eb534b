//! WeChat Pay, merchants of its own (直连商户): v3 (JSON, RSA) and v2 (XML, shared key), which scanning still needs.
//!
//! Orders with a code, refunds and bills go through v3 where the contract has its keys, else through v2. Scanned orders go
//! through v2 (`micropay`, `reverse`) unless the contract says `scan_api = v3`. What is asked in one version is asked about
//! in the same.

pub mod app17;
mod codes;
mod contract;
mod json;
mod notices;
mod office;
mod prepay;
mod shop;
mod surfaces;
mod trust;
mod v2;
mod v3;
mod xml;

pub use contract::{FIELDS, build};

use till_core::Fen;
use till_core::trade::Pace;

use self::codes::{Failure, Table};
use self::shop::Shop;
use self::v2::V2;
use self::v3::V3;
use super::{
    Ack, Answer, Ask, Call, Can, CannotAsk, Doubt, DoubtKind, Gateway, Handover, Heard, Identity, Office, OfficeAnswer,
    Order, Prepared, Provider, RawNotice, Reply, Returned, Seed, Surface, auth_code,
};

/// A contract.
#[derive(Debug)]
struct Wechat {
    shop: Shop,
    v2: Option<V2>,
    v3: Option<V3>,
    /// Scanned orders go through v3.
    scans_v3: bool,
}

/// A version with its keys.
enum Version<'a> {
    V2(&'a V2),
    V3(&'a V3),
}

/// Why an answer is not what was asked for.
enum No {
    /// It proves nothing.
    Doubt(Doubt),
    /// It is an authenticated error.
    Failed(Failure),
}

impl From<Doubt> for No {
    fn from(doubt: Doubt) -> No {
        No::Doubt(doubt)
    }
}

impl No {
    fn answer(self, tables: &[Table]) -> Answer {
        match self {
            No::Doubt(doubt) => Answer::Unknown(doubt),
            No::Failed(failure) => failure.answer(tables),
        }
    }
}

impl Wechat {
    fn v2(&self) -> Result<&V2, CannotAsk> {
        self.v2.as_ref().ok_or(CannotAsk::Missing("api_key"))
    }

    /// v3, once there is a key to believe its answers by.
    fn v3(&self) -> Result<&V3, CannotAsk> {
        let v3 = self.v3_unproved()?;
        if v3.trust.is_empty() { Err(CannotAsk::Missing("platform_certificates")) } else { Ok(v3) }
    }

    /// v3, perhaps without any key of WeChat Pay's yet.
    fn v3_unproved(&self) -> Result<&V3, CannotAsk> {
        self.v3.as_ref().ok_or(CannotAsk::Missing("apiv3_key"))
    }

    fn version(&self, order: &Order, call: &Call) -> Result<Version<'_>, CannotAsk> {
        let of_a_scan = match call {
            Call::Scan { .. } => true,
            Call::Query | Call::End => order.scanned,
            Call::Create | Call::Refund(_) | Call::RefundQuery(_) => false,
        };
        match (of_a_scan, self.scans_v3, &self.v3) {
            (true, false, _) | (false, _, None) => self.v2().map(Version::V2),
            (true, true, _) | (false, _, Some(_)) => self.v3().map(Version::V3),
        }
    }
}

impl Gateway for Wechat {
    fn identity(&self) -> Identity {
        Identity { apps: self.shop.apps.clone(), seller: Some(self.shop.mchid.clone()) }
    }

    fn pace(&self, scanned: bool) -> Pace {
        let code = Pace {
            first_ms: 4_000,
            every_ms: 4_000,
            doubt_ms: 4_000,
            patience_ms: 45_000,
            end_after_ms: 0,
            end_every_ms: 10_000,
            code_lives_ms: 7_200_000,
            begin_again: true,
            can_end: true,
        };
        if !scanned {
            return code;
        }
        // The provider's own advice: ask 5 s after a doubt, give up after 45 s, do not reverse within 15 s.
        Pace {
            first_ms: 5_000,
            every_ms: 5_000,
            doubt_ms: 5_000,
            end_after_ms: 15_000,
            end_every_ms: 5_000,
            begin_again: false,
            can_end: self.can(Can::Reverse),
            ..code
        }
    }

    fn is_auth_code(&self, text: &str) -> bool {
        is_auth_code(text)
    }

    fn can(&self, what: Can) -> bool {
        let (v2, v3) = (self.v2.is_some(), self.v3().is_ok());
        let reverses_v2 = self.v2.as_ref().is_some_and(|v2| v2.certificate);
        // v2 does what v3 does only where there are no keys of v3 at all.
        let first = |older: bool| if self.v3.is_some() { v3 } else { older };
        match what {
            Can::Code => first(v2),
            Can::Scan if self.scans_v3 => v3,
            Can::Scan => v2,
            Can::Reverse if self.scans_v3 => v3,
            Can::Reverse => reverses_v2,
            Can::Refund => first(reverses_v2),
            Can::Bill => v3,
            // Shops with the public key alone have no certificates: asking for them is an error.
            Can::Certificates => {
                self.v3.as_ref().is_some_and(|v3| v3.trust.public_key.is_none() || !v3.trust.certificates.is_empty())
            }
        }
    }

    fn ask(&self, order: &Order, call: &Call, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        match self.version(order, call)? {
            Version::V2(v2) => v2.ask(&self.shop, order, call, seed),
            Version::V3(v3) => v3.ask(&self.shop, order, call, now_ms, seed),
        }
    }

    fn read(&self, order: &Order, call: &Call, reply: &Reply, now_ms: i64) -> Answer {
        match self.version(order, call) {
            Ok(Version::V2(v2)) => v2.read(&self.shop, order, call, reply),
            Ok(Version::V3(v3)) => v3.read(&self.shop, order, call, reply, now_ms),
            Err(_) => Answer::Unknown(Doubt::new(DoubtKind::Unsigned, "no key to check it with")),
        }
    }

    fn ask_office(&self, office: &Office, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        office::ask(self, office, now_ms, seed)
    }

    fn read_office(&self, office: &Office, reply: &Reply, now_ms: i64) -> OfficeAnswer {
        office::read(self, office, reply, now_ms)
    }

    fn tests(&self) -> Vec<Office> {
        match (&self.v3, &self.v2) {
            (None, _) => vec![Office::Test],
            (Some(v3), v2) => {
                let first = if v3.trust.is_empty() { Office::Certificates } else { Office::Test };
                [Some(first), v2.as_ref().map(|_| Office::TestOlder)].into_iter().flatten().collect()
            }
        }
    }

    fn renew(&self, certificates: &[String], now_ms: i64) -> Result<Option<(&'static str, String)>, Doubt> {
        let v3 = self.v3_unproved().map_err(|_| Doubt::new(DoubtKind::Unreadable, "v2 has no certificates"))?;
        Ok(v3.trust.with(certificates, now_ms)?.map(|all| ("platform_certificates", all)))
    }

    fn notice(&self, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt> {
        notices::hear(self, raw, now_ms)
    }

    fn acknowledge(&self, raw: &RawNotice, taken: bool) -> Ack {
        notices::acknowledge(raw, taken)
    }

    fn prepare(&self, order: &Order, surface: &Surface, now_ms: i64, seed: &mut Seed) -> Result<Prepared, CannotAsk> {
        surfaces::prepare(self, order, surface, now_ms, seed).map(Prepared::Ask)
    }

    fn hand_over(
        &self,
        _order: &Order,
        surface: &Surface,
        reply: &Reply,
        now_ms: i64,
        seed: &mut Seed,
    ) -> Result<Handover, Answer> {
        surfaces::hand_over(self, surface, reply, now_ms, seed).map_err(|answer| *answer)
    }

    fn came_back(&self, _query: &str, _now_ms: i64) -> Result<Returned, Doubt> {
        Err(Doubt::new(DoubtKind::Unsigned, "WeChat Pay signs no return addresses"))
    }
}

fn is_auth_code(text: &str) -> bool {
    auth_code::is_of(Provider::Wechat, text)
}

/// A whole number of fen, written one way only: no sign, no leading zero, no point, no exponent.
fn fen_of(text: &str) -> Option<Fen> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if !plain {
        return None;
    }
    Fen::new(text.parse().ok()?).ok()
}

#[cfg(test)]
mod tests;
