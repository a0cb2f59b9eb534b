//! The key of a row: the same in every file that shows the row, so that importing twice imports once.
//!
//! `family|account|channel's id|row kind|channel's row id or refund number`. State is left out: a row whose state
//! changed is a new version of the same row. A WeChat nickname is no account: it may change, and the ids are
//! WeChat's own. Without ids the key is time, amount and a digest of type and counterparty. Rows that still share
//! a key are told apart by time, amount and digest, then by a running index among equals.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::model::{Bucket, Direction, Format, Kind, Line, Statement};
use super::notes::Note;

/// Gives every line its key.
pub(super) fn assign(statement: &mut Statement) {
    let family = statement.format.family();
    let account = match statement.format {
        Format::WechatPersonal => "",
        _ => statement.account.as_str(),
    };
    for line in &mut statement.lines {
        line.key = base(family, account, line);
    }
    let repeated = counts(&statement.lines);
    if repeated.is_empty() {
        return;
    }
    let mut shared = 0_u32;
    for line in &mut statement.lines {
        if repeated.contains_key(&line.key) && has_id(line) {
            shared += 1;
            let tail = tail(line);
            line.key.push_str(&tail);
        }
    }
    let repeated = counts(&statement.lines);
    let mut seen: HashMap<String, u32> = HashMap::new();
    for line in statement.lines.iter_mut().filter(|line| repeated.contains_key(&line.key)) {
        let index = seen.entry(line.key.clone()).or_default();
        *index += 1;
        if *index > 1 {
            let _ = write!(line.key, "~{index}");
        }
    }
    if shared > 0 {
        statement.notes.push(Note::IdsRepeated { count: shared });
    }
}

fn has_id(line: &Line) -> bool {
    !line.channel_id.is_empty() || !line.entry_id.is_empty()
}

fn base(family: &str, account: &str, line: &Line) -> String {
    if !has_id(line) {
        let mut key = format!("{family}|{account}|");
        key.push_str(&tail(line));
        return key;
    }
    let number = if line.entry_id.is_empty() { &line.refund_no } else { &line.entry_id };
    format!("{family}|{account}|{}|{}|{number}", line.channel_id, row_kind(line))
}

/// What the row is by its type, whatever its state.
fn row_kind(line: &Line) -> &'static str {
    match (line.kind, line.bucket, line.direction) {
        (Kind::Fee, ..) => "fee",
        (Kind::FeeBack, ..) => "feeback",
        (_, Bucket::Refund, _) => "refund",
        (_, _, Direction::In) => "in",
        (_, _, Direction::Out) => "out",
        (_, _, Direction::None) => "none",
    }
}

/// Time, amount, and a digest of the texts: no names in keys.
fn tail(line: &Line) -> String {
    let mut digest = Sha256::new();
    for text in [&line.type_text, &line.counterparty] {
        digest.update(text.as_bytes());
        digest.update([0]);
    }
    let digest = digest.finalize();
    format!("@{}|{}|{}|{}", line.at_ms, line.amount.get(), row_kind(line), hex::encode(&digest[..8]))
}

/// Keys that occur more than once.
fn counts(lines: &[Line]) -> HashMap<String, u32> {
    let mut counts: HashMap<&str, u32> = HashMap::with_capacity(lines.len());
    for line in lines {
        *counts.entry(&line.key).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(key, count)| (key.to_owned(), count)).collect()
}
