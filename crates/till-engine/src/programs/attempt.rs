//! One call to a program, and what it came to.

use till_store::{AttemptRow, OrderRow};
use tokio::time::Instant;

use crate::api::{AttemptOutcome, AttemptView};
use crate::merchant::NoCallback;
use crate::ports::{Outgoing, SendError, Sent};
use crate::state::State;
use crate::view::count;

/// What a program answers when it has understood.
const UNDERSTOOD: &str = "success";
const KEPT: usize = 1_024;
const LONGEST_CAUSE: usize = 200;

/// How a call went.
pub(super) struct Tried {
    pub(super) outcome: AttemptOutcome,
    status: Option<u16>,
    duration_ms: i64,
    answer: Vec<u8>,
    cause: String,
}

/// Sends what was signed; without it, says why there was nothing to send.
pub(super) async fn send(state: &State, signed: Result<Outgoing, NoCallback>) -> Tried {
    // How long it took, not when: a clock that is set in between would say anything.
    let begun = Instant::now();
    let (outcome, status, answer, cause) = match signed {
        Err(NoCallback::NoSecret) => (AttemptOutcome::NoSecret, None, Vec::new(), String::new()),
        Err(NoCallback::Forbidden) => (AttemptOutcome::Forbidden, None, Vec::new(), String::new()),
        Err(NoCallback::BadUrl) => (AttemptOutcome::BadUrl, None, Vec::new(), String::new()),
        Ok(outgoing) => match state.ports.http.send(outgoing).await {
            Sent::Answer { status, body, cut } => (judge(status, &body, cut), Some(status), body, String::new()),
            Sent::Failed(error) => {
                let (outcome, cause) = failure(error);
                (outcome, None, Vec::new(), cause)
            }
        },
    };
    let duration_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    let answer = answer.into_iter().take(KEPT).collect();
    Tried { outcome, status, duration_ms, answer, cause: cause.chars().take(LONGEST_CAUSE).collect() }
}

fn judge(status: u16, body: &[u8], cut: bool) -> AttemptOutcome {
    let understood = || !cut && std::str::from_utf8(body).is_ok_and(|text| text.trim() == UNDERSTOOD);
    match status {
        200 if understood() => AttemptOutcome::Delivered,
        300..=399 => AttemptOutcome::Redirect,
        _ => AttemptOutcome::Answer,
    }
}

fn failure(error: SendError) -> (AttemptOutcome, String) {
    match error {
        SendError::Timeout => (AttemptOutcome::Timeout, String::new()),
        SendError::Unreachable(cause) => (AttemptOutcome::Unreachable, cause),
        SendError::Tls(cause) => (AttemptOutcome::Tls, cause),
        SendError::Forbidden(cause) => (AttemptOutcome::Forbidden, cause),
        SendError::BadUrl(cause) => (AttemptOutcome::BadUrl, cause),
    }
}

fn outcome_text(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Delivered => "delivered",
        AttemptOutcome::Answer => "answer",
        AttemptOutcome::Redirect => "redirect",
        AttemptOutcome::Timeout => "timeout",
        AttemptOutcome::Unreachable => "unreachable",
        AttemptOutcome::Tls => "tls",
        AttemptOutcome::Forbidden => "forbidden",
        AttemptOutcome::BadUrl => "bad_url",
        AttemptOutcome::NoSecret => "no_secret",
    }
}

impl Tried {
    /// As it is to be stored; `at` is when it began.
    pub(super) fn row(self, order: &OrderRow, at: i64, actor: &str) -> AttemptRow {
        AttemptRow {
            order_id: order.id,
            nth: 0,
            at,
            actor: actor.to_owned(),
            outcome: outcome_text(self.outcome).to_owned(),
            status: self.status.map(i64::from),
            duration_ms: self.duration_ms,
            answer: self.answer,
            cause: self.cause,
        }
    }

    /// As it is shown when it is about no order.
    pub(super) fn view(self, at: i64, actor: &str) -> AttemptView {
        AttemptView {
            nth: 1,
            at,
            actor: actor.to_owned(),
            outcome: self.outcome,
            status: self.status,
            duration_ms: count(self.duration_ms),
            answer: String::from_utf8_lossy(&self.answer).into_owned(),
            cause: self.cause,
        }
    }
}

/// A stored attempt as it is shown.
pub(super) fn view(row: AttemptRow) -> AttemptView {
    let outcome = serde_json::from_value(row.outcome.into()).unwrap_or(AttemptOutcome::Unreachable);
    AttemptView {
        nth: count(row.nth),
        at: row.at,
        actor: row.actor,
        outcome,
        status: row.status.and_then(|s| u16::try_from(s).ok()),
        duration_ms: count(row.duration_ms),
        answer: String::from_utf8_lossy(&row.answer).into_owned(),
        cause: row.cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_itself_delivers() {
        for body in ["success", " success\r\n", "\tsuccess"] {
            assert_eq!(judge(200, body.as_bytes(), false), AttemptOutcome::Delivered, "{body:?}");
        }
        for body in [
            "",
            "Success",
            "SUCCESS",
            "success!",
            "fail",
            "\"success\"",
            "success\0",
            "<p>success</p>",
            "succ ess",
            "成功",
        ] {
            assert_eq!(judge(200, body.as_bytes(), false), AttemptOutcome::Answer, "{body:?}");
        }
        assert_eq!(judge(200, b"success", true), AttemptOutcome::Answer, "there was more");
        assert_eq!(judge(200, b"success\xff", false), AttemptOutcome::Answer);
        for status in [201, 204, 400, 404, 500, 503] {
            assert_eq!(judge(status, b"success", false), AttemptOutcome::Answer, "{status}");
        }
        for status in [301, 302, 307, 308, 304] {
            assert_eq!(judge(status, b"success", false), AttemptOutcome::Redirect, "{status}");
        }
    }

    #[test]
    fn outcomes_are_stored_as_the_window_names_them() {
        use AttemptOutcome::*;
        for outcome in [Delivered, Answer, Redirect, Timeout, Unreachable, Tls, Forbidden, BadUrl, NoSecret] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome_text(outcome));
        }
    }
}
