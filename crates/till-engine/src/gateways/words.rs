//! Sentences about contracts: what an answer means, and what to do about it.

use till_channels::gateway::fields::Why;
use till_channels::gateway::keys::KeyError;
use till_channels::gateway::{Doubt, DoubtKind, Fault, Provider, RefusalKind, moment};

use super::book::Ail;
use crate::api::Lang;
use crate::words::say;

/// The stable name of a kind of doubt, as it is kept.
pub(super) const fn doubt_id(kind: DoubtKind) -> &'static str {
    match kind {
        DoubtKind::Unsigned => "unsigned",
        DoubtKind::BadSignature => "bad_signature",
        DoubtKind::UnknownKey => "unknown_key",
        DoubtKind::Stale => "stale",
        DoubtKind::Unreadable => "unreadable",
        DoubtKind::NotOurs => "not_ours",
        DoubtKind::Unlisted => "unlisted",
        DoubtKind::Trouble => "trouble",
    }
}

const DOUBTS: [DoubtKind; 8] = [
    DoubtKind::Unsigned,
    DoubtKind::BadSignature,
    DoubtKind::UnknownKey,
    DoubtKind::Stale,
    DoubtKind::Unreadable,
    DoubtKind::NotOurs,
    DoubtKind::Unlisted,
    DoubtKind::Trouble,
];

/// A doubt as it is kept in the `detail` of a word: the kind's name, then the rest. [`doubt_of`] reads it.
pub(super) fn doubt_text(doubt: &Doubt) -> String {
    format!("{}: {}", doubt_id(doubt.kind), doubt.detail)
}

/// The kind and the rest of a kept detail; none where it is something else.
pub(super) fn doubt_of(detail: &str) -> Option<(DoubtKind, &str)> {
    let (id, rest) = detail.split_once(": ")?;
    Some((DOUBTS.into_iter().find(|kind| doubt_id(*kind) == id)?, rest))
}

/// Why something that came in a provider's name is not believed.
pub(crate) fn doubt(lang: Lang, kind: DoubtKind) -> String {
    let (zh, en) = match kind {
        DoubtKind::Unsigned => ("没有签名，不能相信", "It has no signature: it cannot be believed"),
        DoubtKind::BadSignature => (
            "签名不对：不是平台发来的，或平台公钥填错了",
            "The signature does not fit: it is not the provider's, or the provider's public key here is the wrong one",
        ),
        DoubtKind::UnknownKey => (
            "签名用的平台证书或公钥这里没有：平台可能换了证书，请从平台后台下载新的",
            "Signed with a certificate or key that is not here: the provider may have a new one; download it from its console",
        ),
        DoubtKind::Stale => (
            "签名时间和本机时间差得太多，请检查电脑时间",
            "Signed too long ago or ahead of this computer's clock; check the clock",
        ),
        DoubtKind::Unreadable => ("内容读不懂", "It cannot be read"),
        DoubtKind::NotOurs => (
            "签名是对的，但说的不是本店的这一单（商户、应用、金额或币种不同）",
            "Authentic, but about another shop, app, order, amount or currency",
        ),
        DoubtKind::Unlisted => ("平台返回了没见过的代码", "The provider answered with a code that is not known"),
        DoubtKind::Trouble => ("连不上平台，或平台出了故障", "The provider cannot be reached, or is in trouble"),
    };
    say(lang, zh, en)
}

/// The secrets are not on this computer.
pub(super) fn no_secret(lang: Lang) -> String {
    say(
        lang,
        "这台电脑上没有这份合约的密钥，或打不开。请解锁钥匙串，或重新填写密钥",
        "This contract's keys are not on this computer, or do not open. Unlock the keychain, or enter the keys again",
    )
}

/// What keeps a contract from asking, as a snag calls it.
pub(super) const LOCKED: &str = "locked";
/// The same.
pub(super) const NO_KEYS: &str = "no_keys";

/// What is the matter with a contract's answers.
pub(super) fn ail(lang: Lang, ail: &Ail) -> String {
    match ail {
        Ail::Doubt(found) => doubt(lang, found.kind),
        Ail::Refused(refusal) => refused(lang, refusal.kind),
    }
}

/// What a refusal of a contract means, and what to do.
pub(super) fn refused(lang: Lang, kind: RefusalKind) -> String {
    let (zh, en) = match kind {
        RefusalKind::Settings => (
            "平台拒绝了：应用编号或商户号、私钥、证书里有一样不对。请核对编号，并确认上传到平台的公钥和这里的私钥是一对",
            "The provider refused: the app or merchant number, the private key or a certificate is wrong. Compare the numbers, and make sure that the public key in the provider's console belongs to the private key here",
        ),
        RefusalKind::NotAllowed => (
            "平台认得这份合约，但没有开通这个产品或权限。请在平台后台开通后再试",
            "The provider knows this contract, but it does not include this product. Sign up for it in the provider's console",
        ),
        RefusalKind::TooOften => ("问得太频繁，请过一分钟再试", "Asked too often; try again in a minute"),
        _ => ("平台拒绝了，原因见平台的原话", "The provider refused, for the reason in its own words"),
    };
    say(lang, zh, en)
}

