//! Providers' messages: what nobody signed proves nothing, and what is read out of a signed one is what was signed. The
//! targets hold the providers' keys of the test contracts, so that what lies behind a signature is reached, too.

mod alipay;
mod unionpay;
mod wechat;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use till_channels::gateway::keys::PrivateKey;
use till_channels::gateway::{
    Answer, Call, Claim, Gateway, Office, OfficeAnswer, Order, Place, Provider, RawNotice, RefundOrder, Reply, Seed,
    Source, Values, build, sign,
};
use till_core::Fen;

use crate::money;

pub use alipay::alipay;
pub use unionpay::unionpay;
pub use wechat::wechat;

/// The moment of all messages, Unix ms: 2026-11-20 14:30 in China.
pub const NOW: i64 = 1_795_156_200_000;
/// The order that all messages are held against.
pub const OUT_NO: &str = "QT20261120000001";
/// Its refund.
pub const REFUND_NO: &str = "RF20261120000001";
/// Longer inputs only cost time.
const LONGEST: usize = 16 * 1024;

/// A message as it came, not signed yet.
///
/// The input: a word for what it is about and an HTTP status; headers as `name: value`; an empty line; the body. Line ends
/// are bare.
struct Input<'a> {
    what: &'a str,
    status: u16,
    headers: Vec<(String, String)>,
    body: &'a [u8],
}

impl<'a> Input<'a> {
    fn of(data: &'a [u8]) -> Option<Input<'a>> {
        if data.len() > LONGEST {
            return None;
        }
        let cut = data.windows(2).position(|two| two == b"\n\n")?;
        let mut lines = std::str::from_utf8(&data[..cut]).ok()?.lines();
        let (what, status) = lines.next()?.split_once(' ')?;
        let headers = lines.filter_map(|line| line.split_once(": ")).map(owned).collect();
        Some(Input { what, status: status.parse().ok()?, headers, body: &data[cut + 2..] })
    }

    fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.body).ok()
    }

    /// The body as `name=value`, one a line; each name once, as a provider writes them.
    fn pairs(&self) -> Option<Vec<(&'a str, &'a str)>> {
        let pairs: Option<Vec<_>> = self.text()?.lines().map(|line| line.split_once('=')).collect();
        pairs.filter(|pairs| pairs.iter().enumerate().all(|(n, (name, _))| pairs[..n].iter().all(|(m, _)| m != name)))
    }

    fn reply(&self) -> Reply {
        Reply { status: self.status, headers: self.headers.clone(), body: self.body.to_vec() }
    }

    fn notice(&self) -> RawNotice {
        RawNotice { headers: self.headers.clone(), query: String::new(), body: self.body.to_vec() }
    }

    /// The call it is about, if it is about one.
    fn call(&self) -> Option<Call> {
        Some(match self.what {
            "create" => Call::Create,
            "scan" => Call::Scan { auth_code: "134567890123456789".to_owned() },
            "query" => Call::Query,
            "end" => Call::End,
            "refund" => Call::Refund(refund()),
            "refund_query" => Call::RefundQuery(refund()),
            _ => return None,
        })
    }

    /// The request that is about no order.
    fn office(&self) -> Option<Office> {
        Some(match self.what {
            "bill" => Office::Bill { date: "2026-11-19".to_owned() },
            "file" => Office::File { url: "https://example.com/".to_owned(), hash: Some(sign::sha1_hex(b"file")) },
            "certificates" => Office::Certificates,
            "test" => Office::Test,
            _ => return None,
        })
    }

    /// Nobody signed it: whatever it says and whatever it is taken for, it proves nothing.
    fn proves_nothing(&self, gateway: &dyn Gateway) {
        let reply = self.reply();
        if let Some(call) = self.call() {
            for scanned in [false, true] {
                let answer = gateway.read(&order(scanned), &call, &reply, NOW);
                assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
            }
        }
        if let Some(office) = self.office() {
            let answer = gateway.read_office(&office, &reply, NOW);
            // A file is vouched for by the address or the hash it was fetched by.
            let is_file = matches!((&office, &answer), (Office::File { .. }, OfficeAnswer::File { .. }));
            assert!(is_file || matches!(answer, OfficeAnswer::Unknown(_)), "{answer:?}");
        }
        let notice = self.notice();
        assert!(gateway.notice(&notice, NOW).is_err());
        assert!(gateway.acknowledge(&notice, true).status == 200);
        if let Some(query) = self.text() {
            assert!(gateway.came_back(query, NOW).is_err());
        }
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn fen(fen: i64) -> Fen {
    Fen::new(fen).expect("an amount")
}

fn order(scanned: bool) -> Order {
    Order {
        out_no: OUT_NO.to_owned(),
        trade_no: None,
        amount: fen(1500),
        subject: "茶".to_owned(),
        created_at: NOW - 60_000,
        expires_at: NOW + 240_000,
        scanned,
        notify_url: None,
        ip: "127.0.0.1".to_owned(),
        terminal: "1".to_owned(),
    }
}

fn refund() -> RefundOrder {
    RefundOrder {
        refund_no: REFUND_NO.to_owned(),
        amount: fen(500),
        reason: String::new(),
        created_at: NOW - 5_000,
        trade_no: None,
    }
}

/// The same every time: an input does the same wherever it is run.
fn seed() -> Seed {
    Seed::new([7; 32])
}

fn contract(provider: Provider, fields: &[(&str, &str)]) -> Box<dyn Gateway> {
    let mut values = Values::default();
    for (name, value) in fields {
        values.set(name, value);
    }
    build(provider, &values, &Place::Simulator("http://127.0.0.1:4000".to_owned())).expect("a test contract").gateway
}

/// A provider's signature, base64.
fn signature(key: &PrivateKey, message: &[u8]) -> String {
    STANDARD.encode(sign::rsa_sha256(key, message, &mut seed()).expect("a test key signs"))
}

/// The value of a name that has one.
fn value<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| *v).filter(|v| !v.is_empty())
}

