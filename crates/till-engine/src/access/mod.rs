//! Who acts, and whether they may.
//!
//! Until an owner with a PIN exists the till is unguarded: whoever stands there is the owner. From then on the door
//! `till` (the window) needs somebody signed in; every other door of this computer (`cli`, `api`…) acts as a cashier
//! without a session. What a role may not do, somebody of higher rank allows: a change by approving its request id, a
//! look by uncovering the figures. Phones never come this way: money arrives whoever is signed in.

mod desk;
mod place;

use std::sync::Arc;

use serde_json::json;
use till_store::StaffRow;

use crate::api::{ApiError, Code, Event, Request, Role};
use crate::state::{State, get, lock, set};
use crate::words;

use desk::{Asked, fingerprint};
pub(crate) use desk::{Desk, Reveal};
use place::Need;

/// The window's door: the only one with a session.
pub(crate) const TILL: &str = "till";

/// Who does what is asked.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// As the journal names it: `name#id` of a person, or the door (`till`, `cli`, `api`).
    pub(crate) actor: String,
    /// The person, if one is signed in.
    pub(crate) staff_id: Option<i64>,
    /// Who of higher rank approved this request, as `name#id`.
    pub(crate) approved_by: Option<String>,
    /// What may be done here without an approval.
    pub(crate) role: Role,
    /// The door as the caller named it.
    pub(crate) door: String,
}

/// A person as the guard knows them.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) has_pin: bool,
    pub(crate) left: bool,
}

impl Person {
    /// As the journal names them.
    pub(crate) fn actor(&self) -> String {
        format!("{}#{}", self.name, self.id)
    }
}

/// A stored role; whatever is not known may do least.
pub(crate) fn role(text: &str) -> Role {
    match text {
        "owner" => Role::Owner,
        "manager" => Role::Manager,
        _ => Role::Cashier,
    }
}

impl State {
    /// Reads the people anew, after one was added or changed. Whoever left is signed out.
    pub(crate) async fn reload_people(&self) -> Result<(), till_store::StoreError> {
        let person = |row: StaffRow| Person {
            id: row.id,
            role: role(&row.role),
            name: row.name,
            has_pin: row.has_pin,
            left: row.left_at.is_some(),
        };
        set(&self.people, self.store.staff().await?.into_iter().map(person).collect());
        Ok(())
    }

    /// An owner with a PIN works here.
    pub(crate) fn guarded(&self) -> bool {
        get(&self.people).iter().any(|p| p.role == Role::Owner && p.has_pin && !p.left)
    }

    /// Somebody who works here.
    pub(crate) fn person(&self, id: i64) -> Option<Person> {
        get(&self.people).iter().find(|p| p.id == id && !p.left).cloned()
    }

    /// Who is signed in at the window.
    pub(crate) fn signed_in(&self) -> Option<Person> {
        let session = lock(&self.desk).session?;
        self.person(session.staff_id)
    }

    /// Ends the session, if there is one.
    pub(crate) async fn sign_out(&self, idle: bool) {
        let Some(session) = lock(&self.desk).sign_out() else { return };
        let actor = get(&self.people).iter().find(|p| p.id == session.staff_id).map_or(TILL.into(), Person::actor);
        if let Err(cause) = self.store.signed_out(session.staff_id, idle, self.now(), &actor).await {
            tracing::error!(%cause, "could not journal the end of a session");
        }
        self.emit(Event::SessionChanged {});
    }

    /// Ends the session when nobody has touched the till for so long, or when its person no longer works here.
    pub(crate) async fn end_idle_session(&self) {
        let (now, longest) = (self.now(), self.shop().settings.auto_lock_ms);
        let session = lock(&self.desk).session;
        let Some(session) = session else { return };
        if self.person(session.staff_id).is_none() {
            self.sign_out(false).await;
        } else if longest > 0 && now.saturating_sub(session.touched_at) >= longest {
            self.sign_out(true).await;
        }
    }
}

/// Finds out who asks through `door`, and refuses what they may not do.
pub(crate) async fn enter(state: &Arc<State>, door: &str, request: &Request) -> Result<Who, ApiError> {
    let mut who =
        Who { actor: door.to_owned(), staff_id: None, approved_by: None, role: Role::Owner, door: door.to_owned() };
    if !state.guarded() {
        return Ok(who);
    }
    who.role = Role::Cashier;
    let need = place::need(request, &state.shop().settings);
    if door == TILL {
        state.end_idle_session().await;
        match state.signed_in() {
            Some(person) => {
                (who.actor, who.staff_id, who.role) = (person.actor(), Some(person.id), person.role);
                if place::by_a_person(request) {
                    lock(&state.desk).touch(state.now());
                }
            }
            None if need == Need::Nobody => {}
            None => return Err(locked(state)),
        }
    }
    admit(state, &mut who, request, need)?;
    Ok(who)
}

fn admit(state: &State, who: &mut Who, request: &Request, need: Need) -> Result<(), ApiError> {
    let now = state.now();
    let mut desk = lock(&state.desk);
    match need {
        Need::Nobody => Ok(()),
        Need::Rank(rank) if who.role >= rank => Ok(()),
        Need::Figures if desk.revealed(&who.door, now).is_some() => Ok(()),
        Need::Figures => {
            drop(desk);
            Err(covered(state))
        }
        Need::Rank(rank) => {
            let Some(id) = request.request_id() else {
                // A look: whoever uncovered the figures may allow it too.
                let revealed = desk.revealed(&who.door, now).is_some_and(|reveal| reveal.role >= rank);
                drop(desk);
                return if revealed { Ok(()) } else { Err(needs_approval(state, rank, true)) };
            };
            let print = fingerprint(request);
            if let Some(by) = desk.approved(&who.actor, id, rank, &print, now) {
                who.approved_by = Some(by);
                return Ok(());
            }
            desk.ask(&who.actor, id, Asked { rank, print, at: now });
            drop(desk);
            Err(needs_approval(state, rank, false))
        }
    }
}

/// After an approved request that came at `at` was done: the journal says so, unless the act itself did.
pub(crate) async fn leave(state: &State, request_id: &str, at: i64) {
    if let Err(cause) = state.store.approval_used(request_id, at).await {
        tracing::error!(%cause, "could not journal the use of an approval");
    }
}

fn locked(state: &State) -> ApiError {
    words::error(state.shop().settings.lang, Code::Locked, "钱台已锁定，请先登录", "The till is locked; sign in first")
}

fn covered(state: &State) -> ApiError {
    let lang = state.shop().settings.lang;
    let mut error = words::error(
        lang,
        Code::NeedsApproval,
        "营业数字已遮住，请输入 PIN 查看",
        "The figures are covered; enter a PIN to see them",
    );
    error.details = Some(json!({ "reveal": true }));
    error
}

/// Somebody of at least this rank must allow it.
pub(crate) fn needs_approval(state: &State, rank: Role, look: bool) -> ApiError {
    let (zh, en) = match rank {
        Role::Owner => ("这一步要店主同意", "The owner must approve this"),
        _ => ("这一步要店长或店主同意", "A manager or the owner must approve this"),
    };
    let mut error = words::error(state.shop().settings.lang, Code::NeedsApproval, zh, en);
    error.details = Some(if look { json!({ "role": rank, "reveal": true }) } else { json!({ "role": rank }) });
    error
}
