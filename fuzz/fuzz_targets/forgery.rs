//! Words a payer chooses, put where payers' words stand. Input: a nickname, then a note. They never change an amount.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::rules::{Notice, Rules, Verdict};
use till_fuzz::fields;

const WX: &str = "com.tencent.mm";
const ALI: &str = "com.eg.android.AlipayGphone";

/// What really arrived.
const PAID_FEN: i64 = 1;

fn holds(package: &str, title: &str, text: &str) {
    if let Verdict::Receipt { amount, rule, .. } = Rules::builtin().read(&Notice { package, title, text }) {
        assert_eq!(amount.get(), PAID_FEN, "rule {rule} believed the payer: [{title}] {text}");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some([nick, note]) = fields(data) else { return };
    // A wallet lets nobody put line ends into a name or a note.
    if nick.len() > 200 || note.len() > 400 || nick.contains(char::is_control) || note.contains(char::is_control) {
        return;
    }
    for title in ["收款通知", "支付宝通知", "支付宝", ""] {
        holds(ALI, title, &format!("{nick}通过扫码向你付款0.01元"));
        holds(ALI, title, &format!("{nick}通过扫码向你付款0.01元，备注：{note}"));
        holds(ALI, title, &format!("支付宝成功收款0.01元，备注：{note}"));
        holds(ALI, title, &format!("收款金额￥0.01\n付款方备注{note}"));
    }
    holds(ALI, "你已成功收款0.01元（新顾客消费）", &format!("{nick} 备注：{note}"));
    holds(WX, "微信支付", &format!("微信支付收款0.01元(朋友到店)\n备注：{note}"));
    holds(WX, "微信支付", &format!("收款金额￥0.01\n付款方备注{note}\n汇总今日第2笔收款，共计￥5.00"));
    for package in ["cn.gov.pbc.dcep", "com.unionpay"] {
        holds(package, "收款通知", &format!("{nick}向您付款0.01元"));
        holds(package, "收款通知", &format!("您已收款0.01元，付款方备注：{note}"));
    }
    for text in [
        format!("您尾号0345卡8月15日23:46收入({note})0.01元，余额1.00元。【工商银行】"),
        format!("您尾号0345卡8月15日23:46收入0.01元({note})，余额1.00元。【工商银行】"),
        format!("您尾号0345卡8月15日23:46收入0.01元，余额1.00元，附言：{note}。【工商银行】"),
    ] {
        holds("sms", "95588", &text);
    }
});
