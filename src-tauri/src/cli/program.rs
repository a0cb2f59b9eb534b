//! `qiantai programs`, `qiantai add-program` and their family.

use till_engine::api::{
    OrderPage, OrderView, ProgramSecret, ProgramSettings, ProgramView, Programs, Request, SecretPlace,
};

use super::{Desk, Said, local, name, or_dash};
use crate::args::AddProgram;
use crate::output::table;
use crate::row;
use crate::words::say;

pub(super) async fn list(desk: &Desk) -> Said {
    desk.show(Request::Programs {}, |all: Programs| {
        let place = match all.secrets {
            SecretPlace::Keychain => say("密钥保存在系统钥匙串", "Secrets are in the system's keychain"),
            SecretPlace::File => say(
                "密钥保存在数据目录的加密文件里，解密的钥匙就在旁边",
                "Secrets are in an encrypted file of the data directory, with its key beside it",
            ),
        };
        format!("{}\n{place}", programs(&all.programs))
    })
    .await
}

fn programs(programs: &[ProgramView]) -> String {
    let mut rows = vec![row!["id", "protocol", "key id", "name", "state", "last used", "today", "undelivered"]];
    rows.extend(programs.iter().map(|p| {
        let used = or_dash(p.last_used_at.map(local));
        row![p.id, name(p.protocol), p.key_id, p.settings.name, name(p.state), used, p.today, p.undelivered]
    }));
    table(&rows)
}

pub(super) async fn add(desk: &Desk, new: AddProgram) -> Said {
    let settings = ProgramSettings {
        name: new.name,
        channels: new.channels,
        callback_prefixes: new.prefixes,
        trusted_addresses: new.trusted,
        notify_url: new.notify_url,
        return_url: new.return_url,
        products: new.products,
        ..ProgramSettings::default()
    };
    let request = Request::AddProgram { request_id: desk.id(), protocol: new.protocol.into(), settings };
    desk.show(request, secret).await
}

pub(super) async fn renew(desk: &Desk, program_id: i64) -> Said {
    desk.show(Request::RenewProgram { request_id: desk.id(), program_id }, secret).await
}

/// The one time it is shown.
fn secret(made: ProgramSecret) -> String {
    let rows = table(&[
        row!["id", made.program.id],
        row!["key id", made.program.key_id],
        row!["secret", if made.secret.is_empty() { "-" } else { made.secret.as_str() }],
        row!["token", made.token],
        row!["address", made.address],
    ]);
    let once = say("密钥只显示这一次，请现在记下。", "The secret is shown this once: note it now.");
    format!("{rows}\n{once}")
}

pub(super) async fn revoke(desk: &Desk, program_id: i64) -> Said {
    let request = Request::RevokeProgram { request_id: desk.id(), program_id };
    desk.show(request, |program: ProgramView| programs(&[program])).await
}

pub(super) async fn callbacks(desk: &Desk, undelivered: bool, limit: u32) -> Said {
    let request = Request::ProgramOrders { program_id: None, undelivered, before_id: None, limit };
    desk.show(request, |page: OrderPage| orders(&page.orders)).await
}

pub(super) async fn send_again(desk: &Desk, ticket_id: i64) -> Said {
    let request = Request::SendAgain { request_id: desk.id(), ticket_id };
    desk.show(request, |order: OrderView| orders(&[order])).await
}

fn orders(orders: &[OrderView]) -> String {
    let mut rows =
        vec![row!["ticket", "program", "its number", "due", "status", "paid", "told", "attempts", "last", "next"]];
    rows.extend(orders.iter().map(|o| {
        let (mut told, mut tries, mut last, mut next) = ("-".to_owned(), 0, "-".to_owned(), "-".to_owned());
        if let Some(delivery) = &o.delivery {
            (told, tries, next) = (name(delivery.state), delivery.attempts.len(), or_dash(delivery.next_at.map(local)));
            if let Some(attempt) = delivery.attempts.last() {
                last = match attempt.status {
                    Some(status) => format!("{} {status}", name(attempt.outcome)),
                    None => name(attempt.outcome),
                };
            }
        }
        let paid = or_dash(o.paid_at.map(local));
        row![o.ticket_id, o.program, printable(&o.out_no), o.due_fen, name(o.status), paid, told, tries, last, next]
    }));
    table(&rows)
}

/// A program's own text must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
