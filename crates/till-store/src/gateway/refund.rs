//! Money going back through a contract: written down before the provider hears of it, booked once it is done.

use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::Fen;
use till_core::report::RefundKind;
use till_core::trade::{RefundStage, RefundTry, RefundWord, Stage};

use super::trade::{self, TradeRow};
use super::word::Word;
use crate::Store;
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::inbox::{self, SetAside};
use crate::journal::{self, Entry};
use crate::refund::{self as give_back, GiveBack};
use crate::request::{self, Act};
use crate::ticket::{self, TicketFull, fen, fen_or_none};

/// A refund through a contract as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct GatewayRefundRow {
    pub id: i64,
    pub trade_id: i64,
    pub gateway_id: i64,
    /// The ticket the trade's money was booked on; of an inbox item the one the trade was begun for.
    pub ticket_id: i64,
    pub refund_no: String,
    pub trade_no: Option<String>,
    pub amount: Fen,
    pub kind: RefundKind,
    pub reason: String,
    pub actor: String,
    pub created_at: i64,
    /// As the core's rules see it.
    pub state: RefundTry,
    pub refusal: String,
    pub item_id: Option<i64>,
}

impl GatewayRefundRow {
    /// What the journal's rows about it are about.
    fn subject(&self) -> String {
        self.item_id.map_or_else(|| format!("ticket:{}", self.ticket_id), |id| format!("inbox:{id}"))
    }

    /// Its money goes back, or may be going back, and is not booked yet; an inbox item's is on no ticket.
    pub(crate) fn is_under_way(&self) -> bool {
        self.item_id.is_none() && matches!(self.state.stage, RefundStage::Asked | RefundStage::Pending)
    }
}

/// A refund to be written down.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct PlanRefund {
    pub request_id: String,
    pub actor: String,
    pub approved_by: Option<String>,
    pub at: i64,
    pub business_date: String,
    pub trade_id: i64,
    pub refund_no: String,
    pub amount: Fen,
    pub kind: RefundKind,
    pub reason: String,
    /// The inbox item that ends with it; none: a ticket's money goes back.
    pub item_id: Option<i64>,
}

/// What a provider answered about a refund.
#[derive(Clone, Debug)]
pub struct HeardRefund {
    /// Which refund.
    pub id: i64,
    /// Whether the question was how it stands (or to do it).
    pub query: bool,
    /// What it amounts to.
    pub word: RefundWord,
    /// When it was heard.
    pub at: i64,
    /// Of now: a refund books on the day it is done.
    pub business_date: String,
    /// The provider's number of the refund; none: nothing new about it.
    pub trade_no: Option<String>,
    /// JSON of a refusal or doubt; none: the last one stands, empty: it is no longer true.
    pub refusal: Option<String>,
    /// What was said, for the record.
    pub said: Word,
}

macro_rules! refunds {
    ($which:literal) => {
        concat!(
            "SELECT r.*, x.gateway_id, coalesce(s.ticket_id, x.ticket_id) AS ticket_id
             FROM gateway_refund r JOIN trade x ON x.id = r.trade_id LEFT JOIN settlement s ON s.receipt_id = x.receipt_id ",
            $which
        )
    };
}

fn read(row: &SqliteRow) -> Result<GatewayRefundRow> {
    let (kind, stage): (&str, &str) = (row.get("kind"), row.get("stage"));
    Ok(GatewayRefundRow {
        id: row.get("id"),
        trade_id: row.get("trade_id"),
        gateway_id: row.get("gateway_id"),
        ticket_id: row.get("ticket_id"),
        refund_no: row.get("refund_no"),
        trade_no: row.get("trade_no"),
        amount: fen(row, "amount_fen")?,
        kind: RefundKind::from_text(kind).ok_or_else(|| StoreError::corrupt(kind))?,
        reason: row.get("reason"),
        actor: row.get("actor"),
        created_at: row.get("created_at"),
        state: RefundTry {
            stage: RefundStage::from_text(stage).ok_or_else(|| StoreError::corrupt(stage))?,
            query: row.get("query"),
            next_at: row.get("next_at"),
            sent_at: row.get("sent_at"),
            steps: row.get("steps"),
            unsure: row.get("unsure"),
        },
        refusal: row.get("refusal"),
        item_id: row.get("item_id"),
    })
}

