//! The language of what the program says before a shop's settings are known: start errors and the command line.

use std::sync::OnceLock;

use till_engine::api::Lang;

/// The language of the terminal: `LC_ALL`, `LC_MESSAGES`, `LANG`, the first that is set. Windows and macOS start
/// windows without any of them; the shop's default, Chinese, is the better guess there.
pub fn lang() -> Lang {
    static LANG: OnceLock<Lang> = OnceLock::new();
    *LANG.get_or_init(|| {
        let first = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| {
            let value = std::env::var(name).ok()?;
            (!value.is_empty()).then_some(value)
        });
        from_locale(first.as_deref())
    })
}

fn from_locale(locale: Option<&str>) -> Lang {
    match locale {
        Some(text) if !text.starts_with("zh") => Lang::En,
        _ => Lang::Zh,
    }
}

/// One of two texts, in the language of the terminal.
pub fn say<T>(zh: T, en: T) -> T {
    pick(lang(), zh, en)
}

/// One of two texts, in a known language.
pub fn pick<T>(lang: Lang, zh: T, en: T) -> T {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_chinese_locale_or_none_speaks_chinese() {
        assert_eq!(from_locale(Some("zh_CN.UTF-8")), Lang::Zh);
        assert_eq!(from_locale(None), Lang::Zh);
        for other in ["C.UTF-8", "en_GB.UTF-8", "POSIX", "de_DE"] {
            assert_eq!(from_locale(Some(other)), Lang::En, "{other}");
        }
    }
}
