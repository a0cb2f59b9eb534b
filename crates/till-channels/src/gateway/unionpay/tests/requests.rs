use std::collections::BTreeMap;

use super::super::super::keys::PublicKey;
use super::super::super::{Ask, CannotAsk, Office, sign};
use super::super::cancel_number;
use super::*;

/// The pairs of a request, after its signature was checked as UnionPay would.
fn pairs(ask: &Ask) -> BTreeMap<String, String> {
    let pairs: BTreeMap<String, String> = url::form_urlencoded::parse(&ask.body).into_owned().collect();
    let text = signature::text(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let signed = STANDARD.decode(&pairs["signature"]).unwrap();
    let key = PublicKey::parse(pki!("merchant.pem")).unwrap();
    assert!(sign::fits_sha256(&key, signature::digest(&text).as_bytes(), &signed));
    pairs
}

fn asked(order: &Order, call: &Call) -> Result<Ask, CannotAsk> {
    gateway().ask(order, call, NOW, &mut seed())
}

fn sent(order: &Order, call: &Call) -> BTreeMap<String, String> {
    let mut pairs = pairs(&asked(order, call).unwrap());
    for (name, value) in [
        ("version", "5.1.0"),
        ("encoding", "UTF-8"),
        ("signMethod", "01"),
        ("certId", "515214182276471281992683074573360724990862757921"),
        ("bizType", "000000"),
        ("merId", MER_ID),
        ("accessType", "0"),
    ] {
        assert_eq!(pairs.remove(name).as_deref(), Some(value), "{name}");
    }
    pairs.remove("signature");
    pairs
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn a_code_is_asked_for() {
    let expected = map(&[
        ("txnType", "01"),
        ("txnSubType", "07"),
        ("channelType", "08"),
        ("orderId", "QT202701010001"),
        ("txnTime", "20270101075900"),
        ("txnAmt", "1500"),
        ("currencyCode", "156"),
        ("backUrl", "http://www.specialUrl.com"),
    ]);
    assert_eq!(sent(&order(), &Call::Create), expected);
    let told = Order { notify_url: Some("https://shop.example/notify/unionpay".into()), ..order() };
    assert_eq!(sent(&told, &Call::Create)["backUrl"], "https://shop.example/notify/unionpay");
}

#[test]
fn a_scanned_code_is_charged() {
    let call = Call::Scan { auth_code: "6220123456789012345".into() };
    let pairs = sent(&scanned(), &call);
    assert_eq!((pairs["txnType"].as_str(), pairs["txnSubType"].as_str()), ("01", "06"));
    assert_eq!((pairs["qrNo"].as_str(), pairs["termId"].as_str()), ("6220123456789012345", "000till1"));
    for wrong in ["622012345678901234", "62201234567890123456", "1320123456789012345", "62201234567890123x5"] {
        assert!(!gateway().is_auth_code(wrong), "{wrong}");
        let call = Call::Scan { auth_code: wrong.into() };
        assert!(matches!(asked(&scanned(), &call), Err(CannotAsk::DoesNotFit("auth_code", _))));
    }
    assert!(gateway().is_auth_code("6220123456789012345"));
}

#[test]
fn a_query_names_the_order_and_its_time() {
    let expected =
        map(&[("txnType", "00"), ("txnSubType", "00"), ("orderId", "QT202701010001"), ("txnTime", "20270101075900")]);
    assert_eq!(sent(&order(), &Call::Query), expected);
    let ask = asked(&order(), &Call::Query).unwrap();
    assert_eq!((ask.method, ask.url.as_str()), ("POST", "http://127.0.0.1:4000/gateway/api/queryTrans.do"));
}

#[test]
fn a_charge_without_a_number_is_reversed_under_its_own() {
    let expected = map(&[
        ("txnType", "99"),
        ("txnSubType", "01"),
        ("channelType", "08"),
        ("orderId", "QT202701010001"),
        ("txnTime", "20270101075900"),
    ]);
    assert_eq!(sent(&scanned(), &Call::End), expected);
    let ask = asked(&scanned(), &Call::End).unwrap();
    assert_eq!(ask.url, "http://127.0.0.1:4000/gateway/api/backTransReq.do");
    // UnionPay's day ends at 23:00 in China.
    const HOUR_MS: i64 = 3_600_000;
    let at_23 = NOW + 15 * HOUR_MS;
    let charged = |at| Order { created_at: at, ..scanned() };
    let at = |created_at, now_ms| gateway().ask(&charged(created_at), &Call::End, now_ms, &mut seed());
    assert!(at(at_23 - 24 * HOUR_MS, at_23 - 1).is_ok());
    for (created_at, now_ms) in
        [(at_23 - 1, at_23), (at_23 - 24 * HOUR_MS - 1, at_23 - 24 * HOUR_MS), (NOW, NOW + 24 * HOUR_MS)]
    {
        assert!(matches!(at(created_at, now_ms), Err(CannotAsk::DoesNotFit("created_at", _))), "{created_at} {now_ms}");
    }
}

#[test]
fn only_what_was_paid_can_be_cancelled() {
    assert_eq!(asked(&order(), &Call::End), Err(CannotAsk::NoSuchCall));
    let paid = Order { trade_no: Some("512701010759000000008".into()), ..order() };
    let pairs = sent(&paid, &Call::End);
    assert_eq!((pairs["txnType"].as_str(), pairs["origQryId"].as_str()), ("31", "512701010759000000008"));
    assert_eq!((pairs["orderId"].as_str(), pairs["txnAmt"].as_str()), ("QT202701010001CANCEL", "1500"));
    assert_eq!(pairs, sent(&paid, &Call::End), "the same at every try");
    assert_eq!(cancel_number(&"9".repeat(32)).len(), 38, "the longest number still fits");
}

#[test]
fn a_refund_has_its_own_number_and_time() {
    let paid = Order { trade_no: Some("512701010759000000008".into()), ..order() };
    let pairs = sent(&paid, &Call::Refund(refund()));
    let expected = map(&[
        ("txnType", "04"),
        ("txnSubType", "00"),
        ("channelType", "08"),
        ("orderId", "RF202701010001"),
        ("txnTime", "20270101075955"),
        ("txnAmt", "500"),
        ("currencyCode", "156"),
        ("backUrl", "http://www.specialUrl.com"),
        ("origQryId", "512701010759000000008"),
    ]);
    assert_eq!(pairs, expected);
    let query = sent(&paid, &Call::RefundQuery(refund()));
    assert_eq!((query["txnType"].as_str(), query["orderId"].as_str()), ("00", "RF202701010001"));
    assert_eq!(query["txnTime"], pairs["txnTime"]);

    assert!(matches!(asked(&order(), &Call::Refund(refund())), Err(CannotAsk::DoesNotFit("trade_no", _))));
    let more = RefundOrder { amount: Fen::new(1501).unwrap(), ..refund() };
    assert!(matches!(asked(&paid, &Call::Refund(more)), Err(CannotAsk::DoesNotFit("amount", _))));
}

#[test]
fn numbers_and_amounts_that_do_not_fit_are_not_sent() {
    for out_no in ["1234567", "QT-20270101", "订单20270101001", &"9".repeat(41)] {
        let wrong = Order { out_no: out_no.to_owned(), ..order() };
        assert!(matches!(asked(&wrong, &Call::Create), Err(CannotAsk::DoesNotFit("out_no", _))), "{out_no}");
    }
    let free = Order { amount: Fen::new(0).unwrap(), ..order() };
    assert!(matches!(asked(&free, &Call::Create), Err(CannotAsk::DoesNotFit("amount", _))));
}

#[test]
fn a_product_that_was_not_signed_up_for_is_not_asked_for() {
    let mut values = values();
    values.set("products", "scan");
    values.set("acq_ins_code", "00215840");
    values.set("back_url", "https://shop.example/back");
    let scan_only = build(Provider::Unionpay, &values, &Place::Sandbox).unwrap_or_else(|e| panic!("{e:?}")).gateway;
    assert_eq!(scan_only.ask(&order(), &Call::Create, NOW, &mut seed()), Err(CannotAsk::NoSuchCall));
    let call = Call::Scan { auth_code: "6220123456789012345".into() };
    let ask = scan_only.ask(&scanned(), &call, NOW, &mut seed()).unwrap();
    assert_eq!(ask.url, "https://gateway.test.95516.com/gateway/api/backTransReq.do");
    let pairs = pairs(&ask);
    assert_eq!((pairs["accessType"].as_str(), pairs["acqInsCode"].as_str()), ("1", "00215840"));
    assert_eq!(pairs["backUrl"], "https://shop.example/back");
}

#[test]
fn a_settlement_file_is_asked_for_by_its_day() {
    let live = gateway_at(&Place::Live);
    let ask = live.ask_office(&Office::Bill { date: "2026-12-31".into() }, NOW, &mut seed()).unwrap();
    assert_eq!(ask.url, "https://filedownload.95516.com/");
    let pairs = pairs(&ask);
    assert_eq!((pairs["txnType"].as_str(), pairs["txnSubType"].as_str()), ("76", "01"));
    assert_eq!((pairs["settleDate"].as_str(), pairs["fileType"].as_str()), ("1231", "00"));
    assert_eq!(pairs["txnTime"], "20270101080000");
    let wrong = Office::Bill { date: "20261231x".into() };
    assert!(matches!(live.ask_office(&wrong, NOW, &mut seed()), Err(CannotAsk::DoesNotFit("date", _))));
    assert_eq!(live.ask_office(&Office::Certificates, NOW, &mut seed()), Err(CannotAsk::NoSuchCall));
}
