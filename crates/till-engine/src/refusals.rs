//! Refused requests: noted for the owner, in words, without secrets.

use till_store::RefusalRow;

use crate::api::{Event, Lang};
use std::collections::HashMap;

use crate::state::{State, lock};
use crate::words::say;

/// Rows written per (address, cause) in a minute; what goes beyond is counted and told with the next row.
const MOST_A_MINUTE: u32 = 30;
const MINUTE_MS: i64 = 60_000;
const MOST_KEPT: usize = 4_096;

/// Who was refused lately: start of the minute, rows written, refusals left out.
#[derive(Default)]
pub(crate) struct Lately(HashMap<(String, String), (i64, u32, u32)>);

impl Lately {
    /// How many were left out before this one, or nothing if this one is left out as well.
    fn write(&mut self, address: &str, cause: &str, now: i64) -> Option<u32> {
        if self.0.len() >= MOST_KEPT {
            self.0.retain(|_, (start, ..)| now - *start < MINUTE_MS);
            if self.0.len() >= MOST_KEPT {
                return None;
            }
        }
        let (start, written, left_out) = self.0.entry((address.to_owned(), cause.to_owned())).or_insert((now, 0, 0));
        if now - *start >= MINUTE_MS {
            (*start, *written) = (now, 0);
        }
        if *written >= MOST_A_MINUTE {
            *left_out += 1;
            return None;
        }
        *written += 1;
        Some(std::mem::take(left_out))
    }
}

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
        "shifted" => {
            ("签名也适用于另一组参数，没有下单", "A signature that fits other fields as well; no order was opened")
        }
        "program_clock" => ("程序的时间相差太多", "A program's clock is too far off"),
        "program_revoked" => ("已停用的程序还在请求", "A program whose key was revoked"),
        "no_secret" => ("程序的密钥不在这台电脑上", "A program whose secret is not on this computer"),
        "needs_token" => ("从别处下单，没有接口口令", "An order from elsewhere, without the API token"),
        "bad_address" => ("回调或跳转地址不在允许的前缀之内", "An address outside the program's prefixes"),
        "bad_notice" => ("支付平台的通知没有通过验证", "A payment provider's notice that failed its check"),
        "bad_token" => ("顾客屏链接的口令不对", "Wrong token for the counter page"),
        _ => ("被拒绝", "Refused"),
    };
    let words = say(lang, zh, en);
    if detail.is_empty() { words } else { format!("{words} ({detail})") }
}

/// Notes a refusal and tells the screens.
pub(crate) async fn note(state: &State, address: &str, path: &str, device_id: Option<i64>, cause: &str, detail: &str) {
    tracing::warn!(address, path, device_id, cause, "refused a request");
    let Some(left_out) = lock(&state.refused_lately).write(address, cause, state.now()) else { return };
    let detail = if left_out > 0 { format!("{detail} +{left_out}") } else { detail.to_owned() };
    let short = |text: &str| text.chars().take(200).collect::<String>();
    let row = RefusalRow {
        at: state.now(),
        address: short(address),
        path: short(path),
        device_id,
        cause: cause.to_owned(),
        message: short(&detail),
    };
    if let Err(error) = state.store.refuse(row).await {
        tracing::error!(%error, "could not note a refusal");
    }
    let cause = message(state.shop().settings.lang, cause, &detail);
    state.emit(Event::PortRefused { address: address.to_owned(), cause });
}

#[cfg(test)]
mod tests {
    use super::Lately;

    #[test]
    fn a_flood_of_refusals_writes_few_rows_and_is_counted() {
        let mut lately = Lately::default();
        let written = (0..1_000).filter(|n| lately.write("10.0.0.9", "bad_signature", *n).is_some()).count();
        assert_eq!(written, 30);
        assert_eq!(lately.write("10.0.0.8", "bad_signature", 1_000), Some(0));
        assert_eq!(lately.write("10.0.0.9", "bad_signature", 60_000), Some(970));
    }
}
