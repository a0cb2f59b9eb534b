//! Who watches which ticket on a checkout page. One task listens to the till and renders a changed ticket once, whatever
//! the number of pages that show it; nobody else wakes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use till_engine::api::{CheckoutState, Event};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};

use crate::till::Till;

/// The watched tickets.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<HashMap<i64, Watched>>);

struct Watched {
    token: String,
    states: watch::Sender<Bytes>,
}

/// One page that watches a ticket. The ticket is forgotten with its last page.
pub(crate) struct Watching {
    watchers: Arc<Watchers>,
    ticket_id: i64,
    states: Option<watch::Receiver<Bytes>>,
}

impl Watchers {
    fn tickets(&self) -> MutexGuard<'_, HashMap<i64, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears from now on of each change of a ticket. A state read before this call may be old already.
    pub fn watch(self: &Arc<Watchers>, ticket_id: i64, token: &str) -> Watching {
        let mut tickets = self.tickets();
        let watched = tickets
            .entry(ticket_id)
            .or_insert_with(|| Watched { token: token.to_owned(), states: watch::channel(Bytes::new()).0 });
        Watching { watchers: self.clone(), ticket_id, states: Some(watched.states.subscribe()) }
    }

    /// Tells the pages of these tickets how they stand.
    async fn tell(&self, till: &dyn Till, changed: Changed) {
        let tokens: Vec<(i64, String)> = match changed {
            Changed::All => self.tickets().iter().map(|(id, watched)| (*id, watched.token.clone())).collect(),
            Changed::Some(ids) => {
                let tickets = self.tickets();
                ids.iter().filter_map(|id| Some((*id, tickets.get(id)?.token.clone()))).collect()
            }
        };
        for (id, token) in tokens {
            let Some((_, state)) = till.checkout(&token).await else { continue };
            let Some(message) = message(&state) else { continue };
            if let Some(watched) = self.tickets().get(&id) {
                watched.states.send_replace(message);
            }
        }
    }
}

impl Watching {
    /// The next state, ready to be sent; of several that wait, the last. None: the port stops.
    pub async fn changed(&mut self) -> Option<Bytes> {
        let states = self.states.as_mut()?;
        states.changed().await.ok()?;
        Some(states.borrow_and_update().clone())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut tickets = self.watchers.tickets();
        // Under the lock, or two last ones would each leave it to the other.
        drop(self.states.take());
        if tickets.get(&self.ticket_id).is_some_and(|watched| watched.states.receiver_count() == 0) {
            tickets.remove(&self.ticket_id);
        }
    }
}

/// A whole state as a server-sent event.
pub(crate) fn message(state: &CheckoutState) -> Option<Bytes> {
    let json = serde_json::to_string(state).ok()?;
    Some(format!("data: {json}\n\n").into())
}

/// Tickets of which something changed.
enum Changed {
    All,
    Some(HashSet<i64>),
}

impl Changed {
    fn add(&mut self, event: &Event) {
        if let (Changed::Some(ids), Some(id)) = (self, ticket_of(event)) {
            ids.insert(id);
        }
    }
}

fn ticket_of(event: &Event) -> Option<i64> {
    match event {
        Event::TicketOpened { ticket }
        | Event::TicketPaid { ticket }
        | Event::TicketChanged { ticket }
        | Event::TicketRefunded { ticket } => Some(ticket.id),
        _ => None,
    }
}

/// Starts the task. It ends with the port.
pub(crate) fn start(till: Arc<dyn Till>, watchers: Arc<Watchers>, mut stopping: watch::Receiver<bool>) {
    let mut events = till.subscribe();
    tokio::spawn(async move {
        loop {
            let changed = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return,
                changed = next(&mut events) => changed,
            };
            match changed {
                Some(changed) => watchers.tell(till.as_ref(), changed).await,
                None => return,
            }
        }
    });
}

/// What changed since the last time; none once the till is gone.
async fn next(events: &mut broadcast::Receiver<Event>) -> Option<Changed> {
    let mut changed = match events.recv().await {
        Ok(event) => {
            let mut changed = Changed::Some(HashSet::new());
            changed.add(&event);
            changed
        }
        Err(RecvError::Lagged(_)) => Changed::All,
        Err(RecvError::Closed) => return None,
    };
    loop {
        match events.try_recv() {
            Ok(event) => changed.add(&event),
            Err(TryRecvError::Lagged(_)) => changed = Changed::All,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(changed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_ticket_is_forgotten_with_its_last_page() {
        let watchers: Arc<Watchers> = Arc::default();
        let pages: Vec<_> = (0..400).map(|n| watchers.watch(n % 4, "token")).collect();
        assert_eq!(watchers.tickets().len(), 4);
        // All at once: each of two last ones could take the other for the last.
        let leaving: Vec<_> = pages.into_iter().map(|page| tokio::spawn(async move { drop(page) })).collect();
        for left in leaving {
            left.await.unwrap();
        }
        assert!(watchers.tickets().is_empty());
    }
}
