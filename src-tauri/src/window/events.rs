//! What happens in the engine, on its way to the windows. The till's window hears everything, the counter window only
//! what it shall show.

use tauri::{AppHandle, Emitter, Listener, Manager};
use till_engine::Engine;
use till_engine::api::{DisplayState, Event};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use super::counter;
use super::{COUNTER, MAIN, Shell};

/// An [`Event`], to the till's window.
const EVENT: &str = "till://event";
/// Events were missed: ask for the lists again.
const LAGGED: &str = "till://lagged";
/// A [`DisplayState`], to the counter window.
const STATE: &str = "display://state";
/// The counter window is there and wants its first state.
const HELLO: &str = "display://hello";
/// A key or a button asks for full screen.
const FULL_SCREEN: &str = "display://fullscreen";

/// Forwards the events of an engine until aborted.
pub fn forward(app: &AppHandle, engine: Engine) -> JoinHandle<()> {
    let mut events = engine.subscribe();
    let app = app.clone();
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Event::DisplayChanged { display } = &event {
                        show(&app, display);
                    }
                    send(&app, MAIN, EVENT, &event);
                }
                Err(RecvError::Lagged(missed)) => {
                    send(&app, MAIN, LAGGED, &missed);
                    if let Ok(display) = engine.display().await {
                        show(&app, &display);
                    }
                }
                Err(RecvError::Closed) => break,
            }
        }
    })
}

/// Answers what the counter window says: that it is there, and that it wants to be full-screen.
pub fn answer_counter(app: &AppHandle) {
    let handle = app.clone();
    app.listen_any(HELLO, move |_| {
        let app = handle.clone();
        tauri::async_runtime::spawn(async move {
            let Ok(engine) = app.state::<Shell>().engine().await else { return };
            match engine.display().await {
                Ok(display) => show(&app, &display),
                Err(cause) => tracing::warn!(%cause, "no state for the counter window"),
            }
        });
    });
    let handle = app.clone();
    app.listen_any(FULL_SCREEN, move |_| counter::toggle_full_screen(&handle));
}

fn show(app: &AppHandle, display: &DisplayState) {
    send(app, COUNTER, STATE, display);
}

fn send(app: &AppHandle, window: &str, name: &str, payload: &impl serde::Serialize) {
    if let Err(cause) = app.emit_to(window, name, payload) {
        tracing::warn!(%cause, window, name, "event not delivered");
    }
}
