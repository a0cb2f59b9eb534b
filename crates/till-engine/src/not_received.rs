//! The customer says "paid" and the till has seen nothing: what is known, and the line to read out.

use std::sync::Arc;

use till_core::Fen;
use till_core::matching::{self, Near, Why};
use till_store::ArrivalRow;

use crate::api::{ApiError, Arrival, DeviceState, Lang, NotReceived, Status, TicketView};
use crate::state::State;
use crate::view;
use crate::words::say;

type Result<T> = std::result::Result<T, ApiError>;

const LAST: u32 = 5;
const MOST_NEAR: usize = 5;
const MOST_OPEN: u32 = 200;

/// A receipt beside the ticket; `why` says how it could be this ticket's money, if it could.
fn arrival(row: ArrivalRow, ticket: &TicketView, near: bool) -> Result<Arrival> {
    Ok(Arrival {
        at: row.at,
        channel: row.channel,
        amount_fen: row.amount,
        ticket_number: row.ticket_number.map(view::number),
        item_id: row.item_id,
        reason: row.reason,
        near,
        delta_fen: row.amount.minus(ticket.due_fen).unwrap_or(Fen::ZERO),
        delta_ms: row.at - ticket.opened_at,
    })
}

fn why(row: &ArrivalRow, ticket: &TicketView) -> Option<Vec<Why>> {
    let same_channel = ticket.codes.is_empty() || ticket.codes.iter().any(|code| code.channel == row.channel);
    let near = Near {
        ticket_id: ticket.id,
        due: ticket.due_fen,
        price: ticket.due_fen.plus(ticket.tail_fen).unwrap_or(ticket.due_fen),
        status: ticket.status,
        opened_at: ticket.opened_at,
        same_channel,
    };
    matching::suggest(row.amount, row.at, &[near]).pop().map(|(_, why)| why)
}

/// Better first: the exact amount, the price, the nearest amount; an own channel before another.
fn rank(why: &[Why], off: i64) -> (i64, i64) {
    let amount = match () {
        () if why.contains(&Why::SameAmount) => 0,
        () if why.contains(&Why::PriceWithoutTail) => 1,
        () => 2,
    };
    (amount + if why.contains(&Why::OtherAccount) { 4 } else { 0 }, off)
}

pub(crate) async fn not_received(state: &Arc<State>, ticket_id: i64) -> Result<NotReceived> {
    let ticket = state.ticket(ticket_id).await?;
    let health = state.health().await?;
    let stored = |e| state.store_error(e);
    let last = state.store.arrivals(None, LAST).await.map_err(stored)?;
    let open = state.store.arrivals(Some(ticket.opened_at), MOST_OPEN).await.map_err(stored)?;
    let paid = ticket.status == Status::Paid;

    let mut ranked = Vec::new();
    for row in open {
        if let Some(why) = why(&row, &ticket).filter(|_| !paid) {
            let off = row.amount.get() - ticket.due_fen.get();
            ranked.push((rank(&why, off.abs()), arrival(row, &ticket, true)?));
        }
    }
    ranked.sort_by_key(|(rank, arrival)| (*rank, std::cmp::Reverse(arrival.at)));
    let near: Vec<Arrival> = ranked.into_iter().take(MOST_NEAR).map(|(_, arrival)| arrival).collect();
    let near_items: Vec<_> = near.iter().map(|a| a.item_id).collect();
    let mut arrivals = Vec::with_capacity(last.len());
    for row in last {
        let is_near = row.open && near_items.contains(&row.item_id);
        arrivals.push(arrival(row, &ticket, is_near)?);
    }
    let lang = state.shop().settings.lang;
    let facts = Facts {
        due: ticket.due_fen,
        paid,
        best: near.first(),
        phone: health.phone,
        silent_ms: health.phone_last_seen_at.map(|at| (state.now() - at).max(0)),
        usual_delay_ms: health.phone_delay_ms,
    };
    let line = line(lang, &facts);
    Ok(NotReceived {
        paid,
        phone: health.phone,
        phone_last_seen_at: health.phone_last_seen_at,
        usual_delay_ms: health.phone_delay_ms,
        arrivals,
        near,
        line,
    })
}

