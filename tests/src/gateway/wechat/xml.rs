//! The XML of v2: flat, and read as strictly.

use anyhow::{Result, bail};
use quick_xml::events::Event;

use super::super::wire::field;

pub(super) type Fields = Vec<(String, String)>;

/// A root with one level below it, each name once.
pub(super) fn read(body: &[u8]) -> Result<Fields> {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(body)?);
    let (mut found, mut open, mut text) = (Fields::new(), Vec::new(), String::new());
    loop {
        match reader.read_event()? {
            Event::Start(tag) => {
                open.push(tag.name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(name) => match &*name {
                "amp" => text.push('&'),
                "lt" => text.push('<'),
                "gt" => text.push('>'),
                "quot" => text.push('"'),
                "apos" => text.push('\''),
                other => bail!("an entity: {other}"),
            },
            Event::End(_) => match (open.len(), open.pop()) {
                (2, Some(name)) if field(&found, &name).is_none() => found.push((name, std::mem::take(&mut text))),
                (1, _) => return Ok(found),
                _ => bail!("not flat"),
            },
            Event::DocType(_) | Event::Eof => bail!("not a plain document"),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// The same, as the provider writes it.
pub(super) fn write(fields: &Fields) -> String {
    let lines = fields.iter().map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>\n"));
    format!("<xml>\n{}</xml>", lines.collect::<String>())
}
