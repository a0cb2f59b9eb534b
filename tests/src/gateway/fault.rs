//! What goes wrong between the till and a provider, on a test's order, and what was heard.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::ledger::Provider;

/// What is asked of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Make a code that the customer scans.
    Code,
    /// Charge the customer's code.
    Scan,
    /// How does a trade stand?
    Query,
    /// Take a trade back, paid or not (cancel, reverse).
    Reverse,
    /// End a trade that is not paid.
    Close,
    /// Give money back.
    Refund,
    /// How does a refund stand?
    RefundQuery,
    /// Where is the bill, or the bill itself.
    Bill,
    /// A file whose address was given before.
    File,
    /// The provider's certificates.
    Certificates,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is done at once, but the answer takes so many milliseconds.
    Delay(u64),
    /// The request never arrives; the connection ends.
    LoseRequest,
    /// It is done, but the connection ends without an answer.
    LoseAnswer,
    /// The request arrives twice; the answer is the second's.
    Duplicate,
    /// It is done, but the answer is signed with a stranger's key.
    WrongSignature,
    /// It is done, but the answer carries no signature.
    Unsigned,
    /// Nothing is done; something in between answers.
    Error {
        /// HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// Nothing is done; the provider says so with its signature: a code, and a second one where it has two.
    ProviderCode(String, String),
    /// It is done, but what arrives is no answer.
    Garbage,
    /// It is done, but what arrives is the previous answer to the same question, once more.
    OldAnswer,
}

/// Something that was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When the request had arrived as a whole.
    pub at: Instant,
    /// Of whom.
    pub provider: Provider,
    /// What.
    pub step: Step,
    /// The merchant's number in it.
    pub out_no: Option<String>,
    /// What went wrong, by a test's order.
    pub fault: Option<Fault>,
}

/// What a request asks, and about what.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub step: Step,
    /// The merchant's number in it.
    pub out_no: Option<String>,
    /// The amount in it.
    pub fen: Option<i64>,
}

/// A fault to come.
#[derive(Debug)]
struct Order {
    provider: Provider,
    step: Step,
    /// Only of questions about such an amount.
    fen: Option<i64>,
    fault: Fault,
    times: u32,
}

/// Faults to come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    orders: VecDeque<Order>,
    /// What each number of the merchant's was first said to be about: a question about it need not say it again.
    amounts: HashMap<String, i64>,
}

impl Faults {
    pub fn add(&mut self, provider: Provider, step: Step, fen: Option<i64>, fault: Fault, times: u32) {
        self.orders.push_back(Order { provider, step, fen, fault, times });
    }

    /// The next fault for a question, in the order they were ordered.
    pub fn take(&mut self, provider: Provider, asked: &Question) -> Option<Fault> {
        if let (Some(out_no), Some(fen)) = (&asked.out_no, asked.fen) {
            self.amounts.entry(out_no.clone()).or_insert(fen);
        }
        let known = asked.out_no.as_ref().and_then(|out_no| self.amounts.get(out_no).copied());
        let next = self.orders.iter_mut().find(|order| {
            let aimed = order.fen.is_none() || order.fen == asked.fen.or(known);
            (order.provider, order.step) == (provider, asked.step) && aimed && order.times > 0
        })?;
        next.times -= 1;
        Some(next.fault.clone())
    }

    pub fn clear(&mut self) {
        self.orders.clear();
    }
}
