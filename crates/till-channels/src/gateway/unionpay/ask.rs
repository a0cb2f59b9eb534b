//! The requests: which pairs each call sends, and where.

use jiff::civil::Date;
use till_core::Fen;
use url::form_urlencoded;

use super::super::{Ask, Call, CannotAsk, Office, Order, Provider, RefundOrder, Seed, auth_code, moment};
use super::signature::{self, BY_CERTIFICATE, VERSION};
use super::{Products, Unionpay};

/// The longest answer to a question.
const LONGEST: usize = 64 * 1024;
/// The longest answer with a file in it.
const LONGEST_WITH_FILE: usize = 48 * 1024 * 1024;
/// What UnionPay's guide says to send by whoever wants no notices; the field itself may not be left out.
const NO_NOTICES: &str = "http://www.specialUrl.com";
/// Nobody has an order of this number: ours begin otherwise.
const NO_ORDER: &str = "TESTNOSUCHORDER";

/// The transaction that takes a charge back as if it had not been.
pub(super) const REVERSAL: &str = "99";

type Pairs = Vec<(&'static str, String)>;

/// The number of an order's cancel, which to UnionPay is a transaction of its own. The same at every try.
pub fn cancel_number(out_no: &str) -> String {
    format!("{out_no}CANCEL")
}

/// The order whose cancel has this number.
pub(super) fn cancelled_number(cancel_number: &str) -> Option<&str> {
    cancel_number.strip_suffix("CANCEL")
}

/// Whether a text is a customer's code.
pub(super) fn is_auth_code(text: &str) -> bool {
    auth_code::is_of(Provider::Unionpay, text)
}

impl Unionpay {
    pub(super) fn ask_for(&self, order: &Order, call: &Call, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        // Together they are the key of a transaction: each has the same at every call about it.
        let ours = |mut pairs: Pairs| {
            pairs.extend(key(&order.out_no, order.created_at, "out_no")?);
            Ok::<_, CannotAsk>(pairs)
        };
        match call {
            Call::Create if self.products != Products::Scan => {
                let mut pairs = ours(self.trade("01", "07"))?;
                pairs.extend(money(order.amount)?);
                pairs.push(self.back_url(order));
                self.post(Door::Back, pairs, seed)
            }
            Call::Scan { auth_code } if self.products != Products::Code => {
                if !is_auth_code(auth_code) {
                    return Err(CannotAsk::DoesNotFit("auth_code", "19 digits that begin with 62"));
                }
                let mut pairs = ours(self.trade("01", "06"))?;
                pairs.extend(money(order.amount)?);
                pairs.push(self.back_url(order));
                pairs.push(("qrNo", auth_code.clone()));
                pairs.push(("termId", terminal(&order.terminal)));
                self.post(Door::Back, pairs, seed)
            }
            Call::Create | Call::Scan { .. } => Err(CannotAsk::NoSuchCall),
            Call::Query => self.post(Door::Query, ours(self.common("00", "00"))?, seed),
            Call::End => {
                let Some(paid) = &order.trade_no else { return self.reverse(order, now_ms, seed) };
                let mut pairs = self.trade("31", "00");
                pairs.extend(key(&cancel_number(&order.out_no), order.created_at, "out_no")?);
                pairs.extend(money(order.amount)?);
                pairs.push(self.back_url(order));
                pairs.push(("origQryId", paid.clone()));
                self.post(Door::Back, pairs, seed)
            }
            Call::Refund(refund) => self.refund(order, refund, seed),
            Call::RefundQuery(refund) => {
                let mut pairs = self.common("00", "00");
                pairs.extend(key(&refund.refund_no, refund.created_at, "refund_no")?);
                self.post(Door::Query, pairs, seed)
            }
        }
    }

    /// What has no number of UnionPay's yet cannot be cancelled by it. A charge of a scanned code is reversed instead
    /// (冲正), under the charge's own number and time. A code nobody paid cannot be ended at all: it is watched until it is
    /// dead.
    fn reverse(&self, order: &Order, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        if !order.scanned {
            return Err(CannotAsk::NoSuchCall);
        }
        if clearing_day(order.created_at) != clearing_day(now_ms) {
            return Err(CannotAsk::DoesNotFit("created_at", "reversed on the day of the charge only"));
        }
        let mut pairs = self.trade(REVERSAL, "01");
        pairs.extend(key(&order.out_no, order.created_at, "out_no")?);
        self.post(Door::Back, pairs, seed)
    }

    fn refund(&self, order: &Order, refund: &RefundOrder, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        let paid = order.trade_no.as_ref().ok_or(CannotAsk::DoesNotFit("trade_no", "not known yet"))?;
        if refund.amount > order.amount {
            return Err(CannotAsk::DoesNotFit("amount", "more than was paid"));
        }
        let mut pairs = self.trade("04", "00");
        pairs.extend(key(&refund.refund_no, refund.created_at, "refund_no")?);
        pairs.extend(money(refund.amount)?);
        pairs.push(self.back_url(order));
        pairs.push(("origQryId", paid.clone()));
        self.post(Door::Back, pairs, seed)
    }

    pub(super) fn ask_for_office(&self, office: &Office, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        match office {
            Office::Bill { date } => {
                let day: Date = date.parse().map_err(|_| CannotAsk::DoesNotFit("date", "YYYY-MM-DD"))?;
                let mut pairs = self.common("76", "01");
                pairs.push(("fileType", "00".to_owned()));
                pairs.push(("settleDate", day.strftime("%m%d").to_string()));
                pairs.push(("txnTime", moment::packed(now_ms)));
                self.post(Door::Files, pairs, seed)
            }
            Office::Test => {
                let mut pairs = self.common("00", "00");
                pairs.extend(key(NO_ORDER, now_ms, "out_no")?);
                self.post(Door::Query, pairs, seed)
            }
            Office::File { .. } | Office::Certificates | Office::TestOlder => Err(CannotAsk::NoSuchCall),
        }
    }

    /// What stands in every request.
    fn common(&self, kind: &str, sub_kind: &str) -> Pairs {
        let mut pairs = vec![
            ("version", VERSION.to_owned()),
            ("encoding", "UTF-8".to_owned()),
            ("signMethod", BY_CERTIFICATE.to_owned()),
            ("certId", self.cert_id.clone()),
            ("txnType", kind.to_owned()),
            ("txnSubType", sub_kind.to_owned()),
            ("bizType", "000000".to_owned()),
            ("merId", self.mer_id.clone()),
        ];
        // 0: the shop itself asks. 1: through the institution that acquires for it, which must then be named.
        match &self.acq_ins_code {
            None => pairs.push(("accessType", "0".to_owned())),
            Some(code) => pairs.extend([("accessType", "1".to_owned()), ("acqInsCode", code.clone())]),
        }
        pairs
    }

    /// What stands in every request that moves money. Channel 08: mobile.
    fn trade(&self, kind: &str, sub_kind: &str) -> Pairs {
        let mut pairs = self.common(kind, sub_kind);
        pairs.push(("channelType", "08".to_owned()));
        pairs
    }

    fn back_url(&self, order: &Order) -> (&'static str, String) {
        let url = order.notify_url.as_deref().or(self.back_url.as_deref()).unwrap_or(NO_NOTICES);
        ("backUrl", url.to_owned())
    }

    fn post(&self, door: Door, mut pairs: Pairs, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        let text = signature::text(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        pairs.push(("signature", signature::made(&self.key, &text, seed)?));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let (url, longest) = match door {
            Door::Back => (format!("{}/gateway/api/backTransReq.do", self.hosts.gateway), LONGEST),
            Door::Query => (format!("{}/gateway/api/queryTrans.do", self.hosts.gateway), LONGEST),
            Door::Files => (format!("{}/", self.hosts.files), LONGEST_WITH_FILE),
        };
        Ok(Ask {
            method: "POST",
            url,
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded;charset=UTF-8".to_owned())],
            body: body.into_bytes(),
            client_certificate: false,
            longest,
        })
    }
}

/// UnionPay's day, which ends at 23:00 in China: its number.
fn clearing_day(at_ms: i64) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    at_ms.saturating_add((8 + 1) * HOUR_MS).div_euclid(24 * HOUR_MS)
}

/// Where a request goes.
enum Door {
    /// What moves money.
    Back,
    /// Questions.
    Query,
    /// Settlement files.
    Files,
}

fn key(number: &str, at: i64, field: &'static str) -> Result<Pairs, CannotAsk> {
    if !(8..=40).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(CannotAsk::DoesNotFit(field, "8 to 40 letters and digits"));
    }
    Ok(vec![("orderId", number.to_owned()), ("txnTime", moment::packed(at))])
}

fn money(amount: Fen) -> Result<Pairs, CannotAsk> {
    if !amount.is_positive() {
        return Err(CannotAsk::DoesNotFit("amount", "at least one fen"));
    }
    Ok(vec![("txnAmt", amount.get().to_string()), ("currencyCode", "156".to_owned())])
}

/// Eight letters and digits: the end of the till's name, filled up with zeros.
fn terminal(name: &str) -> String {
    let fitting: Vec<char> = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let end: String = fitting.iter().skip(fitting.len().saturating_sub(8)).collect();
    format!("{end:0>8}")
}
