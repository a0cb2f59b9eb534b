//! Contracts as the owner sees them: how each stands, what is in its fields, never a secret.

use std::sync::Arc;

use till_channels::gateway::keys::Inspected;
use till_channels::gateway::{Can, FieldKind, Provider, fields_of};
use till_store::WordRow;

use super::book::{self, Contract, Trouble};
use super::change::under_way;
use super::check::has_sandbox;
use super::{keys, missing, safe, safe_words, words};
use crate::api::{
    ApiError, ContractHealth, GatewayCan, GatewayDoubt, GatewayField, GatewayFieldKind, GatewayForm, GatewayState,
    GatewayView, Gateways,
};
use crate::programs::addresses;
use crate::state::{State, lock};
use crate::view::count;

type Result<T> = std::result::Result<T, ApiError>;

const DOUBTS: u32 = 50;

/// The contracts page.
pub(crate) async fn list(state: &Arc<State>) -> Result<Gateways> {
    let (trades, _) = under_way(state).await?;
    let mut gateways: Vec<GatewayView> = book::all(state).iter().map(|c| view(state, c, &trades)).collect();
    // Sorting keeps the order of age among the equal.
    gateways.sort_by_key(|g| g.ended_at.is_some());
    let doubts = state.store.doubts(DOUBTS).await.map_err(|e| state.store_error(e))?;
    Ok(Gateways {
        gateways,
        forms: Provider::ALL.into_iter().map(form).collect(),
        secrets: state.vault.place(),
        safe: safe::standing(state),
        doubts: doubts.into_iter().map(|row| doubt(state, row)).collect(),
        addresses: addresses(state),
    })
}

/// One contract.
pub(super) async fn one(state: &State, id: i64) -> Result<GatewayView> {
    let (trades, _) = under_way(state).await?;
    let contract = book::by_id(state, id).ok_or_else(|| missing(state))?;
    Ok(view(state, &contract, &trades))
}

/// How each contract stands that is switched on: what every screen may know.
pub(crate) fn in_use(state: &State) -> Vec<ContractHealth> {
    let all = book::all(state);
    let on = all.iter().filter(|c| c.settings.enabled && !c.ended());
    let health = |c: &Arc<Contract>| ContractHealth {
        id: c.id,
        provider: c.provider.channel(),
        name: c.settings.name.clone(),
        live: c.is_live(),
        state: standing(state, c).0,
        expires_at: expires_at(c),
    };
    on.map(health).collect()
}

/// How a contract stands, and what is the matter with it in words; empty: nothing.
fn standing(state: &State, contract: &Contract) -> (GatewayState, String) {
    let lang = state.shop().settings.lang;
    let health = lock(&contract.health);
    match (&contract.trouble, health.trouble()) {
        _ if contract.ended() => (GatewayState::Ended, String::new()),
        (Some(Trouble::NoSecret), _) => (GatewayState::NoSecret, words::no_secret(lang)),
        (Some(Trouble::Locked), _) => (GatewayState::Locked, safe_words::locked(lang)),
        (Some(Trouble::Incomplete(faults)), _) => {
            (GatewayState::Incomplete, words::incomplete(lang, contract.provider, faults))
        }
        _ if !contract.settings.enabled => (GatewayState::Off, String::new()),
        (None, Some(ail)) => (GatewayState::Trouble, words::ail(lang, ail)),
        (None, None) if health.last_answer_at.is_none() => (GatewayState::New, String::new()),
        (None, None) => (GatewayState::Fine, String::new()),
    }
}

fn view(state: &State, contract: &Contract, trades: &[i64]) -> GatewayView {
    let (standing, trouble) = standing(state, contract);
    let health = lock(&contract.health);
    GatewayView {
        id: contract.id,
        provider: contract.provider.channel(),
        settings: contract.settings.clone(),
        state: standing,
        trouble,
        fields: fields(state, contract),
        can: can(contract),
        created_at: contract.created_at,
        ended_at: contract.ended_at,
        last_answer_at: health.last_answer_at,
        skew_ms: health.skew_ms,
        expires_at: expires_at(contract),
        waiting: u32::try_from(trades.iter().filter(|id| **id == contract.id).count()).unwrap_or(u32::MAX),
    }
}

