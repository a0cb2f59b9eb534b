//! How long one notification takes: `cargo run --release -p till-channels --example rules_speed`.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use till_channels::rules::{Notice, Rules};

#[derive(serde::Deserialize)]
struct Line {
    id: String,
    package: String,
    title: String,
    text: String,
}

fn main() -> Result<(), serde_json::Error> {
    let lines = include_str!("../tests/data/notifications.jsonl").lines();
    let lines: Vec<Line> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
    let start = Instant::now();
    let rules = Rules::builtin();
    println!("compiling the rules: {:?}", start.elapsed());
    const ROUNDS: u32 = 100;
    let mut each: Vec<(u128, &str)> = Vec::new();
    for line in &lines {
        let notice = Notice { package: &line.package, title: &line.title, text: &line.text };
        black_box(rules.read(&notice));
        // The best of ten batches: other work on the machine is not ours to count.
        let best = (0..10).map(|_| {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                black_box(rules.read(black_box(&notice)));
            }
            start.elapsed().as_nanos() / u128::from(ROUNDS)
        });
        each.push((best.min().unwrap_or_default(), &line.id));
    }
    each.sort_unstable();
    let sum: u128 = each.iter().map(|e| e.0).sum();
    let middle = each[each.len() / 2].0;
    println!("{} lines: mean {} ns, median {middle} ns", each.len(), sum / each.len() as u128);
    for (nanos, id) in each.iter().rev().take(5) {
        println!("slowest: {id} {nanos} ns");
    }
    for (what, text) in [
        ("4 KiB of digits", "1".repeat(4096)),
        ("4 KiB of 向你付款1", "向你付款1".repeat(310)),
        ("64 KiB", "元".repeat(21_845)),
    ] {
        let notice = Notice { package: "com.eg.android.AlipayGphone", title: "支付宝通知", text: &text };
        black_box(rules.read(&notice));
        let start = Instant::now();
        black_box(rules.read(&notice));
        println!("{what}: {:?}", start.elapsed());
    }
    Ok(())
}
