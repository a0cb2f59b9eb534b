//! `qiantai rules …`

use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;
use till_engine::api::{Code, ReplayReport, Request};
use till_engine::rules::RuleBook;

use super::{Desk, Said, or_dash, unreadable};
use crate::args::Rules;
use crate::fault::Fault;
use crate::output::{complain, print_line, table};
use crate::row;
use crate::words::say;

/// The commands that need a till.
pub async fn run(desk: &Desk, command: Rules) -> Said {
    match command {
        Rules::Replay { apply } => desk.show(Request::ReplayRules { request_id: desk.id(), apply }, replayed).await,
        // Done before a till was looked for.
        Rules::Check { .. } | Rules::Test { .. } => Ok(String::new()),
    }
}

/// A line of a file of notices. What else stands there (what somebody expects of it, where it comes from) is ignored.
#[derive(Deserialize)]
struct NoticeLine {
    #[serde(default)]
    package: String,
    #[serde(default)]
    title: String,
    text: String,
}

/// Reads notices line by line and prints one verdict a line, so that a script can pair them. A broken line gets an
/// `error` verdict and does not stop the rest; the exit code says that there was one.
pub fn notices(data: Option<&Path>, rules: Option<&Path>, file: &Path) -> Result<(), Fault> {
    let book = match rules {
        Some(rules) => open_rules(rules)?,
        None => RuleBook::load(data),
    };
    let info = book.info();
    if !info.error.is_empty() {
        complain(&info.error);
    }
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::io::BufReader::new(std::fs::File::open(file).map_err(|e| unreadable(file, &e))?))
    };
    let mut broken = 0_u32;
    for line in input.split(b'\n') {
        let line = line.map_err(|e| unreadable(file, &e))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let verdict = serde_json::from_slice::<NoticeLine>(&line)
            .and_then(|n| serde_json::to_value(book.read(&n.package, &n.title, &n.text)));
        let verdict = verdict.unwrap_or_else(|e| {
            broken += 1;
            json!({"verdict": "error", "message": e.to_string()})
        });
        print_line(&verdict.to_string());
    }
    if broken == 0 {
        return Ok(());
    }
    Err(Fault::new(Code::Internal, say(format!("{broken} 行无法读取。"), format!("{broken} lines could not be read."))))
}

/// Checks a rules file: its form, then its own examples against its own rules.
pub fn rules_file(json: bool, file: Option<&Path>) -> Result<(), Fault> {
    let info = file.map_or_else(|| Ok(RuleBook::load(None)), open_rules)?.info();
    if json {
        print_line(&json!(info).to_string());
    } else {
        let version = info.version;
        print_line(&say(
            format!("规则文件没有问题，版本 {version}。"),
            format!("The rules file is fine, version {version}."),
        ));
    }
    Ok(())
}

fn open_rules(file: &Path) -> Result<RuleBook, Fault> {
    std::fs::metadata(file).map_err(|e| unreadable(file, &e))?;
    RuleBook::from_file(file).map_err(|cause| {
        let name = file.display();
        Fault::new(
            Code::Internal,
            say(format!("规则文件 {name} 有误：{cause}"), format!("The rules file {name} is wrong: {cause}")),
        )
    })
}

fn replayed(report: ReplayReport) -> String {
    let mut rows = vec![row!["push", "before", "after", "amount", "applies", "text"]];
    rows.extend(report.changes.iter().map(|c| {
        let text: String = format!("{} {}", c.title, c.text).replace(['\n', '\r'], " ").chars().take(60).collect();
        row![c.push_id, c.before.verdict, c.after.verdict, or_dash(c.after.amount_fen), c.applies, text]
    }));
    let (read, changes) = (report.read, report.changes.len());
    let applied = if report.applied { say("，已放入收件箱", ", put into the inbox") } else { "" };
    let sum = say(
        format!("读了 {read} 条，{changes} 条结果不同{applied}"),
        format!("{read} read, {changes} read differently now{applied}"),
    );
    if changes == 0 { sum } else { format!("{}\n{sum}", table(&rows)) }
}
