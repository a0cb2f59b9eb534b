//! Customers' payment codes, as the providers number them. One table for all who must tell them apart.

use super::Provider;

/// What a provider's payment codes look like: digits only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthCodes {
    /// Whose.
    pub provider: Provider,
    /// The shortest, in digits.
    pub shortest: usize,
    /// The longest.
    pub longest: usize,
    /// They begin with one of these.
    pub prefixes: &'static [&'static str],
}

/// All of them. No code is of two providers.
pub const AUTH_CODES: [AuthCodes; 3] = [
    AuthCodes {
        provider: Provider::Alipay,
        shortest: 16,
        longest: 24,
        prefixes: &["25", "26", "27", "28", "29", "30"],
    },
    AuthCodes {
        provider: Provider::Wechat,
        shortest: 18,
        longest: 18,
        prefixes: &["10", "11", "12", "13", "14", "15"],
    },
    AuthCodes { provider: Provider::Unionpay, shortest: 19, longest: 19, prefixes: &["62"] },
];

impl AuthCodes {
    /// Whether a text is one of these.
    pub fn include(&self, text: &str) -> bool {
        (self.shortest..=self.longest).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit())
            && self.prefixes.iter().any(|prefix| text.starts_with(prefix))
    }
}

/// Whether a text is a payment code of this provider.
pub(super) fn is_of(provider: Provider, text: &str) -> bool {
    AUTH_CODES.iter().any(|codes| codes.provider == provider && codes.include(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Provider> {
        AUTH_CODES.iter().filter(|codes| codes.include(text)).map(|codes| codes.provider).collect()
    }

    fn code(prefix: &str, length: usize) -> String {
        format!("{prefix:0<length$}")
    }

    #[test]
    fn each_code_is_of_one_provider_at_most() {
        for prefix in (0..100).map(|n| format!("{n:02}")) {
            for length in 10..=30 {
                let expected: &[Provider] = match (prefix.parse::<u8>().unwrap(), length) {
                    (25..=30, 16..=24) => &[Provider::Alipay],
                    (10..=15, 18) => &[Provider::Wechat],
                    (62, 19) => &[Provider::Unionpay],
                    _ => &[],
                };
                assert_eq!(of(&code(&prefix, length)), expected, "{prefix} {length}");
            }
        }
    }

    #[test]
    fn what_is_not_all_digits_is_no_code() {
        for text in ["", "13456789012345678x", "１34567890123456789", " 134567890123456789", "https://qr.alipay.com/x"]
        {
            assert_eq!(of(text), [], "{text}");
        }
    }
}
