//! v2: flat XML, a digest with the merchant's key at both ends.

use aes::Aes256;
use aes::cipher::{BlockEncrypt, KeyInit};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

use super::super::fault::{Question, Step};
use super::super::ledger::{Ledger, NoRefund, Provider, Refund, State, Trade};
use super::super::notice::{Event, Notice, Saying};
use super::super::wire::{Hand, Reply, Request, china, field, fields, sorted};
use super::super::{Book, Shared, Wallet};
use super::xml::{Fields, read, write};
use super::{OPENID, OTHER_MCHID, WECHAT_APPID, WECHAT_MCHID, WECHAT_V2_KEY, bill, code_url, kind, prepay_tail, state};
use crate::now_ms;

const V2: Provider = Provider::WechatV2;
/// What forgers sign with.
const OTHER_KEY: &str = "ThisIsAKeyThatNobodyGaveAnybody0";

/// An answer before it is signed.
enum Said {
    /// With `return_code` SUCCESS: signed.
    Known(Fields),
    /// With `return_code` FAIL: says why, and nobody signs it.
    Stranger(&'static str),
    /// The bill: plain text.
    File(String),
}

fn done(fields: Fields) -> Said {
    Said::Known([vec![("result_code".to_owned(), "SUCCESS".to_owned())], fields].concat())
}

fn no(code: &str, words: &str) -> Said {
    Said::Known(fields([("result_code", "FAIL"), ("err_code", code), ("err_code_des", words)]))
}

pub(in super::super) fn route(request: &Request) -> Option<Question> {
    let step = match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/pay/unifiedorder") => Step::Code,
        ("POST", "/pay/micropay") => Step::Scan,
        ("POST", "/pay/orderquery") => Step::Query,
        ("POST", "/pay/closeorder") => Step::Close,
        ("POST", "/pay/refundquery") => Step::RefundQuery,
        ("POST", "/pay/downloadbill") => Step::Bill,
        ("POST", "/secapi/pay/reverse") => Step::Reverse,
        ("POST", "/secapi/pay/refund") => Step::Refund,
        _ => return None,
    };
    let asked = read(&request.body).unwrap_or_default();
    let fen = ["refund_fee", "total_fee"].into_iter().find_map(|name| field(&asked, name)?.parse().ok());
    Some(Question { step, out_no: field(&asked, "out_trade_no").map(str::to_owned), fen })
}

fn digest(fields: &Fields, sign_type: &str, key: &str) -> Option<String> {
    let signed = format!("{}&key={key}", sorted(fields, &["sign"]));
    let bytes = match sign_type {
        "MD5" => Md5::digest(signed.as_bytes()).to_vec(),
        "HMAC-SHA256" => {
            let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.as_bytes()).ok()?;
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        _ => return None,
    };
    Some(hex::encode_upper(bytes))
}

pub(in super::super) fn answer(shared: &Shared, step: Step, request: &Request, hand: Hand) -> Reply {
    let said = authenticate(request).and_then(|asked| act(&mut shared.book(), step, &asked));
    speak(request, said.unwrap_or_else(|refused| refused), hand)
}

pub(in super::super) fn refuse(request: &Request, code: &str, words: &str) -> Reply {
    speak(request, no(code, words), Hand::Own)
}

fn authenticate(request: &Request) -> Result<Fields, Said> {
    let asked = read(&request.body).map_err(|_| Said::Stranger("XML格式错误"))?;
    let sign_type = field(&asked, "sign_type").unwrap_or("MD5");
    let expected = digest(&asked, sign_type, WECHAT_V2_KEY).ok_or(Said::Stranger("签名类型错误"))?;
    if field(&asked, "sign") != Some(&expected) {
        return Err(Said::Stranger("签名错误，请检查后再试"));
    }
    match (field(&asked, "mch_id"), field(&asked, "appid"), field(&asked, "nonce_str")) {
        (Some(WECHAT_MCHID), Some(WECHAT_APPID), Some(_)) => Ok(asked),
        _ => Err(Said::Stranger("appid和mch_id不匹配")),
    }
}

/// Answers are signed as the question was; a digest nobody asked for is none.
fn speak(request: &Request, said: Said, hand: Hand) -> Reply {
    let sign_type = read(&request.body).ok().and_then(|asked| field(&asked, "sign_type").map(str::to_owned));
    let told = match said {
        Said::File(text) => return Reply::new(200, "text/plain", text),
        Said::Stranger(words) => fields([("return_code", "FAIL"), ("return_msg", words)]),
        Said::Known(told) => {
            let head = fields([("return_code", "SUCCESS"), ("return_msg", "OK")]);
            signed([head, told].concat(), WECHAT_MCHID, sign_type.as_deref().unwrap_or("MD5"), hand)
        }
    };
    Reply::new(200, "text/plain", write(&told))
}

