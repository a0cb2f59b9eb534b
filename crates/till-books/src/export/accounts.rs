//! The accounts of the shop's books that the entries name.

use serde::{Deserialize, Serialize};
use till_core::Channel;

use super::error::ExportError;
use super::preset::Preset;

/// An account, as the three families of programs name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountCode {
    /// 科目代码 in Chinese programs: the code of a leaf account, always text.
    pub code: String,
    /// 科目名称 beside it.
    pub name: String,
    /// The full name in beancount, ledger and GnuCash: `Assets:WeChat`.
    pub ledger: String,
}

impl AccountCode {
    fn new(code: &str, name: &str, ledger: &str) -> AccountCode {
        AccountCode { code: code.to_owned(), name: name.to_owned(), ledger: ledger.to_owned() }
    }
}

/// The accounts that money is booked to; part of the settings.
///
/// The default follows 小企业会计准则 (1001 库存现金, 1002 银行存款, 1012 其他货币资金, 5001 主营业务收入, 5603 财务费用;
/// under 企业会计准则 the last two are 6001 and 6603). The two last digits of the leaves under 1012 and 5603 differ from
/// shop to shop: importers check that they exist, so the shop's accountant has the last word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accounts {
    /// Where WeChat Pay money lies.
    pub wechat: AccountCode,
    /// Where Alipay money lies.
    pub alipay: AccountCode,
    /// Where UnionPay money lies.
    pub unionpay: AccountCode,
    /// Where digital yuan lie.
    pub ecny: AccountCode,
    /// The bank account.
    pub bank: AccountCode,
    /// The drawer.
    pub cash: AccountCode,
    /// Income from sales.
    pub sales: AccountCode,
    /// Where refunds are booked; none books them back on `sales`, as a negative credit (红字) in vouchers.
    pub refunds: Option<AccountCode>,
    /// What the channels keep.
    pub fees: AccountCode,
    /// ISO 4217.
    pub currency: String,
    /// 凭证字.
    pub voucher_word: String,
    /// 制单人.
    pub preparer: String,
    /// 云星空: 账簿编码.
    pub book: String,
    /// 云星空: 核算组织.
    pub organisation: String,
}

impl Default for Accounts {
    fn default() -> Accounts {
        Accounts {
            wechat: AccountCode::new("101201", "其他货币资金-微信", "Assets:WeChat"),
            alipay: AccountCode::new("101202", "其他货币资金-支付宝", "Assets:Alipay"),
            unionpay: AccountCode::new("101203", "其他货币资金-云闪付", "Assets:UnionPay"),
            ecny: AccountCode::new("101204", "其他货币资金-数字人民币", "Assets:ECNY"),
            bank: AccountCode::new("1002", "银行存款", "Assets:Bank"),
            cash: AccountCode::new("1001", "库存现金", "Assets:Cash"),
            sales: AccountCode::new("5001", "主营业务收入", "Income:Sales"),
            refunds: None,
            fees: AccountCode::new("560303", "财务费用-手续费", "Expenses:Fees"),
            currency: "CNY".to_owned(),
            voucher_word: "记".to_owned(),
            preparer: String::new(),
            book: "001".to_owned(),
            organisation: "100".to_owned(),
        }
    }
}

impl Accounts {
    /// Where the money of a channel lies.
    pub fn of(&self, channel: Channel) -> &AccountCode {
        match channel {
            Channel::Wechat => &self.wechat,
            Channel::Alipay => &self.alipay,
            Channel::Unionpay => &self.unionpay,
            Channel::Ecny => &self.ecny,
            Channel::Bank => &self.bank,
            Channel::Cash => &self.cash,
        }
    }

    /// Every account with the name of its setting.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &AccountCode)> {
        let channels = Channel::ALL.into_iter().map(|channel| (channel.as_str(), self.of(channel)));
        let others = [("sales", &self.sales), ("fees", &self.fees)];
        channels.chain(others).chain(self.refunds.as_ref().map(|account| ("refunds", account)))
    }

    /// Refuses what the preset's program would refuse, before anything is written.
    pub(crate) fn check(&self, preset: Preset) -> Result<(), ExportError> {
        let bad_option = |what, value: &str| Err(ExportError::BadOption { what, value: value.to_owned() });
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return bad_option("currency", &self.currency);
        }
        for (what, account) in self.all() {
            let (name, complaint) = match preset {
                Preset::Beancount => (&account.ledger, beancount_complaint(&account.ledger)),
                Preset::Ledger | Preset::Gnucash => (&account.ledger, path_complaint(&account.ledger)),
                Preset::Kingdee | Preset::KingdeeCloud | Preset::Yonyou | Preset::YonyouTxt => {
                    (&account.code, code_complaint(&account.code))
                }
                _ => continue,
            };
            if let Some(reason) = complaint {
                return Err(ExportError::BadAccount { what, name: name.clone(), reason });
            }
        }
        if matches!(preset, Preset::Kingdee | Preset::KingdeeCloud | Preset::Yonyou | Preset::YonyouTxt) {
            let word = &self.voucher_word;
            if word.is_empty() || word.chars().count() > 8 || word.chars().any(|c| c.is_control() || c == ',') {
                return bad_option("voucher_word", word);
            }
        }
        Ok(())
    }
}