fn can(contract: &Contract) -> Vec<GatewayCan> {
    let all = [
        (Can::Code, GatewayCan::Code),
        (Can::Scan, GatewayCan::Scan),
        (Can::Reverse, GatewayCan::Reverse),
        (Can::Refund, GatewayCan::Refund),
        (Can::Bill, GatewayCan::Bill),
    ];
    let able = |can| contract.gateway().is_some_and(|gateway| gateway.can(can));
    all.into_iter().filter(|(can, _)| able(*can)).map(|(_, shown)| shown).collect()
}

/// When the first certificate of the shop's or the provider's runs out. Roots outlive them, or are replaced with them.
fn expires_at(contract: &Contract) -> Option<i64> {
    let ends = contract.facts.iter().flat_map(|(_, found)| found).filter_map(|found| match found {
        Inspected::Certificate { not_after, is_ca: false, .. } => Some(*not_after),
        _ => None,
    });
    ends.min()
}

fn fields(state: &State, contract: &Contract) -> Vec<GatewayField> {
    let lang = state.shop().settings.lang;
    let faults = match &contract.trouble {
        Some(Trouble::Incomplete(faults)) => faults.as_slice(),
        Some(Trouble::NoSecret | Trouble::Locked) | None => &[],
    };
    let mut fields = blank(contract.provider);
    for field in &mut fields {
        let text = contract.values.get(&field.name);
        field.filled = text.is_some();
        if !field.secret {
            field.text = text.unwrap_or_default().to_owned();
        }
        if let Some((_, found)) = contract.facts.iter().find(|(name, _)| *name == field.name) {
            field.facts = keys::facts(state, text.unwrap_or_default(), found);
        }
        if let Some(fault) = faults.iter().find(|fault| fault.field == field.name) {
            field.fault = words::fault(lang, contract.provider, fault);
        }
    }
    fields
}

fn form(provider: Provider) -> GatewayForm {
    GatewayForm { provider: provider.channel(), fields: blank(provider), sandbox: has_sandbox(provider) }
}

fn blank(provider: Provider) -> Vec<GatewayField> {
    let fields = fields_of(provider).iter().map(|field| {
        let (kind, choices, password_field) = match field.kind {
            FieldKind::Text => (GatewayFieldKind::Text, &[][..], None),
            FieldKind::Secret => (GatewayFieldKind::Secret, &[][..], None),
            FieldKind::Choice(choices) => (GatewayFieldKind::Choice, choices, None),
            FieldKind::PrivateKey => (GatewayFieldKind::PrivateKey, &[][..], None),
            FieldKind::PublicKey => (GatewayFieldKind::PublicKey, &[][..], None),
            FieldKind::Certificate => (GatewayFieldKind::Certificate, &[][..], None),
            FieldKind::Pfx(password) => (GatewayFieldKind::Pfx, &[][..], Some(password)),
        };
        GatewayField {
            name: field.name.to_owned(),
            kind,
            choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
            password_field: password_field.map(str::to_owned),
            required: field.required,
            secret: field.secret,
            filled: false,
            text: String::new(),
            facts: Vec::new(),
            fault: String::new(),
        }
    });
    fields.collect()
}

fn doubt(state: &State, row: WordRow) -> GatewayDoubt {
    let (kind, detail) = match words::doubt_of(&row.detail) {
        Some((kind, detail)) => (Some(kind), detail.to_owned()),
        None => (None, row.detail),
    };
    let lang = state.shop().settings.lang;
    GatewayDoubt {
        id: row.id,
        at: row.at,
        provider: row.provider,
        source: row.source,
        cause: kind.map(|kind| words::doubt(lang, kind)).unwrap_or_default(),
        detail,
        ticket_id: row.ticket_id,
        size: count(row.body_len),
    }
}
