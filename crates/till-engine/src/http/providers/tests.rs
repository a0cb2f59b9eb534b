//! Against real servers of this computer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// Answers each request on a connection with the same bytes, for as long as the other side keeps it.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) {
    let mut heard = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut heard).await {
        if heard.windows(HEAD_END.len()).any(|end| end == HEAD_END) {
            heard.clear();
            if stream.write_all(answer).await.is_err() || stream.flush().await.is_err() {
                break;
            }
        }
    }
}

struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    roots: RootCertStore,
}

impl Server {
    fn providers(&self) -> SystemProviders {
        SystemProviders { roots: Some(self.roots.clone()), ..SystemProviders::new() }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/gateway.do", self.port)
    }
}

struct Pair {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn pair(name: &str) -> Pair {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    Pair { certificate: made.cert.der().clone(), key }
}

fn trusting(certificate: &CertificateDer<'static>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    roots
}

/// An HTTPS server; `clients`: whose client certificate it wants to see.
async fn https(answer: Vec<u8>, clients: Option<&CertificateDer<'static>>) -> Server {
    let Pair { certificate, key } = pair("localhost");
    let provider = Arc::new(ring::default_provider());
    let begun = rustls::ServerConfig::builder_with_provider(provider.clone());
    let begun = begun.with_safe_default_protocol_versions().unwrap();
    let begun = match clients {
        Some(client) => {
            let wanted = WebPkiClientVerifier::builder_with_provider(Arc::new(trusting(client)), provider);
            begun.with_client_cert_verifier(wanted.build().unwrap())
        }
        None => begun.with_no_client_auth(),
    };
    let config = begun.with_single_cert(vec![certificate.clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, &answer).await;
                }
            });
        }
    });
    Server { port, connections, roots: trusting(&certificate) }
}

/// A plain server, and how many connections it has met.
async fn plain(answer: Vec<u8>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move { serve(stream, &answer).await });
        }
    });
    (port, connections)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Signature: Ab\r\n\r\n{body}", body.len()).into_bytes()
}

fn call(url: String) -> ProviderCall {
    let ask =
        Ask { method: "POST", url, headers: Vec::new(), body: Vec::new(), client_certificate: false, longest: 1_000 };
    ProviderCall { ask, certificate: None, simulator: false }
}

fn simulated(url: String) -> ProviderCall {
    ProviderCall { simulator: true, ..call(url) }
}

fn status(reply: &ProviderReply) -> Option<u16> {
    match reply {
        ProviderReply::Answer(reply) => Some(reply.status),
        ProviderReply::Failed(_) => None,
    }
}

#[tokio::test]
async fn an_answer_comes_back_whole_over_one_connection() {
    let server = https(ok("{\"code\":\"10000\"}"), None).await;
    let providers = server.providers();
    for _ in 0..3 {
        let ProviderReply::Answer(reply) = providers.call(call(server.url())).await else { panic!("no answer") };
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b"{\"code\":\"10000\"}"[..]));
        assert_eq!(reply.header("x-signature"), Some("Ab"));
        assert!(reply.headers.iter().all(|(name, _)| *name == name.to_lowercase()));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_answer_is_never_unpacked() {
    let packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08";
    let server = https(packed.to_vec(), None).await;
    let ProviderReply::Answer(reply) = server.providers().call(call(server.url())).await else { panic!("no answer") };
    assert_eq!((reply.body.as_slice(), reply.header("content-encoding")), (&b"\x1f\x8b\x08"[..], Some("gzip")));
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let elsewhere = https(ok("success"), None).await;
    for code in [301, 302, 303, 307, 308] {
        let to = elsewhere.url();
        let redirect = format!("HTTP/1.1 {code} x\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes();
        let server = https(redirect, None).await;
        assert_eq!(status(&server.providers().call(call(server.url())).await), Some(code));
    }
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0, "the redirect was followed");
}