fn signed(told: Fields, mchid: &str, sign_type: &str, hand: Hand) -> Fields {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let mut told = [told, fields([("appid", WECHAT_APPID), ("mch_id", mchid), ("nonce_str", &nonce)])].concat();
    let key = match hand {
        Hand::Own => Some(WECHAT_V2_KEY),
        Hand::Stranger => Some(OTHER_KEY),
        Hand::Nobody => None,
    };
    told.extend(key.and_then(|key| digest(&told, sign_type, key)).map(|sign| ("sign".to_owned(), sign)));
    told
}

fn act(book: &mut Book, step: Step, asked: &Fields) -> Result<Said, Said> {
    match step {
        Step::Code => unified_order(&mut book.ledger, asked),
        Step::Scan => micropay(book, asked),
        Step::Query => Ok(query(existing(&book.ledger, asked)?)),
        Step::Close => close(&mut book.ledger, asked),
        Step::Reverse => reverse(&mut book.ledger, asked),
        Step::Refund => refund(&mut book.ledger, asked),
        Step::RefundQuery => refund_query(&book.ledger, asked),
        Step::Bill => download(&book.ledger, asked),
        Step::File | Step::Certificates => Err(Said::Stranger("接口不存在")),
    }
}

fn text<'a>(asked: &'a Fields, name: &str) -> Result<&'a str, Said> {
    field(asked, name).ok_or_else(|| no("PARAM_ERROR", &format!("缺少参数{name}")))
}

fn fen(asked: &Fields, name: &str) -> Result<i64, Said> {
    text(asked, name)?.parse().ok().filter(|fen| *fen > 0).ok_or_else(|| no("PARAM_ERROR", &format!("参数{name}错误")))
}

fn existing<'a>(ledger: &'a Ledger, asked: &Fields) -> Result<&'a Trade, Said> {
    let out_no = match field(asked, "transaction_id") {
        Some(id) => ledger.out_no_of(V2, id),
        None => Some(text(asked, "out_trade_no")?.to_owned()),
    };
    let trade = out_no.and_then(|out_no| ledger.trade(V2, &out_no));
    trade.ok_or_else(|| no("ORDERNOTEXIST", "此交易订单号不存在"))
}

/// A number that was used before stands for the very same order, as long as it is open.
fn used(trade: &Trade, fen: i64, subject: &str) -> Result<(), Said> {
    match trade.state {
        State::Paid => Err(no("ORDERPAID", "该订单已支付")),
        State::Closed | State::Failed => Err(no("ORDERCLOSED", "该订单已关闭")),
        State::Reversed => Err(no("ORDERREVERSED", "该订单已撤销")),
        _ if (trade.fen, trade.subject.as_str()) != (fen, subject) => Err(no("OUT_TRADE_NO_USED", "商户订单号重复")),
        _ => Ok(()),
    }
}

fn unified_order(ledger: &mut Ledger, asked: &Fields) -> Result<Said, Said> {
    let (out_no, subject, fen) = (text(asked, "out_trade_no")?, text(asked, "body")?, fen(asked, "total_fee")?);
    let trade_type = text(asked, "trade_type")?;
    for name in ["spbill_create_ip", "notify_url", if trade_type == "NATIVE" { "product_id" } else { "trade_type" }] {
        text(asked, name)?;
    }
    if let Some(trade) = ledger.trade(V2, out_no) {
        used(trade, fen, subject)?;
    }
    let trade = ledger.open(V2, out_no, fen, subject, State::Offered);
    let mut said = fields([("trade_type", trade_type), ("prepay_id", &format!("wx{}", prepay_tail(trade)))]);
    if trade_type == "NATIVE" {
        said.push(("code_url".into(), code_url(trade)));
    }
    Ok(done(said))
}