/// All that is wrong with a contract's values, in one sentence.
pub(super) fn incomplete(lang: Lang, provider: Provider, faults: &[Fault]) -> String {
    if faults.is_empty() {
        return say(lang, "这个版本还不支持这个平台", "This version does not speak with this provider yet");
    }
    let each = faults.iter().map(|f| match lang {
        Lang::Zh => format!("{}：{}", f.field, fault(lang, provider, f)),
        Lang::En => format!("{}: {}", f.field, fault(lang, provider, f)),
    });
    let each: Vec<String> = each.collect();
    match lang {
        Lang::Zh => each.join("；"),
        Lang::En => each.join("; "),
    }
}

/// What is wrong with one value.
pub(super) fn fault(lang: Lang, provider: Provider, fault: &Fault) -> String {
    let (zh, en) = match &fault.why {
        Why::Missing => ("还没有填写".to_owned(), "missing".to_owned()),
        Why::Form(shape) => (format!("格式不对，应该是{}", shape_zh(shape)), format!("does not look like {shape}")),
        Why::Key(why) => return say_pair(lang, key(why)),
        Why::Weak(bits) => (
            format!("密钥只有 {bits} 位，平台要求 2048 位。请重新生成"),
            format!("a key of {bits} bits; providers ask for 2048. Make a new one"),
        ),
        // The commonest mistake: whoever asks in the shop's name could then also answer.
        Why::Mismatch(other)
            if provider == Provider::Alipay && is_theirs(fault.field) && *other == "app_private_key" =>
        {
            (
                "这是应用自己的公钥，不是支付宝公钥。请复制平台后台里的“支付宝公钥”".to_owned(),
                "this is the app's own public key, not Alipay's. Copy “Alipay public key” from the console".to_owned(),
            )
        }
        Why::Mismatch(other) => (format!("和 {other} 不是一对"), format!("does not belong to {other}")),
        Why::NotYet(at) => {
            let at = moment::spaced(*at);
            (
                format!("证书要到 {at} 才生效。请检查电脑时间，或换上现在有效的证书"),
                format!("a certificate that counts from {at}. Check the clock, or paste the one that counts now"),
            )
        }
        Why::Over(at) => {
            let at = moment::spaced(*at);
            (
                format!("证书已于 {at} 过期。请从平台后台下载新的证书"),
                format!("a certificate that ran out at {at}. Download the new one from the provider's console"),
            )
        }
    };
    say_pair(lang, (zh, en))
}

fn is_theirs(field: &str) -> bool {
    matches!(field, "alipay_public_key" | "alipay_certificate")
}

pub(super) fn say_pair(lang: Lang, (zh, en): (String, String)) -> String {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// Why a text is no key.
pub(super) fn key(why: &KeyError) -> (String, String) {
    match why {
        KeyError::Empty => ("还没有内容".into(), "there is nothing yet".into()),
        KeyError::NotBase64 => (
            "不是密钥或证书：既不是 PEM，也不是 base64。请复制完整的内容".into(),
            "no key and no certificate: neither PEM nor base64. Copy all of it".into(),
        ),
        KeyError::NoKey => (
            "里面没有合适的密钥或证书，可能没有复制完整".into(),
            "no fitting key or certificate in it; perhaps it was cut off".into(),
        ),
        KeyError::Bits(bits) => (
            format!("密钥有 {bits} 位，不能用：平台要求 2048 位"),
            format!("a key of {bits} bits cannot be used: providers ask for 2048"),
        ),
        KeyError::Password => ("密码不对，打不开这个文件".into(), "the password does not open the file".into()),
    }
}

/// The shapes that codecs name, in Chinese.
fn shape_zh(shape: &'static str) -> &'static str {
    match shape {
        "16 digits" => " 16 位数字",
        "16 digits that begin with 2088" => "以 2088 开头的 16 位数字",
        "letters and digits" => "字母和数字",
        "32 letters and digits" => " 32 位字母和数字",
        "exactly 32 characters" => "刚好 32 个字符",
        "15 digits or letters" => " 15 位数字或字母",
        "up to 11 digits" => "最多 11 位数字",
        "one of the two" | "one of the words offered" => "列表里的一项",
        "both, code or scan" => " both、code 或 scan",
        "app ids, a comma between them" => "用逗号隔开的应用编号",
        "certificates of a certification authority" => "发证机构的证书",
        "https://…, at most 255 characters, no question mark" => " https:// 开头、最长 255 个字符、不带问号的地址",
        "an http or https address of at most 256 characters" => " http 或 https 开头、最长 256 个字符的地址",
        "WeChat Pay has no test system" => "正式环境或模拟器：微信支付没有沙箱",
        other => other,
    }
}
