//! Bulk reading: in order, on one moment, stopped at will; and packed days.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::ops::ControlFlow;

use till_core::day::{TimeZone, zone};
use till_core::price::{Line, Rounding, Sale, price};
use till_core::sales::{Booked, Filter, Kind};
use till_core::{Channel, Fen};
use till_store::{CashSale, Store, StoreError};

const DAYS: [&str; 3] = ["2026-11-18", "2026-11-19", "2026-11-20"];

fn shanghai() -> TimeZone {
    zone("Asia/Shanghai").unwrap()
}

async fn sell(store: &Store, n: i64, date: &str, at: i64) {
    let fen = Fen::new(100 + n).unwrap();
    let lines = vec![Line { name: format!("item{}", n % 3), price_fen: fen, count: 1 }];
    let sale = Sale { lines, discount: None, note: format!("note {n}") };
    let new = CashSale {
        request_id: format!("r{n}"),
        actor: "Ben#2".into(),
        at,
        business_date: date.into(),
        priced: price(&sale, Rounding::None).unwrap(),
        sale,
        tendered: Some(Fen::new(1_000).unwrap()),
    };
    store.sell_cash(new).await.unwrap();
}

/// Three days of ten cash sales; the later the sale, the earlier in its day.
async fn shop(dir: &tempfile::TempDir) -> Store {
    let store = Store::open(&dir.path().join("till.db")).await.unwrap();
    for n in 0..30 {
        let day = n / 10;
        sell(&store, n, DAYS[day as usize], 1_795_000_000_000 + day * 86_400_000 - n * 1000).await;
    }
    let db = rusqlite::Connection::open(store.path()).unwrap();
    db.execute("INSERT INTO staff (id, name, role, added_at) VALUES (2, 'Benjamin', 'cashier', 0)", []).unwrap();
    let refund =
        "INSERT INTO refund (ticket_id, kind, channel, amount_fen, reference, reason, at, business_date, actor)
                  VALUES (1, 'refund', 'cash', 7, 'ref', 'why', 1795172800001, '2026-11-20', 'x')";
    db.execute(refund, []).unwrap();
    store
}

#[tokio::test]
async fn rows_come_by_day_and_time_with_all_their_columns() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    let (rows, kinds) = store
        .reading(|bulk| {
            let (mut rows, mut kinds) = (Vec::new(), Vec::new());
            let _ = bulk.sales("2026-11-18", "2026-11-20", &Filter::default(), &shanghai(), |sale| {
                assert_eq!((sale.staff, sale.status), ("Benjamin", "paid"));
                if sale.row.kind == Kind::Sale {
                    assert_eq!((sale.tendered, sale.change), (Some(1_000), Some(1_000 - sale.net())));
                    assert_eq!((sale.row.gross, sale.matched_by), (sale.net(), "cash"));
                    assert_eq!(sale.items().unwrap()[0].price_fen, sale.net());
                } else {
                    assert_eq!((sale.net(), sale.provider_ref, sale.reason, sale.tendered), (-7, "ref", "why", None));
                    assert_eq!((sale.ticket_id, sale.exception, sale.row.gross), (1, "part_refunded", 0));
                }
                kinds.push(sale.row.kind);
                rows.push((sale.business_date.to_owned(), sale.row.at));
                ControlFlow::Continue(())
            })?;
            Ok((rows, kinds))
        })
        .await
        .unwrap();
    assert_eq!(rows.len(), 31);
    assert!(rows.is_sorted());
    assert_eq!(kinds.iter().filter(|k| **k == Kind::Refund).count(), 1);
}

