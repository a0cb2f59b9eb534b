//! Taking a push: the raw text, the receipt it announces, the ticket it pays, all in one transaction.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::matching::{self, Candidate, Decision, Facts, InboxReason};
use till_core::ticket::{How, Status};
use till_core::{Channel, Fen};

use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::journal::{Entry, Head};
use crate::settle::{self, Payment};
use crate::ticket::{self, TicketFull, TicketRow, channel};
use crate::{Store, gateway};

/// How a text reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Money arrived.
    Receipt {
        /// Through this channel.
        channel: Channel,
        /// This much.
        amount: Fen,
        /// What the payer wrote.
        payer_note: Option<String>,
    },
    /// Surely no money.
    NotAReceipt,
    /// No rule fits; true if it smells of money.
    Unrecognised(bool),
}

/// A push to be taken.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct TakePush {
    pub device_id: i64,
    pub address: String,
    pub door: &'static str,
    pub replay_key: String,
    pub digest: Vec<u8>,
    pub received_at: i64,
    pub phone_at: Option<i64>,
    pub battery: Option<u8>,
    pub package: String,
    pub title: String,
    pub text: String,
    pub hint: Option<Fen>,
    /// The request came within its window of time.
    pub fresh: bool,
    /// The phone named an amount that the text does not bear out.
    pub contradicted: bool,
    pub reading: Reading,
    pub rule: String,
    pub rules_version: u32,
    /// The text as two announcements of one payment would share it.
    pub likeness: String,
    pub business_date: String,
    pub cooldown_paid: i64,
    pub cooldown_expired: i64,
}

/// What became of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored now.
    Stored {
        /// Its id.
        push_id: i64,
        /// What it changed.
        effect: Effect,
    },
    /// Stored before; nothing changed.
    Repeat,
    /// The same one-use key came with other words before; nothing was stored.
    Reused,
    /// The device is unknown or revoked; nothing was stored.
    Revoked,
}

/// What a stored push changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing beyond itself.
    Nothing,
    /// It paid a ticket.
    Paid(Box<TicketFull>),
    /// A second phone told of a payment already known.
    Echo,
    /// It waits for a person.
    Inbox {
        /// The item.
        item_id: i64,
        /// Why.
        reason: InboxReason,
        /// The money, if it was understood.
        money: Option<(Channel, Fen)>,
        /// The ticket it is proposed to.
        proposed: Option<i64>,
    },
}

/// A text kept from before, with how it read then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct OldPush {
    pub id: i64,
    pub received_at: i64,
    pub package: String,
    pub title: String,
    pub text: String,
    pub verdict: String,
    pub rule: String,
    pub rules_version: u32,
    pub channel: Option<Channel>,
    pub amount: Option<Fen>,
    pub resolved: bool,
}

const ABSURD_MS: i64 = 86_400_000;

/// Who acts when a phone tells of money.
const ACTOR: &str = "phone";

/// What the transaction needs to know before it decides, in one read.
struct Known {
    live: bool,
    digest: Option<Vec<u8>>,
    skew: Option<i64>,
    push_id: i64,
    inbox_id: i64,
    head: Head,
    told_before: bool,
    echo: bool,
    /// A ticket it may belong to has trades.
    traded: bool,
}

/// One read: what is known, and beside it a row for each live hold with this amount on this channel (or one row without).
macro_rules! known {
    ($before:literal) => {
        concat!($before, "WITH known AS (SELECT
  (SELECT revoked_at IS NULL AND gateway_id IS NULL FROM device WHERE id = ?1) AS live,
  (SELECT digest FROM push WHERE device_id = ?1 AND replay_key = ?2) AS digest,
  (SELECT skew_ms FROM device WHERE id = ?1) AS skew,
  (SELECT coalesce(max(id), 0) + 1 FROM push) AS push_id,
  (SELECT coalesce(max(id), 0) + 1 FROM inbox) AS inbox_id,
  (SELECT seq FROM journal ORDER BY seq DESC LIMIT 1) AS seq,
  (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1) AS hash,
  EXISTS (SELECT 1 FROM receipt WHERE channel = ?3 AND amount_fen = ?4 AND received_at > ?5 - ?6
          AND device_id = ?1 AND likeness = ?7) AS told_before,
  (SELECT count(*) FROM receipt WHERE channel = ?3 AND amount_fen = ?4 AND received_at > ?5 - ?8 AND device_id = ?1) AS own,
  (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM receipt WHERE channel = ?3 AND amount_fen = ?4
          AND received_at > ?5 - ?8 AND device_id <> ?1 GROUP BY device_id)) AS others)
SELECT known.*, t.*, h.account_id, a.channel,
  (NOT EXISTS (SELECT 1 FROM device_account WHERE device_id = ?1)
   OR EXISTS (SELECT 1 FROM device_account WHERE device_id = ?1 AND account_id = h.account_id)) AS allowed,
  EXISTS (SELECT 1 FROM trade WHERE ticket_id = t.id) AS traded
FROM known
LEFT JOIN (hold h JOIN account a ON a.id = h.account_id AND a.channel = ?3)
  ON h.amount_fen = ?4 AND h.released_at IS NULL
LEFT JOIN ticket t ON t.id = h.ticket_id")
    };
}

