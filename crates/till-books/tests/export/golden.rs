//! Every preset × table, byte for byte (workbooks part by part: a new version of the compressor may pack them
//! otherwise). `UPDATE_GOLDEN=1` writes them anew; the difference belongs in the review.

use std::io::{Cursor, Read};
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use till_books::export::{COLUMNS_VERSION, Table, columns};

use crate::sample::{every, name, options, write};

/// What to compare: the bytes, or the parts of a workbook in order.
fn content(file: &[u8], name: &str) -> Vec<(String, String)> {
    if !name.ends_with(".xlsx") {
        let encoding = if name.ends_with(".txt") { encoding_rs::GBK } else { encoding_rs::UTF_8 };
        let text = encoding.decode_without_bom_handling_and_without_replacement(file);
        let text = text.unwrap_or_else(|| panic!("{name} is not in its encoding"));
        return vec![(name.to_owned(), text.into_owned())];
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let parts = zip.len();
    let part = |nth| {
        let mut part = zip.by_index(nth).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        (part.name().unwrap().into_owned(), text)
    };
    (0..parts).map(part).collect()
}

#[test]
fn files_are_as_they_were() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (table, preset) in every() {
        let name = name(table, preset);
        let (file, finished) = write(table, preset, &options()).unwrap();
        assert_eq!(finished.sha256, hex::encode(Sha256::digest(&file)), "{name}");
        assert_eq!(file, write(table, preset, &options()).unwrap().0, "{name}: the same rows give the same bytes");
        let path = folder.join(&name);
        if update {
            std::fs::write(&path, &file).unwrap();
        }
        let golden = std::fs::read(&path).unwrap_or_else(|e| panic!("{name}: {e}; UPDATE_GOLDEN=1 writes it"));
        let (now, then) = (content(&file, &name), content(&golden, &name));
        assert_eq!(now.len(), then.len(), "{name}");
        for (now, then) in now.iter().zip(&then) {
            assert_eq!(now.0, then.0, "{name}");
            let differs = now.1.lines().zip(then.1.lines()).find(|(now, then)| now != then);
            assert_eq!(differs, None, "{name}, {}", now.0);
            assert_eq!(now.1, then.1, "{name}, {}", now.0);
        }
    }
}

/// Programs read these by name and place. A change here is a new version: add at the end, raise the number.
#[test]
fn the_column_order_is_version_2() {
    let keys = |table| columns::of(table).iter().map(|c| c.key).collect::<Vec<_>>().join(", ");
    assert_eq!(COLUMNS_VERSION, 2);
    assert_eq!(
        keys(Table::Sales),
        "business_date, opened_at, paid_at, utc_offset, ticket_no, status, exception, channel, account, gross, discount, \
         rounding, tail, net_received, cash_tendered, change, refund, currency, payer_note, note, staff, till, receipt_id, \
         provider_ref, matched_by, request_id"
    );
    assert_eq!(
        keys(Table::Receipts),
        "business_date, received_at, utc_offset, receipt_id, channel, amount, currency, device, state, ticket_no, \
         payer_note, rule, package, title, text, till"
    );
    assert_eq!(
        keys(Table::Days),
        "business_date, channel, count, gross, discount, rounding, tail, received, refund_count, refund, fee, currency, \
         z_number, till"
    );
    assert_eq!(keys(Table::Journal), "seq, at, utc_offset, actor, act, subject, before, after, hash");
}
