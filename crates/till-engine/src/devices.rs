//! Paired phones: keys, health, the pairing texts and their checklist.

use till_channels::phones::{pairing, smsforwarder};
use till_store::{Act, DeviceRow, NewDevice};

use crate::api::{ApiError, CheckItem, Code, DeviceState, DeviceView, DisplayLink, Event, Health, Pairing, Refusal};
use crate::state::{State, lock};
use crate::{gateways, refusals, view, words};

type Result<T> = std::result::Result<T, ApiError>;

const KEY_BYTES: usize = 16;
const LONGEST_NAME: usize = 40;
const SKEW_SHOWN_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const HEARD_EVERY_MS: i64 = 1_000;

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

impl State {
    fn device_state(&self, row: &DeviceRow, now: i64) -> DeviceState {
        let shop = self.shop();
        match (row.revoked_at, row.last_seen_at) {
            (Some(_), _) => DeviceState::Revoked,
            (None, None) => DeviceState::New,
            (None, Some(seen)) if now - seen > shop.settings.phone_offline_ms => DeviceState::Offline,
            (None, Some(seen)) if now - seen > shop.settings.phone_late_ms => DeviceState::Late,
            (None, Some(_)) => DeviceState::Ok,
        }
    }

    fn device_view(&self, row: DeviceRow, now: i64, delays: &[(i64, i64)]) -> DeviceView {
        DeviceView {
            id: row.id,
            state: self.device_state(&row, now),
            name: row.name,
            added_at: row.added_at,
            last_seen_at: row.last_seen_at,
            last_address: row.last_address,
            protocol: row.protocol,
            battery: row.battery,
            delay_ms: median(delays.iter().filter(|(id, _)| *id == row.id).map(|(_, d)| (*d).max(0)).collect()),
            skew_ms: row.skew_ms,
            today_count: view::count(row.today),
            account_ids: row.account_ids,
        }
    }

    async fn device_rows(&self) -> Result<(Vec<DeviceRow>, Vec<(i64, i64)>)> {
        let since = self.day_start(self.now());
        let rows = self.store.devices(since).await.map_err(|e| self.store_error(e))?;
        let delays = self.store.delays(since).await.map_err(|e| self.store_error(e))?;
        Ok((rows, delays))
    }

    pub(crate) async fn devices(&self) -> Result<Vec<DeviceView>> {
        let (rows, delays) = self.device_rows().await?;
        let now = self.now();
        Ok(rows.into_iter().map(|row| self.device_view(row, now, &delays)).collect())
    }

    async fn devices_changed(&self, device_id: i64) -> Result<Vec<DeviceView>> {
        self.reload_devices().await.map_err(|e| self.store_error(e))?;
        let devices = self.devices().await?;
        if let Some(d) = devices.iter().find(|d| d.id == device_id) {
            lock(&self.announced).insert(d.id, d.state);
            let (name, state) = (d.name.clone(), d.state);
            self.emit(Event::DeviceChanged { device_id, name, state, state_changed: true });
        }
        Ok(devices)
    }

    pub(crate) async fn add_device(&self, actor: &str, request_id: String, name: &str) -> Result<Pairing> {
        let name = self.device_name(name)?;
        let new = NewDevice {
            request_id,
            actor: actor.to_owned(),
            at: self.now(),
            name,
            key: self.random_hex(KEY_BYTES)?,
            token: self.random_hex(KEY_BYTES)?,
        };
        let id = match self.store.add_device(new).await.map_err(|e| self.store_error(e))? {
            Act::New(id) => id,
            Act::Repeat(id) => return self.pairing(id).await,
        };
        self.devices_changed(id).await?;
        self.pairing(id).await
    }

