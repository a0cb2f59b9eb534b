//! What people and spreadsheets do to these files, rebuilt from the samples.

use till_books::statement::{Coverage, Format, Kind, Note, ReadError};

use crate::{headless, keys, open, refused, sample, text, totals};

#[test]
fn a_title_cut_away() {
    for (name, header, format) in [
        ("wechat-personal-2020.csv", "交易时间,", Format::WechatPersonal),
        ("alipay-app-2026-shop.csv", "交易时间,", Format::AlipayApp),
        ("alipay-web-2019.txt", "交易号 ", Format::AlipayWeb),
        ("alipay-fundflow-2026.csv", "序号,", Format::AlipayFundflow),
    ] {
        let statement = open(headless(&text(name), header).as_bytes());
        assert_eq!((statement.format, statement.totals()), (format, totals(name)), "{name}");
        assert!(statement.notes.contains(&Note::TitleMissing), "{name}");
        assert_eq!(statement.covers.receipts, Coverage::Unknown, "{name}");
        assert_eq!(statement.from_ms, None, "{name}");
    }
}

#[test]
fn a_header_moved_renamed_and_joined_by_strangers() {
    let shop = text("alipay-app-2026-shop.csv");
    let notes = "9.新的说明，占一行；\r\n".repeat(12);
    let moved = shop.replace("8.本明细仅供", &format!("{notes}8.本明细仅供"));
    assert_eq!(open(moved.as_bytes()).totals(), totals("alipay-app-2026-shop.csv"));
    // A new first column on every row, and full-width brackets.
    let wide: String = headless(&shop, "交易时间,")
        .lines()
        .enumerate()
        .map(|(at, line)| {
            if at == 0 {
                format!("门店,{}\n", line.replace("金额", "金额（元）"))
            } else {
                format!("S01,{line}\n")
            }
        })
        .collect();
    assert_eq!(open(wide.as_bytes()).totals(), totals("alipay-app-2026-shop.csv"));
}

