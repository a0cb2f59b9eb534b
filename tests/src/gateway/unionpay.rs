//! UnionPay 5.1.0: forms both ways, signed with certificates; `00` says that something was taken in, not that it was paid.

use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::fault::{Question, Step};
use super::keys::{Keys, UNIONPAY_MERCHANT_SERIAL};
use super::ledger::{Ledger, NoRefund, Provider, Refund, State, Trade};
use super::notice::{Event, Notice, Saying};
use super::wire::{Hand, Reply, Request, china, field, fields, form, pairs, sorted};
use super::{Book, Shared, Wallet};
use crate::now_ms;

const UNIONPAY: Provider = Provider::UnionPay;
/// The merchant.
pub const UNIONPAY_MERCHANT: &str = "777290058110048";

type Fields = Vec<(String, String)>;

/// `respCode` and what it is about; beyond that, everything that was asked is repeated.
struct Said {
    code: String,
    words: &'static str,
    more: Fields,
}

fn said(code: &str, words: &'static str, more: Fields) -> Said {
    Said { code: code.into(), words, more }
}

pub(super) fn route(request: &Request) -> Option<Question> {
    if request.method != "POST" {
        return None;
    }
    let asked = pairs(&request.body);
    let kind = |name| field(&asked, name).unwrap_or_default();
    let step = match (request.path.as_str(), kind("txnType"), kind("txnSubType")) {
        ("/gateway/api/backTransReq.do", "01", "07") => Step::Code,
        ("/gateway/api/backTransReq.do", "01", "06") => Step::Scan,
        ("/gateway/api/backTransReq.do", "31", _) => Step::Reverse,
        ("/gateway/api/backTransReq.do", "04", _) => Step::Refund,
        ("/gateway/api/queryTrans.do", "00", _) => Step::Query,
        ("/files/", "76", "01") => Step::Bill,
        _ => return None,
    };
    let fen = field(&asked, "txnAmt").and_then(|fen| fen.parse().ok());
    Some(Question { step, out_no: field(&asked, "orderId").map(str::to_owned), fen })
}

pub(super) fn answer(shared: &Shared, step: Step, request: &Request, hand: Hand) -> Reply {
    let asked = pairs(&request.body);
    let told = authenticate(shared.keys, &asked).and_then(|()| act(&mut shared.book(), step, &asked));
    speak(shared.keys, &asked, told.unwrap_or_else(|refused| refused), hand)
}

pub(super) fn refuse(shared: &Shared, request: &Request, code: &str) -> Reply {
    speak(shared.keys, &pairs(&request.body), said(code, "as ordered", Fields::new()), Hand::Own)
}

/// What is signed: the digest of the sorted fields, as text.
fn signed(fields: &Fields) -> String {
    hex::encode(Sha256::digest(sorted(fields, &["signature"])))
}

fn authenticate(keys: &Keys, asked: &Fields) -> Result<(), Said> {
    let text = |name: &str| field(asked, name).unwrap_or_default();
    let mut names: Vec<_> = asked.iter().map(|(name, _)| name).collect();
    names.sort();
    if names.windows(2).any(|two| two[0] == two[1]) {
        return Err(said("10", "报文格式错误", Fields::new()));
    }
    let fixed = [("version", "5.1.0"), ("signMethod", "01"), ("encoding", "UTF-8"), ("merId", UNIONPAY_MERCHANT)];
    if fixed.iter().any(|(name, value)| text(name) != *value) || text("certId") != UNIONPAY_MERCHANT_SERIAL {
        return Err(said("11", "[9100004]验签失败", Fields::new()));
    }
    if !keys.unionpay_merchant.has_signed(signed(asked).as_bytes(), text("signature")) {
        return Err(said("11", "[9100004]验签失败", Fields::new()));
    }
    Ok(())
}

