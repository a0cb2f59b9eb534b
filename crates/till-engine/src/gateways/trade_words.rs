//! Sentences about trades, refunds and bills, said to whoever stands at the counter: what is so, and what to do now.

use till_channels::gateway::{Claim, Doubt, DoubtKind, Refusal};
use till_core::trade::{RefundStage, Stage};
use till_core::{Channel, Fen};
use till_store::WordRow;

use super::interpret::Snag;
use super::words;
use crate::api::{ApiError, Code, Lang, TradeTrouble};
use crate::words::{error, say};

/// A provider's name.
pub(super) fn provider(lang: Lang, channel: Channel) -> &'static str {
    match (lang, channel) {
        (Lang::Zh, Channel::Alipay) => "支付宝",
        (Lang::En, Channel::Alipay) => "Alipay",
        (Lang::Zh, Channel::Wechat) => "微信支付",
        (Lang::En, Channel::Wechat) => "WeChat Pay",
        (Lang::Zh, Channel::Unionpay) => "云闪付",
        (Lang::En, Channel::Unionpay) => "UnionPay",
        (_, other) => other.as_str(),
    }
}

/// How a trade stands.
pub(super) struct Standing<'a> {
    pub(super) lang: Lang,
    pub(super) channel: Channel,
    pub(super) scanned: bool,
    pub(super) stage: Stage,
    pub(super) snag: Option<&'a Snag>,
    /// Since when the snag has been there, as a clock shows it.
    pub(super) since: String,
}

