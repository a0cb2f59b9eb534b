//! Alipay's table.

use anyhow::Result;
use qiantai_tests::gateway::{Fault, Step, Wallet};

use crate::common::{codes, plain, wires};
use crate::play::{Case, Customer, Ends, play};
use crate::shop::House;
use crate::{endings, notices, refunds};

use Ends::{Refused, Unsettled};

/// What `alipay.trade.pay` may be answered.
const SCAN: &[(&str, &str, Ends)] = &[
    ("20001", "aop.invalid-auth-token", Refused("settings")),
    ("40001", "isv.missing-method", Refused("settings")),
    ("40002", "isv.invalid-signature", Refused("settings")),
    ("40003", "isv.user-forbbidden-error", Refused("not_allowed")),
    ("40006", "isv.insufficient-isv-permissions", Refused("not_allowed")),
    ("40004", "ACQ.ACCESS_FORBIDDEN", Refused("not_allowed")),
    ("40004", "ACQ.INVALID_PARAMETER", Refused("other")),
    ("40004", "ACQ.PARTNER_ERROR", Refused("settings")),
    ("40004", "ACQ.EXIST_FORBIDDEN_WORD", Refused("other")),
    ("40004", "ACQ.TOTAL_FEE_EXCEED", Refused("other")),
    ("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", Refused("scan_again")),
    ("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", Refused("other_means")),
    ("40004", "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", Refused("other_means")),
    ("40004", "ACQ.ERROR_BALANCE_PAYMENT_DISABLE", Refused("other_means")),
    ("40004", "ACQ.PULL_MOBILE_CASHIER_FAIL", Refused("other_means")),
    // It may be our own order that came twice.
    ("40004", "ACQ.CONTEXT_INCONSISTENT", Unsettled),
    ("40004", "ACQ.TRADE_HAS_CLOSE", Unsettled),
    ("40004", "ACQ.TRADE_HAS_SUCCESS", Unsettled),
    ("40004", "ACQ.SYSTEM_ERROR", Unsettled),
    ("20000", "aop.ACQ.SYSTEM_ERROR", Unsettled),
    ("10003", "", Unsettled),
    ("40004", "ACQ.SOMETHING_NEW", Unsettled),
    ("50000", "", Unsettled),
    // Success, of nothing.
    ("10000", "", Unsettled),
];

/// What `alipay.trade.precreate` may be answered.
const CODE: &[(&str, &str, Ends)] = &[
    ("40004", "ACQ.ACCESS_FORBIDDEN", Refused("not_allowed")),
    ("40004", "ACQ.TOTAL_FEE_EXCEED", Refused("other")),
    ("40002", "isv.invalid-signature", Refused("settings")),
    // A code has no password to wait for, and is not asked whether it was scanned.
    ("10003", "", Unsettled),
    ("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", Unsettled),
];

#[test]
fn alipay() -> Result<()> {
    let late = Case {
        name: "we scan, the answer comes after the till has stopped waiting".into(),
        customer: Customer::Shows(Wallet::PaysAtOnce),
        faults: vec![(Step::Scan, Fault::Delay(32_000), 1)],
        ends: Ends::Paid,
    };
    let mut cases = vec![late];
    cases.extend(plain(Ends::Over, Refused("other_means"), Refused("scan_again")));
    cases.extend(codes(Step::Scan, SCAN));
    cases.extend(codes(Step::Code, CODE));
    cases.extend(wires(true));
    let scenes = [endings::scenes(), refunds::scenes(House::Alipay), notices::scenes()].concat();
    play(House::Alipay, scenes, cases)
}
