//! A shop's evening with everything that breaks careless files: formulas in notes, quotes, line breaks, long numbers,
//! animals, a refund, a day of refunds only, a change of clocks.

use till_books::export::{
    DayRow, ExportError, Finished, JournalRow, Options, Preset, ReceiptRow, SaleRow, Table, Writer,
};

/// 2026-11-20 12:00:00 in Shanghai.
pub const NOON: i64 = 1_795_147_200_000;

pub fn options() -> Options {
    Options {
        zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap(),
        shop: "钱台 \"小店\"\n=二号".to_owned(),
        till: "till1".to_owned(),
        generated_at: NOON + 43_200_000,
        generated_by: "Qiantai test".to_owned(),
        ..Options::default()
    }
}

pub const NOTES: [&str; 12] = [
    "",
    "少放辣",
    "=HYPERLINK(\"http://x\",\"点我\")",
    "+8613800000000",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "＝1＋1",
    "'=1",
    "two\r\nlines, and \"quotes\"",
    " spaces 🦊 ",
    "<b>&amp;_x0041_",
];

pub fn sales() -> Vec<SaleRow<'static>> {
    let sale = |nth: usize| {
        let (at, gross) = (NOON + nth as i64 * 61_000, 1500 + nth as i64 * 100);
        let channel = ["wechat", "alipay", "cash"][nth % 3];
        let due = gross - 100 + 3 - 2;
        let cash = channel == "cash";
        SaleRow {
            business_date: "2026-11-20",
            opened_at: Some(at - 20_500),
            paid_at: at,
            ticket_no: 41 + nth as i64,
            status: "paid",
            exception: if nth == 4 { "by_hand" } else { "none" },
            channel,
            account: "老板的微信",
            gross,
            discount: 100,
            rounding: -3,
            tail: 2,
            due: Some(due),
            net_received: due,
            cash_tendered: cash.then_some(5000),
            change: cash.then_some(5000 - due),
            payer_note: NOTES[nth],
            note: NOTES[NOTES.len() - 1 - nth],
            staff: "小王",
            receipt_id: (!cash).then_some(900 + nth as i64),
            provider_ref: "4200000000202611200000000001",
            matched_by: if cash { "cash" } else { "auto" },
            request_id: "0b9f2c34-6d0e-4f57-9d2b-1f0f7d9f1a11",
            ..SaleRow::default()
        }
    };
    let mut rows: Vec<_> = (0..NOTES.len()).map(sale).collect();
    rows.push(SaleRow {
        business_date: "2026-11-21",
        paid_at: NOON + 86_400_000,
        ticket_no: 41,
        status: "refunded",
        exception: "none",
        channel: "wechat",
        net_received: -1200,
        refund: 1200,
        note: "-12.00 退",
        staff: "老板",
        ..SaleRow::default()
    });
    rows
}

pub fn receipts() -> Vec<ReceiptRow<'static>> {
    let receipt = |nth: usize| ReceiptRow {
        business_date: "2026-11-20",
        received_at: NOON + nth as i64 * 61_000,
        receipt_id: 900 + nth as i64,
        channel: if nth.is_multiple_of(2) { "wechat" } else { "alipay" },
        amount: 1401 + nth as i64 * 100,
        device: "红米 Note",
        state: ["matched", "inbox", "ignored", "echo"][nth % 4],
        ticket_no: nth.is_multiple_of(4).then_some(41 + nth as i64),
        payer_note: NOTES[nth],
        rule: "wechat.personal.1",
        package: "com.tencent.mm",
        title: "微信支付",
        text: NOTES[NOTES.len() - 1 - nth],
    };
    (0..NOTES.len()).map(receipt).collect()
}

pub fn days() -> Vec<DayRow<'static>> {
    let day = |business_date, channel, received, refund, fee, z_number| DayRow {
        business_date,
        channel,
        count: received / 1000,
        gross: received + 200,
        discount: 100,
        rounding: 50,
        tail: 50,
        received,
        refund_count: i64::from(refund > 0),
        refund,
        fee,
        z_number,
    };
    vec![
        day("2026-11-19", "wechat", 123_456, 0, 75, Some(117)),
        day("2026-11-20", "wechat", 35_580, 1000, 21, Some(118)),
        day("2026-11-20", "alipay", 1498, 0, 0, Some(118)),
        day("2026-11-20", "cash", 20_000, 0, 0, Some(119)),
        day("2026-11-21", "wechat", 0, 1200, -6, None),
        day("2026-11-22", "cash", 0, 0, 0, None),
        day("2026-12-01", "unionpay", 8800, 0, 5, None),
        day("2026-12-01", "ecny", 100, 0, 0, None),
        day("2026-12-01", "bank", 100_000_000, 0, 0, None),
    ]
}

pub fn journal() -> Vec<JournalRow<'static>> {
    let row = |nth: usize| JournalRow {
        seq: 1 + nth as i64,
        at: NOON + nth as i64,
        actor: "小王",
        act: "ticket.paid",
        subject: "ticket:41",
        before: r#"{"status":"open"}"#,
        after: NOTES[nth],
        hash_hex: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    };
    (0..NOTES.len()).map(row).collect()
}

/// Writes the evening's table in the preset's shape.
pub fn write(table: Table, preset: Preset, options: &Options) -> Result<(Vec<u8>, Finished), ExportError> {
    let mut file = Vec::new();
    let mut writer = Writer::begin(&mut file, table, preset, options)?;
    match table {
        Table::Sales => sales().iter().try_for_each(|row| writer.sale(row))?,
        Table::Receipts => receipts().iter().try_for_each(|row| writer.receipt(row))?,
        Table::Days => days().iter().try_for_each(|row| writer.day(row))?,
        Table::Journal => journal().iter().try_for_each(|row| writer.journal(row))?,
    }
    let finished = writer.finish()?;
    Ok((file, finished))
}

/// Every table in every shape that takes it.
pub fn every() -> impl Iterator<Item = (Table, Preset)> {
    let of = |preset: &'static Preset| Table::ALL.iter().map(move |table| (*table, *preset));
    Preset::ALL.iter().flat_map(of).filter(|(table, preset)| preset.takes(*table))
}

/// `sales.xlsx`, `days.yonyou_txt.txt`
pub fn name(table: Table, preset: Preset) -> String {
    match preset {
        Preset::Csv | Preset::Xlsx => format!("{}.{}", table.as_str(), preset.extension()),
        _ => format!("{}.{}.{}", table.as_str(), preset.as_str(), preset.extension()),
    }
}