fn micropay(book: &mut Book, asked: &Fields) -> Result<Said, Said> {
    let (out_no, subject, fen) = (text(asked, "out_trade_no")?, text(asked, "body")?, fen(asked, "total_fee")?);
    text(asked, "spbill_create_ip")?;
    let paying = || no("USERPAYING", "需要用户输入支付密码");
    if let Some(trade) = book.ledger.trade(V2, out_no) {
        used(trade, fen, subject)?;
        return Err(paying());
    }
    let wallet = book.codes.remove(text(asked, "auth_code")?);
    let paid = match wallet.ok_or_else(|| no("AUTH_CODE_INVALID", "付款码无效"))? {
        Wallet::IsStale => return Err(no("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试")),
        Wallet::HasTooLittle => return Err(no("NOTENOUGH", "余额不足")),
        Wallet::AsksPassword => false,
        Wallet::PaysAtOnce | Wallet::PaysUnseen => true,
    };
    let trade = book.ledger.open(V2, out_no, fen, subject, State::Waiting);
    trade.scanned = true;
    if !paid {
        return Err(paying());
    }
    trade.state = State::Paid;
    trade.paid_at = Some(now_ms());
    if wallet == Some(Wallet::PaysUnseen) {
        return Err(no("SYSTEMERROR", "系统超时"));
    }
    Ok(done(paid_fields(trade, trade.fen)))
}

/// What is said of a trade that was paid.
fn paid_fields(trade: &Trade, fen: i64) -> Fields {
    fields([
        ("openid", OPENID),
        ("is_subscribe", "N"),
        ("trade_type", kind(trade)),
        ("bank_type", "OTHERS"),
        ("fee_type", "CNY"),
        ("total_fee", &fen.to_string()),
        ("cash_fee", &fen.to_string()),
        ("transaction_id", &trade.trade_no),
        ("out_trade_no", &trade.out_no),
        ("time_end", &china(trade.paid_at.unwrap_or_default(), "%Y%m%d%H%M%S")),
    ])
}

fn query(trade: &Trade) -> Said {
    let (state, words) = state(trade);
    let more = if trade.paid_at.is_some() {
        paid_fields(trade, trade.fen)
    } else {
        fields([("out_trade_no", &trade.out_no), ("total_fee", &trade.fen.to_string())])
    };
    done([fields([("trade_state", state), ("trade_state_desc", words)]), more].concat())
}

fn close(ledger: &mut Ledger, asked: &Fields) -> Result<Said, Said> {
    let trade = existing(ledger, asked)?.clone();
    match trade.state {
        State::Offered | State::Waiting if !trade.scanned => ledger.reverse(V2, &trade.out_no),
        State::Paid => return Err(no("ORDERPAID", "订单已支付")),
        State::Closed => return Err(no("ORDERCLOSED", "订单已关闭")),
        _ => return Err(no("TRADE_STATE_ERROR", "订单状态错误")),
    };
    Ok(done(Fields::new()))
}

fn reverse(ledger: &mut Ledger, asked: &Fields) -> Result<Said, Said> {
    let trade = existing(ledger, asked)?.clone();
    if !trade.scanned {
        return Err(no("TRADE_ERROR", "只有付款码支付的订单可以撤销"));
    }
    if trade.state != State::Reversed {
        ledger.reverse(V2, &trade.out_no);
    }
    Ok(done(fields([("recall", "N")])))
}

fn refund(ledger: &mut Ledger, asked: &Fields) -> Result<Said, Said> {
    let trade = existing(ledger, asked)?.clone();
    let (refund_no, fen, total) = (text(asked, "out_refund_no")?, fen(asked, "refund_fee")?, fen(asked, "total_fee")?);
    let mismatch = || no("REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试");
    if total != trade.fen {
        return Err(mismatch());
    }
    let (refund, _) = ledger.refund(V2, &trade.out_no, refund_no, fen).map_err(|reason| match reason {
        NoRefund::NotPaid => no("TRADE_STATE_ERROR", "订单状态错误"),
        NoRefund::TooMuch => no("PARAM_ERROR", "累计退款金额大于支付金额"),
        NoRefund::OtherAmount => mismatch(),
    })?;
    Ok(done([numbers(&trade), refund_fields(&refund, "")].concat()))
}

fn numbers(trade: &Trade) -> Fields {
    let fen = trade.fen.to_string();
    fields([
        ("transaction_id", &trade.trade_no),
        ("out_trade_no", &trade.out_no),
        ("total_fee", &fen),
        ("cash_fee", &fen),
    ])
}

fn refund_fields(refund: &Refund, tail: &str) -> Fields {
    let fen = refund.fen.to_string();
    let named = [("out_refund_no", &refund.refund_no), ("refund_id", &refund.trade_no), ("refund_fee", &fen)];
    named.map(|(name, value)| (format!("{name}{tail}"), value.clone())).to_vec()
}

