//! Contracts whose keys wait for the passphrase: the till sells on, and what was begun stands as it is until it is typed
//! in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use till_engine::api::{Code, Event};

use crate::alipay::Stand;
use crate::counter::{CODE, Counter, code, out_no, says};
use crate::shop::{PASSPHRASE, number};

impl Counter {
    /// The computer starts anew, and nobody types the passphrase in.
    async fn locked(mut self) -> Counter {
        self.shop.ports.passphrase_file = None;
        let counter = self.reopen().await;
        let page = counter.gateways().await;
        assert_eq!((&page["safe"], &page["gateways"][0]["state"]), (&json!("locked"), &json!("locked")));
        counter
    }

    async fn unlock(&self) {
        let unlock = json!({"verb": "unlock_contracts", "passphrase": PASSPHRASE});
        assert_eq!(self.shop.ask(unlock).await.unwrap(), "open");
    }

    /// What Alipay was asked, of whatever kind.
    fn asked(&self) -> usize {
        ["query", "cancel", "precreate", "pay", "refund", "close"]
            .map(|what| self.alipay.count(&format!("alipay.trade.{what}")))
            .iter()
            .sum()
    }

    /// The till looks after its trades again and again while this much time passes.
    async fn waits(&self, minutes: i64) {
        // Longer each time than the till leaves what is due alone.
        for _ in 0..5 {
            self.shop.pass(minutes * 12_000);
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    }
}

fn first<'v>(ticket: &'v Value, field: &str) -> &'v Value {
    &ticket["trades"][0][field]
}

#[tokio::test]
async fn what_waited_is_asked_at_once_when_it_opens() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    counter.alipay.stands(&no, Stand::Waiting);
    counter.stage(&ticket, 0, "waiting").await;
    let mut counter = counter.locked().await;
    let asked = counter.asked();
    counter.alipay.stands(&no, Stand::Paid);
    counter.waits(2).await;
    let stood = counter.ticket(&ticket).await;
    assert_eq!((counter.asked(), &stood["status"], first(&stood, "stage")), (asked, &json!("open"), &json!("waiting")));
    assert!(first(&stood, "message").as_str().unwrap().starts_with("合约已锁"), "{stood:#}");
    assert!(!code(&stood).is_null(), "its code can still be paid");
    assert_eq!(counter.shop.ask(json!({"verb": "health"})).await.unwrap()["contracts_locked"], true);

    counter.listen_anew();
    counter.unlock().await;
    counter.hears("contracts changed", |e| matches!(e, Event::GatewaysChanged {})).await;
    // The clock stands still: nothing has to become due.
    counter.until("it is paid", 0, async |c| c.is_paid(&ticket).await).await;
    assert_eq!(counter.alipay.count("alipay.trade.cancel"), 0);
    assert_eq!(counter.shop.ask(json!({"verb": "health"})).await.unwrap()["contracts_locked"], false);
}

#[tokio::test]
async fn a_ticket_that_ends_meanwhile_is_asked_about_before_anything_is_cancelled() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    counter.alipay.stands(&no, Stand::Waiting);
    counter.stage(&ticket, 0, "waiting").await;
    let counter = counter.locked().await;
    let asked = counter.asked();
    counter.alipay.stands(&no, Stand::Paid);
    // Far beyond the ticket's time and all patience, once it has run out.
    let ended = async |c: &Counter| c.ticket(&ticket).await["status"] == "expired";
    counter.until("the ticket runs out", 10_000, ended).await;
    counter.stage(&ticket, 0, "ending").await;
    counter.waits(300).await;
    let stood = counter.ticket(&ticket).await;
    assert_eq!((&stood["status"], first(&stood, "stage")), (&json!("expired"), &json!("ending")));
    assert_eq!(counter.asked(), asked, "nobody was asked, and nothing was cancelled");
    counter.unlock().await;
    counter.stage(&ticket, 0, "paid").await;
    assert_eq!(counter.alipay.count("alipay.trade.cancel"), 0, "to cancel would have given the money back");
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM receipt").await, 1);
    assert_eq!(counter.shop.inbox().await.len(), 1, "late money waits for a person");
}

