//! WeChat Pay v3: JSON, each side under its own RSA key, and secrets inside notices under AES-256-GCM.

pub(super) mod orders;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::No;
use super::codes::Failure;
use super::json::Object;
use super::shop::{Shop, words};
use super::trust::Trust;
use super::xml::LONGEST;
use crate::gateway::keys::PrivateKey;
use crate::gateway::keys::certificate::Certificate;
use crate::gateway::sign::{fits_sha256, rsa_sha256};
use crate::gateway::{Ask, CannotAsk, Claim, Doubt, DoubtKind, Reply, Seed, Source, moment, only};

/// How far their clock may be from ours.
const FRESH_S: i64 = 300;

/// The keys of v3.
pub(super) struct V3 {
    /// The serial number of the merchant's certificate.
    pub(super) serial: String,
    /// Its private key.
    pub(super) key: PrivateKey,
    pub(super) apiv3_key: Zeroizing<[u8; 32]>,
    /// WeChat Pay's keys.
    pub(super) trust: Trust,
}

impl std::fmt::Debug for V3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("V3").field("serial", &self.serial).finish_non_exhaustive()
    }
}

impl V3 {
    /// A signed request. `target`: path and query.
    pub(super) fn request(
        &self,
        shop: &Shop,
        target: &str,
        body: Option<serde_json::Value>,
        now_ms: i64,
        seed: &mut Seed,
    ) -> Result<Ask, CannotAsk> {
        let (method, body) = body.map_or(("GET", String::new()), |body| ("POST", body.to_string()));
        let nonce = seed.nonce();
        let authorization = self.authorization(&shop.mchid, [method, target, &body], &nonce, now_ms / 1000, seed)?;
        let mut headers = vec![
            ("Authorization".to_owned(), authorization),
            ("Accept".to_owned(), "application/json".to_owned()),
            ("User-Agent".to_owned(), "qiantai".to_owned()),
        ];
        if method == "POST" {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        // With which key answers should be signed.
        if let Some((id, _)) = &self.trust.public_key {
            headers.push(("Wechatpay-Serial".to_owned(), id.clone()));
        }
        Ok(Ask {
            method,
            url: format!("{}{target}", shop.base),
            headers,
            body: body.into_bytes(),
            client_certificate: false,
            longest: LONGEST,
        })
    }

    /// The `Authorization` of a request: method, path with query, and body.
    pub(super) fn authorization(
        &self,
        mchid: &str,
        [method, target, body]: [&str; 3],
        nonce: &str,
        timestamp: i64,
        seed: &mut Seed,
    ) -> Result<String, CannotAsk> {
        let signature = self.sign_lines(&[method, target, &timestamp.to_string(), nonce, body], seed)?;
        let serial = &self.serial;
        Ok(format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{timestamp}\",\
             serial_no=\"{serial}\",signature=\"{signature}\""
        ))
    }

    /// The signature over lines, each with its end; base64.
    pub(super) fn sign_lines(&self, lines: &[&str], seed: &mut Seed) -> Result<String, CannotAsk> {
        let text: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        Ok(STANDARD.encode(rsa_sha256(&self.key, text.as_bytes(), seed)?))
    }

    /// The object of an authenticated answer that says that it worked.
    pub(super) fn open(&self, reply: &Reply, now_ms: i64) -> Result<Object, No> {
        self.authenticate_reply(reply, now_ms)?;
        if (200..300).contains(&reply.status) {
            return Ok(Object::read(&reply.body)?);
        }
        Err(failed(reply))
    }

    /// An authenticated answer that says by its status alone that it worked.
    pub(super) fn open_empty(&self, reply: &Reply, now_ms: i64) -> Result<(), No> {
        self.authenticate_reply(reply, now_ms)?;
        match reply.status {
            204 if reply.body.is_empty() => Ok(()),
            200..300 => Err(Doubt::new(DoubtKind::Unlisted, format!("HTTP {}", reply.status)).into()),
            _ => Err(failed(reply)),
        }
    }

    fn authenticate_reply(&self, reply: &Reply, now_ms: i64) -> Result<(), Doubt> {
        if reply.body.len() > LONGEST {
            return Err(Doubt::new(DoubtKind::Unreadable, "too long"));
        }
        self.authenticate(&reply.headers, &reply.body, now_ms, &[]).map_err(|doubt| {
            // A request that WeChat Pay did not recognise is refused without a signature: say what it said.
            if doubt.kind == DoubtKind::Unsigned { unsigned(reply) } else { doubt }
        })
    }

