use proptest::prelude::*;

use super::*;

const T: i64 = 1_763_600_000_000;
const MINUTE: i64 = 60_000;

fn fen(n: i64) -> Fen {
    Fen::new(n).unwrap()
}

fn line(at: i64, amount: i64, kind: LineKind) -> Line {
    Line { at, amount: fen(amount), kind, order_no: String::new(), channel_id: String::new() }
}

fn receipt(at: i64, amount: i64) -> Line {
    line(at, amount, LineKind::Receipt)
}

fn row(kind: RowKind, opened_at: i64, at: i64, amount: i64) -> Row {
    Row {
        kind,
        amount: fen(amount),
        opened_at,
        at,
        business_date: "2026-11-20".into(),
        order_no: String::new(),
        channel_id: String::new(),
        account: None,
    }
}

/// Paid a minute after it was opened, the notice right then.
fn noticed(at: i64, amount: i64) -> Row {
    row(RowKind::Noticed { received_at: at }, at - MINUTE, at, amount)
}

fn by_hand(at: i64, amount: i64) -> Row {
    row(RowKind::ByHand, at - MINUTE, at, amount)
}

const ALL: Cover = Cover { from: T - DAY_MS, to: T + DAY_MS, receipts: true, refunds: true, made_at: None };

fn outcomes(lines: &[Line], rows: &[Row], cover: Cover) -> Vec<(Outcome, Option<usize>, Option<usize>)> {
    let mut found: Vec<_> =
        reconcile(lines, rows, cover, &[]).into_iter().map(|f| (f.outcome, f.line, f.row)).collect();
    found.sort();
    found
}

#[test]
fn what_agrees_is_matched_and_what_is_missing_is_said_on_both_sides() {
    let lines = [receipt(T, 1500), receipt(T + MINUTE, 800)];
    let rows = [noticed(T + 2_000, 1500), by_hand(T + 30 * MINUTE, 9900)];
    assert_eq!(
        outcomes(&lines, &rows, ALL),
        [
            (Outcome::MissingInStatement, None, Some(1)),
            (Outcome::MissingInTill, Some(1), None),
            (Outcome::Matched, Some(0), Some(0)),
        ]
    );
}

#[test]
fn one_line_for_two_payments_seen_only_by_people_accuses_nobody() {
    let rows = [by_hand(T, 1500), by_hand(T + MINUTE, 1500)];
    let found = reconcile(&[receipt(T, 1500)], &rows, ALL, &[]);
    assert!(found.iter().all(|f| f.outcome == Outcome::Ambiguous), "{found:?}");
    assert_eq!(found.iter().find(|f| f.line == Some(0)).unwrap().candidates, [0, 1]);
}

#[test]
fn a_notice_at_the_second_decides_between_two_equal_amounts() {
    let rows = [noticed(T + 1_000, 1500), by_hand(T + MINUTE, 1500)];
    assert_eq!(
        outcomes(&[receipt(T, 1500)], &rows, ALL),
        [(Outcome::MissingInStatement, None, Some(1)), (Outcome::Matched, Some(0), Some(0))]
    );
}

#[test]
fn as_many_lines_as_payments_are_paired_in_the_order_of_time() {
    let lines = [receipt(T + 3 * MINUTE, 1500), receipt(T, 1500), receipt(T + 6 * MINUTE, 1500)];
    let rows = [by_hand(T + MINUTE, 1500), by_hand(T + 7 * MINUTE, 1500), by_hand(T + 4 * MINUTE, 1500)];
    assert_eq!(
        outcomes(&lines, &rows, ALL),
        [
            (Outcome::Matched, Some(0), Some(2)),
            (Outcome::Matched, Some(1), Some(0)),
            (Outcome::Matched, Some(2), Some(1)),
        ]
    );
}

#[test]
fn a_clock_that_is_minutes_off_is_seen_through() {
    let off = 8 * MINUTE;
    let lines: Vec<Line> = (0..6).map(|i| receipt(T + i * MINUTE, 1000 + i)).chain([receipt(T, 777)]).collect();
    let rows: Vec<Row> =
        (0..6).map(|i| noticed(T + i * MINUTE + off, 1000 + i)).chain([noticed(T + off, 777)]).collect();
    assert!(outcomes(&lines, &rows, ALL).iter().all(|(o, ..)| *o == Outcome::Matched));
    // Late by the same time without the others to tell: within the notice's window all the same.
    assert_eq!(outcomes(&lines[6..], &rows[6..], ALL), [(Outcome::Matched, Some(0), Some(0))]);
}

