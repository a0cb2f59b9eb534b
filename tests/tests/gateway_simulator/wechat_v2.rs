//! Clients of WeChat Pay v2: tenpay and wechatpay-axios-plugin from npm, wechatpy from PyPI.

use anyhow::Result;
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::gateway::{
    Event, Fault, Forgery, Gateway, Provider, Step, WECHAT_APPID, WECHAT_MCHID, WECHAT_V2_KEY, Wallet,
};
use serde_json::{Value, json};

const V2: Provider = Provider::WechatV2;

fn client(gateway: &Gateway, script: &str, more: Value) -> Result<ForeignShop> {
    let client = ForeignShop::open(script)?;
    let mut contract = json!({
        "gateway": gateway.url, "mchid": WECHAT_MCHID, "appid": WECHAT_APPID, "v2_key": WECHAT_V2_KEY,
    });
    contract.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.tell(&contract)?;
    Ok(client)
}

/// A payment's notice is believed, forged ones are not; a refund's is opened with the right key only.
fn judges_notices(gateway: &Gateway, client: &ForeignShop, out_no: &str, refund_no: &str) -> Result<()> {
    let told = |act: &str, body: &[u8]| client.act(act, json!({ "body": String::from_utf8_lossy(body) }));
    let paid = told("notice", &gateway.notice(V2, out_no, &Event::Paid)?.body)?;
    assert_eq!(paid["out_trade_no"], out_no, "{paid}");
    for forgery in [Forgery::ByStranger, Forgery::Unsigned, Forgery::Tampered(1)] {
        assert!(told("notice", &gateway.forged(V2, out_no, &Event::Paid, forgery)?.body).is_err(), "{forgery:?}");
    }
    assert!(told("notice", &gateway.forged(V2, out_no, &Event::Paid, Forgery::OtherAmount(1))?.body).is_ok());

    let refund = Event::Refunded(refund_no.into());
    let back = told("refund_notice", &gateway.notice(V2, out_no, &refund)?.body)?.to_string();
    assert!(back.contains(&format!("\"out_refund_no\":\"{refund_no}\"")), "{back}");
    let forged = told("refund_notice", &gateway.forged(V2, out_no, &refund, Forgery::ByStranger)?.body);
    assert!(forged.is_err(), "{forged:?}");
    let changed = told("refund_notice", &gateway.forged(V2, out_no, &refund, Forgery::Tampered(1))?.body);
    assert!(changed.is_ok(), "nothing in v2 shows it: the merchant has to ask");
    Ok(())
}

/// Codes charged in every way a wallet answers, and given back.
async fn charges(sign_type: &str) -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway, "gateways/tenpay.mjs", json!({ "sign_type": sign_type }))?;
    let ask = |act: &str, fields: Value| client.act(act, fields);
    let no = |said: Result<Value>| said.map_or_else(|error| error.to_string(), |said| format!("said yes: {said}"));
    let pay = |out_no: &str, wallet: Wallet| {
        let code = gateway.customer().shows_code(V2, wallet);
        ask("micropay", json!({ "out_trade_no": out_no, "body": "茶 <&> 1", "total_fee": 300, "auth_code": code }))
    };
    let paid = pay("M1", Wallet::PaysAtOnce)?;
    assert_eq!((&paid["trade_type"], &paid["total_fee"]), (&json!("MICROPAY"), &json!("300")), "{paid}");
    assert_eq!(no(pay("M1", Wallet::PaysAtOnce)), "Error: ORDERPAID");
    assert_eq!(no(pay("M2", Wallet::HasTooLittle)), "Error: NOTENOUGH");
    assert_eq!(no(pay("M2", Wallet::IsStale)), "Error: AUTHCODEEXPIRE");
    assert_eq!(no(pay("M3", Wallet::AsksPassword)), "Error: USERPAYING");
    assert_eq!(ask("query", json!({ "out_trade_no": "M3" }))?["trade_state"], "USERPAYING");
    assert_eq!(ask("reverse", json!({ "out_trade_no": "M3" }))?["recall"], "N");
    assert!(gateway.customer().pays("M3").is_err());
    assert_eq!(no(pay("M4", Wallet::PaysUnseen)), "Error: SYSTEMERROR");
    assert_eq!(gateway.held_fen("M4"), 300, "an error of the system, and the money moved all the same");
    ask("reverse", json!({ "out_trade_no": "M4" }))?;
    assert_eq!(gateway.held_fen("M4"), 0);
    assert_eq!(ask("query", json!({ "out_trade_no": "M4" }))?["trade_state"], "REVOKED");
    assert_eq!(no(ask("query", json!({ "out_trade_no": "M9" }))), "Error: ORDERNOTEXIST");

    let refund = json!({ "out_trade_no": "M1", "out_refund_no": "R1", "total_fee": 300, "refund_fee": 100 });
    ask("refund", refund.clone())?;
    ask("refund", refund)?;
    assert_eq!(gateway.held_fen("M1"), 200, "the same refund twice moves money once");
    assert_eq!(ask("refund_query", json!({ "out_refund_no": "R1" }))?["refund_status_0"], "SUCCESS");

    let bill = ask("bill", json!({ "date": gateway.today().replace('-', "") }))?;
    assert_eq!(bill["list_data"].as_array().unwrap().len(), 4, "{bill}");
    for fault in [Fault::WrongSignature, Fault::Unsigned, Fault::Garbage] {
        gateway.spoil(V2, Step::Query, fault.clone(), 1);
        assert!(ask("query", json!({ "out_trade_no": "M1" })).is_err(), "{fault:?}");
    }
    judges_notices(&gateway, &client, "M1", "R1")
}

#[tokio::test(flavor = "multi_thread")]
async fn tenpay_from_npm_with_md5() -> Result<()> {
    charges("MD5").await
}

#[tokio::test(flavor = "multi_thread")]
async fn tenpay_from_npm_with_hmac() -> Result<()> {
    charges("HMAC-SHA256").await
}

#[tokio::test(flavor = "multi_thread")]
async fn wechatpy_from_pypi() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway, "gateways/wechatpy_client.py", json!({}))?;
    let order = json!({ "out_trade_no": "P1", "total_fee": 1230, "body": "会员充值 1 年 & <b>" });
    let offered = client.act("order", order)?;
    assert!(offered["code_url"].as_str().unwrap().starts_with("weixin://wxpay/"), "{offered}");
    let query = || client.act("query", json!({ "out_trade_no": "P1" }));
    assert_eq!(query()?["trade_state"], "NOTPAY");
    gateway.customer().pays("P1")?;
    assert_eq!(query()?["trade_state"], "SUCCESS");
    client
        .act("refund", json!({ "out_trade_no": "P1", "out_refund_no": "R1", "total_fee": 1230, "refund_fee": 230 }))?;
    assert_eq!(client.act("refund_query", json!({ "out_refund_no": "R1" }))?["refund_fee_0"], "230");
    assert_eq!(gateway.held_fen("P1"), 1000);
    gateway.spoil(V2, Step::Query, Fault::WrongSignature, 1);
    assert!(query().is_err());
    judges_notices(&gateway, &client, "P1", "R1")?;

    let stranger = self::client(&gateway, "gateways/wechatpy_client.py", json!({ "v2_key": "0".repeat(32) }))?;
    let said = stranger.act("query", json!({ "out_trade_no": "P1" })).unwrap_err().to_string();
    assert!(said.contains("签名错误"), "{said}");
    Ok(())
}
