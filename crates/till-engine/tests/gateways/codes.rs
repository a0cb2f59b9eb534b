//! The customer scans our code.

use serde_json::json;
use till_engine::api::{DisplayPhase, Event};

use crate::alipay::{Alipay, Stand};
use crate::counter::{Counter, code, out_no, settings};
use crate::shop::Shop;

#[tokio::test]
async fn a_ticket_shows_the_provider_s_code_and_is_paid_by_it() {
    let mut counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    assert_eq!(code(&ticket), format!("https://qr.alipay.com/{no}"));
    let offered = ticket["codes"].as_array().unwrap();
    assert!(offered.iter().all(|c| c["channel"] != "alipay" || c["account_id"].is_null()), "{offered:?}");
    assert!(offered.iter().any(|c| c["channel"] == "wechat" && c["account_id"].is_i64()), "{offered:?}");
    let asked = counter.alipay.calls("alipay.trade.precreate").pop().unwrap();
    let due = ticket["due_fen"].as_i64().unwrap();
    assert_eq!(asked["total_amount"], format!("{}.{:02}", due / 100, due % 100), "the ticket's due amount");
    assert_eq!(ticket["trades"][0]["amount_fen"], due);
    let DisplayPhase::Pay { codes, .. } = counter.phase().await else { panic!("not waiting") };
    assert_eq!(codes.len(), 2, "the customer sees it too");

    counter.alipay.stands(&no, Stand::Waiting);
    counter.stage(&ticket, 0, "waiting").await;
    counter.listen_anew();
    counter.alipay.stands(&no, Stand::Paid);
    let paid = counter.gets_paid(&ticket).await;
    assert_eq!((&paid["payments"][0]["channel"], &paid["payments"][0]["how"]), (&json!("alipay"), &json!("auto")));
    assert_eq!((&paid["trades"][0]["stage"], &paid["trades"][0]["message"]), (&json!("paid"), &json!("")));
    assert_eq!(paid["trades"][0]["trade_no"], counter.alipay.deal(&no).unwrap().trade_no);
    let told = |e: &Event| matches!(e, Event::TicketPaid { .. });
    counter.hears("it is paid", told).await;
    counter.shop.sell_cash(100).await;
    counter.hears("another one is paid", told).await;
    assert_eq!(counter.heard_again(told), 0, "each once");
    assert!(counter.shop.inbox().await.is_empty());
    assert_eq!(counter.alipay.count("alipay.trade.cancel"), 0);
    let steps = counter.shop.ask(json!({"verb": "timeline", "ticket_id": ticket["id"]})).await.unwrap();
    let said: Vec<&str> = steps["steps"].as_array().unwrap().iter().filter_map(|s| s["what"].as_str()).collect();
    assert!(said.contains(&"provider") && said.contains(&"paid"), "{said:?}");
}

#[tokio::test]
async fn without_codes_of_the_shop_the_price_is_due_to_the_fen() {
    let alipay = Alipay::new();
    let theirs = alipay.clone();
    let shop = Shop::bare_with(move |ports| ports.providers = theirs).await.with_passphrase().await;
    let mut counter = Counter { shop, alipay, gateway_id: 0 };
    counter.add(settings()).await;
    for _ in 0..3 {
        let ticket = counter.ring_up(1_000).await;
        assert_eq!((&ticket["due_fen"], &ticket["tail_fen"]), (&json!(1_000), &json!(0)));
    }
}

#[tokio::test]
async fn a_contract_that_shows_no_code_leaves_the_shop_s_own() {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    let ticket = counter.shop.ring_up(1_000).await;
    assert!(ticket["trades"].as_array().unwrap().is_empty());
    assert_eq!(ticket["codes"].as_array().unwrap().len(), 2);
    let health = counter.shop.ask(json!({"verb": "health"})).await.unwrap();
    assert_eq!((&health["scans"], &health["sandbox"]), (&json!(["alipay"]), &json!(false)));
}

#[tokio::test]
async fn every_screen_knows_which_contracts_it_can_be_paid_through() {
    let counter = Counter::new().await;
    let health = async || counter.shop.ask(json!({"verb": "health"})).await.unwrap();
    let change = async |enabled: bool, values: serde_json::Value| {
        let settings = json!({"name": "支付宝当面付", "place": {"place": "live"}, "enabled": enabled});
        let update =
            json!({"verb": "update_gateway", "gateway_id": counter.gateway_id, "settings": settings, "values": values});
        counter.shop.act(update).await.unwrap();
    };
    let expires_at = counter.gateways().await["gateways"][0]["expires_at"].clone();
    assert!(expires_at.is_i64(), "its certificates end some day");
    let mut said = json!([{"id": counter.gateway_id, "provider": "alipay", "name": "支付宝当面付", "live": true,
                           "state": "new", "expires_at": expires_at}]);
    assert_eq!(health().await["contracts"], said, "nobody has heard from it");
    counter.ring_up(1_000).await;
    said[0]["state"] = json!("fine");
    assert_eq!(health().await["contracts"], said);
    change(true, json!([{"field": "app_private_key", "text": ""}])).await;
    said[0]["state"] = json!("incomplete");
    assert_eq!(health().await["contracts"], said);
    change(false, json!([])).await;
    assert_eq!(health().await["contracts"], json!([]), "switched off, it is no way to be paid");
}

#[tokio::test]
async fn a_screen_knows_every_provider_s_payment_codes_without_a_contract() {
    let shop = Shop::bare().await;
    let codes = shop.ask(json!({"verb": "health"})).await.unwrap()["payment_codes"].clone();
    assert_eq!(
        codes,
        json!([
            {"channel": "alipay", "prefixes": ["25", "26", "27", "28", "29", "30"], "min_len": 16, "max_len": 24},
            {"channel": "wechat", "prefixes": ["10", "11", "12", "13", "14", "15"], "min_len": 18, "max_len": 18},
            {"channel": "unionpay", "prefixes": ["62"], "min_len": 19, "max_len": 19},
        ])
    );
}

#[tokio::test]
async fn a_test_system_is_said_to_be_one_everywhere() {
    let counter = Counter::with(json!({"name": "沙箱", "place": {"place": "sandbox"}})).await;
    let ticket = counter.ring_up(1_000).await;
    assert_eq!(ticket["trades"][0]["sandbox"], true);
    assert!(counter.shop.engine.display().await.unwrap().sandbox);
    assert_eq!(counter.shop.ask(json!({"verb": "health"})).await.unwrap()["sandbox"], true);
}

#[tokio::test]
async fn a_ticket_paid_otherwise_ends_its_trade() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(2_000).await;
    counter.alipay.stands(&out_no(&ticket, 0), Stand::Waiting);
    counter.shop.act(json!({"verb": "take_cash", "ticket_id": ticket["id"], "tendered_fen": null})).await.unwrap();
    counter.until("it is cancelled", 200, async |c| c.alipay.count("alipay.trade.cancel") == 1).await;
    let calls = counter.alipay.count("alipay.trade.query");
    assert!(calls >= 1, "asked once more before");
    assert_eq!(counter.alipay.deal(&out_no(&ticket, 0)).unwrap().stand, Stand::Closed);
}
