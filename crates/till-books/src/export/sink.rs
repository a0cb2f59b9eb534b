//! Where the bytes of a file go: through its hash, to the caller's file.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

/// Passes bytes on and keeps their hash. Both kinds of file are written front to back, so no second reading is needed.
pub(crate) struct Sink<W> {
    to: W,
    hash: Sha256,
    given_up: Arc<AtomicBool>,
}

/// Held beside a compressor, and dropped before it: from then on its sink swallows everything. A dropped compressor
/// still writes the end of its archive, which would make half a file look whole.
pub(crate) struct Tap(Arc<AtomicBool>);

impl Drop for Tap {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<W: Write> Sink<W> {
    pub(crate) fn new(to: W) -> Sink<W> {
        Sink { to, hash: Sha256::new(), given_up: Arc::default() }
    }

    pub(crate) fn tap(&self) -> Tap {
        Tap(Arc::clone(&self.given_up))
    }

    /// Hands everything over; the hash of what was written, in hex.
    pub(crate) fn close(mut self) -> io::Result<String> {
        self.to.flush()?;
        Ok(hex::encode(self.hash.finalize()))
    }
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.given_up.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Text on its way to a sink, gathered into large writes.
pub(crate) struct TextFile<W> {
    pub(crate) buffer: Vec<u8>,
    sink: Sink<W>,
}

/// Large enough that a write costs nothing per row, small enough for the processor's cache.
const FULL: usize = 64 * 1024;

impl<W: Write> TextFile<W> {
    pub(crate) fn new(to: W) -> TextFile<W> {
        TextFile { buffer: Vec::with_capacity(FULL + 4096), sink: Sink::new(to) }
    }

    /// Passes the buffer on if it is full.
    #[inline]
    pub(crate) fn pass(&mut self) -> io::Result<()> {
        if self.buffer.len() >= FULL { self.pass_all() } else { Ok(()) }
    }

    fn pass_all(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    pub(crate) fn close(mut self) -> io::Result<String> {
        self.pass_all()?;
        self.sink.close()
    }
}
