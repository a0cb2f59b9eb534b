//! A lock that is damaged, cut off or was written by somebody else.

use serde_json::json;
use till_engine::api::Code;

use crate::files::{OTHER, lock_file, sealed_file};
use crate::shop::{PASSPHRASE, Shop};

/// Where the parts begin, and what a change of them comes to.
const PARTS: [(&str, usize, Code); 7] = [
    ("magic", 0, Code::Unavailable),
    ("memory", 15, Code::Unavailable),
    ("passes", 19, Code::Unavailable),
    ("lanes", 23, Code::Unavailable),
    ("salt", 27, Code::NeedsPassword),
    ("nonce", 43, Code::NeedsPassword),
    ("sealed key", 67, Code::NeedsPassword),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_part_can_be_changed() {
    let shop = Shop::new().await.with_passphrase().await;
    shop.contract("支付宝").await;
    let mut shop = shop.restart().await;
    let (path, good) = (lock_file(&shop), std::fs::read(lock_file(&shop)).unwrap());
    for (part, at, code) in PARTS {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        std::fs::write(&path, &bad).unwrap();
        shop = shop.restart().await;
        assert_eq!(shop.safe().await, "locked", "{part}");
        let refused = shop.unlock(PASSPHRASE).await.unwrap_err();
        assert_eq!(refused.code, code, "{part}: {}", refused.message);
        assert_eq!(shop.choose(Some(PASSPHRASE), OTHER).await.unwrap_err().code, code, "{part}");
        assert_eq!(std::fs::read(&path).unwrap(), bad, "nothing was written over it");
    }
    for bad in [good[..good.len() - 1].to_vec(), Vec::new(), [good.as_slice(), b"x"].concat()] {
        std::fs::write(&path, &bad).unwrap();
        assert_eq!(shop.unlock(PASSPHRASE).await.unwrap_err().code, Code::Unavailable);
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(shop.unlock(PASSPHRASE).await.unwrap(), "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_s_lock_opens_nobody_s_keys() {
    let shop = Shop::new().await.with_passphrase().await;
    shop.contract("支付宝").await;
    let other = Shop::new().await;
    other.choose(None, OTHER).await.unwrap();
    std::fs::copy(lock_file(&other), lock_file(&shop)).unwrap();
    let sealed = std::fs::read(sealed_file(&shop)).unwrap();
    let shop = shop.restart().await;
    assert_eq!(shop.unlock(PASSPHRASE).await.unwrap_err().code, Code::NeedsPassword);
    assert_eq!(shop.unlock(OTHER).await.unwrap(), "open");
    let contract = shop.contracts().await["gateways"][0].clone();
    assert_eq!((&contract["state"], &contract["can"]), (&json!("no_secret"), &json!([])));
    assert_eq!(std::fs::read(sealed_file(&shop)).unwrap(), sealed);
}
