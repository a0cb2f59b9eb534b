//! Settings: checked as a whole, saved as a whole.

use std::path::Path;

use jiff::tz::TimeZone;
use till_core::Fen;

use crate::api::{ApiError, BackupSettings, Books, Code, Event, NightlySettings, Settings};
use crate::state::{Shop, State, set};
use crate::{display, words};

const DAY_MS: i64 = 86_400_000;
const LONGEST_NAME: usize = 40;
const MOST_TAIL: i64 = 1_000;
const HOUR_MS: i64 = 3_600_000;
const LONGEST_LEDGER: usize = 80;
const MOST_NIGHTLY_FILES: usize = 8;

/// Settings with what is derived from them; an unknown zone falls back to the system's.
pub(crate) fn derive(settings: Settings) -> Shop {
    let zone = till_core::day::zone(&settings.time_zone).unwrap_or_else(TimeZone::system);
    Shop { settings, zone }
}

fn check(s: &Settings) -> Checked {
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
    if crate::programs::public_address(&s.public_url).is_none() {
        return no(
            "public_url",
            "公开地址要像 https://pay.example.com，只有协议和主机名",
            "The public address looks like https://pay.example.com: a scheme and a host, nothing more",
        );
    }
    if !(10_000..=DAY_MS).contains(&s.phone_late_ms) || !(s.phone_late_ms..=DAY_MS).contains(&s.phone_offline_ms) {
        return no("phone_offline_ms", "手机离线的时间要比迟到的时间长", "A phone is offline after it is late");
    }
    if s.volume > 100 {
        return no("volume", "音量在 0 到 100 之间", "The volume is between 0 and 100");
    }
    if s.auto_lock_ms != 0 && !(10_000..=DAY_MS).contains(&s.auto_lock_ms) {
        return no(
            "auto_lock_ms",
            "自动锁定的时间在 10 秒到 24 小时之间，0 表示不自动锁定",
            "The till locks itself after 10 seconds to 24 hours; 0 means never",
        );
    }
    if !(10_000..=HOUR_MS).contains(&s.reveal_ms) {
        return no(
            "reveal_ms",
            "数字显示的时间在 10 秒到 1 小时之间",
            "The figures stay uncovered for 10 seconds to 1 hour",
        );
    }
    check_books(&s.books)?;
    check_backup(&s.backup)?;
    check_nightly(&s.nightly)
}

type Checked = Result<(), (&'static str, &'static str, &'static str)>;

fn is_text(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control)
}

/// A name as plain-text books take it: `Assets:WeChat`, each part beginning with a capital, a digit or a character
/// beyond ASCII, and going on with letters, digits and hyphens.
fn is_ledger_name(name: &str) -> bool {
    let part = |part: &str| {
        let begins = part.chars().next().is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || !c.is_ascii());
        begins && part.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    name.contains(':') && name.chars().count() <= LONGEST_LEDGER && name.split(':').all(part)
}

fn check_books(books: &Books) -> Checked {
    let accounts = [
        ("books.wechat", &books.wechat),
        ("books.alipay", &books.alipay),
        ("books.unionpay", &books.unionpay),
        ("books.ecny", &books.ecny),
        ("books.bank", &books.bank),
        ("books.cash", &books.cash),
        ("books.sales", &books.sales),
        ("books.fees", &books.fees),
    ];
    for (field, account) in accounts {
        if !is_text(&account.code, LONGEST_NAME) {
            return Err((field, "科目编码要 1 到 40 字", "An account code has 1 to 40 characters"));
        }
        if !is_text(&account.name, LONGEST_LEDGER) {
            return Err((field, "科目名称要 1 到 80 字", "An account name has 1 to 80 characters"));
        }
        if !is_ledger_name(&account.ledger) {
            return Err((
                field,
                "文本账本的科目要像 Assets:WeChat：用冒号分段，每段以大写字母、数字或汉字开头",
                "A ledger account looks like Assets:WeChat: parts between colons, each beginning with a capital or a digit",
            ));
        }
    }
    if !is_text(&books.voucher_word, 10) {
        return Err(("books.voucher_word", "凭证字要 1 到 10 字", "The voucher word has 1 to 10 characters"));
    }
    if !books.preparer.is_empty() && !is_text(&books.preparer, LONGEST_NAME) {
        return Err(("books.preparer", "制单人最多 40 字", "The preparer's name has at most 40 characters"));
    }
    Ok(())
}

