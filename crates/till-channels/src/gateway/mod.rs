//! Providers' APIs (official gateways): what a request says, what an answer means. Bytes in, bytes out: no network, no
//! clock, no randomness of its own, no memory between calls.
//!
//! One rule stands above all codecs: an answer that is not explicit and authenticated is [`Answer::Unknown`]. An error code
//! nobody listed, a missing signature, a body that does not read, HTTP 500: unknown, never a refusal and never money.

pub mod alipay;
pub mod claim;
pub mod fields;
pub mod keys;
pub mod moment;
pub mod seed;
pub mod sign;
pub mod unionpay;
pub mod wechat;

use till_core::Fen;
use till_core::trade::Pace;

pub use claim::{Claim, Disagreement, Identity, Source};
pub use fields::{Fault, Field, FieldKind, Place, Provider, Values, build, fields_of};
pub use seed::Seed;

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
    fn came_back(&self, query: &str) -> Result<Returned, Doubt>;
}

/// What a contract may be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    /// Make a code for the customer to scan.
    Code,
    /// Charge a code we scanned.
    Scan,
    /// Cancel or reverse what was scanned.
    Reverse,
    /// Give money back.
    Refund,
    /// Fetch the day's bill.
    Bill,
}

/// An order as the provider knows it. The same for every call about it, as it was stored before the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Our number for it: 8 to 32 ASCII letters and digits, never used twice.
    pub out_no: String,
    /// The provider's number, once known.
    pub trade_no: Option<String>,
    /// What is to be paid.
    pub amount: Fen,
    /// What the customer reads.
    pub subject: String,
    /// When it was written down: providers that want a time of the order want always the same.
    pub created_at: i64,
    /// When the customer's time is up.
    pub expires_at: i64,
    /// We scanned the customer's code.
    pub scanned: bool,
    /// Where notices should go; none: nowhere, the till asks.
    pub notify_url: Option<String>,
    /// The address of the terminal or of the customer, where the provider insists on one.
    pub ip: String,
    /// Which till.
    pub terminal: String,
}

/// A question about one order.
#[derive(Clone, PartialEq, Eq)]
pub enum Call {
    /// Make a code for the customer to scan.
    Create,
    /// Charge the code we scanned.
    Scan {
        /// The customer's payment code. A secret for a minute.
        auth_code: String,
    },
    /// How does it stand?
    Query,
    /// End it: close, cancel or reverse, whichever fits the order. May give the money back if it was paid.
    End,
    /// Give money back.
    Refund(RefundOrder),
    /// How does that refund stand?
    RefundQuery(RefundOrder),
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Call::Create => f.write_str("Create"),
            Call::Scan { .. } => f.write_str("Scan { .. }"),
            Call::Query => f.write_str("Query"),
            Call::End => f.write_str("End"),
            Call::Refund(r) => f.debug_tuple("Refund").field(r).finish(),
            Call::RefundQuery(r) => f.debug_tuple("RefundQuery").field(r).finish(),
        }
    }
}

/// A refund as the provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// Our number for it: the same at every try.
    pub refund_no: String,
    /// What goes back.
    pub amount: Fen,
    /// Why; may be empty.
    pub reason: String,
    /// When it was written down.
    pub created_at: i64,
    /// The provider's own number of the refund, once known (UnionPay asks by it).
    pub trade_no: Option<String>,
}

/// A request that is about no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Office {
    /// Where is the bill of this day (`YYYY-MM-DD`, the provider's calendar)? Some answer with the file at once.
    Bill {
        /// The day.
        date: String,
    },
    /// Fetch a file from where [`OfficeAnswer::Elsewhere`] said.
    File {
        /// Its address.
        url: String,
        /// Its hash, in the provider's own notation.
        hash: Option<String>,
    },
    /// The provider's current certificates (WeChat).
    Certificates,
    /// A harmless question that only a right contract answers: a query for an order that does not exist.
    Test,
}

