//! UnionPay, before a client whose cryptography is openssl's.

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::gateway::{Event, Fault, Forgery, Gateway, PFX_PASSWORD, Provider, Step, UNIONPAY_MERCHANT, Wallet};
use serde_json::{Value, json};

const UNIONPAY: Provider = Provider::UnionPay;
const TIME: &str = "20261120120000";

fn client(gateway: &Gateway) -> Result<ForeignShop> {
    let client = ForeignShop::open("gateways/unionpay_client.py")?;
    let keys = gateway.keys();
    client.tell(&json!({
        "gateway": gateway.url, "mer_id": UNIONPAY_MERCHANT, "pfx": STANDARD.encode(&keys.unionpay_pfx),
        "password": PFX_PASSWORD, "root": keys.unionpay_root, "middle": keys.unionpay_middle,
    }))?;
    Ok(client)
}

/// A purchase, with a code to charge or without.
fn order(out_no: &str, qr_no: Option<&str>) -> Value {
    json!({
        "txnType": "01", "txnSubType": if qr_no.is_some() { "06" } else { "07" }, "channelType": "08", "orderId": out_no,
        "txnTime": TIME, "txnAmt": "1230", "currencyCode": "156", "qrNo": qr_no.unwrap_or_default(),
        "backUrl": "https://shop.example.com/notify",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn sells_and_gives_back() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway)?;
    let ask = |path: &str, fields: Value| client.act("ask", json!({ "path": path, "fields": fields }));
    let back = |fields: Value| ask("/gateway/api/backTransReq.do", fields);
    let query = |out_no: &str| {
        let asked = json!({ "txnType": "00", "txnSubType": "00", "orderId": out_no, "txnTime": TIME });
        ask("/gateway/api/queryTrans.do", asked)
    };
    let offered = back(order("U20261120001", None))?;
    assert_eq!(offered["respCode"], "00");
    assert!(offered["qrCode"].as_str().unwrap().starts_with("https://qr.95516.com/"), "{offered}");
    let waiting = query("U20261120001")?;
    assert_eq!((&waiting["respCode"], &waiting["origRespCode"]), (&json!("00"), &json!("05")), "00 is not paid");
    gateway.customer().pays("U20261120001")?;
    let paid = query("U20261120001")?;
    assert_eq!((&paid["origRespCode"], &paid["txnAmt"]), (&json!("00"), &json!("1230")), "{paid}");
    assert_eq!(back(order("U20261120001", None))?["respCode"], "12");
    assert_eq!(query("U20261120009")?["respCode"], "34");

    let refund = json!({
        "txnType": "04", "txnSubType": "00", "channelType": "08", "orderId": "U20261120R01", "txnTime": TIME,
        "txnAmt": "230", "currencyCode": "156", "origQryId": paid["queryId"], "backUrl": "https://shop.example.com/notify",
    });
    assert_eq!(back(refund.clone())?["respCode"], "00");
    assert_eq!(back(refund)?["respCode"], "12", "the same number again");
    assert_eq!(query("U20261120R01")?["origRespCode"], "00");
    assert_eq!(gateway.held_fen("U20261120001"), 1000);

    for event in [Event::Paid, Event::Refunded("U20261120R01".into())] {
        let told = |body: &[u8]| client.act("notice", json!({ "body": String::from_utf8_lossy(body) }));
        assert!(told(&gateway.notice(UNIONPAY, "U20261120001", &event)?.body).is_ok(), "{event:?}");
        for forgery in [Forgery::ByStranger, Forgery::Unsigned, Forgery::Tampered(1)] {
            let forged = told(&gateway.forged(UNIONPAY, "U20261120001", &event, forgery)?.body);
            assert!(forged.is_err(), "{event:?} {forgery:?}: {forged:?}");
        }
        let other = gateway.forged(UNIONPAY, "U20261120001", &event, Forgery::OtherAmount(1))?;
        assert_eq!(told(&other.body)?["txnAmt"], "1", "authentic, and not about this order");
    }
    for fault in [Fault::WrongSignature, Fault::Unsigned, Fault::Garbage] {
        gateway.spoil(UNIONPAY, Step::Query, fault.clone(), 1);
        assert!(query("U20261120001").is_err(), "{fault:?}");
    }

    let settled = paid["settleDate"].clone();
    let file = json!({
        "txnType": "76", "txnSubType": "01", "settleDate": settled, "fileType": "00", "txnTime": TIME,
    });
    let content = ask("/files/", file)?["fileContent"].take();
    let lines = client.act("unpack", json!({ "content": content }))?;
    assert_eq!(lines.as_array().unwrap().len(), 2, "{lines}");
    let columns: Vec<_> = lines[0].as_str().unwrap().split_whitespace().collect();
    assert!(columns.contains(&"U20261120001") && columns.contains(&"000000001230"), "{columns:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_codes() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway)?;
    let pay = |out_no: &str, wallet: Wallet| {
        let code = gateway.customer().shows_code(UNIONPAY, wallet);
        let asked = json!({ "path": "/gateway/api/backTransReq.do", "fields": order(out_no, Some(&code)) });
        Ok::<_, anyhow::Error>(client.act("ask", asked)?["respCode"].take())
    };
    assert_eq!(pay("C2026112001", Wallet::PaysAtOnce)?, "00");
    assert_eq!(gateway.held_fen("C2026112001"), 1230);
    assert_eq!(pay("C2026112002", Wallet::HasTooLittle)?, "64");
    assert_eq!(pay("C2026112002", Wallet::IsStale)?, "77");
    assert_eq!(pay("C2026112003", Wallet::AsksPassword)?, "00", "taken in, not paid");
    assert_eq!(gateway.held_fen("C2026112003"), 0);
    assert_eq!(pay("C2026112004", Wallet::PaysUnseen)?, "03");
    assert_eq!(gateway.held_fen("C2026112004"), 1230, "unknown, and the money moved all the same");
    gateway.spoil(UNIONPAY, Step::Scan, Fault::ProviderCode("99".into(), String::new()), 1);
    assert_eq!(pay("C2026112005", Wallet::PaysAtOnce)?, "99");
    assert_eq!(gateway.held_fen("C2026112005"), 0);
    Ok(())
}
