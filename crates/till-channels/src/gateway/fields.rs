//! What a contract with each provider consists of, as data: the set-up screens, the checks and the store follow it.

use std::collections::BTreeMap;

use till_core::Channel;
use zeroize::Zeroizing;

use super::{ClientCertificate, Gateway, alipay, unionpay, wechat};

/// A payment provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Alipay open platform.
    Alipay,
    /// WeChat Pay.
    Wechat,
    /// UnionPay 5.1.0.
    Unionpay,
}

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 3] = [Provider::Alipay, Provider::Wechat, Provider::Unionpay];

    /// The lower-case name, as in the database and in `/notify/…`.
    pub const fn as_str(self) -> &'static str {
        self.channel().as_str()
    }

    /// The channel its money comes through.
    pub const fn channel(self) -> Channel {
        match self {
            Provider::Alipay => Channel::Alipay,
            Provider::Wechat => Channel::Wechat,
            Provider::Unionpay => Channel::Unionpay,
        }
    }

    /// Reads the name.
    pub fn from_text(text: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

/// Where the requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Real money.
    Live,
    /// The provider's test system.
    Sandbox,
    /// A simulator on this computer; its base address, `http://127.0.0.1:port` without a slash at the end.
    Simulator(String),
}

/// What kind of value a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A short text.
    Text,
    /// A short secret text.
    Secret,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// An RSA private key.
    PrivateKey,
    /// An RSA public key, or a certificate that holds one.
    PublicKey,
    /// Certificates, PEM; one or several.
    Certificate,
    /// A PFX / PKCS#12 file, base64; the field named so holds its password.
    Pfx(&'static str),
}

/// A value of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, as the provider calls it, in snake_case.
    pub name: &'static str,
    /// What it takes.
    pub kind: FieldKind,
    /// Nothing works without it.
    pub required: bool,
    /// Kept sealed, never shown again.
    pub secret: bool,
}

impl Field {
    /// A field that is no secret.
    pub(crate) const fn open(name: &'static str, kind: FieldKind, required: bool) -> Field {
        Field { name, kind, required, secret: false }
    }

    /// A field that is kept sealed.
    pub(crate) const fn sealed(name: &'static str, kind: FieldKind, required: bool) -> Field {
        Field { name, kind, required, secret: true }
    }
}

/// The values of a contract, by field. Wiped when dropped, never printed.
#[derive(Clone, Default)]
pub struct Values(BTreeMap<String, Zeroizing<String>>);

impl Values {
    /// Sets a value; an empty one takes it away.
    pub fn set(&mut self, name: &str, value: &str) {
        if value.trim().is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), Zeroizing::new(value.trim().to_owned()));
        }
    }

    /// The value of a field; none if it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| v.as_str())
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A field that does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub field: &'static str,
    /// Why.
    pub why: Why,
}

/// Why a field does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is required and empty.
    Missing,
    /// Not the form the provider gives it in; what it should look like.
    Form(&'static str),
    /// No key or certificate of the kind it takes.
    Key(super::keys::KeyError),
    /// A key of this many bits where 2048 are the least.
    Weak(usize),
    /// It does not belong to another field; which.
    Mismatch(&'static str),
}

/// What the provider's contract consists of.
pub fn fields_of(provider: Provider) -> &'static [Field] {
    match provider {
        Provider::Alipay => alipay::FIELDS,
        Provider::Wechat => wechat::FIELDS,
        Provider::Unionpay => unionpay::FIELDS,
    }
}

/// A contract, checked, ready to speak; and its client certificate where it has one.
pub struct Built {
    /// It.
    pub gateway: Box<dyn Gateway>,
    /// For requests that want one.
    pub certificate: Option<ClientCertificate>,
}

/// Builds a contract from its values, or says everything that is wrong with them.
pub fn build(provider: Provider, values: &Values, place: &Place) -> Result<Built, Vec<Fault>> {
    match provider {
        Provider::Alipay => alipay::build(values, place),
        Provider::Wechat => wechat::build(values, place),
        Provider::Unionpay => unionpay::build(values, place),
    }
}
