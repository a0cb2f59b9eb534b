//! v3: JSON, signed in headers; notices are encrypted besides.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::fault::{Question, Step};
use super::super::keys::{Keys, Pair, WECHAT_MERCHANT_SERIAL, WECHAT_PLATFORM_SERIAL};
use super::super::ledger::{Ledger, NoRefund, Provider, Refund, State, Trade};
use super::super::notice::{Event, Notice, Saying};
use super::super::wire::{Hand, Reply, Request, china, nowhere};
use super::super::{Book, Shared};
use super::{
    OPENID, OTHER_MCHID, WECHAT_APPID, WECHAT_MCHID, WECHAT_PUBLIC_KEY_ID, WECHAT_V3_KEY, bill, code_url, kind,
    prepay_tail, state,
};
use crate::now_ms;

const V3: Provider = Provider::WechatV3;
const FILE: &str = "/v3/billdownload/file";
const TRADES: &str = "/v3/pay/transactions/";
const REFUNDS: &str = "/v3/refund/domestic/refunds";
const TIME: &str = "%Y-%m-%dT%H:%M:%S+08:00";

/// An answer before it is signed.
struct Said {
    status: u16,
    /// None: no body, as a 204 has.
    body: Option<Value>,
    /// It knows who asks.
    known: bool,
}

impl Said {
    fn done(body: Value) -> Said {
        Said { status: 200, body: Some(body), known: true }
    }

    fn no(status: u16, code: &str, message: &str) -> Said {
        Said { status, body: Some(json!({ "code": code, "message": message })), known: true }
    }

    fn wrong(message: &str) -> Said {
        Said::no(400, "PARAM_ERROR", message)
    }

    fn unknown(message: &str) -> Said {
        Said { known: false, ..Said::no(401, "SIGN_ERROR", message) }
    }
}

pub(in super::super) fn route(request: &Request) -> Option<Question> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let in_body = body["out_trade_no"].as_str().map(str::to_owned);
    let path = request.path.as_str();
    let amount = &body["amount"];
    let fen = amount["refund"].as_i64().or(amount["total"].as_i64());
    let (step, out_no) = match (request.method.as_str(), path) {
        ("POST", REFUNDS) => (Step::Refund, in_body),
        ("GET", FILE) => (Step::File, None),
        ("GET", "/v3/bill/tradebill") => (Step::Bill, None),
        ("GET", "/v3/certificates") => (Step::Certificates, None),
        ("GET", _) if path.strip_prefix(REFUNDS).is_some() => (Step::RefundQuery, None),
        (method, _) => match (method, path.strip_prefix(TRADES)?.split('/').collect::<Vec<_>>().as_slice()) {
            ("POST", ["native" | "jsapi" | "app" | "h5"]) => (Step::Code, in_body),
            ("GET", ["out-trade-no", out_no]) => (Step::Query, Some((*out_no).into())),
            ("GET", ["id", _]) => (Step::Query, None),
            ("POST", ["out-trade-no", out_no, "close"]) => (Step::Close, Some((*out_no).into())),
            _ => return None,
        },
    };
    Some(Question { step, out_no, fen })
}

pub(in super::super) fn answer(shared: &Shared, step: Step, request: &Request, hand: Hand) -> Reply {
    let said = authenticate(shared.keys, request).and_then(|()| {
        let mut book = shared.book();
        if step == Step::File {
            return Ok(Err(file(&book.ledger, request)));
        }
        act(shared, &mut book, step, request).map(Ok)
    });
    match said {
        Ok(Err(file)) => file,
        Ok(Ok(said)) | Err(said) => speak(shared.keys, request, said, hand),
    }
}

pub(in super::super) fn refuse(shared: &Shared, request: &Request, code: &str, message: &str) -> Reply {
    let status = if code == "SYSTEM_ERROR" { 500 } else { 400 };
    speak(shared.keys, request, Said::no(status, code, message), Hand::Own)
}

