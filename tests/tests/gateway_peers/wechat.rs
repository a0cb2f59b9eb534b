//! WeChat Pay's clients: wechatpay-axios-plugin from npm, wechatpayv3 and wechatpy from PyPI.

use anyhow::{Context, Result};
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::gateway::{
    Contract, WECHAT_APPID, WECHAT_MCHID, WECHAT_MERCHANT_SERIAL, WECHAT_PLATFORM_SERIAL, WECHAT_PUBLIC_KEY_ID,
    WECHAT_V2_KEY, WECHAT_V3_KEY, keys, wechat_contract,
};
use serde_json::{Value, json};
use till_channels::gateway::{Ask, DoubtKind, Place, Provider};

use crate::codec::{ask, calls, codec, notice, pays};

const AXIOS: &str = "gateways/wechatpay_axios_plugin.mjs";
const AUTH_CODE: &str = "134567890123456789";

fn client(script: &str) -> Result<ForeignShop> {
    let client = ForeignShop::open(script)?;
    client.tell(&json!({
        "gateway": "http://127.0.0.1:1", "mchid": WECHAT_MCHID, "appid": WECHAT_APPID, "serial": WECHAT_MERCHANT_SERIAL,
        "private_key": keys()?.wechat_merchant.private_pem, "v3_key": WECHAT_V3_KEY, "v2_key": WECHAT_V2_KEY,
        "public_key": keys()?.wechat.public_pem, "public_key_id": WECHAT_PUBLIC_KEY_ID,
        "certificate": keys()?.wechat_certificate, "certificate_serial": WECHAT_PLATFORM_SERIAL,
    }))?;
    Ok(client)
}

/// The contract with v3 alone, or with v2 alone.
fn version(newer: bool) -> Result<Contract> {
    let of_v3 = ["apiv3_key", "wechatpay_public_key", "wechatpay_public_key_id"];
    let wanted = |field: &str| if newer { field != "api_key" } else { !of_v3.contains(&field) };
    let mut contract: Contract = wechat_contract(keys()?).into_iter().filter(|(field, _)| wanted(field)).collect();
    if newer {
        contract.push(("scan_api", "v3".into()));
    }
    Ok(contract)
}

fn in_v3(ask: &Ask) -> Result<Value> {
    let header = |name: &str| ask.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, text)| text);
    let target = ask.url.strip_prefix("https://api.mch.weixin.qq.com").context("another host")?;
    Ok(json!({
        "method": ask.method, "target": target, "authorization": header("authorization").context("no signature")?,
        "body": std::str::from_utf8(&ask.body)?, "key": keys()?.wechat_merchant.public_pem,
    }))
}

#[test]
fn v3_clients_believe_our_requests() -> Result<()> {
    let codec = codec(Provider::Wechat, &version(true)?, &Place::Live);
    for script in [AXIOS, "gateways/wechatpayv3_client.py"] {
        let client = client(script)?;
        let mut asked = 0;
        for (scanned, call) in calls(AUTH_CODE) {
            let Some(ask) = ask(&*codec, scanned, &call) else { continue };
            let mut request = in_v3(&ask)?;
            assert_eq!(client.act("request", request.clone())?, json!(true), "{script}, {call:?}: {request}");
            request["target"] = format!("{}?x=1", request["target"].as_str().unwrap()).into();
            assert_eq!(client.act("request", request)?, json!(false), "{script}, {call:?}: changed, and believed");
            asked += 1;
        }
        assert_eq!(asked, 8, "calls were made");
    }
    Ok(())
}

