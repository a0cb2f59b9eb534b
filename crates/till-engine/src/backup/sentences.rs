//! What is said about backups and damage, in both languages.

use till_store::Damage;

use super::make::Trouble;
use crate::api::Lang;
use crate::words::say;

pub(crate) fn damage(lang: Lang, cause: &Damage) -> String {
    match cause {
        Damage::Missing => say(lang, "找不到这个文件", "There is no such file"),
        Damage::Unreadable(_) => {
            say(lang, "这个文件读不出来，请检查磁盘和权限", "The file cannot be read; check the disk and its rights")
        }
        Damage::Unwritable(_) => say(
            lang,
            "备份写不进去，请检查磁盘空间和权限",
            "The copy cannot be written; check the room on the disk and its rights",
        ),
        Damage::Foreign(_) => say(
            lang,
            "这不是钱台的数据文件，或者它的结构被改动过",
            "This is no database of Qiantai, or its structure was changed",
        ),
        Damage::Newer => say(
            lang,
            "这个文件由更新版本的钱台写入，请先升级程序",
            "The file was written by a newer version of Qiantai; update the program first",
        ),
        Damage::Damaged(_) => say(lang, "数据文件损坏", "The database file is damaged"),
        Damage::Journal(row) => match lang {
            Lang::Zh => format!("流水账第 {row} 行被改动或损坏"),
            Lang::En => format!("Row {row} of the journal was changed or damaged"),
        },
        Damage::Stopped => say(lang, "中途停止了", "It was stopped on the way"),
    }
}

pub(crate) fn trouble(lang: Lang, cause: &Trouble) -> String {
    match cause {
        Trouble::Damage(cause) => damage(lang, cause),
        Trouble::Folder { path, cause } => {
            let path = path.parent().unwrap_or(path).display();
            match lang {
                Lang::Zh => format!("写不进或读不出 {path}，请检查磁盘空间和权限：{cause}"),
                Lang::En => format!("{path} cannot be written or read; check the room and its rights: {cause}"),
            }
        }
        Trouble::OtherHash { .. } => say(
            lang,
            "这个文件和备份时记下的不一样，可能损坏或被改动",
            "The file is not the one that was noted when it was made; it is damaged or was changed",
        ),
        Trouble::Unplugged(folder) => {
            let folder = folder.display();
            match lang {
                Lang::Zh => format!("第二备份文件夹 {folder} 不在，U 盘可能没有插上"),
                Lang::En => format!("The second folder {folder} is not there; the stick may not be plugged in"),
            }
        }
    }
}

/// The copy is made, but not in the second folder.
pub(crate) fn second_failed(lang: Lang, cause: &Trouble) -> String {
    let cause = trouble(lang, cause);
    match lang {
        Lang::Zh => format!("备份已做好，但没有存到第二个文件夹：{cause}"),
        Lang::En => format!("The backup is made, but not in the second folder: {cause}"),
    }
}

pub(crate) fn older_schema(lang: Lang) -> String {
    say(lang, "由旧版本写入，恢复时会自动升级", "Written by an older version; a restore brings it up to date")
}

pub(crate) fn tolerated(lang: Lang) -> String {
    say(lang, "备份时流水账已有损坏，其余完好", "Made while the journal was damaged already; sound otherwise")
}

pub(crate) fn kept_aside(lang: Lang) -> String {
    say(lang, "恢复时留下的旧数据", "What a restore replaced")
}

/// The running till met damage.
pub(crate) fn met_damage(lang: Lang, cause: &str) -> String {
    match lang {
        Lang::Zh => format!("数据文件损坏，请尽快备份并恢复：{cause}"),
        Lang::En => format!("The database file is damaged; restore a backup soon: {cause}"),
    }
}

/// A prepared restore was dropped.
pub(crate) fn restore_undone(lang: Lang) -> String {
    say(
        lang,
        "上次准备的恢复没有进行（过期或文件变了），数据没有改动，请重新恢复",
        "The prepared restore was not made (too old, or its file changed). Nothing was replaced; prepare it again",
    )
}
