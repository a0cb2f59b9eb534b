use till_core::due::PickError;
use till_core::money::MoneyError;

/// Why an act did not happen. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such row.
    #[error("not found")]
    NotFound,
    /// The thing is no longer in the state this act needs.
    #[error("{0}")]
    Conflict(&'static str),
    /// The request id was used for another verb.
    #[error("the request id was used for another act")]
    RequestReused,
    /// No due amount.
    #[error(transparent)]
    Pick(#[from] PickError),
    /// A sum is larger than an amount may be.
    #[error("a sum is too large")]
    TooLarge(MoneyError),
    /// A stored value does not read as what it should be.
    #[error("the database holds a value it should not: {0}")]
    Corrupt(String),
    /// SQLite said no.
    #[error(transparent)]
    Db(#[from] sqlx::Error),
    /// SQLite said no to a bulk reader.
    #[error(transparent)]
    Read(rusqlite::Error),
    /// A bulk reader was told to stop.
    #[error("stopped")]
    Stopped,
    /// The writer has ended.
    #[error("the database is closed")]
    Closed,
}

impl StoreError {
    /// What SQLite said when the cause is damage in the file itself, not a full disk or a wrong request.
    pub fn damage(&self) -> Option<String> {
        // SQLITE_CORRUPT, SQLITE_NOTADB, and an index that does not fit its table; the low byte is the primary code.
        const DAMAGED: [i32; 2] = [11, 26];
        const SHORT_READ: i32 = 522;
        let StoreError::Db(sqlx::Error::Database(cause)) = self else { return None };
        let code: i32 = cause.code()?.parse().ok()?;
        (DAMAGED.contains(&(code & 0xff)) || code == SHORT_READ).then(|| cause.to_string())
    }

    pub(crate) fn corrupt(what: impl std::fmt::Display) -> StoreError {
        StoreError::Corrupt(what.to_string())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => StoreError::Stopped,
            _ => StoreError::Read(error),
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, StoreError>;
