//! Reading much at once: a connection of its own that lends its rows instead of copying them, on one snapshot of the
//! file, beside the writer and never in its way.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use crate::Store;
use crate::error::{Result, StoreError};

/// Connections at rest. A few readers share them; more are opened when needed and closed after.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Vec<Connection>>>);

const MOST_AT_REST: usize = 2;

impl Shelf {
    fn take(&self) -> Option<Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put(&self, connection: Connection) {
        let mut rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rest.len() < MOST_AT_REST {
            rest.push(connection);
        }
    }

    /// Closes what rests.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A reader on one snapshot: what is written after it was made, it does not see. It blocks: use it where blocking is
/// fine ([`Store::reading`] does). Its rows borrow from SQLite and are gone with the next one.
pub struct Bulk {
    /// None only while it is being dropped.
    connection: Option<Connection>,
    shelf: Shelf,
    pub(crate) names: HashMap<i64, String>,
}

/// Stops a [`Bulk`] from another thread: what it is reading ends with [`StoreError::Stopped`].
#[derive(Clone)]
pub struct Stopper(Arc<InterruptHandle>);

impl Stopper {
    /// Stops it now. A reader that is between two statements goes on: let its callback stop it there.
    pub fn stop(&self) {
        self.0.interrupt();
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", "on")?;
    // 8 MB: each row is read once, and a reader at rest keeps it.
    connection.pragma_update(None, "cache_size", -8192)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

impl Bulk {
    fn new(path: &Path, shelf: Shelf) -> Result<Bulk> {
        let connection = match shelf.take() {
            Some(connection) => connection,
            None => open(path)?,
        };
        connection.execute_batch("BEGIN")?;
        let mut bulk = Bulk { connection: Some(connection), shelf, names: HashMap::new() };
        let names = bulk
            .c()?
            .prepare_cached("SELECT id, name FROM staff")?
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        bulk.names = names;
        Ok(bulk)
    }

    pub(crate) fn c(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or(StoreError::Closed)
    }

    /// What stops this reader from elsewhere.
    pub fn stopper(&self) -> Result<Stopper> {
        Ok(Stopper(Arc::new(self.c()?.get_interrupt_handle())))
    }

    /// Names of all people, by id.
    pub fn people(&self) -> &HashMap<i64, String> {
        &self.names
    }
}

impl Drop for Bulk {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.execute_batch("ROLLBACK").is_ok()
        {
            self.shelf.put(connection);
        }
    }
}

impl Store {
    /// A reader on the file as it is now. Opening and using it blocks.
    pub fn bulk(&self) -> Result<Bulk> {
        Bulk::new(&self.path, self.shelf.clone())
    }

    /// Reads where blocking is fine.
    pub async fn reading<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Bulk) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let read = tokio::task::spawn_blocking(move || work(&store.bulk()?));
        read.await.map_err(|cause| StoreError::Corrupt(cause.to_string()))?
    }
}
