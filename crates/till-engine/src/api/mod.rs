//! The engine's border: what may be asked ([`Request`]), what comes back ([`Replies`]), what happens
//! ([`Event`]) and what goes wrong ([`ApiError`]). The window, the web backend, the command line and tests all
//! speak exactly this; the TypeScript side is generated from it.
//!
//! Units: money in fen, instants in Unix milliseconds (UTC), durations in milliseconds, dates `YYYY-MM-DD`.

#[cfg(test)]
mod bindings;
mod error;
mod event;
mod files;
mod gateways;
mod inbox;
mod programs;
mod request;
mod settings;
mod shift;
mod staff;
mod totals;
mod view;

pub use error::{ApiError, Code};
pub use event::Event;
pub use files::*;
pub use gateways::*;
pub use inbox::*;
pub use programs::*;
pub use request::*;
pub use settings::*;
pub use shift::*;
pub use staff::*;
pub use totals::*;
pub use view::*;
