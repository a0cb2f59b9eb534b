//! UnionPay keeps no client in a public registry: the openssl command line verifies and signs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qiantai_tests::gateway::{UNIONPAY_MERCHANT, keys, unionpay_contract};
use sha2::{Digest, Sha256};
use till_channels::gateway::{DoubtKind, Place, Provider, moment};

use crate::codec::{ask, calls, codec, notice, order, pays};

type Fields = BTreeMap<String, String>;

/// What UnionPay's guide says is signed: the hex digest of the sorted fields.
fn signed(fields: &Fields) -> String {
    let all = fields.iter().filter(|(name, value)| name.as_str() != "signature" && !value.is_empty());
    let text: Vec<String> = all.map(|(name, value)| format!("{name}={value}")).collect();
    hex::encode(Sha256::digest(text.join("&")))
}

fn openssl(dir: &Path, words: &[&str], files: &[(&str, &[u8])]) -> Result<(bool, Vec<u8>)> {
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes)?;
    }
    let done = Command::new("openssl").args(words).current_dir(dir).output()?;
    Ok((done.status.success(), done.stdout))
}

fn verifies(dir: &Path, fields: &Fields, key: &str) -> Result<bool> {
    let (signature, text) = (STANDARD.decode(&fields["signature"])?, signed(fields));
    let files = [("key", key.as_bytes()), ("signature", &signature), ("text", text.as_bytes())];
    Ok(openssl(dir, &["dgst", "-sha256", "-verify", "key", "-signature", "signature", "text"], &files)?.0)
}

#[test]
fn openssl_believes_our_requests() -> Result<()> {
    let (dir, codec) = (tempfile::tempdir()?, codec(Provider::Unionpay, &unionpay_contract(keys()?), &Place::Sandbox));
    let merchant = &keys()?.unionpay_merchant.public_pem;
    let mut asked = 0;
    for (scanned, call) in calls("6212345678901234567") {
        let Some(ask) = ask(&*codec, scanned, &call) else { continue };
        let mut fields: Fields = form_urlencoded::parse(&ask.body).into_owned().collect();
        assert!(verifies(dir.path(), &fields, merchant)?, "{call:?}: {fields:?}");
        fields.insert("merId".into(), "777290058110999".into());
        assert!(!verifies(dir.path(), &fields, merchant)?, "{call:?}: changed, and believed");
        asked += 1;
    }
    assert_eq!(asked, 8, "calls were made");
    Ok(())
}

#[test]
fn a_notice_that_openssl_signs_is_believed() -> Result<()> {
    let (dir, codec) = (tempfile::tempdir()?, codec(Provider::Unionpay, &unionpay_contract(keys()?), &Place::Sandbox));
    let said = |fen: &str| {
        let certificate = &keys()?.unionpay_certificate;
        let time = moment::packed(order(false).created_at);
        let fields = [
            ("version", "5.1.0"),
            ("encoding", "UTF-8"),
            ("signMethod", "01"),
            ("txnType", "01"),
            ("txnSubType", "07"),
            ("bizType", "000000"),
            ("accessType", "0"),
            ("merId", UNIONPAY_MERCHANT),
            ("orderId", "QT20261121000001"),
            ("txnTime", &time),
            ("respCode", "00"),
            ("respMsg", "成功[0000000]"),
            ("queryId", "123456789012345678901"),
            ("txnAmt", fen),
            ("currencyCode", "156"),
            ("settleAmt", fen),
            ("settleCurrencyCode", "156"),
            ("settleDate", "1121"),
            ("traceNo", "678901"),
            ("traceTime", "1121120000"),
            ("signPubKeyCert", certificate),
        ];
        let mut fields: Fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let text = signed(&fields);
        let files = [("key", keys()?.unionpay.private_pem.as_bytes()), ("text", text.as_bytes())];
        let (done, signature) = openssl(dir.path(), &["dgst", "-sha256", "-sign", "key", "text"], &files)?;
        ensure!(done, "openssl does not sign");
        fields.insert("signature".into(), STANDARD.encode(signature));
        Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish())
    };
    let genuine = said("1230")?;
    assert_eq!(pays(&*codec, &notice(Vec::new(), &genuine)), Ok(true), "{genuine}");
    assert_eq!(pays(&*codec, &notice(Vec::new(), &said("1")?)), Ok(false), "authentic, and too little");
    let changed = genuine.replace("txnAmt=1230", "txnAmt=1231");
    assert_eq!(pays(&*codec, &notice(Vec::new(), &changed)).unwrap_err().kind, DoubtKind::BadSignature);
    Ok(())
}
