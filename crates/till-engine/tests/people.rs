//! People: the session, PINs, approvals, and the journal that names them.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use serde_json::{Value, json};
use shop::guard::{CASHIER, MANAGER, OWNER, ask, guard, guarded, met, sign_in, till};
use shop::{OK, Shop};
use till_engine::api::{ApiError, Code, Event};

async fn journal(shop: &Shop, filter: Value) -> Vec<Value> {
    sign_in(shop, 1, OWNER.1).await;
    let rows = till(shop, json!({"verb": "journal", "filter": filter, "limit": 500})).await.unwrap();
    rows.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_is_an_owner_with_a_pin_and_guards_the_till() {
    let mut shop = Shop::new().await;
    let open = till(&shop, json!({"verb": "session"})).await.unwrap();
    assert_eq!((&open["guarded"], &open["locked"], &open["role"]), (&json!(false), &json!(false), &json!("owner")));
    assert_eq!(open["totals_open"], true);
    let add = |id: &str, name: &str, role: &str, pin: Value| json!({"verb": "add_staff", "request_id": id, "name": name, "role": role, "pin": pin});
    for (role, pin) in [("cashier", json!("1234")), ("manager", json!("1234")), ("owner", json!(null))] {
        let refused = till(&shop, add("a", "甲", role, pin)).await.unwrap_err();
        assert_eq!(refused.code, Code::Conflict, "{role}: {refused}");
    }
    for pin in ["", "123", "1234567890123", "12a4", "１２３４", "12 34"] {
        let refused = till(&shop, add("b", "甲", "owner", json!(pin))).await.unwrap_err();
        assert_eq!((refused.code, &refused.details.unwrap()["field"]), (Code::Invalid, &json!("pin")), "{pin}");
    }
    for name in ["", "   ", "甲#1", "a\nb", "一二三四五六七八九十一二三四五六七八九十一"] {
        let refused = till(&shop, add("c", name, "owner", json!("246810"))).await.unwrap_err();
        assert_eq!((refused.code, &refused.details.unwrap()["field"]), (Code::Invalid, &json!("name")), "{name}");
    }
    let people = till(&shop, add("d", " 老板 ", "owner", json!("246810"))).await.unwrap();
    assert_eq!((&people[0]["name"], &people[0]["has_pin"]), (&json!("老板"), &json!(true)));
    // They stand before it: signed in, the figures covered.
    let session = till(&shop, json!({"verb": "session"})).await.unwrap();
    assert_eq!((&session["staff"]["name"], &session["totals_open"]), (&json!("老板"), &json!(false)));
    // A repeat adds nobody; a second one of that name is refused.
    assert_eq!(till(&shop, add("d", "老板", "owner", json!("246810"))).await.unwrap().as_array().unwrap().len(), 1);
    assert_eq!(till(&shop, add("e", "老板", "cashier", json!(null))).await.unwrap_err().code, Code::Conflict);
    let told = async {
        loop {
            if matches!(shop.events.recv().await.unwrap(), Event::SessionChanged {}) {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), told).await.expect("the screens are told");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_with_a_pin_always_remains() {
    let shop = guarded().await;
    let change = |id: i64, more: Value| {
        let mut change =
            json!({"verb": "update_staff", "staff_id": id, "name": null, "role": null, "pin": null, "left": null});
        for (key, value) in more.as_object().unwrap() {
            change[key] = value.clone();
        }
        change
    };
    let act = async |n: &str, mut request: Value| {
        request["request_id"] = json!(n);
        till(&shop, request).await
    };
    for more in [json!({"role": "manager"}), json!({"role": "cashier"}), json!({"left": true})] {
        assert_eq!(act("no", change(1, more)).await.unwrap_err().code, Code::Conflict);
    }
    assert_eq!(act("no", change(1, json!({"pin": ""}))).await.unwrap_err().code, Code::Invalid);
    assert_eq!(act("no", change(9, json!({"left": true}))).await.unwrap_err().code, Code::NotFound);
    // An owner without a PIN is not enough.
    act("o2", json!({"verb": "add_staff", "name": "二老板", "role": "owner", "pin": null})).await.unwrap();
    assert_eq!(act("no", change(1, json!({"left": true}))).await.unwrap_err().code, Code::Conflict);
    act("o2-pin", change(4, json!({"pin": "777777"}))).await.unwrap();
    // Now the first may leave, and is signed out at once.
    act("bye", change(1, json!({"left": true}))).await.unwrap();
    assert_eq!(till(&shop, json!({"verb": "session"})).await.unwrap()["locked"], true);
    let gone = till(&shop, json!({"verb": "sign_in", "staff_id": 1, "pin": OWNER.1})).await.unwrap_err();
    assert_eq!(gone.code, Code::WrongPin);
    sign_in(&shop, 4, "777777").await;
    assert_eq!(act("no", change(4, json!({"role": "cashier"}))).await.unwrap_err().code, Code::Conflict);
    // A name is free again once its bearer left, and then the bearer cannot come back under it.
    act("new", json!({"verb": "add_staff", "name": OWNER.0, "role": "cashier", "pin": null})).await.unwrap();
    assert_eq!(act("back", change(1, json!({"left": false}))).await.unwrap_err().code, Code::Conflict);
    act("back-2", change(1, json!({"left": false, "name": "老老板"}))).await.unwrap();
    let nopin = till(&shop, json!({"verb": "sign_in", "staff_id": 5, "pin": "1234"})).await.unwrap_err();
    assert_eq!(nopin.code, Code::Conflict, "no PIN yet: {nopin}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_name_their_person_and_money_arrives_while_locked() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    guard(&shop).await;
    sign_in(&shop, 3, CASHIER.1).await;
    let sale = json!({"verb": "ring_up", "request_id": "s1", "sale": {"lines": [{"price_fen": 1500}]}});
    let ticket = till(&shop, sale).await.unwrap();
    till(&shop, json!({"verb": "lock"})).await.unwrap();
    let refused = till(&shop, json!({"verb": "ticket", "ticket_id": ticket["id"]})).await.unwrap_err();
    assert_eq!(refused.code, Code::Locked);
    shop.pass(5_000);
    assert_eq!(shop.vmq(&phone, "1", "15.00", shop.now()).await, OK);
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "paid");
    let rows = journal(&shop, json!({"subject": format!("ticket:{}", ticket["id"])})).await;
    let who: Vec<_> = rows.iter().map(|r| (r["act"].as_str().unwrap(), r["actor"].as_str().unwrap())).collect();
    assert_eq!(who, [("ticket.paid", "phone"), ("ticket.opened", "小王#3")]);
    // After a restart nobody is signed in, and money arrives all the same.
    let ticket = till(&shop, json!({"verb": "ring_up", "request_id": "s2", "sale": {"lines": [{"price_fen": 900}]}}));
    let ticket = ticket.await.unwrap();
    let shop = shop.reopen().await;
    assert_eq!(till(&shop, json!({"verb": "session"})).await.unwrap()["locked"], true);
    assert_eq!(till(&shop, json!({"verb": "waiting"})).await.unwrap_err().code, Code::Locked);
    assert_eq!(shop.vmq(&phone, "1", "9.00", shop.now()).await, OK);
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pins_lock_their_person_longer_each_time() {
    let shop = guarded().await;
    let guess = async |shop: &Shop, id: i64, pin: &str| {
        till(shop, json!({"verb": "sign_in", "staff_id": id, "pin": pin})).await
    };
    // An unknown person and a wrong PIN are answered alike.
    let (unknown, wrong) = (guess(&shop, 99, "0000").await.unwrap_err(), guess(&shop, 3, "0000").await.unwrap_err());
    assert_eq!((unknown.code, &unknown.message, &unknown.details), (wrong.code, &wrong.message, &wrong.details));
    assert_eq!(wrong.details.unwrap()["tries_left"], 4);
    for left in [3, 2, 1] {
        assert_eq!(guess(&shop, 3, "1235").await.unwrap_err().details.unwrap()["tries_left"], left);
    }
    let fifth = guess(&shop, 3, "not a pin at all").await.unwrap_err();
    assert_eq!(fifth.details.unwrap()["locked_until"], shop.now() + 60_000);
    // The right one does not open it now, not after a restart either; the others may sign in.
    assert_eq!(guess(&shop, 3, CASHIER.1).await.unwrap_err().code, Code::WrongPin);
    let shop = shop.reopen().await;
    let locked = guess(&shop, 3, CASHIER.1).await.unwrap_err();
    assert_eq!((locked.code, &locked.details.unwrap()["locked_until"]), (Code::WrongPin, &json!(shop.now() + 60_000)));
    let session = sign_in(&shop, 2, MANAGER.1).await;
    assert_eq!(session["people"][2]["locked_until"], shop.now() + 60_000);
    shop.pass(59_999);
    assert_eq!(guess(&shop, 3, CASHIER.1).await.unwrap_err().code, Code::WrongPin);
    shop.pass(1);
    // One more wrong one waits twice as long.
    let sixth = guess(&shop, 3, "9999").await.unwrap_err();
    assert_eq!(sixth.details.unwrap()["locked_until"], shop.now() + 120_000);
    shop.pass(120_000);
    assert_eq!(sign_in(&shop, 3, CASHIER.1).await["staff"]["id"], 3);
    // A right one starts the count anew.
    assert_eq!(guess(&shop, 3, "9999").await.unwrap_err().details.unwrap()["tries_left"], 4);
    let rows = journal(&shop, json!({"act": "staff.pin_wrong", "subject": "staff:3"})).await;
    assert_eq!(rows.len(), 7);
    let all = journal(&shop, json!({})).await;
    for pin in [OWNER.1, MANAGER.1, "9999", "not a pin", "argon2"] {
        assert!(!all.iter().any(|row| row.to_string().contains(pin)), "{pin} is in the journal");
    }
    assert!(!format!("{:?}", till_engine::api::Secret("1234".into())).contains("1234"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_are_many_guesses() {
    let shop = std::sync::Arc::new(guarded().await);
    let mut guesses = tokio::task::JoinSet::new();
    for n in 0..24 {
        let shop = shop.clone();
        guesses.spawn(async move {
            till(&shop, json!({"verb": "sign_in", "staff_id": 2, "pin": format!("{:06}", n)})).await.unwrap_err()
        });
    }
    let answers = guesses.join_all().await;
    assert!(answers.iter().all(|e| e.code == Code::WrongPin));
    // Five were looked at; the others found the door shut.
    let rows = journal(&shop, json!({"act": "staff.pin_wrong"})).await;
    assert_eq!(rows.len(), 5);
    let right = till(&shop, json!({"verb": "sign_in", "staff_id": 2, "pin": MANAGER.1})).await.unwrap_err();
    assert!(right.details.unwrap()["locked_until"].is_number());
}

fn mark(id: &str, item: i64) -> Value {
    json!({"verb": "mark_item", "request_id": id, "item_id": item, "mark": "private", "note": "朋友还钱"})
}

/// A guarded shop with money in the inbox: items 1 to 3. A cashier is signed in.
async fn with_money() -> Shop {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    for (n, price) in ["77.00", "78.00", "79.00"].iter().enumerate() {
        assert_eq!(shop.vmq(&phone, "1", price, shop.now() + n as i64).await, OK);
    }
    guard(&shop).await;
    sign_in(&shop, 3, CASHIER.1).await;
    shop
}

async fn approve(shop: &Shop, door: &str, id: &str, staff: i64, pin: &str) -> Result<Value, ApiError> {
    ask(shop, door, json!({"verb": "approve", "for_request_id": id, "staff_id": staff, "pin": pin})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_for_one_request_once_and_not_for_long() {
    let shop = with_money().await;
    let code = async |request: Value| till(&shop, request).await.map(drop).map_err(|e| e.code);
    assert_eq!(code(mark("r1", 1)).await, Err(Code::NeedsApproval));
    // A cashier approves nothing; a wrong PIN neither.
    let refused = approve(&shop, "till", "r1", 3, CASHIER.1).await.unwrap_err();
    assert_eq!((refused.code, refused.details), (Code::NeedsApproval, Some(json!({"role": "manager"}))));
    assert_eq!(approve(&shop, "till", "r1", 2, "0000").await.unwrap_err().code, Code::WrongPin);
    assert_eq!(code(mark("r1", 1)).await, Err(Code::NeedsApproval));
    let approved = approve(&shop, "till", "r1", 2, MANAGER.1).await.unwrap();
    assert_eq!((&approved["by"], &approved["until"]), (&json!("店长#2"), &json!(shop.now() + 120_000)));
    // Not another request, not the same id with other words, not through another door, not for somebody else.
    assert_eq!(code(mark("r2", 1)).await, Err(Code::NeedsApproval));
    assert_eq!(code(mark("r1", 2)).await, Err(Code::NeedsApproval));
    assert_eq!(ask(&shop, "cli", mark("r1", 1)).await.unwrap_err().code, Code::NeedsApproval);
    assert_eq!(code(mark("r1", 1)).await, Ok(()));
    // Done: the same again is answered as at first, and nothing else is allowed by it.
    assert_eq!(code(mark("r1", 1)).await, Ok(()));
    assert_eq!(code(mark("r1", 3)).await, Err(Code::NeedsApproval));

    // It runs out.
    assert_eq!(code(mark("r3", 2)).await, Err(Code::NeedsApproval));
    approve(&shop, "till", "r3", 2, MANAGER.1).await.unwrap();
    shop.pass(120_000);
    assert_eq!(code(mark("r3", 2)).await, Err(Code::NeedsApproval));
    // A manager is not enough for what the owner must allow.
    let ignore = json!({"verb": "ignore", "request_id": "r4", "item_id": 3, "reason": "测试"});
    assert_eq!(till(&shop, ignore.clone()).await.unwrap_err().details, Some(json!({"role": "owner"})));
    let refused = approve(&shop, "till", "r4", 2, MANAGER.1).await.unwrap_err();
    assert_eq!(refused.details, Some(json!({"role": "owner"})));
    approve(&shop, "till", "r4", 1, OWNER.1).await.unwrap();
    // It is for the person who asked, not for the next one at the till.
    sign_in(&shop, 2, MANAGER.1).await;
    assert_eq!(code(ignore.clone()).await, Err(Code::NeedsApproval));
    sign_in(&shop, 3, CASHIER.1).await;
    assert_eq!(code(ignore).await, Ok(()));

    let rows = journal(&shop, json!({"act": "approval."})).await;
    let used: Vec<_> = rows.iter().filter(|r| r["act"] == "approval.used").collect();
    assert_eq!(used.len(), 2, "{rows:?}");
    assert_eq!((&used[1]["actor"], &used[1]["subject"]), (&json!("小王#3"), &json!("inbox:1")));
    let after: Value = serde_json::from_str(used[1]["after"].as_str().unwrap()).unwrap();
    assert_eq!((&after["approved_by"], &after["request"]), (&json!("店长#2"), &json!("r1")));
    let item = till(&shop, json!({"verb": "inbox_item", "item_id": 1})).await.unwrap();
    let acts: Vec<_> = item["trail"].as_array().unwrap().iter().map(|t| t["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["inbox.arrived", "inbox.marked", "approval.used"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_asks_first_and_is_approved_once() {
    let shop = with_money().await;
    // Locked or not, the command line sells and looks; more it may only with an approval.
    till(&shop, json!({"verb": "lock"})).await.unwrap();
    assert!(ask(&shop, "cli", json!({"verb": "waiting"})).await.is_ok());
    approve(&shop, "cli", "c1", 2, MANAGER.1).await.unwrap();
    ask(&shop, "cli", mark("c1", 1)).await.unwrap();
    assert_eq!(ask(&shop, "cli", mark("c1", 2)).await.unwrap_err().code, Code::NeedsApproval);
    // A bulk is one act, whatever it is made of.
    let bulk = json!({"verb": "inbox_bulk", "request_id": "c2", "item_ids": [2, 3], "act": {"act": "ignore", "reason": "测试"}});
    assert_eq!(ask(&shop, "cli", bulk.clone()).await.unwrap_err().details, Some(json!({"role": "owner"})));
    approve(&shop, "cli", "c2", 1, OWNER.1).await.unwrap();
    let done = ask(&shop, "cli", bulk).await.unwrap();
    assert!(done.as_array().unwrap().iter().all(|r| r["done"] == true), "{done}");
    let used = journal(&shop, json!({"act": "approval.used"})).await;
    assert_eq!(used.len(), 2);
    assert_eq!((&used[0]["actor"], &used[0]["subject"]), (&json!("cli"), &json!("request:c2")));
    // People sign in at the window only.
    let refused = ask(&shop, "cli", json!({"verb": "sign_in", "staff_id": 1, "pin": OWNER.1})).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_covered_until_a_pin() {
    let shop = guarded().await;
    let exports = json!({"verb": "exports", "limit": 1});
    let reveal = async |door: &str, pin: &str| ask(&shop, door, json!({"verb": "reveal", "pin": pin})).await;
    let covered = async |door: &str| met(&ask(&shop, door, exports.clone()).await).0 == "approval";
    assert!(covered("till").await, "the owner too");
    assert_eq!(reveal("till", MANAGER.1).await.unwrap_err().code, Code::WrongPin, "the own PIN only");
    let session = reveal("till", OWNER.1).await.unwrap();
    assert_eq!((&session["totals_open"], &session["totals_until"]), (&json!(true), &json!(shop.now() + 120_000)));
    assert!(!covered("till").await && covered("cli").await, "at this door only");
    till(&shop, json!({"verb": "cover"})).await.unwrap();
    assert!(covered("till").await);
    reveal("till", OWNER.1).await.unwrap();
    shop.pass(120_000);
    assert!(covered("till").await, "for a while only");
    // A manager's or the owner's PIN uncovers them for a cashier; the rank of the PIN is the rank of the look.
    sign_in(&shop, 3, CASHIER.1).await;
    assert_eq!(reveal("till", CASHIER.1).await.unwrap_err().code, Code::WrongPin);
    reveal("till", MANAGER.1).await.unwrap();
    assert!(!covered("till").await);
    let look = async |verb: Value| met(&till(&shop, verb).await).0;
    assert_eq!(look(json!({"verb": "z_reports", "limit": 1})).await, "in");
    assert_eq!(look(json!({"verb": "journal", "filter": {}, "limit": 1})).await, "approval");
    reveal("till", OWNER.1).await.unwrap();
    assert_eq!(look(json!({"verb": "journal", "filter": {}, "limit": 1})).await, "in");
    // Whoever comes next finds them covered.
    sign_in(&shop, 3, CASHIER.1).await;
    assert!(covered("till").await);
    // One wrong PIN counted against both who could have been meant; the right one gave the other theirs back.
    let rows = journal(&shop, json!({"act": "staff.pin_wrong", "actor": "小王#3"})).await;
    assert_eq!(rows.len(), 2);
    till(&shop, json!({"verb": "lock"})).await.unwrap();
    assert_eq!(reveal("till", MANAGER.1).await.unwrap_err().code, Code::Locked);
    reveal("cli", MANAGER.1).await.unwrap();
    let wrong = json!({"verb": "sign_in", "staff_id": 1, "pin": "0000"});
    assert_eq!(till(&shop, wrong).await.unwrap_err().details.unwrap()["tries_left"], 4, "it was nobody's wrong PIN");
    sign_in(&shop, 1, OWNER.1).await;
    for left in [4, 3, 2, 1] {
        assert_eq!(reveal("cli", "0000").await.unwrap_err().details.unwrap()["tries_left"], left);
    }
    assert!(reveal("cli", "0000").await.unwrap_err().details.unwrap()["locked_until"].is_number());
    assert_eq!(reveal("cli", OWNER.1).await.unwrap_err().code, Code::WrongPin, "guessing locks them all");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_till_locks_itself() {
    let mut shop = guarded().await;
    let mut settings = till(&shop, json!({"verb": "settings"})).await.unwrap();
    settings["auto_lock_ms"] = json!(60_000);
    till(&shop, json!({"verb": "save_settings", "request_id": "set", "settings": settings})).await.unwrap();
    let price = json!({"verb": "price_sale", "sale": {"lines": [{"price_fen": 100}]}});
    let locked = async |shop: &Shop| till(shop, json!({"verb": "session"})).await.unwrap()["locked"] == true;
    for _ in 0..5 {
        shop.pass(59_999);
        till(&shop, price.clone()).await.unwrap();
    }
    // What screens ask for by themselves keeps nobody signed in.
    let polls = [
        json!({"verb": "health"}),
        json!({"verb": "waiting"}),
        json!({"verb": "today"}),
        json!({"verb": "inbox", "filter": "open", "limit": 50}),
        json!({"verb": "tickets", "status": null, "limit": 5}),
        json!({"verb": "session"}),
    ];
    for _ in 0..5 {
        shop.pass(10_000);
        for poll in &polls {
            till(&shop, poll.clone()).await.unwrap();
        }
    }
    while shop.events.try_recv().is_ok() {}
    shop.pass(9_999);
    assert!(!locked(&shop).await);
    shop.pass(1);
    assert_eq!(till(&shop, price.clone()).await.unwrap_err().code, Code::Locked);
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), async {
        while !matches!(shop.events.recv().await.unwrap(), Event::SessionChanged {}) {}
    });
    told.await.expect("the screens are told");
    // Nobody asks anything: it locks all the same, and says so.
    sign_in(&shop, 3, CASHIER.1).await;
    while shop.events.try_recv().is_ok() {}
    shop.pass(60_000);
    let told = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while !matches!(shop.events.recv().await.unwrap(), Event::SessionChanged {}) {}
    });
    told.await.expect("the till locks by itself");
    assert!(locked(&shop).await);
    let rows = journal(&shop, json!({"act": "staff.signed_out", "actor": "小王#3"})).await;
    assert_eq!((rows.len(), rows[0]["after"].as_str()), (1, Some(r#"{"idle":true}"#)));
    // Zero: never.
    let mut settings = till(&shop, json!({"verb": "settings"})).await.unwrap();
    settings["auto_lock_ms"] = json!(0);
    till(&shop, json!({"verb": "save_settings", "request_id": "set-2", "settings": settings})).await.unwrap();
    shop.pass(30 * 86_400_000);
    assert!(!locked(&shop).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_read_in_pages_and_a_changed_row_is_found() {
    let shop = guarded().await;
    for n in 0..30 {
        let sale = json!({"verb": "sell_cash", "request_id": format!("s{n}"), "sale": {"lines": [{"price_fen": 100 + n}]}, "tendered_fen": null});
        till(&shop, sale).await.unwrap();
        shop.pass(1_000);
    }
    let page = async |filter: Value, limit: u32| {
        let rows = till(&shop, json!({"verb": "journal", "filter": filter, "limit": limit})).await.unwrap();
        rows.as_array().unwrap().clone()
    };
    let seqs = |rows: &[Value]| rows.iter().map(|r| r["seq"].as_i64().unwrap()).collect::<Vec<_>>();
    let all = page(json!({}), 500).await;
    assert_eq!(seqs(&all), (1..=all.len() as i64).rev().collect::<Vec<_>>());
    let (mut paged, mut before) = (Vec::new(), Value::Null);
    loop {
        let rows = page(json!({"before_seq": before}), 7).await;
        let Some(last) = rows.last() else { break };
        before = last["seq"].clone();
        paged.extend(rows);
    }
    assert_eq!(paged, all);
    // The limit has its own limits.
    assert_eq!(page(json!({}), 0).await.len(), 1);
    let sold = page(json!({"act": "ticket."}), 500).await;
    assert_eq!(sold.len(), 30, "one row for each sale");
    assert_eq!(page(json!({"act": "TICKET."}), 500).await.len(), 0);
    assert_eq!(page(json!({"act": "%"}), 500).await.len(), 0, "text, not a pattern");
    assert_eq!(page(json!({"actor": "老板#1", "act": "ticket."}), 500).await.len(), 30);
    assert_eq!(page(json!({"subject": "ticket:3"}), 500).await.len(), 1);
    assert_eq!(page(json!({"subject": "ticket:3", "act": "staff."}), 500).await.len(), 0);
    let start = shop.now() - 30_000;
    let some = page(json!({"from_at": start + 10_000, "to_at": start + 19_999, "act": "ticket."}), 500).await;
    assert_eq!(some.len(), 10);
    assert_eq!(
        till(&shop, json!({"verb": "check_journal"})).await.unwrap(),
        json!({"intact": true, "rows": all.len(), "broken_seq": null})
    );

    // Somebody with the file in hand changes one letter.
    let broken = sold[10]["seq"].as_i64().unwrap();
    tamper(&shop, "UPDATE journal SET actor = 'x' || substr(actor, 2) WHERE seq = ?1", broken).await;
    let check = till(&shop, json!({"verb": "check_journal"})).await.unwrap();
    assert_eq!(check, json!({"intact": false, "rows": broken - 1, "broken_seq": broken}));
    // Or a byte that is no text, or takes a row out: the first damage is named, and the rest can be looked at.
    tamper(&shop, "UPDATE journal SET after = CAST(x'7bff7d' AS TEXT) WHERE seq = ?1", broken - 5).await;
    let check = till(&shop, json!({"verb": "check_journal"})).await.unwrap();
    assert_eq!(check["broken_seq"], broken - 5);
    assert_eq!(page(json!({}), 500).await.len(), all.len());
    tamper(&shop, "DELETE FROM journal WHERE seq = ?1", broken - 10).await;
    let check = till(&shop, json!({"verb": "check_journal"})).await.unwrap();
    assert_eq!(check["broken_seq"], broken - 9);
}

/// Changes the journal's file with its triggers out of the way.
async fn tamper(shop: &Shop, sql: &'static str, seq: i64) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(shop.dir.path().join("till.db"));
    let mut file = options.connect().await.unwrap();
    for trigger in ["DROP TRIGGER IF EXISTS journal_is_fixed", "DROP TRIGGER IF EXISTS journal_stays"] {
        sqlx::query(trigger).execute(&mut file).await.unwrap();
    }
    assert_eq!(sqlx::query(sql).bind(seq).execute(&mut file).await.unwrap().rows_affected(), 1);
    file.close().await.unwrap();
}
