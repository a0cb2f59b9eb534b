//! Vouchers (记账凭证) for 金蝶 and 用友. Codes are text, dates `YYYY-MM-DD` text as the products' templates have them, an
//! empty side stays empty.
//!
//! The column names are those of public templates; products and versions differ, and none of the programs was at hand:
//! the manual says so, and that the importer's own column mapping decides.

use std::io::Write;

use super::day::{Day, Line};
use super::error::ExportError;
use super::figures::yuan;
use super::options::Options;
use super::preset::Preset;
use super::sheet::{Style, Workbook};
use super::text::one_line;

const KIS: [&str; 11] =
    ["凭证日期", "凭证字", "凭证号", "附件数", "摘要", "科目代码", "科目名称", "借方金额", "贷方金额", "币别", "制单"];

const T_PLUS: [&str; 10] =
    ["凭证日期", "凭证字号", "附单据数", "摘要", "科目编码", "科目名称", "借方金额", "贷方金额", "辅助项", "制单人"];

/// 云星空 `GL_VOUCHER`: the technical name and the Chinese one. Cells left of `*Split*1` stand on a voucher's first row.
const CLOUD: [(&str, &str); 19] = [
    ("FBillHead(GL_VOUCHER)", "*单据头(序号)"),
    ("FAccountBookID", "*(单据头)账簿#编码"),
    ("FDate", "*(单据头)日期"),
    ("FBUSDATE", "*(单据头)业务日期"),
    ("FYEAR", "(单据头)会计年度"),
    ("FPERIOD", "(单据头)期间"),
    ("FVOUCHERGROUPID", "*(单据头)凭证字#编码"),
    ("FVOUCHERGROUPNO", "*(单据头)凭证号"),
    ("FACCBOOKORGID", "*(单据头)核算组织#编码"),
    ("*Split*1", "间隔列"),
    ("FEntity", "*分录(序号)"),
    ("FEXPLANATION", "*(分录)摘要"),
    ("FACCOUNTID", "*(分录)科目编码#编码"),
    ("FCURRENCYID", "*(分录)币别#编码"),
    ("FEXCHANGERATETYPE", "*(分录)汇率类型#编码"),
    ("FEXCHANGERATE", "(分录)汇率"),
    ("FAMOUNTFOR", "(分录)原币金额"),
    ("FDEBIT", "(分录)借方金额"),
    ("FCREDIT", "(分录)贷方金额"),
];

/// 凭证字 记 in 云星空.
const CLOUD_WORD: &str = "PRE001";
/// CNY there.
const CLOUD_CURRENCY: &str = "PRE001";
const CLOUD_RATE_TYPE: &str = "HLTX01_SYS";

/// Opens the sheet and writes its headers.
pub(crate) fn begin<W: Write>(book: &mut Workbook<W>, preset: Preset) -> Result<(), ExportError> {
    let (name, headers, frozen): (_, Vec<Vec<&str>>, _) = match preset {
        Preset::KingdeeCloud => {
            let rows = vec![CLOUD.iter().map(|c| c.0).collect(), CLOUD.iter().map(|c| c.1).collect()];
            ("凭证#单据头(FBillHead)", rows, 2)
        }
        Preset::Kingdee => ("凭证", vec![KIS.to_vec()], 1),
        _ => ("凭证", vec![T_PLUS.to_vec()], 1),
    };
    book.open_sheet(name, &vec![15; headers[0].len()], frozen)?;
    for row in headers {
        book.start_row();
        row.into_iter().for_each(|header| book.text(header, Style::Header));
        book.end_row()?;
    }
    Ok(())
}

