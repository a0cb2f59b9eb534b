//! `qiantai gateways`, `qiantai add-gateway` and their family.

use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use till_core::Channel;
use till_engine::api::{
    Code, GatewayField, GatewayFieldKind, GatewayForm, GatewayPlace, GatewaySettings, GatewayTest, GatewayValue,
    GatewayView, Gateways, KeyFacts, Request, Secret,
};

use super::{Desk, Said, local, name, or_dash, read_text, unreadable};
use crate::alerts::channel_words;
use crate::args::{AddGateway, NoticeArgs, PlaceArgs, Switch, UpdateGateway, ValueArgs};
use crate::fault::Fault;
use crate::output::table;
use crate::row;
use crate::words::{lang, say};

/// No key, certificate or password is nearly as large.
const LIMIT: u64 = 256 * 1024;

pub(super) async fn list(desk: &Desk) -> Said {
    desk.show(Request::Gateways {}, |all: Gateways| {
        let mut parts = vec![contracts(&all.gateways)];
        if !all.doubts.is_empty() {
            let mut rows = vec![row!["notice", "received", "provider", "source", "ticket", "cause"]];
            rows.extend(all.doubts.iter().map(|d| {
                let provider = channel_words(lang(), d.provider);
                row![d.id, local(d.at), provider, d.source, or_dash(d.ticket_id), d.cause]
            }));
            parts.push(table(&rows));
        }
        parts.push(super::passphrase::standing(all.safe).to_owned());
        parts.join("\n\n")
    })
    .await
}

fn contracts(all: &[GatewayView]) -> String {
    let mut rows = vec![row!["id", "provider", "name", "place", "state", "answered", "waiting", "trouble"]];
    rows.extend(all.iter().map(|g| {
        let (provider, answered) = (channel_words(lang(), g.provider), or_dash(g.last_answer_at.map(local)));
        let trouble = if g.trouble.is_empty() { "-" } else { &g.trouble };
        row![g.id, provider, g.settings.name, place(&g.settings.place), name(g.state), answered, g.waiting, trouble]
    }));
    table(&rows)
}

fn place(place: &GatewayPlace) -> &str {
    match place {
        GatewayPlace::Live => "live",
        GatewayPlace::Sandbox => "sandbox",
        GatewayPlace::Simulator { address } => address,
    }
}

pub(super) async fn fields(desk: &Desk) -> Said {
    desk.show(Request::Gateways {}, |all: Gateways| {
        let forms = all.forms.iter().map(|form| {
            let mut rows = vec![row![form.provider, "", "", ""]];
            rows.extend(form.fields.iter().map(|f| {
                let secret = say("密", "secret");
                let needed = say("必填", "required");
                let (needed, secret) = (if f.required { needed } else { "" }, if f.secret { secret } else { "" });
                row![format!("  {}", f.name), kind(f), needed, secret]
            }));
            table(&rows)
        });
        forms.collect::<Vec<_>>().join("\n\n")
    })
    .await
}

fn kind(field: &GatewayField) -> String {
    if field.choices.is_empty() { name(field.kind) } else { field.choices.join(" | ") }
}

pub(super) async fn add(desk: &Desk, new: AddGateway) -> Said {
    let provider = new.provider.into();
    let mut settings = GatewaySettings { name: new.name, shows_code: !new.scan_only, ..GatewaySettings::default() };
    new.place.apply(&mut settings);
    new.notices.apply(&mut settings);
    let all: Gateways = desk.ask(Request::Gateways {}).await?;
    let values = new.values.read(provider, &all.forms)?;
    let request = Request::AddGateway { request_id: desk.id(), provider, settings, values };
    desk.show(request, one).await
}

pub(super) async fn update(desk: &Desk, change: UpdateGateway) -> Said {
    let all: Gateways = desk.ask(Request::Gateways {}).await?;
    let Some(stood) = all.gateways.iter().find(|g| g.id == change.id) else {
        let message = say(format!("没有合约 {}。", change.id), format!("There is no contract {}.", change.id));
        return Err(Fault::new(Code::NotFound, message));
    };
    let mut settings = stood.settings.clone();
    if let Some(name) = change.name {
        settings.name = name;
    }
    if change.live {
        settings.place = GatewayPlace::Live;
    }
    change.place.apply(&mut settings);
    change.notices.apply(&mut settings);
    settings.enabled = change.enabled.map_or(settings.enabled, |switch| switch == Switch::On);
    settings.shows_code = change.shows_code.map_or(settings.shows_code, |switch| switch == Switch::On);
    let values = change.values.read(stood.provider, &all.forms)?;
    let request = Request::UpdateGateway { request_id: desk.id(), gateway_id: change.id, settings, values };
    desk.show(request, one).await
}

pub(super) async fn end(desk: &Desk, gateway_id: i64) -> Said {
    let request = Request::EndGateway { request_id: desk.id(), gateway_id };
    desk.show(request, |gateway: GatewayView| contracts(&[gateway])).await
}

