//! Programs on the port: V免签, GOGO, 易支付 and Lyn.Pay, and how they are cheated.
#![allow(clippy::unwrap_used, reason = "a failing test fails")]

mod ask;
mod shop;
mod web;

use ask::{body, elsewhere, here, program, say, settings, shop as open, with};
use serde_json::{Value, json};
use till_channels::merchant::sign::md5_hex;
use till_engine::merchant::MerchantDoor as Door;
use till_engine::merchant::MerchantRequest;
use web::until;

fn get(order_no: &Value) -> MerchantRequest {
    say(elsewhere(), "/getOrder", &[("orderId", order_no.as_str().unwrap())])
}

#[tokio::test]
async fn a_v_mian_qian_order_from_birth_to_success() {
    let (shop, merchants, phone) = open().await;
    let vmq = program(&shop, "vmq", json!({})).await;
    merchants.say(|_| web::answer(500, "not yet"));
    let more = [("notifyUrl", "https://shop.example.com/n"), ("returnUrl", "https://shop.example.com/r?a=1")];
    let made = shop.says(Door::CreateOrder, vmq.create(here(), ["T5", "备注", "1", "5.50"], &more)).await;
    assert_eq!((&made["code"], &made["msg"]), (&json!(1), &json!("成功")), "{made}");
    let data = &made["data"];
    assert_eq!((&data["payType"], &data["price"], &data["reallyPrice"]), (&json!("1"), &json!("5.50"), &json!("5.50")));
    assert_eq!(
        (&data["payUrl"], &data["isAuto"], &data["timeOut"]),
        (&json!("wxp://f2f0TEST-qiantai-1"), &json!(1), &json!(5))
    );
    assert_eq!(data["date"], json!(shop::START / 1_000));
    let no = &data["orderId"];
    assert_eq!(no.as_str().unwrap().len(), 26);

    let check = || shop.says(Door::CheckOrder, say(elsewhere(), "/checkOrder", &[("orderId", no.as_str().unwrap())]));
    assert_eq!(check().await, json!({"code": -1, "msg": "订单未支付", "data": null}));
    assert_eq!(shop.says(Door::GetOrder, get(no)).await["data"]["price"], json!(5.5));

    shop.pays(&phone, "5.5").await;
    until("it is tried and not understood", async || merchants.heard("shop.example.com/n") == 1).await;
    assert_eq!(shop.says(Door::GetOrder, get(no)).await["data"]["state"], 2);
    let sign = md5_hex(&["T5", "备注", "1", "5.50", "5.50", &vmq.secret]);
    let back = format!(
        "https://shop.example.com/r?a=1&payId=T5&param=%E5%A4%87%E6%B3%A8&type=1&price=5.50&reallyPrice=5.50&sign={sign}"
    );
    assert_eq!(check().await["data"], json!(back));

    merchants.say(|_| web::answer(200, "success"));
    shop.pass(15_000);
    until("it is understood", async || shop.says(Door::GetOrder, get(no)).await["data"]["state"] == 1).await;
    let sent = &merchants.all()[0];
    let sign = md5_hex(&["T5", "备注", "1", "5.5", "5.5", &vmq.secret]);
    assert!(sent.url.ends_with(&sign) && sent.method == "GET" && !sent.private_ok, "{sent:?}");
}

