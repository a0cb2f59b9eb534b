//! Reading statements, and the till's money beside them: much at once, on a connection of its own that lends its rows,
//! on one snapshot of the file, never in the writer's way.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use till_core::{Channel, Fen};

use super::{
    LINE_KINDS, LINE_PRECISIONS, LINE_WAYS, MoneyKey, MoneyRow, PutAside, StatementLine, StatementLink, StatementRow,
    StatementWords, WaitingMoney, one_of,
};
use crate::Store;
use crate::error::{Result, StoreError};

/// A reader on one snapshot. It blocks: use it where blocking is fine.
pub struct StatementReader {
    connection: Connection,
}

/// What is known of a row under its key.
pub(super) struct Known {
    pub(super) first_id: i64,
    pub(super) first_file: i64,
    pub(super) first_file_whole: bool,
    pub(super) version: i64,
    pub(super) status: String,
    pub(super) kind: String,
    pub(super) amount: i64,
    pub(super) ticket_amount: i64,
    /// When the file of that version was made.
    pub(super) exported_at: Option<i64>,
}

fn sql(cause: rusqlite::Error) -> StoreError {
    match cause {
        rusqlite::Error::QueryReturnedNoRows => StoreError::NotFound,
        rusqlite::Error::FromSqlConversionFailure(..) => StoreError::corrupt(cause),
        other => StoreError::Db(sqlx::Error::Protocol(other.to_string())),
    }
}

fn conversion(cause: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(cause))
}

fn fen(row: &Row<'_>, at: usize) -> rusqlite::Result<Fen> {
    Fen::new(row.get(at)?).map_err(conversion)
}

/// A text that is one of a list.
fn word(row: &Row<'_>, at: usize, list: &[&'static str]) -> rusqlite::Result<&'static str> {
    let text = row.get_ref(at)?.as_str()?;
    one_of(list, text).ok_or_else(|| conversion(StoreError::corrupt(text)))
}

const FILES: &str =
    "SELECT id, name, format, channel, account, from_at, to_at, exported_at, receipts, refunds, declared,
  notes, lines, new_lines, imported_at, members FROM statement_file WHERE complete_at IS NOT NULL ";

fn file(row: &Row<'_>) -> rusqlite::Result<StatementRow> {
    let members = row.get_ref(15)?.as_str()?;
    Ok(StatementRow {
        id: row.get(0)?,
        name: row.get(1)?,
        format: row.get(2)?,
        channel: row.get_ref(3)?.as_str()?.parse().map_err(conversion)?,
        account: row.get(4)?,
        from_at: row.get(5)?,
        to_at: row.get(6)?,
        exported_at: row.get(7)?,
        receipts: row.get(8)?,
        refunds: row.get(9)?,
        declared: row.get(10)?,
        notes: row.get(11)?,
        lines: row.get(12)?,
        new_lines: row.get(13)?,
        imported_at: row.get(14)?,
        members: serde_json::from_str(members).map_err(conversion)?,
    })
}

const LINE: &str =
    "SELECT id, at, precise, amount_fen, ticket_fen, kind, way, channel_id, order_no, original_id, fee_fen,
  first_id FROM statement_line ";

fn line(row: &Row<'_>) -> rusqlite::Result<StatementLine> {
    Ok(StatementLine {
        id: row.get::<_, Option<i64>>(11)?.map_or_else(|| row.get(0), Ok)?,
        at: row.get(1)?,
        precise: word(row, 2, &LINE_PRECISIONS)?,
        amount: fen(row, 3)?,
        ticket_amount: fen(row, 4)?,
        kind: word(row, 5, &LINE_KINDS)?,
        way: word(row, 6, &LINE_WAYS)?,
        channel_id: row.get(7)?,
        order_no: row.get(8)?,
        original_id: row.get(9)?,
        fee: row.get::<_, Option<i64>>(10)?.map(Fen::new).transpose().map_err(conversion)?,
    })
}

const PAYMENTS: &str =
    "SELECT s.ticket_id, t.number, t.business_date, t.opened_at, s.amount_fen, s.at, s.nth, s.account_id,
  s.how = 'by_hand', r.received_at FROM settlement s JOIN ticket t ON t.id = s.ticket_id
  LEFT JOIN receipt r ON r.id = s.receipt_id ";

fn payment(row: &Row<'_>) -> rusqlite::Result<MoneyRow> {
    let ticket_id = row.get(0)?;
    Ok(MoneyRow {
        key: MoneyKey::Payment { ticket_id, nth: row.get(6)? },
        ticket_id,
        number: row.get(1)?,
        date: row.get(2)?,
        opened_at: row.get(3)?,
        amount: fen(row, 4)?,
        at: row.get(5)?,
        account: row.get(7)?,
        by_hand: row.get(8)?,
        received_at: row.get(9)?,
        reference: String::new(),
    })
}

const REFUNDS: &str =
    "SELECT f.ticket_id, t.number, t.business_date, t.opened_at, f.amount_fen, f.at, f.id, f.reference
  FROM refund f JOIN ticket t ON t.id = f.ticket_id ";

