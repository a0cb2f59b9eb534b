//! The life of a ticket, step by step, from what was written at the time.

use sqlx::Row;

use crate::Store;
use crate::error::Result;

/// A step as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as what screens show, documented there")]
pub struct StepRow {
    pub what: String,
    pub at: i64,
    pub actor: String,
    /// An amount, if the step is about money.
    pub amount: Option<i64>,
    /// Other facts: channel, account, reason, rule…
    pub facts: Vec<String>,
}

impl Store {
    /// What happened to a ticket, oldest first: its opening, the notices that told of its money, its payments, its end,
    /// inbox items about it, money given back. Of a program's order also when its checkout page was first seen, and what
    /// came of telling its program: each attempt that failed, and the delivery.
    pub async fn timeline(&self, ticket_id: i64) -> Result<Vec<StepRow>> {
        // `place` orders what happened in the same millisecond.
        let rows = sqlx::query(
            "SELECT 0 AS place, 'opened' AS what, opened_at AS at, actor, due_fen AS amount, note AS a,
                    coalesce(nullif(g.settings ->> 'name', ''), g.key_id, '') AS b, '' AS c
               FROM ticket t LEFT JOIN program g ON g.id = t.program_id WHERE t.id = ?1
             UNION ALL
             SELECT 1, 'shown', shown_at, '', NULL, '', '', '' FROM program_order WHERE id = ?1 AND shown_at IS NOT NULL
             UNION ALL
             SELECT 2, 'received', r.received_at, d.name, r.amount_fen, r.channel, p.door, coalesce(r.payer_note, '')
               FROM settlement s JOIN receipt r ON r.id = s.receipt_id JOIN push p ON p.id = r.id JOIN device d ON d.id = p.device_id
               WHERE s.ticket_id = ?1
             UNION ALL
             SELECT 3, 'asked', i.arrived_at, 'till', r.amount_fen, i.reason, '', ''
               FROM inbox i LEFT JOIN receipt r ON r.id = i.receipt_id
               WHERE i.id IN (SELECT id FROM inbox WHERE receipt_id IN (SELECT receipt_id FROM settlement WHERE ticket_id = ?1)
                              UNION SELECT id FROM inbox WHERE state = 'open' AND proposed_id = ?1)
             UNION ALL
             SELECT 4, 'matched', s.at, s.actor, s.amount_fen, s.channel, coalesce(a.label, ''), s.how
               FROM settlement s LEFT JOIN account a ON a.id = s.account_id
               WHERE s.ticket_id = ?1 AND s.receipt_id IS NOT NULL
             UNION ALL
             SELECT 5, 'paid', s.at, s.actor, s.amount_fen, s.channel, iif(s.late, 'late', ''), s.reason
               FROM settlement s WHERE s.ticket_id = ?1
             UNION ALL
             SELECT 6, iif(kind = 'void', 'voided', 'refunded'), at, actor, amount_fen, channel, reason, reference
               FROM refund WHERE ticket_id = ?1
             UNION ALL
             SELECT 7, substr(act, 8), at, actor, NULL, '', '', ''
               FROM journal WHERE subject = 'ticket:' || ?1 AND act IN ('ticket.expired', 'ticket.cancelled')
             UNION ALL
             SELECT 8, 'attempted', at, actor, NULL, outcome, CAST(coalesce(status, '') AS TEXT), ''
               FROM callback_attempt WHERE order_id = ?1 AND outcome <> 'delivered'
             UNION ALL
             SELECT 9, 'delivered', k.delivered_at, a.actor, NULL, CAST(coalesce(a.status, '') AS TEXT), '', ''
               FROM callback k JOIN callback_attempt a ON a.order_id = k.order_id
               WHERE k.order_id = ?1 AND k.delivered_at IS NOT NULL AND a.nth =
                 (SELECT min(nth) FROM callback_attempt d WHERE d.order_id = k.order_id AND d.outcome = 'delivered')
             ORDER BY at, place",
        )
        .bind(ticket_id)
        .fetch_all(&self.read)
        .await?;
        let step = |row: &sqlx::sqlite::SqliteRow| StepRow {
            what: row.get("what"),
            at: row.get("at"),
            actor: row.get("actor"),
            amount: row.get("amount"),
            facts: ["a", "b", "c"].map(|c| row.get::<String, _>(c)).into_iter().filter(|f| !f.is_empty()).collect(),
        };
        Ok(rows.iter().map(step).collect())
    }
}