#[test]
fn a_notice_hours_late_still_proves_its_payment_but_a_persons_word_does_not() {
    let late = [row(RowKind::Noticed { received_at: T + 120 * MINUTE }, T, T + 120 * MINUTE, 1500)];
    assert_eq!(outcomes(&[receipt(T, 1500)], &late, ALL), [(Outcome::Matched, Some(0), Some(0))]);
    let word = [by_hand(T + 120 * MINUTE, 1500)];
    assert!(outcomes(&[receipt(T, 1500)], &word, ALL).iter().all(|(o, ..)| *o == Outcome::Ambiguous));
}

#[test]
fn numbers_come_before_times_and_find_other_amounts() {
    let mut lines = [receipt(T, 1500), receipt(T, 1500)];
    (lines[0].order_no, lines[1].order_no) = ("QT2".into(), "QT1".into());
    let mut rows = [noticed(T, 1500), noticed(T, 1600)];
    (rows[0].order_no, rows[1].order_no) = ("QT1".into(), "QT2".into());
    assert_eq!(
        outcomes(&lines, &rows, ALL),
        [(Outcome::AmountDiffers, Some(0), Some(1)), (Outcome::Matched, Some(1), Some(0))]
    );
}

#[test]
fn two_amounts_at_one_time_are_one_payment_only_when_they_are_close() {
    assert_eq!(outcomes(&[receipt(T, 1500)], &[by_hand(T, 1498)], ALL), [(Outcome::AmountDiffers, Some(0), Some(0))]);
    assert_eq!(
        outcomes(&[receipt(T, 1500)], &[by_hand(T, 5000)], ALL),
        [(Outcome::MissingInStatement, None, Some(0)), (Outcome::MissingInTill, Some(0), None)]
    );
}

#[test]
fn a_file_that_does_not_cover_a_payment_says_nothing_about_it() {
    let rows = [noticed(T, 1500)];
    let short = Cover { to: T - MINUTE, ..ALL };
    let payments_only = Cover { receipts: false, ..ALL };
    let too_fresh = Cover { made_at: Some(T + MINUTE), ..ALL };
    for cover in [short, payments_only, too_fresh] {
        assert_eq!(outcomes(&[], &rows, cover), [(Outcome::Neither, None, Some(0))]);
    }
    // Another account of the same channel has its own statement.
    let mut two = [noticed(T, 1500), noticed(T, 1600)];
    (two[0].account, two[1].account) = (Some(1), Some(2));
    assert_eq!(
        outcomes(&[receipt(T, 1500)], &two, ALL),
        [(Outcome::Matched, Some(0), Some(0)), (Outcome::Neither, None, Some(1))]
    );
}

#[test]
fn transfers_count_only_where_they_fit() {
    let lines = [line(T, 1500, LineKind::Maybe), line(T, 4000, LineKind::Maybe)];
    assert_eq!(
        outcomes(&lines, &[by_hand(T, 1500)], ALL),
        [(Outcome::Maybe, Some(0), Some(0)), (Outcome::Neither, Some(1), None)]
    );
}

#[test]
fn refunds_meet_what_went_out() {
    let back = row(RowKind::Refund, T, T + MINUTE, 500);
    let out = [line(T + 2 * MINUTE, 500, LineKind::Out)];
    assert_eq!(outcomes(&out, std::slice::from_ref(&back), ALL), [(Outcome::Matched, Some(0), Some(0))]);
    assert_eq!(outcomes(&[], &[back], ALL), [(Outcome::RefundMissingInStatement, None, Some(0))]);
    let named = [line(T, 500, LineKind::Refund)];
    assert_eq!(outcomes(&named, &[], ALL), [(Outcome::RefundMissingInTill, Some(0), None)]);
    // A purchase of the shop is no refund.
    assert_eq!(outcomes(&out, &[], ALL), [(Outcome::Neither, Some(0), None)]);
}

#[test]
fn what_a_person_tied_together_stays_together() {
    let found = reconcile(&[receipt(T - 5 * DAY_MS, 1500)], &[by_hand(T, 1500)], ALL, &[(0, 0)]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].outcome, Outcome::Matched);
}

#[test]
fn a_hundred_thousand_lines_of_one_amount_end() {
    let lines: Vec<Line> = (0..100_000).map(|i| receipt(T + i * 700, 1500)).collect();
    let rows: Vec<Row> = (0..50_000).map(|i| by_hand(T + i * 1_400, 1500)).collect();
    assert!(!reconcile(&lines, &rows, ALL, &[]).is_empty());
}

