use proptest::prelude::*;

use super::*;

fn fen(n: i64) -> Fen {
    Fen::new(n).unwrap()
}

fn channel() -> impl Strategy<Value = Channel> {
    prop::sample::select(Channel::ALL.to_vec())
}

fn payment() -> impl Strategy<Value = Row> {
    let how = prop::sample::select(vec![How::Auto, How::Accepted, How::ByHand]);
    let ids = (1..50_i64, 1..3_i64, proptest::option::of(1..9_i64), proptest::option::of(1..9_i64));
    (ids, channel(), how, 1..1_000_000_i64, any::<bool>(), "[a-c]{0,3}", 1..40_i64, 0..200_i64).prop_map(
        |((ticket_id, nth, receipt_id, account_id), channel, how, amount, late, reason, at, tail)| {
            Row::Payment(Payment {
                ticket_id,
                nth,
                receipt_id,
                account_id,
                how: if channel == Channel::Cash { How::Cash } else { how },
                channel,
                amount: fen(amount),
                late,
                reason,
                at,
                business_date: "2026-11-20".into(),
                actor: "till".into(),
                sale: (nth == 1).then(|| SaleSums {
                    number: ticket_id,
                    lines: "[]".into(),
                    gross: fen(amount + tail + 3),
                    discount: fen(1),
                    rounding: fen(2),
                    tail: fen(tail),
                }),
            })
        },
    )
}

fn refund() -> impl Strategy<Value = Row> {
    let who = (prop::sample::select(vec![RefundKind::Refund, RefundKind::Void]), proptest::option::of("[a-c]{0,2}"));
    (1..50_i64, 1..50_i64, who, channel(), 1..1_000_000_i64, "[a-c]{0,3}", "[a-c]{1,3}", 1..40_i64).prop_map(
        |(id, ticket_id, (kind, approved_by), channel, amount, reference, reason, at)| {
            Row::Refund(Refund {
                id,
                ticket_id,
                kind,
                channel,
                amount: fen(amount),
                reference,
                reason,
                at,
                business_date: "2026-11-20".into(),
                actor: "till".into(),
                approved_by,
            })
        },
    )
}

fn cash_move() -> impl Strategy<Value = Row> {
    let kind = prop::sample::select(vec![CashKind::In, CashKind::Out]);
    (1..50_i64, 1..5_i64, kind, 1..1_000_000_i64, "[a-c]{1,3}", 1..40_i64).prop_map(
        |(id, shift_id, kind, amount, reason, at)| {
            Row::Cash(CashMove {
                id,
                shift_id,
                kind,
                amount: fen(amount),
                reason,
                at,
                business_date: "2026-11-20".into(),
                actor: "till".into(),
            })
        },
    )
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![4 => payment(), 2 => refund(), 1 => cash_move()]
}

fn bytes(row: &Row) -> Vec<u8> {
    let mut out = Vec::new();
    canonical(row, &mut out);
    out
}

proptest! {
    #[test]
    fn channels_and_ways_add_up_to_the_whole(rows in prop::collection::vec(row(), 0..60)) {
        let (f, lines) = (figures(&rows).unwrap(), channels(&rows).unwrap());
        let sum = |part: fn(&ChannelLine) -> i64| lines.iter().map(part).sum::<i64>();
        prop_assert_eq!(sum(|l| l.received_fen.get()), f.received_fen.get());
        prop_assert_eq!(sum(|l| l.refunded_fen.get()), f.refunded_fen.get());
        prop_assert_eq!(sum(|l| l.net_fen.get()), f.net_fen.get());
        prop_assert_eq!(sum(|l| i64::from(l.payments) + i64::from(l.refunds)), i64::from(f.rows));
        let cash = lines.iter().find(|l| l.channel == Channel::Cash).map_or(0, |l| l.received_fen.get());
        prop_assert_eq!(f.auto_fen.get() + f.by_hand_fen.get() + cash, f.received_fen.get());
    }

    #[test]
    fn the_drawer_holds_what_a_plain_walk_says(float in 0..1_000_000_i64, rows in prop::collection::vec(row(), 0..60)) {
        let mut cash = float;
        for row in &rows {
            cash += match row {
                Row::Payment(p) if p.channel == Channel::Cash => p.amount.get(),
                Row::Refund(r) if r.channel == Channel::Cash => -r.amount.get(),
                Row::Cash(m) if m.kind == CashKind::In => m.amount.get(),
                Row::Cash(m) => -m.amount.get(),
                _ => 0,
            };
        }
        let mut report = report(0, 99, fen(float), &rows, Beside::default()).unwrap();
        prop_assert_eq!(report.expected_cash_fen.get(), cash);
        report.count(Some(vec![Denomination { face_fen: fen(50), pieces: 3 }])).unwrap();
        prop_assert_eq!(report.difference_fen.map(Fen::get), Some(150 - cash));
    }

    #[test]
    fn two_rows_with_the_same_bytes_are_the_same_row(a in row(), b in row()) {
        prop_assert_eq!(bytes(&a) == bytes(&b), a == b);
    }

    #[test]
    fn the_order_does_not_depend_on_how_rows_came(rows in prop::collection::vec(row(), 0..40)) {
        let (mut one, mut other) = (rows.clone(), rows);
        other.reverse();
        in_order(&mut one);
        in_order(&mut other);
        let places = |rows: &[Row]| rows.iter().map(Row::place).collect::<Vec<_>>();
        prop_assert_eq!(places(&one), places(&other));
        prop_assert!(one.is_sorted_by_key(Row::at));
    }
}

#[test]
fn the_canonical_bytes_are_written_down() {
    let row = Row::Cash(CashMove {
        id: 1,
        shift_id: 2,
        kind: CashKind::Out,
        amount: fen(500),
        reason: "茶".into(),
        at: 7,
        business_date: "2026-11-20".into(),
        actor: "a#3".into(),
    });
    let mut expected = vec![3];
    expected.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3]);
    expected.extend(b"out");
    expected.extend([0, 0, 0, 0, 0, 0, 1, 0xF4, 0, 0, 0, 0, 0, 0, 0, 3, 0xE8, 0x8C, 0xB6, 0, 0, 0, 0, 0, 0, 0, 7]);
    expected.extend([0, 0, 0, 0, 0, 0, 0, 10]);
    expected.extend(b"2026-11-20\0\0\0\0\0\0\0\x03a#3");
    assert_eq!(bytes(&row), expected);
}

#[test]
fn nothing_gives_zeros_and_too_much_is_said() {
    let none = report(0, 1, Fen::ZERO, &[], Beside::default()).unwrap();
    assert_eq!((none.figures, none.channels), (Figures::default(), Vec::new()));
    assert_eq!(none.difference_fen, None);
    let much = [Denomination { face_fen: fen(10_000_000), pieces: u32::MAX }];
    assert!(counted_sum(&much).is_err());
    assert_eq!(counted_sum(&[]).unwrap(), Fen::ZERO);
}
