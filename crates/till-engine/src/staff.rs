//! People: signing in, approving, uncovering the figures, and who works here.

use std::sync::Arc;

use serde_json::json;
use till_store::{Act, ChangeStaff, NewStaff, Opens, StaffRow};

use crate::access::{self, Reveal, TILL, Who, needs_approval};
use crate::api::{ApiError, Approved, Code, Event, Role, Secret, SessionView, StaffView};
use crate::state::{State, get, lock};
use crate::{pins, words};

/// Who the journal names when a forgotten PIN was replaced.
const RESET: &str = "reset-pin";

type Result<T> = std::result::Result<T, ApiError>;

const APPROVAL_MS: i64 = 120_000;
const LONGEST_NAME: usize = 20;
const LONGEST_REQUEST_ID: usize = 64;

fn text(role: Role) -> &'static str {
    match role {
        Role::Cashier => "cashier",
        Role::Manager => "manager",
        Role::Owner => "owner",
    }
}

fn view(row: StaffRow, now: i64) -> StaffView {
    StaffView {
        id: row.id,
        role: access::role(&row.role),
        name: row.name,
        has_pin: row.has_pin,
        locked_until: row.locked_until.filter(|until| *until > now),
        added_at: row.added_at,
        left_at: row.left_at,
    }
}

async fn views(state: &State) -> Result<Vec<StaffView>> {
    let rows = state.store.staff().await.map_err(|e| state.store_error(e))?;
    let now = state.now();
    Ok(rows.into_iter().map(|row| view(row, now)).collect())
}

async fn present(state: &State, door: &str) -> Result<SessionView> {
    let mut people = views(state).await?;
    people.retain(|p| p.left_at.is_none());
    let (guarded, now) = (state.guarded(), state.now());
    let person = if door == TILL { state.signed_in() } else { None };
    let staff = person.and_then(|p| people.iter().find(|v| v.id == p.id).cloned());
    let reveal = lock(&state.desk).revealed(door, now);
    Ok(SessionView {
        guarded,
        locked: guarded && door == TILL && staff.is_none(),
        role: match &staff {
            Some(staff) => staff.role,
            None if guarded => Role::Cashier,
            None => Role::Owner,
        },
        staff,
        totals_until: reveal.filter(|_| guarded).map(|r| r.until),
        totals_open: !guarded || reveal.is_some(),
        people,
    })
}

pub(crate) async fn session(state: &Arc<State>, who: &Who) -> Result<SessionView> {
    present(state, &who.door).await
}

pub(crate) async fn sign_in(state: &Arc<State>, who: &Who, staff_id: i64, pin: Secret) -> Result<SessionView> {
    let lang = state.shop().settings.lang;
    if who.door != TILL {
        return Err(words::error(
            lang,
            Code::Conflict,
            "只能在钱台窗口登录；命令行请用批准（approve）或查看数字（reveal）",
            "People sign in at the till's window; here, use approve or reveal",
        ));
    }
    if state.person(staff_id).is_some_and(|p| !p.has_pin) {
        return Err(words::error(
            lang,
            Code::Conflict,
            "还没有给这位员工设置 PIN，请店主设置",
            "This person has no PIN yet; the owner sets it",
        ));
    }
    let (tried, others) = pins::check(state, TILL, vec![staff_id], pin).await?;
    state.store.pin_right(tried, others, Opens::Till, state.now(), TILL).await.map_err(|e| state.store_error(e))?;
    // Whoever was here before leaves first, so that the journal has both.
    state.sign_out(false).await;
    lock(&state.desk).sign_in(staff_id, state.now());
    state.emit(Event::SessionChanged {});
    present(state, TILL).await
}

/// Locks the window, whichever door asks.
pub(crate) async fn lock_till(state: &Arc<State>, who: &Who) -> Result<SessionView> {
    state.sign_out(false).await;
    present(state, &who.door).await
}

pub(crate) async fn approve(
    state: &Arc<State>,
    who: &Who,
    for_request_id: String,
    staff_id: i64,
    pin: Secret,
) -> Result<Approved> {
    let fine = (1..=LONGEST_REQUEST_ID).contains(&for_request_id.len())
        && for_request_id.bytes().all(|b| b.is_ascii_graphic());
    if !fine {
        let lang = state.shop().settings.lang;
        return Err(words::error(lang, Code::Invalid, "请求编号不对", "This is no request id"));
    }
    let rank = lock(&state.desk).asked_rank(&who.actor, &for_request_id).unwrap_or(Role::Manager);
    if state.person(staff_id).is_some_and(|p| p.role < rank) {
        return Err(needs_approval(state, rank, false));
    }
    let (tried, others) = pins::check(state, &who.actor, vec![staff_id], pin).await?;
    let (by, role) = (format!("{}#{}", tried.name, tried.staff_id), access::role(&tried.role));
    let now = state.now();
    let until = now.saturating_add(APPROVAL_MS);
    let opens = Opens::Request { request_id: for_request_id.clone(), until };
    state.store.pin_right(tried, others, opens, now, &who.actor).await.map_err(|e| state.store_error(e))?;
    lock(&state.desk).approve(&who.actor, &for_request_id, by.clone(), role, now, until);
    Ok(Approved { by, until })
}

