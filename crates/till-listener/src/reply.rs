//! Replies: what a [`PhoneAnswer`] looks like in each protocol, and what a refusal of the port itself looks like.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use till_engine::phone::{Door, PhoneAnswer, RefusalCause};

use crate::paths;

const OK: &str = r#"{"ok":true}"#;
/// The V免签 servers' own success envelope; phones compare `code`.
const VMQ_OK: &str = r#"{"code":1,"msg":"成功","data":null}"#;
const NOT_STORED: &str = "暂时无法保存，请稍后重试 / could not be stored, please try again";

/// The family of a reply's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// V免签: `{"code":…,"msg":…,"data":null}`, status 200 even for a refusal.
    Vmq,
    /// The HMAC variant: the same body, with a status its phones act on (they try again on 5xx only).
    Hmac,
    /// Ours for phones and screens: `{"ok":true}` or `{"ok":false,"error":{code,message}}`.
    Ours,
    /// GOGO: V免签's envelope, but a failure is code 0.
    Gogo,
    /// 易支付: `{"code":-1,"msg":…}`.
    Epay,
    /// Lyn.Pay: `{"code":1,"message":…,"data":null}`.
    Lyn,
    /// Ours for programs: `{code,message}`.
    V1,
}

impl Shape {
    /// What the client of this request expects. GOGO uses V免签's addresses and says who it is in a header.
    pub fn asked<B>(request: &Request<B>) -> Shape {
        let path = request.uri().path();
        match Shape::of(path) {
            Shape::Vmq if request.headers().contains_key("app-id") && !path.starts_with("/app") => Shape::Gogo,
            shape => shape,
        }
    }

    /// What clients of this path expect.
    pub fn of(path: &str) -> Shape {
        let (_, path) = paths::split_token(path);
        match path {
            "/appHeart" | "/appPush" | "/createOrder" | "/getOrder" | "/checkOrder" | "/closeOrder" | "/getState" => {
                Shape::Vmq
            }
            "/api/v1/system/heartbeat" | "/api/v1/payments/notify" => Shape::Hmac,
            "/submit.php" | "/mapi.php" | "/api.php" => Shape::Epay,
            "/v1/Pay/PayNotify" => Shape::Ours,
            _ if path.starts_with("/api/v1/phones/") => Shape::Ours,
            _ if path.starts_with("/gogo/") => Shape::Gogo,
            _ if path.starts_with("/v1/Pay/") || path.starts_with("/PayQRCode/") => Shape::Lyn,
            _ if path.starts_with("/api/v1/") => Shape::V1,
            _ => Shape::Ours,
        }
    }

    fn of_door(door: Door) -> Shape {
        match door {
            Door::VmqHeart | Door::VmqPush => Shape::Vmq,
            Door::HmacHeartbeat | Door::HmacNotify => Shape::Hmac,
            Door::SmsForwarder | Door::SeedJson | Door::Push => Shape::Ours,
        }
    }
}

/// A refusal of the port itself: the request never reached the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    TooLarge,
    TooFast,
    Slow,
    Malformed,
    NotFound,
    WrongMethod,
    BadToken,
    /// All places for this kind of connection are taken.
    TooMany,
    /// The engine did not answer in time.
    Late,
}

impl TurnedAway {
    /// The stable id told to the engine and to clients of ours.
    pub const fn cause(self) -> &'static str {
        match self {
            TurnedAway::TooLarge => "too_large",
            TurnedAway::TooFast => "too_fast",
            TurnedAway::Slow => "slow",
            TurnedAway::Malformed => "malformed",
            TurnedAway::NotFound => "not_found",
            TurnedAway::WrongMethod => "wrong_method",
            TurnedAway::BadToken => "bad_token",
            TurnedAway::TooMany => "too_many",
            TurnedAway::Late => "not_stored",
        }
    }

    /// The same in the few words of v1, which are documented (`ProblemCode`).
    const fn problem(self) -> &'static str {
        match self {
            TurnedAway::TooLarge | TurnedAway::Slow | TurnedAway::Malformed | TurnedAway::WrongMethod => "invalid",
            TurnedAway::TooFast => "too_fast",
            TurnedAway::NotFound => "not_found",
            TurnedAway::BadToken => "forbidden",
            TurnedAway::TooMany | TurnedAway::Late => "unavailable",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            TurnedAway::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            TurnedAway::TooFast => StatusCode::TOO_MANY_REQUESTS,
            TurnedAway::Slow => StatusCode::REQUEST_TIMEOUT,
            TurnedAway::Malformed => StatusCode::BAD_REQUEST,
            TurnedAway::NotFound => StatusCode::NOT_FOUND,
            TurnedAway::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            TurnedAway::BadToken => StatusCode::FORBIDDEN,
            TurnedAway::TooMany | TurnedAway::Late => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub const fn message(self) -> &'static str {
        match self {
            TurnedAway::TooLarge => "内容太大 / the request is too large",
            TurnedAway::TooFast => "请求过快，请稍后重试 / too many requests, please try again",
            TurnedAway::Slow => "请求太慢 / the request took too long",
            TurnedAway::Malformed => "请求格式有误 / the request is malformed",
            TurnedAway::NotFound => "没有这个地址 / no such address",
            TurnedAway::WrongMethod => "不支持这种请求方法 / this method is not supported here",
            TurnedAway::BadToken => "口令不对 / the token is wrong",
            TurnedAway::TooMany => "连接太多，请稍后重试 / too many connections, please try again",
            TurnedAway::Late => NOT_STORED,
        }
    }

    /// The reply in the protocol of `path`.
    pub fn reply(self, path: &str) -> Response {
        self.reply_as(Shape::of(path))
    }

    /// The reply in a protocol.
    pub fn reply_as(self, shape: Shape) -> Response {
        // Phones of the HMAC variant drop what they get a 429 for, and try again on 5xx.
        let status = match (self, shape) {
            (TurnedAway::TooFast, Shape::Hmac) => StatusCode::SERVICE_UNAVAILABLE,
            _ => self.status(),
        };
        let code = if shape == Shape::V1 { self.problem() } else { self.cause() };
        let mut response = refusal(shape, status, code, self.message());
        match self {
            TurnedAway::TooLarge | TurnedAway::Slow | TurnedAway::Malformed => {
                set(&mut response, header::CONNECTION, "close");
            }
            TurnedAway::TooFast | TurnedAway::TooMany | TurnedAway::Late => {
                set(&mut response, header::RETRY_AFTER, "1");
            }
            _ => {}
        }
        response
    }
}

