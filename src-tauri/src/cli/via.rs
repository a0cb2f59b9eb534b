//! The way of a command to the till: through the one that runs, else on the store itself, never both.

use std::path::Path;

use serde_json::Value;
use till_engine::Engine;
use till_engine::api::{Code, Health, Request};

use crate::control::{Control, Silence};
use crate::fault::Fault;
use crate::till::open_or;
use crate::words::say;

/// A way to a till.
pub enum Via {
    /// The running till does it.
    Running(Control),
    /// No till runs: this process holds the directory's lock until it is done.
    Store(Engine),
}

/// The till that runs on a directory and answers, if there is one.
pub async fn running(dir: &Path) -> Result<Option<Via>, Fault> {
    let Some(control) = Control::read(dir) else { return Ok(None) };
    match ask(&control, Request::Health {}).await {
        Ok(_) => Ok(Some(Via::Running(control))),
        Err(Silence::NotThere | Silence::Broke(_)) => Ok(None),
        Err(Silence::Said(error)) => Err(error.into()),
    }
}

impl Via {
    /// Finds the running till or opens the store; waits up to 3 s for somebody who has the directory but does not
    /// answer (a till that starts or ends, another command).
    pub async fn open(dir: &Path, practice: bool, passphrase_file: Option<&Path>) -> Result<Via, Fault> {
        let running = || async {
            let Some(control) = Control::read(dir) else { return Ok(None) };
            match ask(&control, Request::Health {}).await {
                Ok(value) => same_book(&value, practice).map(|()| Some(control)),
                Err(Silence::NotThere | Silence::Broke(_)) => Ok(None),
                Err(Silence::Said(error)) => Err(error.into()),
            }
        };
        Ok(match open_or(dir, practice, passphrase_file, running).await? {
            Ok(engine) => Via::Store(engine),
            Err(control) => Via::Running(control),
        })
    }

    /// Asks the till.
    pub async fn ask(&self, request: Request) -> Result<Value, Fault> {
        match self {
            Via::Store(engine) => Ok(engine.call("cli", request).await?),
            Via::Running(control) => ask(control, request).await.map_err(|silence| match silence {
                Silence::Said(error) => error.into(),
                Silence::NotThere => Fault::new(
                    Code::Unavailable,
                    say("运行中的钱台没有应答。", "The running till does not answer."),
                ),
                Silence::Broke(cause) => {
                    let message = say(
                        format!("钱台收到请求后没有应答，可能已执行；请用同一 --request-id 重试。{cause}"),
                        format!("The till took the request and gave no answer; it may be done. Repeat it with the same --request-id. {cause}"),
                    );
                    Fault::new(Code::Unavailable, message)
                }
            }),
        }
    }

    /// Lets go of the store.
    pub async fn close(self) {
        if let Via::Store(engine) = self {
            engine.close().await;
        }
    }
}

async fn ask(control: &Control, request: Request) -> Result<Value, Silence> {
    let control = control.clone();
    let asking = tokio::task::spawn_blocking(move || control.ask(&request));
    asking.await.unwrap_or_else(|e| Err(Silence::Broke(e.to_string())))
}

/// A command for the real book must never ring up in the practice book, nor the other way round.
fn same_book(health: &Value, practice: bool) -> Result<(), Fault> {
    let running = serde_json::from_value::<Health>(health.clone()).map_or(practice, |h| h.practice);
    if running == practice {
        return Ok(());
    }
    let message = if running {
        say(
            "钱台正在练习模式中运行；请加 --practice，或先退出练习。",
            "The running till is in practice mode: add --practice, or leave practice first.",
        )
    } else {
        say("钱台正在营业中，不在练习模式。", "The running till is not in practice mode.")
    };
    Err(Fault::new(Code::Unavailable, message))
}
