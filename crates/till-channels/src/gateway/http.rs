//! What goes over the wire: requests and answers, notices and what is said to them.

/// An HTTP request, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Ask {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Send with the merchant's client certificate.
    pub client_certificate: bool,
    /// The longest answer worth reading, in bytes.
    pub longest: usize,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Bodies carry payment codes and signatures.
        f.debug_struct("Ask").field("method", &self.method).field("body", &self.body.len()).finish_non_exhaustive()
    }
}

/// The merchant's client certificate, for mutual TLS.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificates, DER, own first.
    pub chain: Vec<Vec<u8>>,
    /// The private key, PKCS#8 DER.
    pub key: zeroize::Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCertificate").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The one header of this name (lower case); none if it is missing or stands twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        only(&self.headers, name)
    }
}

/// The one value of a name; none if it is missing or stands twice.
pub(crate) fn only<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    let first = found.next()?;
    if found.next().is_some() { None } else { Some(&first.1) }
}

/// A notice as it came: nothing decoded, nothing re-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawNotice {
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// The query of the address, undecoded.
    pub query: String,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer to a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The body, to the letter.
    pub body: Vec<u8>,
}