#[test]
fn saved_anew_as_unicode_text() {
    let tabs = headless(&text("wechat-personal-2020.csv"), "微信支付账单明细")
        .lines()
        .map(|line| line.replace("<T>", "").replace("\t\"", "\"").replace(',', "\t"))
        .collect::<Vec<_>>()
        .join("\r\n");
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(tabs.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let statement = open(&utf16);
    assert_eq!(statement.encoding, "UTF-16LE");
    assert_eq!(statement.totals(), totals("wechat-personal-2020.csv"));
    let big: Vec<u8> = text("wechat-personal-2020.csv").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(open(&big).totals(), totals("wechat-personal-2020.csv"));
}

#[test]
fn a_spreadsheet_saved_it() {
    let shop = text("alipay-app-2026-shop.csv")
        .replace("2026-09-10 12:31:05", "2026/9/10 12:31")
        .replace("2026091022001400000000000001\t", "2.02609E+27")
        .replace("2026091022001400000000000002\t", "2026091022001400000000000000".get(..15).unwrap())
        .replace("20260910123105000001\t", "20260910123105000000");
    let statement = open(shop.as_bytes());
    assert_eq!(statement.totals(), totals("alipay-app-2026-shop.csv"));
    assert!(
        statement.notes.iter().any(|note| matches!(note, Note::IdsDamaged { count: 2, .. })),
        "{:?}",
        statement.notes
    );
    assert!(statement.notes.contains(&Note::SecondsLost { count: 1 }));
    assert_eq!(statement.lines[0].channel_id, "");
    assert!(statement.lines[0].key.contains('@'), "falls back to time and amount: {}", statement.lines[0].key);
    assert_eq!(statement.lines[0].kind, Kind::Receipt);
}

#[test]
fn cells_wrapped_against_spreadsheets() {
    let wrapped = headless(&text("wechat-personal-2020.csv"), "交易时间,")
        .replace("\"4200000676202009058053830200\t\"", "=\"4200000676202009058053830200\"")
        .replace("\"4200000703202009051342982748\t\"", "\"=\"\"4200000703202009051342982748\"\"\"")
        .replace("¥150.58", "\"￥0,150.58\"")
        .replace("¥20.00", "\"=\"\"20.00\"\"\"");
    let statement = open(wrapped.as_bytes());
    assert_eq!(statement.totals(), totals("wechat-personal-2020.csv"));
    assert_eq!(statement.lines[3].channel_id, "4200000676202009058053830200");
    assert_eq!(statement.lines[5].channel_id, "4200000703202009051342982748");
}

#[test]
fn an_export_of_outgoing_rows_proves_nothing_about_receipts() {
    let shop = text("alipay-app-2026-shop.csv");
    for (filter, receipts, outgoing) in [
        ("仅支出", Coverage::Left, Coverage::Full),
        ("仅收入", Coverage::Full, Coverage::Left),
        ("全部", Coverage::Full, Coverage::Full),
        ("转账红包", Coverage::Left, Coverage::Left),
    ] {
        let statement = open(shop.replace("类型：[全部]", &format!("类型：[{filter}]")).as_bytes());
        assert_eq!((statement.covers.receipts, statement.covers.outgoing), (receipts, outgoing), "{filter}");
        assert_eq!(
            statement.notes.contains(&Note::Filtered { filter: filter.to_owned() }),
            filter != "全部",
            "{filter}"
        );
    }
}

#[test]
fn a_quote_in_a_name_swallows_no_neighbour() {
    let shop = text("alipay-app-2026-shop.csv").replace("客人甲", "\"甲").replace("客人丙", "\"丙\"丁");
    let statement = open(shop.as_bytes());
    assert_eq!(statement.totals(), totals("alipay-app-2026-shop.csv"));
    assert_eq!(statement.lines[0].counterparty, "\"甲");
}

#[test]
fn half_understood_rows_refuse_the_file() {
    let shop = text("alipay-app-2026-shop.csv");
    for (from, to, column) in [
        (",23.00,", ",23.005,", "金额"),
        (",23.00,", ",-23.00,", "金额"),
        (",23.00,", ",,", "金额"),
        (",23.00,", ",2.3E+01,", "金额"),
        ("2026-09-10 12:31:05", "2026-19-10 12:31:05", "交易时间"),
        ("2026-09-10 12:31:05", "", "交易时间"),
    ] {
        match refused(shop.replace(from, to).as_bytes()) {
            ReadError::BadCell { row, column: named, .. } => assert_eq!((row, named.as_str()), (25, column), "{to}"),
            other => panic!("{to}: {other}"),
        }
    }
    let renamed = shop.replace("收/支,金额,", "收/支,数目,");
    assert_eq!(refused(renamed.as_bytes()), ReadError::MissingColumn { name: "金额".to_owned() });
    assert_eq!(refused("微信支付账单明细\n微信昵称：[x]\n".as_bytes()), ReadError::NoHeader);
    // Cut in the middle of a row: not a shorter statement, a damaged one.
    let cut = &shop[..shop.find(",46.50,").unwrap()];
    assert!(matches!(refused(cut.as_bytes()), ReadError::BadCell { row: 26, .. }));
}

#[test]
fn rows_after_the_footer_and_headers_in_the_middle() {
    let web = text("alipay-web-2019.txt");
    let rows = headless(&web, "交易号 ");
    let statement = open(format!("{web}\n{rows}").as_bytes());
    assert_eq!(statement.totals(), totals("alipay-web-2019.txt"));
    assert!(statement.notes.iter().any(|note| matches!(note, Note::RowsAfterFooter { count: 6, .. })));
    let flow = text("alipay-fundflow-2026.csv");
    let twice = format!("{flow}{}", headless(&flow, "序号,"));
    let statement = open(twice.as_bytes());
    assert_eq!(statement.lines.len(), 12);
    assert!(statement.notes.contains(&Note::IdsRepeated { count: 12 }), "kept, and said");
}

#[test]
fn overlapping_files_share_their_keys() {
    let whole = open(&sample("alipay-app-2026-shop.csv"));
    let shop = text("alipay-app-2026-shop.csv");
    let drop = |from: &str, to: &str| {
        let (start, end) = (shop.find(from).unwrap(), shop.find(to).unwrap());
        format!("{}{}", &shop[..start], &shop[end..])
    };
    let late = drop("2026-09-10 12:31:05", "2026-09-10 13:00:00");
    let late = open(late.as_bytes());
    assert_eq!(keys(&late), keys(&whole)[2..]);
    // A row that changed its state is the same row.
    let closed =
        shop.replacen("余额,交易成功,2026091022001400000000000001", "余额,交易关闭,2026091022001400000000000001", 1);
    let closed = open(closed.as_bytes());
    assert_eq!(closed.lines[0].kind, Kind::Closed);
    assert_eq!(keys(&closed), keys(&whole));
    // CSV and workbook of one month; a nickname may change.
    let bill = text("wechat-merchant-tradebill-all-2026-fees.csv");
    let later = open(bill.replace("`PROCESSING", "`SUCCESS").as_bytes());
    assert_eq!(later.lines[5].kind, Kind::Refund);
    assert_eq!(keys(&later), keys(&open(bill.as_bytes())));
}

#[test]
fn equal_rows_without_ids_are_counted() {
    let header = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n";
    let row = "2024-01-27,CNY,-3.00,81.22,一网通支付,国网,供电\n";
    let three = open(format!("{header}{row}{row}{row}").as_bytes());
    let two = open(format!("{header}{row}{row}").as_bytes());
    assert_eq!(keys(&three)[..2], keys(&two)[..]);
    assert_ne!(keys(&three)[1], keys(&three)[2]);
    assert!(keys(&three).iter().all(|key| !key.contains("国网")), "no names in keys");
}

#[test]
fn more_banks() {
    let bocom = "序号,交易日期,交易时间,交易类型,借贷,交易金额,余额,对方账号,对方户名,交易地点,摘要\n\
        1,2025-01-01,00:00:00,存款利息,贷 Cr,1.23,1334.63,1,应付利息,批处理,\n\
        2,2024-02-02,13:15:12,转账,借 Dr,3.21,2334.62,6,某人,其他,\n\
        3,2024-02-03,13:15:12,其他交易,贷 Cr,10.00,184.69,6,财付通支付科技,网络支付,提现\n";
    let statement = open(bocom.as_bytes());
    assert_eq!(statement.format, Format::BankBocom);
    let kinds: Vec<_> = statement.lines.iter().map(|line| (line.kind, line.net.unwrap().get())).collect();
    assert_eq!(kinds, [(Kind::MaybeReceipt, 123), (Kind::Out, -321), (Kind::Settlement, 1000)]);
    assert!(matches!(
        refused(bocom.replace("借 Dr", "?").as_bytes()),
        ReadError::BadCell { row: 3, column, .. } if column == "借贷"
    ));
    let cmb = "\u{feff}\"# 招商银行交易记录\"\n\"# 导出时间: [            2026-03-22 23:52:22]\"\n\
        \"# 账    号: [一卡通:6214********5555   招商银行]\"\n\"# 起始日期: [20260201]   终止日期: [20260331]\"\n\n\
        \"交易日期\",\"交易时间\",\"收入\",\"支出\",\"余额\",\"交易类型\",\"交易备注\"\n\
        \"\t20260301\",\"\t12:00:01\",\"\",\"10.00\",\"90.00\",\"消费\",\"午饭\"\n\
        \"\t20260302\",\"\t12:00:02\",\"1,000.00\",\"\",\"1,090.00\",\"银联入账\",\"财付通\"\n\n\
        \"# 收入合计: 1 笔，共1000.00元\"\n\"# 支出合计: 1 笔，共10.00元\"\n";
    let statement = open(cmb.as_bytes());
    assert_eq!((statement.format, statement.account.as_str()), (Format::BankCmb, "一卡通:6214********5555"));
    let kinds: Vec<_> = statement.lines.iter().map(|line| (line.kind, line.net.unwrap().get())).collect();
    assert_eq!(kinds, [(Kind::Out, -1000), (Kind::Settlement, 100_000)]);
    assert!(statement.declared.len() == 2 && statement.declared.iter().all(|d| d.agrees), "{:?}", statement.declared);
    assert_eq!(statement.to_ms.unwrap() - statement.from_ms.unwrap(), 59 * 86_400_000);
}

#[test]
fn merchant_bills_of_other_years_and_hands() {
    let bill = text("wechat-merchant-tradebill-all-2026-fees.csv");
    // Cut by hand: no summary. Or counted by a program that prints 6.0.
    let cut = &bill[..bill.find("总交易单数").unwrap()];
    assert_eq!(open(cut.as_bytes()).totals(), totals("wechat-merchant-tradebill-all-2026-fees.csv"));
    let float = open(bill.replace("`6,`133.81", "`6.0,`133.81").as_bytes());
    assert!(float.declared.iter().all(|declared| declared.agrees));
    let wrong = open(bill.replace("`0.62000,`143.81", "`0.63000,`143.81").as_bytes());
    assert!(wrong.notes.contains(&Note::TotalsDisagree { what: "手续费总金额".to_owned() }));
    // Opened and saved by a spreadsheet: commas quoted, backticks kept.
    let saved = bill.replace("`外带,加辣", "\"`外带,加辣\"");
    assert_eq!(open(saved.as_bytes()).lines, open(bill.as_bytes()).lines);
    let foreign = open(bill.replacen("`CNY", "`HKD", 1).as_bytes());
    assert!(foreign.lines.len() == 5 && foreign.notes.contains(&Note::ForeignCurrency { count: 1, first_row: 2 }));
    // A coupon refund: the ticket's refund is what was asked for.
    let coupon = open(bill.replace("`10.00,`0.00,`ORIGINAL", "`9.00,`1.00,`ORIGINAL").as_bytes());
    assert_eq!((coupon.lines[4].amount.get(), coupon.lines[4].ticket_amount.get()), (900, 1000));
    assert_eq!(open(bill.replace("`PROCESSING", "`CHANGE").as_bytes()).lines[5].kind, Kind::FailedRefund);
    // 2014: full-width colons in times, fees and counts without decimals.
    let old = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率\n\
        `2014-11-10 16：33：45,`wx0,`10000100,`0,`1000,`1001690740201411100005734289,`1415640626,`o1,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`0.01,`0.0,`0,`0,`0,`0,`,`,`测试,`{\"a\":1,\"b\":2},`0,`0.60%\n\
        总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\n`1,`0.01,`0.0,`0.0,`0\n";
    let old = open(old.as_bytes());
    assert_eq!((old.lines.len(), old.lines[0].amount.get(), old.lines[0].fee.unwrap().get()), (1, 1, 0));
    assert!(old.declared.len() == 4 && old.declared.iter().all(|declared| declared.agrees), "{:?}", old.declared);
    // Full-width brackets in the header of older fund flows.
    let flow = text("wechat-merchant-fundflow-2026-fees.csv").replace("(元)", "（元）");
    assert_eq!(open(flow.as_bytes()).totals(), totals("wechat-merchant-fundflow-2026-fees.csv"));
    // Look-alikes of other platforms have no numbers of Alipay's.
    let other = "#账务明细\n商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注\n1,2026-01-01 00:00:00,1.00,0.00,交易收入,x\n";
    assert_eq!(refused(other.as_bytes()), ReadError::NotAStatement);
}

#[test]
fn closed_income_and_unknown_states_are_not_receipts() {
    let shop = text("alipay-app-2026-shop.csv");
    let waiting = open(shop.replacen("23.00,余额,交易成功", "23.00,余额,等待付款", 1).as_bytes());
    assert_eq!(waiting.lines[0].kind, Kind::Unsettled);
    let wechat = text("wechat-personal-2020.csv");
    assert_eq!(open(wechat.as_bytes()).lines[2].kind, Kind::Receipt);
    assert_eq!(open(wechat.replace("已收钱", "待确认").as_bytes()).lines[2].kind, Kind::Unsettled);
    let business = open(wechat.replace("二维码收款,CW", "经营收款,CW").as_bytes());
    assert_eq!((business.lines[2].kind, business.lines[2].type_text.as_str()), (Kind::MaybeReceipt, "经营收款"));
}

#[test]
fn a_file_that_names_another_offset() {
    let shop = text("wechat-personal-2020.csv");
    let there = shop.replace("3. 本明细仅供个人对账使用", "3. 本账单中所有时间均为UTC+09:00时间");
    assert_eq!(open(shop.as_bytes()).lines[0].at_ms - open(there.as_bytes()).lines[0].at_ms, 3_600_000);
}