#[tokio::test]
async fn the_till_sells_on_with_the_shop_s_own_codes() {
    let counter = Counter::new().await.locked().await;
    let ticket = counter.shop.ring_up(1_000).await;
    assert!(ticket["trades"].as_array().unwrap().is_empty());
    let codes = ticket["codes"].as_array().unwrap();
    assert!(codes.len() == 2 && codes.iter().all(|c| c["account_id"].is_i64()), "{codes:?}");
    assert_eq!(counter.shop.ask(json!({"verb": "health"})).await.unwrap()["scans"], json!([]));
    let id = counter.gateway_id;
    for asked in [
        json!({"verb": "scan", "request_id": "l-1", "ticket_id": ticket["id"], "auth_code": CODE}),
        json!({"verb": "test_gateway", "gateway_id": id}),
        json!({"verb": "fetch_bill", "request_id": "l-2", "gateway_id": id, "date": "2026-11-18"}),
    ] {
        let refused = counter.shop.ask(asked.clone()).await.unwrap_err();
        assert_eq!((refused.code, &refused.details.unwrap()["safe"]), (Code::Conflict, &json!("locked")), "{asked}");
        assert!(refused.message.contains("口令"), "{}", refused.message);
    }
}

#[tokio::test]
async fn a_refund_under_way_waits_and_a_new_one_is_refused() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(5_000).await;
    counter.alipay.stands(&out_no(&ticket, 0), Stand::Paid);
    let paid = counter.gets_paid(&ticket).await;
    let counter = counter.locked().await;
    let asked = counter.asked();
    let refused = counter.shop.give_back(&paid, "refund", "alipay", 100).await.unwrap_err();
    assert_eq!((refused.code, &refused.details.unwrap()["safe"]), (Code::Conflict, &json!("locked")));
    // One that was written down before the computer went off.
    counter.unlock().await;
    counter.alipay.next("alipay.trade.refund", crate::alipay::Fate::Hangs(Default::default()));
    counter.shop.give_back(&paid, "refund", "alipay", 100).await.unwrap();
    counter.until("it is sent", 0, async |c| c.alipay.count("alipay.trade.refund") == 1).await;
    let counter = counter.locked().await;
    let before = counter.asked();
    assert!(before > asked);
    counter.waits(30).await;
    assert_eq!(counter.asked(), before);
    let refund = &counter.ticket(&ticket).await["trades"][0]["refunds"][0];
    assert!(refund["message"].as_str().unwrap().starts_with("合约已锁"), "{refund}");
    counter.unlock().await;
    counter.until("it is booked", 1_000, async |c| c.ticket(&ticket).await["refunded_fen"] == 100).await;
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM refund").await, 1);
}

#[tokio::test]
async fn a_notice_that_comes_meanwhile_is_to_come_again() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    counter.alipay.stands(&no, Stand::Paid);
    let counter = counter.locked().await;
    let words = number(&counter.shop, "SELECT count(*) FROM gateway_word").await;
    let notice = counter.alipay.notice(&no, &[]);
    let answer = counter.notify(notice.clone()).await;
    assert_eq!((answer.status, says(&answer)), (503, "fail"));
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM gateway_word").await, words, "nobody can say what it is");
    assert!(!counter.is_paid(&ticket).await);
    counter.unlock().await;
    assert_eq!(says(&counter.notify(notice).await), "success");
    assert!(counter.is_paid(&ticket).await);
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM receipt").await, 1);
}

#[tokio::test]
async fn a_relay_keeps_what_nobody_could_read_meanwhile() {
    const RELAY: &str = "https://relay.example.com/kept";
    let counter = Counter::with(json!({"name": "支付宝", "relay_url": RELAY})).await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    counter.alipay.stands(&no, Stand::Waiting);
    let fetched = |c: &Counter| c.alipay.addresses().iter().filter(|a| a.starts_with(RELAY)).count();
    counter.until("the relay is asked", 1_000, async |c| fetched(c) > 0).await;
    let counter = counter.locked().await;
    let notice = STANDARD.encode(counter.alipay.notice(&no, &[]));
    let kept = json!({"id": 1, "provider": "alipay", "headers": [], "query": "", "body": notice});
    counter.alipay.relay_keeps(kept);
    let before = fetched(&counter);
    counter.waits(1).await;
    assert_eq!(fetched(&counter), before, "what is fetched is not offered again");
    counter.unlock().await;
    // Alipay itself says nothing of the payment yet.
    counter.gets_paid(&ticket).await;
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM gateway_word WHERE source = 'relay'").await, 1);
}
