//! `control.json`: how a command finds the till that runs on a data directory, and speaks to it.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use till_engine::api::{ApiError, Code, Request};

/// A reply with a picture in it may be large; anything beyond this is not a reply of ours.
const REPLY_LIMIT: u64 = 64 << 20;

/// What the running till writes into its data directory, readable by its owner only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Where the control door is, as seen from this computer; none while the port cannot be opened.
    pub address: Option<SocketAddr>,
    /// Opens the control door and the focus door. New at every start.
    pub token: String,
    /// The process.
    pub pid: u32,
    /// It runs in practice mode.
    pub practice: bool,
    /// Where a second start asks for the window; none without a window.
    pub focus: Option<SocketAddr>,
}

/// Why the running till gave no value.
#[derive(Debug)]
pub enum Silence {
    /// Nobody is there, or it is not our till: the file is left over from a crash.
    NotThere,
    /// It is there and said no.
    Said(ApiError),
    /// It took the request and did not answer. The act may have been done: repeat it with the same `request_id`.
    Broke(String),
}

impl Control {
    /// A new secret.
    pub fn new_token() -> String {
        format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
    }

    fn path(dir: &Path) -> PathBuf {
        dir.join("control.json")
    }

    /// The file of the till that runs on `dir`, if there is a readable one. It may be left over.
    pub fn read(dir: &Path) -> Option<Control> {
        serde_json::from_slice(&fs::read(Control::path(dir)).ok()?).ok()
    }

    /// Writes the file whole and readable by the owner only. On Windows it inherits the directory's rights, which in
    /// a user's own profile are the user's alone.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let draft = dir.join("control.json.new");
        match fs::remove_file(&draft) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        drop(file);
        fs::rename(draft, Control::path(dir))
    }

    /// Removes the file, unless another till has written its own since.
    pub fn remove(&self, dir: &Path) {
        if Control::read(dir).is_some_and(|now| now.token == self.token) {
            let _ = fs::remove_file(Control::path(dir));
        }
    }

    /// Asks the running till. Blocks.
    pub fn ask(&self, request: &Request) -> Result<Value, Silence> {
        let Some(address) = self.address else { return Err(Silence::NotThere) };
        // Never through a proxy: this is our own computer, and the token is a secret.
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(1)))
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let url = format!("http://{address}/control/call");
        let sent = agent.post(&url).header("authorization", &format!("Bearer {}", self.token)).send_json(request);
        let mut reply = match sent {
            Ok(reply) => reply,
            Err(ureq::Error::Timeout(ureq::Timeout::Global)) => return Err(Silence::Broke("timeout".into())),
            Err(e) if connected(&e) => return Err(Silence::Broke(e.to_string())),
            Err(_) => return Err(Silence::NotThere),
        };
        if matches!(reply.status().as_u16(), 401 | 403 | 404 | 405) {
            return Err(Silence::NotThere);
        }
        let body = reply.body_mut().with_config().limit(REPLY_LIMIT).read_json::<Reply>();
        match body.map_err(|e| Silence::Broke(e.to_string()))? {
            Reply { ok: true, value, .. } => Ok(value),
            Reply { error: Some(error), .. } => Err(Silence::Said(error)),
            Reply { .. } => Err(Silence::Said(ApiError::new(Code::Internal, "no answer in the reply"))),
        }
    }
}

/// True for errors after the connection stood, where the request may have been taken.
fn connected(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(e) => !matches!(
            e.kind(),
            io::ErrorKind::ConnectionRefused | io::ErrorKind::AddrNotAvailable | io::ErrorKind::HostUnreachable
        ),
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
        | ureq::Error::ConnectionFailed
        | ureq::Error::HostNotFound => false,
        _ => true,
    }
}

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    error: Option<ApiError>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(address: SocketAddr) -> Control {
        Control { address: Some(address), token: Control::new_token(), pid: 1, practice: false, focus: None }
    }

    /// Answers one request with `reply`, then is gone.
    fn door(reply: &'static str) -> SocketAddr {
        use std::io::Read;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(reply.as_bytes());
        });
        address
    }

    fn http(status: &str, body: &str) -> &'static str {
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        Box::leak(text.into_boxed_str())
    }

    #[test]
    fn the_file_is_whole_private_and_removed_by_its_writer_only() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Control::read(dir.path()), None);
        let first = control("127.0.0.1:1".parse().unwrap());
        first.write(dir.path()).unwrap();
        assert_eq!(Control::read(dir.path()).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(Control::path(dir.path())).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let second = control("127.0.0.1:2".parse().unwrap());
        second.write(dir.path()).unwrap();
        first.remove(dir.path());
        assert_eq!(Control::read(dir.path()).unwrap(), second);
        second.remove(dir.path());
        assert_eq!(Control::read(dir.path()), None);
        assert_ne!(first.token, second.token);
    }

    #[test]
    fn nobody_there_a_stranger_and_a_broken_answer_are_told_apart() {
        let ask = |address| control(address).ask(&Request::Health {});
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(matches!(ask(free), Err(Silence::NotThere)));
        assert!(matches!(ask(door(http("401 Unauthorized", "{}"))), Err(Silence::NotThere)));
        assert!(matches!(ask(door("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")), Err(Silence::Broke(_))));
        assert!(matches!(ask(door("")), Err(Silence::Broke(_))));
        let said = ask(door(http("409 Conflict", r#"{"ok":false,"error":{"code":"conflict","message":"paid"}}"#)));
        assert!(matches!(said, Err(Silence::Said(e)) if e.code == Code::Conflict && e.message == "paid"));
        assert_eq!(ask(door(http("200 OK", r#"{"ok":true,"value":[1]}"#))).unwrap(), serde_json::json!([1]));
    }
}
