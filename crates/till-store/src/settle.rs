//! Settling: a payment reaches its ticket. The only place that writes a settlement.

use sqlx::{Row, SqliteConnection};
use till_core::price::{Line, Priced, Sale};
use till_core::ticket::{self as rules, How, Status};
use till_core::{Channel, Fen};

use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry, Head};
use crate::request::{self, Act};
use crate::ticket::{self, SettlementRow, TicketFull, TicketRow};
use crate::{Store, callback};

/// A payment about to be written.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) receipt_id: Option<i64>,
    pub(crate) account_id: Option<i64>,
    pub(crate) how: How,
    pub(crate) channel: Channel,
    pub(crate) amount: Fen,
    pub(crate) late: bool,
    pub(crate) reason: String,
    pub(crate) at: i64,
    pub(crate) business_date: String,
    pub(crate) cool_until: i64,
    pub(crate) actor: String,
}

/// A ticket to be settled without a receipt.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct ByHand {
    pub request_id: String,
    pub verb: &'static str,
    pub actor: String,
    pub at: i64,
    pub business_date: String,
    pub ticket_id: i64,
    /// Cash when the channel is cash.
    pub channel: Channel,
    pub reason: String,
    pub tendered: Option<Fen>,
    pub cool_until: i64,
}

/// An inbox item to be accepted for a ticket.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct Accept {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub business_date: String,
    pub item_id: i64,
    pub ticket_id: i64,
    pub cool_until: i64,
}

/// An inbox item that becomes a sale of its own.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct OpenSale {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub business_date: String,
    pub item_id: i64,
    pub note: String,
}

/// Adds a payment to a batch and recomputes its ticket. `payments` are those the ticket had before.
fn pay(
    batch: &mut Batch,
    ticket: &mut TicketRow,
    payments: &mut Vec<SettlementRow>,
    payment: Payment,
    head: &mut Head,
) {
    let before = serde_json::json!({ "status": ticket.status, "exception": ticket.exception, "due_fen": ticket.due });
    payments.push(SettlementRow {
        how: payment.how,
        channel: payment.channel,
        amount: payment.amount,
        late: payment.late,
        reason: payment.reason.clone(),
        at: payment.at,
    });
    let facts: Vec<rules::Payment> =
        payments.iter().map(|p| rules::Payment { how: p.how, amount: p.amount, late: p.late }).collect();
    ticket.exception = rules::exception(ticket.due, &facts);
    ticket.status = Status::Paid;
    ticket.ended_at = ticket.ended_at.or(Some(payment.at));
    batch
        .add(
            "INSERT INTO settlement (ticket_id, nth, receipt_id, account_id, how, channel, amount_fen, late, reason, at,
                                     business_date, actor)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, max(?, (SELECT at + 1 FROM seal)), ?, ?)",
        )
        .bind(ticket.id)
        .bind(i64::try_from(payments.len()).unwrap_or(i64::MAX))
        .bind(payment.receipt_id)
        .bind(payment.account_id)
        .bind(payment.how.as_str())
        .bind(payment.channel.as_str())
        .bind(payment.amount.get())
        .bind(payment.late)
        .bind(payment.reason.clone())
        .bind(payment.at)
        .bind(payment.business_date.clone())
        .bind(payment.actor.clone())
        .add(
            "UPDATE ticket SET status = 'paid', exception = ?, ended_at = ?, tail_fen = ?, due_fen = ?, tendered_fen = ?,
                               cool_until = max(coalesce(cool_until, 0), ?) WHERE id = ?",
        )
        .bind(ticket.exception.as_str())
        .bind(ticket.ended_at)
        .bind(ticket.tail.get())
        .bind(ticket.due.get())
        .bind(ticket.tendered.map(Fen::get))
        .bind(payment.cool_until)
        .bind(ticket.id);
    if ticket.program_id.is_some() {
        callback::owe(batch, ticket.id, payment.at);
    }
    let entry = Entry {
        at: payment.at,
        actor: &payment.actor,
        act: "ticket.paid",
        subject: format!("ticket:{}", ticket.id),
        before,
        after: serde_json::json!({
            "status": ticket.status, "exception": ticket.exception, "how": payment.how, "channel": payment.channel,
            "amount_fen": payment.amount, "receipt": payment.receipt_id, "reason": payment.reason, "due_fen": ticket.due,
        }),
    };
    head.append(batch, &entry);
}

