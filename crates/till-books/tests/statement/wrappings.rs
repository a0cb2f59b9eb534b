//! Zips, passwords, workbooks, and files that are something else.

use std::io::{Cursor, Write};

use encoding_rs::GB18030;
use till_books::statement::{Format, Note, ReadError, read};

use crate::{headless, open, plain, refused, sample, text, totals};

/// A workbook as small as one can be: text inline, numbers as numbers.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut members = vec![(
        "[Content_Types].xml".to_owned(),
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
    )];
    let (mut list, mut links) = (String::new(), String::new());
    for (index, (name, rows)) in sheets.iter().enumerate() {
        list += &format!("<sheet name=\"{name}\" sheetId=\"{0}\" r:id=\"r{0}\"/>", index + 1);
        links += &format!(
            "<Relationship Id=\"r{0}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/s{0}.xml\"/>",
            index + 1
        );
        members.push((
            format!("xl/worksheets/s{}.xml", index + 1),
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    members.push(("xl/workbook.xml".to_owned(), format!("<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{list}</sheets></workbook>")));
    members.push(("_rels/.rels".to_owned(), "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".to_owned()));
    members.push(("xl/_rels/workbook.xml.rels".to_owned(), format!("<Relationships>{links}</Relationships>")));
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, xml)| (name.as_str(), xml.as_bytes())).collect();
    plain(&members)
}

/// Rows of a sheet out of lines; what has a decimal point and is a number becomes one.
fn sheet(lines: &str) -> String {
    let cell = |text: &str| match text.parse::<f64>() {
        Ok(_) if text.contains('.') => format!("<c><v>{text}</v></c>"),
        _ => format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
    };
    let row = |line: &str| format!("<row>{}</row>", line.split(',').map(cell).collect::<String>());
    lines.lines().map(row).collect()
}

#[test]
fn workbooks_of_the_fund_flow_and_of_nothing() {
    let flow = text("alipay-fundflow-2026.csv").replace("\"A,B套餐\"", "套餐");
    let statement = open(&workbook(&[("Sheet1", &sheet(&flow))]));
    assert_eq!((statement.format, statement.account.as_str()), (Format::AlipayFundflow, "2088000000000000"));
    assert_eq!(statement.totals(), totals("alipay-fundflow-2026.csv"));
    // A stray cell at the far corner, a sheet of notes before, a copy without its title after.
    let stray = format!("{}<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>", sheet(&flow));
    let copy = sheet(&headless(&flow, "序号,"));
    let three = open(&workbook(&[("notes", &sheet("库存,3.5")), ("bill", &stray), ("copy", &copy)]));
    assert_eq!(three.lines, statement.lines);
    assert!(three.notes.contains(&Note::OtherSheetIgnored { name: "copy".to_owned() }), "{:?}", three.notes);
    // Half a fen in a numeric cell.
    let half = workbook(&[("Sheet1", &sheet(&flow.replace("28.00", "28.005")))]);
    assert!(matches!(refused(&half), ReadError::BadCell { row: 6, .. }), "{:?}", refused(&half));
    assert_eq!(refused(&workbook(&[("Sheet1", &sheet("库存,3.5\n米,7"))])), ReadError::NotAStatement);
    assert_eq!(refused(&workbook(&[])).id(), "not_a_statement");
}

/// The reader of workbooks counts in 32 bits; where overflow is checked it panics, elsewhere it counts on from zero.
#[test]
fn a_row_past_every_sheet_is_refused() {
    for row in ["<row r=\"99999999999\"><c><v>1</v></c></row>", "<row><c r=\"ZZZZZZZZ1\"><v>1</v></c></row>"] {
        let error = refused(&workbook(&[("Sheet1", row)]));
        assert!(matches!(error.id(), "damaged" | "not_a_statement"), "{error}");
    }
}

/// The first of a statement's payments stands in it once more, after the last: it would count twice.
#[test]
fn a_row_that_comes_back_is_refused() {
    let rows = sheet(&text("alipay-fundflow-2026.csv").replace("\"A,B套餐\"", "套餐"));
    open(&workbook(&[("Sheet1", &rows)]));
    let back = format!("{rows}<row r=\"6\"><c r=\"A6\"><v>1</v></c></row>");
    assert_eq!(refused(&workbook(&[("Sheet1", &back)])).id(), "damaged");
}

