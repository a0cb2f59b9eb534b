//! A guarded shop, and the doors to it.

use serde_json::{Value, json};
use till_engine::api::{ApiError, Code, Request};

use super::Shop;

pub const OWNER: (&str, &str) = ("老板", "246810");
pub const MANAGER: (&str, &str) = ("店长", "135790");
pub const CASHIER: (&str, &str) = ("小王", "1234");

pub async fn ask(shop: &Shop, door: &str, request: Value) -> Result<Value, ApiError> {
    let request: Request = serde_json::from_value(request.clone()).unwrap_or_else(|e| panic!("{request}: {e}"));
    shop.engine.call(door, request).await
}

pub async fn till(shop: &Shop, request: Value) -> Result<Value, ApiError> {
    ask(shop, "till", request).await
}

pub async fn sign_in(shop: &Shop, id: i64, pin: &str) -> Value {
    till(shop, json!({"verb": "sign_in", "staff_id": id, "pin": pin})).await.unwrap()
}

/// A guarded shop: 1 is the owner, 2 a manager, 3 a cashier. The owner is signed in.
pub async fn guarded() -> Shop {
    let shop = Shop::new().await;
    guard(&shop).await;
    shop
}

pub async fn guard(shop: &Shop) {
    for (n, ((name, pin), role)) in [(OWNER, "owner"), (MANAGER, "manager"), (CASHIER, "cashier")].iter().enumerate() {
        let add =
            json!({"verb": "add_staff", "request_id": format!("hire-{n}"), "name": name, "role": role, "pin": pin});
        till(shop, add).await.unwrap();
    }
}

/// What a request meets: let in, locked, or in want of an approval with these details.
pub fn met(answer: &Result<Value, ApiError>) -> (&'static str, Value) {
    match answer {
        Err(e) if e.code == Code::Locked => ("locked", Value::Null),
        Err(e) if e.code == Code::NeedsApproval => ("approval", e.details.clone().unwrap()),
        _ => ("in", Value::Null),
    }
}
