//! XML of v2: a root and one level below it, nothing else. Whatever two parsers could read in two ways is refused:
//! DOCTYPE, entities of its own, processing instructions, comments, attributes, a name that stands twice.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use till_core::Fen;

use super::fen_of;
use crate::gateway::{Doubt, DoubtKind};

/// The longest message that is read.
pub(super) const LONGEST: usize = 64 * 1024;

/// The elements of a message.
#[derive(Debug)]
pub(super) struct Message(BTreeMap<String, String>);

impl Message {
    /// Reads a message whose root has this name.
    pub(super) fn read(bytes: &[u8], root: &str) -> Result<Message, Doubt> {
        if bytes.len() > LONGEST {
            return Err(unreadable("too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| unreadable("not UTF-8"))?;
        let mut reader = Reader::from_str(text);
        enter(&mut reader, root)?;
        let mut values = BTreeMap::new();
        loop {
            let (name, value) = match next(&mut reader)? {
                Event::Start(start) => (plain(&start)?, value(&mut reader)?),
                Event::Empty(start) => (plain(&start)?, String::new()),
                Event::Text(text) if is_blank(&text) => continue,
                Event::End(_) => break,
                _ => return Err(unreadable("more than elements")),
            };
            if values.insert(name, value).is_some() {
                return Err(unreadable("a name stands twice"));
            }
        }
        loop {
            match next(&mut reader)? {
                Event::Text(text) if is_blank(&text) => {}
                Event::Eof => return Ok(Message(values)),
                _ => return Err(unreadable("more than one root")),
            }
        }
    }

    /// A value; none if it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A value that must be there.
    pub(super) fn need(&self, name: &str) -> Result<&str, Doubt> {
        self.get(name).ok_or_else(|| unreadable(name))
    }

    /// A whole number of fen that must be there.
    pub(super) fn fen(&self, name: &str) -> Result<Fen, Doubt> {
        self.need(name).and_then(|text| fen_of(text).ok_or_else(|| unreadable(name)))
    }

    /// Names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Writes a message with the root `xml`.
pub(super) fn write<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::from("<xml>");
    for (name, value) in pairs {
        let value = quick_xml::escape::escape(value);
        out.push_str(&format!("<{name}>{value}</{name}>"));
    }
    out.push_str("</xml>");
    out
}

fn enter(reader: &mut Reader<&[u8]>, root: &str) -> Result<(), Doubt> {
    loop {
        match next(reader)? {
            Event::Decl(_) => {}
            Event::Text(text) if is_blank(&text) => {}
            Event::Start(start) if plain(&start)? == root => return Ok(()),
            _ => return Err(unreadable("another root")),
        }
    }
}

/// The text of an element up to its end.
fn value(reader: &mut Reader<&[u8]>) -> Result<String, Doubt> {
    let mut out = String::new();
    loop {
        match next(reader)? {
            Event::Text(text) => out.push_str(&text),
            Event::CData(text) => out.push_str(&text),
            Event::GeneralRef(entity) => out.push(character(&entity)?),
            Event::End(_) => return Ok(out),
            _ => return Err(unreadable("more than text in an element")),
        }
    }
}

/// The character that a reference stands for: one of XML's own five, or a number.
fn character(entity: &BytesRef<'_>) -> Result<char, Doubt> {
    if let Some(found) = entity.resolve_char_ref().map_err(|_| unreadable("character reference"))? {
        let allowed = found >= ' ' || matches!(found, '\t' | '\n' | '\r');
        return if allowed { Ok(found) } else { Err(unreadable("character reference")) };
    }
    let resolved = quick_xml::escape::resolve_xml_entity(entity).and_then(|text| text.chars().next());
    resolved.ok_or_else(|| unreadable("an entity"))
}

fn next<'a>(reader: &mut Reader<&'a [u8]>) -> Result<Event<'a>, Doubt> {
    reader.read_event().map_err(|_| unreadable("no XML"))
}

fn plain(start: &BytesStart<'_>) -> Result<String, Doubt> {
    let name = start.name();
    let name = name.as_ref();
    if is_name(name) && start.attributes_raw().trim().is_empty() {
        Ok(name.to_owned())
    } else {
        Err(unreadable("an element's name or attributes"))
    }
}

/// Letters, digits and underscores: no other name is read.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_whitespace())
}

fn unreadable(what: &str) -> Doubt {
    Doubt::new(DoubtKind::Unreadable, what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Message, Doubt> {
        Message::read(text.as_bytes(), "xml")
    }

    #[test]
    fn text_cdata_and_xmls_own_entities_are_read() {
        let message = read(
            "<?xml version=\"1.0\"?>\n<xml>\n <a><![CDATA[x<y&z]]></a>\n<b>1 &lt; 2 &amp;&#x4e2d;</b><c></c><d/></xml>\n",
        )
        .unwrap();
        assert_eq!((message.get("a"), message.get("b")), (Some("x<y&z"), Some("1 < 2 &中")));
        assert_eq!((message.get("c"), message.get("d"), message.get("e")), (None, None, None));
        assert!(message.need("c").is_err());
    }

    #[test]
    fn whatever_could_be_read_in_two_ways_is_refused() {
        let bad = [
            "<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><xml><a>&e;</a></xml>",
            "<!DOCTYPE xml><xml><a>1</a></xml>",
            "<xml><a>&e;</a></xml>",
            "<xml><a>&#0;</a></xml>",
            "<xml><?p i?><a>1</a></xml>",
            "<?p i?><xml><a>1</a></xml>",
            "<xml><a>1<!-- 2 -->3</a></xml>",
            "<xml><!-- c --><a>1</a></xml>",
            "<xml><a x=\"1\">1</a></xml>",
            "<xml><a>1</a><a>1</a></xml>",
            "<xml><a><b>1</b></a></xml>",
            "<xml>loose<a>1</a></xml>",
            "<xml><a>1</a></xml><xml/>",
            "<xml><a>1</a></xml>more",
            "<xml><a>1</b></xml>",
            "<xml><a>1</a>",
            "<xml><n:a>1</n:a></xml>",
            "<root><a>1</a></root>",
            "{\"a\":1}",
            "",
        ];
        for text in bad {
            assert!(read(text).is_err(), "{text}");
        }
        let long = format!("<xml><a>{}</a></xml>", "x".repeat(LONGEST));
        assert!(read(&long).is_err());
        assert!(Message::read(b"<xml><a>\xff</a></xml>", "xml").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in "[ -~\u{4e00}-\u{4eff}]{1,40}") {
            let message = read(&write([("a", value.as_str())])).unwrap();
            prop_assert_eq!(message.get("a"), Some(value.as_str()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Message::read(&bytes, "xml");
        }
    }
}
