//! Calls to programs, guarded: no redirects, no proxies, no private addresses unless allowed, ten seconds at most. Calls
//! to payment providers are in `providers`.

mod guard;
mod providers;

use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response};
use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls_platform_verifier::BuilderVerifierExt;
use till_channels::gateway::ClientCertificate;
use tokio::sync::OnceCell;
use url::{Host, Url};

pub use providers::SystemProviders;

use crate::ports::{Http, Outgoing, SendError, Sent};

/// From the name to the last byte.
const LONGEST: Duration = Duration::from_secs(10);
/// What is kept of an answer.
const KEPT: usize = 1_024;

/// The real network.
pub struct SystemHttp {
    longest: Duration,
    /// Trusted instead of what the system trusts.
    roots: Option<rustls::RootCertStore>,
    clients: OnceCell<Clients>,
}

/// One that refuses addresses of private networks while it resolves a name, one that takes them.
struct Clients {
    guarded: Client,
    open: Client,
}

impl SystemHttp {
    /// Nothing is connected yet, and no certificate read.
    pub fn new() -> SystemHttp {
        SystemHttp { longest: LONGEST, roots: None, clients: OnceCell::new() }
    }

    async fn clients(&self) -> Result<&Clients, SendError> {
        self.clients
            .get_or_try_init(|| async {
                let roots = self.roots.clone();
                let made = tokio::task::spawn_blocking(move || Clients::new(roots)).await;
                made.unwrap_or_else(|e| Err(SendError::Unreachable(e.to_string())))
            })
            .await
    }

    async fn answer(&self, request: Outgoing) -> Result<Sent, SendError> {
        let url = readable(&request.url)?;
        if !request.private_ok {
            check_literal(&url)?;
        }
        let clients = self.clients().await?;
        let client = if request.private_ok { &clients.open } else { &clients.guarded };
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|e| SendError::BadUrl(e.to_string()))?;
        let sending = client.request(method, url).headers(headers(&request.headers)?).body(request.body);
        let mut response = sending.send().await.map_err(explain)?;
        let (body, cut) = beginning(&mut response).await?;
        Ok(Sent::Answer { status: response.status().as_u16(), body, cut })
    }
}

impl Default for SystemHttp {
    fn default() -> SystemHttp {
        SystemHttp::new()
    }
}

impl Http for SystemHttp {
    fn send(&self, request: Outgoing) -> Pin<Box<dyn Future<Output = Sent> + Send + '_>> {
        Box::pin(async move {
            let answer = tokio::time::timeout(self.longest, self.answer(request)).await;
            answer.unwrap_or(Err(SendError::Timeout)).unwrap_or_else(Sent::Failed)
        })
    }
}

impl Clients {
    fn new(roots: Option<rustls::RootCertStore>) -> Result<Clients, SendError> {
        let tls = tls(roots, None).map_err(|e| SendError::Tls(e.to_string()))?;
        let client = |private_ok| {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Arc::new(Resolver { private_ok }))
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .http1_only()
                // Each call stands for itself: a kept connection would outlive the check of its address.
                .pool_max_idle_per_host(0)
                .user_agent(concat!("qiantai/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|e| SendError::Unreachable(e.to_string()))
        };
        Ok(Clients { guarded: client(false)?, open: client(true)? })
    }
}

/// Trusts what the system trusts; where that cannot be read, nobody, so that plain addresses still work. Shows the
/// client certificate to servers that ask for one.
fn tls(
    roots: Option<rustls::RootCertStore>,
    certificate: Option<ClientCertificate>,
) -> Result<ClientConfig, rustls::Error> {
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let begun = || ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let chosen = match roots {
        Some(roots) => begun()?.with_root_certificates(roots),
        None => match begun()?.with_platform_verifier() {
            Ok(verified) => verified,
            Err(cause) => {
                tracing::error!(%cause, "the system's certificates cannot be read: nobody will be trusted over https");
                begun()?.with_root_certificates(rustls::RootCertStore::empty())
            }
        },
    };
    let Some(certificate) = certificate else { return Ok(chosen.with_no_client_auth()) };
    let chain = certificate.chain.into_iter().map(Into::into).collect();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certificate.key.to_vec());
    chosen.with_client_auth_cert(chain, key.into())
}

/// An address that may be called at all.
fn readable(text: &str) -> Result<Url, SendError> {
    let url = Url::parse(text).map_err(|e| SendError::BadUrl(e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(SendError::BadUrl("neither http nor https".into()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SendError::BadUrl("a user name in the address".into()));
    }
    Ok(url)
}

/// Addresses that are spelled out never reach the resolver. The parser has read decimal, octal and hex notations.
fn check_literal(url: &Url) -> Result<(), SendError> {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => ip.into(),
        Some(Host::Ipv6(ip)) => ip.into(),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(SendError::BadUrl("no host".into())),
    };
    if guard::is_public(ip) { Ok(()) } else { Err(SendError::Forbidden(ip.to_string())) }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, SendError> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| SendError::BadUrl(e.to_string()))?;
        map.append(name, HeaderValue::from_str(value).map_err(|e| SendError::BadUrl(e.to_string()))?);
    }
    Ok(map)
}

/// The first bytes of an answer, and whether there were more. What comes after is never read.
async fn beginning(response: &mut Response) -> Result<(Vec<u8>, bool), SendError> {
    let mut body = Vec::new();
    while body.len() <= KEPT {
        let Some(chunk) = response.chunk().await.map_err(explain)? else { break };
        let room = KEPT + 1 - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    let cut = body.len() > KEPT;
    body.truncate(KEPT);
    Ok((body, cut))
}

/// Resolves names with the system's resolver. The connection goes to the very addresses that were checked here, so a
/// name that changes its mind afterwards changes nothing.
struct Resolver {
    private_ok: bool,
}

/// A name that leads where nobody may be called.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Private(String);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private_ok = self.private_ok;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One bad address spoils the name: which one gets the connection is not ours to guess.
            if let Some(bad) = found.iter().find(|a| !private_ok && !guard::is_public(a.ip())) {
                return Err(Private(format!("{} ({})", name.as_str(), bad.ip())).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Looks into an error for what it is to the owner.
fn explain(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let mut deepest = error.to_string();
    while let Some(now) = cause {
        if let Some(Private(which)) = now.downcast_ref() {
            return SendError::Forbidden(which.clone());
        }
        if let Some(tls) = tls_error(now) {
            return SendError::Tls(tls.to_string());
        }
        deepest = now.to_string();
        cause = now.source();
    }
    SendError::Unreachable(deepest)
}

/// The TLS error in one, through any number of I/O errors around it.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    tls_error(error.downcast_ref::<std::io::Error>()?.get_ref()?)
}

#[cfg(test)]
mod tests;
