//! Notices of both versions: XML is v2, JSON is v3.

use aes::Aes256;
use aes::cipher::{BlockDecrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::codes::{TradeState, trade_state};
use super::json::Object;
use super::v2::{self, V2};
use super::v3::{self, V3};
use super::xml::{LONGEST, Message};
use super::{No, Shop, Wechat};
use crate::gateway::sign::md5_hex;
use crate::gateway::{About, Ack, Doubt, DoubtKind, Heard, RawNotice, Source};

/// What a notice says, if it is authentic.
pub(super) fn hear(gateway: &Wechat, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt> {
    let no_key = |name| Doubt::new(DoubtKind::BadSignature, format!("no {name} to check it with"));
    if is_v2(raw) {
        hear_v2(gateway.v2().map_err(|_| no_key("api_key"))?, &gateway.shop, &raw.body)
    } else {
        hear_v3(gateway.v3().map_err(|_| no_key("apiv3_key"))?, &gateway.shop, raw, now_ms)
    }
}

/// What WeChat Pay wants to hear, to the letter.
pub(super) fn acknowledge(raw: &RawNotice, taken: bool) -> Ack {
    let xml = |code, words| {
        format!("<xml><return_code><![CDATA[{code}]]></return_code><return_msg><![CDATA[{words}]]></return_msg></xml>")
    };
    let (status, content_type, body) = match (is_v2(raw), taken) {
        (true, true) => (200, "text/xml; charset=utf-8", xml("SUCCESS", "OK")),
        (true, false) => (200, "text/xml; charset=utf-8", xml("FAIL", "not taken")),
        (false, true) => (200, "application/json", String::new()),
        (false, false) => (400, "application/json", r#"{"code":"FAIL","message":"not taken"}"#.to_owned()),
    };
    Ack { status, content_type, body: body.into_bytes() }
}

fn is_v2(raw: &RawNotice) -> bool {
    raw.body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

fn hear_v3(keys: &V3, shop: &Shop, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt> {
    if raw.body.len() > LONGEST {
        return Err(Doubt::new(DoubtKind::Unreadable, "too long"));
    }
    keys.authenticate(&raw.headers, &raw.body, now_ms, &[])?;
    let notice = Object::read(&raw.body)?;
    let (id, kind) = (notice.need("id")?, notice.need("event_type")?);
    let said = Object::read(&keys.decrypt(&notice.need_object("resource")?)?)?;
    shop.is_named(said.text("appid")?.as_deref(), Some(&said.need("mchid")?))?;
    let about = match kind.as_str() {
        "TRANSACTION.SUCCESS" => payment_v3(&said)?,
        "REFUND.SUCCESS" | "REFUND.ABNORMAL" | "REFUND.CLOSED" => About::Refund {
            out_no: said.text("out_trade_no")?,
            refund_no: said.text("out_refund_no")?,
            // It says that money went back, or it says that something must be looked at.
            ask: kind != "REFUND.SUCCESS" || said.need("refund_status")? != "SUCCESS",
        },
        _ => About::Other { out_no: said.text("out_trade_no")?, status: kind },
    };
    Ok(Heard { id, about })
}

fn payment_v3(said: &Object) -> Result<About, Doubt> {
    let state = said.need("trade_state")?;
    Ok(match trade_state(&state) {
        Some(TradeState::Paid) => About::Paid(v3::claim(said, Source::Notice)?),
        _ => About::Other { out_no: said.text("out_trade_no")?, status: state },
    })
}

fn hear_v2(keys: &V2, shop: &Shop, body: &[u8]) -> Result<Heard, Doubt> {
    let message = Message::read(body, "xml")?;
    if let Some(sealed) = message.get("req_info") {
        return refund_v2(keys, shop, &message, sealed);
    }
    let named = message.get("out_trade_no").map(str::to_owned);
    keys.authenticate(shop, &message).map_err(|doubt| doubt.about(named.clone()))?;
    match v2::done(&message) {
        Ok(()) => {
            let claim = v2::claim(&message, Source::Notice)?;
            Ok(Heard { id: claim.trade_no.clone(), about: About::Paid(claim) })
        }
        // Authentic, and no payment: the customer's attempt failed, and another may follow.
        Err(No::Failed(failure)) => {
            let id = format!("{}:{}", message.need("out_trade_no")?, failure.code);
            Ok(Heard { id, about: About::Other { out_no: named, status: failure.code } })
        }
        Err(No::Doubt(doubt)) => Err(doubt),
    }
}

/// A refund notice is not signed, and its cipher (ECB) protects no order of its blocks: whatever it says, the till asks.
fn refund_v2(keys: &V2, shop: &Shop, message: &Message, sealed: &str) -> Result<Heard, Doubt> {
    if message.need("return_code")? != "SUCCESS" {
        return Err(Doubt::new(DoubtKind::Unsigned, "return_code"));
    }
    shop.is_named(Some(message.need("appid")?), Some(message.need("mch_id")?))?;
    let opened = unseal(keys, sealed).ok_or_else(|| Doubt::new(DoubtKind::BadSignature, "req_info"))?;
    let said = Message::read(&opened, "root")?;
    Ok(Heard {
        id: format!("{}:{}", said.need("refund_id")?, said.need("refund_status")?),
        about: About::Refund {
            out_no: said.get("out_trade_no").map(str::to_owned),
            refund_no: said.get("out_refund_no").map(str::to_owned),
            ask: true,
        },
    })
}

/// Base64, AES-256 in ECB mode, PKCS #7; the key is the lower-case hex of the MD5 of the API key.
fn unseal(keys: &V2, sealed: &str) -> Option<Vec<u8>> {
    let mut bytes = STANDARD.decode(sealed).ok()?;
    let key = md5_hex(keys.api_key.as_bytes());
    let cipher = Aes256::new_from_slice(key.as_bytes()).ok()?;
    let mut blocks = bytes.chunks_exact_mut(16);
    for block in &mut blocks {
        cipher.decrypt_block(block.into());
    }
    if !blocks.into_remainder().is_empty() {
        return None;
    }
    let padding = usize::from(*bytes.last()?);
    let kept = bytes.len().checked_sub(padding)?;
    let fits = (1..=16).contains(&padding) && bytes[kept..].iter().all(|b| usize::from(*b) == padding);
    if fits {
        bytes.truncate(kept);
        Some(bytes)
    } else {
        None
    }
}