/// The first payment of an open ticket, on the hot path.
pub(crate) fn first(batch: &mut Batch, mut ticket: TicketRow, payment: Payment, head: &mut Head) -> TicketFull {
    assert_eq!(ticket.status, Status::Open, "only an open ticket settles by itself");
    let mut payments = Vec::with_capacity(1);
    pay(batch, &mut ticket, &mut payments, payment, head);
    TicketFull { ticket, offers: Vec::new(), payments, refunds: Vec::new(), trades: Vec::new(), proposed: None }
}

/// Writes a payment of a ticket and recomputes it.
pub(crate) async fn write(
    c: &mut SqliteConnection,
    ticket: &mut TicketRow,
    payments: &mut Vec<SettlementRow>,
    payment: Payment,
) -> Result<()> {
    let mut head = journal::head(c).await?;
    let mut batch = Batch::default();
    pay(&mut batch, ticket, payments, payment, &mut head);
    batch.run(c).await
}

pub(crate) fn cash_payment(ticket: &TicketRow, at: i64, business_date: &str, actor: &str) -> Payment {
    Payment {
        receipt_id: None,
        account_id: None,
        how: How::Cash,
        channel: Channel::Cash,
        amount: ticket.due,
        late: false,
        reason: String::new(),
        at,
        business_date: business_date.to_owned(),
        cool_until: 0,
        actor: actor.to_owned(),
    }
}

async fn by_hand(c: &mut SqliteConnection, what: ByHand) -> Result<Act<TicketFull>> {
    if let Some(id) = request::seen(c, &what.request_id, what.verb).await? {
        return Ok(Act::Repeat(id));
    }
    let TicketFull { mut ticket, mut payments, .. } = ticket::full(c, what.ticket_id).await?;
    if ticket.status == Status::Paid {
        return Err(StoreError::Conflict("ticket_paid"));
    }
    let cash = what.channel == Channel::Cash;
    if cash {
        // Cash needs no tail to be recognised by: the customer pays the price.
        (ticket.due, ticket.tail) = (ticket.price(), Fen::ZERO);
        ticket.tendered = what.tendered;
        if what.tendered.is_some_and(|t| t < ticket.due) {
            return Err(StoreError::Conflict("tendered_too_little"));
        }
    }
    let payment = Payment {
        receipt_id: None,
        account_id: None,
        how: if cash { How::Cash } else { How::ByHand },
        channel: what.channel,
        amount: ticket.due,
        late: false,
        reason: what.reason,
        at: what.at,
        business_date: what.business_date,
        cool_until: what.cool_until,
        actor: what.actor,
    };
    write(c, &mut ticket, &mut payments, payment).await?;
    request::note(c, &what.request_id, what.verb, ticket.id, what.at).await?;
    Ok(Act::New(ticket::full(c, ticket.id).await?))
}

/// The money of an open inbox item.
struct Money {
    receipt_id: i64,
    channel: Channel,
    amount: Fen,
    received_at: i64,
}

async fn money(c: &mut SqliteConnection, item_id: i64) -> Result<Money> {
    let row = sqlx::query(
        "SELECT i.state, r.id, r.channel, r.amount_fen, r.received_at,
                EXISTS (SELECT 1 FROM gateway_refund b WHERE b.item_id = i.id AND b.stage IN ('asked', 'pending')) AS going
         FROM inbox i LEFT JOIN receipt r ON r.id = i.receipt_id WHERE i.id = ?1",
    )
    .bind(item_id)
    .fetch_optional(c)
    .await?
    .ok_or(StoreError::NotFound)?;
    if row.get::<&str, _>("state") != "open" {
        return Err(StoreError::Conflict("item_done"));
    }
    if row.get("going") {
        return Err(StoreError::Conflict("refund_under_way"));
    }
    let receipt_id = row.get::<Option<i64>, _>("id").ok_or(StoreError::Conflict("item_without_amount"))?;
    Ok(Money {
        receipt_id,
        channel: ticket::channel(&row, "channel")?,
        amount: ticket::fen(&row, "amount_fen")?,
        received_at: row.get("received_at"),
    })
}

