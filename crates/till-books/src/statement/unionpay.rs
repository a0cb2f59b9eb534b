//! UnionPay: the settlement file (fixed width in bytes, GBK, fen) and the merchant web report.

use till_core::money::Fen;

use super::alipay_merchant::absolute;
use super::body::Body;
use super::error::ReadError;
use super::model::{Bucket, Coverage, Covers, Direction, Kind, Line, Precision, Statement};
use super::moment::{self, Moment};

/// Widths of the forty fields that all generations of the ZM file share; one space stands between fields.
const WIDTHS: [usize; 40] = [
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1,
];

/// What a text document is to UnionPay.
pub(super) enum Member {
    /// Settlement rows (ZM).
    Settlement,
    /// Differences (ZME): so many rows.
    Differences(u32),
}

/// Known by the rows themselves: code, fixed places of merchant and query number. An empty file only by its name.
pub(super) fn member(bytes: &[u8], name: &str) -> Option<Member> {
    let mut rows = rows(bytes);
    let Some((_, first)) = rows.next() else {
        return match settlement_day(name) {
            Some(_) if name.contains("ZME_") => Some(Member::Differences(0)),
            Some(_) if name.contains("ZM_") => Some(Member::Settlement),
            _ => None,
        };
    };
    let coded = first.first().is_some_and(u8::is_ascii_uppercase)
        && first.get(1..3).is_some_and(|code| code.iter().all(u8::is_ascii_digit))
        && first.get(3) == Some(&b' ');
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !coded {
        return None;
    }
    if field(first, 28).is_some_and(digits)
        && field(first, 5).is_some_and(digits)
        && field(first, 7).is_some_and(digits)
    {
        return Some(Member::Settlement);
    }
    // `3,11,11,6,10,19,12,…` as well, but no merchant at its place and a shorter line.
    let short = first.len() < offset(27) + WIDTHS[27] || name.contains("ZME_");
    (short && field(first, 7).is_some_and(digits)).then(|| Member::Differences(rows.count() as u32 + 1))
}

/// Reads the settlement rows.
pub(super) fn read_settlement(bytes: &[u8], name: &str, out: &mut Statement) -> Result<(), ReadError> {
    let day = settlement_day(name);
    for (number, row) in rows(bytes) {
        out.lines.push(settlement_line(row, number, day)?);
        if out.account.is_empty() {
            out.account = text(row, 28);
        }
    }
    if out.account.is_empty() {
        out.account = name.rsplit_once("ZM_").map(|(_, merchant)| merchant.to_owned()).unwrap_or_default();
    }
    out.covers = Covers::all(Coverage::Full);
    Ok(())
}

fn settlement_line(row: &[u8], number: u32, day: Option<Day>) -> Result<Line, ReadError> {
    let bad = |at: usize, name: &str| ReadError::bad_cell(number, name, &text(row, at));
    if row.len() < offset(28) + WIDTHS[28] {
        return Err(ReadError::bad_cell(number, "merId", &String::from_utf8_lossy(row)));
    }
    let fen = |at: usize, name: &str| match text(row, at) {
        digits if digits.is_empty() => Ok(None),
        digits => unsigned(&digits).and_then(|fen| Fen::new(fen).ok()).map(Some).ok_or_else(|| bad(at, name)),
    };
    // `D` is taken from the merchant, `C` is given to it.
    let owed = |at: usize, name: &str| match text(row, at) {
        empty if empty.is_empty() => Ok(None),
        signed => {
            let sign = match signed.as_bytes()[0] {
                b'D' => 1,
                b'C' => -1,
                _ => return Err(bad(at, name)),
            };
            let digits = signed.get(1..).and_then(|digits| unsigned(digits.trim()));
            digits.and_then(|fen| Fen::new(sign * fen).ok()).map(Some).ok_or_else(|| bad(at, name))
        }
    };
    let at = txn_time(&text(row, 5), day).ok_or_else(|| match day {
        None => ReadError::YearUnknown,
        Some(_) => bad(5, "txnTime"),
    })?;
    let amount = fen(7, "txnAmt")?.ok_or_else(|| bad(7, "txnAmt"))?;
    let mut line = Line::new(number, at, amount);
    line.fee = owed(16, "merchantFee")?;
    line.net = owed(17, "settleAmt")?.and_then(|owed| Fen::new(-owed.get()).ok());
    line.settled = line.net.map(absolute);
    line.channel_id = text(row, 10);
    line.status = text(row, 1);
    line.type_text = text(row, 20);
    line.counterparty = text(row, 6);
    let own_number = text(row, 12);
    (line.kind, line.direction, line.bucket) = match line.type_text.as_str() {
        "01" => (Kind::Receipt, Direction::In, Bucket::In),
        "04" => (Kind::Refund, Direction::Out, Bucket::Refund),
        // A consumption taken back on the same day.
        "31" => (Kind::Revoked, Direction::Out, Bucket::Revoked),
        _ => (Kind::Neutral, Direction::None, Bucket::Neutral),
    };
    if matches!(line.kind, Kind::Refund | Kind::Revoked) {
        line.original_id = text(row, 27);
        line.refund_no = own_number;
    } else {
        line.order_no = own_number;
    }
    Ok(line)
}

