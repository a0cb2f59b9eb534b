//! Alipay's merchant bills: trades, account entries, 资金流水.

use till_core::money::Fen;

use super::alipay_personal::bracketed;
use super::amount;
use super::body::Body;
use super::error::ReadError;
use super::frame::number_before;
use super::model::{Bucket, Coverage, Covers, Direction, Kind, Line, Statement};
use super::table::{Row, Table, name, trimmed};

/// `bill_type=trade`. Refunds repeat the original's numbers and are negative; their own number is the request's.
pub(super) fn read_trade(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let id = body.need("支付宝交易号")?;
    let order = body.need("商户订单号")?;
    let type_text = body.need("业务类型")?;
    let money = body.need("订单金额(元)")?;
    let settled = body.find("商家实收(元)|实收金额(元)");
    let time = body.need("完成时间|创建时间")?;
    let created = body.find("创建时间");
    let product = body.find("商品名称");
    let counterparty = body.find("对方账户");
    let refund = body.find("退款批次号/请求号|退款批次号|请求号");
    let fee = body.find("服务费(元)");
    for row in body.rows() {
        let at = match body.moment(row, time) {
            Ok(None) => created.map_or(Ok(None), |created| body.moment(row, created)),
            other => other,
        };
        let Some((at, signed)) = body.dated(row, (time, at), (money, body.fen(row, money)))? else { continue };
        let mut line = Line::new(row.line, at, absolute(signed));
        let settled = settled.map_or(Ok(None), |settled| body.fen(row, settled))?;
        line.settled = settled.map(absolute);
        line.type_text = body.string(row, Some(type_text));
        let fee = body.fee(row, fee)?;
        if let Some((e5, _)) = fee {
            out.fee_e5 = Some(out.fee_e5.unwrap_or(0).saturating_add(e5));
        }
        // The column is the shop's view: -0.21 is paid, 0.06 came back.
        line.fee = fee.and_then(|(_, fen)| Fen::new(-fen.get()).ok());
        line.net = settled.and_then(|settled| settled.minus(line.fee.unwrap_or_default()).ok());
        line.channel_id = body.id(row, Some(id));
        line.order_no = body.id(row, Some(order));
        line.counterparty = body.string(row, counterparty);
        line.note = body.string(row, product);
        (line.kind, line.direction, line.bucket) = match line.type_text.as_str() {
            "交易" => (Kind::Receipt, Direction::In, Bucket::In),
            "退款" => (Kind::Refund, Direction::Out, Bucket::Refund),
            _ if signed.get() < 0 => (Kind::Out, Direction::Out, Bucket::Out),
            _ => (Kind::MaybeReceipt, Direction::In, Bucket::Neutral),
        };
        if line.kind == Kind::Refund {
            line.refund_no = body.id(row, refund);
            line.original_id = line.channel_id.clone();
        }
        out.lines.push(line);
    }
    out.account = body.frame.account(&["账号"]);
    out.covers = Covers::all(Coverage::Full);
    let frame = &body.frame;
    for (label, bucket, sign) in [("交易合计", Bucket::In, 1), ("退款合计", Bucket::Refund, -1)] {
        let lines = || out.lines.iter().filter(move |line| line.bucket == bucket);
        let counted = lines().count() as u32;
        let sum: i64 = lines().map(|line| sign * line.settled.unwrap_or(line.amount).get()).sum();
        out.declare(label, frame.total(label), (Some(counted), Some(sum)));
    }
    Ok(())
}

/// `bill_type=signcustomer`: what reached the account. Money out is written negative.
pub(super) fn read_account(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let entry = body.need("账务流水号")?;
    let id = body.find("业务流水号");
    let time = body.need("发生时间")?;
    let money_in = body.need("收入金额(+元)")?;
    let money_out = body.need("支出金额(-元)")?;
    let type_text = body.need("业务类型")?;
    let order = body.find("商户订单号");
    let base_order = body.find("业务基础订单号");
    let product = body.find("商品名称");
    let counterparty = body.find("对方账号");
    let balance = body.find("账户余额(元)");
    let remark = body.find("备注");
    for row in body.rows() {
        let signed = body.in_and_out(row, money_in, money_out);
        let Some((at, signed)) = body.dated(row, (time, body.moment(row, time)), (money_in, signed))? else { continue };
        let mut line = flow(row.line, at, signed);
        line.type_text = body.string(row, Some(type_text));
        line.kind = flow_kind(&line);
        line.channel_id = body.id(row, id);
        line.entry_id = body.id(row, Some(entry));
        line.order_no = body.id(row, order);
        if line.order_no.is_empty() {
            line.order_no = body.id(row, base_order);
        }
        line.counterparty = body.string(row, counterparty);
        line.note = body.string(row, product);
        line.balance = body.balance(row, balance);
        line.original_id = original(&line, bracketed(&body.text(row, remark)));
        out.lines.push(line);
    }
    out.account = body.frame.account(&["账号"]);
    out.covers = Covers::all(Coverage::Full);
    let income = out.count(|line| line.direction == Direction::In);
    let (n, spent) = out.count(|line| line.direction == Direction::Out);
    out.declare("收入合计", body.frame.total("收入合计"), income);
    out.declare("支出合计", body.frame.total("支出合计"), (n, spent.map(|sum| -sum)));
    Ok(())
}

