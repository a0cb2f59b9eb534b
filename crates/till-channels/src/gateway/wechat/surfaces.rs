//! Payments in apps, pages and mini programs: the order is made here, and its number signed once more for the customer's
//! device ("二次签名"), in exactly the words and the case that WeChat's clients want.

use super::prepay::{self, For};
use super::v2::V2;
use super::v3::V3;
use super::{Shop, Wechat, v2, v3};
use crate::gateway::{Answer, Ask, CannotAsk, Doubt, DoubtKind, Handover, Order, Reply, Seed, Surface};

/// The request that makes the order.
pub(super) fn prepare(
    gateway: &Wechat,
    order: &Order,
    surface: &Surface,
    now_ms: i64,
    seed: &mut Seed,
) -> Result<Ask, CannotAsk> {
    let (purpose, app, v2) = prepay::of(surface).ok_or(CannotAsk::NoSuchCall)?;
    let app = gateway.shop.app(app)?;
    if v2 {
        gateway.v2()?.prepay(&gateway.shop, order, app, purpose, seed)
    } else {
        gateway.v3()?.prepay(&gateway.shop, order, app, purpose, now_ms, seed)
    }
}

/// What the surface needs, from the answer; or what the answer means instead.
pub(super) fn hand_over(
    gateway: &Wechat,
    surface: &Surface,
    reply: &Reply,
    now_ms: i64,
    seed: &mut Seed,
) -> Result<Handover, Box<Answer>> {
    let (purpose, app, v2) = prepay::of(surface).ok_or_else(|| unable(&CannotAsk::NoSuchCall))?;
    let app = gateway.shop.app(app).map_err(|why| unable(&why))?;
    let mut device = Device { shop: &gateway.shop, app, timestamp: (now_ms / 1000).to_string(), seed };
    if v2 {
        let keys = gateway.v2().map_err(|why| unable(&why))?;
        let made = keys.prepaid(&gateway.shop, purpose, reply).map_err(|no| no.answer(v2::orders::CREATE))?;
        Ok(device.under_v2(keys, purpose, made))
    } else {
        let keys = gateway.v3().map_err(|why| unable(&why))?;
        let made = keys.prepaid(purpose, reply, now_ms).map_err(|no| no.answer(v3::orders::CREATE))?;
        device.under_v3(keys, purpose, made).map_err(|why| unable(&why))
    }
}

fn unable(why: &CannotAsk) -> Box<Answer> {
    Box::new(Answer::Unknown(Doubt::new(DoubtKind::Unlisted, why.to_string())))
}

/// The parameters of one payment on a customer's device.
struct Device<'a> {
    shop: &'a Shop,
    app: &'a str,
    timestamp: String,
    seed: &'a mut Seed,
}

impl Device<'_> {
    fn under_v2(&mut self, keys: &V2, purpose: For<'_>, made: String) -> Handover {
        let (mut parameters, sign) = match purpose {
            For::Native | For::H5 { .. } => return Handover::Url(made),
            For::Jsapi { .. } => (self.page(&made, keys.sign_type.as_str()), "paySign"),
            For::App => (self.app(&made), "sign"),
        };
        let signature = keys.sign(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        parameters.push((sign, signature));
        Handover::Parameters(parameters)
    }

    /// A page signs `prepay_id=` and the number, an app the bare number.
    fn under_v3(&mut self, keys: &V3, purpose: For<'_>, made: String) -> Result<Handover, CannotAsk> {
        let (mut parameters, sign, number) = match purpose {
            For::Native | For::H5 { .. } => return Ok(Handover::Url(made)),
            For::Jsapi { .. } => (self.page(&made, "RSA"), "paySign", format!("prepay_id={made}")),
            For::App => (self.app(&made), "sign", made),
        };
        let nonce = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("noncestr"));
        let nonce = nonce.map_or("", |(_, value)| value.as_str());
        let signature = keys.sign_lines(&[self.app, &self.timestamp, nonce, &number], self.seed)?;
        parameters.push((sign, signature));
        Ok(Handover::Parameters(parameters))
    }

    fn page(&mut self, prepay_id: &str, sign_type: &str) -> Vec<(&'static str, String)> {
        vec![
            ("appId", self.app.to_owned()),
            ("timeStamp", self.timestamp.clone()),
            ("nonceStr", self.seed.nonce()),
            ("package", format!("prepay_id={prepay_id}")),
            ("signType", sign_type.to_owned()),
        ]
    }

    fn app(&mut self, prepay_id: &str) -> Vec<(&'static str, String)> {
        vec![
            ("appid", self.app.to_owned()),
            ("partnerid", self.shop.mchid.clone()),
            ("prepayid", prepay_id.to_owned()),
            ("package", "Sign=WXPay".to_owned()),
            ("noncestr", self.seed.nonce()),
            ("timestamp", self.timestamp.clone()),
        ]
    }
}
