use axum::body::to_bytes;
use till_engine::phone::{Door, PhoneAnswer, RefusalCause};

use crate::reply;

const DOORS: [Door; 7] = [
    Door::VmqHeart,
    Door::VmqPush,
    Door::HmacHeartbeat,
    Door::HmacNotify,
    Door::SmsForwarder,
    Door::SeedJson,
    Door::Push,
];

const CAUSES: [RefusalCause; 7] = [
    RefusalCause::UnknownDevice,
    RefusalCause::BadSignature,
    RefusalCause::Malformed,
    RefusalCause::Reused,
    RefusalCause::Clock,
    RefusalCause::TooFast,
    RefusalCause::Revoked,
];

async fn reply(door: Door, answer: PhoneAnswer) -> (u16, String) {
    let response = reply::phone(door, answer);
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 4096).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn is_foreign(door: Door) -> bool {
    matches!(door, Door::VmqHeart | Door::VmqPush | Door::HmacHeartbeat | Door::HmacNotify)
}

#[tokio::test]
async fn accepted_and_repeated_are_the_same_to_the_letter() {
    for door in DOORS {
        for repeat in [false, true] {
            let expected = if is_foreign(door) { r#"{"code":1,"msg":"成功","data":null}"# } else { r#"{"ok":true}"# };
            assert_eq!(reply(door, PhoneAnswer::Accepted { repeat }).await, (200, expected.to_owned()), "{door:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_stored_asks_for_another_try() {
    for door in DOORS {
        let (status, body) = reply(door, PhoneAnswer::NotStored).await;
        assert_eq!(status, 503, "{door:?}");
        let start =
            if is_foreign(door) { r#"{"code":-1,"msg":""# } else { r#"{"ok":false,"error":{"code":"not_stored""# };
        assert!(body.starts_with(start), "{door:?} {body}");
    }
}

#[tokio::test]
async fn refusals_speak_the_protocol_of_the_door() {
    for door in DOORS {
        for cause in CAUSES {
            let message = r#"签名"ok":true错误"#;
            let (status, body) = reply(door, PhoneAnswer::Refused { cause, message: message.into() }).await;
            let plain = match cause {
                RefusalCause::UnknownDevice | RefusalCause::BadSignature | RefusalCause::Revoked => 401,
                RefusalCause::Malformed | RefusalCause::Clock => 400,
                RefusalCause::Reused => 409,
                RefusalCause::TooFast => 429,
            };
            let expected = match (door, cause) {
                (Door::VmqHeart | Door::VmqPush | Door::HmacHeartbeat | Door::HmacNotify, RefusalCause::TooFast) => 503,
                (Door::VmqHeart | Door::VmqPush, _) => 200,
                _ => plain,
            };
            assert_eq!(status, expected, "{door:?} {cause:?}");
            let value: serde_json::Value = serde_json::from_str(&body).unwrap();
            if is_foreign(door) {
                assert_eq!(value, serde_json::json!({"code": -1, "msg": message, "data": null}));
            } else {
                assert_eq!(value["ok"], false);
                assert_eq!(value["error"]["message"], message);
                assert!(!value["error"]["code"].as_str().unwrap().is_empty());
            }
            assert!(!body.contains(r#""ok":true"#), "SmsForwarder would take this for success: {body}");
        }
    }
}
