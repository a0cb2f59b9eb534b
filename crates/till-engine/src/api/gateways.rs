#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
use till_core::{Channel, Fen};

pub use till_core::trade::{RefundStage, Stage};

use super::{RefundKind, Secret, SecretPlace};

/// Where a contract's requests go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GatewayPlace {
    /// Real money.
    #[default]
    Live,
    /// The provider's test system: nothing here is money, and every screen says so.
    Sandbox,
    /// A simulator on this computer, `http://127.0.0.1:port`.
    Simulator { address: String },
}

/// What the owner says about a contract, beside its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewaySettings {
    /// 1–40 characters.
    pub name: String,
    pub place: GatewayPlace,
    /// Switched off: nothing new is begun through it; what was begun is seen to its end.
    pub enabled: bool,
    /// Tickets show its code instead of the shop's own code of this channel.
    pub shows_code: bool,
    /// The provider's public address of this till (`https://…`, ends in `/notify/<provider>`); empty: the till asks.
    pub notify_url: String,
    /// Where notices are kept for this till (see the relay's contract); empty: nowhere.
    pub relay_url: String,
}

impl Default for GatewaySettings {
    fn default() -> GatewaySettings {
        GatewaySettings {
            name: String::new(),
            place: GatewayPlace::Live,
            enabled: true,
            shows_code: true,
            notify_url: String::new(),
            relay_url: String::new(),
        }
    }
}

/// A value for a field of a contract. Empty takes the value away; a field that is not named keeps its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayValue {
    pub field: String,
    pub text: Secret,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GatewayFieldKind {
    Text,
    Secret,
    Choice,
    PrivateKey,
    PublicKey,
    Certificate,
    /// A PFX file in base64; `password_field` names the field with its password.
    Pfx,
}

/// A field of a contract, and how it stands. A secret is never here: `filled` says that there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayField {
    /// As the provider calls it: `app_id`, `mchid`, `mer_id`…
    pub name: String,
    pub kind: GatewayFieldKind,
    pub choices: Vec<String>,
    pub password_field: Option<String>,
    pub required: bool,
    pub secret: bool,
    pub filled: bool,
    /// The value, if it is no secret.
    pub text: String,
    /// What the key or certificate in it is.
    pub facts: Vec<KeyFacts>,
    /// What is wrong with it, in the shop's language; empty if nothing.
    pub fault: String,
}

/// What a pasted text or a picked file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeyFacts {
    /// `private_key`, `public_key`, `certificate`, `pfx`, `secret`, `nothing`.
    pub kind: String,
    /// `PKCS#1`, `PKCS#8`, `SPKI`, `X.509`, `PKCS#12`; empty for others.
    pub form: String,
    /// `PEM`, `base64`, `DER`.
    pub wrapping: String,
    pub bits: Option<u32>,
    /// SHA-256 of the public half, first 16 hex digits: a pair has the same.
    pub fingerprint: String,
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub not_before: Option<i64>,
    pub not_after: Option<i64>,
    /// In one sentence, in the shop's language: what it is, and what is wrong with it.
    pub sentence: String,
}

/// A pair of keys made here. The private half is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeyPair {
    /// PKCS#8 in one line of base64, as Alipay's own tool writes it.
    pub private_key: String,
    /// SubjectPublicKeyInfo in one line of base64: for the provider's console.
    pub public_key: String,
    pub fingerprint: String,
}

/// How a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GatewayState {
    /// Never answered.
    New,
    Fine,
    /// The last answers were doubts or silence.
    Trouble,
    /// Its keys are not on this computer, or do not open.
    NoSecret,
    /// Its keys wait for the passphrase.
    Locked,
    /// A value is wrong or missing.
    Incomplete,
    /// Switched off.
    Off,
    Ended,
}

/// How a contract that is switched on stands, for every screen: nothing of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ContractHealth {
    pub id: i64,
    pub provider: Channel,
    pub name: String,
    /// For real money; else a test system or a simulator.
    pub live: bool,
    /// Never `off` or `ended`.
    pub state: GatewayState,
    /// When the first of its certificates runs out.
    pub expires_at: Option<i64>,
}

