//! Undoes SmsForwarder's default content, which joins package, text, title, UID, time and device into one text.

/// What the phone's own notification said, taken out of a forwarder's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unwrapped {
    /// The text is not such a concatenation.
    Plain,
    /// Title and text as they stood on the phone.
    Inner { package: String, title: String, text: String },
    /// It has the shape, but contradicts itself or could be read in two ways.
    Doubtful(&'static str),
}

/// `text` is already folded. `knows_package` and `is_title` come from the rules.
pub(super) fn unwrap(
    package: &str,
    title: &str,
    text: &str,
    knows_package: impl Fn(&str) -> bool,
    is_title: impl Fn(&str, &str) -> bool,
) -> Unwrapped {
    let head_end = text.find([' ', '\n', '\t']).unwrap_or(text.len());
    let first = &text[..head_end];
    let names_package =
        !first.is_empty() && (first == package || (package.is_empty() && first.contains('.') && knows_package(first)));
    if !names_package {
        return Unwrapped::Plain;
    }
    let rest = text[head_end..].trim_start();
    if text[head_end..].starts_with('\n') { lines(first, title, rest) } else { flat(first, title, rest, is_title) }
}

fn lines(package: &str, title: &str, rest: &str) -> Unwrapped {
    let all: Vec<&str> = rest.lines().map(str::trim_end).collect();
    let marks: Vec<usize> = (0..all.len()).filter(|i| is_uid(all[*i])).collect();
    let end = match marks.as_slice() {
        [one] => Some(*one),
        [] => (0..all.len()).rev().find(|i| is_stamp(all[*i])),
        _ => return Unwrapped::Doubtful("more than one UID line in a forwarded text"),
    };
    let Some(end) = end else {
        return Unwrapped::Inner { package: package.to_owned(), title: title.to_owned(), text: all.join("\n") };
    };
    if end == 0 {
        return Unwrapped::Doubtful("a forwarded text without a title line");
    }
    let inner = all[end - 1];
    if !title.is_empty() && inner != title {
        return Unwrapped::Doubtful("the title inside the forwarded text differs from the one beside it");
    }
    Unwrapped::Inner { package: package.to_owned(), title: inner.to_owned(), text: all[..end - 1].join("\n") }
}

fn flat(package: &str, title: &str, rest: &str, is_title: impl Fn(&str, &str) -> bool) -> Unwrapped {
    let mut parts = rest.split("UID:");
    let (head, tail) = match (parts.next(), parts.next(), parts.next()) {
        (Some(head), Some(tail), None) if tail.trim_start().starts_with(|c: char| c.is_ascii_digit()) => (head, tail),
        (Some(_), Some(_), Some(_)) => return Unwrapped::Doubtful("more than one UID in a forwarded text"),
        _ => return Unwrapped::Doubtful("a forwarded text without its UID"),
    };
    let _ = tail;
    let head = head.trim_end();
    if !title.is_empty() {
        return match head.strip_suffix(title) {
            Some(text) => inner(package, title, text),
            None => Unwrapped::Doubtful("the title inside the forwarded text differs from the one beside it"),
        };
    }
    let mut end = head.len();
    for _ in 0..6 {
        let start = head[..end].rfind(' ').map_or(0, |i| i + 1);
        if is_title(package, &head[start..]) {
            return inner(package, &head[start..], &head[..start]);
        }
        if start == 0 {
            break;
        }
        end = start - 1;
    }
    Unwrapped::Doubtful("no known title in a forwarded text")
}

fn inner(package: &str, title: &str, text: &str) -> Unwrapped {
    Unwrapped::Inner { package: package.to_owned(), title: title.to_owned(), text: text.trim().to_owned() }
}

fn is_uid(line: &str) -> bool {
    line.trim().strip_prefix("UID:").is_some_and(|n| n.trim().bytes().all(|b| b.is_ascii_digit()))
}

fn is_stamp(line: &str) -> bool {
    let line = line.trim().as_bytes();
    line.len() == 19
        && line.iter().enumerate().all(|(i, b)| match i {
            4 | 7 => *b == b'-',
            10 => *b == b' ',
            13 | 16 => *b == b':',
            _ => b.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(package: &str, title: &str, text: &str) -> Unwrapped {
        unwrap(package, title, text, |p| p == "com.tencent.mm", |_, t| t == "微信支付")
    }

    #[test]
    fn six_lines_and_one_line() {
        let wanted = |text: &str| Unwrapped::Inner {
            package: "com.tencent.mm".into(),
            title: "微信支付".into(),
            text: text.into(),
        };
        let six = "com.tencent.mm\n收款1元\n第二行\n微信支付\nUID:1\n2025-12-04 10:01:15\nXiaomi 14";
        assert_eq!(read("com.tencent.mm", "", six), wanted("收款1元\n第二行"));
        assert_eq!(read("", "微信支付", six), wanted("收款1元\n第二行"));
        assert_eq!(
            read("com.tencent.mm", "", "com.tencent.mm 收款1元 微信支付 UID:1 2025-12-04 10:01:15 X"),
            wanted("收款1元")
        );
    }

    #[test]
    fn contradictions_are_doubtful() {
        let six = "com.tencent.mm\n收款1元\n张三\nUID:1\n2025-12-04 10:01:15\nX";
        assert!(matches!(read("com.tencent.mm", "微信支付", six), Unwrapped::Doubtful(_)));
        let two = "com.tencent.mm\n收款1元\n微信支付\nUID:1\nx\n张三\nUID:2\n";
        assert!(matches!(read("com.tencent.mm", "", two), Unwrapped::Doubtful(_)));
        assert_eq!(read("com.tencent.mm", "微信支付", "收款1元"), Unwrapped::Plain);
        assert_eq!(read("other.app", "微信支付", "com.tencent.mm\n收款1元"), Unwrapped::Plain);
    }
}
