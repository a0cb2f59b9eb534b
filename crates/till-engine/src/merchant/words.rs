//! Why a program was refused, for people. Protocols with sentences of their own use those.

use till_channels::gateway::Refusal;
use till_channels::merchant::Why;

use crate::api::Lang;
use crate::gateways;
use crate::state::State;
use crate::words::say;

pub(super) fn sentence(lang: Lang, why: Why) -> String {
    let (zh, en) = match why {
        Why::Own(sentence) => return sentence.to_owned(),
        Why::Field(field) => {
            return say(lang, &format!("{field} 缺少或不对"), &format!("{field} is missing or wrong"));
        }
        Why::NoKeys(field) => {
            let (zh, en) = (format!("合约里没有填 {field}"), format!("The contract with the provider has no {field}"));
            return say(lang, &zh, &en);
        }
        Why::NotAuthentic(kind) => return gateways::doubt_words(lang, kind),
        Why::Twice => ("参数重复", "A field stands twice"),
        Why::NotFields => ("请求内容读不懂", "The request does not read as fields"),
        Why::BadSignature => ("签名校验不通过", "The signature is wrong"),
        Why::Shifted => (
            "这个签名也适用于另一组参数，请带上接口口令，或把本机地址加入可信地址",
            "This signature fits other fields as well: send the API token, or have the address trusted",
        ),
        Why::Clock => ("时间相差太多，请校准时间", "The time is too far off; set the clock right"),
        Why::Replayed => ("这个请求已经用过", "This request was used before"),
        Why::Revoked => ("这个密钥已停用", "This key was revoked"),
        Why::NoSecret => (
            "这台电脑上没有这个程序的密钥，请重新生成",
            "This program's secret is not on this computer; make a new one",
        ),
        Why::NeedsToken => ("需要接口口令，或把来源地址加入可信地址", "The API token is needed, or a trusted address"),
        Why::TooFast => ("请求太频繁，请稍后再试", "Too many requests; try again later"),
        Why::Channel => ("这个程序不能使用这种支付方式", "This program may not use this channel"),
        Why::NotifyUrl => {
            ("异步通知地址不在允许的前缀之内", "The address for callbacks is outside the allowed prefixes")
        }
        Why::ReturnUrl => ("同步跳转地址不在允许的前缀之内", "The return address is outside the allowed prefixes"),
        Why::Exists => ("商户订单号已存在", "This order number was used before"),
        Why::OtherWords => ("这个幂等键已用于另一个请求", "This idempotency key came with another request before"),
        Why::Paid => ("订单已经支付", "The order is paid"),
        Why::Exhausted => ("订单超出负荷，请稍后重试", "Every amount near this price is taken; try again later"),
        Why::NoCode => ("没有能收这个金额的收款码", "No receiving code takes this amount"),
        Why::NoContract => (
            "没有能用的合约：请在钱台里填好这家平台的商户合约",
            "No contract with this provider can do it; set one up in the till",
        ),
        Why::Silent => (
            "平台没有给出可信的回答，结果还不知道，请用同样的内容再试一次",
            "The provider gave no answer that can be believed; nothing is known yet: send the same again",
        ),
        Why::NoProduct => ("没有这个商品", "There is no such product"),
        Why::Bought => ("已经购买过", "It was bought already"),
        Why::NotFound => ("订单不存在", "No such order"),
        Why::Over => ("订单已经不在等待付款", "The order does not wait any more"),
        Why::Unavailable => {
            ("暂时无法处理，什么都没有改变，请稍后再试", "Not possible now; nothing was changed, try again later")
        }
    };
    say(lang, zh, en)
}

/// A provider's refusal, with its own words.
pub(super) fn declined(state: &State, refusal: &Refusal) -> String {
    let Refusal { code, message, .. } = refusal;
    let (zh, en) =
        (format!("平台拒绝了这笔付款：{message}（{code}）"), format!("The provider refused: {message} ({code})"));
    say(state.shop().settings.lang, &zh, &en)
}
