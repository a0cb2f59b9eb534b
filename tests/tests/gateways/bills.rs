//! The provider's bill of the day against the till.

use anyhow::{Context, Result, ensure};
use qiantai_tests::gateway::Wallet;
use serde_json::{Value, json};

use crate::shop::{House, Shop};

/// The sum of the lines with an outcome.
fn lines(check: &Value, outcome: &str) -> i64 {
    let sums = check["sums"].as_array().into_iter().flatten();
    sums.filter(|sum| sum["outcome"] == outcome).filter_map(|sum| sum["lines"].as_i64()).sum()
}

#[test]
fn the_bill_agrees() -> Result<()> {
    for house in House::ALL {
        let shop = Shop::open(house)?;
        for _ in 0..3 {
            let sale = shop.ring_up(shop.price())?;
            sale.scan(&shop.gateway.customer().shows_code(house.protocol(true), Wallet::PaysAtOnce))?;
            sale.until_paid()?;
        }
        let (day, before) = (shop.gateway.today(), shop.gateway.the_day_ends());
        let fetch =
            |date: &str| shop.till.act(json!({ "verb": "fetch_bill", "gateway_id": shop.contract, "date": date }));
        ensure!(fetch(&day).is_err(), "{house:?}: no bill of a day that is not over");
        let check = fetch(&before).with_context(|| format!("{house:?}"))?;
        ensure!(lines(&check, "matched") == 3, "{house:?}: {check:#}");
        for wrong in ["missing_in_statement", "missing_in_till", "amount_differs", "ambiguous"] {
            ensure!(lines(&check, wrong) == 0, "{house:?}, {wrong}: {check:#}");
        }
        let again = fetch(&before)?;
        ensure!(again["head"]["id"] == check["head"]["id"], "{house:?}: the same bill twice adds nothing");
    }
    Ok(())
}
