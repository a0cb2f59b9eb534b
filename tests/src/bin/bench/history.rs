//! Years of sales, all alike, written straight into a stopped till's file in a moment: a past for the payment path.
//! For figures and search there is `qiantai_tests::years`, where sales are as different as in life.

use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Executor, Row};

/// The numbers 0..N, for `INSERT … SELECT`.
const SERIES: &str = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < (SELECT many FROM want)), \
    s AS (SELECT i, i + 1 AS id, 1546300800000 + (i / 500) * 86400000 + (i % 500) * 120000 AS at, \
    100 + (i * 37) % 20000 AS fen, date('2019-01-01', '+' || (i / 500) || ' days') AS day FROM n)";

const TABLES: [&str; 6] = [
    "INSERT INTO ticket (id, number, business_date, status, exception, lines, note, gross_fen, discount_fen, rounding_fen,
       tail_fen, due_fen, opened_at, expires_at, ended_at, cool_until, actor, program_id, counter)
     SELECT id, i % 500 + 1, day, 'paid', 'none', '[{\"name\":\"\",\"price_fen\":' || (fen + 1) || ',\"count\":1}]', '',
       fen + 1, 0, 0, 1, fen, at, at + 180000, at + 20000, at + 80000, 'till',
       (SELECT min(id) FROM program), (SELECT count(*) = 0 FROM program) FROM s",
    "INSERT INTO program_order (id, program_id, order_no, token, out_no, digest, channel, asked, created_at)
     SELECT s.id, p.id, printf('%026d', s.id), printf('%064x', s.id), 'H' || s.id, x'00', 'wechat', '{}', at
       FROM s, (SELECT id FROM program ORDER BY id LIMIT 1) p",
    "INSERT INTO hold (ticket_id, account_id, code_id, amount_fen, released_at)
     SELECT s.id, code.account_id, code.id, fen, at + 80000 FROM s, code",
    "INSERT INTO push (id, device_id, door, replay_key, digest, received_at, phone_at, package, title, text, hint_fen,
       verdict, rule, rules_version)
     SELECT id, 1, 'vmq', 'history:' || id, x'00112233445566778899aabbccddeeff', at + 20000, at + 19000, '', '',
       '/appPush?t=' || at || '&type=1&price=' || fen, fen, 'receipt', 'vmq', 1 FROM s",
    "INSERT INTO receipt (id, device_id, channel, amount_fen, payer_note, likeness, received_at, business_date, echo)
     SELECT id, 1, 'wechat', fen, NULL, '', at + 20000, day, 0 FROM s",
    "INSERT INTO settlement (ticket_id, nth, receipt_id, account_id, how, channel, amount_fen, late, reason, at, business_date, actor)
     SELECT id, 1, id, 1, 'auto', 'wechat', fen, 0, '', at + 20000, day, 'phone' FROM s",
];

/// Adds `many` paid tickets with their pushes, receipts, settlements, holds and journal, all long past.
pub fn write(file: &Path, many: i64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(false);
        let mut db = SqliteConnection::connect_with(&options).await?;
        db.execute("CREATE TEMP TABLE want (many INTEGER NOT NULL)").await?;
        sqlx::query("INSERT INTO want VALUES (?1)").bind(many).execute(&mut db).await?;
        db.execute("BEGIN").await?;
        for table in TABLES {
            sqlx::query(sqlx::AssertSqlSafe(with_series(table))).execute(&mut db).await?;
        }
        journal(&mut db, many).await?;
        db.execute("COMMIT").await?;
        // As the file of a shop that was open all those days: nothing waits in the log.
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        db.close().await?;
        Ok(())
    })
}

/// SQLite wants the `WITH` before the `INSERT`.
fn with_series(insert: &str) -> String {
    format!("{SERIES} {insert}")
}

/// Journal rows chained as the till chains them, so that its own check of the chain holds.
async fn journal(db: &mut SqliteConnection, many: i64) -> Result<()> {
    let last = sqlx::query("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetch_optional(&mut *db).await?;
    let (mut seq, mut hash): (i64, Vec<u8>) = last.map_or((0, Vec::new()), |row| (row.get(0), row.get(1)));
    for i in 0..many {
        seq += 1;
        let at = 1_546_300_800_000 + (i / 500) * 86_400_000 + (i % 500) * 120_000;
        let (subject, before, after) = (format!("ticket:{}", i + 1), r#"{"status":"open"}"#, r#"{"status":"paid"}"#);
        let mut sha = Sha256::new();
        sha.update(&hash);
        sha.update(seq.to_be_bytes());
        sha.update(at.to_be_bytes());
        for text in ["phone", "ticket.paid", &subject, before, after] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
        let next = sha.finalize().to_vec();
        sqlx::query(
            "INSERT INTO journal (seq, at, actor, act, subject, before, after, prev_hash, hash)
             VALUES (?1, ?2, 'phone', 'ticket.paid', ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(seq)
        .bind(at)
        .bind(&subject)
        .bind(before)
        .bind(after)
        .bind(&hash)
        .bind(&next)
        .execute(&mut *db)
        .await?;
        hash = next;
    }
    Ok(())
}
