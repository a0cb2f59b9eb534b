//! Chinese for the words of the database. A word that is not here goes out as it is.

/// The Chinese for a channel, status, exception, state or way of matching.
pub(crate) fn zh(word: &str) -> &str {
    match word {
        "wechat" => "微信",
        "alipay" => "支付宝",
        "unionpay" => "云闪付",
        "ecny" => "数字人民币",
        "bank" => "银行卡",
        "cash" => "现金",
        "open" => "待处理",
        "paid" => "已付款",
        "expired" => "已过期",
        "cancelled" => "已取消",
        "refunded" => "已退款",
        "part_refunded" => "部分退款",
        "voided" => "已作废",
        "none" => "无",
        "late" => "迟到",
        "by_hand" => "人工确认",
        "twice" => "重复付款",
        "over" => "多付",
        "under" => "少付",
        "auto" => "自动",
        "accepted" => "认领",
        "matched" => "已对上",
        "inbox" => "收件箱",
        "ignored" => "已忽略",
        "echo" => "重复通知",
        other => other,
    }
}

/// English names of the channels, as customers know them.
pub(crate) fn en(channel: &str) -> &str {
    match channel {
        "wechat" => "WeChat Pay",
        "alipay" => "Alipay",
        "unionpay" => "UnionPay",
        "ecny" => "e-CNY",
        "bank" => "Bank card",
        "cash" => "Cash",
        other => other,
    }
}
