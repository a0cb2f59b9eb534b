//! New tickets: a code of each contract whose codes tickets show. The providers are asked once the ticket is open.

use till_channels::gateway::{Can, moment};
use till_core::Channel;
use till_core::trade::Trade;
use till_store::NewTrade;

use super::book::{self, Contract};
use crate::api::ApiError;
use crate::state::State;

/// Channels that providers serve, in the order screens show their codes.
const SERVED: [Channel; 3] = [Channel::Wechat, Channel::Alipay, Channel::Unionpay];
/// Providers take some more; on a customer's screen there is room for so much.
const LONGEST_SUBJECT: usize = 40;

/// The trades of a ticket about to be opened, and the channels they serve: the shop's own codes of these are not
/// offered. `wanted`: on these channels only; empty: on all.
pub(crate) fn plan(
    state: &State,
    wanted: &[Channel],
    at: i64,
    expires_at: i64,
    title: &str,
) -> (Vec<NewTrade>, Vec<Channel>) {
    let mut trades = Vec::new();
    let mut served = Vec::new();
    for channel in SERVED.into_iter().filter(|c| wanted.is_empty() || wanted.contains(c)) {
        let Some(contract) = book::for_channel(state, channel) else { continue };
        let Some(gateway) = contract.gateway() else { continue };
        if !contract.settings.shows_code || !gateway.can(Can::Code) {
            continue;
        }
        let planned = Trade::plan(false, at, expires_at, &gateway.pace(false));
        match trade(state, &contract, title, at, planned) {
            Ok(trade) => {
                trades.push(trade);
                served.push(channel);
            }
            // A sale must not fail for want of a number: the shop's own code serves.
            Err(cause) => tracing::error!(%cause, "no number for a trade"),
        }
    }
    (trades, served)
}

/// A trade with a number of its own.
pub(super) fn trade(
    state: &State,
    contract: &Contract,
    title: &str,
    at: i64,
    planned: Trade,
) -> Result<NewTrade, ApiError> {
    Ok(NewTrade {
        gateway_id: contract.id,
        out_no: number(state, "QT", at)?,
        subject: subject(state, title),
        surface: String::new(),
        ip: address(state),
        state: planned,
    })
}

/// A number of ours that nobody has used: the time in China, for whoever looks for it in a provider's console, and 48
/// random bits, for several tills may share one contract.
pub(super) fn number(state: &State, prefix: &str, at: i64) -> Result<String, ApiError> {
    Ok(format!("{prefix}{}{}", moment::packed(at), state.random_hex(6)?))
}

/// What the customer reads.
fn subject(state: &State, title: &str) -> String {
    let shop = state.shop();
    let named = [title.trim(), shop.settings.shop_name.trim(), "收款"].into_iter().find(|t| !t.is_empty());
    named.unwrap_or_default().chars().filter(|c| !c.is_control()).take(LONGEST_SUBJECT).collect()
}

/// The terminal's address, which some providers insist on.
fn address(state: &State) -> String {
    let listening = crate::state::lock(&state.listening);
    let own = listening.addresses.iter().filter_map(|a| a.parse::<std::net::SocketAddrV4>().ok()).next();
    own.map_or_else(|| "127.0.0.1".to_owned(), |a| a.ip().to_string())
}
