//! Real sockets, raw HTTP, and a till that only remembers.

mod checkout;
mod control;
mod crowd;
mod display;
mod fake;
mod limits;
mod merchants;
mod phones;
mod port;
mod programs;
mod replies;
