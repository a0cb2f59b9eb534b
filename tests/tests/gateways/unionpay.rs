//! UnionPay's table.

use anyhow::Result;
use qiantai_tests::gateway::Step;

use crate::common::{codes, plain, wires};
use crate::play::{Ends, play};
use crate::shop::House;
use crate::{endings, notices, refunds};

use Ends::{Refused, Unsettled};

/// What a charge may be answered.
const SCAN: &[(&str, &str, Ends)] = &[
    ("01", "", Refused("other")),
    ("10", "", Refused("other")),
    ("11", "", Refused("settings")),
    ("13", "", Refused("other")),
    ("30", "", Refused("other_means")),
    ("31", "", Refused("not_allowed")),
    ("32", "", Refused("not_allowed")),
    ("33", "", Refused("other_means")),
    ("35", "", Refused("other")),
    ("36", "", Refused("other")),
    ("37", "", Refused("too_often")),
    ("38", "", Refused("other_means")),
    ("39", "", Refused("too_late")),
    ("43", "", Refused("not_allowed")),
    ("44", "", Refused("other_means")),
    ("60", "", Refused("other_means")),
    ("61", "", Refused("other_means")),
    ("62", "", Refused("other_means")),
    ("63", "", Refused("other_means")),
    ("64", "", Refused("other_means")),
    ("65", "", Refused("other_means")),
    ("66", "", Refused("other_means")),
    ("67", "", Refused("other_means")),
    ("68", "", Refused("other_means")),
    ("69", "", Refused("other_means")),
    ("71", "", Refused("other_means")),
    ("72", "", Refused("other_means")),
    ("73", "", Refused("other_means")),
    ("77", "", Refused("other_means")),
    ("78", "", Refused("other_means")),
    // Taken in is not paid; and money may have moved.
    ("00", "", Unsettled),
    ("A6", "", Unsettled),
    ("02", "", Unsettled),
    ("03", "", Unsettled),
    ("04", "", Unsettled),
    ("05", "", Unsettled),
    ("06", "", Unsettled),
    ("12", "", Unsettled),
    ("34", "", Unsettled),
    ("42", "", Unsettled),
    ("45", "", Unsettled),
    ("46", "", Unsettled),
    ("70", "", Unsettled),
    ("74", "", Unsettled),
    ("75", "", Unsettled),
    ("98", "", Unsettled),
    ("ZZ", "", Unsettled),
];

/// What the request for a code may be answered.
const CODE: &[(&str, &str, Ends)] = &[
    ("10", "", Refused("other")),
    ("11", "", Refused("settings")),
    ("31", "", Refused("not_allowed")),
    ("12", "", Unsettled),
    ("03", "", Unsettled),
    ("ZZ", "", Unsettled),
    // A code that is none.
    ("00", "", Unsettled),
];

#[test]
fn unionpay() -> Result<()> {
    let mut cases = plain(Unsettled, Refused("other_means"), Refused("other_means"));
    cases.extend(codes(Step::Scan, SCAN));
    cases.extend(codes(Step::Code, CODE));
    cases.extend(wires(false));
    let scenes = [endings::scenes(), refunds::scenes(House::UnionPay), notices::scenes()].concat();
    play(House::UnionPay, scenes, cases)
}
