//! A year of a busy shop. The ratio to a floor measured in the same run is asserted in release builds only.

use std::fmt::Write;
use std::time::Duration;

use till_books::statement::{Statement, read};

/// The best of three, so that a busy machine does not decide.
#[expect(clippy::disallowed_methods, reason = "a measurement of this very machine")]
fn best<T>(mut work: impl FnMut() -> T) -> (T, Duration) {
    let mut timed = || {
        let begin = std::time::Instant::now();
        (work(), begin.elapsed())
    };
    [timed(), timed(), timed()].into_iter().min_by_key(|(_, took)| *took).unwrap()
}

/// Reads, and compares with what it costs to keep the same cells as text.
fn timed(what: &str, text: &str) -> Statement {
    let (statement, took) = best(|| read(text.as_bytes(), "statement.csv", None).unwrap());
    let (_, floor) = best(|| {
        let rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect());
        rows.collect::<Vec<Vec<String>>>()
    });
    let ratio = took.as_nanos() / floor.as_nanos().max(1);
    println!("{what}: {} lines, {} bytes, {took:?}, floor {floor:?}", statement.lines.len(), text.len());
    assert!(cfg!(debug_assertions) || ratio < 12, "{what}: {took:?}, {ratio} times {floor:?}");
    statement
}

/// Unoptimised code takes long for the whole.
const ROWS: i64 = if cfg!(debug_assertions) { 5_000 } else { 100_000 };

#[test]
fn a_hundred_thousand_rows() {
    let mut alipay = String::from(
        "导出信息：\r\n导出交易类型：[全部]\r\n---支付宝支付科技有限公司  电子客户回单---\r\n\
         交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n",
    );
    let mut wechat = String::from(
        "微信支付账单明细,,,\n交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n",
    );
    let mut bill = String::from(
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注\n",
    );
    let mut sum = 0;
    for n in 0..ROWS {
        let (yuan, cents) = (n % 97, n % 100);
        sum += yuan * 100 + cents;
        let at = format!("2026-{:02}-{:02} {:02}:{:02}:{:02}", n % 12 + 1, n % 28 + 1, n % 24, n % 60, n % 59);
        writeln!(alipay, "{at},收入,客人{n},kr{n}***@example.com,收钱码收款,收入,{yuan}.{cents:02},余额,交易成功,20260910220014{n:014}\t,20260910{n:012}\t,\"少辣,多饭\",").unwrap();
        writeln!(wechat, "{at},二维码收款,客人{n},\"收款方备注:二维码收款\",收入,¥{yuan}.{cents:02},零钱,已收钱,\"10001073{n:022}\"\t,\"/\"\t,\"/\"").unwrap();
        writeln!(bill, "`{at},`wx0,`1900000109,`0,`,`42000004{n:020},`QT{n:012},`o{n},`NATIVE,`SUCCESS,`CFT,`CNY,`{yuan}.{cents:02},`0.00,`堂食,加辣,`,`0.04000,`0.60%,`{yuan}.{cents:02},`").unwrap();
    }
    for (what, text) in [("alipay app", alipay), ("wechat personal", wechat), ("wechat tradebill", bill)] {
        let statement = timed(what, &text);
        assert_eq!(statement.lines.len() as i64, ROWS);
        assert_eq!(statement.lines.iter().map(|line| line.amount.get()).sum::<i64>(), sum);
    }
}
