//! The journal as the owner reads it, and whether its chain is whole.

use std::sync::Arc;

use till_store::{Chain, JournalQuery, JournalRow};

use crate::access::Who;
use crate::api::{ApiError, JournalCheck, JournalEntry, JournalFilter};
use crate::state::State;

type Result<T> = std::result::Result<T, ApiError>;

const MOST_LISTED: u32 = 500;

fn entry(row: JournalRow) -> JournalEntry {
    JournalEntry {
        seq: row.seq,
        at: row.at,
        actor: row.actor,
        act: row.act,
        subject: row.subject,
        before: row.before,
        after: row.after,
        hash: hex::encode(row.hash),
    }
}

pub(crate) async fn list(
    state: &Arc<State>,
    _who: &Who,
    filter: JournalFilter,
    limit: u32,
) -> Result<Vec<JournalEntry>> {
    let JournalFilter { before_seq, act, actor, subject, from_at, to_at } = filter;
    let query = JournalQuery { before_seq, act, actor, subject, from_at, to_at };
    let rows = state.store.journal(query, limit.clamp(1, MOST_LISTED)).await.map_err(|e| state.store_error(e))?;
    Ok(rows.into_iter().map(entry).collect())
}

pub(crate) async fn check(state: &Arc<State>, _who: &Who) -> Result<JournalCheck> {
    Ok(match state.store.check_journal().await.map_err(|e| state.store_error(e))? {
        Chain::Intact { rows } => JournalCheck { intact: true, rows, broken_seq: None },
        Chain::Broken { seq } => JournalCheck { intact: false, rows: seq - 1, broken_seq: Some(seq) },
    })
}