#[tokio::test]
async fn states_and_a_late_payment() {
    let (shop, _, phone) = open().await;
    let vmq = program(&shop, "vmq", json!({"notify_url": ""})).await;
    let make = async |id: &str, price: &str| {
        let made = shop.says(Door::CreateOrder, vmq.create(here(), [id, "", "1", price], &[])).await;
        made["data"]["orderId"].clone()
    };
    let state = async |no: &Value| shop.says(Door::GetOrder, get(no)).await["data"]["state"].clone();
    let (paid, late, closed) = (make("A", "1").await, make("B", "2").await, make("C", "3").await);
    assert_eq!(state(&paid).await, 0);
    shop.pays(&phone, "1.0").await;
    assert_eq!(state(&paid).await, 1, "there is nobody to tell");
    let close =
        |sign: String| say(elsewhere(), "/closeOrder", &[("orderId", closed.as_str().unwrap()), ("sign", &sign)]);
    assert_eq!(shop.says(Door::CloseOrder, close("00".into())).await["msg"], "签名校验不通过");
    let sign = md5_hex(&[closed.as_str().unwrap(), &vmq.secret]);
    assert_eq!(shop.says(Door::CloseOrder, close(sign.clone())).await, json!({"code": 1, "msg": "成功", "data": null}));
    assert_eq!(shop.says(Door::CloseOrder, close(sign)).await["msg"], "订单状态不允许关闭");
    assert_eq!(state(&closed).await, -1);
    shop.pass(300_001);
    assert_eq!(state(&late).await, -1, "over the moment it is over, swept or not");
    until("it is swept", async || {
        let all = shop.ask(json!({"verb": "tickets", "status": "expired", "limit": 9})).await.unwrap();
        all.as_array().is_some_and(|all| all.len() == 1)
    })
    .await;
    shop.pays(&phone, "2").await;
    assert_eq!(state(&late).await, -1, "late money waits for a person");
    let item = shop.inbox().await.remove(0);
    let order = shop.orders().await.into_iter().find(|o| o["out_no"] == "B").unwrap();
    let accept = json!({"verb": "accept", "item_id": item["id"], "ticket_id": order["ticket_id"]});
    shop.act(accept).await.unwrap();
    assert_eq!(state(&late).await, 1);
}

#[tokio::test]
async fn eight_equal_orders_at_once_are_one() {
    let (shop, ..) = open().await;
    let vmq = program(&shop, "vmq", json!({})).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (engine, request) = (shop.engine.clone(), vmq.create(here(), ["P1", "", "1", "8.00"], &[]));
        all.spawn(async move { body(&engine.merchant(Door::CreateOrder, request).await) });
    }
    let said: Vec<Value> = all.join_all().await;
    assert_eq!(said.iter().filter(|a| a["code"] == 1).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|a| a["msg"] == "商户订单号已存在" && a["data"].is_null()).count(), 7, "{said:?}");
    assert_eq!(shop.orders().await.len(), 1);
    let other = shop.says(Door::CreateOrder, vmq.create(here(), ["P1", "x", "2", "9.00"], &[])).await;
    assert_eq!(other["msg"], "商户订单号已存在");
}

#[tokio::test]
async fn a_right_signature_is_not_enough_from_elsewhere() {
    let (shop, ..) = open().await;
    let vmq = program(&shop, "vmq", json!({"trusted_addresses": ["192.168.1.200", "10.1.0.0/16"]})).await;
    let other = program(&shop, "vmq", json!({"name": "别家"})).await;
    let bearer = format!("Bearer {}", vmq.token);
    let at = |address: &str| MerchantRequest { address: address.into(), ..elsewhere() };
    let by_path = |token: &str| MerchantRequest { path_token: Some(token.into()), ..elsewhere() };
    for (n, (from, may)) in [
        (elsewhere(), false),
        (with(elsewhere(), &[("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")]), false),
        (with(here(), &[("x-forwarded-for", "127.0.0.1")]), false),
        (with(here(), &[("origin", "https://evil.example")]), false),
        (MerchantRequest { address: "127.0.0.1".into(), ..elsewhere() }, false),
        (by_path("nonsense"), false),
        (by_path(""), false),
        (by_path(&other.token), false),
        (by_path(&vmq.token), true),
        (with(elsewhere(), &[("x-api-token", &vmq.token)]), true),
        (with(elsewhere(), &[("authorization", &bearer)]), true),
        (at("192.168.1.200"), true),
        (at("::ffff:192.168.1.200"), true),
        (at("10.1.255.9"), true),
        (at("10.2.0.1"), false),
        (here(), true),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("E{n}");
        let said = shop.says(Door::CreateOrder, vmq.create(from.clone(), [&id, "", "1", "50"], &[])).await;
        assert_eq!(said["code"] == 1, may, "{n}: {said}");
    }
    // The address a customer's browser is sent to: its token is the customer's as well.
    let page = with(by_path(&vmq.token), &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]);
    let seen = shop.says(Door::CreateOrder, vmq.create(page, ["P", "", "1", "50"], &[("isHtml", "1")])).await;
    assert_eq!(seen["code"], -1, "{seen}");
    // Through a tunnel that passes bytes on, a stranger comes from this computer and names the host as he likes.
    shop.set("public_url", json!("https://pay.example.com")).await;
    assert_eq!(shop.says(Door::CreateOrder, vmq.create(here(), ["Q", "", "1", "50"], &[])).await["code"], -1);
    assert_eq!(
        shop.says(Door::CreateOrder, vmq.create(by_path(&vmq.token), ["R", "", "1", "50"], &[])).await["code"],
        1
    );
    shop.set("public_url", json!("")).await;
    // The border between fields is moved: signed for 2.50, sent as an order of 12.50.
    let signed = vmq.create(elsewhere(), ["C1", "2", "1", "2.50"], &[]);
    let sign = signed.query.rsplit('=').next().unwrap().to_owned();
    let shifted = [("payId", "C1"), ("type", "2"), ("price", "12.50"), ("sign", sign.as_str())];
    assert_eq!(shop.says(Door::CreateOrder, say(elsewhere(), "/createOrder", &shifted)).await["code"], -1);
    let noted = shop.refusals().await;
    assert!(noted.iter().any(|r| r["cause"] == "needs_token" && r["path"] == "/createOrder"), "{noted:?}");
    let all = serde_json::to_string(&noted).unwrap();
    assert!(!all.contains(&vmq.secret) && !all.contains(&vmq.token) && !all.contains(&sign));

    shop.act(
        json!({"verb": "update_program", "program_id": vmq.id, "settings": settings(json!({"open_creation": true}))}),
    )
    .await
    .unwrap();
    assert_eq!(shop.says(Door::CreateOrder, vmq.create(elsewhere(), ["C2", "", "1", "7"], &[])).await["code"], 1);
}

