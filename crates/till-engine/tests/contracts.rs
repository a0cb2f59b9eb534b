//! Contracts with providers: their values, where their secrets are, how they stand, and a harmless question.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod contract;
mod shop;
mod web;

use std::path::Path;
use std::sync::Arc;

use contract::{
    ALIPAY_KEY, APP_CERTIFICATE, APP_KEY, Fake, SHORT_KEY, add, answer, dated, field, plain, public, unknown_order,
    values, whole,
};
use serde_json::{Value, json};
use shop::guard::{CASHIER, ask, guard, met, sign_in};
use shop::{Shop, number};
use till_core::trade::{Stage, Trade, What};
use till_engine::api::{Code, Event};
use till_engine::ports::{ProviderReply, SendError};
use till_store::{NewTrade, PlanTrade, Store};
use web::{FakeKeychain, until};

/// A line out of the middle of the shop's private key.
fn secret_line() -> &'static str {
    APP_KEY.lines().nth(9).unwrap()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().into(), std::fs::read(&path).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_may_be_saved_half_way_and_says_what_is_missing() {
    let shop = Shop::new().await.with_passphrase().await;
    let half = shop.act(add("支付宝", values(&[("app_id", "2021")]))).await.unwrap();
    assert_eq!((&half["state"], &half["can"]), (&json!("incomplete"), &json!([])));
    assert_eq!(field(&half, "app_id")["fault"], "格式不对，应该是 16 位数字");
    assert_eq!(field(&half, "app_private_key")["fault"], "还没有填写");
    assert_eq!(field(&half, "app_private_key")["filled"], false);
    assert!(half["trouble"].as_str().unwrap().contains("app_private_key"));
    let id = &half["id"];
    let refused = shop.ask(json!({"verb": "test_gateway", "gateway_id": id})).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.contains("app_private_key"), "{}", refused.message);

    let fine = shop.change(&half, json!({"name": "支付宝当面付"}), whole()).await.unwrap();
    assert_eq!((&fine["state"], &fine["trouble"]), (&json!("new"), &json!("")));
    assert_eq!(fine["can"], json!(["code", "scan", "reverse", "refund", "bill"]));
    assert_eq!(fine["settings"]["name"], "支付宝当面付");
    assert_eq!((&fine["waiting"], &fine["last_answer_at"]), (&json!(0), &Value::Null));
    // A field that is not named keeps its value; an empty value takes it away.
    let kept = shop.change(&fine, json!({}), values(&[("seller_id", "2088000000000001")])).await.unwrap();
    assert_eq!((&kept["state"], &field(&kept, "seller_id")["text"]), (&json!("new"), &json!("2088000000000001")));
    let gone = shop.change(&fine, json!({}), values(&[("app_private_key", " "), ("seller_id", "")])).await.unwrap();
    assert_eq!((&gone["state"], &field(&gone, "app_private_key")["filled"]), (&json!("incomplete"), &json!(false)));
    assert_eq!(field(&gone, "seller_id")["text"], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_sealed_beside_the_book_and_shown_nowhere() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let shown = [made.clone(), shop.contracts().await];
    let journal = shop.ask(json!({"verb": "journal", "filter": {}, "limit": 50})).await.unwrap();
    for text in shown.iter().chain([&journal]).map(Value::to_string) {
        assert!(!text.contains(&secret_line()[..20]), "{text}");
    }
    assert!(journal.to_string().contains("app_private_key"), "that it was set is no secret");
    let key = field(&made, "app_private_key");
    assert_eq!((&key["filled"], &key["text"], &key["secret"]), (&json!(true), &json!(""), &json!(true)));
    assert_eq!((&key["facts"][0]["kind"], &key["facts"][0]["bits"]), (&json!("private_key"), &json!(2048)));
    let theirs = field(&made, "alipay_public_key");
    assert_eq!(theirs["text"], public(ALIPAY_KEY));
    assert_ne!(theirs["facts"][0]["fingerprint"], key["facts"][0]["fingerprint"]);
    let dir = shop.dir.path().to_owned();
    for (name, bytes) in files(&dir) {
        assert!(!holds(&bytes, &secret_line()[..20]), "{name}");
    }
    assert!(dir.join("contracts.bin").exists());
    // The money of a contract comes from a device that is no phone.
    assert_eq!(shop.ask(json!({"verb": "devices"})).await.unwrap(), json!([]));
    assert_eq!(shop.contracts().await["secrets"], "file");

    let shop = shop.reopen().await;
    assert_eq!(shop.standing(&made["id"]).await["state"], "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_secrets_that_is_gone_or_damaged_is_said_and_not_overwritten() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let path = shop.dir.path().join("contracts.bin");
    let good = std::fs::read(&path).unwrap();
    let (mut changed, half) = (good.clone(), good[..good.len() / 2].to_vec());
    changed[good.len() / 2] ^= 1;
    let mut shop = shop;
    for bad in [None, Some(changed.clone()), Some(half), Some(Vec::new())] {
        match &bad {
            Some(bytes) => std::fs::write(&path, bytes).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        shop = shop.reopen().await;
        let lost = shop.standing(&made["id"]).await;
        assert_eq!((&lost["state"], &lost["can"]), (&json!("no_secret"), &json!([])));
        assert_eq!(field(&lost, "app_private_key")["filled"], false);
        assert_eq!(field(&lost, "app_id")["text"], "2021000000000001");
        let refused = shop.ask(json!({"verb": "test_gateway", "gateway_id": made["id"]})).await.unwrap_err();
        assert_eq!(refused.code, Code::Conflict);
        assert_eq!(std::fs::read(&path).ok(), bad, "nothing was written over it");
        // What is not about secrets can be changed all the same.
        shop.change(&lost, json!({"shows_code": false}), json!([])).await.unwrap();
    }
    std::fs::write(&path, &changed).unwrap();
    let entered = shop.change(&made, json!({}), values(&[("app_private_key", APP_KEY)])).await.unwrap();
    assert_eq!(entered["state"], "new");
    assert_eq!(std::fs::read(shop.dir.path().join("contracts.bin.aside-1")).unwrap(), changed, "it is put aside");
    assert_eq!(shop.reopen().await.standing(&made["id"]).await["state"], "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_while_the_till_runs_costs_nobody_its_keys() {
    let shop = Shop::new().await.with_passphrase().await;
    let first = shop.contract("甲").await;
    let first = shop.change(&first, json!({"enabled": false}), json!([])).await.unwrap();
    let second = shop.contract("乙").await;
    std::fs::write(shop.dir.path().join("contracts.bin"), "damaged").unwrap();
    shop.change(&second, json!({}), values(&[("app_auth_token", "token")])).await.unwrap();
    let shop = shop.reopen().await;
    assert_eq!(shop.standing(&first["id"]).await["state"], "off");
    assert_eq!(field(&shop.standing(&first["id"]).await, "app_private_key")["filled"], true);
    assert_eq!(field(&shop.standing(&second["id"]).await, "app_auth_token")["filled"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keychain_keeps_the_key_of_the_file_and_may_be_locked() {
    let keychain = Arc::new(FakeKeychain::default());
    let given = keychain.clone();
    let shop = Shop::with(move |ports| ports.keychain = Some(given)).await;
    let made = shop.contract("支付宝").await;
    assert_eq!(shop.contracts().await["secrets"], "keychain");
    assert_eq!(keychain.kept.lock().unwrap().len(), 1);
    assert!(keychain.kept.lock().unwrap().keys().all(|name| name.ends_with("/contracts")));
    assert!(!shop.dir.path().join("secrets.bin").exists(), "its key lies beside nothing");
    let before = std::fs::read(shop.dir.path().join("contracts.bin")).unwrap();

    keychain.lock(true);
    let shop = shop.reopen().await;
    assert_eq!(shop.standing(&made["id"]).await["state"], "no_secret");
    let refused = shop.change(&made, json!({}), values(&[("app_private_key", APP_KEY)])).await.unwrap_err();
    assert_eq!(refused.code, Code::Unavailable);
    assert!(refused.message.contains("钥匙串"), "{}", refused.message);
    assert_eq!(std::fs::read(shop.dir.path().join("contracts.bin")).unwrap(), before);
    // Unlocked later, it is found by itself.
    keychain.lock(false);
    until("the secrets are read again", async || shop.standing(&made["id"]).await["state"] == "new").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_changes_nothing() {
    let shop = Shop::new().await.with_passphrase().await;
    let mut adding = add("支付宝", whole());
    adding["request_id"] = json!("add-1");
    let made = shop.ask(adding.clone()).await.unwrap();
    assert_eq!(shop.ask(adding).await.unwrap(), made);
    assert_eq!(number(&shop, "SELECT count(*) FROM gateway").await, 1);
    let change = |id: &str, name: &str, token: &str| {
        json!({"verb": "update_gateway", "request_id": id, "gateway_id": made["id"], "settings": {"name": name},
               "values": values(&[("app_auth_token", token)])})
    };
    shop.ask(change("change-1", "甲", "token-1")).await.unwrap();
    let second = shop.ask(change("change-2", "乙", "")).await.unwrap();
    assert_eq!(shop.ask(change("change-1", "甲", "token-1")).await.unwrap(), second, "a late repeat of the first");
    assert_eq!(field(&second, "app_auth_token")["filled"], false);
    assert_eq!(shop.ask(change("add-1", "丙", "")).await.unwrap_err().code, Code::Invalid, "another act's id");
    assert_eq!(number(&shop, "SELECT count(*) FROM journal WHERE act LIKE 'gateway.%'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_provider_one_contract_is_enabled() {
    let shop = Shop::new().await.with_passphrase().await;
    let first = shop.contract("老合约").await;
    let refused = shop.act(add("新合约", whole())).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.contains("老合约"), "{}", refused.message);
    let mut off = add("新合约", whole());
    off["settings"]["enabled"] = json!(false);
    let second = shop.act(off).await.unwrap();
    assert_eq!(second["state"], "off");
    assert_eq!(shop.change(&second, json!({"enabled": true}), json!([])).await.unwrap_err().code, Code::Conflict);
    shop.change(&first, json!({"enabled": false}), json!([])).await.unwrap();
    assert_eq!(shop.change(&second, json!({"enabled": true}), json!([])).await.unwrap()["state"], "new");

    let end = json!({"verb": "end_gateway", "gateway_id": first["id"], "request_id": "end-1"});
    assert_eq!(shop.ask(end.clone()).await.unwrap()["state"], "ended");
    assert_eq!(shop.ask(end).await.unwrap()["state"], "ended", "a repeat");
    let page = shop.contracts().await;
    let names: Vec<&Value> = page["gateways"].as_array().unwrap().iter().map(|g| &g["settings"]["name"]).collect();
    assert_eq!(names, ["新合约", "老合约"]);
    for act in [
        json!({"verb": "end_gateway", "gateway_id": first["id"]}),
        json!({"verb": "update_gateway", "gateway_id": first["id"], "settings": {"name": "x"}, "values": []}),
    ] {
        let refused = shop.act(act).await.unwrap_err();
        assert_eq!((refused.code, refused.message.as_str()), (Code::Conflict, "这份合约已经结束"));
    }
    let test = shop.ask(json!({"verb": "test_gateway", "gateway_id": first["id"]})).await.unwrap_err();
    assert_eq!(test.code, Code::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_and_values_are_refused_in_the_shops_language_and_change_nothing() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let cases = [
        (json!({"name": ""}), json!([]), "name"),
        (json!({"notify_url": "http://pay.example.com/notify/alipay"}), json!([]), "notify_url"),
        (json!({"notify_url": "https://pay.example.com/notify/wechat"}), json!([]), "notify_url"),
        (json!({"relay_url": "ftp://relay.example.com"}), json!([]), "relay_url"),
        (json!({"place": {"place": "simulator", "address": "http://192.168.1.2"}}), json!([]), "address"),
        (json!({}), values(&[("mchid", "1")]), "mchid"),
        (json!({}), values(&[("app_id", "1"), ("app_id", "2")]), "app_id"),
        (json!({}), values(&[("app_private_key", &"x".repeat(65_537))]), "app_private_key"),
    ];
    for lang in ["zh-CN", "en"] {
        shop.set("lang", json!(lang)).await;
        for (settings, values, wrong) in &cases {
            let refused = shop.change(&made, settings.clone(), values.clone()).await.unwrap_err();
            assert_eq!((refused.code, &refused.details.unwrap()["field"]), (Code::Invalid, &json!(wrong)));
            assert_eq!(refused.message.is_ascii(), lang == "en", "{}", refused.message);
        }
    }
    shop.set("lang", json!("zh-CN")).await;
    assert_eq!(shop.standing(&made["id"]).await, made);
    for (verb, more) in
        [("update_gateway", json!({"settings": {"name": "x"}, "values": []})), ("end_gateway", json!({}))]
    {
        let mut request = more;
        (request["verb"], request["gateway_id"]) = (json!(verb), json!(99));
        assert_eq!(shop.act(request).await.unwrap_err().code, Code::NotFound, "{verb}");
    }
    let mut cash = add("现金", json!([]));
    cash["provider"] = json!("cash");
    assert_eq!(shop.act(cash).await.unwrap_err().code, Code::Invalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_do_not_belong_together_are_found_before_any_money() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let own = shop.change(&made, json!({}), values(&[("alipay_public_key", &public(APP_KEY))])).await.unwrap();
    assert!(field(&own, "alipay_public_key")["fault"].as_str().unwrap().starts_with("这是应用自己的公钥"));
    let weak = shop.change(&made, json!({}), values(&[("app_private_key", SHORT_KEY)])).await.unwrap();
    assert!(field(&weak, "app_private_key")["fault"].as_str().unwrap().contains("1024"));
    let swapped = shop.change(&made, json!({}), values(&[("app_private_key", &public(APP_KEY))])).await.unwrap();
    assert!(!field(&swapped, "app_private_key")["fault"].as_str().unwrap().is_empty());
    assert_eq!(field(&swapped, "app_private_key")["facts"][0]["kind"], "public_key");
    for view in [own, weak, swapped] {
        assert_eq!(view["state"], "incomplete");
    }
}

/// A ticket's trade through a contract, as the flow writes it down.
async fn plan(shop: &Shop, gateway_id: &Value) {
    let ticket = shop.ring_up(1_500).await;
    let store = Store::open(&shop.dir.path().join("till.db")).await.unwrap();
    let trade = NewTrade {
        gateway_id: gateway_id.as_i64().unwrap(),
        out_no: "QT20261120000001".into(),
        subject: "x".into(),
        surface: String::new(),
        ip: String::new(),
        state: Trade {
            scanned: false,
            stage: Stage::Planned,
            sent_at: None,
            known_at: None,
            until: shop.now() + 3_600_000,
            next: Some((What::Begin, shop.now())),
            doubts: 0,
            ends: 0,
            ended: false,
        },
    };
    let plan = PlanTrade {
        request_id: "plan-1".into(),
        actor: "till".into(),
        at: shop.now(),
        ticket_id: ticket["id"].as_i64().unwrap(),
        trade,
    };
    store.plan_trade(plan).await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_keeps_its_merchant_and_its_contract() {
    let shop = Shop::new().await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    plan(&shop, &made["id"]).await;
    assert!(shop.standing(&made["id"]).await["waiting"].as_u64() >= Some(1));
    for (settings, new) in [
        (json!({"place": {"place": "sandbox"}}), json!([])),
        (json!({}), values(&[("app_id", "2021000000000002")])),
        (json!({}), values(&[("app_id", "")])),
    ] {
        assert_eq!(shop.change(&made, settings, new).await.unwrap_err().code, Code::Conflict);
    }
    let end = json!({"verb": "end_gateway", "gateway_id": made["id"]});
    assert_eq!(shop.act(end).await.unwrap_err().code, Code::Conflict);
    // A new key is no new merchant.
    let new = values(&[("app_id", "2021000000000001"), ("app_private_key", ALIPAY_KEY)]);
    shop.change(&made, json!({"enabled": false}), new).await.unwrap();
}

fn said(test: &Value, words: &str) -> bool {
    test["message"].as_str().unwrap().contains(words)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_says_what_it_means_and_what_to_do() {
    let alipay = Fake::new();
    let given = alipay.clone();
    let shop = Shop::with(move |ports| ports.providers = given).await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let id = &made["id"];
    let works = shop.try_contract(id).await;
    assert_eq!((&works["works"], &works["detail"]), (&json!(true), &json!("")), "{works}");
    let fine = shop.standing(id).await;
    assert_eq!((&fine["state"], fine["last_answer_at"].as_i64()), (&json!("fine"), Some(shop.now())));
    assert!(alipay.heard.lock().unwrap().iter().all(|url| url.starts_with("https://openapi.alipay.com/")));

    let failed = |cause: SendError| move || ProviderReply::Failed(cause.clone());
    let refusal = |code: &'static str, sub: &'static str| {
        move || {
            answer(ALIPAY_KEY, &format!(r#"{{"code":"{code}","msg":"Refused","sub_code":"{sub}","sub_msg":"原话"}}"#))
        }
    };
    type Said = Box<dyn Fn() -> ProviderReply + Send>;
    let cases: [(Said, &str, &str); 8] = [
        (Box::new(|| unknown_order(APP_KEY)), "平台公钥", "bad_signature"),
        (
            Box::new(|| plain(r#"{"alipay_trade_query_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}"#)),
            "没有签名",
            "isv.invalid-app-id",
        ),
        (Box::new(refusal("40002", "isv.invalid-signature")), "私钥", "isv.invalid-signature 原话"),
        (Box::new(refusal("40006", "isv.insufficient-isv-permissions")), "没有开通", "isv.insufficient"),
        (Box::new(failed(SendError::Timeout)), "没有及时应答", "time"),
        (Box::new(failed(SendError::Unreachable("dns".into()))), "连不上", "dns"),
        (Box::new(failed(SendError::Tls("expired".into()))), "加密连接", "expired"),
        (Box::new(|| plain("<html>")), "读不懂", "unreadable"),
    ];
    for (says, words, detail) in cases {
        alipay.say(move |_| says());
        let test = shop.try_contract(id).await;
        assert_eq!(test["works"], false);
        assert!(said(&test, words), "{words}: {test}");
        assert!(test["detail"].as_str().unwrap().contains(detail), "{detail}: {test}");
    }
    // New keys are a new beginning.
    alipay.say(|_| unknown_order(APP_KEY));
    let swapped = shop.change(
        &made,
        json!({}),
        values(&[("app_private_key", ALIPAY_KEY), ("alipay_public_key", &public(APP_KEY))]),
    );
    assert_eq!(swapped.await.unwrap()["state"], "new");
    assert_eq!(shop.try_contract(id).await["works"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_is_said_once_and_a_hiccup_is_none() {
    let alipay = Fake::new();
    let given = alipay.clone();
    let mut shop = Shop::with(move |ports| ports.providers = given).await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    let id = &made["id"];
    let changes = async |shop: &mut Shop, times: usize| {
        while shop.events.try_recv().is_ok() {}
        for _ in 0..times {
            shop.try_contract(id).await;
        }
        let mut changes = 0;
        while let Ok(event) = shop.events.try_recv() {
            changes += usize::from(matches!(event, Event::GatewaysChanged {}));
        }
        (changes, shop.standing(id).await["state"].clone())
    };
    alipay.say(|_| ProviderReply::Failed(SendError::Timeout));
    assert_eq!(changes(&mut shop, 3).await, (1, json!("trouble")), "it has never answered");
    alipay.say(|_| unknown_order(ALIPAY_KEY));
    assert_eq!(changes(&mut shop, 3).await, (1, json!("fine")));
    alipay.say(|_| ProviderReply::Failed(SendError::Timeout));
    assert_eq!(changes(&mut shop, 2).await, (0, json!("fine")), "a hiccup");
    assert_eq!(changes(&mut shop, 5).await, (1, json!("trouble")));
    assert!(shop.standing(id).await["trouble"].as_str().unwrap().contains("连不上"));
    alipay.say(|_| unknown_order(ALIPAY_KEY));
    assert_eq!(changes(&mut shop, 1).await, (1, json!("fine")));
    alipay.say(|_| unknown_order(APP_KEY));
    assert_eq!(changes(&mut shop, 4).await, (1, json!("trouble")), "a signature that does not fit is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_compared_with_the_provider_s() {
    let alipay = Fake::new();
    let given = alipay.clone();
    let shop = Shop::with(move |ports| ports.providers = given).await.with_passphrase().await;
    let made = shop.contract("支付宝").await;
    // The shop's clock says 2026-11-20 06:00:00 UTC.
    for (date, skew, words) in [
        ("Fri, 20 Nov 2026 06:00:00 GMT", json!(0), ""),
        ("Fri, 20 Nov 2026 05:58:30 GMT", json!(90_000), ""),
        ("Fri, 20 Nov 2026 05:53:00 GMT", json!(420_000), "快了约 7 分钟"),
        ("Fri, 20 Nov 2026 06:11:00 GMT", json!(-660_000), "慢了约 11 分钟"),
        ("yesterday", json!(-660_000), "慢"),
    ] {
        alipay.say(move |_| dated(unknown_order(ALIPAY_KEY), date));
        let test = shop.try_contract(&made["id"]).await;
        assert_eq!((&test["works"], &test["skew_ms"]), (&json!(true), &skew), "{date}");
        assert_eq!(said(&test, "分钟"), !words.is_empty(), "{test}");
        assert!(said(&test, words), "{test}");
        assert_eq!(shop.standing(&made["id"]).await["skew_ms"], skew);
    }
}

async fn look(shop: &Shop, text: &str) -> Vec<Value> {
    let found = shop.ask(json!({"verb": "inspect_key", "text": text, "password": null})).await.unwrap();
    found.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_text_is_told_apart() {
    let shop = Shop::new().await;
    let line = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let cases = [
        (APP_KEY.to_owned(), "private_key", "RSA 私钥，2048 位，PKCS#8，PEM — 可用"),
        (line(APP_KEY), "private_key", "RSA 私钥，2048 位，PKCS#8，base64 — 可用"),
        (SHORT_KEY.to_owned(), "private_key", "RSA 私钥，1024 位，PKCS#8，PEM — 太短，平台要求 2048 位"),
        (public(ALIPAY_KEY), "public_key", "RSA 公钥（不是私钥），2048 位，SPKI，base64 — 可用"),
        ("0123456789abcdefABCDEF0123456789".to_owned(), "secret", "32 位字母和数字，像微信支付的 API 密钥 — 可用"),
        (String::new(), "nothing", "还没有内容"),
        ("你好".to_owned(), "nothing", "不是密钥或证书：既不是 PEM，也不是 base64。请复制完整的内容"),
        ("x".repeat(300_000), "nothing", "内容太大，不像密钥或证书"),
    ];
    for (text, kind, sentence) in cases {
        let found = look(&shop, &text).await;
        assert_eq!((found.len(), &found[0]["kind"], &found[0]["sentence"]), (1, &json!(kind), &json!(sentence)));
    }
    let found = look(&shop, APP_CERTIFICATE).await;
    assert_eq!(
        (&found[0]["kind"], &found[0]["form"], &found[0]["wrapping"]),
        (&json!("certificate"), &json!("X.509"), &json!("PEM"))
    );
    assert_eq!(found[0]["fingerprint"], look(&shop, APP_KEY).await[0]["fingerprint"], "a pair has the same");
    assert!(found[0]["not_after"].as_i64().unwrap() > found[0]["not_before"].as_i64().unwrap());
    assert_eq!(number(&shop, "SELECT count(*) FROM gateway").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_of_keys_is_made_for_the_owner_only() {
    let shop = Shop::new().await;
    let pair = shop.ask(json!({"verb": "make_key_pair"})).await.unwrap();
    let text = |name: &str| pair[name].as_str().unwrap().to_owned();
    assert_eq!(public(&text("private_key")), text("public_key"));
    let found = look(&shop, &text("private_key")).await;
    assert_eq!((&found[0]["bits"], &found[0]["fingerprint"]), (&json!(2048), &pair["fingerprint"]));
    guard(&shop).await;
    sign_in(&shop, 3, CASHIER.1).await;
    assert_eq!(met(&ask(&shop, "till", json!({"verb": "make_key_pair"})).await).0, "approval");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_blank_and_name_every_field() {
    let shop = Shop::new().await;
    let page = shop.contracts().await;
    let forms = page["forms"].as_array().unwrap();
    let providers: Vec<&Value> = forms.iter().map(|form| &form["provider"]).collect();
    assert_eq!(providers, ["alipay", "wechat", "unionpay"]);
    let sandboxes: Vec<&Value> = forms.iter().map(|form| &form["sandbox"]).collect();
    assert_eq!(sandboxes, [true, false, true]);
    for field in forms.iter().flat_map(|form| form["fields"].as_array().unwrap()) {
        assert_eq!((&field["filled"], &field["text"], &field["fault"]), (&json!(false), &json!(""), &json!("")));
    }
    assert!(
        forms[0]["fields"].as_array().unwrap().iter().any(|f| f["name"] == "app_private_key" && f["secret"] == true)
    );
}