async fn known(c: &mut SqliteConnection, alone: bool, push: &TakePush) -> Result<(Known, Vec<(Candidate, TicketRow)>)> {
    let (channel, amount) = match &push.reading {
        Reading::Receipt { channel, amount, .. } => (Some(channel.as_str()), Some(amount.get())),
        _ => (None, None),
    };
    let rows = sqlx::query(if alone { known!("BEGIN IMMEDIATE;\n") } else { known!("") })
        .bind(push.device_id)
        .bind(&push.replay_key)
        .bind(channel)
        .bind(amount)
        .bind(push.received_at)
        .bind(matching::REPEAT_MS)
        .bind(&push.likeness)
        .bind(matching::ECHO_MS)
        .fetch_all(c)
        .await?;
    let row = rows.first().ok_or_else(|| StoreError::corrupt("a read without a row"))?;
    let known = Known {
        live: row.get::<Option<bool>, _>("live").unwrap_or(false),
        digest: row.get("digest"),
        skew: row.get("skew"),
        push_id: row.get("push_id"),
        inbox_id: row.get("inbox_id"),
        head: Head::from_parts(row.get("seq"), row.get("hash")),
        told_before: row.get("told_before"),
        echo: row.get::<i64, _>("others") > row.get::<i64, _>("own"),
        traded: rows.iter().any(|row| row.get("traded")),
    };
    // A hold whose ticket has cooled down is no longer live; it is released with the next act that needs its amount.
    let live = |row: &&SqliteRow| {
        let cool_until: Option<i64> = row.get("cool_until");
        row.get::<Option<i64>, _>("account_id").is_some() && cool_until.is_none_or(|until| until > push.received_at)
    };
    let held = rows.iter().filter(live);
    Ok((known, held.map(candidate).collect::<Result<_>>()?))
}

/// A live hold with this amount, and its ticket.
fn candidate(row: &SqliteRow) -> Result<(Candidate, TicketRow)> {
    let ticket = TicketRow::read(row)?;
    let candidate = Candidate {
        ticket_id: ticket.id,
        account_id: row.get("account_id"),
        channel: channel(row, "channel")?,
        allowed: row.get("allowed"),
        status: ticket.status,
        opened_at: ticket.opened_at,
        expires_at: ticket.expires_at.unwrap_or(ticket.opened_at),
    };
    Ok((candidate, ticket))
}

/// Live holds with this amount on other channels: no account of the receipt's own channel waits for it.
async fn elsewhere(c: &mut SqliteConnection, push: &TakePush, amount: Fen) -> Result<Vec<(Candidate, TicketRow)>> {
    let rows = sqlx::query(
        "SELECT t.*, h.account_id, a.channel, 0 AS allowed
         FROM hold h JOIN account a ON a.id = h.account_id JOIN ticket t ON t.id = h.ticket_id
         WHERE h.amount_fen = ?1 AND h.released_at IS NULL AND (t.cool_until IS NULL OR t.cool_until > ?2)",
    )
    .bind(amount.get())
    .bind(push.received_at)
    .fetch_all(c)
    .await?;
    rows.iter().map(candidate).collect()
}

/// A ticket near this amount waits.
async fn near_waits(c: &mut SqliteConnection, amount: Fen) -> Result<bool> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM ticket INDEXED BY ticket_waits WHERE status = 'open'
                        AND (abs(due_fen - ?1) <= ?2 OR due_fen + tail_fen = ?1))",
    )
    .bind(amount.get())
    .bind(matching::NEAR_FEN)
    .fetch_one(c)
    .await?;
    Ok(row.get(0))
}

