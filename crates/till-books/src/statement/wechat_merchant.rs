//! WeChat Pay's merchant bills: trades, fund flow, and the portal's workbook.

use till_core::money::Fen;

use super::alipay_merchant::{absolute, figure_after, flow};
use super::amount;
use super::body::Body;
use super::error::ReadError;
use super::model::{Bucket, Coverage, Covers, Direction, Kind, Line, Statement};

/// `tradebill` and v2 `downloadbill`, all generations, by column name.
pub(super) fn read_tradebill(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let time = body.need("交易时间")?;
    let merchant = body.need("商户号")?;
    let id = body.need("微信订单号")?;
    let order = body.need("商户订单号")?;
    let status = body.need("交易状态")?;
    let asked = body.need("订单金额|总金额|应结订单金额")?;
    let settled = body.find("应结订单金额|总金额");
    let (counterparty, type_text, product) = (body.find("用户标识"), body.find("交易类型"), body.find("商品名称"));
    let fee = body.find("手续费");
    // Columns of refunds; SUCCESS bills have none, REFUND bills have their times too.
    let refund = Refund {
        id: body.find("微信退款单号"),
        number: body.find("商户退款单号"),
        money: body.find("退款金额"),
        asked: body.find("申请退款金额"),
        status: body.find("退款状态"),
        asked_at: body.find("退款申请时间"),
        done_at: body.find("退款成功时间"),
    };
    let mut sums = Sums::default();
    for row in body.rows() {
        let state = body.string(row, Some(status));
        let is_refund = state == "REFUND";
        // In a REFUND bill 交易时间 is the original trade's.
        let mut at = Ok(None);
        for column in [refund.done_at, refund.asked_at].into_iter().flatten().filter(|_| is_refund) {
            if matches!(at, Ok(None)) {
                at = body.moment(row, column);
            }
        }
        if matches!(at, Ok(None)) {
            at = body.moment(row, time);
        }
        let money = if is_refund { refund.money.map_or_else(|| body.need("退款金额"), Ok)? } else { asked };
        let Some((at, amount)) = body.dated(row, (time, at), (money, body.positive(row, money)))? else { continue };
        let mut line = Line::new(row.line, at, amount);
        let settled = body.fen_or_zero(row, settled)?;
        let refunded = body.fen_or_zero(row, refund.money)?;
        let asked_back = match refund.asked {
            Some(column) => body.fen(row, column)?,
            None => None,
        };
        if let Some((e5, fen)) = body.fee(row, fee)? {
            out.fee_e5 = Some(out.fee_e5.unwrap_or(0).saturating_add(e5));
            line.fee = Some(fen);
        }
        let asked = body.fen_or_zero(row, Some(asked))?;
        sums.add(settled, refunded, asked, asked_back, line.fee);
        line.channel_id = body.id(row, Some(id));
        line.order_no = body.id(row, Some(order));
        line.counterparty = body.string(row, counterparty);
        line.type_text = body.string(row, type_text);
        line.note = body.string(row, product);
        let fee = line.fee.unwrap_or_default();
        match state.as_str() {
            "SUCCESS" => {
                (line.kind, line.direction, line.bucket) = (Kind::Receipt, Direction::In, Bucket::In);
                line.settled = Some(settled);
                line.net = settled.minus(fee).ok();
            }
            "REFUND" => {
                let number = |column| Some(body.id(row, column)).filter(|id| id != "0").unwrap_or_default();
                line.refund_no = number(refund.number);
                line.entry_id = number(refund.id);
                line.original_id = line.channel_id.clone();
                line.ticket_amount = asked_back.unwrap_or(amount);
                line.settled = Some(refunded);
                (line.direction, line.bucket) = (Direction::Out, Bucket::Refund);
                line.kind = match &*body.text(row, refund.status) {
                    "PROCESSING" => Kind::Pending,
                    "FAIL" | "CHANGE" => Kind::FailedRefund,
                    _ => Kind::Refund,
                };
                if line.kind == Kind::Refund {
                    // The fee's minus is money coming back.
                    line.net = Fen::ZERO.minus(refunded).and_then(|net| net.minus(fee)).ok();
                }
            }
            "REVOKED" => (line.kind, line.direction, line.bucket) = (Kind::Revoked, Direction::In, Bucket::Revoked),
            _ => (line.kind, line.direction, line.bucket) = (Kind::Unsettled, Direction::In, Bucket::Neutral),
        }
        line.status = if is_refund { body.string(row, refund.status) } else { state };
        if out.account.is_empty() {
            out.account = body.string(row, Some(merchant));
        }
        out.lines.push(line);
    }
    out.covers = Covers::all(Coverage::Full);
    if refund.done_at.is_some() || refund.asked_at.is_some() {
        (out.covers.receipts, out.covers.filter) = (Coverage::Left, "REFUND".to_owned());
    } else if refund.number.is_none() && refund.id.is_none() {
        (out.covers.refunds, out.covers.outgoing) = (Coverage::Left, Coverage::Left);
        out.covers.filter = "SUCCESS".to_owned();
    }
    sums.declare(body, out);
    Ok(())
}