/// A claim repeats what was signed. `signed`: number of the order, of the payment, and the amount in fen.
fn claimed(claim: &Claim, source: Source, signed: [Option<&str>; 2], amount: Option<i64>) {
    money(claim.amount);
    assert_eq!(claim.source, source);
    assert_eq!([Some(claim.out_no.as_str()), Some(claim.trade_no.as_str())], signed);
    assert_eq!(Some(claim.amount.get()), amount);
}

/// What holds of every answer, whoever signed it: only a question about the order is answered with money, and what is shown
/// fits on a screen.
fn answered(call: &Call, answer: &Answer) {
    match answer {
        Answer::Paid(claim) => {
            assert!(matches!(call, Call::Scan { .. } | Call::Query));
            assert_eq!(claim.out_no, OUT_NO);
        }
        Answer::Code(code) => {
            assert!(*call == Call::Create);
            assert!((1..=1_024).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic()), "{code:?}");
        }
        Answer::Refunded { amount, .. } => {
            assert!(matches!(call, Call::Refund(_) | Call::RefundQuery(_)));
            assert!(amount.is_none_or(|back| back == refund().amount));
        }
        Answer::RefundPending { .. } => assert!(matches!(call, Call::Refund(_) | Call::RefundQuery(_))),
        Answer::Waiting | Answer::NotThere | Answer::Ended { .. } | Answer::Refused(_) | Answer::Again => {}
        Answer::Unknown(doubt) => assert!(doubt.out_no.as_ref().is_none_or(|no| !no.is_empty())),
    }
}

/// Pairs as forms are sent: everything but letters and digits encoded.
fn form(pairs: &[(&str, &str)]) -> String {
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let parts: Vec<String> = pairs.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
    parts.join("&")
}

/// The same signed text, cut at every place where a pair may end; none if it is how it was cut. Who signs joined pairs
/// signs both.
fn cut_again<'a>(text: &'a str, pairs: &[(&str, &str)]) -> Option<Vec<(&'a str, &'a str)>> {
    let again: Option<Vec<_>> = text.split('&').map(|part| part.split_once('=')).collect();
    let again = again?;
    let mut cut: Vec<_> = pairs.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    cut.sort_unstable();
    (again != cut && sign::sorted_pairs(again.iter().copied()) == text).then_some(again)
}

/// An object, its values as a reader of JSON takes them.
fn object(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_str(text).ok()
}