pub(crate) async fn reveal(state: &Arc<State>, who: &Who, pin: Secret) -> Result<SessionView> {
    if !state.guarded() {
        return present(state, &who.door).await;
    }
    let allowed = |p: &&access::Person| p.role >= Role::Manager && p.has_pin && !p.left;
    let candidates = match who.staff_id {
        Some(id) if who.role >= Role::Manager => vec![id],
        _ => get(&state.people).iter().filter(allowed).map(|p| p.id).collect(),
    };
    let (tried, others) = pins::check(state, &who.actor, candidates, pin).await?;
    let (role, now) = (access::role(&tried.role), state.now());
    let until = now.saturating_add(state.shop().settings.reveal_ms);
    let opens = Opens::Figures { until };
    state.store.pin_right(tried, others, opens, now, &who.actor).await.map_err(|e| state.store_error(e))?;
    {
        let mut desk = lock(&state.desk);
        // Whoever locked the till in the meantime has covered them.
        if who.door != TILL || desk.session.map(|s| s.staff_id) == who.staff_id {
            desk.reveal(&who.door, Reveal { until, role });
        }
    }
    state.emit(Event::SessionChanged {});
    present(state, &who.door).await
}

pub(crate) async fn cover(state: &Arc<State>, who: &Who) -> Result<SessionView> {
    lock(&state.desk).cover(&who.door);
    state.emit(Event::SessionChanged {});
    present(state, &who.door).await
}

pub(crate) async fn people(state: &Arc<State>, _who: &Who) -> Result<Vec<StaffView>> {
    views(state).await
}

fn check_name(state: &State, name: &str) -> Result<String> {
    let name = name.trim();
    let fine = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(|c| c == '#' || c.is_control());
    if fine {
        return Ok(name.to_owned());
    }
    let lang = state.shop().settings.lang;
    let mut error = words::error(
        lang,
        Code::Invalid,
        "名字要 1 到 20 个字，不能有 # 号",
        "A name has 1 to 20 characters and no # sign",
    );
    error.details = Some(json!({ "field": "name" }));
    Err(error)
}

async fn changed(state: &Arc<State>) -> Result<Vec<StaffView>> {
    state.reload_people().await.map_err(|e| state.store_error(e))?;
    state.end_idle_session().await;
    state.emit(Event::SessionChanged {});
    views(state).await
}

pub(crate) async fn add_staff(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    name: String,
    role: Role,
    pin: Option<Secret>,
) -> Result<Vec<StaffView>> {
    let first = !state.guarded();
    let name = check_name(state, &name)?;
    let pin_hash = match &pin {
        Some(pin) => Some(pins::hash(state, pin.clone()).await?),
        None => None,
    };
    let (actor, at) = (who.actor.clone(), state.now());
    let new = NewStaff { request_id, actor, at, name, role: text(role), pin_hash };
    let added = state.store.add_staff(new).await.map_err(|e| state.store_error(e))?;
    let list = changed(state).await?;
    if let (Act::New(id), Some(pin), true) = (added, pin, first && who.door == TILL) {
        // The owner who has just guarded the till stands before it.
        sign_in(state, who, id, pin).await?;
    }
    Ok(list)
}

/// A new PIN without the old one, for a person who forgot it. No verb: whoever may do this holds the data directory.
pub(crate) async fn reset_pin(state: &Arc<State>, name: &str, pin: Secret) -> Result<()> {
    let person = get(&state.people).iter().find(|p| p.name == name.trim() && !p.left).cloned();
    let person = person.ok_or_else(|| {
        let lang = state.shop().settings.lang;
        words::error(lang, Code::NotFound, "没有叫这个名字的员工", "Nobody of this name works here")
    })?;
    let pin_hash = Some(pins::hash(state, pin).await?);
    let change = ChangeStaff {
        request_id: format!("reset-pin-{}", state.random_hex(8)?),
        actor: RESET.into(),
        at: state.now(),
        staff_id: person.id,
        name: None,
        role: None,
        pin_hash,
        left: None,
    };
    state.store.change_staff(change).await.map_err(|e| state.store_error(e))?;
    changed(state).await.map(drop)
}

#[expect(clippy::too_many_arguments, reason = "the fields of the verb")]
pub(crate) async fn update_staff(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    staff_id: i64,
    name: Option<String>,
    role: Option<Role>,
    pin: Option<Secret>,
    left: Option<bool>,
) -> Result<Vec<StaffView>> {
    let name = name.map(|name| check_name(state, &name)).transpose()?;
    let pin_hash = match pin {
        Some(pin) => Some(pins::hash(state, pin).await?),
        None => None,
    };
    let (actor, at) = (who.actor.clone(), state.now());
    let change = ChangeStaff { request_id, actor, at, staff_id, name, role: role.map(text), pin_hash, left };
    state.store.change_staff(change).await.map_err(|e| state.store_error(e))?;
    changed(state).await
}
