//! The providers' servers, simulated: Alipay's open platform, WeChat Pay v3 and v2, UnionPay 5.1.0, in one process on
//! one port. It keeps the trades and the money as the providers would, so that a test can compare the till's books with
//! what is true; it checks every signature of the merchant's, and it fails in every way a test orders.
//!
//! Nothing here uses the till's own codecs: it was written from the providers' documents, and published clients that
//! nobody here wrote are its judges (`tests/gateway_simulator.rs`).
//!
//! ```ignore
//! let gateway = Gateway::start().await?;
//! gateway.spoil(Provider::Alipay, Step::Query, Fault::LoseAnswer, 2);
//! // … the till shows a code for order A1 …
//! gateway.customer().pays("A1")?;
//! gateway.notice(Provider::Alipay, "A1", &Event::Paid)?.send(&relay)?;
//! assert_eq!(gateway.held_fen("A1"), 1230);
//! ```
//!
//! What it does not do: mutual TLS (WeChat v2's `/secapi`), since it speaks plain HTTP on the loopback address; the
//! waiting times that are asked of merchants, such as 15 s before a reversal.

mod alipay;
mod contract;
mod fault;
mod keys;
mod ledger;
mod notice;
mod server;
mod unionpay;
mod wechat;
mod wire;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use tokio::net::TcpListener;

pub use contract::{Contract, alipay_contract, unionpay_contract, wechat_contract};
pub use fault::{Asked, Fault, Step};
pub use keys::{
    Keys, PFX_PASSWORD, Pair, UNIONPAY_MERCHANT_SERIAL, WECHAT_MERCHANT_SERIAL, WECHAT_PLATFORM_SERIAL, keys,
};
pub use ledger::{Provider, Refund, State, Trade};
pub use notice::{Event, Forgery, Notice};
pub use unionpay::UNIONPAY_MERCHANT;
pub use wechat::{WECHAT_APPID, WECHAT_MCHID, WECHAT_PUBLIC_KEY_ID, WECHAT_V2_KEY, WECHAT_V3_KEY};

use crate::now_ms;
use fault::Faults;
use ledger::Ledger;
use wire::Reply;

/// The merchant's app at Alipay.
pub const ALIPAY_APP: &str = "2021000000000001";
/// The merchant at Alipay.
pub const ALIPAY_SELLER: &str = "2088000000000001";

/// What a customer's payment code does when it is charged. Each code does it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wallet {
    /// Pays at once.
    PaysAtOnce,
    /// Asks for a password first: the customer pays, or gives up, later.
    AsksPassword,
    /// Has too little money.
    HasTooLittle,
    /// Is worn out.
    IsStale,
    /// Pays at once, but the provider answers that its system has an error.
    PaysUnseen,
}

/// Everything that changes.
#[derive(Default)]
struct Book {
    ledger: Ledger,
    faults: Faults,
    asked: Vec<Asked>,
    /// Codes on customers' phones.
    codes: HashMap<String, Wallet>,
    /// The last answers that were due, delivered or not.
    before: HashMap<(Provider, Step), Reply>,
}

/// What the server and the test share.
struct Shared {
    keys: &'static Keys,
    url: String,
    book: Mutex<Book>,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The providers' servers; they end when this is dropped.
pub struct Gateway {
    /// `http://127.0.0.1:port`.
    pub url: String,
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Gateway {
    /// Listens on a free port of the loopback address.
    pub async fn start() -> Result<Gateway> {
        let keys = tokio::task::spawn_blocking(keys).await??;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let shared = Arc::new(Shared { keys, url: url.clone(), book: Mutex::default() });
        let accepting = tokio::spawn(server::accept(listener, shared.clone()));
        Ok(Gateway { url, address, shared, accepting })
    }

    /// Everybody's keys.
    pub fn keys(&self) -> &'static Keys {
        self.shared.keys
    }

    /// The next so many answers to such a question go wrong. Orders for the same question are served one after another.
    pub fn spoil(&self, provider: Provider, step: Step, fault: Fault, times: u32) {
        self.shared.book().faults.add(provider, step, None, fault, times);
    }

    /// The same, of questions about orders of one amount only: a test that does many things at once tells them apart so.
    pub fn spoil_amount(&self, fen: i64, provider: Provider, step: Step, fault: Fault, times: u32) {
        self.shared.book().faults.add(provider, step, Some(fen), fault, times);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.shared.book().faults.clear();
    }

    /// What was asked so far, in order.
    pub fn log(&self) -> Vec<Asked> {
        self.shared.book().asked.clone()
    }

    /// How often such a question was asked, whatever went wrong.
    pub fn count(&self, provider: Provider, step: Step) -> usize {
        self.shared.book().asked.iter().filter(|asked| (asked.provider, asked.step) == (provider, step)).count()
    }

    /// The same, about one number of the merchant's.
    pub fn count_of(&self, out_no: &str, step: Step) -> usize {
        let book = self.shared.book();
        book.asked.iter().filter(|asked| (asked.out_no.as_deref(), asked.step) == (Some(out_no), step)).count()
    }

