//! `qiantai inbox …`

use till_engine::api::{Code, InboxFilter, InboxItem, InboxPage, Request, TicketView, TradeView, Why};

use super::{Desk, Said, local, name, or_dash};
use crate::alerts::channel_words;
use crate::args::Inbox;
use crate::fault::Fault;
use crate::output::table;
use crate::row;
use crate::words::{lang, say};

pub async fn run(desk: &Desk, command: Inbox) -> Said {
    let request_id = desk.id();
    match command {
        Inbox::List { all, limit } => {
            let filter = if all { InboxFilter::All } else { InboxFilter::Open };
            desk.show(Request::Inbox { filter, limit }, page).await
        }
        Inbox::Accept { item, ticket } => {
            let ticket_id = match ticket {
                Some(id) => id,
                None => proposed(desk.ask(Request::InboxItem { item_id: item }).await?)?,
            };
            desk.show(Request::Accept { request_id, item_id: item, ticket_id }, settled).await
        }
        Inbox::Attach { item, ticket } => {
            desk.show(Request::Accept { request_id, item_id: item, ticket_id: ticket }, settled).await
        }
        Inbox::Return { item, reason } => {
            desk.show(Request::ReturnItem { request_id, item_id: item, reason }, returned).await
        }
        Inbox::Ignore { item, reason } => {
            desk.show(Request::Ignore { request_id, item_id: item, reason }, |i: InboxItem| page_of(&[i])).await
        }
    }
}

/// The ticket to accept without being told which: the one the engine proposes alone.
fn proposed(item: InboxItem) -> Result<i64, Fault> {
    match item.suggestions.as_slice() {
        [] => {
            let message = say("没有可认领的单，请用 --ticket 指定。", "No ticket is proposed; give one with --ticket.");
            Err(Fault::new(Code::NotFound, message))
        }
        [only] => Ok(only.ticket_id),
        [best, ..] if best.why.contains(&Why::OnlyOne) => Ok(best.ticket_id),
        several => {
            let list: Vec<String> =
                several.iter().map(|s| format!("{} (#{:03}, {})", s.ticket_id, s.number, s.due_fen)).collect();
            let list = list.join(say("、", ", "));
            let message = say(
                format!("有多张单可能对应，请用 --ticket 指定：{list}"),
                format!("Several tickets fit; give one with --ticket: {list}"),
            );
            Err(Fault::new(Code::Conflict, message))
        }
    }
}

fn page(page: InboxPage) -> String {
    page_of(&page.items)
}

fn page_of(items: &[InboxItem]) -> String {
    let mut rows = vec![row!["id", "state", "reason", "amount", "channel", "received", "ticket", "text"]];
    rows.extend(items.iter().map(|i| {
        let ticket = i.ticket_id.or_else(|| i.suggestions.first().map(|s| s.ticket_id));
        let ticket = match (ticket, i.ticket_id) {
            (Some(id), Some(_)) => id.to_string(),
            (Some(id), None) => format!("{id}?"),
            (None, _) => "-".into(),
        };
        let text = format!("{} {}", i.title, i.text).replace(['\n', '\r'], " ");
        let text: String = text.trim().chars().take(60).collect();
        let channel = or_dash(i.channel.map(|c| channel_words(lang(), c)));
        row![i.id, name(i.state), name(i.reason), or_dash(i.amount_fen), channel, local(i.received_at), ticket, text]
    }));
    table(&rows)
}

fn settled(t: TicketView) -> String {
    let number = format!("#{:03}", t.number);
    let (id, status, exception) = (t.id, name(t.status), name(t.exception));
    table(&[row!["ticket", "number", "status", "exception", "due"], row![id, number, status, exception, t.due_fen]])
}

/// The trade whose money goes back, with the refunds of it.
fn returned(trade: TradeView) -> String {
    let mut rows = vec![row!["refund", "contract", "amount", "stage", "number", "message"]];
    rows.extend(
        trade.refunds.iter().map(|r| row![r.id, trade.gateway, r.amount_fen, name(r.stage), r.refund_no, r.message]),
    );
    table(&rows)
}