struct Facts<'a> {
    due: Fen,
    paid: bool,
    best: Option<&'a Arrival>,
    phone: Option<DeviceState>,
    silent_ms: Option<i64>,
    usual_delay_ms: Option<i64>,
}

fn span(lang: Lang, ms: i64) -> String {
    match ms / 1_000 {
        s @ ..90 => say(lang, &format!("{s} 秒"), &format!("{s} s")),
        s @ ..5_400 => say(lang, &format!("{} 分钟", s / 60), &format!("{} min", s / 60)),
        s => say(lang, &format!("{} 小时", s / 3_600), &format!("{} h", s / 3_600)),
    }
}

/// The line to read out. What was seen comes before what was not; a silent phone proves nothing.
fn line(lang: Lang, facts: &Facts<'_>) -> String {
    let due = facts.due;
    if facts.paid {
        return say(
            lang,
            &format!("已到账 ¥{due}，这一单付好了。谢谢！"),
            &format!("¥{due} has arrived; this ticket is paid. Thank you!"),
        );
    }
    if let Some(seen) = facts.best {
        let amount = seen.amount_fen;
        if seen.delta_fen == Fen::ZERO {
            return say(
                lang,
                &format!("收到一笔 ¥{amount}，金额一致，还没有认领到这一单。请稍等，我核对一下。"),
                &format!(
                    "¥{amount} has arrived and fits, but is not booked to this ticket yet. One moment, I am checking."
                ),
            );
        }
        let off = Fen::new(seen.delta_fen.get().abs()).unwrap_or(Fen::ZERO);
        let (zh, en) = if seen.delta_fen.is_positive() { ("多", "more") } else { ("少", "less") };
        return say(
            lang,
            &format!("应付 ¥{due}，收到的是 ¥{amount}，{zh}了 ¥{off}。请给我看一下付款记录上的金额。"),
            &format!(
                "¥{due} is due; what arrived is ¥{amount}, ¥{off} {en}. Please show me the amount in your payment record."
            ),
        );
    }
    let silent = facts.silent_ms.map(|ms| span(lang, ms)).unwrap_or_default();
    match facts.phone {
        None | Some(DeviceState::New | DeviceState::Revoked) => say(
            lang,
            "这台钱台还没有连上收款手机，不会自动看到到账。请在收款手机上亲眼确认，不要只看顾客的屏幕。",
            "No phone reports payments to this till. Check the receiving phone with your own eyes, not the customer's screen.",
        ),
        Some(DeviceState::Offline) => say(
            lang,
            &format!(
                "收款手机已经 {silent}没有联系，到账可能没有传过来。请直接看收款手机是否收到 ¥{due}，不要只看顾客的屏幕。"
            ),
            &format!(
                "The phone has been silent for {silent}, so the notice may be stuck. Look at the receiving phone for ¥{due}, not at the customer's screen."
            ),
        ),
        Some(DeviceState::Late) => say(
            lang,
            &format!("尚未到账 ¥{due}。收款手机 {silent}前联系过，有点慢；请稍等，并看一下收款手机。"),
            &format!(
                "¥{due} has not arrived. The phone was last heard {silent} ago and is slow; wait a moment and look at it."
            ),
        ),
        Some(DeviceState::Ok) => {
            let usual = facts.usual_delay_ms.map(|ms| span(lang, ms.max(1_000)));
            let usual = usual.map(|usual| {
                say(lang, &format!("，平时 {usual}内到账"), &format!(", and payments usually show within {usual}"))
            });
            let usual = usual.unwrap_or_default();
            say(
                lang,
                &format!(
                    "尚未到账 ¥{due}。收款手机 {silent}前还有联系{usual}。请打开付款记录，看看收款方和金额对不对。"
                ),
                &format!(
                    "¥{due} has not arrived. The phone was heard {silent} ago{usual}. Please open your payment record and check the payee and the amount."
                ),
            )
        }
    }
}
