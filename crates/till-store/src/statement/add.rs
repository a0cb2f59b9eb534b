//! Keeping a statement: its new lines in small transactions, then the mark that it is whole.
//!
//! Statements are kept one at a time, so what is known and which ids are free is looked up once, beside the writer.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::reader::Known;
use super::{NewStatement, NewStatementLine};
use crate::Store;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};

/// Lines in one transaction: some 10 ms, and payments wait no longer than that.
const LINES_AT_ONCE: usize = 2_000;
/// Rows in one statement, each of 22 values: SQLite takes 32 766.
const ROWS_IN_ONE: usize = 500;
const VERB: &str = "import_statement";

/// A row to be inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Insert {
    place: usize,
    id: i64,
    /// The line it is a new version of, and which.
    of: Option<(i64, i64)>,
}

/// What a file adds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    inserts: Vec<Insert>,
    members: Vec<(i64, i64)>,
    new_lines: i64,
}

/// Adds an id to runs of ids; they come in any order, mostly rising.
fn runs(mut ids: Vec<i64>) -> Vec<(i64, i64)> {
    ids.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for id in ids {
        match runs.last_mut() {
            Some((_, last)) if id <= *last + 1 => *last = id.max(*last),
            _ => runs.push((id, id)),
        }
    }
    runs
}

/// What goes into each transaction.
fn transactions(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(LINES_AT_ONCE).map(move |start| start..rows.min(start + LINES_AT_ONCE))
}

/// True if a line says something else than its newest known version. Texts that exports mask differently do not count.
fn differs(line: &NewStatementLine, known: &Known) -> bool {
    (line.status.as_str(), line.kind, line.amount.get(), line.ticket_amount.get())
        != (known.status.as_str(), known.kind.as_str(), known.amount, known.ticket_amount)
}

fn plan(
    new: &NewStatement,
    file_id: i64,
    next_id: i64,
    mut known: impl FnMut(&str) -> Result<Option<Known>>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut ids = Vec::with_capacity(new.lines.len());
    let mut keys = HashSet::with_capacity(new.lines.len());
    let mut next = next_id;
    for (place, line) in new.lines.iter().enumerate() {
        if !keys.insert(line.key.as_str()) {
            return Err(StoreError::corrupt("two rows of a statement share their key"));
        }
        let of = match known(&line.key)? {
            None => {
                ids.push(next);
                plan.new_lines += 1;
                None
            }
            Some(known) => {
                ids.push(known.first_id);
                // Left there by an import that never ended, its own or another's.
                plan.new_lines += i64::from(known.first_file == file_id || !known.first_file_whole);
                // A file made before the one that showed the newest version is older news.
                let older = matches!((new.exported_at, known.exported_at), (Some(ours), Some(theirs)) if ours < theirs);
                if older || !differs(line, &known) {
                    continue;
                }
                Some((known.first_id, known.version + 1))
            }
        };
        plan.inserts.push(Insert { place, id: next, of });
        next += 1;
    }
    plan.members = runs(ids);
    Ok(plan)
}

async fn insert(c: &mut SqliteConnection, new: &NewStatement, file_id: i64, rows: &[Insert]) -> Result<()> {
    for rows in rows.chunks(ROWS_IN_ONE) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO statement_line (id, file_id, first_id, version, key, at, precise, amount_fen, ticket_fen, kind,
               way, channel_id, entry_id, order_no, refund_no, original_id, counterparty, note, status, type_text,
               fee_fen, net_fen) ",
        );
        sql.push_values(rows, |mut row, insert| {
            let line = &new.lines[insert.place];
            row.push_bind(insert.id)
                .push_bind(file_id)
                .push_bind(insert.of.map(|(first, _)| first))
                .push_bind(insert.of.map_or(1, |(_, version)| version))
                .push_bind(line.key.as_str())
                .push_bind(line.at)
                .push_bind(line.precise)
                .push_bind(line.amount.get())
                .push_bind(line.ticket_amount.get())
                .push_bind(line.kind)
                .push_bind(line.way)
                .push_bind(line.channel_id.as_str())
                .push_bind(line.entry_id.as_str())
                .push_bind(line.order_no.as_str())
                .push_bind(line.refund_no.as_str())
                .push_bind(line.original_id.as_str())
                .push_bind(line.counterparty.as_str())
                .push_bind(line.note.as_str())
                .push_bind(line.status.as_str())
                .push_bind(line.type_text.as_str())
                .push_bind(line.fee.map(till_core::Fen::get))
                .push_bind(line.net.map(till_core::Fen::get));
        });
        // The last one of a file is seldom seen again: not worth a place among the prepared.
        sql.build().persistent(rows.len() == ROWS_IN_ONE).execute(&mut *c).await?;
    }
    Ok(())
}

