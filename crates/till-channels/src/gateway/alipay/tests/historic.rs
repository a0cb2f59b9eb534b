//! MAPI and WAP 1.0.

use super::super::form::Form;
use super::super::historic::{mapi, wap};
use super::super::request::signed;
use super::vectors::{old_key, text, vector};
use super::*;
use crate::gateway::sign::md5_hex;

const KEY: &str = "10000000000000000000000000000000";
const SHOP: wap::Shop<'_> =
    wap::Shop { partner: "1000000000000000", seller_account_name: "shop@example.com", key: KEY };

/// A form with the digest over all but these at its end.
fn digested(pairs: &[(&str, &str)], but: &[&str]) -> String {
    let text = sign::sorted_pairs(pairs.iter().filter(|(n, _)| !but.contains(n)).copied());
    format!("{}&sign={}", form(pairs), md5_hex(format!("{text}{KEY}").as_bytes()))
}

fn kind<T: std::fmt::Debug>(read: Result<T, Doubt>) -> DoubtKind {
    read.unwrap_err().kind
}

mod of_mapi {
    use super::*;

    const PAYMENT: mapi::Payment<'_> = mapi::Payment {
        partner: "1000000000000000",
        out_trade_no: OUT_NO,
        subject: "茶 2 杯",
        total_fee: Fen::ZERO,
        notify_url: "https://relay.example.com/n",
        return_url: "",
    };
    const TOLD: &[(&str, &str)] = &[
        ("notify_id", "1234"),
        ("notify_type", "trade_status_sync"),
        ("sign_type", "MD5"),
        ("out_trade_no", OUT_NO),
        ("trade_no", TRADE_NO),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_fee", "15.50"),
        ("seller_id", SELLER),
    ];
    const BUT: &[&str] = &["sign", "sign_type"];

    #[test]
    fn digests_are_the_published_ones() {
        for id in ["mapi-md5", "mapi-md5-2"] {
            let vector = vector(id);
            let pairs = vec![("partner", "123".to_owned()), ("service", "test".to_owned()), ("empty", String::new())];
            let made = mapi::digested(pairs, text(&vector["input"]["key"]));
            assert_eq!(made.last().unwrap().1, text(&vector["expected"]), "{id}");
        }
        let vector = vector("mapi-notify");
        let body = format!("notify_id=1234&sign_type=MD5&sign={}", text(&vector["expected"]));
        let doubt = mapi::notice(body.as_bytes(), text(&vector["input"]["key"])).unwrap_err();
        assert_eq!((doubt.kind, doubt.detail.as_str()), (DoubtKind::Unreadable, "out_trade_no"), "past the digest");
        assert_eq!(mapi::verify_url(&Place::Live, "1000000000000000", "1234"), text(&vector["input"]["verify_url"]));
        assert_eq!(mapi::is_verified(200, text(&vector["input"]["verify_reply"]).as_bytes()), Ok(()));
    }

    #[test]
    fn sha1_signatures_are_the_published_ones() {
        let vector = vector("mapi-rsa");
        let pairs = vec![("partner", "123".to_owned()), ("service", "test".to_owned())];
        let made = signed(pairs, |text| sign::rsa_sha1(&old_key(), text, &mut seed())).unwrap();
        assert_eq!(made.last().unwrap().1, text(&vector["expected"]));
    }

    #[test]
    fn the_address_of_a_payment_is_signed() {
        let payment = mapi::Payment { total_fee: fen(1550), ..PAYMENT };
        let url = mapi::create_url(&Place::Live, &payment, &mapi::Seal::Md5(KEY), &mut seed()).unwrap();
        let query = url.strip_prefix("https://mapi.alipay.com/gateway.do?").unwrap();
        let read = Form::read(query.as_bytes()).unwrap();
        let digest = md5_hex(format!("{}{KEY}", read.signed_text(BUT).unwrap()).as_bytes());
        assert_eq!((read.get("sign"), read.get("sign_type")), (Some(digest.as_str()), Some("MD5")));
        assert_eq!((read.get("total_fee"), read.get("return_url")), (Some("15.50"), None));

        let url = mapi::create_url(&Place::Live, &payment, &mapi::Seal::Rsa(&old_key()), &mut seed()).unwrap();
        let read = Form::read(url.split_once('?').unwrap().1.as_bytes()).unwrap();
        let signature = STANDARD.decode(read.get("sign").unwrap()).unwrap();
        let text = read.signed_text(BUT).unwrap();
        assert!(sign::fits_sha1(&old_key().public(), text.as_bytes(), &signature));
        assert_eq!(read.get("sign_type"), Some("RSA"));
    }

    #[test]
    fn only_a_live_contract_speaks_with_the_live_system() {
        let payment = mapi::Payment { total_fee: fen(1550), ..PAYMENT };
        let simulator = Place::Simulator("http://127.0.0.1:4000".into());
        for (place, door) in [
            (&Place::Sandbox, "https://mapi.alipaydev.com/gateway.do?"),
            (&simulator, "http://127.0.0.1:4000/mapi/gateway.do?"),
        ] {
            assert!(mapi::verify_url(place, SELLER, "1234").starts_with(door));
            let url = mapi::create_url(place, &payment, &mapi::Seal::Md5(KEY), &mut seed()).unwrap();
            assert!(url.starts_with(door), "{url}");
        }
    }

    #[test]
    fn a_notice_is_read_if_its_digest_fits() {
        let body = digested(TOLD, BUT);
        let told = mapi::notice(body.as_bytes(), KEY).unwrap();
        assert_eq!((told.notify_id.as_str(), told.out_trade_no.as_str()), ("1234", OUT_NO));
        assert_eq!((told.total_fee, told.trade_status.as_str()), (fen(1550), "TRADE_SUCCESS"));
        let (head, sign) = body.split_once("&sign=").unwrap();
        assert!(mapi::notice(format!("{head}&sign={}", sign.to_uppercase()).as_bytes(), KEY).is_ok());
        assert_eq!(kind(mapi::notice(head.as_bytes(), KEY)), DoubtKind::Unsigned);
        assert_eq!(kind(mapi::notice(body.replace("15.50", "15.51").as_bytes(), KEY)), DoubtKind::BadSignature);
        assert_eq!(kind(mapi::notice(body.as_bytes(), "")), DoubtKind::BadSignature);
        assert_eq!(kind(mapi::notice(format!("{body}&total_fee=15.50").as_bytes(), KEY)), DoubtKind::Unreadable);
        let rsa = digested(&changed(TOLD, &[("sign_type", "RSA")]), BUT);
        assert_eq!(kind(mapi::notice(rsa.as_bytes(), KEY)), DoubtKind::BadSignature);
        let free = digested(&changed(TOLD, &[("total_fee", "0.00")]), BUT);
        assert_eq!(kind(mapi::notice(free.as_bytes(), KEY)), DoubtKind::Unreadable);
        assert!(mapi::notice(md5_hex(b"").as_bytes(), "").is_err(), "an empty key is nobody's");
    }

    #[test]
    fn only_true_is_true() {
        assert_eq!(mapi::is_verified(200, b"true\n"), Ok(()));
        for (status, body, why) in [
            (200, &b"false"[..], DoubtKind::BadSignature),
            (200, b"", DoubtKind::Unreadable),
            (200, b"true false", DoubtKind::Unreadable),
            (200, b"TRUE", DoubtKind::Unreadable),
            (500, b"true", DoubtKind::Trouble),
        ] {
            assert_eq!(kind(mapi::is_verified(status, body)), why);
        }
    }
}