#[tokio::test]
async fn channels_addresses_rates_and_keys_that_ended() {
    let (shop, ..) = open().await;
    let vmq = program(&shop, "vmq", json!({"channels": ["wechat"], "per_minute": 20})).await;
    let create = async |id: &str, kind: &str, more: &[(&str, &str)]| {
        shop.says(Door::CreateOrder, vmq.create(here(), [id, "", kind, "6"], more)).await
    };
    assert_eq!(create("A", "2", &[]).await["code"], -1, "alipay is not this program's");
    for url in [
        "https://evil.example/",
        "https://shop.example.com.evil.example/",
        "https://shop.example.com@evil.example/",
        "http://shop.example.com/",
        "javascript:alert(1)",
        "http://127.0.0.1/",
    ] {
        assert!(
            create("B", "1", &[("notifyUrl", url)]).await["msg"].as_str().unwrap().contains("异步通知地址"),
            "{url}"
        );
        assert!(create("B", "1", &[("returnUrl", url)]).await["msg"].as_str().unwrap().contains("跳转地址"), "{url}");
    }
    assert!(shop.orders().await.is_empty());
    let page =
        shop.engine.merchant(Door::CreateOrder, vmq.create(here(), ["D", "", "1", "6"], &[("isHtml", "1")])).await;
    assert_eq!(page.status, 302);
    let token = page.location.unwrap();
    assert!(token.starts_with("/pay/") && token.len() >= 5 + 64, "{token}");
    let mut tries = 0;
    while create(&format!("F{tries}"), "1", &[]).await["msg"] != "请求太频繁，请稍后再试" {
        tries += 1;
        assert!(tries < 20, "the twenty of this minute are not over");
    }
    shop.pass(60_000);
    let no = create("G", "1", &[]).await["data"]["orderId"].clone();
    // A customer who asks without end slows down neither the program nor what is known of it.
    let mut asked = 0;
    while shop.says(Door::GetOrder, get(&no)).await["code"] == 1 {
        asked += 1;
        assert!(asked <= 20, "customers may ask for ever");
    }
    assert_eq!((asked, &create("I", "1", &[]).await["code"]), (20, &json!(1)));
    shop.act(json!({"verb": "revoke_program", "program_id": vmq.id})).await.unwrap();
    assert_eq!(create("H", "1", &[]).await["code"], -1);
    let seen = shop.ask(json!({"verb": "programs"})).await.unwrap();
    assert_eq!(seen["programs"][0]["last_address"], "127.0.0.1");
}

