//! Every row of the tables of codes, by the answer it must give.

use super::codes::{self, Table};
use super::*;

/// Call, codes, answer.
type Rows = &'static [(&'static str, &'static str)];

fn label(answer: &Answer) -> String {
    match answer {
        Answer::Refused(refusal) => format!("{:?}", refusal.kind),
        Answer::Waiting => "ask".into(),
        Answer::NotThere => "not there".into(),
        Answer::Ended { gave_back: false } => "ended".into(),
        Answer::Again => "again".into(),
        Answer::Unknown(doubt) => format!("{:?}?", doubt.kind),
        other => format!("{other:?}"),
    }
}

fn check(tables: &[Table], rows: &[Rows], answer: impl Fn(&str) -> Answer) {
    let expected: Vec<_> = rows.concat();
    for (code, means) in &expected {
        let got = answer(code);
        assert_eq!(label(&got), *means, "{code}");
        if let Answer::Refused(refusal) = got {
            assert_eq!((refusal.code.as_str(), refusal.message.as_str()), (*code, "说明"));
        }
    }
    for (code, _) in tables.concat() {
        assert!(expected.iter().any(|(known, _)| *known == code), "{code} has no expected answer");
    }
    for unlisted in ["BRAND_NEW_CODE", "SUCCESS", "paid"] {
        assert_eq!(label(&answer(unlisted)), "Unlisted?");
    }
}

fn v2(call: Call, scanned: bool) -> impl Fn(&str) -> Answer {
    let gateway = old();
    move |code| {
        let reply = said(&[("result_code", "FAIL"), ("err_code", code), ("err_code_des", "说明")]);
        gateway.read(&order(scanned), &call, &reply, NOW)
    }
}

