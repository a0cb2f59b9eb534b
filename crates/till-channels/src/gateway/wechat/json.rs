//! JSON of v3: objects in which a name stands once, and whole numbers that never become floats.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use till_core::Fen;

use super::fen_of;
use crate::gateway::{Doubt, DoubtKind};
use crate::pairs::Pairs;

/// An object, its values as they were written.
pub(super) struct Object(BTreeMap<String, Box<RawValue>>);

impl Object {
    /// Reads bytes that must be one object.
    pub(super) fn read(bytes: &[u8]) -> Result<Object, Doubt> {
        Object::of(serde_json::from_slice::<Pairs>(bytes))
    }

    fn of(pairs: Result<Pairs, serde_json::Error>) -> Result<Object, Doubt> {
        let pairs = pairs.map_err(|_| unreadable("no JSON object"))?;
        let mut values = BTreeMap::new();
        for (name, value) in pairs.0 {
            if values.insert(name, value).is_some() {
                return Err(unreadable("a name stands twice"));
            }
        }
        Ok(Object(values))
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.get()).filter(|value| *value != "null")
    }

    /// A text; none if it is missing, `null` or empty.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, Doubt> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let text: String = serde_json::from_str(raw).map_err(|_| unreadable(name))?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A text that must be there.
    pub(super) fn need(&self, name: &'static str) -> Result<String, Doubt> {
        self.text(name)?.ok_or_else(|| unreadable(name))
    }

    /// A whole number of fen that must be there.
    pub(super) fn fen(&self, name: &'static str) -> Result<Fen, Doubt> {
        self.raw(name).and_then(fen_of).ok_or_else(|| unreadable(name))
    }

    /// An object; none if it is missing or `null`.
    pub(super) fn object(&self, name: &'static str) -> Result<Option<Object>, Doubt> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        Object::of(serde_json::from_str(raw)).map(Some)
    }

    /// An object that must be there.
    pub(super) fn need_object(&self, name: &'static str) -> Result<Object, Doubt> {
        self.object(name)?.ok_or_else(|| unreadable(name))
    }

    /// A list of objects that must be there.
    pub(super) fn list(&self, name: &'static str) -> Result<Vec<Object>, Doubt> {
        let raw = self.raw(name).ok_or_else(|| unreadable(name))?;
        let items: Vec<Pairs> = serde_json::from_str(raw).map_err(|_| unreadable(name))?;
        items.into_iter().map(|item| Object::of(Ok(item))).collect()
    }
}

fn unreadable(what: &'static str) -> Doubt {
    Doubt::new(DoubtKind::Unreadable, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_however_it_is_written() {
        assert!(Object::read(br#"{"a":"1","b":"2"}"#).is_ok());
        assert!(Object::read(br#"{"a":"1","a":"1"}"#).is_err());
        assert!(Object::read(br#"{"a":"1","\u0061":"1"}"#).is_err());
        let outer = Object::read(br#"{"amount":{"total":1,"total":2}}"#).unwrap();
        assert!(outer.object("amount").is_err());
        assert!(Object::read(br#"{"a":1} {"a":2}"#).is_err());
        assert!(Object::read(b"[]").is_err());
    }

    #[test]
    fn amounts_are_plain_whole_numbers() {
        let read = |number: &str| Object::read(format!("{{\"n\":{number}}}").as_bytes()).unwrap().fen("n");
        assert_eq!(read("1500").unwrap().get(), 1500);
        for bad in ["15.0", "1e3", "-1", "\"1500\"", "null", "true", "99999999999999999999", "10000000001"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_empty_text_is_none_and_another_type_is_refused() {
        let object = Object::read(br#"{"empty":"","null":null,"number":1,"text":"x"}"#).unwrap();
        assert_eq!((object.text("empty"), object.text("null"), object.text("none")), (Ok(None), Ok(None), Ok(None)));
        assert_eq!(object.need("text").as_deref(), Ok("x"));
        assert!(object.need("empty").is_err());
        assert!(object.text("number").is_err());
    }
}