/// How a trade stands, and what to do; empty if there is nothing to say.
pub(super) fn standing(trade: &Standing<'_>) -> String {
    let Standing { lang, channel, scanned, stage, snag, since } = trade;
    let (lang, doubt) = (*lang, snag.filter(|s| s.kind == TradeTrouble::Doubt));
    let refusal = snag.filter(|s| s.kind != TradeTrouble::Doubt);
    let parts = [
        doubt.map(|snag| out_of_reach(lang, *channel, snag, since)),
        refusal.map(|snag| refused(lang, snag)),
        stage_words(lang, *stage, *scanned, doubt.is_some(), refusal.is_some()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(match lang {
        Lang::Zh => "",
        Lang::En => " ",
    })
}

fn stage_words(lang: Lang, stage: Stage, scanned: bool, doubted: bool, refused: bool) -> Option<String> {
    let (zh, en) = match (stage, scanned, doubted) {
        (Stage::Planned, false, false) => ("正在生成收款码。", "The code is being made."),
        (Stage::Planned, false, true) => {
            ("收款码还没有生成，可以先收现金或换个方式。", "There is no code yet; take cash or another way meanwhile.")
        }
        (Stage::Planned | Stage::Waiting, true, false) => {
            ("等顾客在手机上确认。", "Waiting for the customer to confirm on the phone.")
        }
        (Stage::Planned | Stage::Waiting, true, true) => (
            "还不知道顾客付没付，正在反复查询。先不要让顾客再付一次。",
            "Whether the customer paid is not known yet; the till keeps asking. Do not let them pay again.",
        ),
        (Stage::Waiting, false, false) => return None,
        (Stage::Waiting, false, true) => (
            "收款码仍然有效，恢复后会自动查到付款。",
            "The code stays valid; payments are found once the connection is back.",
        ),
        (Stage::Ending, ..) => {
            ("正在最后确认并撤销，请稍等。", "Being checked once more and cancelled; a moment please.")
        }
        (Stage::Fading, ..) => (
            "已经结束。迟到的付款仍会被查到，进入收件箱。",
            "It has ended. Money that comes late is still found and goes to the inbox.",
        ),
        (Stage::Over, _, _) if refused => return None,
        (Stage::Over, ..) => ("没有付款，已经结束。", "It ended without a payment."),
        (Stage::Paid, ..) => return None,
    };
    Some(say(lang, zh, en))
}

/// The provider is silent or cannot be believed.
fn out_of_reach(lang: Lang, channel: Channel, snag: &Snag, since: &str) -> String {
    let name = provider(lang, channel);
    let (zh, en) = if snag.code == words::LOCKED {
        (
            format!("合约已锁，现在问不了{name}。请输入口令。"),
            format!("The contracts are locked, so {name} cannot be asked now. Enter the passphrase."),
        )
    } else if snag.code == words::NO_KEYS {
        (
            format!("合约的密钥不在或不完整，现在问不了{name}。请店主检查合约。"),
            format!(
                "The contract's keys are missing or incomplete, so {name} cannot be asked now. The owner should check it."
            ),
        )
    } else if snag.code == words::doubt_id(DoubtKind::Trouble) {
        (format!("{since} 起连不上{name}。"), format!("{name} cannot be reached since {since}."))
    } else if snag.code == words::doubt_id(DoubtKind::Unlisted) {
        // Authentic, like an order from which money went back elsewhere; what it comes to, only people can find out.
        (
            format!("{since} 起{name}的回答是“{}”，本机不能据此判断。请到商户后台核对。", snag.message),
            format!(
                "{name} has answered “{}” since {since}, by which the till decides nothing. Look it up in the provider's console.",
                snag.message
            ),
        )
    } else {
        (
            format!("{since} 起{name}的回答不能相信（{}）。", snag.message),
            format!("{name}'s answers cannot be believed since {since} ({}).", snag.message),
        )
    };
    say(lang, &zh, &en)
}

fn refused(lang: Lang, snag: &Snag) -> String {
    let (zh, en) = match snag.kind {
        TradeTrouble::ScanAgain => {
            ("付款码已失效，请顾客刷新后再扫。", "The code has run out: let the customer refresh it and scan again.")
        }
        TradeTrouble::OtherMeans => (
            "顾客的余额或银行卡付不了，请换一种付款方式。",
            "The customer's balance or card does not do; another way to pay is needed.",
        ),
        TradeTrouble::NewNumber => ("这个单号已经用过，请重新收款。", "This number is used up; begin anew."),
        TradeTrouble::NotAllowed => (
            "合约里没有开通这个功能，请店主到支付平台开通。",
            "The contract does not include this; the owner can have it added by the provider.",
        ),
        TradeTrouble::Settings => (
            "合约的密钥或设置不对，请店主检查。",
            "A key or a setting of the contract is wrong; the owner should check it.",
        ),
        TradeTrouble::TooOften => ("问得太频繁，请稍等再试。", "Asked too often; wait a moment and try again."),
        TradeTrouble::NoFunds => (
            "商户账户的余额不够，请充值后再退。",
            "The shop's balance with the provider does not cover it; top it up and try again.",
        ),
        TradeTrouble::TooLate => ("已经超过平台允许的时间。", "It is too late for this, says the provider."),
        TradeTrouble::Other | TradeTrouble::Doubt => ("平台拒绝了。", "The provider refused."),
    };
    let words = say(lang, zh, en);
    let theirs = [snag.message.as_str(), snag.code.as_str()].into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    match (lang, theirs) {
        (_, "") => words,
        (Lang::Zh, theirs) => format!("{words}（{theirs}）"),
        (Lang::En, theirs) => format!("{words} ({theirs})"),
    }
}

/// How a refund stands.
pub(super) fn refund(lang: Lang, channel: Channel, stage: RefundStage, snag: Option<&Snag>, since: &str) -> String {
    let doubted = snag.filter(|s| s.kind == TradeTrouble::Doubt);
    match (stage, doubted, snag) {
        (RefundStage::Done, ..) => String::new(),
        (RefundStage::Refused, _, Some(snag)) => refused(lang, snag),
        (RefundStage::Refused, ..) => say(lang, "平台拒绝了退款。", "The provider refused the refund."),
        (_, Some(snag), _) => {
            let reach = out_of_reach(lang, channel, snag, since);
            let (zh, en) = (
                "退款会用同一个单号继续办，不会重复退。",
                "It goes on under the same number; nothing goes back twice.",
            );
            match lang {
                Lang::Zh => format!("{reach}{zh}"),
                Lang::En => format!("{reach} {en}"),
            }
        }
        (_, None, Some(snag)) => refused(lang, snag),
        (RefundStage::Asked, ..) => say(lang, "正在退款。", "Being given back."),
        (RefundStage::Pending, ..) => say(lang, "平台正在处理退款。", "The provider is giving it back."),
    }
}

/// A word of a provider's, in a few words of ours and its own technical ones.
pub(super) fn said(lang: Lang, word: &WordRow) -> String {
    let (zh, en) = match (word.source.as_str(), word.meaning.as_str()) {
        ("notice" | "relay", "paid") => ("通知：已付款", "notice: paid"),
        ("notice" | "relay", "refund") => ("通知：退款", "notice: refund"),
        ("notice" | "relay", "unknown") => ("通知没有通过验证", "a notice that failed its check"),
        ("notice" | "relay", _) => ("通知", "notice"),
        (_, "code") => ("生成了收款码", "made a code"),
        (_, "paid") => ("已付款", "paid"),
        (_, "waiting") => ("等待付款", "not paid yet"),
        (_, "not_there") => ("还没有这笔交易", "knows no such trade yet"),
        (_, "ended") => ("交易已关闭", "closed"),
        (_, "refused") => ("拒绝", "refused"),
        (_, "again") => ("请重试", "wants to be asked again"),
        (_, "refunded") => ("已退款", "gave it back"),
        (_, "refund_pending") => ("退款处理中", "is giving it back"),
        _ => ("没有明确回答", "no clear answer"),
    };
    let words = say(lang, zh, en);
    if word.detail.trim().is_empty() { words } else { format!("{words} · {}", word.detail.trim()) }
}

/// A provider's money in words, as the inbox shows them.
pub(super) fn receipt(lang: Lang, claim: &Claim) -> String {
    let (amount, out_no, trade_no) = (claim.amount, &claim.out_no, &claim.trade_no);
    let zh = format!("收款 ¥{amount}，商户单号 {out_no}，平台单号 {trade_no}");
    let en = format!("¥{amount} received, our number {out_no}, the provider's number {trade_no}");
    match (lang, claim.buyer.as_str()) {
        (Lang::Zh, "") => zh,
        (Lang::En, "") => en,
        (Lang::Zh, buyer) => format!("{zh}，付款人 {buyer}"),
        (Lang::En, buyer) => format!("{en}, from {buyer}"),
    }
}

pub(super) fn cannot_scan(lang: Lang) -> ApiError {
    let (zh, en) = (
        "还没有能扫顾客付款码的合约。请店主在设置里添加",
        "There is no contract that can charge a customer's code. The owner can add one in settings",
    );
    error(lang, Code::Invalid, zh, en)
}

pub(super) fn no_auth_code(lang: Lang) -> ApiError {
    let (zh, en) = (
        "这不是能收的付款码。请顾客打开“付款码”再扫一次",
        "This is no payment code that can be charged. Let the customer open theirs and scan again",
    );
    error(lang, Code::Invalid, zh, en)
}

pub(super) fn worn_code(lang: Lang) -> ApiError {
    let (zh, en) = (
        "这个付款码刚才已经用过。请顾客刷新后再扫",
        "This code was used a moment ago. Let the customer refresh it and scan again",
    );
    error(lang, Code::Invalid, zh, en)
}

pub(super) fn in_parts(lang: Lang, most: Fen) -> ApiError {
    let zh = format!("这一单分几笔付的，一次最多退 ¥{most}。请分开退");
    let en = format!("This ticket was paid in parts; at most ¥{most} goes back at once. Refund them one by one");
    error(lang, Code::Conflict, &zh, &en)
}

pub(super) fn cannot_refund(lang: Lang) -> ApiError {
    let (zh, en) = (
        "这份合约现在不能退款（密钥不在或没有开通）。请店主检查；已在支付平台退的，填上退款单号再记",
        "This contract cannot give money back now: its keys are missing, or it does not include refunds. The owner should check it. What was given back in the provider's console is booked with its number",
    );
    error(lang, Code::Conflict, zh, en)
}

pub(super) fn no_trade(lang: Lang) -> ApiError {
    let (zh, en) = (
        "这笔钱不是通过合约收的，不能原路退回",
        "No contract brought this money, so it cannot go back the way it came",
    );
    error(lang, Code::Conflict, zh, en)
}

pub(super) fn bad_bill_date(lang: Lang) -> ApiError {
    let (zh, en) =
        ("请选一个已经过去的日子（今天的账单明天才有）", "Choose a day that is over; today's bill comes tomorrow");
    error(lang, Code::Invalid, zh, en)
}

pub(super) fn no_bills(lang: Lang) -> ApiError {
    let (zh, en) = ("这份合约不能下载账单", "This contract cannot fetch bills");
    error(lang, Code::Invalid, zh, en)
}

pub(super) fn no_bill(lang: Lang) -> ApiError {
    let (zh, en) = (
        "这一天没有账单：没有交易，或还没有生成（一般次日 10 点以后）",
        "There is no bill of this day: no trades, or it is not written yet (mostly after 10 the next morning)",
    );
    error(lang, Code::NotFound, zh, en)
}

pub(super) fn bill_refused(lang: Lang, refusal: &Refusal) -> ApiError {
    let zh = format!("平台没有给账单：{}（{}）", refusal.message, refusal.code);
    let en = format!("The provider gave no bill: {} ({})", refusal.message, refusal.code);
    error(lang, Code::Conflict, &zh, &en)
}

pub(super) fn bill_doubt(lang: Lang, channel: Channel, doubt: &Doubt) -> ApiError {
    let name = provider(lang, channel);
    let zh = format!("没能从{name}取到账单：{}", words::doubt(lang, doubt.kind));
    let en = format!("The bill could not be fetched from {name}: {}", words::doubt(lang, doubt.kind));
    error(lang, Code::Unavailable, &zh, &en)
}