/// The refunds of trades, oldest first.
pub(super) async fn of_trades(c: &mut SqliteConnection, trade_ids: &[i64]) -> Result<Vec<GatewayRefundRow>> {
    let ids = serde_json::to_string(trade_ids)?;
    let rows = sqlx::query(refunds!("WHERE r.trade_id IN (SELECT value FROM json_each(?1)) ORDER BY r.id"));
    rows.bind(ids).fetch_all(c).await?.iter().map(read).collect()
}

/// Whether the money of an inbox item is on its way back.
pub(crate) async fn is_going_back(c: &mut SqliteConnection, item_id: i64) -> Result<bool> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM gateway_refund WHERE item_id = ?1 AND stage IN ('asked', 'pending'))",
    );
    Ok(row.bind(item_id).fetch_one(c).await?.get(0))
}

async fn row(c: &mut SqliteConnection, id: i64) -> Result<GatewayRefundRow> {
    let row = sqlx::query(refunds!("WHERE r.id = ?1")).bind(id).fetch_optional(c).await?;
    read(&row.ok_or(StoreError::NotFound)?)
}

/// Whether an inbox item may go back through a trade.
async fn may_return(c: &mut SqliteConnection, trade: &TradeRow, item_id: i64, plan: &PlanRefund) -> Result<()> {
    let row = sqlx::query(
        "SELECT i.state, i.receipt_id, r.amount_fen FROM inbox i LEFT JOIN receipt r ON r.id = i.receipt_id WHERE i.id = ?1",
    );
    let row = row.bind(item_id).fetch_optional(&mut *c).await?.ok_or(StoreError::NotFound)?;
    if row.get::<&str, _>("state") != "open" {
        return Err(StoreError::Conflict("item_done"));
    }
    if row.get::<Option<i64>, _>("receipt_id") != trade.receipt_id {
        return Err(StoreError::Conflict("item_of_other_trade"));
    }
    if is_going_back(c, item_id).await? {
        return Err(StoreError::Conflict("refund_under_way"));
    }
    if plan.kind != RefundKind::Refund || fen_or_none(&row, "amount_fen")? != Some(plan.amount) {
        return Err(StoreError::Conflict("item_is_all"));
    }
    Ok(())
}

/// Whether the money that a trade brought a ticket may go back through it.
async fn may_refund(c: &mut SqliteConnection, trade: &TradeRow, plan: &PlanRefund) -> Result<()> {
    let ticket_id = trade.paid_ticket_id.ok_or(StoreError::Conflict("trade_not_booked"))?;
    let full = ticket::full(c, ticket_id).await?;
    let back = GiveBack {
        request_id: plan.request_id.clone(),
        actor: plan.actor.clone(),
        approved_by: plan.approved_by.clone(),
        at: plan.at,
        business_date: plan.business_date.clone(),
        ticket_id,
        kind: plan.kind,
        channel: trade.channel,
        amount: plan.amount,
        reference: plan.refund_no.clone(),
        reason: plan.reason.clone(),
    };
    give_back::may_give_back(c, &full, &back).await?;
    // The ticket may have more money of this channel than this trade brought.
    let row = sqlx::query(
        "SELECT r.amount_fen - coalesce((SELECT sum(amount_fen) FROM gateway_refund WHERE trade_id = ?1 AND stage <> 'refused'), 0)
         FROM receipt r WHERE r.id = ?2",
    );
    let left: i64 = row.bind(trade.id).bind(trade.receipt_id).fetch_one(c).await?.get(0);
    if plan.amount.get() > left { Err(StoreError::Conflict("refund_too_large_for_trade")) } else { Ok(()) }
}

