//! Keeps the port open where the settings and the devices want it. Established connections outlive a change of
//! address: only the listening sockets are closed and opened.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use till_engine::Listening;
use till_engine::api::{Event, Lang};
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::plan::{self, Plan};
use crate::room::{self, Room};
use crate::{addresses, connection, socket};

/// How often the network's addresses are looked at again (another Wi-Fi, a new lease).
const REFRESH: Duration = Duration::from_secs(30);

/// Opens the port and starts the task that keeps it.
pub(crate) async fn start(
    room: Arc<Room>,
    bind: Option<SocketAddr>,
) -> (JoinHandle<()>, watch::Receiver<Option<SocketAddr>>) {
    let events = room.till.subscribe();
    let (local, watching) = watch::channel(None);
    let router = room::router(room.clone());
    let mut port =
        Port { room, router, bind, open: Vec::new(), plan: None, main: None, error: String::new(), told: None, local };
    port.adapt().await;
    (tokio::spawn(port.run(events)), watching)
}

struct Port {
    room: Arc<Room>,
    router: Router,
    bind: Option<SocketAddr>,
    open: Vec<Open>,
    plan: Option<Plan>,
    /// Where `plan.main` is open; `None` while it is not.
    main: Option<SocketAddr>,
    error: String,
    told: Option<Listening>,
    local: watch::Sender<Option<SocketAddr>>,
}

impl Port {
    async fn run(mut self, mut events: broadcast::Receiver<Event>) {
        let mut stopping = self.room.stopping.clone();
        let mut deaf = false;
        let mut next = self.next_look();
        loop {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => break,
                event = events.recv(), if !deaf => match event {
                    Ok(event) if !self.concerns(&event) => continue,
                    Ok(_) | Err(RecvError::Lagged(_)) => while events.try_recv().is_ok() {},
                    Err(RecvError::Closed) => {
                        deaf = true;
                        continue;
                    }
                },
                () = sleep_until(next) => {}
            }
            self.adapt().await;
            next = self.next_look();
        }
        for open in self.open.drain(..) {
            open.close().await;
        }
        self.local.send_replace(None);
        self.room.till.set_listening(Listening::default()).await;
    }

    fn next_look(&self) -> Instant {
        Instant::now() + if self.main.is_some() { REFRESH } else { self.room.limits.retry_time }
    }

    fn concerns(&self, event: &Event) -> bool {
        match event {
            Event::SettingsChanged {} | Event::ProgramsChanged {} => true,
            // Each heartbeat of a phone is such an event too; while the port is narrow any may be the first device's.
            Event::DeviceChanged { state_changed, .. } => *state_changed || self.loopback_only(),
            _ => false,
        }
    }

    fn loopback_only(&self) -> bool {
        self.open.iter().all(|open| open.actual.ip().is_loopback())
    }

    /// Opens what should be open, closes what should not, tells the engine.
    async fn adapt(&mut self) {
        let settings = self.room.till.settings().await;
        let wide = self.room.till.may_listen_wide().await;
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), settings.listen_port);
        let (plan, wrong) = match self.bind {
            Some(address) => (Plan::fixed(address), None),
            None => match Plan::of_settings(&settings, wide) {
                Ok(plan) => (plan, None),
                Err(wrong) => (Plan::fixed(local), Some(wrong)),
            },
        };
        if self.plan != Some(plan) || self.main.is_none() {
            self.rebind(plan, settings.lang).await;
        }
        let bound = self.main.or_else(|| self.open.first().map(|open| open.actual));
        self.local.send_replace(bound);
        let host = match self.bind {
            Some(address) => address.ip(),
            None => plan::host(&settings).unwrap_or(local.ip()),
        };
        let port = self.main.unwrap_or(plan.main).port();
        let addresses = tokio::task::spawn_blocking(move || addresses::of(host, port)).await.unwrap_or_default();
        let listening = Listening {
            bound: bound.map(|address| address.to_string()).unwrap_or_default(),
            error: wrong.unwrap_or_else(|| self.error.clone()),
            loopback_only: bound.is_some() && self.loopback_only(),
            addresses,
        };
        if self.told.as_ref() != Some(&listening) {
            self.room.till.set_listening(listening.clone()).await;
            self.told = Some(listening);
        }
    }

    async fn rebind(&mut self, plan: Plan, lang: Lang) {
        self.plan = Some(plan);
        self.main = self.open.iter().find(|open| open.asked == plan.main).map(|open| open.actual);
        if self.main.is_none() {
            self.close_where(|open| in_the_way(open.actual, plan.main)).await;
            match self.listen(plan.main) {
                Ok(actual) => self.main = Some(actual),
                Err(error) => {
                    self.error = plan::reason(&error, plan.main, lang);
                    tracing::warn!(%error, address = %plan.main, "the port cannot be opened");
                }
            }
        }
        let Some(main) = self.main else {
            // What is still open elsewhere stays until the new address works: phones may depend on it. But a port
            // that is to be closed to others is closed to them now.
            if plan.main.ip().is_loopback() {
                self.close_where(|open| !open.actual.ip().is_loopback()).await;
            }
            if self.open.is_empty()
                && let Some(local) = plan.local
                && let Err(error) = self.listen(local)
            {
                tracing::debug!(%error, address = %local, "nor on this computer alone");
            }
            return;
        };
        self.error.clear();
        let local = plan.local.filter(|_| !plan.covers_local()).map(|local| SocketAddr::new(local.ip(), main.port()));
        self.close_where(|open| open.asked != plan.main && Some(open.asked) != local).await;
        if let Some(local) = local
            && self.open.iter().all(|open| open.asked != local)
            && let Err(error) = self.listen(local)
        {
            tracing::warn!(%error, address = %local, "the command line cannot come in");
        }
        tracing::info!(address = %main, "the port is open");
    }

    async fn close_where(&mut self, wanted: impl Fn(&Open) -> bool) {
        let (closing, staying): (Vec<Open>, Vec<Open>) = self.open.drain(..).partition(wanted);
        self.open = staying;
        for open in closing {
            open.close().await;
        }
    }

    fn listen(&mut self, asked: SocketAddr) -> io::Result<SocketAddr> {
        let listener = socket::listen(asked)?;
        let actual = listener.local_addr()?;
        let (close, closing) = oneshot::channel();
        let task = tokio::spawn(accept(listener, closing, self.room.clone(), self.router.clone()));
        self.open.push(Open { asked, actual, close, task });
        Ok(actual)
    }
}

/// True if two listening sockets cannot be open at once.
fn in_the_way(open: SocketAddr, wanted: SocketAddr) -> bool {
    let ips = [open.ip(), wanted.ip()];
    open.port() == wanted.port() && (ips[0] == ips[1] || ips.iter().any(|ip| ip.is_unspecified()))
}

/// A listening socket and its task.
struct Open {
    asked: SocketAddr,
    actual: SocketAddr,
    close: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Open {
    /// When this returns the socket is closed and its address free.
    async fn close(self) {
        drop(self.close);
        let _ = self.task.await;
    }
}

async fn accept(listener: TcpListener, mut closing: oneshot::Receiver<()>, room: Arc<Room>, router: Router) {
    loop {
        let accepted = tokio::select! {
            biased;
            _ = &mut closing => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => connection::welcome(stream, address, &room, &router),
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                // Mostly "too many open files": accepting again at once would only spin.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
