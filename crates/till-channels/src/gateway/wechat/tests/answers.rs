//! What answers mean, and which of them mean nothing.

use proptest::prelude::*;

use super::*;
use crate::gateway::Source;

fn query(reply: &Reply) -> Answer {
    WHOLE.read(&order(false), &Call::Query, reply, NOW)
}

static PAID: LazyLock<Reply> = LazyLock::new(|| signed(200, &v3_trade("SUCCESS")));

fn v2(call: &Call, reply: &Reply) -> Answer {
    WHOLE.read(&order(true), call, reply, NOW)
}

#[test]
fn a_paid_answer_agrees_with_its_order() {
    let gateway = gateway(&[]);
    let answers = [
        gateway.read(&order(false), &Call::Query, &signed(200, &v3_trade("SUCCESS")), NOW),
        gateway.read(&order(true), &Call::Query, &said(&V2_PAID), NOW),
        gateway.read(&order(true), &scan(), &said(&V2_PAID), NOW),
    ];
    for answer in answers {
        let Answer::Paid(claim) = answer else { panic!("{answer:?}") };
        assert_eq!(claim.agrees(&order(false), &gateway.identity()), Ok(()));
        assert_eq!((claim.source, claim.trade_no.as_str()), (Source::Answer, "4200001"));
        assert_eq!((claim.paid_at, claim.buyer.as_str()), (Some(NOW), "oUpF8uMuAJO"));
    }
}

#[test]
fn states_of_an_order() {
    let rows = [
        ("NOTPAY", Answer::Waiting),
        ("USERPAYING", Answer::Waiting),
        ("ACCEPT", Answer::Waiting),
        ("CLOSED", Answer::Ended { gave_back: false }),
        ("REVOKED", Answer::Ended { gave_back: false }),
        ("PAYERROR", Answer::Ended { gave_back: false }),
    ];
    for (state, means) in rows {
        assert_eq!(query(&signed(200, &v3_trade(state))), means, "{state}");
        let mut pairs = V2_PAID;
        pairs[2].1 = state;
        assert_eq!(v2(&Call::Query, &said(&pairs)), means, "{state}");
    }
    assert_eq!(doubt(&query(&signed(200, &v3_trade("SUCCEEDED")))), Some(DoubtKind::Unlisted));
    assert_eq!(doubt(&query(&signed(200, &v3_trade("")))), Some(DoubtKind::Unreadable));
}

#[test]
fn how_much_went_back_is_for_a_person_to_find_out() {
    let unclear = Answer::Unknown(Doubt::new(DoubtKind::Unlisted, "REFUND"));
    let told = signed(200, &v3_trade("REFUND"));
    assert_eq!(query(&told), unclear);
    assert_eq!(gateway(&[("scan_api", "v3")]).read(&order(true), &scan(), &told, NOW), unclear);
    let mut pairs = V2_PAID;
    pairs[2].1 = "REFUND";
    assert_eq!(v2(&Call::Query, &said(&pairs)), unclear);
}