#[tokio::test]
async fn texts_are_texts() {
    let (shop, merchants, phone) = open().await;
    let vmq = program(&shop, "vmq", json!({})).await;
    let epay = program(&shop, "epay", json!({"name": "易"})).await;
    let nasty =
        ["'; DROP TABLE ticket;--", "<script>alert(1)</script>", "=HYPERLINK(1)", "%00%0d%0a", "\u{202e}x", "{{7*7}}"];
    for (n, text) in nasty.iter().enumerate() {
        let id = format!("{n}{text}");
        let price = format!("{}.00", 100 + 60 * n);
        let said = shop
            .says(
                Door::CreateOrder,
                vmq.create(here(), [&id, text, "1", &price], &[("notifyUrl", "https://shop.example.com/t")]),
            )
            .await;
        assert_eq!(said["data"]["payId"], json!(id), "{said}");
        let fields = [
            ("name", *text),
            ("param", text),
            ("out_trade_no", &id[..id.len().min(9)]),
            ("money", "9000"),
            ("type", "alipay"),
        ];
        let said = shop.says(Door::EpayMapi, epay.epay(elsewhere(), "/mapi.php", &fields)).await;
        assert_eq!(said["code"], 1, "{said}");
        let order = say(
            elsewhere(),
            "/api.php",
            &[("act", "order"), ("pid", &epay.key_id), ("key", &epay.secret), ("out_trade_no", &id[..id.len().min(9)])],
        );
        let said = shop.says(Door::EpayApi, order).await;
        assert_eq!((&said["name"], &said["param"], &said["status"]), (&json!(text), &json!(text), &json!(0)), "{said}");
    }
    shop.pays(&phone, "100").await;
    until("it is told", async || merchants.heard("/t?") == 1).await;
    let url = merchants.all()[0].url.clone();
    assert!(url.contains("param=%27%3B%20DROP%20TABLE%20ticket%3B--&"), "{url}");
    assert_eq!(shop.orders().await.len(), 2 * nasty.len());
}

#[tokio::test]
async fn gogo_as_the_seed_speaks_it() {
    let (shop, merchants, phone) = open().await;
    let gogo = program(&shop, "gogo", json!({"notify_url": "https://shop.example.com/g"})).await;
    let sign = md5_hex(&[&gogo.key_id, "ORD1", "Quanfita", "1", "9.90", &gogo.secret]);
    let sent = json!({"payId": "ORD1", "type": "1", "price": "9.90", "param": "Quanfita", "sign": sign, "content": "一杯茶", "title": "茶"});
    let heads = [("content-type", "application/json"), ("app-id", gogo.key_id.as_str()), ("app-secret", "wrong")];
    let request = |sent: &Value, from: MerchantRequest| MerchantRequest {
        method: "POST".into(),
        path: "/createOrder".into(),
        body: sent.to_string().into_bytes(),
        ..with(from, &heads)
    };
    assert_eq!(shop.says(Door::CreateOrder, request(&sent, elsewhere())).await["code"], 0, "no token");
    let made = shop.says(Door::CreateOrder, request(&sent, here())).await;
    assert_eq!(
        (&made["code"], &made["data"]["payType"], &made["data"]["price"]),
        (&json!(1), &json!(1), &json!("9.90")),
        "{made}"
    );
    assert_eq!(
        shop.says(Door::CreateOrder, request(&sent, here())).await,
        json!({"code": 0, "msg": "商户订单号已存在", "data": null})
    );
    // At V免签's door and without an App-Id, the order is still shown in GOGO's way.
    let shown = shop.says(Door::GetOrder, get(&made["data"]["orderId"])).await;
    assert_eq!((&shown["data"]["reallyPrice"], &shown["data"]["state"]), (&json!("9.90"), &json!(0)));
    shop.pays(&phone, "9.9").await;
    until("it is told", async || merchants.heard("/g?") == 1).await;
    let told = &merchants.all()[0];
    let sign = md5_hex(&[&gogo.key_id, "ORD1", "Quanfita", "1", "9.90", "9.90", &gogo.secret]);
    assert!(told.method == "POST" && told.url.ends_with(&sign) && String::from_utf8_lossy(&told.body).contains(&sign));
}

