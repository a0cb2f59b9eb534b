//! How SQLite goes about the reads that programs cause: a million orders must not slow them down.

use rusqlite::Connection;
use till_core::ticket::Status;

use super::list::{OrderQuery, newest};
use super::{KNOWN, orders};
use crate::open::MIGRATIONS;

/// How SQLite goes about a statement, a line for each step.
fn plan(c: &Connection, sql: &str) -> Vec<String> {
    let mut plan = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let values = std::iter::repeat_n(1, plan.parameter_count());
    let steps = plan.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
    steps.collect::<rusqlite::Result<_>>().unwrap()
}

fn file() -> Connection {
    let c = Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS.iter() {
        c.execute_batch(migration.sql.as_str()).unwrap();
    }
    c
}

/// Nothing big is read from end to end, and what is sorted was found through an index first.
fn assert_quick(sql: &str, plan: &[String]) {
    const BIG: [&str; 8] = ["o", "t", "s", "k", "h", "ticket", "program_order", "callback"];
    for step in plan.iter().filter_map(|step| step.strip_prefix("SCAN ")) {
        let (table, through) = step.split_once(' ').unwrap_or((step, ""));
        // What waits is little, and has an index of its own.
        let waits = through.contains("callback_undelivered") || through.contains("ticket_waits");
        assert!(!BIG.contains(&table) || waits, "{step}: {sql}\n{plan:#?}");
    }
}

#[test]
fn lists_go_through_their_indexes() {
    let c = file();
    for (undelivered, program_id, status, index) in [
        (false, None, None, "INTEGER PRIMARY KEY (rowid<?)"),
        (false, None, Some(Status::Paid), "INTEGER PRIMARY KEY (rowid<?)"),
        (false, None, Some(Status::Open), "ticket_waits"),
        (false, Some(1), None, "program_order_newest (program_id=? AND rowid<?)"),
        (false, Some(1), Some(Status::Open), "ticket_waits"),
        (false, Some(1), Some(Status::Paid), "ticket_of_program (program_id=? AND status=? AND rowid<?)"),
        (true, None, None, "callback_undelivered"),
        (true, Some(1), None, "callback_undelivered (program_id=? AND rowid<?)"),
        (true, Some(1), Some(Status::Paid), "callback_undelivered"),
    ] {
        let sql = newest(&OrderQuery { program_id, undelivered, status, before_id: None });
        let plan = plan(&c, sql);
        assert_quick(sql, &plan);
        assert!(plan.iter().any(|step| step.contains(index)), "{index}: {sql}\n{plan:#?}");
    }
}

#[test]
fn one_order_and_the_read_before_a_new_one_look_nothing_through() {
    let c = file();
    for sql in [
        orders!("WHERE o.id = ?1"),
        orders!("WHERE o.order_no = ?1"),
        orders!("WHERE o.token = ?1"),
        orders!("WHERE o.program_id = ?1 AND o.out_no = ?2"),
    ] {
        let plan = plan(&c, sql);
        assert!(plan.iter().all(|step| !step.starts_with("SCAN ")), "{sql}\n{plan:#?}");
    }
    let plan = plan(&c, KNOWN);
    let scans = plan.iter().filter(|step| step.starts_with("SCAN ") && *step != "SCAN CONSTANT ROW");
    // The newest row of the journal, and the highest id.
    assert!(scans.into_iter().all(|step| ["SCAN journal", "SEARCH ticket"].contains(&step.as_str())), "{plan:#?}");
    for index in ["program_order_idem", "sqlite_autoindex_program_order"] {
        assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:#?}");
    }
}
