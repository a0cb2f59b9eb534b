//! The files opened by programs nobody here wrote: pandas, openpyxl, beancount's checker, hledger, ledger, LibreOffice.
//!
//! Skipped, and said so, where they are not installed; with `QIANTAI_FOREIGN_READERS=1` that is a failure.
//! `QIANTAI_PYTHON` names a Python other than `python3`. `readers.py` says what is checked.

use std::process::Command;

use till_books::export::{Preset, Table};

use crate::sample::{every, name, options, write};

fn missing(python: &str) -> Vec<String> {
    let runs =
        |program: &str, args: &[&str]| Command::new(program).args(args).output().is_ok_and(|o| o.status.success());
    let mut missing = Vec::new();
    for module in ["pandas", "openpyxl", "beancount"] {
        if !runs(python, &["-c", &format!("import {module}")]) {
            missing.push(format!("{python} module {module}"));
        }
    }
    for program in ["hledger", "ledger", "soffice"] {
        if !runs(program, &["--version"]) {
            missing.push(program.to_owned());
        }
    }
    missing
}

#[test]
fn other_programs_read_the_same_numbers() {
    let python = std::env::var("QIANTAI_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let missing = missing(&python);
    if !missing.is_empty() {
        let asked = std::env::var("QIANTAI_FOREIGN_READERS").is_ok_and(|value| value == "1");
        assert!(!asked, "QIANTAI_FOREIGN_READERS=1, but these are missing: {}", missing.join(", "));
        println!("SKIPPED: no foreign readers, missing: {}", missing.join(", "));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut expected = serde_json::Map::new();
    for (table, preset) in every() {
        let name = name(table, preset);
        let (file, finished) = write(table, preset, &options()).unwrap();
        std::fs::write(folder.path().join(&name), file).unwrap();
        expected.insert(
            name,
            serde_json::json!({
                "table": table.as_str(), "preset": preset.as_str(), "rows": finished.rows, "lines": finished.lines,
                "sum": finished.sum, "notes": crate::sample::NOTES,
            }),
        );
    }
    assert!(expected.len() == Preset::ALL.len() + 3 * (Table::ALL.len() - 1), "every preset is there");
    std::fs::write(folder.path().join("expected.json"), serde_json::Value::from(expected).to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/export/readers.py");
    let run = Command::new(&python).arg(script).arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    println!("{said}");
}
