//! The notification rules, through the command line, on real notices.

use anyhow::{Context, Result};
use qiantai_tests::till::cli;
use serde_json::Value;

const NOTICES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/notifications.jsonl");

#[test]
fn every_notice_that_can_be_decided_is_read_right() -> Result<()> {
    let home = tempfile::tempdir()?;
    let said = cli(home.path(), &["rules", "check", NOTICES, "--json"])?;
    assert_eq!(said.code, 0, "{said:?}");
    let notices = std::fs::read_to_string(NOTICES)?;
    let verdicts: Vec<Value> =
        said.out.lines().map(|l| serde_json::from_str(l).with_context(|| l.to_owned())).collect::<Result<_>>()?;
    let notices: Vec<Value> = notices.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(verdicts.len(), notices.len());
    let mut wrong = Vec::new();
    let mut decided = 0;
    for (notice, said) in notices.iter().zip(&verdicts) {
        if notice["undecidable"] == true {
            continue;
        }
        decided += 1;
        let wanted = &notice["expect"];
        let held = notice["alt_ok"] == "hold" && said["verdict"] == "unrecognised";
        let same = said["verdict"] == wanted["kind"]
            && (wanted["kind"] != "receipt"
                || (said["amount_fen"] == wanted["amount_fen"] && said["channel"] == wanted["channel"]));
        if !same && !held {
            wrong.push(format!("{}: {} / {} → {said}, wanted {wanted}", notice["id"], notice["title"], notice["text"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {decided} wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("{decided} notices read right");
    // It opened no shop.
    assert!(!home.path().join("shop/till.db").exists());
    Ok(())
}

#[test]
fn the_built_in_rules_pass_their_own_examples() -> Result<()> {
    let home = tempfile::tempdir()?;
    let said = cli(home.path(), &["rules", "test"])?;
    assert_eq!(said.code, 0, "{said:?}");
    Ok(())
}
