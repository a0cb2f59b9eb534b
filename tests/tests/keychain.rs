//! Secrets of programs in a real keychain: there and nowhere else, through restarts, and without it.

use std::path::Path;

use anyhow::{Result, ensure};
use qiantai_tests::keyring::Keyring;
use qiantai_tests::program::{Asked, Program};
use qiantai_tests::replies::{is_accepted, is_minus_one};
use qiantai_tests::till::{NO_BUS, Till};
use serde_json::{Value, json};

/// Where secrets are, and how the only program stands, as the command line says it.
fn standing(till: &Till) -> Result<(Value, Value)> {
    let said = till.cli(&["--json", "programs"])?;
    ensure!(said.code == 0, "{said:?}");
    let mut said = said.json()?;
    Ok((said["secrets"].take(), said["programs"][0]["state"].take()))
}

/// Opens an order with the program's secret.
fn orders(till: &Till, program: &Program, out_no: &str) -> Result<qiantai_tests::http::Reply> {
    let program = Program { address: till.address, ..program.clone() };
    program.send(&program.vmq_create(&Asked::new(out_no, "5.00")))
}

/// Files below a directory that hold one of these words.
fn holding(dir: &Path, words: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(holding(&entry.path(), words)?);
        } else {
            let bytes = std::fs::read(entry.path())?;
            let holds = |word: &&str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
            if words.iter().any(holds) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    Ok(found)
}

/// The secrets are in no file, not even an encrypted one.
fn only_in_the_keychain(till: &Till, program: &Program) -> Result<()> {
    let found = holding(till.home(), &[&program.secret, &program.token])?;
    ensure!(found.is_empty(), "secrets in {found:?}");
    for file in ["secrets.bin", "secrets.key"] {
        ensure!(!till.data().join(file).exists(), "{file} is there, beside the keychain");
    }
    // The search finds what is there.
    ensure!(!holding(till.home(), &[&program.key_id])?.is_empty(), "the program's public name is in no file");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_live_in_the_keychain() -> Result<()> {
    let keyring = Keyring::start().await?;
    let till = Till::start_on_bus(&keyring.bus.address)?;
    till.add_codes()?;
    let shop = till.add_program("vmq", json!({}))?;
    ensure!(standing(&till)? == (json!("keychain"), json!("new")), "{:?}", standing(&till)?);
    is_accepted(&orders(&till, &shop, "first")?);
    let kept = keyring.secrets().await?;
    ensure!(kept.len() == 1, "{} secrets: the probe of the start stays behind, or nothing came", kept.len());
    ensure!(kept[0].contains(&shop.secret) && kept[0].contains(&shop.token), "the keychain holds something else");
    only_in_the_keychain(&till, &shop)?;

    let till = till.restart()?;
    is_accepted(&orders(&till, &shop, "after a restart")?);

    // A new secret takes the place of the old one.
    let renewed = till.act(json!({ "verb": "renew_program", "program_id": shop.id }))?;
    let renewed = till.program_in(&renewed)?;
    is_minus_one(&orders(&till, &shop, "with the old secret")?, 200);
    is_accepted(&orders(&till, &renewed, "with the new secret")?);
    let kept = keyring.secrets().await?;
    ensure!(kept.len() == 1 && kept[0].contains(&renewed.secret), "{} secrets", kept.len());
    ensure!(!kept[0].contains(&shop.secret) && !kept[0].contains(&shop.token), "the old secret is still kept");
    only_in_the_keychain(&till, &renewed)?;

    // What was paid before is still told and signed, so a revoked program's secret stays; it opens nothing any more.
    let till = till.restart()?;
    till.act(json!({ "verb": "revoke_program", "program_id": shop.id }))?;
    is_minus_one(&orders(&till, &renewed, "revoked")?, 200);
    let till = till.restart()?;
    is_minus_one(&orders(&till, &renewed, "revoked, and started again")?, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_without_its_keychain_says_so_and_sells() -> Result<()> {
    let mut keyring = Keyring::start().await?;
    let till = Till::start_on_bus(&keyring.bus.address)?;
    till.add_codes()?;
    let shop = till.add_program("vmq", json!({}))?;
    let bus = keyring.bus.address.clone();

    let till = till.restart_on_bus(NO_BUS)?;
    ensure!(standing(&till)? == (json!("file"), json!("no_secret")), "{:?}", standing(&till)?);
    is_minus_one(&orders(&till, &shop, "without a bus")?, 200);
    till.ring_up(1000)?;

    let till = till.restart_on_bus(&bus)?;
    ensure!(standing(&till)?.0 == "keychain", "{:?}", standing(&till)?);
    is_accepted(&orders(&till, &shop, "with the bus again")?);

    // Locked, with nobody there to type its password: the start does not wait for ever.
    keyring.lock().await?;
    let till = till.restart()?;
    ensure!(standing(&till)? == (json!("file"), json!("no_secret")), "{:?}", standing(&till)?);
    is_minus_one(&orders(&till, &shop, "with a locked keychain")?, 200);
    till.ring_up(2000)?;
    Ok(())
}
