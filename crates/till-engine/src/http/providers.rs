//! Calls to payment providers: HTTPS only, no redirects, no proxies, one pool of connections, thirty seconds at most.
//!
//! Addresses are not guarded as programs' are: they come from the codecs or from authenticated answers, and whoever
//! answers must hold the certificate of the name. Where a proxy invents addresses, money must come in all the same.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use rustls::RootCertStore;
use sha2::{Digest, Sha256};
use till_channels::gateway::{Ask, ClientCertificate, Reply};
use tokio::sync::Mutex;
use url::{Host, Url};

use super::{explain, headers, readable, tls};
use crate::ports::{ProviderCall, ProviderReply, Providers, SendError};

/// From the name to the last byte.
const LONGEST: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// Shorter than servers keep a connection: one that they close while it is written to leaves a doubt.
const IDLE: Duration = Duration::from_secs(20);
const MOST_IDLE: usize = 8;
/// A shop has a few contracts; old certificates' pools go when there are more.
const MOST_CLIENTS: usize = 16;

/// SHA-256 of a client certificate with its chain; none: without one.
type Identity = Option<[u8; 32]>;

/// The real network.
pub struct SystemProviders {
    longest: Duration,
    /// Trusted instead of what the system trusts.
    roots: Option<RootCertStore>,
    clients: Mutex<HashMap<Identity, Client>>,
}

impl SystemProviders {
    /// Nothing is connected yet, and no certificate read.
    pub fn new() -> SystemProviders {
        SystemProviders { longest: LONGEST, roots: None, clients: Mutex::default() }
    }

    async fn client(&self, certificate: Option<ClientCertificate>) -> Result<Client, SendError> {
        let identity = certificate.as_ref().map(identity);
        let mut clients = self.clients.lock().await;
        if let Some(client) = clients.get(&identity) {
            return Ok(client.clone());
        }
        let roots = self.roots.clone();
        // The system's certificates are read from the disk.
        let made = tokio::task::spawn_blocking(move || client(roots, certificate)).await;
        let made = made.unwrap_or_else(|e| Err(SendError::Unreachable(e.to_string())))?;
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(identity, made.clone());
        Ok(made)
    }

    async fn answer(&self, call: ProviderCall) -> Result<Reply, SendError> {
        let ProviderCall { ask, certificate, simulator } = call;
        let url = address(&ask.url, simulator)?;
        let client = self.client(certificate).await?;
        let Ask { method, headers: pairs, body, longest, .. } = ask;
        let method = Method::from_bytes(method.as_bytes()).map_err(|e| SendError::BadUrl(e.to_string()))?;
        let sending = client.request(method, url).headers(headers(&pairs)?).body(body);
        let mut response = sending.send().await.map_err(failed)?;
        let body = whole(&mut response, longest).await?;
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        // The client keeps names in lower case.
        let pairs = response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Ok(Reply { status: response.status().as_u16(), headers: pairs.collect(), body })
    }
}

impl Default for SystemProviders {
    fn default() -> SystemProviders {
        SystemProviders::new()
    }
}

impl Providers for SystemProviders {
    fn call(&self, call: ProviderCall) -> Pin<Box<dyn Future<Output = ProviderReply> + Send + '_>> {
        Box::pin(async move {
            let answer = tokio::time::timeout(self.longest, self.answer(call)).await;
            match answer.unwrap_or(Err(SendError::Timeout)) {
                Ok(reply) => ProviderReply::Answer(reply),
                Err(cause) => ProviderReply::Failed(cause),
            }
        })
    }
}

fn identity(certificate: &ClientCertificate) -> [u8; 32] {
    let mut digest = Sha256::new();
    for der in &certificate.chain {
        digest.update(der.len().to_le_bytes());
        digest.update(der);
    }
    digest.finalize().into()
}

fn client(roots: Option<RootCertStore>, certificate: Option<ClientCertificate>) -> Result<Client, SendError> {
    let tls = tls(roots, certificate).map_err(|e| SendError::Tls(e.to_string()))?;
    let built = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        // A request goes out once. What it came to is for the next question to find out.
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .http1_only()
        // Signatures are about the bytes as they were sent.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MOST_IDLE)
        .user_agent(concat!("qiantai/", env!("CARGO_PKG_VERSION")))
        .build();
    built.map_err(|e| SendError::Unreachable(e.to_string()))
}

/// The address, if it may be called: HTTPS; a simulator by plain HTTP, and only under an address of this computer that
/// is spelled out, because a name may lead anywhere.
fn address(text: &str, simulator: bool) -> Result<Url, SendError> {
    let url = readable(text)?;
    if !simulator {
        return if url.scheme() == "https" { Ok(url) } else { Err(SendError::Forbidden("not https".into())) };
    }
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    if here && url.scheme() == "http" {
        Ok(url)
    } else {
        Err(SendError::Forbidden("a simulator runs on this computer".into()))
    }
}

fn failed(error: reqwest::Error) -> SendError {
    if error.is_timeout() { SendError::Timeout } else { explain(error) }
}

/// The body, if it is not longer than was asked for: a part of an answer proves nothing.
async fn whole(response: &mut Response, longest: usize) -> Result<Vec<u8>, SendError> {
    let too_long = || SendError::Unreachable(format!("the answer is longer than {longest} bytes"));
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > longest) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if chunk.len() > longest - body.len() {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
