//! Trades: attempts to be paid through a contract. What to ask next is decided by the core's rules and stored before
//! anything is asked.

mod plan;
mod rows;
mod step;

use sqlx::Row;
use till_core::ticket::Status;
use till_core::trade::{Pace, Trade, What};
use till_core::{Channel, Fen, trade};

use super::refund::GatewayRefundRow;
use super::word::Word;
use crate::Store;
use crate::error::{Result, StoreError};
use crate::request::Act;

pub(crate) use plan::{plan_in, planned};
use rows::with_its_refunds;
pub(crate) use rows::{of_paid, of_tickets};
pub(super) use rows::{read, row, trades};
pub(super) use step::{ACTOR, number_taken, save};

/// A trade as stored, with what of its contract and its ticket its next step depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct TradeRow {
    pub id: i64,
    pub ticket_id: i64,
    pub gateway_id: i64,
    /// The contract's provider.
    pub channel: Channel,
    pub out_no: String,
    pub trade_no: Option<String>,
    pub amount: Fen,
    pub subject: String,
    pub surface: String,
    pub ip: String,
    pub created_at: i64,
    /// As the core's rules see it.
    pub state: Trade,
    pub code: String,
    pub refusal: String,
    pub buyer: String,
    /// Its money, once it was paid.
    pub receipt_id: Option<i64>,
    /// The ticket that money was booked on; none while it waits in the inbox.
    pub paid_ticket_id: Option<i64>,
    /// Of the ticket it was begun for.
    pub ticket_status: Status,
    pub ticket_expires_at: Option<i64>,
    /// Oldest first. Empty where trades are read to be carried on ([`Store::due_trades`], [`Store::send_trade`]).
    pub refunds: Vec<GatewayRefundRow>,
}

/// A trade to be written down. Its amount is its ticket's due amount.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewTrade {
    pub gateway_id: i64,
    pub out_no: String,
    pub subject: String,
    pub surface: String,
    pub ip: String,
    /// From [`Trade::plan`]; of one that is paid elsewhere already sent.
    pub state: Trade,
}

/// A trade for a ticket that waits already.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct PlanTrade {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub ticket_id: i64,
    pub trade: NewTrade,
}

/// What a provider answered about a trade. Never that it was paid: that is [`Store::take_trade`].
#[derive(Clone, Debug)]
pub struct HeardTrade {
    /// Which trade.
    pub trade_id: i64,
    /// In answer to what.
    pub what: What,
    /// What it amounts to.
    pub word: trade::Word,
    /// When it was heard.
    pub at: i64,
    /// The provider's schedule.
    pub pace: Pace,
    /// What the customer scans; none: nothing new about it.
    pub code: Option<String>,
    /// The provider's number; none: nothing new about it.
    pub trade_no: Option<String>,
    /// JSON of a refusal or doubt; none: the last one stands, empty: it is no longer true.
    pub refusal: Option<String>,
    /// What was said, for the record.
    pub said: Word,
}

impl Store {
    /// Writes down a trade for a waiting ticket (`trade.planned`; subject `trade:ID`); repeats name the trade.
    /// `Conflict`: `ticket_not_open`, `gateway_ended`, or `scan_in_progress` while another scanned trade of this ticket
    /// is planned, waiting or ending.
    pub async fn plan_trade(&self, plan: PlanTrade) -> Result<Act<TradeRow>> {
        self.writer.write(move |c| Box::pin(plan::plan(c, plan))).await
    }

    /// One trade, with its refunds.
    pub async fn trade(&self, id: i64) -> Result<TradeRow> {
        let mut c = self.read.acquire().await?;
        let row = sqlx::query(trades!("", "WHERE x.id = ?1")).bind(id).fetch_optional(&mut *c).await?;
        with_its_refunds(&mut c, row).await?.ok_or(StoreError::NotFound)
    }

    /// The trade of a provider with our number, with its refunds.
    pub async fn trade_by_number(&self, provider: Channel, out_no: &str) -> Result<Option<TradeRow>> {
        let mut c = self.read.acquire().await?;
        let row = sqlx::query(trades!("", "WHERE x.out_no = ?1 AND g.provider = ?2"))
            .bind(out_no)
            .bind(provider.as_str())
            .fetch_optional(&mut *c)
            .await?;
        with_its_refunds(&mut c, row).await
    }

