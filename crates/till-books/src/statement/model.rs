//! What a statement says, whoever wrote it.

use serde::Serialize;
use till_core::channel::Channel;
use till_core::money::Fen;

use super::notes::{Declared, Note};

/// Which file of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// 微信支付账单流水, for one's own books, CSV or XLSX.
    WechatPersonal,
    /// 支付宝交易记录明细查询, the web list of former years.
    AlipayWeb,
    /// 支付宝 电子客户回单, from the app.
    AlipayApp,
    /// Alipay merchant trade bill (业务明细).
    AlipayTrade,
    /// Alipay merchant account bill (账务明细, signcustomer).
    AlipayAccount,
    /// Alipay 资金流水 (账务组合查询).
    AlipayFundflow,
    /// WeChat Pay merchant trade bill.
    WechatTradebill,
    /// WeChat Pay merchant fund flow.
    WechatFundflow,
    /// WeChat Pay merchant portal workbook (交易+退款).
    WechatPortal,
    /// UnionPay settlement file, fixed width.
    UnionpayZm,
    /// UnionPay merchant web report.
    UnionpayWeb,
    /// 招商银行.
    BankCmb,
    /// 工商银行.
    BankIcbc,
    /// 中国银行.
    BankBoc,
    /// 农业银行.
    BankAbc,
    /// 交通银行.
    BankBocom,
}

impl Format {
    /// Stable name, as serialised.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WechatPersonal => "wechat_personal",
            Self::AlipayWeb => "alipay_web",
            Self::AlipayApp => "alipay_app",
            Self::AlipayTrade => "alipay_trade",
            Self::AlipayAccount => "alipay_account",
            Self::AlipayFundflow => "alipay_fundflow",
            Self::WechatTradebill => "wechat_tradebill",
            Self::WechatFundflow => "wechat_fundflow",
            Self::WechatPortal => "wechat_portal",
            Self::UnionpayZm => "unionpay_zm",
            Self::UnionpayWeb => "unionpay_web",
            Self::BankCmb => "bank_cmb",
            Self::BankIcbc => "bank_icbc",
            Self::BankBoc => "bank_boc",
            Self::BankAbc => "bank_abc",
            Self::BankBocom => "bank_bocom",
        }
    }

    /// Formats that number the same rows alike share a family: the web list and the app's file name one trade by one id.
    pub const fn family(self) -> &'static str {
        match self {
            Self::AlipayWeb | Self::AlipayApp => "alipay_personal",
            Self::WechatTradebill | Self::WechatPortal => "wechat_tradebill",
            other => other.as_str(),
        }
    }

    /// The channel whose money the rows tell of.
    pub const fn channel(self) -> Channel {
        match self {
            Self::WechatPersonal | Self::WechatTradebill | Self::WechatFundflow | Self::WechatPortal => Channel::Wechat,
            Self::AlipayWeb | Self::AlipayApp | Self::AlipayTrade | Self::AlipayAccount | Self::AlipayFundflow => {
                Channel::Alipay
            }
            Self::UnionpayZm | Self::UnionpayWeb => Channel::Unionpay,
            Self::BankCmb | Self::BankIcbc | Self::BankBoc | Self::BankAbc | Self::BankBocom => Channel::Bank,
        }
    }
}

/// A statement, read in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statement {
    /// Which file of whom.
    pub format: Format,
    /// Container and encoding, for the log: `UTF-8 BOM`, `xlsx`, `zip AES-256`.
    pub encoding: String,
    /// The channel whose money the rows tell of.
    pub channel: Channel,
    /// Account or merchant number as the file names it; the nickname for WeChat personal; empty when it names none.
    pub account: String,
    /// Begin of the range the file claims to cover, Unix ms.
    pub from_ms: Option<i64>,
    /// End of that range as printed, Unix ms. Merchant bills print the first instant after it.
    pub to_ms: Option<i64>,
    /// When the wallet made the file, Unix ms.
    pub exported_at_ms: Option<i64>,
    /// What "not in the statement" may mean.
    pub covers: Covers,
    /// The rows, in the file's order. None is dropped silently: see `notes`.
    pub lines: Vec<Line>,
    /// Totals the file declares, against the rows.
    pub declared: Vec<Declared>,
    /// What the owner should know about this file.
    pub notes: Vec<Note>,
    /// Sum of the fee column as printed, in 1/100000 yuan, with the file's own sign.
    pub fee_e5: Option<i64>,
}

/// Whether the file would show a row of this kind if there were one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Every such row of the range is here: an absence says something.
    Full,
    /// Such rows were left out by the export's own filter.
    Left,
    /// The file does not say: an absence says nothing.
    Unknown,
}

/// What the file covers, by its own words (导出类型, columns).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Covers {
    /// Money in.
    pub receipts: Coverage,
    /// Money out.
    pub outgoing: Coverage,
    /// Refunds given.
    pub refunds: Coverage,
    /// The filter as printed, for instance `仅支出`.
    pub filter: String,
}

