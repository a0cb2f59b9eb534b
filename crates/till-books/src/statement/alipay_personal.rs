//! 支付宝, for one's own books: the web list of former years and the app's 电子客户回单.

use super::body::Body;
use super::error::ReadError;
use super::model::{Bucket, Coverage, Covers, Direction, Format, Kind, Line, Statement};
use super::wechat_personal::{covers, direction_of};

/// States that mean the payer's money is here.
const ARRIVED: [&str; 3] = ["交易成功", "支付成功", "已收到款"];

pub(super) fn read(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let web = out.format == Format::AlipayWeb;
    let time = body.need(if web { "交易创建时间" } else { "交易时间" })?;
    let money = body.need(if web { "金额(元)" } else { "金额|金额(元)" })?;
    let direction = body.need("收/支")?;
    let status = body.need("交易状态")?;
    let id = body.find(if web { "交易号" } else { "交易订单号" });
    let order = body.find(if web { "商家订单号" } else { "商家订单号|商户订单号" });
    if id.is_none() && order.is_none() {
        body.need(if web { "交易号" } else { "交易订单号" })?;
    }
    let category = body.find(if web { "类型" } else { "交易分类" });
    let counterparty = body.find("交易对方");
    let product = body.find(if web { "商品名称" } else { "商品说明" });
    let fee = body.find("服务费(元)");
    let (refunded, state) = (body.find("成功退款(元)"), body.find("资金状态"));
    let mut web_totals = WebTotals::default();
    for row in body.rows() {
        let Some((at, amount)) = body.dated(row, (time, body.moment(row, time)), (money, body.positive(row, money)))?
        else {
            continue;
        };
        let mut line = Line::new(row.line, at, amount);
        line.type_text = body.string(row, category);
        line.status = body.string(row, Some(status));
        line.direction = direction_of(&body.text(row, Some(direction)));
        line.channel_id = body.id(row, id);
        line.order_no = body.id(row, order);
        line.counterparty = body.string(row, counterparty);
        line.note = body.string(row, product);
        line.fee = body.fee(row, fee)?.map(|(_, fen)| fen).filter(|fen| fen.get() != 0);
        line.bucket = bucket(&line);
        line.kind = kind(&line);
        match line.kind {
            // `<original>_<refund number>`
            Kind::Refund => {
                if let Some((original, refund)) = line.channel_id.split_once('_') {
                    (line.original_id, line.refund_no) = (original.to_owned(), refund.to_owned());
                }
            }
            Kind::Fee => line.original_id = bracketed(&line.note).to_owned(),
            _ => {}
        }
        if web {
            let refunded = body.fen_or_zero(row, refunded)?;
            web_totals.add(&line, &body.text(row, state), amount.get() - refunded.get());
        }
        out.lines.push(line);
    }
    out.account = body.frame.account(&["支付宝账户", "账号"]);
    // The web list has no word for its filter.
    out.covers = if web { Covers::all(Coverage::Unknown) } else { covers(&body.frame) };
    let rows = out.count(|_| true);
    out.declare("记录", body.frame.row_count().map(|n| (Some(n), None)), (rows.0, None));
    if web {
        web_totals.declare(body, out);
    } else {
        let none = if body.frame.total("不计收支").is_some() { "不计收支" } else { "其他" };
        for (label, direction) in [("收入", Direction::In), ("支出", Direction::Out), (none, Direction::None)] {
            let counted = out.count(|line| line.direction == direction);
            out.declare(label, body.frame.total(label), counted);
        }
    }
    Ok(())
}

fn bucket(line: &Line) -> Bucket {
    if line.status == "退款成功" || line.type_text == "退款" {
        return Bucket::Refund;
    }
    match line.direction {
        _ if line.status.contains("关闭") => Bucket::Closed,
        Direction::In => Bucket::In,
        Direction::Out => Bucket::Out,
        Direction::None => Bucket::Neutral,
    }
}

fn kind(line: &Line) -> Kind {
    let own = line.note.starts_with("收钱码收款") || line.note.starts_with("收钱码经营版收款");
    match line.bucket {
        Bucket::Refund if line.status.contains("成功") => Kind::Refund,
        Bucket::Refund => Kind::Pending,
        // Closed income is not money.
        Bucket::Closed => Kind::Closed,
        Bucket::In if own && line.status == "交易成功" => Kind::Receipt,
        Bucket::In if own || !ARRIVED.contains(&line.status.as_str()) => Kind::Unsettled,
        Bucket::In => Kind::MaybeReceipt,
        Bucket::Out if line.note.contains("收钱服务费") => Kind::Fee,
        Bucket::Out => Kind::Out,
        _ if line.note.starts_with("提现") => Kind::Withdrawal,
        _ => Kind::Neutral,
    }
}

/// `…服务费[<trade number>]`
pub(super) fn bracketed(text: &str) -> &str {
    let Some((_, rest)) = text.split_once('[') else { return "" };
    rest.split_once(']').map_or("", |(number, _)| number.trim())
}

/// The web list's footer: 已支出 counts rows of 支出 with state 已支出, refunds taken off.
#[derive(Default)]
struct WebTotals([(u32, i64); 4]);

impl WebTotals {
    const LABELS: [(&str, Direction); 4] =
        [("已收入", Direction::In), ("待收入", Direction::In), ("已支出", Direction::Out), ("待支出", Direction::Out)];

    fn add(&mut self, line: &Line, state: &str, net: i64) {
        for ((label, direction), total) in Self::LABELS.iter().zip(&mut self.0) {
            if line.direction == *direction && state == *label {
                total.0 += 1;
                total.1 += net;
            }
        }
    }

    fn declare(&self, body: &Body<'_>, out: &mut Statement) {
        for ((label, _), (count, sum)) in Self::LABELS.iter().zip(self.0) {
            out.declare(label, body.frame.total(label), (Some(count), Some(sum)));
        }
    }
}
