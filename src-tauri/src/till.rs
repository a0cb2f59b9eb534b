//! A running till: engine, LAN port, control file, announcements. The same with windows and without.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use till_engine::api::Code;
use till_engine::ports::Ports;
use till_engine::{Engine, OpenError, OpenOptions};
use till_listener::{Limits, Listener, ListenerOptions};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::announce;
use crate::assets::Embedded;
use crate::control::Control;
use crate::fault::Fault;
use crate::focus::{self, FocusDoor};
use crate::words::say;

/// How long somebody who works on the directory for a moment (a command, a till that is closing) is waited for.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(150);

/// Brings the window forward.
pub type Show = Arc<dyn Fn() + Send + Sync>;

/// How to run a till.
#[derive(Clone)]
pub struct TillOptions {
    /// The data directory.
    pub dir: PathBuf,
    /// On the practice book.
    pub practice: bool,
    /// A file with the passphrase of the contracts' keys.
    pub passphrase_file: Option<PathBuf>,
    /// A fixed address for the LAN port.
    pub bind: Option<SocketAddr>,
    /// With desktop alerts and sounds.
    pub announce: bool,
    /// What a second start does; none without a window.
    pub show: Option<Show>,
}

/// How starting ended.
pub enum Started {
    /// The till runs.
    Running(Till),
    /// Another till runs on this directory and has shown its window.
    Shown,
}

/// The running till.
pub struct Till {
    /// Its engine.
    pub engine: Engine,
    stop: oneshot::Sender<()>,
    keeper: JoinHandle<()>,
    announcer: Option<JoinHandle<()>>,
    focus: Option<JoinHandle<()>>,
    /// The address of the LAN port when it started.
    pub address: Option<SocketAddr>,
}

