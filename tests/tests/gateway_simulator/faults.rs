//! What a test orders to go wrong goes wrong, that often, and leaves the truth as it says.

use std::time::Duration;

use anyhow::Result;
use qiantai_tests::clock;
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::gateway::{ALIPAY_APP, Event, Fault, Gateway, Provider, Step, Wallet};
use qiantai_tests::merchant::{Manner, Merchant};
use serde_json::{Value, json};

const ALIPAY: Provider = Provider::Alipay;

fn client(gateway: &Gateway) -> Result<ForeignShop> {
    let client = ForeignShop::open("gateways/alipay_sdk.mjs")?;
    client.tell(&json!({
        "gateway": gateway.url,
        "app_id": ALIPAY_APP,
        "private_key": gateway.keys().alipay_app.private_pem,
        "alipay_public_key": gateway.keys().alipay.public_pem,
    }))?;
    Ok(client)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_once() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway)?;
    let exec = |method: &str, content: Value| client.act("exec", json!({ "method": method, "content": content }));
    let pay = |out_no: &str| {
        let code = gateway.customer().shows_code(ALIPAY, Wallet::PaysAtOnce);
        let order = json!({
            "out_trade_no": out_no, "scene": "bar_code", "auth_code": code, "subject": "茶", "total_amount": "3.00",
        });
        exec("alipay.trade.pay", order)
    };

    // This client asks once more by itself when it is hung up on.
    gateway.spoil(ALIPAY, Step::Scan, Fault::LoseRequest, 9);
    assert!(pay("F1").is_err());
    assert!(gateway.trade(ALIPAY, "F1").is_none(), "what never arrived was not done");
    gateway.heal();
    gateway.spoil(ALIPAY, Step::Scan, Fault::LoseAnswer, 9);
    assert!(pay("F1").is_err());
    assert_eq!(gateway.held_fen("F1"), 300, "what was lost on the way back was done");
    gateway.heal();

    let query = || exec("alipay.trade.query", json!({ "out_trade_no": "F1" }));
    let page = Fault::Error { status: 502, body: "<h1>Bad Gateway</h1>".into() };
    for fault in [Fault::WrongSignature, Fault::Unsigned, Fault::Garbage, page] {
        gateway.spoil(ALIPAY, Step::Query, fault.clone(), 1);
        assert!(query().is_err(), "{fault:?}");
        assert_eq!(query()?["trade_status"], "TRADE_SUCCESS", "once means once: {fault:?}");
    }
    gateway.spoil(ALIPAY, Step::Query, Fault::ProviderCode("40004".into(), "ACQ.NOBODY_LISTED".into()), 1);
    assert_eq!(query()?["sub_code"], "ACQ.NOBODY_LISTED", "signed: the client verified it");

    gateway.spoil(ALIPAY, Step::Query, Fault::Delay(300), 1);
    let began = clock();
    query()?;
    assert!(began.elapsed() >= Duration::from_millis(300));

    gateway.spoil(ALIPAY, Step::Refund, Fault::Duplicate, 1);
    let refund = json!({ "out_trade_no": "F1", "refund_amount": "1.00", "out_request_no": "R1" });
    assert_eq!(exec("alipay.trade.refund", refund)?["fund_change"], "N", "the second time it was done already");
    assert_eq!((gateway.held_fen("F1"), gateway.given_back_fen()), (200, 100), "and it moved money once");

    gateway.spoil(ALIPAY, Step::Query, Fault::LoseAnswer, 9);
    assert!(query().is_err());
    gateway.heal();
    assert!(query().is_ok());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_answer_comes_again() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway)?;
    let exec = |method: &str, content: Value| client.act("exec", json!({ "method": method, "content": content }));
    exec("alipay.trade.precreate", json!({ "out_trade_no": "O1", "total_amount": "1.00", "subject": "茶" }))?;
    let query = || exec("alipay.trade.query", json!({ "out_trade_no": "O1" }));
    gateway.customer().scans("O1")?;
    assert_eq!(query()?["trade_status"], "WAIT_BUYER_PAY");
    gateway.customer().pays("O1")?;
    gateway.spoil(ALIPAY, Step::Query, Fault::OldAnswer, 1);
    assert_eq!(query()?["trade_status"], "WAIT_BUYER_PAY", "authentic, and overtaken");
    assert_eq!(query()?["trade_status"], "TRADE_SUCCESS");
    let log = gateway.log();
    assert!(log.iter().all(|asked| asked.provider == ALIPAY && asked.out_no.as_deref() == Some("O1")));
    assert!(log.is_sorted_by_key(|asked| asked.at));
    assert_eq!(log[2].fault, Some(Fault::OldAnswer));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_take_their_time() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway)?;
    let exec = |method: &str, content: Value| client.act("exec", json!({ "method": method, "content": content }));
    exec("alipay.trade.precreate", json!({ "out_trade_no": "T1", "total_amount": "1.00", "subject": "茶" }))?;
    gateway.customer().pays("T1")?;
    gateway.refunds_take_their_time();
    exec("alipay.trade.refund", json!({ "out_trade_no": "T1", "refund_amount": "1.00" }))?;
    let asked = json!({ "out_trade_no": "T1", "out_request_no": "T1" });
    assert_eq!(exec("alipay.trade.fastpay.refund.query", asked.clone())?["refund_status"], Value::Null);
    assert_eq!(gateway.held_fen("T1"), 100, "under way is not there");
    gateway.refunds_arrive("T1");
    assert_eq!(exec("alipay.trade.fastpay.refund.query", asked)?["refund_status"], "REFUND_SUCCESS");
    assert_eq!(gateway.held_fen("T1"), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_delivered_again_byte_for_byte() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway)?;
    let order = json!({ "out_trade_no": "N1", "total_amount": "1.00", "subject": "茶" });
    client.act("exec", json!({ "method": "alipay.trade.precreate", "content": order }))?;
    gateway.customer().pays("N1")?;
    let shop = Merchant::open(Manner::text("success"))?;
    let notice = gateway.notice(ALIPAY, "N1", &Event::Paid)?;
    for _ in 0..2 {
        assert_eq!(notice.send(&shop.url("/notify?x=1"))?.text(), "success");
    }
    let heard = shop.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!((&heard[0].body, heard[0].target.as_str()), (&heard[1].body, "/notify?x=1"));
    Ok(())
}
