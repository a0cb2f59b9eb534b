//! A database that does not open: what a person is told on the terminal, and what a window shows.

use std::path::{Path, PathBuf};

use till_engine::api::{Code, RecoveryCause, RecoveryChoice, RecoveryView, RestorePlan};
use till_engine::ports::Ports;
use till_engine::{OpenError, recovery};

use crate::fault::{Fault, RECOVERY};
use crate::words::{lang, say};

/// Why the engine did not open; with the ways out, where the database is the cause.
pub async fn explain(dir: &Path, practice: bool, error: OpenError) -> Fault {
    let ours = matches!(error, OpenError::Missing | OpenError::Behind(_) | OpenError::Broken(_) | OpenError::Newer);
    tracing::error!(cause = %error, "the till does not open");
    if ours
        && !practice
        && let Some(view) = look(dir).await
    {
        return fault(dir, &view);
    }
    error.into()
}

/// The fault that asks a person to choose.
pub fn fault(dir: &Path, view: &RecoveryView) -> Fault {
    let mut fault = Fault::new(Code::Unavailable, text(dir, view));
    fault.0.details = Some(serde_json::json!({ RECOVERY: view }));
    fault
}

/// What is wrong and what can be done; none if the database opens as it is.
pub async fn look(dir: &Path) -> Option<RecoveryView> {
    let dir = dir.to_owned();
    tokio::task::spawn_blocking(move || recovery::look(&dir, lang(), &Ports::system())).await.ok().flatten()
}

/// Does what was chosen, up to where opening the engine finishes it.
pub async fn choose(
    dir: &Path,
    choice: RecoveryChoice,
    id: String,
    actor: &'static str,
) -> Result<Option<RestorePlan>, Fault> {
    let dir: PathBuf = dir.to_owned();
    let chosen =
        tokio::task::spawn_blocking(move || recovery::choose(&dir, choice, &id, actor, lang(), &Ports::system()));
    let chosen = chosen.await.map_err(|e| Fault::new(Code::Internal, e.to_string()))?;
    Ok(chosen?)
}

/// Cause, backups and the exact commands.
fn text(dir: &Path, view: &RecoveryView) -> String {
    let data = format!("--data \"{}\"", dir.display());
    let mut lines = vec![view.message.clone(), view.path.clone()];
    let mut way = |zh: &str, en: &str, command: String| {
        lines.push(say(format!("{zh}："), format!("{en}:")));
        lines.push(format!("  qiantai {command} {data}"));
    };
    for backup in view.backups.iter().filter(|b| b.sound != Some(false)).take(5) {
        let made = crate::output::local(backup.made_at);
        let tickets = backup.tickets;
        let checked = if backup.sound == Some(true) { say("，已检查", ", checked") } else { "" };
        way(
            &format!("恢复 {made} 的备份（{tickets} 单{checked}）"),
            &format!("Restore the backup of {made} ({tickets} tickets{checked})"),
            format!("restore \"{}\"", backup.path),
        );
    }
    if view.backups.is_empty() {
        way("恢复别处的备份", "Restore a backup from elsewhere", "restore FILE".into());
    }
    if view.can_keep_going {
        way("按现在的样子继续", "Go on with it as it is", "recover --keep-going".into());
    }
    if view.can_start_empty {
        way("新开一个空的钱台，旧文件另存", "Start empty; the old file is kept", "recover --start-empty".into());
    }
    if view.cause == RecoveryCause::Newer {
        lines.push(say("或先升级程序。".into(), "Or update the program first.".into()));
    }
    lines.join("\n")
}
