//! Alipay's clients: its own from npm and from PyPI, and the one its users wrote.

use anyhow::Result;
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::gateway::{ALIPAY_APP, Event, Fault, Forgery, Gateway, Provider, Step, Wallet};
use serde_json::{Value, json};

/// A client with the merchant's contract.
fn client(gateway: &Gateway, script: &str) -> Result<ForeignShop> {
    let client = ForeignShop::open(script)?;
    client.tell(&json!({
        "gateway": gateway.url,
        "app_id": ALIPAY_APP,
        "private_key": gateway.keys().alipay_app.private_pem,
        "alipay_public_key": gateway.keys().alipay.public_pem,
    }))?;
    Ok(client)
}

/// Whether a client takes a notice for Alipay's. Some say no, some throw.
fn believes(client: &ForeignShop, body: &[u8]) -> bool {
    let asked = json!({ "body": String::from_utf8_lossy(body) });
    client.act("notice", asked).is_ok_and(|said| said == json!(true))
}

/// The customer scans and pays, the shop gives back in two parts; answers and notices are verified by the client.
async fn sells(script: &str) -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway, script)?;
    let exec = |method: &str, content: Value| client.act("exec", json!({ "method": method, "content": content }));
    let order =
        json!({ "out_trade_no": "A20261120001", "total_amount": "12.30", "subject": "会员充值 1/2 年 & \"茶\"" });
    let trade = json!({ "out_trade_no": "A20261120001" });

    let offered = exec("alipay.trade.precreate", order.clone())?;
    assert!(offered["qr_code"].as_str().unwrap().starts_with("https://qr.alipay.com/"), "{offered}");
    let unseen = exec("alipay.trade.query", trade.clone())?;
    assert_eq!((&unseen["code"], &unseen["sub_code"]), (&json!("40004"), &json!("ACQ.TRADE_NOT_EXIST")), "{unseen}");
    gateway.customer().scans("A20261120001")?;
    assert_eq!(exec("alipay.trade.query", trade.clone())?["trade_status"], "WAIT_BUYER_PAY");
    gateway.customer().pays("A20261120001")?;
    let paid = exec("alipay.trade.query", trade.clone())?;
    assert_eq!((&paid["trade_status"], &paid["total_amount"]), (&json!("TRADE_SUCCESS"), &json!("12.30")), "{paid}");
    assert_eq!(gateway.held_fen("A20261120001"), 1230);
    assert_eq!(exec("alipay.trade.precreate", order)?["sub_code"], "ACQ.TRADE_HAS_SUCCESS");

    let refund = json!({ "out_trade_no": "A20261120001", "refund_amount": "2.30", "out_request_no": "R1" });
    assert_eq!(exec("alipay.trade.refund", refund.clone())?["fund_change"], "Y");
    assert_eq!(exec("alipay.trade.refund", refund)?["fund_change"], "N", "the same refund, told again");
    assert_eq!(gateway.held_fen("A20261120001"), 1000);
    assert_eq!(exec("alipay.trade.query", trade)?["trade_status"], "TRADE_SUCCESS", "in part is not closed");

    for event in [Event::Paid, Event::Refunded("R1".into())] {
        assert!(believes(&client, &gateway.notice(Provider::Alipay, "A20261120001", &event)?.body), "{event:?}");
        for forgery in [Forgery::ByStranger, Forgery::Unsigned, Forgery::Tampered(1)] {
            let forged = gateway.forged(Provider::Alipay, "A20261120001", &event, forgery)?;
            assert!(!believes(&client, &forged.body), "{event:?} {forgery:?}");
        }
        // Authentic, and not about this order: only the shop can see that.
        for forgery in [Forgery::OtherAmount(1), Forgery::OtherSeller] {
            let other = gateway.forged(Provider::Alipay, "A20261120001", &event, forgery)?;
            assert!(believes(&client, &other.body), "{event:?} {forgery:?}");
        }
    }

    gateway.spoil(Provider::Alipay, Step::Query, Fault::WrongSignature, 1);
    assert!(exec("alipay.trade.query", json!({ "out_trade_no": "A20261120001" })).is_err(), "a stranger's answer");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_sdk_from_npm() -> Result<()> {
    sells("gateways/alipay_sdk.mjs").await
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_sdk_python_from_pypi() -> Result<()> {
    sells("gateways/official_alipay.py").await
}

#[tokio::test(flavor = "multi_thread")]
async fn python_alipay_sdk_from_pypi() -> Result<()> {
    sells("gateways/python_alipay.py").await
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_charges_codes() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway, "gateways/alipay_sdk.mjs")?;
    let exec = |method: &str, content: Value| client.act("exec", json!({ "method": method, "content": content }));
    let pay = |out_no: &str, auth_code: &str| {
        let order = json!({
            "out_trade_no": out_no, "scene": "bar_code", "auth_code": auth_code, "subject": "茶", "total_amount": "3.00",
        });
        exec("alipay.trade.pay", order)
    };
    let fresh = |wallet| gateway.customer().shows_code(Provider::Alipay, wallet);

    let code = fresh(Wallet::PaysAtOnce);
    assert_eq!(pay("S1", &code)?["code"], "10000");
    assert_eq!(gateway.held_fen("S1"), 300);
    assert_eq!(pay("S1", &code)?["sub_code"], "ACQ.TRADE_HAS_SUCCESS");
    assert_eq!(pay("S2", &code)?["sub_code"], "ACQ.PAYMENT_AUTH_CODE_INVALID", "a code pays once");
    assert_eq!(pay("S2", &fresh(Wallet::IsStale))?["sub_code"], "ACQ.PAYMENT_AUTH_CODE_INVALID");
    assert_eq!(pay("S2", &fresh(Wallet::HasTooLittle))?["sub_code"], "ACQ.BUYER_BALANCE_NOT_ENOUGH");

    assert_eq!(pay("S3", &fresh(Wallet::AsksPassword))?["code"], "10003");
    assert_eq!(exec("alipay.trade.query", json!({ "out_trade_no": "S3" }))?["trade_status"], "WAIT_BUYER_PAY");
    assert_eq!(exec("alipay.trade.cancel", json!({ "out_trade_no": "S3" }))?["action"], "close");
    assert!(gateway.customer().pays("S3").is_err(), "what was cancelled cannot be paid");
    assert_eq!(exec("alipay.trade.query", json!({ "out_trade_no": "S3" }))?["trade_status"], "TRADE_CLOSED");

    assert_eq!(pay("S4", &fresh(Wallet::PaysUnseen))?["code"], "20000");
    assert_eq!(gateway.held_fen("S4"), 300, "an error of the system, and the money moved all the same");
    assert_eq!(exec("alipay.trade.cancel", json!({ "out_trade_no": "S4" }))?["action"], "refund");
    assert_eq!(gateway.held_fen("S4"), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_codes_lapse() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway, "gateways/alipay_sdk.mjs")?;
    let exec = |method: &str, out_no: &str| {
        let content = json!({ "out_trade_no": out_no, "total_amount": "1.00", "subject": "茶" });
        client.act("exec", json!({ "method": method, "content": content }))
    };
    exec("alipay.trade.precreate", "L1")?;
    let cancelled = exec("alipay.trade.cancel", "L1")?;
    assert_eq!(cancelled["sub_code"], "ACQ.TRADE_NOT_EXIST", "there is nothing to cancel until somebody scans");
    gateway.customer().pays("L1")?;
    assert_eq!(gateway.held_fen("L1"), 100, "and the code could be paid all the same");

    for out_no in ["L2", "L3"] {
        exec("alipay.trade.precreate", out_no)?;
    }
    gateway.customer().scans("L3")?;
    gateway.lapses("L2");
    gateway.lapses("L3");
    assert_eq!(exec("alipay.trade.query", "L2")?["sub_code"], "ACQ.TRADE_NOT_EXIST");
    assert_eq!(exec("alipay.trade.query", "L3")?["trade_status"], "TRADE_CLOSED");
    assert!(gateway.customer().pays("L2").is_err() && gateway.customer().pays("L3").is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_turns_a_stranger_away() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = ForeignShop::open("gateways/alipay_sdk.mjs")?;
    let mut contract = json!({
        "gateway": gateway.url,
        "app_id": ALIPAY_APP,
        "private_key": gateway.keys().stranger.private_pem,
        "alipay_public_key": gateway.keys().alipay.public_pem,
    });
    client.tell(&contract)?;
    let order = json!({ "out_trade_no": "X1", "total_amount": "1.00", "subject": "茶" });
    let asked = json!({ "method": "alipay.trade.precreate", "content": order });
    let said = client.act("exec", asked.clone())?;
    assert_eq!((&said["code"], &said["sub_code"]), (&json!("40002"), &json!("isv.invalid-signature")), "{said}");
    contract["app_id"] = json!("2021000000000002");
    client.tell(&contract)?;
    let said = client.act("exec", asked);
    assert!(said.is_err(), "whoever is unknown gets an answer that nobody signed: {said:?}");
    assert!(gateway.trade(Provider::Alipay, "X1").is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_hands_out_a_bill() -> Result<()> {
    let gateway = Gateway::start().await?;
    let client = client(&gateway, "gateways/python_alipay.py")?;
    let today = gateway.today();
    let bill = || {
        let content = json!({ "bill_type": "trade", "bill_date": today });
        client.act("exec", json!({ "method": "alipay.data.dataservice.bill.downloadurl.query", "content": content }))
    };
    assert!(bill().is_ok_and(|said| said["sub_code"] == "isp.bill_not_exist"), "no trades, no bill");
    let code = gateway.customer().shows_code(Provider::Alipay, Wallet::PaysAtOnce);
    let order = json!({
        "out_trade_no": "B1", "scene": "bar_code", "auth_code": code, "subject": "龙井", "total_amount": "3.00",
    });
    client.act("exec", json!({ "method": "alipay.trade.pay", "content": order }))?;
    let refund = json!({ "out_trade_no": "B1", "refund_amount": "1.00", "out_request_no": "R9" });
    client.act("exec", json!({ "method": "alipay.trade.refund", "content": refund }))?;
    let file = qiantai_tests::http::visit(bill()?["bill_download_url"].as_str().unwrap())?;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file.body))?;
    let mut table = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_index(0)?, &mut table)?;
    let (table, _, broken) = encoding_rs::GBK.decode(&table);
    assert!(!broken);
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("20")).collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(rows[0].contains(",B1\t") && rows[0].contains("龙井") && rows[0].contains("3.00\t"), "{}", rows[0]);
    assert!(rows[1].contains("退款") && rows[1].contains("-1.00\t") && rows[1].contains("R9\t"), "{}", rows[1]);
    Ok(())
}
