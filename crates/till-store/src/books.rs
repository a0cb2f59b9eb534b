//! The rows of the books as reports and closings read them, and the seal that keeps them on their side of a closing.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use till_core::report::{Beside, CashKind, CashMove, Payment, Refund, RefundKind, Row, SaleSums, canonical, in_order};
use till_core::ticket::How;
use till_core::{Channel, Fen};

use crate::error::{Result, StoreError};
use crate::ticket::{channel, fen};

/// The distinct business days of payments, each found by one step in the index: their number counts, not the rows'.
macro_rules! payment_days {
    ($rest:literal) => {
        concat!(
            "WITH RECURSIVE d (day) AS (
               SELECT min(business_date) FROM settlement
               UNION ALL
               SELECT (SELECT min(business_date) FROM settlement WHERE business_date > d.day) FROM d WHERE d.day IS NOT NULL
             ) ",
            $rest
        )
    };
}

/// All rows as one JSON text, an array for each in the order of [`PaymentLine`]: a row of its own through sqlx costs
/// more than everything else that is done with it.
macro_rules! payment_lines {
    () => {
        "SELECT json_group_array(json_array(s.ticket_id, s.nth, s.receipt_id, s.account_id, s.how, s.channel,
            s.amount_fen, s.late, s.reason, s.at, s.business_date, s.actor,
            t.number, t.lines, t.gross_fen, t.discount_fen, t.rounding_fen, t.tail_fen)) "
    };
}

#[derive(Deserialize)]
struct PaymentLine {
    ticket_id: i64,
    nth: i64,
    receipt_id: Option<i64>,
    account_id: Option<i64>,
    how: How,
    channel: Channel,
    amount: Fen,
    late: i64,
    reason: String,
    at: i64,
    business_date: String,
    actor: String,
    // Of the ticket, with its first payment.
    number: Option<i64>,
    lines: Option<String>,
    gross: Option<Fen>,
    discount: Option<Fen>,
    rounding: Option<Fen>,
    tail: Option<Fen>,
}

fn payment(line: PaymentLine) -> Row {
    let sums = line.gross.zip(line.discount).zip(line.rounding.zip(line.tail));
    let sale = line.number.zip(line.lines).zip(sums);
    Row::Payment(Payment {
        ticket_id: line.ticket_id,
        nth: line.nth,
        receipt_id: line.receipt_id,
        account_id: line.account_id,
        how: line.how,
        channel: line.channel,
        amount: line.amount,
        late: line.late != 0,
        reason: line.reason,
        at: line.at,
        business_date: line.business_date,
        actor: line.actor,
        sale: sale.map(|((number, lines), ((gross, discount), (rounding, tail)))| SaleSums {
            number,
            lines,
            gross,
            discount,
            rounding,
            tail,
        }),
    })
}

fn refund(row: &SqliteRow) -> Result<Row> {
    let kind: &str = row.get("kind");
    Ok(Row::Refund(Refund {
        id: row.get("id"),
        ticket_id: row.get("ticket_id"),
        kind: RefundKind::from_text(kind).ok_or_else(|| StoreError::corrupt(kind))?,
        channel: channel(row, "channel")?,
        amount: fen(row, "amount_fen")?,
        reference: row.get("reference"),
        reason: row.get("reason"),
        at: row.get("at"),
        business_date: row.get("business_date"),
        actor: row.get("actor"),
        approved_by: row.get("approved_by"),
    }))
}

pub(crate) fn cash_move(row: &SqliteRow) -> Result<CashMove> {
    let kind: &str = row.get("kind");
    Ok(CashMove {
        id: row.get("id"),
        shift_id: row.get("shift_id"),
        kind: CashKind::from_text(kind).ok_or_else(|| StoreError::corrupt(kind))?,
        amount: fen(row, "amount_fen")?,
        reason: row.get("reason"),
        at: row.get("at"),
        business_date: row.get("business_date"),
        actor: row.get("actor"),
    })
}

/// Puts what was read together, in the order in which rows are sealed.
fn join(payments: &SqliteRow, refunds: &[SqliteRow], moves: &[SqliteRow]) -> Result<Vec<Row>> {
    let payments: Vec<PaymentLine> = serde_json::from_str(payments.get(0))?;
    let mut rows: Vec<Row> = payments.into_iter().map(payment).collect();
    for row in refunds {
        rows.push(refund(row)?);
    }
    for row in moves {
        rows.push(Row::Cash(cash_move(row)?));
    }
    in_order(&mut rows);
    Ok(rows)
}

