//! `till.head`: how far the journal went, noted beside the database. A database that ends before its note has lost its
//! log or is an older one; a note beside no database says that there was one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use till_store::JournalHead;
use tokio::time::sleep;

use crate::backup::folder::write_whole;
use crate::state::{State, lock};

const FILE: &str = "till.head";
/// Without a flush to the disk a note costs next to nothing; after a power cut an older one still counts.
const EVERY: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Note {
    pub(crate) seq: i64,
    /// Hex.
    pub(crate) hash: String,
    /// A till has the database open; if none runs, it ended without closing it.
    pub(crate) open: bool,
    /// It has written since it opened the database, so there is a log on the disk.
    pub(crate) wrote: bool,
    /// Damage that a person chose to go on with.
    pub(crate) tolerated: String,
    /// The second folder for backups: settings cannot be read from a damaged database.
    pub(crate) second_folder: String,
}

impl Note {
    pub(crate) fn read(dir: &Path) -> Option<Note> {
        let bytes = std::fs::read(dir.join(FILE)).ok()?;
        let read = serde_json::from_slice(&bytes);
        if let Err(cause) = &read {
            tracing::warn!(%cause, "till.head does not read; going without");
        }
        read.ok()
    }

    pub(crate) fn write(&self, dir: &Path, durable: bool) -> std::io::Result<()> {
        write_whole(&dir.join(FILE), &serde_json::to_vec(self)?, durable)
    }

    pub(crate) fn is_there(dir: &Path) -> bool {
        dir.join(FILE).exists()
    }

    pub(crate) fn changed_at(dir: &Path) -> Option<std::time::SystemTime> {
        std::fs::metadata(dir.join(FILE)).and_then(|m| m.modified()).ok()
    }

    pub(crate) fn stand(mut self, head: &JournalHead) -> Note {
        self.wrote |= self.open && head.seq > self.seq;
        (self.seq, self.hash) = (head.seq, hex::encode(&head.hash));
        self
    }
}

/// Notes the journal's end as long as the till runs.
pub(crate) async fn follow(state: Arc<State>) {
    loop {
        sleep(EVERY).await;
        note_now(&state, false).await;
    }
}

/// Notes the journal's end if it has moved; `durable`: so that a power cut does not take the note.
pub(crate) async fn note_now(state: &State, durable: bool) {
    if state.practice {
        return;
    }
    let head = match state.store.journal_head().await {
        Ok(head) => head,
        Err(cause) => {
            // Where the journal cannot be read, that is what is to be told.
            state.store_error(cause);
            return;
        }
    };
    let second_folder = state.shop().settings.backup.second_folder.clone();
    let mut noted = lock(&state.head);
    let now = Note { second_folder, ..noted.clone().stand(&head) };
    if *noted == now && !durable {
        return;
    }
    match now.write(&state.dir, durable) {
        Ok(()) => *noted = now,
        Err(cause) => tracing::warn!(%cause, "till.head was not written"),
    }
}

/// The last note, before the database is closed: whatever misses its log after this has closed it well.
pub(crate) async fn note_closing(state: &State) {
    lock(&state.head).open = false;
    note_now(state, true).await;
}
