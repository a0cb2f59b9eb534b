//! Our own push for MacroDroid, Tasker, shell scripts and anything else that can send a JSON object or a form.
//!
//! | meaning | field names, first one that is there |
//! |---|---|
//! | package of the app | `package`, `from`, `app`, `packageName`, `package_name` |
//! | title | `title`, `not_title`, `antitle` |
//! | text | `text`, `notification`, `content`, `msg`, `antext` |
//! | time | `time`, `ts`, `received`, `timestamp`: Unix seconds or milliseconds, or any text |
//! | id of this announcement | `id`, `push_id`, `idempotency_key` (at most 128 bytes) |
//! | device, battery | `device`, `deviceid`, …; `battery` (`81`, `81%`) |
//! | amount | `amount`, `money`: a hint only |
//!
//! Unknown fields are ignored; a tag the phone did not replace (`%antitle`, `{not_title}`) counts as missing.

use super::fields::Fields;
use super::{Announced, BodyError};

/// Reads a body or a query string.
pub fn parse(body: &[u8]) -> Result<Announced, BodyError> {
    let fields = Fields::read(body)?;
    let mut said = fields.announced(
        &["package", "from", "app", "packageName", "package_name"],
        &["title", "not_title", "antitle"],
        &["text", "notification", "content", "msg", "antext"],
        &["time", "ts", "received", "timestamp"],
    );
    if said.title.is_empty() && said.text.is_empty() {
        return Err(BodyError::Empty);
    }
    said.amount_hint = fields.amount(&["amount", "money"]);
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_form_say_the_same() {
        let json = parse(r#"{"package":"com.tencent.mm","title":"微信支付","text":"收款 1+1 元","ts":1700000000,"battery":81,"id":"a-1","x":[1]}"#.as_bytes()).unwrap();
        let form = parse("package=com.tencent.mm&title=%E5%BE%AE%E4%BF%A1%E6%94%AF%E4%BB%98&text=%E6%94%B6%E6%AC%BE+1%2B1+%E5%85%83&ts=1700000000&battery=81%25&id=a-1&y".as_bytes()).unwrap();
        assert_eq!(json, form);
        assert_eq!(json.phone_time_ms, Some(1_700_000_000_000));
        assert_eq!(json.text, "收款 1+1 元");
    }

    #[test]
    fn other_names_and_unreplaced_tags() {
        let said = parse(
            br#"{"app":"a.b","not_title":"T","notification":"N","title":"%antitle","time":"2026-11-20 15:10:02"}"#,
        )
        .unwrap();
        assert_eq!((said.package.as_str(), said.title.as_str(), said.text.as_str()), ("a.b", "T", "N"));
        assert_eq!(said.phone_time_text.as_deref(), Some("2026-11-20 15:10:02"));
        assert_eq!(parse(b"title={not_title}&text=%25antext").unwrap_err(), BodyError::Empty);
        assert_eq!(parse(b"hello").unwrap_err(), BodyError::NotFields);
    }
}