pub(crate) fn insert_push(batch: &mut Batch, id: i64, push: &TakePush, skew: Option<i64>) {
    let verdict = match push.reading {
        Reading::Receipt { .. } => "receipt",
        Reading::NotAReceipt => "not_receipt",
        Reading::Unrecognised(_) => "unrecognised",
    };
    batch
        .add(
            "INSERT INTO push (id, device_id, door, replay_key, digest, received_at, phone_at, address, battery, skew_ms,
                               package, title, text, hint_fen, verdict, rule, rules_version)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id)
        .bind(push.device_id)
        .bind(push.door)
        .bind(push.replay_key.clone())
        .bind(push.digest.clone())
        .bind(push.received_at)
        .bind(push.phone_at)
        .bind(push.address.clone())
        .bind(push.battery)
        .bind(skew)
        .bind(push.package.clone())
        .bind(push.title.clone())
        .bind(push.text.clone())
        .bind(push.hint.map(Fen::get))
        .bind(verdict)
        .bind(push.rule.clone())
        .bind(push.rules_version);
}

pub(crate) fn insert_receipt(batch: &mut Batch, id: i64, push: &TakePush, echo: bool) {
    let Reading::Receipt { channel, amount, payer_note } = &push.reading else { return };
    batch
        .add(
            "INSERT INTO receipt (id, device_id, channel, amount_fen, payer_note, likeness, received_at, business_date, echo)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id)
        .bind(push.device_id)
        .bind(channel.as_str())
        .bind(amount.get())
        .bind(payer_note.clone())
        .bind(push.likeness.clone())
        .bind(push.received_at)
        .bind(push.business_date.clone())
        .bind(echo);
}

/// What goes into the inbox.
pub(crate) struct Item<'a> {
    pub(crate) id: i64,
    pub(crate) push_id: i64,
    pub(crate) receipt_id: Option<i64>,
    pub(crate) reason: InboxReason,
    pub(crate) state: &'a str,
    pub(crate) proposed: Option<i64>,
    pub(crate) at: i64,
    pub(crate) actor: &'a str,
}

