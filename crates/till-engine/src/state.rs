//! What a running engine keeps in memory. Everything here can be rebuilt from the store.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::tz::TimeZone;
use till_channels::codes;
use till_store::Store;
use tokio::sync::broadcast;

use crate::Listening;
use crate::api::{ApiError, DeviceState, Drawing, Event, Settings};
use crate::display::Counter;
use crate::ports::Ports;
use crate::rules::RuleBook;
use crate::words;

/// A device whose requests may be believed.
#[derive(Clone)]
pub(crate) struct Paired {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) token: String,
    pub(crate) revoked: bool,
}

/// Settings with what is derived from them.
pub(crate) struct Shop {
    pub(crate) settings: Settings,
    pub(crate) zone: TimeZone,
}

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) ports: Ports,
    pub(crate) bus: broadcast::Sender<Event>,
    pub(crate) dir: PathBuf,
    pub(crate) practice: bool,
    /// Held while the directory is ours.
    pub(crate) lock: Mutex<Option<File>>,
    pub(crate) shop: RwLock<Arc<Shop>>,
    pub(crate) rules: RwLock<Arc<RuleBook>>,
    pub(crate) devices: RwLock<Arc<Vec<Paired>>>,
    pub(crate) programs: RwLock<Arc<Vec<crate::programs::Program>>>,
    /// Contracts with providers, oldest first.
    pub(crate) gateways: RwLock<Arc<Vec<Arc<crate::gateways::Contract>>>>,
    /// Where their secrets are kept.
    pub(crate) safe: crate::gateways::Safe,
    /// Bounds the calls to providers that are under way.
    pub(crate) provider_lines: tokio::sync::Semaphore,
    /// Trades and refunds under way through them.
    pub(crate) flow: crate::gateways::Flow,
    /// Orders whose checkout page was seen lately.
    pub(crate) pages_seen: Mutex<crate::checkout::Seen>,
    pub(crate) vault: crate::secrets::Vault,
    pub(crate) people: RwLock<Arc<Vec<crate::access::Person>>>,
    /// Who is signed in, and what was allowed lately.
    pub(crate) desk: Mutex<crate::access::Desk>,
    pub(crate) announced: Mutex<HashMap<i64, DeviceState>>,
    /// When each device was last said to be heard.
    pub(crate) heard_at: Mutex<HashMap<i64, i64>>,
    pub(crate) drawings: Mutex<HashMap<String, Drawing>>,
    pub(crate) counter: Mutex<Counter>,
    pub(crate) listening: Mutex<Listening>,
    pub(crate) refused_lately: Mutex<crate::refusals::Lately>,
    pub(crate) rates: Mutex<crate::phone::Rates>,
    /// What the doors of programs remember between requests.
    pub(crate) merchants: Mutex<crate::merchant::Memory>,
    /// Request ids of practice payments; practice is over before they are many.
    pub(crate) practice_orders: Mutex<HashSet<String>>,
    pub(crate) practice_pays: Mutex<HashMap<i64, crate::api::PracticePay>>,
    /// Files being written for somebody.
    pub(crate) exports: Mutex<crate::export::Jobs>,
    /// Ends the background work.
    pub(crate) closing: tokio::sync::watch::Sender<bool>,
    pub(crate) backup: crate::backup::Keeper,
    /// As it was noted beside the database last.
    pub(crate) head: Mutex<crate::recovery::head::Note>,
}

/// Takes a lock even if a holder panicked: what it guards is a cache.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn get<T>(cell: &RwLock<Arc<T>>) -> Arc<T> {
    cell.read().unwrap_or_else(PoisonError::into_inner).clone()
}

pub(crate) fn set<T>(cell: &RwLock<Arc<T>>, value: T) {
    *cell.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
}

const MOST_DRAWINGS: usize = 512;

impl State {
    pub(crate) fn now(&self) -> i64 {
        self.ports.clock.now_ms()
    }

    pub(crate) fn shop(&self) -> Arc<Shop> {
        get(&self.shop)
    }

    pub(crate) fn business_date(&self, at: i64) -> String {
        let shop = self.shop();
        till_core::day::business_date(at, &shop.zone, shop.settings.day_starts_at)
    }

    /// The start of the business day that holds `at`, as Unix ms.
    pub(crate) fn day_start(&self, at: i64) -> i64 {
        self.date_start(&self.business_date(at)).unwrap_or(at)
    }

    /// The start of a business date, as Unix ms; none if it is no date of our calendar.
    pub(crate) fn date_start(&self, date: &str) -> Option<i64> {
        let shop = self.shop();
        let hour = shop.settings.day_starts_at.min(12) as i8;
        let start = date.parse::<jiff::civil::Date>().ok();
        let start = start.and_then(|d| d.at(hour, 0, 0, 0).to_zoned(shop.zone.clone()).ok());
        Some(start?.timestamp().as_millisecond())
    }

    pub(crate) fn emit(&self, event: Event) {
        // No receiver is fine: the engine runs without any screen.
        drop(self.bus.send(event));
    }

    pub(crate) fn store_error(&self, cause: till_store::StoreError) -> ApiError {
        if let Some(damage) = cause.damage() {
            crate::backup::damaged(self, &damage);
        }
        words::store(self.shop().settings.lang, cause)
    }

    /// Draws a payload, from memory when it was drawn before.
    pub(crate) fn draw(&self, payload: &str) -> Drawing {
        if let Some(drawing) = lock(&self.drawings).get(payload) {
            return drawing.clone();
        }
        let drawing = match codes::draw(payload) {
            Ok(drawn) => Drawing { size: drawn.size, path: drawn.path },
            Err(cause) => {
                tracing::error!(%cause, "a payload cannot be drawn");
                Drawing { size: 0, path: String::new() }
            }
        };
        let mut drawings = lock(&self.drawings);
        if drawings.len() >= MOST_DRAWINGS {
            drawings.clear();
        }
        drawings.insert(payload.to_owned(), drawing.clone());
        drawing
    }

    /// Random bytes as lower-case hex.
    pub(crate) fn random_hex(&self, bytes: usize) -> Result<String, ApiError> {
        let mut raw = vec![0_u8; bytes];
        self.ports.random.fill(&mut raw).map_err(|cause| {
            tracing::error!(%cause, "no randomness");
            words::error(
                self.shop().settings.lang,
                crate::api::Code::Internal,
                "系统没有给出随机数，不能生成密钥",
                "The system gave no randomness; no key was made",
            )
        })?;
        Ok(hex::encode(raw))
    }

    /// Reads the devices anew, after one was added, changed or revoked.
    pub(crate) async fn reload_devices(&self) -> Result<(), till_store::StoreError> {
        let rows = self.store.devices(i64::MAX).await?;
        let paired = rows.into_iter().map(|d| Paired {
            id: d.id,
            name: d.name,
            key: d.key,
            token: d.token,
            revoked: d.revoked_at.is_some(),
        });
        set(&self.devices, paired.collect());
        Ok(())
    }
}
