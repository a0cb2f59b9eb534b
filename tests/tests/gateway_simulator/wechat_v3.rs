//! Clients of WeChat Pay v3: wechatpayv3 from PyPI, wechatpay-axios-plugin from npm.

use std::collections::BTreeMap;

use anyhow::Result;
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::gateway::{
    Event, Fault, Forgery, Gateway, Notice, Provider, Step, WECHAT_APPID, WECHAT_MCHID, WECHAT_MERCHANT_SERIAL,
    WECHAT_PLATFORM_SERIAL, WECHAT_PUBLIC_KEY_ID, WECHAT_V2_KEY, WECHAT_V3_KEY,
};
use serde_json::{Value, json};

const V3: Provider = Provider::WechatV3;

fn client(gateway: &Gateway, script: &str, private_key: &str) -> Result<ForeignShop> {
    let client = ForeignShop::open(script)?;
    client.tell(&json!({
        "gateway": gateway.url, "mchid": WECHAT_MCHID, "appid": WECHAT_APPID, "serial": WECHAT_MERCHANT_SERIAL,
        "private_key": private_key, "v3_key": WECHAT_V3_KEY, "v2_key": WECHAT_V2_KEY,
        "public_key": gateway.keys().wechat.public_pem, "public_key_id": WECHAT_PUBLIC_KEY_ID,
        "certificate": gateway.keys().wechat_certificate, "certificate_serial": WECHAT_PLATFORM_SERIAL,
    }))?;
    Ok(client)
}

/// What a client makes of a notice: what it says, or nothing.
fn opened(client: &ForeignShop, notice: &Notice) -> Option<Value> {
    let headers: BTreeMap<_, _> = notice.headers.iter().cloned().collect();
    let asked = json!({ "headers": headers, "body": String::from_utf8_lossy(&notice.body) });
    client.act("notice", asked).ok().filter(|said| !said.is_null())
}

