//! Messages for people, in the shop's language. The only place of the engine with sentences in it.

use till_core::due::PickError;
use till_core::price::PriceError;
use till_store::StoreError;

use crate::api::{ApiError, Code, Lang};

/// Picks the language.
pub(crate) fn say(lang: Lang, zh: &str, en: &str) -> String {
    match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// An error with its cause in the shop's language.
pub(crate) fn error(lang: Lang, code: Code, zh: &str, en: &str) -> ApiError {
    ApiError::new(code, say(lang, zh, en))
}

pub(crate) fn price(lang: Lang, cause: PriceError) -> ApiError {
    let (zh, en) = match cause {
        PriceError::Empty => ("还没有输入金额", "There is no amount yet"),
        PriceError::TooLong => {
            ("内容太长：最多 200 行，备注最多 200 字", "Too long: at most 200 lines, notes up to 200 characters")
        }
        PriceError::BadLine => ("有一行的数量或单价不对", "A line has a wrong count or price"),
        PriceError::BadDiscount => ("折扣比整单还大", "The discount is larger than the sale"),
        PriceError::NothingToPay => {
            ("折扣和抹零之后没有要收的钱了", "Nothing is left to pay after discount and rounding")
        }
        PriceError::TooLarge => ("金额太大", "The amount is too large"),
    };
    error(lang, Code::Invalid, zh, en)
}

pub(crate) fn store(lang: Lang, cause: StoreError) -> ApiError {
    let (code, zh, en) = match &cause {
        StoreError::NotFound => (Code::NotFound, "没有找到", "Not found"),
        StoreError::RequestReused => {
            (Code::Invalid, "这个请求编号已用于别的操作", "This request id was used for something else")
        }
        StoreError::Pick(PickError::Exhausted) => (
            Code::PoolExhausted,
            "这个价格附近的金额都在等待付款或冷却中。请先处理等待中的单，或在设置里放宽尾数范围",
            "Every amount near this price is waiting or cooling down. Finish a waiting ticket first, or widen the tail in settings",
        ),
        StoreError::Pick(PickError::NoCode) => (
            Code::NoCode,
            "没有能收这个金额的收款码。请在设置里添加或启用收款码",
            "No receiving code can take this amount. Add or enable one in settings",
        ),
        StoreError::Conflict(what) => {
            let (zh, en) = match *what {
                "ticket_not_open" => ("这一单已经不在等待付款", "This ticket is no longer waiting"),
                "ticket_paid" => ("这一单已经付款", "This ticket is paid already"),
                "tendered_too_little" => ("收到的现金不够", "The cash is less than what is due"),
                "item_done" => ("这一条已经处理过了", "This item was dealt with already"),
                "item_without_amount" => ("这一条没有读出金额，不能认领", "This item has no amount to accept"),
                "line_used" => ("这条账单记录已经用过了", "This line was used already"),
                "line_matched" => (
                    "这条账单记录已经有对应的收款，不能再记一次",
                    "A payment of the till is this line already; it is not booked twice",
                ),
                "line_not_money" => ("这条账单记录不是一笔收款", "This line is no payment to the shop"),
                "payment_used" => ("这一单的付款已经对上别的账单记录", "Another line is this ticket's payment already"),
                "payment_differs" => (
                    "这一单已经付款，渠道或金额与账单记录不一样",
                    "This ticket is paid, through another channel or with another amount than the line's",
                ),
                "no_such_refund" => (
                    "这一单没有同样渠道和金额的退款。请先在单据上退款",
                    "This ticket has no refund of that channel and amount. Refund it first",
                ),
                "difference_done" => ("这处差异已经处理过了", "This difference was dealt with already"),
                "account_of_other_channel" => ("这个账户是别的支付渠道", "This account belongs to another channel"),
                _ => ("状态已经变了，请再看一眼", "Things have changed; please look again"),
            };
            (Code::Conflict, zh, en)
        }
        StoreError::Db(_) | StoreError::Closed => (
            Code::Unavailable,
            "没能写入数据库，什么都没有改变。请检查磁盘空间",
            "The database could not be written; nothing was changed. Please check the disk",
        ),
        StoreError::Corrupt(_) => (Code::Internal, "数据库里有读不懂的内容", "The database holds something unreadable"),
    };
    if matches!(code, Code::Unavailable | Code::Internal) {
        tracing::error!(%cause, "the store failed");
    }
    error(lang, code, zh, en)
}