async fn begin(c: &mut SqliteConnection, new: &NewStatement) -> Result<i64> {
    let there = sqlx::query("SELECT id FROM statement_file WHERE sha256 = ?1").bind(&new.sha256[..]);
    if let Some(row) = there.fetch_optional(&mut *c).await? {
        return Ok(row.get(0));
    }
    let done = sqlx::query(
        "INSERT INTO statement_file (sha256, name, format, channel, account, from_at, to_at, exported_at, receipts, refunds,
           declared, notes, lines, imported_at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&new.sha256[..])
    .bind(&new.name)
    .bind(new.format)
    .bind(new.channel.as_str())
    .bind(&new.account)
    .bind(new.from_at)
    .bind(new.to_at)
    .bind(new.exported_at)
    .bind(new.receipts)
    .bind(new.refunds)
    .bind(&new.declared)
    .bind(&new.notes)
    .bind(i64::try_from(new.lines.len()).unwrap_or(i64::MAX))
    .bind(new.at)
    .bind(&new.actor)
    .execute(c)
    .await?;
    Ok(done.last_insert_rowid())
}

async fn finish(c: &mut SqliteConnection, new: &NewStatement, file_id: i64, plan: &Plan) -> Result<()> {
    sqlx::query("UPDATE statement_file SET complete_at = ?, new_lines = ?, members = ? WHERE id = ?")
        .bind(new.at)
        .bind(plan.new_lines)
        .bind(serde_json::to_string(&plan.members)?)
        .bind(file_id)
        .execute(&mut *c)
        .await?;
    let changed = plan.inserts.iter().filter(|insert| insert.of.is_some()).count();
    let entry = Entry {
        at: new.at,
        actor: &new.actor,
        act: "statement.imported",
        subject: format!("statement:{file_id}"),
        before: serde_json::json!({}),
        after: serde_json::json!({
            "file": new.name, "format": new.format, "sha256": hex(&new.sha256), "lines": new.lines.len(),
            "new_lines": plan.new_lines, "changed_lines": changed,
        }),
    };
    journal::append(c, entry).await?;
    request::note(c, &new.request_id, VERB, file_id, new.at).await
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Store {
    /// The statement that was kept under this request, or with these very bytes.
    pub async fn kept_statement(&self, request_id: &str, sha256: &[u8; 32]) -> Result<Option<i64>> {
        if let Some(id) = request::seen(&mut *self.read.acquire().await?, request_id, VERB).await? {
            return Ok(Some(id));
        }
        let there = sqlx::query("SELECT id FROM statement_file WHERE sha256 = ?1 AND complete_at IS NOT NULL")
            .bind(&sha256[..])
            .fetch_optional(&self.read)
            .await?;
        Ok(there.map(|row| row.get(0)))
    }

    /// Keeps a statement: lines that are new, and new versions of lines that changed. What was kept in part before is
    /// finished. The same bytes twice change nothing.
    pub async fn add_statement(&self, new: NewStatement) -> Result<Act<i64>> {
        let _alone = self.statements.lock().await;
        if let Some(id) = self.kept_statement(&new.request_id, &new.sha256).await? {
            return Ok(Act::Repeat(id));
        }
        let new = Arc::new(new);
        let file = new.clone();
        let file_id = self.writer.write(move |c| Box::pin(async move { begin(c, &file).await })).await?;
        let (store, file) = (self.clone(), new.clone());
        let planning = tokio::task::spawn_blocking(move || {
            let reader = store.statement_reader()?;
            let next_id = reader.next_line_id()?;
            plan(&file, file_id, next_id, |key| reader.known(key))
        });
        let plan = Arc::new(planning.await.map_err(StoreError::corrupt)??);
        for rows in transactions(plan.inserts.len()) {
            let (plan, file) = (plan.clone(), new.clone());
            self.writer
                .write(move |c| Box::pin(async move { insert(c, &file, file_id, &plan.inserts[rows]).await }))
                .await?;
        }
        self.writer.write(move |c| Box::pin(async move { finish(c, &new, file_id, &plan).await })).await?;
        Ok(Act::New(file_id))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;

    use super::*;

    #[test]
    fn ids_are_kept_as_runs() {
        assert_eq!(runs(vec![3, 1, 2, 7, 8, 12, 7]), [(1, 3), (7, 8), (12, 12)]);
        assert_eq!(runs(Vec::new()), []);
    }

    fn line(id: u32, status: &str) -> NewStatementLine {
        let fen = till_core::Fen::new(i64::from(id)).unwrap();
        NewStatementLine {
            key: format!("wechat_personal||{id}|in|"),
            at: i64::from(id),
            precise: "second",
            amount: fen,
            ticket_amount: fen,
            kind: "receipt",
            way: "in",
            channel_id: id.to_string(),
            entry_id: String::new(),
            order_no: String::new(),
            refund_no: String::new(),
            original_id: String::new(),
            counterparty: String::new(),
            note: String::new(),
            status: status.to_owned(),
            type_text: String::new(),
            fee: None,
            net: None,
        }
    }

    fn statement(bytes: u8, lines: Vec<NewStatementLine>) -> NewStatement {
        NewStatement {
            request_id: format!("r{bytes}"),
            actor: "test".into(),
            at: 1,
            sha256: [bytes; 32],
            name: "x.csv".into(),
            format: "wechat_personal",
            channel: till_core::Channel::Wechat,
            account: String::new(),
            from_at: None,
            to_at: None,
            exported_at: None,
            receipts: "full",
            refunds: "full",
            declared: "[]".into(),
            notes: "[]".into(),
            lines,
        }
    }

    /// What a till leaves that is stopped in the middle.
    async fn stopped_halfway(store: &Store, new: &NewStatement, many: usize) {
        let (new, rows) = (new.clone(), 0..many);
        let act = async |c: &mut SqliteConnection| {
            let file_id = begin(c, &new).await?;
            let rows: Vec<Insert> =
                rows.map(|place| Insert { place, id: i64::try_from(place).unwrap() + 1, of: None }).collect();
            insert(c, &new, file_id, &rows).await
        };
        let mut c = SqliteConnection::connect_with(
            &sqlx::sqlite::SqliteConnectOptions::new().filename(store.path()).foreign_keys(true),
        )
        .await
        .unwrap();
        act(&mut c).await.unwrap();
        c.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_statement_left_halfway_is_nowhere_and_is_finished_by_reading_it_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("till.db")).await.unwrap();
        let new = statement(1, (1..=1_200).map(|id| line(id, "")).collect());
        stopped_halfway(&store, &new, 700).await;
        assert_eq!(store.statement_reader().unwrap().files(10).unwrap(), []);
        assert_eq!(store.kept_statement("other", &new.sha256).await.unwrap(), None);
        // Another file with some of its lines is told that they are new: no statement shows them yet.
        let other = statement(2, vec![line(5, ""), line(2_000, "")]);
        let Act::New(other) = store.add_statement(other).await.unwrap() else { panic!("it is new") };
        assert_eq!(store.statement_reader().unwrap().file(other).unwrap().new_lines, 2);

        let Act::New(id) = store.add_statement(new.clone()).await.unwrap() else { panic!("it was not whole") };
        assert_eq!(store.add_statement(new).await.unwrap(), Act::Repeat(id));
        let reader = store.statement_reader().unwrap();
        let file = reader.file(id).unwrap();
        assert_eq!((file.lines, file.new_lines), (1_200, 1_200));
        let sum: i64 = reader.lines(&file).unwrap().iter().map(|line| line.amount.get()).sum();
        assert_eq!(sum, 1_200 * 1_201 / 2);
        assert!(file.holds(5) && file.holds(701 + 1) && !file.holds(701), "the other file's line is in between");
    }

    #[tokio::test]
    async fn keys_that_stand_twice_and_requests_of_other_acts_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("till.db")).await.unwrap();
        let twice = statement(1, vec![line(1, ""), line(1, "x")]);
        assert!(matches!(store.add_statement(twice).await, Err(StoreError::Corrupt(_))));
        assert_eq!(store.statement_reader().unwrap().files(10).unwrap(), []);
        store.add_statement(statement(2, vec![line(1, "")])).await.unwrap();
        let changed = statement(3, vec![line(1, "x")]);
        store.add_statement(changed).await.unwrap();
        let reader = store.statement_reader().unwrap();
        assert_eq!(reader.words(&[1]).unwrap()[&1].status, "x");
        assert_eq!(reader.file_of(1).unwrap().name, "x.csv");
        assert_eq!(reader.files(10).unwrap().len(), 2);
    }

    #[test]
    fn no_transaction_holds_more_than_a_payment_may_wait_for() {
        let all: Vec<Range<usize>> = transactions(100_001).collect();
        assert!(all.iter().all(|rows| rows.len() <= 2_000));
        assert_eq!(all.len(), 51);
        assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start), "nothing is left out");
        assert_eq!((all[0].start, all[50].end), (0, 100_001));
        assert_eq!(transactions(0).count(), 0);
    }

    #[test]
    fn a_chunk_fits_sqlites_parameters() {
        const { assert!(ROWS_IN_ONE * 22 <= 32_766) };
        // Full statements are prepared once.
        const { assert!(LINES_AT_ONCE.is_multiple_of(ROWS_IN_ONE)) };
    }
}
