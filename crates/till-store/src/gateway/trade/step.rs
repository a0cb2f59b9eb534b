//! The steps of a trade: what leaves is written down before, what is heard after.

use serde_json::json;
use sqlx::{Row, SqliteConnection};
use till_core::ticket::Status;
use till_core::trade::{Pace, Stage, Trade, What};

use super::rows::{read, row, trades};
use super::{HeardTrade, TradeRow};
use crate::batch::Batch;
use crate::error::Result;
use crate::gateway::word::Word;
use crate::journal::{self, Entry, Head};

/// Adds what changed about a trade to a batch. The journal hears of another stage, not of every question: a trade that
/// waits is asked about every few seconds.
pub(in crate::gateway) fn save(batch: &mut Batch, head: &mut Head, before: Stage, trade: &TradeRow, at: i64) {
    let state = &trade.state;
    batch
        .add(
            "UPDATE trade SET trade_no = ?, stage = ?, sent_at = ?, known_at = ?, until = ?, next_what = ?, next_at = ?,
                              doubts = ?, ends = ?, ended = ?, code = ?, refusal = ?, buyer = ?, receipt_id = ?
             WHERE id = ?",
        )
        .bind(trade.trade_no.clone())
        .bind(state.stage.as_str())
        .bind(state.sent_at)
        .bind(state.known_at)
        .bind(state.until)
        .bind(state.next.map(|(what, _)| what.as_str()))
        .bind(state.next.map(|(_, at)| at))
        .bind(state.doubts)
        .bind(state.ends)
        .bind(state.ended)
        .bind(trade.code.clone())
        .bind(trade.refusal.clone())
        .bind(trade.buyer.clone())
        .bind(trade.receipt_id)
        .bind(trade.id);
    if state.stage == before {
        return;
    }
    let entry = Entry {
        at,
        actor: ACTOR,
        act: match state.stage {
            Stage::Planned => "trade.planned",
            Stage::Waiting => "trade.waiting",
            Stage::Ending => "trade.ending",
            Stage::Fading => "trade.fading",
            Stage::Paid => "trade.paid",
            Stage::Over => "trade.over",
        },
        subject: format!("trade:{}", trade.id),
        before: json!({ "stage": before }),
        after: json!({
            "stage": state.stage, "ticket": trade.ticket_id, "trade_no": trade.trade_no, "receipt": trade.receipt_id,
        }),
    };
    head.append(batch, &entry);
}

/// Who acts when a provider says something, or when time is up.
pub(in crate::gateway) const ACTOR: &str = "gateway";

/// Writes one change of a trade.
pub(super) async fn change(
    c: &mut SqliteConnection,
    mut trade: TradeRow,
    at: i64,
    how: impl FnOnce(&mut Trade),
) -> Result<TradeRow> {
    let before = trade.state.stage;
    how(&mut trade.state);
    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
    save(&mut batch, &mut head, before, &trade, at);
    batch.run(c).await?;
    Ok(trade)
}

/// The trades that were begun for a ticket and still have a next step.
pub(super) async fn alive(c: &mut SqliteConnection, ticket_id: i64) -> Result<Vec<TradeRow>> {
    let rows = sqlx::query(trades!("", "WHERE x.ticket_id = ?1 AND x.next_at IS NOT NULL ORDER BY x.id"));
    rows.bind(ticket_id).fetch_all(c).await?.iter().map(read).collect()
}

pub(super) fn waits(stage: Stage) -> bool {
    matches!(stage, Stage::Planned | Stage::Waiting)
}

pub(super) async fn send(
    c: &mut SqliteConnection,
    id: i64,
    what: What,
    now: i64,
    pace: &Pace,
) -> Result<Option<TradeRow>> {
    let trade = row(c, id).await?;
    let due = trade.state.next.is_some_and(|(next, at)| next == what && at <= now);
    // Nobody is charged for a ticket that has ended meanwhile.
    if !due || (what == What::Begin && trade.ticket_status != Status::Open) {
        return Ok(None);
    }
    Ok(Some(change(c, trade, now, |state| state.send(what, now, pace)).await?))
}

/// Whether another trade of this contract has the provider's number.
pub(in crate::gateway) async fn number_taken(
    c: &mut SqliteConnection,
    trade: &TradeRow,
    trade_no: &str,
) -> Result<bool> {
    let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM trade WHERE gateway_id = ?1 AND trade_no = ?2 AND id <> ?3)")
        .bind(trade.gateway_id)
        .bind(trade_no)
        .bind(trade.id)
        .fetch_one(c)
        .await?;
    Ok(row.get(0))
}

pub(super) async fn hear(c: &mut SqliteConnection, heard: HeardTrade) -> Result<TradeRow> {
    let mut trade = row(c, heard.trade_id).await?;
    let before = trade.state.stage;
    trade.state.hear(heard.what, heard.word, heard.at, &heard.pace);
    // Of a trade that is over the last word stands.
    if !matches!(before, Stage::Paid | Stage::Over) {
        trade.code = heard.code.unwrap_or(trade.code);
        trade.refusal = heard.refusal.unwrap_or(trade.refusal);
        if let Some(trade_no) = heard.trade_no
            && trade.trade_no.as_ref() != Some(&trade_no)
            && !number_taken(c, &trade, &trade_no).await?
        {
            trade.trade_no = Some(trade_no);
        }
    }
    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
    save(&mut batch, &mut head, before, &trade, heard.at);
    let said = Word { gateway_id: Some(trade.gateway_id), trade_id: Some(trade.id), ..heard.said };
    if said.is_new(c).await? {
        said.note(&mut batch);
    }
    batch.run(c).await?;
    Ok(trade)
}