pub(super) async fn test(desk: &Desk, gateway_id: i64) -> Said {
    desk.show(Request::TestGateway { gateway_id }, |test: GatewayTest| {
        table(&[
            row!["works", test.works],
            row!["message", test.message],
            row!["detail", test.detail],
            row!["took", format!("{} ms", test.took_ms)],
            row!["clock", or_dash(test.skew_ms.map(|ms| format!("{ms:+} ms")))],
        ])
    })
    .await
}

pub(super) async fn inspect(desk: &Desk, file: &Path, password_file: Option<&Path>) -> Said {
    let text = Secret(content(file)?);
    let password = password_file.map(read_text).transpose()?.map(|text| Secret(text.trim().to_owned()));
    desk.show(Request::InspectKey { text, password }, |found: Vec<KeyFacts>| {
        let about = found.iter().map(|facts| {
            let mut rows = vec![row!["kind", facts.kind]];
            let texts = [
                ("form", &facts.form),
                ("wrapping", &facts.wrapping),
                ("fingerprint", &facts.fingerprint),
                ("subject", &facts.subject),
                ("issuer", &facts.issuer),
                ("serial", &facts.serial),
            ];
            rows.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| row![name, text]));
            rows.extend(facts.bits.map(|bits| row!["bits", bits]));
            rows.extend(facts.not_before.map(|at| row!["from", local(at)]));
            rows.extend(facts.not_after.map(|at| row!["until", local(at)]));
            format!("{}\n{}", table(&rows), facts.sentence)
        });
        about.collect::<Vec<_>>().join("\n\n")
    })
    .await
}

/// A contract with what is in its fields, as far as it may be seen.
fn one(gateway: GatewayView) -> String {
    let mut rows = vec![row!["field", "value", "fault"]];
    let filled = gateway.fields.iter().filter(|f| f.filled || f.required || !f.fault.is_empty());
    rows.extend(filled.map(|f| row![f.name, shown(f), f.fault]));
    format!("{}\n\n{}", contracts(std::slice::from_ref(&gateway)), table(&rows))
}

/// What is in a field; of a key or a certificate what it is, of a secret that there is one.
fn shown(field: &GatewayField) -> String {
    let facts: Vec<&str> = field.facts.iter().map(|facts| facts.sentence.as_str()).collect();
    match (field.filled, field.secret, field.kind) {
        (false, ..) => "-".to_owned(),
        _ if !facts.is_empty() => facts.join(" "),
        (_, false, GatewayFieldKind::Text | GatewayFieldKind::Choice) => field.text.clone(),
        _ => "***".to_owned(),
    }
}

impl PlaceArgs {
    fn apply(self, settings: &mut GatewaySettings) {
        if self.sandbox {
            settings.place = GatewayPlace::Sandbox;
        }
        if let Some(address) = self.simulator {
            settings.place = GatewayPlace::Simulator { address };
        }
    }
}

impl NoticeArgs {
    fn apply(self, settings: &mut GatewaySettings) {
        if let Some(url) = self.notify_url {
            settings.notify_url = url;
        }
        if let Some(url) = self.relay_url {
            settings.relay_url = url;
        }
    }
}

impl ValueArgs {
    /// The values as the till takes them. A secret that was typed into the command line is refused.
    fn read(self, provider: Channel, forms: &[GatewayForm]) -> Result<Vec<GatewayValue>, Fault> {
        let invalid = |message: String| Err(Fault::new(Code::Invalid, message));
        let fields = forms.iter().find(|form| form.provider == provider).map_or(&[][..], |form| &form.fields);
        let secret = |name: &str| fields.iter().any(|field| field.name == name && field.secret);
        let mut values = Vec::new();
        for (field, text) in self.texts {
            if secret(&field) && !text.is_empty() {
                return invalid(say(
                    format!("{field} 不能写在命令里，别的程序看得到；请用 --file {field}=文件（- 为标准输入）。"),
                    format!(
                        "{field} must not be on the command line, where other programs see it: use --file {field}=FILE (- is stdin)."
                    ),
                ));
            }
            values.push(GatewayValue { field, text: Secret(text) });
        }
        if self.files.iter().filter(|(_, file)| file == Path::new("-")).count() > 1 {
            return invalid(say(
                "标准输入只能给一个字段。".to_owned(),
                "Only one field can come from stdin.".to_owned(),
            ));
        }
        for (field, file) in self.files {
            let text = content(&file)?;
            // Empty would take the value away, which nobody asks for with a file.
            if text.trim().is_empty() {
                return invalid(say(format!("{} 是空的。", file.display()), format!("{} is empty.", file.display())));
            }
            values.push(GatewayValue { field, text: Secret(text) });
        }
        Ok(values)
    }
}

/// A file as the till takes it: text as it is, anything else (PFX, DER) as base64.
fn content(file: &Path) -> Result<String, Fault> {
    let from: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(|cause| unreadable(file, &cause))?)
    };
    let mut bytes = Vec::new();
    from.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(file, &cause))?;
    if bytes.len() as u64 > LIMIT {
        let name = file.display();
        let message =
            say(format!("{name} 太大，不像密钥或证书。"), format!("{name} is too large for a key or a certificate."));
        return Err(Fault::new(Code::Invalid, message));
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|binary| STANDARD.encode(binary.as_bytes())))
}
