use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Places for connections. This computer has its own, so that a crowd on the network cannot lock out the command line.
#[derive(Clone)]
pub(crate) struct Seats(Arc<Inner>);

struct Inner {
    each: usize,
    per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    local: usize,
    lan: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place; free again when dropped.
pub(crate) struct Seat {
    seats: Seats,
    ip: IpAddr,
}

impl Seats {
    pub fn new(each: usize, per_address: usize) -> Seats {
        Seats(Arc::new(Inner { each, per_address, taken: Mutex::default() }))
    }

    pub fn take(&self, ip: IpAddr) -> Option<Seat> {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if ip.is_loopback() {
            if taken.local >= self.0.each {
                return None;
            }
            taken.local += 1;
        } else {
            let of_address = taken.by_address.get(&ip).copied().unwrap_or(0);
            if taken.lan >= self.0.each || of_address >= self.0.per_address {
                return None;
            }
            taken.lan += 1;
            taken.by_address.insert(ip, of_address + 1);
        }
        Some(Seat { seats: self.clone(), ip })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if self.ip.is_loopback() {
            taken.local -= 1;
            return;
        }
        taken.lan -= 1;
        if let Some(count) = taken.by_address.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_address_cannot_take_all_and_the_network_cannot_take_ours() {
        let seats = Seats::new(3, 2);
        let [a, b] = [1, 2].map(|n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n)));
        let first = seats.take(a).unwrap();
        let _second = seats.take(a).unwrap();
        assert!(seats.take(a).is_none());
        let _third = seats.take(b).unwrap();
        assert!(seats.take(b).is_none());
        let _ours = seats.take(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        drop(first);
        assert!(seats.take(a).is_some());
        assert_eq!(seats.0.taken.lock().unwrap().by_address.len(), 2);
    }
}
