//! What holds for any rows.

use std::collections::HashMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use proptest::prelude::*;
use till_books::export::{
    AccountCode, Accounts, DayRow, Lang, Options, Preset, SaleRow, Table, Writer, columns, guards, unguarded,
};

use crate::sample::{NOON, options};

/// Fen of a money cell; panics at anything that is not plain digits with two decimals.
fn fen(cell: &str) -> i64 {
    let (yuan, cents) = cell.rsplit_once('.').unwrap_or_else(|| panic!("{cell} is no amount"));
    assert_eq!(cents.len(), 2, "{cell}");
    let digits = yuan.strip_prefix('-').unwrap_or(yuan);
    assert!(!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()), "{cell}");
    format!("{yuan}{cents}").parse().unwrap()
}

fn column(table: Table, key: &str) -> usize {
    columns::of(table).iter().position(|c| c.key == key).unwrap()
}

/// Texts that break careless writers, and any others. NUL is the one sign that is replaced.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[-=+@'\", \r\n\t＝－a1微🦊]{0,12}", "[^\0]{0,20}", Just(String::new())]
}

fn sale<'a>(texts: &'a [String], amounts: &[i64]) -> SaleRow<'a> {
    let [gross, discount, rounding, tail, net, tendered] = amounts else { panic!("six amounts") };
    SaleRow {
        business_date: "2026-11-20",
        opened_at: Some(NOON),
        paid_at: NOON,
        ticket_no: 7,
        status: "paid",
        gross: *gross,
        discount: *discount,
        rounding: *rounding,
        tail: *tail,
        due: Some(gross - discount - rounding - tail),
        net_received: *net,
        cash_tendered: Some(*tendered),
        account: &texts[0],
        payer_note: &texts[1],
        note: &texts[2],
        staff: &texts[3],
        provider_ref: &texts[4],
        request_id: &texts[5],
        ..SaleRow::default()
    }
}

const TEXTS: [&str; 6] = ["account", "payer_note", "note", "staff", "provider_ref", "request_id"];
const AMOUNTS: [&str; 6] = ["gross", "discount", "rounding", "tail", "net_received", "cash_tendered"];

type Sales = Vec<(Vec<String>, Vec<i64>)>;

