//! Orders of programs as the owner sees them, and sending one's callback again.

use std::collections::HashMap;
use std::sync::Arc;

use till_store::{AttemptRow, CallbackRow, OrderKey, OrderQuery, OrderRow};

use super::{attempt, callbacks, program};
use crate::api::{ApiError, DeliveryState, DeliveryView, OrderPage, OrderView};
use crate::checkout;
use crate::state::State;
use crate::view::count;

const MOST_LISTED: u32 = 200;
/// Whoever presses "send again" at the window of an unguarded till. The outbox itself is `till` in the list of attempts.
const WINDOW: &str = "window";

/// How a callback stands.
pub(super) fn delivery_state(callback: &CallbackRow) -> DeliveryState {
    match (callback.delivered_at, callback.next_at) {
        (Some(_), _) => DeliveryState::Delivered,
        (None, Some(_)) => DeliveryState::Waiting,
        (None, None) => DeliveryState::GivenUp,
    }
}

fn view(state: &State, order: OrderRow, attempts: Vec<AttemptRow>) -> OrderView {
    let delivery = order.callback.map(|callback| DeliveryView {
        state: delivery_state(&callback),
        created_at: callback.created_at,
        next_at: callback.next_at,
        delivered_at: callback.delivered_at,
        attempts: attempts.into_iter().map(attempt::view).collect(),
    });
    OrderView {
        ticket_id: order.id,
        number: count(order.number),
        business_date: order.business_date,
        program_id: order.program_id,
        program: program(state, order.program_id).map(|p| p.settings.name.clone()).unwrap_or_default(),
        order_no: order.order_no,
        out_no: order.out_no,
        title: order.title,
        price_fen: order.price,
        due_fen: order.due,
        status: order.status,
        created_at: order.created_at,
        shown_at: order.shown_at,
        paid_at: order.paid.map(|(at, _)| at),
        checkout_path: checkout::path(&order.token),
        notify_url: order.notify_url,
        delivery,
    }
}

async fn views(state: &State, orders: Vec<OrderRow>) -> Result<Vec<OrderView>, ApiError> {
    let ids = orders.iter().filter(|o| o.callback.is_some()).map(|o| o.id).collect();
    let mut attempts: HashMap<i64, Vec<AttemptRow>> = HashMap::new();
    for row in state.store.attempts(ids).await.map_err(|e| state.store_error(e))? {
        attempts.entry(row.order_id).or_default().push(row);
    }
    let view = |order: OrderRow| {
        let attempts = attempts.remove(&order.id).unwrap_or_default();
        view(state, order, attempts)
    };
    Ok(orders.into_iter().map(view).collect())
}

pub(crate) async fn orders(
    state: &State,
    program_id: Option<i64>,
    undelivered: bool,
    before_id: Option<i64>,
    limit: u32,
) -> Result<OrderPage, ApiError> {
    let limit = limit.clamp(1, MOST_LISTED);
    let query = OrderQuery { program_id, undelivered, before_id, ..OrderQuery::default() };
    // One more than asked for says whether there are more.
    let mut rows = state.store.orders(query, limit + 1).await.map_err(|e| state.store_error(e))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_before_id = rows.last().filter(|_| more).map(|o| o.id);
    Ok(OrderPage { orders: views(state, rows).await?, next_before_id })
}

async fn one(state: &State, ticket_id: i64) -> Result<OrderView, ApiError> {
    let order = state.store.order(OrderKey::Id(ticket_id)).await.map_err(|e| state.store_error(e))?;
    let view = views(state, vec![order]).await?.pop();
    view.ok_or_else(|| super::missing(state))
}

pub(crate) async fn send_again(
    state: &Arc<State>,
    actor: &str,
    request_id: &str,
    ticket_id: i64,
) -> Result<OrderView, ApiError> {
    if !state.store.request_done(request_id).await.map_err(|e| state.store_error(e))? {
        let actor = if actor == callbacks::ACTOR { WINDOW } else { actor };
        callbacks::send_again(state, actor, ticket_id).await?;
        let noted = state.store.request_noted(request_id, "send_again", state.now()).await;
        noted.map_err(|e| state.store_error(e))?;
    }
    one(state, ticket_id).await
}
