//! UnionPay: pairs, raw or encoded, whose signer's certificate stands among them.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use till_channels::gateway::keys::PrivateKey;
use till_channels::gateway::unionpay::signature;
use till_channels::gateway::{About, Answer, Call, Claim, Doubt, Gateway, Heard, Provider, RawNotice, Reply, Source};

use super::{Input, NOW, answered, claimed, contract, cut_again, form, order, seed, value};

macro_rules! pki {
    ($name:literal) => {
        concat!("../../../crates/till-channels/src/gateway/testdata/pki/", $name)
    };
}

/// The contract's shop.
pub const MER_ID: &str = "777290058110048";

/// Whoever asks for it first waits: opening a PFX file is slow on purpose.
static GATEWAY: LazyLock<Box<dyn Gateway>> = LazyLock::new(|| {
    let fields = [
        ("mer_id", MER_ID),
        ("sign_pfx", &STANDARD.encode(include_bytes!(pki!("merchant.pfx")))),
        ("sign_pfx_password", "000000"),
        ("root_certificate", include_str!(pki!("root.pem"))),
        ("middle_certificate", include_str!(pki!("middle.pem"))),
    ];
    contract(Provider::Unionpay, &fields)
});
static SIGNER: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::parse(include_str!(pki!("signer.key.pem"))).expect("a test key"));
const CERTIFICATE: &str = include_str!(pki!("signer.pem"));

/// A message of UnionPay's.
pub fn unionpay(data: &[u8]) {
    let Some(input) = Input::of(data) else { return };
    input.proves_nothing(GATEWAY.as_ref());
    let Some(mut pairs) = input.pairs() else { return };
    pairs.retain(|(name, value)| !["signature", "signPubKeyCert"].contains(name) && !value.is_empty());
    pairs.push(("signPubKeyCert", CERTIFICATE.trim_end()));
    let text = signature::text(pairs.iter().copied());
    let made = signature::made(&SIGNER, &text, &mut seed()).expect("a test key signs");
    let said = Said { pairs: &pairs, signature: &made };
    if let Some(call) = input.call() {
        for scanned in [false, true] {
            said.answers(&call, scanned);
        }
    }
    if let Some(office) = input.office() {
        let _ = GATEWAY.read_office(&office, &reply(said.encoded(&pairs)), NOW);
    }
    if input.what == "notice" && said.is_heard() {
        assert!(notice(&said.encoded(&pairs[1..])).is_err(), "{} was not signed", pairs[0].0);
        if let Some(again) = cut_again(&text, &pairs) {
            assert!(notice(&said.encoded(&again)).is_err(), "a signature that fits two readings: {text}");
        }
    }
}

/// Pairs that UnionPay signed.
struct Said<'a> {
    pairs: &'a [(&'a str, &'a str)],
    signature: &'a str,
}

impl Said<'_> {
    /// Other pairs under the same signature, as notices come.
    fn encoded(&self, pairs: &[(&str, &str)]) -> String {
        form(&[pairs, &[("signature", self.signature)]].concat())
    }

    /// As answers come: nothing encoded.
    fn raw(&self) -> String {
        let parts: Vec<String> = self.pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}&signature={}", parts.join("&"), self.signature)
    }

    fn answers(&self, call: &Call, scanned: bool) {
        let order = order(scanned);
        let read = |text: String| GATEWAY.read(&order, call, &reply(text), NOW);
        let (encoded, raw) = (read(self.encoded(self.pairs)), read(self.raw()));
        answered(call, &encoded);
        answered(call, &raw);
        if let Answer::Paid(claim) = &encoded {
            assert_eq!(*call, Call::Query, "a 00 to anything else says that it was taken on");
            self.paid(claim, Source::Answer);
        }
        // A raw value with `&` in it is two: what else is read either way is the same.
        let is_plain = self.pairs.iter().all(|(name, value)| !name.contains('&') && !value.contains('&'));
        if is_plain && !matches!(encoded, Answer::Unknown(_)) {
            assert_eq!(encoded, raw);
        }
    }

    fn paid(&self, claim: &Claim, source: Source) {
        let get = |name: &str| value(self.pairs, name);
        let fen = get("txnAmt").and_then(|text| text.parse().ok());
        claimed(claim, source, [get("orderId"), get("queryId")], fen);
        let named = [claim.currency.as_deref(), claim.seller.as_deref()];
        assert_eq!(named, [get("currencyCode"), Some(MER_ID)]);
    }

    fn is_heard(&self) -> bool {
        let Ok(heard) = notice(&self.encoded(self.pairs)) else { return false };
        let get = |name: &str| value(self.pairs, name);
        assert_eq!(Some(heard.id.as_str()), get("queryId"));
        match &heard.about {
            About::Paid(claim) => {
                self.paid(claim, Source::Notice);
                assert!(get("txnType") == Some("01") && matches!(get("respCode"), Some("00" | "A6")));
            }
            About::Refund { refund_no, .. } => assert_eq!(refund_no.as_deref(), get("orderId")),
            About::Ended { out_no } => assert!(!out_no.is_empty()),
            About::Other { out_no, .. } => assert!(out_no.is_some()),
        }
        true
    }
}

fn reply(body: String) -> Reply {
    Reply { status: 200, headers: Vec::new(), body: body.into_bytes() }
}

fn notice(body: &str) -> Result<Heard, Doubt> {
    GATEWAY.notice(&RawNotice { headers: Vec::new(), query: String::new(), body: body.into() }, NOW)
}
