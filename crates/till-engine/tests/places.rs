//! The table of who may do what: every verb, at every door, for everybody.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use serde_json::{Value, json};
use shop::Shop;
use shop::guard::{CASHIER, MANAGER, OWNER, ask, guard, met, sign_in, till};
use till_engine::api::Request;

/// Every verb there is, from the reader of requests itself.
fn verbs() -> Vec<String> {
    let error = serde_json::from_value::<Request>(json!({"verb": "?"})).unwrap_err().to_string();
    let (_, list) = error.split_once("expected one of ").expect("the list of verbs");
    list.split(", ").map(|verb| verb.trim_matches('`').to_owned()).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Needs {
    Nobody,
    Cashier,
    Manager,
    Owner,
    Figures,
}

/// A request of each verb that changes nothing where it is let in, and what it needs. A new verb fails here until it is placed.
fn sample(verb: &str) -> Vec<(Value, Needs)> {
    use Needs::*;
    let span = json!({"span": "today"});
    let sale = json!({"lines": []});
    let one = |needs, more: Value| vec![(more, needs)];
    match verb {
        "session" | "lock" | "cover" | "display" | "display_link" | "health" | "settings" => one(Nobody, json!({})),
        "sign_in" => one(Nobody, json!({"staff_id": 999, "pin": "0000"})),

        "ring_up" | "park" => one(Cashier, json!({"sale": sale})),
        "sell_cash" => one(Cashier, json!({"sale": sale, "tendered_fen": null})),
        "price_sale" => one(Cashier, json!({"sale": sale})),
        "take_cash" => one(Cashier, json!({"ticket_id": 999, "tendered_fen": null})),
        "cancel" | "ring_again" | "ticket" | "timeline" | "not_received" => one(Cashier, json!({"ticket_id": 999})),
        "confirm_by_hand" => one(Cashier, json!({"ticket_id": 999, "channel": "wechat", "reason": "x"})),
        "show" => one(Cashier, json!({"ticket_id": null})),
        "show_cart" => one(Cashier, json!({"sale": null})),
        "waiting" | "today" | "parked" | "items" | "accounts" | "devices" | "rules" | "shift" | "touch" => {
            one(Cashier, json!({}))
        }
        "tickets" => one(Cashier, json!({"status": null, "limit": 1})),
        "unpark" => one(Cashier, json!({"parked_id": 999})),
        "practice_pay" => one(Cashier, json!({"ticket_id": 999, "how": "exact"})),
        "inbox" => one(Cashier, json!({"filter": "open", "limit": 1})),
        "inbox_item" => one(Cashier, json!({"item_id": 999})),
        "accept" => one(Cashier, json!({"item_id": 999, "ticket_id": 999})),
        "open_sale" => one(Cashier, json!({"item_id": 999, "note": ""})),
        "inspect_picture" => one(Cashier, json!({"picture_base64": ""})),
        "inspect_payload" => one(Cashier, json!({"payload": ""})),
        "refused" | "shifts" => one(Cashier, json!({"limit": 1})),
        "read_notice" => one(Cashier, json!({"package": "", "title": "", "text": ""})),
        "open_shift" => one(Cashier, json!({"float_fen": -1})),
        "close_shift" => one(Cashier, json!({"counted": null, "note": "x".repeat(5_000)})),
        "export_job" | "cancel_export" => one(Cashier, json!({"job_id": 999})),
        "approve" => one(Cashier, json!({"for_request_id": "nothing", "staff_id": 999, "pin": "0000"})),
        "reveal" => Vec::new(), // tries everybody's PIN: a test of its own

        "move_cash" => vec![
            (json!({"kind": "in", "amount_fen": 0, "reason": "x"}), Cashier),
            (json!({"kind": "out", "amount_fen": 0, "reason": "x"}), Manager),
        ],
        "inbox_bulk" => vec![
            (json!({"item_ids": [], "act": {"act": "accept"}}), Manager),
            (json!({"item_ids": [], "act": {"act": "open_sale"}}), Manager),
            (json!({"item_ids": [], "act": {"act": "mark", "mark": "private", "note": ""}}), Manager),
            (json!({"item_ids": [], "act": {"act": "ignore", "reason": "x"}}), Owner),
        ],
        "mark_item" => one(Manager, json!({"item_id": 999, "mark": "refund", "note": ""})),
        "save_items" => one(Manager, json!({"items": [{"name": "", "price_fen": 0}]})),
        "refund" => one(
            Manager,
            json!({"ticket_id": 999, "kind": "refund", "channel": "wechat", "amount_fen": 1, "reference": "", "reason": "x"}),
        ),
        "export" => [("sales", Manager), ("receipts", Manager), ("days", Manager), ("journal", Owner)]
            .map(|(table, needs)| {
                let more =
                    json!({"table": table, "preset": "csv", "span": span, "filter": {}, "folder": "/dev/null/x"});
                (more, needs)
            })
            .to_vec(),
        "day_report" => one(Manager, json!({"business_date": "never"})),
        "close_day" => one(Manager, json!({"business_date": "never", "counted": null, "note": ""})),
        "z_reports" | "statements" => one(Manager, json!({"limit": 1})),
        "z_report" => one(Manager, json!({"number": 999})),
        "import_statement" => {
            one(Manager, json!({"file": "x", "content_base64": "eA==", "path": null, "password": null}))
        }
        "statement" => one(Manager, json!({"statement_id": 999, "limit": 1})),
        "attach_line" => one(Manager, json!({"line_id": 999, "ticket_id": 999})),
        "open_line" => one(Manager, json!({"line_id": 999, "note": ""})),
        "settle_line" => one(Manager, json!({"statement_id": 999, "line_id": 999, "ticket_id": null, "reason": "x"})),

        "ignore" => one(Owner, json!({"item_id": 999, "reason": "x"})),
        "add_code" => {
            one(Owner, json!({"payload": "", "channel": "wechat", "account_id": null, "label": "", "amount_fen": null}))
        }
        "update_account" => one(Owner, json!({"account_id": 999, "label": null, "enabled": null, "position": null})),
        "remove_code" => one(Owner, json!({"code_id": 999})),
        "add_device" => one(Owner, json!({"name": ""})),
        "pairing" | "revoke_device" => one(Owner, json!({"device_id": 999})),
        "update_device" => one(Owner, json!({"device_id": 999, "name": null, "account_ids": null})),
        // Loudness and colours are for whoever stands there; the rest of the shop is not.
        "save_settings" => {
            vec![(json!({"settings": {"ticket_ttl_ms": -1}}), Owner), (json!({"settings": {"volume": 200}}), Cashier)]
        }
        "renew_display_link" => one(Owner, json!({})),
        "replay_rules" => one(Owner, json!({"apply": false})),
        "people" | "check_journal" | "backups" | "cancel_restore" => one(Owner, json!({})),
        "add_staff" => one(Owner, json!({"name": "", "role": "cashier", "pin": null})),
        "update_staff" => one(Owner, json!({"staff_id": 999, "name": null, "role": null, "pin": null, "left": null})),
        "journal" => one(Owner, json!({"filter": {}, "limit": 1})),
        "back_up" => one(Owner, json!({"folder": "/dev/null/x"})),
        "check_backup" | "restore" => one(Owner, json!({"path": "/dev/null/x"})),

        "programs" => one(Manager, json!({})),
        "program_orders" => {
            one(Manager, json!({"program_id": null, "undelivered": true, "before_id": null, "limit": 1}))
        }
        "send_again" => one(Manager, json!({"ticket_id": 999})),
        "add_program" => one(Owner, json!({"protocol": "vmq", "settings": {"name": ""}})),
        "update_program" => one(Owner, json!({"program_id": 999, "settings": {"name": ""}})),
        "renew_program" | "revoke_program" => one(Owner, json!({"program_id": 999})),
        "test_program" => one(Owner, json!({"program_id": 999, "url": ""})),

        "scan" => one(Cashier, json!({"ticket_id": 999, "auth_code": "x"})),
        "stop_scan" | "ask_trade" => one(Cashier, json!({"ticket_id": 999})),
        "trade_of_item" => one(Cashier, json!({"item_id": 999})),
        "return_item" => one(Manager, json!({"item_id": 999, "reason": "x"})),
        "fetch_bill" => one(Manager, json!({"gateway_id": 999, "date": "never"})),
        "gateways" => one(Owner, json!({})),
        "inspect_key" => one(Owner, json!({"text": "", "password": null})),
        "make_key_pair" => Vec::new(), // takes seconds each time: a test of its own
        "add_gateway" => one(Owner, json!({"provider": "alipay", "settings": {"name": ""}, "values": []})),
        "update_gateway" => one(Owner, json!({"gateway_id": 999, "settings": {"name": ""}, "values": []})),
        "set_passphrase" => one(Owner, json!({"old": null, "passphrase": "short"})),
        "forget_passphrase" => one(Owner, json!({})),
        "unlock_contracts" => one(Cashier, json!({"passphrase": "short"})),
        "end_gateway" | "test_gateway" => one(Owner, json!({"gateway_id": 999})),

        "totals" | "sales_index" => one(Figures, json!({"span": span, "filter": {}})),
        "sales_rows" => one(Figures, json!({"date": "2026-11-20", "filter": {}, "offset": 0, "limit": 1})),
        "search_sales" => one(Figures, json!({"text": "#1", "limit": 1})),
        "exports" => one(Figures, json!({"limit": 1})),
        new => panic!("{new} has no place in the table of who may do what"),
    }
}

fn expected(needs: Needs, changes: bool, rank: Option<Needs>) -> (&'static str, Value) {
    use Needs::*;
    let order = [Cashier, Manager, Owner];
    let place = |n: Needs| order.iter().position(|o| *o == n);
    match (needs, rank) {
        (Nobody, _) => ("in", Value::Null),
        (_, None) => ("locked", Value::Null),
        (Figures, Some(_)) => ("approval", json!({"reveal": true})),
        (needs, Some(rank)) if place(rank) >= place(needs) => ("in", Value::Null),
        (needs, _) => {
            let role = if needs == Owner { "owner" } else { "manager" };
            ("approval", if changes { json!({"role": role}) } else { json!({"role": role, "reveal": true}) })
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_has_its_place() {
    let shop = Shop::new().await;
    let mut requests: Vec<(Value, Needs, bool)> = Vec::new();
    for verb in verbs() {
        for (mut request, needs) in sample(&verb) {
            request["verb"] = json!(verb);
            let with_id = {
                let mut with_id = request.clone();
                with_id["request_id"] = json!("probe");
                serde_json::from_value::<Request>(with_id).is_ok()
            };
            if serde_json::from_value::<Request>(request.clone()).is_err() {
                assert!(with_id, "{request} is no request");
            }
            requests.push((request, needs, with_id));
        }
    }
    assert!(requests.len() > 90, "{}", requests.len());
    let mut nth = 0;
    let mut numbered = |request: &Value, with_id: bool| {
        let mut request = request.clone();
        if with_id {
            nth += 1;
            request["request_id"] = json!(format!("matrix-{nth}"));
        }
        request
    };
    // Unguarded: whoever stands there is the owner, at any door.
    for (request, _, with_id) in &requests {
        for door in ["till", "cli"] {
            let answer = ask(&shop, door, numbered(request, *with_id)).await;
            assert_eq!(met(&answer).0, "in", "unguarded {door}: {request}");
        }
    }
    guard(&shop).await;
    let cases = [
        ("till", None::<(i64, &str)>, None),
        ("till", Some((3, CASHIER.1)), Some(Needs::Cashier)),
        ("till", Some((2, MANAGER.1)), Some(Needs::Manager)),
        ("till", Some((1, OWNER.1)), Some(Needs::Owner)),
        ("cli", None, Some(Needs::Cashier)),
        ("api", None, Some(Needs::Cashier)),
    ];
    for (door, person, rank) in cases {
        till(&shop, json!({"verb": "lock"})).await.unwrap();
        if let Some((id, pin)) = person {
            sign_in(&shop, id, pin).await;
        }
        for (request, needs, with_id) in &requests {
            let answer = ask(&shop, door, numbered(request, *with_id)).await;
            assert_eq!(met(&answer), expected(*needs, *with_id, rank), "{door} {rank:?}: {request}");
            if let (Some((id, pin)), true) = (person, request["verb"] == "lock") {
                sign_in(&shop, id, pin).await;
            }
        }
    }
}
