//! The shop's old contract with Alipay, for programs that still speak its protocols ([`crate::merchant`]). Its key leaves
//! this room in signatures only.

use till_channels::gateway::alipay::historic::mapi;
use till_channels::gateway::{Ask, DoubtKind, Place, Provider, Values};
use till_channels::merchant::Why;
use till_channels::merchant::v1::{Historic, HistoricAnswer, HistoricMade, OldContract};

use super::{book, speak, surfaces};
use crate::ports::{ProviderCall, ProviderReply};
use crate::state::State;

/// `true` is all that Alipay has to say.
const LONGEST_WORD: usize = 256;

/// Both values of an old contract, as they stand among those of the present one.
fn old_contract<'a>(values: &'a Values, place: &'a Place) -> Option<OldContract<'a>> {
    Some(OldContract { partner: values.get("partner")?, key: values.get("mapi_md5_key")?, place })
}

/// Answers with the old contract that stands in the oldest one with Alipay that is in use. A contract whose other keys are
/// missing will do.
pub(crate) async fn answer(state: &State, asked: &Historic) -> Result<HistoricAnswer, Why> {
    let all = book::all(state);
    let in_use = all.iter().filter(|c| c.provider == Provider::Alipay && c.in_use());
    let in_use: Vec<_> = in_use.map(|c| (c, book::place(&c.settings))).collect();
    let contract = in_use.iter().find_map(|(c, place)| old_contract(&c.values, place));
    let contract = contract.ok_or_else(|| surfaces::none_of(state, Provider::Alipay))?;
    let mut seed = speak::seed(state).map_err(|_| Why::Unavailable)?;
    match asked.with(contract, &mut seed)? {
        HistoricMade::Answer(answer) => Ok(answer),
        HistoricMade::AskAlipay { url, notice } => {
            verify(state, contract.place, url).await?;
            Ok(HistoricAnswer::Notice(notice))
        }
    }
}

/// Level 2: did Alipay send it? Only `true` says so.
async fn verify(state: &State, place: &Place, url: String) -> Result<(), Why> {
    let ask = Ask {
        method: "GET",
        url,
        headers: Vec::new(),
        body: Vec::new(),
        client_certificate: false,
        longest: LONGEST_WORD,
    };
    // Fails only if it was closed, and nobody closes it.
    let _line = state.provider_lines.acquire().await;
    let call = ProviderCall { ask, certificate: None, simulator: matches!(place, Place::Simulator(_)) };
    match state.ports.providers.call(call).await {
        ProviderReply::Answer(reply) => {
            mapi::is_verified(reply.status, &reply.body).map_err(|doubt| match doubt.kind {
                DoubtKind::BadSignature => Why::NotAuthentic(doubt.kind),
                _ => Why::Silent,
            })
        }
        ProviderReply::Failed(_) => Err(Why::Silent),
    }
}
