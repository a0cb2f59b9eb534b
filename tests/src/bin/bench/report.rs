//! The table of ratios.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

/// One measured thing.
struct Row {
    what: String,
    ours: String,
    beside: String,
    bound: String,
    /// `None`: told, not judged.
    good: Option<bool>,
}

/// All of them.
pub struct Report {
    rows: Vec<Row>,
}

/// The value below which `percent` of the samples lie.
pub fn percentile(samples: &[Duration], percent: usize) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or_default()
}

/// A time in the unit that reads best.
pub fn time(t: Duration) -> String {
    let ns = t.as_nanos();
    match ns {
        0..10_000 => format!("{ns} ns"),
        10_000..10_000_000 => format!("{:.2} ms", t.as_secs_f64() * 1e3),
        _ => format!("{:.0} ms", t.as_secs_f64() * 1e3),
    }
}

impl Report {
    /// Nothing measured yet.
    pub fn new() -> Report {
        Report { rows: Vec::new() }
    }

    fn add(&mut self, row: Row) {
        let verdict = match row.good {
            Some(true) => "pass",
            Some(false) => "FAIL",
            None => "-",
        };
        println!("{:<58} {:>12}  beside {:>12}  {:<28} {verdict}", row.what, row.ours, row.beside, row.bound);
        self.rows.push(row);
    }

    /// Our time beside another: at most `most` times as long.
    pub fn at_most_times(&mut self, what: &str, ours: Duration, floor: Duration, most: f64) {
        let ratio = ours.as_secs_f64() / floor.as_secs_f64().max(1e-9);
        let bound = format!("{ratio:.2}× (at most {most}×)");
        self.add(Row { what: what.into(), ours: time(ours), beside: time(floor), bound, good: Some(ratio <= most) });
    }

    /// Our time beside another, told and not judged: for what has a bound of its own.
    pub fn beside(&mut self, what: &str, ours: Duration, floor: Duration) {
        let bound = format!("{:.2}×", ours.as_secs_f64() / floor.as_secs_f64().max(1e-9));
        self.add(Row { what: what.into(), ours: time(ours), beside: time(floor), bound, good: None });
    }

    /// Our rate beside another: at least as high.
    pub fn at_least(&mut self, what: &str, ours: f64, floor: f64) {
        let bound = format!("{:.2}× (at least 1×)", ours / floor.max(1e-9));
        let rate = |r: f64| format!("{r:.0}/s");
        self.add(Row { what: what.into(), ours: rate(ours), beside: rate(floor), bound, good: Some(ours >= floor) });
    }

    /// A rate with a bound of its own.
    pub fn rate(&mut self, what: &str, ours: f64, least: f64) {
        let bound = format!("at least {least:.0}/s");
        self.add(Row {
            what: what.into(),
            ours: format!("{ours:.0}/s"),
            beside: "-".into(),
            bound,
            good: Some(ours >= least),
        });
    }

    /// A number with a bound of its own.
    pub fn at_most(&mut self, what: &str, ours: i64, most: i64) {
        let bound = format!("at most {most}");
        self.add(Row {
            what: what.into(),
            ours: ours.to_string(),
            beside: "-".into(),
            bound,
            good: Some(ours <= most),
        });
    }

    /// A time with a bound of its own.
    pub fn within(&mut self, what: &str, ours: Duration, most: Duration) {
        let bound = format!("at most {}", time(most));
        self.add(Row { what: what.into(), ours: time(ours), beside: "-".into(), bound, good: Some(ours <= most) });
    }

    /// Something to know.
    pub fn tell(&mut self, what: &str, value: String) {
        self.add(Row { what: what.into(), ours: value, beside: "-".into(), bound: String::new(), good: None });
    }

    /// Writes `report.md`.
    pub fn finish(self, dir: &Path) -> Result<()> {
        let mut text = String::from("| what | here | beside | ratio or bound | |\n|---|---:|---:|---|---|\n");
        for row in &self.rows {
            let verdict = match row.good {
                Some(true) => "pass",
                Some(false) => "**fail**",
                None => "",
            };
            text.push_str(&format!("| {} | {} | {} | {} | {verdict} |\n", row.what, row.ours, row.beside, row.bound));
        }
        let failed = self.rows.iter().filter(|r| r.good == Some(false)).count();
        let passed = self.rows.iter().filter(|r| r.good == Some(true)).count();
        text.push_str(&format!("\n{passed} within bounds, {failed} not.\n"));
        std::fs::create_dir_all(dir)?;
        let file = dir.join("report.md");
        std::fs::write(&file, &text)?;
        println!("\n{text}\nwritten to {}", file.display());
        anyhow::ensure!(failed == 0, "{failed} measurements are out of bounds");
        Ok(())
    }
}