fn refund(row: &Row<'_>) -> rusqlite::Result<MoneyRow> {
    Ok(MoneyRow {
        key: MoneyKey::Refund(row.get(6)?),
        ticket_id: row.get(0)?,
        number: row.get(1)?,
        date: row.get(2)?,
        opened_at: row.get(3)?,
        amount: fen(row, 4)?,
        at: row.get(5)?,
        account: None,
        by_hand: false,
        received_at: None,
        reference: row.get(7)?,
    })
}

impl StatementReader {
    fn open(store: &Store) -> rusqlite::Result<StatementReader> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(store.path(), flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "query_only", "on")?;
        connection.pragma_update(None, "cache_size", -32_768)?;
        connection.execute_batch("BEGIN")?;
        Ok(StatementReader { connection })
    }

    fn all<T>(
        &self,
        text: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(text).map_err(sql)?;
        let rows = statement.query_map(values, read).map_err(sql)?;
        rows.collect::<rusqlite::Result<_>>().map_err(sql)
    }

    /// Statements, newest first.
    pub fn files(&self, limit: u32) -> Result<Vec<StatementRow>> {
        self.all(&format!("{FILES} ORDER BY id DESC LIMIT ?1"), [limit], file)
    }

    /// One statement.
    pub fn file(&self, id: i64) -> Result<StatementRow> {
        let found = self.connection.query_row(&format!("{FILES} AND id = ?1"), [id], file);
        found.map_err(sql)
    }

    /// The newest statement that shows a line.
    pub fn file_of(&self, line_id: i64) -> Result<StatementRow> {
        let mut statement = self.connection.prepare(&format!("{FILES} ORDER BY id DESC")).map_err(sql)?;
        let mut files = statement.query_map([], file).map_err(sql)?;
        files
            .find_map(|found| match found {
                Ok(file) if !file.holds(line_id) => None,
                found => Some(found.map_err(sql)),
            })
            .unwrap_or(Err(StoreError::NotFound))
    }

    /// The lines of a statement in their newest versions, in the order of time.
    pub fn lines(&self, file: &StatementRow) -> Result<Vec<StatementLine>> {
        let mut lines = Vec::with_capacity(usize::try_from(file.lines).unwrap_or_default());
        for (first, last) in &file.members {
            lines.extend(self.all(&format!("{LINE} WHERE id BETWEEN ?1 AND ?2"), [first, last], line)?);
        }
        let changed = format!("{LINE} WHERE first_id IS NOT NULL ORDER BY first_id, version");
        for newer in self.all(&changed, [], line)? {
            if let Ok(place) = lines.binary_search_by_key(&newer.id, |line| line.id) {
                lines[place] = newer;
            }
        }
        lines.sort_by_key(|line| (line.at, line.id));
        Ok(lines)
    }

    /// One line in its newest version.
    pub fn line(&self, line_id: i64) -> Result<StatementLine> {
        let text = format!("{LINE} WHERE id = ?1 OR first_id = ?1 ORDER BY version DESC LIMIT 1");
        self.connection.query_row(&text, [line_id], line).map_err(sql)
    }

    /// The words of some lines, in their newest versions.
    pub fn words(&self, line_ids: &[i64]) -> Result<HashMap<i64, StatementWords>> {
        let text = "SELECT coalesce(first_id, id), counterparty, note, status, type_text FROM statement_line
                    WHERE id = ?1 OR first_id = ?1 ORDER BY version DESC LIMIT 1";
        let mut words = HashMap::with_capacity(line_ids.len());
        for id in line_ids {
            words.extend(self.all(text, [id], |row| {
                let said = StatementWords {
                    counterparty: row.get(1)?,
                    note: row.get(2)?,
                    status: row.get(3)?,
                    type_text: row.get(4)?,
                };
                Ok((row.get(0)?, said))
            })?);
        }
        Ok(words)
    }

    /// Payments and refunds of a channel that happened within a time: by their notice where there is one, however much
    /// later they were booked. `dates` are the business dates they may be booked on.
    pub fn money(&self, channel: Channel, span: (i64, i64), dates: (&str, &str)) -> Result<Vec<MoneyRow>> {
        let values = params![channel.as_str(), span.0, span.1, dates.0, dates.1];
        let mut rows = self.all(
            &format!(
                "{PAYMENTS} WHERE s.business_date BETWEEN ?4 AND ?5 AND s.channel = ?1
                 AND coalesce(r.received_at, s.at) BETWEEN ?2 AND ?3"
            ),
            values,
            payment,
        )?;
        rows.extend(self.all(
            &format!("{REFUNDS} WHERE f.business_date BETWEEN ?4 AND ?5 AND f.channel = ?1 AND f.at BETWEEN ?2 AND ?3"),
            values,
            refund,
        )?);
        Ok(rows)
    }

    /// One payment or refund.
    pub fn one_money(&self, key: MoneyKey) -> Result<MoneyRow> {
        match key {
            MoneyKey::Payment { ticket_id, nth } => {
                let text = format!("{PAYMENTS} WHERE s.ticket_id = ?1 AND s.nth = ?2");
                self.connection.query_row(&text, [ticket_id, nth], payment)
            }
            MoneyKey::Refund(id) => self.connection.query_row(&format!("{REFUNDS} WHERE f.id = ?1"), [id], refund),
        }
        .map_err(sql)
    }

    /// All that people tied together, in any statement.
    pub fn links(&self) -> Result<Vec<StatementLink>> {
        self.all("SELECT line_id, ticket_id, nth, refund_id, how FROM statement_link", [], |row| {
            let ticket_id = row.get(1)?;
            let nth: Option<i64> = row.get(2)?;
            let key = match nth {
                Some(nth) => MoneyKey::Payment { ticket_id, nth },
                None => MoneyKey::Refund(row.get(3)?),
            };
            Ok(StatementLink { line_id: row.get(0)?, key, ticket_id, how: row.get(4)? })
        })
    }

    /// Differences put aside on a channel.
    pub fn put_aside(&self, channel: Channel) -> Result<PutAside> {
        let mut aside = PutAside::default();
        let text = "SELECT line_id, ticket_id, reason FROM statement_settled WHERE channel = ?1";
        let all = self.all(text, [channel.as_str()], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, String>(2)?))
        })?;
        for (line, ticket, reason) in all {
            if let Some(line) = line {
                aside.lines.insert(line, reason);
            } else if let Some(ticket) = ticket {
                aside.tickets.insert(ticket, reason);
            }
        }
        Ok(aside)
    }

    /// Money of a channel that waits in the inbox.
    pub fn waiting_money(&self, channel: Channel) -> Result<Vec<WaitingMoney>> {
        self.all(
            "SELECT i.id, r.amount_fen, r.received_at, i.proposed_id FROM inbox i JOIN receipt r ON r.id = i.receipt_id
             WHERE i.state = 'open' AND r.channel = ?1 ORDER BY i.id",
            [channel.as_str()],
            |row| {
                Ok(WaitingMoney {
                    item_id: row.get(0)?,
                    amount: fen(row, 1)?,
                    received_at: row.get(2)?,
                    proposed: row.get(3)?,
                })
            },
        )
    }

    /// Tickets without a payment that a payment of this amount at this time may have been for, likeliest first.
    pub fn unpaid_tickets(&self, amount: Fen, at: i64) -> Result<Vec<i64>> {
        const HOURS_2: i64 = 7_200_000;
        const MINUTE: i64 = 60_000;
        self.all(
            "SELECT id FROM ticket WHERE opened_at BETWEEN ?2 AND ?3 AND status <> 'paid'
               AND (due_fen = ?1 OR due_fen + tail_fen = ?1)
             ORDER BY due_fen <> ?1, opened_at DESC LIMIT 3",
            [amount.get(), at - HOURS_2, at + MINUTE],
            |row| row.get(0),
        )
    }

    /// Another account that earlier statements of this format were of.
    pub fn other_account(&self, file: &StatementRow) -> Result<Option<String>> {
        let text = "SELECT account FROM statement_file WHERE complete_at IS NOT NULL AND format = ?1 AND id < ?2
                    AND account <> '' AND account <> ?3 ORDER BY id DESC LIMIT 1";
        let found = self.connection.query_row(text, params![file.format, file.id, file.account], |row| row.get(0));
        found.optional().map_err(sql)
    }

    /// The id that the next line gets.
    pub(super) fn next_line_id(&self) -> Result<i64> {
        let text = "SELECT coalesce(max(id), 0) + 1 FROM statement_line";
        self.connection.query_row(text, [], |row| row.get(0)).map_err(sql)
    }

    /// What is known under a key.
    pub(super) fn known(&self, key: &str) -> Result<Option<Known>> {
        let text = "SELECT l.id, l.first_id, l.version, l.status, l.kind, l.amount_fen, l.ticket_fen, f.exported_at,
                      first.file_id, ff.complete_at IS NOT NULL
                    FROM statement_line l JOIN statement_file f ON f.id = l.file_id
                    JOIN statement_line first ON first.id = coalesce(l.first_id, l.id)
                    JOIN statement_file ff ON ff.id = first.file_id
                    WHERE l.key = ?1 ORDER BY l.version DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(text).map_err(sql)?;
        let found = statement.query_row([key], |row| {
            Ok(Known {
                first_id: row.get::<_, Option<i64>>(1)?.map_or_else(|| row.get(0), Ok)?,
                version: row.get(2)?,
                status: row.get(3)?,
                kind: row.get(4)?,
                amount: row.get(5)?,
                ticket_amount: row.get(6)?,
                exported_at: row.get(7)?,
                first_file: row.get(8)?,
                first_file_whole: row.get(9)?,
            })
        });
        found.optional().map_err(sql)
    }
}

impl Store {
    /// A reader on the file as it is now. Opening and using it blocks.
    pub fn statement_reader(&self) -> Result<StatementReader> {
        StatementReader::open(self).map_err(sql)
    }
}
