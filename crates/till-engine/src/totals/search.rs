//! Finding rows by what one remembers of them.

use std::sync::Arc;

use till_store::Query;

use super::Result;
use super::rows::{at_most, show};
use crate::access::Who;
use crate::api::{Code, SaleRow};
use crate::state::State;
use crate::words;

/// No text of a ticket is longer.
const LONGEST: usize = 200;

pub(crate) async fn search_sales(state: &Arc<State>, _who: &Who, text: String, limit: u32) -> Result<Vec<SaleRow>> {
    let shop = state.shop();
    if text.chars().count() > LONGEST {
        let (zh, en) = ("最多输入 200 字", "At most 200 characters can be searched for");
        return Err(words::error(shop.settings.lang, Code::Invalid, zh, en));
    }
    let Some(query) = Query::read(&text) else { return Ok(Vec::new()) };
    let zone = shop.zone.clone();
    let read = state.store.reading(move |bulk| {
        let keys = bulk.search(&query, &zone, at_most(limit))?;
        bulk.rows_of(&keys, &zone, show)
    });
    read.await.map_err(|e| state.store_error(e))
}
