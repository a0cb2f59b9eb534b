//! Sentences about how the contracts' keys are locked up.

use serde_json::json;

use super::check::about;
use crate::api::{ApiError, Code, GatewaySafe, Lang};
use crate::secrets::lock::Unfit;
use crate::words::{error, say};

/// The secrets wait for the passphrase.
pub(super) fn locked(lang: Lang) -> String {
    say(
        lang,
        "合约已锁，密钥要用口令打开。输入口令后就能收款",
        "The contracts are locked: a passphrase opens their keys. Payments go on once it is entered",
    )
}

/// The same, to whoever wants something of a contract.
pub(super) fn is_locked(lang: Lang) -> ApiError {
    let mut error = ApiError::new(Code::Conflict, locked(lang));
    error.details = Some(json!({ "safe": GatewaySafe::Locked }));
    error
}

/// Keys are not kept in the open.
pub(super) fn no_passphrase(lang: Lang) -> ApiError {
    let (zh, en) = (
        "这台电脑没有系统钥匙串，密钥要用口令锁住。请先在设置 → 商户合约里设一个口令，什么都没有改变",
        "This computer has no keychain, so keys are locked with a passphrase. Choose one first, in Settings → Contracts; nothing was changed",
    );
    let mut error = error(lang, Code::Conflict, zh, en);
    error.details = Some(json!({ "safe": GatewaySafe::NoPassphrase }));
    error
}

/// There is a keychain, so no passphrase is wanted.
pub(super) fn keychain_keeps(lang: Lang) -> ApiError {
    let (zh, en) =
        ("密钥由系统钥匙串保管，不用口令", "The system's keychain keeps the keys; there is no passphrase here");
    error(lang, Code::Conflict, zh, en)
}

/// Nothing in practice is worth a passphrase.
pub(super) fn practice_keeps(lang: Lang) -> ApiError {
    let (zh, en) = ("练习模式不用口令", "There is no passphrase in practice");
    error(lang, Code::Conflict, zh, en)
}

/// The keys were sealed where there was a keychain.
pub(super) fn keychain_elsewhere(lang: Lang) -> ApiError {
    let (zh, en) = (
        "已有的密钥是由系统钥匙串锁住的，而这次启动没有钥匙串，什么都没有改变。请在有钥匙串时启动；换了电脑的话，把数据目录里的 contracts.bin 移走，再设口令、重新填写密钥",
        "The keys that are here were locked by a keychain, and this start has none; nothing was changed. Start with the keychain. On another computer, move contracts.bin out of the data directory, choose a passphrase and enter the keys again",
    );
    error(lang, Code::Conflict, zh, en)
}

/// It cannot be chosen.
pub(super) fn unfit_passphrase(lang: Lang, why: Unfit) -> ApiError {
    let (zh, en) = match why {
        Unfit::Short => ("口令太短，至少 8 个字符", "Too short: a passphrase has at least 8 characters"),
        Unfit::Long => ("口令太长，最多 256 个字符", "Too long: a passphrase has at most 256 characters"),
        Unfit::Control => ("口令只能有一行，不能有制表符", "A passphrase is one line, without tabs"),
    };
    about(lang, "passphrase", zh, en)
}

/// The lock stays shut. `field`: which of them was wrong.
pub(super) fn wrong_passphrase(lang: Lang, field: &str) -> ApiError {
    let (zh, en) = match field {
        "old" => ("原来的口令不对，什么都没有改变", "The old passphrase is wrong; nothing was changed"),
        _ => ("口令不对", "Wrong passphrase"),
    };
    let mut error = error(lang, Code::NeedsPassword, zh, en);
    error.details = Some(json!({ "field": field, "wrong": true }));
    error
}

/// There is one already.
pub(super) fn old_passphrase_missing(lang: Lang) -> ApiError {
    let (zh, en) =
        ("已经有口令了。要换口令，请输入原来的口令", "There is a passphrase already. To change it, enter the old one");
    let mut error = error(lang, Code::NeedsPassword, zh, en);
    error.details = Some(json!({ "field": "old", "wrong": false }));
    error
}

/// The file with the locked key does not read.
pub(super) fn bad_lock(lang: Lang) -> ApiError {
    let (zh, en) = (
        "锁住密钥的文件（contracts.lock）读不了，可能损坏或被改动。请检查磁盘；找不回来的话，放弃旧口令，重新填写密钥",
        "The file that locks the keys up (contracts.lock) does not read; it is damaged or was changed. Check the disk. If it is lost, give up the old passphrase and enter the keys again",
    );
    error(lang, Code::Unavailable, zh, en)
}

/// Nothing is locked.
pub(super) fn nothing_to_forget(lang: Lang) -> ApiError {
    let (zh, en) =
        ("合约没有锁着，没有要放弃的口令", "The contracts are not locked; there is no passphrase to give up");
    error(lang, Code::Conflict, zh, en)
}

/// What is said when the file with contracts' secrets cannot even be put aside.
pub(super) const DAMAGED: (&str, &str) = (
    "密钥文件读写不了，什么都没有改变。请检查磁盘空间和权限",
    "The file of secrets cannot be read or written; nothing was changed. Check the disk and its rights",
);
