//! One writer at a time. An act joins the queue; whoever finds the connection free writes for all who wait, in one
//! transaction with one flush to disk, each act behind its own savepoint: a busy counter is faster than one flush per
//! act, a failed act takes no other with it, and a lone act is written where it stands, without a trip to another task.
//! Acts that are written together go in a task of their own: whoever goes away meanwhile takes no other act along.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::oneshot;

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

/// The second argument: true when the act is alone and must begin its transaction with its first read.
type Run = Box<
    dyn for<'c> FnOnce(&'c mut SqliteConnection, bool) -> Pin<Box<dyn Future<Output = (Left, Finish)> + Send + 'c>>
        + Send,
>;

/// An act with its result type hidden.
struct Job {
    /// It writes as it goes: the transaction is begun for it, and beside others it needs a savepoint from its start.
    writes_itself: bool,
    run: Run,
}

const MOST_AT_ONCE: usize = 64;

/// The connection, and whether a transaction was left open on it by a caller that went away.
struct Pen {
    connection: SqliteConnection,
    left_open: bool,
}

#[derive(Default)]
struct Queue {
    next: u64,
    jobs: VecDeque<(u64, Job)>,
}

#[derive(Clone)]
pub(crate) struct Writer {
    queue: Arc<Mutex<Queue>>,
    /// Whoever holds the pen writes for all who wait; none once the file is closed.
    pen: Arc<tokio::sync::Mutex<Option<Pen>>>,
}

/// Answers the caller once it is known whether the transaction was committed.
fn finish<T: Send + 'static>(
    outcome: Result<T>,
    answer: oneshot::Sender<Result<T>>,
    after: impl FnOnce(&T) + Send + 'static,
) -> Finish {
    Box::new(move |committed| {
        let outcome = match (outcome, committed) {
            (Ok(_), Err(cause)) => Err(StoreError::Db(sqlx::Error::Protocol(cause))),
            (outcome, _) => outcome,
        };
        if let Ok(value) = &outcome {
            after(value);
        }
        // Nobody waiting is fine: the act stands all the same.
        let _ = answer.send(outcome);
    })
}

/// A queued act whose caller still waits. When the caller goes away first, the act does not happen.
struct Place<'a> {
    queue: &'a Mutex<Queue>,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.jobs.retain(|(id, _)| *id != self.id);
    }
}

impl Writer {
    pub(crate) async fn start(options: &SqliteConnectOptions) -> std::result::Result<Writer, sqlx::Error> {
        let pen = Pen { connection: options.connect().await?, left_open: false };
        Ok(Writer { queue: Arc::default(), pen: Arc::new(tokio::sync::Mutex::new(Some(pen))) })
    }

