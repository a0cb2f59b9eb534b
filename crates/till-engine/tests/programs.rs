//! Programs: their keys, where their secrets are, and what is said of them.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod log;
mod shop;
mod web;

use std::sync::Arc;

use log::Log;
use serde_json::{Value, json};
use shop::{Shop, number};
use till_engine::api::Code;
use till_engine::ports::Keychain;
use web::{FakeKeychain, Merchants, answer, until};

const PROTOCOLS: [&str; 5] = ["vmq", "gogo", "epay", "lyn", "v1"];

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

async fn list(shop: &Shop) -> Value {
    shop.ask(json!({"verb": "programs"})).await.unwrap()
}

fn settings(name: &str) -> Value {
    json!({"name": name, "callback_prefixes": ["https://shop.example.com/"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn each_protocol_gets_the_key_its_clients_expect() {
    let shop = Shop::new().await;
    shop.set("public_url", json!("https://pay.example.com/")).await;
    for protocol in PROTOCOLS {
        let made = shop.program(protocol, protocol).await;
        let (secret, key_id) = (text(&made, "secret"), text(&made["program"], "key_id"));
        let fine = match protocol {
            "vmq" => is_hex(secret, 32) && is_hex(key_id.strip_prefix("vmq_").unwrap(), 8),
            "gogo" => is_hex(secret, 32) && key_id.strip_prefix("gg").unwrap().len() == 14,
            "epay" => {
                let pid: i32 = key_id.parse().unwrap();
                pid.to_string() == key_id && secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_alphanumeric())
            }
            "lyn" => secret.is_empty() && key_id.starts_with("lyn_"),
            _ => is_hex(secret.strip_prefix("qt_").unwrap(), 64) && is_hex(key_id.strip_prefix("qt_").unwrap(), 12),
        };
        assert!(fine, "{protocol}: {key_id} {secret}");
        assert!(is_hex(text(&made, "token"), 64));
        assert_eq!(text(&made, "address"), format!("https://pay.example.com/t/{}", text(&made, "token")));
        assert_eq!(made["program"]["state"], "new");
    }
    let page = list(&shop).await;
    assert_eq!((page["programs"].as_array().unwrap().len(), &page["secrets"]), (5, &json!("file")));
    assert_eq!(page["addresses"][0], "https://pay.example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_programs_come_last_and_stay_revoked() {
    let shop = Shop::new().await;
    for name in ["甲", "乙", "丙"] {
        shop.program("vmq", name).await;
    }
    let first = json!({"verb": "revoke_program", "program_id": 1, "request_id": "revoke-1"});
    assert_eq!(shop.ask(first.clone()).await.unwrap()["state"], "revoked");
    assert_eq!(shop.ask(first).await.unwrap()["state"], "revoked", "a repeat");
    let names: Vec<Value> =
        list(&shop).await["programs"].as_array().unwrap().iter().map(|p| p["settings"]["name"].clone()).collect();
    assert_eq!(names, ["乙", "丙", "甲"]);
    for verb in ["renew_program", "revoke_program"] {
        let refused = shop.act(json!({"verb": verb, "program_id": 1})).await.unwrap_err();
        assert_eq!(refused.code, Code::Conflict, "{verb}");
        assert_eq!(shop.act(json!({"verb": verb, "program_id": 99})).await.unwrap_err().code, Code::NotFound, "{verb}");
    }
    let shop = shop.reopen().await;
    assert_eq!(list(&shop).await["programs"][2]["state"], "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_shows_no_secret_and_makes_nothing() {
    let shop = Shop::new().await;
    let add = json!({"verb": "add_program", "protocol": "vmq", "settings": settings("网店"), "request_id": "add-1"});
    let made = shop.ask(add.clone()).await.unwrap();
    let repeat = shop.ask(add).await.unwrap_err();
    assert_eq!((repeat.code, &repeat.details.as_ref().unwrap()["program_id"]), (Code::Conflict, &json!(1)));
    assert!(!format!("{repeat:?}").contains(text(&made, "secret")));

    let renew = json!({"verb": "renew_program", "program_id": 1, "request_id": "renew-1"});
    let renewed = shop.ask(renew.clone()).await.unwrap();
    assert_ne!(renewed["secret"], made["secret"]);
    assert_ne!(renewed["token"], made["token"]);
    assert_eq!(renewed["program"]["key_id"], made["program"]["key_id"]);
    assert_eq!(shop.ask(renew).await.unwrap_err().code, Code::Conflict);
    // An id of another act is refused, and leaves the key as it is.
    let other = json!({"verb": "renew_program", "program_id": 1, "request_id": "add-1"});
    assert_eq!(shop.ask(other).await.unwrap_err().code, Code::Invalid);
    assert_eq!(number(&shop, "SELECT count(*) FROM program").await, 1);
    assert_eq!(number(&shop, "SELECT count(*) FROM journal WHERE act = 'program.renewed'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_refused_in_the_shops_language_and_change_nothing() {
    let shop = Shop::new().await;
    shop.program("vmq", "网店").await;
    let cases = [
        ("name", json!("")),
        ("channels", json!(["cash"])),
        ("callback_prefixes", json!(["https://user@shop.example.com/"])),
        ("callback_prefixes", json!(["shop.example.com"])),
        ("notify_url", json!("https://elsewhere.example.com/notify")),
        ("return_url", json!("https://shop.example.com.evil.example/")),
        ("trusted_addresses", json!(["everybody"])),
        ("trusted_addresses", json!(["0.0.0.0/0"])),
        ("ttl_ms", json!(59_999)),
        ("per_minute", json!(0)),
        ("products", json!([{"name": "a", "amounts_fen": [100], "global": false}])),
    ];
    for lang in ["zh-CN", "en"] {
        shop.set("lang", json!(lang)).await;
        for (field, value) in &cases {
            let mut wrong = settings("x");
            wrong[*field] = value.clone();
            for verb in ["add_program", "update_program"] {
                let mut request = json!({"verb": verb, "settings": wrong});
                request[if verb == "add_program" { "protocol" } else { "program_id" }] =
                    if verb == "add_program" { json!("vmq") } else { json!(1) };
                let refused = shop.act(request).await.unwrap_err();
                assert_eq!((refused.code, &refused.details.as_ref().unwrap()["field"]), (Code::Invalid, &json!(field)));
                assert_eq!(refused.message.is_ascii(), lang == "en", "{}", refused.message);
            }
        }
    }
    let page = list(&shop).await;
    assert_eq!(
        (page["programs"].as_array().unwrap().len(), &page["programs"][0]["settings"]["name"]),
        (1, &json!("网店"))
    );
    let mut wrong = shop.ask(json!({"verb": "settings"})).await.unwrap();
    wrong["public_url"] = json!("https://pay.example.com/till");
    let refused = shop.act(json!({"verb": "save_settings", "settings": wrong})).await.unwrap_err();
    assert_eq!(refused.details.unwrap()["field"], "public_url");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_seen_once_and_then_nowhere() {
    let log = Log::listen();
    let merchants = Merchants::new();
    merchants.say(|_| answer(500, "no"));
    let http = merchants.clone();
    let mut shop = Shop::with(move |ports| ports.http = http.clone()).await;
    let mut secrets = Vec::new();
    let keep = |made: &Value, secrets: &mut Vec<String>| {
        let both = ["secret", "token"].map(|field| text(made, field).to_owned());
        secrets.extend(both.into_iter().filter(|s| !s.is_empty()));
    };
    for protocol in PROTOCOLS {
        let made = shop.program(protocol, protocol).await;
        keep(&made, &mut secrets);
        // Nothing of it in the part that is shown again.
        assert!(secrets.iter().all(|s| !made["program"].to_string().contains(s)));
        let id = made["program"]["id"].as_i64().unwrap();
        keep(&shop.act(json!({"verb": "renew_program", "program_id": id})).await.unwrap(), &mut secrets);
        let order = shop.order(id, 1_000 + 100 * id, "https://shop.example.com/notify").await;
        shop.settle(order).await;
        let test = json!({"verb": "test_program", "program_id": id, "url": "https://shop.example.com/notify"});
        shop.act(test).await.unwrap();
        let update = json!({"verb": "update_program", "program_id": id, "settings": settings("改名")});
        shop.act(update).await.unwrap();
    }
    assert_eq!(secrets.len(), 18, "two for each program, one for Lyn, and all of it twice");
    shop.act(json!({"verb": "revoke_program", "program_id": 1})).await.unwrap();
    let mut said = String::new();
    for verb in [
        json!({"verb": "programs"}),
        json!({"verb": "program_orders", "program_id": null, "undelivered": false, "before_id": null, "limit": 200}),
        json!({"verb": "journal", "filter": {}, "limit": 500}),
        json!({"verb": "tickets", "status": null, "limit": 50}),
        json!({"verb": "refused", "limit": 50}),
        json!({"verb": "settings"}),
    ] {
        said += &shop.ask(verb).await.unwrap().to_string();
    }
    while let Ok(event) = shop.events.try_recv() {
        said += &serde_json::to_string(&event).unwrap();
        said += &format!("{event:?}");
    }
    assert!(
        said.contains("program.renewed") && said.contains("programs://changed"),
        "the journal and the events are in it"
    );
    let dir = shop.dir.path().to_owned();
    let shop = shop.reopen().await;
    let mut places = vec![("what was said".to_owned(), said.into_bytes()), ("the log".to_owned(), log.bytes())];
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            places.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    assert!(places.iter().any(|(name, _)| name.ends_with("till.db")));
    assert!(places.iter().any(|(name, _)| name.ends_with("secrets.bin")));
    for (name, bytes) in &places {
        for secret in &secrets {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "a secret is in {name}");
        }
    }
    drop(shop);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_outlast_a_restart_and_a_spoiled_file_says_so() {
    let shop = Shop::new().await;
    shop.program("vmq", "网店").await;
    shop.program("v1", "脚本").await;
    let shop = shop.reopen().await;
    assert_eq!(list(&shop).await["programs"][0]["state"], "new");

    let file = shop.dir.path().join("secrets.bin");
    let good = std::fs::read(&file).unwrap();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bad).unwrap();
    let shop = shop.reopen().await;
    let page = list(&shop).await;
    assert_eq!(
        (&page["programs"][0]["state"], &page["programs"][1]["state"]),
        (&json!("no_secret"), &json!("no_secret"))
    );
    // Selling goes on, and a new key is a way out for one program.
    shop.ring_up(1_000).await;
    shop.act(json!({"verb": "renew_program", "program_id": 1})).await.unwrap();
    let shop = shop.reopen().await;
    let page = list(&shop).await;
    assert_eq!((&page["programs"][0]["state"], &page["programs"][1]["state"]), (&json!("new"), &json!("no_secret")));
    assert_eq!(std::fs::read(shop.dir.path().join("secrets.bin.aside-1")).unwrap(), bad, "nothing was thrown away");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keychain_has_the_secrets_where_there_is_one() {
    let chain = Arc::new(FakeKeychain::default());
    let ours = chain.clone();
    let shop = Shop::with(move |ports| ports.keychain = Some(ours)).await;
    let made = shop.program("vmq", "网店").await;
    assert_eq!(list(&shop).await["secrets"], "keychain");
    assert!(!shop.dir.path().join("secrets.bin").exists());
    let kept = chain.kept.lock().unwrap().clone();
    assert_eq!(kept.len(), 1);
    let (name, secret) = kept.into_iter().next().unwrap();
    assert!(name.ends_with(&format!("/program/{}", text(&made["program"], "key_id"))), "{name}");
    assert!(secret.contains(text(&made, "secret")));
    // Another shop on this computer keeps apart.
    let theirs = chain.clone();
    let other = Shop::with(move |ports| ports.keychain = Some(theirs)).await;
    other.program("vmq", "别家").await;
    let names: Vec<String> = chain.kept.lock().unwrap().keys().cloned().collect();
    let shops: std::collections::HashSet<&str> = names.iter().filter_map(|n| n.split('/').next()).collect();
    assert_eq!(shops.len(), 2, "{names:?}");
    // And it lasts.
    let shop = shop.reopen().await;
    assert_eq!(list(&shop).await["programs"][0]["state"], "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keychain_is_said_and_loses_nothing() {
    let chain = Arc::new(FakeKeychain::default());
    let merchants = Merchants::new();
    let (ours, http) = (chain.clone(), merchants.clone());
    let shop = Shop::with(move |ports| {
        ports.keychain = Some(ours);
        ports.http = http;
    })
    .await;
    shop.program("vmq", "网店").await;
    let order = shop.order(1, 1_500, "https://shop.example.com/notify").await;
    chain.lock(true);
    let before = chain.kept.lock().unwrap().clone();
    for request in [
        json!({"verb": "add_program", "protocol": "v1", "settings": settings("脚本")}),
        json!({"verb": "renew_program", "program_id": 1}),
    ] {
        assert_eq!(shop.act(request).await.unwrap_err().code, Code::Unavailable);
    }
    assert_eq!(*chain.kept.lock().unwrap(), before);
    assert_eq!(number(&shop, "SELECT count(*) FROM program").await, 1);
    assert!(!shop.dir.path().join("secrets.bin").exists(), "it went into the file in silence");
    // What is in memory goes on.
    shop.act(json!({"verb": "update_program", "program_id": 1, "settings": settings("改名")})).await.unwrap();
    assert_eq!(list(&shop).await["programs"][0]["state"], "new");
    // At a start with a locked keychain the till opens, and no attempt is wasted on a secret that is only locked away.
    let shop = shop.reopen().await;
    assert_eq!(list(&shop).await["programs"][0]["state"], "no_secret");
    shop.settle(order).await;
    chain.lock(false);
    until("the secret is found", async || list(&shop).await["programs"][0]["state"] != "no_secret").await;
    shop.pass(600_000);
    let delivery = shop.until_delivery(order, "the delivery", |d| d["state"] == "delivered").await;
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keychain_that_keeps_silent_holds_nobody_up() {
    let chain = Arc::new(FakeKeychain::default());
    let ours = chain.clone();
    let shop = Shop::with(move |ports| ports.keychain = Some(ours)).await;
    let made = shop.program("vmq", "网店").await;
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let (ready, is_ready) = std::sync::mpsc::channel();
    let silent = chain.clone();
    let holder = std::thread::spawn(move || {
        let _silence = silent.silent.lock().unwrap();
        ready.send(()).unwrap();
        let _ = held.recv();
    });
    is_ready.recv().unwrap();
    let asked = shop.act(json!({"verb": "renew_program", "program_id": 1}));
    let refused = asked.await.unwrap_err();
    assert_eq!(refused.code, Code::Unavailable);
    shop.ring_up(1_000).await;
    // It does answer in the end, and does what it was asked for long ago: what is kept then is what counts.
    drop(hold);
    holder.join().unwrap();
    let name = chain.kept.lock().unwrap().keys().next().unwrap().clone();
    until("the late write", async || !chain.get(&name).unwrap().unwrap().contains(text(&made, "secret"))).await;
    assert_eq!(list(&shop).await["programs"][0]["state"], "new");
    let again = shop.act(json!({"verb": "renew_program", "program_id": 1})).await.unwrap();
    assert!(chain.get(&name).unwrap().unwrap().contains(text(&again, "secret")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_tells_how_it_went() {
    let merchants = Merchants::new();
    let http = merchants.clone();
    let shop = Shop::with(move |ports| ports.http = http).await;
    shop.program("vmq", "网店").await;
    let test = |url: &str| json!({"verb": "test_program", "program_id": 1, "url": url});
    assert_eq!(shop.act(test("")).await.unwrap_err().code, Code::Invalid);
    let went = shop.act(test("https://shop.example.com/notify")).await.unwrap();
    assert_eq!((&went["attempt"]["outcome"], &went["attempt"]["status"]), (&json!("delivered"), &json!(200)));
    merchants.say(|_| answer(404, "<h1>not found</h1>"));
    let went = shop.act(test("https://shop.example.com/notify")).await.unwrap();
    assert_eq!(
        (&went["attempt"]["outcome"], &went["attempt"]["answer"]),
        (&json!("answer"), &json!("<h1>not found</h1>"))
    );
    let went = shop.act(test("https://elsewhere.example.com/")).await.unwrap();
    assert_eq!(went["attempt"]["outcome"], "forbidden");
    assert_eq!(merchants.heard("elsewhere"), 0);
    let mut twice = test("https://shop.example.com/notify");
    twice["request_id"] = json!("test-call");
    shop.ask(twice.clone()).await.unwrap();
    assert_eq!(shop.ask(twice).await.unwrap_err().code, Code::Conflict);
    assert_eq!(merchants.heard("notify"), 3);
    assert_eq!(number(&shop, "SELECT count(*) FROM callback_attempt").await, 0);
}
