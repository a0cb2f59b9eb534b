//! The windows: the till's own, and the counter screen for the customer.

mod commands;
mod counter;
mod events;
mod places;
mod recovery;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tauri::{AppHandle, Manager, RunEvent, Theme, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use till_engine::Engine;
use till_engine::api::{ApiError, Code, Lang};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use crate::assets::context;
use crate::fault::Fault;
use crate::output::complain;
use crate::till::{Started, Till, TillOptions, end_signal};
use crate::words::say;
use places::Places;
use recovery::Waiting;

/// Labels of the two windows, as in `tauri.conf.json` and the capability files.
const MAIN: &str = "main";
const COUNTER: &str = "counter";
/// Opens instead of both when the database does not.
const RECOVERY: &str = "recovery";

/// What the window commands work on.
pub struct Shell {
    /// Empty only while the book is being changed, and at the end.
    open: RwLock<Option<Open>>,
    places: Places,
    /// Set while the database waits for a person's choice.
    waiting: Mutex<Option<Waiting>>,
    /// One choice at a time.
    choosing: tokio::sync::Mutex<()>,
}

/// The till that runs, how it was started, and the task that brings its events to the windows.
struct Open {
    till: Till,
    options: TillOptions,
    events: JoinHandle<()>,
}

impl Open {
    /// Ends the till. Whoever holds a clone of its engine holds the lock of the data directory.
    async fn stop(self) -> TillOptions {
        self.events.abort();
        self.till.stop().await;
        self.options
    }
}

impl Shell {
    /// Sets what waits for a choice; gives what waited before.
    fn wait(&self, waiting: Option<Waiting>) -> Option<Waiting> {
        std::mem::replace(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner), waiting)
    }

    /// The data directory that waits for a choice.
    fn waiting_dir(&self) -> Option<PathBuf> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.as_ref().map(|waiting| waiting.options.dir.clone())
    }

    async fn engine(&self) -> Result<Engine, ApiError> {
        let running = self.open.read().await.as_ref().map(|open| open.till.engine.clone());
        running.ok_or_else(|| {
            ApiError::new(Code::Unavailable, say("钱台正在启动或关闭。", "The till is starting or ending."))
        })
    }
}

/// Opens the windows and runs until they are closed. `runtime` is entered already.
pub fn run(mut options: TillOptions, runtime: &tokio::runtime::Runtime) -> Result<(), Fault> {
    if !has_screen() {
        let message =
            say("没有图形界面；可用 --headless 无窗口运行。", "There is no screen; run without windows: --headless.");
        return Err(Fault::new(Code::Unavailable, message));
    }
    tauri::async_runtime::set(runtime.handle().clone());
    let app_slot: Arc<std::sync::OnceLock<AppHandle>> = Arc::default();
    let slot = app_slot.clone();
    options.show = Some(Arc::new(move || slot.get().into_iter().for_each(counter::bring_main_forward)));
    let end = end_signal().map_err(|e| Fault::new(Code::Internal, e.to_string()))?;
    let started = match runtime.block_on(Till::start(&options)) {
        Ok(Started::Running(till)) => Ok(till),
        Ok(Started::Shown) => {
            complain(say(
                "钱台已经在运行，已显示它的窗口。",
                "The till is running already; its window was brought forward.",
            ));
            return Ok(());
        }
        Err(fault) if fault.needs_recovery() => Err(fault),
        Err(fault) => {
            show_fault(&fault, end);
            return Err(fault);
        }
    };
    let shell = Shell {
        places: Places::load(&options.dir),
        open: RwLock::new(None),
        waiting: Mutex::new(None),
        choosing: tokio::sync::Mutex::default(),
    };
    let unresolved: Arc<Mutex<Option<Fault>>> = Arc::default();
    let left = unresolved.clone();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(shell)
        .invoke_handler(tauri::generate_handler![
            commands::call,
            commands::open_counter,
            commands::toggle_counter_fullscreen,
            commands::counter,
            commands::set_practice,
            commands::restart,
            commands::pick_backup,
            commands::pick_folder,
            recovery::recovery_view,
            recovery::recovery_choose,
            recovery::recovery_quit,
        ])
        .setup(move |app| {
            let handle = app.handle();
            let _ = app_slot.set(handle.clone());
            events::answer_counter(handle);
            match started {
                Ok(till) => tauri::async_runtime::block_on(open_shop(handle, till, options))?,
                Err(fault) => recovery::open(handle, options, fault)?,
            }
            exit_at(end, handle);
            Ok(())
        })
        .build(context());
    let app = built.map_err(|e| {
        Fault::new(
            Code::Unavailable,
            say(format!("窗口无法打开：{e}"), format!("The windows could not be opened: {e}")),
        )
    })?;
    let exit = app.run_return(move |app, event| match event {
        RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. } => {
            let shell = app.state::<Shell>();
            if label == COUNTER {
                api.prevent_close();
                counter::hide(app);
            }
            shell.places.remember(app);
            if label == MAIN || label == RECOVERY {
                app.exit(0);
            }
        }
        RunEvent::ExitRequested { .. } => app.state::<Shell>().places.remember(app),
        RunEvent::Exit => {
            let shell = app.state::<Shell>();
            let waiting = shell.wait(None).map(|waiting| waiting.fault);
            *left.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
            tauri::async_runtime::block_on(async {
                if let Some(open) = shell.open.write().await.take() {
                    open.stop().await;
                }
            });
        }
        _ => {}
    });
    if let Some(fault) = unresolved.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(fault);
    }
    if exit == 0 { Ok(()) } else { Err(Fault::new(Code::Internal, format!("exit {exit}"))) }
}

