//! Taking a provider's money: an authenticated claim becomes a push, a receipt and a payment, all in one transaction.

use sqlx::{Row, SqliteConnection};
use till_core::matching::InboxReason;
use till_core::ticket::{How, Status};
use till_core::trade::Stage;
use till_core::{Channel, Fen};

use super::trade::{self, TradeRow, trades};
use super::word::Word;
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::journal::Head;
use crate::push::{Item, Reading, TakePush};
use crate::settle::{self, Payment};
use crate::ticket::{self, TicketFull, TicketRow};
use crate::{Store, push};

/// An authenticated claim that a trade was paid, which agrees with its order.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct TakeTrade {
    pub trade_id: i64,
    pub trade_no: String,
    pub amount: Fen,
    pub buyer: String,
    /// When, by the provider's clock.
    pub paid_at: Option<i64>,
    pub at: i64,
    pub business_date: String,
    pub cooldown_paid: i64,
    pub cooldown_expired: i64,
    pub title: String,
    /// The claim, for people.
    pub text: String,
    pub digest: Vec<u8>,
    pub likeness: String,
    /// What was said, for the record.
    pub said: Word,
    pub rules_version: u32,
}

/// What became of a provider's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaidThrough {
    /// It paid the trade's ticket.
    Ticket(Box<TicketFull>),
    /// It waits for a person.
    Inbox {
        /// The item.
        item_id: i64,
        /// Why.
        reason: InboxReason,
        /// The money.
        money: Option<(Channel, Fen)>,
        /// The ticket it is proposed to.
        proposed: Option<i64>,
    },
    /// It was taken before; nothing changed.
    Repeat,
}

/// What is needed beside the trade and its ticket, in one read.
struct Place {
    device_id: i64,
    push_id: i64,
    inbox_id: i64,
    head: Head,
}

async fn place(c: &mut SqliteConnection, gateway_id: i64) -> Result<Place> {
    let row = sqlx::query(
        "SELECT id AS device_id, (SELECT coalesce(max(id), 0) + 1 FROM push) AS push_id,
                (SELECT coalesce(max(id), 0) + 1 FROM inbox) AS inbox_id,
                (SELECT seq FROM journal ORDER BY seq DESC LIMIT 1) AS seq,
                (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1) AS hash
         FROM device WHERE gateway_id = ?1",
    )
    .bind(gateway_id)
    .fetch_one(c)
    .await?;
    Ok(Place {
        device_id: row.get("device_id"),
        push_id: row.get("push_id"),
        inbox_id: row.get("inbox_id"),
        head: Head::from_parts(row.get("seq"), row.get("hash")),
    })
}

/// The push that a claim is kept as.
fn push(claim: &TakeTrade, trade: &TradeRow, device_id: i64) -> TakePush {
    TakePush {
        device_id,
        address: String::new(),
        door: "gateway",
        replay_key: format!("trade:{}", trade.out_no),
        digest: claim.digest.clone(),
        received_at: claim.at,
        phone_at: claim.paid_at,
        battery: None,
        package: trade.channel.to_string(),
        title: claim.title.clone(),
        text: claim.text.clone(),
        hint: None,
        fresh: true,
        contradicted: false,
        reading: Reading::Receipt { channel: trade.channel, amount: claim.amount, payer_note: None },
        rule: "gateway".into(),
        rules_version: claim.rules_version,
        likeness: claim.likeness.clone(),
        business_date: claim.business_date.clone(),
        cooldown_paid: claim.cooldown_paid,
        cooldown_expired: claim.cooldown_expired,
    }
}

/// Why the money cannot pay its ticket by itself, if it cannot. A ticket that has run out and was not ended yet is paid
/// if the provider says that the money came in time.
fn objection(claim: &TakeTrade, trade: &TradeRow, ticket: &TicketRow) -> Option<InboxReason> {
    let in_time = |expires_at| claim.at < expires_at || claim.paid_at.is_some_and(|paid_at| paid_at <= expires_at);
    match ticket.status {
        Status::Paid => Some(InboxReason::PaidTwice),
        _ if claim.amount != trade.amount || claim.amount != ticket.due => Some(InboxReason::WrongAmount),
        Status::Open if ticket.expires_at.is_none_or(in_time) => None,
        Status::Open | Status::Expired | Status::Cancelled => Some(InboxReason::Late),
    }
}

