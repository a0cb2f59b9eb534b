//! Banks: where the wallets' settlements arrive.

use till_core::money::Fen;

use super::alipay_merchant::flow;
use super::body::Body;
use super::error::ReadError;
use super::model::{Coverage, Covers, Direction, Format, Kind, Line, Precision, Statement};
use super::moment::{self, Moment};

/// Words of those who settle.
const SETTLERS: [&str; 3] = ["财付通", "支付宝", "银联"];

pub(super) fn read(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let date = body.need("记账日期|交易日期")?;
    let clock = body.find("记账时间|交易时间");
    let money = body.find(match out.format {
        Format::BankBoc => "金额",
        _ => "交易金额",
    });
    let flag = body.find("借贷标志|借贷");
    let money_in = body.find("记账金额(收入)|收入");
    let money_out = body.find("记账金额(支出)|支出");
    let balance = body.find("联机余额|余额|本次余额");
    let summary = body.find("交易摘要|摘要|交易名称|交易类型");
    let counterparty = body.find("对手信息|对方户名|对方账户名");
    let place = body.find("交易场所|交易地点");
    let remark = body.find("客户摘要|交易附言|附言|交易备注");
    let entry = body.find("日志号");
    let sides = money_in.zip(money_out);
    let column = match (money, sides) {
        (Some(money), _) => money,
        (None, Some((money_in, _))) => money_in,
        _ => body.need("交易金额")?,
    };
    for row in body.rows() {
        let at = match body.text(row, Some(date)) {
            day if day.is_empty() => Ok(None),
            day => match moment::date_and_clock(&day, &body.text(row, clock), body.offset) {
                Some(at) => Ok(Some(at)),
                // A workbook's date cell is a number.
                None => body.moment(row, date).map(|at| at.map(|at| Moment { precision: Precision::Day, ..at })),
            },
        };
        let signed = match (sides, money) {
            (Some((money_in, money_out)), _) => body.in_and_out(row, money_in, money_out),
            (None, Some(money)) => match (body.fen(row, money), flag) {
                (Ok(Some(fen)), Some(flag)) => match &*body.text(row, Some(flag)) {
                    text if text.starts_with('贷') || text == "收入" => Ok(Some(fen)),
                    text if text.starts_with('借') || text == "支出" => Ok(Fen::new(-fen.get()).ok()),
                    _ => Err(body.bad(row, flag)),
                },
                (other, _) => other,
            },
            (None, None) => Ok(None),
        };
        let Some((at, signed)) = body.dated(row, (date, at), (column, signed))? else { continue };
        let mut line = flow(row.line, at, signed);
        line.type_text = body.string(row, summary);
        line.counterparty = body.string(row, counterparty);
        let place = body.text(row, place);
        let remark = body.text(row, remark);
        line.note = [&*place, &*remark].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        // A log number is the bank's, but not unique by itself: it tells equal rows apart, no more.
        line.status = body.string(row, entry);
        line.balance = body.balance(row, balance);
        line.kind = kind(&line);
        out.lines.push(line);
    }
    out.account = body.frame.value(&["卡号", "账号"]);
    out.covers = Covers::all(Coverage::Unknown);
    declare(body, out);
    Ok(())
}

fn kind(line: &Line) -> Kind {
    let says = |word: &str| [&line.type_text, &line.counterparty, &line.note].iter().any(|text| text.contains(word));
    match line.direction {
        Direction::None => Kind::Neutral,
        Direction::Out => Kind::Out,
        Direction::In if line.type_text.contains("退款") => Kind::Refund,
        Direction::In if SETTLERS.iter().any(|word| says(word)) => Kind::Settlement,
        Direction::In => Kind::MaybeReceipt,
    }
}

/// 工行: `人民币合计,…,收入,支出`; 招商: `# 收入合计: 2 笔，共 …元`.
fn declare(body: &Body<'_>, out: &mut Statement) {
    let income = out.count(|line| line.direction == Direction::In);
    let spent = out.count(|line| line.direction == Direction::Out);
    if let (Some(money_in), Some(money_out)) = (body.find("记账金额(收入)"), body.find("记账金额(支出)")) {
        if let Some(row) = body.below().find(|row| row.first().ends_with("合计")) {
            for (what, column, counted) in [("收入合计", money_in, income), ("支出合计", money_out, spent)] {
                let sum = body.fen(row, column).ok().flatten().map(Fen::get);
                out.declare(what, Some((None, sum)), (None, counted.1));
            }
        }
    } else {
        out.declare("收入合计", body.frame.total("收入合计"), income);
        out.declare("支出合计", body.frame.total("支出合计"), spent);
    }
}
