//! Notices, and browsers that come back: parameters with a signature over their sorted text (Alipay's rule V1).

use super::super::{About, Claim, Doubt, DoubtKind, Heard, RawNotice, Returned, Source, moment};
use super::Alipay;
use super::answer::{amount, is_paid};
use super::form::{Form, unreadable};

/// What the signed text leaves out. With `sign_type` outside of it, the algorithm is pinned, never read.
const UNSIGNED: &[&str] = &["sign", "sign_type", "alipay_cert_sn"];

impl Alipay {
    /// The parameters, if Alipay signed them.
    fn authentic(&self, raw: &[u8], now_ms: i64) -> Result<Form, Doubt> {
        let form = Form::read(raw)?;
        let checked = self.check_form(&form, now_ms);
        checked.map_err(|doubt| doubt.about(form.get("out_trade_no").map(str::to_owned)))?;
        Ok(form)
    }

    fn check_form(&self, form: &Form, now_ms: i64) -> Result<(), Doubt> {
        let signature = form.get("sign").ok_or_else(|| Doubt::new(DoubtKind::Unsigned, ""))?;
        if form.get("sign_type") != Some("RSA2") {
            return Err(Doubt::new(DoubtKind::BadSignature, "a sign_type other than RSA2"));
        }
        if !form.need("charset")?.eq_ignore_ascii_case("utf-8") {
            return Err(unreadable("a charset other than utf-8"));
        }
        self.check(&form.signed_text(UNSIGNED)?, signature, form.get("alipay_cert_sn"), now_ms)
    }

    pub(super) fn read_notice(&self, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt> {
        let form = self.authentic(&raw.body, now_ms)?;
        let out_no = form.get("out_trade_no").map(str::to_owned);
        self.tell(&form).map_err(|doubt| doubt.about(out_no))
    }

    fn tell(&self, form: &Form) -> Result<Heard, Doubt> {
        let id = form.need("notify_id")?.to_owned();
        let out_no = form.get("out_trade_no").map(str::to_owned);
        let about = match (form.need("trade_status")?, refunds(form)) {
            (_, true) => About::Refund { out_no, refund_no: form.get("out_biz_no").map(str::to_owned), ask: false },
            (status, _) if is_paid(status) => return Ok(Heard { id, about: About::Paid(claim(form)?) }),
            ("TRADE_CLOSED", _) => About::Ended { out_no: form.need("out_trade_no")?.to_owned() },
            (status, _) => About::Other { out_no, status: status.to_owned() },
        };
        // A claim of payment is weighed by `Claim::agrees`; whatever else is said has no claim and is weighed here.
        self.is_ours(form)?;
        Ok(Heard { id, about })
    }

    fn is_ours(&self, form: &Form) -> Result<(), Doubt> {
        if form.get("app_id") != Some(&self.app_id) {
            return Err(Doubt::new(DoubtKind::NotOurs, "another app_id"));
        }
        if self.seller_id.is_some() && form.get("seller_id") != self.seller_id.as_deref() {
            return Err(Doubt::new(DoubtKind::NotOurs, "another seller_id"));
        }
        Ok(())
    }

    /// Shown to people, never money: this says what was to be paid, not that it was.
    pub(super) fn read_return(&self, query: &str, now_ms: i64) -> Result<Returned, Doubt> {
        let form = self.authentic(query.trim_start_matches('?').as_bytes(), now_ms)?;
        let out_no = form.need("out_trade_no")?.to_owned();
        let doubted = |doubt: Doubt| doubt.about(Some(out_no.clone()));
        if !matches!(form.get("method"), Some("alipay.trade.page.pay.return" | "alipay.trade.wap.pay.return")) {
            return Err(doubted(unreadable("method")));
        }
        self.is_ours(&form).map_err(doubted)?;
        let said = form.get("total_amount").map(|text| amount(text).ok_or_else(|| unreadable("total_amount")));
        let amount = said.transpose().map_err(doubted)?;
        Ok(Returned { out_no, amount })
    }
}

/// Refunds in part are told with `TRADE_SUCCESS` once more; these give them away.
fn refunds(form: &Form) -> bool {
    ["refund_fee", "gmt_refund", "out_biz_no"].into_iter().any(|name| form.get(name).is_some())
}

fn claim(form: &Form) -> Result<Claim, Doubt> {
    let paid_at =
        form.get("gmt_payment").map(|text| moment::from_spaced(text).ok_or_else(|| unreadable("gmt_payment")));
    Ok(Claim {
        source: Source::Notice,
        out_no: form.need("out_trade_no")?.to_owned(),
        trade_no: form.need("trade_no")?.to_owned(),
        amount: amount(form.need("total_amount")?).ok_or_else(|| unreadable("total_amount"))?,
        currency: form.get("trans_currency").map(str::to_owned),
        app: form.get("app_id").map(str::to_owned),
        seller: form.get("seller_id").map(str::to_owned),
        paid_at: paid_at.transpose()?,
        buyer: form.get("buyer_logon_id").unwrap_or_default().to_owned(),
    })
}
