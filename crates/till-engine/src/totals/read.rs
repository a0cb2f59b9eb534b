//! Totals and the index of the rows behind them.

use std::collections::HashMap;
use std::sync::Arc;

use till_core::Channel;
use till_core::day::{Range, week_before, zone_name};
use till_core::sales::{self, Part, Sums, Tally};
use till_store::{TotalsRow, ZHeadRow};

use super::{Result, resolve, sum};
use crate::access::Who;
use crate::api::{DayCount, Figures, ItemSlice, SaleFilter, SalesIndex, Slice, Span, Totals, ZHead};
use crate::state::State;
use crate::view::{count, number};

const MOST_ITEMS: usize = 200;

pub(crate) async fn totals(state: &Arc<State>, _who: &Who, span: Span, filter: SaleFilter) -> Result<Totals> {
    let range = resolve(state, &span)?;
    let filter = super::filter(state, filter)?;
    let (shop, now) = (state.shop(), state.now());
    let (zone, today) = (shop.zone.clone(), state.business_date(now));
    // A day that is not over is compared with as much of the day a week before.
    let until = (range == Range::day(&today).unwrap_or(range.earlier(1))).then(|| week_before(now, &zone));
    let before = range.before();
    let dates = ((range.from(), range.to()), (before.from(), before.to()));
    let read = state.store.reading(move |bulk| {
        let ((from, to), (before_from, before_to)) = &dates;
        bulk.totals((from, to), ((before_from, before_to), until), &filter, &zone)
    });
    let TotalsRow { tally, items, before: sums_before, unmatched, closed, people } =
        read.await.map_err(|e| state.store_error(e))?;
    let items = items
        .into_iter()
        .take(MOST_ITEMS)
        .map(|item| Ok(ItemSlice { name: item.name, pieces: count(item.pieces), gross_fen: sum(state, item.gross)? }));
    Ok(Totals {
        from: range.from(),
        to: range.to(),
        today,
        time_zone: zone_name(&shop.zone).to_owned(),
        day_starts_at: shop.settings.day_starts_at,
        figures: figures(state, &tally.all)?,
        before_from: before.from(),
        before_to: before.to(),
        before: if sums_before.rows == 0 { None } else { Some(figures(state, &sums_before)?) },
        by_day: by_day(state, &tally)?,
        by_hour: list(
            state,
            tally.hours.iter().enumerate().map(|(hour, part)| (hour.to_string(), String::new(), *part)),
        )?,
        by_weekday: list(
            state,
            tally.weekdays.iter().enumerate().map(|(day, part)| ((day + 1).to_string(), String::new(), *part)),
        )?,
        by_channel: list(
            state,
            Channel::ALL.iter().zip(&tally.channels).map(|(c, part)| (c.to_string(), String::new(), *part)),
        )?,
        by_staff: by_staff(state, &tally, &people)?,
        by_booked: list(
            state,
            sales::Booked::ALL.iter().zip(&tally.booked).map(|(b, part)| (b.as_str().into(), String::new(), *part)),
        )?,
        by_item: items.collect::<Result<_>>()?,
        unmatched: count(unmatched.count),
        unmatched_fen: sum(state, unmatched.sum)?,
        closed: closed.into_iter().map(|z| z_head(state, z)).collect::<Result<_>>()?,
        after_close: count(tally.after_close.rows),
        after_close_fen: sum(state, tally.after_close.received - tally.after_close.refunded)?,
    })
}

pub(crate) async fn sales_index(state: &Arc<State>, _who: &Who, span: Span, filter: SaleFilter) -> Result<SalesIndex> {
    let range = resolve(state, &span)?;
    let filter = super::filter(state, filter)?;
    let (zone, from, to) = (state.shop().zone.clone(), range.from(), range.to());
    let read = state.store.reading(move |bulk| bulk.tally((&from, &to), &filter, &zone, None));
    let tally = read.await.map_err(|e| state.store_error(e))?;
    let day = |(date, sums): &(String, Sums)| {
        Ok(DayCount { date: date.clone(), rows: count(sums.rows), net_fen: sum(state, sums.net())? })
    };
    let all = &tally.all;
    Ok(SalesIndex {
        days: tally.days.iter().rev().map(day).collect::<Result<_>>()?,
        rows: count(all.rows),
        net_fen: sum(state, all.net())?,
        gross_fen: sum(state, all.gross)?,
        discount_fen: sum(state, all.discount)?,
        rounding_fen: sum(state, all.rounding)?,
        tail_fen: sum(state, all.tail)?,
        received_fen: sum(state, all.received)?,
        refunded_fen: sum(state, all.refunded)?,
    })
}

pub(crate) fn figures(state: &State, sums: &Sums) -> Result<Figures> {
    Ok(Figures {
        sales: count(sums.sales),
        rows: count(sums.rows),
        received_fen: sum(state, sums.received)?,
        refunds: count(sums.refunds),
        refunded_fen: sum(state, sums.refunded)?,
        net_fen: sum(state, sums.net())?,
        average_fen: sum(state, sums.average())?,
        gross_fen: sum(state, sums.gross)?,
        discount_fen: sum(state, sums.discount)?,
        rounding_fen: sum(state, sums.rounding)?,
        tail_fen: sum(state, sums.tail)?,
        auto: count(sums.auto),
        auto_fen: sum(state, sums.auto_received)?,
        by_hand: count(sums.by_hand),
        by_hand_fen: sum(state, sums.by_hand_received)?,
    })
}

fn slice(state: &State, key: String, name: String, part: &Part) -> Result<Slice> {
    Ok(Slice {
        key,
        name,
        rows: count(part.rows),
        received_fen: sum(state, part.received)?,
        refunded_fen: sum(state, part.refunded)?,
        net_fen: sum(state, part.received - part.refunded)?,
    })
}

/// Slices that have rows.
fn list(state: &State, parts: impl Iterator<Item = (String, String, Part)>) -> Result<Vec<Slice>> {
    parts.filter(|(_, _, part)| part.rows > 0).map(|(key, name, part)| slice(state, key, name, &part)).collect()
}

fn by_day(state: &State, tally: &Tally) -> Result<Vec<Slice>> {
    tally.days.iter().map(|(date, sums)| slice(state, date.clone(), String::new(), &Part::from(sums))).collect()
}

fn by_staff(state: &State, tally: &Tally, people: &HashMap<i64, String>) -> Result<Vec<Slice>> {
    let name = |id: &i64| people.get(id).cloned().unwrap_or_default();
    list(state, tally.staff.iter().map(|(id, part)| (id.to_string(), name(id), *part)))
}

fn z_head(state: &State, z: ZHeadRow) -> Result<ZHead> {
    Ok(ZHead {
        number: number(z.number),
        business_date: z.business_date,
        nth: number(z.nth),
        closed_at: z.closed_at,
        closed_by: z.closed_by,
        rows: count(z.rows),
        sum_fen: sum(state, z.sum)?,
        hash: hex::encode(z.hash),
    })
}
