//! A shop that has no public key of WeChat Pay's: the platform certificates are fetched, and answers are believed by them.

use anyhow::{Result, ensure};
use qiantai_tests::gateway::{Provider, Step};

use crate::shop::{House, Shop};

#[test]
fn wechats_certificates_come_by_themselves() -> Result<()> {
    let shop = Shop::with(House::Wechat, |field| !field.starts_with("wechatpay_public_key"))?;
    ensure!(shop.gateway.count(Provider::WechatV3, Step::Certificates) > 0, "nobody asked for them");
    let fields = shop.gateways()?["gateways"][0]["fields"].clone();
    let held = fields.as_array().into_iter().flatten().find(|field| field["name"] == "platform_certificates");
    ensure!(held.is_some_and(|field| field["filled"] == true), "they are kept: {fields}");
    let sale = shop.ring_up(shop.price())?;
    shop.gateway.customer().pays(&sale.shown()?)?;
    sale.until_paid()?;
    let shop = shop.crash()?;
    let sale = shop.ring_up(shop.price())?;
    shop.gateway.customer().pays(&sale.shown()?)?;
    sale.until_paid()?;
    shop.books_are_true()
}