fn speak(keys: &Keys, asked: &Fields, told: Said, hand: Hand) -> Reply {
    const REPEATED: [&str; 12] = [
        "accessType",
        "bizType",
        "currencyCode",
        "encoding",
        "merId",
        "orderId",
        "signMethod",
        "txnAmt",
        "txnSubType",
        "txnTime",
        "txnType",
        "version",
    ];
    let mut all: Fields = asked.iter().filter(|(name, _)| REPEATED.contains(&name.as_str())).cloned().collect();
    all.extend(fields([("respCode", &told.code), ("respMsg", told.words)]));
    all.extend(told.more);
    let body = form(&sign(keys, all, hand));
    Reply::new(200, "application/x-www-form-urlencoded;charset=UTF-8", body)
}

/// The certificate travels with the message; whose it is must be checked up to the root.
fn sign(keys: &Keys, mut all: Fields, hand: Hand) -> Fields {
    let (pair, certificate) = match hand {
        Hand::Own => (&keys.unionpay, &keys.unionpay_certificate),
        Hand::Stranger => (&keys.stranger, &keys.stranger_certificate),
        Hand::Nobody => return all,
    };
    all.push(("signPubKeyCert".into(), certificate.clone()));
    let signature = pair.sign(signed(&all).as_bytes());
    all.push(("signature".into(), signature));
    all
}

fn act(book: &mut Book, step: Step, asked: &Fields) -> Result<Said, Said> {
    match step {
        Step::Code | Step::Scan => order(book, step, asked),
        Step::Query => query(&book.ledger, asked),
        Step::Reverse | Step::Refund => give_back(&mut book.ledger, step, asked),
        Step::Bill => bill(&book.ledger, asked),
        _ => Err(said("40", "没有这种交易", Fields::new())),
    }
}

fn text<'a>(asked: &'a Fields, name: &str) -> Result<&'a str, Said> {
    field(asked, name).ok_or_else(|| said("10", "报文要素缺失", Fields::new()))
}

fn amount(asked: &Fields) -> Result<i64, Said> {
    let fen = text(asked, "txnAmt")?.parse().ok().filter(|fen| *fen > 0);
    fen.ok_or_else(|| said("13", "交易金额超限", Fields::new()))
}

/// A number of the merchant's: 8 to 40 letters and digits.
fn number(asked: &Fields) -> Result<&str, Said> {
    let number = text(asked, "orderId")?;
    let fits = (8..=40).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits { Ok(number) } else { Err(said("10", "报文格式错误[orderId]", Fields::new())) }
}

fn accepted(more: Fields) -> Said {
    said("00", "成功[0000000]", more)
}

fn order(book: &mut Book, step: Step, asked: &Fields) -> Result<Said, Said> {
    let (out_no, time, fen) = (number(asked)?, text(asked, "txnTime")?, amount(asked)?);
    if (text(asked, "currencyCode")?, text(asked, "channelType")?) != ("156", "08") {
        return Err(said("10", "报文格式错误", Fields::new()));
    }
    if book.ledger.trade(UNIONPAY, out_no).is_some() {
        return Err(said("12", "重复交易", Fields::new()));
    }
    let scanned = step == Step::Scan;
    let wallet = if scanned { book.codes.remove(text(asked, "qrNo")?) } else { Some(Wallet::AsksPassword) };
    let paid = match wallet.ok_or_else(|| said("77", "二维码无效", Fields::new()))? {
        Wallet::IsStale => return Err(said("77", "二维码已失效", Fields::new())),
        Wallet::HasTooLittle => return Err(said("64", "银行卡余额不足", Fields::new())),
        Wallet::AsksPassword => false,
        Wallet::PaysAtOnce | Wallet::PaysUnseen => true,
    };
    let trade =
        book.ledger.open(UNIONPAY, out_no, fen, "银联二维码", if scanned { State::Waiting } else { State::Offered });
    trade.scanned = scanned;
    trade.txn_time = time.into();
    if paid {
        trade.state = State::Paid;
        trade.paid_at = Some(now_ms());
    }
    let code = fields([("qrCode", &format!("https://qr.95516.com/00010000/{}", trade.trade_no))]);
    match wallet {
        Some(Wallet::PaysUnseen) => Err(said("03", "交易通讯超时，请发起查询交易", Fields::new())),
        _ if scanned => Ok(accepted(Fields::new())),
        _ => Ok(accepted(code)),
    }
}