    /// Whether headers and body are signed by one of WeChat Pay's keys, now. `fresh`: certificates that came with the very
    /// body, under the APIv3 key.
    pub(super) fn authenticate(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now_ms: i64,
        fresh: &[Certificate],
    ) -> Result<(), Doubt> {
        let header = |name| only(headers, name).ok_or_else(|| Doubt::new(DoubtKind::Unsigned, name));
        let (signature, serial) = (header("wechatpay-signature")?, header("wechatpay-serial")?);
        let (timestamp, nonce) = (header("wechatpay-timestamp")?, header("wechatpay-nonce")?);
        if signature.starts_with("WECHATPAY/SIGNTEST/") {
            return Err(Doubt::new(DoubtKind::BadSignature, "a probe of the signature check"));
        }
        if only(headers, "wechatpay-signature-type").is_some_and(|kind| kind != "WECHATPAY2-SHA256-RSA2048") {
            return Err(Doubt::new(DoubtKind::BadSignature, "another kind of signature"));
        }
        let key = self.trust.key(serial, fresh, now_ms)?;
        let text = [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat();
        let bytes = STANDARD.decode(signature).unwrap_or_default();
        if !fits_sha256(key, &text, &bytes) {
            return Err(Doubt::new(DoubtKind::BadSignature, "signature"));
        }
        let at: i64 = timestamp.parse().map_err(|_| Doubt::new(DoubtKind::Unreadable, "wechatpay-timestamp"))?;
        if (now_ms / 1000).saturating_sub(at).saturating_abs() > FRESH_S {
            return Err(Doubt::new(DoubtKind::Stale, timestamp));
        }
        Ok(())
    }

    /// What stands in a `resource` or an `encrypt_certificate`.
    pub(super) fn decrypt(&self, sealed: &Object) -> Result<Vec<u8>, Doubt> {
        let broken = || Doubt::new(DoubtKind::BadSignature, "ciphertext");
        if sealed.need("algorithm")? != "AEAD_AES_256_GCM" {
            return Err(Doubt::new(DoubtKind::BadSignature, "another algorithm than agreed"));
        }
        let (nonce, data) = (sealed.need("nonce")?, sealed.text("associated_data")?.unwrap_or_default());
        let ciphertext = STANDARD.decode(sealed.need("ciphertext")?).map_err(|_| broken())?;
        if nonce.len() != 12 {
            return Err(broken());
        }
        let payload = Payload { msg: &ciphertext, aad: data.as_bytes() };
        let cipher = Aes256Gcm::new((&*self.apiv3_key).into());
        cipher.decrypt(Nonce::from_slice(nonce.as_bytes()), payload).map_err(|_| broken())
    }
}

/// An authenticated error. Whatever a server in trouble says, the request may have been carried out.
fn failed(reply: &Reply) -> No {
    let read = || -> Result<Failure, Doubt> {
        let said = Object::read(&reply.body)?;
        Ok(Failure { code: said.need("code")?, message: said.text("message")?.unwrap_or_default() })
    };
    match read() {
        Ok(failure) if reply.status < 500 => No::Failed(failure),
        Ok(failure) => Doubt::new(DoubtKind::Trouble, failure.code).into(),
        Err(doubt) => doubt.into(),
    }
}

fn unsigned(reply: &Reply) -> Doubt {
    let said = Object::read(&reply.body).and_then(|said| said.text("code")).ok().flatten().unwrap_or_default();
    Doubt::new(DoubtKind::Unsigned, words(&format!("HTTP {} {said}", reply.status), 80))
}

/// What an order's object says was paid.
pub(super) fn claim(trade: &Object, source: Source) -> Result<Claim, Doubt> {
    let amount = trade.need_object("amount")?;
    let payer = trade.object("payer")?;
    Ok(Claim {
        source,
        out_no: trade.need("out_trade_no")?,
        trade_no: trade.need("transaction_id")?,
        amount: amount.fen("total")?,
        currency: amount.text("currency")?,
        app: trade.text("appid")?,
        seller: trade.text("mchid")?,
        paid_at: trade.text("success_time")?.as_deref().and_then(moment::from_rfc3339),
        buyer: payer.map(|payer| payer.text("openid")).transpose()?.flatten().unwrap_or_default(),
    })
}