    /// The trade that brought an inbox item's money, with its refunds.
    pub async fn trade_of_item(&self, item_id: i64) -> Result<Option<TradeRow>> {
        let mut c = self.read.acquire().await?;
        let row = sqlx::query(trades!("", "WHERE x.receipt_id = (SELECT receipt_id FROM inbox WHERE id = ?1)"))
            .bind(item_id)
            .fetch_optional(&mut *c)
            .await?;
        with_its_refunds(&mut c, row).await
    }

    /// The trades of a ticket, oldest first, with their refunds: those begun for it, and those whose money it was given.
    pub async fn trades_of(&self, ticket_id: i64) -> Result<Vec<TradeRow>> {
        let mut trades = of_tickets(&mut *self.read.acquire().await?, &format!("[{ticket_id}]")).await?;
        Ok(trades.remove(&ticket_id).unwrap_or_default())
    }

    /// Trades with a step to take now, the longest due first; among them those that still wait for a customer although
    /// their ticket has ended.
    pub async fn due_trades(&self, now: i64, limit: u32) -> Result<Vec<TradeRow>> {
        let rows = sqlx::query(trades!(
            "",
            "WHERE x.next_at IS NOT NULL
               AND (x.next_at <= ?1 OR (x.stage IN ('planned', 'waiting') AND t.status <> 'open'))
             ORDER BY x.next_at, x.id LIMIT ?2"
        ))
        .bind(now)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(read).collect()
    }

    /// When the next trade or refund has a step to take.
    pub async fn next_trade_at(&self) -> Result<Option<i64>> {
        let row = sqlx::query(
            "SELECT min(at) FROM (SELECT min(next_at) AS at FROM trade WHERE next_at IS NOT NULL
             UNION ALL SELECT min(t.ended_at) FROM trade x JOIN ticket t ON t.id = x.ticket_id AND t.status <> 'open'
                       WHERE x.next_at IS NOT NULL AND x.stage IN ('planned', 'waiting')
             UNION ALL SELECT min(next_at) FROM gateway_refund WHERE next_at IS NOT NULL)",
        )
        .fetch_one(&self.read)
        .await?;
        Ok(row.get(0))
    }

    /// Writes down that a question leaves now; returns after the commit, and before that nothing may be sent. None: the
    /// step is not (or no longer) this one, or the ticket has ended and nothing may be begun for it.
    pub async fn send_trade(&self, id: i64, what: What, now: i64, pace: Pace) -> Result<Option<TradeRow>> {
        self.writer.write(move |c| Box::pin(async move { step::send(c, id, what, now, &pace).await })).await
    }

    /// Stops what still waits for the customer of a ticket; names the trades it changed.
    pub async fn stop_trades(&self, ticket_id: i64, now: i64) -> Result<Vec<i64>> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let mut stopped = Vec::new();
                    for trade in step::alive(c, ticket_id).await? {
                        if step::waits(trade.state.stage) {
                            stopped.push(step::change(c, trade, now, |state| state.stop(now)).await?.id);
                        }
                    }
                    Ok(stopped)
                })
            })
            .await
    }

    /// Stops one trade, if it still waits for its customer.
    pub async fn stop_trade(&self, id: i64, now: i64) -> Result<TradeRow> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let trade = row(c, id).await?;
                    if step::waits(trade.state.stage) {
                        step::change(c, trade, now, |state| state.stop(now)).await
                    } else {
                        Ok(trade)
                    }
                })
            })
            .await
    }

    /// Lets the next question about each of a ticket's trades leave now.
    pub async fn hurry_trades(&self, ticket_id: i64, now: i64) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    for trade in step::alive(c, ticket_id).await? {
                        step::change(c, trade, now, |state| state.hurry(now)).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Takes an answer that brings no money.
    pub async fn hear_trade(&self, heard: HeardTrade) -> Result<TradeRow> {
        assert_ne!(heard.word, trade::Word::Paid, "money comes in through `take_trade`");
        self.writer.write(move |c| Box::pin(step::hear(c, heard))).await
    }
}
