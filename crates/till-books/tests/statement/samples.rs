//! Every published and constructed sample against its expected sums; licences in `statements/INDEX.md`.

use std::collections::BTreeMap;

use crate::{password, sample};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use till_books::statement::{Bucket, Coverage, Direction, Format, Kind, Note, Statement, read};

fn expected() -> BTreeMap<String, Map<String, Value>> {
    serde_json::from_slice(&sample("expected.json")).unwrap()
}

fn open(name: &str) -> Statement {
    read(&sample(name), name, password(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_sample_adds_up() {
    let expected = expected();
    assert_eq!(expected.len(), 27);
    for (name, want) in expected {
        let bytes = sample(&name);
        let statement = open(&name);
        let mut got = serde_json::to_value(statement.totals()).unwrap().as_object().unwrap().clone();
        got.insert("sha256".into(), json!(hex::encode(Sha256::digest(&bytes))));
        got.insert("bytes".into(), json!(bytes.len()));
        got.insert("encoding".into(), json!(statement.encoding));
        if statement.encoding == "xlsx" {
            let others = statement.notes.iter().filter(|note| matches!(note, Note::OtherSheetIgnored { .. })).count();
            got.insert("sheets_holding_the_same_rows".into(), json!(others + 1));
        }
        if let Some(password) = password(&name) {
            got.insert("password".into(), json!(password));
        }
        if let Some(same) = want.get("same_as").and_then(Value::as_str) {
            got.insert("same_as".into(), json!(same));
            assert_eq!(open(same).lines, statement.lines, "{name}");
        }
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn keys_are_unique_and_stable() {
    for name in expected().into_keys() {
        let (first, second) = (open(&name), open(&name));
        assert_eq!(first, second, "{name}");
        let mut keys: Vec<_> = first.lines.iter().map(|line| line.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), first.lines.len(), "{name}");
        assert!(first.lines.iter().all(|line| line.at_ms > 0 && line.amount.get() >= 0), "{name}");
    }
}

#[test]
fn formats_accounts_and_ranges() {
    let at = |text: &str| {
        let text = format!("{}+08:00", text.replace(' ', "T"));
        Some(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    };
    for (name, format, account, from, to) in [
        (
            "wechat-personal-2026-shop.xlsx",
            Format::WechatPersonal,
            "测试小店",
            at("2026-09-01 00:00:00"),
            at("2026-09-30 23:59:59"),
        ),
        (
            "wechat-personal-2020.csv",
            Format::WechatPersonal,
            "微",
            at("2020-08-30 00:00:00"),
            at("2020-09-06 23:09:16"),
        ),
        (
            "alipay-app-2026-shop.csv",
            Format::AlipayApp,
            "139****0000",
            at("2026-09-01 00:00:00"),
            at("2026-09-10 23:59:59"),
        ),
        (
            "alipay-app-2021.csv",
            Format::AlipayApp,
            "abc@triplez.cn",
            at("2021-05-19 00:00:00"),
            at("2021-06-19 23:59:59"),
        ),
        (
            "alipay-web-2019.txt",
            Format::AlipayWeb,
            "faker@faker.com",
            at("2019-08-01 00:00:00"),
            at("2019-10-01 00:00:00"),
        ),
        (
            "alipay-fundflow-2026.csv",
            Format::AlipayFundflow,
            "2088000000000000",
            at("2026-06-01 00:00:00"),
            at("2026-06-30 23:59:59"),
        ),
        (
            "alipay-merchant-trade-2019.zip",
            Format::AlipayTrade,
            "20880000000000000156",
            at("2019-09-16 00:00:00"),
            at("2019-09-17 00:00:00"),
        ),
        (
            "alipay-merchant-signcustomer-2026.zip",
            Format::AlipayAccount,
            "20880000000000000156",
            at("2026-11-19 00:00:00"),
            at("2026-11-20 00:00:00"),
        ),
        ("wechat-merchant-tradebill-all-2026-fees.csv", Format::WechatTradebill, "1900000109", None, None),
        ("wechat-merchant-fundflow-2026-fees.csv", Format::WechatFundflow, "", None, None),
        ("unionpay-zm-2026.zip", Format::UnionpayZm, "777290058110048", None, None),
        ("bank-icbc-debit-v2.csv", Format::BankIcbc, "1234****9876", None, None),
        ("bank-cmb-debit.csv", Format::BankCmb, "", None, None),
        ("bank-boc-debit.csv", Format::BankBoc, "", None, None),
        ("bank-abc-debit.csv", Format::BankAbc, "", None, None),
    ] {
        let statement = open(name);
        assert_eq!(
            (statement.format, statement.account.as_str(), statement.from_ms, statement.to_ms),
            (format, account, from, to),
            "{name}"
        );
    }
    assert_eq!(open("wechat-personal-2026-shop.xlsx").exported_at_ms, at("2026-10-01 09:00:00"));
    assert_eq!(open("wechat-personal-2026-shop.xlsx").lines[0].at_ms, at("2026-09-30 20:11:04").unwrap());
}

fn kinds(statement: &Statement) -> Vec<Kind> {
    statement.lines.iter().map(|line| line.kind).collect()
}

#[test]
fn kinds_of_a_shops_month() {
    use Kind::*;
    assert_eq!(
        kinds(&open("wechat-personal-2026-shop.xlsx")),
        [Receipt, Receipt, Receipt, Receipt, MaybeReceipt, MaybeReceipt, Out, Out, Refund, Withdrawal]
    );
    let alipay = open("alipay-app-2026-shop.csv");
    assert_eq!(kinds(&alipay), [Receipt, Receipt, Closed, Fee, MaybeReceipt, Out, Refund, Neutral, Withdrawal]);
    assert_eq!(alipay.lines[3].original_id, "2026091022001400000000000002");
    assert_eq!(alipay.lines[6].original_id, "2026090922001400000000000006");
    assert_eq!(alipay.lines[6].refund_no, "T200P0000000000000000006");
    assert_eq!(alipay.lines[4].note, "转账, 房租");
    let withdrawal = &open("wechat-personal-2026-shop.xlsx").lines[9];
    assert_eq!((withdrawal.amount.get(), withdrawal.fee.map(|fee| fee.get())), (100_100, Some(100)));
    assert_eq!(kinds(&open("alipay-merchant-signcustomer-2026.zip")), [Receipt, Fee, Refund, FeeBack, Withdrawal]);
    assert_eq!(kinds(&open("wechat-merchant-fundflow-2026-fees.csv")), [Receipt, Fee, Refund, Withdrawal]);
    assert_eq!(kinds(&open("alipay-fundflow-2026.csv")), [Receipt, Receipt, Refund, Out, Out, MaybeReceipt]);
    let boc = open("bank-boc-debit.csv");
    assert_eq!(boc.lines.iter().filter(|line| line.kind == Settlement).count(), 2);
    assert_eq!(boc.lines[2].kind, Refund);
}

#[test]
fn a_trade_bill_to_the_fen() {
    let bill = open("wechat-merchant-tradebill-all-2026-fees.csv");
    assert_eq!(kinds(&bill), [Kind::Receipt, Kind::Receipt, Kind::Receipt, Kind::Revoked, Kind::Refund, Kind::Pending]);
    let coupon = &bill.lines[1];
    assert_eq!(coupon.note, "外带,加辣");
    assert_eq!((coupon.amount.get(), coupon.settled.unwrap().get(), coupon.fee.unwrap().get()), (10_000, 9000, 54));
    assert_eq!(coupon.net.unwrap().get(), 8946);
    let refund = &bill.lines[4];
    assert_eq!((refund.refund_no.as_str(), refund.order_no.as_str()), ("QTR202611190011", "QT202611190011"));
    assert_eq!((refund.fee.unwrap().get(), refund.net.unwrap().get()), (-6, -994));
    assert!(bill.declared.len() == 6 && bill.declared.iter().all(|declared| declared.agrees), "{:#?}", bill.declared);

    let trade = open("alipay-merchant-trade-2026-fees.zip");
    assert!(trade.notes.iter().any(|note| matches!(note, Note::SummarySkipped { name } if name.contains("汇总"))));
    assert!(trade.declared.iter().all(|declared| declared.agrees), "{:#?}", trade.declared);
    assert_eq!(trade.declared.len(), 6, "two of the footer, four of the summary");
    let discounted = &trade.lines[1];
    assert_eq!((discounted.ticket_amount.get(), discounted.net.unwrap().get()), (10_000, 9443));
    let refund = &trade.lines[3];
    assert_eq!((refund.amount.get(), refund.fee.unwrap().get(), refund.net.unwrap().get()), (1000, -6, -994));

    let flow = open("wechat-merchant-fundflow-2026-fees.csv");
    let refund = &flow.lines[2];
    assert_eq!((refund.amount.get(), refund.ticket_amount.get(), refund.fee.unwrap().get()), (994, 1000, -6));
    assert!(flow.declared.len() == 5 && flow.declared.iter().all(|declared| declared.agrees));

    let unionpay = open("unionpay-zm-2026.zip");
    assert_eq!(unionpay.lines[2].original_id, unionpay.lines[0].channel_id);
    assert_eq!((unionpay.lines[2].net.unwrap().get(), unionpay.lines[0].net.unwrap().get()), (-994, 3559));
    assert!(unionpay.notes.iter().any(|note| matches!(note, Note::DifferencesSkipped { rows: 1, .. })));
}

#[test]
fn a_refund_bill_has_the_refunds_times() {
    let bill = open("wechat-merchant-tradebill-refund-2021.csv");
    assert_eq!(bill.lines[0].at_ms, "2021-02-01T14:33:24+08:00".parse::<jiff::Timestamp>().unwrap().as_millisecond());
    assert_eq!(bill.covers.receipts, Coverage::Left);
    assert_eq!(open("wechat-merchant-tradebill-success-2019.csv").covers.refunds, Coverage::Left);
    assert_eq!(open("wechat-merchant-tradebill-all-2021.csv").covers.refunds, Coverage::Full);
}

#[test]
fn wrong_totals_are_told() {
    let disagree =
        |name: &str| open(name).notes.iter().filter(|note| matches!(note, Note::TotalsDisagree { .. })).count();
    assert_eq!(disagree("wechat-merchant-fundflow-2021.csv"), 3, "rows, income and its sum");
    assert!(disagree("wechat-personal-2020.csv") > 0);
    assert!(disagree("alipay-web-2019.txt") > 0);
    for name in ["wechat-personal-2026-shop.xlsx", "alipay-app-2026-shop.csv", "alipay-merchant-signcustomer-2026.zip"]
    {
        let statement = open(name);
        assert_eq!(disagree(name), 0, "{name}: {:#?}", statement.declared);
        assert!(statement.declared.len() >= 2, "{name}");
    }
}

#[test]
fn banks_by_sign_by_column_by_nothing() {
    let abc = open("bank-abc-debit.csv");
    assert_eq!(abc.lines[4].bucket, Bucket::Zero);
    assert_eq!(abc.lines[4].direction, Direction::None);
    assert_eq!(abc.lines[0].at_ms, "2024-01-01T12:34:56+08:00".parse::<jiff::Timestamp>().unwrap().as_millisecond());
    assert_eq!(abc.lines[0].balance.unwrap().get(), 1_100_000);
    let icbc = open("bank-icbc-debit-v2.csv");
    assert_eq!(icbc.lines[0].counterparty, "深圳市财付通支付科技有限公司");
    assert_eq!(icbc.lines[0].balance, None);
    assert_eq!(open("bank-cmb-debit.csv").lines[0].balance.unwrap().get(), 127_166);
}