#[test]
fn passwords() {
    for (name, right) in [("wechat-personal-2026-encrypted.zip", "654321"), ("alipay-app-2026-encrypted.zip", "234512")]
    {
        let bytes = sample(name);
        assert_eq!(read(&bytes, name, None).unwrap_err(), ReadError::NeedsPassword);
        assert_eq!(read(&bytes, name, Some("")).unwrap_err(), ReadError::NeedsPassword);
        assert!(read(&bytes, name, Some(&format!(" {right}\n"))).is_ok(), "blanks of a copied message");
        // ZipCrypto lets one wrong password in 256 pass its check: it must be noticed all the same.
        let tries = if name.starts_with("wechat") { 1500 } else { 3 };
        for wrong in 0..tries {
            let error = read(&bytes, name, Some(&format!("{wrong:06}"))).unwrap_err();
            assert_eq!(error, ReadError::WrongPassword, "{name} {wrong}");
        }
    }
}

#[test]
fn zips_by_what_they_hold() {
    let (shop, web) = (sample("alipay-app-2026-shop.csv"), sample("alipay-web-2019.txt"));
    let beside = plain(&[("说明.pdf", b"%PDF-1.7"), ("folder/._x", b"x"), ("读我.txt", b"hello"), ("a.csv", &shop)]);
    assert_eq!(open(&beside).lines.len(), 9);
    assert_eq!(
        refused(&plain(&[("a.csv", &shop), ("b.txt", &web)])),
        ReadError::SeveralStatements { names: vec!["a.csv".to_owned(), "b.txt".to_owned()] }
    );
    assert_eq!(refused(&plain(&[("in.zip", &plain(&[("a.csv", &shop)]))])), ReadError::NestedZip);
    assert_eq!(refused(&plain(&[("a.csv", &shop), ("in.zip", &plain(&[]))])), ReadError::NestedZip);
    assert_eq!(refused(&plain(&[("proof.pdf", b"%PDF-1.7")])), ReadError::ProofPdf);
    assert_eq!(refused(&plain(&[])), ReadError::Empty);
    assert_eq!(refused(&plain(&[("a.txt", b"hello"), ("b.txt", b"there")])), ReadError::NotAStatement);
    let many: Vec<(String, &[u8])> = (0..65).map(|n| (format!("{n}.csv"), b"x".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    assert_eq!(refused(&plain(&many)), ReadError::TooLarge { what: "members" });
    // The summary alone.
    let mut trade = zip::ZipArchive::new(Cursor::new(sample("alipay-merchant-trade-2019.zip"))).unwrap();
    let mut summary = Vec::new();
    std::io::Read::read_to_end(&mut trade.by_index(0).unwrap(), &mut summary).unwrap();
    assert_eq!(refused(&plain(&[("s.csv", &summary)])), ReadError::SummaryOnly);
    assert_eq!(refused(&summary), ReadError::SummaryOnly);
}

#[test]
fn a_summary_that_disagrees_is_told() {
    let mut zip = zip::ZipArchive::new(Cursor::new(sample("alipay-merchant-signcustomer-2026.zip"))).unwrap();
    let mut member = |index| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_index(index).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let (summary, detail) = (member(0), member(1));
    assert_eq!(
        open(&plain(&[("s.csv", &summary), ("d.csv", &detail)])).declared.iter().filter(|d| d.agrees).count(),
        6
    );
    let wrong = GB18030.decode(&summary).0.replace("合计,2,35.86", "合计,3,36.86");
    let statement = open(&plain(&[("s.csv", &GB18030.encode(&wrong).0), ("d.csv", &detail)]));
    for what in ["汇总 收入笔数", "汇总 收入金额(+元)"] {
        assert!(statement.notes.contains(&Note::TotalsDisagree { what: what.to_owned() }), "{:?}", statement.notes);
    }
}

#[test]
fn what_is_no_statement() {
    assert_eq!(refused(b""), ReadError::Empty);
    assert_eq!(refused(b" \r\n\t\n"), ReadError::Empty);
    assert_eq!(refused(b"hello, world\n1,2\n"), ReadError::NotAStatement);
    assert_eq!(refused(b"%PDF-1.4 ..."), ReadError::ProofPdf);
    assert_eq!(refused(b"PK\x03\x04rubbish").id(), "damaged");
    assert_eq!(refused(b"\x1f\x8brubbish").id(), "damaged");
    let mut ole = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    ole.resize(2048, 0);
    assert_eq!(refused(&ole), ReadError::OldXls);
    ole.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(refused(&ole), ReadError::EncryptedXlsx);
    assert_eq!(refused(&[0x81, 0x30, 0xFF, 0xFF]), ReadError::UnknownText);
    // A till's own ledger, a shopping list with some of the words.
    assert_eq!(refused("交易时间,金额,备注\n2026-01-01,1.00,x\n".as_bytes()), ReadError::NotAStatement);
}

#[test]
fn gzip_of_a_merchant_bill() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&sample("wechat-merchant-tradebill-all-2026-fees.csv")).unwrap();
    let statement = open(&gz.finish().unwrap());
    assert_eq!(statement.encoding, "gzip UTF-8 BOM");
    assert_eq!(statement.totals(), totals("wechat-merchant-tradebill-all-2026-fees.csv"));
}