    fn device_name(&self, name: &str) -> Result<String> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            let lang = self.shop().settings.lang;
            return Err(words::error(
                lang,
                Code::Invalid,
                "请给手机起个名字（40 字以内）",
                "Give the phone a name (up to 40 characters)",
            ));
        }
        Ok(name.to_owned())
    }

    pub(crate) async fn pairing(&self, device_id: i64) -> Result<Pairing> {
        let (rows, delays) = self.device_rows().await?;
        let row = rows.into_iter().find(|r| r.id == device_id).ok_or(till_store::StoreError::NotFound);
        let row = row.map_err(|e| self.store_error(e))?;
        if row.revoked_at.is_some() {
            let lang = self.shop().settings.lang;
            return Err(words::error(lang, Code::Conflict, "这台手机已停用", "This phone was revoked"));
        }
        let listening = lock(&self.listening).clone();
        let mut addresses = listening.addresses;
        if addresses.is_empty() {
            let port = self.shop().settings.listen_port;
            addresses.push(if listening.bound.is_empty() {
                format!("127.0.0.1:{port}")
            } else {
                listening.bound.clone()
            });
        }
        let (host, port) = addresses[0].rsplit_once(':').unwrap_or((&addresses[0], ""));
        let base = format!("http://{}", addresses[0]);
        let host_key = pairing::host_key(host, port.parse().unwrap_or(80), &row.key);
        let vmq_config = pairing::vmq_config(&base, &row.key);
        let check = |id: &str, done: bool, detail: String| CheckItem { id: id.into(), done, detail };
        let skew = row.skew_ms.unwrap_or(0);
        let checklist = vec![
            check("port", !listening.bound.is_empty() && !listening.loopback_only, addresses[0].clone()),
            check("contact", row.last_seen_at.is_some(), row.last_address.clone()),
            check("heartbeat", row.heartbeat_at.is_some(), String::new()),
            check("push", row.pushed_at.is_some(), row.protocol.clone()),
            check("receipt", row.receipt_at.is_some(), String::new()),
            check("clock", row.skew_ms.is_some() && skew.abs() <= SKEW_SHOWN_MS, skew.to_string()),
        ];
        Ok(Pairing {
            host_key_drawing: self.draw(&host_key),
            vmq_config_drawing: self.draw(&vmq_config),
            host_key,
            vmq_config,
            smsforwarder_url: format!("{base}/api/v1/phones/smsforwarder"),
            smsforwarder_headers: format!("Content-Type: application/json\nAuthorization: Bearer {}", row.token),
            smsforwarder_secret: row.key.clone(),
            smsforwarder_template: smsforwarder::template().to_owned(),
            push_url: format!("{base}/api/v1/phones/push/{}", row.token),
            push_body: r#"{"package":"{not_app_package}","title":"{not_title}","text":"{notification}"}"#.into(),
            json_url: format!("{base}/api/v1/phones/json/{}", row.token),
            addresses,
            key: row.key.clone(),
            token: row.token.clone(),
            device: self.device_view(row, self.now(), &delays),
            checklist,
        })
    }

    pub(crate) async fn revoke_device(&self, actor: &str, request_id: &str, device_id: i64) -> Result<Vec<DeviceView>> {
        self.store.revoke_device(request_id, device_id, self.now(), actor).await.map_err(|e| self.store_error(e))?;
        self.devices_changed(device_id).await
    }

    pub(crate) async fn update_device(
        &self,
        actor: &str,
        request_id: &str,
        device_id: i64,
        name: Option<String>,
        account_ids: Option<Vec<i64>>,
    ) -> Result<Vec<DeviceView>> {
        let name = name.map(|n| self.device_name(&n)).transpose()?;
        let saved = self.store.update_device(request_id, device_id, name, account_ids, self.now(), actor).await;
        saved.map_err(|e| self.store_error(e))?;
        self.devices_changed(device_id).await
    }

    /// Compares every phone's state with the one announced before, and says what changed.
    pub(crate) async fn watch_devices(&self) -> Result<()> {
        let rows = self.store.devices(i64::MAX).await.map_err(|e| self.store_error(e))?;
        let now = self.now();
        for row in rows {
            let state = self.device_state(&row, now);
            let before = lock(&self.announced).insert(row.id, state);
            if before.is_some_and(|b| b != state) {
                if matches!(state, DeviceState::Late | DeviceState::Offline) {
                    tracing::warn!(
                        device = row.name,
                        ?state,
                        last_seen_at = row.last_seen_at,
                        "a phone has fallen silent"
                    );
                }
                self.emit(Event::DeviceChanged { device_id: row.id, name: row.name, state, state_changed: true });
            }
        }
        Ok(())
    }

    /// A phone was heard. In a rush this is said once a second.
    pub(crate) fn heard(&self, device_id: i64, name: &str) {
        let now = self.now();
        let before = lock(&self.announced).insert(device_id, DeviceState::Ok);
        let state_changed = before != Some(DeviceState::Ok);
        {
            let mut heard_at = lock(&self.heard_at);
            let lately = heard_at.get(&device_id).is_some_and(|at| (now - at).abs() < HEARD_EVERY_MS);
            if lately && !state_changed {
                return;
            }
            heard_at.insert(device_id, now);
        }
        let (name, state) = (name.to_owned(), DeviceState::Ok);
        self.emit(Event::DeviceChanged { device_id, name, state, state_changed });
    }

    pub(crate) async fn health(&self) -> Result<Health> {
        let devices = self.devices().await?;
        let (now, listening, shop) = (self.now(), lock(&self.listening).clone(), self.shop());
        let live: Vec<&DeviceView> = devices.iter().filter(|d| d.state != DeviceState::Revoked).collect();
        let rank = |s: DeviceState| match s {
            DeviceState::Ok => 0,
            DeviceState::Late => 1,
            DeviceState::Offline => 2,
            DeviceState::New | DeviceState::Revoked => 3,
        };
        let refused = self.store.refused_since(now - HOUR_MS).await.map_err(|e| self.store_error(e))?;
        let accounts = self.store.accounts().await.map_err(|e| self.store_error(e))?;
        Ok(Health {
            version: env!("CARGO_PKG_VERSION").into(),
            practice: self.practice,
            now,
            listening: listening.bound,
            listen_error: listening.error,
            loopback_only: listening.loopback_only,
            phone: live.iter().map(|d| d.state).min_by_key(|s| rank(*s)),
            phone_last_seen_at: live.iter().filter_map(|d| d.last_seen_at).max(),
            phone_delay_ms: median(live.iter().filter_map(|d| d.delay_ms).collect()),
            inbox_open: self.inbox_open().await?,
            refused_last_hour: view::count(refused),
            scans: gateways::scans(self),
            payment_codes: gateways::payment_codes(),
            contracts: gateways::in_use(self),
            sandbox: gateways::is_sandbox(self),
            contracts_locked: gateways::are_locked(self),
            has_codes: accounts.iter().any(|a| a.enabled && !a.codes.is_empty()),
            theme: shop.settings.theme,
            devices,
        })
    }

    pub(crate) async fn refused_list(&self, limit: u32) -> Result<Vec<Refusal>> {
        let lang = self.shop().settings.lang;
        let names = crate::state::get(&self.devices);
        let rows = self.store.refusals(limit.clamp(1, 500)).await.map_err(|e| self.store_error(e))?;
        let show = |r: till_store::RefusalRow| Refusal {
            at: r.at,
            address: r.address,
            path: r.path,
            device_name: names.iter().find(|d| Some(d.id) == r.device_id).map(|d| d.name.clone()).unwrap_or_default(),
            message: refusals::message(lang, &r.cause, &r.message),
            cause: r.cause,
        };
        Ok(rows.into_iter().map(show).collect())
    }

    pub(crate) async fn display_token(&self) -> Result<String> {
        let stored = self.store.setting("display_token").await.map_err(|e| self.store_error(e))?;
        match stored.and_then(|text| serde_json::from_str::<String>(&text).ok()) {
            Some(token) => Ok(token),
            None => self.renew_display_token("till", None).await,
        }
    }

    pub(crate) async fn renew_display_token(&self, actor: &str, request_id: Option<&str>) -> Result<String> {
        let token = self.random_hex(KEY_BYTES)?;
        let text = serde_json::to_string(&token).unwrap_or_default();
        let saved = self.store.set_setting(request_id, "display_token", text, true, self.now(), actor).await;
        saved.map_err(|e| self.store_error(e))?;
        self.emit(Event::SettingsChanged {});
        Ok(token)
    }

    pub(crate) async fn display_link(&self) -> Result<DisplayLink> {
        let token = self.display_token().await?;
        let listening = lock(&self.listening).clone();
        // While only this computer can reach the port, an address of the network would lead nowhere.
        let outside = listening.addresses.into_iter().next().filter(|_| !listening.loopback_only);
        let address = outside.unwrap_or(listening.bound);
        let url = format!("http://{address}/display?token={token}");
        Ok(DisplayLink { drawing: self.draw(&url), url })
    }
}