async fn take(c: &mut SqliteConnection, alone: bool, claim: TakeTrade) -> Result<((TradeRow, PaidThrough), Batch)> {
    let sql = if alone { trades!("BEGIN IMMEDIATE;\n", "WHERE x.id = ?1") } else { trades!("", "WHERE x.id = ?1") };
    let row = sqlx::query(sql).bind(claim.trade_id).fetch_optional(&mut *c).await?;
    let mut trade = trade::read(&row.ok_or(StoreError::NotFound)?)?;
    let said = Word { gateway_id: Some(trade.gateway_id), trade_id: Some(trade.id), ..claim.said.clone() };
    let mut batch = Batch::default();
    if said.is_new(c).await? {
        said.note(&mut batch);
    }
    if trade.state.stage == Stage::Paid {
        return Ok(((trade, PaidThrough::Repeat), batch));
    }
    if trade::number_taken(c, &trade, &claim.trade_no).await? {
        return Err(StoreError::Conflict("trade_number_taken"));
    }
    let ticket = ticket::row(c, trade.ticket_id).await?;
    let mut place = place(c, trade.gateway_id).await?;
    let push = push(&claim, &trade, place.device_id);
    push::insert_push(&mut batch, place.push_id, &push, None);
    push::insert_receipt(&mut batch, place.push_id, &push, false);

    let before = trade.state.stage;
    trade.state.pay(claim.at);
    (trade.trade_no, trade.receipt_id) = (Some(claim.trade_no.clone()), Some(place.push_id));
    (trade.buyer, trade.refusal) = (claim.buyer.clone(), String::new());
    trade::save(&mut batch, &mut place.head, before, &trade, claim.at);

    let paid = match objection(&claim, &trade, &ticket) {
        None => pay(c, &mut batch, &mut place, &claim, &mut trade, ticket).await?,
        Some(reason) => ask(&mut batch, &mut place, &claim, &mut trade, ticket, reason),
    };
    Ok(((trade, paid), batch))
}

/// The money pays its ticket.
async fn pay(
    c: &mut SqliteConnection,
    batch: &mut Batch,
    place: &mut Place,
    claim: &TakeTrade,
    trade: &mut TradeRow,
    ticket: TicketRow,
) -> Result<PaidThrough> {
    assert_eq!(ticket.due, claim.amount, "a ticket settles itself only with its exact due amount");
    let payment = Payment {
        receipt_id: Some(place.push_id),
        account_id: None,
        how: How::Auto,
        channel: trade.channel,
        amount: claim.amount,
        late: false,
        reason: String::new(),
        at: claim.at,
        business_date: claim.business_date.clone(),
        cool_until: claim.at.saturating_add(claim.cooldown_paid),
        actor: trade::ACTOR.into(),
    };
    let mut full = settle::first(batch, ticket, payment, &mut place.head);
    (trade.ticket_status, trade.paid_ticket_id) = (Status::Paid, Some(full.ticket.id));
    full.trades = trade::of_paid(c, full.ticket.id).await?;
    if let Some(own) = full.trades.iter_mut().find(|t| t.id == trade.id) {
        own.clone_from(trade);
    }
    Ok(PaidThrough::Ticket(Box::new(full)))
}

/// The money waits for a person.
fn ask(
    batch: &mut Batch,
    place: &mut Place,
    claim: &TakeTrade,
    trade: &mut TradeRow,
    mut ticket: TicketRow,
    reason: InboxReason,
) -> PaidThrough {
    let proposed = Some(ticket.id);
    let item = Item {
        id: place.inbox_id,
        push_id: place.push_id,
        receipt_id: Some(place.push_id),
        reason,
        state: "open",
        proposed,
        at: claim.at,
        actor: trade::ACTOR,
    };
    push::insert_item(batch, &mut place.head, &item);
    if reason == InboxReason::Late && ticket.status == Status::Open {
        // Its time has run out: it ends now, so that both screens agree with the inbox.
        let ended = ticket.expires_at.unwrap_or(claim.at);
        let cool_until = ended.saturating_add(claim.cooldown_expired);
        ticket::end(batch, &mut place.head, &mut ticket, Status::Expired, ended, cool_until, "till");
    }
    trade.ticket_status = ticket.status;
    PaidThrough::Inbox { item_id: item.id, reason, money: Some((trade.channel, claim.amount)), proposed }
}

impl Store {
    /// Takes a claim once: its trade is paid, and its money pays the ticket or waits in the inbox. Returns after the
    /// commit. `Conflict("trade_number_taken")` if another trade of the contract was paid under this number.
    pub async fn take_trade(&self, claim: TakeTrade) -> Result<(TradeRow, PaidThrough)> {
        self.writer.write_batch(move |c, alone| Box::pin(take(c, alone, claim)), |_| {}).await
    }
}
