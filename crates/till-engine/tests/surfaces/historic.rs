//! What providers spoke before, through the API. The vectors, and the keys in them, were published for tests: those of
//! chanxuehong/wechat and WeChat's own document (APP 支付 V1.7), those of chloerei/alipay.

use serde_json::{Value, json};
use till_channels::merchant::sign::md5_hex;

use crate::alipay;
use crate::cashier::{Cashier, fields};

const PARTNER: &str = "1000000000000000";
const KEY: &str = "10000000000000000000000000000000";
const PARTNER_KEY: &str = "8934e7d15453e97507ef794cf7b0519d";
const APP_KEY: &str = "L8LrMqqeGRxST5reouB0K66CaYAWpqhAVsq7ggKkxHCOastWksvuX1uvmvQclxaHoYd3ElNBrNO2DHnnzgfVG9Qs473M3DTOZug5er46FhuGofumV8H2FVR9qkjSlC5K";
const PACKAGE: &str = "bank_type=WX&body=%E6%94%AF%E4%BB%98%E6%B5%8B%E8%AF%95&fee_type=1&input_charset=UTF-8&notify_url=http%3A%2F%2Fweixin.qq.com&out_trade_no=7240b65810859cbf2a8d9f76a638c0a3&partner=1900000109&spbill_create_ip=196.168.1.1&total_fee=1&sign=7F77B507B755B3262884291517E380F8";

/// With the old keys of the published vectors. Their partner is none of Alipay's numbers, so the contract itself cannot
/// speak; the historic functions do not need it to.
async fn old() -> Cashier {
    let cashier = Cashier::new().await;
    let mut values = alipay::values();
    values
        .as_array_mut()
        .unwrap()
        .extend([json!({"field": "partner", "text": PARTNER}), json!({"field": "mapi_md5_key", "text": KEY})]);
    cashier.contract("alipay", values).await;
    cashier
}

/// Pairs as a form, with the old digest over all but `sign_type` at its end.
fn digested(pairs: &[(&str, &str)]) -> String {
    let mut signed: Vec<_> = pairs.iter().filter(|(name, _)| *name != "sign_type").collect();
    signed.sort_unstable();
    let text: Vec<String> = signed.iter().map(|(name, text)| format!("{name}={text}")).collect();
    let digest = md5_hex(&[&text.join("&"), KEY]);
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).append_pair("sign", &digest).finish()
}

#[tokio::test]
async fn a_direct_payment_s_address() {
    let cashier = old().await;
    let pay = json!({"out_trade_no": "A-1", "subject": "茶 & 水", "total_fee": "19.9",
                     "notify_url": "https://shop.example.com/n", "return_url": ""});
    let (status, made) = cashier.historic("create_direct_pay_by_user", pay.clone()).await;
    assert_eq!(status, 200, "{made}");
    let url = made["url"].as_str().unwrap();
    assert!(url.starts_with("https://mapi.alipay.com/gateway.do?"), "{url}");
    let mut said = fields(url);
    assert_eq!((said["service"].as_str(), said["total_fee"].as_str()), ("create_direct_pay_by_user", "19.90"));
    assert_eq!((said["partner"].as_str(), said["seller_id"].as_str()), (PARTNER, PARTNER));
    let (sign, kind) = (said.remove("sign").unwrap(), said.remove("sign_type").unwrap());
    let text: Vec<String> = said.iter().map(|(name, text)| format!("{name}={text}")).collect();
    assert_eq!((sign, kind.as_str()), (md5_hex(&[&text.join("&"), KEY]), "MD5"));

    for (field, wrong, status) in [
        ("total_fee", "19.901", 400),
        ("total_fee", "0", 400),
        ("total_fee", "1e1", 400),
        ("subject", "", 400),
        ("notify_url", "https://evil.example/", 403),
        ("return_url", "https://evil.example/", 403),
        ("key", "x", 400),
    ] {
        let mut sent = pay.clone();
        sent[field] = json!(wrong);
        assert_eq!(cashier.historic("create_direct_pay_by_user", sent).await.0, status, "{field} {wrong}");
    }
}

