//! Refused requests: noted for the owner, in words, without secrets.

use till_store::RefusalRow;

use crate::api::{Event, Lang};
use crate::state::State;
use crate::words::say;

/// The cause of a refusal in words.
pub(crate) fn message(lang: Lang, cause: &str, detail: &str) -> String {
    let (zh, en) = match cause {
        "bad_signature" => ("签名不对：密钥不一致，或有人冒充", "Wrong signature: another key, or a forgery"),
        "unknown_device" => ("没有这台手机的密钥", "No phone has this key"),
        "revoked" => ("这台手机已停用", "This phone was revoked"),
        "malformed" => ("内容格式不对", "Malformed request"),
        "reused" => ("一次性签名被用了第二次，内容却不同", "A one-use signature came again with other content"),
        "clock" => ("手机时间相差太多，请校准手机时间", "The phone's clock is too far off; set it right"),
        "too_large" => ("内容超过 64 KiB", "Larger than 64 KiB"),
        "too_fast" => ("请求太频繁", "Too many requests"),
        "slow" => ("连接太慢，已断开", "The connection was too slow"),
        "too_many" => ("同时连接太多", "Too many connections"),
        "not_found" => ("没有这个地址", "No such address"),
        "bad_token" => ("顾客屏链接的口令不对", "Wrong token for the counter page"),
        _ => ("被拒绝", "Refused"),
    };
    let words = say(lang, zh, en);
    if detail.is_empty() { words } else { format!("{words} ({detail})") }
}

/// Notes a refusal and tells the screens.
pub(crate) async fn note(state: &State, address: &str, path: &str, device_id: Option<i64>, cause: &str, detail: &str) {
    tracing::warn!(address, path, device_id, cause, "refused a request");
    let short = |text: &str| text.chars().take(200).collect::<String>();
    let row = RefusalRow {
        at: state.now(),
        address: short(address),
        path: short(path),
        device_id,
        cause: cause.to_owned(),
        message: short(detail),
    };
    if let Err(error) = state.store.refuse(row).await {
        tracing::error!(%error, "could not note a refusal");
    }
    let cause = message(state.shop().settings.lang, cause, detail);
    state.emit(Event::PortRefused { address: address.to_owned(), cause });
}