#[test]
fn unionpay_across_the_year() {
    let mut zip = zip::ZipArchive::new(Cursor::new(sample("unionpay-zm-2026.zip"))).unwrap();
    let mut rows = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_index(0).unwrap(), &mut rows).unwrap();
    let eve: Vec<u8> =
        String::from_utf8(rows.clone()).unwrap().replace(" 1119113009 622", " 1231233009 622").into_bytes();
    let at = |name: &str| read(&eve, name, None).unwrap().lines[0].at_ms;
    let want = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert_eq!(at("INN27010188ZM_777290058110048"), want("2026-12-31T23:30:09+08:00"));
    assert_eq!(at("INN26123188ZM_777290058110048"), want("2026-12-31T23:30:09+08:00"));
    assert_eq!(read(&rows, "download.txt", None).unwrap_err(), ReadError::YearUnknown);
    assert_eq!(read(b"\r\n", "INN26111988ZM_777290058110048", None).unwrap().lines.len(), 0);
    // A name in GBK takes two bytes a character; fields after it stay in place.
    let place = rows.windows(6).position(|w| w == b"622202").unwrap();
    rows[place..place + 6].copy_from_slice(&GB18030.encode("测试卡").0);
    let statement = read(&rows, "INN26111988ZM_777290058110048", None).unwrap();
    assert_eq!(statement.lines[0].counterparty, "测试卡******0001");
    assert_eq!(statement.lines[0].order_no, "QT202611190021");
}

#[test]
fn unionpay_amounts_have_no_sign() {
    let mut zip = zip::ZipArchive::new(Cursor::new(sample("unionpay-zm-2026.zip"))).unwrap();
    let mut rows = String::new();
    std::io::Read::read_to_string(&mut zip.by_index(0).unwrap(), &mut rows).unwrap();
    for (from, to, column) in [
        (" 000000010000 ", " -00000010000 ", "txnAmt"),
        (" 000000010000 ", " +00000010000 ", "txnAmt"),
        (" D000000000060 ", " D-00000000060 ", "merchantFee"),
        (" C000000009940 ", " C+00000009940 ", "settleAmt"),
    ] {
        assert!(rows.contains(from));
        let error = read(rows.replacen(from, to, 1).as_bytes(), "INN26111988ZM_777290058110048", None).unwrap_err();
        assert!(matches!(&error, ReadError::BadCell { row: 2, column: named, .. } if named == column), "{error}");
    }
}

#[test]
fn a_signed_figure_in_a_remark_is_no_amount() {
    let flow = text("wechat-merchant-fundflow-2026-fees.csv");
    assert!(flow.contains("退款总金额10.00"));
    let statement = open(flow.replace("退款总金额10.00", "退款总金额-10.00").as_bytes());
    assert!(statement.lines.iter().all(|line| line.ticket_amount.get() >= 0), "{:?}", statement.lines);
}
