//! One writer. Acts queue up; those that wait together share one transaction and one flush to disk, each behind its
//! own savepoint, so that a busy counter is faster than one flush per act and a failed act takes no other with it.

use std::future::Future;
use std::pin::Pin;

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{mpsc, oneshot};

use crate::error::{Result, StoreError};

/// A future that borrows the connection.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

/// Tells an act's caller what became of it once its transaction has ended.
type Finish = Box<dyn FnOnce(std::result::Result<(), String>) + Send>;
/// An act with its result type hidden: runs on the connection, says whether it wants to be kept.
type Job = Box<
    dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Pin<Box<dyn Future<Output = (bool, Finish)> + Send + 'c>> + Send,
>;

enum Message {
    Act(Job),
    /// Close the file, then say so.
    Stop(oneshot::Sender<()>),
}

const QUEUE: usize = 1024;
const MOST_AT_ONCE: usize = 64;

#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Message>,
}

impl Writer {
    pub(crate) async fn start(options: &SqliteConnectOptions) -> std::result::Result<Writer, sqlx::Error> {
        let connection = options.connect().await?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection, queue));
        Ok(Writer { jobs })
    }

    /// Runs an act in a transaction and returns after its commit.
    pub(crate) async fn write<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let (answer, result) = oneshot::channel::<Result<T>>();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let outcome = act(connection).await;
                let keep = outcome.is_ok();
                let finish: Finish = Box::new(move |committed| {
                    let outcome = match (outcome, committed) {
                        (Ok(_), Err(cause)) => Err(StoreError::Db(sqlx::Error::Protocol(cause))),
                        (outcome, _) => outcome,
                    };
                    drop(answer.send(outcome));
                });
                (keep, finish)
            })
        });
        self.jobs.send(Message::Act(job)).await.map_err(|_| StoreError::Closed)?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// Finishes what is queued and closes the file; acts that come later hear `Closed`.
    pub(crate) async fn stop(&self) {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Message::Stop(done)).await.is_ok() {
            drop(closed.await);
        }
    }
}

async fn run(mut connection: SqliteConnection, mut queue: mpsc::Receiver<Message>) {
    let mut messages = Vec::with_capacity(MOST_AT_ONCE);
    let mut stop = None;
    while stop.is_none() && queue.recv_many(&mut messages, MOST_AT_ONCE).await > 0 {
        let mut batch: Vec<Job> = Vec::with_capacity(messages.len());
        for message in messages.drain(..) {
            match message {
                Message::Act(job) => batch.push(job),
                Message::Stop(done) => stop = Some(done),
            }
        }
        if batch.is_empty() {
            continue;
        }
        let alone = batch.len() == 1;
        let mut finishes = Vec::with_capacity(batch.len());
        let mut failed = statement(&mut connection, "BEGIN IMMEDIATE").await;
        for job in batch.drain(..) {
            if failed.is_err() {
                // The job is dropped unrun; its caller hears `Closed` and the database has not changed.
                continue;
            }
            if !alone {
                failed = statement(&mut connection, "SAVEPOINT act").await;
            }
            let (keep, finish) = job(&mut connection).await;
            finishes.push(finish);
            if failed.is_ok() {
                failed = match (alone, keep) {
                    (true, _) => {
                        let end = if keep { "COMMIT" } else { "ROLLBACK" };
                        statement(&mut connection, end).await
                    }
                    (false, true) => statement(&mut connection, "RELEASE act").await,
                    (false, false) => statement(&mut connection, "ROLLBACK TO act; RELEASE act").await,
                };
            }
        }
        if !alone && failed.is_ok() {
            failed = statement(&mut connection, "COMMIT").await;
        }
        if let Err(cause) = &failed {
            tracing::error!(%cause, "a transaction failed");
            drop(statement(&mut connection, "ROLLBACK").await);
        }
        let verdict = failed.map_err(|cause| cause.to_string());
        for finish in finishes {
            finish(verdict.clone());
        }
    }
    drop(queue);
    if let Err(cause) = connection.close().await {
        tracing::error!(%cause, "the database was not closed cleanly");
    }
    if let Some(done) = stop {
        // Nobody waiting is fine.
        let _ = done.send(());
    }
}

async fn statement(connection: &mut SqliteConnection, sql: &'static str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(drop)
}
