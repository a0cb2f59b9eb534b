//! The bill, the test, and addresses that are not Alipay's.

use super::requests::checked;
use super::*;
use crate::gateway::RefusalKind;

const BILL: &str = "alipay_data_dataservice_bill_downloadurl_query_response";
const QUERY: &str = "alipay_trade_query_response";

fn day() -> Office {
    Office::Bill { date: "2026-11-19".into() }
}

fn office(office: &Office, name: &str, inner: &str) -> OfficeAnswer {
    alipay().read_office(office, &reply(answer_named(name, inner)), NOW)
}

fn fields(office: &Office) -> std::collections::BTreeMap<String, String> {
    let ask = alipay().ask_office(office, NOW, &mut seed()).unwrap();
    checked(std::str::from_utf8(&ask.body).unwrap())
}

fn bill_at(url: &str) -> OfficeAnswer {
    office(&day(), BILL, &format!(r#"{{"code":"10000","bill_download_url":"{url}"}}"#))
}

fn doubted(answer: OfficeAnswer) -> DoubtKind {
    match answer {
        OfficeAnswer::Unknown(doubt) => doubt.kind,
        other => panic!("not in doubt: {other:?}"),
    }
}

#[test]
fn a_bill_is_asked_for_by_day() {
    let asked = fields(&day());
    assert_eq!(asked["method"], "alipay.data.dataservice.bill.downloadurl.query");
    assert_eq!(asked["biz_content"], r#"{"bill_date":"2026-11-19","bill_type":"trade"}"#);
    for date in ["2026-11", "2026-13-01", "2026-11-9", "20261119", "2026-11-19 "] {
        let bad = alipay().ask_office(&Office::Bill { date: date.into() }, NOW, &mut seed());
        assert!(matches!(bad, Err(CannotAsk::DoesNotFit("date", _))), "{date}");
    }
}

#[test]
fn the_bill_is_at_alipay_s_or_nowhere() {
    let there = |url: &str| OfficeAnswer::Elsewhere { url: url.into(), hash: None };
    let known = "https://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=trade&fileId=1";
    assert_eq!(bill_at(known), there(known));
    assert_eq!(bill_at(&known.replace("https", "http")), there(known), "never unencrypted");
    assert_eq!(bill_at("https://x.alipaydev.com/f"), there("https://x.alipaydev.com/f"));
    for bad in [
        "",
        "https://alipay.com.example.com/f",
        "https://xalipay.com/f",
        "https://example.com/alipay.com",
        "https://alipay.com@example.com/f",
        "https://dwbillcenter.alipay.com:8443/f",
        "ftp://dwbillcenter.alipay.com/f",
        "http://127.0.0.1:9/f",
    ] {
        assert_eq!(doubted(bill_at(bad)), DoubtKind::Unreadable, "{bad}");
        let ask = alipay().ask_office(&Office::File { url: bad.into(), hash: None }, NOW, &mut seed());
        assert!(matches!(ask, Err(CannotAsk::DoesNotFit("url", _))), "{bad}");
    }
    let ask = alipay().ask_office(&Office::File { url: known.into(), hash: None }, NOW, &mut seed()).unwrap();
    assert_eq!((ask.method, ask.url.as_str(), ask.longest), ("GET", known, 33_554_432));
}

#[test]
fn the_simulator_keeps_its_own_files() {
    let place = Place::Simulator("http://127.0.0.1:9".into());
    let gateway = build(&good(), &place).map_err(|f| format!("{f:?}")).unwrap().gateway;
    let ask = |url: &str| gateway.ask_office(&Office::File { url: url.into(), hash: None }, NOW, &mut seed());
    assert_eq!(ask("http://127.0.0.1:9/bill.zip").unwrap().url, "http://127.0.0.1:9/bill.zip");
    assert!(ask("http://127.0.0.1:90/bill.zip").is_err());
}

#[test]
fn no_bill_and_no_permission_are_told_apart() {
    let said = |inner: &str| office(&day(), BILL, inner);
    assert_eq!(said(r#"{"code":"40004","sub_code":"isp.bill_not_exist"}"#), OfficeAnswer::NoFile);
    let refused = said(r#"{"code":"40006","sub_code":"isv.insufficient-isv-permissions"}"#);
    assert!(matches!(refused, OfficeAnswer::Refused(r) if r.kind == RefusalKind::NotAllowed));
    assert_eq!(doubted(said(r#"{"code":"40004","sub_code":"isp.new"}"#)), DoubtKind::Unlisted);
    assert_eq!(doubted(said(r#"{"code":"20000"}"#)), DoubtKind::Trouble);
    let unsigned = format!(r#"{{"{BILL}":{{"code":"40004","sub_code":"isp.bill_not_exist"}}}}"#);
    assert_eq!(doubted(alipay().read_office(&day(), &reply(unsigned), NOW)), DoubtKind::Unsigned);
}

#[test]
fn a_file_is_a_zip() {
    let file = Office::File { url: "https://x.alipay.com/f".into(), hash: None };
    let read = |status, body: &[u8]| {
        alipay().read_office(&file, &Reply { status, headers: Vec::new(), body: body.to_vec() }, NOW)
    };
    let bytes = b"PK\x03\x04 and so on".to_vec();
    assert_eq!(read(200, &bytes), OfficeAnswer::File { name: "alipay-bill.zip".into(), bytes: bytes.clone() });
    assert_eq!(doubted(read(404, &bytes)), DoubtKind::Trouble);
    assert_eq!(doubted(read(200, b"<html>expired</html>")), DoubtKind::Unreadable);
    let huge: Vec<u8> = bytes.into_iter().chain(std::iter::repeat_n(0, 33_554_432)).collect();
    assert_eq!(doubted(read(200, &huge)), DoubtKind::Unreadable);
}

#[test]
fn the_test_is_a_question_for_an_order_that_cannot_exist() {
    let asked = fields(&Office::Test);
    assert_eq!(asked["method"], "alipay.trade.query");
    let biz: serde_json::Value = serde_json::from_str(&asked["biz_content"]).unwrap();
    assert!(biz["out_trade_no"].as_str().unwrap().len() > 32, "no order of ours has such a number");

    let said = |inner: &str| office(&Office::Test, QUERY, inner);
    assert_eq!(said(r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#), OfficeAnswer::Works);
    let refused = said(r#"{"code":"40002","sub_code":"isv.invalid-signature"}"#);
    assert!(matches!(refused, OfficeAnswer::Refused(r) if r.kind == RefusalKind::Settings));
    assert_eq!(doubted(said(r#"{"code":"10000","out_trade_no":"x"}"#)), DoubtKind::NotOurs);
    assert_eq!(doubted(said(r#"{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"}"#)), DoubtKind::Trouble);
    let error = office(&Office::Test, "error_response", r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#);
    assert_eq!(error, OfficeAnswer::Works);
    let unsigned = format!(r#"{{"{QUERY}":{{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}}}}"#);
    assert_eq!(doubted(alipay().read_office(&Office::Test, &reply(unsigned), NOW)), DoubtKind::Unsigned);
}

#[test]
fn there_are_no_certificates_to_ask_for() {
    assert_eq!(alipay().ask_office(&Office::Certificates, NOW, &mut seed()), Err(CannotAsk::NoSuchCall));
    let answer = alipay().read_office(&Office::Certificates, &reply("{}"), NOW);
    assert_eq!(doubted(answer), DoubtKind::Unreadable);
}