/// The rows of a business day with `after < at <= upto`, in order.
pub(crate) async fn of_day(c: &mut SqliteConnection, business_date: &str, after: i64, upto: i64) -> Result<Vec<Row>> {
    let payments = sqlx::query(concat!(
        payment_lines!(),
        "FROM settlement s LEFT JOIN ticket t ON t.id = s.ticket_id AND s.nth = 1
         WHERE s.business_date = ?1 AND s.at > ?2 AND s.at <= ?3"
    ));
    let payments = payments.bind(business_date).bind(after).bind(upto).fetch_one(&mut *c).await?;
    let refunds = sqlx::query("SELECT * FROM refund WHERE business_date = ?1 AND at > ?2 AND at <= ?3");
    let refunds = refunds.bind(business_date).bind(after).bind(upto).fetch_all(&mut *c).await?;
    let moves = sqlx::query("SELECT * FROM cash_move WHERE business_date = ?1 AND at > ?2 AND at <= ?3");
    let moves = moves.bind(business_date).bind(after).bind(upto).fetch_all(&mut *c).await?;
    join(&payments, &refunds, &moves)
}

/// The rows of any business day with `after < at <= upto`, in order.
pub(crate) async fn of_span(c: &mut SqliteConnection, after: i64, upto: i64) -> Result<Vec<Row>> {
    const PAYMENTS: &str = concat!(
        payment_days!(""),
        payment_lines!(),
        "FROM d CROSS JOIN settlement s ON s.business_date = d.day AND s.at > ?1 AND s.at <= ?2
         LEFT JOIN ticket t ON t.id = s.ticket_id AND s.nth = 1"
    );
    let payments = sqlx::query(PAYMENTS).bind(after).bind(upto).fetch_one(&mut *c).await?;
    let refunds = sqlx::query("SELECT * FROM refund WHERE at > ?1 AND at <= ?2");
    let refunds = refunds.bind(after).bind(upto).fetch_all(&mut *c).await?;
    let moves = sqlx::query("SELECT * FROM cash_move WHERE at > ?1 AND at <= ?2");
    let moves = moves.bind(after).bind(upto).fetch_all(&mut *c).await?;
    join(&payments, &refunds, &moves)
}

/// SHA-256 of rows in their order: of their canonical bytes, one after the other.
pub(crate) fn hash(rows: &[Row]) -> Vec<u8> {
    let (mut sha, mut bytes) = (Sha256::new(), Vec::with_capacity(512));
    for row in rows {
        bytes.clear();
        canonical(row, &mut bytes);
        sha.update(&bytes);
    }
    sha.finalize().to_vec()
}

/// What stands beside the rows now.
pub(crate) async fn beside(c: &mut SqliteConnection) -> Result<Beside> {
    let row = sqlx::query(
        "SELECT count(*), coalesce(sum(r.amount_fen), 0), (SELECT count(*) FROM ticket WHERE status = 'open')
         FROM inbox i JOIN receipt r ON r.id = i.receipt_id WHERE i.state = 'open'",
    );
    let row = row.fetch_one(c).await?;
    Ok(Beside { unmatched: row.get(0), unmatched_fen: row.get(1), waiting: row.get(2) })
}

/// The first instant that a closing at `now` may take: past the seal, and not before a row that was written already,
/// whatever the clock did since.
pub(crate) async fn boundary(c: &mut SqliteConnection, now: i64) -> Result<i64> {
    const NEWEST: &str = payment_days!(
        "SELECT max(?1, (SELECT at + 1 FROM seal), coalesce((SELECT max(at) FROM refund), 0),
                coalesce((SELECT max(at) FROM cash_move), 0),
                coalesce((SELECT max((SELECT max(at) FROM settlement WHERE business_date = d.day)) FROM d), 0))"
    );
    let row = sqlx::query(NEWEST).bind(now).fetch_one(c).await?;
    Ok(row.get(0))
}

/// [`boundary`] for the rows of one business day alone.
pub(crate) async fn day_boundary(c: &mut SqliteConnection, business_date: &str, now: i64) -> Result<i64> {
    let row = sqlx::query(
        "SELECT max(?2, (SELECT at + 1 FROM seal),
                coalesce((SELECT max(at) FROM settlement WHERE business_date = ?1), 0),
                coalesce((SELECT max(at) FROM refund WHERE business_date = ?1), 0),
                coalesce((SELECT max(at) FROM cash_move WHERE business_date = ?1), 0))",
    );
    Ok(row.bind(business_date).bind(now).fetch_one(c).await?.get(0))
}

/// Closes the books up to `at`: what is written from now on carries a later time.
pub(crate) async fn seal(c: &mut SqliteConnection, at: i64) -> Result<()> {
    sqlx::query("UPDATE seal SET at = ?1").bind(at).execute(c).await?;
    Ok(())
}

/// The time of a row written now.
pub(crate) async fn after_seal(c: &mut SqliteConnection, now: i64) -> Result<i64> {
    let row = sqlx::query("SELECT max(?1, at + 1) FROM seal").bind(now).fetch_one(c).await?;
    Ok(row.get(0))
}
