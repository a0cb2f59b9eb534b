//! What must hold of every statement that was read.

use std::collections::HashSet;

use till_books::statement::{Bucket, Note, ReadError, Statement, read};

/// Reads bytes as a statement and checks whatever comes out.
pub fn read_statement(bytes: &[u8], name: &str, password: Option<&str>) -> Option<Statement> {
    match read(bytes, name, password) {
        Ok(found) => {
            statement(&found);
            Some(found)
        }
        Err(error) => {
            assert!(!error.id().is_empty() && !error.to_string().is_empty());
            assert!(!matches!(error, ReadError::TooLarge { .. }) || bytes.len() > 100, "{error}");
            None
        }
    }
}

/// Rows sum to the totals, keys are unique, no amount is negative, and all of it can be written down.
pub fn statement(found: &Statement) {
    let mut keys = HashSet::new();
    let mut last = 0;
    for line in &found.lines {
        assert!(line.row > last, "row {} after row {last}", line.row);
        last = line.row;
        assert!(line.amount.get() >= 0 && line.ticket_amount.get() >= 0, "{line:?}");
        assert!(!line.key.is_empty() && keys.insert(line.key.as_str()), "key {:?} twice", line.key);
    }
    let totals = found.totals();
    let rows = u32::try_from(found.lines.len()).expect("a statement of fewer rows than four billion");
    let buckets = || totals.sums.iter().filter(|(bucket, _)| **bucket != Bucket::Qr).map(|(_, sum)| sum);
    assert_eq!((totals.rows, buckets().map(|sum| sum.n).sum::<u32>()), (rows, rows));
    let fen: i64 = found.lines.iter().map(|line| line.amount.get()).sum();
    assert_eq!(buckets().map(|sum| sum.fen).sum::<i64>(), fen);
    for declared in found.declared.iter().filter(|declared| !declared.agrees) {
        assert!(found.notes.contains(&Note::TotalsDisagree { what: declared.what.clone() }), "{declared:?}");
    }
    for text in [serde_json::to_string(found), serde_json::to_string(&totals)] {
        let text = text.expect("a statement can be written down");
        serde_json::from_str::<serde_json::Value>(&text).expect("what was written is JSON");
    }
}
