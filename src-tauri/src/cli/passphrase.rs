//! The passphrase of the contracts' keys on the command line. Never as an argument: other people's process lists would
//! show it.

use std::io::IsTerminal;
use std::path::Path;

use till_engine::api::{Code, GatewaySafe, Request, Secret};

use super::pin::typed;
use super::{Desk, Said, read_text};
use crate::args::SetPassphrase;
use crate::fault::Fault;
use crate::words::say;

/// How the keys are locked up.
pub(super) fn standing(safe: GatewaySafe) -> &'static str {
    match safe {
        GatewaySafe::Keychain => say("密钥由系统钥匙串保管", "Keys are kept by the system's keychain"),
        GatewaySafe::Practice => say(
            "练习模式：密钥在数据目录的加密文件里，解密的钥匙就在旁边",
            "Practice: keys are in an encrypted file of the data directory, with its key beside it",
        ),
        GatewaySafe::NoPassphrase => say(
            "这台电脑没有系统钥匙串，密钥要用口令锁住：请先用 set-passphrase 设一个",
            "This computer has no keychain, so keys are locked with a passphrase: choose one with set-passphrase",
        ),
        GatewaySafe::Locked => {
            say("合约已锁：用 unlock-contracts 输入口令", "Contracts are locked: open them with unlock-contracts")
        }
        GatewaySafe::Open => say("密钥用口令锁住，现在已打开", "Keys are locked with a passphrase, and open now"),
    }
}

/// The passphrase: from the file that was named, else from whoever sits at the terminal.
fn passphrase(file: Option<&Path>, prompt: &str) -> Result<Secret, Fault> {
    match file {
        Some(file) => Ok(Secret(read_text(file)?)),
        None if std::io::stdin().is_terminal() => Ok(Secret(typed(prompt)?)),
        None => {
            let message = say(
                "请在终端里输入，或给出文件（- 为标准输入）。",
                "Type it at a terminal, or name a file (- is stdin).",
            );
            Err(Fault::new(Code::Invalid, message))
        }
    }
}

pub(super) async fn set(desk: &Desk, new: SetPassphrase) -> Said {
    let both = [&new.file, &new.old_file].into_iter().flatten().filter(|file| *file == Path::new("-"));
    if both.count() > 1 {
        let message = say("标准输入只能给一个口令。", "Only one passphrase can come from stdin.");
        return Err(Fault::new(Code::Invalid, message));
    }
    let old = match new.change {
        true => Some(passphrase(new.old_file.as_deref(), say("原来的口令：", "The old passphrase: "))?),
        false => None,
    };
    let chosen = passphrase(new.file.as_deref(), say("新口令：", "The new passphrase: "))?;
    if new.file.is_none() && Secret(typed(say("再输一次：", "Once more: "))?) != chosen {
        return Err(Fault::new(Code::Invalid, say("两次输入的不一样。", "The two are not the same.")));
    }
    let request = Request::SetPassphrase { request_id: desk.id(), old, passphrase: chosen };
    desk.show(request, |safe: GatewaySafe| standing(safe).to_owned()).await
}

pub(super) async fn unlock(desk: &Desk, file: Option<&Path>) -> Said {
    let passphrase = passphrase(file, say("口令：", "Passphrase: "))?;
    desk.show(Request::UnlockContracts { passphrase }, |safe: GatewaySafe| standing(safe).to_owned()).await
}

pub(super) async fn forget(desk: &Desk) -> Said {
    let request = Request::ForgetPassphrase { request_id: desk.id() };
    desk.show(request, |safe: GatewaySafe| standing(safe).to_owned()).await
}
