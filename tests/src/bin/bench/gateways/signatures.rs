//! Signatures of the gateways: one for every request, one to check for every answer. Beside OpenSSL, and beside the signer
//! that TLS brings along.

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use qiantai_tests::clock;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use till_channels::gateway::{Seed, keys, sign};

use crate::report::{Report, percentile};

/// As long as what is signed of most requests.
const MESSAGE: [u8; 700] = [b'a'; 700];

/// One signature and one check with an RSA key of 2048 bits, and what OpenSSL takes for the same; what our check takes.
pub fn signatures(report: &mut Report, many: usize) -> Result<Duration> {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    let mut seed = Seed::new(bytes);
    let key = keys::generate(&mut seed)?.key;
    let public = key.public();
    let signature = sign::rsa_sha256(&key, &MESSAGE, &mut seed)?;
    ensure!(sign::fits_sha256(&public, &MESSAGE, &signature), "our own signature");

    let (signing, checking) = openssl()?;
    let ours = each(many, || {
        black_box(sign::rsa_sha256(&key, black_box(&MESSAGE), &mut seed)?);
        Ok(())
    })?;
    report.at_most_times("signing one request (RSA-2048), p50, beside OpenSSL", ours, signing, 10.0);
    let check = each(many, || {
        ensure!(sign::fits_sha256(&public, black_box(&MESSAGE), &signature), "our own signature");
        Ok(())
    })?;
    report.at_most_times("checking one answer (RSA-2048), p50, beside OpenSSL", check, checking, 15.0);

    let der = key.to_pkcs8_der()?;
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|e| anyhow!("ring refuses the key: {e}"))?;
    let mut made = vec![0; pair.public().modulus_len()];
    let rings = each(many, || {
        let done = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), black_box(&MESSAGE), &mut made);
        done.map_err(|e| anyhow!("ring does not sign: {e}"))
    })?;
    ensure!(made == signature, "ring signs otherwise");
    report.beside("the same signature by ring, beside OpenSSL", rings, signing);
    Ok(check)
}

/// The median of so many times.
fn each(many: usize, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut times = Vec::with_capacity(many);
    for _ in 0..many {
        let began = clock();
        work()?;
        times.push(began.elapsed());
    }
    Ok(percentile(&times, 50))
}

/// What one signature and one check take in OpenSSL: `+F2:…:2048:<signatures a second>:<checks a second>`.
fn openssl() -> Result<(Duration, Duration)> {
    let mut speed = Command::new("openssl");
    let done = speed.args(["speed", "-elapsed", "-seconds", "2", "-mr", "rsa2048"]).output().context("openssl")?;
    let said = String::from_utf8_lossy(&done.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix("+F2:")).context("openssl speed tells nothing")?;
    let rates: Vec<f64> = line.split(':').skip(2).filter_map(|rate| rate.parse().ok()).collect();
    let [signing, checking, ..] = rates.as_slice() else { anyhow::bail!("openssl speed tells {line}") };
    ensure!(*signing >= 1.0 && *checking >= 1.0, "openssl speed tells {line}");
    Ok((Duration::from_secs_f64(1.0 / signing), Duration::from_secs_f64(1.0 / checking)))
}