/// What the answer to such a request means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfficeAnswer {
    /// A file.
    File {
        /// A name for it, with its ending.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// The file is there; its address lives for seconds.
    Elsewhere {
        /// Where.
        url: String,
        /// Its hash, in the provider's own notation.
        hash: Option<String>,
    },
    /// There is none: no trades that day, or asked too early.
    NoFile,
    /// Certificates, as PEM.
    Certificates(Vec<String>),
    /// The test passed: the provider knows this contract and its answer is authentic.
    Works,
    /// Refused, with the provider's reason.
    Refused(Refusal),
    /// Anything else.
    Unknown(Doubt),
}

/// An HTTP request, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Ask {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Send with the merchant's client certificate.
    pub client_certificate: bool,
    /// The longest answer worth reading, in bytes.
    pub longest: usize,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Bodies carry payment codes and signatures.
        f.debug_struct("Ask").field("method", &self.method).field("body", &self.body.len()).finish_non_exhaustive()
    }
}

/// The merchant's client certificate, for mutual TLS.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificates, DER, own first.
    pub chain: Vec<Vec<u8>>,
    /// The private key, PKCS#8 DER.
    pub key: zeroize::Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCertificate").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The one header of this name (lower case); none if it is missing or stands twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        only(&self.headers, name)
    }
}

/// The one value of a name; none if it is missing or stands twice.
pub(crate) fn only<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    let first = found.next()?;
    if found.next().is_some() { None } else { Some(&first.1) }
}

/// What an answer about an order means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Show this to the customer.
    Code(String),
    /// Paid, says an authenticated answer. Whether it agrees with the order is for [`Claim::agrees`] to say.
    Paid(Claim),
    /// Not paid yet.
    Waiting,
    /// The provider knows no such trade (or refund).
    NotThere,
    /// It can never be paid any more.
    Ended {
        /// Money had come and went back with it.
        gave_back: bool,
    },
    /// Failed for good: nothing was charged, or given back.
    Refused(Refusal),
    /// Ask the very same again.
    Again,
    /// The money went back.
    Refunded {
        /// The provider's number of the refund.
        trade_no: Option<String>,
        /// What went back, if it was said.
        amount: Option<Fen>,
    },
    /// The provider is giving it back.
    RefundPending {
        /// The provider's number of the refund.
        trade_no: Option<String>,
    },
    /// Anything else.
    Unknown(Doubt),
}

/// An explicit, authenticated refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What a person can do about it.
    pub kind: RefusalKind,
    /// The provider's code.
    pub code: String,
    /// The provider's words.
    pub message: String,
}

/// What a person can do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The code is worn out or mistyped: scan a fresh one.
    ScanAgain,
    /// Not enough money, a card that cannot: another way to pay.
    OtherMeans,
    /// The number is used up: begin anew.
    NewNumber,
    /// The contract does not include this.
    NotAllowed,
    /// A key, a certificate, a setting is wrong.
    Settings,
    /// Too many questions.
    TooOften,
    /// The shop's balance does not cover a refund.
    NoFunds,
    /// Too late for this.
    TooLate,
    /// Whatever the provider says.
    Other,
}

/// Why an answer or a notice proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What kind of doubt.
    pub kind: DoubtKind,
    /// The provider's code, or what did not read. Technical; never a secret.
    pub detail: String,
    /// The order it says it is about. Unauthenticated: good for asking, for nothing else.
    pub out_no: Option<String>,
}

/// Kinds of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DoubtKind {
    /// No signature where there must be one.
    Unsigned,
    /// The signature does not fit, or is made with another algorithm or key than agreed.
    BadSignature,
    /// Signed too long ago or ahead of our clock.
    Stale,
    /// Cannot be read: malformed, ambiguous, too long, an entity where none may be.
    Unreadable,
    /// Authentic, but about another shop, app, order, amount or currency.
    NotOurs,
    /// Authentic, but a code or status that is not listed here.
    Unlisted,
    /// The provider is in trouble.
    Trouble,
}

