//! Notices: what came in a provider's name. One that fits a contract's key and an order brings its money; everything else
//! is a reason to ask, never a payment.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use till_channels::gateway::{About, Ack, Claim, Doubt, DoubtKind, Heard, Provider, RawNotice};
use till_core::Channel;
use till_store::{StoreError, TradeRow, Word};

use super::book::{self, Contract};
use super::{flow, money, words};
use crate::refusals;
use crate::state::{State, lock};

/// Whoever sends notices that fail their check makes us ask about a trade this often at most.
const ASK_EVERY_MS: i64 = 5_000;
/// Of notices that fail their check so many are kept in a minute: anybody can send some.
const MOST_KEPT: u32 = 30;
const MINUTE_MS: i64 = 60_000;
/// As long as the port lets bodies be.
const LONGEST_BODY: usize = 64 * 1024;
/// Where providers post to.
const PATH: &str = "/notify/";

/// What a provider is answered, to the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeAnswer {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl From<Ack> for NoticeAnswer {
    fn from(ack: Ack) -> NoticeAnswer {
        NoticeAnswer { status: ack.status, content_type: ack.content_type, body: ack.body }
    }
}

/// What notices made us do lately.
#[derive(Default)]
pub(crate) struct ToldOf {
    /// When we asked about a trade because of one.
    asked: HashMap<i64, i64>,
    /// The start of the minute, and those that failed their check and were kept in it.
    kept: (i64, u32),
}

impl ToldOf {
    fn may_ask(&mut self, trade_id: i64, now: i64) -> bool {
        self.asked.retain(|_, at| (now - *at).abs() < ASK_EVERY_MS);
        if self.asked.contains_key(&trade_id) {
            return false;
        }
        self.asked.insert(trade_id, now);
        true
    }

    fn may_keep(&mut self, now: i64) -> bool {
        if (now - self.kept.0).abs() >= MINUTE_MS {
            self.kept = (now, 0);
        }
        self.kept.1 += 1;
        self.kept.1 <= MOST_KEPT
    }
}

/// Which way a notice came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To our own door.
    Door,
    /// From where it was kept for us.
    Relay,
}

impl Way {
    const fn as_str(self) -> &'static str {
        match self {
            Way::Door => "notice",
            Way::Relay => "relay",
        }
    }
}

/// A provider spoke at the port.
pub(crate) async fn take(state: &Arc<State>, provider: Channel, raw: RawNotice, address: String) -> NoticeAnswer {
    let provider = Provider::ALL.into_iter().find(|p| p.channel() == provider);
    let contracts = provider.map(|p| book::of_provider(state, p)).unwrap_or_default();
    let Some(any) = contracts.first() else {
        // Nobody here could say whether it is true. Where the keys are only locked up, it is to come again.
        let locked = provider.is_some_and(|p| book::any_locked(state, |c| c.provider == p));
        let status = if locked { 503 } else { 404 };
        return NoticeAnswer { status, content_type: "text/plain", body: b"fail".to_vec() };
    };
    let (by, taken) = match weigh(state, &contracts, &raw) {
        Ok((contract, heard)) => {
            let taken = hear(state, &contract, heard, &raw, Way::Door).await;
            (contract, taken)
        }
        Err(doubt) => {
            let path = format!("{PATH}{}", any.provider.as_str());
            refusals::note(state, &address, &path, None, "bad_notice", words::doubt_id(doubt.kind)).await;
            let kept = doubtful(state, any, None, doubt, &raw, Way::Door).await;
            (any.clone(), kept.map(|()| false))
        }
    };
    let taken = taken.unwrap_or_else(|cause| {
        tracing::error!(%cause, "a notice was not taken");
        state.store_error(cause);
        false
    });
    match by.gateway() {
        Some(gateway) => gateway.acknowledge(&raw, taken).into(),
        None => NoticeAnswer { status: 500, content_type: "text/plain", body: b"fail".to_vec() },
    }
}

