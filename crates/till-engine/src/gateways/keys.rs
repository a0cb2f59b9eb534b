//! What a pasted text or a picked file is, in words; and fresh pairs of keys.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use till_channels::gateway::keys::{self, Form, Inspected, Lock};
use zeroize::Zeroizing;

use super::words;
use crate::api::{ApiError, Code, KeyFacts, KeyPair, Lang, Secret};
use crate::state::State;

type Result<T> = std::result::Result<T, ApiError>;

/// A key file has a few kilobytes; a picture that was picked by mistake has more.
const LONGEST: usize = 256 << 10;
/// What providers ask for.
const LEAST_BITS: usize = 2_048;

/// What a text is. Nothing is kept.
pub(crate) async fn inspect(state: &Arc<State>, text: Secret, password: Option<Secret>) -> Result<Vec<KeyFacts>> {
    let (text, password) = (text.into_text(), password.map(Secret::into_text));
    if text.len() > LONGEST {
        let (zh, en) = ("内容太大，不像密钥或证书", "Far too large for a key or a certificate");
        let sentence = crate::words::say(state.shop().settings.lang, zh, en);
        return Ok(vec![KeyFacts { sentence, ..blank("nothing") }]);
    }
    // Opening a PFX takes thousands of rounds.
    let looked = tokio::task::spawn_blocking(move || {
        let found = look(&text, password.as_deref().map(String::as_str));
        (text, found)
    });
    let (text, found) = looked.await.map_err(|cause| broke_off(state, &cause))?;
    Ok(facts(state, &text, &found))
}

/// A text, or a picked file in base64, which may hold a text itself.
fn look(text: &str, password: Option<&str>) -> Vec<Inspected> {
    let found = keys::inspect(text, password);
    if !matches!(found.as_slice(), [Inspected::Nothing { .. }]) {
        return found;
    }
    let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
    bytes.map_or(found, |bytes| keys::inspect_bytes(&bytes, password))
}

/// Makes a pair. Nothing is kept.
pub(crate) async fn make_key_pair(state: &Arc<State>) -> Result<KeyPair> {
    let none = |cause: &dyn std::fmt::Display| {
        tracing::error!(%cause, "no pair of keys");
        let (zh, en) = ("没能生成密钥，请再试一次", "No pair of keys could be made; try again");
        crate::words::error(state.shop().settings.lang, Code::Internal, zh, en)
    };
    let mut seed = super::speak::seed(state).map_err(|_| none(&"no randomness"))?;
    // Looking for large primes takes its time.
    let made = tokio::task::spawn_blocking(move || keys::generate(&mut seed)).await;
    let made = made.map_err(|cause| broke_off(state, &cause))?.map_err(|cause| none(&cause))?;
    Ok(KeyPair {
        private_key: made.private_pkcs8.to_string(),
        fingerprint: made.key.public().fingerprint(),
        public_key: made.public,
    })
}

fn broke_off(state: &State, cause: &tokio::task::JoinError) -> ApiError {
    tracing::error!(%cause, "looking at a key broke off");
    crate::words::error(state.shop().settings.lang, Code::Internal, "没能读出内容", "It could not be looked at")
}

fn blank(kind: &str) -> KeyFacts {
    KeyFacts {
        kind: kind.to_owned(),
        form: String::new(),
        wrapping: String::new(),
        bits: None,
        fingerprint: String::new(),
        subject: String::new(),
        issuer: String::new(),
        serial: String::new(),
        not_before: None,
        not_after: None,
        sentence: String::new(),
    }
}

/// Findings in `text`, in words.
pub(super) fn facts(state: &State, text: &str, found: &[Inspected]) -> Vec<KeyFacts> {
    let pem = text.contains("-----BEGIN ");
    found.iter().map(|one| fact(state, pem, one)).collect()
}

