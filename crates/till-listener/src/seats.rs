use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Limits;

/// Places for connections, on benches of their own, so that one crowd cannot lock out another: this computer's (the
/// command line), the network's (phones, programs), the customers' (checkout pages and their files), and the customers
/// who only watch.
#[derive(Clone)]
pub(crate) struct Seats(Arc<Mutex<Benches>>);

struct Benches {
    local: Bench,
    lan: Bench,
    customers: Bench,
    watchers: Bench,
}

struct Bench {
    most: usize,
    per_address: usize,
    taken: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Whose bench a seat is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// Everybody but customers.
    General,
    /// Customers, their pages and the files of these.
    Customers,
    /// Streams of checkout pages.
    Watchers,
}

/// A place; free again when dropped.
pub(crate) struct Seat {
    seats: Seats,
    ip: IpAddr,
    /// Changed only while the benches are locked.
    crowd: Mutex<Crowd>,
}

impl Bench {
    fn new(most: usize, per_address: usize) -> Bench {
        Bench { most, per_address, taken: 0, by_address: HashMap::new() }
    }

    fn take(&mut self, ip: IpAddr) -> bool {
        let of_address = self.by_address.get(&ip).copied().unwrap_or(0);
        if self.taken >= self.most || of_address >= self.per_address {
            return false;
        }
        self.taken += 1;
        self.by_address.insert(ip, of_address + 1);
        true
    }

    fn leave(&mut self, ip: IpAddr) {
        self.taken -= 1;
        if let Some(count) = self.by_address.get_mut(&ip) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&ip);
            }
        }
    }
}

impl Benches {
    fn of(&mut self, crowd: Crowd, ip: IpAddr) -> &mut Bench {
        match crowd {
            Crowd::General if ip.is_loopback() => &mut self.local,
            Crowd::General => &mut self.lan,
            Crowd::Customers => &mut self.customers,
            Crowd::Watchers => &mut self.watchers,
        }
    }
}

impl Seats {
    pub fn new(limits: &Limits) -> Seats {
        let customers = |most: usize| Bench::new(most, limits.customers_per_address);
        Seats(Arc::new(Mutex::new(Benches {
            local: Bench::new(limits.connections, limits.connections),
            lan: Bench::new(limits.connections, limits.connections_per_address),
            customers: customers(limits.customers),
            watchers: customers(limits.checkout_streams),
        })))
    }

    /// A seat for a connection that has not said yet what it wants. Where the general places are taken it may still be a
    /// customer.
    pub fn take(&self, ip: IpAddr) -> Option<Seat> {
        let mut benches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let crowd = [Crowd::General, Crowd::Customers].into_iter().find(|crowd| benches.of(*crowd, ip).take(ip))?;
        Some(Seat { seats: self.clone(), ip, crowd: Mutex::new(crowd) })
    }

    /// True while the customers' bench is more than half full: their idle connections are better closed.
    pub fn customers_are_many(&self) -> bool {
        let benches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        benches.customers.taken * 2 > benches.customers.most
    }

    #[cfg(test)]
    pub fn taken(&self) -> [usize; 4] {
        let benches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        [&benches.local, &benches.lan, &benches.customers, &benches.watchers].map(|bench| bench.taken)
    }
}

impl Seat {
    /// Moves to another bench; false, and nothing changes, if it is full.
    pub fn move_to(&self, crowd: Crowd) -> bool {
        let mut benches = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut mine = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        if *mine != crowd {
            if !benches.of(crowd, self.ip).take(self.ip) {
                return false;
            }
            benches.of(*mine, self.ip).leave(self.ip);
            *mine = crowd;
        }
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut benches = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = *self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        benches.of(mine, self.ip).leave(self.ip);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn seats() -> Seats {
        Seats::new(&Limits {
            connections: 3,
            connections_per_address: 2,
            customers: 2,
            checkout_streams: 1,
            customers_per_address: 2,
            ..Limits::default()
        })
    }

    fn lan(n: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, n))
    }

    #[test]
    fn one_address_cannot_take_all_and_the_network_cannot_take_ours() {
        let seats = seats();
        let first = seats.take(lan(1)).unwrap();
        let _second = seats.take(lan(1)).unwrap();
        let _third = seats.take(lan(2)).unwrap();
        assert_eq!(seats.taken(), [0, 3, 0, 0]);
        let beyond = [seats.take(lan(1)).unwrap(), seats.take(lan(2)).unwrap()];
        assert_eq!(seats.taken(), [0, 3, 2, 0]);
        assert!(seats.take(lan(3)).is_none());
        assert!(!beyond[0].move_to(Crowd::General), "no phone may sit where none is free");
        let _ours = seats.take(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        drop(first);
        assert!(beyond[0].move_to(Crowd::General));
        drop(beyond);
        assert_eq!(seats.taken(), [1, 2, 0, 0]);
    }

    #[test]
    fn who_watches_gives_the_seat_back() {
        let seats = seats();
        let [watcher, other] = [seats.take(lan(1)).unwrap(), seats.take(lan(1)).unwrap()];
        assert!(watcher.move_to(Crowd::Customers) && watcher.move_to(Crowd::Watchers));
        assert!(watcher.move_to(Crowd::Watchers));
        assert_eq!(seats.taken(), [0, 1, 0, 1]);
        assert!(!other.move_to(Crowd::Watchers));
        assert_eq!(seats.taken(), [0, 1, 0, 1]);
        drop(watcher);
        assert!(other.move_to(Crowd::Watchers));
        drop(other);
        assert_eq!(seats.taken(), [0, 0, 0, 0]);
        let benches = seats.0.lock().unwrap();
        assert!([&benches.lan, &benches.customers, &benches.watchers].iter().all(|bench| bench.by_address.is_empty()));
    }
}