mod of_wap {
    use super::*;

    const NOTIFY: &str = "<notify><notify_id>1234</notify_id><out_trade_no>QT20261120000001</out_trade_no>\
        <trade_no>2026112022001400000000000001</trade_no><trade_status>TRADE_FINISHED</trade_status>\
        <subject>a &amp; <![CDATA[<b>]]></subject><total_fee>15.50</total_fee></notify>";

    fn told(data: &str) -> String {
        let text = format!("service=alipay.wap.trade.create.direct&v=1.0&sec_id=MD5&notify_data={data}{KEY}");
        let pairs = [
            ("notify_data", data),
            ("sec_id", "MD5"),
            ("v", "1.0"),
            ("service", "alipay.wap.trade.create.direct"),
            ("sign", &md5_hex(text.as_bytes())),
        ];
        form(&pairs)
    }

    fn token_answer(xml: &str) -> String {
        let pairs = [
            ("partner", SHOP.partner),
            ("sec_id", "MD5"),
            ("service", "alipay.wap.trade.create.direct"),
            ("v", "2.0"),
            ("res_data", xml),
        ];
        digested(&pairs, &["sign"])
    }

    const TOKEN: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><direct_trade_create_res>\
        <request_token>20100830e8085e3e0868a466b822350ede5886e8</request_token></direct_trade_create_res>";

