//! What an earlier version left: the key beside what it opens. And what a crash leaves of the way out of that.

use serde_json::json;
use till_engine::api::Code;

use crate::contract::{APP_KEY, values};
use crate::files::{OTHER, as_earlier, earlier, lies_open, lock_file, sealed_file};
use crate::shop::{PASSPHRASE, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn it_still_opens_and_asks_for_a_passphrase() {
    let shop = earlier().await;
    assert_eq!((shop.safe().await.as_str(), shop.state().await.as_str()), ("no_passphrase", "new"));
    let made = shop.contracts().await["gateways"][0].clone();
    let refused = shop.change(&made, json!({}), values(&[("app_private_key", APP_KEY)])).await.unwrap_err();
    assert_eq!((refused.code, refused.details.unwrap()), (Code::Conflict, json!({"safe": "no_passphrase"})));

    let sealed = std::fs::read(sealed_file(&shop)).unwrap();
    assert!(lies_open(shop.dir.path()));
    assert_eq!(shop.choose(None, OTHER).await.unwrap(), "open");
    assert!(!lies_open(shop.dir.path()), "it lies under the passphrase alone");
    assert_eq!(std::fs::read(sealed_file(&shop)).unwrap(), sealed, "with the same key");
    assert_eq!(shop.state().await, "new");
    let shop = shop.restart().await;
    assert_eq!((shop.safe().await.as_str(), shop.state().await.as_str()), ("locked", "locked"));
    assert_eq!(shop.unlock(OTHER).await.unwrap(), "open");
    assert_eq!(shop.state().await, "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_lock_leaves_all_as_it_was() {
    let shop = earlier().await;
    // As the lock is written: beside its name, not whole yet.
    std::fs::write(shop.dir.path().join("contracts.lock.part"), b"qiantai lock").unwrap();
    let shop = shop.restart().await;
    assert_eq!((shop.safe().await.as_str(), shop.state().await.as_str()), ("no_passphrase", "new"));
    assert_eq!(shop.choose(None, PASSPHRASE).await.unwrap(), "open");
    assert_eq!(shop.restart().await.unlock(PASSPHRASE).await.unwrap(), "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_lock_is_made_good() {
    // The lock is there; neither the book nor the old key's place know of it.
    let lost = async || -> Shop {
        let shop = earlier().await;
        shop.choose(None, PASSPHRASE).await.unwrap();
        as_earlier(shop.dir.path());
        shop.restart().await
    };
    let shop = lost().await;
    assert_eq!(
        (shop.safe().await.as_str(), shop.state().await.as_str()),
        ("locked", "locked"),
        "the passphrase counts"
    );
    assert_eq!(shop.unlock(OTHER).await.unwrap_err().code, Code::NeedsPassword);
    assert!(lies_open(shop.dir.path()), "not taken away before its lock was seen to open");
    assert_eq!(shop.unlock(PASSPHRASE).await.unwrap(), "open");
    assert!(!lies_open(shop.dir.path()));
    assert_eq!(shop.state().await, "new");
    // Or the owner does the same again, whose answer was lost.
    let shop = lost().await;
    let lock = std::fs::read(lock_file(&shop)).unwrap();
    assert_eq!(shop.choose(None, PASSPHRASE).await.unwrap(), "open");
    assert!(!lies_open(shop.dir.path()));
    assert_eq!(std::fs::read(lock_file(&shop)).unwrap(), lock);
    assert_eq!(shop.state().await, "new");
}
