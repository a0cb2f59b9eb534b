//! Qiantai (钱台): one binary for the windows, the till without windows, and the command line.
// A window program on Windows must not open a console; commands borrow the caller's (see `borrow_console`).
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod alerts;
mod announce;
mod args;
mod assets;
mod cli;
mod control;
mod fault;
mod focus;
mod headless;
mod keychain;
mod logging;
mod output;
mod recovery;
mod sound;
mod till;
mod window;
mod words;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use till_engine::api::Code;

use args::Args;
use fault::Fault;
use till::{TillOptions, data_dir};

fn main() -> ExitCode {
    choose_renderer();
    borrow_console();
    let args = Args::try_parse().and_then(Args::checked).unwrap_or_else(|e| e.exit());
    let json = args.common.json;
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let text =
                if json { serde_json::json!({"ok": false, "error": fault.0}).to_string() } else { fault.to_string() };
            output::complain(&text);
            ExitCode::from(fault.exit())
        }
    }
}

fn run(args: Args) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Fault::new(Code::Internal, e.to_string()))?;
    let result = match args.command {
        Some(command) => {
            logging::to_stderr();
            runtime.block_on(cli::run(&args.common, command))
        }
        None => {
            let dir = data_dir(args.common.data.as_deref())?;
            // What is wrong with the directory is said when the engine opens it, in a dialog where there is a screen.
            let _ = till::make_dir(&dir);
            logging::to_file(&dir);
            let options = TillOptions {
                dir,
                practice: args.common.practice,
                passphrase_file: args.common.passphrase_file,
                bind: args.bind,
                announce: !args.no_alerts,
                show: None,
            };
            if args.headless {
                runtime.block_on(headless::run(options))
            } else {
                let _guard = runtime.enter();
                window::run(options, &runtime)
            }
        }
    };
    // A desktop that never answers an alert must not keep the program alive.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// WebKitGTK's DMABUF renderer leaves windows blank on many machines with NVIDIA drivers or under Wayland
/// (tauri-apps/tauri#9394). For a till a window that always shows is worth the 300 ms; whoever sets the variable decides.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the environment is changed before there is a second thread")]
fn choose_renderer() {
    const RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(RENDERER).is_none() {
        // SAFETY: first thing in `main`; no other thread reads the environment yet.
        unsafe { std::env::set_var(RENDERER, "1") };
    }
}

#[cfg(not(target_os = "linux"))]
fn choose_renderer() {}

/// Gives commands their output when they are typed into a console of Windows.
#[cfg(windows)]
#[expect(unsafe_code, reason = "a call into Windows")]
fn borrow_console() {
    use windows_sys::Win32::System::Console::{ATTACH_PARENT_PROCESS, AttachConsole};
    // SAFETY: takes no pointer; fails harmlessly where the caller has no console.
    unsafe { AttachConsole(ATTACH_PARENT_PROCESS) };
}

#[cfg(not(windows))]
fn borrow_console() {}
