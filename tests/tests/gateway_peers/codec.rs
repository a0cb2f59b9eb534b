//! A contract that speaks, and the calls it makes.

use qiantai_tests::gateway::Contract;
use qiantai_tests::now_ms;
use till_channels::gateway::{
    About, Ask, Call, Doubt, Gateway, Order, Place, Provider, RawNotice, RefundOrder, Seed, Values, build,
};
use till_core::Fen;

/// The codec of a contract. Nothing is sent.
pub fn codec(provider: Provider, contract: &Contract, place: &Place) -> Box<dyn Gateway> {
    let mut values = Values::default();
    contract.iter().for_each(|(field, text)| values.set(field, text));
    build(provider, &values, place).unwrap().gateway
}

/// Randomness nobody depends on.
pub fn seed() -> Seed {
    Seed::new([7; 32])
}

/// An order over 12.30, with a subject that tempts whoever escapes too little or too much.
pub fn order(scanned: bool) -> Order {
    let now = now_ms();
    Order {
        out_no: "QT20261121000001".into(),
        trade_no: Some("123456789012345678901".into()),
        amount: Fen::new(1_230).unwrap(),
        subject: "会员充值 1/2 年 & \"茶\" +50%".into(),
        created_at: now,
        expires_at: now + 180_000,
        scanned,
        notify_url: Some("https://tea.example.com/notify".into()),
        ip: "127.0.0.1".into(),
        terminal: "till-1".into(),
    }
}

/// Everything that is asked about an order: whether it is one of those we scanned, and the call.
pub fn calls(auth_code: &str) -> Vec<(bool, Call)> {
    let refund = RefundOrder {
        refund_no: "QR20261121000001".into(),
        amount: Fen::new(230).unwrap(),
        reason: "少一杯 & 退".into(),
        created_at: now_ms(),
        trade_no: Some("123456789012345678902".into()),
    };
    vec![
        (false, Call::Create),
        (true, Call::Scan { auth_code: auth_code.into() }),
        (false, Call::Query),
        (true, Call::Query),
        (false, Call::End),
        (true, Call::End),
        (false, Call::Refund(refund.clone())),
        (false, Call::RefundQuery(refund)),
    ]
}

/// The request for a call; none: the provider has no such call.
pub fn ask(codec: &dyn Gateway, scanned: bool, call: &Call) -> Option<Ask> {
    codec.ask(&order(scanned), call, now_ms(), &mut seed()).ok()
}

/// A notice as it would come in.
pub fn notice(headers: Vec<(String, String)>, body: &str) -> RawNotice {
    RawNotice { headers, query: String::new(), body: body.as_bytes().to_vec() }
}

/// Believes a notice, and finds that it pays the order; or doubts it.
pub fn pays(codec: &dyn Gateway, raw: &RawNotice) -> Result<bool, Doubt> {
    let About::Paid(claim) = codec.notice(raw, now_ms())?.about else { return Ok(false) };
    let order = Order { trade_no: None, ..order(false) };
    Ok(claim.agrees(&order, &codec.identity()).is_ok())
}
