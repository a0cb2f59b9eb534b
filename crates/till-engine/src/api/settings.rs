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
            phone_late_ms: 90_000,
            phone_offline_ms: 180_000,
            alert_paid: true,
            alert_inbox: true,
            alert_phone: true,
            sound: true,
            volume: 80,
        }
    }
}
