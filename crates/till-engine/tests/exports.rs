//! Files through the engine: asked for, whole, logged; stopped or failed, nothing stays.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests fail by panicking")]

mod shop;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shop::{START, Shop, yuan};

const DAY: i64 = 86_400_000;

fn order(table: &str, preset: &str, folder: &Path) -> Value {
    json!({"verb": "export", "table": table, "preset": preset, "span": {"span": "today"}, "filter": {},
           "folder": folder.to_str().unwrap()})
}

/// Waits for a job to end.
async fn ended(shop: &Shop, job: &Value) -> Value {
    for _ in 0..400 {
        let now = shop.ask(json!({"verb": "export_job", "job_id": job["id"]})).await.unwrap();
        if now["state"] != "running" {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the export does not end: {job}");
}

async fn export(shop: &Shop, order: Value) -> Value {
    let job = shop.act(order).await.unwrap();
    ended(shop, &job).await
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A cash sale, a WeChat payment that a notice proves, and one that a person saw.
async fn three_sales(shop: &Shop) {
    shop.act(json!({"verb": "sell_cash", "sale": {"lines": [{"name": "=豆浆", "price_fen": 300, "count": 2}], "note": "=1+1"},
                    "tendered_fen": 1000}))
        .await
        .unwrap();
    let phone = shop.phone("红米").await;
    let ticket = shop.ring_up(1500).await;
    shop.vmq(&phone, "1", &yuan(&ticket["due_fen"]), shop.now()).await;
    let ticket = shop.ring_up(2500).await;
    shop.act(json!({"verb": "confirm_by_hand", "ticket_id": ticket["id"], "channel": "alipay", "reason": "看了手机"}))
        .await
        .unwrap();
}

fn csv(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.trim_end().split("\r\n").map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let place = rows[0].iter().position(|key| key == name).unwrap_or_else(|| panic!("no column {name}"));
    rows[1..].iter().map(|row| row[place].clone()).collect()
}

#[tokio::test]
async fn a_file_is_whole_named_logged_and_hashes_to_what_the_log_says() {
    let shop = Shop::new().await;
    three_sales(&shop).await;
    let folder = shop.dir.path().join("给会计");
    let job = export(&shop, order("sales", "csv", &folder)).await;
    assert_eq!(job["state"], "done", "{job}");
    let path = job["path"].as_str().unwrap();
    assert_eq!(files(&folder), ["sales_2026-11-20_till1_v2.csv"]);
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(job["sha256"], hex::encode(Sha256::digest(&bytes)));
    let rows = csv(path);
    assert_eq!((rows.len(), job["rows"].as_i64()), (4, Some(3)));
    assert_eq!(column(&rows, "channel"), ["cash", "wechat", "alipay"]);
    assert_eq!(column(&rows, "net_received"), ["6.00", "15.00", "25.00"]);
    assert_eq!(column(&rows, "matched_by"), ["cash", "auto", "by_hand"]);
    // Text that a spreadsheet would run, and only text.
    assert_eq!(column(&rows, "note"), ["'=1+1", "", "看了手机"]);
    assert_eq!(job["sum_fen"], 4600);
    let log = shop.ask(json!({"verb": "exports", "limit": 10})).await.unwrap();
    let line = &log[0];
    assert_eq!((&line["file"], &line["sha256"], &line["rows"]), (&job["path"], &job["sha256"], &json!(3)));
    assert_eq!(line["changed_since"], 0);
    // What is written later is said; the file stays as it was handed out.
    shop.pass(60_000);
    shop.act(json!({"verb": "sell_cash", "sale": {"lines": [{"price_fen": 100}]}, "tendered_fen": null}))
        .await
        .unwrap();
    let log = shop.ask(json!({"verb": "exports", "limit": 10})).await.unwrap();
    assert_eq!(log[0]["changed_since"], 1);
    assert_eq!(std::fs::read(path).unwrap(), bytes);
    let again = export(&shop, order("sales", "csv", &folder)).await;
    assert_eq!(files(&folder), ["sales_2026-11-20_till1_v2.csv", "sales_2026-11-20_till1_v2_2.csv"]);
    assert_eq!(again["rows"], 4);
}

#[tokio::test]
async fn asking_twice_writes_once_also_after_a_restart() {
    let shop = Shop::new().await;
    three_sales(&shop).await;
    let folder = shop.dir.path().join("x");
    let mut request = order("sales", "csv", &folder);
    request["request_id"] = json!("one");
    let first = shop.ask(request.clone()).await.unwrap();
    ended(&shop, &first).await;
    assert_eq!(shop.ask(request.clone()).await.unwrap()["id"], first["id"]);
    let shop = shop.reopen().await;
    let later = shop.ask(request).await.unwrap();
    assert_eq!((&later["state"], &later["rows"]), (&json!("done"), &json!(3)));
    assert_eq!(files(&folder).len(), 1);
}

#[tokio::test]
async fn every_table_goes_out_in_every_shape_that_takes_it() {
    let shop = Shop::new().await;
    three_sales(&shop).await;
    let folder = shop.dir.path().join("all");
    for preset in ["csv", "excel_zh", "xlsx"] {
        for table in ["sales", "receipts", "days", "journal"] {
            let job = export(&shop, order(table, preset, &folder)).await;
            assert_eq!(job["state"], "done", "{table} {preset}: {job}");
            assert!(job["rows"].as_i64().unwrap() > 0, "{table} {preset}");
        }
    }
    let books =
        ["quickbooks", "xero", "gnucash", "beancount", "ledger", "kingdee", "kingdee_cloud", "yonyou", "yonyou_txt"];
    for preset in books {
        let job = export(&shop, order("days", preset, &folder)).await;
        assert_eq!((&job["state"], &job["sum_fen"]), (&json!("done"), &json!(4600)), "{preset}: {job}");
        let refused = shop.act(order("sales", preset, &folder)).await.unwrap_err();
        assert!(refused.message.contains("每日合计"), "{}", refused.message);
    }
    assert!(files(&folder).iter().all(|name| !name.contains("part")));
}

#[tokio::test]
async fn a_figure_and_its_file_have_the_same_rows() {
    let shop = Shop::new().await;
    three_sales(&shop).await;
    let folder = shop.dir.path().join("filtered");
    let mut request = order("sales", "csv", &folder);
    request["filter"] = json!({"channel": "wechat"});
    let job = export(&shop, request.clone()).await;
    assert_eq!(column(&csv(job["path"].as_str().unwrap()), "net_received"), ["15.00"]);
    request["table"] = json!("journal");
    assert_eq!(shop.act(request).await.unwrap_err().code, till_engine::api::Code::Invalid);
}

#[tokio::test]
async fn what_cannot_be_written_says_why_and_leaves_nothing() {
    let shop = Shop::new().await;
    three_sales(&shop).await;
    let relative = shop.act(order("sales", "csv", Path::new("somewhere"))).await.unwrap_err();
    assert!(relative.message.contains("完整路径"), "{}", relative.message);
    // A file where the folder should be.
    let in_the_way = shop.dir.path().join("file");
    std::fs::write(&in_the_way, "x").unwrap();
    let refused = shop.act(order("sales", "csv", &in_the_way)).await.unwrap_err();
    assert_eq!(refused.code, till_engine::api::Code::Unavailable);
    // An account that beancount would refuse.
    let mut books = shop.ask(json!({"verb": "settings"})).await.unwrap()["books"].clone();
    books["wechat"]["ledger"] = json!("资产:微信");
    shop.set("books", books).await;
    let folder = shop.dir.path().join("bad");
    let job = export(&shop, order("days", "beancount", &folder)).await;
    assert_eq!(job["state"], "failed");
    assert!(job["message"].as_str().unwrap().contains("资产:微信"), "{job}");
    assert!(files(&folder).is_empty());
    assert_eq!(shop.ask(json!({"verb": "exports", "limit": 10})).await.unwrap(), json!([]));
    let lost = shop.ask(json!({"verb": "export_job", "job_id": 999})).await.unwrap_err();
    assert_eq!(lost.code, till_engine::api::Code::NotFound);
}

#[tokio::test]
async fn a_stopped_file_goes_away() {
    let shop = Shop::new().await;
    for _ in 0..30 {
        shop.act(json!({"verb": "sell_cash", "sale": {"lines": [{"price_fen": 100}]}, "tendered_fen": null}))
            .await
            .unwrap();
    }
    let folder = shop.dir.path().join("stopped");
    let job = shop.act(order("journal", "xlsx", &folder)).await.unwrap();
    shop.ask(json!({"verb": "cancel_export", "job_id": job["id"]})).await.unwrap();
    let job = ended(&shop, &job).await;
    // It may have been whole already; then it stays, with its line in the log.
    let kept = files(&folder);
    match job["state"].as_str().unwrap() {
        "cancelled" => assert!(kept.is_empty(), "{kept:?}"),
        "done" => assert_eq!(kept.len(), 1),
        other => panic!("{other}: {job}"),
    }
}

#[tokio::test]
async fn the_night_writes_the_day_before_and_makes_up_for_nights_slept_through() {
    let shop = Shop::new().await;
    three_sales(&shop).await;
    let folder: PathBuf = shop.dir.path().join("nightly");
    let nightly = json!({"enabled": true, "folder": folder.to_str().unwrap(), "after_minutes": 10,
                         "files": [{"table": "sales", "preset": "csv"}, {"table": "days", "preset": "beancount"}]});
    shop.set("nightly", nightly).await;
    // Yesterday first: nobody was here, but the file says so.
    wait_for(&folder, &["days_2026-11-19_till1_v2.beancount", "sales_2026-11-19_till1_v2.csv"]).await;
    // Three nights later the missing ones are there, once each.
    assert_eq!(shop.now(), START);
    shop.pass(3 * DAY);
    let nights = ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"];
    let mut names: Vec<String> = nights.iter().map(|d| format!("days_{d}_till1_v2.beancount")).collect();
    names.extend(nights.iter().map(|d| format!("sales_{d}_till1_v2.csv")));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    wait_for(&folder, &names).await;
    let sold = csv(folder.join("sales_2026-11-20_till1_v2.csv").to_str().unwrap());
    assert_eq!(column(&sold, "net_received"), ["6.00", "15.00", "25.00"]);
    let shop = shop.reopen().await;
    shop.pass(1_000);
    assert_eq!(files(&folder), names);
}

async fn wait_for(folder: &Path, names: &[&str]) {
    for _ in 0..400 {
        if folder.exists() && files(folder) == names {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not there: {names:?}, but {:?}", folder.exists().then(|| files(folder)));
}
