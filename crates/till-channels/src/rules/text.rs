//! Text before the rules see it: one spelling for every character, no invisible ones, no counters.

use unicode_normalization::UnicodeNormalization;

/// NFKC without invisible characters. The full-width comma becomes comma and space unless it stands inside a
/// full-width number: `¥1.00，100积分` must not read as `1.00,100`.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(|c| !c.is_ascii_control() || matches!(c, '\n' | '\t')).collect();
    }
    let mut out = String::with_capacity(text.len());
    let mut before = '\0';
    let mut rest = text.chars().filter(|c| !invisible(*c)).peekable();
    let mut plain = String::with_capacity(text.len());
    while let Some(c) = rest.next() {
        if c == '，' {
            let inside = wide_digit(before) && rest.peek().is_some_and(|n| wide_digit(*n));
            plain.push_str(if inside { "," } else { ", " });
        } else {
            plain.push(c);
        }
        before = c;
    }
    out.extend(plain.nfkc().filter(|c| !invisible(*c)));
    out
}

fn wide_digit(c: char) -> bool {
    ('０'..='９').contains(&c)
}

fn invisible(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Drops a leading `[3条]`, `[+99条]`, `[3 messages]`.
pub(super) fn strip_counter(text: &str) -> &str {
    let Some(rest) = text.strip_prefix('[') else { return text };
    let Some((inside, after)) = rest.split_once(']') else { return text };
    let digits = inside.trim_start_matches('+').trim_start_matches(|c: char| c.is_ascii_digit());
    let counted = inside.len() > digits.len() && inside.len() < 24 && inside.bytes().any(|b| b.is_ascii_digit());
    let unit = digits.trim_start_matches('+').trim();
    let known = matches!(
        unit,
        "" | "条"
            | "條"
            | "条消息"
            | "条新消息"
            | "则"
            | "message"
            | "messages"
            | "msg"
            | "msgs"
            | "new"
            | "new messages"
    );
    if counted && known { after.trim_start() } else { text }
}

/// Drops `sender:` in front when it is exactly that sender.
pub(super) fn strip_sender<'a>(text: &'a str, sender: &str) -> Option<&'a str> {
    if sender.is_empty() {
        return None;
    }
    let rest = text.strip_prefix(sender)?;
    let after = rest.strip_prefix(':')?;
    Some(after.trim_start_matches(' '))
}

/// Drops what forwarders and the group summary put before the wallet's own words: `【微信】title:`, counters, the
/// inner sender (which must equal the title), a first line that repeats the title.
pub(super) fn body<'a>(text: &'a str, title: &str) -> &'a str {
    let mut rest = text.trim();
    for _ in 0..4 {
        let before = rest;
        rest = strip_counter(rest);
        if let Some(after) = strip_sender(rest, title) {
            rest = after;
        } else if !title.is_empty()
            && let Some(after) = rest.strip_prefix(title)
            && after.starts_with(['\n', '|'])
        {
            rest = after[1..].trim_start();
        } else if let Some(named) = rest.strip_prefix('【')
            && let Some((_, after)) = named.split_once('】')
            && let Some(after) = strip_sender(after.trim_start(), title)
        {
            rest = after;
        }
        if rest.len() == before.len() {
            break;
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_width_and_invisibles() {
        assert_eq!(fold("微信支付\u{200b}收款１２．３４元（朋友）"), "微信支付收款12.34元(朋友)");
        assert_eq!(fold("１，２３４．５６元"), "1,234.56元");
        assert_eq!(fold("¥1.00，100积分"), "¥1.00, 100积分");
        assert_eq!(fold("￥5"), "¥5");
    }

    #[test]
    fn strips_only_what_it_knows() {
        assert_eq!(body("[2条]微信支付: 微信支付收款0.80元", "微信支付"), "微信支付收款0.80元");
        assert_eq!(body("【微信】微信支付:[3条]微信支付: 收款1元", "微信支付"), "收款1元");
        assert_eq!(body("[2条]张三: 收款1元", "微信支付"), "张三: 收款1元");
        assert_eq!(body("[店员消息]收款到账0.01元", "微信收款助手"), "[店员消息]收款到账0.01元");
        assert_eq!(body("【微信支付】微信支付收款1元", "95588"), "【微信支付】微信支付收款1元");
        assert_eq!(strip_counter("[+99条]a"), "a");
        assert_eq!(strip_counter("[99]a"), "a");
        assert_eq!(strip_counter("[转账] 请收款"), "[转账] 请收款");
    }
}
