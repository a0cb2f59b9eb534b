//! The command line: each command is one or two requests to a till, and a table of the answer.

mod backup;
mod check;
mod code;
mod device;
mod export;
mod gateway;
mod inbox;
mod passphrase;
mod pin;
mod program;
mod setting;
mod statement;
mod ticket;
mod via;

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use serde::de::DeserializeOwned;
use serde_json::Value;
use till_engine::api::{Code, Request};

use crate::args::{Args, Command, Common, Display, Practice};
use crate::fault::Fault;
use crate::output::{local, print_line};
use crate::till::{data_dir, make_dir};
use crate::words::say;
use via::Via;

/// What a command has to say.
pub type Said = Result<String, Fault>;

/// The way to the till, and how to print what comes back.
pub struct Desk {
    via: Via,
    json: bool,
    request_id: String,
    /// Who allows what a cashier may not do.
    by: Option<String>,
    pin_file: Option<PathBuf>,
}

/// Does one command.
pub async fn run(common: &Common, command: Command) -> Result<(), Fault> {
    let command = match command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "qiantai", &mut script);
            print_line(String::from_utf8_lossy(&script).trim_end());
            return Ok(());
        }
        // These read notices and files only: no till, no shop.
        Command::Rules(crate::args::Rules::Check { file, rules }) => {
            return check::notices(common.data.as_deref(), rules.as_deref(), &file);
        }
        Command::Rules(crate::args::Rules::Test { file }) => return check::rules_file(common.json, file.as_deref()),
        // These look at files and may find no database that opens.
        Command::CheckBackup { file } => return backup::check(common.json, file).await,
        Command::Doctor => return backup::doctor(common.json, &data_dir(common.data.as_deref())?).await,
        Command::Restore { file, yes } => {
            let dir = data_dir(common.data.as_deref())?;
            make_dir(&dir)?;
            return backup::restore(common, &dir, file, yes).await;
        }
        Command::Recover(how) => return backup::recover(common, &data_dir(common.data.as_deref())?, how).await,
        command => command,
    };
    let practice = common.practice || matches!(command, Command::Practice(_));
    let dir = data_dir(common.data.as_deref())?;
    make_dir(&dir)?;
    let via = Via::open(&dir, practice, common.passphrase_file.as_deref()).await?;
    let request_id = new_request_id(common);
    let (by, pin_file) = (common.approved_by.clone(), common.pin_file.clone());
    let desk = Desk { via, json: common.json, request_id, by, pin_file };
    let said = desk.run(command).await;
    desk.via.close().await;
    let text = said?;
    if !text.is_empty() {
        print_line(&text);
    }
    Ok(())
}

