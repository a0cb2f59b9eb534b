//! Settings of the shop and its screens.

use std::path::PathBuf;

use clap::Subcommand;

/// Rules that read notifications.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Read notices from a file, one JSON object a line with `package`, `title`, `text`; one verdict a line.
    /// Needs no till and opens no shop; uses the `rules.toml` of `--data` only if that is given.
    Check {
        /// The file (`-`: stdin).
        file: PathBuf,
        /// Read with this rules file.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Read kept texts again with the rules in use and show what would change.
    Replay {
        /// Put newly understood money into the inbox.
        #[arg(long)]
        apply: bool,
    },
    /// Check a rules file: its form, and its own examples.
    Test {
        /// The rules file; the built-in rules if not given.
        #[arg(long)]
        file: Option<PathBuf>,
    },
}

/// Settings.
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Print all settings, or one.
    Get {
        /// Its name.
        key: Option<String>,
    },
    /// Change one setting.
    Set {
        /// Its name.
        key: String,
        /// Its new value.
        value: String,
    },
}

/// Quick items.
#[derive(Debug, Subcommand)]
pub enum Item {
    /// List the quick items.
    List,
    /// Replace them by a JSON list of `{"name":…,"price_fen":…,"category":…}`.
    Set {
        /// The file (`-`: stdin).
        file: PathBuf,
    },
}

/// The counter screen.
#[derive(Debug, Subcommand)]
pub enum Display {
    /// Print the link that shows it on another screen.
    Link,
}
