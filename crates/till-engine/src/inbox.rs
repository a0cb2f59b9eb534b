//! The inbox: money and texts that wait for a person.

use till_core::matching;
use till_store::{Accept, InboxRow, InboxScope, OpenSale, SetAside};

use crate::api::{
    ApiError, Event, InboxFilter, InboxItem, InboxPage, InboxReason, InboxState, Mark, Suggestion, TicketView, Trail,
};
use crate::state::State;
use crate::view;

type Result<T> = std::result::Result<T, ApiError>;

const MOST_LISTED: u32 = 500;

impl State {
    pub(crate) async fn inbox(&self, filter: InboxFilter, limit: u32) -> Result<InboxPage> {
        let scope = match filter {
            InboxFilter::Open => InboxScope::Open,
            InboxFilter::Done => InboxScope::Done,
            InboxFilter::All => InboxScope::All,
        };
        let rows = self.store.inbox(scope, limit.clamp(1, MOST_LISTED)).await.map_err(|e| self.store_error(e))?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(self.item(row, false).await?);
        }
        let now = self.now();
        let today = self.store.day_receipts(&self.business_date(now), self.day_start(now)).await;
        let today = today.map_err(|e| self.store_error(e))?;
        let open = self.inbox_open().await?;
        Ok(InboxPage { items, open, today_receipts: view::count(today.0), today_auto: view::count(today.1) })
    }

    pub(crate) async fn inbox_open(&self) -> Result<u32> {
        self.store.inbox_open().await.map(view::count).map_err(|e| self.store_error(e))
    }

    pub(crate) async fn inbox_item(&self, item_id: i64) -> Result<InboxItem> {
        let row = self.store.inbox_item(item_id).await.map_err(|e| self.store_error(e))?;
        self.item(row, true).await
    }

    /// An item as screens show it; the trail only where one item is looked at.
    async fn item(&self, row: InboxRow, with_trail: bool) -> Result<InboxItem> {
        let state = match row.state.as_str() {
            "accepted" => InboxState::Accepted,
            "ignored" => InboxState::Ignored,
            "echo" => InboxState::Echo,
            _ => InboxState::Open,
        };
        let suggestions = if state == InboxState::Open { self.suggestions(&row).await? } else { Vec::new() };
        let mut trail = Vec::new();
        if with_trail {
            let mut subjects = vec![format!("inbox:{}", row.id)];
            subjects.extend(row.ticket_id.map(|id| format!("ticket:{id}")));
            for subject in subjects {
                let rows = self.store.history(&subject).await.map_err(|e| self.store_error(e))?;
                trail.extend(rows.into_iter().map(|r| Trail { at: r.at, actor: r.actor, act: r.act, detail: r.after }));
            }
            trail.sort_by_key(|t| t.at);
        }
        Ok(InboxItem {
            id: row.id,
            reason: row.reason,
            state,
            channel: row.channel,
            amount_fen: row.amount,
            received_at: row.received_at,
            phone_at: row.phone_at,
            device_name: row.device_name,
            package: row.package,
            title: row.title,
            text: row.text,
            payer_note: row.payer_note,
            rule: row.rule,
            rules_version: row.rules_version,
            suggestions,
            mark: match row.mark.as_str() {
                "private" => Some(Mark::Private),
                "refund" => Some(Mark::Refund),
                _ => None,
            },
            ticket_id: row.ticket_id,
            ticket_number: row.ticket_number.map(view::number),
            resolved_at: row.resolved_at,
            resolution: row.resolution,
            trail,
        })
    }

    async fn suggestions(&self, row: &InboxRow) -> Result<Vec<Suggestion>> {
        let (Some(channel), Some(amount)) = (row.channel, row.amount) else { return Ok(Vec::new()) };
        let found = self.store.near_tickets(channel, amount, row.received_at).await.map_err(|e| self.store_error(e))?;
        let near: Vec<_> = found.iter().map(|(near, _)| near.clone()).collect();
        let ranked = matching::suggest(amount, row.received_at, &near);
        let show = |(id, why): (i64, Vec<matching::Why>)| {
            let (_, t) = found.iter().find(|(_, t)| t.id == id)?;
            Some(Suggestion {
                ticket_id: id,
                number: view::number(t.number),
                tag: view::tag(t.number),
                status: t.status,
                due_fen: t.due,
                price_fen: t.price(),
                opened_at: t.opened_at,
                delta_fen: amount.minus(t.due).ok()?,
                delta_ms: row.received_at - t.opened_at,
                why,
            })
        };
        Ok(ranked.into_iter().filter_map(show).collect())
    }

    pub(crate) async fn accept(
        &self,
        actor: &str,
        request_id: String,
        item_id: i64,
        ticket_id: i64,
    ) -> Result<TicketView> {
        let at = self.now();
        let what = Accept {
            request_id,
            actor: actor.to_owned(),
            at,
            business_date: self.business_date(at),
            item_id,
            ticket_id,
            cool_until: at.saturating_add(self.shop().settings.cooldown_paid_ms),
        };
        let act = self.store.accept(what).await.map_err(|e| self.store_error(e))?;
        self.accepted(act, item_id).await
    }

    pub(crate) async fn open_sale(
        &self,
        actor: &str,
        request_id: String,
        item_id: i64,
        note: &str,
    ) -> Result<TicketView> {
        let at = self.now();
        let note: String = note.trim().chars().take(200).collect();
        let what =
            OpenSale { request_id, actor: actor.to_owned(), at, business_date: self.business_date(at), item_id, note };
        let act = self.store.open_sale(what).await.map_err(|e| self.store_error(e))?;
        self.accepted(act, item_id).await
    }

    async fn accepted(&self, act: till_store::Act<till_store::TicketFull>, item_id: i64) -> Result<TicketView> {
        match act {
            till_store::Act::Repeat(id) => self.ticket(id).await,
            till_store::Act::New(full) => {
                let ticket = view::ticket(self, full);
                self.tell_ended(&ticket).await;
                self.tell_inbox(Some(item_id), None, None, false).await;
                Ok(ticket)
            }
        }
    }

    pub(crate) async fn ignore(&self, actor: &str, request_id: &str, item_id: i64, reason: &str) -> Result<InboxItem> {
        let reason = self.reason(reason)?;
        self.set_aside(actor, request_id, item_id, None, reason).await
    }

    /// Ignores an item, or marks it as no sale.
    pub(crate) async fn set_aside(
        &self,
        actor: &str,
        request_id: &str,
        item_id: i64,
        mark: Option<Mark>,
        note: String,
    ) -> Result<InboxItem> {
        let mark = match mark {
            None => "",
            Some(Mark::Private) => "private",
            Some(Mark::Refund) => "refund",
        };
        let (request_id, actor, at) = (request_id.to_owned(), actor.to_owned(), self.now());
        let what = SetAside { request_id, actor, at, item_id, mark, note };
        self.store.set_aside(what).await.map_err(|e| self.store_error(e))?;
        self.tell_inbox(Some(item_id), None, None, false).await;
        self.inbox_item(item_id).await
    }

    /// Says that the inbox changed.
    pub(crate) async fn tell_inbox(
        &self,
        item_id: Option<i64>,
        reason: Option<InboxReason>,
        money: Option<(till_core::Channel, till_core::Fen)>,
        alert: bool,
    ) {
        let open = self.inbox_open().await.unwrap_or_default();
        let (channel, amount_fen) = money.unzip();
        self.emit(Event::InboxChanged { item_id, reason, amount_fen, channel, open, alert });
    }
}
