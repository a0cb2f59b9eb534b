//! WeChat, and what forwarders make of any notice.

use till_channels::rules::Verdict;

use super::{ALI, WX, check, read};

#[test]
fn wechat_titles_wordings_prefixes() {
    let titles = ["微信支付", "微信收款助手", "微信收款商业版", "WeChat Pay", "Weixin Pay", "Weixin Cashier Assistant"];
    let wordings = [
        "微信支付收款@元",
        "微信支付收款@元(朋友到店)",
        "微信支付收款@元（朋友到店）",
        "微信支付收款@元(新顾客消费)",
        "微信支付收款@元(老顾客第12次消费)",
        "微信支付收款到账@元",
        "微信支付收款到账¥@",
        "个人收款码到账¥@",
        "个人收款码到账￥@",
        "个人收款码到账@元",
        "二维码收款到账@元",
        "[店员消息]收款到账@元",
        "[店员消息]收款到账¥@",
        "收款¥@",
        "收款@元",
        "收款到账@元",
        "收款成功@元",
        "经营码到账¥@",
        "商家收款码到账¥@",
        "收款金额¥@\n汇总今日第3笔收款，共计¥999.00",
        "收款金额：¥@",
        "微信支付收款@元。",
        "微信支付收款@元，已存入零钱",
        "微信支付收款 @ 元",
        "微信支付收款\u{200b}@元",
        "微信支付收款：@元",
        "微信收款@元",
        "你已收款@元",
        "微信支付收款@元(老顾客到店[朋友])",
        "二维码赞赏到账@元",
    ];
    let prefixes = [
        "",
        "[2条]",
        "[99条]",
        "[+99条]",
        "[2条]T: ",
        "[12条]T：",
        "T: ",
        "T：",
        "【微信】T：[3条]T: ",
        "【微信】T：",
        "\u{200b}[3条]T: ",
    ];
    let amounts = [
        ("0.01", 1),
        ("5.00", 500),
        ("1", 100),
        ("12.3", 1230),
        ("1,234.56", 123_456),
        ("99999.99", 9_999_999),
        ("１２．３４", 1234),
    ];
    let mut wrong = Vec::new();
    for title in titles {
        for wording in wordings {
            for prefix in prefixes {
                for (amount, fen) in amounts {
                    let text = format!("{}{}", prefix.replace('T', title), wording.replace('@', amount));
                    match read(WX, title, &text) {
                        Verdict::Receipt { channel, amount, .. }
                            if amount.get() == fen && channel.as_str() == "wechat" => {}
                        other => wrong.push(format!("[{title}] {text} → {other:?}")),
                    }
                    // The same words from a person are never money.
                    for (package, title) in [
                        (WX, "张三"),
                        (WX, "微信支付 "),
                        (WX, "微信支付\u{200b}"),
                        ("com.tencent.mobileqq", title),
                        ("com.example.x", title),
                        ("com.android.mms", "95588"),
                    ] {
                        if let Verdict::Receipt { .. } = read(package, title, &text) {
                            wrong.push(format!("FALSE {package} [{title}] {text}"));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(30)].join("\n"));
}

#[test]
fn every_receipt_survives_the_forwarders() {
    let shapes: [(&str, &str, &str); 4] = [
        (WX, "微信支付", "微信支付收款0.80元(朋友到店)"),
        (WX, "微信收款助手", "[店员消息]收款到账0.80元"),
        (ALI, "收款通知", "张三通过扫码向你付款0.80元"),
        (ALI, "你已成功收款0.80元（老顾客消费）", "已转入余额 收钱1笔兑2包纸巾>>"),
    ];
    for (package, title, text) in shapes {
        for shape in [
            format!("{package}\n{text}\n{title}\nUID：10316\n2025-12-04 10:01:15\nXiaomi 14"),
            format!("{package}\n[8条]{title}: {text}\n{title}\nUID：10316\n2025-12-04 10:01:15\nXiaomi 14"),
            format!("{package}\r\n{text}\r\n{title}\r\nUID：10316\r\n2025-12-04 10:01:15\r\nXiaomi 14"),
            format!("{package} {text} {title} UID：10316 2025-12-04 10:01:15 Xiaomi 14"),
            format!("{package}\n{text}\n{title}\n2025-12-04 10:01:15\nXiaomi 14"),
        ] {
            for given in ["", title] {
                let verdict = read(package, given, &shape);
                assert!(
                    matches!(verdict, Verdict::Receipt { amount, .. } if amount.get() == 80),
                    "{given} | {shape} → {verdict:?}"
                );
            }
            let verdict = read(package, "张三", &shape);
            assert!(!matches!(verdict, Verdict::Receipt { .. }), "{shape} → {verdict:?}");
        }
    }
}

#[test]
fn wechat_others() {
    check(&[
        (
            WX,
            "微信支付",
            "收款通知 01月15日 10:11:12 收款金额 ¥12.34 订单金额 ¥12.34 交易单号 4200000000000000000000000001 收款汇总 该店今日第8笔收款，共¥999.99",
            "wechat 12.34",
        ),
        (WX, "微信收款商业版", "收款通知\n收款金额\n¥12.34\n收款门店\n一号店", "wechat 12.34"),
        (WX, "Weixin Pay", "Payment received ¥6.00", "wechat 6.00"),
        (WX, "WeChat Pay", "[2]WeChat Pay: Received ¥6.00 (friend)", "wechat 6.00"),
        (WX, "WeChat Pay", "You've received ¥6.00", "wechat 6.00"),
        (WX, "WeChat Pay", "Payment of ¥6.00 received", "wechat 6.00"),
        (WX, "WeChat Pay", "Received CNY 6.00", "wechat 6.00"),
        (WX, "WeChat Pay", "Paid ¥6.00", "no"),
        (WX, "WeChat Pay", "Refund received ¥6.00", "no"),
        (WX, "WeChat Pay", "Transfer received ¥6.00", "no"),
        (WX, "WeChat Pay", "Red packet received ¥6.00", "no"),
        (WX, "", "微信支付: 微信支付收款0.02元(朋友到店)", "wechat 0.02"),
        (WX, "", "[3条]微信收款助手: [店员消息]收款到账0.02元", "wechat 0.02"),
        (WX, "", "微信支付收款0.02元(朋友到店)", "wechat 0.02"),
        (WX, "", "张三: 微信支付收款0.02元", "no"),
        (WX, "", "微信支付收款0.02元(朋友到店)哈哈", "no|hold"),
        ("com.tencent.wework", "对外收款", "成功收款5.00元", "wechat 5.00"),
        ("com.tencent.wework", "企业微信", "对外收款：成功收款5.00元", "wechat 5.00"),
        ("com.tencent.wework", "王五", "成功收款5.00元", "no"),
        (WX, "微信支付", "[2条]微信支付: 已支付¥12.90", "no"),
        (WX, "微信支付", "[2条]微信支付: 微信红包", "no"),
        (WX, "微信支付", "支付成功 ¥5.00", "no"),
        (WX, "微信支付", "付款成功，收款方：某店 ¥5.00", "no"),
        (WX, "微信支付", "零钱提现到账¥500.00", "no"),
        (WX, "微信支付", "提现到账 500.00元", "no"),
        (WX, "微信支付", "退款到账¥5.00", "no"),
        (WX, "微信支付", "退款入账5.00元", "no"),
        (WX, "微信支付", "转账到账¥5.00", "no"),
        (WX, "微信支付", "转账已到账5.00元", "no"),
        (WX, "微信支付", "张三向你转账5.00元，请收款", "no"),
        (WX, "微信支付", "你有一笔转账待接收 ¥5.00", "no"),
        (WX, "微信支付", "你有一笔待收款¥5.00", "no"),
        (WX, "微信支付", "红包到账¥5.00", "no"),
        (WX, "微信支付", "今日收款12笔，共计¥345.60", "no"),
        (WX, "微信收款助手", "昨日收款汇总：12笔 345.60元", "no"),
        (WX, "微信收款助手", "本月收款1234.00元", "no"),
        (WX, "微信收款助手", "收款日报 收款12笔 共345.60元", "no"),
        (WX, "微信收款助手", "收款满100元领红包", "no"),
        (WX, "微信收款助手", "收款100元可得免费提现额度", "no|hold"),
        (WX, "微信收款助手", "收款5笔", "no|hold|none"),
        (WX, "微信支付", "微信支付收款5.00元失败", "no|hold"),
        (WX, "微信支付", "微信支付收款5.00元（已退款）", "no"),
        (WX, "微信支付", "微信支付收款5.00元，待确认", "no"),
        (WX, "微信支付", "微信支付收款5.00万元", "no|hold"),
        (WX, "微信支付", "微信支付收款5.00美元", "no|hold"),
        (WX, "微信支付", "微信支付收款HK$5.00", "no|hold"),
        (WX, "微信支付", "微信支付收款+5.00元", "no"),
        (WX, "微信支付", "微信支付收款−5.00元", "no"),
        (WX, "微信支付", "微信支付收款¥-5.00", "no"),
        (WX, "微信支付", "微信支付收款0元", "no"),
        (WX, "微信支付", "个人收款码到账¥0.00", "no"),
        (WX, "微信支付", "个人收款码到账¥1.234", "no"),
        (WX, "微信支付", "微信支付收款1,23元", "no"),
        (WX, "微信支付", "微信支付收款12,34,56.00元", "no"),
        (WX, "微信支付", "微信支付收款123456789元", "no"),
        (WX, "微信支付", "微信支付收款00012元", "no"),
        (WX, "微信支付", "微信支付收款1.元", "no|hold"),
        (WX, "微信支付", "微信支付收款.5元", "no|hold"),
        (WX, "微信支付", "微信支付收款五元", "no|hold"),
        (WX, "微信支付", "微信支付收款5 0.00元", "no|hold"),
        (WX, "微信支付", "请收款100.00元", "no"),
        (WX, "微信支付", "AA收款：每人20.00元", "no"),
        (WX, "微信支付", "李四: 微信支付收款100.00元(朋友到店)", "no"),
        (WX, "微信支付", "[2条]李四: [店员消息]收款到账100.00元", "no"),
        (WX, "微信支付", "[2条]微信支付1: 微信支付收款100.00元", "no|hold"),
        (WX, "微信支付", "@所有人 微信支付收款100.00元", "no|hold"),
        (WX, "微信支付", "微信支付收款到账通知", "no|hold"),
        (WX, "服务通知", "微信支付收款100.00元", "no"),
        (WX, "微信", "微信支付收款100.00元", "no"),
        (WX, "微信团队", "微信支付收款100.00元", "no"),
        (WX, "文件传输助手", "微信支付: 微信支付收款100.00元", "no"),
        (WX, "微信支付群", "微信支付收款100.00元", "no"),
        (WX, "微信支付通知", "微信支付收款100.00元", "hold"),
        (WX, "微信支付", "", "none|no"),
        (WX, "微信支付", "您有新的消息", "none|no"),
        (WX, "微信支付", "收款金额¥1.20\n付款商家某某\n备注x", "no"),
        (WX, "微信支付", "收款金额¥5.00\n备注：退款是不可能的", "wechat 5.00"),
        (WX, "微信支付", "微信支付收款5.00元\n付款方备注：收款金额¥999.00", "wechat 5.00|hold"),
        (WX, "微信支付", "微信支付收款5.00元(备注:退款)", "wechat 5.00|no|hold"),
        (WX, "微信支付", "微信支付收款8.88元，免费提现额度1000元", "wechat 8.88"),
        (WX, "微信支付", "微信支付收款8.88元 | 提现免费", "wechat 8.88"),
        (WX, "微信支付", "个人收款码到账¥8.88，100积分", "wechat 8.88"),
    ]);
}
