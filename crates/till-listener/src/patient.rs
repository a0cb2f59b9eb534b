//! A socket that waits, but not for ever: for the rest of a request's headers, and for a client that does not read.
//!
//! hyper's own header time-out starts with the silence before a request, so it can only bound the silence and the
//! headers together; that one is used for idle connections, this one for headers that trickle.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// What a connection is doing.
#[derive(Clone, Debug)]
pub(crate) struct Phase(Arc<AtomicU8>);

const IDLE: u8 = 0;
const HEADERS: u8 = 1;
const BUSY: u8 = 2;
const SLOW: u8 = 3;

impl Phase {
    /// A new connection: a request is expected at once.
    pub fn new() -> Phase {
        Phase(Arc::new(AtomicU8::new(HEADERS)))
    }

    /// The headers are read; bodies have a time-out of their own.
    pub fn busy(&self) {
        self.0.store(BUSY, Ordering::Relaxed);
    }

    /// The answer is known; the next request may take its time to begin.
    pub fn idle(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }

    /// True if the connection was ended because its client was slow.
    pub fn was_slow(&self) -> bool {
        self.get() == SLOW
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The socket.
pub(crate) struct Patient<S> {
    inner: S,
    phase: Phase,
    header_time: Duration,
    stall_time: Duration,
    header_timer: Option<Pin<Box<Sleep>>>,
    header_running: bool,
    stall_timer: Option<Pin<Box<Sleep>>>,
    stall_running: bool,
}

impl<S> Patient<S> {
    pub fn new(inner: S, phase: Phase, header_time: Duration, stall_time: Duration) -> Patient<S> {
        Patient {
            inner,
            phase,
            header_time,
            stall_time,
            header_timer: None,
            header_running: false,
            stall_timer: None,
            stall_running: false,
        }
    }

    fn too_slow(&self) -> io::Error {
        self.phase.0.store(SLOW, Ordering::Relaxed);
        io::ErrorKind::TimedOut.into()
    }

    fn stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match overdue(&mut self.stall_timer, &mut self.stall_running, self.stall_time, cx) {
            true => Poll::Ready(Err(self.too_slow())),
            false => Poll::Pending,
        }
    }
}

/// Starts the timer if it does not run; true if it has run out.
fn overdue(timer: &mut Option<Pin<Box<Sleep>>>, running: &mut bool, time: Duration, cx: &mut Context<'_>) -> bool {
    let sleeping = timer.get_or_insert_with(|| Box::pin(sleep(time)));
    if !*running {
        *running = true;
        sleeping.as_mut().reset(Instant::now() + time);
    }
    sleeping.as_mut().poll(cx).is_ready()
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(cx, buf);
        let mut phase = this.phase.get();
        if phase == IDLE && buf.filled().len() > before {
            phase = HEADERS;
            this.phase.0.store(HEADERS, Ordering::Relaxed);
        }
        if phase != HEADERS {
            this.header_running = false;
        } else if (polled.is_pending() || this.header_running)
            && overdue(&mut this.header_timer, &mut this.header_running, this.header_time, cx)
        {
            return Poll::Ready(Err(this.too_slow()));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, bytes);
        if polled.is_pending() {
            return self.stalled(cx);
        }
        self.stall_running = false;
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        if polled.is_pending() {
            return self.stalled(cx);
        }
        self.stall_running = false;
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
