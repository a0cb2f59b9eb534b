//! What a payload is: whose receiving code, or something that must not stand on the counter.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use till_core::channel::Channel;
use till_core::money::Fen;

/// What a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeKind {
    /// The wallet that pays into it, when it is one of ours.
    pub channel: Option<Channel>,
    /// Stable name: `wechat_personal`, `wechat_business`, `wechat_order`, `wechat_contact`, `alipay_personal`,
    /// `alipay_merchant`, `alipay_order`, `alipay_link`, `alipay_red_packet`, `alipay_other`, `unionpay`, `emv`, `ecny`,
    /// `aggregator`, `qq`, `payment_code`, `unknown`.
    pub kind: &'static str,
    /// The amount, when the payload itself carries one.
    pub amount_in_code: Option<Fen>,
    /// Why the owner should think again.
    pub warning: Option<Warning>,
}

/// Why a code should not be used as a receiving code, or only with care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Somebody's PAYMENT code (付款码): whoever has it can take money. Refuse it and do not keep it.
    PayersCode,
    /// Adds a friend or joins a group; nobody can pay it.
    ContactCode,
    /// Made for one order; it expires within hours.
    SingleUse,
    /// Gives money away.
    RedPacket,
    /// Belongs to an aggregator (聚合码): the wallets' own notices will not come to this phone.
    Aggregator,
    /// A wallet this program does not listen to.
    OtherWallet,
    /// Probably right, but this kind of payload was never seen on a device.
    Unverified,
    /// Not a payload we know.
    Unknown,
}

const fn kind(channel: Option<Channel>, kind: &'static str, warning: Option<Warning>) -> CodeKind {
    CodeKind { channel, kind, amount_in_code: None, warning }
}

/// Hosts of aggregators and banks' collecting services. A payload under them, or under a subdomain, is theirs.
const AGGREGATORS: [&str; 24] = [
    "chinaums.com",
    "lakala.com",
    "99bill.com",
    "shouqianba.com",
    "wosai.cn",
    "jlpay.com",
    "fuiou.com",
    "fuioupay.com",
    "leshuazf.com",
    "sandpay.com.cn",
    "yeepay.com",
    "helipay.com",
    "duolabao.com",
    "suixingpay.com",
    "vbill.cn",
    "hkrt.cn",
    "tonglian.com",
    "allinpay.com",
    "ccb.com",
    "icbc.com.cn",
    "abchina.com",
    "cmbchina.com",
    "eycard.cn",
    "starpos.com.cn",
];

/// Tells what a payload is. Never fails: what nobody knows is `unknown` with a warning.
pub fn classify(payload: &str) -> CodeKind {
    let text = payload.trim();
    if let Some(found) = payers_code(text) {
        return found;
    }
    if let Some(found) = emv(text) {
        return found;
    }
    let lower = text.to_ascii_lowercase();
    let (wechat, alipay) = (Some(Channel::Wechat), Some(Channel::Alipay));
    if let Some(rest) = lower.strip_prefix("wxp://") {
        let known = rest.len() > 8;
        return kind(wechat, "wechat_personal", if known { None } else { Some(Warning::Unverified) });
    }
    if lower.starts_with("weixin://wxpay/bizpayurl") {
        return kind(wechat, "wechat_order", Some(Warning::SingleUse));
    }
    if lower.starts_with("alipays://") || lower.starts_with("alipay://") || lower.starts_with("alipayqr://") {
        let amount_in_code = link_amount(text);
        return CodeKind { amount_in_code, ..kind(alipay, "alipay_link", Some(Warning::Unverified)) };
    }
    let Some((host, path)) = address(&lower) else {
        return kind(None, "unknown", Some(Warning::Unknown));
    };
    let under = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|h| h.ends_with('.'));
    match host {
        "payapp.weixin.qq.com" => kind(wechat, "wechat_business", None),
        "wx.tenpay.com" if path.starts_with("f2f") => kind(wechat, "wechat_personal", Some(Warning::Unverified)),
        "u.wechat.com" | "work.weixin.qq.com" => kind(None, "wechat_contact", Some(Warning::ContactCode)),
        "weixin.qq.com" if path.starts_with("r/") || path.starts_with("g/") || path.starts_with("q/") => {
            kind(None, "wechat_contact", Some(Warning::ContactCode))
        }
        "qr.alipay.com" => alipay_kind(path),
        "qr.95516.com" => kind(Some(Channel::Unionpay), "unionpay", None),
        "i.qianbao.qq.com" | "qpay.qq.com" | "myun.tenpay.com" => kind(None, "qq", Some(Warning::OtherWallet)),
        _ if host.split('.').any(|label| label == "dcep") => {
            kind(Some(Channel::Ecny), "ecny", Some(Warning::Unverified))
        }
        _ if AGGREGATORS.iter().any(|d| under(d)) => kind(None, "aggregator", Some(Warning::Aggregator)),
        _ => kind(None, "unknown", Some(Warning::Unknown)),
    }
}

