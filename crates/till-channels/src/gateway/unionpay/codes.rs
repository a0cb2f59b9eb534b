//! What respCode and origRespCode mean (UnionPay's 平台接入接口规范, part 5). What is not listed is unknown.

use super::super::RefusalKind;
use super::super::RefusalKind::{NotAllowed, OtherMeans, Settings, TooLate, TooOften};

/// What a code amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// `00`: done, or accepted, depending on the call.
    Success,
    /// `A6`: it happened, with a flaw on UnionPay's side.
    FlawedSuccess,
    /// It is being worked on.
    Working,
    /// Money may have moved: only a later query tells.
    Unsure,
    /// No such transaction.
    NotThere,
    /// No such file.
    NoFile,
    /// It did not happen.
    Refused(RefusalKind),
}

/// Code by code. The traps: 42, 74 and 75 say "charged, but"; 12 is about an earlier request with this number; 02 and 06
/// come from a system in trouble; 45 and 46 tell of another transaction. None of them is a refusal.
pub(super) const CODES: &[(&str, Meaning)] = &[
    ("00", Meaning::Success),
    ("A6", Meaning::FlawedSuccess),
    ("01", Meaning::Refused(RefusalKind::Other)),
    ("02", Meaning::Unsure),
    ("03", Meaning::Unsure),
    ("04", Meaning::Unsure),
    ("05", Meaning::Working),
    ("06", Meaning::Unsure),
    ("10", Meaning::Refused(RefusalKind::Other)),
    ("11", Meaning::Refused(Settings)),
    ("12", Meaning::Unsure),
    ("13", Meaning::Refused(RefusalKind::Other)),
    ("30", Meaning::Refused(OtherMeans)),
    ("31", Meaning::Refused(NotAllowed)),
    ("32", Meaning::Refused(NotAllowed)),
    ("33", Meaning::Refused(OtherMeans)),
    ("34", Meaning::NotThere),
    ("35", Meaning::Refused(RefusalKind::Other)),
    ("36", Meaning::Refused(RefusalKind::Other)),
    ("37", Meaning::Refused(TooOften)),
    ("38", Meaning::Refused(OtherMeans)),
    ("39", Meaning::Refused(TooLate)),
    ("42", Meaning::Unsure),
    ("43", Meaning::Refused(NotAllowed)),
    ("44", Meaning::Refused(OtherMeans)),
    ("45", Meaning::Unsure),
    ("46", Meaning::Unsure),
    ("60", Meaning::Refused(OtherMeans)),
    ("61", Meaning::Refused(OtherMeans)),
    ("62", Meaning::Refused(OtherMeans)),
    ("63", Meaning::Refused(OtherMeans)),
    ("64", Meaning::Refused(OtherMeans)),
    ("65", Meaning::Refused(OtherMeans)),
    ("66", Meaning::Refused(OtherMeans)),
    ("67", Meaning::Refused(OtherMeans)),
    ("68", Meaning::Refused(OtherMeans)),
    ("69", Meaning::Refused(OtherMeans)),
    ("70", Meaning::Working),
    ("71", Meaning::Refused(OtherMeans)),
    ("72", Meaning::Refused(OtherMeans)),
    ("73", Meaning::Refused(OtherMeans)),
    ("74", Meaning::Unsure),
    ("75", Meaning::Unsure),
    ("77", Meaning::Refused(OtherMeans)),
    ("78", Meaning::Refused(OtherMeans)),
    ("98", Meaning::NoFile),
];

/// The meaning of a code; none if it is not listed.
pub(super) fn meaning(code: &str) -> Option<Meaning> {
    CODES.iter().find(|(listed, _)| *listed == code).map(|(_, meaning)| *meaning)
}
