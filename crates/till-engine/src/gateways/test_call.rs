//! A harmless question, so that a contract can be tried before money depends on it.

use std::sync::Arc;

use till_channels::gateway::{Doubt, DoubtKind, Gateway, Office, OfficeAnswer, lapsed};
use tokio::time::Instant;

use super::book::{self, Contract, SKEW_WARNS_MS, Trouble};
use super::speak::{Silence, try_office};
use super::{missing, renew, safe_words, words};
use crate::api::{ApiError, Code, GatewayTest, Lang};
use crate::ports::SendError;
use crate::state::{State, lock};
use crate::words::{error, say};

pub(crate) async fn test(state: &Arc<State>, gateway_id: i64) -> Result<GatewayTest, ApiError> {
    let lang = state.shop().settings.lang;
    let contract = book::by_id(state, gateway_id).ok_or_else(|| missing(state))?;
    let refused = |message: String| ApiError::new(Code::Conflict, message);
    if contract.ended() {
        return Err(error(lang, Code::Conflict, "这份合约已经结束", "This contract has ended"));
    }
    match &contract.trouble {
        Some(Trouble::NoSecret) => return Err(refused(words::no_secret(lang))),
        Some(Trouble::Locked) => return Err(safe_words::is_locked(lang)),
        Some(Trouble::Incomplete(faults)) => {
            return Err(refused(words::incomplete(lang, contract.provider, faults)));
        }
        None => {}
    }
    let lapsed = lapsed(contract.provider, &contract.facts, state.now());
    if !lapsed.is_empty() {
        return Err(refused(words::incomplete(lang, contract.provider, &lapsed)));
    }
    // How long it took, not when: a clock that is set in between would say anything.
    let begun = Instant::now();
    let (office, answer) = ask_all(state, &contract).await;
    let took_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    let skew_ms = lock(&contract.health).skew_ms;
    let (works, message, detail) = said(lang, &answer);
    let message = if works || office != Office::TestOlder { message } else { of_v2(lang, &message) };
    let message = match skew_ms {
        Some(skew) if skew.abs() > SKEW_WARNS_MS => clock_off(lang, skew, &message),
        _ => message,
    };
    Ok(GatewayTest { works, message, detail, took_ms, skew_ms })
}

/// Tries one key after the other, up to the first that does not work; the last question and what came of it.
async fn ask_all(state: &Arc<State>, contract: &Contract) -> (Office, Result<OfficeAnswer, Silence>) {
    let mut last = (Office::Test, Err(Silence::NotReady));
    for office in contract.gateway().map(Gateway::tests).unwrap_or_default() {
        let mut answer = try_office(state, contract, &office).await;
        if let Ok(OfficeAnswer::Certificates(certificates)) = &answer {
            // Whoever signed and encrypted them knows the contract's keys, and ours was known there.
            answer = Ok(match renew::keep(state, contract, certificates).await {
                Ok(_) => OfficeAnswer::Works,
                Err(doubt) => OfficeAnswer::Unknown(doubt),
            });
        }
        let works = matches!(answer, Ok(OfficeAnswer::Works));
        last = (office, answer);
        if !works {
            break;
        }
    }
    last
}

/// Which of a contract's two sets of keys is meant.
fn of_v2(lang: Lang, message: &str) -> String {
    match lang {
        Lang::Zh => format!("v3 没有问题，v2（APIv2 密钥）不通：{message}"),
        Lang::En => format!("v3 works, v2 (the APIv2 key) does not: {message}"),
    }
}

/// The clock comes first: it may be the cause of what was said.
fn clock_off(lang: Lang, skew_ms: i64, message: &str) -> String {
    let minutes = (skew_ms.abs() + 30_000) / 60_000;
    match lang {
        Lang::Zh => {
            let way = if skew_ms > 0 { "快" } else { "慢" };
            format!("这台电脑的时间{way}了约 {minutes} 分钟，相差 5 分钟以上平台会拒绝，请校准时间。{message}")
        }
        Lang::En => {
            let way = if skew_ms > 0 { "fast" } else { "slow" };
            format!(
                "This computer's clock is about {minutes} minutes {way}; beyond 5 minutes the provider refuses. Set the clock. {message}"
            )
        }
    }
}