/// The id of this act: the one given, or a new one.
fn new_request_id(common: &Common) -> String {
    common.request_id.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

impl Desk {
    async fn run(&self, command: Command) -> Said {
        match command {
            Command::Device(command) => device::run(self, command).await,
            Command::Code(command) => code::run(self, command).await,
            Command::Ticket(command) => ticket::run(self, command).await,
            Command::Inbox(command) => inbox::run(self, command).await,
            Command::Rules(command) => check::run(self, command).await,
            Command::Settings(command) => setting::run(self, command).await,
            Command::Item(command) => setting::items(self, command).await,
            Command::ResetPin { name } => pin::reset(self, &name).await,
            Command::Export(args) => export::write(self, args).await,
            Command::Exports { limit } => export::list(self, limit).await,
            Command::Programs => program::list(self).await,
            Command::AddProgram(new) => program::add(self, new).await,
            Command::RenewProgram { id } => program::renew(self, id).await,
            Command::RevokeProgram { id } => program::revoke(self, id).await,
            Command::Callbacks { undelivered, limit } => program::callbacks(self, undelivered, limit).await,
            Command::SendAgain { ticket } => program::send_again(self, ticket).await,
            Command::Display(Display::Link) => setting::display_link(self).await,
            Command::Practice(Practice::Pay { ticket, wrong, late, twice }) => {
                ticket::practice_pay(self, ticket, wrong, late, twice).await
            }
            Command::Gateways { fields: false } => gateway::list(self).await,
            Command::Gateways { fields: true } => gateway::fields(self).await,
            Command::AddGateway(new) => gateway::add(self, new).await,
            Command::UpdateGateway(change) => gateway::update(self, change).await,
            Command::TestGateway { id } => gateway::test(self, id).await,
            Command::EndGateway { id } => gateway::end(self, id).await,
            Command::SetPassphrase(new) => passphrase::set(self, new).await,
            Command::UnlockContracts { file } => passphrase::unlock(self, file.as_deref()).await,
            Command::ForgetPassphrase => passphrase::forget(self).await,
            Command::FetchBill { id, date, limit } => statement::fetch(self, id, date, limit).await,
            Command::InspectKey { file, password_file } => {
                gateway::inspect(self, &file, password_file.as_deref()).await
            }
            Command::Statement(command) => statement::run(self, command).await,
            Command::Call { request } => self.call(&request).await,
            Command::Backup { to } => backup::make(self, to).await,
            Command::Backups => backup::list(self).await,
            // Done before a till was looked for.
            Command::Completions { .. }
            | Command::CheckBackup { .. }
            | Command::Doctor
            | Command::Restore { .. }
            | Command::Recover(_) => Ok(String::new()),
        }
    }

    /// The id of this act.
    fn id(&self) -> String {
        self.request_id.clone()
    }

    /// Asks and reads the answer.
    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Fault> {
        read(self.through(request).await?)
    }

    /// Asks, and prints the answer: as it came with `--json`, else as `table` writes it.
    async fn show<T: DeserializeOwned>(&self, request: Request, table: impl FnOnce(T) -> String) -> Said {
        let reply = self.through(request).await?;
        self.print(reply, table)
    }

    fn print<T: DeserializeOwned>(&self, reply: Value, table: impl FnOnce(T) -> String) -> Said {
        if self.json { Ok(reply.to_string()) } else { Ok(table(read(reply)?)) }
    }

    /// Any request, as it stands. `request_id` is added where the verb needs one and none was given.
    async fn call(&self, text: &str) -> Said {
        let text = if text == "-" { read_text(Path::new("-"))? } else { text.to_owned() };
        let invalid = |e: serde_json::Error| {
            Fault::new(Code::Invalid, say(format!("请求无法识别：{e}"), format!("Not a request: {e}")))
        };
        let mut value: Value = serde_json::from_str(&text).map_err(invalid)?;
        let request = serde_json::from_value(value.clone()).or_else(|first| {
            match value.as_object_mut() {
                Some(fields) if !fields.contains_key("request_id") => {
                    fields.insert("request_id".into(), self.id().into());
                }
                _ => return Err(first),
            }
            serde_json::from_value(value).map_err(|_| first)
        });
        Ok(self.through(request.map_err(invalid)?).await?.to_string())
    }
}

fn read<T: DeserializeOwned>(reply: Value) -> Result<T, Fault> {
    serde_json::from_value(reply).map_err(|e| {
        let message = say(
            format!("运行中的钱台与此命令版本不同：{e}"),
            format!("The running till speaks another version than this command: {e}"),
        );
        Fault::new(Code::Internal, message)
    })
}

/// A file's text; `-` is stdin.
fn read_text(file: &Path) -> Result<String, Fault> {
    let text =
        if file == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    text.map_err(|e| unreadable(file, &e))
}

fn unreadable(file: &Path, cause: &std::io::Error) -> Fault {
    let code = if cause.kind() == std::io::ErrorKind::NotFound { Code::NotFound } else { Code::Invalid };
    let name = file.display();
    Fault::new(code, say(format!("无法读取 {name}：{cause}"), format!("Cannot read {name}: {cause}")))
}

/// The lower-case name that a value has on the border (`open`, `wrong_amount`).
fn name(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => "-".into(),
    }
}

/// A value or a dash.
fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".into(), |v| v.to_string())
}
