//! What the document says beside its routes: who it is for, how requests are signed, what any of them may be refused for.

use till_engine::merchant::v1::{HistoricFunction, Problem, TicketNotice};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder};
use utoipa::{IntoParams, IntoResponses};

const ABOUT: &str = "A program (a web shop, an ERP, a script) opens tickets on the till, its customers pay on the \
    checkout page, and the till tells the program.\n\n\
    Money is whole fen (1 CNY = 100 fen). Instants are Unix milliseconds, UTC. An error is `{code, message, details?}`: \
    act on `code`, show `message`.\n\n\
    When a ticket is paid, the till sends a `TicketNotice` by POST to its `notify_url`, signed as the program signs its \
    own requests, again and again (at once, then 15 s, 1 min, 5 min, 30 min, 1 h, 2 h, 6 h and 12 h after the payment) \
    until the answer is `success`.";

const SIGNATURE: &str = "Each request carries four headers: `X-Qiantai-Key` (the key id), `X-Qiantai-Timestamp` (Unix \
    seconds, not more than five minutes off), `X-Qiantai-Nonce` (8 to 64 characters, never used twice) and this one: \
    `v1=` and the lower-case hex of HMAC-SHA256, keyed with the secret, over these lines joined with `\\n`, without one \
    at the end: `QIANTAI-HMAC-SHA256-V1`, the method, the path with its query as sent, the timestamp, the nonce, the \
    lower-case hex of SHA-256 over the body.";

/// The document without its routes.
pub(super) fn head() -> OpenApi {
    let scheme =
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("X-Qiantai-Signature", SIGNATURE)));
    let info = InfoBuilder::new()
        .title("Qiantai")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(License::builder().name("MIT").identifier(Some("MIT")).build()))
        .build();
    OpenApiBuilder::new()
        .info(info)
        // Relative: whoever serves the document serves the rest.
        .servers(Some([Server::new("/")]))
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("signature", scheme)
                .schema_from::<TicketNotice>()
                .schema_from::<HistoricFunction>()
                .build(),
        ))
        .build()
}

/// What every signed request carries beside its signature.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the derive alone")]
pub(super) struct Signed {
    /// The program's key id.
    #[param(rename = "X-Qiantai-Key")]
    key: String,
    /// When it was signed, as Unix seconds.
    #[param(rename = "X-Qiantai-Timestamp", minimum = 0)]
    timestamp: i64,
    /// Never used twice.
    #[param(rename = "X-Qiantai-Nonce", min_length = 8, max_length = 64)]
    nonce: String,
}

/// What any request may be refused for.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "read by the derive alone")]
pub(super) enum Common {
    /// The request does not read as one.
    #[response(status = 400)]
    Malformed(Problem),
    /// The signature is wrong, old or used, or the key is unknown or has ended.
    #[response(status = 401)]
    Unsigned(Problem),
    /// The program may not.
    #[response(status = 403)]
    Forbidden(Problem),
    /// The body took too long.
    #[response(status = 408)]
    Slow(Problem),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    TooLarge(Problem),
    /// Ask again after `Retry-After` seconds.
    #[response(status = 429)]
    TooFast(Problem),
    /// The till is busy; ask again after `Retry-After` seconds.
    #[response(status = 503)]
    Busy(Problem),
}
