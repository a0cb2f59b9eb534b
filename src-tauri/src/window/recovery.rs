//! The window that opens when the database does not. There is no engine behind it: it shows what is wrong, lets a
//! person choose, and makes way for the till.

use tauri::{AppHandle, Manager, State, WebviewUrl, WebviewWindowBuilder};
use till_engine::api::{ApiError, Code, RecoveryChoice, RecoveryView, RestorePlan};

use super::{COUNTER, MAIN, RECOVERY, Shell};
use crate::fault::Fault;
use crate::recovery;
use crate::till::{Started, Till, TillOptions};
use crate::words::say;

/// The till that waits for a choice.
pub struct Waiting {
    /// How it is to be started.
    pub options: TillOptions,
    /// Why it does not start.
    pub fault: Fault,
}

/// Opens the window; the till's own, where they are open already, are hidden meanwhile.
pub fn open(app: &AppHandle, options: TillOptions, fault: Fault) -> tauri::Result<()> {
    app.state::<Shell>().wait(Some(Waiting { options, fault }));
    for label in [MAIN, COUNTER] {
        if let Some(window) = app.get_webview_window(label) {
            window.hide()?;
        }
    }
    if let Some(window) = app.get_webview_window(RECOVERY) {
        return window.set_focus();
    }
    let page = WebviewUrl::App("index.html?view=recovery".into());
    let window = WebviewWindowBuilder::new(app, RECOVERY, page)
        .title("钱台")
        .inner_size(860.0, 640.0)
        .min_inner_size(640.0, 480.0)
        .center()
        .build()?;
    window.set_focus()
}

fn gone() -> ApiError {
    ApiError::new(Code::Conflict, say("现在不需要恢复。", "Nothing waits to be recovered."))
}

/// What is wrong with the database now, and the ways out. None once it opens as it is.
#[tauri::command]
pub async fn recovery_view(shell: State<'_, Shell>) -> Result<Option<RecoveryView>, ApiError> {
    let dir = shell.waiting_dir().ok_or_else(gone)?;
    Ok(recovery::look(&dir).await)
}

/// Does what a person chose and opens the till; this window closes by itself. Answers what a restore replaced.
#[tauri::command]
pub async fn recovery_choose(
    app: AppHandle,
    shell: State<'_, Shell>,
    choice: RecoveryChoice,
) -> Result<Option<RestorePlan>, ApiError> {
    // Two clicks are one choice.
    let _choosing = shell.choosing.lock().await;
    let dir = shell.waiting_dir().ok_or_else(gone)?;
    let id = uuid::Uuid::new_v4().to_string();
    let plan = recovery::choose(&dir, choice, id, "till").await.map_err(|fault| fault.0)?;
    let Some(Waiting { options, fault }) = shell.wait(None) else { return Err(gone()) };
    match Till::start(&options).await {
        Ok(Started::Running(till)) => {
            super::open_shop(&app, till, options).await.map_err(|cause| {
                tracing::error!(%cause, "the windows did not open");
                ApiError::new(Code::Internal, cause.to_string())
            })?;
            if let Some(window) = app.get_webview_window(RECOVERY)
                && let Err(cause) = window.destroy()
            {
                tracing::warn!(%cause, "the recovery window stays");
            }
            Ok(plan)
        }
        // Another till took the directory in between, and shows its own window now.
        Ok(Started::Shown) => {
            app.exit(0);
            Ok(plan)
        }
        Err(still) => {
            let fault = if still.needs_recovery() { Fault(still.0.clone()) } else { fault };
            shell.wait(Some(Waiting { options, fault }));
            Err(still.0)
        }
    }
}

/// Ends the program; nothing was changed.
#[tauri::command]
pub async fn recovery_quit(app: AppHandle) -> Result<(), ApiError> {
    app.exit(0);
    Ok(())
}
