//! Real sockets, raw HTTP, and a till that only remembers.

mod checkout;
mod control;
mod crowd;
mod display;
mod fake;
mod limits;
mod merchants;
mod notices;
mod phones;
mod port;
mod programs;
mod replies;
