//! Providers' APIs (official gateways): what a request says, what an answer means. Bytes in, bytes out: no network, no
//! clock, no randomness of its own, no memory between calls.
//!
//! One rule stands above all codecs: an answer that is not explicit and authenticated is [`Answer::Unknown`]. An error code
//! nobody listed, a missing signature, a body that does not read, HTTP 500: unknown, never a refusal and never money.

pub mod alipay;
mod answer;
mod auth_code;
pub mod claim;
pub mod fields;
mod heard;
mod http;
pub mod keys;
pub mod moment;
mod order;
pub mod seed;
pub mod sign;
mod surface;
pub mod unionpay;
pub mod wechat;

use till_core::trade::Pace;

pub use answer::{Answer, CannotAsk, Doubt, DoubtKind, OfficeAnswer, Refusal, RefusalKind};
pub use auth_code::{AUTH_CODES, AuthCodes};
pub use claim::{Claim, Disagreement, Identity, Source};
pub use fields::{Fault, Field, FieldKind, Place, Provider, Values, build, fields_of, lapsed};
pub use heard::{About, Heard};
pub use http::{Ack, Ask, ClientCertificate, RawNotice, Reply};
pub use order::{Call, Can, Office, Order, RefundOrder};
pub use seed::Seed;
pub use surface::{Handover, Prepared, Returned, Surface};

pub(crate) use http::only;

/// One contract of the shop with one provider: its keys, and how it speaks.
pub trait Gateway: Send + Sync + std::fmt::Debug {
    /// Who is paid through it. Claims must agree with it.
    fn identity(&self) -> Identity;

    /// The provider's schedule for trades whose code the customer scans, and for those whose code we scanned.
    fn pace(&self, scanned: bool) -> Pace;

    /// Whether a text that was typed or scanned is a customer's payment code of this provider.
    fn is_auth_code(&self, text: &str) -> bool;

    /// What of [`Can`] this contract has keys for.
    fn can(&self, what: Can) -> bool;

    /// The request for a call.
    fn ask(&self, order: &Order, call: &Call, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk>;

    /// What an answer to that call means. Never fails: what does not read is unknown.
    fn read(&self, order: &Order, call: &Call, reply: &Reply, now_ms: i64) -> Answer;

    /// Requests that are about no order: bills, certificates, a test of the contract.
    fn ask_office(&self, office: &Office, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk>;

    /// What the answer to one of those means.
    fn read_office(&self, office: &Office, reply: &Reply, now_ms: i64) -> OfficeAnswer;

    /// What to ask, in this order, until every key of the contract has been tried. Never empty.
    fn tests(&self) -> Vec<Office>;

    /// Takes in certificates that came as [`OfficeAnswer::Certificates`]: the field and its new value. The caller keeps it and
    /// builds the contract anew. None: they are held already.
    fn renew(&self, certificates: &[String], now_ms: i64) -> Result<Option<(&'static str, String)>, Doubt>;

    /// A notice that came in. `Err`: not authenticated, or not understood; it proves nothing.
    fn notice(&self, raw: &RawNotice, now_ms: i64) -> Result<Heard, Doubt>;

    /// What the provider wants to hear in answer to a notice, to the letter. WeChat's two versions want different words,
    /// so the notice is looked at again.
    fn acknowledge(&self, raw: &RawNotice, taken: bool) -> Ack;

    /// A payment on another surface than the counter: the strings an app, a page or a mini program needs.
    fn prepare(&self, order: &Order, surface: &Surface, now_ms: i64, seed: &mut Seed) -> Result<Prepared, CannotAsk>;

    /// What such a surface needs, from the answer to the request that [`Gateway::prepare`] made.
    #[expect(clippy::result_large_err, reason = "once in a payment, and every answer is of that size")]
    fn hand_over(
        &self,
        order: &Order,
        surface: &Surface,
        reply: &Reply,
        now_ms: i64,
        seed: &mut Seed,
    ) -> Result<Handover, Answer>;

    /// The parameters with which a customer's browser came back (Alipay page and WAP). Shown to people, never money.
    fn came_back(&self, query: &str, now_ms: i64) -> Result<Returned, Doubt>;
}
