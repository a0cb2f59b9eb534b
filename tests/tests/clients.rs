//! Shops with clients that nobody here wrote, or that were written from the public text of a protocol alone, against the
//! running till: an order, its page, a payment that a phone tells of, a callback that the client verifies for itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::{Context, Result, ensure};
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::http::{self, Call};
use qiantai_tests::phone::{ALIPAY, WECHAT};
use qiantai_tests::program::Program;
use qiantai_tests::till::id;
use qiantai_tests::{Phone, Till};
use serde_json::{Value, json};

/// A till with a phone, a shop, and the shop's program.
fn shop(script: &str, protocol: &str) -> Result<(Till, Phone, ForeignShop, Program)> {
    let (till, phone) = Till::with_phone()?;
    let shop = ForeignShop::open(script)?;
    let program = till.add_program(protocol, json!({ "callback_prefixes": [format!("{}/", shop.url)] }))?;
    shop.configure(&program)?;
    Ok((till, phone, shop, program))
}

/// Opens the checkout page as a browser that was sent there, and gives what the page knows.
fn page_at(till: &Till, location: &str) -> Result<Value> {
    let at = location.find("/pay/").with_context(|| format!("no checkout page: {location}"))?;
    let page = http::once(till.address, &Call::get(&location[at..]))?;
    let is_page = page.text().to_lowercase().starts_with("<!doctype html");
    ensure!(page.status == 200 && is_page, "{}: {}", page.status, page.text());
    http::once(till.address, &Call::get(format!("{}/state", &location[at..])))?.json()
}

/// What a browser finds that follows a link to the till.
fn follow(till: &Till, url: &str) -> Result<Value> {
    let reply = http::visit(url)?;
    let location =
        reply.header("location").with_context(|| format!("no redirect: {} {}", reply.status, reply.text()))?;
    page_at(till, location)
}

/// The customer pays and the phone tells; the order must then be delivered.
fn pay(till: &Till, phone: &Phone, kind: &str, out_no: &str) -> Result<Value> {
    let order = till.order(out_no)?;
    let due = order["due_fen"].as_i64().context("due_fen")?;
    ensure!(phone.send(&phone.push(kind, due))?.status == 200);
    till.until_delivery(out_no, "delivered")
}

#[test]
fn epay_sdk_from_pypi() -> Result<()> {
    let (till, phone, shop, _) = shop("epay_shop.py", "epay")?;
    let buy = |number: &str, amount: &str| {
        shop.act(
            "buy",
            json!({
                "number": number, "amount": amount, "subject": "会员充值 1 年 & <b>", "pay_type": "alipay",
                "notify_url": format!("{}/notify", shop.url), "return_url": format!("{}/back", shop.url), "attach": "u=7&x",
            }),
        )
    };
    let url = buy("ORDER_10001", "9.90")?;
    let state = follow(&till, url.as_str().unwrap())?;
    assert_eq!(
        (&state["status"], &state["price_fen"], &state["title"]),
        (&json!("waiting"), &json!(990), &json!("会员充值 1 年 & <b>"))
    );
    assert_eq!(state["codes"].as_array().unwrap().len(), 1, "alipay was asked for, and nothing else: {state}");

    let asked = shop.act("query", json!({ "number": "ORDER_10001" }))?;
    assert_eq!((&asked["ok"], &asked["paid"], &asked["amount"]), (&json!(true), &json!(false), &json!("9.90")));
    // The customer reloads: the same order.
    follow(&till, url.as_str().unwrap())?;
    assert_eq!(till.orders()?.len(), 1);

    let order = pay(&till, &phone, ALIPAY, "ORDER_10001")?;
    let notice = shop.first_notice()?;
    assert_eq!((&notice["said"], &notice["method"]), (&json!("success"), &json!("GET")), "{notice}");
    assert_eq!(notice["query"]["param"], "u=7&x");
    let books = shop.act("books", json!({}))?;
    assert_eq!(books["orders"]["ORDER_10001"], json!(["PAID", order["order_no"]]));
    let stages: Vec<_> = books["attempts"].as_array().unwrap().iter().map(|attempt| attempt[3].clone()).collect();
    assert_eq!(stages, ["RECEIVED", "RECONCILED", "APPLIED"], "the client asked the till before it believed it");
    let asked = shop.act("query", json!({ "number": "ORDER_10001" }))?;
    assert_eq!((&asked["paid"], &asked["trade_no"]), (&json!(true), &order["order_no"]), "{asked}");

    // Where the customer goes on, the same client finds signed.
    let checkout = order["checkout_path"].as_str().unwrap();
    let state = page_at(&till, checkout)?;
    let back = http::visit(state["return_url"].as_str().context("return_url")?)?;
    assert_eq!(back.text(), "paid");

    // A number that was paid is not charged again, and whoever has another key charges nothing.
    let again = http::visit(buy("ORDER_10001", "9.90")?.as_str().unwrap())?;
    assert_eq!(again.header("location"), None, "{}", again.text());
    let forged = url.as_str().unwrap().replace("ORDER_10001", "ORDER_10002");
    assert_eq!(http::visit(&forged)?.header("location"), None);
    assert_eq!(till.orders()?.len(), 1);
    assert_eq!(shop.told()?.iter().filter(|told| told["door"] == "notify").count(), 1);
    Ok(())
}