    #[test]
    fn the_second_request_is_the_published_one() {
        let vector = vector("wap-authAndExecute");
        let url = wap::pay_url(&Place::Live, &SHOP, "token_test").unwrap();
        let read = Form::read(
            url.strip_prefix("https://wappaygw.alipay.com/service/rest.htm")
                .unwrap()
                .trim_start_matches('?')
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(read.signed_text(&["sign"]).unwrap(), text(&vector["input"]["string_to_sign"]));
        assert_eq!(read.get("sign"), Some(text(&vector["expected"])));
    }

    #[test]
    fn only_a_live_contract_speaks_with_the_live_system() {
        let simulator = Place::Simulator("http://127.0.0.1:4000".into());
        assert_eq!(wap::door(&simulator).as_deref(), Ok("http://127.0.0.1:4000/service/rest.htm"));
        assert!(wap::pay_url(&simulator, &SHOP, "t").unwrap().starts_with("http://127.0.0.1:4000/service/rest.htm?"));
        assert!(wap::pay_url(&Place::Sandbox, &SHOP, "t").is_err(), "it had no test system");
    }

    #[test]
    fn the_first_request_names_the_order_in_xml() {
        let payment = wap::Payment {
            out_trade_no: OUT_NO,
            subject: "a <b>",
            total_fee: fen(1550),
            call_back_url: "https://shop.example.com/back",
            notify_url: "",
            merchant_url: "",
        };
        let read = Form::read(wap::create_body(&SHOP, &payment, "r1").as_bytes()).unwrap();
        assert_eq!(
            read.get("req_data"),
            Some(
                "<direct_trade_create_req><subject>a &lt;b&gt;</subject><out_trade_no>QT20261120000001</out_trade_no>\
                 <total_fee>15.50</total_fee><seller_account_name>shop@example.com</seller_account_name>\
                 <call_back_url>https://shop.example.com/back</call_back_url></direct_trade_create_req>"
            )
        );
        assert_eq!((read.get("req_id"), read.get("sec_id")), (Some("r1"), Some("MD5")));
    }

    #[test]
    fn the_token_is_taken_from_a_signed_answer_only() {
        let read = |body: &str| wap::token(&SHOP, body.as_bytes());
        let body = token_answer(TOKEN);
        assert_eq!(read(&body).unwrap(), "20100830e8085e3e0868a466b822350ede5886e8");
        assert_eq!(kind(read(body.split_once("&sign=").unwrap().0)), DoubtKind::Unsigned);
        assert_eq!(kind(read(&body.replace("e5886e8", "e5886e9"))), DoubtKind::BadSignature);
        assert_eq!(kind(read(&body.replace("sec_id=MD5", "sec_id=0001"))), DoubtKind::BadSignature);
        let other = wap::Shop { partner: "1000000000000001", ..SHOP };
        assert_eq!(kind(wap::token(&other, body.as_bytes())), DoubtKind::NotOurs);
        assert_eq!(kind(read(&token_answer("<direct_trade_create_res/>"))), DoubtKind::Unreadable);
        assert_eq!(kind(read(&token_answer(&TOKEN.replace("direct_trade", "other")))), DoubtKind::Unreadable);
    }

    #[test]
    fn a_notice_is_signed_in_a_fixed_order() {
        let told_of = wap::notice(&SHOP, told(NOTIFY).as_bytes()).unwrap();
        assert_eq!((told_of.notify_id.as_str(), told_of.out_trade_no.as_str()), ("1234", OUT_NO));
        assert_eq!((told_of.total_fee, told_of.trade_status.as_str()), (fen(1550), "TRADE_FINISHED"));
        let read = |body: &str| wap::notice(&SHOP, body.as_bytes());
        let body = told(NOTIFY);
        assert_eq!(kind(read(&body.replace("15.50", "15.51"))), DoubtKind::BadSignature);
        assert_eq!(kind(read(&body.replace("v=1.0", "v=1.1"))), DoubtKind::BadSignature);
        assert_eq!(kind(read(&body.replace("sec_id=MD5", "sec_id=0001"))), DoubtKind::BadSignature);
        assert_eq!(kind(read(&body.replace("v=1.0", "v=1.0%26x%3D1"))), DoubtKind::Unreadable);
        assert_eq!(kind(read(body.split_once("&sign=").unwrap().0)), DoubtKind::Unsigned);
    }

    #[test]
    fn xml_with_more_than_elements_and_text_is_refused() {
        let deep = format!("<notify>{}{}</notify>", "<a>".repeat(9), "</a>".repeat(9));
        for odd in [
            format!("<!DOCTYPE notify [<!ENTITY x \"y\">]>{NOTIFY}"),
            NOTIFY.replace("&amp;", "&x;"),
            NOTIFY.replace("&amp;", "&#65;"),
            NOTIFY.replace("</notify>", "<total_fee>15.50</total_fee></notify>"),
            NOTIFY.replace("</notify>", "text</notify>"),
            NOTIFY.replace("</notify>", "<?php x?></notify>"),
            NOTIFY.replace("</notify>", "<!-- x --></notify>"),
            NOTIFY.replace("</notify>", ""),
            NOTIFY.replace("<total_fee>15.50</total_fee>", "<total_fee></total_fee>"),
            format!("{NOTIFY}{NOTIFY}"),
            format!("{NOTIFY}text"),
            NOTIFY.replace("notify>", "other>"),
            NOTIFY.replace("a &amp;", &"a".repeat(65_536)),
            deep,
        ] {
            assert_eq!(kind(wap::notice(&SHOP, told(&odd).as_bytes())), DoubtKind::Unreadable, "{odd:.300}");
        }
    }

    #[test]
    fn a_browser_that_came_back_names_the_order() {
        let pairs = [("out_trade_no", OUT_NO), ("result", "success"), ("request_token", "t"), ("sign_type", "MD5")];
        let query = digested(&pairs, &["sign_type"]);
        assert_eq!(wap::call_back(&SHOP, &query).unwrap(), OUT_NO);
        assert_eq!(kind(wap::call_back(&SHOP, &query.replace(OUT_NO, "QT20261120000002"))), DoubtKind::BadSignature);
    }
}
