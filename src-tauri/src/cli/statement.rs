//! `qiantai statement …`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::Value;
use till_engine::api::{CheckLine, Code, Request, Secret, StatementCheck, StatementHead};

use super::{Desk, Said, local, name, or_dash, read_text, unreadable};
use crate::args::Statement;
use crate::fault::Fault;
use crate::output::table;
use crate::row;
use crate::words::say;

pub async fn run(desk: &Desk, command: Statement) -> Said {
    let limit = command.limit;
    match (command.file, command.id) {
        (None, None) => desk.show(Request::Statements { limit }, |all: Vec<StatementHead>| heads(&all)).await,
        (None, Some(statement_id)) => desk.show(Request::Statement { statement_id, limit }, check).await,
        (Some(file), _) => {
            let checked = import(desk, &file, command.password_file.as_deref()).await?;
            let id = checked["head"]["id"].as_i64().unwrap_or_default();
            desk.show(Request::Statement { statement_id: id, limit }, check).await
        }
    }
}

/// The till reads the file itself: it may be a large one.
async fn import(desk: &Desk, file: &Path, password_file: Option<&Path>) -> Result<Value, Fault> {
    let path = whole(file)?;
    let given = password_file.map(read_text).transpose()?.map(|text| text.trim().to_owned());
    let ask = |password: Option<String>| {
        desk.through(Request::ImportStatement {
            request_id: desk.id(),
            file: String::new(),
            content_base64: None,
            path: Some(path.clone()),
            password: password.map(Secret),
        })
    };
    let asked = given.is_some();
    match ask(given).await {
        Err(fault) if fault.0.code == Code::NeedsPassword && !asked && std::io::stdin().is_terminal() => {
            let prompt = format!("{}\n{}", fault.0.message, say("压缩包密码：", "Password of the zip: "));
            // Never as an argument: other people's process lists would show it.
            let typed = rpassword::prompt_password(prompt)
                .map_err(|cause| Fault::new(Code::Internal, format!("{}: {cause}", fault.0.message)))?;
            ask(Some(typed)).await
        }
        answer => answer,
    }
}

/// The path from the root: a running till stands elsewhere.
fn whole(file: &Path) -> Result<String, Fault> {
    let path: PathBuf = file.canonicalize().map_err(|cause| unreadable(file, &cause))?;
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Fault::new(Code::Invalid, say("文件路径里有认不出的字符。", "The path of the file is not plain text."))
    })
}

/// Fetches a day's bill through a contract and shows how it compares.
pub(super) async fn fetch(desk: &Desk, gateway_id: i64, date: String, limit: u32) -> Said {
    let checked = desk.through(Request::FetchBill { request_id: desk.id(), gateway_id, date }).await?;
    let id = checked["head"]["id"].as_i64().unwrap_or_default();
    desk.show(Request::Statement { statement_id: id, limit }, check).await
}

fn heads(all: &[StatementHead]) -> String {
    let mut rows = vec![row!["id", "file", "format", "account", "from", "to", "lines", "new", "imported"]];
    rows.extend(all.iter().map(|s| {
        let (from, to) = (or_dash(s.from_at.map(local)), or_dash(s.to_at.map(local)));
        row![s.id, s.file, s.format, s.account, from, to, s.lines, s.new_lines, local(s.imported_at)]
    }));
    table(&rows)
}

fn check(check: StatementCheck) -> String {
    let mut parts = vec![heads(std::slice::from_ref(&check.head))];
    let mut sums = vec![row!["outcome", "lines", "sum"]];
    sums.extend(check.sums.iter().map(|s| row![name(s.outcome), s.lines, s.sum_fen]));
    sums.push(row!["fees", "", check.fees_fen]);
    parts.push(table(&sums));
    if !check.declared.is_empty() {
        let mut declared = vec![row!["total", "declared", "counted", "agrees"]];
        declared.extend(check.declared.iter().map(|d| row![d.name, d.declared, d.counted, d.agrees]));
        parts.push(table(&declared));
    }
    let mut lines =
        vec![row!["outcome", "line", "at", "amount", "type", "channel id", "ticket", "paid", "candidates", "note"]];
    lines.extend(check.lines.iter().map(line));
    parts.push(table(&lines));
    parts.extend(check.warnings.iter().map(|warning| format!("! {warning}")));
    parts.join("\n\n")
}

fn line(l: &CheckLine) -> Vec<String> {
    let at = or_dash(l.line_at.or(l.ticket_at).map(local));
    let candidates: Vec<String> = l.candidates.iter().map(i64::to_string).collect();
    row![
        name(l.outcome),
        or_dash(l.line_id),
        at,
        or_dash(l.line_fen),
        l.line_type,
        l.channel_id,
        or_dash(l.ticket_id),
        or_dash(l.ticket_fen),
        candidates.join(","),
        l.resolution
    ]
}
