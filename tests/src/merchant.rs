//! A shop's server as programs have one: writes down every request and answers as it is told, also badly.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::{clock, until};

/// How it answers.
#[derive(Clone, Debug)]
pub enum Manner {
    /// With this status and body.
    Says(u16, Vec<u8>),
    /// With a redirect to an address.
    SendsTo(String),
    /// With `success` at the beginning of ten MiB.
    Babbles,
    /// With `success`, a byte each second.
    Drips,
    /// Not at all; the connection stays open.
    Holds,
    /// By hanging up.
    HangsUp,
}

impl Manner {
    /// 200 and a text.
    pub fn text(text: &str) -> Manner {
        Manner::Says(200, text.into())
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When its last byte was read.
    pub at: Instant,
    /// Upper-case method.
    pub method: String,
    /// Path with query, as it came.
    pub target: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Heard {
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query's fields, decoded.
    pub fn query(&self) -> BTreeMap<String, String> {
        fields(self.target.split_once('?').map_or("", |(_, query)| query))
    }

    /// The body's fields, read as a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        fields(&String::from_utf8_lossy(&self.body))
    }
}

/// Decodes `a=1&b=%E4%BD%A0`.
pub fn fields(text: &str) -> BTreeMap<String, String> {
    let plain = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        })
        .collect()
}

struct Inside {
    manner: Mutex<Manner>,
    heard: Mutex<Vec<Heard>>,
    connections: Mutex<usize>,
    held: Mutex<Vec<TcpStream>>,
    closed: AtomicBool,
}

/// The server; gone when dropped.
pub struct Merchant {
    /// Where it listens.
    pub address: SocketAddr,
    inside: Arc<Inside>,
}

impl Merchant {
    /// On 127.0.0.1.
    pub fn open(manner: Manner) -> Result<Merchant> {
        Merchant::open_at(Ipv4Addr::LOCALHOST.into(), manner)
    }

    /// On an address of this computer.
    pub fn open_at(ip: IpAddr, manner: Manner) -> Result<Merchant> {
        let listener = TcpListener::bind((ip, 0))?;
        let address = listener.local_addr()?;
        let inside = Arc::new(Inside {
            manner: Mutex::new(manner),
            heard: Mutex::default(),
            connections: Mutex::default(),
            held: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let shop = inside.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shop.closed.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                *lock(&shop.connections) += 1;
                let shop = shop.clone();
                std::thread::spawn(move || serve(&shop, stream));
            }
        });
        Ok(Merchant { address, inside })
    }

    /// `http://ip:port` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers so from now on.
    pub fn now(&self, manner: Manner) {
        *lock(&self.inside.manner) = manner;
    }

    /// All requests so far.
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.inside.heard).clone()
    }

    /// Waits for the `count`-th request and gives it.
    pub fn nth(&self, count: usize) -> Result<Heard> {
        until(&format!("request {count} at the shop's server"), || Ok(self.heard().get(count - 1).cloned()))
    }

    /// Fails if anybody has so much as connected.
    pub fn was_left_alone(&self) -> Result<()> {
        let connections = *lock(&self.inside.connections);
        ensure!(connections == 0, "{connections} connections: {:?}", self.heard());
        Ok(())
    }
}

impl Drop for Merchant {
    fn drop(&mut self) {
        self.inside.closed.store(true, Ordering::SeqCst);
        lock(&self.inside.held).clear();
        // Wakes the listener, which then sees that it is closed.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn serve(shop: &Inside, stream: TcpStream) {
    let mut from = BufReader::new(stream);
    while let Some(heard) = read(&mut from) {
        lock(&shop.heard).push(heard);
        let manner = lock(&shop.manner).clone();
        let to = from.get_mut();
        let kept = match manner {
            Manner::Says(status, body) => say(to, status, "", &body),
            Manner::SendsTo(address) => say(to, 302, &format!("location: {address}\r\n"), b"moved"),
            Manner::Babbles => {
                let mut body = b"success".to_vec();
                body.resize(10 << 20, b'!');
                say(to, 200, "", &body)
            }
            Manner::Drips => drip(shop, to),
            Manner::Holds => {
                if let Ok(stream) = to.try_clone() {
                    lock(&shop.held).push(stream);
                }
                return;
            }
            Manner::HangsUp => return,
        };
        if kept.is_err() {
            return;
        }
    }
}

fn say(to: &mut TcpStream, status: u16, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} as told\r\n{headers}content-length: {}\r\n\r\n", body.len());
    to.write_all(head.as_bytes())?;
    to.write_all(body)
}

fn drip(shop: &Inside, to: &mut TcpStream) -> std::io::Result<()> {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nsuccess";
    for byte in answer.bytes() {
        if shop.closed.load(Ordering::SeqCst) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        to.write_all(&[byte])?;
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

fn read(from: &mut BufReader<TcpStream>) -> Option<Heard> {
    let line = |from: &mut BufReader<TcpStream>| {
        let mut line = String::new();
        from.read_line(&mut line).ok().filter(|n| *n > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line(from)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = line(from)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)];
    from.read_exact(&mut body).ok()?;
    Some(Heard { at: clock(), method, target, headers, body })
}