    /// Runs an act in a transaction and returns after its commit.
    pub(crate) async fn write<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let (answer, result) = oneshot::channel::<Result<T>>();
        let run: Run = Box::new(move |c, _| {
            Box::pin(async move {
                match act(c).await {
                    Ok(value) => (Left::Kept, finish(Ok(value), answer, |_| {})),
                    Err(cause) => (Left::Failed, finish(Err(cause), answer, |_| {})),
                }
            })
        });
        self.queue(Job { writes_itself: true, run }, result).await
    }

    /// Runs an act that reads first and leaves all its writes in a batch: the fast way, in two trips when it is alone.
    /// Its first read must be preceded by `BEGIN IMMEDIATE` when its second argument is true. `after` is called once the
    /// writes are on disk, whether or not the caller still waits.
    pub(crate) async fn write_batch<T, F>(&self, act: F, after: impl FnOnce(&T) + Send + 'static) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection, bool) -> Work<'c, (T, Batch)> + Send + 'static,
    {
        let (answer, result) = oneshot::channel::<Result<T>>();
        let run: Run = Box::new(move |c, alone| {
            Box::pin(async move {
                match act(c, alone).await {
                    Ok((value, batch)) => (Left::Writes(batch), finish(Ok(value), answer, after)),
                    Err(cause) => (Left::Failed, finish(Err(cause), answer, after)),
                }
            })
        });
        self.queue(Job { writes_itself: false, run }, result).await
    }

    async fn queue<T>(&self, job: Job, result: oneshot::Receiver<Result<T>>) -> Result<T> {
        let place = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.next += 1;
            let id = queue.next;
            queue.jobs.push_back((id, job));
            Place { queue: &self.queue, id }
        };
        let answer = self.answered(result).await;
        drop(place);
        answer
    }

    /// Waits for the answer, or takes the pen and writes for all who wait.
    async fn answered<T>(&self, mut result: oneshot::Receiver<Result<T>>) -> Result<T> {
        loop {
            tokio::select! {
                biased;
                answer = &mut result => return answer.map_err(|_| StoreError::Closed)?,
                mut pen = self.pen.clone().lock_owned() => {
                    let jobs = self.queued();
                    if pen.is_none() {
                        return Err(StoreError::Closed);
                    }
                    match jobs.len() {
                        0 => {}
                        1 => write(&mut pen, jobs).await,
                        // It ends whoever waits for it; a panic in it has dropped every answer, and all hear so.
                        _ => drop(tokio::spawn(async move { write(&mut pen, jobs).await }).await),
                    }
                }
            }
        }
    }

    /// Takes what is queued, as much as fits one transaction.
    fn queued(&self) -> Vec<Job> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let many = queue.jobs.len().min(MOST_AT_ONCE);
        queue.jobs.drain(..many).map(|(_, job)| job).collect()
    }

    /// Finishes what is queued and closes the file; acts that come later hear `Closed`.
    pub(crate) async fn stop(&self) {
        let mut pen = self.pen.lock().await;
        loop {
            let jobs = self.queued();
            if jobs.is_empty() {
                break;
            }
            write(&mut pen, jobs).await;
        }
        let Some(pen) = pen.take() else { return };
        if let Err(cause) = pen.connection.close().await {
            tracing::error!(%cause, "the database was not closed cleanly");
        }
    }
}

/// Writes these acts in one transaction. Without a pen nobody is answered: the file is closed.
async fn write(pen: &mut Option<Pen>, jobs: Vec<Job>) {
    let Some(pen) = pen else { return };
    if pen.left_open {
        // SQLite may have ended it already; then this is an error, and that is fine.
        let _ = statement(&mut pen.connection, "ROLLBACK").await;
    }
    pen.left_open = true;
    let mut finished = Vec::with_capacity(jobs.len());
    let result = transaction(&mut pen.connection, jobs, &mut finished).await;
    if let Err(cause) = &result {
        tracing::error!(%cause, "a transaction failed");
        // It may be over already: SQLite ends it by itself when the disk is full.
        let _ = statement(&mut pen.connection, "ROLLBACK").await;
    }
    pen.left_open = false;
    let verdict = result.map_err(|cause| cause.to_string());
    for (finish, own) in finished {
        finish(own.and(verdict.clone()));
    }
}

type Finished = Vec<(Finish, std::result::Result<(), String>)>;

/// Runs acts in one transaction. An act that fails is undone alone; an error here undoes them all.
async fn transaction(
    c: &mut SqliteConnection,
    mut jobs: Vec<Job>,
    finished: &mut Finished,
) -> std::result::Result<(), sqlx::Error> {
    if jobs.len() == 1
        && let Some(job) = jobs.pop()
    {
        if job.writes_itself {
            statement(c, "BEGIN IMMEDIATE").await?;
        }
        let (left, finish) = (job.run)(c, true).await;
        finished.push((finish, Ok(())));
        return match left {
            Left::Kept => statement(c, "COMMIT").await,
            Left::Writes(batch) => batch.run_between(c, "", "COMMIT").await,
            Left::Failed => {
                // Where its first read failed there is no transaction to end.
                let _ = statement(c, "ROLLBACK").await;
                Ok(())
            }
        };
    }
    statement(c, "BEGIN IMMEDIATE").await?;
    for job in jobs {
        if job.writes_itself {
            statement(c, "SAVEPOINT act").await?;
        }
        let savepoint = job.writes_itself;
        let (left, finish) = (job.run)(c, false).await;
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
