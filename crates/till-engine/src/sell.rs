//! Selling: ring up, cash, cancel, confirm, again.

use till_core::price::{self, Priced, Sale};
use till_core::ticket::Status;
use till_core::{Channel, Fen};
use till_store::{Act, ByHand, CashSale, End, NewTicket, TicketFull};

use crate::api::{ApiError, Code, Event, Parked, QuickItem, TicketView, Today};
use crate::state::State;
use crate::{display, gateways, view, words};

type Result<T> = std::result::Result<T, ApiError>;

const MOST_LISTED: u32 = 500;
const MOST_ITEMS: usize = 200;
const LONGEST_NAME: usize = 40;
const LONGEST_REASON: usize = 200;

impl State {
    pub(crate) fn price(&self, sale: &Sale) -> Result<Priced> {
        let shop = self.shop();
        price::price(sale, shop.settings.rounding).map_err(|e| words::price(shop.settings.lang, e))
    }

    pub(crate) fn reason(&self, reason: &str) -> Result<String> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            let lang = self.shop().settings.lang;
            return Err(words::error(
                lang,
                Code::Invalid,
                "请写明原因（200 字以内）",
                "Please give a reason (up to 200 characters)",
            ));
        }
        Ok(reason.to_owned())
    }

    /// A ticket after an act: its view, and whether the act happened now.
    async fn acted(&self, act: Act<TicketFull>) -> Result<(TicketView, bool)> {
        match act {
            Act::New(full) => Ok((view::ticket(self, full), true)),
            Act::Repeat(id) => Ok((self.ticket(id).await?, false)),
        }
    }

    pub(crate) async fn ticket(&self, id: i64) -> Result<TicketView> {
        let full = self.store.ticket(id).await.map_err(|e| self.store_error(e))?;
        Ok(view::ticket(self, full))
    }

    /// Tells everybody that a ticket ended.
    pub(crate) async fn tell_ended(&self, ticket: &TicketView) {
        let event = match ticket.status {
            Status::Paid => Event::TicketPaid { ticket: ticket.clone() },
            _ => Event::TicketChanged { ticket: ticket.clone() },
        };
        self.emit(event);
        // What still waits at a provider for this ticket is to be stopped.
        self.flow.wake();
        display::ended(self, ticket).await;
    }

    pub(crate) async fn ring_up(&self, actor: &str, request_id: String, sale: Sale) -> Result<TicketView> {
        let priced = self.price(&sale)?;
        let (shop, at) = (self.shop(), self.now());
        let expires_at = at.saturating_add(shop.settings.ticket_ttl_ms);
        let (trades, served) = gateways::plan(self, &[], at, expires_at, "");
        let new = NewTicket {
            request_id,
            actor: actor.to_owned(),
            at,
            expires_at,
            business_date: self.business_date(at),
            sale,
            priced,
            direction: shop.settings.tail_direction,
            tail_max: shop.settings.tail_max_fen,
            trades,
            served,
        };
        let act = self.store.open_ticket(new).await.map_err(|e| self.store_error(e))?;
        let (mut ticket, now) = self.acted(act).await?;
        if now {
            self.flow.wake();
            ticket.shown = true;
            display::opened(self, &ticket);
            self.emit(Event::TicketOpened { ticket: ticket.clone() });
        }
        Ok(ticket)
    }

    pub(crate) async fn sell_cash(
        &self,
        actor: &str,
        request_id: String,
        sale: Sale,
        tendered: Option<Fen>,
    ) -> Result<TicketView> {
        let priced = self.price(&sale)?;
        if tendered.is_some_and(|given| given < priced.price_fen) {
            return Err(self.store_error(till_store::StoreError::Conflict("tendered_too_little")));
        }
        let at = self.now();
        let new = CashSale {
            request_id,
            actor: actor.to_owned(),
            at,
            business_date: self.business_date(at),
            sale,
            priced,
            tendered,
        };
        let act = self.store.sell_cash(new).await.map_err(|e| self.store_error(e))?;
        let (ticket, now) = self.acted(act).await?;
        if now {
            self.tell_ended(&ticket).await;
        }
        Ok(ticket)
    }

    pub(crate) async fn cancel(&self, actor: &str, request_id: String, ticket_id: i64) -> Result<TicketView> {
        let at = self.now();
        let cool_until = at.saturating_add(self.shop().settings.cooldown_expired_ms);
        let end = End { request_id, actor: actor.to_owned(), at, ticket_id, cool_until };
        let act = self.store.cancel(end).await.map_err(|e| self.store_error(e))?;
        let (ticket, now) = self.acted(act).await?;
        if now {
            self.tell_ended(&ticket).await;
        }
        Ok(ticket)
    }

    pub(crate) async fn settle_by_hand(
        &self,
        actor: &str,
        verb: &'static str,
        request_id: String,
        ticket_id: i64,
        money: (Channel, String, Option<Fen>),
    ) -> Result<TicketView> {
        let at = self.now();
        let (channel, reason, tendered) = money;
        let what = ByHand {
            request_id,
            verb,
            actor: actor.to_owned(),
            at,
            business_date: self.business_date(at),
            ticket_id,
            channel,
            reason,
            tendered,
            // The customer may have paid the code as well: their money must not find a stranger's ticket.
            cool_until: at.saturating_add(self.shop().settings.cooldown_expired_ms),
        };
        let act = self.store.settle_by_hand(what).await.map_err(|e| self.store_error(e))?;
        let (ticket, now) = self.acted(act).await?;
        if now {
            self.tell_ended(&ticket).await;
        }
        Ok(ticket)
    }

    pub(crate) async fn confirm_by_hand(
        &self,
        actor: &str,
        request_id: String,
        ticket_id: i64,
        channel: Channel,
        reason: &str,
    ) -> Result<TicketView> {
        let reason = self.reason(reason)?;
        if channel == Channel::Cash {
            let lang = self.shop().settings.lang;
            return Err(words::error(lang, Code::Invalid, "现金请用“改收现金”", "For cash use “take cash”"));
        }
        self.settle_by_hand(actor, "confirm_by_hand", request_id, ticket_id, (channel, reason, None)).await
    }

    pub(crate) async fn ring_again(&self, actor: &str, request_id: String, ticket_id: i64) -> Result<TicketView> {
        let old = self.ticket(ticket_id).await?;
        if !old.moves.contains(&crate::api::Move::RingAgain) {
            return Err(self.store_error(till_store::StoreError::Conflict("ticket_paid")));
        }
        let discount = Some(old.discount_fen).filter(|d| d.is_positive()).map(price::Discount::Fen);
        self.ring_up(actor, request_id, Sale { lines: old.lines, discount, note: old.note }).await
    }

    pub(crate) async fn waiting(&self) -> Result<Vec<TicketView>> {
        let rows = self.store.waiting().await.map_err(|e| self.store_error(e))?;
        Ok(rows.into_iter().map(|full| view::ticket(self, full)).collect())
    }

    pub(crate) async fn tickets(&self, status: Option<Status>, limit: u32) -> Result<Vec<TicketView>> {
        let rows = self.store.tickets(status, limit.clamp(1, MOST_LISTED)).await.map_err(|e| self.store_error(e))?;
        Ok(rows.into_iter().map(|full| view::ticket(self, full)).collect())
    }

    pub(crate) async fn today(&self) -> Result<Today> {
        let business_date = self.business_date(self.now());
        let (count, sum) = self.store.day_sum(&business_date).await.map_err(|e| self.store_error(e))?;
        let sum_fen = Fen::new(sum).map_err(|e| self.store_error(till_store::StoreError::Corrupt(e.to_string())))?;
        Ok(Today { business_date, count: view::count(count), sum_fen })
    }

    pub(crate) async fn park(&self, request_id: &str, sale: &Sale) -> Result<Vec<Parked>> {
        self.price(sale)?;
        self.store.park(request_id, sale, self.now()).await.map_err(|e| self.store_error(e))?;
        self.emit(Event::SettingsChanged {});
        self.parked().await
    }

    pub(crate) async fn parked(&self) -> Result<Vec<Parked>> {
        let rows = self.store.parked().await.map_err(|e| self.store_error(e))?;
        let show = |row: till_store::ParkedRow| {
            let price_fen = self.price(&row.sale).map_or(Fen::ZERO, |p| p.price_fen);
            Parked { id: row.id, at: row.at, price_fen, sale: row.sale }
        };
        Ok(rows.into_iter().map(show).collect())
    }

    pub(crate) async fn unpark(&self, request_id: &str, parked_id: i64) -> Result<Sale> {
        let sale = self.store.unpark(request_id, parked_id).await.map_err(|e| self.store_error(e))?;
        self.emit(Event::SettingsChanged {});
        Ok(sale)
    }

    pub(crate) async fn items(&self) -> Result<Vec<QuickItem>> {
        let stored = self.store.setting("items").await.map_err(|e| self.store_error(e))?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(crate) async fn save_items(
        &self,
        actor: &str,
        request_id: &str,
        items: Vec<QuickItem>,
    ) -> Result<Vec<QuickItem>> {
        let bad = |i: &QuickItem| {
            let long = |text: &str| text.chars().count() > LONGEST_NAME;
            i.name.trim().is_empty() || long(&i.name) || long(&i.category) || !i.price_fen.is_positive()
        };
        if items.len() > MOST_ITEMS || items.iter().any(bad) {
            let lang = self.shop().settings.lang;
            return Err(words::error(
                lang,
                Code::Invalid,
                "每个商品要有名称（40 字以内）和大于零的价格，最多 200 个",
                "Each item needs a name (up to 40 characters) and a price above zero; at most 200 items",
            ));
        }
        let text = serde_json::to_string(&items).unwrap_or_default();
        let saved = self.store.set_setting(Some(request_id), "items", text, false, self.now(), actor).await;
        saved.map_err(|e| self.store_error(e))?;
        self.emit(Event::SettingsChanged {});
        self.items().await
    }
}
