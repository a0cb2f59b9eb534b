//! Where the windows were, in `windows.json` of the data directory: two shops on one computer keep their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Monitor, PhysicalPosition, PhysicalSize, WebviewWindow};

use super::{COUNTER, MAIN};

/// A window's place, in physical pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    maximized: bool,
    full_screen: bool,
    visible: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Saved {
    main: Option<Place>,
    counter: Option<Place>,
    /// Screens there were. With a new one the counter window has a new place to go.
    screens: usize,
}

/// The places of the last run, and where to keep those of this one.
pub struct Places {
    file: PathBuf,
    saved: Mutex<Saved>,
}

impl Places {
    /// Reads the places; a missing or broken file is a first start.
    pub fn load(dir: &Path) -> Places {
        let file = dir.join("windows.json");
        let saved = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Places { file, saved: Mutex::new(saved) }
    }

    /// True unless a person closed the counter window and left it closed.
    pub fn counter_was_open(&self) -> bool {
        self.read(|saved| saved.counter.is_none_or(|c| c.visible))
    }

    /// Puts the till's window where it was. The first time, it fills a screen that is hardly larger than itself.
    pub fn put_main(&self, window: &WebviewWindow) {
        if let Some(place) = self.read(|saved| saved.main) {
            put(window, place);
        } else if let (Ok(Some(screen)), Ok(size)) = (window.primary_monitor(), window.outer_size()) {
            let screen = screen.size();
            if screen.width < size.width + 80 || screen.height < size.height + 80 {
                let _ = window.maximize();
            }
        }
    }

    /// A screen that the till's window is not on.
    pub fn other_screen(&self, app: &AppHandle) -> Option<Monitor> {
        let screens = app.available_monitors().ok()?;
        let main = match self.read(|saved| saved.main) {
            Some(place) => (place.x, place.y),
            None => {
                let first = app.primary_monitor().ok().flatten();
                let at = *first.as_ref().or_else(|| screens.first())?.position();
                (at.x, at.y)
            }
        };
        screens.into_iter().find(|screen| !holds(screen, main))
    }

    /// Puts the counter window where it was; false if it belongs on the `other` screen instead: that one is new, or the
    /// window would cover the till's own.
    pub fn put_counter(&self, window: &WebviewWindow, other: Option<&Monitor>) -> bool {
        let (place, screens) = self.read(|saved| (saved.counter, saved.screens));
        let Some(place) = place.filter(|place| place.width > 0 || place.full_screen) else { return false };
        let belongs_there = other.is_some_and(|other| {
            let is_new = window.available_monitors().is_ok_and(|now| now.len() > screens);
            !holds(other, (place.x, place.y)) && (is_new || place.full_screen)
        });
        !belongs_there && put(window, place)
    }

    /// Notes where both windows are now.
    pub fn remember(&self, app: &AppHandle) {
        let Ok(mut saved) = self.saved.lock() else { return };
        // A window that is gone already, at the end, keeps the place it was last seen at.
        let now = |label, before| look(app, label, before).or(before);
        let screens = app.available_monitors().map_or(saved.screens, |screens| screens.len());
        let now = Saved { main: now(MAIN, saved.main), counter: now(COUNTER, saved.counter), screens };
        if now == *saved {
            return;
        }
        *saved = now;
        let written =
            serde_json::to_vec_pretty(&*saved).map_err(Into::into).and_then(|json| fs::write(&self.file, json));
        if let Err(cause) = written {
            tracing::warn!(%cause, "places of the windows were not kept");
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Saved) -> T) -> T {
        read(&self.saved.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Where a window is. While it fills a screen or is hidden, its own size is the one it had before.
fn look(app: &AppHandle, label: &str, before: Option<Place>) -> Option<Place> {
    let window = app.get_webview_window(label)?;
    let visible = window.is_visible().ok()?;
    let mut place = before.unwrap_or_default();
    place.visible = visible;
    if !visible {
        return Some(place);
    }
    place.maximized = window.is_maximized().ok()?;
    place.full_screen = window.is_fullscreen().ok()?;
    let at = window.outer_position().ok()?;
    (place.x, place.y) = (at.x, at.y);
    if !place.maximized && !place.full_screen {
        let size = window.inner_size().ok()?;
        (place.width, place.height) = (size.width, size.height);
    }
    Some(place)
}

fn put(window: &WebviewWindow, place: Place) -> bool {
    let screens = window.available_monitors().unwrap_or_default();
    if !screens.iter().any(|screen| holds(screen, (place.x, place.y))) {
        return false;
    }
    if place.width > 0 && place.height > 0 {
        let _ = window.set_size(PhysicalSize::new(place.width, place.height));
    }
    let _ = window.set_position(PhysicalPosition::new(place.x, place.y));
    if place.full_screen {
        let _ = window.set_fullscreen(true);
    } else if place.maximized {
        let _ = window.maximize();
    }
    true
}

/// True if enough of the window's top edge is on this screen to be dragged.
fn holds(screen: &Monitor, (x, y): (i32, i32)) -> bool {
    let (at, size) = (screen.position(), screen.size());
    inside(x, at.x, size.width) && inside(y, at.y, size.height)
}

fn inside(value: i32, start: i32, length: u32) -> bool {
    let (value, start, length) = (i64::from(value), i64::from(start), i64::from(length));
    (start - 40..start + length - 40).contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_a_restart_and_a_broken_file() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::load(dir.path());
        assert!(places.counter_was_open(), "the first start shows the counter window");
        let closed = Saved { counter: Some(Place::default()), ..Saved::default() };
        fs::write(dir.path().join("windows.json"), serde_json::to_vec(&closed).unwrap()).unwrap();
        assert!(!Places::load(dir.path()).counter_was_open());
        fs::write(dir.path().join("windows.json"), "{").unwrap();
        assert!(Places::load(dir.path()).counter_was_open());
    }

    #[test]
    fn a_place_on_an_unplugged_screen_is_no_place() {
        assert!(inside(0, 0, 1366) && inside(-8, 0, 1366) && inside(1300, 0, 1366));
        assert!(!inside(1366, 0, 1366) && !inside(-1000, 0, 1366));
    }
}