#[tokio::test]
async fn a_direct_payment_s_notice_must_pass_both_levels() {
    let cashier = old().await;
    let ticket = cashier.opens("A-1", 1_550).await;
    let told = [
        ("notify_id", "1234"),
        ("sign_type", "MD5"),
        ("out_trade_no", "A-1"),
        ("trade_no", "2014"),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_fee", "15.50"),
        ("seller_id", PARTNER),
    ];
    let message = digested(&told);
    let (status, notice) = cashier.historic("direct_pay_notify", json!({"message": message})).await;
    let wanted = json!({"notify_id": "1234", "out_trade_no": "A-1", "trade_no": "2014", "trade_status": "TRADE_SUCCESS",
                        "total_fee": "15.50"});
    assert_eq!((status, notice), (200, wanted));
    let asked = cashier.world.verified.lock().unwrap().clone();
    assert_eq!(
        asked,
        ["https://mapi.alipay.com/gateway.do?service=notify_verify&partner=1000000000000000&notify_id=1234"]
    );
    assert_eq!(cashier.looks(&ticket).await["state"], "open", "it settles nothing");

    for (word, status, code) in [
        (Some((200, "false")), 400, "not_authentic"),
        (Some((200, "True")), 503, "unavailable"),
        (Some((200, "")), 503, "unavailable"),
        (Some((500, "true")), 503, "unavailable"),
        (None, 503, "unavailable"),
    ] {
        *cashier.world.word.lock().unwrap() = word;
        let (answered, problem) = cashier.historic("direct_pay_notify", json!({"message": message})).await;
        assert_eq!((answered, &problem["code"]), (status, &json!(code)), "{word:?}");
    }
    // What fails level 1 is not even asked about.
    let before = cashier.world.verified.lock().unwrap().len();
    let mut another = told;
    another[6].1 = "2088000000000009";
    for bad in [message.replace("15.50", "0.01"), message.replace("MD5", "RSA"), digested(&another), String::new()] {
        let (status, problem) = cashier.historic("direct_pay_notify", json!({"message": bad})).await;
        assert_eq!((status, &problem["code"]), (400, &json!("not_authentic")), "{bad}");
    }
    assert_eq!(cashier.world.verified.lock().unwrap().len(), before);
}

#[tokio::test]
async fn a_payment_by_wap_from_its_form_to_its_notice() {
    let cashier = old().await;
    let pay = json!({"out_trade_no": "A-1", "subject": "<茶>", "total_fee": "15.50", "req_id": "r1",
                     "seller_account_name": "shop@example.com", "call_back_url": "https://shop.example.com/back"});
    let (status, form) = cashier.historic("wap_trade_create_direct", pay).await;
    assert_eq!((status, &form["url"]), (200, &json!("https://wappaygw.alipay.com/service/rest.htm")));
    let sent = fields(form["body"].as_str().unwrap());
    assert!(sent["req_data"].contains("<subject>&lt;茶&gt;</subject>"), "{sent:?}");

    let token = "<direct_trade_create_res><request_token>token_test</request_token></direct_trade_create_res>";
    let answer = digested(&[
        ("partner", PARTNER),
        ("sec_id", "MD5"),
        ("service", "alipay.wap.trade.create.direct"),
        ("v", "2.0"),
        ("res_data", token),
    ]);
    let (status, made) = cashier.historic("wap_request_token", json!({"message": answer})).await;
    assert_eq!((status, &made), (200, &json!({"request_token": "token_test"})));
    let forged = answer.replace("token_test", "token_best");
    assert_eq!(cashier.historic("wap_request_token", json!({"message": forged})).await.0, 400);

    let (_, page) = cashier.historic("wap_auth_and_execute", made).await;
    assert_eq!(fields(page["url"].as_str().unwrap())["sign"], "3efe60d4a9b7960ba599da6764c959df", "the published one");

    let data = "<notify><notify_id>1234</notify_id><out_trade_no>A-1</out_trade_no><trade_no>2014</trade_no>\
        <trade_status>TRADE_FINISHED</trade_status><total_fee>15.50</total_fee></notify>";
    let text = format!("service=alipay.wap.trade.create.direct&v=1.0&sec_id=MD5&notify_data={data}");
    let told = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("service", "alipay.wap.trade.create.direct"), ("v", "1.0"), ("sec_id", "MD5")])
        .extend_pairs([("notify_data", data), ("sign", &md5_hex(&[&text, KEY]))])
        .finish();
    let (status, notice) = cashier.historic("wap_notify", json!({"message": told})).await;
    assert_eq!((status, &notice["trade_status"]), (200, &json!("TRADE_FINISHED")), "{notice}");
    *cashier.world.word.lock().unwrap() = Some((200, "false"));
    assert_eq!(cashier.historic("wap_notify", json!({"message": told})).await.0, 400);

    let back = digested(&[("out_trade_no", "A-1"), ("result", "success"), ("sign_type", "MD5")]);
    let (status, said) = cashier.historic("wap_call_back", json!({"message": back})).await;
    assert_eq!((status, said), (200, json!({"out_trade_no": "A-1"})));
}

