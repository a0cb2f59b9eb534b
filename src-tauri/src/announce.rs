//! The one subscriber that alerts and sounds, with windows or without: one announcement per payment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use till_engine::Engine;
use till_engine::api::{Event, InboxItem, InboxReason, Request, Settings};
use tokio::runtime::Handle;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use crate::alerts::{self, Alert};
use crate::sound::{Speaker, Tone};
use crate::words::pick;

/// Starts announcing until aborted.
pub fn start(engine: Engine) -> JoinHandle<()> {
    let mut events = engine.subscribe();
    tokio::spawn(async move {
        let announcer = Announcer::new(engine);
        loop {
            match events.recv().await {
                Ok(event) => announcer.hear(&event).await,
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "too slow to announce everything"),
                Err(RecvError::Closed) => break,
            }
        }
    })
}

struct Announcer {
    engine: Engine,
    speaker: Speaker,
    alerts_failed: Arc<AtomicBool>,
}

impl Announcer {
    fn new(engine: Engine) -> Announcer {
        let teller = engine.clone();
        let runtime = Handle::current();
        let speaker = Speaker::start(move |cause| {
            tracing::warn!(%cause, "no sound can be played");
            let lang = runtime.block_on(teller.settings()).lang;
            let words = pick(lang, format!("没有可用的声音设备（{cause}）"), format!("no sound device ({cause})"));
            teller.announce_alert_failed(&words);
        });
        Announcer { engine, speaker, alerts_failed: Arc::default() }
    }

    async fn hear(&self, event: &Event) {
        let tone = tone_for(event);
        if tone.is_none() && !matches!(event, Event::DeviceChanged { state_changed: true, .. }) {
            return;
        }
        let settings = self.engine.settings().await;
        if let Some(tone) = tone.filter(|_| settings.sound) {
            self.speaker.play(tone, settings.volume);
        }
        if let Some(alert) = self.alert_for(event, &settings).await {
            self.show(alert);
        }
    }

    async fn alert_for(&self, event: &Event, settings: &Settings) -> Option<Alert> {
        let near = match event {
            // For the other reasons a number would be a guess that reads like a fact.
            Event::InboxChanged {
                item_id: Some(item_id),
                reason: Some(InboxReason::Late | InboxReason::WrongAmount | InboxReason::PaidTwice),
                alert: true,
                ..
            } => self.nearest_ticket(*item_id).await,
            _ => None,
        };
        alerts::alert_for(event, settings, self.engine.is_practice(), near)
    }

    /// The number of the ticket that the engine suggests first for an inbox item.
    async fn nearest_ticket(&self, item_id: i64) -> Option<u32> {
        // Through a door of its own: alerts go on while the till is locked, and keep nobody signed in.
        let reply = self.engine.call("alert", Request::InboxItem { item_id }).await.ok()?;
        let item: InboxItem = serde_json::from_value(reply).ok()?;
        item.suggestions.first().map(|s| s.number)
    }

    /// Shows an alert without waiting for the desktop. A desktop that shows none is said once.
    fn show(&self, alert: Alert) {
        let (engine, failed) = (self.engine.clone(), self.alerts_failed.clone());
        tokio::task::spawn_blocking(move || {
            let Err(cause) = alerts::show(&alert) else { return };
            if failed.swap(true, Ordering::Relaxed) {
                tracing::debug!(%cause, "no desktop alert");
            } else {
                tracing::warn!(%cause, "no desktop alert can be shown");
                engine.announce_alert_failed(&cause);
            }
        });
    }
}

/// The sound of an event: the chime for a ticket paid at this counter and for nothing else.
fn tone_for(event: &Event) -> Option<Tone> {
    match event {
        Event::TicketPaid { ticket } if !ticket.is_elsewhere() => Some(Tone::Paid),
        Event::InboxChanged { alert: true, .. } => Some(Tone::Attention),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_money_sounds() {
        let inbox = |alert| Event::InboxChanged {
            item_id: None,
            reason: None,
            amount_fen: None,
            channel: None,
            open: 0,
            alert,
        };
        assert_eq!(tone_for(&inbox(true)), Some(Tone::Attention));
        assert_eq!(tone_for(&inbox(false)), None);
        assert_eq!(tone_for(&Event::SettingsChanged {}), None);
    }

    #[test]
    fn only_money_at_this_counter_chimes() {
        let paid = |program: serde_json::Value| {
            let ticket = serde_json::json!({
                "id": 7, "number": 41, "business_date": "2026-11-20", "tag": "fox", "status": "paid", "exception": "none",
                "lines": [], "note": "", "gross_fen": 1500, "discount_fen": 0, "rounding_fen": 0, "tail_fen": 2,
                "due_fen": 1498, "opened_at": 0, "expires_at": 1, "now": 1, "paid_at": 1, "payments": [], "refunds": [],
                "refunded_fen": 0, "tendered_fen": null, "change_fen": null, "codes": [], "trades": [], "shown": true,
                "proposed_item_id": null, "moves": [], "program": program,
            });
            serde_json::from_value(serde_json::json!({"event": "ticket://paid", "ticket": ticket})).unwrap()
        };
        let order = |counter: bool| serde_json::json!({"program_id": 1, "name": "shop", "counter": counter});
        assert_eq!(tone_for(&paid(serde_json::Value::Null)), Some(Tone::Paid));
        assert_eq!(tone_for(&paid(order(true))), Some(Tone::Paid));
        assert_eq!(tone_for(&paid(order(false))), None, "its customer is somewhere else");
    }
}
