//! The text shapes of accounting programs. No formula guard here: these files are read by importers, to which a `'`
//! would be part of the text. Texts are one line each.

use super::csv::line as csv_line;
use super::day::{Day, Line};
use super::figures::yuan_text;
use super::options::{Lang, Options};
use super::preset::Preset;
use super::text::one_line;
use super::words;

/// What stands before the first day.
pub(crate) fn begin(out: &mut Vec<u8>, preset: Preset) {
    match preset {
        Preset::Quickbooks => csv_line(out, &["Date", "Description", "Amount"]),
        Preset::Xero => csv_line(out, &["*Date", "*Amount", "Payee", "Description", "Reference"]),
        Preset::Gnucash => csv_line(
            out,
            &["Date", "Transaction ID", "Number", "Description", "Notes", "Account", "Deposit", "Withdrawal"],
        ),
        Preset::YonyouTxt => out.extend_from_slice("填制凭证,V800\r\n".as_bytes()),
        _ => {}
    }
}

/// One day. `first` is true for the first of the file.
pub(crate) fn day(out: &mut Vec<u8>, preset: Preset, options: &Options, day: &Day, lines: &[Line<'_>], first: bool) {
    match preset {
        Preset::Gnucash => gnucash(out, options, day, lines),
        Preset::Beancount => {
            if first && options.open_accounts {
                beancount_opens(out, options, &day.date);
            }
            beancount(out, options, day, lines);
        }
        Preset::Ledger => {
            if first {
                ledger_head(out, options);
            }
            ledger(out, options, day, lines);
        }
        _ => {}
    }
}

/// The bank-statement shapes: a line per channel for what came, what went back and what was kept. The signs are the
/// account's: in is positive. Returns the lines written.
pub(crate) fn bank(out: &mut Vec<u8>, preset: Preset, options: &Options, day: &Day) -> u64 {
    let mut written = 0;
    for of in &day.channels {
        let (name, lang) = (of.channel.as_str(), options.lang);
        let channel = if lang == Lang::Zh { words::zh(name) } else { words::en(name) };
        let lines = [
            (of.received, lang.pick("收款", "sales"), of.count, ""),
            (-of.refund, lang.pick("退款", "refunds"), of.refund_count, "-refund"),
            (-of.fee, lang.pick("手续费", "fees"), 0, "-fee"),
        ];
        for (fen, what, count, suffix) in lines.into_iter().filter(|line| line.0 != 0) {
            let mut description = format!("{channel} {what}");
            if count > 0 {
                description.push_str(&format!(" {count}"));
                description.push_str(lang.pick(" 笔", ""));
            }
            if !day.z_numbers.is_empty() {
                description.push_str(&format!(" Z{}", day.z().replace(',', "+")));
            }
            let amount = yuan_text(fen);
            if preset == Preset::Quickbooks {
                csv_line(out, &[&date_in(&day.date, "mdy"), &description, &amount]);
            } else {
                let reference = format!("{}-{name}{suffix}", reference(options, day));
                csv_line(out, &[&date_in(&day.date, "dmy"), &amount, channel, &description, &reference]);
            }
            written += 1;
        }
    }
    written
}

/// A business date with slashes, day or month first.
fn date_in(date: &str, order: &str) -> String {
    match (date.get(..4), date.get(5..7), date.get(8..)) {
        (Some(year), Some(month), Some(day)) if order == "mdy" => format!("{month}/{day}/{year}"),
        (Some(year), Some(month), Some(day)) => format!("{day}/{month}/{year}"),
        _ => date.to_owned(),
    }
}

/// A name of the day that two tills do not share: letters, digits and hyphens, as links and ids want them.
fn reference(options: &Options, day: &Day) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let till: String = options.till.chars().map(plain).take(40).collect();
    let parts = ["qiantai", &till, &day.date];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

fn gnucash(out: &mut Vec<u8>, options: &Options, day: &Day, lines: &[Line<'_>]) {
    let (id, description) = (reference(options, day), day.summary(options.lang));
    let (z, notes) = (day.z(), one_line(&options.shop));
    for line in lines {
        let amount = line.signed();
        let (deposit, withdrawal) = match amount {
            0.. => (yuan_text(amount), String::new()),
            _ => (String::new(), yuan_text(-amount)),
        };
        csv_line(out, &[&day.date, &id, &z, &description, &notes, &line.account.ledger, &deposit, &withdrawal]);
    }
}

fn beancount_opens(out: &mut Vec<u8>, options: &Options, date: &str) {
    let mut names: Vec<&str> = options.accounts.all().map(|(_, account)| account.ledger.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        out.extend_from_slice(format!("{date} open {name} {}\n", options.accounts.currency).as_bytes());
    }
}

fn beancount(out: &mut Vec<u8>, options: &Options, day: &Day, lines: &[Line<'_>]) {
    let quoted = |text: &str| format!("\"{}\"", one_line(text).replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = format!("\n{} *", day.date);
    if !one_line(&options.shop).is_empty() {
        text.push_str(&format!(" {}", quoted(&options.shop)));
    }
    text.push_str(&format!(" {} ^{}\n", quoted(&day.summary(options.lang)), reference(options, day)));
    if !day.z_numbers.is_empty() {
        text.push_str(&format!("  till-z: {}\n", quoted(&day.z())));
    }
    if !options.till.is_empty() {
        text.push_str(&format!("  till: {}\n", quoted(&options.till)));
    }
    for line in lines {
        let amount = yuan_text(line.signed());
        text.push_str(&format!("  {:<28} {amount:>14} {}\n", line.account.ledger, options.accounts.currency));
    }
    out.extend_from_slice(text.as_bytes());
}

fn ledger_head(out: &mut Vec<u8>, options: &Options) {
    let currency = &options.accounts.currency;
    let mut text = format!("commodity {currency}\n    format 1000.00 {currency}\ntag till-z\n");
    let mut names: Vec<&str> = options.accounts.all().map(|(_, account)| account.ledger.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        text.push_str(&format!("account {name}\n"));
    }
    out.extend_from_slice(text.as_bytes());
}

fn ledger(out: &mut Vec<u8>, options: &Options, day: &Day, lines: &[Line<'_>]) {
    // `;` begins a comment, `|` parts payee from note, and brackets could open a code of their own.
    let plain = |text: &str| one_line(text).replace([';', '|', '(', ')'], " ");
    let shop = plain(&options.shop);
    let description = [shop.trim(), &day.summary(options.lang)].join(" ");
    let mut text = format!("\n{} * ({}) {}\n", day.date, reference(options, day), description.trim());
    if !day.z_numbers.is_empty() {
        text.push_str(&format!("    ; till-z: {}\n", day.z().replace(',', " ")));
    }
    for line in lines {
        let amount = yuan_text(line.signed());
        text.push_str(&format!("    {:<28}  {amount:>14} {}\n", line.account.ledger, options.accounts.currency));
    }
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_turn_as_the_importers_want_them() {
        assert_eq!(date_in("2026-11-20", "mdy"), "11/20/2026");
        assert_eq!(date_in("2026-11-20", "dmy"), "20/11/2026");
    }

    #[test]
    fn a_reference_has_nothing_that_a_link_cannot() {
        let options = Options { till: "一号 till/1".to_owned(), ..Options::default() };
        let day = Day { date: "2026-11-20".to_owned(), ..Day::default() };
        assert_eq!(reference(&options, &day), "qiantai----till-1-2026-11-20");
    }
}