#[tokio::test]
async fn epay_repeats_cuts_and_pays() {
    let (shop, merchants, phone) = open().await;
    shop.set("time_zone", json!("Asia/Shanghai")).await;
    let epay = program(&shop, "epay", json!({"return_url": "https://shop.example.com/back"})).await;
    let fields = |no: &'static str, money: &'static str| {
        [
            ("out_trade_no", no),
            ("money", money),
            ("name", "VIP会员"),
            ("type", "wxpay"),
            ("notify_url", "https://shop.example.com/e"),
            ("clientip", "1.2.3.4"),
        ]
    };
    let mapi =
        async |no, money| shop.says(Door::EpayMapi, epay.epay(elsewhere(), "/mapi.php", &fields(no, money))).await;
    let made = mapi("O1", "1.00").await;
    assert_eq!((&made["code"], &made["qrcode"]), (&json!(1), &json!("wxp://f2f0TEST-qiantai-1")), "{made}");
    assert!(made["payurl"].as_str().unwrap().starts_with("http://192.168.1.5:5921/pay/"), "{made}");
    assert_eq!(mapi("O1", "1.00").await, made, "the same order again while it waits");
    assert_eq!(mapi("O1", "2.00").await["code"], -1);
    assert_ne!(mapi("O2", "1.00").await["trade_no"], made["trade_no"]);
    let submit =
        shop.engine.merchant(Door::EpaySubmit, epay.epay(elsewhere(), "/submit.php", &fields("O3", "3"))).await;
    assert!(submit.status == 302 && submit.location.unwrap().starts_with("/pay/"));
    let mut bad = epay.epay(elsewhere(), "/submit.php", &fields("O4", "3"));
    bad.query = bad.query.replace("O4", "O5");
    let bad = shop.engine.merchant(Door::EpaySubmit, bad).await;
    assert_eq!((bad.status, String::from_utf8(bad.body).unwrap()), (400, "签名校验失败".to_owned()));
    let cut =
        [("out_trade_no", "O6"), ("money", "3"), ("name", "茶&notify_url=https://evil.example/"), ("type", "wxpay")];
    assert_eq!(shop.says(Door::EpayMapi, epay.epay(elsewhere(), "/mapi.php", &cut)).await["code"], -1);
    assert_eq!(
        shop.says(Door::EpayMapi, epay.epay(here(), "/mapi.php", &cut)).await["code"],
        1,
        "this computer is trusted"
    );
    let mut other = fields("O7", "3").to_vec();
    other[3] = ("type", "qqpay");
    assert_eq!(shop.says(Door::EpayMapi, epay.epay(elsewhere(), "/mapi.php", &other)).await["code"], -1);

    shop.pays(&phone, "1.00").await;
    until("it is told", async || merchants.heard("/e?") == 1).await;
    let told = merchants.all()[0].url.clone();
    assert!(
        told.contains("trade_status=TRADE_SUCCESS") && told.contains("money=1.00&") && told.ends_with("&sign_type=MD5"),
        "{told}"
    );
    let asked = say(
        elsewhere(),
        "/api.php",
        &[("act", "order"), ("pid", &epay.key_id), ("key", &epay.secret), ("out_trade_no", "O1")],
    );
    let said = shop.says(Door::EpayApi, asked).await;
    assert_eq!(
        (&said["status"], &said["pid"], &said["endtime"]),
        (&json!(1), &json!(epay.key_id.parse::<u64>().unwrap()), &json!("2026-11-20 14:00:01"))
    );
    let wrong = say(
        elsewhere(),
        "/api.php",
        &[("act", "order"), ("pid", &epay.key_id), ("key", "wrong"), ("out_trade_no", "O1")],
    );
    assert_eq!(shop.says(Door::EpayApi, wrong).await["code"], -1);
    assert_eq!(mapi("O1", "1.00").await["msg"], "该订单已经支付，请勿重复发起");
}