/// One voucher.
pub(crate) fn day<W: Write>(
    book: &mut Workbook<W>,
    preset: Preset,
    options: &Options,
    day: &Day,
    lines: &[Line<'_>],
    (number, nth): (u32, u64),
) -> Result<(), ExportError> {
    for (at, line) in lines.iter().enumerate() {
        book.start_row();
        match preset {
            Preset::KingdeeCloud => cloud(book, options, day, line, (number, nth, at)),
            Preset::Kingdee => kis(book, options, day, line, number),
            _ => t_plus(book, options, day, line, number),
        }
        book.end_row()?;
    }
    Ok(())
}

fn side<W: Write>(book: &mut Workbook<W>, fen: i64) {
    if fen == 0 { book.skip() } else { book.money(fen) }
}

fn kis<W: Write>(book: &mut Workbook<W>, options: &Options, day: &Day, line: &Line<'_>, number: u32) {
    let accounts = &options.accounts;
    book.text(&day.date, Style::Text);
    book.text(&accounts.voucher_word, Style::Text);
    book.count(i64::from(number));
    book.count(0);
    book.text(&line.summary, Style::Text);
    book.text(&line.account.code, Style::Text);
    book.text(&one_line(&line.account.name), Style::Text);
    side(book, line.debit);
    side(book, line.credit);
    book.text(if accounts.currency == "CNY" { "RMB" } else { &accounts.currency }, Style::Text);
    book.text(&one_line(&accounts.preparer), Style::Text);
}

fn t_plus<W: Write>(book: &mut Workbook<W>, options: &Options, day: &Day, line: &Line<'_>, number: u32) {
    book.text(&day.date, Style::Text);
    book.text(&format!("{}-{number}", options.accounts.voucher_word), Style::Text);
    book.count(0);
    book.text(&line.summary, Style::Text);
    book.text(&line.account.code, Style::Text);
    book.text(&one_line(&line.account.name), Style::Text);
    side(book, line.debit);
    side(book, line.credit);
    book.skip();
    book.text(&one_line(&options.accounts.preparer), Style::Text);
}

fn cloud<W: Write>(
    book: &mut Workbook<W>,
    options: &Options,
    day: &Day,
    line: &Line<'_>,
    (number, nth, at): (u32, u64, usize),
) {
    let part = |from, to| day.date.get(from..to).and_then(|text| text.parse().ok()).unwrap_or(0);
    if at == 0 {
        book.count(i64::try_from(nth).unwrap_or(i64::MAX));
        book.text(&options.accounts.book, Style::Text);
        book.text(&day.date, Style::Text);
        book.text(&day.date, Style::Text);
        book.count(part(0, 4));
        book.count(part(5, 7));
        let word = &options.accounts.voucher_word;
        book.text(if word == "记" { CLOUD_WORD } else { word }, Style::Text);
        book.count(i64::from(number));
        book.text(&options.accounts.organisation, Style::Text);
    } else {
        (0..9).for_each(|_| book.skip());
    }
    book.skip();
    book.count(at as i64 + 1);
    book.text(&line.summary, Style::Text);
    book.text(&line.account.code, Style::Text);
    book.text(
        if options.accounts.currency == "CNY" { CLOUD_CURRENCY } else { &options.accounts.currency },
        Style::Text,
    );
    book.text(CLOUD_RATE_TYPE, Style::Text);
    book.count(1);
    book.money(line.debit + line.credit);
    side(book, line.debit);
    side(book, line.credit);
}

/// 用友 T3 / U8 总账工具: 48 fields per line; the empty ones are quantities, settlement and dimensions.
const BLANKS: &str = ",,,,,,,,,,,,,,,";
const TAIL: &str = ",0,,0,,,,,,,,,0,0,0,0,0,,0,0,0,0\r\n";

/// One voucher as text lines, still UTF-8.
pub(crate) fn text(out: &mut Vec<u8>, options: &Options, day: &Day, lines: &[Line<'_>], number: u32) {
    // The format has no quotes: a comma would be a new field.
    let field = |text: &str| one_line(text).replace(',', "，").replace('"', "”");
    let (word, preparer) = (field(&options.accounts.voucher_word), field(&options.accounts.preparer));
    for line in lines {
        let head = format!("{},{word},{number},0,{},{},", day.date, field(&line.summary), line.account.code);
        out.extend_from_slice(head.as_bytes());
        yuan(out, line.debit);
        out.push(b',');
        yuan(out, line.credit);
        out.extend_from_slice(format!(",0,0,0,{preparer}{BLANKS}{TAIL}").as_bytes());
    }
}

/// GBK, with `?` for what it lacks: the encoder's own habit, `&#…;`, would be a text of its own to 用友.
pub(crate) fn gbk(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (bytes, _, lacking) = encoding_rs::GBK.encode(line);
        if lacking {
            for c in line.chars() {
                let mut utf8 = [0; 4];
                let (bytes, _, lacking) = encoding_rs::GBK.encode(c.encode_utf8(&mut utf8));
                out.extend_from_slice(if lacking { b"?" } else { &bytes });
            }
        } else {
            out.extend_from_slice(&bytes);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gbk_lacks_animals_but_not_shops() {
        assert_eq!(gbk("🦊店\r\n".as_bytes()), [b'?', 0xB5, 0xEA, b'\r', b'\n']);
        assert_eq!(gbk("记,1".as_bytes()), [0xBC, 0xC7, b',', b'1']);
    }
}