fn any_sales(texts: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = Sales> {
    let amounts = prop::collection::vec(-10_000_000_000..=10_000_000_000_i64, 6);
    prop::collection::vec((prop::collection::vec(texts, 6), amounts), 0..8)
}

fn write_sales(rows: &Sales, preset: Preset) -> (Vec<u8>, i64) {
    let mut file = Vec::new();
    let mut writer = Writer::begin(&mut file, Table::Sales, preset, &options()).unwrap();
    for (texts, amounts) in rows {
        writer.sale(&sale(texts, amounts)).unwrap();
    }
    let sum = writer.finish().unwrap().sum;
    (file, sum)
}

fn any_days() -> impl Strategy<Value = Vec<(u32, usize, i64, i64, i64)>> {
    let row = (1..=28_u32, 0..6_usize, 0..1_000_000_000_i64, 0..1_000_000_000_i64, -10_000..10_000_i64);
    prop::collection::vec(row, 0..30).prop_map(|mut rows| {
        rows.sort_unstable();
        rows
    })
}

const CHANNELS: [&str; 6] = ["wechat", "alipay", "unionpay", "ecny", "bank", "cash"];

fn write_days(rows: &[(u32, usize, i64, i64, i64)], preset: Preset, options: &Options) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::begin(&mut file, Table::Days, preset, options).unwrap();
    for (day, channel, received, refund, fee) in rows {
        let business_date = format!("2026-11-{day:02}");
        let (received, refund, fee) = (*received, *refund, *fee);
        let channel = CHANNELS[*channel];
        let row = DayRow { business_date: &business_date, channel, received, refund, fee, ..DayRow::default() };
        writer.day(&row).unwrap();
    }
    writer.finish().unwrap();
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_survives_csv_and_amounts_add_up(rows in any_sales(text().boxed()), excel: bool) {
        let (file, sum) = write_sales(&rows, if excel { Preset::ExcelZh } else { Preset::Csv });
        let file = if excel { file.strip_prefix("\u{FEFF}".as_bytes()).unwrap() } else { &file };
        let read: Vec<csv::StringRecord> = csv::Reader::from_reader(file).records().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read.len(), rows.len());
        let mut read_sum = 0;
        for (record, (texts, amounts)) in read.iter().zip(&rows) {
            for (key, text) in TEXTS.iter().zip(texts) {
                let cell = &record[column(Table::Sales, key)];
                prop_assert_eq!(unguarded(cell), text);
                prop_assert_eq!(cell != text, guards(text));
            }
            for (key, amount) in AMOUNTS.iter().zip(amounts) {
                prop_assert_eq!(fen(&record[column(Table::Sales, key)]), *amount);
            }
            read_sum += fen(&record[column(Table::Sales, "net_received")]);
        }
        prop_assert_eq!(read_sum, sum);
    }

    #[test]
    fn any_text_survives_a_workbook_as_text(rows in any_sales("[-=+@'\",<>&_x＝微🦊 0-9A]{0,14}".boxed())) {
        let (file, _) = write_sales(&rows, Preset::Xlsx);
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).unwrap();
        let sheet = book.worksheet_range("销售").unwrap();
        for (cells, (texts, amounts)) in sheet.rows().skip(1).zip(&rows) {
            for (key, text) in TEXTS.iter().zip(texts) {
                let cell = match &cells[column(Table::Sales, key)] {
                    Data::Empty => "",
                    Data::String(text) => text,
                    other => panic!("{text:?} became {other:?}"),
                };
                prop_assert_eq!(cell, text);
            }
            for (key, amount) in AMOUNTS.iter().zip(amounts) {
                let Data::Float(yuan) = cells[column(Table::Sales, key)] else { panic!("{key} is no number") };
                prop_assert_eq!(fen(&format!("{yuan:.2}").replace("-0.00", "0.00")), *amount);
            }
        }
        prop_assert!(book.worksheet_formula("销售").unwrap().is_empty());
    }

    #[test]
    fn any_days_balance_in_every_books(rows in any_days(), own_account: bool) {
        let refunds = AccountCode { code: "500102".into(), name: "销售退回".into(), ledger: "Income:Refunds".into() };
        let accounts = Accounts { refunds: own_account.then_some(refunds), ..Accounts::default() };
        let options = Options { accounts, lang: Lang::En, ..options() };
        let kept: i64 = rows.iter().map(|(_, _, received, refund, fee)| received - refund - fee).sum();

        // 用友: 48 fields, debit = credit in each voucher.
        let file = write_days(&rows, Preset::YonyouTxt, &options);
        let (text, broken) = encoding_rs::GBK.decode_without_bom_handling(&file);
        prop_assert!(!broken);
        let mut vouchers: HashMap<String, i64> = HashMap::new();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            prop_assert_eq!(fields.len(), 48);
            *vouchers.entry(fields[2].to_owned()).or_default() += fen(fields[6]) - fen(fields[7]);
        }
        prop_assert!(vouchers.values().all(|sum| *sum == 0));

        // GnuCash: deposits = withdrawals in each transaction; the assets keep what was kept.
        let file = write_days(&rows, Preset::Gnucash, &options);
        let (mut transactions, mut assets) = (HashMap::<String, i64>::new(), 0);
        for record in csv::Reader::from_reader(&file[..]).records() {
            let record = record.unwrap();
            let side = |cell: &str| if cell.is_empty() { 0 } else { fen(cell) };
            let signed = side(&record[6]) - side(&record[7]);
            *transactions.entry(record[1].to_owned()).or_default() += signed;
            assets += if record[5].starts_with("Assets:") { signed } else { 0 };
        }
        prop_assert!(transactions.values().all(|sum| *sum == 0));
        prop_assert_eq!(assets, kept);

        // The bank shapes: what the accounts gained.
        let file = write_days(&rows, Preset::Quickbooks, &options);
        let lines: i64 = csv::Reader::from_reader(&file[..]).records().map(|record| fen(&record.unwrap()[2])).sum();
        prop_assert_eq!(lines, kept);
    }
}
