//! Alipay's open platform: forms in, JSON out, RSA2 both ways.

mod bill;
mod trade;

use anyhow::{Context, Result};
use serde_json::Value;

use super::fault::{Question, Step};
use super::keys::Keys;
use super::ledger::{Refund, Trade};
use super::notice::{Event, Notice, Saying};
use super::wire::{Hand, Reply, Request, china, fen, field, fields, form, pairs, sorted, yuan};
use super::{ALIPAY_APP, ALIPAY_SELLER, Shared};
use crate::now_ms;

const FILE: &str = "/alipay/bill.zip";

/// An answer before it is signed.
struct Said {
    fields: Vec<(&'static str, Value)>,
    /// It knows who asks; otherwise there is nobody to sign for.
    known: bool,
}

impl Said {
    fn done(fields: Vec<(&'static str, Value)>) -> Said {
        let head = vec![("code", "10000".into()), ("msg", "Success".into())];
        Said { fields: head.into_iter().chain(fields).collect(), known: true }
    }

    fn waits(fields: Vec<(&'static str, Value)>) -> Said {
        let head = vec![("code", "10003".into()), ("msg", "order success pay inprocess".into())];
        Said { fields: head.into_iter().chain(fields).collect(), known: true }
    }

    fn no(code: &str, msg: &str, sub_code: &str, sub_msg: &str) -> Said {
        let fields = vec![
            ("code", code.into()),
            ("msg", msg.into()),
            ("sub_code", sub_code.into()),
            ("sub_msg", sub_msg.into()),
        ];
        Said { fields, known: true }
    }

    fn invalid(sub_code: &str, sub_msg: &str) -> Said {
        Said::no("40002", "Invalid Arguments", sub_code, sub_msg)
    }

    fn failed(sub_code: &str, sub_msg: &str) -> Said {
        Said::no("40004", "Business Failed", sub_code, sub_msg)
    }
}

/// The common parameters: of the query and of the form, which clients use as they like.
fn parameters(request: &Request) -> Vec<(String, String)> {
    let mut all = pairs(request.query.as_bytes());
    for (name, value) in pairs(&request.body) {
        // `charset` may stand in both.
        if !all.contains(&(name.clone(), value.clone())) {
            all.push((name, value));
        }
    }
    all
}

pub(super) fn route(request: &Request) -> Option<Question> {
    if (request.method.as_str(), request.path.as_str()) == ("GET", FILE) {
        return Some(Question { step: Step::File, out_no: None, fen: None });
    }
    if request.path != "/gateway.do" {
        return None;
    }
    let all = parameters(request);
    let step = step(field(&all, "method").unwrap_or_default()).unwrap_or(Step::Query);
    let content: Value = serde_json::from_str(field(&all, "biz_content").unwrap_or_default()).unwrap_or_default();
    let said = ["refund_amount", "total_amount"].into_iter().find_map(|name| content[name].as_str());
    let out_no = content["out_trade_no"].as_str().map(str::to_owned);
    Some(Question { step, out_no, fen: said.and_then(|amount| fen(amount).ok()) })
}

fn step(method: &str) -> Option<Step> {
    Some(match method {
        "alipay.trade.precreate" => Step::Code,
        "alipay.trade.pay" => Step::Scan,
        "alipay.trade.query" => Step::Query,
        "alipay.trade.cancel" => Step::Reverse,
        "alipay.trade.close" => Step::Close,
        "alipay.trade.refund" => Step::Refund,
        "alipay.trade.fastpay.refund.query" => Step::RefundQuery,
        "alipay.data.dataservice.bill.downloadurl.query" => Step::Bill,
        _ => return None,
    })
}

pub(super) fn answer(shared: &Shared, step: Step, request: &Request, hand: Hand) -> Reply {
    if step == Step::File {
        return bill::file(shared, request);
    }
    let all = parameters(request);
    let said = authenticate(shared.keys, &all).and_then(|content| trade::act(shared, step, &content));
    speak(shared.keys, &all, said.unwrap_or_else(|refused| refused), hand)
}

pub(super) fn refuse(shared: &Shared, request: &Request, code: &str, sub_code: &str) -> Reply {
    speak(shared.keys, &parameters(request), Said::no(code, "Business Failed", sub_code, "as ordered"), Hand::Own)
}

/// Whether it is the merchant who asks; then what is asked.
fn authenticate(keys: &Keys, all: &[(String, String)]) -> Result<Value, Said> {
    let mut names: Vec<_> = all.iter().map(|(name, _)| name).collect();
    names.sort();
    if names.windows(2).any(|two| two[0] == two[1]) {
        return Err(Said::invalid("isv.invalid-parameter", "参数重复"));
    }
    let text = |name: &str| field(all, name).unwrap_or_default();
    if text("app_id") != ALIPAY_APP {
        let mut said = Said::invalid("isv.invalid-app-id", "无效的AppID参数");
        said.known = false;
        return Err(said);
    }
    if text("sign_type") != "RSA2" {
        return Err(Said::invalid("isv.invalid-signature-type", "无效签名类型"));
    }
    if !keys.alipay_app.has_signed(sorted(all, &["sign"]).as_bytes(), text("sign")) {
        return Err(Said::invalid(
            "isv.invalid-signature",
            "验签出错，请确认charset参数放在了URL查询字符串中且各参数值使用charset参数指示的字符集编码",
        ));
    }
    if !text("charset").eq_ignore_ascii_case("utf-8") {
        return Err(Said::invalid("isv.invalid-charset", "字符集错误"));
    }
    if jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text("timestamp")).is_err() {
        return Err(Said::invalid("isv.invalid-timestamp", "非法的时间戳参数"));
    }
    if text("version") != "1.0" || step(text("method")).is_none() {
        return Err(Said::invalid("isv.invalid-method", "不存在的方法名"));
    }
    serde_json::from_str(text("biz_content"))
        .map_err(|_| Said::invalid("isv.invalid-parameter", "参数无效：biz_content"))
}

/// The raw text is what is signed: in this order, with `/` escaped, as the real gateway writes it.
fn speak(keys: &Keys, all: &[(String, String)], said: Said, hand: Hand) -> Reply {
    let content: Vec<_> = said.fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let content = format!("{{{}}}", content.join(",")).replace('/', "\\/");
    let node = format!("{}_response", field(all, "method").unwrap_or("error").replace('.', "_"));
    let signature = match hand {
        _ if !said.known => None,
        Hand::Own => Some(keys.alipay.sign(content.as_bytes())),
        Hand::Stranger => Some(keys.stranger.sign(content.as_bytes())),
        Hand::Nobody => None,
    };
    let tail = signature.map_or_else(String::new, |signature| format!(",\"sign\":\"{signature}\""));
    Reply::new(200, "text/html;charset=utf-8", format!("{{\"{node}\":{content}{tail}}}"))
}

/// The customer's account, as it is shown to merchants.
const BUYER: &str = "159****5620";
const BUYER_ID: &str = "2088102169481075";

/// How a trade stands, in Alipay's words; none if it does not exist for Alipay.
fn status(trade: &Trade) -> Option<&'static str> {
    use super::ledger::State;
    Some(match trade.state {
        State::Offered => return None,
        State::Waiting => "WAIT_BUYER_PAY",
        State::Paid if trade.asked_back_fen() < trade.fen => "TRADE_SUCCESS",
        State::Paid | State::Failed | State::Closed | State::Reversed => "TRADE_CLOSED",
    })
}

/// A notice: a form, signed over its decoded fields.
pub(super) fn notice(shared: &Shared, trade: &Trade, saying: &Saying<'_>) -> Result<Notice> {
    const TIME: &str = "%Y-%m-%d %H:%M:%S";
    let amount = yuan(saying.fen.unwrap_or(trade.fen));
    let paid_at = china(trade.paid_at.unwrap_or(trade.opened_at), TIME);
    let seller = if saying.other_seller { "2088000000000999" } else { ALIPAY_SELLER };
    let app = if saying.other_seller { "2021000000000999" } else { ALIPAY_APP };
    let mut told = fields([
        ("gmt_create", &china(trade.opened_at, TIME)),
        ("charset", "utf-8"),
        ("seller_email", "shop@example.com"),
        ("subject", &trade.subject),
        ("buyer_id", BUYER_ID),
        ("invoice_amount", &amount),
        ("fund_bill_list", &format!("[{{\"amount\":\"{amount}\",\"fundChannel\":\"ALIPAYACCOUNT\"}}]")),
        ("notify_type", "trade_status_sync"),
        ("trade_status", status(trade).unwrap_or("TRADE_SUCCESS")),
        ("receipt_amount", &amount),
        ("app_id", app),
        ("auth_app_id", app),
        ("buyer_pay_amount", &amount),
        ("seller_id", seller),
        ("gmt_payment", &paid_at),
        ("notify_time", &china(now_ms(), TIME)),
        ("version", "1.0"),
        ("out_trade_no", &trade.out_no),
        ("total_amount", &amount),
        ("trade_no", &trade.trade_no),
        ("buyer_logon_id", BUYER),
        ("point_amount", "0.00"),
    ]);
    let mut id = format!("{}pay", trade.trade_no);
    if let Event::Refunded(refund_no) = saying.event {
        let refund = find(trade, refund_no).context("no such refund")?;
        id = format!("{}refund", refund.trade_no);
        told.extend(fields([
            ("gmt_refund", &china(refund.at, "%Y-%m-%d %H:%M:%S.000")),
            ("refund_fee", &yuan(trade.given_back_fen())),
            ("out_biz_no", &refund.refund_no),
        ]));
    }
    told.push(("notify_id".into(), id));
    let content = sorted(&told, &["sign", "sign_type"]);
    let signature = match saying.hand {
        Hand::Own => Some(shared.keys.alipay.sign(content.as_bytes())),
        Hand::Stranger => Some(shared.keys.stranger.sign(content.as_bytes())),
        Hand::Nobody => None,
    };
    if let Some(fen) = saying.tampered {
        told.iter_mut().filter(|(name, _)| name == "total_amount").for_each(|(_, value)| *value = yuan(fen));
    }
    told.push(("sign_type".into(), "RSA2".into()));
    told.extend(signature.map(|signature| ("sign".to_owned(), signature)));
    let kind = "application/x-www-form-urlencoded; charset=utf-8";
    Ok(Notice { headers: vec![("content-type", kind.into())], body: form(&told).into_bytes() })
}

fn find<'a>(trade: &'a Trade, refund_no: &str) -> Option<&'a Refund> {
    trade.refunds.iter().find(|refund| refund.refund_no == refund_no)
}