async fn plan(c: &mut SqliteConnection, plan: PlanRefund) -> Result<Act<GatewayRefundRow>> {
    let verb = if plan.item_id.is_some() { "return_item" } else { "refund" };
    if let Some(id) = request::seen(c, &plan.request_id, verb).await? {
        return Ok(Act::Repeat(id));
    }
    let trade = trade::row(c, plan.trade_id).await?;
    if trade.state.stage != Stage::Paid {
        return Err(StoreError::Conflict("trade_not_paid"));
    }
    match plan.item_id {
        Some(item_id) => may_return(c, &trade, item_id, &plan).await?,
        None => may_refund(c, &trade, &plan).await?,
    }
    let state = RefundTry::plan(plan.at);
    let inserted = sqlx::query(
        "INSERT INTO gateway_refund (trade_id, refund_no, amount_fen, kind, reason, actor, approved_by, item_id, created_at,
                                     stage, query, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING id",
    )
    .bind(trade.id)
    .bind(&plan.refund_no)
    .bind(plan.amount.get())
    .bind(plan.kind.as_str())
    .bind(&plan.reason)
    .bind(&plan.actor)
    .bind(&plan.approved_by)
    .bind(plan.item_id)
    .bind(plan.at)
    .bind(state.stage.as_str())
    .bind(state.query)
    .bind(state.next_at)
    .fetch_one(&mut *c)
    .await?;
    let refund = row(c, inserted.get(0)).await?;
    let entry = Entry {
        at: plan.at,
        actor: &plan.actor,
        act: "refund.asked",
        subject: refund.subject(),
        before: Value::Null,
        after: json!({
            "trade": trade.id, "refund_no": refund.refund_no, "kind": refund.kind, "amount_fen": refund.amount,
            "reason": refund.reason, "approved_by": plan.approved_by,
        }),
    };
    journal::append(c, entry).await?;
    request::note(c, &plan.request_id, verb, plan.item_id.unwrap_or(refund.ticket_id), plan.at).await?;
    Ok(Act::New(refund))
}

async fn save(c: &mut SqliteConnection, refund: &GatewayRefundRow, booked: Option<i64>) -> Result<()> {
    let state = &refund.state;
    sqlx::query(
        "UPDATE gateway_refund SET trade_no = ?2, stage = ?3, query = ?4, next_at = ?5, sent_at = ?6, steps = ?7, unsure = ?8,
                                   refusal = ?9, refund_id = coalesce(?10, refund_id) WHERE id = ?1",
    )
    .bind(refund.id)
    .bind(&refund.trade_no)
    .bind(state.stage.as_str())
    .bind(state.query)
    .bind(state.next_at)
    .bind(state.sent_at)
    .bind(state.steps)
    .bind(state.unsure)
    .bind(&refund.refusal)
    .bind(booked)
    .execute(c)
    .await?;
    Ok(())
}

async fn send(c: &mut SqliteConnection, id: i64, now: i64) -> Result<Option<GatewayRefundRow>> {
    let refund = row(c, id).await?;
    if refund.state.next_at.is_none_or(|at| at > now) {
        return Ok(None);
    }
    let mut sent = refund.clone();
    sent.state.send(now);
    save(c, &sent, None).await?;
    Ok(Some(refund))
}

async fn hear(c: &mut SqliteConnection, heard: HeardRefund) -> Result<(GatewayRefundRow, Option<TicketFull>)> {
    let mut refund = row(c, heard.id).await?;
    let before = refund.state.stage;
    // Of a refund that is over the last word stands.
    if refund.state.next_at.is_some() {
        refund.trade_no = heard.trade_no.or(refund.trade_no);
        refund.refusal = heard.refusal.unwrap_or(refund.refusal);
    }
    refund.state.hear(heard.query, heard.word, heard.at);
    let said = Word { gateway_id: Some(refund.gateway_id), trade_id: Some(refund.trade_id), ..heard.said };
    if said.is_new(c).await? {
        let mut batch = Batch::default();
        said.note(&mut batch);
        batch.run(c).await?;
    }
    if refund.state.stage == before {
        save(c, &refund, None).await?;
        return Ok((refund, None));
    }
    match (refund.state.stage, refund.item_id) {
        (RefundStage::Done, Some(item_id)) => {
            save(c, &refund, None).await?;
            let aside = SetAside {
                request_id: String::new(),
                actor: refund.actor.clone(),
                at: heard.at,
                item_id,
                mark: "refund",
                note: refund.reason.clone(),
            };
            inbox::put_aside(c, &aside).await?;
            Ok((refund, None))
        }
        (RefundStage::Done, None) => {
            let booked = book(c, &refund, heard.at, heard.business_date).await?;
            save(c, &refund, Some(booked)).await?;
            let full = ticket::full(c, refund.ticket_id).await?;
            Ok((refund, Some(full)))
        }
        (stage, _) => {
            save(c, &refund, None).await?;
            let entry = Entry {
                at: heard.at,
                actor: trade::ACTOR,
                act: if stage == RefundStage::Refused { "refund.refused" } else { "refund.pending" },
                subject: refund.subject(),
                before: json!({ "stage": before }),
                after: json!({ "stage": stage, "refund_no": refund.refund_no, "amount_fen": refund.amount }),
            };
            journal::append(c, entry).await?;
            Ok((refund, None))
        }
    }
}

