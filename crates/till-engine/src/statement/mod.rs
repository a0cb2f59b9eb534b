//! A wallet's, merchant's or bank's statement against the till, both ways. Lines are kept; the check is made anew each
//! time it is asked for, so that it always speaks of the till as it is.

mod check;
mod compare;
mod convert;
mod mask;
mod say;
mod source;

use std::sync::Arc;

use till_core::reconcile::Outcome;
use till_store::{Act, Booked, LineAct, SettleDifference, StatementReader, StatementRow, StoreError};

use crate::access::Who;
use crate::api::{ApiError, Code, Event, Secret, StatementCheck, StatementHead};
use crate::state::State;
use crate::{view, words};
use check::{Frame, head};
use compare::Compared;
use source::Source;

type Result<T> = std::result::Result<T, ApiError>;

/// Lines shown where the caller does not say how many.
const SHOWN: u32 = 200;
const MOST_SHOWN: u32 = 2_000;
const MOST_LISTED: u32 = 500;
const LONGEST_NOTE: usize = 200;

/// Works on a snapshot of the file where blocking is fine.
async fn reading<T: Send + 'static>(
    state: &Arc<State>,
    work: impl FnOnce(&StatementReader, &Frame) -> std::result::Result<T, StoreError> + Send + 'static,
) -> Result<T> {
    let (store, shop) = (state.store.clone(), state.shop());
    let read = tokio::task::spawn_blocking(move || work(&store.statement_reader()?, &Frame { shop }));
    let read = read.await.unwrap_or_else(|cause| Err(StoreError::Corrupt(cause.to_string())));
    read.map_err(|cause| state.store_error(cause))
}

async fn check_now(state: &Arc<State>, statement_id: i64, limit: u32) -> Result<StatementCheck> {
    let limit = usize::try_from(limit.clamp(1, MOST_SHOWN)).unwrap_or_default();
    reading(state, move |reader, frame| check::check(reader, frame, reader.file(statement_id)?, limit)).await
}

pub(crate) async fn import(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    file: String,
    content_base64: Option<String>,
    path: Option<String>,
    password: Option<Secret>,
) -> Result<StatementCheck> {
    let source = source::read(state.shop().settings.lang, &file, content_base64, path).await?;
    keep(state, who, request_id, source, password).await
}

/// A provider's bill, fetched by ourselves.
pub(crate) async fn take(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    name: String,
    bytes: Vec<u8>,
) -> Result<StatementCheck> {
    keep(state, who, request_id, source::own(name, bytes), None).await
}

async fn keep(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    source: Source,
    password: Option<Secret>,
) -> Result<StatementCheck> {
    let lang = state.shop().settings.lang;
    let kept = state.store.kept_statement(&request_id, &source.sha256).await.map_err(|e| state.store_error(e))?;
    if let Some(id) = kept {
        return check_now(state, id, SHOWN).await;
    }
    let sha256 = source.sha256;
    let name = source.name.clone();
    let parsing = tokio::task::spawn_blocking(move || {
        let password = password.as_ref().map(|secret| secret.0.trim()).filter(|password| !password.is_empty());
        till_books::statement::read(&source.bytes, &source.name, password).map_err(|e| (e, password.is_some()))
    });
    let statement = match parsing.await {
        Ok(Ok(statement)) => statement,
        Ok(Err((cause, given))) => {
            tracing::info!(%cause, "a statement was not read");
            return Err(say::unreadable(lang, &cause, given));
        }
        Err(cause) => {
            tracing::error!(%cause, "a reader of statements failed");
            return Err(words::error(lang, Code::Internal, "读取账单时出错了", "Reading the statement failed"));
        }
    };
    let new = convert::new_statement(statement, request_id, who.actor.clone(), state.now(), sha256, name);
    let id = match state.store.add_statement(new).await.map_err(|e| state.store_error(e))? {
        Act::New(id) => {
            state.emit(Event::StatementChanged { statement_id: id });
            id
        }
        Act::Repeat(id) => id,
    };
    check_now(state, id, SHOWN).await
}

