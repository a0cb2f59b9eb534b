//! The log: `qiantai.log` in the data directory for a till that runs, stderr for commands.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Beyond this the log of the last runs is set aside as `qiantai.log.old` at the next start.
const LARGE: u64 = 5 << 20;

/// `QIANTAI_LOG` as in `RUST_LOG`, or `default`.
fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_env("QIANTAI_LOG").unwrap_or_else(|_| EnvFilter::new(default))
}

/// Logs to stderr: one-shot commands, where only warnings matter.
pub fn to_stderr() {
    let _ = tracing_subscriber::fmt().with_env_filter(filter("warn")).with_writer(std::io::stderr).try_init();
}

/// Logs to the data directory; to stderr if that cannot be written.
pub fn to_file(dir: &Path) {
    let open = || {
        let path = dir.join("qiantai.log");
        if fs::metadata(&path).is_ok_and(|m| m.len() > LARGE) {
            fs::rename(&path, dir.join("qiantai.log.old"))?;
        }
        fs::OpenOptions::new().create(true).append(true).open(path)
    };
    match open() {
        Ok(file) => {
            let writer = Mutex::new(file);
            let _ = tracing_subscriber::fmt()
                .with_env_filter(filter("info"))
                .with_ansi(false)
                .with_writer(writer)
                .try_init();
        }
        Err(_) => to_stderr(),
    }
}
