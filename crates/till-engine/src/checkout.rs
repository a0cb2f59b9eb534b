//! The hosted checkout page: what the customer of an order may see.

use std::sync::Arc;

use crate::api::CheckoutState;
use crate::state::State;

/// An order's page; marks it as shown the first time. None: no such token.
pub(crate) async fn state(_state: &Arc<State>, _token: &str) -> Option<(i64, CheckoutState)> {
    None
}

/// The path of the checkout page of the order with this number (`/pay/{token}`).
pub(crate) async fn path_of(_state: &Arc<State>, _order_no: &str) -> Option<String> {
    None
}

/// A PNG of one of its codes, by place; none unless it waits.
pub(crate) async fn picture(_state: &Arc<State>, _token: &str, _place: usize) -> Option<Vec<u8>> {
    None
}
