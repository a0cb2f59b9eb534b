//! What a reply must be, and how the till tells its owner of a refusal.

use anyhow::Result;
use serde_json::{Value, json};

use crate::http::Reply;
use crate::{Till, until};

/// Accepted, for the V免签 family.
pub const VMQ_OK: &str = r#"{"code":1,"msg":"成功","data":null}"#;
/// Accepted, for everything else.
pub const OURS_OK: &str = r#"{"ok":true}"#;

/// Fails unless the reply is this, to the letter.
#[track_caller]
pub fn is(reply: &Reply, status: u16, body: &str) {
    assert_eq!((reply.status, reply.text().as_str()), (status, body));
}

/// A refusal in the V免签 envelope.
#[track_caller]
pub fn is_minus_one(reply: &Reply, status: u16) {
    let body = reply.json().expect("a reply in JSON");
    assert_eq!((reply.status, &body["code"], &body["data"]), (status, &json!(-1), &Value::Null), "{body}");
    assert!(body["msg"].as_str().is_some_and(|m| !m.is_empty()), "{body}");
}

/// A refusal in our own shape.
#[track_caller]
pub fn is_refused(reply: &Reply, status: u16, code: &str) {
    let body = reply.json().expect("a reply in JSON");
    assert_eq!((reply.status, &body["ok"], &body["error"]["code"]), (status, &json!(false), &json!(code)), "{body}");
}

/// Waits until the owner is shown a refusal with this cause.
pub fn refused_as(till: &Till, cause: &str) -> Result<()> {
    until(&format!("a refusal with cause {cause}"), || {
        Ok(till.refused()?.iter().any(|r| r["cause"] == cause).then_some(()))
    })
}

/// An order was opened, closed or found, in the V免签 envelope.
#[track_caller]
pub fn is_accepted(reply: &Reply) {
    let body = reply.json().expect("a reply in JSON");
    assert_eq!((reply.status, &body["code"]), (200, &json!(1)), "{body}");
}

/// Refused in whatever shape: no success, no way on to a page, and no breakdown.
#[track_caller]
pub fn said_no(reply: &Reply) {
    assert!(reply.status < 500 && reply.header("location").is_none(), "{}: {}", reply.status, reply.text());
    assert!(!is_yes(reply) && (reply.status >= 400 || !reply.body.is_empty()), "{}: {}", reply.status, reply.text());
}

/// True if any of the protocols would call this a success: 1 with `msg`, 0 with Lyn.Pay's `message`, a ticket of our own.
pub fn is_yes(reply: &Reply) -> bool {
    reply.json().is_ok_and(|body| {
        body["code"] == 1 && body["msg"].is_string()
            || body["code"] == 0 && body["message"].is_string()
            || body["id"].is_string()
    })
}