#[test]
fn codes_are_shown_only_if_they_are_wechats() {
    let create = |reply: &Reply| gateway(&[]).read(&order(false), &Call::Create, reply, NOW);
    let code = "weixin://wxpay/bizpayurl/up?pr=JyC91EIz1&groupid=00";
    assert_eq!(create(&signed(200, &format!(r#"{{"code_url":"{code}"}}"#))), Answer::Code(code.into()));
    for bad in ["https://evil.example", "weixin://a b", "weixin://钱", &format!("weixin://{}", "a".repeat(1_024))] {
        let answer = create(&signed(200, &format!(r#"{{"code_url":"{bad}"}}"#)));
        assert_eq!(doubt(&answer), Some(DoubtKind::Unreadable), "{bad}");
    }
    assert_eq!(doubt(&create(&signed(200, "{}"))), Some(DoubtKind::Unreadable));
    let made = |kind| said(&[("result_code", "SUCCESS"), ("trade_type", kind), ("prepay_id", "p"), ("code_url", code)]);
    let create = |reply: &Reply| old().read(&order(false), &Call::Create, reply, NOW);
    assert_eq!(create(&made("NATIVE")), Answer::Code(code.into()));
    assert_eq!(doubt(&create(&made("APP"))), Some(DoubtKind::NotOurs));
}

#[test]
fn ending_an_order() {
    let ended = Answer::Ended { gave_back: false };
    let end = |scanned, reply: &Reply| gateway(&[]).read(&order(scanned), &Call::End, reply, NOW);
    assert_eq!(end(false, &signed(204, "")), ended);
    assert_eq!(doubt(&end(false, &signed(200, ""))), Some(DoubtKind::Unlisted));
    assert_eq!(doubt(&end(false, &Reply { status: 204, headers: vec![], body: vec![] })), Some(DoubtKind::Unsigned));
    assert_eq!(end(true, &said(&[("result_code", "SUCCESS"), ("recall", "N")])), ended);
    assert_eq!(end(true, &said(&[("result_code", "SUCCESS"), ("recall", "Y")])), Answer::Again);
    let trouble = [("result_code", "FAIL"), ("err_code", "SYSTEMERROR"), ("recall", "Y")];
    assert_eq!(end(true, &said(&trouble)), Answer::Again);
    assert_eq!(doubt(&end(true, &said(&[("result_code", "SUCCESS")]))), Some(DoubtKind::Unreadable));
    assert_eq!(old().read(&order(false), &Call::End, &said(&[("result_code", "SUCCESS")]), NOW), ended);
    let reversed = format!(r#"{{"appid":"{APPID}","mchid":"{MCHID}","out_trade_no":"QT20261120000001"}}"#);
    let new = gateway(&[("scan_api", "v3")]);
    assert_eq!(new.read(&order(true), &Call::End, &signed(200, &reversed), NOW), ended);
    let other = reversed.replace("0001\"", "0002\"");
    assert_eq!(doubt(&new.read(&order(true), &Call::End, &signed(200, &other), NOW)), Some(DoubtKind::NotOurs));
}

#[test]
fn refunds() {
    let body = |status: &str, back: &str| {
        format!(
            r#"{{"refund_id":"50001","out_refund_no":"RF20261120000001","out_trade_no":"QT20261120000001",
            "status":"{status}","amount":{{"total":1500,"refund":{back}}}}}"#
        )
    };
    let number = Some("50001".to_owned());
    let done = Answer::Refunded { trade_no: number.clone(), amount: Fen::new(500).ok() };
    let pending = Answer::RefundPending { trade_no: number };
    for call in [Call::Refund(refund()), Call::RefundQuery(refund())] {
        let read = |body: &str| gateway(&[]).read(&order(false), &call, &signed(200, body), NOW);
        assert_eq!(read(&body("SUCCESS", "500")), done);
        assert_eq!(read(&body("PROCESSING", "500")), pending);
        assert!(matches!(read(&body("CLOSED", "500")), Answer::Refused(Refusal { code, .. }) if code == "CLOSED"));
        assert_eq!(doubt(&read(&body("ABNORMAL", "500"))), Some(DoubtKind::Trouble));
        assert_eq!(doubt(&read(&body("GONE", "500"))), Some(DoubtKind::Unlisted));
        assert_eq!(doubt(&read(&body("SUCCESS", "501"))), Some(DoubtKind::NotOurs));
        let other = body("SUCCESS", "500").replace("RF2026", "RF2027");
        assert_eq!(doubt(&read(&other)), Some(DoubtKind::NotOurs));
    }
    let taken = [
        ("result_code", "SUCCESS"),
        ("out_trade_no", "QT20261120000001"),
        ("out_refund_no", "RF20261120000001"),
        ("refund_id", "50001"),
        ("refund_fee", "500"),
    ];
    assert_eq!(old().read(&order(false), &Call::Refund(refund()), &said(&taken), NOW), pending);
    let asked = |state: &str| {
        let rows = [
            ("result_code", "SUCCESS"),
            ("out_trade_no", "QT20261120000001"),
            ("refund_count", "2"),
            ("out_refund_no_0", "RF20261120000009"),
            ("refund_status_0", "SUCCESS"),
            ("out_refund_no_1", "RF20261120000001"),
            ("refund_id_1", "50001"),
            ("refund_fee_1", "500"),
            ("refund_status_1", state),
        ];
        old().read(&order(false), &Call::RefundQuery(refund()), &said(&rows), NOW)
    };
    assert_eq!((asked("SUCCESS"), asked("PROCESSING")), (done, pending));
    assert_eq!(doubt(&asked("CHANGE")), Some(DoubtKind::Trouble));
    assert!(matches!(asked("REFUNDCLOSE"), Answer::Refused(_)));
    let without = said(&[("result_code", "SUCCESS"), ("out_trade_no", "QT20261120000001")]);
    let answer = old().read(&order(false), &Call::RefundQuery(refund()), &without, NOW);
    assert_eq!(doubt(&answer), Some(DoubtKind::NotOurs));
}

#[test]
fn what_is_not_signed_by_wechat_now_is_unknown() {
    let body = v3_trade("SUCCESS");
    let good = signed(200, &body);
    let with = |name: &str, value: &str| {
        let mut reply = good.clone();
        reply.headers.retain(|(n, _)| n != name);
        reply.headers.push((name.to_owned(), value.to_owned()));
        doubt(&query(&reply))
    };
    assert_eq!(with("x-other", "1"), None);
    assert_eq!(with("wechatpay-serial", PLATFORM_SERIAL), None);
    assert_eq!(with("wechatpay-serial", "ABCDEF"), Some(DoubtKind::UnknownKey));
    assert_eq!(with("wechatpay-nonce", "other"), Some(DoubtKind::BadSignature));
    assert_eq!(with("wechatpay-signature", "WECHATPAY/SIGNTEST/abc"), Some(DoubtKind::BadSignature));
    assert_eq!(with("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3"), Some(DoubtKind::BadSignature));
    for name in ["wechatpay-signature", "wechatpay-serial", "wechatpay-timestamp", "wechatpay-nonce"] {
        let mut reply = good.clone();
        let copy = reply.headers.iter().find(|(n, _)| n == name).cloned().unwrap();
        reply.headers.push(copy);
        assert_eq!(doubt(&query(&reply)), Some(DoubtKind::Unsigned), "{name} twice");
        reply.headers.retain(|(n, _)| n != name);
        assert_eq!(doubt(&query(&reply)), Some(DoubtKind::Unsigned), "{name} gone");
    }
    for (seconds, expected) in [(-301, true), (301, true), (-300, false), (300, false)] {
        let headers = headers_at(body.as_bytes(), KEY_ID, NOW / 1000 + seconds);
        let answer = query(&Reply { status: 200, headers, body: body.clone().into() });
        assert_eq!(doubt(&answer) == Some(DoubtKind::Stale), expected, "{seconds}");
    }
    let unsigned = Reply { status: 401, headers: vec![], body: br#"{"code":"SIGN_ERROR"}"#.to_vec() };
    let Answer::Unknown(why) = query(&unsigned) else { panic!() };
    assert_eq!((why.kind, why.detail.as_str()), (DoubtKind::Unsigned, "HTTP 401 SIGN_ERROR"));
    let refused = Reply { headers: vec![], ..signed(404, r#"{"code":"ORDER_NOT_EXIST"}"#) };
    assert_eq!(doubt(&query(&refused)), Some(DoubtKind::Unsigned));
    let server = signed(503, r#"{"code":"ORDER_NOT_EXIST","message":""}"#);
    assert_eq!(doubt(&query(&server)), Some(DoubtKind::Trouble));
}

#[test]
fn an_answer_about_somebody_else_is_unknown() {
    let changed = |from: &str, to: &str| doubt(&query(&signed(200, &v3_trade("NOTPAY").replace(from, to))));
    assert_eq!(changed("0000001\"", "0000002\""), Some(DoubtKind::NotOurs));
    assert_eq!(changed(MCHID, "1900000108"), Some(DoubtKind::NotOurs));
    assert_eq!(changed(APPID, "wx0000000000000000"), Some(DoubtKind::NotOurs));
    assert_eq!(changed(MCHID, ""), Some(DoubtKind::Unreadable));
    assert_eq!(changed("\"amount\"", "\"mchid\":\"1900000109\",\"amount\""), Some(DoubtKind::Unreadable));
    for (name, value) in [("out_trade_no", "QT20261120000002"), ("mch_id", "1900000108"), ("appid", "wx00000000")] {
        let pairs: Vec<_> = V2_PAID.iter().copied().chain([(name, value)]).collect();
        assert_eq!(doubt(&v2(&Call::Query, &said(&pairs))), Some(DoubtKind::NotOurs), "{name}");
    }
}

#[test]
fn a_claim_needs_every_part() {
    for name in ["out_trade_no", "transaction_id", "total_fee", "trade_type", "result_code"] {
        let pairs: Vec<_> = V2_PAID.iter().map(|(n, v)| (*n, if *n == name { "" } else { *v })).collect();
        assert_eq!(doubt(&v2(&scan(), &said(&pairs))), Some(DoubtKind::Unreadable), "{name}");
    }
    for fee in ["15.00", "+1500", "01500", "1500 ", "1e3", "99999999999999999999"] {
        let pairs: Vec<_> = V2_PAID.iter().copied().chain([("total_fee", fee)]).collect();
        assert_eq!(doubt(&v2(&Call::Query, &said(&pairs))), Some(DoubtKind::Unreadable), "{fee}");
    }
    for (from, to) in [("4200001", ""), ("1500,", "15.00,"), ("1500,", "\"1500\","), ("\"amount\"", "\"other\"")] {
        let answer = query(&signed(200, &v3_trade("SUCCESS").replace(from, to)));
        assert_eq!(doubt(&answer), Some(DoubtKind::Unreadable), "{from} {to}");
    }
}

#[test]
fn v2_answers_are_signed_as_agreed_or_unknown() {
    let paid = message(&V2_PAID);
    let kind = |body: &str| doubt(&v2(&Call::Query, &plain(body)));
    assert_eq!(kind(&paid), None);
    assert_eq!(kind(&paid.replace(">1500<", ">1501<")), Some(DoubtKind::BadSignature));
    let (before, after) = (paid.find("<sign>").unwrap(), paid.find("</sign>").unwrap() + 7);
    let bare = format!("{}{}", &paid[..before], &paid[after..]);
    assert_eq!(kind(&bare), Some(DoubtKind::Unsigned));
    assert_eq!(kind(&bare.replace("</xml>", "<sign></sign></xml>")), Some(DoubtKind::Unsigned));
    assert_eq!(kind(&format!("<!DOCTYPE xml>{paid}")), Some(DoubtKind::Unreadable));
    assert_eq!(kind(&paid.replace("</xml>", "<total_fee>1500</total_fee></xml>")), Some(DoubtKind::Unreadable));
    let refused = "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>";
    assert_eq!(kind(refused), Some(DoubtKind::Unsigned));
    assert_eq!(doubt(&v2(&Call::Query, &Reply { status: 502, ..plain(&paid) })), Some(DoubtKind::Trouble));
}

#[test]
fn a_v2_message_has_one_reading() {
    let with = |joined| {
        let pairs: Vec<_> = V2_PAID.iter().copied().filter(|(name, _)| *name != "fee_type").chain([joined]).collect();
        v2(&Call::Query, &said(&pairs))
    };
    // The same text, and so the same sign, as a payment in another currency by this bank.
    assert_eq!(doubt(&with(("bank_type", "CMC&fee_type=USD"))), Some(DoubtKind::Unreadable));
    assert!(matches!(with(("attach", "茶 & 饼=甜")), Answer::Paid(_)));
}

#[test]
fn nobody_chooses_a_weaker_signature() {
    use crate::gateway::sign::md5_hex;
    let pairs: Vec<_> = V2_PAID
        .iter()
        .copied()
        .chain([("return_code", "SUCCESS"), ("appid", APPID), ("mch_id", MCHID), ("sign_type", "MD5")])
        .collect();
    let sign = md5_hex(format!("{}&key={API_KEY}", sorted_pairs(pairs.iter().copied())).as_bytes()).to_uppercase();
    let reply = plain(&xml::write(pairs.iter().copied().chain([("sign", sign.as_str())])));
    assert_eq!(doubt(&v2(&Call::Query, &reply)), Some(DoubtKind::BadSignature));
    let md5 = gateway(&[("v2_sign_type", "MD5")]);
    assert!(matches!(md5.read(&order(true), &Call::Query, &reply, NOW), Answer::Paid(_)));
    assert_eq!(doubt(&md5.read(&order(true), &Call::Query, &said(&V2_PAID), NOW)), Some(DoubtKind::BadSignature));
    let named: Vec<_> = V2_PAID.iter().copied().chain([("sign_type", "MD5")]).collect();
    assert_eq!(doubt(&v2(&Call::Query, &said(&named))), Some(DoubtKind::BadSignature));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_changed_byte_of_a_v3_answer_is_money(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut reply = PAID.clone();
        let at = at.index(reply.body.len());
        prop_assume!(reply.body[at] != byte);
        reply.body[at] = byte;
        prop_assert_eq!(doubt(&query(&reply)), Some(DoubtKind::BadSignature));
    }

    #[test]
    fn no_changed_character_of_a_v3_header_is_money(
        header in 0_usize..4,
        at in any::<prop::sample::Index>(),
        to in "[!-~]",
    ) {
        let mut reply = PAID.clone();
        let value = &mut reply.headers[header].1;
        let at = at.index(value.len());
        prop_assume!(!value[at..=at].eq_ignore_ascii_case(&to) || (header < 3 && value[at..=at] != to));
        value.replace_range(at..=at, &to);
        prop_assert!(!matches!(query(&reply), Answer::Paid(_)));
    }

    #[test]
    fn no_changed_byte_of_a_v2_answer_is_other_money(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let good = said(&V2_PAID);
        let Answer::Paid(claim) = v2(&Call::Query, &good) else { panic!() };
        let mut reply = good;
        let at = at.index(reply.body.len());
        reply.body[at] = byte;
        if let Answer::Paid(other) = v2(&Call::Query, &reply) {
            prop_assert_eq!(other, claim);
        }
    }
}
