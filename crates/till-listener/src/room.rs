use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::http::Uri;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};

use crate::events::Screens;
use crate::programs::Listening;
use crate::rates::Rates;
use crate::refusals::Refusals;
use crate::seats::Seats;
use crate::till::Till;
use crate::watchers::Watchers;
use crate::{Assets, Limits, assets, checkout, control, display, health, merchants, notices, phones, reply};

/// What every request can reach.
pub(crate) struct Room {
    pub till: Arc<dyn Till>,
    pub assets: Arc<dyn Assets>,
    pub control_token: String,
    pub limits: Limits,
    pub refusals: Refusals,
    pub rates: Rates,
    pub customer_rates: Rates,
    pub seats: Seats,
    pub screens: Screens,
    pub watchers: Arc<Watchers>,
    pub listening: Listening,
    /// True once the port stops.
    pub stopping: watch::Receiver<bool>,
    /// Closed when nobody holds the room any more; [`crate::Listener::stop`] waits for it.
    _alive: mpsc::Sender<()>,
}

impl Room {
    pub fn new(
        till: Arc<dyn Till>,
        assets: Arc<dyn Assets>,
        control_token: String,
        limits: Limits,
        refusals: Refusals,
        stopping: watch::Receiver<bool>,
        alive: mpsc::Sender<()>,
    ) -> Room {
        Room {
            rates: Rates::new(limits.rate, limits.loopback_rate, limits.addresses),
            customer_rates: Rates::new(limits.customer_rate, None, limits.addresses),
            seats: Seats::new(&limits),
            screens: Screens::new(limits.display_streams),
            watchers: Arc::default(),
            listening: Listening::new(limits.program_streams, limits.streams_per_program),
            till,
            assets,
            control_token,
            limits,
            refusals,
            stopping,
            _alive: alive,
        }
    }
}

/// Who is asking. Put into each request's extensions by the connection.
#[derive(Clone)]
pub(crate) struct Peer {
    /// An IPv4 address that came in through an IPv6 socket is an IPv4 address here.
    pub ip: IpAddr,
    /// The same as text.
    pub text: Arc<str>,
}

impl Peer {
    pub fn new(ip: IpAddr) -> Peer {
        let ip = ip.to_canonical();
        Peer { ip, text: ip.to_string().into() }
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    token: String,
}

/// The `token` of a query, if it has one.
pub(crate) fn query_token(uri: &Uri) -> Option<String> {
    let Query(Asked { token }) = Query::try_from_uri(uri).ok()?;
    (1..=256).contains(&token.len()).then_some(token)
}

/// All doors of the port.
pub(crate) fn router(room: Arc<Room>) -> Router {
    Router::new()
        .merge(phones::router())
        .merge(merchants::router())
        .merge(notices::router())
        .merge(checkout::router())
        .merge(display::router())
        .merge(assets::router())
        .merge(control::router())
        .merge(health::router())
        .fallback(assets::anything_else)
        .method_not_allowed_fallback(reply::wrong_method)
        .with_state(room)
}
