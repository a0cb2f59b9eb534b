//! Writing trades down.

use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};
use till_core::ticket::Status;
use till_core::trade::Stage;

use super::step::{alive, waits};
use super::{NewTrade, PlanTrade, TradeRow};
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::gateway::contract;
use crate::journal::{self, Entry, Head};
use crate::request::{self, Act};
use crate::ticket::{self, TicketRow};

/// Adds trades for a waiting ticket to a batch. The caller adds the journal's rows ([`planned`]).
pub(crate) async fn plan_in(
    c: &mut SqliteConnection,
    batch: &mut Batch,
    ticket: &TicketRow,
    at: i64,
    new: Vec<NewTrade>,
) -> Result<Vec<TradeRow>> {
    let mut planned = Vec::with_capacity(new.len());
    if new.is_empty() {
        return Ok(planned);
    }
    let row = sqlx::query("SELECT coalesce(max(id), 0) + 1 FROM trade").fetch_one(&mut *c).await?;
    for (id, new) in (row.get::<i64, _>(0)..).zip(new) {
        assert_eq!(new.state.stage, Stage::Planned, "a trade begins as a plan");
        let trade = TradeRow {
            id,
            ticket_id: ticket.id,
            gateway_id: new.gateway_id,
            channel: contract::live(c, new.gateway_id).await?.provider,
            out_no: new.out_no,
            trade_no: None,
            amount: ticket.due,
            subject: new.subject,
            surface: new.surface,
            ip: new.ip,
            created_at: at,
            state: new.state,
            code: String::new(),
            refusal: String::new(),
            buyer: String::new(),
            receipt_id: None,
            paid_ticket_id: None,
            ticket_status: ticket.status,
            ticket_expires_at: ticket.expires_at,
            refunds: Vec::new(),
        };
        insert(batch, &trade);
        planned.push(trade);
    }
    Ok(planned)
}

fn insert(batch: &mut Batch, trade: &TradeRow) {
    batch
        .add(
            "INSERT INTO trade (id, ticket_id, gateway_id, out_no, amount_fen, subject, scanned, surface, ip, created_at,
                                stage, sent_at, until, next_what, next_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(trade.id)
        .bind(trade.ticket_id)
        .bind(trade.gateway_id)
        .bind(trade.out_no.clone())
        .bind(trade.amount.get())
        .bind(trade.subject.clone())
        .bind(trade.state.scanned)
        .bind(trade.surface.clone())
        .bind(trade.ip.clone())
        .bind(trade.created_at)
        .bind(trade.state.stage.as_str())
        .bind(trade.state.sent_at)
        .bind(trade.state.until)
        .bind(trade.state.next.map(|(what, _)| what.as_str()))
        .bind(trade.state.next.map(|(_, at)| at));
}

/// Adds what the journal says of trades that were planned.
pub(crate) fn planned(batch: &mut Batch, head: &mut Head, trades: &[TradeRow], actor: &str) {
    for trade in trades {
        let entry = Entry {
            at: trade.created_at,
            actor,
            act: "trade.planned",
            subject: format!("trade:{}", trade.id),
            before: Value::Null,
            after: json!({
                "ticket": trade.ticket_id, "gateway": trade.gateway_id, "out_no": trade.out_no, "amount_fen": trade.amount,
                "scanned": trade.state.scanned, "surface": trade.surface,
            }),
        };
        head.append(batch, &entry);
    }
}

/// The verb under which a plan is noted: trades for a ticket that waits already come from a scan.
const VERB: &str = "scan";

pub(super) async fn plan(c: &mut SqliteConnection, plan: PlanTrade) -> Result<Act<TradeRow>> {
    if let Some(id) = request::seen(c, &plan.request_id, VERB).await? {
        return Ok(Act::Repeat(id));
    }
    let ticket = ticket::row(c, plan.ticket_id).await?;
    if ticket.status != Status::Open {
        return Err(StoreError::Conflict("ticket_not_open"));
    }
    let scanning = |t: &TradeRow| t.state.scanned && (waits(t.state.stage) || t.state.stage == Stage::Ending);
    if plan.trade.state.scanned && alive(c, ticket.id).await?.iter().any(scanning) {
        return Err(StoreError::Conflict("scan_in_progress"));
    }
    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
    let mut trades = plan_in(c, &mut batch, &ticket, plan.at, vec![plan.trade]).await?;
    planned(&mut batch, &mut head, &trades, &plan.actor);
    let trade = trades.pop().ok_or_else(|| StoreError::corrupt("a plan without a trade"))?;
    request::note_in(&mut batch, &plan.request_id, VERB, trade.id, plan.at);
    batch.run(c).await?;
    Ok(Act::New(trade))
}
