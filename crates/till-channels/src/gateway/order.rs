//! What is asked: an order and the questions about it, and those that are about none.

use till_core::Fen;

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
    /// Fetch the provider's certificates, and believe by them ([`super::Gateway::renew`]).
    Certificates,
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
    /// Fetch a file from where [`super::OfficeAnswer::Elsewhere`] said.
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
    /// The same through the older version of the API, of a contract with keys of both (WeChat v2).
    TestOlder,
}