/// By the number of a refund, or all refunds of a trade.
fn refund_query(ledger: &Ledger, asked: &Fields) -> Result<Said, Said> {
    let refund_no = field(asked, "out_refund_no");
    let found = match refund_no {
        Some(no) => ledger.of(V2).find(|trade| trade.refunds.iter().any(|refund| refund.refund_no == no)),
        None => Some(existing(ledger, asked)?),
    };
    let trade = found.ok_or_else(|| no("REFUNDNOTEXIST", "退款订单查询失败"))?;
    let refunds = trade.refunds.iter().filter(|refund| refund_no.is_none_or(|no| refund.refund_no == no));
    let mut said = numbers(trade);
    let mut count = 0;
    for refund in refunds {
        said.extend(refund_fields(refund, &format!("_{count}")));
        let status = if refund.done { "SUCCESS" } else { "PROCESSING" };
        said.push((format!("refund_status_{count}"), status.into()));
        count += 1;
    }
    if count == 0 {
        return Err(no("REFUNDNOTEXIST", "退款订单查询失败"));
    }
    said.push(("refund_count".into(), count.to_string()));
    Ok(done(said))
}

fn download(ledger: &Ledger, asked: &Fields) -> Result<Said, Said> {
    let date = text(asked, "bill_date")?;
    let date = jiff::civil::Date::strptime("%Y%m%d", date).map_err(|_| Said::Stranger("invalid bill_date"))?;
    bill::table(ledger, &date.to_string()).map(Said::File).ok_or(Said::Stranger("No Bill Exist"))
}

pub(in super::super) fn notice(trade: &Trade, saying: &Saying<'_>) -> Result<Notice> {
    let mchid = if saying.other_seller { OTHER_MCHID } else { WECHAT_MCHID };
    let head = fields([("return_code", "SUCCESS"), ("return_msg", "OK")]);
    let told = match saying.event {
        Event::Paid => {
            let body =
                [fields([("result_code", "SUCCESS")]), paid_fields(trade, saying.fen.unwrap_or(trade.fen))].concat();
            let mut told = signed([head, body].concat(), mchid, "MD5", saying.hand);
            if let Some(fen) = saying.tampered {
                told.iter_mut().filter(|(name, _)| name == "total_fee").for_each(|(_, value)| *value = fen.to_string());
            }
            told
        }
        Event::Refunded(no) => {
            let mut refund =
                trade.refunds.iter().find(|refund| refund.refund_no == *no).context("no such refund")?.clone();
            refund.fen = saying.tampered.or(saying.fen).unwrap_or(refund.fen);
            let company = fields([("appid", WECHAT_APPID), ("mch_id", mchid), ("nonce_str", &refund.trade_no)]);
            [head, company, vec![("req_info".into(), seal(&inside(trade, &refund), saying.hand)?)]].concat()
        }
    };
    Ok(Notice { headers: vec![("content-type", "text/xml".into())], body: write(&told).into_bytes() })
}

/// What is encrypted in a refund's notice. Nothing tells whether it was changed: that is how v2 is.
fn inside(trade: &Trade, refund: &Refund) -> String {
    let fen = refund.fen.to_string();
    let more = fields([
        ("settlement_total_fee", &trade.fen.to_string()),
        ("settlement_refund_fee", &fen),
        ("refund_status", "SUCCESS"),
        ("success_time", &china(refund.at, "%Y-%m-%d %H:%M:%S")),
        ("refund_recv_accout", "支付用户零钱"),
        ("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS"),
        ("refund_request_source", "API"),
    ]);
    let inside = [numbers(trade), refund_fields(refund, ""), more].concat();
    write(&inside).replace("<xml>", "<root>").replace("</xml>", "</root>")
}

/// AES-256-ECB with PKCS#7, the key being the digest of the merchant's key.
fn seal(text: &str, hand: Hand) -> Result<String> {
    let key = if hand == Hand::Own { WECHAT_V2_KEY } else { OTHER_KEY };
    let cipher = Aes256::new_from_slice(hex::encode(Md5::digest(key)).as_bytes())?;
    let mut bytes = text.as_bytes().to_vec();
    let padding = 16 - bytes.len() % 16;
    bytes.resize(bytes.len() + padding, u8::try_from(padding)?);
    for block in bytes.chunks_exact_mut(16) {
        cipher.encrypt_block(block.into());
    }
    Ok(STANDARD.encode(bytes))
}
