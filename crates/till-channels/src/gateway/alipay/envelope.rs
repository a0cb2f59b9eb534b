//! An answer's JSON: `{"<method>_response": {…}, "sign": "…"}`. The signature covers the object's raw text, so that is
//! cut out as it stands and never written anew.

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::super::{Doubt, DoubtKind, Reply, sign};
use super::Alipay;
use super::form::unreadable;
use crate::pairs::Pairs;

/// The longest answer of a call worth reading.
pub(super) const LONGEST: usize = 256 * 1024;

/// What an authentic answer says.
#[derive(Debug)]
pub(super) struct Said {
    fields: Vec<(String, String)>,
    /// It came as `error_response`, which says nothing of the call but that it failed.
    pub(super) is_error: bool,
}

impl Said {
    /// A text, never empty. Numbers, objects and lists are no texts: nothing we read is one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A text that must be there.
    pub(super) fn need(&self, name: &'static str) -> Result<&str, Doubt> {
        self.get(name).ok_or_else(|| unreadable(name))
    }

    fn read(raw: &str, is_error: bool) -> Result<Said, Doubt> {
        let Pairs(pairs) = serde_json::from_str(raw).map_err(|_| unreadable("an answer that is no object"))?;
        let text = |raw: &str| serde_json::from_str::<String>(raw).ok().filter(|text| !text.is_empty());
        let fields = pairs.into_iter().filter_map(|(name, raw)| text(raw.get()).map(|text| (name, text)));
        Ok(Said { fields: fields.collect(), is_error })
    }
}

impl Alipay {
    /// The authentic answer to a method, or why it proves nothing.
    pub(super) fn hear(&self, method: &str, reply: &Reply, now_ms: i64) -> Result<Said, Doubt> {
        if reply.status != 200 {
            return Err(Doubt::new(DoubtKind::Trouble, format!("HTTP {}", reply.status)));
        }
        if reply.body.len() > LONGEST {
            return Err(unreadable("an answer that is too long"));
        }
        let text = std::str::from_utf8(&reply.body).map_err(|_| unreadable("an answer that is no UTF-8"))?;
        once_each(text)?;
        let Pairs(parts) = serde_json::from_str(text).map_err(|_| unreadable("an answer that is no object"))?;
        let part = |name: &str| parts.iter().find(|(n, _)| n == name).map(|(_, raw)| raw.get());

        let expected = format!("{}_response", method.replace('.', "_"));
        let (raw, is_error) = match (part(&expected), part("error_response")) {
            (Some(raw), None) => (raw, false),
            (None, Some(raw)) => (raw, true),
            _ => return Err(unreadable("not one answer to this call")),
        };
        let signature = part("sign").and_then(|raw| serde_json::from_str::<String>(raw).ok());
        let signature = signature.filter(|s| !s.is_empty()).ok_or_else(|| {
            // The code is good for the log: an unknown app id, for one, is refused without a signature.
            let code = Said::read(raw, is_error).ok().and_then(|said| said.get("sub_code").map(str::to_owned));
            Doubt::new(DoubtKind::Unsigned, code.unwrap_or_default())
        })?;
        let named = part("alipay_cert_sn").and_then(|raw| serde_json::from_str::<String>(raw).ok());
        self.check(raw, &signature, named.as_deref(), now_ms)?;
        Said::read(raw, is_error)
    }

    /// Whether Alipay signed this text: RSA2 with the contract's key and nothing else, whatever the message offers. In
    /// certificate mode the key counts while its certificate does.
    pub(super) fn check(&self, text: &str, signature: &str, named: Option<&str>, now_ms: i64) -> Result<(), Doubt> {
        let bad = |why: &str| Doubt::new(DoubtKind::BadSignature, why);
        if let Some(certificates) = &self.certificates {
            certificates.vouch(named, now_ms)?;
        }
        let signature = STANDARD.decode(signature).map_err(|_| bad("a signature that is not base64"))?;
        if sign::fits_sha256(&self.theirs, text.as_bytes(), &signature) { Ok(()) } else { Err(bad("")) }
    }
}

/// Refuses JSON in which any object has a name twice: readers differ on which of them counts.
fn once_each(text: &str) -> Result<(), Doubt> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = OnceEach.deserialize(&mut reader).and_then(|()| reader.end());
    read.map_err(|_| unreadable("malformed, or a name that stands twice"))
}

struct OnceEach;

impl<'de> DeserializeSeed<'de> for OnceEach {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OnceEach {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name) {
                return Err(serde::de::Error::custom("a name that stands twice"));
            }
            map.next_value_seed(OnceEach)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(OnceEach)?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}
