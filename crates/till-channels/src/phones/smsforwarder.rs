//! SmsForwarder (pppscn): our recommended JSON template, its default form, its default six-line content.
//!
//! Its `sign` covers only the timestamp: treat it as a password that is used once, not as a seal on the body.
//! Source: `app/src/main/kotlin/cn/ppps/forwarder/utils/sender/WebhookUtils.kt`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::fields::{Fields, unix_ms};
use super::{Announced, BodyError, hmac_sha256, same};

/// A message of SmsForwarder.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// What the phone announced.
    pub said: Announced,
    /// `timestamp` as it was sent: verify [`Message::sign`] over it.
    pub ts: Option<String>,
    /// `sign` as it was sent, possibly percent-encoded.
    pub sign: Option<String>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signed = self.sign.is_some();
        f.debug_struct("Message").field("said", &self.said).field("ts", &self.ts).field("signed", &signed).finish()
    }
}

/// The body to paste into SmsForwarder (POST, `Content-Type: application/json`).
pub fn template() -> &'static str {
    r#"{"v":1,"from":"[from]","title":"[title]","text":"[org_content]","received":"[receive_time:yyyy-MM-dd HH:mm:ss]","ts":"[timestamp]","sign":"[sign]","device":"[device_mark]","battery":"{{BATTERY_PCT}}"}"#
}

/// The signature as base64, before any percent-encoding: `base64(HMAC-SHA256(secret, ts + "\n" + secret))`.
pub fn sign(ts: &str, secret: &str) -> String {
    STANDARD.encode(hmac_sha256(secret.as_bytes(), format!("{ts}\n{secret}").as_bytes()))
}

