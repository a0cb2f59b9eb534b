//! What an authentic notice says.

use super::Claim;

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
