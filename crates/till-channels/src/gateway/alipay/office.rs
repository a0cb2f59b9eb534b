//! Requests that are about no order: the bill, and a test of the contract.

use jiff::civil::Date;
use url::Url;

use super::super::{Ask, CannotAsk, Doubt, DoubtKind, Office, OfficeAnswer, Place, Reply, Seed};
use super::Alipay;
use super::codes::{Failure, Meaning, Of};
use super::envelope::Said;
use super::form::unreadable;
use super::request::{Biz, Request};

const BILL: &str = "alipay.data.dataservice.bill.downloadurl.query";
const QUERY: &str = "alipay.trade.query";
/// A month of a busy shop, zipped, is a tenth of it.
const LONGEST_FILE: usize = 32 * 1024 * 1024;
/// Where Alipay keeps files.
const HOSTS: [&str; 2] = ["alipay.com", "alipaydev.com"];

impl Alipay {
    pub(super) fn ask_about(&self, office: &Office, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        match office {
            Office::Bill { date } => {
                let is_day = date.len() == 10 && Date::strptime("%Y-%m-%d", date).is_ok();
                if !is_day {
                    return Err(CannotAsk::DoesNotFit("date", "YYYY-MM-DD"));
                }
                let biz = Biz::new().with("bill_type", "trade").with("bill_date", date);
                self.post(Request::plain(BILL, biz), now_ms, seed)
            }
            Office::Test => {
                // Never an order of ours: theirs are no longer than 32.
                let biz = Biz::new().with("out_trade_no", format!("TEST{}", seed.nonce()));
                self.post(Request::plain(QUERY, biz), now_ms, seed)
            }
            Office::File { url, .. } => {
                let url = self.file_address(url).ok_or(CannotAsk::DoesNotFit("url", "not a place of Alipay's"))?;
                Ok(Ask {
                    method: "GET",
                    url: url.into(),
                    headers: Vec::new(),
                    body: Vec::new(),
                    client_certificate: false,
                    longest: LONGEST_FILE,
                })
            }
            Office::Certificates | Office::TestOlder => Err(CannotAsk::NoSuchCall),
        }
    }

    pub(super) fn read_about(&self, office: &Office, reply: &Reply, now_ms: i64) -> OfficeAnswer {
        let read = match office {
            Office::Bill { .. } => self.hear(BILL, reply, now_ms).and_then(|said| self.bill(&said)),
            Office::Test => self.hear(QUERY, reply, now_ms).and_then(|said| tested(&said)),
            Office::File { .. } => file(reply),
            Office::Certificates | Office::TestOlder => Err(unreadable("Alipay has no such call")),
        };
        read.unwrap_or_else(OfficeAnswer::Unknown)
    }

    fn bill(&self, said: &Said) -> Result<OfficeAnswer, Doubt> {
        if let Some(failure) = Failure::of(Of::Bill, said)? {
            return Ok(match failure.meaning {
                Some(Meaning::NotThere) => OfficeAnswer::NoFile,
                Some(Meaning::Refused(kind)) => OfficeAnswer::Refused(failure.refusal(kind)),
                _ => OfficeAnswer::Unknown(failure.doubt()),
            });
        }
        let url = self.file_address(said.need("bill_download_url")?).ok_or_else(|| unreadable("bill_download_url"))?;
        Ok(OfficeAnswer::Elsewhere { url: url.into(), hash: None })
    }

    /// An address of a bill, if it is at Alipay's (or the simulator's). Alipay writes `http` in some answers; what is
    /// fetched is never unencrypted.
    fn file_address(&self, text: &str) -> Option<Url> {
        let mut url = crate::merchant::address::parse(text)?;
        if let Place::Simulator(base) = &self.place
            && crate::merchant::address::is_inside(base, text)
        {
            return Some(url);
        }
        let host = url.host_str()?;
        let theirs = HOSTS
            .into_iter()
            .any(|known| host == known || host.strip_suffix(known).is_some_and(|sub| sub.ends_with('.')));
        if !theirs || url.port().is_some() {
            return None;
        }
        url.set_scheme("https").ok()?;
        Some(url)
    }
}

/// A query for an order that cannot exist: that it does not is the one right answer.
fn tested(said: &Said) -> Result<OfficeAnswer, Doubt> {
    match Failure::of(Of::Query, said)? {
        Some(failure) => Ok(match failure.meaning {
            Some(Meaning::NotThere) => OfficeAnswer::Works,
            Some(Meaning::Refused(kind)) => OfficeAnswer::Refused(failure.refusal(kind)),
            _ => OfficeAnswer::Unknown(failure.doubt()),
        }),
        None => Err(Doubt::new(DoubtKind::NotOurs, "an order that cannot exist")),
    }
}

/// A zip, as it is: nothing but the connection vouches for it.
fn file(reply: &Reply) -> Result<OfficeAnswer, Doubt> {
    if reply.status != 200 {
        return Err(Doubt::new(DoubtKind::Trouble, format!("HTTP {}", reply.status)));
    }
    if reply.body.len() > LONGEST_FILE || !reply.body.starts_with(b"PK\x03\x04") {
        return Err(unreadable("not a zip file"));
    }
    Ok(OfficeAnswer::File { name: "alipay-bill.zip".into(), bytes: reply.body.clone() })
}
