//! Files and notices that the till fetches by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use till_engine::api::{Code, Event};

use crate::alipay::Stand;
use crate::counter::{Counter, out_no};

const HOUR: i64 = 3_600_000;
const RELAY: &str = "https://relay.example.com/kept";

fn bill() -> Vec<u8> {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../till-books/tests/statements");
    std::fs::read(format!("{samples}/alipay-merchant-trade-2026-fees.zip")).unwrap()
}

#[tokio::test]
async fn a_bill_is_fetched_and_checked_against_the_till() {
    let counter = Counter::new().await;
    let ask = |date: &str| json!({"verb": "fetch_bill", "gateway_id": counter.gateway_id, "date": date});
    for bad in ["2026-11-20", "2027-01-01", "2026-11-9", "yesterday"] {
        assert_eq!(counter.shop.act(ask(bad)).await.unwrap_err().code, Code::Invalid, "{bad}");
    }
    let none = counter.shop.act(ask("2026-11-19")).await.unwrap_err();
    assert_eq!(none.code, Code::NotFound);
    counter.alipay.has_bill(bill());
    let check = counter.shop.act(ask("2026-11-19")).await.unwrap();
    assert_eq!(check["head"]["channel"], "alipay", "{check:#}");
    assert!(check["head"]["lines"].as_u64().unwrap() > 0);
    counter.alipay.goes_down(true);
    let down = counter.shop.act(ask("2026-11-18")).await.unwrap_err();
    assert_eq!(down.code, Code::Unavailable);
    assert!(down.message.contains("支付宝"), "{}", down.message);
}

#[tokio::test]
async fn yesterday_s_bill_comes_every_morning_by_itself() {
    const BILL: &str = "alipay.data.dataservice.bill.downloadurl.query";
    let mut counter = Counter::new().await;
    // The next morning at eleven.
    counter.shop.pass(21 * HOUR);
    counter.until("it is asked for", 0, async |c| c.alipay.count(BILL) == 1).await;
    // Not written yet: again an hour later.
    counter.alipay.has_bill(bill());
    counter.shop.pass(HOUR);
    counter.until("it is asked for again", 0, async |c| c.alipay.count(BILL) == 2).await;
    counter.hears("it is checked", |e| matches!(e, Event::StatementChanged { .. })).await;
    counter.shop.pass(24 * HOUR);
    counter.until("the next one is asked for", 0, async |c| c.alipay.count(BILL) == 3).await;
    let days: Vec<_> = counter.alipay.calls(BILL).iter().map(|asked| asked["bill_date"].clone()).collect();
    assert_eq!(days, ["2026-11-20", "2026-11-20", "2026-11-21"], "each until it is there, and then no more");
}

#[tokio::test]
async fn notices_that_a_relay_keeps_are_fetched_checked_and_taken_once() {
    let counter = Counter::with(json!({"name": "支付宝", "relay_url": RELAY})).await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    // Alipay itself says nothing of the payment yet.
    let good = counter.alipay.notice(&no, &[]);
    let forged: Vec<u8> = [good.as_slice(), b"x"].concat();
    let kept = |id: i64, body: &[u8]| json!({"id": id, "provider": "alipay", "headers": [["Content-Type", "x"]], "query": "", "body": STANDARD.encode(body)});
    counter.alipay.relay_keeps(kept(1, &forged));
    counter.alipay.relay_keeps(json!({"id": 2, "provider": "paypal", "headers": [], "query": "", "body": ""}));
    counter.alipay.relay_keeps(kept(3, &good));
    counter.alipay.stands(&no, Stand::Waiting);
    counter.gets_paid(&ticket).await;
    assert_eq!(counter.gateways().await["doubts"][0]["source"], "relay");
    let past = async |c: &Counter| c.alipay.addresses().iter().any(|a| a == &format!("{RELAY}?after=3"));
    counter.until("it goes on behind what it has", 1_000, past).await;
    let counter = counter.reopen().await;
    let seen = counter.alipay.addresses().len();
    counter.until("it goes on there after a restart", 5_000, async |c| c.alipay.addresses().len() > seen).await;
    assert!(counter.alipay.addresses()[seen..].iter().all(|a| a.ends_with("after=3")));
}
