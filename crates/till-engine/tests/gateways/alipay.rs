//! Alipay for tests: its book of trades, its signature, and a line that breaks where a test wants it to. It is written
//! from Alipay's pages, not from the till's codec.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use till_channels::gateway::Reply;
use till_engine::ports::{ProviderCall, ProviderReply, Providers, SendError};

const APP_KEY: &str = include_str!("../../../till-channels/src/gateway/alipay/fixtures/app-key.pem");
const ALIPAY_KEY: &str = include_str!("../../../till-channels/src/gateway/alipay/fixtures/alipay-key.pem");
const ALIPAY_CERTIFICATE: &str =
    include_str!("../../../till-channels/src/gateway/alipay/fixtures/alipay-certificate.pem");
pub const APP_ID: &str = "2021000000000001";
pub const SELLER: &str = "2088000000000001";

/// The values of a contract with this Alipay.
pub fn values() -> Value {
    let value = |field: &str, text: &str| json!({"field": field, "text": text});
    json!([
        value("app_id", APP_ID),
        value("app_private_key", APP_KEY),
        value("alipay_public_key", ALIPAY_CERTIFICATE),
        value("seller_id", SELLER),
    ])
}

/// Alipay's signature.
pub fn sign(text: &str) -> String {
    static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| RsaPrivateKey::from_pkcs8_pem(ALIPAY_KEY).unwrap());
    let digest = Sha256::digest(text.as_bytes());
    STANDARD.encode(KEY.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap())
}

/// What becomes of one call.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It never arrives.
    Lost,
    /// It arrives and is carried out; its answer does not come back.
    Unheard,
    /// It is answered so, signed, and nothing is carried out.
    Says(Value),
    /// It is carried out, and some of the answer's fields are others.
    Twists(Value),
    /// It is carried out and answered, with a signature that does not fit.
    Forged,
    /// It arrives, and no answer comes until the test says so.
    Hangs(Arc<tokio::sync::Notify>),
}

