//! From the books to the file, row by row, on one snapshot.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;

use till_books::export::{DayRow, ExportError, Finished, JournalRow, ReceiptRow, SaleRow, Writer};
use till_core::Channel;
use till_core::sales::{Filter, Kind, Sums};
use till_store::{Bulk, BulkSale, Store, StoreError};

use super::{Order, preset, table};
use crate::api::ExportTable;

/// Why a file did not become whole.
pub(super) enum Ended {
    Stopped,
    File(ExportError),
    Store(StoreError),
}

impl From<ExportError> for Ended {
    fn from(cause: ExportError) -> Ended {
        Ended::File(cause)
    }
}

impl From<StoreError> for Ended {
    fn from(cause: StoreError) -> Ended {
        Ended::Store(cause)
    }
}

/// Rows between two looks at whether to go on.
const LOOK_EVERY: u64 = 1_000;

/// A writer that is asked now and then whether to go on.
struct Out<'f, P> {
    writer: Writer<&'f File>,
    progress: P,
    of_rows: Option<i64>,
    ended: Option<Ended>,
}

impl<'f, P: FnMut(u64, Option<i64>) -> bool> Out<'f, P> {
    fn row(&mut self, add: impl FnOnce(&mut Writer<&'f File>) -> Result<(), ExportError>) -> ControlFlow<()> {
        if let Err(cause) = add(&mut self.writer) {
            self.ended = Some(Ended::File(cause));
            return ControlFlow::Break(());
        }
        if self.writer.rows().is_multiple_of(LOOK_EVERY) && !(self.progress)(self.writer.rows(), self.of_rows) {
            self.ended = Some(Ended::Stopped);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Writes all rows of an order. `progress` says whether to go on.
pub(super) fn write(
    store: &Store,
    order: &Order,
    file: &File,
    mut progress: impl FnMut(u64, Option<i64>) -> bool,
) -> Result<Finished, Ended> {
    let writer = Writer::begin(file, table(order.table), preset(order.preset), &order.options)?;
    let bulk = store.bulk()?;
    let of_rows = match order.table {
        ExportTable::Sales => {
            Some(bulk.tally((&order.from, &order.to), &order.filter, &order.options.zone, None)?.all.rows)
        }
        _ => None,
    };
    if !progress(0, of_rows) {
        return Err(Ended::Stopped);
    }
    let mut out = Out { writer, progress, of_rows, ended: None };
    match order.table {
        ExportTable::Sales => sales(&bulk, order, &mut out)?,
        ExportTable::Receipts => receipts(&bulk, order, &mut out)?,
        ExportTable::Days => days(&bulk, order, &mut out)?,
        ExportTable::Journal => journal(&bulk, order, &mut out)?,
    }
    match out.ended {
        Some(ended) => Err(ended),
        // The last look: a wish to stop that came with the last rows is heard.
        None if !(out.progress)(out.writer.rows(), out.of_rows) => Err(Ended::Stopped),
        None => Ok(out.writer.finish()?),
    }
}

/// What the file says of a row's state, as the words of the house.
fn status(sale: &BulkSale<'_>) -> &'static str {
    match sale.row.kind {
        Kind::Sale => "paid",
        Kind::Refund => "refunded",
        Kind::Void => "voided",
    }
}

fn sales(bulk: &Bulk, order: &Order, out: &mut Out<'_, impl FnMut(u64, Option<i64>) -> bool>) -> Result<(), Ended> {
    let _ = bulk.sales(&order.from, &order.to, &order.filter, &order.options.zone, |sale| {
        let back = sale.row.kind != Kind::Sale;
        let row = SaleRow {
            business_date: sale.business_date,
            opened_at: Some(sale.opened_at),
            paid_at: sale.row.at,
            ticket_no: sale.number,
            status: status(sale),
            exception: sale.exception,
            channel: sale.row.channel.as_str(),
            account: sale.account,
            gross: sale.row.gross,
            discount: sale.row.discount,
            rounding: sale.row.rounding,
            tail: sale.row.tail,
            due: None,
            net_received: sale.net(),
            cash_tendered: sale.tendered,
            change: sale.change,
            refund: if back { sale.row.amount } else { 0 },
            payer_note: sale.payer_note,
            note: if sale.reason.is_empty() { sale.note } else { sale.reason },
            staff: sale.staff,
            receipt_id: sale.receipt_id,
            provider_ref: sale.provider_ref,
            matched_by: sale.matched_by,
            request_id: "",
        };
        out.row(|writer| writer.sale(&row))
    })?;
    Ok(())
}

fn receipts(bulk: &Bulk, order: &Order, out: &mut Out<'_, impl FnMut(u64, Option<i64>) -> bool>) -> Result<(), Ended> {
    let _ = bulk.receipts(&order.from, &order.to, |receipt| {
        let state = match (receipt.echo, receipt.ticket_id) {
            (true, _) => "echo",
            (_, Some(_)) => "matched",
            _ if receipt.inbox_state == "open" => "inbox",
            _ => receipt.inbox_state,
        };
        let row = ReceiptRow {
            business_date: receipt.business_date,
            received_at: receipt.received_at,
            receipt_id: receipt.id,
            channel: receipt.channel.as_str(),
            amount: receipt.amount,
            device: receipt.device,
            state,
            ticket_no: receipt.number,
            payer_note: receipt.payer_note,
            rule: receipt.rule,
            package: receipt.package,
            title: receipt.title,
            text: receipt.text,
        };
        out.row(|writer| writer.receipt(&row))
    })?;
    Ok(())
}

/// One row per business day and channel, the days in order.
fn days(bulk: &Bulk, order: &Order, out: &mut Out<'_, impl FnMut(u64, Option<i64>) -> bool>) -> Result<(), Ended> {
    let mut days: BTreeMap<String, Vec<(Channel, Sums)>> = BTreeMap::new();
    for channel in Channel::ALL {
        if order.filter.channel.is_some_and(|only| only != channel) {
            continue;
        }
        let filter = Filter { channel: Some(channel), ..order.filter.clone() };
        let _ = bulk.days(&order.from, &order.to, &filter, &order.options.zone, |day| {
            days.entry(day.date).or_default().push((channel, day.sums));
            ControlFlow::Continue(())
        })?;
    }
    // Newest first: the first of a date is its last report.
    let closed = bulk.closed((&order.from, &order.to))?;
    for (date, channels) in &days {
        let z_number = closed.iter().find(|z| &z.business_date == date).map(|z| z.number);
        for (channel, sums) in channels {
            let row = DayRow {
                business_date: date,
                channel: channel.as_str(),
                count: sums.sales,
                gross: sums.gross,
                discount: sums.discount,
                rounding: sums.rounding,
                tail: sums.tail,
                received: sums.received,
                refund_count: sums.refunds,
                refund: sums.refunded,
                // Personal codes keep nothing; what a contract keeps is in the wallet's statement.
                fee: 0,
                z_number,
            };
            if out.row(|writer| writer.day(&row)).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn journal(bulk: &Bulk, order: &Order, out: &mut Out<'_, impl FnMut(u64, Option<i64>) -> bool>) -> Result<(), Ended> {
    let mut hash_hex = String::new();
    let _ = bulk.journal(order.from_at, order.to_at, |entry| {
        hash_hex.clear();
        hash_hex.push_str(&hex::encode(entry.hash));
        let row = JournalRow {
            seq: entry.seq,
            at: entry.at,
            actor: entry.actor,
            act: entry.act,
            subject: entry.subject,
            before: entry.before,
            after: entry.after,
            hash_hex: &hash_hex,
        };
        out.row(|writer| writer.journal(&row))
    })?;
    Ok(())
}
