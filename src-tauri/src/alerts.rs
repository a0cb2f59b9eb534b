//! Desktop alerts: which event deserves one, in which words, and showing it.

use till_core::{Channel, Fen};
use till_engine::api::{DeviceState, Event, InboxReason, Lang, Settings};

use crate::words::pick;

/// What the desktop shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// One line.
    pub summary: String,
    /// The rest.
    pub body: String,
    /// It needs a person, so it stays longer.
    pub urgent: bool,
}

/// The alert for an event, if it deserves one and the shop wants that kind. `near` is the number of the ticket an
/// inbox item most likely belongs to.
pub fn alert_for(event: &Event, settings: &Settings, practice: bool, near: Option<u32>) -> Option<Alert> {
    let lang = settings.lang;
    let mut alert = match event {
        Event::TicketPaid { ticket } if settings.alert_paid => {
            let payment = ticket.payments.last();
            let amount = payment.map_or(ticket.due_fen, |p| p.amount_fen);
            let what = match &ticket.program {
                // The name goes into the summary: bodies may be read as markup.
                Some(program) if ticket.is_elsewhere() => {
                    format!("{} · {}", pick(lang, "网上的单已付", "Online order paid"), program.name)
                }
                _ => pick(lang, "收款到账", "Payment received").to_owned(),
            };
            Alert {
                summary: format!("{what} {}", yuan(amount)),
                body: line(lang, payment.map(|p| p.channel), Some(ticket.number)),
                urgent: false,
            }
        }
        Event::InboxChanged { alert: true, reason, amount_fen, channel, .. } if settings.alert_inbox => {
            let amount = amount_fen.map(|fen| format!(" {}", yuan(fen))).unwrap_or_default();
            let what = line(lang, *channel, near);
            let todo = pick(lang, "请到收件箱处理", "See the inbox");
            Alert {
                summary: format!("{}{amount}", reason_words(lang, *reason)),
                body: if what.is_empty() { todo.into() } else { format!("{what} · {todo}") },
                urgent: true,
            }
        }
        Event::DeviceChanged { name, state: DeviceState::Offline, state_changed: true, .. } if settings.alert_phone => {
            Alert {
                // The name goes into the summary: bodies may be read as markup.
                summary: pick(lang, format!("手机「{name}」没有消息了"), format!("Phone \"{name}\" went silent")),
                body: pick(
                    lang,
                    "付款暂时不会自动到账，请看手机上的收款通知。".into(),
                    "Payments will not arrive by themselves; look at the phone for now.".into(),
                ),
                urgent: true,
            }
        }
        _ => return None,
    };
    if practice {
        alert.summary = format!("{} {}", pick(lang, "【练习】", "[Practice]"), alert.summary);
    }
    Some(alert)
}

fn yuan(fen: Fen) -> String {
    format!("¥{fen}")
}

fn line(lang: Lang, channel: Option<Channel>, number: Option<u32>) -> String {
    let channel = channel.map(|c| channel_words(lang, c).to_owned());
    let number = number.map(|n| format!("#{n:03}"));
    channel.into_iter().chain(number).collect::<Vec<_>>().join(" · ")
}

/// A channel in words.
pub const fn channel_words(lang: Lang, channel: Channel) -> &'static str {
    let (zh, en) = match channel {
        Channel::Wechat => ("微信支付", "WeChat Pay"),
        Channel::Alipay => ("支付宝", "Alipay"),
        Channel::Unionpay => ("云闪付", "UnionPay"),
        Channel::Ecny => ("数字人民币", "e-CNY"),
        Channel::Bank => ("银行", "Bank"),
        Channel::Cash => ("现金", "Cash"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn reason_words(lang: Lang, reason: Option<InboxReason>) -> &'static str {
    let (zh, en) = match reason {
        Some(InboxReason::Late) => ("迟到的付款", "Late payment"),
        Some(InboxReason::WrongAmount) => ("金额不符的付款", "Payment with another amount"),
        Some(InboxReason::Duplicate) => ("可能重复的通知", "Possibly announced twice"),
        Some(InboxReason::PaidTwice) => ("同一单付了两次", "Ticket paid twice"),
        Some(InboxReason::Ambiguous) => ("待认领的付款", "Payment to assign"),
        Some(InboxReason::Stale) => ("过时的付款通知", "Outdated payment notice"),
        Some(InboxReason::Unrecognised) => ("无法识别的收款通知", "Payment notice not understood"),
        _ => ("无对应单的付款", "Payment without a ticket"),
    };
    pick(lang, zh, en)
}

/// Shows an alert. Blocks for as long as the desktop takes.
pub fn show(alert: &Alert) -> Result<(), String> {
    use notify_rust::{Notification, Timeout};
    let mut notification = Notification::new();
    notification
        .appname("钱台")
        .summary(&alert.summary)
        .body(&alert.body)
        .icon("qiantai")
        .timeout(Timeout::Milliseconds(if alert.urgent { 30_000 } else { 10_000 }));
    #[cfg(all(unix, not(target_os = "macos")))]
    notification
        .urgency(notify_rust::Urgency::Normal)
        .hint(notify_rust::Hint::DesktopEntry("Qiantai".into()))
        // The shell has its own sound; two would be one payment heard twice.
        .hint(notify_rust::Hint::SuppressSound(true));
    notification.show().map(drop).map_err(|e| e.to_string())
}

#[cfg(test)]
#[path = "alerts_tests.rs"]
mod tests;
