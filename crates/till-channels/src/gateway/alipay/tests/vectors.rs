//! The published vectors.

use serde_json::Value;

use super::super::envelope::Said;
use super::super::form::Form;
use super::super::request::{Signed, encoded, signed};
use super::*;
use crate::gateway::keys::PublicKey;

pub(super) fn vector(id: &str) -> Value {
    let all: Vec<Value> = serde_json::from_str(include_str!("../fixtures/vectors.json")).unwrap();
    all.into_iter().find(|v| v["id"] == id).unwrap()
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(super) fn old_key() -> PrivateKey {
    PrivateKey::parse(text(&vector("mapi-rsa")["input"]["private_key_pem"])).unwrap()
}

/// The vector's parameters, under names that live long enough.
fn parameters(vector: &Value) -> Signed {
    let all = vector["input"]["params"].as_object().unwrap();
    all.iter().map(|(n, v)| (&*Box::leak(n.clone().into_boxed_str()), text(v).to_owned())).collect()
}

/// A contract that trusts the key of a vector.
fn trusting(vector: &Value) -> Alipay {
    Alipay {
        app_id: APP_ID.into(),
        key: PrivateKey::parse(APP_KEY).unwrap(),
        theirs: PublicKey::parse(text(&vector["input"]["alipay_public_key"])).unwrap(),
        certificates: None,
        seller_id: None,
        app_auth_token: None,
        wap_product_code: "QUICK_WAP_WAY",
        place: Place::Live,
    }
}

#[test]
fn requests_are_signed_as_published() {
    for id in ["alipay-rsa2-orderstring", "alipay-rsa2-pageurl"] {
        let vector = vector(id);
        let made = signed(parameters(&vector), |text_to_sign| {
            assert_eq!(std::str::from_utf8(text_to_sign).unwrap(), text(&vector["input"]["string_to_sign"]));
            sign::rsa_sha256(&old_key(), text_to_sign, &mut seed())
        });
        let made = made.unwrap();
        assert_eq!(made.last().unwrap().1, text(&vector["expected"]), "{id}");
        let sorted = |raw: &str| Form::read(raw.as_bytes()).unwrap().signed_text(&[]).unwrap();
        assert_eq!(sorted(&encoded(&made)), sorted(text(&vector["input"]["query"])), "{id}");
    }
}

#[test]
fn an_answer_of_the_live_gateway_reads_as_paid() {
    let vector = vector("alipay-sync-response");
    let (raw, signature) = (text(&vector["input"]["raw"]), text(&vector["expected"]));
    let body = format!(r#"{{"alipay_trade_pay_response":{raw},"sign":"{signature}"}}"#);
    let order = Order { out_no: "GZ201901301040361012".into(), amount: fen(1), ..order() };
    let alipay = trusting(&vector);
    let Answer::Paid(claim) = alipay.read(&order, &scan(), &reply(body.clone()), NOW) else { panic!("it is genuine") };
    assert_eq!(claim.agrees(&order, &alipay.identity()), Ok(()));
    assert_eq!((claim.amount, claim.trade_no.as_str()), (fen(1), "2019082922001432790585537960"));
    assert_eq!((claim.buyer.as_str(), claim.paid_at), ("854***@qq.com", Some(1_567_080_845_000)));

    let other = body.replace(r#""total_amount":"0.01""#, r#""total_amount":"9.01""#);
    assert_eq!(doubt(&alipay.read(&order, &scan(), &reply(other), NOW)), DoubtKind::BadSignature);
    let said: Said = alipay.hear("alipay.trade.pay", &reply(body), NOW).unwrap();
    assert_eq!(said.get("fund_bill_list"), None, "a list is no text");
}

#[test]
fn the_published_notice_that_does_not_verify_proves_nothing() {
    let vector = vector("alipay-notify-gopay");
    let mut pairs: Vec<(&str, &str)> =
        vector["input"]["params"].as_object().unwrap().iter().map(|(n, v)| (n.as_str(), text(v))).collect();
    pairs.extend([("sign_type", "RSA2"), ("sign", text(&vector["expected"]))]);
    let raw = RawNotice { headers: Vec::new(), query: String::new(), body: form(&pairs).into_bytes() };
    let doubt = trusting(&vector).notice(&raw, NOW).unwrap_err();
    assert_eq!((doubt.kind, doubt.out_no.as_deref()), (DoubtKind::BadSignature, Some("1086209247658383466")));
}

/// The documents' own order string, as far as it can be checked: how it is encoded.
#[test]
fn values_are_encoded_once_with_spaces_as_20() {
    let pairs: Signed = vec![
        ("biz_content", r#"{"subject":"1","body":"我是测试数据"}"#.into()),
        ("timestamp", "2016-07-29 16:55:53".into()),
    ];
    assert_eq!(
        encoded(&pairs),
        "biz_content=%7B%22subject%22%3A%221%22%2C%22body%22%3A%22%E6%88%91%E6%98%AF%E6%B5%8B%E8%AF%95%E6%95%B0%E6%8D%AE\
         %22%7D&timestamp=2016-07-29%2016%3A55%3A53"
    );
}