#[test]
fn epay_sdk_posts_the_form_itself() -> Result<()> {
    let (till, _, shop, _) = shop("epay_shop.py", "epay")?;
    let page = shop.act(
        "post",
        json!({
            "number": "P-1", "amount": "3", "subject": "茶", "pay_type": "wxpay",
            "notify_url": format!("{}/notify", shop.url), "return_url": format!("{}/back", shop.url),
        }),
    )?;
    assert!(page.as_str().unwrap().to_lowercase().starts_with("<!doctype html"), "{page}");
    assert_eq!(till.order("P-1")?["price_fen"], 300);
    Ok(())
}

#[test]
fn easypay_node_sdk_from_npm() -> Result<()> {
    let (till, phone, shop, _) = shop("epay_shop.mjs", "epay")?;
    let url = shop.act(
        "buy",
        json!({
            "type": "wxpay", "out_trade_no": "1578828234686", "notify_url": format!("{}/notify", shop.url),
            "return_url": format!("{}/back", shop.url), "name": "测试商品", "money": "0.01", "sitename": "网站名称",
        }),
    )?;
    let state = follow(&till, url.as_str().unwrap())?;
    assert_eq!(
        (&state["status"], &state["price_fen"], &state["title"]),
        (&json!("waiting"), &json!(1), &json!("测试商品"))
    );
    let asked = shop.act("query", json!({ "number": "1578828234686" }))?;
    assert_eq!((&asked["code"], &asked["status"], &asked["money"]), (&json!(1), &json!(0), &json!("0.01")), "{asked}");
    pay(&till, &phone, WECHAT, "1578828234686")?;
    let notice = shop.first_notice()?;
    assert_eq!(notice["said"], "success", "{notice}");
    assert_eq!(
        (&notice["query"]["trade_status"], &notice["query"]["money"]),
        (&json!("TRADE_SUCCESS"), &json!("0.01"))
    );
    Ok(())
}

#[test]
fn vmq_from_its_public_text() -> Result<()> {
    let (till, phone, shop, _) = shop("vmq_shop.py", "vmq")?;
    let (notify, back) = (format!("{}/notify", shop.url), format!("{}/back", shop.url));
    let create = |pay_id: &str, more: Value| {
        let mut fields = json!({
            "payId": pay_id, "type": 2, "price": "0.1", "param": "vone666 & 备注", "notifyUrl": notify, "returnUrl": back,
        });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.act("create", fields)
    };
    let made = create("1547129707139", json!({}))?;
    assert_eq!((&made["code"], &made["msg"]), (&json!(1), &json!("成功")), "{made}");
    let data = &made["data"];
    assert_eq!(
        (&data["payId"], &data["isAuto"], &data["state"]),
        (&json!("1547129707139"), &json!(1), &json!(0)),
        "{made}"
    );
    assert_eq!(data["payUrl"], qiantai_tests::till::ALIPAY_CODE);
    assert_eq!(data["timeOut"], 5);
    assert_eq!(data["date"].to_string().len(), 10, "seconds, as PHP says them: {made}");
    let order_id = data["orderId"].as_str().context("orderId")?;

    let twice = create("1547129707139", json!({}))?;
    assert_eq!((&twice["code"], &twice["msg"], &twice["data"]), (&json!(-1), &json!("商户订单号已存在"), &Value::Null));
    let wrong = create("1547129707140", json!({ "price": "0.1 " }))?;
    assert_eq!(wrong["code"], -1, "{wrong}");
    let seen = shop.act("get", json!({ "orderId": order_id }))?;
    assert_eq!((&seen["code"], &seen["data"]["payType"]), (&json!(1), &json!(2)), "{seen}");
    assert_eq!(shop.act("check", json!({ "orderId": order_id }))?["code"], -1);
    let t = qiantai_tests::now_ms().to_string();
    let health = shop.act("state", json!({ "t": t }))?;
    assert_eq!(health["code"], 1, "{health}");

    pay(&till, &phone, ALIPAY, "1547129707139")?;
    let notice = shop.first_notice()?;
    assert_eq!((&notice["said"], &notice["method"]), (&json!("success"), &json!("GET")), "{notice}");
    assert_eq!(
        (&notice["query"]["payId"], &notice["query"]["param"]),
        (&json!("1547129707139"), &json!("vone666 & 备注"))
    );
    assert_eq!(shop.act("get", json!({ "orderId": order_id }))?["data"]["state"], 1);
    let check = shop.act("check", json!({ "orderId": order_id }))?;
    let back_url = check["data"].as_str().with_context(|| format!("a return address: {check}"))?;
    assert!(back_url.starts_with(&back), "{check}");
    assert_eq!(http::visit(back_url)?.text(), "paid");

    // In the browser, by POST, and closed by the shop.
    let page = create("html-1", json!({ "isHtml": 1, "post": true }))?;
    assert!(page["url"].as_str().is_some_and(|url| url.contains("/pay/")), "{page}");
    let closing = create("close-1", json!({}))?;
    let closing = closing["data"]["orderId"].as_str().context("orderId")?.to_owned();
    assert_eq!(shop.act("close", json!({ "orderId": closing }))?["code"], 1);
    assert_eq!(shop.act("get", json!({ "orderId": closing }))?["data"]["state"], -1);
    assert_eq!(till.ticket(id(&json!({ "id": till.order("close-1")?["ticket_id"] })))?["status"], "cancelled");
    Ok(())
}

