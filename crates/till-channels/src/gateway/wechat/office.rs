//! Requests about no order: bills, certificates, a test of the contract.

use super::codes::{Meaning, Table, V2_BEGIN, V2_QUERY, V3_BEGIN, V3_BILL, V3_QUERY};
use super::json::Object;
use super::v3::V3;
use super::v3::orders::order_path;
use super::{No, Shop, Wechat, trust, v2};
use crate::gateway::keys::certificate::Certificate;
use crate::gateway::sign::{same, sha1_hex};
use crate::gateway::{Ask, CannotAsk, Doubt, DoubtKind, Office, OfficeAnswer, Reply, Seed};

/// A number that no order ever has: the till's begin otherwise.
const NO_ORDER: &str = "TEST0000000000000000000000000000";

/// The longest bill that is read: some hundred thousand payments.
const LONGEST_FILE: usize = 64 * 1024 * 1024;

/// The request.
pub(super) fn ask(gateway: &Wechat, office: &Office, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
    let shop = &gateway.shop;
    match office {
        Office::Bill { date } => {
            if !is_date(date) {
                return Err(CannotAsk::DoesNotFit("bill_date", "YYYY-MM-DD"));
            }
            let target = format!("/v3/bill/tradebill?bill_date={date}&bill_type=ALL");
            gateway.v3()?.request(shop, &target, None, now_ms, seed)
        }
        Office::File { url, .. } => {
            // The request carries our signature: it goes to WeChat Pay and nowhere else.
            let target = url.strip_prefix(&shop.base).filter(|target| target.starts_with('/'));
            let target = target.ok_or(CannotAsk::DoesNotFit("download_url", "not of WeChat Pay"))?;
            let ask = gateway.v3()?.request(shop, target, None, now_ms, seed)?;
            Ok(Ask { longest: LONGEST_FILE, ..ask })
        }
        Office::Certificates => gateway.v3_unproved()?.request(shop, "/v3/certificates", None, now_ms, seed),
        Office::Test if gateway.v3.is_some() => {
            gateway.v3()?.request(shop, &order_path(NO_ORDER, &shop.mchid), None, now_ms, seed)
        }
        Office::Test | Office::TestOlder => Ok(gateway.v2()?.query(shop, NO_ORDER, seed)),
    }
}

/// What the answer means.
pub(super) fn read(gateway: &Wechat, office: &Office, reply: &Reply, now_ms: i64) -> OfficeAnswer {
    let shop = &gateway.shop;
    let (answer, tables): (Result<OfficeAnswer, No>, &[Table]) = match (office, &gateway.v3) {
        (Office::File { hash, .. }, _) => return file(hash.as_deref(), reply),
        (Office::Bill { .. }, Some(v3)) => (bill(v3, reply, now_ms), &[V3_BILL, V3_BEGIN]),
        (Office::Certificates, Some(v3)) => (certificates(v3, reply, now_ms), &[V3_BEGIN]),
        (Office::Test, Some(v3)) => (v3.open(reply, now_ms).and_then(found), &[V3_QUERY, V3_BEGIN]),
        (Office::Test, None) | (Office::TestOlder, _) => (test_v2(gateway, shop, reply), &[V2_QUERY, V2_BEGIN]),
        (Office::Bill { .. } | Office::Certificates, None) => {
            (Err(Doubt::new(DoubtKind::Unsigned, "no key to check it with").into()), &[])
        }
    };
    answer.unwrap_or_else(|no| match no {
        No::Doubt(doubt) => OfficeAnswer::Unknown(doubt),
        No::Failed(failure) => match failure.meaning(tables) {
            Some(Meaning::Refused(kind)) => OfficeAnswer::Refused(failure.refusal(kind)),
            Some(Meaning::NoFile) => OfficeAnswer::NoFile,
            // Only the test asks for an order.
            Some(Meaning::NotThere) => OfficeAnswer::Works,
            Some(Meaning::Trouble) => OfficeAnswer::Unknown(Doubt::new(DoubtKind::Trouble, failure.code)),
            _ => OfficeAnswer::Unknown(Doubt::new(DoubtKind::Unlisted, failure.code)),
        },
    })
}

