//! Sentences about statements: why a file was not read and what to do, and what to know about one that was.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use till_books::statement::ReadError;
use till_store::StatementRow;

use crate::api::{ApiError, Code, DeclaredTotal, Lang};
use crate::words::{error, say};

/// A total of the file beside ours, as kept.
#[derive(Debug, Deserialize)]
pub(super) struct Declared {
    what: String,
    pub(super) count: Option<u32>,
    fen: Option<i64>,
    pub(super) counted: Option<u32>,
    counted_fen: Option<i64>,
    agrees: bool,
}

/// What the reader noticed, as kept.
#[derive(Debug, Deserialize)]
#[serde(tag = "id", rename_all = "snake_case")]
pub(super) enum Note {
    IdsDamaged {
        count: u32,
        first_row: u32,
    },
    SecondsLost {
        count: u32,
    },
    TotalsDisagree {
        what: String,
    },
    OtherSheetIgnored {
        name: String,
    },
    SummarySkipped {},
    DifferencesSkipped {
        rows: u32,
    },
    MemberSkipped {
        name: String,
    },
    TitleMissing {},
    Filtered {
        filter: String,
    },
    RowsSkipped {
        count: u32,
        first_row: u32,
    },
    ForeignCurrency {
        count: u32,
        first_row: u32,
    },
    RowsAfterFooter {
        count: u32,
        first_row: u32,
    },
    IdsRepeated {
        count: u32,
    },
    /// Of a newer program.
    #[serde(other)]
    Unknown,
}

/// Reads what was kept; what cannot be read is left out rather than hiding a whole statement.
fn kept<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let all: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect()
}

impl Declared {
    pub(super) fn of(file: &StatementRow) -> Vec<Declared> {
        kept(&file.declared)
    }

    pub(super) fn shown(self, lang: Lang) -> DeclaredTotal {
        let figure = |count: Option<u32>, fen: Option<i64>| {
            let count = count.map(|n| match lang {
                Lang::Zh => format!("{n} 笔"),
                Lang::En => format!("{n} rows"),
            });
            let sum = fen.map(yuan).map(|sum| match lang {
                Lang::Zh => format!("{sum} 元"),
                Lang::En => sum,
            });
            [count, sum].into_iter().flatten().collect::<Vec<_>>().join(say(lang, " ", ", ").as_str())
        };
        // Side by side: only what the file declares is counted.
        let counted = (self.counted.filter(|_| self.count.is_some()), self.counted_fen.filter(|_| self.fen.is_some()));
        DeclaredTotal {
            declared: figure(self.count, self.fen),
            counted: figure(counted.0, counted.1),
            name: self.what,
            agrees: self.agrees,
        }
    }
}

