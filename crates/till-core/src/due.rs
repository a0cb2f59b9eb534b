//! The due amount: the smallest change from the price that is free on every account offered.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{Channel, Fen};

/// Which way a due amount may differ from the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum TailDirection {
    /// Below the price; reads as a discount. The default.
    Down,
    /// Above the price.
    Up,
    /// Whichever change is smaller, down first.
    Both,
}

/// An enabled account: what amounts it can take.
#[derive(Clone, Debug)]
pub struct Payable {
    /// The account.
    pub account_id: i64,
    /// Its channel.
    pub channel: Channel,
    /// It has a code without an amount.
    pub any_amount: bool,
    /// Amounts it has a fixed code for.
    pub fixed: HashSet<Fen>,
}

impl Payable {
    fn takes(&self, amount: Fen) -> bool {
        self.any_amount || self.fixed.contains(&amount)
    }
}

/// Why no due amount was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PickError {
    /// No account can take the price or any amount near it.
    #[error("no receiving code can take this amount")]
    NoCode,
    /// Every amount within the bounds is occupied.
    #[error("every amount near this price is occupied")]
    Exhausted,
}

/// Picks the due amount and the accounts (by position in `accounts`) that offer it.
///
/// `occupied` holds every (channel, amount) with a live hold: two accounts of one channel never wait for the same
/// amount either, because a phone often cannot tell which of them was paid.
pub fn pick(
    price: Fen,
    direction: TailDirection,
    most: Fen,
    accounts: &[Payable],
    occupied: &HashSet<(Channel, Fen)>,
) -> Result<(Fen, Vec<usize>), PickError> {
    let mut any_code = false;
    for amount in near(price, direction, most) {
        let offered: Vec<usize> = (0..accounts.len()).filter(|&i| accounts[i].takes(amount)).collect();
        any_code |= !offered.is_empty();
        let free = offered.iter().all(|&i| !occupied.contains(&(accounts[i].channel, amount)));
        if free && !offered.is_empty() {
            return Ok((amount, offered));
        }
    }
    Err(if any_code { PickError::Exhausted } else { PickError::NoCode })
}

/// Amounts to try, nearest to the price first.
fn near(price: Fen, direction: TailDirection, most: Fen) -> impl Iterator<Item = Fen> {
    let signs: &'static [i64] = match direction {
        TailDirection::Down => &[-1],
        TailDirection::Up => &[1],
        TailDirection::Both => &[-1, 1],
    };
    let steps = (1..=most.get().max(0)).flat_map(|step| signs.iter().map(move |sign| sign * step));
    std::iter::once(0)
        .chain(steps)
        .filter_map(move |step| Fen::new(price.get() + step).ok())
        .filter(|a| a.is_positive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(n: i64) -> Fen {
        Fen::new(n).unwrap()
    }

    fn open(account_id: i64, channel: Channel) -> Payable {
        Payable { account_id, channel, any_amount: true, fixed: HashSet::new() }
    }

    #[test]
    fn the_price_itself_comes_first_then_down() {
        let accounts = [open(1, Channel::Wechat), open(2, Channel::Alipay)];
        let mut occupied = HashSet::new();
        for expect in [1500, 1499, 1498] {
            let (due, offered) = pick(fen(1500), TailDirection::Down, fen(50), &accounts, &occupied).unwrap();
            assert_eq!((due.get(), offered), (expect, vec![0, 1]));
            // Free must mean free on every account: one busy channel is enough to move on.
            occupied.insert((Channel::Alipay, due));
        }
    }

    #[test]
    fn both_ways_takes_the_smaller_change_down_first() {
        let accounts = [open(1, Channel::Wechat)];
        let mut occupied = HashSet::new();
        let mut got = Vec::new();
        while let Ok((due, _)) = pick(fen(2), TailDirection::Both, fen(3), &accounts, &occupied) {
            got.push(due.get());
            occupied.insert((Channel::Wechat, due));
        }
        assert_eq!(got, [2, 1, 3, 4, 5], "never zero or below");
        assert_eq!(pick(fen(2), TailDirection::Both, fen(3), &accounts, &occupied), Err(PickError::Exhausted));
    }

    #[test]
    fn fixed_codes_serve_their_amounts_only() {
        let fixed = Payable { any_amount: false, fixed: [fen(1499)].into(), ..open(1, Channel::Wechat) };
        assert_eq!(
            pick(fen(1500), TailDirection::Down, fen(5), std::slice::from_ref(&fixed), &HashSet::new()),
            Ok((fen(1499), vec![0]))
        );
        assert_eq!(pick(fen(900), TailDirection::Down, fen(5), &[fixed], &HashSet::new()), Err(PickError::NoCode));
        assert_eq!(pick(fen(900), TailDirection::Down, fen(5), &[], &HashSet::new()), Err(PickError::NoCode));
    }

    proptest! {
        #[test]
        fn never_an_occupied_amount_never_out_of_bounds(price in 1i64..5_000, most in 0i64..60,
                                                         busy in prop::collection::hash_set(1i64..5_100, 0..200)) {
            let accounts = [open(1, Channel::Wechat), open(2, Channel::Alipay)];
            let occupied: HashSet<_> = busy.iter().map(|&n| (Channel::Alipay, fen(n))).collect();
            match pick(fen(price), TailDirection::Both, fen(most), &accounts, &occupied) {
                Ok((due, _)) => {
                    prop_assert!(!busy.contains(&due.get()));
                    prop_assert!((due.get() - price).abs() <= most && due.is_positive());
                }
                Err(e) => {
                    prop_assert_eq!(e, PickError::Exhausted);
                    for n in (price - most).max(1)..=price + most { prop_assert!(busy.contains(&n)); }
                }
            }
        }
    }
}