/// Brings a running till to its windows; those that are open already load anew.
async fn open_shop(app: &AppHandle, till: Till, options: TillOptions) -> tauri::Result<()> {
    let (practice, lang) = take_over(app, till, options).await;
    let Some(main) = app.get_webview_window(MAIN) else { return open_windows(app, practice, lang) };
    commands::load_anew(app);
    if !main.is_visible()? {
        // Hidden while the database was recovered.
        counter::open_at_start(app, &app.state::<Shell>().places);
        main.show()?;
        main.set_focus()?;
    }
    Ok(())
}

/// Makes a running till the one the windows speak to.
async fn take_over(app: &AppHandle, till: Till, options: TillOptions) -> (bool, Lang) {
    let (practice, lang) = (options.practice, till.engine.settings().await.lang);
    let events = events::forward(app, till.engine.clone());
    *app.state::<Shell>().open.write().await = Some(Open { till, options, events });
    if let Some(main) = app.get_webview_window(MAIN) {
        commands::set_title(&main, practice, lang);
    }
    (practice, lang)
}

/// Builds both windows out of sight, puts them where they belong and shows them, the till's own last and in front.
fn open_windows(app: &AppHandle, practice: bool, lang: Lang) -> tauri::Result<()> {
    let config = app.config().app.windows.clone();
    for window in &config {
        let builder = WebviewWindowBuilder::from_config(app, window)?.visible(false);
        let builder = if window.label == COUNTER {
            builder.initialization_script(counter::KEYS).theme(Some(Theme::Dark))
        } else {
            builder
        };
        builder.build()?;
    }
    let shell = app.state::<Shell>();
    counter::open_at_start(app, &shell.places);
    if let Some(main) = app.get_webview_window(MAIN) {
        commands::set_title(&main, practice, lang);
        shell.places.put_main(&main);
        main.show()?;
        main.set_focus()?;
    }
    Ok(())
}

/// True if a window can be shown at all. Where there is no screen, or none that answers, Tauri would panic.
fn has_screen() -> bool {
    #[cfg(target_os = "linux")]
    return gtk::init().is_ok();
    #[cfg(not(target_os = "linux"))]
    true
}

/// Ctrl-C and a polite request to end close the windows as a person would.
fn exit_at(end: impl Future<Output = ()> + Send + 'static, app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        end.await;
        app.exit(0);
    });
}

/// Says in a dialog why the till did not start: whoever clicked an icon sees no terminal.
fn show_fault(fault: &Fault, end: impl Future<Output = ()> + Send + 'static) {
    let message = fault.to_string();
    let mut context = context();
    context.config_mut().app.windows.clear();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .setup(move |app| {
            let handle = app.handle().clone();
            exit_at(end, &handle);
            let dialog = app.dialog().message(message.clone()).title("钱台").kind(MessageDialogKind::Error);
            dialog.show(move |_| handle.exit(0));
            Ok(())
        })
        .build(context);
    match built {
        Ok(app) => {
            app.run_return(|_, event| {
                if let RunEvent::ExitRequested { api, code: None, .. } = event {
                    api.prevent_exit();
                }
            });
        }
        Err(cause) => tracing::warn!(%cause, "no dialog"),
    }
}
