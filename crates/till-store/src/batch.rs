//! Several writes in one trip to SQLite's thread. A trip costs more than a small statement does, and a payment needs
//! eight of them.
//!
//! Parameters are plain `?` only, bound through all statements in order: numbered ones lose their place in sqlx when
//! they stand in a later statement.

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Sqlite, SqliteConnection, Type};

use crate::error::Result;

#[derive(Default)]
pub(crate) struct Batch {
    sql: String,
    args: SqliteArguments,
    failed: Option<String>,
}

impl Batch {
    /// Adds a statement; its parameters follow through [`Batch::bind`].
    pub(crate) fn add(&mut self, sql: &'static str) -> &mut Batch {
        debug_assert!(!sql.contains("?1"), "plain parameters only");
        if !self.sql.is_empty() {
            self.sql.push_str(";\n");
        }
        self.sql.push_str(sql);
        self
    }

    pub(crate) fn bind<'q>(&mut self, value: impl Encode<'q, Sqlite> + Type<Sqlite>) -> &mut Batch {
        if let Err(cause) = self.args.add(value) {
            self.failed = Some(cause.to_string());
        }
        self
    }

    /// Runs all statements. The text is put together from constants only.
    pub(crate) async fn run(self, c: &mut SqliteConnection) -> Result<()> {
        Ok(self.run_between(c, "", "").await?)
    }

    /// Runs all statements between two others, in one trip.
    pub(crate) async fn run_between(
        self,
        c: &mut SqliteConnection,
        before: &'static str,
        after: &'static str,
    ) -> std::result::Result<(), sqlx::Error> {
        if let Some(cause) = self.failed {
            return Err(sqlx::Error::Encode(cause.into()));
        }
        let parts = [before, &self.sql, after];
        let sql = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(";\n");
        sqlx::query_with(sqlx::AssertSqlSafe(sql), self.args).execute(c).await?;
        Ok(())
    }
}