pub(crate) fn insert_item(batch: &mut Batch, head: &mut Head, item: &Item<'_>) {
    batch
        .add(
            "INSERT INTO inbox (id, push_id, receipt_id, reason, state, proposed_id, arrived_at, resolved_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(item.id)
        .bind(item.push_id)
        .bind(item.receipt_id)
        .bind(item.reason.as_str())
        .bind(item.state)
        .bind(item.proposed)
        .bind(item.at)
        .bind((item.state != "open").then_some(item.at));
    let entry = Entry {
        at: item.at,
        actor: item.actor,
        act: "inbox.arrived",
        subject: format!("inbox:{}", item.id),
        before: serde_json::Value::Null,
        after: serde_json::json!({ "reason": item.reason, "state": item.state, "proposed": item.proposed }),
    };
    head.append(batch, &entry);
}

async fn take(c: &mut SqliteConnection, alone: bool, push: TakePush) -> Result<(Outcome, Batch)> {
    let (known, candidates) = known(c, alone, &push).await?;
    if !known.live {
        return Ok((Outcome::Revoked, Batch::default()));
    }
    if let Some(digest) = known.digest {
        let outcome = if digest == push.digest { Outcome::Repeat } else { Outcome::Reused };
        return Ok((outcome, Batch::default()));
    }
    let Known { push_id, inbox_id, mut head, .. } = known;
    let at = push.received_at;
    let (skew, phone_at) = clock(known.skew, push.phone_at, at);
    // A clock that is off by more than a day says nothing about the order of things.
    let phone_at = phone_at.filter(|said| (at - said).abs() < ABSURD_MS);
    let mut batch = Batch::default();
    insert_push(&mut batch, push_id, &push, skew);

    let effect = match push.reading {
        Reading::NotAReceipt | Reading::Unrecognised(false) => Effect::Nothing,
        Reading::Unrecognised(true) => {
            let reason = InboxReason::Unrecognised;
            let item = Item {
                id: inbox_id,
                push_id,
                receipt_id: None,
                reason,
                state: "open",
                proposed: None,
                at,
                actor: ACTOR,
            };
            insert_item(&mut batch, &mut head, &item);
            Effect::Inbox { item_id: item.id, reason, money: None, proposed: None }
        }
        Reading::Receipt { channel, amount, .. } => {
            let facts = Facts {
                channel,
                received_at: at,
                phone_at,
                fresh: push.fresh,
                contradicted: push.contradicted,
                told_before: known.told_before,
                echo: known.echo,
            };
            let ids = (push_id, inbox_id);
            let mut effect = receive(c, &mut batch, &mut head, &push, ids, (&facts, amount), candidates).await?;
            if let Effect::Paid(full) = &mut effect
                && known.traded
            {
                full.trades = gateway::of_paid(c, full.ticket.id).await?;
            }
            effect
        }
    };
    Ok((Outcome::Stored { push_id, effect }, batch))
}

/// Money: settles its ticket, or files it for a person.
async fn receive(
    c: &mut SqliteConnection,
    batch: &mut Batch,
    head: &mut Head,
    push: &TakePush,
    (push_id, inbox_id): (i64, i64),
    (facts, amount): (&Facts, Fen),
    mut candidates: Vec<(Candidate, TicketRow)>,
) -> Result<Effect> {
    let (channel, at) = (facts.channel, facts.received_at);
    if candidates.is_empty() {
        candidates = elsewhere(c, push, amount).await?;
    }
    let list: Vec<Candidate> = candidates.iter().map(|(candidate, _)| candidate.clone()).collect();
    let (reason, proposed, state) = match matching::decide(facts, &list) {
        Decision::Settle { ticket_id, account_id } => {
            let found = candidates.into_iter().find(|(candidate, _)| candidate.ticket_id == ticket_id);
            let (_, ticket) = found.ok_or_else(|| StoreError::corrupt("settling a ticket that is no candidate"))?;
            assert_eq!(ticket.due, amount, "a ticket settles itself only with its exact due amount");
            insert_receipt(batch, push_id, push, false);
            let payment = Payment {
                receipt_id: Some(push_id),
                account_id: Some(account_id),
                how: How::Auto,
                channel,
                amount,
                late: false,
                reason: String::new(),
                at,
                business_date: push.business_date.clone(),
                cool_until: at.saturating_add(push.cooldown_paid),
                actor: ACTOR.into(),
            };
            return Ok(Effect::Paid(Box::new(settle::first(batch, ticket, payment, head))));
        }
        Decision::Echo => (InboxReason::Duplicate, None, "echo"),
        Decision::Ask { reason: InboxReason::Unmatched, .. } if near_waits(c, amount).await? => {
            (InboxReason::WrongAmount, None, "open")
        }
        Decision::Ask { reason, proposed } => (reason, proposed, "open"),
    };
    insert_receipt(batch, push_id, push, state == "echo");
    let item = Item { id: inbox_id, push_id, receipt_id: Some(push_id), reason, state, proposed, at, actor: ACTOR };
    insert_item(batch, head, &item);
    // A proposed ticket whose time has run out ends now, so that both screens agree with the inbox.
    let ended = candidates.iter_mut().find(|(candidate, ticket)| {
        reason == InboxReason::Late && Some(candidate.ticket_id) == proposed && ticket.status == Status::Open
    });
    if let Some((_, ticket)) = ended {
        let ended = ticket.expires_at.unwrap_or(at);
        let cool_until = ended.saturating_add(push.cooldown_expired);
        ticket::end(batch, head, ticket, Status::Expired, ended, cool_until, "till");
    }
    if state == "echo" {
        return Ok(Effect::Echo);
    }
    Ok(Effect::Inbox { item_id: item.id, reason, money: Some((channel, amount)), proposed })
}

/// The phone's skew with this message in mind, and the message's time by our clock.
///
/// Skew is our clock minus the phone's at the smallest delay seen; it drifts slowly towards larger samples so that
/// a corrected phone clock is learnt again.
pub(crate) fn clock(skew: Option<i64>, phone_at: Option<i64>, received_at: i64) -> (Option<i64>, Option<i64>) {
    let Some(phone_at) = phone_at else { return (skew, None) };
    let sample = received_at.saturating_sub(phone_at);
    let skew = match skew {
        Some(old) if sample >= old => old + (sample - old) / 16,
        _ => sample,
    };
    (Some(skew), Some(phone_at.saturating_add(skew.min(sample))))
}

impl Store {
    /// Takes a push: stores it, and settles, proposes or files it. Returns after the commit.
    /// `after` is called once it is on disk, whether or not the caller still waits.
    pub async fn take_push(&self, push: TakePush, after: impl FnOnce(&Outcome) + Send + 'static) -> Result<Outcome> {
        self.writer.write_batch(move |c, alone| Box::pin(take(c, alone, push)), after).await
    }

    /// Kept texts after `after_id`, oldest first, with how they read then.
    pub async fn old_pushes(&self, after_id: i64, limit: u32) -> Result<Vec<OldPush>> {
        let rows = sqlx::query(
            "SELECT p.id, p.received_at, p.package, p.title, p.text, p.verdict, p.rule, p.rules_version,
                    r.channel, r.amount_fen, coalesce(i.state <> 'open', 0) AS resolved
             FROM push p LEFT JOIN receipt r ON r.id = p.id LEFT JOIN inbox i ON i.push_id = p.id
             WHERE p.id > ?1 AND p.door IN ('smsforwarder', 'json', 'push') ORDER BY p.id LIMIT ?2",
        )
        .bind(after_id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let read = |row: &SqliteRow| {
            let text: Option<&str> = row.get("channel");
            Ok(OldPush {
                id: row.get("id"),
                received_at: row.get("received_at"),
                package: row.get("package"),
                title: row.get("title"),
                text: row.get("text"),
                verdict: row.get("verdict"),
                rule: row.get("rule"),
                rules_version: row.get("rules_version"),
                channel: text.map(str::parse).transpose().map_err(StoreError::corrupt)?,
                amount: ticket::fen_or_none(row, "amount_fen")?,
                resolved: row.get("resolved"),
            })
        };
        rows.iter().map(read).collect()
    }

    /// After a rules change: an old text reads as money now. Its receipt goes to the inbox for a person; a text that
    /// had a receipt already, or was dealt with, changes nothing. Answers whether it was filed.
    #[expect(clippy::too_many_arguments, reason = "what was read, and the facts every change carries")]
    pub async fn file_late_reading(
        &self,
        push_id: i64,
        channel: Channel,
        amount: Fen,
        likeness: String,
        business_date: String,
        at: i64,
        actor: &str,
    ) -> Result<bool> {
        let actor = actor.to_owned();
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let row = sqlx::query(
                        "SELECT p.device_id, p.received_at, i.id AS item, i.state,
                                EXISTS (SELECT 1 FROM receipt WHERE id = p.id) AS has
                         FROM push p LEFT JOIN inbox i ON i.push_id = p.id WHERE p.id = ?1",
                    )
                    .bind(push_id);
                    let row = row.fetch_optional(&mut *c).await?.ok_or(StoreError::NotFound)?;
                    let state: Option<&str> = row.get("state");
                    if row.get::<bool, _>("has") || state.is_some_and(|s| s != "open") {
                        return Ok(false);
                    }
                    let received_at: i64 = row.get("received_at");
                    sqlx::query(
                        "INSERT INTO receipt (id, device_id, channel, amount_fen, likeness, received_at, business_date)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )
                    .bind(push_id)
                    .bind(row.get::<i64, _>("device_id"))
                    .bind(channel.as_str())
                    .bind(amount.get())
                    .bind(likeness)
                    .bind(received_at)
                    .bind(business_date)
                    .execute(&mut *c)
                    .await?;
                    let item = sqlx::query(
                        "INSERT INTO inbox (push_id, receipt_id, reason, state, arrived_at) VALUES (?1, ?1, 'unmatched', 'open', ?2)
                         ON CONFLICT (push_id) DO UPDATE SET receipt_id = ?1, reason = 'unmatched' RETURNING id",
                    )
                    .bind(push_id)
                    .bind(received_at)
                    .fetch_one(&mut *c)
                    .await?;
                    let entry = Entry {
                        at,
                        actor: &actor,
                        act: "inbox.read_again",
                        subject: format!("inbox:{}", item.get::<i64, _>(0)),
                        before: serde_json::json!({ "receipt": false }),
                        after: serde_json::json!({ "receipt": push_id, "channel": channel, "amount_fen": amount }),
                    };
                    crate::journal::append(c, entry).await?;
                    Ok(true)
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn skew_is_the_smallest_delay_and_delay_shows_beyond_it() {
        assert_eq!(clock(None, None, 10_000), (None, None));
        // First contact: the message is taken as just sent.
        assert_eq!(clock(None, Some(4_000), 10_000), (Some(6_000), Some(10_000)));
        // Later and slower: it was sent before we got it.
        let (skew, at) = clock(Some(6_000), Some(4_000), 26_000);
        assert_eq!((skew, at), (Some(7_000), Some(11_000)));
        // Faster than ever: the skew was overestimated.
        assert_eq!(clock(Some(6_000), Some(9_000), 14_000), (Some(5_000), Some(14_000)));
    }
}