/// A notice that was kept for us elsewhere. `Err`: it could not be stored and must be fetched again.
pub(super) async fn from_relay(state: &Arc<State>, provider: Provider, raw: RawNotice) -> Result<(), StoreError> {
    let contracts = book::of_provider(state, provider);
    let Some(any) = contracts.first() else { return Ok(()) };
    match weigh(state, &contracts, &raw) {
        Ok((contract, heard)) => hear(state, &contract, heard, &raw, Way::Relay).await.map(drop),
        Err(doubt) => doubtful(state, any, None, doubt, &raw, Way::Relay).await,
    }
}

/// The contract whose key a notice fits, and what it says; or the doubt that says most.
fn weigh(state: &State, contracts: &[Arc<Contract>], raw: &RawNotice) -> Result<(Arc<Contract>, Heard), Doubt> {
    let now = state.now();
    let mut doubts: Option<Doubt> = None;
    for contract in contracts {
        let Some(gateway) = contract.gateway() else { continue };
        match gateway.notice(raw, now) {
            Ok(heard) => return Ok((contract.clone(), heard)),
            // A contract that could read further than the signature knows best what is wrong.
            Err(doubt) => {
                let says_more = doubts.as_ref().is_none_or(|known| rank(&doubt) > rank(known));
                if says_more {
                    doubts = Some(doubt);
                }
            }
        }
    }
    Err(doubts.unwrap_or_else(|| Doubt::new(DoubtKind::Unreadable, "no contract")))
}

fn rank(doubt: &Doubt) -> u8 {
    let authentic = matches!(doubt.kind, DoubtKind::NotOurs | DoubtKind::Unlisted | DoubtKind::Stale);
    u8::from(authentic) * 2 + u8::from(doubt.out_no.is_some())
}

/// Takes an authentic notice. True: the provider need not say it again.
async fn hear(
    state: &Arc<State>,
    contract: &Arc<Contract>,
    heard: Heard,
    raw: &RawNotice,
    way: Way,
) -> Result<bool, StoreError> {
    let Heard { id, about } = heard;
    if state.store.word_seen(contract.id, &id).await? {
        return Ok(true);
    }
    let (out_no, what, meaning, detail) = match about {
        About::Paid(claim) => return paid(state, contract, id, claim, raw, way).await,
        About::Refund { out_no, refund_no, .. } => (out_no, "refund", "refund", refund_no.unwrap_or_default()),
        // It cannot be told from the notice which of our questions came before it: that is for an answer to say.
        About::Ended { out_no } => (Some(out_no), "query", "ended", String::new()),
        About::Other { out_no, status } => (out_no, "query", "other", status),
    };
    let row = match &out_no {
        Some(out_no) => order_of(state, contract, out_no).await?,
        None => None,
    };
    let mut word = word(contract, row.as_ref(), raw, way, state.now());
    (word.what, word.meaning, word.detail, word.notice_id) = (what.to_owned(), meaning, detail, Some(id));
    state.store.note_word(word).await?;
    if let Some(row) = row {
        ask_soon(state, &row).await?;
    }
    Ok(true)
}

