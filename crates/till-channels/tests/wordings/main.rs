//! Wordings beyond the corpus: our own variants, every known title × every anchored sentence × every prefix, and the
//! forgeries and look-alikes that must never be booked.

mod others;
mod wechat;

use till_channels::rules::{Notice, Rules, Verdict};

pub(crate) const WX: &str = "com.tencent.mm";
pub(crate) const ALI: &str = "com.eg.android.AlipayGphone";
pub(crate) const UP: &str = "com.unionpay";
pub(crate) const ECNY: &str = "cn.gov.pbc.dcep";

pub(crate) fn read(package: &str, title: &str, text: &str) -> Verdict {
    Rules::builtin().read(&Notice { package, title, text })
}

pub(crate) fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Receipt { channel, amount, .. } => format!("{channel} {amount}"),
        Verdict::NotAReceipt { .. } => "no".into(),
        Verdict::Unrecognised { smells_of_money, .. } => (if *smells_of_money { "hold" } else { "none" }).into(),
    }
}

/// `expect`: `wechat 1.00`, `no` (NotAReceipt), `hold` (unrecognised, smells), `none`, or `no|hold` for either.
pub(crate) fn check(lines: &[(&str, &str, &str, &str)]) {
    let wrong: Vec<String> = lines
        .iter()
        .filter_map(|(package, title, text, expect)| {
            let verdict = read(package, title, text);
            let got = said(&verdict);
            (!expect.split('|').any(|e| e == got))
                .then(|| format!("[{title}] {text}\n   wanted {expect}, got {got}: {verdict:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}