impl Covers {
    pub(super) fn all(coverage: Coverage) -> Self {
        Self { receipts: coverage, outgoing: coverage, refunds: coverage, filter: String::new() }
    }
}

/// What a row means to the till.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The till's own kind of income, in a final good state.
    Receipt,
    /// Income of another kind (transfer, red packet, unknown type): offered only when amount and time fit.
    MaybeReceipt,
    /// Income of the till's kind in a state that is not known to be final: shown, never matched.
    Unsettled,
    /// Wallet money arriving at the bank: matched with withdrawals, never with tickets.
    Settlement,
    /// Money out.
    Out,
    /// A refund, given or received; `direction` says which where the file does.
    Refund,
    /// A refund on its way.
    Pending,
    /// A refund that failed or bounced.
    FailedRefund,
    /// The channel's fee.
    Fee,
    /// A fee given back.
    FeeBack,
    /// To the bank.
    Withdrawal,
    /// Between the owner's own pockets.
    Neutral,
    /// Closed: no money moved, or all of it came back.
    Closed,
    /// Reversed before it was money.
    Revoked,
}

/// Which way the file's own direction column points. A closed row keeps its direction; `kind` says that nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Towards the account.
    In,
    /// Away from it.
    Out,
    /// The file says neither.
    None,
}

/// Where a row is counted in the file's own sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Money in.
    In,
    /// Money out.
    Out,
    /// Refunds.
    Refund,
    /// Closed trades.
    Closed,
    /// Neither in nor out.
    Neutral,
    /// Reversed trades.
    Revoked,
    /// Rows of nothing.
    Zero,
    /// The part of `In` that the shop's own receiving code took.
    Qr,
}

impl Bucket {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Refund => "refund",
            Self::Closed => "closed",
            Self::Neutral => "neutral",
            Self::Revoked => "revoked",
            Self::Zero => "zero",
            Self::Qr => "qr",
        }
    }
}

/// How exact a row's time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// As the channel wrote it.
    Second,
    /// A spreadsheet cut the seconds off.
    Minute,
    /// A date only; `at_ms` is its midnight.
    Day,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Row in the file (line or sheet row), from 1.
    pub row: u32,
    /// Unix ms. Beijing time unless the file names another offset.
    pub at_ms: i64,
    /// How exact that is.
    pub precision: Precision,
    /// The row's amount, not negative; what the file's own sums add up.
    pub amount: Fen,
    /// What the till's ticket or refund must equal: with coupons that `amount` leaves out. Usually the same.
    pub ticket_amount: Fen,
    /// What a merchant bill settles before fees (商家实收, 应结订单金额, 退款金额).
    pub settled: Option<Fen>,
    /// What the shop pays the channel for this row; negative when it comes back.
    pub fee: Option<Fen>,
    /// What this row moves on the shop's account, signed, where the bill tells it.
    pub net: Option<Fen>,
    /// Balance after the row.
    pub balance: Option<Fen>,
    /// Meaning for the till.
    pub kind: Kind,
    /// The file's direction.
    pub direction: Direction,
    /// Where the file's sums count it.
    pub bucket: Bucket,
    /// The channel's number of the payment. Empty when absent or damaged.
    pub channel_id: String,
    /// The channel's number of this very row where it differs (ledger entry, refund).
    pub entry_id: String,
    /// The merchant's order number: the ticket.
    pub order_no: String,
    /// The merchant's refund number.
    pub refund_no: String,
    /// The channel's number of the payment that a refund or a fee belongs to.
    pub original_id: String,
    /// The other side, as printed.
    pub counterparty: String,
    /// Product or remark.
    pub note: String,
    /// State as printed; for merchant refunds the refund's state.
    pub status: String,
    /// Type as printed.
    pub type_text: String,
    /// Same row, same key, in every file that shows it, whatever its state; unique within a statement.
    /// `family|account|channel id|row kind|entry id or refund number`; without ids time, amount, and a digest of type
    /// and counterparty.
    pub key: String,
}

impl Line {
    pub(super) fn new(row: u32, at: super::moment::Moment, amount: Fen) -> Self {
        Self {
            row,
            at_ms: at.ms,
            precision: at.precision,
            amount,
            ticket_amount: amount,
            settled: None,
            fee: None,
            net: None,
            balance: None,
            kind: Kind::Neutral,
            direction: Direction::None,
            bucket: Bucket::Neutral,
            channel_id: String::new(),
            entry_id: String::new(),
            order_no: String::new(),
            refund_no: String::new(),
            original_id: String::new(),
            counterparty: String::new(),
            note: String::new(),
            status: String::new(),
            type_text: String::new(),
            key: String::new(),
        }
    }
}
