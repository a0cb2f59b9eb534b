//! Alipay's clients: its own from npm and from PyPI, and the one its users wrote.

use anyhow::Result;
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::gateway::{ALIPAY_APP, ALIPAY_SELLER, alipay_contract, keys};
use serde_json::json;
use till_channels::gateway::{DoubtKind, Handover, Place, Prepared, Provider, Surface};

use crate::codec::{ask, calls, codec, notice, order, pays, seed};

/// A client in the other's place: it takes the shop's public key for Alipay's, and signs as Alipay.
fn provider(script: &str) -> Result<ForeignShop> {
    let client = ForeignShop::open(script)?;
    client.tell(&json!({
        "gateway": "http://127.0.0.1:1", "app_id": ALIPAY_APP,
        "private_key": keys()?.alipay.private_pem, "alipay_public_key": keys()?.alipay_app.public_pem,
    }))?;
    Ok(client)
}

fn believes_our_requests(script: &str) -> Result<()> {
    let (client, codec) = (provider(script)?, codec(Provider::Alipay, &alipay_contract(keys()?), &Place::Live));
    let believes = |form: &str| client.act("request", json!({ "body": form })).is_ok_and(|said| said == json!(true));
    let mut asked = 0;
    for (scanned, call) in calls("281234567890123456") {
        let Some(ask) = ask(&*codec, scanned, &call) else { continue };
        // What is common to all calls may stand in the address.
        let (query, body) = (ask.url.split_once('?').map_or("", |(_, query)| query), String::from_utf8(ask.body)?);
        let form = [query, &body].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
        assert!(believes(&form), "{call:?}: {form}");
        assert!(!believes(&form.replace("QT20261121000001", "QT20261121000002")), "{call:?}: changed, and believed");
        asked += 1;
    }
    assert_eq!(asked, 8, "calls were made");
    let page = Surface::AlipayPage { return_url: Some("https://tea.example.com/back?a=1&b=2".into()) };
    for surface in [Surface::AlipayApp, page] {
        let made = codec.prepare(&order(false), &surface, qiantai_tests::now_ms(), &mut seed())?;
        let text = match made {
            Prepared::Ready(Handover::OrderString(text)) => text,
            Prepared::Ready(Handover::Page { url, .. }) => url.split_once('?').unwrap().1.to_owned(),
            other => panic!("{other:?}"),
        };
        assert!(believes(&text), "{surface:?}: {text}");
    }
    Ok(())
}

#[test]
fn alipay_sdk_from_npm_believes_our_requests() -> Result<()> {
    believes_our_requests("gateways/alipay_sdk.mjs")
}

#[test]
fn alipay_sdk_python_from_pypi_believes_our_requests() -> Result<()> {
    believes_our_requests("gateways/official_alipay.py")
}

#[test]
fn python_alipay_sdk_from_pypi_believes_our_requests() -> Result<()> {
    believes_our_requests("gateways/python_alipay.py")
}

#[test]
fn notices_that_clients_sign_are_believed() -> Result<()> {
    let codec = codec(Provider::Alipay, &alipay_contract(keys()?), &Place::Live);
    for script in ["gateways/python_alipay.py", "gateways/official_alipay.py"] {
        let signs = provider(script)?;
        let said = |amount: &str| {
            let fields = json!({
                "notify_time": "2026-11-21 12:00:00", "notify_type": "trade_status_sync", "notify_id": "20261121peer",
                "charset": "utf-8", "version": "1.0", "app_id": ALIPAY_APP, "auth_app_id": ALIPAY_APP,
                "seller_id": ALIPAY_SELLER, "out_trade_no": "QT20261121000001", "trade_no": "2026112122001400000000000001",
                "trade_status": "TRADE_SUCCESS", "total_amount": amount, "subject": "会员充值 1/2 年 & \"茶\" +50%",
                "gmt_payment": "2026-11-21 11:59:59", "buyer_id": "2088000000000009",
            });
            anyhow::Ok(signs.act("sign", json!({ "fields": fields }))?.as_str().unwrap().to_owned())
        };
        let genuine = said("12.30")?;
        assert_eq!(pays(&*codec, &notice(Vec::new(), &genuine)), Ok(true), "{script}: {genuine}");
        assert_eq!(
            pays(&*codec, &notice(Vec::new(), &said("0.01")?)),
            Ok(false),
            "{script}: authentic, and too little"
        );
        let changed = genuine.replace("12.30", "12.31");
        assert_eq!(pays(&*codec, &notice(Vec::new(), &changed)).unwrap_err().kind, DoubtKind::BadSignature, "{script}");
    }
    Ok(())
}
