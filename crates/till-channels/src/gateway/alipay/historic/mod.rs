//! Historic: what Alipay spoke before the open platform, for shops whose old contracts still run. Pure functions; no
//! gateway uses them, and nothing here alone is money: an MD5 shows only that somebody knows the shop's key.

pub mod mapi;
pub mod wap;

use super::super::Doubt;
use super::super::sign;
use super::form::{Form, unreadable};

/// The historic digest: the text with the key right behind it.
fn digest(text: &str, key: &str) -> String {
    sign::md5_hex(format!("{text}{key}").as_bytes())
}

/// Whether a digest fits, whatever its case.
fn fits(text: &str, key: &str, digest_of_theirs: &str) -> bool {
    !key.is_empty() && sign::same(digest(text, key).as_bytes(), digest_of_theirs.to_ascii_lowercase().as_bytes())
}

/// An amount a historic message must name.
fn total_fee(text: &str) -> Result<till_core::Fen, Doubt> {
    super::answer::amount(text).ok_or_else(|| unreadable("total_fee"))
}

/// Parameters whose digest, over all but these, fits.
fn authentic(raw: &[u8], key: &str, but: &[&str]) -> Result<Form, Doubt> {
    use super::super::DoubtKind::{BadSignature, Unsigned};
    let form = Form::read(raw)?;
    let theirs = form.get("sign").ok_or_else(|| Doubt::new(Unsigned, ""))?;
    if form.get("sign_type").is_some_and(|how| how != "MD5") {
        return Err(Doubt::new(BadSignature, "a sign_type other than MD5"));
    }
    if !fits(&form.signed_text(but)?, key, theirs) {
        return Err(Doubt::new(BadSignature, ""));
    }
    Ok(form)
}
