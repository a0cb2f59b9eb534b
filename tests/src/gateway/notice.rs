//! What providers tell the merchant by themselves, and what forgers write in their name.

use anyhow::{Context, Result};

use super::ledger::Provider;
use super::wire::Hand;
use super::{Shared, alipay, unionpay, wechat};
use crate::http::{Call, Reply, once};
use crate::till::host_port;

/// What a notice is about.
#[derive(Clone, Debug)]
pub enum Event {
    /// The trade was paid.
    Paid,
    /// A refund arrived; by the merchant's number of it.
    Refunded(String),
}

/// What is wrong with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// A stranger signed it.
    ByStranger,
    /// Nobody signed it.
    Unsigned,
    /// The amount, in fen, was changed after it was signed.
    Tampered(i64),
    /// Authentic, but of another amount than the order's.
    OtherAmount(i64),
    /// Authentic, but of another merchant's trade.
    OtherSeller,
}

/// A notice, ready to be delivered: as often as one likes, byte for byte the same.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Content type and, where they are outside the body, signature and its company.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Notice {
    /// As a request to a path.
    pub fn call(&self, target: &str) -> Call {
        let mut call = Call::new("POST", target);
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        call.body = self.body.clone();
        call
    }

    /// Delivers it to a whole `http://host:port/…` address, and waits for what is said to it.
    pub fn send(&self, url: &str) -> Result<Reply> {
        let rest = url.strip_prefix("http://").with_context(|| format!("no plain address: {url}"))?;
        let target = rest.find('/').map_or("/", |at| &rest[at..]);
        once(host_port(url)?, &self.call(target))
    }
}

/// What a notice says, the forger's part in it included.
pub(super) struct Saying<'a> {
    pub event: &'a Event,
    /// The amount it says, if not the true one.
    pub fen: Option<i64>,
    pub other_seller: bool,
    pub hand: Hand,
    /// What the amount is changed to after signing.
    pub tampered: Option<i64>,
}

pub(super) fn write(
    shared: &Shared,
    provider: Provider,
    out_no: &str,
    event: &Event,
    forgery: Option<Forgery>,
) -> Result<Notice> {
    let trade = shared.book().ledger.trade(provider, out_no).cloned().with_context(|| format!("no trade {out_no}"))?;
    let saying = Saying {
        event,
        fen: if let Some(Forgery::OtherAmount(fen)) = forgery { Some(fen) } else { None },
        other_seller: forgery == Some(Forgery::OtherSeller),
        hand: match forgery {
            Some(Forgery::ByStranger) => Hand::Stranger,
            Some(Forgery::Unsigned) => Hand::Nobody,
            _ => Hand::Own,
        },
        tampered: if let Some(Forgery::Tampered(fen)) = forgery { Some(fen) } else { None },
    };
    match provider {
        Provider::Alipay => alipay::notice(shared, &trade, &saying),
        Provider::WechatV3 => wechat::v3::notice(shared, &trade, &saying),
        Provider::WechatV2 => wechat::v2::notice(&trade, &saying),
        Provider::UnionPay => unionpay::notice(shared, &trade, &saying),
    }
}
