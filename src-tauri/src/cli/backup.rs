//! `qiantai backup`, `backups`, `check-backup`, `restore`, `recover` and `doctor`.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use till_engine::api::{BackupList, BackupView, Code, RecoveryChoice, Request, RestorePlan};
use till_engine::recovery::{check_database, check_file};

use super::{Desk, Said, local, new_request_id, or_dash, read, via};
use crate::args::{Common, Recover};
use crate::fault::Fault;
use crate::output::{complain, print_line, table};
use crate::recovery;
use crate::row;
use crate::till::open_or;
use crate::words::{lang, say};

pub async fn make(desk: &Desk, to: Option<PathBuf>) -> Said {
    let folder = match to {
        Some(folder) => whole(&folder)?.display().to_string(),
        None => String::new(),
    };
    desk.show(Request::BackUp { request_id: desk.id(), folder }, |made: BackupView| one(&made)).await
}

pub async fn list(desk: &Desk) -> Said {
    desk.show(Request::Backups {}, |list: BackupList| {
        let mut rows = vec![row!["made", "tickets", "rows", "sound", "copied", "file", ""]];
        rows.extend(
            list.backups.iter().map(|b| {
                row![local(b.made_at), b.tickets, b.journal_rows, or_dash(b.sound), b.copied, b.path, b.message]
            }),
        );
        let trouble = if list.trouble.is_empty() { String::new() } else { format!("\n{}", list.trouble) };
        table(&rows) + &trouble
    })
    .await
}

/// `check-backup`: fails where the file cannot be relied on, so that a script hears it.
pub async fn check(json: bool, file: PathBuf) -> Result<(), Fault> {
    print(json, &checked(&file).await?);
    Ok(())
}

async fn checked(file: &Path) -> Result<BackupView, Fault> {
    let path = whole(file)?;
    let view = beside(move || check_file(&path, lang())).await??;
    if view.sound == Some(true) { Ok(view) } else { Err(Fault::new(Code::Invalid, view.message)) }
}

pub async fn doctor(json: bool, dir: &Path) -> Result<(), Fault> {
    let dir = dir.to_owned();
    let (view, wrong) = beside(move || (check_database(&dir, lang()), dir)).await?;
    if view.sound == Some(true) {
        print(json, &view);
        return Ok(());
    }
    // The ways out are known where no till runs; where one does, it says what it can still do.
    let mut fault = Fault::new(Code::Unavailable, format!("{}\n{}", view.message, view.path));
    if via::running(&wrong).await?.is_none()
        && let Some(ways) = recovery::look(&wrong).await
    {
        fault = recovery::fault(&wrong, &ways);
    }
    Err(fault)
}

pub async fn restore(common: &Common, dir: &Path, file: PathBuf, yes: bool) -> Result<(), Fault> {
    let backup = checked(&file).await?;
    if !yes {
        confirm(&backup)?;
    }
    let id = new_request_id(common);
    if let Some(till) = via::running(dir).await? {
        let reply = till.ask(Request::Restore { request_id: id, path: backup.path }).await?;
        let plan: RestorePlan = read(reply)?;
        say_plan(
            common.json,
            &plan,
            say("已准备好，重新启动钱台后生效。", "Prepared: start the till again and it is done."),
        );
        return Ok(());
    }
    let plan = recovery::choose(dir, RecoveryChoice::Restore { path: backup.path }, id, "cli").await?;
    finish(dir).await?;
    if let Some(plan) = plan {
        say_plan(common.json, &plan, say("已恢复。", "Restored."));
    }
    Ok(())
}

pub async fn recover(common: &Common, dir: &Path, how: Recover) -> Result<(), Fault> {
    let choice = if how.keep_going { RecoveryChoice::KeepGoing {} } else { RecoveryChoice::StartEmpty {} };
    recovery::choose(dir, choice, new_request_id(common), "cli").await?;
    finish(dir).await?;
    let done = say("好了，可以启动钱台了。", "Done: the till can be started.");
    print_line(&if common.json { serde_json::json!({ "ok": true }).to_string() } else { done.to_owned() });
    Ok(())
}

/// Opens the engine once: it is the opening that makes the change, and the journal then names it.
async fn finish(dir: &Path) -> Result<(), Fault> {
    let nobody_else = || std::future::ready(Ok(None::<()>));
    if let Ok(engine) = open_or(dir, false, None, nobody_else).await? {
        engine.close().await;
    }
    Ok(())
}

fn say_plan(json: bool, plan: &RestorePlan, done: &str) {
    if json {
        print_line(&serde_json::json!(plan).to_string());
        return;
    }
    let (kept, tickets, rows) = (&plan.kept_as, plan.tickets_lost, plan.journal_lost);
    print_line(done);
    print_line(&say(
        format!("原来的数据留在 {kept}；备份之后的 {tickets} 单、{rows} 行流水不在其中。"),
        format!(
            "What was there is kept as {kept}; {tickets} tickets and {rows} journal rows are newer than the backup."
        ),
    ));
}

fn confirm(backup: &BackupView) -> Result<(), Fault> {
    if !std::io::stdin().is_terminal() {
        let message =
            say("恢复会替换现在的数据；确定的话请加 --yes。", "A restore replaces the data: add --yes if you mean it.");
        return Err(Fault::new(Code::Invalid, message));
    }
    complain(&one(backup));
    complain(say("用它替换现在的数据？输入 yes 继续：", "Replace the present data with it? Type yes to go on:"));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(Fault::new(Code::Invalid, say("没有恢复。", "Nothing was restored."))),
    }
}

fn print(json: bool, view: &BackupView) {
    print_line(&if json { serde_json::json!(view).to_string() } else { one(view) });
}

fn one(view: &BackupView) -> String {
    let mut rows = vec![
        row!["file", view.path],
        row!["made", local(view.made_at)],
        row!["tickets", view.tickets],
        row!["journal rows", view.journal_rows],
        row!["bytes", view.bytes],
        row!["schema", view.schema],
        row!["sound", or_dash(view.sound)],
    ];
    for (name, value) in [("sha256", &view.sha256), ("note", &view.message)] {
        if !value.is_empty() {
            rows.push(row![name, value]);
        }
    }
    table(&rows)
}

/// The whole path: a running till has another current directory.
fn whole(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|e| super::unreadable(path, &e))
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Fault::new(Code::Internal, e.to_string()))
}
