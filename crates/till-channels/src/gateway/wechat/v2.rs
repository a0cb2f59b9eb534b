//! WeChat Pay v2: XML under a key that both sides share.

pub(super) mod orders;

use zeroize::Zeroizing;

use super::No;
use super::codes::Failure;
use super::shop::Shop;
use super::xml::{self, Message};
use crate::gateway::sign::{hmac_sha256_hex, md5_hex, same, sorted_pairs};
use crate::gateway::{Ask, Claim, Doubt, DoubtKind, Reply, Seed, Source, moment};

/// How messages are signed: agreed in the contract, never taken from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignType {
    /// HMAC-SHA256.
    Hmac,
    /// MD5.
    Md5,
}

impl SignType {
    /// Its name in messages.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            SignType::Hmac => "HMAC-SHA256",
            SignType::Md5 => "MD5",
        }
    }
}

/// The keys of v2.
pub(super) struct V2 {
    pub(super) api_key: Zeroizing<String>,
    pub(super) sign_type: SignType,
    /// There is a client certificate for reversals and refunds.
    pub(super) certificate: bool,
}

impl std::fmt::Debug for V2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("V2").field("sign_type", &self.sign_type).finish_non_exhaustive()
    }
}

impl V2 {
    /// The sign of a message: over the pairs that are not empty, `sign` left out, upper-case hex.
    pub(super) fn sign<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let pairs = pairs.into_iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
        let text = Zeroizing::new(format!("{}&key={}", sorted_pairs(pairs), *self.api_key));
        match self.sign_type {
            SignType::Hmac => hmac_sha256_hex(self.api_key.as_bytes(), text.as_bytes()),
            SignType::Md5 => md5_hex(text.as_bytes()),
        }
        .to_uppercase()
    }

    /// A signed request.
    fn request(&self, shop: &Shop, path: &str, appid: &str, params: &[(&str, &str)], seed: &mut Seed) -> Ask {
        let nonce = seed.nonce();
        let mut pairs = vec![
            ("appid", appid),
            ("mch_id", shop.mchid.as_str()),
            ("nonce_str", nonce.as_str()),
            ("sign_type", self.sign_type.as_str()),
        ];
        pairs.extend(params.iter().filter(|(_, value)| !value.is_empty()));
        let sign = self.sign(pairs.iter().copied());
        pairs.push(("sign", sign.as_str()));
        Ask {
            method: "POST",
            url: format!("{}{path}", shop.base),
            headers: vec![("Content-Type".into(), "text/xml; charset=utf-8".into())],
            body: xml::write(pairs).into_bytes(),
            client_certificate: path.starts_with("/secapi/"),
            longest: xml::LONGEST,
        }
    }

    /// An authenticated answer of this shop's, whatever it says.
    pub(super) fn open(&self, shop: &Shop, reply: &Reply) -> Result<Message, Doubt> {
        if reply.status != 200 {
            return Err(Doubt::new(DoubtKind::Trouble, format!("HTTP {}", reply.status)));
        }
        let message = Message::read(&reply.body, "xml")?;
        self.authenticate(shop, &message)?;
        Ok(message)
    }

    /// Whether a message is signed as agreed, and names this shop.
    pub(super) fn authenticate(&self, shop: &Shop, message: &Message) -> Result<(), Doubt> {
        // return_code FAIL is never signed: anybody can say it.
        if message.need("return_code")? != "SUCCESS" {
            let said = message.get("return_msg").unwrap_or("return_code");
            return Err(Doubt::new(DoubtKind::Unsigned, super::shop::words(said, 100)));
        }
        if message.get("sign_type").is_some_and(|named| named != self.sign_type.as_str()) {
            return Err(Doubt::new(DoubtKind::BadSignature, "another sign_type than agreed"));
        }
        let theirs = message.get("sign").ok_or_else(|| Doubt::new(DoubtKind::Unsigned, "no sign"))?;
        if !same(self.sign(message.iter()).as_bytes(), theirs.as_bytes()) {
            return Err(Doubt::new(DoubtKind::BadSignature, "sign"));
        }
        if message.iter().any(|(name, value)| !ADDRESSES.contains(&name) && reads_as_several(value)) {
            return Err(Doubt::new(DoubtKind::Unreadable, "a value that reads as several"));
        }
        shop.is_named(Some(message.need("appid")?), Some(message.need("mch_id")?))
    }
}

/// Values with queries of their own. They stand only where an order was made, and such answers say nothing of money.
const ADDRESSES: [&str; 2] = ["code_url", "mweb_url"];

/// The sign covers the joined pairs, not where one ends: a value that holds another pair could have been two, and two could
/// have been put together so that the second is no longer seen.
fn reads_as_several(value: &str) -> bool {
    let mut behind = value.split('&').skip(1).filter_map(|part| part.split_once('='));
    behind.any(|(name, _)| xml::is_name(name))
}

/// Whether an authenticated message says that it worked.
pub(super) fn done(message: &Message) -> Result<(), No> {
    match message.need("result_code")? {
        "SUCCESS" => Ok(()),
        "FAIL" => Err(No::Failed(Failure {
            code: message.need("err_code")?.to_owned(),
            message: message.get("err_code_des").unwrap_or_default().to_owned(),
        })),
        other => Err(Doubt::new(DoubtKind::Unlisted, other).into()),
    }
}

/// What a message says was paid.
pub(super) fn claim(message: &Message, source: Source) -> Result<Claim, Doubt> {
    Ok(Claim {
        source,
        out_no: message.need("out_trade_no")?.to_owned(),
        trade_no: message.need("transaction_id")?.to_owned(),
        amount: message.fen("total_fee")?,
        currency: message.get("fee_type").map(str::to_owned),
        app: message.get("appid").map(str::to_owned),
        seller: message.get("mch_id").map(str::to_owned),
        paid_at: message.get("time_end").and_then(moment::from_packed),
        buyer: message.get("openid").unwrap_or_default().to_owned(),
    })
}