/// Books a refund that is done, and answers the id of its row. The money has gone back, whatever the ticket says by now.
async fn book(c: &mut SqliteConnection, refund: &GatewayRefundRow, at: i64, business_date: String) -> Result<i64> {
    let (trade, full) = (trade::row(c, refund.trade_id).await?, ticket::full(c, refund.ticket_id).await?);
    let approved = sqlx::query("SELECT approved_by FROM gateway_refund WHERE id = ?1").bind(refund.id);
    let approved_by = approved.fetch_one(&mut *c).await?.get(0);
    // Its day may have been closed meanwhile, or more money may have come: then the sale stands, and all of this goes back.
    let undone = refund.kind == RefundKind::Void
        && give_back::left(&full, trade.channel).0 == 0
        && give_back::still_open(c, refund.ticket_id, &business_date).await?;
    let back = GiveBack {
        request_id: String::new(),
        actor: refund.actor.clone(),
        approved_by,
        at,
        business_date,
        ticket_id: refund.ticket_id,
        kind: if undone { RefundKind::Void } else { RefundKind::Refund },
        channel: trade.channel,
        amount: refund.amount,
        reference: refund.trade_no.clone().unwrap_or_else(|| refund.refund_no.clone()),
        reason: refund.reason.clone(),
    };
    give_back::book(c, &full.ticket, &back).await
}

impl Store {
    /// Writes down a refund (`refund.asked`). From then on its amount counts as given back. The request is noted as
    /// `refund` of the ticket, or as `return_item` of the item, and repeats name that ticket or item.
    ///
    /// `Conflict`: as [`Store::give_back`], and `trade_not_paid`, `trade_not_booked` (its money is on no ticket),
    /// `refund_too_large_for_trade`,
    /// `item_done`, `item_of_other_trade`, `item_is_all` (an item goes back whole), `refund_under_way` (it does already).
    pub async fn plan_refund(&self, plan: PlanRefund) -> Result<Act<GatewayRefundRow>> {
        self.writer.write(move |c| Box::pin(self::plan(c, plan))).await
    }

    /// Refunds with a step to take now, the longest due first.
    pub async fn due_refunds(&self, now: i64, limit: u32) -> Result<Vec<GatewayRefundRow>> {
        let rows = sqlx::query(refunds!("WHERE r.next_at <= ?1 ORDER BY r.next_at, r.id LIMIT ?2"));
        rows.bind(now).bind(limit).fetch_all(&self.read).await?.iter().map(read).collect()
    }

    /// Writes down that the next step is taken now; returns after the commit. The row is as it stood: its `state.query`
    /// says which step this is. None: nothing is due.
    pub async fn send_refund(&self, id: i64, now: i64) -> Result<Option<GatewayRefundRow>> {
        self.writer.write(move |c| Box::pin(send(c, id, now))).await
    }

    /// Lets the next question about each refund of a trade leave now.
    pub async fn hurry_refunds(&self, trade_id: i64, now: i64) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    for mut refund in of_trades(c, &[trade_id]).await? {
                        refund.state.hurry(now);
                        save(c, &refund, None).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Takes an answer. When it says that the money went back, the refund is booked in the same transaction, once: on
    /// its ticket, which is then returned, or by putting the inbox item aside.
    pub async fn hear_refund(&self, heard: HeardRefund) -> Result<(GatewayRefundRow, Option<TicketFull>)> {
        self.writer.write(move |c| Box::pin(hear(c, heard))).await
    }

    /// The refunds of trades, oldest first.
    pub async fn refunds_of(&self, trade_ids: &[i64]) -> Result<Vec<GatewayRefundRow>> {
        of_trades(&mut *self.read.acquire().await?, trade_ids).await
    }
}
