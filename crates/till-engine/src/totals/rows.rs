//! Rows of one business day, as the sales table shows them.

use std::sync::Arc;

use till_core::Fen;
use till_core::sales::Kind;
use till_store::{BulkSale, StoreError};

use super::Result;
use super::span::date as check_date;
use crate::access::Who;
use crate::api::{SaleFilter, SaleKind, SaleRow};
use crate::state::State;
use crate::view;

const MOST_ROWS: u32 = 500;

pub(super) fn at_most(limit: u32) -> usize {
    limit.clamp(1, MOST_ROWS) as usize
}

pub(crate) async fn sales_rows(
    state: &Arc<State>,
    _who: &Who,
    date: String,
    filter: SaleFilter,
    offset: u32,
    limit: u32,
) -> Result<Vec<SaleRow>> {
    check_date(state, &date)?;
    let filter = super::filter(state, filter)?;
    let zone = state.shop().zone.clone();
    let read = state.store.reading(move |bulk| {
        let keys = bulk.page(&date, &filter, &zone, offset as usize, at_most(limit))?;
        bulk.rows_of(&keys, &zone, show)
    });
    read.await.map_err(|e| state.store_error(e))
}

/// A row as the table shows it.
pub(super) fn show(sale: &BulkSale<'_>) -> std::result::Result<SaleRow, StoreError> {
    let row = &sale.row;
    let fen = |fen: i64| Fen::sum(fen).map_err(|cause| StoreError::Corrupt(cause.to_string()));
    let kind = match row.kind {
        Kind::Sale => SaleKind::Sale,
        Kind::Refund => SaleKind::Refund,
        Kind::Void => SaleKind::Void,
    };
    Ok(SaleRow {
        kind,
        at: row.at,
        business_date: sale.business_date.to_owned(),
        ticket_id: sale.ticket_id,
        number: view::number(sale.number),
        tag: view::tag(sale.number),
        gross_fen: fen(row.gross)?,
        discount_fen: fen(row.discount)?,
        rounding_fen: fen(row.rounding)?,
        tail_fen: fen(row.tail)?,
        net_fen: fen(row.net())?,
        channel: row.channel,
        staff: sale.staff.to_owned(),
        how: sale.matched_by.to_owned(),
        late: sale.late,
        refunded_fen: fen(sale.refunded)?,
        took_ms: (kind == SaleKind::Sale).then(|| row.at - sale.opened_at),
        note: if kind == SaleKind::Sale { sale.note } else { sale.reason }.to_owned(),
        after_close: sale.after_close,
    })
}
