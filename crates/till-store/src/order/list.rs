//! Lists of orders, newest first.

use till_core::ticket::Status;

use super::{OrderRow, orders, read};
use crate::Store;
use crate::error::Result;

/// Which orders to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    /// Of one program.
    pub program_id: Option<i64>,
    /// Only those with a callback that is not delivered.
    pub undelivered: bool,
    /// Of tickets with this status.
    pub status: Option<Status>,
    /// Only ids below this one.
    pub before_id: Option<i64>,
}

/// The ids a query names, newest first, through the index that has them in that order or has few of them.
/// `?1`: below this id, `?2`: at most so many, `?3`: the program, `?4`: the status.
pub(super) fn newest(query: &OrderQuery) -> &'static str {
    match (query.undelivered, query.program_id, query.status) {
        (true, None, None) => {
            orders!(
                "WHERE o.id IN (SELECT order_id FROM callback INDEXED BY callback_undelivered
                                WHERE delivered_at IS NULL AND order_id < ?1 ORDER BY order_id DESC LIMIT ?2)
                 ORDER BY o.id DESC"
            )
        }
        (true, Some(_), None) => {
            orders!(
                "WHERE o.id IN (SELECT order_id FROM callback INDEXED BY callback_undelivered
                                WHERE delivered_at IS NULL AND program_id = ?3 AND order_id < ?1
                                ORDER BY order_id DESC LIMIT ?2)
                 ORDER BY o.id DESC"
            )
        }
        // A callback is owed for money only: all of these are paid, and a status leaves all of them or none.
        (true, _, Some(_)) => {
            orders!(
                "WHERE o.id IN (SELECT order_id FROM callback q INDEXED BY callback_undelivered
                                WHERE q.delivered_at IS NULL AND (?3 IS NULL OR q.program_id = ?3) AND q.order_id < ?1
                                  AND (SELECT status FROM ticket WHERE id = q.order_id) = ?4
                                ORDER BY order_id DESC LIMIT ?2)
                 ORDER BY o.id DESC"
            )
        }
        (false, Some(_), None) => {
            orders!(
                "WHERE o.id IN (SELECT id FROM program_order INDEXED BY program_order_newest
                                WHERE program_id = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2)
                 ORDER BY o.id DESC"
            )
        }
        (false, _, Some(Status::Open)) => {
            orders!(
                "WHERE o.id IN (SELECT id FROM ticket INDEXED BY ticket_waits
                                WHERE status = 'open' AND program_id IS NOT NULL AND (?3 IS NULL OR program_id = ?3)
                                  AND id < ?1 AND ?4 = status ORDER BY id DESC LIMIT ?2)
                 ORDER BY o.id DESC"
            )
        }
        (false, Some(_), Some(_)) => {
            orders!(
                "WHERE o.id IN (SELECT id FROM ticket INDEXED BY ticket_of_program
                                WHERE program_id = ?3 AND status = ?4 AND status <> 'open' AND id < ?1
                                ORDER BY id DESC LIMIT ?2)
                 ORDER BY o.id DESC"
            )
        }
        (false, None, None) => orders!("WHERE o.id < ?1 ORDER BY o.id DESC LIMIT ?2"),
        (false, None, Some(_)) => orders!("WHERE o.id < ?1 AND t.status = ?4 ORDER BY o.id DESC LIMIT ?2"),
    }
}

impl Store {
    /// Orders, newest first.
    pub async fn orders(&self, query: OrderQuery, limit: u32) -> Result<Vec<OrderRow>> {
        let rows = sqlx::query(newest(&query))
            .bind(query.before_id.unwrap_or(i64::MAX))
            .bind(limit)
            .bind(query.program_id)
            .bind(query.status.map(Status::as_str))
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(read).collect()
    }
}