/// Whether `sign` fits, as it is or after one or two percent-decodings. An empty secret fits nothing.
pub fn verify(ts: &str, sign: &str, secret: &str) -> bool {
    if secret.is_empty() || sign.len() > 512 {
        return false;
    }
    let ours = hmac_sha256(secret.as_bytes(), format!("{ts}\n{secret}").as_bytes());
    let mut text = sign.to_owned();
    for _ in 0..3 {
        // A form decoder turns the `+` of base64 into a space.
        if STANDARD.decode(text.replace(' ', "+")).is_ok_and(|theirs| same(&ours, &theirs)) {
            return true;
        }
        let Ok(decoded) = percent_decode_str(&text).decode_utf8() else { return false };
        let decoded = decoded.into_owned();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    false
}

/// Reads a body or a query string, JSON or form. Unknown fields are ignored, any field may be missing.
pub fn parse(body: &[u8]) -> Result<Message, BodyError> {
    let fields = Fields::read(body)?;
    let mut said = fields.announced(
        &["from", "package"],
        &["title"],
        &["text", "org_content"],
        &["ts", "timestamp", "received", "receive_time"],
    );
    if said.text.is_empty()
        && let Some(content) = fields.get(&["content", "msg"])
    {
        said.text = content.to_owned();
        six_lines(&mut said);
    }
    if said.title.is_empty() && said.text.is_empty() {
        return Err(BodyError::Empty);
    }
    let ts = fields.get(&["ts", "timestamp"]).map(str::to_owned);
    said.phone_time_ms = ts.as_deref().and_then(unix_ms).or(said.phone_time_ms);
    Ok(Message { said, ts, sign: fields.get(&["sign"]).map(str::to_owned) })
}

/// Default content of an app: package, text (any number of lines), title, `UID：…`, time, device. Taken apart only when it
/// can be read in one way; else the whole text stays, and the rules decide.
fn six_lines(said: &mut Announced) {
    let lines: Vec<&str> = said.text.lines().map(|l| l.trim_end_matches('\r')).collect();
    let uid = |l: &str| {
        let number = l.trim().strip_prefix("UID：").or_else(|| l.trim().strip_prefix("UID:"));
        number.is_some_and(|n| n.trim().bytes().all(|b| b.is_ascii_digit()))
    };
    let marks: Vec<usize> = (0..lines.len()).filter(|i| uid(lines[*i])).collect();
    let ([mark], Some(package)) = (marks.as_slice(), lines.first()) else { return };
    let names_package =
        *package == said.package || (said.package.is_empty() && package.contains('.') && !package.contains(' '));
    if !names_package || *mark < 3 || lines.len() > mark + 3 {
        return;
    }
    let inner = lines[mark - 1];
    if !said.title.is_empty() && said.title != inner {
        return;
    }
    let (package, title, text) = ((*package).to_owned(), inner.to_owned(), lines[1..mark - 1].join("\n"));
    let time = lines.get(mark + 1).map(|l| l.trim().to_owned()).filter(|l| !l.is_empty());
    let device = lines.get(mark + 2).map(|l| l.trim().to_owned()).filter(|l| !l.is_empty());
    said.phone_time_text = said.phone_time_text.take().or(time);
    said.device_name = said.device_name.take().or(device);
    (said.package, said.title, said.text) = (package, title, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vectors_raw_once_and_twice_encoded() {
        let vectors: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/data/vmq-vectors.json")).unwrap();
        let ours: Vec<_> = vectors.iter().filter(|v| v["id"].as_str().unwrap().starts_with("smsf-")).collect();
        assert_eq!(ours.len(), 3);
        for v in ours {
            let secret = v["key"].as_str().unwrap();
            let ts = v["string_to_sign"].as_str().unwrap().split_once('\n').unwrap().0;
            assert_eq!(sign(ts, secret), v["expected"].as_str().unwrap());
            for wire in ["expected", "on_wire_json", "on_wire_get_template"] {
                assert!(verify(ts, v[wire].as_str().unwrap(), secret), "{wire}");
                assert!(!verify("1700000000009", v[wire].as_str().unwrap(), secret));
                assert!(!verify(ts, v[wire].as_str().unwrap(), "other"));
            }
        }
        assert!(!verify("1", &sign("1", ""), ""));
    }

    #[test]
    fn the_template_arrives() {
        let body = r#"{"v":1,"from":"com.tencent.mm","title":"微信支付","text":"个人收款码到账¥0.01","received":"2026-11-20 15:10:02","ts":"1700000000001","sign":"4n%2FtO3%2BYGYUoZJiPWGS0p8ad4S5Hqf6XK8x1jgF00YI%3D","device":"counter","battery":"81%"}"#;
        let message = parse(body.as_bytes()).unwrap();
        assert_eq!(message.said.package, "com.tencent.mm");
        assert_eq!((message.said.battery, message.said.phone_time_ms), (Some(81), Some(1_700_000_000_001)));
        assert_eq!(message.said.phone_time_text.as_deref(), Some("2026-11-20 15:10:02"));
        assert!(verify(message.ts.as_deref().unwrap(), message.sign.as_deref().unwrap(), "SEC123"));
        assert!(!format!("{message:?}").contains("4n%2F"));
        let filled = template().replace("[org_content]", "收款1元");
        let rest = parse(filled.as_bytes()).unwrap().said;
        assert_eq!((rest.text.as_str(), rest.title.as_str(), rest.battery), ("收款1元", "", None));
    }

    #[test]
    fn the_default_form_and_its_six_lines() {
        let content = "com.tencent.mm\n[8条]微信收款助手: 微信支付收款0.01元(朋友到店)\n第二行\n微信收款助手\nUID：10316\n2025-12-04 10:01:15\nXiaomi 14";
        let encoded = percent_encoding::utf8_percent_encode(content, percent_encoding::NON_ALPHANUMERIC);
        let said =
            parse(format!("from=com.tencent.mm&content={encoded}&timestamp=1700000000001").as_bytes()).unwrap().said;
        assert_eq!(said.title, "微信收款助手");
        assert_eq!(said.text, "[8条]微信收款助手: 微信支付收款0.01元(朋友到店)\n第二行");
        assert_eq!(said.device_name.as_deref(), Some("Xiaomi 14"));
        assert_eq!(said.phone_time_text.as_deref(), Some("2025-12-04 10:01:15"));
        let signed = format!(
            "from=a.b&content=x&timestamp=1700000000001&sign={}",
            "4n%2FtO3%2BYGYUoZJiPWGS0p8ad4S5Hqf6XK8x1jgF00YI%3D"
        );
        let message = parse(signed.as_bytes()).unwrap();
        assert!(verify(message.ts.as_deref().unwrap(), message.sign.as_deref().unwrap(), "SEC123"));
    }

    #[test]
    fn bad_bodies() {
        assert_eq!(parse(b"").unwrap_err(), BodyError::NotFields);
        assert_eq!(parse(b"{\"text\":").unwrap_err(), BodyError::NotFields);
        assert_eq!(parse(b"{}").unwrap_err(), BodyError::Empty);
        assert_eq!(parse(b"{\"text\":\"a\",\"text\":\"b\"}").unwrap_err(), BodyError::Repeated);
        assert_eq!(parse(&vec![b'a'; 70_000]).unwrap_err(), BodyError::TooLarge);
    }

    proptest! {
        #[test]
        fn random_signatures_never_verify(junk in "[A-Za-z0-9+/=%]{0,60}") {
            prop_assert!(!verify("1700000000001", &junk, "SEC123"));
        }

        #[test]
        fn no_body_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
