//! The providers' bills: fetched when somebody asks, and every morning for the day before, and checked against the till.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use till_channels::gateway::{Can, Office, OfficeAnswer};
use tokio::time::sleep;

use super::book::{self, Contract, Trouble};
use super::{Result, safe_words, speak, trade_words};
use crate::access::Who;
use crate::api::{Role, StatementCheck};
use crate::state::State;
use crate::statement;

/// The last day whose bill was fetched, by contract.
const FETCHED: &str = "bills";
const ACTOR: &str = "till";
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Providers write yesterday's bills in the morning; by then all have.
const FROM_MINUTE: i16 = 10 * 60 + 30;
/// Of a new contract.
const FIRST_AFTER_MS: i64 = 10 * 3_600_000;
/// After a failure.
const AGAIN_MS: i64 = 3_600_000;

/// Fetches a day's bill and checks it against the till.
pub(crate) async fn fetch(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    gateway_id: i64,
    date: String,
) -> Result<StatementCheck> {
    let lang = state.shop().settings.lang;
    let missing = || state.store_error(till_store::StoreError::NotFound);
    let contract = book::by_id(state, gateway_id).ok_or_else(missing)?;
    let day = date.parse::<Date>().ok().filter(|day| day.to_string() == date);
    if day.is_none_or(|day| day >= there(state).date()) {
        return Err(trade_words::bad_bill_date(lang));
    }
    if contract.trouble == Some(Trouble::Locked) {
        return Err(safe_words::is_locked(lang));
    }
    if !contract.gateway().is_some_and(|gateway| gateway.can(Can::Bill)) {
        return Err(trade_words::no_bills(lang));
    }
    let mut answer = speak::ask_office(state, &contract, &Office::Bill { date }).await;
    if let OfficeAnswer::Elsewhere { url, hash } = answer {
        answer = speak::ask_office(state, &contract, &Office::File { url, hash }).await;
    }
    match answer {
        OfficeAnswer::File { name, bytes } => statement::take(state, who, request_id, name, bytes).await,
        OfficeAnswer::NoFile => Err(trade_words::no_bill(lang)),
        OfficeAnswer::Refused(refusal) => Err(trade_words::bill_refused(lang, &refusal)),
        OfficeAnswer::Unknown(doubt) => Err(trade_words::bill_doubt(lang, contract.provider.channel(), &doubt)),
        OfficeAnswer::Elsewhere { .. } | OfficeAnswer::Certificates(_) | OfficeAnswer::Works => {
            tracing::error!(gateway_id, "an answer to another question than for a bill");
            Err(trade_words::no_bill(lang))
        }
    }
}

/// The providers' clock and calendar are China's, wherever this computer thinks it is.
fn there(state: &State) -> DateTime {
    let now = Timestamp::from_millisecond(state.now()).unwrap_or_default();
    Offset::constant(8).to_datetime(now)
}

/// The day whose bill should be there by now; none: too early in the morning.
fn due(there: DateTime) -> Option<Date> {
    let written = i16::from(there.hour()) * 60 + i16::from(there.minute()) >= FROM_MINUTE;
    there.date().yesterday().ok().filter(|_| written)
}

/// Fetches yesterday's bills, until the till closes.
pub(crate) async fn run(state: Arc<State>) {
    let mut not_before: HashMap<i64, i64> = HashMap::new();
    loop {
        sleep(LOOK_EVERY).await;
        let billed = |c: &&Arc<Contract>| c.usable() && c.gateway().is_some_and(|g| g.can(Can::Bill));
        let contracts: Vec<_> = book::all(&state).iter().filter(billed).cloned().collect();
        let there = there(&state);
        let Some(yesterday) = due(there).filter(|_| !contracts.is_empty()) else { continue };
        for contract in contracts {
            let now = state.now();
            // A contract made today has brought nothing yesterday.
            let is_new = contract.created_at > now.saturating_sub(FIRST_AFTER_MS);
            if is_new || not_before.get(&contract.id).is_some_and(|at| now < *at) {
                continue;
            }
            not_before.insert(contract.id, now + AGAIN_MS);
            if let Err(cause) = nightly(&state, &contract, yesterday).await {
                tracing::warn!(%cause, gateway = contract.id, "a bill was not fetched; it is tried again");
            }
        }
    }
}

async fn fetched(state: &State) -> Result<BTreeMap<i64, String>> {
    let stored = state.store.setting(FETCHED).await.map_err(|e| state.store_error(e))?;
    Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

async fn nightly(state: &Arc<State>, contract: &Contract, day: Date) -> Result<()> {
    let date = day.to_string();
    let mut done = fetched(state).await?;
    if done.get(&contract.id) == Some(&date) {
        return Ok(());
    }
    let who =
        Who { actor: ACTOR.to_owned(), staff_id: None, approved_by: None, role: Role::Owner, door: ACTOR.to_owned() };
    let request_id = format!("bill/{}/{date}", contract.id);
    fetch(state, &who, request_id, contract.id, date.clone()).await?;
    done.insert(contract.id, date);
    let text = serde_json::to_string(&done).unwrap_or_default();
    state.store.set_setting(None, FETCHED, text, false, state.now(), ACTOR).await.map_err(|e| state.store_error(e))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::due;

    #[test]
    fn bills_are_looked_for_in_the_late_morning() {
        let day = date(2026, 11, 21);
        let early = [(0, 0), (9, 59), (10, 29)];
        assert!(early.into_iter().all(|(hour, minute)| due(day.at(hour, minute, 0, 0)).is_none()));
        let late = [(10, 30), (11, 0), (23, 59)];
        assert!(late.into_iter().all(|(hour, minute)| due(day.at(hour, minute, 0, 0)) == Some(date(2026, 11, 20))));
    }
}
