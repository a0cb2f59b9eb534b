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
                "name_taken" => ("已经有这个名字的员工", "Somebody with this name works here already"),
                "first_is_owner" => ("第一位要是店主，并设置 PIN", "The first person must be the owner, with a PIN"),
                "last_owner" => ("至少要留一位有 PIN 的店主", "One owner with a PIN must remain"),
                "pin_changed" => ("PIN 刚被更改，请再试一次", "The PIN has just been changed; try again"),
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
                "ticket_not_paid" => {
                    ("这一单还没有付款，没有可退的钱", "This ticket is not paid: there is nothing to give back")
                }
                "nothing_left" => ("这一单的钱已经全部退回", "All of this ticket's money was given back already"),
                "refund_too_large" => {
                    ("退款超过了这一单剩下的金额", "That is more than is left of this ticket's money")
                }
                "refund_other_channel" => (
                    "顾客不是用这个渠道付的款。请按付款渠道退，或退现金",
                    "This ticket was not paid this way. Give it back the way it was paid, or in cash",
                ),
                "refund_too_large_for_channel" => (
                    "退款超过了从这个渠道收到的金额。请分渠道退，或退现金",
                    "That is more than came in this way. Give back each way apart, or in cash",
                ),
                "void_is_all" => (
                    "撤销要退回剩下的全部金额；只退一部分请用退款",
                    "A void gives back all that is left; for a part, refund it",
                ),
                "void_too_late" => (
                    "只有当天付款、还没有日结的单能撤销。请改用退款",
                    "Only a sale paid today, before the day is closed, can be voided. Refund it instead",
                ),
                "scan_in_progress" => (
                    "这一单正在等上一次扫码的结果，请先等一等或停止",
                    "The last scan of this ticket is not decided yet; wait for it or stop it",
                ),
                "trade_not_paid" => ("这笔钱没有收到，不能退", "This money never came, so it cannot go back"),
                "trade_not_booked" => {
                    ("这笔钱还在收件箱里，没有记到这一单", "This money is still in the inbox and booked on no ticket")
                }
                "item_of_other_trade" => ("这一条是另一笔付款", "This item is another payment"),
                "refund_too_large_for_trade" => {
                    ("退款超过了这笔付款剩下的金额", "That is more than is left of this payment")
                }
                "refund_under_way" => {
                    ("这笔钱正在退回，请等退款有结果", "This money is on its way back; wait for what becomes of it")
                }
                "item_is_all" => ("收件箱里的钱只能整笔退回", "An inbox item goes back whole"),
                "program_revoked" => ("这个程序已经停用", "This program was revoked"),
                "callback_busy" => ("这条通知正在发送，请稍等", "This callback is being sent right now"),
                "callback_delivered" => {
                    ("对方已经确认收到这条通知", "The program has already understood this callback")
                }
                "gateway_ended" => ("这份合约已经结束", "This contract has ended"),
                "gateway_busy" => (
                    "这份合约还有没结束的收款或退款，等它们结束后再试",
                    "Payments or refunds of this contract are under way; try again when they have ended",
                ),
                "shift_open" => ("已经有一个班次开着，请先交班", "A shift is open already; close it first"),
                "no_shift" => ("没有开着的班次，请先开班", "No shift is open; open one first"),
                "drawer_holds_less" => (
                    "钱箱里应有的现金没有这么多。如有漏记，请先补记存入",
                    "The drawer should hold less than that. If cash was put in unnoticed, record it first",
                ),
                "day_ahead" => ("这一天还没有到，不能日结", "This day has not come yet; it cannot be closed"),
                "nothing_to_close" => ("这一天没有要结的账", "This day has nothing to close"),
                "count_of_later_shift" => (
                    "后面日期的班次还开着，钱箱里不只是这一天的钱。请不填清点数，或先交班",
                    "A shift of a later day is open, so the drawer holds more than this day's cash. Leave the count out, or close that shift first",
                ),
                _ => ("状态已经变了，请再看一眼", "Things have changed; please look again"),
            };
            (Code::Conflict, zh, en)
        }
        StoreError::TooLarge(_) => (Code::Invalid, "合计超过了一亿元", "The sum is above 100 million yuan"),
        damaged if damaged.damage().is_some() => (
            Code::Unavailable,
            "数据文件损坏，什么都没有改变。请在设置里恢复备份",
            "The database file is damaged; nothing was changed. Restore a backup in settings",
        ),
        StoreError::Db(_) | StoreError::Closed => (
            Code::Unavailable,
            "没能写入数据库，什么都没有改变。请检查磁盘空间",
            "The database could not be written; nothing was changed. Please check the disk",
        ),
        StoreError::Read(_) => {
            (Code::Unavailable, "没能读出数据库，请检查磁盘", "The database could not be read; please check the disk")
        }
        StoreError::Stopped => (Code::Conflict, "已停止", "Stopped"),
        StoreError::Corrupt(_) => (Code::Internal, "数据库里有读不懂的内容", "The database holds something unreadable"),
    };
    if matches!(code, Code::Unavailable | Code::Internal) {
        tracing::error!(%cause, "the store failed");
    }
    error(lang, code, zh, en)
}