/// Host and path of an http(s) address, without user, port and query.
fn address(lower: &str) -> Option<(&str, &str)> {
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains(['@', '\\']) {
        return None;
    }
    let host = authority.split(':').next().unwrap_or_default();
    Some((host, path.strip_prefix('/').unwrap_or_default()))
}

fn alipay_kind(path: &str) -> CodeKind {
    let alipay = Some(Channel::Alipay);
    match path.get(..3).unwrap_or_default() {
        "fkx" | "tsx" => kind(alipay, "alipay_personal", None),
        "stx" => kind(alipay, "alipay_merchant", None),
        "bax" => kind(alipay, "alipay_order", Some(Warning::SingleUse)),
        "c1x" => kind(None, "alipay_red_packet", Some(Warning::RedPacket)),
        "" => kind(None, "unknown", Some(Warning::Unknown)),
        _ => kind(alipay, "alipay_other", Some(Warning::Unverified)),
    }
}

/// 付款码: WeChat 18 digits from 10 to 15, Alipay 16 to 24 digits from 25 to 30, UnionPay 19 digits from 62.
fn payers_code(text: &str) -> Option<CodeKind> {
    let digits: String = text.chars().filter(|c| *c != ' ').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let head: u32 = digits.get(..2)?.parse().ok()?;
    let channel = match (head, digits.len()) {
        (10..=15, 18) => Channel::Wechat,
        (25..=30, 16..=24) => Channel::Alipay,
        (62, 19) => Channel::Unionpay,
        _ => return None,
    };
    Some(kind(Some(channel), "payment_code", Some(Warning::PayersCode)))
}

/// The amount in an Alipay deep link: `biz_data={"s":"money","u":"…","a":"0.01","m":"…"}`.
fn link_amount(text: &str) -> Option<Fen> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    let after =
        decoded.split_once("\"a\":").map(|(_, a)| a).or_else(|| decoded.split_once("amount=").map(|(_, a)| a))?;
    let number: String =
        after.trim_start_matches('"').chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    Fen::from_plain(&number).ok().filter(|a| a.is_positive())
}

/// An EMVCo merchant code (`000201…`): UnionPay's static codes abroad, and bank codes. Tag 54 is the amount.
fn emv(text: &str) -> Option<CodeKind> {
    if !text.starts_with("000201") || !text.is_ascii() {
        return None;
    }
    let (mut rest, mut amount, mut yuan, mut unionpay, mut checked) = (text, None, false, false, false);
    while rest.len() >= 4 {
        let (tag, length) = (&rest[..2], rest[2..4].parse::<usize>().ok()?);
        let value = rest.get(4..4 + length)?;
        match tag {
            "15" | "16" => unionpay = true,
            "53" => yuan = value == "156",
            "54" => amount = Fen::from_plain(value).ok().filter(|a| a.is_positive()),
            "63" => {
                checked = crc(&text.as_bytes()[..text.len() - rest.len() + 4]) == u16::from_str_radix(value, 16).ok()?
            }
            _ => {}
        }
        rest = &rest[4 + length..];
    }
    if !checked || !rest.is_empty() {
        return Some(kind(None, "emv", Some(Warning::Unknown)));
    }
    let amount_in_code = amount.filter(|_| yuan);
    let channel = unionpay.then_some(Channel::Unionpay);
    Some(CodeKind { amount_in_code, ..kind(channel, "emv", Some(Warning::Unverified)) })
}

