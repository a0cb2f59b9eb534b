//! Choosing a passphrase, changing it, typing it in, giving it up.

use std::sync::Arc;

use serde_json::{Value, json};
use till_engine::api::{Code, Event};

use crate::contract::{APP_KEY, add, field, values, whole};
use crate::files::{OTHER, files, holds, lock_file, sealed_file, secret_line};
use crate::log::Log;
use crate::shop::guard::{CASHIER, MANAGER, ask, guard, met, sign_in};
use crate::shop::{PASSPHRASE, Shop, number};
use crate::web::FakeKeychain;

#[tokio::test(flavor = "multi_thread")]
async fn without_one_no_secret_is_taken_and_nothing_is_kept() {
    let shop = Shop::new().await;
    assert_eq!(shop.safe().await, "no_passphrase");
    let refused = shop.act(add("支付宝", whole())).await.unwrap_err();
    assert_eq!((refused.code, refused.details.unwrap()), (Code::Conflict, json!({"safe": "no_passphrase"})));
    assert!(refused.message.contains("口令") && refused.message.contains("设置"), "{}", refused.message);
    assert_eq!(number(&shop, "SELECT count(*) FROM gateway").await, 0);
    assert!(!sealed_file(&shop).exists() && !lock_file(&shop).exists());
    // What is no secret needs no lock.
    let half = shop.act(add("支付宝", values(&[("app_id", "2021000000000001")]))).await.unwrap();
    assert_eq!(half["state"], "incomplete");
    let refused = shop.change(&half, json!({}), values(&[("app_private_key", APP_KEY)])).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert_eq!(shop.unlock(PASSPHRASE).await.unwrap_err().code, Code::Conflict);
    assert_eq!(shop.choose(Some("anything at all"), PASSPHRASE).await.unwrap_err().code, Code::Conflict);
    for lang in ["zh-CN", "en"] {
        shop.set("lang", json!(lang)).await;
        for unfit in ["", "1234567", "        7", &"长".repeat(257), "1234\n5678"] {
            let refused = shop.choose(None, unfit).await.unwrap_err();
            assert_eq!((refused.code, &refused.details.unwrap()["field"]), (Code::Invalid, &json!("passphrase")));
            assert_eq!(refused.message.is_ascii(), lang == "en", "{}", refused.message);
        }
    }
    assert_eq!(shop.safe().await, "no_passphrase");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_the_passphrase_and_nothing_else_opens_it() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let mut shop = shop.restart().await;
    assert_eq!(shop.safe().await, "locked");
    let locked = shop.standing(&made["id"]).await;
    assert_eq!((&locked["state"], &locked["can"]), (&json!("locked"), &json!([])));
    assert!(locked["trouble"].as_str().unwrap().contains("口令"));
    let sealed = std::fs::read(sealed_file(&shop)).unwrap();
    for refused in [
        shop.change(&made, json!({}), values(&[("app_private_key", APP_KEY)])).await.unwrap_err(),
        shop.change(&made, json!({}), values(&[("app_private_key", "")])).await.unwrap_err(),
        shop.act(add("第二份", values(&[("app_private_key", APP_KEY)]))).await.unwrap_err(),
    ] {
        assert_eq!(refused.code, Code::Conflict, "{}", refused.message);
    }
    assert_eq!(std::fs::read(sealed_file(&shop)).unwrap(), sealed, "nothing is lost");
    // What is not about secrets can be changed all the same.
    shop.change(&made, json!({"name": "改名"}), json!([])).await.unwrap();

    for wrong in [OTHER, "", "钱台口令2026", &"x".repeat(5_000)] {
        let refused = shop.unlock(wrong).await.unwrap_err();
        assert_eq!(refused.code, Code::NeedsPassword, "{wrong}");
        assert_eq!(refused.details.unwrap(), json!({"field": "passphrase", "wrong": true}));
    }
    assert_eq!(shop.state().await, "locked");
    while shop.events.try_recv().is_ok() {}
    assert_eq!(shop.unlock(&format!("  {PASSPHRASE} ")).await.unwrap(), "open");
    assert!(matches!(shop.events.try_recv(), Ok(Event::GatewaysChanged {})));
    let open = shop.standing(&made["id"]).await;
    assert_eq!((&open["state"], &field(&open, "app_private_key")["filled"]), (&json!("new"), &json!(true)));
    assert_eq!(open["settings"]["name"], "改名");
    assert_eq!(shop.unlock("whatever").await.unwrap(), "open", "it is open already");
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_it_needs_the_old_one() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let (lock, sealed) = (std::fs::read(lock_file(&shop)).unwrap(), std::fs::read(sealed_file(&shop)).unwrap());
    for old in [None, Some("wrong old one"), Some(OTHER)] {
        let refused = shop.choose(old, OTHER).await.unwrap_err();
        assert_eq!((refused.code, &refused.details.unwrap()["field"]), (Code::NeedsPassword, &json!("old")));
        assert_eq!(std::fs::read(lock_file(&shop)).unwrap(), lock);
    }
    assert_eq!(shop.choose(Some(PASSPHRASE), OTHER).await.unwrap(), "open");
    assert_ne!(std::fs::read(lock_file(&shop)).unwrap(), lock);
    assert_eq!(std::fs::read(sealed_file(&shop)).unwrap(), sealed, "the same key under another lock");
    let shop = shop.restart().await;
    assert_eq!(shop.unlock(PASSPHRASE).await.unwrap_err().code, Code::NeedsPassword);
    assert_eq!(shop.unlock(OTHER).await.unwrap(), "open");
    assert_eq!(shop.standing(&made["id"]).await["state"], "new");
    // Whoever knows it may change a locked one, and has opened it with that.
    let shop = shop.restart().await;
    assert_eq!(shop.choose(Some(OTHER), PASSPHRASE).await.unwrap(), "open");
    assert_eq!(shop.state().await, "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_changes_nothing_and_the_journal_knows_who() {
    let shop = Shop::new().await;
    let choose = json!({"verb": "set_passphrase", "request_id": "p-1", "old": null, "passphrase": PASSPHRASE});
    assert_eq!(shop.ask(choose.clone()).await.unwrap(), "open");
    let lock = std::fs::read(lock_file(&shop)).unwrap();
    assert_eq!(shop.ask(choose.clone()).await.unwrap(), "open");
    assert_eq!(std::fs::read(lock_file(&shop)).unwrap(), lock);
    // The answer was lost with the note of it: the same again is done already.
    assert_eq!(shop.choose(None, PASSPHRASE).await.unwrap(), "open");
    assert_eq!(std::fs::read(lock_file(&shop)).unwrap(), lock);
    shop.choose(Some(PASSPHRASE), OTHER).await.unwrap();
    let journal = shop.ask(json!({"verb": "journal", "filter": {"subject": "contracts"}, "limit": 9})).await.unwrap();
    let acts: Vec<&Value> = journal.as_array().unwrap().iter().map(|row| &row["act"]).collect();
    assert_eq!(acts, ["passphrase.changed", "passphrase.chosen", "passphrase.chosen"]);
    assert!(!journal.to_string().contains("口令"), "{journal}");
    assert_eq!(shop.ask(json!({"verb": "check_journal"})).await.unwrap()["intact"], true);
    shop.act(json!({"verb": "save_items", "items": []})).await.unwrap();
    let mut other = choose;
    other["request_id"] = json!("test-1");
    assert_eq!(shop.ask(other).await.unwrap_err().code, Code::Invalid, "another act's id");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_may_type_it_in_and_only_the_owner_choose_it() {
    let shop = Shop::new().await.with_passphrase().await;
    shop.contract("支付宝").await;
    guard(&shop).await;
    let shop = shop.restart().await;
    let unlock = json!({"verb": "unlock_contracts", "passphrase": PASSPHRASE});
    let change = json!({"verb": "set_passphrase", "request_id": "c-1", "old": PASSPHRASE, "passphrase": OTHER});
    assert_eq!(met(&ask(&shop, "till", unlock.clone()).await).0, "locked", "nobody is signed in");
    sign_in(&shop, 2, MANAGER.1).await;
    assert_eq!(met(&ask(&shop, "till", change).await).0, "approval");
    sign_in(&shop, 3, CASHIER.1).await;
    assert_eq!(ask(&shop, "till", unlock).await.unwrap(), "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_at_once_are_answered_each_as_it_deserves() {
    let shop = Shop::new().await.with_passphrase().await;
    shop.contract("支付宝").await;
    let shop = shop.restart().await;
    let (a, b, c) = tokio::join!(shop.unlock(OTHER), shop.unlock(PASSPHRASE), shop.unlock(OTHER));
    assert!(b.is_ok(), "{b:?}");
    for other in [a, c] {
        match other {
            // It came second: there was nothing left to open.
            Ok(state) => assert_eq!(state, "open"),
            Err(refused) => assert_eq!(refused.code, Code::NeedsPassword),
        }
    }
    assert_eq!(shop.safe().await, "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_remembers_is_given_up_with_the_keys() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let forget = json!({"verb": "forget_passphrase"});
    assert_eq!(shop.act(forget.clone()).await.unwrap_err().code, Code::Conflict, "it is open: it can be changed");
    let (lock, sealed) = (std::fs::read(lock_file(&shop)).unwrap(), std::fs::read(sealed_file(&shop)).unwrap());
    let shop = shop.restart().await;
    assert_eq!(shop.act(forget).await.unwrap(), "no_passphrase");
    assert_eq!(shop.standing(&made["id"]).await["state"], "no_secret");
    shop.choose(None, OTHER).await.unwrap();
    let again = shop.change(&made, json!({}), values(&[("app_private_key", APP_KEY)])).await.unwrap();
    assert_eq!(again["state"], "new");
    // It may come back to somebody.
    let aside = |name: &str| std::fs::read(shop.dir.path().join(format!("{name}.aside-1"))).unwrap();
    assert_eq!((aside("contracts.lock"), aside("contracts.bin")), (lock, sealed));
    let journal = shop.ask(json!({"verb": "journal", "filter": {"act": "passphrase.forgotten"}, "limit": 9})).await;
    assert_eq!(journal.unwrap().as_array().unwrap().len(), 1);
    let shop = shop.restart().await;
    assert_eq!(shop.unlock(OTHER).await.unwrap(), "open");
    assert_eq!(shop.state().await, "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_keys_nor_the_passphrase_are_in_any_file_or_log() {
    let log = Log::listen();
    let shop = Shop::new().await.with_passphrase().await;
    shop.contract("支付宝").await;
    shop.choose(Some(PASSPHRASE), OTHER).await.unwrap();
    shop.choose(Some("错的口令 123"), PASSPHRASE).await.unwrap_err();
    let shop = shop.restart().await;
    shop.unlock("错的口令 123").await.unwrap_err();
    shop.unlock(OTHER).await.unwrap();
    // From a file that fits no longer.
    let mut shop = shop;
    shop.ports.passphrase_file = Some(shop.elsewhere.path().join("passphrase"));
    let shop = shop.reopen().await;
    assert_eq!(shop.safe().await, "locked");
    let journal = shop.ask(json!({"verb": "journal", "filter": {}, "limit": 50})).await.unwrap().to_string();
    let page = shop.contracts().await.to_string();
    for word in [secret_line(), PASSPHRASE, OTHER, "错的口令 123"] {
        for (name, bytes) in files(&shop) {
            assert!(!holds(&bytes, word.as_bytes()), "{word} in {name}");
        }
        assert!(!journal.contains(word) && !page.contains(word), "{word}");
        assert!(!holds(&log.bytes(), word.as_bytes()), "{word} in the log");
    }
    assert!(holds(&log.bytes(), b"does not open the contracts' keys"), "the log is heard");
    let asked: till_engine::api::Request =
        serde_json::from_value(json!({"verb": "unlock_contracts", "passphrase": OTHER})).unwrap();
    assert!(!format!("{asked:?}").contains("口令"), "{asked:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(lock_file(&shop)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_keychain_there_is_none_unless_it_came_first() {
    let keychain = Arc::new(FakeKeychain::default());
    let given = keychain.clone();
    let shop = Shop::with(move |ports| ports.keychain = Some(given)).await;
    assert_eq!(shop.safe().await, "keychain");
    for refused in [shop.choose(None, PASSPHRASE).await, shop.unlock(PASSPHRASE).await] {
        assert_eq!(refused.unwrap_err().code, Code::Conflict);
    }
    shop.contract("支付宝").await;
    assert!(!lock_file(&shop).exists());
    // A start without it: its key is out of reach, and nothing is begun over it.
    let mut shop = shop;
    shop.ports.keychain = None;
    let mut shop = shop.restart().await;
    assert_eq!((shop.safe().await.as_str(), shop.state().await.as_str()), ("no_passphrase", "no_secret"));
    let refused = shop.choose(None, PASSPHRASE).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.contains("contracts.bin"), "{}", refused.message);
    assert!(!lock_file(&shop).exists());
    shop.ports.keychain = Some(keychain.clone());
    let shop = shop.restart().await;
    assert_eq!(shop.state().await, "new");

    let mut shop = Shop::new().await.with_passphrase().await;
    shop.contract("支付宝").await;
    shop.ports.keychain = Some(keychain);
    let shop = shop.restart().await;
    assert_eq!((shop.safe().await.as_str(), shop.state().await.as_str()), ("locked", "locked"));
    assert_eq!(shop.unlock(PASSPHRASE).await.unwrap(), "open");
    assert_eq!(shop.state().await, "new");
}
