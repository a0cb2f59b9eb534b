//! What stands above and below the rows: account, range, filter, totals.

use super::amount;
use super::model::{Precision, Statement};
use super::moment::{self, Moment};
use super::notes::Declared;

/// The lines around the rows.
#[derive(Debug, Default)]
pub(super) struct Frame {
    lines: Vec<String>,
}

/// A declared number of rows and a declared sum.
type Total = (Option<u32>, Option<i64>);

impl Frame {
    pub(super) fn new(lines: Vec<String>) -> Self {
        let lines = lines.into_iter().map(|line| line.trim_start_matches(['#', '"', ' ']).to_owned()).collect();
        Self { lines }
    }

    /// What follows a label, without the colon. Labels are sometimes spread by blanks (`账    号`).
    fn after(&self, label: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| {
            let rest = skip_spread(line, label)?;
            Some(rest.trim_start_matches([':', '：', ' ', '\t']))
        })
    }

    /// The value after the first label that is there: up to the closing bracket or two blanks.
    pub(super) fn value(&self, labels: &[&str]) -> String {
        let Some(rest) = labels.iter().find_map(|label| self.after(label)) else { return String::new() };
        // A nickname in brackets may hold commas; without brackets a comma begins the next field.
        let (rest, end) = match rest.strip_prefix(['[', '［']) {
            Some(rest) => (rest, rest.find([']', '］'])),
            None => (rest, rest.find(',')),
        };
        let end = [end, rest.find("  ")].into_iter().flatten().min().unwrap_or(rest.len());
        rest[..end].trim().to_owned()
    }

    /// The account: the number in brackets if a login stands before it (`demo***@example.com[2088…]`).
    pub(super) fn account(&self, labels: &[&str]) -> String {
        let value = self.value(labels);
        match value.split_once('[') {
            Some((_, number)) => number.trim_end_matches(']').to_owned(),
            None => value,
        }
    }

    pub(super) fn moment(&self, labels: &[&str], offset: i32) -> Option<Moment> {
        let rest = labels.iter().find_map(|label| self.after(label))?;
        moment::prefix(rest.trim_start_matches(['[', '［', ' ']), offset).map(|(moment, _)| moment)
    }

    /// `收入：7笔 45147.39元`, `已收入:1笔,0.01元`, `支出合计：3笔，共-1010.21元`.
    pub(super) fn total(&self, label: &str) -> Option<Total> {
        let rest = self.lines.iter().find_map(|line| line.strip_prefix(label)?.strip_prefix([':', '：']))?;
        Some((number_before(rest, '笔').and_then(|n| n.parse().ok()), number_before(rest, '元').and_then(fen)))
    }

    /// `共21笔记录`.
    pub(super) fn row_count(&self) -> Option<u32> {
        let line = self.lines.iter().find(|line| line.starts_with('共') && line.contains("笔记录"))?;
        number_before(line, '笔')?.parse().ok()
    }

    /// `本账单中所有时间均为UTC+08:00时间`; Beijing when no line says so.
    pub(super) fn offset(&self) -> i32 {
        let found = self.lines.iter().find_map(|line| {
            let rest = &line[line.find("UTC")? + 3..];
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let (hours, rest) = rest.strip_prefix(['+', '-'])?.split_once(':')?;
            let minutes = rest.get(..2)?;
            let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
        });
        found.unwrap_or(moment::BEIJING)
    }

    /// Range and export time into the statement.
    pub(super) fn range_into(&self, out: &mut Statement, offset: i32) {
        out.from_ms = self.moment(&["起始时间", "起始日期"], offset).map(|m| m.ms);
        out.to_ms = self.moment(&["终止时间", "终止日期"], offset).map(|m| match m.precision {
            // A bare date means that whole day.
            Precision::Day => m.ms + 86_400_000,
            _ => m.ms,
        });
        out.exported_at_ms = self.moment(&["导出时间"], offset).map(|m| m.ms);
    }
}

/// The rest after the label, blanks inside the label allowed.
fn skip_spread<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    if let Some(at) = line.find(label) {
        return Some(&line[at + label.len()..]);
    }
    let mut rest = line;
    for wanted in label.chars() {
        rest = rest.trim_start().strip_prefix(wanted)?;
    }
    Some(rest)
}

fn fen(text: &str) -> Option<i64> {
    amount::fen(text).map(till_core::money::Fen::get)
}

/// The number that ends where the unit begins.
pub(super) fn number_before(text: &str, unit: char) -> Option<&str> {
    let before = &text[..text.find(unit)?];
    let start = before
        .rfind(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    Some(&before[start..]).filter(|number| !number.is_empty())
}

impl Statement {
    /// Puts a declared total beside the counted one; a file without it declares nothing.
    pub(super) fn declare(&mut self, what: &str, total: Option<Total>, counted: (Option<u32>, Option<i64>)) {
        let Some((count, fen)) = total else { return };
        if count.is_none() && fen.is_none() {
            return;
        }
        let same = |declared: Option<i64>, counted: Option<i64>| declared.is_none() || declared == counted;
        let agrees = same(count.map(i64::from), counted.0.map(i64::from)) && same(fen, counted.1);
        self.declared.push(Declared {
            what: what.to_owned(),
            count,
            fen,
            counted: counted.0,
            counted_fen: counted.1,
            agrees,
        });
    }

    /// Number and sum of the lines that fit.
    pub(super) fn count(&self, fits: impl Fn(&super::model::Line) -> bool) -> (Option<u32>, Option<i64>) {
        let (mut count, mut sum) = (0_u32, 0_i64);
        for line in self.lines.iter().filter(|line| fits(line)) {
            count += 1;
            sum += line.amount.get();
        }
        (Some(count), Some(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_values_totals() {
        let frame = Frame::new(
            [
                "#账    号: [一卡通:6214********5555   招商银行]",
                "起始日期: [20260201]   终止日期: [20260331]",
                "支付宝账户：139****0000",
                "微信昵称：[小店,一号]",
                "卡号: 1234****9876,卡别名: 这是卡别名",
                "收入：7笔,45147.39元",
                "#支出合计：3笔，共-1010.21元",
                "支出：x笔,1234.56元",
                "共21笔记录",
                "4. 本账单中所有时间均为UTC+09:30时间",
            ]
            .map(str::to_owned)
            .to_vec(),
        );
        assert_eq!(frame.value(&["账号"]), "一卡通:6214********5555");
        assert_eq!(frame.value(&["支付宝账户"]), "139****0000");
        assert_eq!(frame.value(&["微信昵称"]), "小店,一号");
        assert_eq!(frame.value(&["卡号"]), "1234****9876");
        assert_eq!(frame.total("收入"), Some((Some(7), Some(4_514_739))));
        assert_eq!(frame.total("支出合计"), Some((Some(3), Some(-101_021))));
        assert_eq!(frame.total("支出"), Some((None, Some(123_456))));
        assert_eq!(frame.total("已支出"), None);
        assert_eq!(frame.row_count(), Some(21));
        assert_eq!(frame.offset(), 34_200);
        assert!(frame.moment(&["终止日期"], 0).unwrap().precision == Precision::Day);
        let fundflow = Frame::new(vec!["#账号：demo***@example.com[2088000000000000]".to_owned()]);
        assert_eq!(fundflow.account(&["账号"]), "2088000000000000");
        assert_eq!(Frame::new(vec!["UTC".into(), "UTC+é:00".into()]).offset(), moment::BEIJING);
    }
}