    /// What the providers hold for the shop under a number: what was paid, less what went back.
    pub fn held_fen(&self, out_no: &str) -> i64 {
        let book = self.shared.book();
        book.ledger.with_number(out_no).map(|trade| trade.paid_fen() - trade.given_back_fen()).sum()
    }

    /// What went back to customers, over all trades.
    pub fn given_back_fen(&self) -> i64 {
        let book = self.shared.book();
        [Provider::Alipay, Provider::WechatV3, Provider::UnionPay]
            .into_iter()
            .flat_map(|provider| book.ledger.of(provider))
            .map(Trade::given_back_fen)
            .sum()
    }

    /// A trade as the provider knows it; also one whose code nobody has scanned.
    pub fn trade(&self, provider: Provider, out_no: &str) -> Option<Trade> {
        self.shared.book().ledger.trade(provider, out_no).cloned()
    }

    /// The time to pay is up for whatever is open under a number.
    pub fn lapses(&self, out_no: &str) {
        self.shared.book().ledger.lapse(out_no);
    }

    /// Refunds are asked for, but stay under way until [`Gateway::refunds_arrive`].
    pub fn refunds_take_their_time(&self) {
        self.shared.book().ledger.slow_refunds = true;
    }

    /// What is under way under a number arrives.
    pub fn refunds_arrive(&self, out_no: &str) {
        let mut book = self.shared.book();
        book.ledger.with_number_mut(out_no).flat_map(|trade| &mut trade.refunds).for_each(|refund| refund.done = true);
    }

    /// Today in China, as bills are asked for (`2026-11-20`).
    pub fn today(&self) -> String {
        wire::china(now_ms(), "%Y-%m-%d")
    }

    /// Nobody waits for midnight: what was done today is on yesterday's bill from now on. That day.
    pub fn the_day_ends(&self) -> String {
        self.shared.book().ledger.day_ended = true;
        wire::china(now_ms() - 86_400_000, "%Y-%m-%d")
    }

    /// Somebody gives money back at the provider's own console, not through the till. The number of the refund.
    pub fn console_refunds(&self, provider: Provider, out_no: &str, fen: i64) -> Result<String> {
        let refund_no = format!("{out_no}C");
        let refund = self.shared.book().ledger.refund(provider, out_no, &refund_no, fen);
        refund.map_err(|why| anyhow::anyhow!("no refund: {why:?}"))?;
        Ok(refund_no)
    }

    /// The people with the phones.
    pub fn customer(&self) -> Customer<'_> {
        Customer { shared: &self.shared }
    }

    /// What a provider tells the merchant of a trade by itself.
    pub fn notice(&self, provider: Provider, out_no: &str, event: &Event) -> Result<Notice> {
        notice::write(&self.shared, provider, out_no, event, None)
    }

    /// The same, as somebody wrote it who wants to deceive, or about somebody else.
    pub fn forged(&self, provider: Provider, out_no: &str, event: &Event, forgery: Forgery) -> Result<Notice> {
        notice::write(&self.shared, provider, out_no, event, Some(forgery))
    }
}

/// What customers do on their phones.
pub struct Customer<'a> {
    shared: &'a Shared,
}

impl Customer<'_> {
    /// Opens the wallet: a fresh payment code, which the shop may scan.
    pub fn shows_code(&self, provider: Provider, wallet: Wallet) -> String {
        let mut book = self.shared.book();
        let number = book.ledger.number();
        let tail = &number[number.len() - 16..];
        let code = match provider {
            Provider::Alipay => format!("28{tail}"),
            Provider::WechatV3 | Provider::WechatV2 => format!("13{tail}"),
            Provider::UnionPay => format!("62{tail}0"),
        };
        book.codes.insert(code.clone(), wallet);
        code
    }

    fn with_open(&self, out_no: &str, act: impl FnOnce(&mut Trade)) -> Result<()> {
        let mut book = self.shared.book();
        let trade = book.ledger.with_number_mut(out_no).next().with_context(|| format!("no code for {out_no}"))?;
        ensure!(matches!(trade.state, State::Offered | State::Waiting), "{out_no} is {:?}", trade.state);
        act(trade);
        Ok(())
    }

    /// Scans the code on the till's screen.
    pub fn scans(&self, out_no: &str) -> Result<()> {
        self.with_open(out_no, |trade| trade.state = State::Waiting)
    }

    /// Pays, scanning first if need be. An error if the provider would not let anybody pay.
    pub fn pays(&self, out_no: &str) -> Result<()> {
        self.with_open(out_no, |trade| {
            trade.state = State::Paid;
            trade.paid_at = Some(now_ms());
        })
    }

    /// Gives up at the password.
    pub fn gives_up(&self, out_no: &str) -> Result<()> {
        self.with_open(out_no, |trade| trade.state = State::Failed)
    }
}
