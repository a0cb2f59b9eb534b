//! Ending without money, and what an end leaves occupied for a while.

use sqlx::Row;
use till_core::Fen;
use till_core::ticket::Status;

use super::rows::fill;
use super::{TicketFull, TicketRow, full, row};
use crate::Store;
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry, Head};
use crate::request::{self, Act};

/// A ticket to be ended without money.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct End {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub ticket_id: i64,
    pub cool_until: i64,
}

/// Frees an amount, or all amounts, that have cooled down.
pub(super) fn release(batch: &mut Batch, amount: Option<Fen>, now: i64) {
    batch
        .add(
            "UPDATE hold SET released_at = ? WHERE released_at IS NULL AND amount_fen BETWEEN ? AND ?
             AND EXISTS (SELECT 1 FROM ticket t WHERE t.id = hold.ticket_id AND t.cool_until <= ?)",
        )
        .bind(now)
        .bind(amount.map_or(0, Fen::get))
        .bind(amount.map_or(i64::MAX, Fen::get))
        .bind(now);
}

/// Ends a waiting ticket without money and lets its amount cool down.
pub(crate) fn end(
    batch: &mut Batch,
    head: &mut Head,
    ticket: &mut TicketRow,
    status: Status,
    at: i64,
    cool_until: i64,
    actor: &str,
) {
    batch
        .add("UPDATE ticket SET status = ?, ended_at = ?, cool_until = ? WHERE id = ?")
        .bind(status.as_str())
        .bind(at)
        .bind(cool_until)
        .bind(ticket.id);
    let entry = Entry {
        at,
        actor,
        act: if status == Status::Expired { "ticket.expired" } else { "ticket.cancelled" },
        subject: format!("ticket:{}", ticket.id),
        before: serde_json::json!({ "status": ticket.status }),
        after: serde_json::json!({ "status": status, "cool_until": cool_until }),
    };
    head.append(batch, &entry);
    (ticket.status, ticket.ended_at) = (status, Some(at));
}

impl Store {
    /// Cancels a waiting ticket.
    pub async fn cancel(&self, what: End) -> Result<Act<TicketFull>> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if let Some(id) = request::seen(c, &what.request_id, "cancel").await? {
                        return Ok(Act::Repeat(id));
                    }
                    let mut ticket = row(c, what.ticket_id).await?;
                    if ticket.status != Status::Open {
                        return Err(StoreError::Conflict("ticket_not_open"));
                    }
                    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
                    let (status, at, until) = (Status::Cancelled, what.at, what.cool_until);
                    end(&mut batch, &mut head, &mut ticket, status, at, until, &what.actor);
                    request::note_in(&mut batch, &what.request_id, "cancel", ticket.id, at);
                    batch.run(c).await?;
                    Ok(Act::New(full(c, ticket.id).await?))
                })
            })
            .await
    }

    /// Expires every ticket whose time has run out, and releases the amounts that have cooled down.
    pub async fn sweep(&self, now: i64, cooldown: i64) -> Result<Vec<TicketFull>> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let rows = sqlx::query(
                        "SELECT * FROM ticket WHERE status = 'open' AND expires_at <= ?1 ORDER BY id LIMIT 100",
                    )
                    .bind(now)
                    .fetch_all(&mut *c)
                    .await?;
                    let mut ended = Vec::with_capacity(rows.len());
                    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
                    for row in &rows {
                        let mut ticket = TicketRow::read(row)?;
                        let at = ticket.expires_at.unwrap_or(now);
                        let until = at.saturating_add(cooldown);
                        end(&mut batch, &mut head, &mut ticket, Status::Expired, at, until, "till");
                        ended.push(ticket);
                    }
                    release(&mut batch, None, now);
                    batch.run(c).await?;
                    fill(c, ended).await
                })
            })
            .await
    }

    /// Ends one waiting ticket's time early (practice: a payment that comes too late).
    pub async fn expire(&self, ticket_id: i64, at: i64, cooldown: i64) -> Result<TicketFull> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let mut ticket = row(c, ticket_id).await?;
                    if ticket.status != Status::Open {
                        return Err(StoreError::Conflict("ticket_not_open"));
                    }
                    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
                    let until = at.saturating_add(cooldown);
                    end(&mut batch, &mut head, &mut ticket, Status::Expired, at, until, "practice");
                    batch.run(c).await?;
                    full(c, ticket_id).await
                })
            })
            .await
    }

    /// When the next ticket runs out or the next amount has cooled down.
    pub async fn next_deadline(&self) -> Result<Option<i64>> {
        let row = sqlx::query(
            "SELECT min(at) FROM (SELECT min(expires_at) AS at FROM ticket WHERE status = 'open'
             UNION ALL SELECT min(t.cool_until) FROM hold h JOIN ticket t ON t.id = h.ticket_id WHERE h.released_at IS NULL)",
        )
        .fetch_one(&self.read)
        .await?;
        Ok(row.get(0))
    }
}
