//! What must hold of every verdict of the rules.

use till_channels::rules::{Notice, Rules, Verdict};
use till_core::money::Fen;

use crate::money;

/// Reads a notice and checks the answer against the notice itself.
pub fn verdict(rules: &Rules, notice: &Notice<'_>) -> Verdict {
    let said = rules.read(notice);
    assert_eq!(rules.read(notice), said, "the same notice, read twice");
    match &said {
        Verdict::Receipt { amount, payer_note, rule, .. } => {
            money(*amount);
            assert!(!rule.is_empty());
            assert!(payer_note.as_ref().is_none_or(|note| !note.trim().is_empty()));
            let shown = format!("{}\n{}", rules.normalise(notice.title), rules.normalise(notice.text));
            assert!(numbers(&shown).any(|n| n == *amount), "{amount} does not stand in {notice:?}");
        }
        Verdict::NotAReceipt { rule } => assert!(!rule.is_empty()),
        Verdict::Unrecognised { reason, .. } => assert!(!reason.is_empty()),
    }
    said
}

/// The numbers of a folded text, thousands commas taken out.
fn numbers(text: &str) -> impl Iterator<Item = Fen> {
    let runs = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')));
    runs.filter_map(|run| Fen::from_plain(&run.trim_matches(['.', ',']).replace(',', "")).ok())
}