/// beancount: a Latin root, then parts that begin with an upper-case Latin letter or a digit; other scripts only after
/// that (tried with `bean-check` 3.2).
fn beancount_complaint(name: &str) -> Option<&'static str> {
    let mut parts = name.split(':');
    if !matches!(parts.next(), Some("Assets" | "Liabilities" | "Equity" | "Income" | "Expenses")) {
        return Some("it begins with Assets:, Liabilities:, Equity:, Income: or Expenses:");
    }
    let mut any = false;
    for part in parts {
        any = true;
        let mut letters = part.chars();
        if !letters.next().is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) {
            return Some("each part begins with an upper-case Latin letter or a digit");
        }
        if !letters.all(|c| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphanumeric())) {
            return Some("a part has letters, digits and hyphens only");
        }
    }
    (!any).then_some("a root alone is no account")
}

/// ledger, hledger, GnuCash: parts of any script; two spaces would end the name, `;` begins a comment, and brackets
/// make a virtual posting.
fn path_complaint(name: &str) -> Option<&'static str> {
    if name.split(':').any(|part| part.is_empty() || part.trim() != part) {
        return Some("no part is empty or begins or ends with a space");
    }
    if name.contains("  ") || name.chars().any(|c| c.is_control() || matches!(c, ';' | '"' | '\u{2028}' | '\u{2029}')) {
        return Some("no double spaces, semicolons, quotes or line breaks");
    }
    name.starts_with(['(', '[', '*', '!', '=', '~', '%', '#', '|', '@', '-', '+'])
        .then_some("it begins with a letter or a digit")
}

fn code_complaint(code: &str) -> Option<&'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    (code.is_empty() || code.len() > 40 || !code.bytes().all(plain))
        .then_some("a code has digits, letters and . - _ only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_suits_every_preset() {
        for preset in Preset::ALL {
            Accounts::default().check(*preset).unwrap();
        }
    }

    #[test]
    fn a_bad_account_is_named() {
        let with =
            |ledger: &str, code: &str| Accounts { wechat: AccountCode::new(code, "", ledger), ..Accounts::default() };
        for name in [
            "Assets:微信",
            "资产:微信",
            "Assets",
            "Assets:",
            "assets:WeChat",
            "Assets:we",
            "Assets:We Chat",
            "Assets:A:",
        ] {
            let error = with(name, "1").check(Preset::Beancount).unwrap_err();
            assert_eq!(error.id(), "bad_account");
            assert!(error.to_string().contains(name) && error.to_string().contains("wechat"), "{error}");
        }
        for name in ["Assets:Wx微信", "Assets:1微信", "Assets:WeChat:Shop-1", "Equity:0"] {
            with(name, "1").check(Preset::Beancount).unwrap();
        }
        with("资产:微信", "1").check(Preset::Ledger).unwrap();
        for name in ["", "资产:", "a  b", "a;b", "a\nb", "(a)"] {
            assert_eq!(with(name, "1").check(Preset::Ledger).unwrap_err().id(), "bad_account", "{name:?}");
        }
        for code in ["", "10 12", "1012,01", "一", "1\n2"] {
            assert_eq!(with("Assets:A", code).check(Preset::YonyouTxt).unwrap_err().id(), "bad_account", "{code:?}");
        }
        let odd = Accounts { currency: "人民币".to_owned(), ..Accounts::default() };
        assert_eq!(odd.check(Preset::Xero).unwrap_err().id(), "bad_option");
    }

    #[test]
    fn settings_without_the_newer_fields_read_with_defaults() {
        let read: Accounts = serde_json::from_str(r#"{"voucher_word":"收"}"#).unwrap();
        assert_eq!(read, Accounts { voucher_word: "收".to_owned(), ..Accounts::default() });
    }
}
