//! Contracts with providers and what happens through them.

mod bills;
mod book;
mod change;
mod check;
mod flow;
pub(crate) mod historic;
mod interpret;
mod keys;
mod list;
mod load;
mod money;
mod money_back;
mod notice;
mod open;
pub(crate) mod passphrase;
mod relay;
mod renew;
mod safe;
mod safe_words;
mod scan;
mod speak;
pub(crate) mod surfaces;
mod test_call;
mod trade_words;
mod view;
mod words;

use crate::api::ApiError;
use crate::state::State;

pub(crate) use bills::{fetch as fetch_bill, run as keep_bills};
pub(crate) use book::Contract;
pub(crate) use change::{add, end, update};
pub(crate) use flow::{Flow, run as keep_trades};
pub(crate) use keys::{inspect, make_key_pair};
pub(crate) use list::{in_use, list};
pub(crate) use load::{read_again, reload};
pub(crate) use money_back::{Back, give_back, return_item, trade_of_item};
pub use notice::NoticeAnswer;
pub(crate) use notice::take as notice;
pub(crate) use open::plan;
pub(crate) use relay::run as keep_relays;
pub(crate) use renew::run as keep_certificates;
pub(crate) use safe::Safe;
pub(crate) use scan::{ask_trade, payment_codes, scan, stop_scan};
pub(crate) use speak::MOST_CALLS;
pub(crate) use test_call::test;
pub(crate) use view::{are_locked, codes, is_sandbox, scans, steps, trade as trade_view};
pub(crate) use words::doubt as doubt_words;

type Result<T> = std::result::Result<T, ApiError>;

fn missing(state: &State) -> ApiError {
    state.store_error(till_store::StoreError::NotFound)
}
