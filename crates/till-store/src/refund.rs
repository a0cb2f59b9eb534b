//! Refunds and voids: money that went back. The only place that writes one.

use std::collections::HashMap;

use sqlx::{Row, SqliteConnection};
use till_core::report::RefundKind;
use till_core::ticket::Status;
use till_core::{Channel, Fen};

use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};
use crate::ticket::{self, TicketFull, TicketRow, channel, fen};
use crate::{Store, books};

/// A refund or void as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct RefundRow {
    pub id: i64,
    pub kind: String,
    pub channel: Channel,
    pub amount: Fen,
    pub reference: String,
    pub reason: String,
    pub at: i64,
    pub business_date: String,
    pub actor: String,
    pub approved_by: Option<String>,
}

/// Money to be given back.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct GiveBack {
    pub request_id: String,
    pub actor: String,
    pub approved_by: Option<String>,
    pub at: i64,
    /// Of now: a refund books on the day it is made.
    pub business_date: String,
    pub ticket_id: i64,
    pub kind: RefundKind,
    pub channel: Channel,
    pub amount: Fen,
    pub reference: String,
    pub reason: String,
}

/// The refunds of tickets (a JSON array of ids), oldest first.
pub(crate) async fn of_tickets(c: &mut SqliteConnection, ids: &str) -> Result<HashMap<i64, Vec<RefundRow>>> {
    let rows =
        sqlx::query("SELECT * FROM refund WHERE ticket_id IN (SELECT value FROM json_each(?1)) ORDER BY ticket_id, id")
            .bind(ids)
            .fetch_all(c)
            .await?;
    let mut by_ticket: HashMap<i64, Vec<RefundRow>> = HashMap::new();
    for row in &rows {
        let refund = RefundRow {
            id: row.get("id"),
            kind: row.get("kind"),
            channel: channel(row, "channel")?,
            amount: fen(row, "amount_fen")?,
            reference: row.get("reference"),
            reason: row.get("reason"),
            at: row.get("at"),
            business_date: row.get("business_date"),
            actor: row.get("actor"),
            approved_by: row.get("approved_by"),
        };
        by_ticket.entry(row.get("ticket_id")).or_default().push(refund);
    }
    Ok(by_ticket)
}

/// What is left of a ticket's money: in all, and of one channel. What is on its way back through a contract has gone.
pub(crate) fn left(full: &TicketFull, of: Channel) -> (i64, i64) {
    let (mut all, mut own) = (0, 0);
    let paid = full.payments.iter().map(|p| (p.channel, p.amount.get()));
    let back = full.refunds.iter().map(|r| (r.channel, -r.amount.get()));
    let trades = full.trades.iter().filter(|t| t.paid_ticket_id == Some(full.ticket.id));
    let under_way =
        trades.flat_map(|t| t.refunds.iter().filter(|r| r.is_under_way()).map(|r| (t.channel, -r.amount.get())));
    for (channel, amount) in paid.chain(back).chain(under_way) {
        all += amount;
        own += if channel == of { amount } else { 0 };
    }
    (all, own)
}

/// Why an amount cannot go back this way, if it cannot.
pub(crate) async fn may_give_back(c: &mut SqliteConnection, full: &TicketFull, what: &GiveBack) -> Result<()> {
    if full.ticket.status != Status::Paid {
        return Err(StoreError::Conflict("ticket_not_paid"));
    }
    let (all, own) = left(full, what.channel);
    if all <= 0 {
        return Err(StoreError::Conflict("nothing_left"));
    }
    if what.amount.get() > all {
        return Err(StoreError::Conflict("refund_too_large"));
    }
    // Cash settles any debt; a wallet takes back what it brought.
    if what.channel != Channel::Cash {
        if !full.payments.iter().any(|p| p.channel == what.channel) {
            return Err(StoreError::Conflict("refund_other_channel"));
        }
        if what.amount.get() > own {
            return Err(StoreError::Conflict("refund_too_large_for_channel"));
        }
    }
    if what.kind == RefundKind::Void {
        if what.amount.get() != all {
            return Err(StoreError::Conflict("void_is_all"));
        }
        if !still_open(c, what.ticket_id, &what.business_date).await? {
            return Err(StoreError::Conflict("void_too_late"));
        }
    }
    Ok(())
}

/// A sale can be undone only while its money is of this business day and in no closed one.
pub(crate) async fn still_open(c: &mut SqliteConnection, ticket_id: i64, business_date: &str) -> Result<bool> {
    let row = sqlx::query(
        "SELECT count(*) FROM settlement s WHERE s.ticket_id = ?1 AND (s.business_date <> ?2
           OR EXISTS (SELECT 1 FROM z_report z WHERE z.business_date = s.business_date AND z.closed_at >= s.at))",
    );
    let passed: i64 = row.bind(ticket_id).bind(business_date).fetch_one(c).await?.get(0);
    Ok(passed == 0)
}

/// Writes a refund that may be made, and answers its id. The request is for the caller to note.
pub(crate) async fn book(c: &mut SqliteConnection, ticket: &TicketRow, what: &GiveBack) -> Result<i64> {
    let at = books::after_seal(c, what.at).await?;
    let row = sqlx::query(
        "INSERT INTO refund (ticket_id, kind, channel, amount_fen, reference, reason, at, business_date, actor, approved_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
    )
    .bind(what.ticket_id)
    .bind(what.kind.as_str())
    .bind(what.channel.as_str())
    .bind(what.amount.get())
    .bind(&what.reference)
    .bind(&what.reason)
    .bind(at)
    .bind(&what.business_date)
    .bind(&what.actor)
    .bind(&what.approved_by)
    .fetch_one(&mut *c)
    .await?;
    let id: i64 = row.get(0);
    let entry = Entry {
        at,
        actor: &what.actor,
        act: if what.kind == RefundKind::Void { "refund.void" } else { "refund.made" },
        subject: format!("ticket:{}", what.ticket_id),
        before: serde_json::json!({ "refunded_fen": ticket.refunded }),
        after: serde_json::json!({
            "refund": id, "kind": what.kind, "channel": what.channel, "amount_fen": what.amount,
            "refunded_fen": ticket.refunded.plus(what.amount).map_err(StoreError::corrupt)?,
            "reference": what.reference, "reason": what.reason,
            "business_date": what.business_date, "approved_by": what.approved_by,
        }),
    };
    journal::append(c, entry).await?;
    Ok(id)
}

async fn give_back(c: &mut SqliteConnection, what: GiveBack) -> Result<Act<TicketFull>> {
    if let Some(id) = request::seen(c, &what.request_id, "refund").await? {
        return Ok(Act::Repeat(id));
    }
    let before = ticket::full(c, what.ticket_id).await?;
    may_give_back(c, &before, &what).await?;
    book(c, &before.ticket, &what).await?;
    request::note(c, &what.request_id, "refund", what.ticket_id, what.at).await?;
    Ok(Act::New(ticket::full(c, what.ticket_id).await?))
}

impl Store {
    /// Gives money of a paid ticket back, or voids what is left of it.
    pub async fn give_back(&self, what: GiveBack) -> Result<Act<TicketFull>> {
        self.writer.write(move |c| Box::pin(give_back(c, what))).await
    }
}
