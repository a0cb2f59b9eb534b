use serde::{Deserialize, Serialize};
use till_core::Fen;
pub use till_core::{due::TailDirection, price::Rounding};

/// Language of the screens and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Lang {
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// All settings of a shop. Unknown keys are refused; each field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Settings {
    /// The name on both screens.
    pub shop_name: String,
    /// Language.
    pub lang: Lang,
    /// Theme of the till.
    pub theme: Theme,
    /// Counter screen in light colours instead of navy.
    pub display_light: bool,
    /// IANA time zone of the shop; empty means the system's.
    pub time_zone: String,
    /// Hour (0–12) at which a new business day starts.
    pub day_starts_at: u8,
    /// Time a ticket waits, in ms (default 3 minutes).
    pub ticket_ttl_ms: i64,
    /// How long an amount stays occupied after expiry or cancel, in ms (default 10 minutes).
    pub cooldown_expired_ms: i64,
    /// How long an amount stays occupied after payment, in ms (default 60 s).
    pub cooldown_paid_ms: i64,
    /// Which way a due amount may differ.
    pub tail_direction: TailDirection,
    /// The most a due amount may differ from the price.
    pub tail_max_fen: Fen,
    /// 抹零.
    pub rounding: Rounding,
    /// A till that counts from cents: typing 1500 means 15.00.
    pub cents_first: bool,
    /// The interface the LAN port listens on.
    pub listen_host: String,
    /// The LAN port.
    pub listen_port: u16,
    /// How customers' browsers reach this till from outside (`https://pay.example.com`); empty: as the request says.
    pub public_url: String,
    /// Phone is late (amber) after this silence, in ms.
    pub phone_late_ms: i64,
    /// Phone is offline (red) after this silence, in ms.
    pub phone_offline_ms: i64,
    /// Desktop alert on payment.
    pub alert_paid: bool,
    /// Desktop alert on a late or unmatched payment.
    pub alert_inbox: bool,
    /// Desktop alert when a phone falls silent.
    pub alert_phone: bool,
    /// Chime on payment.
    pub sound: bool,
    /// Chime volume, 0–100.
    pub volume: u8,
    /// The till locks itself after this time without a key or a touch, in ms; 0: never. Only when guarded.
    pub auto_lock_ms: i64,
    /// The owner's figures are covered again after this time, in ms.
    pub reveal_ms: i64,
    /// Account codes for the bookkeeping files.
    pub books: Books,
    /// Backups.
    pub backup: BackupSettings,
    /// The nightly export.
    pub nightly: NightlySettings,
}

/// One account in the shop's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BookAccount {
    /// 科目编码.
    pub code: String,
    /// 科目名称.
    pub name: String,
    /// Name in plain-text books, as `Assets:WeChat`.
    pub ledger: String,
}

/// Account codes and words for the bookkeeping files. The defaults follow 小企业会计准则.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Books {
    /// Money on WeChat Pay.
    pub wechat: BookAccount,
    /// Money on Alipay.
    pub alipay: BookAccount,
    /// Money on UnionPay.
    pub unionpay: BookAccount,
    /// Digital yuan.
    pub ecny: BookAccount,
    /// Money at the bank.
    pub bank: BookAccount,
    /// Notes and coins.
    pub cash: BookAccount,
    /// Sales.
    pub sales: BookAccount,
    /// Fees of the channels.
    pub fees: BookAccount,
    /// 凭证字.
    pub voucher_word: String,
    /// 制单人.
    pub preparer: String,
}

/// When and where copies of the database are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BackupSettings {
    /// After closing the day.
    pub on_close: bool,
    /// Hour of the shop's clock (0–23) for the daily copy; null: none. Missed while off: made at the next start.
    pub daily_hour: Option<u8>,
    /// Copies kept of the last days, weeks and months.
    pub keep_days: u8,
    /// See `keep_days`.
    pub keep_weeks: u8,
    /// See `keep_days`.
    pub keep_months: u8,
    /// Each copy goes here as well (a USB stick, another disk); empty: nowhere.
    pub second_folder: String,
}

impl Default for BackupSettings {
    fn default() -> BackupSettings {
        BackupSettings {
            on_close: true,
            daily_hour: Some(3),
            keep_days: 7,
            keep_weeks: 4,
            keep_months: 12,
            second_folder: String::new(),
        }
    }
}

/// Files written every night for the day before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NightlySettings {
    /// Whether.
    pub enabled: bool,
    /// Where to.
    pub folder: String,
    /// Minutes after the start of a business day; the day before is written then, or at the next start.
    pub after_minutes: u16,
    /// Which tables, in which shape.
    pub files: Vec<NightlyFile>,
}

impl Default for NightlySettings {
    fn default() -> NightlySettings {
        let file = NightlyFile { table: super::ExportTable::Sales, preset: super::ExportPreset::Xlsx };
        NightlySettings { enabled: false, folder: String::new(), after_minutes: 10, files: vec![file] }
    }
}

/// One file of the nightly export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NightlyFile {
    /// Which rows.
    pub table: super::ExportTable,
    /// In which shape.
    pub preset: super::ExportPreset,
}

impl Default for Books {
    fn default() -> Books {
        let account = |code: &str, name: &str, ledger: &str| BookAccount {
            code: code.into(),
            name: name.into(),
            ledger: ledger.into(),
        };
        Books {
            wechat: account("101201", "其他货币资金-微信", "Assets:WeChat"),
            alipay: account("101202", "其他货币资金-支付宝", "Assets:Alipay"),
            unionpay: account("101203", "其他货币资金-云闪付", "Assets:UnionPay"),
            ecny: account("101204", "其他货币资金-数字人民币", "Assets:ECNY"),
            bank: account("1002", "银行存款", "Assets:Bank"),
            cash: account("1001", "库存现金", "Assets:Cash"),
            sales: account("5001", "主营业务收入", "Income:Sales"),
            fees: account("560303", "财务费用-手续费", "Expenses:Fees"),
            voucher_word: "记".into(),
            preparer: String::new(),
        }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        let fen = |n| Fen::new(n).unwrap_or(Fen::ZERO);
        Settings {
            shop_name: String::new(),
            lang: Lang::Zh,
            theme: Theme::System,
            display_light: false,
            time_zone: String::new(),
            day_starts_at: 0,
            ticket_ttl_ms: 180_000,
            cooldown_expired_ms: 600_000,
            cooldown_paid_ms: 60_000,
            tail_direction: TailDirection::Down,
            tail_max_fen: fen(50),
            rounding: Rounding::None,
            cents_first: false,
            listen_host: "0.0.0.0".into(),
            listen_port: 5921,
            public_url: String::new(),
            phone_late_ms: 90_000,
            phone_offline_ms: 180_000,
            alert_paid: true,
            alert_inbox: true,
            alert_phone: true,
            sound: true,
            volume: 80,
            auto_lock_ms: 300_000,
            reveal_ms: 120_000,
            books: Books::default(),
            backup: BackupSettings::default(),
            nightly: NightlySettings::default(),
        }
    }
}
