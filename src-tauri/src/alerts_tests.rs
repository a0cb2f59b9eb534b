use serde_json::json;
use till_engine::api::{TicketProgram, TicketView};

use super::*;

fn paid() -> Event {
    let ticket = json!({
        "id": 7, "number": 41, "business_date": "2026-11-20", "tag": "fox", "status": "paid", "exception": "none",
        "lines": [], "note": "", "gross_fen": 1500, "discount_fen": 0, "rounding_fen": 0, "tail_fen": 2,
        "due_fen": 1498, "opened_at": 0, "expires_at": 1, "now": 1, "paid_at": 1,
        "payments": [{"channel": "wechat", "amount_fen": 1498, "how": "auto", "at": 1, "reason": ""}], "refunds": [], "refunded_fen": 0, "trades": [],
        "tendered_fen": null, "change_fen": null, "codes": [], "shown": true, "proposed_item_id": null, "moves": []
    });
    serde_json::from_value(json!({"event": "ticket://paid", "ticket": ticket})).unwrap()
}

fn inbox(alert: bool, reason: InboxReason) -> Event {
    let amount_fen = Some(Fen::new(1500).unwrap());
    let channel = Some(Channel::Alipay);
    Event::InboxChanged { item_id: Some(1), reason: Some(reason), amount_fen, channel, open: 1, alert }
}

fn phone(state: DeviceState, state_changed: bool) -> Event {
    Event::DeviceChanged { device_id: 1, name: "红米<b>".into(), state, state_changed }
}

fn zh() -> Settings {
    Settings::default()
}

fn en() -> Settings {
    Settings { lang: Lang::En, ..Settings::default() }
}

#[test]
fn a_payment_says_amount_channel_and_ticket() {
    let alert = alert_for(&paid(), &zh(), false, None).unwrap();
    assert_eq!((alert.summary.as_str(), alert.body.as_str()), ("收款到账 ¥14.98", "微信支付 · #041"));
    let alert = alert_for(&paid(), &en(), false, None).unwrap();
    assert_eq!((alert.summary.as_str(), alert.body.as_str()), ("Payment received ¥14.98", "WeChat Pay · #041"));
}

#[test]
fn money_for_a_person_says_why_and_where() {
    let alert = alert_for(&inbox(true, InboxReason::Late), &zh(), false, Some(41)).unwrap();
    assert_eq!((alert.summary.as_str(), alert.body.as_str()), ("迟到的付款 ¥15.00", "支付宝 · #041 · 请到收件箱处理"));
    assert!(alert.urgent);
    assert_eq!(alert_for(&inbox(false, InboxReason::Late), &zh(), false, None), None, "only when it just arrived");
}

#[test]
fn a_phone_is_missed_once() {
    assert!(alert_for(&phone(DeviceState::Offline, true), &en(), false, None).unwrap().summary.contains("红米<b>"));
    assert_eq!(alert_for(&phone(DeviceState::Offline, false), &en(), false, None), None);
    assert_eq!(alert_for(&phone(DeviceState::Late, true), &en(), false, None), None);
}

#[test]
fn each_kind_has_its_switch() {
    let off = Settings { alert_paid: false, alert_inbox: false, alert_phone: false, ..zh() };
    for event in [paid(), inbox(true, InboxReason::Unmatched), phone(DeviceState::Offline, true)] {
        assert!(alert_for(&event, &zh(), false, None).is_some());
        assert_eq!(alert_for(&event, &off, false, None), None);
    }
}

#[test]
fn an_order_paid_elsewhere_does_not_read_like_the_customer_at_the_counter() {
    let Event::TicketPaid { mut ticket } = paid() else { unreachable!("it is paid") };
    ticket.program = Some(TicketProgram { program_id: 1, name: "老商城<b>".into(), counter: false });
    let alert =
        |ticket: &TicketView| alert_for(&Event::TicketPaid { ticket: ticket.clone() }, &zh(), false, None).unwrap();
    assert_eq!(alert(&ticket).summary, "网上的单已付 · 老商城<b> ¥14.98");
    assert_eq!(alert(&ticket).body, "微信支付 · #041");
    ticket.program = Some(TicketProgram { program_id: 1, name: "收银台".into(), counter: true });
    assert_eq!(alert(&ticket).summary, "收款到账 ¥14.98");
}

#[test]
fn practice_never_looks_like_money() {
    assert_eq!(alert_for(&paid(), &zh(), true, None).unwrap().summary, "【练习】 收款到账 ¥14.98");
}

#[test]
fn other_events_are_silent() {
    assert_eq!(alert_for(&Event::SettingsChanged {}, &zh(), false, None), None);
}