#[test]
fn gogo_from_the_article() -> Result<()> {
    let (till, phone, shop, _) = shop("gogo_shop.py", "gogo")?;
    let create = |pay_id: &str, more: Value| {
        let mut fields = json!({
            "pay_id": pay_id, "p_type": "1", "price": "1.00", "content": "一杯茶, 半糖", "title": "茶",
            "notifyUrl": format!("{}/notify", shop.url), "returnUrl": format!("{}/back", shop.url), "returnParam": 1,
        });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.act("create", fields)
    };
    let made = create("G-1", json!({}))?;
    assert_eq!((&made["status"], &made["body"]["code"]), (&json!(200), &json!(1)), "{made}");
    let data = &made["body"]["data"];
    assert_eq!(
        (&data["payId"], &data["price"], &data["reallyPrice"], &data["state"]),
        (&json!("G-1"), &json!("1.00"), &json!("1.00"), &json!(0)),
        "{made}"
    );
    assert_eq!(data["payUrl"], qiantai_tests::till::WECHAT_CODE);
    let order_id = data["orderId"].as_str().context("orderId")?;
    assert_eq!(create("G-1", json!({}))?["body"]["code"], 0, "its failures are 0, not -1");
    let form = create("G-2", json!({ "form": true }))?;
    assert_eq!(form["body"]["code"], 1, "{form}");
    assert_eq!(form["body"]["data"]["reallyPrice"], "0.99", "the one of 1.00 still waits: {form}");
    // As the article's own example asks: isHtml with a JSON body.
    let page = create("G-3", json!({ "html": 1 }))?;
    assert!(page["url"].as_str().is_some_and(|url| url.contains("/pay/")), "{page}");

    pay(&till, &phone, WECHAT, "G-1")?;
    let notice = shop.first_notice()?;
    assert_eq!((&notice["said"], &notice["method"]), (&json!("success"), &json!("POST")), "{notice}");
    let known = shop.act("get", json!({ "order_id": order_id }))?;
    assert_eq!(known["data"]["state"], 1, "{known}");
    let order = till.order("G-1")?;
    let state = page_at(&till, order["checkout_path"].as_str().unwrap())?;
    let back = http::visit(state["return_url"].as_str().context("return_url")?)?;
    assert_eq!(back.text(), "paid", "returnParam asks for the signed fields");
    Ok(())
}

#[test]
fn lyn_from_the_article() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let shop = ForeignShop::open("lyn_shop.py")?;
    let products = json!([
        { "name": "serverfarm-3", "amounts_fen": [98, 99, 100], "global": false },
        { "name": "Gobal", "amounts_fen": [500], "global": true },
    ]);
    let program = till.add_program("lyn", json!({ "products": products }))?;
    shop.configure(&program)?;
    let buy = |ip: &str| shop.act("buy", json!({ "product": "serverfarm-3", "ip": ip }));
    let first = buy("203.0.113.1")?;
    assert_eq!((&first["Money"], &first["MoneyYuan"]), (&json!(98), &json!(0.98)), "{first}");
    assert_eq!((&first["kind"], &first["start"]), (&json!("image/jpeg"), &json!("ffd8ff")), "{first}");
    let number = |order: &Value| order["TradeNo"].to_string().trim_matches('"').to_owned();
    let second = buy("203.0.113.2")?;
    assert_eq!(second["Money"], 99, "an amount that waits is not given twice: {second}");
    let paid = |order: &Value| shop.act("paid", json!({ "trade_no": number(order) }));
    assert_eq!(paid(&first)?, false);

    // The phone of the same article tells of the money; only the order of that amount is paid by it.
    let text = "[2条]微信支付: 微信支付收款0.98元(朋友到店)";
    ensure!(phone.send(&phone.seed("微信支付", text, "0.98", "2026-11-20 23:34:11"))?.status == 200);
    assert_eq!((paid(&first)?, paid(&second)?), (json!(true), json!(false)));
    let bought = |ip: &str| shop.act("bought", json!({ "product": "serverfarm-3", "ip": ip }));
    assert_eq!((bought("203.0.113.1")?, bought("203.0.113.2")?), (json!(true), json!(false)));
    assert_eq!(buy("203.0.113.1")?, json!({ "refused": 2 }), "who bought it is not charged again");

    assert_eq!(shop.act("discard", json!({ "trade_no": number(&second) }))?, true);
    assert_eq!(shop.act("discard", json!({ "trade_no": number(&first) }))?, false, "what is paid stays paid");
    assert_eq!(paid(&second)?, false);
    Ok(())
}
