//! Plays a table of sales on one till, many at once.

use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, ensure};
use qiantai_tests::gateway::{Fault, Step, Wallet};

use crate::shop::{House, Sale, Shop};

/// Sales at once. Most of the time each waits for a schedule.
const CLERKS: usize = 24;

/// What the customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Customer {
    /// Scans our code and pays.
    PaysOurCode,
    /// Finds no code to scan.
    FindsNoCode,
    /// Shows a payment code that does this.
    Shows(Wallet),
    /// Shows one that asks for the password, and types it.
    TypesPassword,
    /// Shows one that asks for the password, and gives up.
    GivesUp,
}

impl Customer {
    fn is_scanned(self) -> bool {
        !matches!(self, Customer::PaysOurCode | Customer::FindsNoCode)
    }
}

/// How a sale stands in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Paid once, with what was due.
    Paid,
    /// This attempt is over, without money, and the cashier is told this.
    Refused(&'static str),
    /// This attempt is over, without money.
    Over,
    /// Nobody knows, and nobody claims to: asked on, not paid.
    Unsettled,
}

/// One sale with what goes wrong in it.
pub struct Case {
    pub name: String,
    pub customer: Customer,
    pub faults: Vec<(Step, Fault, u32)>,
    pub ends: Ends,
}

/// Something longer that happens at the same time.
#[derive(Clone, Copy)]
pub struct Scene {
    pub name: &'static str,
    pub act: fn(&Shop) -> Result<()>,
}

enum Play {
    Case(Case),
    Scene(Scene),
}

impl Play {
    fn name(&self) -> &str {
        match self {
            Play::Case(case) => &case.name,
            Play::Scene(scene) => scene.name,
        }
    }

    fn play(&self, shop: &Shop) -> Result<()> {
        match self {
            Play::Case(case) => case.play(shop),
            Play::Scene(scene) => (scene.act)(shop),
        }
    }
}

/// Plays everything on one till, then compares its books with the truth.
pub fn play(house: House, scenes: Vec<Scene>, cases: Vec<Case>) -> Result<()> {
    let shop = Shop::open(house)?;
    // What takes longest begins first.
    let plays = scenes.into_iter().map(Play::Scene).chain(cases.into_iter().map(Play::Case));
    let waiting = Mutex::new(plays.collect::<Vec<_>>().into_iter());
    let failed = Mutex::new(Vec::new());
    let next = || waiting.lock().expect("nobody panics while holding it").next();
    thread::scope(|scope| {
        for _ in 0..CLERKS {
            scope.spawn(|| {
                while let Some(play) = next() {
                    if let Err(cause) = play.play(&shop) {
                        let told = format!("{house:?}, {}: {cause:#}", play.name());
                        failed.lock().expect("nobody panics while holding it").push(told);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("all clerks have gone");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    shop.books_are_true()
}

impl Case {
    fn play(&self, shop: &Shop) -> Result<()> {
        let (fen, scanned) = (shop.price(), self.customer.is_scanned());
        for (step, fault, times) in &self.faults {
            shop.gateway.spoil_amount(fen, shop.house.protocol(scanned), *step, fault.clone(), *times);
        }
        let sale = shop.ring_up(fen)?;
        let wallet = match self.customer {
            Customer::PaysOurCode => {
                shop.gateway.customer().pays(&sale.shown()?)?;
                None
            }
            Customer::FindsNoCode => None,
            Customer::Shows(wallet) => Some(wallet),
            Customer::TypesPassword | Customer::GivesUp => Some(Wallet::AsksPassword),
        };
        if let Some(wallet) = wallet {
            let out_no = sale.scan(&shop.gateway.customer().shows_code(shop.house.protocol(true), wallet))?;
            if self.customer == Customer::TypesPassword {
                sale.until_stage(true, &["waiting"])?;
                shop.gateway.customer().pays(&out_no)?;
            }
            if self.customer == Customer::GivesUp {
                sale.until_stage(true, &["waiting"])?;
                shop.gateway.customer().gives_up(&out_no)?;
            }
        }
        self.ends.check(&sale, scanned)?;
        let out_no = sale.out_no(scanned)?;
        if scanned {
            let charged = shop.gateway.count_of(&out_no, Step::Scan);
            ensure!(charged <= 1, "a payment code was charged {charged} times");
        }
        if self.ends != Ends::Paid {
            sale.cancel()?;
        }
        Ok(())
    }
}

impl Ends {
    fn check(self, sale: &Sale<'_>, scanned: bool) -> Result<()> {
        match self {
            Ends::Paid => sale.until_paid().map(drop),
            Ends::Refused(_) | Ends::Over => {
                let trade = sale.shop.until("the attempt to be over", || {
                    let trade = sale.trade(scanned)?;
                    if trade["stage"] != "over" {
                        sale.ask()?;
                    }
                    Ok((trade["stage"] == "over").then_some(trade))
                })?;
                let view = sale.view()?;
                ensure!(view["status"] == "open" && sale.held()? == 0, "{view}");
                match self {
                    Ends::Refused(why) => {
                        ensure!(trade["trouble"] == why, "{trade}");
                        ensure!(trade["message"].as_str().is_some_and(|message| !message.is_empty()), "{trade}");
                    }
                    _ => ensure!(trade["trouble"].is_null(), "{trade}"),
                }
                Ok(())
            }
            Ends::Unsettled => {
                let out_no = sale.out_no(scanned)?;
                let asked = || {
                    let gateway = &sale.shop.gateway;
                    gateway.count_of(&out_no, Step::Query) + gateway.count_of(&out_no, Step::Code)
                };
                sale.shop.until("two more questions", || Ok((asked() >= 2).then_some(())))?;
                let (view, trade) = (sale.view()?, sale.trade(scanned)?);
                ensure!(view["status"] == "open" && sale.held()? == 0, "{view}");
                let stage = trade["stage"].as_str().context("a stage")?;
                ensure!(["planned", "waiting", "ending", "fading"].contains(&stage), "{trade}");
                Ok(())
            }
        }
    }
}
