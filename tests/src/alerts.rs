//! A private session bus with a notification service that only remembers.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::mpsc;
use zbus::{OwnedVariant, interface};

use crate::{Group, PATIENCE};

/// A desktop alert as it reached the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The app's name.
    pub app: String,
    /// First line.
    pub summary: String,
    /// The rest.
    pub body: String,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: Option<u8>,
}

struct Fake {
    tell: mpsc::UnboundedSender<Alert>,
    next: u32,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Fake {
    #[allow(clippy::too_many_arguments, reason = "the signature is the desktop's")]
    fn notify(
        &mut self,
        app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        _expire_timeout: i32,
    ) -> u32 {
        let urgency = hints.get("urgency").and_then(|v| u8::try_from(v).ok());
        let _ = self.tell.send(Alert { app: app_name, summary, body, urgency });
        if replaces_id != 0 {
            return replaces_id;
        }
        self.next += 1;
        self.next
    }

    fn close_notification(&self, _id: u32) {}

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into(), "body-markup".into(), "actions".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("remembers".into(), "qiantai-tests".into(), "1".into(), "1.2".into())
    }
}

/// A session bus of a test's own.
pub struct Bus {
    _daemon: Group,
    /// For `DBUS_SESSION_BUS_ADDRESS`.
    pub address: String,
}

impl Bus {
    /// Starts a bus with nothing on it, and nothing that would come by being called.
    pub fn start() -> Result<Bus> {
        let mut daemon = Group::spawn(
            Command::new("dbus-daemon")
                .arg(concat!("--config-file=", env!("CARGO_MANIFEST_DIR"), "/src/bus.conf"))
                .args(["--nofork", "--nopidfile", "--print-address=1"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let address = daemon.first_line()?.trim().to_owned();
        Ok(Bus { _daemon: daemon, address })
    }
}

/// The service on a bus, and what it was told.
pub struct Alerts {
    _service: zbus::Connection,
    told: mpsc::UnboundedReceiver<Alert>,
}

impl Alerts {
    /// Serves notifications on the bus.
    pub async fn on(bus: &Bus) -> Result<Alerts> {
        let (tell, told) = mpsc::unbounded_channel();
        let service = zbus::connection::Builder::address(bus.address.as_str())
            .serve_at("/org/freedesktop/Notifications", Fake { tell, next: 0 })
            .name("org.freedesktop.Notifications")
            .build()
            .await?;
        Ok(Alerts { _service: service, told })
    }

    /// The next alert.
    pub async fn next(&mut self) -> Result<Alert> {
        tokio::time::timeout(PATIENCE, self.told.recv())
            .await
            .context("no desktop alert came")?
            .context("the bus ended")
    }

    /// Alerts that came until now or come within `time`.
    pub async fn within(&mut self, time: Duration) -> Vec<Alert> {
        let mut came = Vec::new();
        while let Ok(Some(alert)) = tokio::time::timeout(time, self.told.recv()).await {
            came.push(alert);
        }
        came
    }
}
