//! Programs and their orders, through a real file.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod web_shop;

use sqlx::{ConnectOptions, Connection, Row, sqlite::SqliteConnectOptions};
use till_core::ticket::Status;
use till_core::{Channel, Fen};
use till_store::{
    Act, Chain, Depth, End, JournalQuery, NewOrder, Opened, OrderKey, OrderQuery, Stop, Store, StoreError, examine,
};
use web_shop::{COOLDOWN, DAY, EXPIRES, OPENED, Shop, by_hand, done, fen, order, push, ticket};

async fn race(shop: &Shop, asked: impl Fn(usize) -> NewOrder) -> (usize, Vec<i64>) {
    let mut acts = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (store, asked) = (shop.store.clone(), asked(n));
        acts.spawn(async move { store.open_order(ticket(1500), asked).await.unwrap() });
    }
    let (mut new, mut ids) = (0, Vec::new());
    for opened in acts.join_all().await {
        match opened {
            Opened::New(full, order) => {
                assert_eq!(full.ticket.id, order.id);
                (new, ids) = (new + 1, [ids, vec![order.id]].concat());
            }
            Opened::Exists(order) => ids.push(order.id),
        }
    }
    ids.dedup();
    (new, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_orders_at_once_are_one() {
    let shop = Shop::new().await;
    // Each try comes with numbers of ours of its own: only the program's says that it is the same.
    let asked = |n| NewOrder { order_no: format!("no-{n}"), token: format!("{n:->32}"), ..order("A-1") };
    assert_eq!(race(&shop, asked).await, (1, vec![1]));
    // The same number with other words is the same number.
    let other = |n| NewOrder { digest: vec![n as u8], asked: format!("[{n}]"), ..asked(n + 10) };
    assert_eq!(race(&shop, other).await, (0, vec![1]));
    assert_eq!(shop.order(1).await.digest, [1, 2, 3], "the first one's words stay");
    // An idempotency key says it, too, whatever number comes with it.
    let keyed = |n: usize| NewOrder {
        idem_key: Some("once".into()),
        out_no: format!("B-{n}"),
        order_no: format!("b-{n}"),
        token: format!("b{n:->32}"),
        ..order("")
    };
    assert_eq!(race(&shop, keyed).await, (1, vec![2]));
    assert_eq!(shop.number("SELECT count(*) FROM ticket").await, 2);
    assert_eq!(shop.number("SELECT count(*) FROM hold").await, 4);
    assert_eq!(shop.number("SELECT count(*) FROM journal WHERE act = 'ticket.opened'").await, 2);
    assert_eq!(shop.number("SELECT count(*) FROM request WHERE verb = 'ring_up'").await, 0);
    assert!(matches!(shop.store.check_journal().await.unwrap(), Chain::Intact { .. }));
}

#[tokio::test]
async fn many_orders_of_web_shops_do_not_hide_what_the_cashier_rang_up() {
    let shop = Shop::new().await;
    for n in 0..1_001 {
        shop.open(&format!("N{n}"), 1_000 + 100 * n).await;
    }
    let mine = till_store::NewTicket { request_id: "mine".into(), ..ticket(150) };
    let mine = done(shop.store.open_ticket(mine).await.unwrap()).ticket.id;
    let waiting: Vec<i64> = shop.store.waiting().await.unwrap().iter().map(|t| t.ticket.id).collect();
    assert_eq!((waiting.len(), waiting.last()), (1_000, Some(&mine)));
    assert!(waiting.is_sorted());
}

#[tokio::test]
async fn another_program_has_numbers_and_keys_of_its_own() {
    let shop = Shop::new().await;
    let second = shop.program("erp").await;
    let keyed = NewOrder { idem_key: Some("k".into()), ..order("A-1") };
    assert!(matches!(shop.store.open_order(ticket(1500), keyed.clone()).await.unwrap(), Opened::New(..)));
    let theirs = NewOrder { program_id: second, order_no: "x".into(), token: "x".repeat(32), ..keyed };
    let Opened::New(full, theirs) = shop.store.open_order(ticket(1500), theirs).await.unwrap() else {
        panic!("another program's number")
    };
    assert_eq!((theirs.program_id, theirs.due), (second, fen(1499)), "the amounts are everybody's");
    assert_eq!((full.ticket.program_id, full.ticket.counter), (Some(second), false));
    let same = shop.store.order(OrderKey::OutNo(second, "A-1".into())).await.unwrap();
    assert_eq!(same.id, 2);
}

#[tokio::test]
async fn an_order_reads_the_same_by_every_name_now_and_later() {
    let shop = Shop::new().await;
    let asked = NewOrder {
        channels: vec![Channel::Alipay],
        channel: Some(Channel::Alipay),
        buyer: "a@example.com".into(),
        return_url: "https://shop.example.com/back".into(),
        title: "'; DROP TABLE ticket; --<script>".into(),
        counter: true,
        ..order("A-1")
    };
    let Opened::New(full, fresh) = shop.store.open_order(ticket(1500), asked.clone()).await.unwrap() else {
        panic!("it is new")
    };
    assert!(full.ticket.counter);
    assert_eq!(fresh.offers.len(), 1);
    assert_eq!((fresh.offers[0].channel, fresh.offers[0].payload.as_str()), (Channel::Alipay, "alipay://test"));
    for key in [
        OrderKey::Id(1),
        OrderKey::OrderNo(asked.order_no.clone()),
        OrderKey::Token(asked.token.clone()),
        OrderKey::OutNo(1, "A-1".into()),
    ] {
        assert_eq!(shop.store.order(key).await.unwrap(), *fresh);
    }
    for key in [
        OrderKey::Id(2),
        OrderKey::OrderNo(String::new()),
        OrderKey::Token("%".into()),
        OrderKey::OutNo(2, "A-1".into()),
    ] {
        assert!(matches!(shop.store.order(key).await, Err(StoreError::NotFound)));
    }
    done(shop.store.settle_by_hand(by_hand(1, Channel::Cash, 5_000)).await.unwrap());
    let paid = shop.order(1).await;
    assert_eq!((paid.status, paid.paid, paid.ended_at), (Status::Paid, Some((5_000, Channel::Cash)), Some(5_000)));
    assert_eq!(paid.offers, fresh.offers, "its codes can still be named");
}

#[tokio::test]
async fn an_order_is_offered_on_its_channels_only_or_refused() {
    let shop = Shop::new().await;
    let bank = NewOrder { channels: vec![Channel::Bank], ..order("A-1") };
    assert!(matches!(shop.store.open_order(ticket(1500), bank).await, Err(StoreError::Pick(_))));
    assert_eq!(shop.number("SELECT count(*) FROM program_order").await, 0);
    let alipay = |no: &str| NewOrder { channels: vec![Channel::Alipay], ..order(no) };
    shop.store.open_order(ticket(1500), alipay("A-1")).await.unwrap();
    // The amount is taken on Alipay alone; WeChat may still wait for it.
    let wechat = NewOrder { channels: vec![Channel::Wechat], ..order("A-2") };
    let Opened::New(_, second) = shop.store.open_order(ticket(1500), wechat).await.unwrap() else { panic!("new") };
    assert_eq!(second.due, fen(1500));
    let Opened::New(_, third) = shop.store.open_order(ticket(1500), alipay("A-3")).await.unwrap() else {
        panic!("new")
    };
    assert_eq!((third.due, third.price), (fen(1499), fen(1500)));
}

#[tokio::test]
async fn a_refused_order_can_be_asked_again() {
    let shop = Shop::new().await;
    let exact = || till_store::NewTicket { tail_max: Fen::ZERO, ..ticket(1500) };
    shop.store.open_order(exact(), order("A-1")).await.unwrap();
    assert!(matches!(shop.store.open_order(exact(), order("A-2")).await, Err(StoreError::Pick(_))));
    let again = shop.store.open_order(ticket(1400), order("A-2")).await.unwrap();
    assert!(matches!(again, Opened::New(..)), "a refusal uses up no number");
}

#[tokio::test]
async fn orders_are_listed_newest_first_page_by_page() {
    let shop = Shop::new().await;
    shop.program("erp").await;
    for n in 1..=20_i64 {
        let program_id = 1 + n % 2;
        let asked = NewOrder { program_id, ..order(&format!("A-{n}")) };
        shop.store.open_order(ticket(n * 10_000), asked).await.unwrap();
    }
    for id in [3, 4, 9, 10] {
        shop.paid(id, 5_000).await;
    }
    for (id, request_id) in [(5, "c5".to_owned()), (6, "c6".to_owned())] {
        let end = End { request_id, actor: "web".into(), at: 6_000, ticket_id: id, cool_until: 7_000 };
        shop.store.cancel(end).await.unwrap();
    }
    // What the till rings up itself is no order.
    shop.store.open_ticket(till_store::NewTicket { request_id: "own".into(), ..ticket(77_700) }).await.unwrap();
    let list = async |query: OrderQuery, limit| -> Vec<i64> {
        shop.store.orders(query, limit).await.unwrap().into_iter().map(|order| order.id).collect()
    };
    let all = OrderQuery::default;
    let of = |program_id| OrderQuery { program_id: Some(program_id), ..all() };
    let with = |status| OrderQuery { status: Some(status), ..all() };
    assert_eq!(list(all(), 3).await, [20, 19, 18]);
    assert_eq!(list(OrderQuery { before_id: Some(18), ..all() }, 2).await, [17, 16]);
    assert_eq!(list(of(1), 3).await, [20, 18, 16]);
    assert_eq!(list(OrderQuery { before_id: Some(4), ..of(2) }, 9).await, [3, 1]);
    assert_eq!(list(with(Status::Paid), 9).await, [10, 9, 4, 3]);
    assert_eq!(list(with(Status::Open), 3).await, [20, 19, 18]);
    assert_eq!(list(OrderQuery { before_id: Some(8), ..with(Status::Open) }, 3).await, [7, 2, 1]);
    assert_eq!(list(OrderQuery { status: Some(Status::Cancelled), ..of(1) }, 9).await, [6]);
    assert_eq!(list(OrderQuery { status: Some(Status::Open), ..of(1) }, 3).await, [20, 18, 16]);
    assert_eq!(list(OrderQuery { status: Some(Status::Paid), before_id: Some(9), ..of(2) }, 9).await, [3]);
    let told = |query| OrderQuery { undelivered: true, ..query };
    assert_eq!(list(told(all()), 3).await, [10, 9, 4]);
    assert_eq!(list(told(OrderQuery { before_id: Some(9), ..of(1) }), 9).await, [4]);
    assert_eq!(list(told(with(Status::Paid)), 9).await, [10, 9, 4, 3]);
    assert_eq!(list(told(OrderQuery { status: Some(Status::Open), ..of(1) }), 9).await, [0; 0]);
    let loads = shop.store.program_loads(OPENED).await.unwrap();
    assert_eq!(
        loads.iter().map(|l| (l.program_id, l.orders, l.undelivered)).collect::<Vec<_>>(),
        [(1, 10, 2), (2, 10, 2)]
    );
    let later = shop.store.program_loads(OPENED + 1).await.unwrap();
    assert_eq!(later.iter().map(|l| l.orders).sum::<i64>(), 0);
}

#[tokio::test]
async fn a_program_is_added_changed_and_ended_once_each() {
    let shop = Shop::new().await;
    let store = &shop.store;
    assert!(matches!(store.add_program("web", "v1", "web", "{}".into(), 1, "x").await.unwrap(), Act::Repeat(1)));
    let taken = store.add_program("other", "v1", "web", "{}".into(), 1, "x").await;
    assert!(matches!(taken, Err(StoreError::Conflict("key_id_taken"))));
    assert!(store.add_program("bad", "v1", "bad", "not json".into(), 1, "x").await.is_err());
    assert!(store.add_program("bad", "soap", "bad", "{}".into(), 1, "x").await.is_err());
    for _ in 0..2 {
        store.update_program("change", 1, r#"{"name":"新店"}"#.into(), 2, "王#1").await.unwrap();
        store.end_program_key("renew", 1, false, 3, "王#1").await.unwrap();
    }
    store.program_used(1, 10_000, "10.0.0.1").await.unwrap();
    store.program_used(1, 10_500, "10.0.0.2").await.unwrap();
    store.program_used(1, 9_000, "10.0.0.3").await.unwrap();
    let program = store.programs().await.unwrap().remove(0);
    assert_eq!((program.last_used_at, program.last_address.as_str()), (Some(10_000), "10.0.0.1"));
    assert_eq!((program.settings.as_str(), program.revoked_at), (r#"{"name":"新店"}"#, None));
    shop.open("A-1", 1500).await;
    for _ in 0..2 {
        store.end_program_key("revoke", 1, true, 4, "王#1").await.unwrap();
    }
    for refused in [
        store.end_program_key("again", 1, true, 5, "王#1").await,
        store.end_program_key("renew again", 1, false, 5, "王#1").await,
        store.update_program("late", 1, "{}".into(), 5, "王#1").await,
        store.open_order(ticket(1500), order("A-2")).await.map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::Conflict("program_revoked"))), "{refused:?}");
    }
    assert!(matches!(store.update_program("none", 9, "{}".into(), 5, "x").await, Err(StoreError::NotFound)));
    let unknown = NewOrder { program_id: 9, ..order("A-3") };
    assert!(matches!(store.open_order(ticket(1500), unknown).await, Err(StoreError::NotFound)));
    assert!(matches!(store.open_order(ticket(1500), order("A-1")).await.unwrap(), Opened::Exists(_)));
    let query = JournalQuery { subject: "program:1".into(), ..JournalQuery::default() };
    let acts: Vec<String> = store.journal(query, 10).await.unwrap().into_iter().map(|row| row.act).collect();
    assert_eq!(acts, ["program.revoked", "program.renewed", "program.changed", "program.added"]);
    shop.paid(1, 5_000).await;
    assert!(shop.order(1).await.callback.is_some(), "what waits stays payable, and is told");
}

#[tokio::test]
async fn the_file_refuses_to_change_what_was_asked_and_said() {
    let shop = Shop::new().await;
    shop.open("A-1", 1500).await;
    shop.open("A-2", 1600).await;
    shop.store.order_shown(1, 2_000).await.unwrap();
    shop.paid(1, 5_000).await;
    let attempt = till_store::AttemptRow {
        order_id: 1,
        nth: 0,
        at: 6_000,
        actor: "till".into(),
        outcome: "delivered".into(),
        status: Some(200),
        duration_ms: 5,
        answer: b"success".to_vec(),
        cause: String::new(),
    };
    shop.store.note_attempt(attempt, None).await.unwrap();
    shop.store.end_program_key("revoke", 1, true, 4, "王#1").await.unwrap();
    let mut db = shop.raw().await;
    for (sql, cause) in [
        ("DELETE FROM program", "never deleted"),
        ("UPDATE program SET key_id = 'x'", "keeps its protocol"),
        ("UPDATE program SET revoked_at = NULL", "stays so"),
        ("UPDATE ticket SET program_id = NULL WHERE id = 1", "keeps its program"),
        ("UPDATE ticket SET counter = 1 WHERE id = 1", "keeps its program"),
        ("DELETE FROM program_order", "never deleted"),
        ("UPDATE program_order SET notify_url = 'https://evil.example' WHERE id = 2", "keeps what was asked"),
        ("UPDATE program_order SET digest = x'00' WHERE id = 2", "keeps what was asked"),
        ("UPDATE program_order SET idem_key = 'x' WHERE id = 2", "keeps what was asked"),
        ("UPDATE program_order SET shown_at = 1 WHERE id = 1", "seen once"),
        ("DELETE FROM callback", "never deleted"),
        ("UPDATE callback SET order_id = 2", "keeps its order"),
        ("UPDATE callback SET attempts = 0", "keeps its order"),
        ("UPDATE callback SET delivered_at = NULL", "delivered once"),
        ("UPDATE callback SET delivered_at = 7000", "delivered once"),
        ("UPDATE callback SET next_at = 1", "CHECK"),
        ("INSERT INTO callback (order_id, program_id, created_at) VALUES (1, 1, 1)", "UNIQUE"),
        ("DELETE FROM callback_attempt", "append-only"),
        ("UPDATE callback_attempt SET outcome = 'timeout'", "append-only"),
        (
            "INSERT INTO callback_attempt (order_id, nth, at, actor, outcome, duration_ms, answer)
             VALUES (1, 2, 1, 'till', 'answer', 1, zeroblob(1025))",
            "CHECK",
        ),
        (
            "INSERT INTO program_order (id, program_id, order_no, token, out_no, digest, asked, created_at)
             VALUES (2, 1, 'n', 'short', 'A-3', x'', '{}', 1)",
            "CHECK",
        ),
    ] {
        let refused = sqlx::query(sql).execute(&mut db).await.expect_err(sql).to_string();
        assert!(refused.contains(cause), "{sql}: {refused}");
    }
    let facts = examine(&shop.path(), Depth::Full, &Stop::default()).unwrap();
    assert_eq!((facts.schema, facts.tickets), (till_store::schema(), 2), "a file with orders is sound");
}

#[tokio::test]
async fn an_ended_order_frees_nothing_early() {
    let shop = Shop::new().await;
    let exact = |at| till_store::NewTicket { tail_max: Fen::ZERO, at, expires_at: at + 180_000, ..ticket(1500) };
    shop.store.open_order(exact(OPENED), order("A-1")).await.unwrap();
    let ended = shop.store.sweep(EXPIRES, COOLDOWN).await.unwrap();
    assert_eq!(ended.len(), 1);
    let order_1 = shop.order(1).await;
    assert_eq!((order_1.status, order_1.ended_at), (Status::Expired, Some(EXPIRES)));
    for at in [EXPIRES, EXPIRES + COOLDOWN - 1] {
        shop.store.sweep(at, COOLDOWN).await.unwrap();
        let taken = shop.store.open_order(exact(at), order("A-2")).await;
        assert!(matches!(taken, Err(StoreError::Pick(_))), "{at}");
    }
    let free = shop.store.open_order(exact(EXPIRES + COOLDOWN), order("A-2")).await.unwrap();
    assert!(matches!(free, Opened::New(..)));
    assert_eq!(shop.number("SELECT count(*) FROM callback").await, 0, "nobody is told of an end without money");
}

#[tokio::test]
async fn program_tickets_are_sales_like_others() {
    let shop = Shop::new().await;
    shop.open("A-1", 1500).await;
    shop.store.open_ticket(till_store::NewTicket { request_id: "own".into(), ..ticket(800) }).await.unwrap();
    shop.paid(1, 5_000).await;
    shop.store.take_push(push("p", 800, 5_000), |_| {}).await.unwrap();
    assert_eq!(shop.store.day_sum(DAY).await.unwrap(), (2, 2300));
    let numbers: Vec<i64> = shop.store.tickets(None, 9).await.unwrap().iter().map(|t| t.ticket.number).collect();
    assert_eq!(numbers, [2, 1], "they count in one row with the till's own");
}

#[tokio::test]
async fn seen_once_and_bought_when_paid() {
    let shop = Shop::new().await;
    let asked = |no: &str, buyer: &str| NewOrder { buyer: buyer.into(), ..order(no) };
    shop.store.open_order(ticket(1500), asked("A-1", "a@example.com")).await.unwrap();
    shop.store.open_order(ticket(1600), asked("A-2", "")).await.unwrap();
    for at in [2_000, 3_000] {
        shop.store.order_shown(1, at).await.unwrap();
    }
    shop.store.order_shown(99, 2_000).await.unwrap();
    assert_eq!(shop.order(1).await.shown_at, Some(2_000));
    assert!(!shop.store.bought(1, "会员", "a@example.com").await.unwrap(), "asked for, not paid");
    shop.paid(1, 5_000).await;
    shop.paid(2, 5_000).await;
    assert!(shop.store.bought(1, "会员", "a@example.com").await.unwrap());
    for (program, title, buyer) in
        [(2, "会员", "a@example.com"), (1, "其他", "a@example.com"), (1, "会员", "b"), (1, "会员", "")]
    {
        assert!(!shop.store.bought(program, title, buyer).await.unwrap(), "{program} {title} {buyer}");
    }
}

#[tokio::test]
async fn a_filled_file_of_the_version_before_keeps_all_rows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("till.db");
    let all: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");
    let mut before = sqlx::migrate!("../../migrations");
    before.migrations = all.iter().filter(|m| m.version <= 7).cloned().collect::<Vec<_>>().into();
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(true);
    let mut db = options.connect().await.unwrap();
    before.run_direct(None, &mut db, false).await.unwrap();
    let filled = "INSERT INTO account (channel, label, position, created_at) VALUES ('wechat', 'w', 1, 1);
        INSERT INTO code (account_id, payload, kind, added_at) VALUES (1, 'wxp://x', 'personal', 1);
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
        INSERT INTO ticket (id, number, business_date, status, exception, lines, gross_fen, discount_fen, rounding_fen,
                            tail_fen, due_fen, opened_at, expires_at, ended_at, cool_until, actor)
        SELECT n, n, '2026-11-20', iif(n % 3, 'paid', 'open'), 'none', '[]', n, 0, 0, 0, n, n, n + 9, iif(n % 3, n, NULL),
               iif(n % 3, n, NULL), '王#1' FROM n;
        INSERT INTO hold (ticket_id, account_id, code_id, amount_fen) SELECT id, 1, 1, due_fen FROM ticket WHERE status = 'open';
        INSERT INTO settlement (ticket_id, nth, how, channel, amount_fen, late, at, business_date, actor)
        SELECT id, 1, 'cash', 'cash', due_fen, 0, opened_at, business_date, 'till' FROM ticket WHERE status = 'paid'";
    sqlx::raw_sql(filled).execute(&mut db).await.unwrap();
    let rows = "SELECT group_concat(v, ';') FROM (SELECT id || number || status || due_fen || coalesce(cool_until, '') || staff_id
      || refunded_fen AS v FROM ticket ORDER BY id)";
    let old: String = sqlx::query_scalar(rows).fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();

    let store = Store::open(&path).await.unwrap();
    let mut db = options.connect().await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, String>(rows).fetch_one(&mut db).await.unwrap(), old);
    let counts = "SELECT (SELECT count(*) FROM settlement), (SELECT count(*) FROM hold),
      (SELECT count(*) FROM ticket WHERE program_id IS NULL AND counter = 1)";
    let counts = sqlx::query(counts).fetch_one(&mut db).await.unwrap();
    assert_eq!([0, 1, 2].map(|n| counts.get::<i64, _>(n)), [2000, 1000, 3000]);
    db.close().await.unwrap();
    assert_eq!(store.waiting().await.unwrap().len(), 1000);
    assert!(store.programs().await.unwrap().is_empty());
    store.close().await;
    assert!(examine(&path, Depth::Full, &Stop::default()).is_ok());
    assert_eq!(examine(&dir.path().join("till.db.before-7"), Depth::Full, &Stop::default()).unwrap().schema, 7);
}
