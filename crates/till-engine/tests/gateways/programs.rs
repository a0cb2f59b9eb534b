//! Orders of programs are paid through contracts, too.

use serde_json::json;
use till_engine::merchant::MerchantDoor as Door;

use crate::alipay::Stand;
use crate::ask::{body, elsewhere, here, program, say};
use crate::counter::Counter;

#[tokio::test]
async fn a_program_s_order_is_answered_with_the_provider_s_code() {
    let counter = Counter::new().await;
    let vmq = program(&counter.shop, "vmq", json!({"notify_url": ""})).await;
    let create = |id, price| vmq.create(here(), [id, "", "2", price], &[]);
    let made = body(&counter.shop.engine.merchant(Door::CreateOrder, create("A", "5.50")).await);
    let url = made["data"]["payUrl"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let no = url.strip_prefix("https://qr.alipay.com/").unwrap();
    assert_eq!(made["data"]["reallyPrice"], "5.50", "to the fen");
    let order_no = made["data"]["orderId"].as_str().unwrap();
    let path = counter.shop.engine.checkout_path(order_no).await.unwrap();
    let token = path.strip_prefix("/pay/").unwrap();
    let (_, page) = counter.shop.engine.checkout(token).await.unwrap();
    assert_eq!((page.codes.len(), page.codes[0].fixed_amount), (1, true));
    assert!(counter.shop.engine.checkout_picture(token, 0).await.unwrap().starts_with(b"\x89PNG"));
    assert_eq!(counter.alipay.calls("alipay.trade.precreate")[0]["total_amount"], "5.50");

    counter.alipay.stands(no, Stand::Paid);
    let get = || say(elsewhere(), "/getOrder", &[("orderId", order_no)]);
    let state = async |c: &Counter| body(&c.shop.engine.merchant(Door::GetOrder, get()).await)["data"]["state"].clone();
    counter.until("it is paid", 200, async |c| state(c).await == 1).await;
    let (_, page) = counter.shop.engine.checkout(token).await.unwrap();
    assert!(page.codes.is_empty());
}

#[tokio::test]
async fn a_provider_that_is_down_delays_no_program_for_long() {
    let counter = Counter::new().await;
    let vmq = program(&counter.shop, "vmq", json!({"notify_url": ""})).await;
    counter.alipay.goes_down(true);
    let create = vmq.create(here(), ["A", "", "2", "5.50"], &[]);
    let made = body(&counter.shop.engine.merchant(Door::CreateOrder, create).await);
    assert_eq!(made["code"], 1, "{made}");
}