async fn paid(
    state: &Arc<State>,
    contract: &Arc<Contract>,
    id: String,
    claim: Claim,
    raw: &RawNotice,
    way: Way,
) -> Result<bool, StoreError> {
    let row = state.store.trade_by_number(contract.provider.channel(), &claim.out_no).await?;
    let Some(row) = row else {
        // Another till, or another program, works with the same contract.
        let mut word = word(contract, None, raw, way, state.now());
        (word.meaning, word.detail, word.notice_id) = ("paid", claim.trade_no, Some(id));
        state.store.note_word(word).await?;
        return Ok(true);
    };
    // Two contracts may have the same keys: the trade says which is meant.
    let contract = match row.gateway_id == contract.id {
        true => contract.clone(),
        false => match book::by_id(state, row.gateway_id) {
            Some(own) if reads(state, &own, raw) => own,
            _ => {
                let doubt = Doubt::new(DoubtKind::NotOurs, "an order of another contract");
                doubtful(state, contract, Some(&row), doubt, raw, way).await?;
                return Ok(false);
            }
        },
    };
    let Some(gateway) = contract.gateway() else { return Ok(false) };
    let order = flow::order(state, Some(&contract), &row);
    if let Err(why) = claim.agrees(&order, &gateway.identity()) {
        let doubt = Doubt::new(DoubtKind::NotOurs, why.to_string());
        money::alarm(state, &contract, &row, &doubt);
        doubtful(state, &contract, Some(&row), doubt, raw, way).await?;
        return Ok(false);
    }
    let mut word = word(&contract, Some(&row), raw, way, state.now());
    (word.meaning, word.detail, word.notice_id) = ("paid", claim.trade_no.clone(), Some(id));
    match money::take(state, &contract, &row, claim, word).await? {
        None => Ok(true),
        Some(doubt) => {
            doubtful(state, &contract, Some(&row), doubt, raw, way).await?;
            Ok(false)
        }
    }
}

fn reads(state: &State, contract: &Contract, raw: &RawNotice) -> bool {
    contract.gateway().is_some_and(|gateway| gateway.notice(raw, state.now()).is_ok())
}

/// The trade of this number, if it is this contract's.
async fn order_of(state: &State, contract: &Contract, out_no: &str) -> Result<Option<TradeRow>, StoreError> {
    let row = state.store.trade_by_number(contract.provider.channel(), out_no).await?;
    Ok(row.filter(|row| row.gateway_id == contract.id))
}

/// A notice that failed its check: kept for people to see, and a reason to ask. `row`: the trade it is about, where that
/// is known for sure.
async fn doubtful(
    state: &Arc<State>,
    contract: &Contract,
    row: Option<&TradeRow>,
    doubt: Doubt,
    raw: &RawNotice,
    way: Way,
) -> Result<(), StoreError> {
    let now = state.now();
    tracing::warn!(provider = contract.provider.as_str(), why = words::doubt_text(&doubt), "a notice is not believed");
    let named = match (row, &doubt.out_no) {
        (Some(row), _) => Some(row.clone()),
        (None, Some(out_no)) if out_no.len() <= 64 => {
            state.store.trade_by_number(contract.provider.channel(), out_no).await?
        }
        _ => None,
    };
    if lock(&state.flow.told_of).may_keep(now) {
        let mut word = word(contract, named.as_ref(), raw, way, now);
        word.gateway_id = row.map(|row| row.gateway_id);
        (word.meaning, word.detail) = ("unknown", words::doubt_text(&doubt));
        state.store.note_word(word).await?;
        state.emit(crate::api::Event::GatewaysChanged {});
    }
    match named {
        Some(row) => ask_soon(state, &row).await,
        None => Ok(()),
    }
}

async fn ask_soon(state: &Arc<State>, row: &TradeRow) -> Result<(), StoreError> {
    if lock(&state.flow.told_of).may_ask(row.id, state.now()) {
        state.store.hurry_trades(row.ticket_id, state.now()).await?;
        if row.refunds.iter().any(|refund| refund.state.next_at.is_some()) {
            state.store.hurry_refunds(row.id, state.now()).await?;
        }
        state.flow.wake();
    }
    Ok(())
}

fn word(contract: &Contract, row: Option<&TradeRow>, raw: &RawNotice, way: Way, now: i64) -> Word {
    Word {
        gateway_id: Some(contract.id),
        provider: contract.provider.channel(),
        trade_id: row.map(|row| row.id),
        at: now,
        source: way.as_str(),
        what: "payment".to_owned(),
        meaning: "unknown",
        detail: String::new(),
        notice_id: None,
        digest: Sha256::digest(&raw.body).to_vec(),
        body: raw.body.iter().copied().take(LONGEST_BODY).collect(),
    }
}
