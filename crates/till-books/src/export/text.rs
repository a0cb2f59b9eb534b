//! Texts that others wrote, made safe for the file they go into.

/// Signs that make a spreadsheet take a text for a formula when they come first (OWASP, CSV injection; the full-width
/// ones because Chinese input methods produce them and some spreadsheets fold them).
const TRIGGERS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// True if this text gets a leading `'` in a file made for spreadsheets: it begins with a trigger, or with such marks
/// before one. The second half makes the guard reversible: see [`unguarded`].
#[inline]
pub fn guards(text: &str) -> bool {
    match text.as_bytes().first() {
        // Most texts begin with a letter, a digit or a Chinese character.
        None | Some(b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | 0xE3..=0xEE) => false,
        _ => text.trim_start_matches('\'').starts_with(TRIGGERS),
    }
}

/// The text as it was before a guard was put before it.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if guards(text) => text,
        _ => cell,
    }
}

/// One line: line breaks and control characters become spaces, the ends are trimmed.
pub(crate) fn one_line(text: &str) -> String {
    let line = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(line).collect::<String>().trim().to_owned()
}

/// `text` cut to `most` UTF-16 units, with `…` in place of what is missing.
pub(crate) fn cut(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    // A UTF-16 unit takes at least one byte of UTF-8.
    if text.len() <= most || text.encode_utf16().count() <= most {
        return text.into();
    }
    let mut units = 0;
    let kept = text.char_indices().find_map(|(at, c)| {
        units += c.len_utf16();
        (units > most - 1).then_some(at)
    });
    format!("{}…", &text[..kept.unwrap_or(text.len())]).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn triggers_are_guarded_and_words_are_not() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "'=1", "''-1"]
        {
            assert!(guards(text), "{text:?}");
        }
        for text in ["", "1-1", "a=b", "微信", "'", "'quoted'", " =1", "¥1", "，", "《"] {
            assert!(!guards(text), "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_whole_character() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("一二三四", 3), "一二…");
        assert_eq!(cut("🦊🦊🦊", 4), "🦊…");
    }

    proptest! {
        #[test]
        fn a_guard_can_be_taken_off_again(text in "[-=+@'＝\\t\\n a1一]{0,6}|\\PC*") {
            let cell = if guards(&text) { format!("'{text}") } else { text.clone() };
            prop_assert_eq!(unguarded(&cell), text);
            prop_assert!(!cell.starts_with(TRIGGERS));
        }
    }
}