/// CRC-16/CCITT-FALSE, as EMVCo asks.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |c, _| if c & 0x8000 != 0 { (c << 1) ^ 0x1021 } else { c << 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind() {
        use Channel::{Alipay, Ecny, Unionpay, Wechat};
        let table = [
            ("wxp://f2f0KQyJcAvGTpZ4yGDs9n8vB1sQw", Some(Wechat), "wechat_personal", None),
            ("https://payapp.weixin.qq.com/qrpay/order/home2?key=idc_CHNDVI_X", Some(Wechat), "wechat_business", None),
            ("weixin://wxpay/bizpayurl?pr=abcdef", Some(Wechat), "wechat_order", Some(Warning::SingleUse)),
            ("https://u.wechat.com/EABCDE", None, "wechat_contact", Some(Warning::ContactCode)),
            ("http://weixin.qq.com/r/abc", None, "wechat_contact", Some(Warning::ContactCode)),
            ("https://qr.alipay.com/fkx00000abcdef", Some(Alipay), "alipay_personal", None),
            ("HTTPS://QR.ALIPAY.COM/FKX00000ABCDEF", Some(Alipay), "alipay_personal", None),
            ("https://qr.alipay.com/bax0000", Some(Alipay), "alipay_order", Some(Warning::SingleUse)),
            ("https://qr.alipay.com/c1x0000", None, "alipay_red_packet", Some(Warning::RedPacket)),
            ("https://qr.95516.com/00010000/6221", Some(Unionpay), "unionpay", None),
            ("https://qr.chinaums.com/bills/qr?x=1", None, "aggregator", Some(Warning::Aggregator)),
            ("https://ch5.dcep.ccb.com/x", Some(Ecny), "ecny", Some(Warning::Unverified)),
            ("134567890123456789", Some(Wechat), "payment_code", Some(Warning::PayersCode)),
            ("2856 7890 1234 5678 90", Some(Alipay), "payment_code", Some(Warning::PayersCode)),
            ("https://qr.alipay.com.evil.example/fkx1", None, "unknown", Some(Warning::Unknown)),
            ("https://qr.alipay.com@evil.example/fkx1", None, "unknown", Some(Warning::Unknown)),
            ("hello", None, "unknown", Some(Warning::Unknown)),
            ("", None, "unknown", Some(Warning::Unknown)),
        ];
        for (payload, channel, name, warning) in table {
            let found = classify(payload);
            assert_eq!((found.channel, found.kind, found.warning), (channel, name, warning), "{payload}");
        }
    }

    #[test]
    fn amounts_in_payloads() {
        let link = r#"alipays://platformapi/startapp?appId=20000123&actionType=scan&biz_data=%7B%22s%22:%22money%22,%22u%22:%222088%22,%22a%22:%220.01%22%7D"#;
        assert_eq!(classify(link).amount_in_code.unwrap().get(), 1);
        let body = "00020101021215311234567890123456789012345678901530315654045.005802CN6304";
        let whole = format!("{body}{:04X}", crc(body.as_bytes()));
        let found = classify(&whole);
        assert_eq!(
            (found.kind, found.channel, found.amount_in_code.unwrap().get()),
            ("emv", Some(Channel::Unionpay), 500)
        );
        assert_eq!(classify(&format!("{body}0000")).warning, Some(Warning::Unknown));
    }
}