#[tokio::test]
async fn who_answers_must_hold_the_certificate_of_the_name() {
    let server = https(ok("success"), None).await;
    let stranger = SystemProviders { roots: Some(trusting(&pair("localhost").certificate)), ..SystemProviders::new() };
    for (providers, url) in [
        (SystemProviders::new(), server.url()),
        (stranger, server.url()),
        (server.providers(), server.url().replace("localhost", "127.0.0.1")),
    ] {
        let reply = providers.call(call(url)).await;
        assert!(matches!(reply, ProviderReply::Failed(SendError::Tls(_))), "{reply:?}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { listener.accept().await.unwrap().0.write_all(&ok("success")).await });
    let reply = server.providers().call(call(format!("https://localhost:{port}/"))).await;
    assert!(matches!(reply, ProviderReply::Failed(SendError::Tls(_))), "no TLS at all: {reply:?}");
}

#[tokio::test]
async fn plain_http_is_for_a_simulator_on_this_computer() {
    let (port, connections) = plain(ok("success")).await;
    let server = https(ok("success"), None).await;
    let providers = server.providers();
    let forbidden = [
        call(format!("http://127.0.0.1:{port}/")),
        call(format!("http://localhost:{port}/")),
        simulated(format!("http://localhost:{port}/")),
        simulated(format!("http://[::ffff:127.0.0.1]:{port}/")),
        simulated(format!("http://0.0.0.0:{port}/")),
        simulated("http://192.168.1.2/".into()),
        simulated("http://openapi.alipay.com/gateway.do".into()),
        simulated(server.url()),
    ];
    for call in forbidden {
        let what = format!("{} {}", call.ask.url, call.simulator);
        let reply = providers.call(call).await;
        assert!(matches!(reply, ProviderReply::Failed(SendError::Forbidden(_))), "{what}: {reply:?}");
    }
    for url in ["ftp://127.0.0.1/", "http://user@127.0.0.1/", "no address"] {
        let reply = providers.call(simulated(url.into())).await;
        assert!(matches!(reply, ProviderReply::Failed(SendError::BadUrl(_))), "{url}: {reply:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst) + server.connections.load(Ordering::SeqCst), 0);
    assert_eq!(status(&providers.call(simulated(format!("http://127.0.0.1:{port}/"))).await), Some(200));
}

#[tokio::test]
async fn a_longer_answer_than_asked_for_is_none() {
    let chunked = |length: usize| {
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{}\r\n0\r\n\r\n",
            "x".repeat(length)
        )
    };
    for (answer, fits) in [
        (ok(&"x".repeat(1_000)), true),
        (ok(&"x".repeat(1_001)), false),
        (chunked(1_000).into_bytes(), true),
        (chunked(1_001).into_bytes(), false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\nx".to_vec(), false),
    ] {
        let server = https(answer, None).await;
        let reply = server.providers().call(call(server.url())).await;
        assert_eq!(status(&reply), fits.then_some(200), "{reply:?}");
    }
}

#[tokio::test]
async fn silence_and_half_an_answer_run_out_of_time() {
    for begun in ["", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsucc"] {
        let server = https(begun.into(), None).await;
        let providers = SystemProviders { longest: Duration::from_millis(400), ..server.providers() };
        let reply = providers.call(call(server.url())).await;
        assert_eq!(reply, ProviderReply::Failed(SendError::Timeout), "{begun:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let reply = SystemProviders::new().call(simulated(format!("http://127.0.0.1:{port}/"))).await;
    assert!(matches!(reply, ProviderReply::Failed(SendError::Unreachable(_))), "{reply:?}");
}

#[tokio::test]
async fn the_client_certificate_is_shown_where_the_provider_wants_it() {
    let ours = pair("merchant");
    let theirs = pair("somebody else");
    let certificate = |pair: &Pair| ClientCertificate {
        chain: vec![pair.certificate.to_vec()],
        key: pair.key.secret_der().to_vec().into(),
    };
    let server = https(ok("success"), Some(&ours.certificate)).await;
    let providers = server.providers();
    let shown = |certificate| ProviderCall { certificate, ..call(server.url()) };
    for _ in 0..2 {
        assert_eq!(status(&providers.call(shown(Some(certificate(&ours)))).await), Some(200));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1, "its own pool");
    assert_eq!(status(&providers.call(shown(None)).await), None, "a pool never lends its certificate");
    assert_eq!(status(&providers.call(shown(Some(certificate(&theirs)))).await), None);
    let mixed = ClientCertificate { key: certificate(&theirs).key, ..certificate(&ours) };
    let fresh = server.providers();
    assert_eq!(status(&fresh.call(shown(Some(mixed))).await), None, "a key of another certificate");
}