impl Fate {
    /// A refusal with this sub code.
    pub fn refuses(sub_code: &str) -> Fate {
        Fate::Says(json!({"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "不行"}))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// A code was made, and nobody has scanned it.
    Made,
    Waiting,
    Paid,
    Closed,
}

/// A trade as Alipay knows it.
#[derive(Clone, Debug)]
pub struct Deal {
    pub trade_no: String,
    pub amount: String,
    pub stand: Stand,
    /// Given back, by the number of the refund.
    pub back: BTreeMap<String, String>,
}

#[derive(Default)]
struct Book {
    deals: HashMap<String, Deal>,
    fates: HashMap<String, VecDeque<Fate>>,
    calls: Vec<(String, Value)>,
    down: bool,
    /// What the customer does with a scanned code: pays at once, or must confirm.
    confirms: bool,
    bill: Option<Vec<u8>>,
    /// What a relay keeps: the answer to `GET …?after=N`.
    relay: Vec<Value>,
    addresses: Vec<String>,
}

/// Alipay, and the network on the way there.
#[derive(Default)]
pub struct Alipay(Mutex<Book>);

impl Alipay {
    pub fn new() -> Arc<Alipay> {
        Arc::default()
    }

    /// What becomes of the next call of a method, after those already said.
    pub fn next(&self, method: &str, fate: Fate) {
        self.0.lock().unwrap().fates.entry(method.to_owned()).or_default().push_back(fate);
    }

    /// Nothing gets through.
    pub fn goes_down(&self, down: bool) {
        self.0.lock().unwrap().down = down;
    }

    /// Customers are asked for their password.
    pub fn asks_for_the_password(&self) {
        self.0.lock().unwrap().confirms = true;
    }

    pub fn has_bill(&self, bytes: Vec<u8>) {
        self.0.lock().unwrap().bill = Some(bytes);
    }

    pub fn relay_keeps(&self, notice: Value) {
        self.0.lock().unwrap().relay.push(notice);
    }

    pub fn addresses(&self) -> Vec<String> {
        self.0.lock().unwrap().addresses.clone()
    }

    /// The calls of a method that arrived or were lost, in order.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        let book = self.0.lock().unwrap();
        book.calls.iter().filter(|(m, _)| m == method).map(|(_, biz)| biz.clone()).collect()
    }

    pub fn count(&self, method: &str) -> usize {
        self.calls(method).len()
    }

    pub fn deal(&self, out_no: &str) -> Option<Deal> {
        self.0.lock().unwrap().deals.get(out_no).cloned()
    }

    /// The customer does something with a trade.
    pub fn stands(&self, out_no: &str, stand: Stand) {
        self.0.lock().unwrap().deals.get_mut(out_no).unwrap_or_else(|| panic!("no trade {out_no}")).stand = stand;
    }

    /// A notice of payment as Alipay posts it, with some fields changed before it is signed.
    pub fn notice(&self, out_no: &str, changes: &[(&str, &str)]) -> Vec<u8> {
        let deal = self.deal(out_no).unwrap_or_else(|| panic!("no trade {out_no}"));
        let mut fields: BTreeMap<String, String> = [
            ("notify_id", format!("id-{out_no}")),
            ("notify_type", "trade_status_sync".into()),
            ("notify_time", "2026-11-20 14:00:05".into()),
            ("charset", "utf-8".into()),
            ("sign_type", "RSA2".into()),
            ("app_id", APP_ID.into()),
            ("seller_id", SELLER.into()),
            ("out_trade_no", out_no.into()),
            ("trade_no", deal.trade_no),
            ("trade_status", "TRADE_SUCCESS".into()),
            ("total_amount", deal.amount),
            ("gmt_payment", "2026-11-20 14:00:03".into()),
            ("buyer_logon_id", "138****0000".into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let signed = fields.iter().filter(|(name, value)| *name != "sign_type" && !value.is_empty());
        let text: Vec<String> = signed.map(|(name, value)| format!("{name}={value}")).collect();
        fields.insert("sign".into(), sign(&text.join("&")));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
    }
}

impl Book {
    fn carry_out(&mut self, method: &str, biz: &Value) -> Value {
        let out_no = biz["out_trade_no"].as_str().unwrap_or_default().to_owned();
        let number = format!("2026112022001{:015}", self.deals.len() + 1);
        let made = |stand| Deal {
            trade_no: number.clone(),
            amount: biz["total_amount"].as_str().unwrap_or_default().to_owned(),
            stand,
            back: BTreeMap::new(),
        };
        let ok = |fields: Value| {
            let mut answer = json!({"code": "10000", "msg": "Success", "out_trade_no": out_no});
            answer.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            answer
        };
        let missing = json!({"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"});
        let confirms = self.confirms;
        match method {
            "alipay.trade.precreate" => {
                self.deals.entry(out_no.clone()).or_insert_with(|| made(Stand::Made));
                ok(json!({"qr_code": format!("https://qr.alipay.com/{out_no}")}))
            }
            "alipay.trade.pay" => {
                assert!(!self.deals.contains_key(&out_no), "a scanned code is charged once");
                let deal = made(if confirms { Stand::Waiting } else { Stand::Paid });
                self.deals.insert(out_no.clone(), deal.clone());
                if confirms {
                    return json!({"code": "10003", "msg": "order success pay inprocess", "out_trade_no": out_no});
                }
                ok(json!({"trade_no": deal.trade_no, "total_amount": deal.amount, "gmt_payment": "2026-11-20 14:00:01",
                          "buyer_logon_id": "138****0000"}))
            }
            "alipay.trade.query" => match self.deals.get(&out_no) {
                None | Some(Deal { stand: Stand::Made, .. }) => missing,
                Some(deal) => {
                    let status = match deal.stand {
                        Stand::Paid => "TRADE_SUCCESS",
                        Stand::Closed => "TRADE_CLOSED",
                        _ => "WAIT_BUYER_PAY",
                    };
                    ok(json!({"trade_no": deal.trade_no, "total_amount": deal.amount, "trade_status": status,
                              "buyer_logon_id": "138****0000"}))
                }
            },
            "alipay.trade.cancel" => match self.deals.get_mut(&out_no) {
                None | Some(Deal { stand: Stand::Made, .. }) => ok(json!({"retry_flag": "N"})),
                Some(deal) => {
                    let action = if deal.stand == Stand::Paid { "refund" } else { "close" };
                    deal.stand = Stand::Closed;
                    ok(json!({"trade_no": deal.trade_no, "retry_flag": "N", "action": action}))
                }
            },
            "alipay.trade.refund" => match self.deals.get_mut(&out_no) {
                Some(deal) if deal.stand == Stand::Paid => {
                    let number = biz["out_request_no"].as_str().unwrap().to_owned();
                    let fee = biz["refund_amount"].as_str().unwrap().to_owned();
                    let fresh = deal.back.insert(number, fee.clone()).is_none();
                    let moved = if fresh { "Y" } else { "N" };
                    ok(json!({"trade_no": deal.trade_no, "fund_change": moved, "refund_fee": fee}))
                }
                _ => missing,
            },
            "alipay.trade.fastpay.refund.query" => {
                let number = biz["out_request_no"].as_str().unwrap();
                match self.deals.get(&out_no).and_then(|deal| deal.back.get(number)) {
                    None => ok(json!({})),
                    Some(fee) => {
                        ok(json!({"out_request_no": number, "refund_amount": fee, "refund_status": "REFUND_SUCCESS"}))
                    }
                }
            }
            "alipay.data.dataservice.bill.downloadurl.query" => match &self.bill {
                None => {
                    json!({"code": "40004", "msg": "Business Failed", "sub_code": "isp.bill_not_exist", "sub_msg": "账单不存在"})
                }
                Some(_) => ok(json!({"bill_download_url": "https://dwbillcenter.alipay.com/bill.zip"})),
            },
            other => panic!("no such call: {other}"),
        }
    }

    fn fetch(&self, url: &url::Url) -> Vec<u8> {
        if url.host_str() == Some("dwbillcenter.alipay.com") {
            return self.bill.clone().unwrap();
        }
        let after: i64 = url.query_pairs().find(|(name, _)| name == "after").unwrap().1.parse().unwrap();
        let kept: Vec<&Value> = self.relay.iter().filter(|notice| notice["id"].as_i64().unwrap() > after).collect();
        serde_json::to_vec(&json!({"notices": kept})).unwrap()
    }
}

fn answer(method: &str, inner: &Value, fits: bool) -> ProviderReply {
    let inner = inner.to_string();
    let signature = sign(if fits { &inner } else { "something else" });
    let body = format!(r#"{{"{}_response":{inner},"sign":"{signature}"}}"#, method.replace('.', "_"));
    ProviderReply::Answer(Reply { status: 200, headers: Vec::new(), body: body.into_bytes() })
}

fn silence() -> ProviderReply {
    ProviderReply::Failed(SendError::Unreachable("no route".into()))
}

impl Providers for Alipay {
    fn call(&self, call: ProviderCall) -> Pin<Box<dyn Future<Output = ProviderReply> + Send + '_>> {
        Box::pin(async move {
            if call.ask.method == "GET" {
                let mut book = self.0.lock().unwrap();
                book.addresses.push(call.ask.url.clone());
                if book.down {
                    return silence();
                }
                let body = book.fetch(&call.ask.url.parse().unwrap());
                return ProviderReply::Answer(Reply { status: 200, headers: Vec::new(), body });
            }
            let fields: HashMap<String, String> = form_urlencoded::parse(&call.ask.body).into_owned().collect();
            let (method, biz): (String, Value) =
                (fields["method"].clone(), serde_json::from_str(&fields["biz_content"]).unwrap());
            let fate = {
                let mut book = self.0.lock().unwrap();
                book.calls.push((method.clone(), biz.clone()));
                if book.down {
                    return silence();
                }
                book.fates.get_mut(&method).and_then(VecDeque::pop_front)
            };
            let carry_out = || self.0.lock().unwrap().carry_out(&method, &biz);
            match fate {
                None => answer(&method, &carry_out(), true),
                Some(Fate::Lost) => silence(),
                Some(Fate::Unheard) => {
                    carry_out();
                    silence()
                }
                Some(Fate::Says(inner)) => answer(&method, &inner, true),
                Some(Fate::Twists(fields)) => {
                    let mut inner = carry_out();
                    inner.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
                    answer(&method, &inner, true)
                }
                Some(Fate::Forged) => answer(&method, &carry_out(), false),
                Some(Fate::Hangs(until)) => {
                    let inner = carry_out();
                    until.notified().await;
                    answer(&method, &inner, true)
                }
            }
        })
    }
}