/// Columns that tell of a refund.
struct Refund {
    id: Option<super::body::Column>,
    number: Option<super::body::Column>,
    money: Option<super::body::Column>,
    asked: Option<super::body::Column>,
    status: Option<super::body::Column>,
    asked_at: Option<super::body::Column>,
    done_at: Option<super::body::Column>,
}

/// Sums of the columns over all rows, reversed trades included, as the summary line has them.
#[derive(Default)]
struct Sums {
    rows: u32,
    settled: i64,
    refunded: i64,
    fee: i64,
    asked: i64,
    asked_back: i64,
}

impl Sums {
    fn add(&mut self, settled: Fen, refunded: Fen, asked: Fen, asked_back: Option<Fen>, fee: Option<Fen>) {
        self.rows += 1;
        self.settled += settled.get();
        self.refunded += refunded.get();
        self.asked += asked.get();
        self.asked_back += asked_back.unwrap_or_default().get();
        self.fee += fee.unwrap_or_default().get();
    }

    fn declare(&self, body: &Body<'_>, out: &mut Statement) {
        for (label, text) in summary(body) {
            let sum = match label.as_str() {
                "总交易单数" => {
                    out.declare(&label, Some((count(&text), None)), (Some(self.rows), None));
                    continue;
                }
                "应结订单总金额" | "总交易额" => self.settled,
                "退款总金额" | "总退款金额" => self.refunded,
                "手续费总金额" => self.fee,
                "订单总金额" => self.asked,
                "申请退款总金额" => self.asked_back,
                _ => continue,
            };
            let declared = amount::e5(&text).and_then(amount::fen_of_e5).map(Fen::get);
            out.declare(&label, Some((None, declared)), (None, Some(sum)));
        }
    }
}

/// The summary header and the summary line under it, cell by cell.
fn summary(body: &Body<'_>) -> Vec<(String, String)> {
    let mut below = body.below();
    let (Some(names), Some(values)) = (below.next(), below.next()) else { return Vec::new() };
    let cell = |row: super::table::Row<'_>, at| super::table::name(&row.raw(at));
    (0..names.len()).map(|at| (cell(names, at), cell(values, at))).collect()
}

fn count(text: &str) -> Option<u32> {
    amount::whole(text).and_then(|count| u32::try_from(count).ok())
}

