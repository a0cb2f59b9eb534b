//! More of the inbox: money that is no sale, and one act for many items.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use till_core::matching::Why;

use crate::access::Who;
use crate::api::{ApiError, BulkAct, BulkResult, Code, InboxItem, InboxReason, InboxState, Mark, Status};
use crate::state::State;
use crate::words;

type Result<T> = std::result::Result<T, ApiError>;

const MOST_AT_ONCE: usize = 200;
const LONGEST_NOTE: usize = 200;
const LONGEST_REQUEST_ID: usize = 64;

fn check_note(state: &State, note: &str) -> Result<String> {
    let note = note.trim();
    if note.chars().count() > LONGEST_NOTE {
        let lang = state.shop().settings.lang;
        return Err(words::error(lang, Code::Invalid, "备注最多 200 字", "A note has at most 200 characters"));
    }
    Ok(note.to_owned())
}

pub(crate) async fn mark_item(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    item_id: i64,
    mark: Mark,
    note: String,
) -> Result<InboxItem> {
    let note = check_note(state, &note)?;
    state.set_aside(&who.actor, &request_id, item_id, Some(mark), note).await
}

/// The request id of one item's own act: the same for the same bulk and item, and no longer than an id may be.
fn own_id(request_id: &str, item_id: i64) -> String {
    let plain = format!("{request_id}/{item_id}");
    if plain.len() <= LONGEST_REQUEST_ID {
        return plain;
    }
    let digest = hex::encode(Sha256::digest(request_id.as_bytes()));
    format!("bulk:{}/{item_id}", &digest[..32])
}

/// Does one act for many items, each in its own transaction, and says what became of each. A repeat does what a crash
/// left undone, and nothing once the first went through.
pub(crate) async fn bulk(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    item_ids: Vec<i64>,
    act: BulkAct,
) -> Result<Vec<BulkResult>> {
    let lang = state.shop().settings.lang;
    if item_ids.is_empty() || item_ids.len() > MOST_AT_ONCE {
        return Err(words::error(lang, Code::Invalid, "一次选 1 到 200 条", "Choose 1 to 200 items at once"));
    }
    // What is wrong for every item is refused once.
    let act = match act {
        BulkAct::Mark { mark, note } => BulkAct::Mark { mark, note: check_note(state, &note)? },
        BulkAct::Ignore { reason } => BulkAct::Ignore { reason: state.reason(&reason)? },
        act => act,
    };
    let repeat = state.store.request_done(&request_id).await.map_err(|e| state.store_error(e))?;
    let mut results: Vec<BulkResult> = Vec::with_capacity(item_ids.len());
    for item_id in item_ids {
        if results.iter().any(|r| r.item_id == item_id) {
            continue;
        }
        let id = own_id(&request_id, item_id);
        let done_before = state.store.request_done(&id).await.map_err(|e| state.store_error(e))?;
        let outcome = match (done_before, repeat) {
            (true, _) => Ok(()),
            (false, true) => Err(words::error(
                lang,
                Code::Conflict,
                "上次没有处理，请单独看一眼",
                "It was left alone; please look at it by itself",
            )),
            (false, false) => one(state, who, id, item_id, &act).await,
        };
        let message = outcome.as_ref().err().map(|e| e.message.clone()).unwrap_or_default();
        results.push(BulkResult { item_id, done: outcome.is_ok(), message });
    }
    let noted = state.store.request_noted(&request_id, "inbox_bulk", state.now()).await;
    noted.map_err(|e| state.store_error(e))?;
    Ok(results)
}

async fn one(state: &Arc<State>, who: &Who, id: String, item_id: i64, act: &BulkAct) -> Result<()> {
    let actor = who.actor.as_str();
    match act {
        BulkAct::Accept {} => {
            let ticket_id = ticket_for(state, item_id).await?;
            state.accept(actor, id, item_id, ticket_id).await.map(drop)
        }
        BulkAct::OpenSale {} => state.open_sale(actor, id, item_id, "").await.map(drop),
        BulkAct::Mark { mark, note } => state.set_aside(actor, &id, item_id, Some(*mark), note.clone()).await.map(drop),
        BulkAct::Ignore { reason } => state.set_aside(actor, &id, item_id, None, reason.clone()).await.map(drop),
    }
}

/// The one ticket an item is surely for: the proposed one, else a first suggestion that stands alone. What may be money
/// told twice, and a second payment of a paid ticket, want a look of their own.
async fn ticket_for(state: &State, item_id: i64) -> Result<i64> {
    let lang = state.shop().settings.lang;
    let row = state.store.inbox_item(item_id).await.map_err(|e| state.store_error(e))?;
    let proposed = row.proposed_id;
    let item = state.inbox_item(item_id).await?;
    if item.state != InboxState::Open {
        return Err(state.store_error(till_store::StoreError::Conflict("item_done")));
    }
    let alone = item.suggestions.first().filter(|s| s.why.contains(&Why::OnlyOne)).map(|s| s.ticket_id);
    let Some(ticket_id) = proposed.or(alone) else {
        return Err(words::error(
            lang,
            Code::Conflict,
            "没有唯一合适的单，请单独处理",
            "No single ticket fits; deal with it by itself",
        ));
    };
    let doubtful = matches!(item.reason, InboxReason::Duplicate | InboxReason::PaidTwice);
    if doubtful || state.ticket(ticket_id).await?.status == Status::Paid {
        return Err(words::error(
            lang,
            Code::Conflict,
            "可能是重复的通知或重复付款，请单独处理",
            "It may be told twice or paid twice; deal with it by itself",
        ));
    }
    Ok(ticket_id)
}

#[cfg(test)]
mod tests {
    use super::own_id;

    #[test]
    fn an_items_own_id_is_short_and_its_own() {
        assert_eq!(own_id("evening", 7), "evening/7");
        let long = "x".repeat(64);
        let id = own_id(&long, i64::MAX);
        assert!(id.len() <= 64, "{id}");
        assert_eq!(id, own_id(&long, i64::MAX));
        assert_ne!(own_id(&long, 1), own_id(&"y".repeat(64), 1));
    }
}
