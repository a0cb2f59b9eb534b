//! What Alipay does with a trade.

use serde_json::Value;

use super::super::ledger::{Ledger, NoRefund, Provider, State, Trade};
use super::super::wire::{china, fen, yuan};
use super::super::{Book, Shared, Wallet};
use super::{BUYER, BUYER_ID, Said, bill, find, status};
use crate::gateway::fault::Step;
use crate::now_ms;

const ALIPAY: Provider = Provider::Alipay;

pub(super) fn act(shared: &Shared, step: Step, content: &Value) -> Result<Said, Said> {
    let mut book = shared.book();
    match step {
        Step::Code => precreate(&mut book.ledger, content),
        Step::Scan => pay(&mut book, content),
        Step::Query => query(&book.ledger, content),
        Step::Reverse => cancel(&mut book.ledger, content),
        Step::Close => close(&mut book.ledger, content),
        Step::Refund => refund(&mut book.ledger, content),
        Step::RefundQuery => refund_query(&book.ledger, content),
        Step::Bill => bill::address(&book.ledger, &shared.url, content),
        Step::File | Step::Certificates => Err(Said::invalid("isv.invalid-method", "不存在的方法名")),
    }
}

fn text<'a>(content: &'a Value, name: &str) -> Result<&'a str, Said> {
    content[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| {
        Said::no("40001", "Missing Required Arguments", "isv.missing-parameter", &format!("缺少必选参数：{name}"))
    })
}

/// Clients write amounts as text or as a JSON number; the digits are the same.
fn amount(content: &Value, name: &str) -> Result<i64, Said> {
    let written = match &content[name] {
        Value::Number(number) => number.to_string(),
        _ => text(content, name)?.to_owned(),
    };
    fen(&written)
        .ok()
        .filter(|fen| *fen > 0)
        .ok_or_else(|| Said::failed("ACQ.INVALID_PARAMETER", &format!("参数无效：{name}")))
}

fn not_there() -> Said {
    Said::failed("ACQ.TRADE_NOT_EXIST", "交易不存在")
}

/// The number of a trade that exists for Alipay. `trade_no` wins over `out_trade_no`.
fn existing<'a>(ledger: &'a Ledger, content: &Value) -> Result<&'a Trade, Said> {
    let out_no = match content["trade_no"].as_str().filter(|no| !no.is_empty()) {
        Some(trade_no) => ledger.out_no_of(ALIPAY, trade_no),
        None => Some(text(content, "out_trade_no")?.to_owned()),
    };
    let trade = out_no.and_then(|out_no| ledger.trade(ALIPAY, &out_no)).ok_or_else(not_there)?;
    if status(trade).is_some() { Ok(trade) } else { Err(not_there()) }
}

/// An order whose number was used before: only the very same order may be asked for again.
fn used(trade: &Trade, fen: i64, subject: &str) -> Result<(), Said> {
    match trade.state {
        State::Paid => Err(Said::failed("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")),
        State::Closed | State::Reversed | State::Failed => Err(Said::failed("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")),
        _ if (trade.fen, trade.subject.as_str()) != (fen, subject) => {
            Err(Said::failed("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"))
        }
        _ => Ok(()),
    }
}

/// Only promises a trade: it comes to be when a customer scans the code.
fn precreate(ledger: &mut Ledger, content: &Value) -> Result<Said, Said> {
    let (out_no, subject) = (text(content, "out_trade_no")?, text(content, "subject")?);
    let fen = amount(content, "total_amount")?;
    if let Some(trade) = ledger.trade(ALIPAY, out_no) {
        used(trade, fen, subject)?;
    }
    let trade = ledger.open(ALIPAY, out_no, fen, subject, State::Offered);
    let code = format!("https://qr.alipay.com/bax{}", &trade.trade_no[trade.trade_no.len() - 14..]);
    Ok(Said::done(vec![("out_trade_no", out_no.into()), ("qr_code", code.into())]))
}

fn pay(book: &mut Book, content: &Value) -> Result<Said, Said> {
    let (out_no, subject) = (text(content, "out_trade_no")?, text(content, "subject")?);
    let (fen, code) = (amount(content, "total_amount")?, text(content, "auth_code")?);
    if text(content, "scene")? != "bar_code" {
        return Err(Said::failed("ACQ.INVALID_PARAMETER", "参数无效：scene"));
    }
    if let Some(trade) = book.ledger.trade(ALIPAY, out_no) {
        used(trade, fen, subject)?;
        return Ok(Said::waits(about(trade)));
    }
    let invalid =
        || Said::failed("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款");
    let wallet = book.codes.remove(code).ok_or_else(invalid)?;
    let paid = match wallet {
        Wallet::IsStale => return Err(invalid()),
        Wallet::HasTooLittle => return Err(Said::failed("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足")),
        Wallet::AsksPassword => false,
        Wallet::PaysAtOnce | Wallet::PaysUnseen => true,
    };
    let trade = book.ledger.open(ALIPAY, out_no, fen, subject, State::Waiting);
    trade.scanned = true;
    if !paid {
        return Ok(Said::waits(about(trade)));
    }
    trade.state = State::Paid;
    trade.paid_at = Some(now_ms());
    if wallet == Wallet::PaysUnseen {
        return Err(Said::no("20000", "Service Currently Unavailable", "aop.ACQ.SYSTEM_ERROR", "系统繁忙"));
    }
    let mut said = about(trade);
    said.push(("gmt_payment", china(now_ms(), "%Y-%m-%d %H:%M:%S").into()));
    Ok(Said::done(said))
}