/// Both clients: a payment's and a refund's notice are opened, forged ones are not.
fn judges_notices(gateway: &Gateway, client: &ForeignShop, out_no: &str, refund_no: &str) -> Result<()> {
    for event in [Event::Paid, Event::Refunded(refund_no.into())] {
        let told = opened(client, &gateway.notice(V3, out_no, &event)?).unwrap();
        assert!(told.to_string().contains(&format!("\"out_trade_no\":\"{out_no}\"")), "{told}");
        for forgery in [Forgery::ByStranger, Forgery::Unsigned, Forgery::Tampered(1)] {
            let forged = gateway.forged(V3, out_no, &event, forgery)?;
            assert_eq!(opened(client, &forged), None, "{event:?} {forgery:?}");
        }
        for forgery in [Forgery::OtherAmount(1), Forgery::OtherSeller] {
            let other = gateway.forged(V3, out_no, &event, forgery)?;
            assert!(opened(client, &other).is_some(), "authentic, and not about this order: {event:?} {forgery:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wechatpayv3_from_pypi() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway, "gateways/wechatpayv3_client.py", &gateway.keys().wechat_merchant.private_pem)?;
    let ask = |act: &str, fields: Value| -> Result<(i64, Value)> {
        let said = client.act(act, fields)?;
        let body = said["body"].as_str().unwrap();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body)? };
        Ok((said["status"].as_i64().unwrap(), body))
    };
    let order = json!({ "out_trade_no": "W20261120001", "total": 1230, "description": "会员充值 1/2 年 \"茶\"" });
    let trade = json!({ "out_trade_no": "W20261120001" });
    let (status, offered) = ask("pay", order.clone())?;
    assert!(
        status == 200 && offered["code_url"].as_str().unwrap().starts_with("weixin://wxpay/bizpayurl?"),
        "{offered}"
    );
    assert_eq!(ask("query", trade.clone())?.1["trade_state"], "NOTPAY", "it exists before anybody scans");
    gateway.customer().pays("W20261120001")?;
    let (_, paid) = ask("query", trade.clone())?;
    assert_eq!((&paid["trade_state"], &paid["amount"]["total"]), (&json!("SUCCESS"), &json!(1230)), "{paid}");
    assert_eq!(ask("pay", order)?.1["code"], "ORDERPAID");
    assert_eq!(ask("close", trade.clone())?.1["code"], "ORDERPAID");

    let refund = json!({ "out_trade_no": "W20261120001", "out_refund_no": "R1", "refund": 230, "total": 1230 });
    assert_eq!(ask("refund", refund.clone())?.1["status"], "PROCESSING");
    assert_eq!(ask("refund", refund)?.1["status"], "SUCCESS", "the same refund, told again");
    assert_eq!(ask("refund_query", json!({ "out_refund_no": "R1" }))?.1["status"], "SUCCESS");
    assert_eq!(ask("refund_query", json!({ "out_refund_no": "R2" }))?.0, 404);
    assert_eq!(gateway.held_fen("W20261120001"), 1000);
    assert_eq!(ask("query", trade)?.1["trade_state"], "REFUND");

    let second = json!({ "out_trade_no": "W20261120002", "total": 1, "description": "茶" });
    ask("pay", second)?;
    assert_eq!(ask("close", json!({ "out_trade_no": "W20261120002" }))?.0, 204);
    assert!(gateway.customer().pays("W20261120002").is_err(), "what was closed cannot be paid");
    judges_notices(&gateway, &client, "W20261120001", "R1")?;

    for fault in [Fault::WrongSignature, Fault::Unsigned, Fault::Garbage] {
        gateway.spoil(V3, Step::Query, fault.clone(), 1);
        assert!(ask("query", json!({ "out_trade_no": "W20261120001" })).is_err(), "{fault:?}");
    }
    gateway.spoil(V3, Step::Query, Fault::ProviderCode("NOBODY_LISTED".into(), "?".into()), 1);
    assert_eq!(ask("query", json!({ "out_trade_no": "W20261120001" }))?.1["code"], "NOBODY_LISTED");

    // The same with the platform certificate, which the client fetches and decrypts.
    let known = json!({ "known": gateway.keys().wechat_certificate });
    assert_eq!(client.act("certificates", known)?, json!([WECHAT_PLATFORM_SERIAL]));
    assert_eq!(ask("query", json!({ "out_trade_no": "W20261120002" }))?.1["trade_state"], "CLOSED");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wechatpay_axios_plugin_from_npm() -> Result<()> {
    let gateway = Gateway::start().await?;
    let script = "gateways/wechatpay_axios_plugin.mjs";
    let client = client(&gateway, script, &gateway.keys().wechat_merchant.private_pem)?;
    let order = json!({
        "appid": WECHAT_APPID, "mchid": WECHAT_MCHID, "description": "龙井", "out_trade_no": "X20261120001",
        "notify_url": "https://shop.example.com/notify", "amount": { "total": 1230, "currency": "CNY" },
    });
    let order = json!({ "path": "v3/pay/transactions/native", "body": order });
    assert_eq!(client.act("post", order)?["status"], 200);
    gateway.customer().pays("X20261120001")?;
    // With the platform certificate, and with the public key: who asks says which.
    for by in [Value::Null, json!(WECHAT_PUBLIC_KEY_ID)] {
        let path = format!("v3/pay/transactions/out-trade-no/X20261120001?mchid={WECHAT_MCHID}");
        let said = client.act("get", json!({ "path": path, "by": by }))?;
        assert_eq!(said["data"]["trade_state"], "SUCCESS", "{by}: {said}");
        gateway.spoil(V3, Step::Query, Fault::WrongSignature, 1);
        let said = client.act("get", json!({ "path": path, "by": by }));
        assert!(said.is_err(), "{by}: {said:?}");
    }
    let refund = json!({
        "out_trade_no": "X20261120001", "out_refund_no": "R1", "amount": { "refund": 230, "total": 1230, "currency": "CNY" },
    });
    client.act("post", json!({ "path": "v3/refund/domestic/refunds", "body": refund }))?;
    judges_notices(&gateway, &client, "X20261120001", "R1")?;

    let path = format!("v3/bill/tradebill?bill_date={}&bill_type=ALL", gateway.today());
    let bill = client.act("get", json!({ "path": path }))?["data"].take();
    let (path, token) = bill["download_url"].as_str().unwrap().split_once("?token=").unwrap();
    let path = path.strip_prefix(&format!("{}/", gateway.url)).unwrap();
    let table = client.act("get", json!({ "path": path, "params": { "token": token } }))?["data"].take();
    let cast = client.act("bill", json!({ "table": table }))?;
    assert_eq!(cast["rows"].as_array().unwrap().len(), 2, "{cast}");
    assert_eq!(cast["rows"][0]["订单金额"], "12.30");
    assert_eq!((&cast["rows"][1]["退款金额"], &cast["rows"][1]["商户退款单号"]), (&json!("2.30"), &json!("R1")));
    assert_eq!((&cast["summary"]["总交易单数"], &cast["summary"]["退款总金额"]), (&json!("2"), &json!("2.30")));

    let stranger = self::client(&gateway, script, &gateway.keys().stranger.private_pem)?;
    let path = format!("v3/pay/transactions/out-trade-no/X20261120001?mchid={WECHAT_MCHID}");
    let said = stranger.act("get", json!({ "path": path }))?;
    assert_eq!((&said["status"], &said["data"]["code"]), (&json!(401), &json!("SIGN_ERROR")), "{said}");
    Ok(())
}