/// What the code on a customer's phone looks like: digits only, beginning with one of `prefixes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PaymentCode {
    pub channel: Channel,
    pub prefixes: Vec<String>,
    /// Digits in all, at least and at most.
    pub min_len: usize,
    pub max_len: usize,
}

/// How the contracts' keys are locked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GatewaySafe {
    /// By the system's keychain.
    Keychain,
    /// Practice: with a key beside them. Nothing there is real.
    Practice,
    /// There is no keychain, and no passphrase was chosen yet: no keys are taken.
    NoPassphrase,
    /// By a passphrase, which nobody has typed in since the till was opened.
    Locked,
    /// By a passphrase, which was typed in.
    Open,
}

/// What a contract can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GatewayCan {
    Code,
    Scan,
    /// What was scanned can be cancelled. Without it a charge that hangs can only be waited for.
    Reverse,
    Refund,
    Bill,
}

/// A contract as the owner sees it. Never its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayView {
    pub id: i64,
    pub provider: Channel,
    pub settings: GatewaySettings,
    pub state: GatewayState,
    /// Why, in the shop's language; empty when fine.
    pub trouble: String,
    pub fields: Vec<GatewayField>,
    pub can: Vec<GatewayCan>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub last_answer_at: Option<i64>,
    /// This computer's clock minus the provider's, ms, from its last answer; beyond two minutes is a warning, beyond
    /// five the provider refuses.
    pub skew_ms: Option<i64>,
    /// The first certificate or key that runs out.
    pub expires_at: Option<i64>,
    /// Trades that wait for an answer.
    pub waiting: u32,
}

/// A blank form for a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayForm {
    pub provider: Channel,
    pub fields: Vec<GatewayField>,
    /// The provider has a test system.
    pub sandbox: bool,
}

/// A notice that failed its check: kept, shown, believed by nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayDoubt {
    pub id: i64,
    pub at: i64,
    pub provider: Channel,
    /// `notice` or `relay`.
    pub source: String,
    /// The cause, in the shop's language.
    pub cause: String,
    /// Technical.
    pub detail: String,
    /// The ticket it said it was about.
    pub ticket_id: Option<i64>,
    pub size: u32,
}

/// The contracts page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Gateways {
    /// Oldest first; ended ones last.
    pub gateways: Vec<GatewayView>,
    pub forms: Vec<GatewayForm>,
    pub secrets: SecretPlace,
    pub safe: GatewaySafe,
    /// Newest first.
    pub doubts: Vec<GatewayDoubt>,
    /// `http://host:port` of this computer, best first, for whoever forwards notices here.
    pub addresses: Vec<String>,
}

/// How a test call went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayTest {
    pub works: bool,
    /// In the shop's language: what it means and what to do.
    pub message: String,
    /// The provider's own code and words, or the cause of the doubt.
    pub detail: String,
    pub took_ms: i64,
    pub skew_ms: Option<i64>,
}

/// What a person can do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TradeTrouble {
    ScanAgain,
    OtherMeans,
    NewNumber,
    NotAllowed,
    Settings,
    TooOften,
    NoFunds,
    TooLate,
    Other,
    /// No refusal: the provider is silent or cannot be believed.
    Doubt,
}

/// Money going back through a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TradeRefund {
    pub id: i64,
    pub amount_fen: Fen,
    pub kind: RefundKind,
    pub stage: RefundStage,
    pub reason: String,
    pub refund_no: String,
    pub actor: String,
    pub at: i64,
    /// Why it was refused or hangs, in the shop's language.
    pub message: String,
}

/// One attempt to be paid through a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TradeView {
    pub id: i64,
    pub gateway_id: i64,
    /// The contract's name.
    pub gateway: String,
    pub channel: Channel,
    /// Not real money.
    pub sandbox: bool,
    /// Our number; the provider's console finds it.
    pub out_no: String,
    pub trade_no: Option<String>,
    pub amount_fen: Fen,
    /// We scanned the customer's code.
    pub scanned: bool,
    pub stage: Stage,
    pub created_at: i64,
    /// When the customer's time is up.
    pub until: i64,
    /// When the provider is asked next.
    pub next_at: Option<i64>,
    pub trouble: Option<TradeTrouble>,
    /// In the shop's language; empty if there is nothing to say.
    pub message: String,
    pub refunds: Vec<TradeRefund>,
}
