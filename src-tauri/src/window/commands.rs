//! What the till's window can ask of the shell. One command for everything the engine does; the rest is about windows.

use serde_json::Value;
use tauri::{AppHandle, Manager, State, WebviewWindow};
use till_engine::api::{ApiError, Code, Lang, Request};

use super::counter::{self, CounterView};
use super::{COUNTER, MAIN, Open, Shell, events};
use crate::till::{Started, Till};
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
    let Some(open) = slot.take() else {
        return Err(ApiError::new(Code::Unavailable, say("钱台正在启动或关闭。", "The till is starting or ending.")));
    };
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
                tracing::error!(%worse, "neither book opens");
                app.exit(1);
                return Err(worse.0);
            }
        },
    };
    let Started::Running(till) = started else {
        // Another till took the directory in between, and shows its own window now.
        app.exit(0);
        return Ok(());
    };
    let (practice, lang) = (options.practice, till.engine.settings().await.lang);
    let events = events::forward(&app, till.engine.clone());
    *slot = Some(Open { till, options, events });
    drop(slot);
    if let Some(main) = app.get_webview_window(MAIN) {
        set_title(&main, practice, lang);
    }
    if let Some(error) = error {
        return Err(error);
    }
    for label in [COUNTER, MAIN] {
        if let Some(cause) = app.get_webview_window(label).and_then(|w| w.reload().err()) {
            tracing::warn!(%cause, label, "not loaded anew");
        }
    }
    Ok(())
}

/// Practice must be known from the task bar too.
pub fn set_title(main: &WebviewWindow, practice: bool, lang: Lang) {
    let title = if practice { pick(lang, "钱台 · 练习", "钱台 · Practice") } else { "钱台" };
    if let Err(cause) = main.set_title(title) {
        tracing::warn!(%cause, "title");
    }
}
