//! PINs on the command line: approvals for what a cashier may not do, and a new PIN for one that was forgotten.
//! Never as an argument: other people's process lists would show it.

use std::io::IsTerminal;
use std::path::Path;

use till_engine::api::{Approved, Code, Request, Secret, SessionView};

use super::{Desk, Said, read, read_text};
use crate::fault::Fault;
use crate::words::say;

/// Asks without showing what is typed.
pub(super) fn typed(prompt: &str) -> Result<String, Fault> {
    rpassword::prompt_password(prompt).map_err(|cause| Fault::new(Code::Internal, format!("{prompt}{cause}")))
}

/// The PIN: from the file that was named, else from whoever sits at the terminal.
fn pin(file: Option<&Path>, prompt: &str) -> Result<Option<Secret>, Fault> {
    match file {
        Some(file) => Ok(Some(Secret(read_text(file)?.trim().to_owned()))),
        None if std::io::stdin().is_terminal() => Ok(Some(Secret(typed(prompt)?))),
        None => Ok(None),
    }
}

impl Desk {
    /// Asks the till; where somebody of higher rank must allow it, asks them for their PIN and asks the till again.
    pub(super) async fn through(&self, request: Request) -> Result<serde_json::Value, Fault> {
        match self.via.ask(request.clone()).await {
            Err(fault) if fault.0.code == Code::NeedsApproval => {
                if !self.allowed(&request, &fault).await? {
                    return Err(fault);
                }
                self.via.ask(request).await
            }
            answer => answer,
        }
    }

    /// True once somebody has allowed it; false where nobody could be asked.
    async fn allowed(&self, request: &Request, fault: &Fault) -> Result<bool, Fault> {
        let prompt = match &self.by {
            Some(name) => {
                say(format!("{}（{name}）PIN：", fault.0.message), format!("{} ({name}) PIN: ", fault.0.message))
            }
            None => format!("{} PIN: ", fault.0.message),
        };
        let reveal = fault.0.details.as_ref().is_some_and(|d| d["reveal"] == true);
        if reveal {
            let Some(pin) = pin(self.pin_file.as_deref(), &prompt)? else { return Ok(false) };
            let _: SessionView = read(self.via.ask(Request::Reveal { pin }).await?)?;
            return Ok(true);
        }
        let (Some(name), Some(id)) = (&self.by, request.request_id()) else { return Ok(false) };
        let session: SessionView = read(self.via.ask(Request::Session {}).await?)?;
        let Some(person) = session.people.iter().find(|p| &p.name == name) else {
            let message = say(format!("没有叫 {name} 的员工。"), format!("Nobody called {name} works here."));
            return Err(Fault::new(Code::NotFound, message));
        };
        let Some(pin) = pin(self.pin_file.as_deref(), &prompt)? else { return Ok(false) };
        let approve = Request::Approve { for_request_id: id.to_owned(), staff_id: person.id, pin };
        let _: Approved = read(self.via.ask(approve).await?)?;
        Ok(true)
    }
}

/// A new PIN for somebody who forgot theirs; while no till runs.
pub(super) async fn reset(desk: &Desk, name: &str) -> Said {
    let super::via::Via::Store(engine) = &desk.via else {
        let message = say("请先关闭钱台，再重设 PIN。", "Close the till first, then reset the PIN.");
        return Err(Fault::new(Code::Conflict, message));
    };
    let prompt = say(format!("{name} 的新 PIN："), format!("New PIN of {name}: "));
    let Some(first) = pin(desk.pin_file.as_deref(), &prompt)? else {
        let message = say("请在终端里输入，或用 --pin-file。", "Type it at a terminal, or use --pin-file.");
        return Err(Fault::new(Code::Invalid, message));
    };
    if desk.pin_file.is_none() && typed(say("再输一次：", "Once more: "))? != first.0 {
        return Err(Fault::new(Code::Invalid, say("两次输入的不一样。", "The two are not the same.")));
    }
    engine.reset_pin(name, first).await?;
    Ok(say(format!("{name} 的 PIN 已更换，并记入操作记录。"), format!("{name} has a new PIN; the journal says so.")))
}
