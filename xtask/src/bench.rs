//! Speed and memory of the release build, beside a floor measured in the same run.

use crate::steps::{Steps, run, target, workspace};
use crate::ui;

/// Builds everything optimised and runs the load driver.
pub fn bench(args: &[String]) -> Steps {
    let mut steps = Steps::new();
    ui::pages(&mut steps);
    steps.command(
        "the program and the load driver (release)",
        workspace("build").args(["--quiet", "--release", "--exclude", "xtask", "--bins"]),
    );
    steps.step("measuring", |_| {
        let suffix = std::env::consts::EXE_SUFFIX;
        let dir = target().join("release");
        let mut driver = std::process::Command::new(dir.join(format!("bench{suffix}")));
        driver
            .args(args)
            .env("QIANTAI_BIN", dir.join(format!("qiantai{suffix}")))
            .env("BENCH_OUT", target().join("bench"));
        run(&mut driver)
    });
    steps
}