/// Sizes of the largest pairing of those points and stretches, by trying everything.
fn largest(points: &[Point], stretches: &[Stretch], used: u32) -> usize {
    let Some((first, rest)) = points.split_first() else { return 0 };
    let mut best = largest(rest, stretches, used);
    for (i, s) in stretches.iter().enumerate() {
        if used & (1 << i) == 0 && (s.from..=s.to).contains(&first.at) {
            best = best.max(1 + largest(rest, stretches, used | (1 << i)));
        }
    }
    best
}

proptest! {
    #[test]
    fn pairs_are_certain_when_no_largest_pairing_can_do_without_them(
        ats in prop::collection::vec(0_i64..12, 0..6),
        spans in prop::collection::vec((0_i64..12, 0_i64..5), 0..6),
    ) {
        let points: Vec<Point> = ats.iter().enumerate().map(|(place, at)| Point { place, at: *at }).collect();
        let stretches: Vec<Stretch> =
            spans.iter().enumerate().map(|(place, (from, long))| Stretch { place, from: *from, to: from + long }).collect();
        let pairing = Pairing::solve(points.clone(), stretches.clone());
        let most = largest(&points, &stretches, 0);
        let without_point = |p: usize| {
            let rest: Vec<Point> = points.iter().copied().filter(|q| q.place != p).collect();
            largest(&rest, &stretches, 0)
        };
        let without_stretch = |s: usize| largest(&points, &stretches, 1 << s);
        for (p, s) in &pairing.certain {
            prop_assert!((stretches[*s].from..=stretches[*s].to).contains(&points[*p].at));
            prop_assert!(without_point(*p) < most && without_stretch(*s) < most);
        }
        let mut seen_p: Vec<usize> = pairing.certain.iter().map(|(p, _)| *p).collect();
        let mut seen_s: Vec<usize> = pairing.certain.iter().map(|(_, s)| *s).collect();
        for group in &pairing.open {
            // Somebody in it may be left over, and it is not the same one in every pairing.
            let free = group.points.iter().filter(|p| without_point(**p) == most).count()
                + group.stretches.iter().filter(|s| without_stretch(**s) == most).count();
            prop_assert!(free >= 1);
            seen_p.extend(&group.points);
            seen_s.extend(&group.stretches);
        }
        let (many_p, many_s) = (seen_p.len(), seen_s.len());
        seen_p.sort_unstable();
        seen_p.dedup();
        seen_s.sort_unstable();
        seen_s.dedup();
        prop_assert_eq!((seen_p.len(), seen_s.len()), (many_p, many_s), "each stands once");
        // Whoever is in neither touches nothing at all.
        for p in (0..points.len()).filter(|p| !seen_p.contains(p)) {
            prop_assert!(!stretches.iter().any(|s| (s.from..=s.to).contains(&points[p].at)));
        }
        for s in (0..stretches.len()).filter(|s| !seen_s.contains(s)) {
            prop_assert!(!points.iter().any(|p| (stretches[s].from..=stretches[s].to).contains(&p.at)));
        }
    }

    #[test]
    fn every_line_and_every_row_is_found_once(
        lines in prop::collection::vec((0_i64..40, 1_i64..4, 0_u8..4), 0..30),
        rows in prop::collection::vec((0_i64..40, 1_i64..4, 0_u8..3), 0..30),
    ) {
        let lines: Vec<Line> = lines.into_iter().map(|(at, amount, kind)| {
            let kind = [LineKind::Receipt, LineKind::Maybe, LineKind::Refund, LineKind::Out][usize::from(kind)];
            line(T + at * MINUTE, amount * 500, kind)
        }).collect();
        let rows: Vec<Row> = rows.into_iter().map(|(at, amount, kind)| match kind {
            0 => noticed(T + at * MINUTE, amount * 500),
            1 => by_hand(T + at * MINUTE, amount * 500),
            _ => row(RowKind::Refund, T, T + at * MINUTE, amount * 500),
        }).collect();
        let found = reconcile(&lines, &rows, ALL, &[]);
        for l in 0..lines.len() {
            prop_assert_eq!(found.iter().filter(|f| f.line == Some(l)).count(), 1);
        }
        for r in 0..rows.len() {
            prop_assert_eq!(found.iter().filter(|f| f.row == Some(r)).count(), 1);
        }
        for f in &found {
            if let (Outcome::Matched | Outcome::Maybe, Some(l), Some(r)) = (f.outcome, f.line, f.row) {
                prop_assert_eq!(lines[l].amount, rows[r].amount);
            }
        }
    }
}