async fn close_item(
    c: &mut SqliteConnection,
    item_id: i64,
    ticket_id: i64,
    how: &str,
    at: i64,
    actor: &str,
) -> Result<()> {
    sqlx::query("UPDATE inbox SET state = 'accepted', ticket_id = ?2, resolution = ?3, resolved_at = ?4 WHERE id = ?1")
        .bind(item_id)
        .bind(ticket_id)
        .bind(how)
        .bind(at)
        .execute(&mut *c)
        .await?;
    let entry = Entry {
        at,
        actor,
        act: "inbox.accepted",
        subject: format!("inbox:{item_id}"),
        before: serde_json::json!({ "state": "open" }),
        after: serde_json::json!({ "state": "accepted", "ticket": ticket_id, "how": how }),
    };
    journal::append(c, entry).await
}

async fn accept(c: &mut SqliteConnection, what: Accept) -> Result<Act<TicketFull>> {
    if let Some(id) = request::seen(c, &what.request_id, "accept").await? {
        return Ok(Act::Repeat(id));
    }
    let money = money(c, what.item_id).await?;
    let TicketFull { mut ticket, mut payments, .. } = ticket::full(c, what.ticket_id).await?;
    let account = sqlx::query(
        "SELECT h.account_id FROM hold h JOIN account a ON a.id = h.account_id WHERE h.ticket_id = ?1 AND a.channel = ?2 LIMIT 1",
    )
    .bind(ticket.id)
    .bind(money.channel.as_str())
    .fetch_optional(&mut *c)
    .await?;
    let payment = Payment {
        receipt_id: Some(money.receipt_id),
        account_id: account.map(|r| r.get(0)),
        how: How::Accepted,
        channel: money.channel,
        amount: money.amount,
        late: ticket.ended_at.is_some_and(|ended| ended <= money.received_at) && ticket.status != Status::Paid,
        reason: String::new(),
        at: what.at,
        business_date: what.business_date,
        cool_until: what.cool_until,
        actor: what.actor.clone(),
    };
    write(c, &mut ticket, &mut payments, payment).await?;
    close_item(c, what.item_id, ticket.id, "ticket", what.at, &what.actor).await?;
    request::note(c, &what.request_id, "accept", ticket.id, what.at).await?;
    Ok(Act::New(ticket::full(c, ticket.id).await?))
}

/// A sale that nobody rang up, made of the money that came for it.
pub(crate) async fn sale_of(c: &mut SqliteConnection, payment: Payment, note: String) -> Result<TicketRow> {
    let (gross, none) = (payment.amount, Fen::ZERO);
    let line = Line { name: String::new(), price_fen: gross, count: 1 };
    let sale = Sale { lines: vec![line], discount: None, note };
    let priced = Priced { gross_fen: gross, discount_fen: none, rounding_fen: none, price_fen: gross };
    let Payment { at, business_date, actor, .. } = &payment;
    let mut ticket = ticket::insert_paid(c, &sale, &priced, *at, business_date, None, actor).await?;
    write(c, &mut ticket, &mut Vec::new(), payment).await?;
    Ok(ticket)
}

async fn open_sale(c: &mut SqliteConnection, what: OpenSale) -> Result<Act<TicketFull>> {
    if let Some(id) = request::seen(c, &what.request_id, "open_sale").await? {
        return Ok(Act::Repeat(id));
    }
    let money = money(c, what.item_id).await?;
    let payment = Payment {
        receipt_id: Some(money.receipt_id),
        account_id: None,
        how: How::Accepted,
        channel: money.channel,
        amount: money.amount,
        late: false,
        reason: String::new(),
        at: what.at,
        business_date: what.business_date,
        cool_until: 0,
        actor: what.actor.clone(),
    };
    let ticket = sale_of(c, payment, what.note).await?;
    close_item(c, what.item_id, ticket.id, "sale", what.at, &what.actor).await?;
    request::note(c, &what.request_id, "open_sale", ticket.id, what.at).await?;
    Ok(Act::New(ticket::full(c, ticket.id).await?))
}

impl Store {
    /// Settles a ticket in cash or because a person saw the money.
    pub async fn settle_by_hand(&self, what: ByHand) -> Result<Act<TicketFull>> {
        self.writer.write(move |c| Box::pin(by_hand(c, what))).await
    }

    /// Settles a ticket with the receipt of an inbox item.
    pub async fn accept(&self, what: Accept) -> Result<Act<TicketFull>> {
        self.writer.write(move |c| Box::pin(accept(c, what))).await
    }

    /// Makes a sale of an inbox item and settles it.
    pub async fn open_sale(&self, what: OpenSale) -> Result<Act<TicketFull>> {
        self.writer.write(move |c| Box::pin(open_sale(c, what))).await
    }
}