/// Sums of a file may exceed what one amount may be.
fn yuan(fen: i64) -> String {
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

impl Note {
    pub(super) fn of(file: &StatementRow) -> Vec<Note> {
        kept(&file.notes)
    }

    /// The sentence, if the owner needs one.
    pub(super) fn shown(&self, lang: Lang) -> Option<String> {
        let (zh, en) = match self {
            Note::IdsDamaged { count, first_row } => (
                format!("有 {count} 个单号被表格软件改坏了（第 {first_row} 行起），只能按金额和时间核对。请重新导出，不要用 Excel 打开后另存"),
                format!("A spreadsheet damaged {count} ids (from row {first_row}); only amounts and times can be compared. Export the file again, and do not open and save it in Excel"),
            ),
            Note::SecondsLost { count } => (
                format!("有 {count} 行的时间没有秒（文件被表格软件另存过），同一分钟内同样金额的两笔可能分不清"),
                format!("{count} rows lost the seconds of their time (the file was saved by a spreadsheet); two equal amounts in one minute cannot be told apart"),
            ),
            Note::TotalsDisagree { what } => (
                format!("文件自己写的“{what}”与逐行相加不一致，文件可能被删改过，或渠道的合计本来就不准"),
                format!("The file's own total \"{what}\" differs from its rows: rows may have been cut, or the channel's total is wrong"),
            ),
            Note::OtherSheetIgnored { name } => (
                format!("工作簿里还有一张同样的表“{name}”，没有重复读取"),
                format!("The workbook has another such sheet, \"{name}\"; it was not read twice"),
            ),
            Note::DifferencesSkipped { rows } => (
                format!("压缩包里的银联差错文件（{rows} 行）没有读取，请另行查看"),
                format!("UnionPay's file of differences ({rows} rows) was not read; please look at it yourself"),
            ),
            Note::MemberSkipped { name } => (
                format!("压缩包里的“{name}”不是账单，没有读取"),
                format!("\"{name}\" in the zip is no statement and was not read"),
            ),
            Note::TitleMissing {} => (
                "文件的标题部分被删掉了，不知道它的账号和起止时间：账单里没有的不能说明没有付款".to_owned(),
                "The head of the file was cut away; its account and range are unknown, so what is missing in it proves nothing".to_owned(),
            ),
            Note::Filtered { filter } => (
                format!("导出时只选了“{filter}”，没有选的种类缺了也不能说明什么。请导出“全部”"),
                format!("Only \"{filter}\" was exported; what was left out proves nothing. Export all kinds"),
            ),
            Note::RowsSkipped { count, first_row } => (
                format!("有 {count} 行既没有时间也没有金额（第 {first_row} 行起），没有读取"),
                format!("{count} rows have neither time nor amount (from row {first_row}) and were not read"),
            ),
            Note::ForeignCurrency { count, first_row } => (
                format!("有 {count} 行不是人民币（第 {first_row} 行起），没有读取"),
                format!("{count} rows are in another currency (from row {first_row}) and were not read"),
            ),
            Note::RowsAfterFooter { count, first_row } => (
                format!("结尾之后还有 {count} 行像是账单的内容（第 {first_row} 行起），没有读取。是不是把两份文件拼在一起了？请分别导入"),
                format!("{count} rows stand after the end (from row {first_row}) and were not read. Were two files joined? Import them one by one"),
            ),
            Note::IdsRepeated { count } => (
                format!("有 {count} 行的单号重复，已按时间和金额区分，一行都没有丢"),
                format!("{count} rows share their ids; they were told apart by time and amount, none was dropped"),
            ),
            Note::SummarySkipped {} | Note::Unknown => return None,
        };
        Some(say(lang, &zh, &en))
    }
}

/// Refuses to book money that probably waits in the inbox.
pub(super) fn waits_in_inbox(lang: Lang, item_id: i64) -> ApiError {
    let zh = format!("收件箱里第 {item_id} 条很可能就是这笔钱，请先处理它，免得记两次");
    let en =
        format!("Inbox item {item_id} is probably the same money. Deal with it first, so that it is not booked twice");
    let mut refused = error(lang, Code::Conflict, &zh, &en);
    refused.details = Some(serde_json::json!({ "inbox_item": item_id }));
    refused
}

/// Why a file was not read, and what to do about it.
pub(super) fn unreadable(lang: Lang, cause: &ReadError, password_given: bool) -> ApiError {
    let (zh, en): (String, String) = match cause {
        ReadError::Empty => ("文件是空的。请重新导出账单".into(), "The file is empty. Export the statement again".into()),
        ReadError::TooLarge { .. } => (
            "文件太大，不像一份账单。请按月导出".into(),
            "The file is larger than a statement should be. Export it by the month".into(),
        ),
        ReadError::NotAStatement => (
            "这不是认识的账单。请从微信、支付宝或银行直接导出，选择“用于个人对账”，不要改动文件".into(),
            "This is no statement we know. Export it from WeChat, Alipay or the bank, for your own books (用于个人对账), and leave the file as it is".into(),
        ),
        ReadError::NoHeader => (
            "找不到表头那一行，文件可能被改过。请重新导出，不要删改".into(),
            "The header row is missing; the file may have been edited. Export it again and leave it as it is".into(),
        ),
        ReadError::MissingColumn { name } => (
            format!("账单缺少“{name}”这一列。请重新导出完整的文件，不要删列"),
            format!("The column \"{name}\" is missing. Export the whole file again, with all its columns"),
        ),
        ReadError::BadCell { row, column, text } => (
            format!("第 {row} 行的“{column}”读不懂：{text}。请重新导出，不要用 Excel 打开后另存"),
            format!("Row {row}: \"{column}\" cannot be read: {text}. Export the file again, and do not open and save it in Excel"),
        ),
        ReadError::UnknownText => (
            "文件的文字编码无法识别，可能已损坏。请重新导出".into(),
            "The text of the file cannot be read; it may be damaged. Export it again".into(),
        ),
        ReadError::Damaged { .. } => (
            "文件损坏，打不开。请重新下载或重新导出".into(),
            "The file is damaged and cannot be opened. Download or export it again".into(),
        ),
        ReadError::NeedsPassword => (
            "压缩包有密码。微信的密码在“微信支付”发来的消息里，支付宝的密码在申请记录里".into(),
            "The zip has a password. WeChat sends it as a message of 微信支付; Alipay shows it beside the request".into(),
        ),
        ReadError::WrongPassword => (
            "密码不对。微信的密码在“微信支付”发来的消息里，支付宝的密码在申请记录里，每份文件都不一样".into(),
            "Wrong password. WeChat sends it as a message of 微信支付; Alipay shows it beside the request; each file has its own".into(),
        ),
        ReadError::NestedZip => (
            "压缩包里还有压缩包。请先解压一层再导入".into(),
            "There is a zip inside the zip. Unpack it once, then import it".into(),
        ),
        ReadError::SeveralStatements { names } => (
            format!("压缩包里有多份账单：{}。请解压后分别导入", names.join("、")),
            format!("The zip holds several statements: {}. Unpack it and import them one by one", names.join(", ")),
        ),
        ReadError::SummaryOnly => (
            "这是汇总，没有逐笔记录。请下载“明细”再导入".into(),
            "This is only the summary (汇总). Download the details (明细)".into(),
        ),
        ReadError::ProofPdf => (
            "这是 PDF 证明，不能核对。请重新申请，选择“用于个人对账”（表格文件）".into(),
            "This PDF is a proof for authorities. Ask for the file for your own books (用于个人对账), which is a table".into(),
        ),
        ReadError::OldXls => (
            "这是旧版 Excel 文件（.xls）。请另存为 .xlsx 或 CSV 再导入".into(),
            "This is an old Excel file (.xls). Save it as .xlsx or CSV, then import it".into(),
        ),
        ReadError::EncryptedXlsx => (
            "这个 Excel 文件有密码。请去掉密码另存后再导入".into(),
            "This workbook has a password. Save it without one, then import it".into(),
        ),
        ReadError::YearUnknown => (
            "银联文件的年份写在文件名里（INN 加日期），这个文件名里没有。请保留原文件名再导入".into(),
            "UnionPay writes the year into the file's name (INN and the date), and this name has none. Keep the original name".into(),
        ),
    };
    let code = match cause {
        ReadError::NeedsPassword | ReadError::WrongPassword => Code::NeedsPassword,
        _ => Code::Invalid,
    };
    let mut refused = error(lang, code, &zh, &en);
    let mut details = serde_json::json!({ "cause": cause.id() });
    if code == Code::NeedsPassword {
        details["wrong"] = password_given.into();
    }
    refused.details = Some(details);
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use till_books::statement::Note as Read;

    #[test]
    fn every_note_of_the_readers_is_read_back() {
        let (name, what, filter) = ("n".to_owned(), "w".to_owned(), "f".to_owned());
        let (count, first_row, rows) = (1, 2, 3);
        let notes = [
            Read::IdsDamaged { count, first_row },
            Read::SecondsLost { count },
            Read::TotalsDisagree { what },
            Read::OtherSheetIgnored { name: name.clone() },
            Read::SummarySkipped { name: name.clone() },
            Read::DifferencesSkipped { name: name.clone(), rows },
            Read::MemberSkipped { name },
            Read::TitleMissing,
            Read::Filtered { filter },
            Read::RowsSkipped { count, first_row },
            Read::ForeignCurrency { count, first_row },
            Read::RowsAfterFooter { count, first_row },
            Read::IdsRepeated { count },
        ];
        let text = serde_json::to_string(&notes).unwrap();
        let back: Vec<Note> = kept(&text);
        assert_eq!(back.len(), notes.len());
        assert!(!back.iter().any(|note| matches!(note, Note::Unknown)), "{back:?}");
        let said = back.iter().filter(|note| note.shown(Lang::En).is_some() && note.shown(Lang::Zh).is_some()).count();
        assert_eq!(said, notes.len() - 1, "the summary alone needs no sentence");
        assert_eq!(kept::<Note>(r#"[{"id":"of_tomorrow","x":1}]"#).len(), 1);
    }

    #[test]
    fn figures_stand_side_by_side() {
        let declared = Declared {
            what: "收入".into(),
            count: Some(6),
            fen: Some(4_512_739),
            counted: Some(5),
            counted_fen: Some(-1),
            agrees: false,
        };
        let shown = declared.shown(Lang::Zh);
        assert_eq!((shown.declared.as_str(), shown.counted.as_str()), ("6 笔 45127.39 元", "5 笔 -0.01 元"));
    }
}