/// Empty, or a whole path of this computer.
fn is_folder(folder: &str) -> bool {
    folder.is_empty() || (Path::new(folder).is_absolute() && !folder.contains('\0'))
}

fn check_backup(backup: &BackupSettings) -> Checked {
    if backup.daily_hour.is_some_and(|hour| hour > 23) {
        return Err((
            "backup.daily_hour",
            "每天备份的时间在 0 到 23 点之间",
            "The daily backup is between 0 and 23 o'clock",
        ));
    }
    if backup.keep_days == 0 {
        return Err(("backup.keep_days", "至少保留一天的备份", "At least one day of backups is kept"));
    }
    if !is_folder(&backup.second_folder) {
        return Err(("backup.second_folder", "第二个备份文件夹要写完整路径", "The second folder needs a full path"));
    }
    Ok(())
}

fn check_nightly(nightly: &NightlySettings) -> Checked {
    if nightly.after_minutes > 1_439 {
        return Err(("nightly.after_minutes", "自动导出要在一天之内", "The nightly export is within a day"));
    }
    if nightly.files.len() > MOST_NIGHTLY_FILES || (nightly.enabled && nightly.files.is_empty()) {
        return Err(("nightly.files", "自动导出选 1 到 8 个文件", "The nightly export has 1 to 8 files"));
    }
    if !is_folder(&nightly.folder) {
        return Err(("nightly.folder", "自动导出的文件夹要写完整路径", "The nightly folder needs a full path"));
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
        if let Some(address) = crate::programs::public_address(&settings.public_url) {
            settings.public_url = address;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Settings)) -> Option<&'static str> {
        let mut settings = Settings::default();
        change(&mut settings);
        check(&settings).err().map(|(field, ..)| field)
    }

    #[test]
    fn what_a_shop_may_set() {
        assert_eq!(check(&Settings::default()), Ok(()));
        for fine in [0, 10_000, DAY_MS] {
            assert_eq!(refused(|s| s.auto_lock_ms = fine), None);
        }
        for wrong in [-1, 9_999, DAY_MS + 1, i64::MAX] {
            assert_eq!(refused(|s| s.auto_lock_ms = wrong), Some("auto_lock_ms"), "{wrong}");
        }
        for wrong in [0, 9_999, HOUR_MS + 1] {
            assert_eq!(refused(|s| s.reveal_ms = wrong), Some("reveal_ms"), "{wrong}");
        }
        for wrong in ["pay.example.com", "https://pay.example.com/till", "https://u:p@pay.example.com", "ftp://a"] {
            assert_eq!(refused(|s| s.public_url = wrong.into()), Some("public_url"), "{wrong}");
        }
        assert_eq!(refused(|s| s.public_url = "https://pay.example.com/".into()), None);
        assert_eq!(refused(|s| s.books.cash.code = " ".into()), Some("books.cash"));
        assert_eq!(refused(|s| s.books.fees.code = "9".repeat(41)), Some("books.fees"));
        assert_eq!(refused(|s| s.books.sales.name = "a\nb".into()), Some("books.sales"));
        assert_eq!(refused(|s| s.books.voucher_word.clear()), Some("books.voucher_word"));
        assert_eq!(refused(|s| s.backup.daily_hour = Some(24)), Some("backup.daily_hour"));
        assert_eq!(refused(|s| s.backup.keep_days = 0), Some("backup.keep_days"));
        assert_eq!(refused(|s| s.backup.second_folder = "stick".into()), Some("backup.second_folder"));
        assert_eq!(refused(|s| s.nightly.folder = "../books".into()), Some("nightly.folder"));
        assert_eq!(refused(|s| s.nightly.after_minutes = 1_440), Some("nightly.after_minutes"));
        assert_eq!(refused(|s| s.nightly.files = vec![s.nightly.files[0]; 9]), Some("nightly.files"));
    }

    #[test]
    fn ledger_names() {
        for fine in ["Assets:WeChat", "Income:Sales:2026", "资产:微信", "Assets:UnionPay-1", "Expenses:1Fee"] {
            assert!(is_ledger_name(fine), "{fine}");
        }
        for wrong in
            ["", "Assets", "Assets:", ":WeChat", "assets:WeChat", "Assets: WeChat", "Assets:We Chat", "A:B\n2026"]
        {
            assert!(!is_ledger_name(wrong), "{wrong:?}");
        }
    }
}