/// 资金流水 (账务组合查询). Money out is positive here.
pub(super) fn read_fundflow(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let time = body.need("入账时间")?;
    let id = body.need("支付宝交易号")?;
    let entry = body.need("支付宝流水号")?;
    let type_text = body.need("账务类型")?;
    let money_in = body.need("收入(+元)|收入金额(+元)")?;
    let money_out = body.need("支出(-元)|支出金额(-元)")?;
    let order = body.find("商户订单号");
    let balance = body.find("账户余额(元)");
    let counterparty = body.find("对方名称|对方账户");
    let product = body.find("商品名称");
    let fee = body.find("服务费(元)");
    for row in body.rows() {
        let signed = body.in_and_out(row, money_in, money_out);
        let Some((at, signed)) = body.dated(row, (time, body.moment(row, time)), (money_in, signed))? else { continue };
        let mut line = flow(row.line, at, signed);
        line.type_text = body.string(row, Some(type_text));
        line.kind = flow_kind(&line);
        line.channel_id = body.id(row, Some(id));
        line.entry_id = body.id(row, Some(entry));
        line.order_no = body.id(row, order);
        line.counterparty = body.string(row, counterparty);
        line.note = body.string(row, product);
        line.balance = body.balance(row, balance);
        line.fee = body.fee(row, fee)?.map(|(_, fen)| fen).filter(|fen| fen.get() != 0);
        line.original_id = original(&line, "");
        out.lines.push(line);
    }
    out.account = body.frame.account(&["账号"]);
    out.covers = Covers::all(Coverage::Full);
    Ok(())
}

/// What a summary (汇总) declares: name, and a number of rows or fen.
pub(super) struct Summary(Vec<(String, i64)>);

/// Reads the summary's last line (合计), or adds its lines up.
pub(super) fn summary(table: &Table) -> Summary {
    let rows: Vec<Row<'_>> = table.rows().take(2000).collect();
    let is_header =
        |row: &Row<'_>| (0..row.len()).any(|at| ["交易订单总笔数", "收入笔数"].contains(&&*name(&row.raw(at))));
    let Some(at) = rows.iter().position(is_header) else { return Summary(Vec::new()) };
    let (header, body) = (rows[at], &rows[at + 1..]);
    let body: Vec<_> = body.iter().take_while(|row| !row.first().starts_with('#')).collect();
    let total: Vec<_> = body.iter().filter(|row| row.first() == "合计").collect();
    let chosen = if total.is_empty() { body.iter().collect() } else { total };
    let column = |at: usize| {
        let label = name(&header.raw(at));
        let places =
            if label.contains("笔数") { amount::whole } else { |text: &str| amount::fen(text).map(Fen::get) };
        let sum: Option<i64> = chosen.iter().map(|row| places(trimmed(&row.raw(at)))).sum();
        Some((label, sum?))
    };
    Summary((0..header.len()).filter_map(column).collect())
}

impl Summary {
    /// Puts its figures beside the rows'.
    pub(super) fn declare(&self, out: &mut Statement) {
        let sum = |bucket: Bucket| {
            let (n, fen) = out.count(|line| line.bucket == bucket);
            (n.map(i64::from), fen.unwrap_or(0))
        };
        let (income, spent, back) = (sum(Bucket::In), sum(Bucket::Out), sum(Bucket::Refund));
        let fees: i64 = out.lines.iter().filter_map(|line| line.fee).map(Fen::get).sum();
        for (label, declared) in &self.0 {
            let what = format!("汇总 {label}");
            let (n, fen) = match label.as_str() {
                "交易订单总笔数" | "收入笔数" => (income.0, None),
                "退款订单总笔数" => (back.0, None),
                "支出笔数" => (spent.0, None),
                "订单金额(元)" => (None, Some(income.1 - back.1)),
                "服务费(元)" => (None, Some(-fees)),
                "收入金额(+元)" => (None, Some(income.1)),
                "支出金额(-元)" => (None, Some(-spent.1)),
                _ => continue,
            };
            let count = |n: i64| u32::try_from(n).ok();
            let total = if n.is_some() { (count(*declared), None) } else { (None, Some(*declared)) };
            out.declare(&what, Some(total), (n.and_then(count), fen));
        }
    }
}

/// A line of an account: counted by its direction alone.
pub(super) fn flow(row: u32, at: super::moment::Moment, signed: Fen) -> Line {
    let mut line = Line::new(row, at, absolute(signed));
    line.net = Some(signed);
    (line.direction, line.bucket) = match signed.get() {
        0 => (Direction::None, Bucket::Zero),
        1.. => (Direction::In, Bucket::In),
        _ => (Direction::Out, Bucket::Out),
    };
    line
}

pub(super) fn absolute(fen: Fen) -> Fen {
    Fen::new(fen.get().abs()).unwrap_or(fen)
}

fn flow_kind(line: &Line) -> Kind {
    match (line.type_text.as_str(), line.direction) {
        (_, Direction::None) => Kind::Neutral,
        ("在线支付" | "交易付款", Direction::In) => Kind::Receipt,
        ("退款" | "交易退款", _) => Kind::Refund,
        ("收费" | "服务费", Direction::Out) => Kind::Fee,
        ("退费", Direction::In) => Kind::FeeBack,
        (text, Direction::Out) if text.contains("提现") => Kind::Withdrawal,
        (_, Direction::In) => Kind::MaybeReceipt,
        (_, Direction::Out) => Kind::Out,
    }
}

/// Fees and refunds belong to the payment whose number they carry.
fn original(line: &Line, named: &str) -> String {
    match line.kind {
        Kind::Fee | Kind::FeeBack | Kind::Refund if !named.is_empty() => named.to_owned(),
        Kind::Fee | Kind::FeeBack | Kind::Refund => line.channel_id.clone(),
        _ => String::new(),
    }
}

/// `退款总金额10.00元;含手续费0.06元`: the two figures of WeChat's fund flow remarks.
pub(super) fn figure_after<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    number_before(&text[text.find(label)? + label.len()..], '元')
}
