//! The contracts of the running till. Ended ones too: what was begun through one is seen to its end.

use std::sync::{Arc, Mutex};

use till_channels::gateway::fields::Built;
use till_channels::gateway::keys::Inspected;
use till_channels::gateway::{
    Doubt, DoubtKind, Fault, Gateway, Place, Provider, Refusal, RefusalKind, Values, fields_of,
};
use till_core::Channel;
use zeroize::Zeroizing;

use super::load::{Sealed, Stored};
use super::safe::{Everyones, Secrets};
use crate::api::{GatewayPlace, GatewaySettings};
use crate::state::{State, get, lock};

/// Silence so often in a row is trouble: networks hiccup.
const TROUBLE_AFTER: u32 = 3;
/// A clock that is further off than this is warned of.
pub(super) const SKEW_WARNS_MS: i64 = 120_000;

/// A contract of the shop with a provider, with its keys in memory.
pub(crate) struct Contract {
    pub(crate) id: i64,
    pub(crate) provider: Provider,
    pub(crate) settings: GatewaySettings,
    pub(crate) created_at: i64,
    pub(crate) ended_at: Option<i64>,
    /// None: `trouble` says why.
    pub(crate) built: Option<Built>,
    pub(crate) trouble: Option<Trouble>,
    /// What is in its fields, secrets too.
    pub(super) values: Values,
    pub(super) sealed: Sealed,
    /// What the keys and certificates among them are.
    pub(super) facts: Vec<(&'static str, Vec<Inspected>)>,
    /// Shared with the contract that replaces this one after a change that leaves its keys alone.
    pub(super) health: Arc<Mutex<Health>>,
}

/// Why a contract cannot speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Its secrets are not on this computer, or do not open.
    NoSecret,
    /// Its secrets wait for the passphrase.
    Locked,
    /// Values are missing or wrong. Empty: this program does not speak with the provider yet.
    Incomplete(Vec<Fault>),
}

/// How the provider has answered since the till was opened, or since the keys were changed.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// The last authenticated answer.
    pub(super) last_answer_at: Option<i64>,
    /// Our clock minus the provider's.
    pub(super) skew_ms: Option<i64>,
    ail: Option<Ail>,
    /// Doubts in a row.
    doubts: u32,
}

/// What is the matter with a contract's answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ail {
    /// The newest one proves nothing.
    Doubt(Doubt),
    /// A person must change something with the provider or here.
    Refused(Refusal),
}

impl Contract {
    /// What speaks; none: `trouble` says why.
    pub(crate) fn gateway(&self) -> Option<&dyn Gateway> {
        self.built.as_ref().map(|built| built.gateway.as_ref())
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended_at.is_some()
    }

    /// The shop works with it, whether or not it can speak.
    pub(crate) fn in_use(&self) -> bool {
        self.settings.enabled && !self.ended()
    }

    /// Something new may be begun through it.
    pub(crate) fn usable(&self) -> bool {
        self.built.is_some() && self.in_use()
    }

    /// Where its provider is to send notices; none: nowhere.
    pub(crate) fn notify_url(&self) -> Option<String> {
        Some(self.settings.notify_url.clone()).filter(|url| !url.is_empty())
    }

    /// What the store has of it.
    pub(super) fn stored(&self) -> Stored {
        let open = fields_of(self.provider).iter().filter(|field| !field.secret);
        let filled = open.filter_map(|field| Some((field.name.to_owned(), self.values.get(field.name)?.to_owned())));
        Stored { settings: self.settings.clone(), values: filled.collect(), sealed: self.sealed.clone() }
    }

    /// Those of its values that are kept in the safe.
    pub(super) fn secrets(&self) -> Secrets {
        let sealed = fields_of(self.provider).iter().filter(|field| field.secret);
        let filled = sealed.filter_map(|field| Some((field.name.to_owned(), self.values.get(field.name)?)));
        filled.map(|(name, text)| (name, Zeroizing::new(text.to_owned()))).collect()
    }