fn v3(call: Call, scanned: bool) -> impl Fn(&str) -> Answer {
    let gateway = gateway(&[("scan_api", "v3")]);
    move |code| {
        let body = format!(r#"{{"code":"{code}","message":"说明"}}"#);
        gateway.read(&order(scanned), &call, &signed(400, &body), NOW)
    }
}

const V2_BEGIN: Rows = &[
    ("NOAUTH", "NotAllowed"),
    ("PARAM_ERROR", "Settings"),
    ("SIGNERROR", "Settings"),
    ("LACK_PARAMS", "Settings"),
    ("XML_FORMAT_ERROR", "Settings"),
    ("POST_DATA_EMPTY", "Settings"),
    ("NOT_UTF8", "Settings"),
    ("REQUIRE_POST_METHOD", "Settings"),
    ("APPID_NOT_EXIST", "Settings"),
    ("MCHID_NOT_EXIST", "Settings"),
    ("APPID_MCHID_NOT_MATCH", "Settings"),
    ("FREQUENCY_LIMITED", "TooOften"),
    ("SYSTEMERROR", "Trouble?"),
];

const V3_BEGIN: Rows = &[
    ("PARAM_ERROR", "Settings"),
    ("SIGN_ERROR", "Settings"),
    ("APPID_MCHID_NOT_MATCH", "Settings"),
    ("MCH_NOT_EXISTS", "Settings"),
    ("NO_AUTH", "NotAllowed"),
    ("FREQUENCY_LIMITED", "TooOften"),
    ("RATELIMIT_EXCEEDED", "TooOften"),
    ("SYSTEM_ERROR", "Trouble?"),
];

#[test]
fn making_a_code() {
    let old: Rows = &[("ORDERPAID", "ask"), ("OUT_TRADE_NO_USED", "ask"), ("ORDERCLOSED", "ended")];
    check(&[codes::V2_CREATE, codes::V2_BEGIN], &[old, V2_BEGIN], v2(Call::Create, false));
    let new: Rows = &[
        ("ORDER_PAID", "ask"),
        ("ORDERPAID", "ask"),
        ("OUT_TRADE_NO_USED", "ask"),
        ("ORDER_CLOSED", "ended"),
        ("INVALID_REQUEST", "Other"),
    ];
    check(&[codes::V3_CREATE, codes::V3_BEGIN], &[new, V3_BEGIN], v3(Call::Create, false));
}

#[test]
fn charging_a_scanned_code() {
    let old: Rows = &[
        ("USERPAYING", "ask"),
        ("ORDERPAID", "ask"),
        ("OUT_TRADE_NO_USED", "ask"),
        ("BANKERROR", "Trouble?"),
        ("ORDERCLOSED", "ended"),
        ("ORDERREVERSED", "ended"),
        ("AUTHCODEEXPIRE", "ScanAgain"),
        ("AUTH_CODE_ERROR", "ScanAgain"),
        ("AUTH_CODE_INVALID", "ScanAgain"),
        ("NOTENOUGH", "OtherMeans"),
        ("NOTSUPORTCARD", "OtherMeans"),
        ("BUYER_MISMATCH", "NewNumber"),
        ("TRADE_ERROR", "Other"),
        ("INVALID_REQUEST", "Unlisted?"),
    ];
    check(&[codes::V2_SCAN, codes::V2_BEGIN], &[old, V2_BEGIN], v2(scan(), true));
    let new: Rows = &[
        ("USERPAYING", "ask"),
        ("ORDER_PAID", "ask"),
        ("ORDERPAID", "ask"),
        ("OUT_TRADE_NO_USED", "ask"),
        ("BANK_ERROR", "Trouble?"),
        ("BANKERROR", "Trouble?"),
        ("ORDER_CLOSED", "ended"),
        ("ORDER_REVERSED", "ended"),
        ("AUTH_CODE_EXPIRE", "ScanAgain"),
        ("AUTH_CODE_ERROR", "ScanAgain"),
        ("AUTH_CODE_INVALID", "ScanAgain"),
        ("NOT_ENOUGH", "OtherMeans"),
        ("TRADE_ERROR", "Other"),
        ("INVALID_REQUEST", "Unlisted?"),
    ];
    check(&[codes::V3_SCAN, codes::V3_BEGIN], &[new, V3_BEGIN], v3(scan(), true));
}

#[test]
fn a_refused_question_says_nothing_about_money() {
    let old: Rows = &[("ORDERNOTEXIST", "not there"), ("SYSTEMERROR", "Trouble?"), ("NOAUTH", "Unlisted?")];
    for scanned in [false, true] {
        check(&[codes::V2_QUERY], &[old], v2(Call::Query, scanned));
    }
    let new: Rows = &[
        ("ORDER_NOT_EXIST", "not there"),
        ("ORDERNOTEXIST", "not there"),
        ("SYSTEM_ERROR", "Trouble?"),
        ("NO_AUTH", "Unlisted?"),
    ];
    check(&[codes::V3_QUERY], &[new], v3(Call::Query, false));
    let old: Rows = &[("REFUNDNOTEXIST", "not there"), ("SYSTEMERROR", "Trouble?"), ("NOAUTH", "Unlisted?")];
    check(&[codes::V2_REFUND_QUERY], &[old], v2(Call::RefundQuery(refund()), false));
    let new: Rows = &[("RESOURCE_NOT_EXISTS", "not there"), ("SYSTEM_ERROR", "Trouble?"), ("NO_AUTH", "Unlisted?")];
    check(&[codes::V3_REFUND_QUERY], &[new], v3(Call::RefundQuery(refund()), false));
}

#[test]
fn closing_and_reversing() {
    let old: Rows = &[
        ("ORDERPAID", "ask"),
        ("USERPAYING", "ask"),
        ("ORDERCLOSED", "ended"),
        ("ORDERREVERSED", "ended"),
        ("ORDERNOTEXIST", "not there"),
        ("REVERSE_EXPIRE", "TooLate"),
        ("SYSTEMERROR", "Trouble?"),
    ];
    let new: Rows = &[
        ("ORDER_PAID", "ask"),
        ("ORDERPAID", "ask"),
        ("USERPAYING", "ask"),
        ("ORDER_CLOSED", "ended"),
        ("ORDER_REVERSED", "ended"),
        ("ORDER_NOT_EXIST", "not there"),
        ("ORDERNOTEXIST", "not there"),
        ("SYSTEM_ERROR", "Trouble?"),
    ];
    for scanned in [false, true] {
        check(&[codes::V2_END], &[old], v2(Call::End, scanned));
        check(&[codes::V3_END], &[new], v3(Call::End, scanned));
    }
}

#[test]
fn giving_money_back() {
    let old: Rows = &[
        ("BIZERR_NEED_RETRY", "again"),
        ("TRADE_OVERDUE", "TooLate"),
        ("NOTENOUGH", "NoFunds"),
        ("USER_ACCOUNT_ABNORMAL", "Other"),
        ("INVALID_REQ_TOO_MUCH", "TooOften"),
        ("INVALID_TRANSACTIONID", "Other"),
        ("ORDERNOTEXIST", "Other"),
        ("REFUND_FEE_MISMATCH", "Other"),
        ("ORDER_NOT_READY", "Other"),
        ("CERT_ERROR", "Settings"),
        ("ERROR", "Unlisted?"),
    ];
    check(&[codes::V2_REFUND, codes::V2_BEGIN], &[old, V2_BEGIN], v2(Call::Refund(refund()), false));
    let new: Rows = &[
        ("NOT_ENOUGH", "NoFunds"),
        ("USER_ACCOUNT_ABNORMAL", "Other"),
        ("RESOURCE_NOT_EXISTS", "Other"),
        ("INVALID_REQUEST", "Other"),
    ];
    check(&[codes::V3_REFUND, codes::V3_BEGIN], &[new, V3_BEGIN], v3(Call::Refund(refund()), false));
}
