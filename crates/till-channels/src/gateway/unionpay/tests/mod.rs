mod answers;
mod contract;
mod notices;
mod office;
mod requests;
mod trust;
mod vectors;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use till_core::Fen;

use super::super::fields::{Place, Values, build};
use super::super::keys::PrivateKey;
use super::super::{Answer, Call, DoubtKind, Gateway, Order, Provider, RefundOrder, RefusalKind, Reply, Seed, moment};
use super::signature;

const NOW: i64 = 1_798_761_600_000; // 2027-01-01 08:00 in China
const ORDERED: i64 = NOW - 60_000;
const MER_ID: &str = "777290058110048";
const SIMULATOR: &str = "http://127.0.0.1:4000";

macro_rules! pki {
    ($name:literal) => {
        include_str!(concat!("../../testdata/pki/", $name))
    };
}
pub(crate) use pki;

fn values() -> Values {
    let mut values = Values::default();
    values.set("mer_id", MER_ID);
    values.set("sign_pfx", &STANDARD.encode(include_bytes!("../../testdata/pki/merchant.pfx")));
    values.set("sign_pfx_password", "000000");
    values.set("root_certificate", pki!("root.pem"));
    values.set("middle_certificate", pki!("middle.pem"));
    values
}

fn gateway_at(place: &Place) -> Box<dyn Gateway> {
    build(Provider::Unionpay, &values(), place).map_err(|faults| format!("{faults:?}")).unwrap().gateway
}

/// Built once: opening a PFX file is slow on purpose.
fn gateway() -> &'static dyn Gateway {
    static GATEWAY: LazyLock<Box<dyn Gateway>> = LazyLock::new(|| gateway_at(&Place::Simulator(SIMULATOR.to_owned())));
    GATEWAY.as_ref()
}

fn seed() -> Seed {
    Seed::new([3; 32])
}

fn order() -> Order {
    Order {
        out_no: "QT202701010001".into(),
        trade_no: None,
        amount: Fen::new(1500).unwrap(),
        subject: "早餐".into(),
        created_at: ORDERED,
        expires_at: NOW + 300_000,
        scanned: false,
        notify_url: None,
        ip: "127.0.0.1".into(),
        terminal: "till-1".into(),
    }
}

fn scanned() -> Order {
    Order { scanned: true, ..order() }
}

fn refund() -> RefundOrder {
    RefundOrder {
        refund_no: "RF202701010001".into(),
        amount: Fen::new(500).unwrap(),
        reason: String::new(),
        created_at: NOW - 5_000,
        trade_no: None,
    }
}

/// A message of UnionPay's that can be changed before and after it is signed.
#[derive(Clone)]
struct Said(Vec<(String, String)>);

impl Said {
    /// What stands in every answer about this transaction.
    fn about(kind: &str, number: &str, at: i64) -> Said {
        let common = Said(Vec::new())
            .with("version", "5.1.0")
            .with("encoding", "UTF-8")
            .with("signMethod", "01")
            .with("signPubKeyCert", pki!("signer.pem").trim_end());
        common.with("merId", MER_ID).with("txnType", kind).with("orderId", number).with("txnTime", &moment::packed(at))
    }

    fn order(kind: &str) -> Said {
        Said::about(kind, &order().out_no, ORDERED)
    }

    /// The answer to a query about a paid order.
    fn paid() -> Said {
        Said::order("00")
            .with("respCode", "00")
            .with("respMsg", "成功[0000000]")
            .with("origRespCode", "00")
            .with("queryId", "512701010759000000008")
            .with("txnAmt", "1500")
            .with("currencyCode", "156")
            .with("accNo", "6216***********0018")
            .with("traceTime", "0101080000")
    }

    fn with(mut self, name: &str, value: &str) -> Said {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Said {
        self.0.retain(|(n, _)| n != name);
        self
    }

    fn signed(self) -> Said {
        let key = PrivateKey::parse(pki!("signer.key.pem")).unwrap();
        let text = signature::text(self.0.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let made = signature::made(&key, &text, &mut seed()).unwrap();
        self.with("signature", &made)
    }

    /// As answers come: nothing encoded.
    fn raw(&self) -> Vec<u8> {
        let parts: Vec<String> = self.0.iter().map(|(n, v)| format!("{n}={v}")).collect();
        parts.join("&").into_bytes()
    }

    /// As notices come.
    fn encoded(&self) -> Vec<u8> {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish().into_bytes()
    }
}

fn reply(body: Vec<u8>) -> Reply {
    Reply { status: 200, headers: Vec::new(), body }
}

fn read(order: &Order, call: &Call, said: &Said) -> Answer {
    gateway().read(order, call, &reply(said.raw()), NOW)
}

fn doubt(answer: Answer) -> DoubtKind {
    match answer {
        Answer::Unknown(doubt) => doubt.kind,
        other => panic!("{other:?} is no doubt"),
    }
}
