//! WeChat Pay for tests: v3 under its own RSA key, v2 under the shared key. Written from WeChat's pages, not from the
//! till's codec. The keys are those made for the codec's tests.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use till_channels::gateway::{Ask, Reply};
use till_channels::merchant::sign::hmac_hex;
use till_engine::ports::{Clock, ProviderReply, SendError};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../till-channels/src/gateway/wechat/fixtures/", $name))
    };
}

pub const APPID: &str = "wxd678efh567hg6787";
pub const MINI: &str = "wxmini0000000001";
pub const MCHID: &str = "1900000109";
pub const API_KEY: &str = "192006250b4c09247ec02edce69f6a2d";
const KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
const CLOSE: &str = "/close";

fn values(fields: &[(&str, &str)]) -> Value {
    fields.iter().map(|(field, text)| json!({"field": field, "text": text})).collect()
}

/// A contract with the keys of v3.
pub fn v3() -> Value {
    values(&[
        ("appid", APPID),
        ("mchid", MCHID),
        ("extra_appids", MINI),
        ("merchant_private_key", fixture!("merchant.key.pem")),
        ("merchant_certificate", fixture!("merchant.pem")),
        ("apiv3_key", "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"),
        ("wechatpay_public_key", fixture!("platform.pem")),
        ("wechatpay_public_key_id", KEY_ID),
    ])
}

/// A contract with the key of v2 alone.
pub fn v2() -> Value {
    values(&[("appid", APPID), ("mchid", MCHID), ("api_key", API_KEY)])
}

fn private(pem: &str) -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs8_pem(pem).unwrap()
}

/// True if the merchant signed these lines.
pub fn is_the_merchant_s(lines: &[&str], signature: &str) -> bool {
    static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| private(fixture!("merchant.key.pem")));
    let text: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
    let signature = STANDARD.decode(signature).unwrap();
    KEY.to_public_key().verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(text.as_bytes()), &signature).is_ok()
}

/// What becomes of the next order.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// Its answer does not come back.
    Unheard,
    /// Refused with this code, signed.
    Refuses(&'static str),
    /// Answered, with a signature that does not fit.
    Forged,
}

#[derive(Default)]
struct Book {
    fates: VecDeque<Fate>,
    /// Path and body of every order.
    orders: Vec<(String, String)>,
    paid: bool,
    queries: usize,
}

pub struct Wechat {
    clock: Arc<dyn Clock>,
    book: Mutex<Book>,
}

impl Wechat {
    pub fn new(clock: Arc<dyn Clock>) -> Wechat {
        Wechat { clock, book: Mutex::default() }
    }

    pub fn next(&self, fate: Fate) {
        self.book.lock().unwrap().fates.push_back(fate);
    }

    /// The customer has paid what was ordered.
    pub fn is_paid(&self) {
        self.book.lock().unwrap().paid = true;
    }

    /// Path and body of the orders that came.
    pub fn orders(&self) -> Vec<(String, String)> {
        self.book.lock().unwrap().orders.clone()
    }

    pub fn queries(&self) -> usize {
        self.book.lock().unwrap().queries
    }

    pub fn call(&self, ask: &Ask) -> ProviderReply {
        let url: url::Url = ask.url.parse().unwrap();
        let body = String::from_utf8(ask.body.clone()).unwrap();
        let mut book = self.book.lock().unwrap();
        if ask.method == "GET" {
            book.queries += 1;
            let no = url.path().rsplit('/').next().unwrap();
            let answer = stands(no, book.paid, &book.orders);
            return self.v3(200, &answer, true);
        }
        if url.path().ends_with(CLOSE) {
            return self.v3(204, &Value::Null, true);
        }
        if url.path() != "/pay/unifiedorder" && !url.path().starts_with("/v3/pay/transactions/") {
            // Other calls of v2: it is having a bad day.
            return ProviderReply::Answer(Reply { status: 500, headers: Vec::new(), body: Vec::new() });
        }
        book.orders.push((url.path().to_owned(), body));
        match (book.fates.pop_front(), url.path()) {
            (Some(Fate::Unheard), _) => ProviderReply::Failed(SendError::Timeout),
            (Some(Fate::Refuses(code)), _) => self.v3(403, &json!({"code": code, "message": "不行"}), true),
            (fate, "/v3/pay/transactions/h5") => {
                let url = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx20";
                self.v3(200, &json!({"h5_url": url}), fate.is_none())
            }
            (_, "/pay/unifiedorder") => prepaid_v2(),
            (fate, _) => self.v3(200, &json!({"prepay_id": "wx201410272009395522657a690389285100"}), fate.is_none()),
        }
    }

    fn v3(&self, status: u16, body: &Value, fits: bool) -> ProviderReply {
        static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| private(fixture!("platform.key.pem")));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let at = (self.clock.now_ms() / 1_000).to_string();
        let signed = format!("{at}\nn0nce\n{}\n", if fits { &body } else { "something else" });
        let signature = KEY.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(signed.as_bytes())).unwrap();
        let headers = [
            ("wechatpay-timestamp", at),
            ("wechatpay-nonce", "n0nce".into()),
            ("wechatpay-serial", KEY_ID.into()),
            ("wechatpay-signature", STANDARD.encode(signature)),
        ];
        let headers = headers.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        ProviderReply::Answer(Reply { status, headers, body: body.into_bytes() })
    }
}

/// How an order stands.
fn stands(no: &str, paid: bool, orders: &[(String, String)]) -> Value {
    let order: Value = orders.iter().rev().find_map(|(_, body)| serde_json::from_str(body).ok()).unwrap();
    let mut answer = json!({"appid": order["appid"], "mchid": MCHID, "out_trade_no": no, "trade_state": "NOTPAY",
                            "trade_state_desc": "未支付"});
    if paid {
        let more = json!({"trade_state": "SUCCESS", "transaction_id": "4200001234202611201234567890",
                          "success_time": "2026-11-20T14:00:03+08:00", "payer": {"openid": "oUpF8uMuAJO"},
                          "amount": {"total": order["amount"]["total"], "currency": "CNY",
                                     "payer_total": order["amount"]["total"], "payer_currency": "CNY"}});
        answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    answer
}

/// Sorted pairs and the key, as v2 signs.
pub fn v2_sign(pairs: &mut Vec<(&str, &str)>) -> String {
    pairs.sort_unstable();
    let text: Vec<String> = pairs.iter().map(|(name, text)| format!("{name}={text}")).collect();
    hmac_hex(API_KEY, &format!("{}&key={API_KEY}", text.join("&"))).to_uppercase()
}

fn prepaid_v2() -> ProviderReply {
    let mut pairs = vec![
        ("return_code", "SUCCESS"),
        ("result_code", "SUCCESS"),
        ("appid", APPID),
        ("mch_id", MCHID),
        ("nonce_str", "n0nce"),
        ("trade_type", "JSAPI"),
        ("prepay_id", "wx2014"),
    ];
    let sign = v2_sign(&mut pairs);
    pairs.push(("sign", &sign));
    let inner: String = pairs.iter().map(|(name, text)| format!("<{name}><![CDATA[{text}]]></{name}>")).collect();
    ProviderReply::Answer(Reply { status: 200, headers: Vec::new(), body: format!("<xml>{inner}</xml>").into_bytes() })
}
