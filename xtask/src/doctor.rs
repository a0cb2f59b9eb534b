//! What is here and what is missing.

use std::path::PathBuf;
use std::process::Command;

use crate::steps::{have, output, root};

fn version(program: &str, arg: &str) -> Option<String> {
    let local = root().join(".tools/bin").join(program);
    let path = if have(program) { PathBuf::from(program) } else { local };
    if !have(program) && !path.is_file() {
        return None;
    }
    let text = output(Command::new(path).arg(arg).stderr(std::process::Stdio::null())).unwrap_or_default();
    Some(text.lines().next().unwrap_or("here").trim().chars().take(40).collect())
}

/// Prints one line for each tool and library.
pub fn doctor() -> Result<(), String> {
    let tools: [(&str, &str, &str); 18] = [
        ("cargo", "--version", "builds everything"),
        ("cc", "--version", "links everything"),
        ("node", "--version", "builds the UI; Vite needs ^20.19 or >= 22.12"),
        ("npm", "--version", "fetches the UI's packages"),
        ("Xvfb", "-help", "tests: a display"),
        ("dbus-daemon", "--version", "tests: a session bus"),
        ("gnome-keyring-daemon", "--version", "tests: a keychain"),
        ("WebKitWebDriver", "--version", "tests: drives the window"),
        ("chromedriver", "--version", "tests: drives the browser"),
        ("chromium", "--version", "tests: the browser"),
        ("dunst", "--version", "tests: shows alerts"),
        ("notify-send", "--version", "tests: alerts"),
        ("python3", "--version", "tests: reads our files with pandas, openpyxl and beancount"),
        ("openssl", "version", "tests: makes and checks the simulated providers' keys"),
        ("hledger", "--version", "tests: reads our journals"),
        ("ledger", "--version", "tests: reads our journals"),
        ("soffice", "--version", "tests: opens our workbooks"),
        ("cargo-deny", "--version", "checks dependencies; ./dev test builds it into .tools if missing"),
    ];
    for (program, arg, purpose) in tools {
        // Xvfb has no version switch that ends with success.
        let found = if program == "Xvfb" { have(program).then(|| "here".to_owned()) } else { version(program, arg) };
        println!("{:<20} {:<44} {purpose}", program, found.as_deref().unwrap_or("MISSING"));
    }
    if cfg!(target_os = "linux") {
        for library in ["webkit2gtk-4.1", "gtk+-3.0", "alsa"] {
            let found =
                output(Command::new("pkg-config").args(["--modversion", library]).stderr(std::process::Stdio::null()));
            println!("{:<20} {:<44} headers to build with", library, found.as_deref().unwrap_or("MISSING").trim());
        }
        let font = output(Command::new("fc-match").args([":lang=zh-cn", "family"]).stderr(std::process::Stdio::null()));
        println!("{:<20} {:<44} draws Chinese", "font", font.as_deref().unwrap_or("MISSING").trim());
        let display = std::env::var("WAYLAND_DISPLAY").or_else(|_| std::env::var("DISPLAY"));
        println!(
            "{:<20} {:<44} without one, ./dev run starts a practice till",
            "display",
            display.as_deref().unwrap_or("none")
        );
    }
    Ok(())
}