/// What to answer a phone. A repeat is answered as the first time. Whatever is not durable gets a status that makes
/// this kind of phone try again.
pub(crate) fn phone(door: Door, answer: PhoneAnswer) -> Response {
    let shape = Shape::of_door(door);
    match answer {
        PhoneAnswer::Accepted { .. } => match shape {
            Shape::Vmq | Shape::Hmac => json(StatusCode::OK, VMQ_OK),
            _ => ok(),
        },
        PhoneAnswer::Refused { cause, message } => {
            let (status, code) = refusal_status(shape, cause);
            let mut response = refusal(shape, status, code, &message);
            if status == StatusCode::UNAUTHORIZED {
                set(&mut response, header::WWW_AUTHENTICATE, "Bearer");
            }
            response
        }
        PhoneAnswer::NotStored => TurnedAway::Late.reply_as(shape),
    }
}

fn refusal_status(shape: Shape, cause: RefusalCause) -> (StatusCode, &'static str) {
    let (status, code) = match cause {
        RefusalCause::UnknownDevice => (StatusCode::UNAUTHORIZED, "unknown_device"),
        RefusalCause::BadSignature => (StatusCode::UNAUTHORIZED, "bad_signature"),
        RefusalCause::Revoked => (StatusCode::UNAUTHORIZED, "revoked"),
        RefusalCause::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
        RefusalCause::Clock => (StatusCode::BAD_REQUEST, "clock"),
        RefusalCause::Reused => (StatusCode::CONFLICT, "reused"),
        RefusalCause::TooFast => (StatusCode::TOO_MANY_REQUESTS, "too_fast"),
    };
    match (shape, cause) {
        // A V免签 phone takes 200 with code -1 as final and would lose the money; a later try is wanted here.
        (Shape::Vmq | Shape::Hmac, RefusalCause::TooFast) => (StatusCode::SERVICE_UNAVAILABLE, code),
        (Shape::Vmq, _) => (StatusCode::OK, code),
        _ => (status, code),
    }
}

/// `{"ok":true}`: exactly the keyword SmsForwarder looks for.
pub(crate) fn ok() -> Response {
    json(StatusCode::OK, OK)
}

#[derive(Serialize)]
struct Envelope<'a> {
    code: i32,
    msg: &'a str,
    data: Option<()>,
}

#[derive(Serialize)]
struct Short<'a> {
    code: i32,
    msg: &'a str,
}

#[derive(Serialize)]
struct LynFailure<'a> {
    code: i32,
    message: &'a str,
    data: Option<()>,
}

#[derive(Serialize)]
struct Failure<'a> {
    ok: bool,
    error: Cause<'a>,
}

#[derive(Serialize)]
struct Cause<'a> {
    code: &'a str,
    message: &'a str,
}

fn refusal(shape: Shape, status: StatusCode, code: &str, message: &str) -> Response {
    match shape {
        Shape::Vmq | Shape::Hmac => serialized(status, &Envelope { code: -1, msg: message, data: None }),
        Shape::Gogo => serialized(status, &Envelope { code: 0, msg: message, data: None }),
        Shape::Epay => serialized(status, &Short { code: -1, msg: message }),
        Shape::Lyn => serialized(status, &LynFailure { code: 1, message, data: None }),
        Shape::Ours => serialized(status, &Failure { ok: false, error: Cause { code, message } }),
        Shape::V1 => serialized(status, &Cause { code, message }),
    }
}

/// A JSON reply of anything that serialises.
pub(crate) fn serialized(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => json(status, bytes),
        Err(error) => {
            tracing::error!(%error, "a reply could not be written as JSON");
            json(StatusCode::INTERNAL_SERVER_ERROR, r#"{"ok":false,"error":{"code":"internal","message":""}}"#)
        }
    }
}

/// A JSON reply.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "application/json; charset=utf-8");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// Sets a header to a fixed value.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// A known path, another method. axum adds `Allow`.
pub(crate) async fn wrong_method(request: Request<Body>) -> Response {
    TurnedAway::WrongMethod.reply_as(Shape::asked(&request))
}
