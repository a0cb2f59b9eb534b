//! Placeholder shapes.
#![allow(dead_code, reason = "read by the derive alone")]

use utoipa::ToSchema;

/// A ticket to be opened.
#[derive(ToSchema)]
pub(crate) struct NewTicket {
    /// The program's own number for it.
    out_no: String,
    /// The price.
    price_fen: i64,
}

/// A ticket.
#[derive(ToSchema)]
pub(crate) struct V1Ticket {
    /// Its id.
    id: String,
}

/// Tickets, newest first.
#[derive(ToSchema)]
pub(crate) struct TicketPage {
    /// The tickets.
    tickets: Vec<V1Ticket>,
    /// `cursor` of the next page; null: there is none.
    next: Option<String>,
}

/// Why not.
#[derive(ToSchema)]
pub(crate) struct Problem {
    /// What to act on.
    code: String,
    /// The cause in the shop's language.
    message: String,
    /// More, where there is more.
    details: Option<serde_json::Value>,
}
