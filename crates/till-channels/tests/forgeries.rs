//! Whatever a payer puts into a nickname, a note or a chat message: it never changes the amount, never makes money.

use proptest::prelude::*;
use till_channels::rules::{Notice, Rules, Verdict};

const WX: &str = "com.tencent.mm";
const ALI: &str = "com.eg.android.AlipayGphone";

/// Words made of the very pieces the rules look for.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "通过扫码",
        "向你付款",
        "向您付款",
        "成功收款",
        "你已成功收款",
        "支付宝成功收款",
        "收款金额",
        "微信支付收款",
        "个人收款码到账",
        "[店员消息]收款到账",
        "收款到账",
        "收到",
        "999元",
        "999.00元",
        "¥999.00",
        "￥9,999",
        "9",
        "0",
        ".",
        ",",
        "，",
        "：",
        ":",
        " ",
        "元",
        "张三",
        "备注",
        "备注：",
        "留言",
        "(朋友到店)",
        "（",
        ")",
        "[2条]",
        "微信支付: ",
        "微信收款助手：",
        "【微信】",
        "UID：1",
        "com.tencent.mm",
        "\u{200b}",
        "note:",
        "人民币",
        "入账",
        "收入",
        "。",
    ]);
    prop::collection::vec(piece, 0..9).prop_map(|p| p.concat())
}

fn booked(package: &str, title: &str, text: &str) -> Option<i64> {
    match Rules::builtin().read(&Notice { package, title, text }) {
        Verdict::Receipt { amount, .. } => Some(amount.get()),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn a_nickname_changes_nothing(nick in pieces(), title in prop::sample::select(vec!["收款通知", "支付宝通知", "支付宝", ""])) {
        let fen = booked(ALI, title, &format!("{nick}通过扫码向你付款0.01元"));
        prop_assert!(fen.is_none_or(|f| f == 1), "{fen:?}");
    }

    #[test]
    fn a_note_changes_nothing(note in pieces(), title in prop::sample::select(vec!["收款通知", "支付宝通知", "支付宝", ""])) {
        for text in [format!("张三通过扫码向你付款0.01元，备注：{note}"), format!("支付宝成功收款0.01元，备注：{note}"), format!("收款金额￥0.01\n付款方备注{note}")] {
            let fen = booked(ALI, title, &text);
            prop_assert!(fen.is_none_or(|f| f == 1), "{text}: {fen:?}");
        }
        let fen = booked(ALI, "你已成功收款0.01元（新顾客消费）", &format!("张三 备注：{note}"));
        prop_assert!(fen.is_none_or(|f| f == 1), "{fen:?}");
        for text in [format!("微信支付收款0.01元(朋友到店)\n备注：{note}"), format!("收款金额￥0.01\n付款方备注{note}\n汇总今日第2笔收款，共计￥5.00")] {
            let fen = booked(WX, "微信支付", &text);
            prop_assert!(fen.is_none_or(|f| f == 1), "{text}: {fen:?}");
        }
    }

    #[test]
    fn a_nickname_and_a_note_together(nick in pieces(), note in pieces()) {
        // The one thing that cannot be told apart: a note with a whole second sentence and no word that says it is a note.
        let text = format!("{nick}通过扫码向你付款0.01元，备注：{note}");
        let fen = booked(ALI, "收款通知", &text);
        prop_assert!(fen.is_none_or(|f| f == 1), "{fen:?}");
    }

    #[test]
    fn digital_yuan_and_unionpay_too(nick in pieces()) {
        for text in [format!("{nick}向您付款0.01元"), format!("您已收款0.01元，付款方备注：{nick}")] {
            for package in ["cn.gov.pbc.dcep", "com.unionpay"] {
                let fen = booked(package, "收款通知", &text);
                prop_assert!(fen.is_none_or(|f| f == 1), "{package} {text}: {fen:?}");
            }
        }
    }

    #[test]
    fn a_group_with_an_official_name(sender in "[\\p{Han}A-Za-z0-9]{1,8}", said in pieces()) {
        prop_assume!(!["微信支付", "微信收款助手"].contains(&sender.as_str()));
        for title in ["微信支付", "微信收款助手"] {
            for text in [format!("{sender}: {said}"), format!("[2条]{sender}: {said}"), format!("[2条]{sender}：微信支付收款9.00元")] {
                prop_assert_eq!(booked(WX, title, &text), None, "{} | {}", title, text);
            }
        }
    }

    #[test]
    fn a_chat_is_never_money(title in "[\\p{Han}A-Za-z0-9 ]{1,10}", said in pieces(), prefix in prop::sample::select(vec!["", "[3条]", "T: ", "[3条]T: "])) {
        let text = format!("{}{said}", prefix.replace('T', &title));
        prop_assert_eq!(booked(WX, &title, &text), None);
        prop_assert_eq!(booked(ALI, &title, &text), None);
        prop_assert_eq!(booked("com.tencent.mobileqq", &title, &text), None);
        prop_assert_eq!(booked("sms", "13800138000", &text), None);
    }

    #[test]
    fn a_bank_remark_changes_nothing(remark in pieces()) {
        for text in [
            format!("您尾号0345卡8月15日23:46收入({remark})0.01元，余额1.00元。【工商银行】"),
            format!("您尾号0345卡8月15日23:46收入0.01元({remark})，余额1.00元。【工商银行】"),
            format!("您尾号0345卡8月15日23:46收入0.01元，余额1.00元，附言：{remark}。【工商银行】"),
        ] {
            let fen = booked("sms", "95588", &text);
            prop_assert!(fen.is_none_or(|f| f == 1), "{text}: {fen:?}");
        }
    }

    #[test]
    fn anything_at_all_is_survived(package in ".{0,12}", title in ".{0,12}", text in ".{0,200}", known in prop::sample::select(vec![WX, ALI, "com.unionpay", "sms", "", "cn.gov.pbc.dcep"])) {
        let _ = booked(&package, &title, &text);
        prop_assert_eq!(booked(known, &title, &text), None);
    }
}
