//! Why the program ends without having done what was asked: the message and the exit code.

use till_engine::OpenError;
use till_engine::api::{ApiError, Code};

use crate::words::say;

/// Under this name the details of an error hold what a person can choose from.
pub const RECOVERY: &str = "recovery";

/// An error that ends the program.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Fault(pub ApiError);

impl Fault {
    /// A fault with a message of our own.
    pub fn new(code: Code, message: impl Into<String>) -> Fault {
        Fault(ApiError::new(code, message))
    }

    /// The database does not open by itself: a person has to choose.
    pub fn needs_recovery(&self) -> bool {
        self.0.details.as_ref().is_some_and(|details| details.get(RECOVERY).is_some())
    }

    /// 2 usage, 3 in use or unavailable, 4 not found, 5 conflict, 6 the database needs a person's choice, 1 anything
    /// else.
    pub fn exit(&self) -> u8 {
        match self.0.code {
            _ if self.needs_recovery() => 6,
            Code::Invalid => 2,
            Code::Unavailable => 3,
            Code::NotFound => 4,
            Code::Conflict => 5,
            _ => 1,
        }
    }
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Fault {
        Fault(error)
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Fault {
        let message = match &error {
            OpenError::InUse => {
                say("数据目录正被另一个钱台使用。".into(), "The data directory is in use by another till.".into())
            }
            OpenError::Newer => say(
                "数据由更新版本的钱台写入，请先升级程序。".into(),
                "The data was written by a newer version of Qiantai; update the program first.".into(),
            ),
            OpenError::Backup(cause) => say(
                format!("升级数据前的备份失败，未作任何改动：{cause}"),
                format!("Copying the database before updating it failed; nothing was changed: {cause}"),
            ),
            OpenError::Missing => say(
                "数据文件不见了，但这里曾经有过账。".into(),
                "The database is gone although this till has been in use.".into(),
            ),
            OpenError::Behind(rows) => say(
                format!("数据文件比上次用的旧，流水账少了 {rows} 行。"),
                format!("The database is older than the one used last: {rows} rows of its journal are missing."),
            ),
            OpenError::Broken(cause) => {
                say(format!("数据库无法打开：{cause}"), format!("The database cannot be opened: {cause}"))
            }
            OpenError::Dir(cause) => {
                say(format!("数据目录无法使用：{cause}"), format!("The data directory cannot be used: {cause}"))
            }
        };
        Fault::new(Code::Unavailable, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_exit_code() {
        let exits = [
            (Code::Invalid, 2),
            (Code::Unavailable, 3),
            (Code::NotFound, 4),
            (Code::Conflict, 5),
            (Code::Internal, 1),
            (Code::PoolExhausted, 1),
            (Code::NoCode, 1),
            (Code::NoQr, 1),
        ];
        for (code, exit) in exits {
            assert_eq!(Fault::new(code, "x").exit(), exit, "{code:?}");
        }
        assert_eq!(Fault::from(OpenError::InUse).exit(), 3);
        let mut choice = Fault::from(OpenError::Missing);
        assert_eq!(choice.exit(), 3);
        choice.0.details = Some(serde_json::json!({ RECOVERY: {} }));
        assert_eq!(choice.exit(), 6);
    }
}