pub(crate) async fn list(state: &Arc<State>, limit: u32) -> Result<Vec<StatementHead>> {
    let limit = limit.clamp(1, MOST_LISTED);
    reading(state, move |reader, _| Ok(reader.files(limit)?.iter().map(head).collect())).await
}

pub(crate) async fn check(state: &Arc<State>, statement_id: i64, limit: u32) -> Result<StatementCheck> {
    check_now(state, statement_id, limit).await
}

pub(crate) async fn attach(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    line_id: i64,
    ticket_id: i64,
) -> Result<StatementCheck> {
    act(state, who, request_id, line_id, Some(ticket_id), String::new()).await
}

pub(crate) async fn open(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    line_id: i64,
    note: String,
) -> Result<StatementCheck> {
    let note = note.trim().chars().take(LONGEST_NOTE).collect();
    act(state, who, request_id, line_id, None, note).await
}

/// Whether money may be booked for a line: no payment of the till is it already. A person may know better than the
/// clock which of several tickets a line pays, but not make a new sale of it before saying so.
fn is_free(compared: &Compared, line_id: i64, attach: bool) -> bool {
    match compared.of_line(line_id) {
        Some((Outcome::Matched | Outcome::Maybe, _)) | None => false,
        Some((Outcome::Ambiguous | Outcome::AmountDiffers, _)) => attach,
        Some(_) => true,
    }
}

async fn act(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    line_id: i64,
    ticket_id: Option<i64>,
    note: String,
) -> Result<StatementCheck> {
    let (file, free): (StatementRow, bool) = reading(state, move |reader, frame| {
        let file = reader.file_of(line_id)?;
        let free = is_free(&compare::compare(reader, frame, &file)?, line_id, ticket_id.is_some());
        Ok((file, free))
    })
    .await?;
    let at = state.now();
    let shop = state.shop();
    let what = LineAct {
        request_id,
        actor: who.actor.clone(),
        at,
        business_date: state.business_date(at),
        line_id,
        ticket_id,
        note,
        cool_until: at.saturating_add(shop.settings.cooldown_expired_ms),
        free,
    };
    match state.store.act_on_line(what).await.map_err(|e| state.store_error(e))? {
        Booked::Repeat => {}
        Booked::Waiting(item_id) => return Err(say::waits_in_inbox(shop.settings.lang, item_id)),
        Booked::Linked => state.emit(Event::StatementChanged { statement_id: file.id }),
        Booked::Money(full) => {
            let ticket = view::ticket(state, *full);
            state.tell_ended(&ticket).await;
            state.emit(Event::StatementChanged { statement_id: file.id });
        }
    }
    check_now(state, file.id, SHOWN).await
}

pub(crate) async fn settle(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    statement_id: i64,
    line_id: Option<i64>,
    ticket_id: Option<i64>,
    reason: String,
) -> Result<StatementCheck> {
    let reason = state.reason(&reason)?;
    if line_id.is_some() == ticket_id.is_some() {
        let lang = state.shop().settings.lang;
        let (zh, en) = ("请指明一条账单记录或一张单", "Name either a line or a ticket");
        return Err(words::error(lang, Code::Invalid, zh, en));
    }
    let file = reading(state, move |reader, _| {
        let file = reader.file(statement_id)?;
        if line_id.is_some_and(|line| !file.holds(line)) { Err(StoreError::NotFound) } else { Ok(file) }
    })
    .await?;
    let what = SettleDifference {
        request_id,
        actor: who.actor.clone(),
        at: state.now(),
        file_id: file.id,
        channel: file.channel,
        line_id,
        ticket_id,
        reason,
    };
    if state.store.settle_difference(what).await.map_err(|e| state.store_error(e))? {
        state.emit(Event::StatementChanged { statement_id });
    }
    check_now(state, statement_id, SHOWN).await
}