/// Digits alone: the file has no signs, and `parse` would take them.
fn unsigned(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Settlement day out of `INN26111988ZM_…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    year: i16,
    month: i8,
    day: i8,
}

fn settlement_day(name: &str) -> Option<Day> {
    let digits = name.get(name.find("INN")? + 3..)?.get(..6).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let part = |from: usize| digits.get(from..from + 2)?.parse::<i8>().ok();
    Some(Day { year: 2000 + i16::from(part(0)?), month: part(2)?, day: part(4)? })
}

/// `MMDDhhmmss`. No payment is younger than its settlement: a later day of the year was last year's.
fn txn_time(digits: &str, settled: Option<Day>) -> Option<Moment> {
    let settled = settled?;
    if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| digits.get(from..from + 2)?.parse::<i8>().ok();
    let (month, day) = (part(0)?, part(2)?);
    let year = if (month, day) > (settled.month, settled.day) { settled.year - 1 } else { settled.year };
    let ms = moment::civil(year, month, day, (part(4)?, part(6)?, part(8)?), moment::BEIJING)?;
    Some(Moment { ms, precision: Precision::Second })
}

/// Lines that hold anything, numbered from 1.
fn rows(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let lines = bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    (1..).zip(lines).filter(|(_, line)| line.iter().any(|b| !b.is_ascii_whitespace()))
}

/// Where field `at` (from 1) begins.
fn offset(at: usize) -> usize {
    WIDTHS.iter().take(at - 1).map(|width| width + 1).sum()
}

/// Field `at` (from 1), cut on bytes before decoding: names are GBK and two bytes wide.
fn field(row: &[u8], at: usize) -> Option<&[u8]> {
    let start = offset(at);
    row.get(start..start + WIDTHS.get(at - 1)?).map(<[u8]>::trim_ascii)
}

fn text(row: &[u8], at: usize) -> String {
    encoding_rs::GB18030.decode_without_bom_handling(field(row, at).unwrap_or_default()).0.into_owned()
}

/// The merchant web report, CSV or XLSX, after lyenrowe/bill-parser; no public sample was seen.
pub(super) fn read_web(body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
    let merchant = body.need("商户代码")?;
    let time = body.need("系统日期|银联系统日期")?;
    let order = body.need("订单号")?;
    let money = body.need("交易金额(元)")?;
    let type_text = body.need("交易类型")?;
    let status = body.find("交易状态");
    let id = body.find("银联流水号|查询流水号|交易流水号");
    for row in body.rows() {
        let Some((at, signed)) = body.dated(row, (time, body.moment(row, time)), (money, body.fen(row, money)))? else {
            continue;
        };
        let mut line = Line::new(row.line, at, absolute(signed));
        line.type_text = body.string(row, Some(type_text));
        line.status = body.string(row, status);
        line.order_no = body.id(row, Some(order));
        line.channel_id = body.id(row, id);
        let failed = line.status.contains("失败");
        (line.kind, line.direction, line.bucket) = match line.type_text.as_str() {
            _ if failed => (Kind::Closed, Direction::None, Bucket::Closed),
            "消费" => (Kind::Receipt, Direction::In, Bucket::In),
            "消费撤销" => (Kind::Revoked, Direction::Out, Bucket::Revoked),
            text if text.contains("退") => (Kind::Refund, Direction::Out, Bucket::Refund),
            _ => (Kind::MaybeReceipt, Direction::In, Bucket::Neutral),
        };
        if out.account.is_empty() {
            out.account = body.string(row, Some(merchant));
        }
        out.lines.push(line);
    }
    out.covers = Covers::all(Coverage::Unknown);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(digits: &str, name: &str) -> Option<i64> {
        txn_time(digits, settlement_day(name)).map(|m| m.ms)
    }

    #[test]
    fn the_year_comes_from_the_file_name() {
        let want = |text| moment::moment(text, moment::BEIJING).map(|m| m.ms);
        assert_eq!(ms("1119113009", "INN26111988ZM_777290058110048"), want("2026-11-19 11:30:09"));
        assert_eq!(ms("1231233000", "INN27010188ZM_777290058110048"), want("2026-12-31 23:30:00"));
        assert_eq!(ms("0101000500", "INN27010188ZM_777290058110048"), want("2027-01-01 00:05:00"));
        assert_eq!(ms("0229120000", "INN26030188ZM_777290058110048"), None);
        assert_eq!(ms("1119113009", "report.txt"), None);
    }

    #[test]
    fn fields_lie_where_the_widths_say() {
        assert_eq!(offset(1), 0);
        assert_eq!(offset(5), 3 + 11 + 11 + 6 + 4);
        let row = vec![b'1'; offset(40) + WIDTHS[39]];
        assert_eq!(field(&row, 28).unwrap().len(), 15);
        assert_eq!(field(&row[..20], 28), None);
    }
}
