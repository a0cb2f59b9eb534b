//! What the guard keeps in memory: who is signed in, which figures are uncovered, which requests are approved. A
//! restart forgets it all, and so locks the till.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::api::{Request, Role};

/// Requests that wait for an approval; more are never asked for at one till.
const MOST_ASKED: usize = 256;

/// Somebody is signed in at the window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) staff_id: i64,
    /// The last time a person did something.
    pub(crate) touched_at: i64,
}

/// The figures are uncovered at a door.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reveal {
    pub(crate) until: i64,
    /// The rank of whoever uncovered them.
    pub(crate) role: Role,
}

/// A request that was refused for want of rank.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) rank: Role,
    pub(super) print: [u8; 32],
    pub(super) at: i64,
}

/// Somebody allowed one request.
#[derive(Clone, Debug)]
struct Approval {
    /// `name#id`.
    by: String,
    role: Role,
    until: i64,
    /// The very words that are allowed: those that were refused, else the first that come.
    print: Option<[u8; 32]>,
}

/// Names a request's every word: an approval for one refund is none for another under the same id.
pub(super) fn fingerprint(request: &Request) -> [u8; 32] {
    Sha256::digest(serde_json::to_vec(request).unwrap_or_default()).into()
}

#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) session: Option<Session>,
    /// By door.
    reveals: HashMap<String, Reveal>,
    /// By actor and request id.
    asked: HashMap<(String, String), Asked>,
    approvals: HashMap<(String, String), Approval>,
}

impl Desk {
    pub(crate) fn sign_in(&mut self, staff_id: i64, now: i64) {
        self.sign_out();
        self.session = Some(Session { staff_id, touched_at: now });
    }

    pub(super) fn sign_out(&mut self) -> Option<Session> {
        self.cover(super::TILL);
        self.session.take()
    }

    pub(super) fn touch(&mut self, now: i64) {
        if let Some(session) = &mut self.session {
            session.touched_at = now;
        }
    }

    pub(crate) fn reveal(&mut self, door: &str, reveal: Reveal) {
        self.reveals.insert(door.to_owned(), reveal);
    }

    pub(crate) fn cover(&mut self, door: &str) {
        self.reveals.remove(door);
    }

    pub(crate) fn revealed(&self, door: &str, now: i64) -> Option<Reveal> {
        self.reveals.get(door).copied().filter(|reveal| reveal.until > now)
    }

    pub(super) fn ask(&mut self, actor: &str, request_id: &str, asked: Asked) {
        if self.asked.len() >= MOST_ASKED {
            let oldest = self.asked.iter().min_by_key(|(_, asked)| asked.at).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.asked.remove(&key));
        }
        self.asked.insert((actor.to_owned(), request_id.to_owned()), asked);
    }

    /// The rank that a refused request needs.
    pub(crate) fn asked_rank(&self, actor: &str, request_id: &str) -> Option<Role> {
        self.asked.get(&(actor.to_owned(), request_id.to_owned())).map(|asked| asked.rank)
    }

    pub(crate) fn approve(&mut self, actor: &str, request_id: &str, by: String, role: Role, now: i64, until: i64) {
        self.approvals.retain(|_, approval| approval.until > now);
        let key = (actor.to_owned(), request_id.to_owned());
        let print = self.asked.remove(&key).map(|asked| asked.print);
        self.approvals.insert(key, Approval { by, role, until, print });
    }

    /// Who allowed this request. Its words are bound to the approval now: under this id no other act is allowed, and
    /// the same act again is answered as at first, as for every request id.
    pub(super) fn approved(
        &mut self,
        actor: &str,
        request_id: &str,
        rank: Role,
        print: &[u8; 32],
        now: i64,
    ) -> Option<String> {
        let approval = self.approvals.get_mut(&(actor.to_owned(), request_id.to_owned()))?;
        if approval.until <= now || approval.role < rank || approval.print.is_some_and(|bound| bound != *print) {
            return None;
        }
        approval.print = Some(*print);
        Some(approval.by.clone())
    }
}
