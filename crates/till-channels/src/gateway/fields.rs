//! What a contract with each provider consists of, as data: the set-up screens, the checks and the store follow it.

use std::collections::BTreeMap;

use till_core::Channel;
use zeroize::Zeroizing;

use super::keys::Inspected;
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
    /// A certificate that is not valid before this time, Unix ms.
    NotYet(i64),
    /// A certificate that was not valid any more after this time, Unix ms.
    Over(i64),
}

/// What the provider's contract consists of.
pub fn fields_of(provider: Provider) -> &'static [Field] {
    match provider {
        Provider::Alipay => alipay::FIELDS,
        Provider::Wechat => wechat::FIELDS,
        Provider::Unionpay => unionpay::FIELDS,
    }
}

/// The certificates that do not count at this time, by what [`inspect`](super::keys::inspect) found in the fields. Of several
/// in a field one that counts is enough, as when a provider changes its own; those that stand above others matter only in
/// a field without any other. Not a part of [`build`]: what was built by a wrong clock would stay broken once it is right.
pub fn lapsed(provider: Provider, found: &[(&'static str, Vec<Inspected>)], now_ms: i64) -> Vec<Fault> {
    let certified = |name: &str| {
        let mut fields = fields_of(provider).iter();
        fields.any(|f| f.name == name && matches!(f.kind, FieldKind::Certificate | FieldKind::Pfx(_)))
    };
    let faults = found.iter().filter(|(name, _)| certified(name)).filter_map(|(name, found)| {
        let times = |above: bool| {
            let of = found.iter().filter_map(move |one| match one {
                Inspected::Certificate { not_before, not_after, is_ca, .. } if *is_ca == above => {
                    Some((*not_before, *not_after))
                }
                _ => None,
            });
            of.collect::<Vec<_>>()
        };
        let own = Some(times(false)).filter(|own| !own.is_empty()).unwrap_or_else(|| times(true));
        if own.iter().any(|(from, until)| (*from..until.saturating_add(1000)).contains(&now_ms)) {
            return None;
        }
        // The one that counts soonest, or else the one that counted longest.
        let to_come = own.iter().map(|(from, _)| *from).filter(|from| *from > now_ms).min();
        let over = || own.iter().map(|(_, until)| *until).max().map(Why::Over);
        to_come.map(Why::NotYet).or_else(over).map(|why| Fault { field: name, why })
    });
    faults.collect()
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

#[cfg(test)]
mod tests {
    use super::super::keys::inspect;
    use super::*;

    const ALIPAY: &str = include_str!("alipay/fixtures/alipay-below-middle.pem");
    const EXPIRED: &str = include_str!("testdata/pki/signer-expired.pem");
    const ROOT: &str = include_str!("testdata/pki/root.pem");
    const START_OF_2020: i64 = 1_577_836_800_000;
    const START_OF_2024: i64 = 1_704_067_200_000;
    const START_OF_2060: i64 = 2_840_140_800_000;

    fn of(field: &'static str, text: &str, now_ms: i64) -> Option<Why> {
        let found = [(field, inspect(text, None))];
        lapsed(Provider::Alipay, &found, now_ms).into_iter().map(|fault| fault.why).next()
    }

    #[test]
    fn a_certificate_counts_from_its_first_second_to_its_last() {
        for (field, text) in [("alipay_certificate", ALIPAY), ("alipay_root_certificate", ROOT)] {
            assert_eq!(of(field, text, START_OF_2020 - 1), Some(Why::NotYet(START_OF_2020)), "{field}");
            assert_eq!(of(field, text, START_OF_2020), None, "{field}");
            assert_eq!(of(field, text, START_OF_2060 + 999), None, "{field}");
            assert_eq!(of(field, text, START_OF_2060 + 1000), Some(Why::Over(START_OF_2060)), "{field}");
        }
    }

    #[test]
    fn one_of_several_that_counts_is_enough_but_not_one_that_stands_above() {
        let over = Some(Why::Over(START_OF_2024));
        assert_eq!(of("alipay_certificate", EXPIRED, START_OF_2024 + 1000), over);
        assert_eq!(of("alipay_certificate", &format!("{EXPIRED}{ROOT}"), START_OF_2024 + 1000), over);
        assert_eq!(of("alipay_certificate", &format!("{EXPIRED}{ALIPAY}"), START_OF_2024 + 1000), None);
    }

    #[test]
    fn only_fields_in_which_the_certificate_counts_are_judged() {
        assert_eq!(of("alipay_public_key", EXPIRED, START_OF_2060), None, "only its key counts there");
        assert_eq!(of("alipay_certificate", "AAAA", START_OF_2060), None, "that is for the codec to say");
    }
}
