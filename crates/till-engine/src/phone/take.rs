//! From what a phone said to a durable push, and to what it changes.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use till_channels::phones::Announced;
use till_channels::rules::{Notice, Verdict};
use till_core::matching::InboxReason;
use till_core::{Channel, Fen};
use till_store::{Effect, Outcome, Reading, TakePush};

use super::{Door, No, PhoneAnswer, PhoneRequest, RefusalCause};
use crate::state::{Paired, State, get};
use crate::view;

/// What was proved to come from a device.
pub(crate) struct Spoken {
    /// Names this very message; empty: every such message is new.
    pub(crate) replay_key: String,
    /// Within its window of time.
    pub(crate) fresh: bool,
    pub(crate) phone_at: Option<i64>,
    pub(crate) battery: Option<u8>,
    pub(crate) what: What,
}

pub(crate) enum What {
    /// The phone's app understood the notification itself.
    Amount { channel: Channel, amount: Fen, text: String },
    /// The notification as it was.
    Notice(Announced),
}

pub(super) fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

/// The phone's own local time, read in the shop's zone.
fn local_time(state: &State, text: Option<&str>) -> Option<i64> {
    let civil = text?.trim().parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(state.shop().zone.clone()).ok()?.timestamp().as_millisecond())
}

/// A push with everything but what the message itself says.
fn push(state: &State, door: Door, request: &PhoneRequest, device: &Paired, spoken: Spoken) -> TakePush {
    let (shop, now, book) = (state.shop(), state.now(), get(&state.rules));
    let rules = book.rules();
    let mut push = TakePush {
        device_id: device.id,
        address: request.address.clone(),
        door: door.as_str(),
        replay_key: spoken.replay_key,
        digest: Vec::new(),
        received_at: now,
        phone_at: spoken.phone_at,
        battery: spoken.battery,
        package: String::new(),
        title: String::new(),
        text: String::new(),
        hint: None,
        fresh: spoken.fresh,
        contradicted: false,
        reading: Reading::NotAReceipt,
        rule: door.as_str().to_owned(),
        rules_version: rules.version(),
        likeness: String::new(),
        business_date: state.business_date(now),
        cooldown_paid: shop.settings.cooldown_paid_ms,
        cooldown_expired: shop.settings.cooldown_expired_ms,
    };
    match spoken.what {
        What::Amount { channel, amount, text } => {
            push.digest = digest(&text);
            push.text = text;
            push.reading = Reading::Receipt { channel, amount, payer_note: None };
        }
        What::Notice(said) => {
            push.digest = digest(&format!("{}\0{}\0{}\0{:?}", said.package, said.title, said.text, said.amount_hint));
            push.likeness = rules.normalise(&format!("{}\n{}", said.title, said.text));
            push.phone_at = push.phone_at.or_else(|| local_time(state, said.phone_time_text.as_deref()));
            let notice = Notice { package: &said.package, title: &said.title, text: &said.text };
            (push.reading, push.rule) = match rules.read(&notice) {
                Verdict::Receipt { channel, amount, payer_note, rule, .. } => {
                    push.contradicted = said.amount_hint.is_some_and(|hint| hint != amount);
                    (Reading::Receipt { channel, amount, payer_note }, rule)
                }
                Verdict::NotAReceipt { rule } => (Reading::NotAReceipt, rule),
                Verdict::Unrecognised { reason, smells_of_money } => {
                    // An amount that the phone itself worked out smells of money whatever the words are.
                    (Reading::Unrecognised(smells_of_money || said.amount_hint.is_some()), reason)
                }
            };
            push.hint = said.amount_hint;
            (push.package, push.title, push.text) = (said.package, said.title, said.text);
        }
    }
    push
}

pub(super) async fn take(
    state: &Arc<State>,
    door: Door,
    request: &PhoneRequest,
    device: &Paired,
    mut spoken: Spoken,
) -> Result<PhoneAnswer, No> {
    if spoken.replay_key.is_empty() {
        match state.random_hex(16) {
            Ok(random) => spoken.replay_key = format!("new:{random}"),
            Err(_) => return Ok(PhoneAnswer::NotStored),
        }
    }
    // The screens are told by whoever commits, so that a phone that hangs up cannot take the news with it.
    let (news, heard) = (state.clone(), (device.id, device.name.clone()));
    let after = move |outcome: &Outcome| {
        let Outcome::Stored { effect, .. } = outcome else { return };
        let effect = effect.clone();
        tokio::spawn(async move {
            tell(&news, effect).await;
            news.heard(heard.0, &heard.1);
        });
    };
    let outcome = state.store.take_push(push(state, door, request, device, spoken), after).await;
    match outcome {
        Ok(Outcome::Stored { .. }) => Ok(PhoneAnswer::Accepted { repeat: false }),
        Ok(Outcome::Repeat) => Ok(PhoneAnswer::Accepted { repeat: true }),
        Ok(Outcome::Reused) => Err(No::new(RefusalCause::Reused, "签名已用过").of(device)),
        Ok(Outcome::Revoked) => Err(No::new(RefusalCause::Revoked, "这台手机已停用").of(device)),
        Err(cause) => {
            tracing::error!(%cause, "a push could not be stored");
            Ok(PhoneAnswer::NotStored)
        }
    }
}

/// Tells the screens what a stored push changed.
async fn tell(state: &State, effect: Effect) {
    match effect {
        Effect::Nothing => {}
        Effect::Paid(full) => {
            let ticket = view::ticket(state, *full);
            state.tell_ended(&ticket).await;
        }
        Effect::Echo => state.tell_inbox(None, None, None, false).await,
        Effect::Inbox { item_id, reason, money, proposed } => {
            let alert = money.is_some() || reason == InboxReason::Unrecognised;
            state.tell_inbox(Some(item_id), Some(reason), money, alert).await;
            if let Some(id) = proposed
                && let Ok(ticket) = state.ticket(id).await
            {
                state.emit(crate::api::Event::TicketChanged { ticket });
            }
        }
    }
}
