//! Against real servers of this computer.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that answers every connection with these bytes, and counts them.
struct Server {
    port: u16,
    met: Arc<AtomicUsize>,
}

async fn server(host: &str, answer: impl Fn() -> Vec<u8> + Send + 'static) -> Server {
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let met = Arc::new(AtomicUsize::new(0));
    let count = met.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer();
            tokio::spawn(async move {
                let mut head = [0; 4_096];
                if stream.read(&mut head).await.is_ok() {
                    let _ = stream.write_all(&answer).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    Server { port, met }
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn get(url: String, private_ok: bool) -> Outgoing {
    Outgoing { method: "GET", url, headers: Vec::new(), body: Vec::new(), private_ok }
}

async fn send(url: String, private_ok: bool) -> Sent {
    SystemHttp::new().send(get(url, private_ok)).await
}

fn forbidden(sent: &Sent) -> bool {
    matches!(sent, Sent::Failed(SendError::Forbidden(_)))
}

#[tokio::test]
async fn an_answer_comes_back_as_it_is() {
    let server = server("127.0.0.1", || ok("success\n")).await;
    let expected = Sent::Answer { status: 200, body: b"success\n".to_vec(), cut: false };
    assert_eq!(send(format!("http://127.0.0.1:{}/notify?a=1", server.port), true).await, expected);
    assert_eq!(send(format!("http://localhost:{}/", server.port), true).await, expected);
}

#[tokio::test]
async fn a_private_address_is_not_called_however_it_is_written() {
    let server = server("127.0.0.1", || ok("success")).await;
    let port = server.port;
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
        "１２７.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let sent = send(format!("http://{host}:{port}/"), false).await;
        assert!(forbidden(&sent), "{host}: {sent:?}");
    }
    assert_eq!(server.met.load(Ordering::SeqCst), 0, "a connection was made");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let inner = server("127.0.0.1", || ok("success")).await;
    let port = inner.port;
    for status in [301, 302, 303, 307, 308] {
        let outer = server("127.0.0.1", move || {
            format!("HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n")
                .into_bytes()
        })
        .await;
        let sent = send(format!("http://127.0.0.1:{}/", outer.port), true).await;
        assert!(matches!(sent, Sent::Answer { status: s, .. } if s == status), "{sent:?}");
    }
    assert_eq!(inner.met.load(Ordering::SeqCst), 0, "the redirect was followed");
}

#[tokio::test]
async fn of_a_huge_answer_only_the_beginning_is_read() {
    // It promises a terabyte and never ends.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4_096];
        let _ = stream.read(&mut head).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n").await;
        while stream.write_all(&[b's'; 65_536]).await.is_ok() {}
    });
    let sent = send(format!("http://127.0.0.1:{port}/"), true).await;
    assert_eq!(sent, Sent::Answer { status: 200, body: vec![b's'; KEPT], cut: true });

    for (length, cut) in [(KEPT, false), (KEPT + 1, true)] {
        let server = server("127.0.0.1", move || ok(&"x".repeat(length))).await;
        let sent = send(format!("http://127.0.0.1:{}/", server.port), true).await;
        assert_eq!(sent, Sent::Answer { status: 200, body: vec![b'x'; KEPT], cut });
    }
}

#[tokio::test]
async fn a_slow_answer_runs_out_of_time_wherever_it_stops() {
    let stops: [&[u8]; 3] = [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsucc"];
    for stop in stops {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let held = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4_096]).await;
            stream.write_all(stop).await.unwrap();
            std::future::pending::<()>().await;
        });
        let http = SystemHttp { longest: Duration::from_millis(300), ..SystemHttp::new() };
        let sent = http.send(get(format!("http://127.0.0.1:{port}/"), true)).await;
        assert_eq!(sent, Sent::Failed(SendError::Timeout), "{stop:?}");
        held.abort();
    }
}

#[tokio::test]
async fn what_is_no_address_is_said_to_be_none() {
    for url in [
        "",
        "shop.example.com/notify",
        "//shop.example.com/",
        "ftp://shop.example.com/",
        "file:///etc/passwd",
        "http://",
        "http://user@127.0.0.1/",
        "http://user:word@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "javascript:1",
    ] {
        let sent = send(url.to_owned(), true).await;
        assert!(matches!(sent, Sent::Failed(SendError::BadUrl(_))), "{url}: {sent:?}");
    }
    let mut odd = get("http://127.0.0.1:9/".into(), true);
    odd.headers = vec![("X-Sign".into(), "a\r\nX-More: b".into())];
    assert!(matches!(SystemHttp::new().send(odd).await, Sent::Failed(SendError::BadUrl(_))));
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        free.local_addr().unwrap().port()
    };
    let sent = send(format!("http://127.0.0.1:{port}/"), true).await;
    assert!(matches!(sent, Sent::Failed(SendError::Unreachable(_))), "{sent:?}");
    let sent = send("http://no-such-shop.invalid/".into(), false).await;
    assert!(matches!(sent, Sent::Failed(SendError::Unreachable(_))), "{sent:?}");
}

#[tokio::test]
async fn ipv6_is_called_like_ipv4() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    drop(listener);
    let server = server("::1", || ok("success")).await;
    let sent = send(format!("http://[::1]:{}/", server.port), true).await;
    assert!(matches!(sent, Sent::Answer { status: 200, .. }), "{sent:?}");
    assert!(forbidden(&send(format!("http://[::1]:{}/", server.port), false).await));
}

/// A TLS server with a certificate for `name` that no authority has signed.
async fn tls_server(name: &str) -> (u16, rustls::RootCertStore) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let cert = made.cert.der().clone();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut head = [0; 4_096];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(&ok("success")).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    let mut roots = rustls::RootCertStore::empty();
    roots.add(cert).unwrap();
    (port, roots)
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_of_that_name() {
    let (port, roots) = tls_server("localhost").await;
    let url = format!("https://localhost:{port}/");
    let sent = send(url.clone(), true).await;
    assert!(matches!(sent, Sent::Failed(SendError::Tls(_))), "self-signed: {sent:?}");
    // The same certificate, trusted: so it was the trust that was missing.
    let http = SystemHttp { roots: Some(roots.clone()), ..SystemHttp::new() };
    let sent = http.send(get(url, true)).await;
    assert!(matches!(sent, Sent::Answer { status: 200, .. }), "trusted: {sent:?}");
    let sent = http.send(get(format!("https://127.0.0.1:{port}/"), true)).await;
    assert!(matches!(sent, Sent::Failed(SendError::Tls(_))), "another name: {sent:?}");
    // A plain server behind https.
    let plain = server("127.0.0.1", || ok("success")).await;
    let sent = http.send(get(format!("https://localhost:{}/", plain.port), true)).await;
    assert!(matches!(sent, Sent::Failed(SendError::Tls(_))), "no TLS at all: {sent:?}");
}