/// A purchase, or a refund, by the number and the time it was asked with.
fn query(ledger: &Ledger, asked: &Fields) -> Result<Said, Said> {
    let (out_no, time) = (number(asked)?, text(asked, "txnTime")?);
    let gone = || said("34", "查无此交易", Fields::new());
    if let Some(trade) = ledger.trade(UNIONPAY, out_no).filter(|trade| trade.txn_time == time) {
        return Ok(accepted(about(trade, trade.fen)));
    }
    let mut refunds = ledger.of(UNIONPAY).flat_map(|trade| trade.refunds.iter().map(move |refund| (trade, refund)));
    let (trade, refund) = refunds.find(|(_, refund)| refund.refund_no == out_no).ok_or_else(gone)?;
    Ok(accepted(about_refund(trade, refund)))
}

fn about(trade: &Trade, fen: i64) -> Fields {
    let (code, words) = match trade.state {
        State::Offered | State::Waiting => ("05", "交易已受理，请稍后查询交易结果"),
        State::Paid | State::Reversed if trade.paid_at.is_some() => ("00", "成功[0000000]"),
        _ => ("80", "交易失败"),
    };
    let at = trade.paid_at.unwrap_or(trade.opened_at);
    fields([
        ("origRespCode", code),
        ("origRespMsg", words),
        ("queryId", &trade.trade_no),
        ("txnAmt", &fen.to_string()),
        ("currencyCode", "156"),
        ("settleAmt", &fen.to_string()),
        ("settleCurrencyCode", "156"),
        ("settleDate", &china(at, "%m%d")),
        ("traceNo", &trade.trade_no[trade.trade_no.len() - 6..]),
        ("traceTime", &china(at, "%m%d%H%M%S")),
    ])
}

fn about_refund(trade: &Trade, refund: &Refund) -> Fields {
    let (code, words) =
        if refund.done { ("00", "成功[0000000]") } else { ("05", "交易已受理，请稍后查询交易结果") };
    fields([
        ("origRespCode", code),
        ("origRespMsg", words),
        ("queryId", &refund.trade_no),
        ("origQryId", &trade.trade_no),
        ("txnAmt", &refund.fen.to_string()),
        ("currencyCode", "156"),
        ("settleDate", &china(refund.at, "%m%d")),
    ])
}

/// A reversal (31) is of the whole; a refund (04) may be of a part. Both have numbers of their own.
fn give_back(ledger: &mut Ledger, step: Step, asked: &Fields) -> Result<Said, Said> {
    let (refund_no, fen, original) = (number(asked)?, amount(asked)?, text(asked, "origQryId")?);
    let out_no = ledger.out_no_of(UNIONPAY, original).ok_or_else(|| said("34", "查无此交易", Fields::new()))?;
    let whole = ledger.trade(UNIONPAY, &out_no).is_some_and(|trade| trade.fen == fen);
    if step == Step::Reverse && !whole {
        return Err(said("36", "交易金额超限", Fields::new()));
    }
    let (refund, moved) = ledger.refund(UNIONPAY, &out_no, refund_no, fen).map_err(|no| match no {
        NoRefund::NotPaid => said("35", "原交易状态不正确", Fields::new()),
        NoRefund::TooMuch => said("36", "交易金额超限", Fields::new()),
        NoRefund::OtherAmount => said("12", "重复交易", Fields::new()),
    })?;
    if !moved {
        return Err(said("12", "重复交易", Fields::new()));
    }
    Ok(accepted(fields([("queryId", &refund.trade_no), ("origQryId", original)])))
}

/// Widths of a line of details.
const WIDTHS: [usize; 41] = [
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 131,
];