/// Whether it is the merchant who asks.
fn authenticate(keys: &Keys, request: &Request) -> Result<(), Said> {
    if request.header("accept").is_none() || request.header("user-agent").is_none() {
        return Err(Said::wrong("Http头缺少Accept或User-Agent"));
    }
    let header = request.header("authorization").and_then(|h| h.strip_prefix("WECHATPAY2-SHA256-RSA2048 "));
    let parts: Vec<_> = header.unwrap_or_default().split(',').filter_map(|part| part.split_once('=')).collect();
    let part = |name: &str| {
        let mut found = parts.iter().filter(|(n, _)| n.trim() == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => value.trim().trim_matches('"'),
            _ => "",
        }
    };
    if part("mchid") != WECHAT_MCHID || part("serial_no") != WECHAT_MERCHANT_SERIAL {
        return Err(Said::unknown("商户证书序列号有误"));
    }
    let at: i64 = part("timestamp").parse().map_err(|_| Said::unknown("Http头Authorization值格式错误"))?;
    if (now_ms() / 1000 - at).abs() > 300 {
        return Err(Said::unknown("签名时间戳与服务器时间相差过大"));
    }
    let body = String::from_utf8_lossy(&request.body);
    let signed = format!("{}\n{}\n{at}\n{}\n{body}\n", request.method, request.target(), part("nonce_str"));
    if part("nonce_str").is_empty() || !keys.wechat_merchant.has_signed(signed.as_bytes(), part("signature")) {
        return Err(Said::unknown("错误的签名，验签失败"));
    }
    Ok(())
}

/// Signs as it was asked to: with the public key's id, or with the platform certificate.
fn speak(keys: &Keys, request: &Request, said: Said, hand: Hand) -> Reply {
    let body = said.body.map(|body| body.to_string()).unwrap_or_default();
    let mut reply = Reply::new(said.status, "application/json; charset=utf-8", body);
    if said.known {
        let by_id = request.header("wechatpay-serial").is_some_and(|serial| serial == WECHAT_PUBLIC_KEY_ID);
        reply.headers.extend(signature(keys, by_id, &reply.body, hand));
    }
    reply
}

