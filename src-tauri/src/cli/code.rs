//! `qiantai code …`

use std::io::IsTerminal;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use till_core::{Channel, Fen};
use till_engine::api::{AccountView, Code as ErrorCode, Inspected, Request, Settings};

use super::{Desk, Said, or_dash, unreadable};
use crate::alerts::channel_words;
use crate::args::Code;
use crate::fault::Fault;
use crate::output::{complain, table};
use crate::row;
use crate::words::{lang, say};

/// As many bytes as the engine takes of a picture; asked before the file is read.
const LIMIT: u64 = 20 * 1024 * 1024;

pub async fn run(desk: &Desk, command: Code) -> Said {
    match command {
        Code::List => desk.show(Request::Accounts {}, accounts).await,
        Code::Import { picture, channel, amount, label, account, yes } => {
            let found = inspect(desk, &picture).await?;
            let wish = Wish { channel, amount, label, account, yes };
            desk.print(wish.import(desk, found).await?, accounts)
        }
    }
}

async fn inspect(desk: &Desk, picture: &Path) -> Result<Vec<Inspected>, Fault> {
    let size = std::fs::metadata(picture).map_err(|e| unreadable(picture, &e))?.len();
    if size > LIMIT {
        return Err(Fault::new(ErrorCode::Invalid, say("图片超过 20 MB。", "The picture is larger than 20 MB.")));
    }
    let bytes = std::fs::read(picture).map_err(|e| unreadable(picture, &e))?;
    desk.ask(Request::InspectPicture { picture_base64: STANDARD.encode(bytes) }).await
}

/// What the person said about the picture.
struct Wish {
    channel: Option<Channel>,
    amount: Option<Fen>,
    label: Option<String>,
    account: Option<i64>,
    yes: bool,
}

impl Wish {
    /// Takes every usable code of the picture into use: a shop's sign often carries one per wallet.
    async fn import(&self, desk: &Desk, found: Vec<Inspected>) -> Result<Value, Fault> {
        let usable: Vec<&Inspected> = found.iter().filter(|i| i.usable).collect();
        if usable.is_empty() {
            let words: Vec<&str> = found.iter().map(|i| i.warning.as_str()).filter(|w| !w.is_empty()).collect();
            let why = if words.is_empty() {
                say("图中没有可用的收款码。", "The picture holds no usable receiving code.")
            } else {
                &words.join("\n")
            };
            return Err(Fault::new(ErrorCode::NoQr, why));
        }
        if usable.len() > 1 && (self.account.is_some() || self.amount.is_some() || self.channel.is_some()) {
            let message = say(
                "图中有多个收款码，--account、--amount、--channel 只能用于一个；请裁剪后再导入。",
                "The picture holds several codes; --account, --amount and --channel speak of one. Crop it first.",
            );
            return Err(Fault::new(ErrorCode::Invalid, message));
        }
        for code in &usable {
            self.agreed(code)?;
        }
        // A name that customers may see is in the language of the shop, not of the terminal.
        let shop: Settings = desk.ask(Request::Settings {}).await?;
        let mut last = Value::Null;
        for (nth, code) in usable.into_iter().enumerate() {
            let channel = self.channel.or(code.channel).ok_or_else(|| {
                let message = say(
                    "图中看不出是哪家的收款码，请用 --channel 指定。",
                    "The picture does not say whose code it is; give --channel.",
                );
                Fault::new(ErrorCode::Invalid, message)
            })?;
            let request_id = if nth == 0 { desk.id() } else { format!("{}-{nth}", desk.id()) };
            let label = self.label.clone().unwrap_or_else(|| channel_words(shop.lang, channel).to_owned());
            let request = Request::AddCode {
                request_id,
                payload: code.payload.clone(),
                channel,
                account_id: self.account.or(code.known_account_id),
                label,
                amount_fen: self.amount.or(code.amount_fen),
            };
            last = desk.via.ask(request).await?;
        }
        Ok(last)
    }

    /// A warning needs a person's yes: `--yes`, or an answer at the terminal.
    fn agreed(&self, code: &Inspected) -> Result<(), Fault> {
        let mut warnings: Vec<&str> = Vec::new();
        if !code.warning.is_empty() {
            warnings.push(&code.warning);
        }
        if code.changes_code {
            warnings.push(say(
                "此渠道已有别的收款码，导入会更换它。",
                "This channel has another code already; importing changes it.",
            ));
        }
        if warnings.is_empty() || self.yes {
            return Ok(());
        }
        let warning = warnings.join("\n");
        if std::io::stdin().is_terminal() {
            complain(&warning);
            complain(say("仍要导入吗？[y/N]", "Import it all the same? [y/N]"));
            let mut answer = String::new();
            let _ = std::io::stdin().read_line(&mut answer);
            if matches!(answer.trim(), "y" | "Y" | "yes" | "是") {
                return Ok(());
            }
        }
        Err(Fault::new(
            ErrorCode::Conflict,
            say(
                format!("{warning}\n加 --yes 可仍然导入。"),
                format!("{warning}\nAdd --yes to import it all the same."),
            ),
        ))
    }
}

fn accounts(accounts: Vec<AccountView>) -> String {
    let mut rows = vec![row!["account", "channel", "label", "enabled", "code", "kind", "amount"]];
    for a in &accounts {
        let enabled = say(if a.enabled { "是" } else { "否" }, if a.enabled { "yes" } else { "no" });
        let mine = |code: [String; 3]| {
            let [id, kind, amount] = code;
            row![a.id, channel_words(lang(), a.channel), a.label, enabled, id, kind, amount]
        };
        if a.codes.is_empty() {
            rows.push(mine(["-".into(), "-".into(), "-".into()]));
        }
        rows.extend(a.codes.iter().map(|c| mine([c.id.to_string(), c.kind.clone(), or_dash(c.amount_fen)])));
    }
    table(&rows)
}
