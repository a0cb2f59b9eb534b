//! What is refused, and that a refused file never looks whole.

use std::io::{self, Write};

use till_books::export::{
    AccountCode, Accounts, DayRow, JournalRow, Options, Preset, ReceiptRow, SaleRow, Table, Writer,
};

use crate::sample::{days, options, sales};

#[test]
fn accounting_takes_days_only() {
    for preset in Preset::ALL.iter().filter(|preset| preset.is_accounting()) {
        for table in [Table::Sales, Table::Receipts, Table::Journal] {
            let error = Writer::begin(Vec::new(), table, *preset, &options()).err().unwrap();
            assert_eq!(error.id(), "preset_takes_days_only");
        }
    }
}

#[test]
fn a_row_of_another_table_is_refused_and_changes_nothing() {
    let mut writer = Writer::begin(Vec::new(), Table::Sales, Preset::Csv, &options()).unwrap();
    assert_eq!(writer.day(&DayRow::default()).unwrap_err().id(), "wrong_table");
    assert_eq!(writer.receipt(&ReceiptRow::default()).unwrap_err().id(), "wrong_table");
    assert_eq!(writer.journal(&JournalRow::default()).unwrap_err().id(), "wrong_table");
    writer.sale(&sales()[0]).unwrap();
    assert_eq!(writer.finish().unwrap().rows, 1);
}

#[test]
fn a_bad_account_is_refused_before_the_first_byte() {
    let wechat = AccountCode { code: "10 12".into(), name: String::new(), ledger: "Assets:微信".into() };
    let options = Options { accounts: Accounts { wechat, ..Accounts::default() }, ..options() };
    for preset in [Preset::Beancount, Preset::Kingdee, Preset::KingdeeCloud, Preset::Yonyou, Preset::YonyouTxt] {
        let mut file = Vec::new();
        assert_eq!(Writer::begin(&mut file, Table::Days, preset, &options).err().unwrap().id(), "bad_account");
        assert!(file.is_empty());
    }
}

#[test]
fn after_a_refused_row_the_file_is_given_up() {
    let good = sales()[0];
    let bad = [
        (SaleRow { due: Some(1), ..good }, "does_not_add_up"),
        (SaleRow { status: "voided", refund: 1, net_received: 1, ..good }, "bad_amount"),
        (SaleRow { refund: -1, ..good }, "bad_amount"),
        (SaleRow { business_date: "20.11.2026", ..good }, "bad_date"),
        (SaleRow { paid_at: i64::MAX, ..good }, "bad_time"),
        (SaleRow { gross: i64::MIN, ..good }, "too_large"),
    ];
    for preset in [Preset::Csv, Preset::ExcelZh, Preset::Xlsx] {
        for (row, id) in &bad {
            let mut writer = Writer::begin(Vec::new(), Table::Sales, preset, &options()).unwrap();
            assert_eq!(writer.sale(row).unwrap_err().id(), *id);
            assert_eq!(writer.sale(&good).unwrap_err().id(), "given_up");
            assert_eq!(writer.finish().unwrap_err().id(), "given_up");
        }
    }
}

#[test]
fn days_of_accounting_files_come_in_order_and_name_known_channels() {
    let good = days()[0];
    for (row, id) in [
        (DayRow { business_date: "2026-11-18", ..good }, "out_of_order"),
        (DayRow { business_date: "", ..good }, "bad_date"),
        (DayRow { channel: "paypal", ..good }, "unknown_channel"),
        (DayRow { received: -1, ..good }, "bad_amount"),
        (DayRow { received: i64::MAX, ..good }, "too_large"),
    ] {
        let mut writer = Writer::begin(Vec::new(), Table::Days, Preset::Beancount, &options()).unwrap();
        writer.day(&good).unwrap();
        assert_eq!(writer.day(&row).unwrap_err().id(), id);
        assert_eq!(writer.finish().unwrap_err().id(), "given_up");
    }
}

/// A disk that fills up.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_wherever_it_strikes() {
    for preset in [Preset::Csv, Preset::Xlsx] {
        for room in [0, 100, 1000, 5000, 20_000] {
            let written = Writer::begin(Full(room), Table::Sales, preset, &options()).and_then(|mut writer| {
                for _ in 0..200 {
                    sales().iter().try_for_each(|row| writer.sale(row))?;
                }
                writer.finish()
            });
            assert_eq!(written.unwrap_err().id(), "io", "{} {room}", preset.as_str());
        }
    }
}

#[test]
fn a_dropped_workbook_does_not_look_whole() {
    let mut file = Vec::new();
    let mut writer = Writer::begin(&mut file, Table::Sales, Preset::Xlsx, &options()).unwrap();
    sales().iter().try_for_each(|row| writer.sale(row)).unwrap();
    drop(writer);
    assert!(zip::ZipArchive::new(io::Cursor::new(&file)).is_err());
}

#[test]
fn empty_tables_make_whole_files() {
    for (table, preset) in crate::sample::every() {
        let mut file = Vec::new();
        let finished = Writer::begin(&mut file, table, preset, &options()).unwrap().finish().unwrap();
        assert_eq!((finished.rows, finished.lines, finished.sum), (0, 0, 0));
        if preset.extension() == "xlsx" {
            assert!(calamine::open_workbook_from_rs::<calamine::Xlsx<_>, _>(io::Cursor::new(file)).is_ok());
        }
    }
}

#[test]
fn vouchers_are_numbered_within_their_month() {
    let options = Options { first_voucher: 7, ..options() };
    let (file, _) = crate::sample::write(Table::Days, Preset::YonyouTxt, &options).unwrap();
    let (text, _) = encoding_rs::GBK.decode_without_bom_handling(&file);
    let mut numbers: Vec<(&str, &str)> = Vec::new();
    for line in text.lines().skip(1) {
        let mut fields = line.split(',');
        let (date, number) = (fields.next().unwrap(), fields.nth(1).unwrap());
        if numbers.last() != Some(&(date, number)) {
            numbers.push((date, number));
        }
    }
    // The 22nd had no money and makes no voucher.
    assert_eq!(numbers, [("2026-11-19", "7"), ("2026-11-20", "8"), ("2026-11-21", "9"), ("2026-12-01", "7")]);
}