fn fact(state: &State, text_is_pem: bool, found: &Inspected) -> KeyFacts {
    let shop = state.shop();
    let wrapping = |pem: bool| if pem { "PEM" } else { "base64" }.to_owned();
    let bits = |bits: usize| u32::try_from(bits).ok();
    let day = |at: i64| {
        let at = Timestamp::from_millisecond(at).map(|at| at.to_zoned(shop.zone.clone()).date().to_string());
        at.unwrap_or_default()
    };
    let mut facts = match found {
        Inspected::PrivateKey { bits: n, form, pem, fingerprint } => KeyFacts {
            form: match form {
                Form::Pkcs1 => "PKCS#1".into(),
                Form::Pkcs8 => "PKCS#8".into(),
            },
            wrapping: wrapping(*pem),
            bits: bits(*n),
            fingerprint: fingerprint.clone(),
            ..blank("private_key")
        },
        Inspected::PublicKey { bits: n, form, pem, fingerprint } => KeyFacts {
            form: match form {
                Form::Pkcs1 => "PKCS#1".into(),
                Form::Pkcs8 => "SPKI".into(),
            },
            wrapping: wrapping(*pem),
            bits: bits(*n),
            fingerprint: fingerprint.clone(),
            ..blank("public_key")
        },
        Inspected::Certificate { subject, issuer, serial_hex, not_before, not_after, bits: n, fingerprint, .. } => {
            KeyFacts {
                form: "X.509".into(),
                wrapping: wrapping(text_is_pem),
                bits: bits(*n),
                fingerprint: fingerprint.clone(),
                subject: subject.clone(),
                issuer: issuer.clone(),
                serial: serial_hex.clone(),
                not_before: Some(*not_before),
                not_after: Some(*not_after),
                ..blank("certificate")
            }
        }
        Inspected::Pfx { .. } => KeyFacts { form: "PKCS#12".into(), wrapping: "base64".into(), ..blank("pfx") },
        Inspected::Secret => blank("secret"),
        Inspected::Nothing { .. } => blank("nothing"),
    };
    facts.sentence = sentence(shop.settings.lang, &facts, found, state.now(), day);
    facts
}

fn sentence(lang: Lang, facts: &KeyFacts, found: &Inspected, now: i64, day: impl Fn(i64) -> String) -> String {
    let KeyFacts { form, wrapping, .. } = facts;
    let (zh, en) = match found {
        Inspected::PrivateKey { bits, .. } => {
            let (zh, en) = strength(*bits);
            (
                format!("RSA 私钥，{bits} 位，{form}，{wrapping} — {zh}"),
                format!("RSA private key, {bits} bits, {form}, {wrapping} — {en}"),
            )
        }
        Inspected::PublicKey { bits, .. } => {
            let (zh, en) = strength(*bits);
            (
                format!("RSA 公钥（不是私钥），{bits} 位，{form}，{wrapping} — {zh}"),
                format!("RSA public key (not a private one), {bits} bits, {form}, {wrapping} — {en}"),
            )
        }
        Inspected::Certificate { subject, issuer, not_before, not_after, bits, is_ca, .. } => {
            let (begins, ends) = (day(*not_before), day(*not_after));
            let (state_zh, state_en) = if now > *not_after {
                ("已过期".to_owned(), "it has expired".to_owned())
            } else if now < *not_before {
                (format!("{begins} 才生效"), format!("it is not valid before {begins}"))
            } else {
                let (zh, en) = strength(*bits);
                (zh.to_owned(), en.to_owned())
            };
            let (kind_zh, kind_en) = if *is_ca {
                ("根证书或中级证书", "Certificate of an authority")
            } else {
                ("证书", "Certificate")
            };
            (
                format!("{kind_zh}：{subject}，由 {issuer} 签发，有效期到 {ends} — {state_zh}"),
                format!("{kind_en} of {subject}, issued by {issuer}, expires {ends} — {state_en}"),
            )
        }
        Inspected::Pfx { lock: Lock::Open } => {
            ("PFX 证书文件 — 密码正确".into(), "PFX file — the password opens it".into())
        }
        Inspected::Pfx { lock: Lock::NeedsPassword } => {
            ("PFX 证书文件 — 请填写它的密码".into(), "PFX file — enter its password".into())
        }
        Inspected::Pfx { lock: Lock::WrongPassword } => {
            ("PFX 证书文件 — 密码不对".into(), "PFX file — the password does not open it".into())
        }
        Inspected::Secret => (
            "32 位字母和数字，像微信支付的 API 密钥 — 可用".into(),
            "32 letters and digits, like an API key of WeChat Pay — usable".into(),
        ),
        Inspected::Nothing { why } => words::key(why),
    };
    words::say_pair(lang, (zh, en))
}

fn strength(bits: usize) -> (&'static str, &'static str) {
    if bits < LEAST_BITS {
        ("太短，平台要求 2048 位", "too short: providers ask for 2048")
    } else {
        ("可用", "usable")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picked_file_may_hold_a_text() {
        let pair = keys::generate(&mut till_channels::gateway::Seed::new([7; 32])).unwrap();
        let file = STANDARD.encode(pair.private_pem.as_bytes());
        assert!(matches!(look(&file, None).as_slice(), [Inspected::PrivateKey { bits: 2_048, pem: true, .. }]));
        assert!(matches!(look(&pair.public, None).as_slice(), [Inspected::PublicKey { pem: false, .. }]));
        for text in ["", "no key", "bm8ga2V5", "////"] {
            assert!(matches!(look(text, None).as_slice(), [Inspected::Nothing { .. }]), "{text}");
        }
    }
}
