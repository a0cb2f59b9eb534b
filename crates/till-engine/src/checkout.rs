//! The hosted checkout page: what the customer of an order may see.

use std::collections::HashSet;
use std::sync::Arc;

use till_channels::codes;
use till_channels::merchant::Stand;
use till_core::Fen;
use till_store::{OrderKey, OrderRow, StoreError};

use crate::api::{CheckoutCode, CheckoutState, CheckoutStatus};
use crate::merchant::{self, stand};
use crate::state::{State, get, lock};
use crate::view;

/// Tokens and numbers of ours are no shorter and no longer.
const TOKEN: std::ops::RangeInclusive<usize> = 32..=128;
const LONGEST_ORDER_NO: usize = 64;

/// Orders whose page was seen lately: a thousand pages that open at once note one time, in one write.
#[derive(Default)]
pub(crate) struct Seen(HashSet<i64>);

const MOST_SEEN: usize = 4_096;

impl Seen {
    /// True the first time.
    fn add(&mut self, order_id: i64) -> bool {
        if self.0.len() >= MOST_SEEN {
            self.0.clear();
        }
        self.0.insert(order_id)
    }
}

/// An order's page; marks it as shown the first time. None: no such token.
pub(crate) async fn state(state: &Arc<State>, token: &str) -> Option<(i64, CheckoutState)> {
    let order = by_token(state, token).await?;
    if order.shown_at.is_none() {
        note_shown(state, order.id).await;
    }
    Some((order.id, page(state, &order)))
}

/// Where the page of an order with this token is.
pub(crate) fn path(token: &str) -> String {
    format!("/pay/{token}")
}

/// The path of the checkout page of the order with this number (`/pay/{token}`).
pub(crate) async fn path_of(state: &Arc<State>, order_no: &str) -> Option<String> {
    if order_no.len() > LONGEST_ORDER_NO || !plain(order_no) {
        return None;
    }
    let order = order(state, OrderKey::OrderNo(order_no.to_owned())).await?;
    Some(path(&order.token))
}

/// A PNG of one of its codes, by place; none unless it waits.
pub(crate) async fn picture(state: &Arc<State>, token: &str, place: usize) -> Option<Vec<u8>> {
    let order = by_token(state, token).await?;
    if status(&order, state.now()) != CheckoutStatus::Waiting {
        return None;
    }
    let payload = order.offers.into_iter().nth(place)?.payload;
    match codes::png(&payload) {
        Ok(picture) => Some(picture),
        Err(cause) => {
            tracing::error!(%cause, order_id = order.id, "a code cannot be drawn");
            None
        }
    }
}

/// Letters, digits, `-` and `_`: all that a token or a number of ours is made of.
fn plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

async fn by_token(state: &State, token: &str) -> Option<OrderRow> {
    if !TOKEN.contains(&token.len()) || !plain(token) {
        return None;
    }
    order(state, OrderKey::Token(token.to_owned())).await
}

async fn order(state: &State, key: OrderKey) -> Option<OrderRow> {
    match state.store.order(key).await {
        Ok(order) => Some(order),
        Err(StoreError::NotFound) => None,
        Err(cause) => {
            tracing::error!(%cause, "an order cannot be read");
            None
        }
    }
}

/// A page that cannot be noted is shown all the same.
async fn note_shown(state: &Arc<State>, order_id: i64) {
    if !lock(&state.pages_seen).add(order_id) {
        return;
    }
    // In its own task: it is noted once, and a customer who hangs up meanwhile has seen the page all the same.
    let noting = state.clone();
    let noted = tokio::spawn(async move { noting.store.order_shown(order_id, noting.now()).await }).await;
    if let Ok(Err(cause)) = noted {
        tracing::warn!(%cause, order_id, "it could not be noted that a checkout page was seen");
    }
}

fn status(order: &OrderRow, now: i64) -> CheckoutStatus {
    match stand(order, now) {
        Stand::Waiting => CheckoutStatus::Waiting,
        Stand::Expired => CheckoutStatus::Expired,
        Stand::Paid => CheckoutStatus::Paid,
        Stand::Closed => CheckoutStatus::Closed,
    }
}

fn page(state: &State, order: &OrderRow) -> CheckoutState {
    let (now, shop) = (state.now(), state.shop());
    let status = status(order, now);
    let programs = get(&state.programs);
    let program = programs.iter().find(|program| program.id == order.program_id);
    let paid = order.paid.filter(|_| status == CheckoutStatus::Paid);
    CheckoutState {
        shop_name: shop.settings.shop_name.clone(),
        lang: shop.settings.lang,
        practice: state.practice,
        now,
        order: format!("{}-{:03}", order.business_date.replace('-', ""), view::number(order.number)),
        title: order.title.clone(),
        status,
        price_fen: order.price,
        due_fen: order.due,
        tail_fen: order.price.minus(order.due).unwrap_or(Fen::ZERO),
        opened_at: order.created_at,
        expires_at: order.expires_at,
        paid_at: paid.map(|(at, _)| at),
        paid_channel: paid.map(|(_, channel)| channel),
        codes: if status == CheckoutStatus::Waiting { drawn(state, order) } else { Vec::new() },
        return_url: program.and_then(|program| merchant::return_url(program, order, now)),
    }
}

fn drawn(state: &State, order: &OrderRow) -> Vec<CheckoutCode> {
    let draw = |(place, offer): (usize, &till_store::OrderOffer)| CheckoutCode {
        channel: offer.channel,
        fixed_amount: offer.fixed,
        drawing: state.draw(&offer.payload),
        picture: format!("{}/code/{place}.png", path(&order.token)),
    };
    order.offers.iter().enumerate().map(draw).collect()
}
