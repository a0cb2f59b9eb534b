//! The phone of Lyn.Pay (seed 002): JSON `{title, time, money, deviceid, content}`, no package, no signature.

use super::fields::Fields;
use super::{Announced, BodyError};
use crate::rules::Rules;

/// Reads a body. The package comes from the title, through the table `title_package` of the rules file; an unknown title
/// leaves it empty. `money` may be missing, null, a number or the string `"null"`; it is only a hint.
///
/// Nothing proves who sent this: settle by it only on a path or with a token nobody else knows.
pub fn parse(body: &[u8], rules: &Rules) -> Result<Announced, BodyError> {
    let fields = Fields::read(body)?;
    let mut said = fields.announced(&[], &["title"], &["content"], &["time"]);
    if said.title.is_empty() && said.text.is_empty() {
        return Err(BodyError::Empty);
    }
    said.amount_hint = fields.amount(&["money"]);
    said.package = rules.package_of_title(&said.title).unwrap_or_default().to_owned();
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Notice, Verdict};

    fn read(body: &str) -> (Announced, Verdict) {
        let said = parse(body.as_bytes(), Rules::builtin()).unwrap();
        let verdict = Rules::builtin().read(&Notice { package: &said.package, title: &said.title, text: &said.text });
        (said, verdict)
    }

    #[test]
    fn what_the_seed_posts() {
        let (said, verdict) = read(
            r#"{"title":"微信支付","time":"2020-05-08 23:34:11","money":"0.80","deviceid":"mydevice","content":"[2条]微信支付: 微信支付收款0.80元(朋友到店)"} "#,
        );
        assert_eq!(said.device_name.as_deref(), Some("mydevice"));
        assert_eq!(said.phone_time_text.as_deref(), Some("2020-05-08 23:34:11"));
        assert!(matches!(verdict, Verdict::Receipt { amount, .. } if Some(amount) == said.amount_hint));
    }

    #[test]
    fn money_in_all_its_forms() {
        for (money, hint) in [
            (r#""null""#, None),
            ("null", None),
            ("0.01", Some(1)),
            (r#""0.01""#, Some(1)),
            ("1e2", None),
            (r#""-0.00""#, None),
        ] {
            let body = format!(
                r#"{{"title":"微信收款助手","time":"x","money":{money},"content":"[店员消息]收款到账0.01元"}}"#
            );
            let (said, verdict) = read(&body);
            assert_eq!(said.amount_hint.map(|a| a.get()), hint, "{money}");
            assert!(matches!(verdict, Verdict::Receipt { amount, .. } if amount.get() == 1));
        }
    }

    #[test]
    fn titles_lead_to_packages() {
        assert_eq!(
            read(r#"{"title":"你已成功收款5.00元","content":"已转入余额"}"#).0.package,
            "com.eg.android.AlipayGphone"
        );
        let (said, verdict) = read(r#"{"title":"张三","content":"微信支付收款0.80元"}"#);
        assert_eq!(said.package, "");
        assert!(!matches!(verdict, Verdict::Receipt { .. }));
    }
}
