//! WeChat Pay's daily bill: text with a mark at its beginning, a backtick before each cell, amounts in yuan, and a summary.

use super::super::ledger::{Ledger, Provider, Trade};
use super::super::wire::{china, yuan};
use super::{OPENID, WECHAT_APPID, WECHAT_MCHID, kind};

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,\
    应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,\
    订单金额,申请退款金额,费率备注";

/// The bill of a day (`2026-11-20`); none if there were no trades.
pub(super) fn table(ledger: &Ledger, date: &str) -> Option<String> {
    let mut rows = Vec::new();
    for trade in ledger.of(Provider::WechatV3) {
        rows.extend(trade.paid_at.map(|at| (at, row(trade, at, None))));
        for refund in trade.refunds.iter().filter(|refund| refund.done) {
            rows.push((refund.at, row(trade, refund.at, Some((&refund.trade_no, &refund.refund_no, refund.fen)))));
        }
    }
    let on = |at: i64| ledger.bill_day(at, "%Y-%m-%d") == date;
    rows.retain(|(at, _)| on(*at));
    rows.sort();
    if rows.is_empty() {
        return None;
    }
    let paid: i64 = ledger.of(Provider::WechatV3).filter(|t| t.paid_at.is_some_and(on)).map(Trade::paid_fen).sum();
    let refunds = ledger.of(Provider::WechatV3).flat_map(|trade| &trade.refunds);
    let back: i64 = refunds.filter(|refund| refund.done && on(refund.at)).map(|refund| refund.fen).sum();
    let lines: Vec<_> = rows.iter().map(|(_, line)| line.as_str()).collect();
    let (count, paid, back) = (rows.len().to_string(), yuan(paid), yuan(back));
    let summary = [&count, &paid, &back, "0.00", "0.00000", &paid, &back].map(|cell| format!("`{cell}"));
    Some(format!(
        "\u{feff}{HEADER}\r\n{}\r\n总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n{}\r\n",
        lines.join("\r\n"),
        summary.join(","),
    ))
}

/// One line; a refund has its two numbers and what went back.
fn row(trade: &Trade, at: i64, refund: Option<(&str, &str, i64)>) -> String {
    let (refund_id, refund_no, back) = refund.unwrap_or(("0", "0", 0));
    let paid = if refund.is_some() { 0 } else { trade.fen };
    let (state, back_state) = if refund.is_some() { ("REFUND", "SUCCESS") } else { ("SUCCESS", "") };
    let (time, paid, back) = (china(at, "%Y-%m-%d %H:%M:%S"), yuan(paid), yuan(back));
    let back_kind = if refund.is_some() { "ORIGINAL" } else { "" };
    let cells = [
        time.as_str(),
        WECHAT_APPID,
        WECHAT_MCHID,
        "0",
        "",
        &trade.trade_no,
        &trade.out_no,
        OPENID,
        kind(trade),
        state,
        "OTHERS",
        "CNY",
        &paid,
        "0.00",
        refund_id,
        refund_no,
        &back,
        "0.00",
        back_kind,
        back_state,
        &trade.subject,
        "",
        "0.00000",
        "0.60%",
        &paid,
        &back,
        "",
    ];
    cells.map(|cell| format!("`{}", cell.replace(',', " "))).join(",")
}
