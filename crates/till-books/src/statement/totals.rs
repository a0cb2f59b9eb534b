//! Sums of a statement, bucket by bucket.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::model::{Bucket, Direction, Format, Statement};

/// Number and sum of one bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub n: u32,
    /// Fen.
    pub fen: i64,
}

/// Sums as the file itself draws them; serialised as `rows`, `in_n`, `in_fen`, `out_n`, … with empty buckets left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// All rows.
    pub rows: u32,
    /// By bucket; only buckets that have rows.
    pub sums: BTreeMap<Bucket, Sum>,
    /// Trade bills: what the shop receives of `In` before fees (商家实收).
    pub net_in_fen: Option<i64>,
    /// Trade bills: what refunds take from the shop before fees.
    pub net_refund_fen: Option<i64>,
    /// Fees with the file's own sign: Alipay's trade bill writes them negative; UnionPay is D minus C.
    pub fee_fen: Option<i64>,
    /// WeChat's trade bill: the fee column added up as printed, five decimals.
    pub fee_raw: Option<String>,
}

impl Statement {
    /// Adds the rows up.
    pub fn totals(&self) -> Totals {
        let mut sums: BTreeMap<Bucket, Sum> = BTreeMap::new();
        let mut add = |bucket, fen| {
            let sum = sums.entry(bucket).or_default();
            sum.n += 1;
            sum.fen += fen;
        };
        for line in &self.lines {
            add(line.bucket, line.amount.get());
            let own = self.format == Format::WechatPersonal && line.type_text == "二维码收款";
            if own && line.bucket == Bucket::In && line.direction == Direction::In {
                add(Bucket::Qr, line.amount.get());
            }
        }
        let settled = |bucket| {
            let lines = || self.lines.iter().filter(move |line| line.bucket == bucket);
            (self.format == Format::AlipayTrade && lines().next().is_some())
                .then(|| lines().map(|line| line.settled.unwrap_or(line.amount).get()).sum())
        };
        let fees = || self.lines.iter().filter_map(|line| line.fee).map(till_core::money::Fen::get).sum::<i64>();
        Totals {
            rows: self.lines.len() as u32,
            sums,
            net_in_fen: settled(Bucket::In),
            net_refund_fen: settled(Bucket::Refund),
            fee_fen: match self.format {
                Format::AlipayTrade => Some(-fees()),
                Format::UnionpayZm => Some(fees()),
                _ => None,
            },
            fee_raw: self.fee_e5.filter(|_| self.format == Format::WechatTradebill).map(five_decimals),
        }
    }
}

fn five_decimals(e5: i64) -> String {
    let sign = if e5 < 0 { "-" } else { "" };
    let e5 = e5.unsigned_abs();
    format!("{sign}{}.{:05}", e5 / 100_000, e5 % 100_000)
}

impl Serialize for Totals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rows", &self.rows)?;
        for (bucket, sum) in &self.sums {
            map.serialize_entry(&format!("{}_n", bucket.as_str()), &sum.n)?;
            map.serialize_entry(&format!("{}_fen", bucket.as_str()), &sum.fen)?;
        }
        for (name, fen) in
            [("net_in_fen", self.net_in_fen), ("net_refund_fen", self.net_refund_fen), ("fee_fen", self.fee_fen)]
        {
            if let Some(fen) = fen {
                map.serialize_entry(name, &fen)?;
            }
        }
        if let Some(raw) = &self.fee_raw {
            map.serialize_entry("fee_raw", raw)?;
        }
        map.end()
    }
}
