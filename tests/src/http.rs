//! A small HTTP/1.1 client over a plain socket: keeps its connection, follows nothing, adds nothing of its own beyond
//! `host` and `content-length`, so that a test says exactly what goes over the wire.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::PATIENCE;

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Call {
    /// Upper-case method.
    pub method: String,
    /// Path with query, percent-encoded.
    pub target: String,
    /// Extra headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// A request without body.
    pub fn new(method: &str, target: impl Into<String>) -> Call {
        Call { method: method.into(), target: target.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// `GET target`.
    pub fn get(target: impl Into<String>) -> Call {
        Call::new("GET", target)
    }

    /// `POST target` with a body of a type.
    pub fn post(target: impl Into<String>, content_type: &str, body: impl Into<Vec<u8>>) -> Call {
        let mut call = Call::new("POST", target).header("content-type", content_type);
        call.body = body.into();
        call
    }

    /// `POST target` with JSON.
    pub fn json(target: impl Into<String>, body: &Value) -> Call {
        Call::post(target, "application/json", body.to_string())
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Call {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() || self.method != "GET" {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON ({}): {}", self.status, self.text()))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A client of one address.
pub struct Http {
    address: SocketAddr,
    open: Option<BufReader<TcpStream>>,
}

impl Http {
    /// No connection is made yet.
    pub fn new(address: SocketAddr) -> Http {
        Http { address, open: None }
    }

    /// Sends a request and reads the reply. A kept connection that the other side has closed is opened anew, once,
    /// and only when not a byte of a reply has come.
    pub fn send(&mut self, call: &Call) -> Result<Reply> {
        if let Some(mut kept) = self.open.take()
            && kept.get_mut().write_all(&call.bytes(self.address)).is_ok()
            && kept.fill_buf().is_ok_and(|bytes| !bytes.is_empty())
        {
            return self.read(kept);
        }
        let stream = connect(self.address)?;
        let mut fresh = BufReader::new(stream);
        fresh.get_mut().write_all(&call.bytes(self.address))?;
        self.read(fresh)
    }

    fn read(&mut self, mut from: BufReader<TcpStream>) -> Result<Reply> {
        let reply = read(&mut from)?;
        if reply.header("connection") != Some("close") {
            self.open = Some(from);
        }
        Ok(reply)
    }
}

/// Opens a connection with deadlines.
pub fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("connect to {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One request on a connection of its own.
pub fn once(address: SocketAddr, call: &Call) -> Result<Reply> {
    Http::new(address).send(call)
}

/// `GET` of a whole `http://host:port/…` address, with what is no ASCII encoded as a browser would. Follows nothing.
pub fn visit(url: &str) -> Result<Reply> {
    const NEVER_RAW: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');
    let rest = url.strip_prefix("http://").with_context(|| format!("no plain address: {url}"))?;
    let target = rest.find(['/', '?']).map_or("/", |at| &rest[at..]);
    let target = percent_encoding::utf8_percent_encode(target, NEVER_RAW).to_string();
    once(crate::till::host_port(url)?, &Call::get(target))
}

/// Reads one reply.
pub fn read(from: &mut impl BufRead) -> Result<Reply> {
    let line = line(from)?;
    let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).with_context(|| format!("no status: {line:?}"))?;
    let mut headers = Vec::new();
    loop {
        let line = self::line(from)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').with_context(|| format!("no header: {line:?}"))?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut reply = Reply { status, headers, body: Vec::new() };
    if reply.header("transfer-encoding").is_some_and(|t| t.contains("chunked")) {
        loop {
            let size = line_size(&self::line(from)?)?;
            let mut chunk = vec![0; size];
            from.read_exact(&mut chunk)?;
            self::line(from)?;
            if size == 0 {
                break;
            }
            reply.body.extend_from_slice(&chunk);
        }
    } else if let Some(length) = reply.header("content-length") {
        let mut body = vec![0; length.parse()?];
        from.read_exact(&mut body)?;
        reply.body = body;
    }
    Ok(reply)
}

fn line_size(line: &str) -> Result<usize> {
    usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).context("no chunk size")
}

fn line(from: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line).context("reading a reply")? == 0 {
        bail!("the connection was closed before a reply came");
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Percent-encodes a value for a query or a form.
pub fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}