#[tokio::test]
async fn a_filter_takes_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    for (filter, many) in [
        (Filter { item: Some("item1".into()), ..Filter::default() }, 10),
        (Filter { item: Some("item".into()), ..Filter::default() }, 0),
        (Filter { kind: Some(Kind::Refund), ..Filter::default() }, 1),
        (Filter { item: Some("item0".into()), kind: Some(Kind::Refund), ..Filter::default() }, 1),
        (Filter { channel: Some(Channel::Wechat), ..Filter::default() }, 0),
        (Filter { booked: Some(Booked::Cash), weekday: Some(5), ..Filter::default() }, 11),
        (Filter { staff_id: Some(0), ..Filter::default() }, 0),
        (Filter { after_close: Some(true), ..Filter::default() }, 0),
    ] {
        let said = format!("{filter:?}");
        let (listed, summed, days) = store
            .reading(move |bulk| {
                let mut listed = 0;
                let _ = bulk.sales(DAYS[0], DAYS[2], &filter, &shanghai(), |_| {
                    listed += 1;
                    ControlFlow::Continue(())
                })?;
                let mut days = 0;
                let _ = bulk.days(DAYS[0], DAYS[2], &filter, &shanghai(), |day| {
                    days += day.sums.rows;
                    ControlFlow::Continue(())
                })?;
                Ok((listed, bulk.tally((DAYS[0], DAYS[2]), &filter, &shanghai(), None)?.all.rows, days))
            })
            .await
            .unwrap();
        assert_eq!((listed, summed, days), (many, many, many), "{said}");
    }
}

#[tokio::test]
async fn a_reader_sees_one_moment_and_the_next_reader_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    let rows = |bulk: &till_store::Bulk| {
        bulk.tally((DAYS[0], DAYS[2]), &Filter::default(), &shanghai(), None).unwrap().all.rows
    };
    let bulk = store.bulk().unwrap();
    assert_eq!(rows(&bulk), 31);
    sell(&store, 99, DAYS[2], 1_795_400_000_000).await;
    assert_eq!(rows(&bulk), 31);
    drop(bulk);
    assert_eq!(rows(&store.bulk().unwrap()), 32);
}

#[tokio::test]
async fn a_reader_stops_when_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    let bulk = store.bulk().unwrap();
    let mut seen = 0;
    let flow = bulk.sales(DAYS[0], DAYS[2], &Filter::default(), &shanghai(), |_| {
        seen += 1;
        if seen == 12 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(flow.unwrap().is_break());
    assert_eq!(seen, 12);
    // From elsewhere, in the middle of a statement.
    let stopper = bulk.stopper().unwrap();
    let stopped = bulk.journal(0, i64::MAX, |_| {
        stopper.stop();
        ControlFlow::Continue(())
    });
    assert!(matches!(stopped, Err(StoreError::Stopped)), "{stopped:?}");
    // It works again afterwards.
    let mut rows = 0;
    let _ = bulk.journal(0, i64::MAX, |entry| {
        rows += 1;
        assert_eq!((entry.seq, entry.hash.len()), (rows, 32));
        ControlFlow::Continue(())
    });
    assert_eq!(rows, 30);
}

#[tokio::test]
async fn packing_leaves_today_alone_and_loses_to_a_row_written_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    assert_eq!(store.pack_days("2026-11-20", &shanghai(), 1).await.unwrap().as_deref(), Some("2026-11-19"));
    assert_eq!(store.pack_days("2026-11-19", &shanghai(), 9).await.unwrap().as_deref(), Some("2026-11-18"));
    assert_eq!(store.pack_days("2026-11-20", &shanghai(), 9).await.unwrap(), None);
    let db = rusqlite::Connection::open(store.path()).unwrap();
    let sheets = || db.query_row("SELECT count(*) FROM day_sheet", [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(sheets(), 2);
    sell(&store, 99, DAYS[0], 1_795_400_000_000).await;
    assert_eq!(sheets(), 1);
    // While days are being packed, sales go on; whatever wins, no sheet misses a row.
    let (packing, selling) = (store.clone(), store.clone());
    let pack = async {
        for _ in 0..20 {
            packing.pack_days("2026-11-20", &shanghai(), 9).await.unwrap();
        }
    };
    let sell = async {
        for n in 100..120 {
            sell(&selling, n, DAYS[(n % 2) as usize], 1_795_400_000_000 + n).await;
        }
    };
    tokio::join!(pack, sell);
    let odd = "SELECT count(*) FROM day_sheet d WHERE row_count <> (SELECT count(*) FROM settlement s WHERE s.business_date = d.business_date)";
    assert_eq!(db.query_row(odd, [], |r| r.get::<_, i64>(0)).unwrap(), 0);
}