#[tokio::test]
async fn lyn_pay_sells_preset_amounts() {
    let (shop, _, phone) = open().await;
    let products = json!([{"name": "文章", "amounts_fen": [100, 99], "global": false}, {"name": "任意", "amounts_fen": [50], "global": true}]);
    let lyn = program(&shop, "lyn", json!({"products": products, "channels": ["wechat"]})).await;
    let asks = async |from: MerchantRequest, verb: &str, sent: Value| {
        let path = format!("/v1/Pay/{verb}");
        shop.says(
            Door::Lyn,
            MerchantRequest { method: "POST".into(), path, body: sent.to_string().into_bytes(), ..from },
        )
        .await
    };
    let token = || MerchantRequest { path_token: Some(lyn.token.clone()), ..elsewhere() };
    assert_eq!(asks(elsewhere(), "AddOrder", json!({"ProductName": "文章"})).await["code"], 1, "no token");
    let add =
        async |ip: &str| asks(token(), "AddOrder", json!({"ProductName": "文章", "IP": ip, "City": "上海"})).await;
    let first = add("1.1.1.1").await;
    assert_eq!(
        (&first["code"], &first["data"]["Money"], &first["data"]["PayQRCode"]),
        (&json!(0), &json!(100), &json!("/PayQRCode/100.jpg")),
        "{first}"
    );
    assert!(first["data"]["TradeNo"].as_u64().unwrap() < 1 << 53);
    assert_eq!(add("2.2.2.2").await["data"]["Money"], 99);
    assert_eq!(add("3.3.3.3").await["data"]["MoneyYuan"], json!(0.5), "the product that stands in for any");
    assert_eq!(add("4.4.4.4").await["code"], 1, "every amount is taken");
    assert_eq!(asks(token(), "AddOrder", json!({"ProductName": "没有"})).await["code"], 1);
    let picture = |fen: &str| MerchantRequest { path: format!("/PayQRCode/{fen}.jpg"), ..elsewhere() };
    let jpeg = shop.engine.merchant(Door::LynPicture, picture("100")).await;
    assert_eq!((jpeg.status, jpeg.content_type, &jpeg.body[..2]), (200, "image/jpeg", &[0xff, 0xd8][..]));
    for no in ["101", "x", "-1", "99999999999999"] {
        assert_eq!(shop.engine.merchant(Door::LynPicture, picture(no)).await.status, 404, "{no}");
    }
    let no = json!({"TradeNo": first["data"]["TradeNo"]});
    assert_eq!(asks(token(), "QueryOrder", no.clone()).await["code"], 1);
    shop.pays(&phone, "1").await;
    assert_eq!(asks(token(), "QueryOrder", no.clone()).await["code"], 0);
    assert_eq!(asks(token(), "DiscardOrder", no).await["code"], 1, "it is paid");
    assert_eq!(asks(token(), "QueryAlreadyBuy", json!({"ProductName": "文章", "IP": "1.1.1.1"})).await["code"], 2);
    assert_eq!(asks(token(), "QueryAlreadyBuy", json!({"ProductName": "文章"})).await["code"], 1);
    assert_eq!(add("1.1.1.1").await["code"], 2, "bought already");
}

#[tokio::test]
async fn the_counter_screen_belongs_to_the_counter() {
    let (shop, _, phone) = open().await;
    let vmq = program(&shop, "vmq", json!({})).await;
    let counter = shop.ring_up(2_000).await;
    shop.says(Door::CreateOrder, vmq.create(here(), ["A", "", "1", "7.00"], &[])).await;
    let shown = async || serde_json::to_value(shop.engine.display().await.unwrap().phase).unwrap();
    assert_eq!(shown().await["ticket_id"], counter["id"]);
    shop.pays(&phone, "7").await;
    assert_eq!(shown().await["ticket_id"], counter["id"], "a stranger's payment is no business of this screen");
    shop.act(json!({"verb": "cancel", "ticket_id": counter["id"]})).await.unwrap();
    shop.says(Door::CreateOrder, vmq.create(here(), ["B", "", "1", "8.00"], &[])).await;
    let idle = shown().await;
    assert!(idle.get("ticket_id").is_none(), "{idle}");
    shop.ask(json!({"verb": "show", "ticket_id": null})).await.unwrap();
    assert!(shown().await.get("ticket_id").is_none());
}

#[tokio::test]
async fn the_phones_state_is_told() {
    let (shop, _, phone) = open().await;
    let vmq = program(&shop, "vmq", json!({})).await;
    let sign = md5_hex(&["1700000000000", &vmq.secret]);
    let ask = || say(elsewhere(), "/getState", &[("t", "1700000000000"), ("sign", &sign)]);
    assert_eq!(shop.says(Door::GetState, ask()).await["data"]["jkstate"], "0", "never heard");
    shop.heart(&phone, shop.now()).await;
    let heard = (shop.now() / 1_000).to_string();
    let said = shop.says(Door::GetState, ask()).await;
    assert_eq!((&said["data"]["jkstate"], &said["data"]["lastheart"]), (&json!("1"), &json!(heard)));
    assert_eq!(
        shop.says(Door::GetState, say(elsewhere(), "/getState", &[("t", "1"), ("sign", &sign)])).await["code"],
        -1
    );
}