/// Whether it works, what it means, and the technical rest.
fn said(lang: Lang, answer: &Result<OfficeAnswer, Silence>) -> (bool, String, String) {
    match answer {
        Ok(OfficeAnswer::Works) => {
            let (zh, en) = (
                "可以用：平台认得这份合约，应答的签名也对",
                "It works: the provider knows this contract, and its answer is authentic",
            );
            (true, say(lang, zh, en), String::new())
        }
        Ok(OfficeAnswer::Refused(refusal)) => {
            let detail = format!("{} {}", refusal.code, refusal.message);
            (false, words::refused(lang, refusal.kind), detail.trim().to_owned())
        }
        Ok(OfficeAnswer::Unknown(doubt)) => (false, doubted(lang, doubt), words::doubt_text(doubt)),
        Ok(_) => {
            // No codec answers a test with a file.
            tracing::error!("the answer to a test is one to another question");
            (false, words::doubt(lang, DoubtKind::Unreadable), String::new())
        }
        Err(silence) => (false, silent(lang, silence), silence.doubt().detail),
    }
}

fn doubted(lang: Lang, doubt: &Doubt) -> String {
    let (zh, en) = match doubt.kind {
        DoubtKind::BadSignature => (
            "应答的签名对不上：这里填的平台公钥（或平台证书）不对。请重新从平台后台复制，注意不要填成自己的应用公钥",
            "The answer's signature does not fit: the provider's public key (or certificate) here is not the right one. Copy it from the provider's console again; it is not your own app's public key",
        ),
        DoubtKind::Unsigned => (
            "平台的应答没有签名，所以不能相信。多半是应用编号或密钥不对，平台不认得这份合约",
            "The answer has no signature, so it cannot be believed. Most likely the app number or the key is wrong and the provider does not know this contract",
        ),
        DoubtKind::Stale => (
            "应答的签名时间和这台电脑的时间差得太多。请校准电脑时间后再试",
            "The answer was signed too far from this computer's time. Set the clock, then try again",
        ),
        DoubtKind::Trouble => (
            "平台出了故障或没有给出明确的应答，请过几分钟再试",
            "The provider is in trouble or gave no clear answer; try again in a few minutes",
        ),
        kind => return words::doubt(lang, kind),
    };
    say(lang, zh, en)
}

fn silent(lang: Lang, silence: &Silence) -> String {
    let (zh, en) = match silence {
        Silence::Failed(SendError::Timeout) => (
            "平台没有及时应答。请检查网络后再试",
            "The provider did not answer in time. Check the network, then try again",
        ),
        Silence::Failed(SendError::Unreachable(_)) => (
            "连不上平台。请检查这台电脑能不能上网",
            "The provider cannot be reached. Check whether this computer is online",
        ),
        Silence::Failed(SendError::Tls(_)) => (
            "和平台的加密连接没有建立：对方的证书不可信，或这里的商户证书不被接受。请检查网络里有没有代理、电脑时间准不准",
            "No secure connection: the other side's certificate is not trusted, or ours is not accepted. Look for a proxy in the network, and check the clock",
        ),
        Silence::Failed(SendError::Forbidden(_) | SendError::BadUrl(_)) => {
            ("这个地址不能访问，请检查合约的环境设置", "This address may not be called; check the contract's place")
        }
        Silence::CannotAsk(_) | Silence::NotReady => (
            "请求发不出去：合约的内容不完整，或私钥不能签名。请检查各项内容",
            "The request cannot be made: a value is missing, or the private key does not sign. Check the fields",
        ),
        Silence::NoRandomness => ("系统没有给出随机数，请再试一次", "The system gave no randomness; try again"),
    };
    say(lang, zh, en)
}