#[tokio::test]
async fn wechat_s_first_app_payment_is_signed_with_keys_that_come_along() {
    let cashier = Cashier::new().await;
    let first = json!({"bank_type": "WX", "body": "支付测试", "fee_type": "1", "input_charset": "UTF-8",
                       "notify_url": "http://weixin.qq.com", "out_trade_no": "7240b65810859cbf2a8d9f76a638c0a3",
                       "partner": "1900000109", "spbill_create_ip": "196.168.1.1", "total_fee": "1"});
    let sent = json!({"partner_key": PARTNER_KEY, "parameters": first});
    assert_eq!(cashier.historic("wechat_package", sent).await, (200, json!({"package": PACKAGE})));
    let second = json!({"bank_type": "WX", "body": "XXX", "fee_type": "1", "input_charset": "GBK",
                        "notify_url": "http://www.qq.com", "out_trade_no": "16642817866003386000",
                        "partner": "1900000109", "spbill_create_ip": "127.0.0.1", "total_fee": "1"});
    let (_, made) = cashier.historic("wechat_package", json!({"partner_key": PARTNER_KEY, "parameters": second})).await;
    assert!(made["package"].as_str().unwrap().ends_with("&sign=BEEF37AD19575D92E191C1E4B1474CA9"), "{made}");
    let mut gbk = second.clone();
    gbk["body"] = json!("茶");
    let (status, problem) =
        cashier.historic("wechat_package", json!({"partner_key": PARTNER_KEY, "parameters": gbk})).await;
    assert_eq!((status, &problem["details"]["field"]), (400, &json!("input_charset")), "other bytes than were sent");

    let signature = json!({"appid": "wxd930ea5d5a258f4f", "appkey": APP_KEY, "noncestr": "e7d161ac8d8a76529d39d9f5b4249ccb",
                           "package": PACKAGE, "timestamp": "1399514976", "traceid": "test_1399514976"});
    let wanted = json!({"signature": "8893870b9004ead28691b60db97a8d2c80dbfdc6"});
    assert_eq!(cashier.historic("wechat_app_signature", signature).await, (200, wanted));
    let page = json!({"appid": "wxf8b4f85f3a794e77",
        "appkey": "2Wozy2aksie1puXUBpWD8oZxiD1DfQuEaiC7KcRATv1Ino3mdopKaPGQQ7TtkNySuAmCaDCrw4xhPY5qKTBl7Fzm0RgR3c0WaVYIXZARsxzHV2x7iwPPzOz94dnwPWSn",
        "noncestr": "adssdasssd13d", "timestamp": "189026618",
        "package": "bank_type=WX&body=XXX&fee_type=1&input_charset=GBK&notify_url=http%3a%2f%2fwww.qq.com&out_trade_no=16642817866003386000&partner=1900000109&spbill_create_ip=127.0.0.1&total_fee=1&sign=BEEF37AD19575D92E191C1E4B1474CA9"});
    let wanted = json!({"signature": "7717231c335a05165b1874658306fa431fe9a0de"});
    assert_eq!(cashier.historic("wechat_app_signature", page).await, (200, wanted));

    // The app's last sign follows the same rule over other names.
    let last = json!({"appid": "wxd930ea5d5a258f4f", "appkey": "k", "partnerid": "1900000109", "prepayid": "11",
                      "noncestr": "n", "timestamp": "1399514976"});
    let (_, made) = cashier.historic("wechat_app_sign", last).await;
    assert_eq!(made["signature"].as_str().map(str::len), Some(40), "{made}");
}

#[tokio::test]
async fn what_is_not_asked_for_rightly_is_not_made() {
    let cashier = Cashier::new().await;
    let token = json!({"request_token": "t"});
    let (status, problem) = cashier.historic("wap_auth_and_execute", token.clone()).await;
    assert_eq!((status, &problem["code"]), (409, &json!("no_contract")), "{problem}");
    cashier.contract("alipay", alipay::values()).await;
    assert_eq!(cashier.historic("wap_auth_and_execute", token.clone()).await.0, 409, "a contract without old keys");
    assert_eq!(cashier.historic("send_money", token.clone()).await.0, 404);
    assert_eq!(cashier.historic("wechat_package", token).await.0, 400, "another function's body");
    let twice = br#"{"partner_key":"k","parameters":{"a":"1","a":"2"}}"#;
    let path = "/api/v1/historic/wechat_package";
    for body in
        [&twice[..], br#"{"partner_key":"k","parameters":{"a&b":"1"}}"#, br#"{"partner_key":"k","parameters":{"a":1}}"#]
    {
        // Signed as it is: a JSON value would have lost the second name.
        let answer = cashier.says_bytes(path, body).await;
        assert_eq!(answer["code"], "invalid", "{}", String::from_utf8_lossy(body));
    }
    let value = Value::Null;
    let door = till_engine::merchant::MerchantDoor::V1Historic;
    assert_eq!(cashier.says(door, "POST", path, &value).await.status, 400);
}