fn bill(v3: &V3, reply: &Reply, now_ms: i64) -> Result<OfficeAnswer, No> {
    let told = v3.open(reply, now_ms)?;
    if told.need("hash_type")? != "SHA1" {
        return Err(Doubt::new(DoubtKind::Unlisted, "hash_type").into());
    }
    Ok(OfficeAnswer::Elsewhere { url: told.need("download_url")?, hash: Some(told.need("hash_value")?) })
}

/// The file itself is not signed: its hash was.
fn file(hash: Option<&str>, reply: &Reply) -> OfficeAnswer {
    let Some(hash) = hash else {
        return OfficeAnswer::Unknown(Doubt::new(DoubtKind::Unsigned, "no hash to check it with"));
    };
    if reply.status != 200 {
        return OfficeAnswer::Unknown(Doubt::new(DoubtKind::Unsigned, format!("HTTP {}", reply.status)));
    }
    if !same(sha1_hex(&reply.body).as_bytes(), hash.to_ascii_lowercase().as_bytes()) {
        return OfficeAnswer::Unknown(Doubt::new(DoubtKind::BadSignature, "hash_value"));
    }
    OfficeAnswer::File { name: "wechat-trade-bill.csv".to_owned(), bytes: reply.body.clone() }
}

/// The certificates are decrypted first: the answer may be signed by one that nobody held before, for which WeChat Pay's
/// documents vouch by the APIv3 key alone. A certificate is taken only if the whole answer is signed.
fn certificates(v3: &V3, reply: &Reply, now_ms: i64) -> Result<OfficeAnswer, No> {
    if reply.status != 200 {
        v3.open(reply, now_ms)?;
        return Err(Doubt::new(DoubtKind::Unlisted, format!("HTTP {}", reply.status)).into());
    }
    let fresh = decrypted(v3, &Object::read(&reply.body)?)?;
    let parsed: Vec<Certificate> = fresh.iter().map(|(_, certificate)| certificate.clone()).collect();
    v3.authenticate(&reply.headers, &reply.body, now_ms, &parsed)?;
    Ok(OfficeAnswer::Certificates(fresh.into_iter().map(|(pem, _)| pem).collect()))
}

fn decrypted(v3: &V3, body: &Object) -> Result<Vec<(String, Certificate)>, Doubt> {
    let unreadable = |what: &str| Doubt::new(DoubtKind::Unreadable, what);
    let mut found = Vec::new();
    let items = body.list("data")?;
    if items.len() > trust::MOST {
        return Err(unreadable("more certificates than there can be"));
    }
    for item in items {
        let pem = v3.decrypt(&item.need_object("encrypt_certificate")?)?;
        let pem = String::from_utf8(pem).map_err(|_| unreadable("a certificate"))?;
        let certificate = Certificate::parse(&pem).map_err(|_| unreadable("not one certificate"))?;
        if !trust::is_serial(&certificate, &item.need("serial_no")?) {
            return Err(unreadable("serial_no"));
        }
        if certificate.key().bits() < trust::LEAST_BITS {
            return Err(unreadable("a certificate with a weak key"));
        }
        found.push((pem, certificate));
    }
    if found.is_empty() { Err(unreadable("data")) } else { Ok(found) }
}

fn test_v2(gateway: &Wechat, shop: &Shop, reply: &Reply) -> Result<OfficeAnswer, No> {
    let keys = gateway.v2().map_err(|_| Doubt::new(DoubtKind::Unsigned, "no key to check it with"))?;
    let message = keys.open(shop, reply)?;
    v2::done(&message)?;
    Err(Doubt::new(DoubtKind::NotOurs, "an order that cannot be").into())
}

fn found(_: Object) -> Result<OfficeAnswer, No> {
    Err(Doubt::new(DoubtKind::NotOurs, "an order that cannot be").into())
}

fn is_date(text: &str) -> bool {
    let shape = text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    shape && text.len() == 10
}
