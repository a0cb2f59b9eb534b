//! 微信支付账单流水, for one's own books.

use super::amount;
use super::body::Body;
use super::error::ReadError;
use super::frame::Frame;
use super::model::{Bucket, Coverage, Covers, Direction, Kind, Line, Statement};

/// States in which money of the shop's code has arrived.
const ARRIVED: [&str; 4] = ["已收钱", "已存入零钱", "已到账", "支付成功"];

pub(super) fn read(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let time = body.need("交易时间")?;
    let type_text = body.find("交易类型");
    let counterparty = body.find("交易对方");
    let product = body.find("商品");
    let direction = body.need("收/支")?;
    let money = body.need("金额(元)|金额")?;
    let status = body.find("当前状态");
    let id = body.need("交易单号")?;
    let order = body.find("商户单号");
    let remark = body.find("备注");
    for row in body.rows() {
        let Some((at, amount)) = body.dated(row, (time, body.moment(row, time)), (money, body.positive(row, money)))?
        else {
            continue;
        };
        let mut line = Line::new(row.line, at, amount);
        line.type_text = body.string(row, type_text);
        line.status = body.string(row, status);
        line.direction = direction_of(&body.text(row, Some(direction)));
        line.channel_id = body.id(row, Some(id));
        line.order_no = body.id(row, order);
        line.counterparty = body.string(row, counterparty);
        line.note = body.string(row, product);
        let remark = body.text(row, remark);
        line.fee = fee(&remark);
        line.bucket = match line.direction {
            _ if line.type_text.ends_with("退款") => Bucket::Refund,
            Direction::In => Bucket::In,
            Direction::Out => Bucket::Out,
            Direction::None => Bucket::Neutral,
        };
        line.kind = kind(&line);
        out.lines.push(line);
    }
    out.account = body.frame.value(&["微信昵称"]);
    out.covers = covers(&body.frame);
    declare(body, out);
    Ok(())
}

/// 收入, 支出; anything else (`/`, 不计收支, 其他) is neither.
pub(super) fn direction_of(text: &str) -> Direction {
    match text {
        "收入" => Direction::In,
        "支出" => Direction::Out,
        _ => Direction::None,
    }
}

fn kind(line: &Line) -> Kind {
    match (line.bucket, line.type_text.as_str()) {
        (Bucket::Refund, _) => Kind::Refund,
        (Bucket::In, "二维码收款") if ARRIVED.contains(&line.status.as_str()) => Kind::Receipt,
        (Bucket::In, "二维码收款") => Kind::Unsettled,
        // Unknown types of business codes are kept and offered, never dropped.
        (Bucket::In, _) => Kind::MaybeReceipt,
        (Bucket::Out, _) => Kind::Out,
        (_, "零钱提现") if line.status.contains("失败") => Kind::Closed,
        (_, "零钱提现") => Kind::Withdrawal,
        _ => Kind::Neutral,
    }
}

/// `服务费¥0.10` in the remark of a withdrawal.
fn fee(remark: &str) -> Option<till_core::money::Fen> {
    let rest = &remark[remark.find("服务费")? + "服务费".len()..];
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '¥' | '￥' | '.' | ',' | ':' | '：')))
        .unwrap_or(rest.len());
    amount::fen(rest[..end].trim_start_matches([':', '：']))
}

/// 导出类型 and 导出交易类型: 全部 or 全部账单; 收入, 仅收入, 全部收入; 支出…; or one kind of trade.
pub(super) fn covers(frame: &Frame) -> Covers {
    let filter = frame.value(&["导出类型", "导出交易类型"]);
    let (receipts, outgoing) = match filter.as_str() {
        "" => (Coverage::Unknown, Coverage::Unknown),
        text if text.contains("收入") => (Coverage::Full, Coverage::Left),
        text if text.contains("支出") => (Coverage::Left, Coverage::Full),
        text if text.contains("全部") => (Coverage::Full, Coverage::Full),
        "二维码收款" => (Coverage::Full, Coverage::Left),
        _ => (Coverage::Left, Coverage::Left),
    };
    Covers { receipts, outgoing, refunds: outgoing, filter }
}

/// 收入 counts refunds received too, 支出 is gross of later refunds.
fn declare(body: &Body<'_>, out: &mut Statement) {
    let frame = &body.frame;
    let rows = out.count(|_| true);
    out.declare("记录", frame.row_count().map(|n| (Some(n), None)), (rows.0, None));
    for (label, direction) in [("收入", Direction::In), ("支出", Direction::Out), ("中性交易", Direction::None)]
    {
        let counted = out.count(|line| line.direction == direction);
        out.declare(label, frame.total(label), counted);
    }
}
