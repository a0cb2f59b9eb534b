//! A till without a window: the engine, the port, and one JSON line on stdout when it is ready.

use serde_json::json;
use till_engine::Engine;
use till_engine::api::{Code, DisplayLink, Request};

use crate::fault::Fault;
use crate::output::print_line;
use crate::till::{Started, Till, TillOptions, end_signal};
use crate::words::say;

/// Runs until told to end.
pub async fn run(options: TillOptions) -> Result<(), Fault> {
    let end = end_signal().map_err(|e| Fault::new(Code::Internal, e.to_string()))?;
    let till = match Till::start(&options).await? {
        Started::Running(till) => till,
        // Only a till with a window looks for another one.
        Started::Shown => return Ok(()),
    };
    let Some(address) = till.address else {
        let fault = port_closed(&till.engine).await;
        till.stop().await;
        return Err(fault);
    };
    let ready = json!({
        "ready": true,
        "address": address.to_string(),
        "display": display_url(&till.engine).await,
        "practice": options.practice,
        "version": env!("CARGO_PKG_VERSION"),
    });
    print_line(&ready.to_string());
    end.await;
    till.stop().await;
    Ok(())
}

/// Without a window the port is all there is: a till that cannot be reached is no till.
async fn port_closed(engine: &Engine) -> Fault {
    let health = engine.call("till", Request::Health {}).await.unwrap_or_default();
    let cause = health.get("listen_error").and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let message = say(format!("端口无法打开：{cause}"), format!("The port could not be opened: {cause}"));
    Fault::new(Code::Unavailable, message)
}

async fn display_url(engine: &Engine) -> Option<String> {
    let reply = engine.call("till", Request::DisplayLink {}).await.ok()?;
    serde_json::from_value::<DisplayLink>(reply).ok().map(|link| link.url)
}