/// What every answer about a trade says of it.
fn about(trade: &Trade) -> Vec<(&'static str, Value)> {
    let amount = yuan(trade.fen);
    vec![
        ("buyer_logon_id", BUYER.into()),
        ("buyer_user_id", BUYER_ID.into()),
        ("buyer_pay_amount", amount.clone().into()),
        ("invoice_amount", amount.clone().into()),
        ("out_trade_no", trade.out_no.clone().into()),
        ("point_amount", "0.00".into()),
        ("receipt_amount", amount.clone().into()),
        ("total_amount", amount.into()),
        ("trade_no", trade.trade_no.clone().into()),
    ]
}

fn query(ledger: &Ledger, content: &Value) -> Result<Said, Said> {
    let trade = existing(ledger, content)?;
    let mut said = about(trade);
    said.push(("trade_status", status(trade).into()));
    if let Some(at) = trade.paid_at {
        said.push(("send_pay_date", china(at, "%Y-%m-%d %H:%M:%S").into()));
    }
    Ok(Said::done(said))
}

/// Numbers of a trade, for answers that say no more.
fn numbers(trade: &Trade) -> Vec<(&'static str, Value)> {
    vec![("out_trade_no", trade.out_no.clone().into()), ("trade_no", trade.trade_no.clone().into())]
}

fn cancel(ledger: &mut Ledger, content: &Value) -> Result<Said, Said> {
    let trade = existing(ledger, content)?.clone();
    let mut said = numbers(&trade);
    said.push(("retry_flag", "N".into()));
    if matches!(trade.state, State::Waiting | State::Paid) {
        let moved = ledger.reverse(ALIPAY, &trade.out_no);
        said.push(("action", if moved { "refund" } else { "close" }.into()));
    }
    Ok(Said::done(said))
}

fn close(ledger: &mut Ledger, content: &Value) -> Result<Said, Said> {
    let trade = existing(ledger, content)?.clone();
    if trade.state != State::Waiting {
        return Err(Said::failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"));
    }
    ledger.reverse(ALIPAY, &trade.out_no);
    Ok(Said::done(numbers(&trade)))
}

fn refund(ledger: &mut Ledger, content: &Value) -> Result<Said, Said> {
    let trade = existing(ledger, content)?.clone();
    let fen = amount(content, "refund_amount")?;
    // Without a number of its own, a refund is of the whole.
    let refund_no = match content["out_request_no"].as_str() {
        Some(no) if !no.is_empty() => no,
        _ if fen == trade.fen => &trade.out_no,
        _ => return Err(Said::failed("ACQ.INVALID_PARAMETER", "部分退款必须传out_request_no")),
    };
    let (_, moved) = ledger.refund(ALIPAY, &trade.out_no, refund_no, fen).map_err(|no| match no {
        NoRefund::NotPaid => Said::failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
        NoRefund::TooMuch => Said::failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"),
        NoRefund::OtherAmount => Said::failed("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致"),
    })?;
    let trade = existing(ledger, content)?;
    let mut said = numbers(trade);
    said.extend([
        ("buyer_logon_id", BUYER.into()),
        ("fund_change", if moved && !ledger.slow_refunds { "Y" } else { "N" }.into()),
        ("refund_fee", yuan(trade.asked_back_fen()).into()),
        ("send_back_fee", yuan(if moved { fen } else { 0 }).into()),
    ]);
    Ok(Said::done(said))
}

/// Answers 10000 also when there is no such refund: only `refund_status` says that there is.
fn refund_query(ledger: &Ledger, content: &Value) -> Result<Said, Said> {
    let trade = existing(ledger, content)?;
    let mut said = Vec::new();
    if let Some(refund) = find(trade, text(content, "out_request_no")?) {
        said = numbers(trade);
        said.extend([
            ("out_request_no", refund.refund_no.clone().into()),
            ("refund_amount", yuan(refund.fen).into()),
            ("total_amount", yuan(trade.fen).into()),
        ]);
        if refund.done {
            said.push(("refund_status", "REFUND_SUCCESS".into()));
        } else {
            said.retain(|(name, _)| *name != "refund_amount");
        }
    }
    Ok(Said::done(said))
}
