//! A signed sample callback about no order, so that an address can be tried before money depends on it.

use super::{attempt, missing, program};
use crate::api::{ApiError, Code, TestCall};
use crate::state::State;
use crate::{merchant, words};

pub(crate) async fn test(
    state: &State,
    actor: &str,
    request_id: &str,
    program_id: i64,
    url: &str,
) -> Result<TestCall, ApiError> {
    let lang = state.shop().settings.lang;
    let program = program(state, program_id).ok_or_else(|| missing(state))?;
    let asked = url.trim();
    let url = if asked.is_empty() { program.settings.notify_url.clone() } else { asked.to_owned() };
    if url.is_empty() {
        let (zh, en) =
            ("没有可试的地址，请先填写回调地址", "There is no address to try; enter a callback address first");
        return Err(words::error(lang, Code::Invalid, zh, en));
    }
    if state.store.request_done(request_id).await.map_err(|e| state.store_error(e))? {
        let (zh, en) = ("这次测试已经做过了", "This test was made already");
        return Err(words::error(lang, Code::Conflict, zh, en));
    }
    // Noted first: a stranger's server is called once for one press, whatever comes of it.
    let noted = state.store.request_noted(request_id, "test_program", state.now()).await;
    noted.map_err(|e| state.store_error(e))?;
    let at = state.now();
    let tried = attempt::send(state, merchant::sample_callback(&program, &url, at)).await;
    Ok(TestCall { url, attempt: tried.view(at, actor) })
}
