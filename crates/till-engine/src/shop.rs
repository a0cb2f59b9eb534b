//! Settings: checked as a whole, saved as a whole.

use jiff::tz::TimeZone;
use till_core::Fen;

use crate::api::{ApiError, Code, Event, Settings};
use crate::state::{Shop, State, set};
use crate::{display, words};

const DAY_MS: i64 = 86_400_000;
const LONGEST_NAME: usize = 40;
const MOST_TAIL: i64 = 1_000;

/// Settings with what is derived from them; an unknown zone falls back to the system's.
pub(crate) fn derive(settings: Settings) -> Shop {
    let zone = till_core::day::zone(&settings.time_zone).unwrap_or_else(TimeZone::system);
    Shop { settings, zone }
}

fn check(s: &Settings) -> Result<(), (&'static str, &'static str, &'static str)> {
    let no = |field, zh, en| Err((field, zh, en));
    if s.shop_name.chars().count() > LONGEST_NAME {
        return no("shop_name", "店名最多 40 字", "The shop name has at most 40 characters");
    }
    if !s.time_zone.is_empty() && till_core::day::zone(&s.time_zone).is_none() {
        return no("time_zone", "没有这个时区", "There is no such time zone");
    }
    if s.day_starts_at > 12 {
        return no("day_starts_at", "切日时间在 0 到 12 点之间", "The day starts between 0 and 12 o'clock");
    }
    if !(1_000..=DAY_MS).contains(&s.ticket_ttl_ms) {
        return no(
            "ticket_ttl_ms",
            "等待付款的时间在 1 秒到 24 小时之间",
            "A ticket waits between 1 second and 24 hours",
        );
    }
    if !(1_000..=DAY_MS).contains(&s.cooldown_expired_ms) || !(1_000..=DAY_MS).contains(&s.cooldown_paid_ms) {
        return no(
            "cooldown_expired_ms",
            "冷却时间在 1 秒到 24 小时之间",
            "A cool-down lasts between 1 second and 24 hours",
        );
    }
    if !(Fen::ZERO.get()..=MOST_TAIL).contains(&s.tail_max_fen.get()) {
        return no("tail_max_fen", "尾数范围在 0 到 10 元之间", "The tail is between 0 and 10 yuan");
    }
    if s.listen_host.parse::<std::net::IpAddr>().is_err() {
        return no("listen_host", "监听地址要是一个 IP", "The interface must be an IP address");
    }
    if s.listen_port == 0 {
        return no("listen_port", "端口在 1 到 65535 之间", "The port is between 1 and 65535");
    }
    if !(10_000..=DAY_MS).contains(&s.phone_late_ms) || !(s.phone_late_ms..=DAY_MS).contains(&s.phone_offline_ms) {
        return no("phone_offline_ms", "手机离线的时间要比迟到的时间长", "A phone is offline after it is late");
    }
    if s.backup.daily_hour.is_some_and(|hour| hour > 23) {
        return no("backup.daily_hour", "备份时间在 0 到 23 点之间", "The daily backup is between 0 and 23 o'clock");
    }
    if s.backup.keep_days == 0 {
        return no("backup.keep_days", "至少保留一天的备份", "At least one day of backups is kept");
    }
    if !s.backup.second_folder.is_empty() && !std::path::Path::new(&s.backup.second_folder).is_absolute() {
        return no("backup.second_folder", "第二备份文件夹要写完整路径", "The second folder needs its whole path");
    }
    if s.volume > 100 {
        return no("volume", "音量在 0 到 100 之间", "The volume is between 0 and 100");
    }
    Ok(())
}

impl State {
    pub(crate) async fn save_settings(
        &self,
        actor: &str,
        request_id: &str,
        mut settings: Settings,
    ) -> Result<Settings, ApiError> {
        settings.shop_name = settings.shop_name.trim().to_owned();
        settings.backup.second_folder = settings.backup.second_folder.trim().to_owned();
        if let Err((field, zh, en)) = check(&settings) {
            let mut error = words::error(settings.lang, Code::Invalid, zh, en);
            error.details = Some(serde_json::json!({ "field": field }));
            return Err(error);
        }
        let text = serde_json::to_string(&settings).unwrap_or_default();
        let saved = self.store.set_setting(Some(request_id), "settings", text, false, self.now(), actor).await;
        saved.map_err(|e| self.store_error(e))?;
        // A repeated request id saved nothing: what counts is what is stored.
        let stored = load(&self.store).await.map_err(|e| self.store_error(e))?;
        set(&self.shop, derive(stored.clone()));
        self.emit(Event::SettingsChanged {});
        display::announce(self);
        Ok(stored)
    }
}

/// The stored settings. Fields that an older version did not know get their defaults.
pub(crate) async fn load(store: &till_store::Store) -> Result<Settings, till_store::StoreError> {
    let Some(text) = store.setting("settings").await? else { return Ok(Settings::default()) };
    serde_json::from_str(&text).map_err(|e| till_store::StoreError::Corrupt(e.to_string()))
}
