//! One writer. Acts queue up; those that wait together share one transaction and one flush to disk, each behind its
//! own savepoint, so that a busy counter is faster than one flush per act and a failed act takes no other with it.

use std::future::Future;
use std::pin::Pin;

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{mpsc, oneshot};

use crate::batch::Batch;
use crate::error::{Result, StoreError};

/// A future that borrows the connection.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

/// Tells an act's caller what became of it once its transaction has ended.
type Finish = Box<dyn FnOnce(std::result::Result<(), String>) + Send>;

/// What an act leaves to be done.
enum Left {
    /// It wrote what it had to.
    Kept,
    /// It failed: nothing of it may stay.
    Failed,
    /// All its writes, still to be made.
    Writes(Batch),
}

type Run = Box<
    dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Pin<Box<dyn Future<Output = (Left, Finish)> + Send + 'c>> + Send,
>;

/// An act with its result type hidden.
struct Job {
    /// It writes as it goes, so beside others it needs a savepoint from its start.
    writes_itself: bool,
    run: Run,
}

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
        self.queue(true, move |c| {
            Box::pin(async move {
                match act(c).await {
                    Ok(value) => (Left::Kept, Ok(value)),
                    Err(cause) => (Left::Failed, Err(cause)),
                }
            })
        })
        .await
    }

    /// Runs an act that reads first and leaves all its writes in a batch: the fast way, in as few trips as a bare insert.
    pub(crate) async fn write_batch<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, (T, Batch)> + Send + 'static,
    {
        self.queue(false, move |c| {
            Box::pin(async move {
                match act(c).await {
                    Ok((value, batch)) => (Left::Writes(batch), Ok(value)),
                    Err(cause) => (Left::Failed, Err(cause)),
                }
            })
        })
        .await
    }

    async fn queue<T, F>(&self, writes_itself: bool, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Pin<Box<dyn Future<Output = (Left, Result<T>)> + Send + 'c>>
            + Send
            + 'static,
    {
        let (answer, result) = oneshot::channel::<Result<T>>();
        let run: Run = Box::new(move |c| {
            Box::pin(async move {
                let (left, outcome) = act(c).await;
                let finish: Finish = Box::new(move |committed| {
                    let outcome = match (outcome, committed) {
                        (Ok(_), Err(cause)) => Err(StoreError::Db(sqlx::Error::Protocol(cause))),
                        (outcome, _) => outcome,
                    };
                    // Nobody waiting is fine: the act stands all the same.
                    let _ = answer.send(outcome);
                });
                (left, finish)
            })
        });
        self.jobs.send(Message::Act(Job { writes_itself, run })).await.map_err(|_| StoreError::Closed)?;
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
        let mut finished = Vec::with_capacity(batch.len());
        let result = transaction(&mut connection, batch, &mut finished).await;
        if let Err(cause) = &result {
            tracing::error!(%cause, "a transaction failed");
            // It may be over already: SQLite ends it by itself when the disk is full.
            let _ = statement(&mut connection, "ROLLBACK").await;
        }
        let verdict = result.map_err(|cause| cause.to_string());
        for (finish, own) in finished {
            finish(own.and(verdict.clone()));
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

type Finished = Vec<(Finish, std::result::Result<(), String>)>;

/// Runs acts in one transaction. An act that fails is undone alone; an error here undoes them all.
async fn transaction(
    c: &mut SqliteConnection,
    mut jobs: Vec<Job>,
    finished: &mut Finished,
) -> std::result::Result<(), sqlx::Error> {
    statement(c, "BEGIN IMMEDIATE").await?;
    if jobs.len() == 1
        && let Some(job) = jobs.pop()
    {
        let (left, finish) = (job.run)(c).await;
        finished.push((finish, Ok(())));
        return match left {
            Left::Kept => statement(c, "COMMIT").await,
            Left::Failed => statement(c, "ROLLBACK").await,
            Left::Writes(batch) => batch.run_between(c, "", "COMMIT").await,
        };
    }
    for job in jobs {
        if job.writes_itself {
            statement(c, "SAVEPOINT act").await?;
        }
        let savepoint = job.writes_itself;
        let (left, finish) = (job.run)(c).await;
        let own = match left {
            Left::Kept => statement(c, "RELEASE act").await.map(|()| Ok(())),
            Left::Failed if savepoint => statement(c, "ROLLBACK TO act; RELEASE act").await.map(|()| Ok(())),
            Left::Failed => Ok(Ok(())),
            Left::Writes(batch) => match batch.run_between(c, "SAVEPOINT act", "RELEASE act").await {
                Ok(()) => Ok(Ok(())),
                Err(cause) => statement(c, "ROLLBACK TO act; RELEASE act").await.map(|()| Err(cause.to_string())),
            },
        };
        match own {
            Ok(own) => finished.push((finish, own)),
            Err(cause) => {
                finished.push((finish, Err(cause.to_string())));
                return Err(cause);
            }
        }
    }
    statement(c, "COMMIT").await
}

async fn statement(connection: &mut SqliteConnection, sql: &'static str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(drop)
}
