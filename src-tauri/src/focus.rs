//! The focus door: a second start on the same data directory asks the first to bring its window forward.
//!
//! The single-instance plugin knows one instance per session and program; two shops, or practice beside the real till
//! on another directory, must be able to run. So the directory's lock decides who is second, and this little loopback
//! door (one line in, one line out, the token of `control.json`) does the rest. It is apart from the LAN port, so it
//! works even when that port could not be opened.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::control::Control;

const WAIT: Duration = Duration::from_secs(2);
const YES: &[u8] = b"shown\n";

/// Where second starts knock.
pub struct FocusDoor {
    listener: TcpListener,
    /// Its address.
    pub address: SocketAddr,
}

impl FocusDoor {
    /// Opens the door on a free loopback port.
    pub async fn open() -> std::io::Result<FocusDoor> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok(FocusDoor { address: listener.local_addr()?, listener })
    }

    /// Answers everyone who knows `token` by calling `show`.
    pub fn serve(self, token: String, show: impl Fn() + Send + 'static) -> JoinHandle<()> {
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = self.listener.accept().await {
                let mut said = vec![0; token.len()];
                let read = tokio::time::timeout(WAIT, stream.read_exact(&mut said)).await;
                if matches!(read, Ok(Ok(_))) && said == token.as_bytes() {
                    show();
                    let _ = stream.write_all(YES).await;
                }
            }
        })
    }
}

/// Asks the running till to show its window. Blocks; false if it has none or is gone.
pub fn knock(control: &Control) -> bool {
    let Some(address) = control.focus else { return false };
    let answer = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, WAIT)?;
        stream.set_read_timeout(Some(WAIT))?;
        stream.write_all(control.token.as_bytes())?;
        let mut said = Vec::new();
        stream.take(16).read_to_end(&mut said)?;
        Ok(said == YES)
    };
    answer().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn only_the_token_shows_the_window() {
        let shown = Arc::new(AtomicU32::new(0));
        let door = FocusDoor::open().await.unwrap();
        let mut control =
            Control { address: None, token: Control::new_token(), pid: 1, practice: false, focus: Some(door.address) };
        let count = shown.clone();
        let serving = door.serve(control.token.clone(), move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let ask = |control: Control| tokio::task::spawn_blocking(move || knock(&control));
        assert!(ask(control.clone()).await.unwrap());
        control.token = Control::new_token();
        assert!(!ask(control.clone()).await.unwrap());
        assert_eq!(shown.load(Ordering::SeqCst), 1);
        serving.abort();
        let _ = serving.await;
        assert!(!ask(control).await.unwrap());
    }
}
