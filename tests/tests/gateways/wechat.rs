//! WeChat Pay's table: codes with v3, payment codes with v2.

use anyhow::Result;
use qiantai_tests::gateway::Step;

use crate::common::{codes, plain, wires};
use crate::play::{Ends, play};
use crate::shop::House;
use crate::{endings, notices, refunds};

use Ends::{Refused, Unsettled};

/// What micropay may be answered.
const SCAN: &[(&str, &str, Ends)] = &[
    ("NOAUTH", "商户无权限", Refused("not_allowed")),
    ("PARAM_ERROR", "参数错误", Refused("settings")),
    ("SIGNERROR", "签名错误", Refused("settings")),
    ("LACK_PARAMS", "缺少参数", Refused("settings")),
    ("XML_FORMAT_ERROR", "XML格式错误", Refused("settings")),
    ("POST_DATA_EMPTY", "post数据为空", Refused("settings")),
    ("NOT_UTF8", "编码格式错误", Refused("settings")),
    ("REQUIRE_POST_METHOD", "请使用post方法", Refused("settings")),
    ("APPID_NOT_EXIST", "APPID不存在", Refused("settings")),
    ("MCHID_NOT_EXIST", "MCHID不存在", Refused("settings")),
    ("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", Refused("settings")),
    ("FREQUENCY_LIMITED", "频率限制", Refused("too_often")),
    ("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试", Refused("scan_again")),
    ("AUTH_CODE_ERROR", "付款码参数错误", Refused("scan_again")),
    ("AUTH_CODE_INVALID", "付款码检验错误", Refused("scan_again")),
    ("NOTENOUGH", "余额不足", Refused("other_means")),
    ("NOTSUPORTCARD", "不支持卡类型", Refused("other_means")),
    ("TRADE_ERROR", "交易错误", Refused("other")),
    // It may be our own order that came twice.
    ("BUYER_MISMATCH", "支付帐号错误", Unsettled),
    ("ORDERPAID", "订单已支付", Unsettled),
    ("OUT_TRADE_NO_USED", "商户订单号重复", Unsettled),
    ("ORDERCLOSED", "订单已关闭", Unsettled),
    ("ORDERREVERSED", "订单已撤销", Unsettled),
    ("USERPAYING", "需要用户输入支付密码", Unsettled),
    ("BANKERROR", "银行系统异常", Unsettled),
    ("SYSTEMERROR", "系统超时", Unsettled),
    ("SOMETHING_NEW", "新的错误", Unsettled),
];

/// What v3 may answer when a code is asked for.
const CODE: &[(&str, &str, Ends)] = &[
    ("PARAM_ERROR", "参数错误", Refused("settings")),
    ("SIGN_ERROR", "签名错误", Refused("settings")),
    ("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", Refused("settings")),
    ("MCH_NOT_EXISTS", "商户号不存在", Refused("settings")),
    ("NO_AUTH", "商户无权限", Refused("not_allowed")),
    ("FREQUENCY_LIMITED", "频率超限", Refused("too_often")),
    ("RATELIMIT_EXCEEDED", "频率超限", Refused("too_often")),
    ("INVALID_REQUEST", "请求不符合业务规则", Refused("other")),
    ("OUT_TRADE_NO_USED", "商户订单号重复", Unsettled),
    ("ORDER_CLOSED", "订单已关闭", Unsettled),
    ("SYSTEM_ERROR", "系统异常", Unsettled),
    ("SOMETHING_NEW", "新的错误", Unsettled),
];

#[test]
fn wechat() -> Result<()> {
    let mut cases = plain(Ends::Over, Refused("other_means"), Refused("scan_again"));
    cases.extend(codes(Step::Scan, SCAN));
    cases.extend(codes(Step::Code, CODE));
    cases.extend(wires(true));
    let scenes = [endings::scenes(), refunds::scenes(House::Wechat), notices::scenes()].concat();
    play(House::Wechat, scenes, cases)
}