impl Doubt {
    /// A doubt without an order.
    pub fn new(kind: DoubtKind, detail: impl Into<String>) -> Doubt {
        Doubt { kind, detail: detail.into(), out_no: None }
    }

    /// The same, naming the order it says it is about.
    pub fn about(mut self, out_no: Option<String>) -> Doubt {
        self.out_no = out_no;
        self
    }
}

/// A request cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAsk {
    /// A key or setting it needs is missing; which field.
    #[error("the setting {0} is missing")]
    Missing(&'static str),
    /// The provider has no such call.
    #[error("this provider has no such call")]
    NoSuchCall,
    /// A value does not fit; which, and why.
    #[error("{0} does not fit: {1}")]
    DoesNotFit(&'static str, &'static str),
    /// The key does not sign.
    #[error("the private key does not sign: {0}")]
    Key(String),
}

/// A notice as it came: nothing decoded, nothing re-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawNotice {
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// The query of the address, undecoded.
    pub query: String,
    /// The body.
    pub body: Vec<u8>,
}

/// An authentic notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The provider's id of the notice, the same at each delivery.
    pub id: String,
    /// What it says.
    pub about: About,
}

/// What an authentic notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An order was paid.
    Paid(Claim),
    /// An order was refunded, in part or in full. Not a payment, whatever status it carries.
    Refund {
        /// The order, if it says so.
        out_no: Option<String>,
        /// Our number of the refund, if it says so.
        refund_no: Option<String>,
        /// Decrypted but without integrity (WeChat v2): ask the provider.
        ask: bool,
    },
    /// An order ended without money.
    Ended {
        /// The order.
        out_no: String,
    },
    /// Something else about an order.
    Other {
        /// The order, if it says so.
        out_no: Option<String>,
        /// The provider's status.
        status: String,
    },
}

/// An answer to a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The body, to the letter.
    pub body: Vec<u8>,
}

/// A way to pay elsewhere than at the counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Alipay: the order string for the app's SDK.
    AlipayApp,
    /// Alipay: a page on a computer.
    AlipayPage {
        /// Where the browser returns to.
        return_url: Option<String>,
    },
    /// Alipay: a page on a phone.
    AlipayWap {
        /// Where the browser returns to.
        return_url: Option<String>,
        /// Where it goes if the customer gives up.
        quit_url: Option<String>,
    },
    /// WeChat: a page inside WeChat, or a mini program.
    WechatJsapi {
        /// The customer's id with the shop's app.
        openid: String,
        /// The mini program's own app id, if not the contract's.
        appid: Option<String>,
        /// Ask through v2 (`unifiedorder`), not v3.
        v2: bool,
    },
    /// WeChat: an app.
    WechatApp {
        /// The app's id, if not the contract's.
        appid: Option<String>,
        /// Ask through v2 (`unifiedorder`), not v3.
        v2: bool,
    },
    /// WeChat: a browser on a phone (MWEB, H5). Needs the customer's address in the order.
    WechatH5 {
        /// The shop's page.
        wap_url: String,
        /// The shop's name there.
        wap_name: String,
        /// Ask through v2 (`unifiedorder`), not v3.
        v2: bool,
    },
}

/// What [`Gateway::prepare`] came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// Ready: the provider hears of it from the customer.
    Ready(Handover),
    /// The provider must be asked first; then [`Gateway::hand_over`].
    Ask(Ask),
}

/// What a surface needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// An order string for an SDK.
    OrderString(String),
    /// An address to open, and a form that posts itself there.
    Page {
        /// For GET.
        url: String,
        /// HTML that posts the same.
        form: String,
    },
    /// An address to open.
    Url(String),
    /// Parameters, signed, names as the client's call wants them.
    Parameters(Vec<(&'static str, String)>),
}

/// What a returning browser said, signature checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The order.
    pub out_no: String,
    /// What it says was to be paid.
    pub amount: Option<Fen>,
}
