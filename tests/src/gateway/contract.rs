//! The merchant's contracts with the simulated providers, as somebody would type them in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{
    ALIPAY_APP, ALIPAY_SELLER, Keys, PFX_PASSWORD, UNIONPAY_MERCHANT, WECHAT_APPID, WECHAT_MCHID, WECHAT_PUBLIC_KEY_ID,
    WECHAT_V2_KEY, WECHAT_V3_KEY,
};

/// Values by field.
pub type Contract = Vec<(&'static str, String)>;

/// With Alipay, by public keys.
pub fn alipay_contract(keys: &Keys) -> Contract {
    vec![
        ("app_id", ALIPAY_APP.into()),
        ("app_private_key", keys.alipay_app.private_pem.clone()),
        ("alipay_public_key", keys.alipay.public_pem.clone()),
        ("seller_id", ALIPAY_SELLER.into()),
    ]
}

/// With WeChat Pay, both versions.
pub fn wechat_contract(keys: &Keys) -> Contract {
    vec![
        ("appid", WECHAT_APPID.into()),
        ("mchid", WECHAT_MCHID.into()),
        ("merchant_private_key", keys.wechat_merchant.private_pem.clone()),
        ("merchant_certificate", keys.wechat_merchant_certificate.clone()),
        ("apiv3_key", WECHAT_V3_KEY.into()),
        ("wechatpay_public_key", keys.wechat.public_pem.clone()),
        ("wechatpay_public_key_id", WECHAT_PUBLIC_KEY_ID.into()),
        ("api_key", WECHAT_V2_KEY.into()),
    ]
}

/// With UnionPay.
pub fn unionpay_contract(keys: &Keys) -> Contract {
    vec![
        ("mer_id", UNIONPAY_MERCHANT.into()),
        ("sign_pfx", STANDARD.encode(&keys.unionpay_pfx)),
        ("sign_pfx_password", PFX_PASSWORD.into()),
        ("root_certificate", keys.unionpay_root.clone()),
        ("middle_certificate", keys.unionpay_middle.clone()),
    ]
}