/// The day's details: a zip, compressed once more and written as base64.
fn bill(ledger: &Ledger, asked: &Fields) -> Result<Said, Said> {
    let date = text(asked, "settleDate")?;
    let mut lines = String::new();
    for trade in ledger.of(UNIONPAY) {
        let mut add = |at: i64, kind: &str, out_no: &str, query_id: &str, fen: i64| {
            if ledger.bill_day(at, "%m%d") == date {
                lines.push_str(&line(trade, at, kind, out_no, query_id, fen));
            }
        };
        if let Some(at) = trade.paid_at {
            add(at, "01", &trade.out_no, &trade.trade_no, trade.fen);
        }
        for refund in trade.refunds.iter().filter(|refund| refund.done) {
            add(refund.at, "04", &refund.refund_no, &refund.trade_no, refund.fen);
        }
    }
    if lines.is_empty() {
        return Err(said("98", "文件不存在", Fields::new()));
    }
    let name = format!("INN{}88ZM_{UNIONPAY_MERCHANT}", china(now_ms(), "%y%m%d"));
    let packed = pack(&name, &lines).map_err(|_| said("98", "文件不存在", Fields::new()))?;
    Ok(accepted(fields([("fileName", &format!("{name}.zip")), ("fileContent", &packed)])))
}

fn line(trade: &Trade, at: i64, kind: &str, out_no: &str, query_id: &str, fen: i64) -> String {
    let cells = WIDTHS.iter().enumerate().map(|(at_field, width)| {
        let text = match at_field + 1 {
            1 => "S22".to_owned(),
            4 => trade.trade_no[trade.trade_no.len() - 6..].to_owned(),
            5 => china(at, "%m%d%H%M%S"),
            7 => format!("{fen:012}"),
            10 => query_id[..21].to_owned(),
            12 => out_no.to_owned(),
            20 => kind.to_owned(),
            28 => UNIONPAY_MERCHANT.to_owned(),
            _ => String::new(),
        };
        format!("{text:<width$}")
    });
    format!("{}\r\n", cells.collect::<Vec<_>>().join(" "))
}

fn pack(name: &str, lines: &str) -> Result<String> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default())?;
    zip.write_all(lines.as_bytes())?;
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&zip.finish()?.into_inner())?;
    Ok(STANDARD.encode(zlib.finish()?))
}

pub(super) fn notice(shared: &Shared, trade: &Trade, saying: &Saying<'_>) -> Result<Notice> {
    let merchant = if saying.other_seller { "777290058110999" } else { UNIONPAY_MERCHANT };
    let (kind, sub_kind, number, time, about) = match saying.event {
        Event::Paid => {
            let sub_kind = if trade.scanned { "06" } else { "07" };
            ("01", sub_kind, &trade.out_no, trade.txn_time.clone(), about(trade, saying.fen.unwrap_or(trade.fen)))
        }
        Event::Refunded(no) => {
            let mut refund =
                trade.refunds.iter().find(|refund| refund.refund_no == *no).context("no such refund")?.clone();
            refund.fen = saying.fen.unwrap_or(refund.fen);
            ("04", "00", no, china(refund.at, "%Y%m%d%H%M%S"), about_refund(trade, &refund))
        }
    };
    let head = fields([
        ("version", "5.1.0"),
        ("encoding", "UTF-8"),
        ("signMethod", "01"),
        ("txnType", kind),
        ("txnSubType", sub_kind),
        ("bizType", "000000"),
        ("accessType", "0"),
        ("merId", merchant),
        ("orderId", number),
        ("txnTime", &time),
        ("respCode", "00"),
        ("respMsg", "成功[0000000]"),
    ]);
    let about = about.into_iter().filter(|(name, _)| !name.starts_with("origResp")).collect();
    let mut told = sign(shared.keys, [head, about].concat(), saying.hand);
    if let Some(fen) = saying.tampered {
        told.iter_mut().filter(|(name, _)| name == "txnAmt").for_each(|(_, value)| *value = fen.to_string());
    }
    let kind = "application/x-www-form-urlencoded;charset=UTF-8";
    Ok(Notice { headers: vec![("content-type", kind.into())], body: form(&told).into_bytes() })
}