#[test]
fn v2_clients_believe_our_requests() -> Result<()> {
    // wechatpy knows MD5 alone.
    let judges = [("MD5", AXIOS), ("HMAC-SHA256", AXIOS), ("MD5", "gateways/wechatpy_client.py")];
    for (sign_type, script) in judges {
        let mut contract = version(false)?;
        contract.push(("v2_sign_type", sign_type.into()));
        let codec = codec(Provider::Wechat, &contract, &Place::Live);
        let (client, act) = match script {
            AXIOS => (client(script)?, "xml_request"),
            _ => {
                let client = ForeignShop::open(script)?;
                let (gateway, mchid) = ("http://127.0.0.1:1", WECHAT_MCHID);
                client.tell(
                    &json!({ "gateway": gateway, "mchid": mchid, "appid": WECHAT_APPID, "v2_key": WECHAT_V2_KEY }),
                )?;
                (client, "request")
            }
        };
        let mut asked = 0;
        for (scanned, call) in calls(AUTH_CODE) {
            let Some(ask) = ask(&*codec, scanned, &call) else { continue };
            let body = String::from_utf8(ask.body)?;
            assert_eq!(client.act(act, json!({ "body": body }))?, json!(true), "{script}, {call:?}: {body}");
            let changed = body.replace("QT20261121000001", "QT20261121000002");
            if changed != body {
                assert_eq!(client.act(act, json!({ "body": changed }))?, json!(false), "{script}, {call:?}: changed");
            }
            asked += 1;
        }
        assert_eq!(asked, 8, "calls were made");
    }
    Ok(())
}

#[test]
fn v3_notices_that_a_client_signs_are_believed() -> Result<()> {
    let (codec, signs) = (codec(Provider::Wechat, &version(true)?, &Place::Live), client(AXIOS)?);
    let said = |fen: i64| {
        let said = json!({
            "appid": WECHAT_APPID, "mchid": WECHAT_MCHID, "out_trade_no": "QT20261121000001",
            "transaction_id": "4200001234202611210000000001", "trade_type": "NATIVE", "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功", "bank_type": "OTHERS", "attach": "", "success_time": "2026-11-21T11:59:59+08:00",
            "payer": { "openid": "oPEER" },
            "amount": { "total": fen, "payer_total": fen, "currency": "CNY", "payer_currency": "CNY" },
        });
        let asked = json!({ "event": "TRANSACTION.SUCCESS", "said": said, "key": keys()?.wechat.private_pem });
        let made = signs.act("sign", asked)?;
        let headers = made["headers"].as_object().unwrap().iter();
        let headers = headers.map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned())).collect::<Vec<_>>();
        anyhow::Ok((headers, made["body"].as_str().unwrap().to_owned()))
    };
    let (headers, body) = said(1_230)?;
    assert_eq!(pays(&*codec, &notice(headers.clone(), &body)), Ok(true), "{body}");
    let (others, other) = said(1)?;
    assert_eq!(pays(&*codec, &notice(others, &other)), Ok(false), "authentic, and too little");
    let mixed = pays(&*codec, &notice(headers, &other)).unwrap_err();
    assert_eq!(mixed.kind, DoubtKind::BadSignature, "one notice's signature on another");
    Ok(())
}

#[test]
fn v2_notices_that_a_client_signs_are_believed() -> Result<()> {
    let signs = client(AXIOS)?;
    for sign_type in ["MD5", "HMAC-SHA256"] {
        let mut contract = version(false)?;
        contract.push(("v2_sign_type", sign_type.into()));
        let codec = codec(Provider::Wechat, &contract, &Place::Live);
        let said = |fen: &str| {
            let fields = json!({
                "return_code": "SUCCESS", "return_msg": "OK", "result_code": "SUCCESS", "appid": WECHAT_APPID,
                "mch_id": WECHAT_MCHID, "nonce_str": "peer", "openid": "oPEER", "is_subscribe": "N",
                "trade_type": "NATIVE", "bank_type": "OTHERS", "fee_type": "CNY", "total_fee": fen, "cash_fee": fen,
                "transaction_id": "4200001234202611210000000001", "out_trade_no": "QT20261121000001",
                "time_end": "20261121115959", "sign_type": sign_type,
            });
            anyhow::Ok(signs.act("xml_sign", json!({ "fields": fields }))?.as_str().unwrap().to_owned())
        };
        let genuine = said("1230")?;
        assert_eq!(pays(&*codec, &notice(Vec::new(), &genuine)), Ok(true), "{genuine}");
        assert_eq!(
            pays(&*codec, &notice(Vec::new(), &said("1")?)),
            Ok(false),
            "{sign_type}: authentic, and too little"
        );
        let changed = genuine.replace("1230", "1231");
        assert_eq!(pays(&*codec, &notice(Vec::new(), &changed)).unwrap_err().kind, DoubtKind::BadSignature);
    }
    Ok(())
}
