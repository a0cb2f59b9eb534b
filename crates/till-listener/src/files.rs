//! How many files this process may have open: each connection is one.

/// Enough for all seats of the port, the database and the windows.
#[cfg(unix)]
const WANTED: u64 = 8_192;

/// Asks the system for as many open files as the seats may need. Many systems give a program 1 024 (macOS: 256) unless
/// it asks for more.
#[cfg(unix)]
pub(crate) fn ask_for_enough() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    // None: without limit.
    let Some(now) = limit.current.filter(|now| *now < WANTED) else { return };
    limit.current = Some(limit.maximum.map_or(WANTED, |most| most.min(WANTED)));
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, now, "the system does not allow more open files");
    }
}

/// Windows counts sockets apart from files and has room for enough.
#[cfg(not(unix))]
pub(crate) fn ask_for_enough() {}