    /// Real money comes through it.
    pub(crate) fn is_live(&self) -> bool {
        self.settings.place == GatewayPlace::Live
    }
}

/// Where its requests go, as codecs want to know it.
pub(super) fn place(settings: &GatewaySettings) -> Place {
    match &settings.place {
        GatewayPlace::Live => Place::Live,
        GatewayPlace::Sandbox => Place::Sandbox,
        GatewayPlace::Simulator { address } => Place::Simulator(address.clone()),
    }
}

/// All contracts, oldest first.
pub(crate) fn all(state: &State) -> Arc<Vec<Arc<Contract>>> {
    get(&state.gateways)
}

/// The secrets of all contracts, as far as they are in memory.
pub(super) fn in_memory(state: &State) -> Everyones {
    let secrets = |contract: &Arc<Contract>| (contract.sealed.name.clone(), contract.secrets());
    all(state).iter().map(secrets).filter(|(_, secrets)| !secrets.is_empty()).collect()
}

/// The contract through which something new of this channel is begun: the oldest that is usable.
pub(crate) fn for_channel(state: &State, channel: Channel) -> Option<Arc<Contract>> {
    all(state).iter().find(|c| c.provider.channel() == channel && c.usable()).cloned()
}

/// A contract, whatever became of it.
pub(crate) fn by_id(state: &State, id: i64) -> Option<Arc<Contract>> {
    all(state).iter().find(|c| c.id == id).cloned()
}

/// A contract of this kind waits for the passphrase.
pub(super) fn any_locked(state: &State, fits: impl Fn(&Contract) -> bool) -> bool {
    all(state).iter().any(|c| c.trouble == Some(Trouble::Locked) && fits(c))
}

/// Those that can read a provider's notices: ended and disabled ones too.
pub(crate) fn of_provider(state: &State, provider: Provider) -> Vec<Arc<Contract>> {
    all(state).iter().filter(|c| c.provider == provider && c.built.is_some()).cloned().collect()
}

impl Health {
    /// What was the matter with the newest answer, a hiccup too.
    pub(super) fn ail(&self) -> Option<&Ail> {
        self.ail.as_ref()
    }

    /// What is wrong, once it is more than a hiccup.
    pub(super) fn trouble(&self) -> Option<&Ail> {
        let hiccup = |doubt: &Doubt| {
            matches!(doubt.kind, DoubtKind::Trouble | DoubtKind::Unreadable)
                && self.last_answer_at.is_some()
                && self.doubts < TROUBLE_AFTER
        };
        self.ail.as_ref().filter(|ail| !matches!(ail, Ail::Doubt(doubt) if hiccup(doubt)))
    }

    /// What a person sees of it: when this changes, it is said.
    fn face(&self) -> (bool, Option<Ail>, bool) {
        let skewed = self.skew_ms.is_some_and(|skew| skew.abs() > SKEW_WARNS_MS);
        (self.last_answer_at.is_some(), self.trouble().cloned(), skewed)
    }
}

/// Notes how a call went. `skew_ms`: none where the answer did not say the time. True if a person would see it.
pub(super) fn note(
    contract: &Contract,
    at: i64,
    skew_ms: Option<i64>,
    heard: Result<Option<&Refusal>, &Doubt>,
) -> bool {
    let mut health = lock(&contract.health);
    let before = health.face();
    health.skew_ms = skew_ms.or(health.skew_ms);
    match heard {
        Err(doubt) if doubt.kind != DoubtKind::Unlisted => {
            health.doubts = health.doubts.saturating_add(1);
            health.ail = Some(Ail::Doubt(doubt.clone()));
        }
        // An unlisted code is authentic: the contract is fine, the code is the trade's affair.
        heard => {
            let ours = |refusal: &&Refusal| matches!(refusal.kind, RefusalKind::Settings | RefusalKind::NotAllowed);
            health.last_answer_at = Some(at);
            health.doubts = 0;
            health.ail = heard.ok().flatten().filter(ours).cloned().map(Ail::Refused);
        }
    }
    before != health.face()
}
