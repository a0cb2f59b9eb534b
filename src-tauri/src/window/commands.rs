//! What the till's window can ask of the shell. One command for everything the engine does; the rest is about windows.

use serde_json::Value;
use tauri::{AppHandle, Manager, State, WebviewWindow};
use tauri_plugin_dialog::{DialogExt, FilePath};
use till_engine::api::{ApiError, Code, Lang, Request};
use tokio::sync::oneshot;

use super::counter::{self, CounterView};
use super::{COUNTER, MAIN, Shell, recovery};
use crate::fault::Fault;
use crate::till::{Started, Till, TillOptions};
use crate::words::{pick, say};

/// Asks the engine.
#[tauri::command]
pub async fn call(shell: State<'_, Shell>, request: Value) -> Result<Value, ApiError> {
    let request: Request = serde_json::from_value(request).map_err(|e| ApiError::new(Code::Invalid, e.to_string()))?;
    shell.engine().await?.call("till", request).await
}

/// Shows the counter window, on the second screen where there is one.
#[tauri::command]
pub async fn open_counter(app: AppHandle, shell: State<'_, Shell>) -> Result<CounterView, ApiError> {
    counter::open(&app, &shell.places);
    Ok(counter::view(&app))
}

/// Makes the counter window full-screen, or small again.
#[tauri::command]
pub async fn toggle_counter_fullscreen(app: AppHandle) -> Result<CounterView, ApiError> {
    counter::toggle_full_screen(&app);
    Ok(counter::view(&app))
}

/// How the counter window stands.
#[tauri::command]
pub async fn counter(app: AppHandle) -> Result<CounterView, ApiError> {
    Ok(counter::view(&app))
}

/// Goes into practice mode or out of it: closes this book and opens the other one, in the same process, so that the
/// windows stay where they are. Both pages load anew.
#[tauri::command]
pub async fn set_practice(app: AppHandle, shell: State<'_, Shell>, on: bool) -> Result<(), ApiError> {
    let mut slot = shell.open.write().await;
    let Some(open) = slot.take() else { return Err(between()) };
    if open.options.practice == on {
        *slot = Some(open);
        return Ok(());
    }
    let before = open.stop().await;
    let mut wanted = before.clone();
    wanted.practice = on;
    let (started, options, error) = match Till::start(&wanted).await {
        Ok(started) => (started, wanted, None),
        // Back to the book that was open a moment ago.
        Err(fault) => match Till::start(&before).await {
            Ok(started) => (started, before, Some(fault.0)),
            Err(worse) => {
                drop(slot);
                return Err(give_up(&app, before, worse));
            }
        },
    };
    drop(slot);
    match (started, error) {
        // The pages stay: one of them is to say why.
        (Started::Running(till), Some(error)) => {
            super::take_over(&app, till, options).await;
            Err(error)
        }
        (started, _) => enter(&app, started, options).await,
    }
}

/// Closes the till and opens it again in the same process: what was prepared for the next start (a restore) happens now.
/// Both pages load anew. Where the database does not open, the recovery window does.
#[tauri::command]
pub async fn restart(app: AppHandle, shell: State<'_, Shell>) -> Result<(), ApiError> {
    let mut slot = shell.open.write().await;
    let Some(open) = slot.take() else { return Err(between()) };
    let options = open.stop().await;
    let started = Till::start(&options).await;
    drop(slot);
    match started {
        Ok(started) => enter(&app, started, options).await,
        Err(fault) => Err(give_up(&app, options, fault)),
    }
}

fn between() -> ApiError {
    ApiError::new(Code::Unavailable, say("钱台正在启动或关闭。", "The till is starting or ending."))
}

/// Brings what was started to the windows.
async fn enter(app: &AppHandle, started: Started, options: TillOptions) -> Result<(), ApiError> {
    let Started::Running(till) = started else {
        // Another till took the directory in between, and shows its own window now.
        app.exit(0);
        return Ok(());
    };
    super::open_shop(app, till, options).await.map_err(|cause| ApiError::new(Code::Internal, cause.to_string()))
}

/// No book opens: a person chooses where there is something to choose, else the program ends.
fn give_up(app: &AppHandle, options: TillOptions, fault: Fault) -> ApiError {
    tracing::error!(cause = %fault, "the till does not open again");
    let error = fault.0.clone();
    if !fault.needs_recovery() || recovery::open(app, options, fault).is_err() {
        app.exit(1);
    }
    error
}

/// Loads both pages anew.
pub fn load_anew(app: &AppHandle) {
    for label in [COUNTER, MAIN] {
        if let Some(cause) = app.get_webview_window(label).and_then(|w| w.reload().err()) {
            tracing::warn!(%cause, label, "not loaded anew");
        }
    }
}

/// Asks the person for a backup file; none if they change their mind.
#[tauri::command]
pub async fn pick_backup(app: AppHandle) -> Result<Option<String>, ApiError> {
    let dialog = app.dialog().file().add_filter(say("钱台备份", "Qiantai backup"), &["db", "*"]);
    let (tell, told) = oneshot::channel();
    dialog.pick_file(move |picked| drop(tell.send(picked)));
    Ok(picked(told.await))
}

/// Asks the person for a folder; none if they change their mind.
#[tauri::command]
pub async fn pick_folder(app: AppHandle) -> Result<Option<String>, ApiError> {
    let (tell, told) = oneshot::channel();
    app.dialog().file().pick_folder(move |picked| drop(tell.send(picked)));
    Ok(picked(told.await))
}

fn picked(answer: Result<Option<FilePath>, oneshot::error::RecvError>) -> Option<String> {
    let path = answer.ok().flatten()?.into_path().ok()?;
    Some(path.display().to_string())
}

/// Practice must be known from the task bar too.
pub fn set_title(main: &WebviewWindow, practice: bool, lang: Lang) {
    let title = if practice { pick(lang, "钱台 · 练习", "钱台 · Practice") } else { "钱台" };
    if let Err(cause) = main.set_title(title) {
        tracing::warn!(%cause, "title");
    }
}
