//! What the shop says about its files.

use jiff::tz::TimeZone;

use super::Accounts;

/// The language of headers in workbooks, and of the words in accounting entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    pub(crate) const fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// What the shop says about its files. Nothing in a file comes from elsewhere: the same rows and options give the same
/// bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// The shop's time zone: times are written in it.
    pub zone: TimeZone,
    /// The language of workbooks and accounting entries.
    pub lang: Lang,
    /// The shop's name.
    pub shop: String,
    /// This till's name, a column of its own.
    pub till: String,
    /// When the file is made, Unix ms: on the summary sheet and in the workbook's properties.
    pub generated_at: i64,
    /// By what: `Qiantai 0.1.0`.
    pub generated_by: String,
    /// The accounts that accounting presets book to.
    pub accounts: Accounts,
    /// The number of the first voucher of each month.
    pub first_voucher: u32,
    /// beancount: begin with `open` lines, so that the file stands alone. Off for a ledger that opens its accounts
    /// itself: beancount refuses to open one twice.
    pub open_accounts: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            zone: TimeZone::UTC,
            lang: Lang::Zh,
            shop: String::new(),
            till: String::new(),
            generated_at: 0,
            generated_by: concat!("Qiantai ", env!("CARGO_PKG_VERSION")).to_owned(),
            accounts: Accounts::default(),
            first_voucher: 1,
            open_accounts: true,
        }
    }
}