/// `fundflow`: a refund's amount is net of the fee that comes back; the remark tells both.
pub(super) fn read_fundflow(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let time = body.need("记账时间")?;
    let id = body.need("微信支付业务单号")?;
    let entry = body.need("资金流水单号")?;
    let type_text = body.need("业务类型")?;
    let direction = body.need("收支类型")?;
    let money = body.need("收支金额(元)")?;
    let balance = body.find("账户结余(元)");
    let (name, remark, voucher) = (body.find("业务名称"), body.find("备注"), body.find("业务凭证号"));
    for row in body.rows() {
        let signed = match (body.positive(row, money), &*body.text(row, Some(direction))) {
            (Ok(Some(fen)), "收入") => Ok(Some(fen)),
            (Ok(Some(fen)), "支出") => Ok(Fen::new(-fen.get()).ok()),
            (Ok(Some(_)), _) => Err(body.bad(row, direction)),
            (other, _) => other,
        };
        let Some((at, signed)) = body.dated(row, (time, body.moment(row, time)), (money, signed))? else { continue };
        let mut line = flow(row.line, at, signed);
        line.type_text = body.string(row, Some(type_text));
        line.channel_id = body.id(row, Some(id));
        line.entry_id = body.id(row, Some(entry));
        line.note = body.string(row, name);
        line.balance = body.balance(row, balance);
        let voucher = body.id(row, voucher);
        let remark = body.text(row, remark);
        line.kind = match (line.type_text.as_str(), line.direction) {
            ("交易", Direction::In) => Kind::Receipt,
            ("扣除交易手续费", _) => Kind::Fee,
            ("退款", _) => Kind::Refund,
            (text, Direction::Out) if text.contains("提现") => Kind::Withdrawal,
            (text, _) if text.contains("充值") => Kind::Neutral,
            (_, Direction::In) => Kind::MaybeReceipt,
            (_, Direction::Out) => Kind::Out,
            (_, Direction::None) => Kind::Neutral,
        };
        if line.kind == Kind::Refund {
            line.refund_no = voucher;
            // A remark is text: a figure with a sign in it is not what the channel writes.
            let told = |label| figure_after(&remark, label).and_then(amount::fen).filter(|fen| fen.is_positive());
            if let Some(gross) = told("退款总金额") {
                line.ticket_amount = gross;
            }
            line.fee = told("含手续费").and_then(|fen| Fen::new(-fen.get()).ok());
        } else {
            line.order_no = voucher;
            if line.kind == Kind::Fee {
                line.original_id = line.channel_id.clone();
            }
        }
        out.lines.push(line);
    }
    out.covers = Covers::all(Coverage::Full);
    let income = out.count(|line| line.direction == Direction::In);
    let spent = out.count(|line| line.direction == Direction::Out);
    let all = out.count(|_| true);
    for (label, text) in summary(body) {
        let sum = || amount::e5(&text).and_then(amount::fen_of_e5).map(Fen::get);
        match label.as_str() {
            "资金流水总笔数" => out.declare(&label, Some((count(&text), None)), (all.0, None)),
            "收入笔数" => out.declare(&label, Some((count(&text), None)), (income.0, None)),
            "支出笔数" => out.declare(&label, Some((count(&text), None)), (spent.0, None)),
            "收入金额" => out.declare(&label, Some((None, sum())), (None, income.1)),
            "支出金额" => out.declare(&label, Some((None, sum())), (None, spent.1)),
            _ => {}
        }
    }
    Ok(())
}

/// The portal's workbook 交易（交易+退款）: by name, after lyenrowe/bill-parser; no public sample was seen.
pub(super) fn read_portal(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let time = body.need("交易时间|交易完成时间|支付时间|时间")?;
    let id = body.need("微信订单号")?;
    let order = body.need("商户订单号")?;
    let type_text = body.need("交易类型")?;
    let money = body.need("订单金额/申请退款金额(元)")?;
    let (refund, product, status) = (body.find("退款单号|商户退款单号"), body.find("商品名称"), body.find("交易状态"));
    for row in body.rows() {
        let Some((at, signed)) = body.dated(row, (time, body.moment(row, time)), (money, body.fen(row, money)))? else {
            continue;
        };
        let mut line = Line::new(row.line, at, absolute(signed));
        line.type_text = body.string(row, Some(type_text));
        line.status = body.string(row, status);
        line.channel_id = body.id(row, Some(id));
        line.order_no = body.id(row, Some(order));
        line.refund_no = body.id(row, refund);
        line.note = body.string(row, product);
        let back = line.type_text.contains("退款") || signed.get() < 0;
        (line.kind, line.direction, line.bucket) = if back {
            (Kind::Refund, Direction::Out, Bucket::Refund)
        } else {
            (Kind::Receipt, Direction::In, Bucket::In)
        };
        if back {
            line.original_id = line.channel_id.clone();
        }
        out.lines.push(line);
    }
    out.account = body.frame.value(&["商户号"]);
    out.covers = Covers::all(Coverage::Unknown);
    Ok(())
}
