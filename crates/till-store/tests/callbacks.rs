//! The outbox: one notice per paid order, claimed once, and what each attempt leaves behind.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod web_shop;

use till_core::{Channel, Fen};
use till_store::{
    Accept, AttemptRow, Booked, CallbackRow, DueCallback, Effect, JournalQuery, LineAct, NewOrder, NewStatement,
    NewStatementLine, NewTicket, StoreError,
};
use web_shop::{COOLDOWN, DAY, EXPIRES, Shop, by_hand, done, effect, fen, order, push, ticket};

const PAID: i64 = 5_000;
/// Far beyond what an attempt may take.
const CLAIM: i64 = 30_000;

fn attempt(order_id: i64, at: i64, actor: &str, outcome: &str) -> AttemptRow {
    let status = matches!(outcome, "delivered" | "answer").then_some(200);
    let (actor, outcome) = (actor.to_owned(), outcome.to_owned());
    AttemptRow { order_id, nth: 0, at, actor, outcome, status, duration_ms: 7, answer: vec![], cause: String::new() }
}

fn ids(claimed: &[DueCallback]) -> Vec<i64> {
    claimed.iter().map(|callback| callback.order_id).collect()
}

/// So many paid orders of a program, one after the other.
async fn owed(shop: &Shop, program_id: i64, many: i64, from: i64) {
    for n in 0..many {
        let no = format!("{program_id}-{n}");
        let asked = NewOrder { program_id, ..order(&no) };
        let opened = shop.store.open_order(ticket(from + n * 1_000), asked).await.unwrap();
        let till_store::Opened::New(_, order) = opened else { panic!("{no} was there") };
        shop.paid(order.id, PAID + n).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_settles_owe_one_callback() {
    let shop = Shop::new().await;
    shop.open("A-1", 1500).await;
    let mut acts = tokio::task::JoinSet::new();
    for n in 0..32_i64 {
        let store = shop.store.clone();
        acts.spawn(async move {
            match n % 4 {
                0 => drop(store.settle_by_hand(by_hand(1, Channel::Alipay, PAID + n)).await),
                _ => drop(store.take_push(push(&format!("p{n}"), 1500, PAID + n), |_| {}).await.unwrap()),
            }
        });
    }
    acts.join_all().await;
    assert_eq!(shop.number("SELECT count(*) FROM settlement").await, 1);
    assert_eq!(shop.number("SELECT count(*) FROM callback").await, 1);
    let order = shop.order(1).await;
    let at = order.paid.unwrap().0;
    let owed = CallbackRow { created_at: at, attempts: 0, next_at: Some(at), delivered_at: None };
    assert_eq!(order.callback, Some(owed), "due from the moment it was paid");
    assert_eq!(ids(&shop.store.claim_callbacks(at, at + CLAIM, 8, vec![]).await.unwrap()), [1]);
}

/// A statement with one line.
fn statement(amount: Fen) -> NewStatement {
    let line = NewStatementLine {
        key: "bill-1".into(),
        at: PAID,
        precise: "second",
        amount,
        ticket_amount: amount,
        kind: "receipt",
        way: "in",
        channel_id: "4200001".into(),
        entry_id: String::new(),
        order_no: String::new(),
        refund_no: String::new(),
        original_id: String::new(),
        counterparty: String::new(),
        note: String::new(),
        status: String::new(),
        type_text: String::new(),
        fee: None,
        net: None,
    };
    NewStatement {
        request_id: "bill".into(),
        actor: "王#1".into(),
        at: PAID,
        sha256: [1; 32],
        name: "bill.csv".into(),
        format: "wechat_personal",
        channel: Channel::Wechat,
        account: String::new(),
        from_at: None,
        to_at: None,
        exported_at: None,
        receipts: "full",
        refunds: "full",
        declared: "{}".into(),
        notes: "[]".into(),
        lines: vec![line],
    }
}

#[tokio::test]
async fn every_way_of_being_paid_owes_one_and_only_to_somebody() {
    let shop = Shop::new().await;
    let store = &shop.store;
    for (n, no) in (1..).zip(["auto", "late", "hand", "cash", "line"]) {
        assert_eq!(shop.open(no, 10_000 * n).await.id, n);
    }
    assert!(matches!(effect(store.take_push(push("auto", 10_000, PAID), |_| {}).await.unwrap()), Effect::Paid(_)));
    done(store.settle_by_hand(by_hand(3, Channel::Wechat, PAID)).await.unwrap());
    done(store.settle_by_hand(by_hand(4, Channel::Cash, PAID)).await.unwrap());
    let file = done(store.add_statement(statement(fen(50_000))).await.unwrap());
    let line = LineAct {
        request_id: "line".into(),
        actor: "王#1".into(),
        at: PAID,
        business_date: DAY.into(),
        line_id: 1,
        ticket_id: Some(5),
        note: String::new(),
        cool_until: 60_000,
        free: true,
    };
    assert_eq!(file, 1);
    assert!(matches!(store.act_on_line(line).await.unwrap(), Booked::Money(_)));
    store.sweep(EXPIRES, COOLDOWN).await.unwrap();
    let late = effect(store.take_push(push("late", 20_000, EXPIRES + 1_000), |_| {}).await.unwrap());
    let Effect::Inbox { item_id, proposed: Some(2), .. } = late else { panic!("{late:?}") };
    assert_eq!(shop.number("SELECT count(*) FROM callback").await, 4, "nothing is owed before a person says so");
    let accept = |request_id: &str, item_id| Accept {
        request_id: request_id.into(),
        actor: "王#1".into(),
        at: EXPIRES + 9_000,
        business_date: DAY.into(),
        item_id,
        ticket_id: 2,
        cool_until: EXPIRES + 99_000,
    };
    done(store.accept(accept("accept", item_id)).await.unwrap());
    for id in 1..=5 {
        let order = shop.order(id).await;
        let (callback, (paid, _)) = (order.callback.unwrap(), order.paid.unwrap());
        assert_eq!((callback.created_at, callback.next_at, callback.attempts), (paid, Some(paid), 0), "{id}");
    }
    assert_eq!(shop.order(2).await.paid.unwrap().0, EXPIRES + 9_000);
    // Money that comes a second time changes nothing of it.
    let twice = effect(store.take_push(push("twice", 20_000, EXPIRES + 20_000), |_| {}).await.unwrap());
    let Effect::Inbox { item_id, .. } = twice else { panic!("{twice:?}") };
    done(store.accept(accept("accept twice", item_id)).await.unwrap());
    assert_eq!(shop.order(2).await.callback.unwrap().created_at, EXPIRES + 9_000);

    let nowhere = NewOrder { notify_url: String::new(), ..order("nowhere") };
    store.open_order(ticket(70_000), nowhere).await.unwrap();
    store.open_ticket(NewTicket { request_id: "own".into(), ..ticket(80_000) }).await.unwrap();
    for id in [6, 7] {
        shop.paid(id, PAID).await;
    }
    assert_eq!(shop.order(6).await.callback, None);
    assert_eq!((shop.number("SELECT count(*) FROM callback").await, store.undelivered().await.unwrap()), (5, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_claims_claim_each_once() {
    let shop = Shop::new().await;
    owed(&shop, 1, 12, 10_000).await;
    let mut acts = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = shop.store.clone();
        acts.spawn(async move {
            match n % 2 {
                0 => ids(&store.claim_callbacks(PAID + 100, PAID + CLAIM, 3, vec![]).await.unwrap()),
                _ => store.claim_callback(n, PAID + 100, PAID + CLAIM).await.iter().map(|c| c.order_id).collect(),
            }
        });
    }
    let mut claimed = acts.join_all().await.concat();
    claimed.sort_unstable();
    assert_eq!(claimed, (1..=12).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_programs_queue_holds_up_no_other() {
    let shop = Shop::new().await;
    let [second, third] = [shop.program("erp").await, shop.program("script").await];
    owed(&shop, 1, 6, 10_000).await;
    owed(&shop, second, 3, 100_000).await;
    owed(&shop, third, 2, 200_000).await;
    let store = &shop.store;
    assert_eq!(store.claim_callbacks(PAID - 1, PAID + CLAIM, 2, vec![]).await.unwrap(), []);
    // The first may have no more in flight, the second one more; the oldest of each come first.
    let claimed = store.claim_callbacks(PAID + 100, PAID + CLAIM, 2, vec![(1, 5), (second, 1)]).await.unwrap();
    assert_eq!(ids(&claimed), [7, 10, 11]);
    assert_eq!(claimed.iter().map(|c| c.program_id).collect::<Vec<_>>(), [second, third, third]);
    let claimed = store.claim_callbacks(PAID + 100, PAID + CLAIM, 2, vec![]).await.unwrap();
    assert_eq!(ids(&claimed), [1, 2, 8, 9], "{claimed:?}");
    // A claim that nobody kept ends by itself.
    let claimed = store.claim_callbacks(PAID + CLAIM, PAID + 2 * CLAIM, 9, vec![]).await.unwrap();
    assert_eq!(claimed.len(), 11);
}

#[tokio::test]
async fn a_restart_drops_claims() {
    let shop = Shop::new().await;
    owed(&shop, 1, 2, 10_000).await;
    let mut first = shop.store.claim_callbacks(PAID + 100, PAID + CLAIM, 9, vec![]).await.unwrap();
    assert_eq!(shop.store.next_callback().await.unwrap(), Some(PAID + CLAIM), "when the claims end");
    let shop = shop.again().await;
    assert_eq!(shop.store.claim_callbacks(PAID + 200, PAID + CLAIM, 9, vec![]).await.unwrap(), []);
    shop.store.drop_claims().await.unwrap();
    assert_eq!(shop.store.next_callback().await.unwrap(), Some(PAID));
    let again = shop.store.claim_callbacks(PAID + 200, PAID + CLAIM, 9, vec![]).await.unwrap();
    first.sort_by_key(|callback| callback.order_id);
    assert_eq!(again, first);
}

#[tokio::test]
async fn attempts_are_counted_and_move_the_next_one() {
    let shop = Shop::new().await;
    owed(&shop, 1, 1, 10_000).await;
    let store = &shop.store;
    assert_eq!(store.next_callback().await.unwrap(), Some(PAID));
    let said = "拒".repeat(1_000).into_bytes();
    for (n, outcome, next_at) in [(1, "timeout", PAID + 15_000), (2, "answer", PAID + 60_000)] {
        let now = PAID + n * 20_000;
        let claimed = store.claim_callbacks(now, now + CLAIM, 1, vec![]).await.unwrap();
        assert_eq!(claimed, [DueCallback { order_id: 1, program_id: 1, attempts: n - 1 }]);
        let failed = AttemptRow { answer: said.clone(), ..attempt(1, now, "till", outcome) };
        store.note_attempt(failed, Some(next_at)).await.unwrap();
        let callback = shop.order(1).await.callback.unwrap();
        assert_eq!((callback.attempts, callback.next_at, callback.delivered_at), (n, Some(next_at), None));
        assert_eq!(store.next_callback().await.unwrap(), Some(next_at));
    }
    assert_eq!(store.claim_callbacks(PAID + 59_999, PAID + CLAIM, 1, vec![]).await.unwrap(), []);
    // The last one of the schedule fails: given up, until somebody sends it again.
    store.note_attempt(attempt(1, PAID + 60_000, "till", "unreachable"), None).await.unwrap();
    assert_eq!(store.next_callback().await.unwrap(), None);
    assert_eq!(store.claim_callbacks(i64::MAX - 1, i64::MAX, 1, vec![]).await.unwrap(), []);
    let now = PAID + 90_000;
    assert_eq!(store.claim_callback(1, now, now + CLAIM).await.unwrap().attempts, 3);
    assert!(matches!(store.claim_callback(1, now, now + CLAIM).await, Err(StoreError::Conflict("callback_busy"))));
    assert_eq!(store.next_callback().await.unwrap(), None, "what was given up comes back by hand alone");
    store.note_attempt(attempt(1, now, "王#1", "answer"), None).await.unwrap();
    store.claim_callback(1, now, now + CLAIM).await.unwrap();
    store.note_attempt(attempt(1, now + 1, "王#1", "delivered"), Some(now + 9)).await.unwrap();
    // An attempt that was on its way hears something else: delivered it stays.
    store.note_attempt(attempt(1, now + 2, "till", "timeout"), Some(now + 60_000)).await.unwrap();
    let callback = shop.order(1).await.callback.unwrap();
    assert_eq!((callback.attempts, callback.next_at, callback.delivered_at), (6, None, Some(now + 1)));
    let delivered = store.claim_callback(1, now, now + CLAIM).await;
    assert!(matches!(delivered, Err(StoreError::Conflict("callback_delivered"))));
    assert!(matches!(store.claim_callback(9, now, now + CLAIM).await, Err(StoreError::NotFound)));
    assert!(matches!(store.note_attempt(attempt(9, 1, "till", "tls"), None).await, Err(StoreError::NotFound)));
    assert_eq!((store.undelivered().await.unwrap(), store.next_callback().await.unwrap()), (0, None));

    let attempts = store.attempts(vec![1, 2]).await.unwrap();
    let outcomes: Vec<(i64, &str)> = attempts.iter().map(|a| (a.nth, a.outcome.as_str())).collect();
    assert_eq!(
        outcomes,
        [(1, "timeout"), (2, "answer"), (3, "unreachable"), (4, "answer"), (5, "delivered"), (6, "timeout")]
    );
    assert_eq!(attempts[0].answer, said[..1024], "so much of an answer is kept");
    let query = JournalQuery { subject: "ticket:1".into(), act: "callback.".into(), ..JournalQuery::default() };
    let acts: Vec<(String, String)> =
        store.journal(query, 10).await.unwrap().into_iter().rev().map(|row| (row.act, row.actor)).collect();
    let acts: Vec<(&str, &str)> = acts.iter().map(|(act, actor)| (act.as_str(), actor.as_str())).collect();
    assert_eq!(
        acts,
        [
            ("callback.given_up", "till"),
            ("callback.sent_again", "王#1"),
            ("callback.sent_again", "王#1"),
            ("callback.delivered", "王#1")
        ]
    );
}

#[tokio::test]
async fn the_timeline_tells_from_opened_to_delivered() {
    let shop = Shop::new().await;
    shop.open("A-1", 1500).await;
    shop.store.order_shown(1, 2_000).await.unwrap();
    shop.store.take_push(push("p", 1500, PAID), |_| {}).await.unwrap();
    shop.store.note_attempt(attempt(1, PAID, "till", "timeout"), Some(PAID + 15_000)).await.unwrap();
    shop.store.note_attempt(attempt(1, PAID + 15_000, "till", "answer"), Some(PAID + 60_000)).await.unwrap();
    shop.store.note_attempt(attempt(1, PAID + 60_000, "王#1", "delivered"), None).await.unwrap();
    let steps = shop.store.timeline(1).await.unwrap();
    let told: Vec<(&str, i64, &str, String)> =
        steps.iter().map(|s| (s.what.as_str(), s.at, s.actor.as_str(), s.facts.join(" "))).collect();
    let told: Vec<(&str, i64, &str, &str)> = told.iter().map(|(a, b, c, d)| (*a, *b, *c, d.as_str())).collect();
    assert_eq!(
        told,
        [
            ("opened", 1_000, "web", "web shop"),
            ("shown", 2_000, "", ""),
            ("received", PAID, "p", "wechat vmq"),
            ("matched", PAID, "phone", "wechat wechat auto"),
            ("paid", PAID, "phone", "wechat"),
            ("attempted", PAID, "till", "timeout"),
            ("attempted", PAID + 15_000, "till", "answer 200"),
            ("delivered", PAID + 60_000, "王#1", "200"),
        ]
    );
    shop.store.open_ticket(NewTicket { request_id: "own".into(), ..ticket(800) }).await.unwrap();
    let own = shop.store.timeline(2).await.unwrap();
    assert_eq!((own.len(), own[0].what.as_str(), own[0].facts.len()), (1, "opened", 0));
}