/// Opens the engine on a directory, waiting a moment for whoever has it. Between tries `meanwhile` may find another
/// way, and ends the waiting with it.
pub async fn open_or<T, F>(
    dir: &Path,
    practice: bool,
    passphrase_file: Option<&Path>,
    mut meanwhile: impl FnMut() -> F,
) -> Result<Result<Engine, T>, Fault>
where
    F: Future<Output = Result<Option<T>, Fault>>,
{
    let mut tries = 0;
    loop {
        if let Some(other) = meanwhile().await? {
            return Ok(Err(other));
        }
        // Practice has no use for it, and looking may make the system ask.
        let keychain = if practice { None } else { crate::keychain::system().await };
        let ports = Ports { keychain, passphrase_file: passphrase_file.map(Path::to_owned), ..Ports::system() };
        let options = OpenOptions { dir: dir.to_owned(), practice, ports };
        match Engine::open(options).await {
            Ok(engine) => return Ok(Ok(engine)),
            Err(OpenError::InUse) if tries < TRIES => tries += 1,
            Err(error) => return Err(crate::recovery::explain(dir, practice, error).await),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Till {
    /// Opens the engine, the port and the doors for commands and second starts.
    pub async fn start(options: &TillOptions) -> Result<Started, Fault> {
        let second = || {
            let running = options.show.as_ref().and_then(|_| Control::read(&options.dir));
            async move {
                let Some(control) = running else { return Ok(None) };
                let shown = tokio::task::spawn_blocking(move || focus::knock(&control)).await.unwrap_or(false);
                Ok(shown.then_some(()))
            }
        };
        let engine = match open_or(&options.dir, options.practice, options.passphrase_file.as_deref(), second).await? {
            Ok(engine) => engine,
            Err(()) => return Ok(Started::Shown),
        };
        let token = Control::new_token();
        let listener = till_listener::start(ListenerOptions {
            engine: engine.clone(),
            assets: Arc::new(Embedded::new()),
            bind: options.bind,
            control_token: token.clone(),
            limits: Limits::default(),
        })
        .await
        .map_err(|e| Fault::new(Code::Internal, e.to_string()))?;
        let address = listener.local_addr();

        let mut control = Control {
            address: None,
            token: token.clone(),
            pid: std::process::id(),
            practice: options.practice,
            focus: None,
        };
        let mut focus = None;
        if let Some(show) = options.show.clone() {
            match FocusDoor::open().await {
                Ok(door) => {
                    control.focus = Some(door.address);
                    focus = Some(door.serve(token, move || show()));
                }
                Err(cause) => tracing::warn!(%cause, "a second start cannot show this window"),
            }
        }
        let announcer = options.announce.then(|| announce::start(engine.clone()));
        let (stop, stopped) = oneshot::channel();
        control.address = address.map(from_here);
        save(&control, &options.dir);
        let keeper = tokio::spawn(keep(listener, control, options.dir.clone(), stopped));
        tracing::info!(dir = %options.dir.display(), practice = options.practice, ?address, "till started");
        Ok(Started::Running(Till { engine, stop, keeper, announcer, focus, address }))
    }

    /// Ends everything in order: the port first, the database last.
    pub async fn stop(self) {
        for task in self.focus.iter().chain(&self.announcer) {
            task.abort();
        }
        let _ = self.stop.send(());
        let _ = self.keeper.await;
        self.engine.close().await;
        tracing::info!("till stopped");
    }
}

/// Holds the port until the till stops, and tells the control file when the port moves: it opens to the network with
/// the first phone, and follows the settings.
async fn keep(listener: Listener, mut control: Control, dir: PathBuf, mut stopped: oneshot::Receiver<()>) {
    let mut look = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            _ = look.tick() => {}
        }
        let now = listener.local_addr().map(from_here);
        if now != control.address {
            control.address = now;
            save(&control, &dir);
        }
    }
    control.remove(&dir);
    listener.stop().await;
}

fn save(control: &Control, dir: &Path) {
    if let Err(cause) = control.write(dir) {
        tracing::warn!(%cause, "control.json was not written: commands will not find this till");
    }
}

/// The address of the port as seen from this computer: the listener is on 127.0.0.1 whatever else it is on.
fn from_here(bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_loopback() { bound } else { SocketAddr::from((Ipv4Addr::LOCALHOST, bound.port())) }
}

/// The data directory: what was asked for, or the platform's place for it.
pub fn data_dir(asked: Option<&Path>) -> Result<PathBuf, Fault> {
    let found = match asked {
        Some(dir) => Some(dir.to_owned()),
        // Local, not roaming: a database that a server copies at logout is a database that gets lost.
        None => dirs::data_local_dir().map(|dir| dir.join("qiantai")),
    };
    found.ok_or_else(|| {
        let message =
            say("找不到数据目录，请用 --data 指定。", "No place for the data is known; give one with --data.");
        Fault::new(Code::Invalid, message)
    })
}

/// Makes the data directory, if it is new, for its owner only: it holds the keys of the phones.
pub fn make_dir(dir: &Path) -> Result<(), Fault> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|e| OpenError::Dir(format!("{}: {e}", dir.display())).into())
}

/// Waits for Ctrl-C or a polite request to end. Armed when called, so that nothing is missed before it is awaited.
pub fn end_signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        Ok(async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hangup.recv() => {} }
        })
    }
    #[cfg(windows)]
    {
        use tokio::signal::windows;
        let (mut c, mut close, mut shutdown) = (windows::ctrl_c()?, windows::ctrl_close()?, windows::ctrl_shutdown()?);
        Ok(async move {
            tokio::select! { _ = c.recv() => {}, _ = close.recv() => {}, _ = shutdown.recv() => {} }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_reach_the_port_through_loopback() {
        for (bound, here) in [
            ("0.0.0.0:5921", "127.0.0.1:5921"),
            ("192.168.1.5:80", "127.0.0.1:80"),
            ("127.0.0.1:4", "127.0.0.1:4"),
            ("[::]:9", "127.0.0.1:9"),
        ] {
            assert_eq!(from_here(bound.parse().unwrap()).to_string(), here);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_new_directory_is_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("shops/one");
        make_dir(&dir).unwrap();
        make_dir(&dir).unwrap();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::write(dir.join("file"), "").unwrap();
        assert_eq!(make_dir(&dir.join("file/under")).unwrap_err().exit(), 3);
    }

    #[test]
    fn an_asked_for_directory_is_taken_as_it_is() {
        assert_eq!(data_dir(Some(Path::new("/x"))).unwrap(), PathBuf::from("/x"));
        assert!(data_dir(None).unwrap().ends_with("qiantai"));
    }
}
