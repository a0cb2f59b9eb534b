//! A WeChat statement of a hundred thousand lines, read, kept and checked against a till with as many payments.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use qiantai_tests::till::WECHAT_CODE;
use qiantai_tests::{clock, request_id};
use serde_json::{Value, json};
use till_engine::ports::Ports;
use till_engine::{Engine, OpenOptions};

use crate::history;
use crate::report::{Report, time};

const HEADER: [&str; 11] = [
    "交易时间",
    "交易类型",
    "交易对方",
    "商品",
    "收/支",
    "金额(元)",
    "支付方式",
    "当前状态",
    "交易单号",
    "商户单号",
    "备注",
];

/// One sale of the history as WeChat tells of it: time, amount, id.
fn sale(i: i64) -> (i64, String, String) {
    let at = 1_546_300_800_000 + (i / 500) * 86_400_000 + (i % 500) * 120_000;
    let fen = 100 + (i * 37) % 20_000;
    (at + 18_000, format!("{}.{:02}", fen / 100, fen % 100), format!("1000107301{:018}", 201_901_010_000_000_000 + i))
}

/// Unix ms as a statement writes it. The history knows no time zone but the statement's.
fn beijing(at: i64) -> String {
    let days = (at + 28_800_000).div_euclid(86_400_000);
    let s = (at + 28_800_000).rem_euclid(86_400_000) / 1000;
    // Days to a date, after Howard Hinnant's `civil_from_days`.
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let (year, day) = (yoe + era * 400 + i64::from(month <= 2), doy - (153 * mp + 2) / 5 + 1);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

fn preamble(many: i64) -> [String; 4] {
    let (first, last) = (sale(0).0, sale(many - 1).0);
    [
        "微信支付账单明细".into(),
        format!("起始时间：[{}] 终止时间：[{}]", beijing(first - 3_600_000), beijing(last + 3_600_000)),
        "导出类型：[全部]".into(),
        format!("导出时间：[{}]", beijing(last + 86_400_000)),
    ]
}

fn cells(i: i64) -> [String; 11] {
    let (at, yuan, id) = sale(i);
    let text = str::to_owned;
    [
        beijing(at),
        text("二维码收款"),
        format!("客人{i}"),
        text("收款方备注:二维码收款"),
        text("收入"),
        format!("¥{yuan}"),
        text("零钱"),
        text("已收钱"),
        id,
        text("/"),
        text("/"),
    ]
}

fn csv(many: i64) -> Vec<u8> {
    let mut out = format!("\u{feff}{}\n{}\n", preamble(many).join("\n"), HEADER.join(","));
    for i in 0..many {
        let _ = writeln!(out, "{}\t", cells(i).join(","));
    }
    out.into_bytes()
}

/// The workbook as WeChat makes it: every text in the table of shared strings.
fn xlsx(many: i64) -> Result<Vec<u8>> {
    let mut shared: Vec<String> = Vec::new();
    let mut known = std::collections::HashMap::new();
    let mut sheet = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    let head = preamble(many).into_iter().map(|text| vec![text]).chain([HEADER.map(str::to_owned).to_vec()]);
    for (row, texts) in (1..).zip(head.chain((0..many).map(|i| cells(i).to_vec()))) {
        let _ = write!(sheet, "<row r=\"{row}\">");
        for (column, text) in ('A'..='K').zip(texts) {
            let place = *known.entry(text.clone()).or_insert_with(|| {
                shared.push(text);
                shared.len() - 1
            });
            let _ = write!(sheet, "<c r=\"{column}{row}\" t=\"s\"><v>{place}</v></c>");
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    let mut strings = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
    );
    for text in &shared {
        let _ = write!(strings, "<si><t>{text}</t></si>");
    }
    strings.push_str("</sst>");
    let rels = |targets: &[(&str, &str)]| {
        let mut text = String::from(
            "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
        );
        for (n, (kind, target)) in (1..).zip(targets) {
            let _ = write!(
                text,
                "<Relationship Id=\"rId{n}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>"
            );
        }
        text + "</Relationships>"
    };
    let book = "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", types.to_owned()),
        ("_rels/.rels", rels(&[("officeDocument", "xl/workbook.xml")])),
        ("xl/workbook.xml", book.to_owned()),
        (
            "xl/_rels/workbook.xml.rels",
            rels(&[("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")]),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", strings),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

async fn ask(engine: &Engine, request: Value) -> Result<Value> {
    Ok(engine.call("till", serde_json::from_value(request)?).await?)
}

async fn open(dir: &std::path::Path) -> Result<Engine> {
    Ok(Engine::open(OpenOptions { dir: dir.to_owned(), practice: false, ports: Ports::system() }).await?)
}

/// Import and check, then the check alone.
pub fn statements(report: &mut Report, many: i64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for (what, name, bytes) in [("CSV", "statement.csv", csv(many)), ("XLSX", "statement.xlsx", xlsx(many)?)] {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join(name);
        std::fs::write(&path, &bytes)?;
        runtime.block_on(async {
            let engine = open(dir.path()).await?;
            let add = json!({
                "verb": "add_code", "request_id": request_id(), "payload": WECHAT_CODE, "channel": "wechat",
                "account_id": null, "label": "wechat", "amount_fen": null,
            });
            ask(&engine, add).await?;
            ask(&engine, json!({ "verb": "add_device", "request_id": request_id(), "name": "counter" })).await?;
            engine.close().await;
            anyhow::Ok(())
        })?;
        history::write(&dir.path().join("till.db"), many)?;
        runtime.block_on(async {
            let engine = open(dir.path()).await?;
            let import = json!({
                "verb": "import_statement", "request_id": request_id(), "file": name, "content_base64": null,
                "path": path, "password": null,
            });
            let began = clock();
            let check = ask(&engine, import).await?;
            let took = began.elapsed();
            let sums = check["sums"].as_array().context("sums")?;
            let matched = sums.iter().find(|s| s["outcome"] == "matched").context("matched")?;
            ensure!(matched["lines"] == many, "not all matched: {}", check["sums"]);
            let most = Duration::from_secs(2);
            report.within(&format!("{what} statement of {many} lines, imported and checked"), took, most);
            let again = json!({ "verb": "statement", "statement_id": check["head"]["id"], "limit": 200 });
            let began = clock();
            ask(&engine, again).await?;
            report.tell(&format!("the same {what} statement checked again"), time(began.elapsed()));
            engine.close().await;
            anyhow::Ok(())
        })?;
    }
    Ok(())
}
