use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::Rate;

/// How fast each address asks. One instant per address: the time at which everything it asked for so far would be
/// paid off at its steady rate ("generic cell rate algorithm"); a token bucket without a timer.
pub(crate) struct Rates {
    lan: Option<Rate>,
    loopback: Option<Rate>,
    capacity: usize,
    paid_off: Mutex<HashMap<IpAddr, Instant>>,
}

impl Rates {
    pub fn new(lan: Option<Rate>, loopback: Option<Rate>, capacity: usize) -> Rates {
        Rates { lan, loopback, capacity: capacity.max(1), paid_off: Mutex::default() }
    }

    /// How long this request must wait before it is served, or `None` if it is to be refused.
    pub fn admit(&self, ip: IpAddr, now: Instant) -> Option<Duration> {
        let Some(rate) = (if ip.is_loopback() { self.loopback } else { self.lan }) else {
            return Some(Duration::ZERO);
        };
        let step = Duration::from_secs(1) / rate.per_second.max(1);
        let mut table = self.paid_off.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= self.capacity && !table.contains_key(&ip) {
            make_room(&mut table, self.capacity, now);
        }
        let paid_off = table.entry(ip).or_insert(now);
        let next = (*paid_off).max(now) + step;
        let wait = (next - now).saturating_sub(step * rate.burst.max(1));
        if wait > rate.patience {
            return None;
        }
        *paid_off = next;
        Some(wait)
    }
}

/// Forgets addresses that owe nothing; if all do, the one that owes least.
fn make_room(table: &mut HashMap<IpAddr, Instant>, capacity: usize, now: Instant) {
    table.retain(|_, paid_off| *paid_off > now);
    if table.len() >= capacity
        && let Some(least) = table.iter().min_by_key(|(_, paid_off)| **paid_off).map(|(ip, _)| *ip)
    {
        table.remove(&least);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const PHONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 9));

    fn rates(patience_ms: u64) -> Rates {
        let rate = Rate { burst: 60, per_second: 30, patience: Duration::from_millis(patience_ms) };
        Rates::new(Some(rate), None, 8)
    }

    #[tokio::test]
    async fn a_burst_is_free_and_the_next_second_gives_thirty() {
        let rates = rates(0);
        let start = Instant::now();
        let served = |at: Instant| (0..200).filter(|_| rates.admit(PHONE, at).is_some()).count();
        assert_eq!(served(start), 60);
        assert_eq!(served(start + Duration::from_secs(1)), 30);
        assert_eq!(served(start + Duration::from_secs(60)), 60);
    }

    #[tokio::test]
    async fn one_who_asks_one_by_one_waits_and_is_never_refused() {
        let rates = rates(1500);
        let start = Instant::now();
        let mut now = start;
        for _ in 0..1000 {
            now += rates.admit(PHONE, now).expect("a serial sender must not be refused");
        }
        let took = now - start;
        assert!(took > Duration::from_secs(30) && took < Duration::from_secs(33), "{took:?}");
    }

    #[tokio::test]
    async fn loopback_is_not_counted_and_the_table_is_bounded() {
        let rates = rates(0);
        let now = Instant::now();
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert!((0..10_000).all(|_| rates.admit(local, now) == Some(Duration::ZERO)));
        for n in 0..1000u32 {
            assert!(rates.admit(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + n)), now).is_some());
        }
        assert!(rates.paid_off.lock().unwrap().len() <= 8);
    }
}
