//! Real sockets, raw HTTP, and a till that only remembers.

mod control;
mod display;
mod fake;
mod limits;
mod phones;
mod port;
mod replies;
