//! Choosing a picture of a receiving code.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;
use till_engine::api::{ApiError, Code, Lang};
use tokio::sync::oneshot;

use super::MAIN;
use crate::words::pick as words;

/// A photo of a code is a few megabytes; beyond this it is something else.
pub const LIMIT: u64 = 20_000_000;

/// Opens the system's dialog; the page never learns the path, and can read no file without this.
pub async fn pick(app: &AppHandle, lang: Lang) -> Result<Option<String>, ApiError> {
    let (sender, chosen) = oneshot::channel();
    let mut dialog = app
        .dialog()
        .file()
        .set_title(words(lang, "选择收款码图片", "Choose a picture of a receiving code"))
        .add_filter(words(lang, "图片", "Pictures"), &["png", "jpg", "jpeg", "webp", "bmp", "gif"]);
    if let Some(main) = app.get_webview_window(MAIN) {
        dialog = dialog.set_parent(&main);
    }
    dialog.pick_file(move |path| {
        let _ = sender.send(path);
    });
    let Ok(Some(path)) = chosen.await else { return Ok(None) };
    let path = path.into_path().map_err(|e| ApiError::new(Code::Invalid, e.to_string()))?;
    let unreadable = |e: std::io::Error| {
        ApiError::new(
            Code::Invalid,
            words(lang, format!("图片无法读取：{e}"), format!("The picture cannot be read: {e}")),
        )
    };
    if tokio::fs::metadata(&path).await.map_err(unreadable)?.len() > LIMIT {
        let message = words(lang, "图片超过 20 MB。", "The picture is larger than 20 MB.");
        return Err(ApiError::new(Code::Invalid, message));
    }
    Ok(Some(STANDARD.encode(tokio::fs::read(&path).await.map_err(unreadable)?)))
}