/// The headers of what WeChat Pay signs.
fn signature(keys: &Keys, by_id: bool, body: &[u8], hand: Hand) -> Vec<(&'static str, String)> {
    let (serial, own): (&str, &Pair) =
        if by_id { (WECHAT_PUBLIC_KEY_ID, &keys.wechat) } else { (WECHAT_PLATFORM_SERIAL, &keys.wechat_platform) };
    let pair = match hand {
        Hand::Own => own,
        Hand::Stranger => &keys.stranger,
        Hand::Nobody => return Vec::new(),
    };
    let (at, nonce) = (now_ms() / 1000, uuid::Uuid::new_v4().simple().to_string());
    let signed = [format!("{at}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
    vec![
        ("wechatpay-timestamp", at.to_string()),
        ("wechatpay-nonce", nonce),
        ("wechatpay-serial", serial.into()),
        ("wechatpay-signature", pair.sign(&signed)),
        ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".into()),
    ]
}

fn act(shared: &Shared, book: &mut Book, step: Step, request: &Request) -> Result<Said, Said> {
    let body: Value = match request.body.as_slice() {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes).map_err(|_| Said::wrong("请求体不是JSON"))?,
    };
    let ledger = &mut book.ledger;
    match step {
        Step::Code => order(ledger, &request.path, &body),
        Step::Query => query(ledger, request),
        Step::Close => close(ledger, request, &body),
        Step::Refund => refund(ledger, &body),
        Step::RefundQuery => refund_query(ledger, request),
        Step::Bill => bill_address(ledger, &shared.url, request),
        Step::Certificates => certificates(shared.keys),
        Step::Scan | Step::Reverse | Step::File => Err(Said::no(404, "RESOURCE_NOT_EXISTS", "接口不存在")),
    }
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, Said> {
    body[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| Said::wrong(&format!("输入源“/body/{name}”为空")))
}

fn whole(body: &Value, name: &str) -> Result<i64, Said> {
    let fen = body["amount"][name].as_i64().filter(|fen| *fen > 0);
    fen.ok_or_else(|| Said::wrong(&format!("输入源“/body/amount/{name}”值不正确")))
}

fn ours(mchid: &str) -> Result<(), Said> {
    if mchid == WECHAT_MCHID { Ok(()) } else { Err(Said::no(400, "INVALID_REQUEST", "商户号与签名不一致")) }
}

fn order(ledger: &mut Ledger, path: &str, body: &Value) -> Result<Said, Said> {
    ours(text(body, "mchid")?)?;
    if text(body, "appid")? != WECHAT_APPID {
        return Err(Said::no(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
    }
    text(body, "notify_url")?;
    let (out_no, subject, fen) = (text(body, "out_trade_no")?, text(body, "description")?, whole(body, "total")?);
    if !(6..=32).contains(&out_no.len()) {
        return Err(Said::wrong("输入源“/body/out_trade_no”长度不正确"));
    }
    if let Some(trade) = ledger.trade(V3, out_no) {
        match trade.state {
            State::Paid => return Err(Said::no(400, "ORDERPAID", "该订单已支付")),
            State::Closed | State::Reversed => return Err(Said::no(400, "ORDER_CLOSED", "该订单已关闭")),
            _ if (trade.fen, trade.subject.as_str()) != (fen, subject) => {
                return Err(Said::no(403, "OUT_TRADE_NO_USED", "商户订单号重复"));
            }
            _ => {}
        }
    }
    let trade = ledger.open(V3, out_no, fen, subject, State::Offered);
    Ok(Said::done(match path.rsplit('/').next() {
        Some("native") => json!({ "code_url": code_url(trade) }),
        Some("h5") => json!({ "h5_url": format!("https://wx.tenpay.com/pay?prepay_id=wx{}", prepay_tail(trade)) }),
        _ => json!({ "prepay_id": format!("wx{}", prepay_tail(trade)) }),
    }))
}

fn not_there() -> Said {
    Said::no(404, "ORDER_NOT_EXIST", "订单不存在")
}

/// All that a query or a notice says about a trade.
fn about(trade: &Trade, fen: i64, mchid: &str) -> Value {
    let (state, words) = state(trade);
    let mut about = json!({
        "appid": WECHAT_APPID, "mchid": mchid, "out_trade_no": trade.out_no, "trade_type": kind(trade),
        "trade_state": state, "trade_state_desc": words, "attach": "", "amount": { "total": fen, "currency": "CNY" },
    });
    if let Some(at) = trade.paid_at {
        about["transaction_id"] = trade.trade_no.clone().into();
        about["bank_type"] = "OTHERS".into();
        about["success_time"] = china(at, TIME).into();
        about["payer"] = json!({ "openid": OPENID });
        about["amount"]["payer_total"] = fen.into();
        about["amount"]["payer_currency"] = "CNY".into();
    }
    about
}

fn query(ledger: &Ledger, request: &Request) -> Result<Said, Said> {
    ours(&request.asked("mchid").unwrap_or_default())?;
    let last = request.path.rsplit('/').next().unwrap_or_default();
    let by_id = request.path.contains("/id/").then(|| ledger.out_no_of(V3, last)).flatten();
    let trade = ledger.trade(V3, by_id.as_deref().unwrap_or(last)).ok_or_else(not_there)?;
    Ok(Said::done(about(trade, trade.fen, WECHAT_MCHID)))
}

fn close(ledger: &mut Ledger, request: &Request, body: &Value) -> Result<Said, Said> {
    ours(text(body, "mchid")?)?;
    let out_no = request.path.trim_end_matches("/close").rsplit('/').next().unwrap_or_default();
    let trade = ledger.trade_mut(V3, out_no).ok_or_else(not_there)?;
    match trade.state {
        State::Offered | State::Waiting if !trade.scanned => trade.state = State::Closed,
        State::Closed => {}
        State::Paid => return Err(Said::no(400, "ORDERPAID", "该订单已支付")),
        _ => return Err(Said::no(400, "INVALID_REQUEST", "订单不可关闭")),
    }
    Ok(Said { status: 204, body: None, known: true })
}

fn about_refund(trade: &Trade, refund: &Refund, done: bool) -> Value {
    let mut about = json!({
        "refund_id": refund.trade_no, "out_refund_no": refund.refund_no, "transaction_id": trade.trade_no,
        "out_trade_no": trade.out_no, "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
        "create_time": china(refund.at, TIME), "status": if done { "SUCCESS" } else { "PROCESSING" },
        "funds_account": "AVAILABLE", "amount": {
            "total": trade.fen, "refund": refund.fen, "payer_total": trade.fen, "payer_refund": refund.fen,
            "settlement_total": trade.fen, "settlement_refund": refund.fen, "discount_refund": 0, "currency": "CNY",
        },
    });
    if done {
        about["success_time"] = china(refund.at, TIME).into();
    }
    about
}

/// The first answer is always that it is under way, as from the real one.
fn refund(ledger: &mut Ledger, body: &Value) -> Result<Said, Said> {
    let out_no = match body["transaction_id"].as_str() {
        Some(id) => ledger.out_no_of(V3, id).ok_or_else(not_there)?,
        None => text(body, "out_trade_no")?.to_owned(),
    };
    let (refund_no, fen, total) = (text(body, "out_refund_no")?, whole(body, "refund")?, whole(body, "total")?);
    let trade = ledger.trade(V3, &out_no).ok_or_else(|| Said::no(404, "RESOURCE_NOT_EXISTS", "订单不存在"))?;
    if trade.fen != total {
        return Err(Said::no(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试"));
    }
    let (refund, moved) = ledger.refund(V3, &out_no, refund_no, fen).map_err(|no| match no {
        NoRefund::NotPaid => Said::no(400, "INVALID_REQUEST", "订单状态错误"),
        NoRefund::TooMuch => Said::no(400, "INVALID_REQUEST", "申请退款金额大于订单可退金额"),
        NoRefund::OtherAmount => Said::no(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试"),
    })?;
    let trade = ledger.trade(V3, &out_no).ok_or_else(not_there)?;
    Ok(Said::done(about_refund(trade, &refund, refund.done && !moved)))
}

/// A refund by the merchant's number of it.
fn find<'a>(ledger: &'a Ledger, refund_no: &str) -> Option<(&'a Trade, &'a Refund)> {
    ledger.of(V3).find_map(|trade| Some((trade, trade.refunds.iter().find(|refund| refund.refund_no == refund_no)?)))
}

fn refund_query(ledger: &Ledger, request: &Request) -> Result<Said, Said> {
    let refund_no = request.path.rsplit('/').next().unwrap_or_default();
    let (trade, refund) =
        find(ledger, refund_no).ok_or_else(|| Said::no(404, "RESOURCE_NOT_EXISTS", "退款单不存在"))?;
    Ok(Said::done(about_refund(trade, refund, refund.done)))
}

fn bill_address(ledger: &Ledger, url: &str, request: &Request) -> Result<Said, Said> {
    let date = request.asked("bill_date").unwrap_or_default();
    let table = bill::table(ledger, &date).ok_or_else(|| Said::no(400, "NO_STATEMENT_EXIST", "账单文件不存在"))?;
    Ok(Said::done(json!({
        "hash_type": "SHA1",
        "hash_value": hex::encode(<sha1::Sha1 as sha1::Digest>::digest(table.as_bytes())),
        "download_url": format!("{url}{FILE}?token={date}"),
    })))
}

/// The file itself is not signed: its hash was.
fn file(ledger: &Ledger, request: &Request) -> Reply {
    let table = request.asked("token").and_then(|date| bill::table(ledger, &date));
    table.map_or_else(nowhere, |table| Reply::new(200, "text/plain;charset=utf-8", table))
}

fn certificates(keys: &Keys) -> Result<Said, Said> {
    let sealed = seal(keys.wechat_certificate.as_bytes(), "certificate")
        .map_err(|_| Said::no(500, "SYSTEM_ERROR", "系统错误"))?;
    Ok(Said::done(json!({ "data": [{
        "serial_no": WECHAT_PLATFORM_SERIAL,
        "effective_time": china(now_ms() - 86_400_000, TIME),
        "expire_time": china(now_ms() + 365 * 86_400_000, TIME),
        "encrypt_certificate": sealed,
    }] })))
}

/// AES-256-GCM with the merchant's key.
fn seal(text: &[u8], about: &str) -> Result<Value> {
    let nonce = &uuid::Uuid::new_v4().simple().to_string()[..12];
    let cipher = Aes256Gcm::new_from_slice(WECHAT_V3_KEY.as_bytes())?;
    let payload = Payload { msg: text, aad: about.as_bytes() };
    let sealed = cipher
        .encrypt(Nonce::from_slice(nonce.as_bytes()), payload)
        .map_err(|_| anyhow!("AES-256-GCM seals nothing"))?;
    Ok(json!({
        "algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": about, "ciphertext": STANDARD.encode(sealed),
    }))
}

/// A notice, signed by the public key's id.
pub(in super::super) fn notice(shared: &Shared, trade: &Trade, saying: &Saying<'_>) -> Result<Notice> {
    let body = |fen: Option<i64>| -> Result<Vec<u8>> {
        let mchid = if saying.other_seller { OTHER_MCHID } else { WECHAT_MCHID };
        let (event, words, kind, id, told) = match saying.event {
            Event::Paid => {
                let told = about(trade, fen.unwrap_or(trade.fen), mchid);
                ("TRANSACTION.SUCCESS", "支付成功", "transaction", &trade.trade_no, told)
            }
            Event::Refunded(no) => {
                let refund = trade.refunds.iter().find(|refund| refund.refund_no == *no).context("no such refund")?;
                ("REFUND.SUCCESS", "退款成功", "refund", &refund.trade_no, told_of(trade, refund, fen, mchid))
            }
        };
        let mut resource = seal(told.to_string().as_bytes(), kind)?;
        resource["original_type"] = kind.into();
        let whole = json!({
            "id": format!("EV-{id}"), "create_time": china(now_ms(), TIME), "resource_type": "encrypt-resource",
            "event_type": event, "summary": words, "resource": resource,
        });
        Ok(whole.to_string().into_bytes())
    };
    let mut notice = Notice { headers: vec![("content-type", "application/json".into())], body: body(saying.fen)? };
    notice.headers.extend(signature(shared.keys, true, &notice.body, saying.hand));
    if saying.tampered.is_some() {
        notice.body = body(saying.tampered)?;
    }
    Ok(notice)
}

/// What a notice says about a refund: other names than in an answer.
fn told_of(trade: &Trade, refund: &Refund, fen: Option<i64>, mchid: &str) -> Value {
    let back = fen.unwrap_or(refund.fen);
    json!({
        "mchid": mchid, "out_trade_no": trade.out_no, "transaction_id": trade.trade_no, "out_refund_no": refund.refund_no,
        "refund_id": refund.trade_no, "refund_status": "SUCCESS", "success_time": china(refund.at, TIME),
        "user_received_account": "支付用户零钱",
        "amount": { "total": trade.fen, "refund": back, "payer_total": trade.fen, "payer_refund": back },
    })
}
