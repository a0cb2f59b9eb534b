//! The owner's figures: totals of a range with their slices, the rows behind any figure, search, and a ticket's life.

mod pack;
mod read;
mod rows;
mod search;
mod span;
mod timeline;

pub(crate) use pack::keep_packed;
pub(crate) use read::{sales_index, totals};
pub(crate) use rows::sales_rows;
pub(crate) use search::search_sales;
pub(crate) use span::{filter, resolve};
pub(crate) use timeline::timeline;

use till_core::Fen;
use till_store::StoreError;

use crate::api::ApiError;
use crate::state::State;

type Result<T> = std::result::Result<T, ApiError>;

/// A sum as a border carries it.
fn sum(state: &State, fen: i64) -> Result<Fen> {
    Fen::sum(fen).map_err(|cause| state.store_error(StoreError::Corrupt(cause.to_string())))
}
