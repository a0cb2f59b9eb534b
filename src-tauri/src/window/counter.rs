//! The counter window: on the second screen where there is one, full-screen by F11 everywhere.

use std::sync::Mutex;
use std::time::Duration;

use serde::Serialize;
use tauri::{AppHandle, Manager, WebviewWindow};
use tokio::time::Instant;

use super::places::Places;
use super::{COUNTER, MAIN, Shell};

/// F11 in the counter window. It has no commands, only events; so the key becomes one. The page's own F11, which makes
/// a browser full-screen, does not hear it: only a full-screen window is remembered.
pub const KEYS: &str = r#"
addEventListener('keydown', (e) => {
  if (e.key === 'F11' && !e.repeat) {
    e.preventDefault();
    e.stopImmediatePropagation();
    window.__TAURI_INTERNALS__.invoke('plugin:event|emit', { event: 'display://fullscreen', payload: null });
  }
}, true);
"#;

/// Two reports of one key press (the page may have its own F11) are one toggle.
const ONE_PRESS: Duration = Duration::from_millis(250);

/// How the counter window stands, for the till's window to say what to do next.
#[derive(Debug, Serialize)]
pub struct CounterView {
    /// It can be seen.
    visible: bool,
    /// It fills its screen.
    full_screen: bool,
    /// Screens of this computer.
    screens: usize,
    /// The desktop lets programs place windows. Without (Wayland), a person drags the window over and presses F11.
    can_place: bool,
}

/// How it stands now.
pub fn view(app: &AppHandle) -> CounterView {
    let window = app.get_webview_window(COUNTER);
    let is = |ask: fn(&WebviewWindow) -> tauri::Result<bool>| window.as_ref().is_some_and(|w| ask(w).unwrap_or(false));
    CounterView {
        visible: is(WebviewWindow::is_visible),
        full_screen: is(WebviewWindow::is_fullscreen),
        screens: app.available_monitors().map_or(1, |m| m.len()),
        can_place: can_place(),
    }
}

/// Wayland gives programs no say in where their windows are.
fn can_place() -> bool {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v == value);
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|v| !v.is_empty());
    !(cfg!(target_os = "linux") && wayland && !is("GDK_BACKEND", "x11"))
}

/// At start: with a second screen always, else as it was left.
pub fn open_at_start(app: &AppHandle, places: &Places) {
    if places.other_screen(app).is_some() || places.counter_was_open() {
        open(app, places);
    }
}

/// Shows the window where it belongs.
pub fn open(app: &AppHandle, places: &Places) {
    let Some(window) = app.get_webview_window(COUNTER) else { return };
    let already = window.is_visible().unwrap_or(false);
    let other = places.other_screen(app);
    if !already
        && !places.put_counter(&window, other.as_ref())
        && let Some(screen) = other.filter(|_| can_place())
    {
        let _ = window.set_position(*screen.position());
        let _ = window.set_fullscreen(true);
    }
    if let Err(cause) = window.show() {
        tracing::warn!(%cause, "the counter window cannot be shown");
    }
    if already {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Hides it; the till goes on.
pub fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(COUNTER) {
        let _ = window.hide();
    }
}

/// Full screen, or back. Shows the window first if it is hidden.
pub fn toggle_full_screen(app: &AppHandle) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let now = Instant::now();
    {
        let Ok(mut last) = LAST.lock() else { return };
        if last.is_some_and(|last| now - last < ONE_PRESS) {
            return;
        }
        *last = Some(now);
    }
    let Some(window) = app.get_webview_window(COUNTER) else { return };
    let visible = window.is_visible().unwrap_or(false);
    if !visible {
        open(app, &app.state::<Shell>().places);
    }
    let full = visible && window.is_fullscreen().unwrap_or(false);
    if let Err(cause) = window.set_fullscreen(!full) {
        tracing::warn!(%cause, "full screen");
    }
}

/// A second start: the till's window comes forward.
pub fn bring_main_forward(app: &AppHandle) {
    if let Some(main) = app.get_webview_window(MAIN) {
        let _ = main.unminimize();
        let _ = main.show();
        let _ = main.set_focus();
    }
}
