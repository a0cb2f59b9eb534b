//! Alipay's daily bill: a zip of tables in GBK, cells ended with a tab, remarks before and after.

use std::io::{Cursor, Write};

use anyhow::Result;
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::Shared;
use super::super::ledger::{Ledger, Provider, Trade};
use super::super::wire::{Reply, Request, china, nowhere, yuan};
use super::{BUYER, FILE, Said};
use crate::gateway::ALIPAY_SELLER;

const HEADER: &str = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,\
    商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,\
    卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注";

/// A row: the trade, what was done, when, how much, and the number of the refund.
struct Row<'a> {
    trade: &'a Trade,
    refund_no: &'a str,
    at: i64,
    fen: i64,
}

fn rows<'a>(ledger: &'a Ledger, date: &str) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for trade in ledger.of(Provider::Alipay) {
        rows.extend(trade.paid_at.map(|at| Row { trade, refund_no: "", at, fen: trade.fen }));
        let refunds = trade.refunds.iter().filter(|refund| refund.done);
        rows.extend(refunds.map(|refund| Row { trade, refund_no: &refund.refund_no, at: refund.at, fen: -refund.fen }));
    }
    rows.retain(|row| ledger.bill_day(row.at, "%Y-%m-%d") == date);
    rows.sort_by_key(|row| row.at);
    rows
}

/// Where the bill is; its address lives for seconds at the real one.
pub(super) fn address(ledger: &Ledger, url: &str, content: &Value) -> Result<Said, Said> {
    let date = content["bill_date"].as_str().unwrap_or_default();
    if content["bill_type"].as_str() != Some("trade") {
        return Err(Said::failed("isv.invalid-arguments", "参数无效：bill_type"));
    }
    if rows(ledger, date).is_empty() {
        return Err(Said::failed("isp.bill_not_exist", "账单不存在"));
    }
    Ok(Said::done(vec![("bill_download_url", format!("{url}{FILE}?bill_date={date}").into())]))
}

pub(super) fn file(shared: &Shared, request: &Request) -> Reply {
    let date = request.asked("bill_date").unwrap_or_default();
    let table = table(&rows(&shared.book().ledger, &date), &date);
    match packed(&date, &table) {
        Ok(bytes) => Reply::new(200, "application/octet-stream", bytes),
        Err(_) => nowhere(),
    }
}

fn table(rows: &[Row<'_>], date: &str) -> String {
    let mut table = format!(
        "#支付宝业务明细查询\r\n#账号：[{ALIPAY_SELLER}0156]\r\n#起始日期：[{date} 00:00:00]   终止日期：[{date} 24:00:00]\r\n\
         #-----------------------------------------业务明细列表----------------------------------------\r\n{HEADER}\r\n"
    );
    for row in rows {
        let (time, opened) = (china(row.at, "%Y-%m-%d %H:%M:%S"), china(row.trade.opened_at, "%Y-%m-%d %H:%M:%S"));
        let (kind, amount) = (if row.fen < 0 { "退款" } else { "交易" }, yuan(row.fen));
        let cells = [
            &row.trade.trade_no,
            &row.trade.out_no,
            kind,
            &row.trade.subject,
            &opened,
            &time,
            "",
            "",
            "",
            "",
            BUYER,
            &amount,
            &amount,
            "0.00",
            "0.00",
            "0.00",
            "0.00",
            "0.00",
            "",
            "0.00",
            "0.00",
            row.refund_no,
            "0.00",
            "0.00",
            "",
        ];
        table.push_str(&cells.map(|cell| format!("{}\t", cell.replace(',', " "))).join(","));
        table.push_str("\r\n");
    }
    let count = |refunds: bool| rows.iter().filter(|row| (row.fen < 0) == refunds).count();
    let total = yuan(rows.iter().map(|row| row.fen).sum());
    table.push_str(&format!(
        "#-----------------------------------------业务明细列表结束------------------------------------\r\n\
         #交易合计：{}笔，退款合计：{}笔，商家实收共{total}元\r\n#导出时间：[{date} 24:00:00]\r\n",
        count(false),
        count(true),
    ));
    table
}

fn packed(date: &str, table: &str) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let day = date.replace('-', "");
    zip.start_file(format!("{ALIPAY_SELLER}0156_{day}_业务明细.csv"), SimpleFileOptions::default())?;
    zip.write_all(&encoding_rs::GBK.encode(table).0)?;
    Ok(zip.finish()?.into_inner())
}
