//! The providers' schedules, by example.

use super::{ALIPAY_SCAN, CODE, CODE_WITHOUT_END, HOUR, MINUTE, SECOND, WECHAT_SCAN};
use crate::trade::{ARRIVES_WITHIN_MS, Pace, RefundStage, RefundTry, RefundWord, Stage, Trade, What, Word};

/// A till that asks what it should, when it should, and is answered at once.
struct Till {
    trade: Trade,
    pace: Pace,
    now: i64,
}

impl Till {
    fn scans(pace: Pace) -> Till {
        Till { trade: Trade::plan(true, 0, 0, &pace), pace, now: 0 }
    }

    fn shows_code(pace: Pace, until: i64) -> Till {
        Till { trade: Trade::plan(false, 0, until, &pace), pace, now: 0 }
    }

    /// The next question, and when it was asked.
    fn ask(&mut self, answer: Word) -> (What, i64) {
        let (what, at) = self.trade.next.expect("there is a next step");
        self.now = self.now.max(at);
        self.trade.send(what, self.now, &self.pace);
        self.trade.hear(what, answer, self.now, &self.pace);
        (what, self.now)
    }

    fn hear(&mut self, what: What, word: Word) {
        self.trade.hear(what, word, self.now, &self.pace);
    }

    fn stop_at(&mut self, now: i64) {
        self.now = now;
        self.trade.stop(now);
    }
}

#[test]
fn wechat_scan_waits_for_the_password_then_reverses() {
    let mut till = Till::scans(WECHAT_SCAN);
    assert_eq!(till.ask(Word::Waiting), (What::Begin, 0));
    for n in 1..9 {
        assert_eq!(till.ask(Word::Waiting), (What::Query, n * 5 * SECOND));
    }
    assert_eq!(till.ask(Word::Waiting), (What::Query, 45 * SECOND), "the last query");
    assert_eq!(till.ask(Word::Ended), (What::End, 45 * SECOND), "reversed with no delay");
    assert_eq!(till.trade.stage, Stage::Over);
}

#[test]
fn a_code_on_no_screen_is_asked_about_less_and_less_often() {
    let every = |waited| CODE.unwatched(waited).every_ms;
    assert_eq!([0, 48 * SECOND, 2 * MINUTE].map(every), [4 * SECOND, 4 * SECOND, 10 * SECOND]);
    assert_eq!([8 * MINUTE, HOUR, i64::MAX].map(every), [40 * SECOND; 3], "and no slower than this");
    assert_eq!(every(-HOUR), 4 * SECOND, "the clock was put back");
    let slow = Pace { every_ms: MINUTE, ..CODE };
    assert_eq!(slow.unwatched(HOUR), slow, "never faster than the provider's own");
    assert_eq!(Pace { every_ms: 4 * SECOND, ..CODE.unwatched(HOUR) }, CODE, "nothing else changes");
}

#[test]
fn wechat_scan_is_asked_about_after_doubt_and_never_sent_again() {
    let mut till = Till::scans(WECHAT_SCAN);
    assert_eq!(till.ask(Word::Unknown), (What::Begin, 0));
    assert_eq!(till.trade.stage, Stage::Planned);
    assert_eq!(till.ask(Word::Unknown), (What::Query, 5 * SECOND));
    assert_eq!(till.ask(Word::Paid), (What::Query, 15 * SECOND), "doubt backs off");
    assert_eq!(till.trade.stage, Stage::Paid);
    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Again);
    assert_eq!(till.trade.next, Some((What::Query, 5 * SECOND)), "nor when the provider asks for it");
}

#[test]
fn wechat_scan_is_not_reversed_before_15_seconds() {
    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Waiting);
    till.stop_at(2 * SECOND);
    assert_eq!(till.ask(Word::Waiting), (What::Query, 2 * SECOND));
    assert_eq!(till.trade.next, Some((What::End, 15 * SECOND)));
}

#[test]
fn alipay_scan_stopped_is_asked_once_more_and_cancelled_with_no_delay() {
    let mut till = Till::scans(ALIPAY_SCAN);
    till.ask(Word::Waiting);
    till.stop_at(7 * SECOND);
    assert_eq!(till.ask(Word::Waiting), (What::Query, 7 * SECOND));
    assert_eq!(till.ask(Word::Again), (What::End, 7 * SECOND));
    assert_eq!(till.trade.stage, Stage::Ending, "to be repeated, says the answer");
    assert_eq!(till.ask(Word::Waiting), (What::Query, 10 * SECOND));
    assert_eq!(till.ask(Word::Ended), (What::End, 13 * SECOND));
    assert!(till.trade.is_over());
}

#[test]
fn the_last_query_may_find_the_money() {
    let mut till = Till::scans(ALIPAY_SCAN);
    till.ask(Word::Waiting);
    till.stop_at(7 * SECOND);
    till.ask(Word::Paid);
    assert_eq!((till.trade.stage, till.trade.ends), (Stage::Paid, 0));
}

#[test]
fn the_last_query_is_asked_twice_when_in_doubt_then_it_is_cancelled_blindly() {
    let mut till = Till::scans(ALIPAY_SCAN);
    till.ask(Word::Waiting);
    till.stop_at(7 * SECOND);
    assert_eq!(till.ask(Word::Unknown), (What::Query, 7 * SECOND));
    assert_eq!(till.ask(Word::Unknown), (What::Query, 8 * SECOND));
    assert_eq!(till.trade.next.map(|next| next.0), Some(What::End));
}

#[test]
fn a_scanned_code_that_failed_is_cancelled_not_asked_about_for_ever() {
    let mut till = Till::scans(ALIPAY_SCAN);
    till.ask(Word::Waiting);
    assert_eq!(till.ask(Word::Refused), (What::Query, 3 * SECOND));
    assert_eq!(till.ask(Word::Refused), (What::End, 3 * SECOND));
    assert_eq!(till.ask(Word::Refused), (What::Query, 6 * SECOND));
    assert_eq!(till.ask(Word::Refused), (What::End, 9 * SECOND));
    assert_eq!(till.ask(Word::Refused), (What::Query, 15 * SECOND), "less and less often");
}

#[test]
fn a_refused_order_is_over_unless_the_provider_has_spoken_of_it() {
    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Refused);
    assert_eq!(till.trade.stage, Stage::Over);

    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Unknown);
    till.hear(What::Begin, Word::Refused);
    assert_eq!((till.trade.stage, till.trade.next), (Stage::Ending, Some((What::Query, 0))));

    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Waiting);
    till.hear(What::Begin, Word::Refused);
    assert_eq!((till.trade.stage, till.trade.next), (Stage::Ending, Some((What::Query, 0))));
}

#[test]
fn no_such_trade_proves_something_only_when_nothing_is_under_way() {
    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Unknown);
    till.stop_at(6 * SECOND);
    while !till.trade.is_over() {
        assert!(till.now < 10 * MINUTE);
        till.ask(Word::NotThere);
    }
    assert!(till.now >= 2 * ARRIVES_WITHIN_MS);

    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Waiting);
    while till.now < 5 * MINUTE {
        till.ask(Word::NotThere);
    }
    assert_eq!(till.trade.stage, Stage::Ending, "it was there: a provider that forgets is not believed at once");
}

/// The order was slow: "ended" was said of nothing, then it arrived, then each was heard of.
#[test]
fn an_end_that_overtook_the_order_proves_nothing() {
    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Unknown);
    till.stop_at(20 * SECOND);
    assert_eq!(till.ask(Word::NotThere).0, What::Query);
    assert_eq!(till.ask(Word::Unknown).0, What::End);
    till.hear(What::Query, Word::Waiting);
    till.hear(What::End, Word::Ended);
    assert_eq!(till.trade.stage, Stage::Fading);
    till.ask(Word::Paid);
    assert_eq!(till.trade.stage, Stage::Paid);
}

#[test]
fn what_the_provider_does_not_know_is_cancelled_all_the_same() {
    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Unknown);
    till.now = 5 * MINUTE;
    assert_eq!(till.ask(Word::NotThere), (What::Query, 5 * MINUTE));
    assert_eq!(till.ask(Word::NotThere), (What::End, 5 * MINUTE));
    assert_eq!(till.trade.stage, Stage::Over);
}

#[test]
fn a_refused_cancel_is_no_proof_even_of_a_dead_code() {
    let mut till = Till::shows_code(CODE, MINUTE);
    till.ask(Word::Code);
    till.stop_at(MINUTE);
    till.ask(Word::Waiting);
    till.now = 4 * HOUR;
    assert_eq!(till.ask(Word::Refused).0, What::End);
    assert_eq!(till.ask(Word::Paid).0, What::Query);
    assert_eq!(till.trade.stage, Stage::Paid);
}

#[test]
fn a_code_that_expires_is_asked_about_cancelled_asked_again_and_watched_until_it_is_dead() {
    let mut till = Till::shows_code(CODE, MINUTE);
    assert_eq!(till.ask(Word::Code), (What::Begin, 0));
    while till.trade.stage == Stage::Waiting {
        assert_eq!(till.ask(Word::NotThere).0, What::Query);
    }
    assert_eq!(till.now, MINUTE, "the last query");
    assert_eq!(till.ask(Word::NotThere), (What::End, MINUTE));
    assert_eq!(till.trade.stage, Stage::Fading);
    assert_eq!(till.ask(Word::NotThere), (What::Query, MINUTE + 3 * SECOND));
    let mut asked = 0;
    while !till.trade.is_over() {
        asked += 1;
        assert_eq!(till.ask(Word::NotThere).0, What::Query);
    }
    assert_eq!(till.now, MINUTE + 2 * HOUR + 2 * ARRIVES_WITHIN_MS);
    assert!(asked < 60, "asked {asked} times");
    till.hear(What::Query, Word::Paid);
    assert_eq!(till.trade.stage, Stage::Paid, "money counts whenever it comes");
}

#[test]
fn a_code_is_not_dead_while_nobody_can_say() {
    let mut till = Till::shows_code(CODE, MINUTE);
    till.ask(Word::Code);
    while till.now < 4 * HOUR {
        till.ask(Word::Unknown);
    }
    assert!(!till.trade.is_over());
    while till.trade.next.is_some_and(|next| next.0 != What::Query) {
        till.ask(Word::Unknown);
    }
    till.ask(Word::Ended);
    assert_eq!(till.trade.stage, Stage::Over);
}

#[test]
fn who_scans_a_fading_code_is_cancelled_at_once() {
    let mut till = Till::shows_code(CODE, MINUTE);
    till.ask(Word::Code);
    till.stop_at(MINUTE);
    till.ask(Word::NotThere);
    till.ask(Word::NotThere);
    let (_, at) = till.ask(Word::Waiting);
    assert_eq!(till.ask(Word::Ended), (What::End, at));
    assert_eq!(till.trade.stage, Stage::Fading);
}

#[test]
fn a_code_that_cannot_be_closed_is_only_watched() {
    let mut till = Till::shows_code(CODE_WITHOUT_END, MINUTE);
    till.ask(Word::Code);
    till.stop_at(10 * SECOND);
    assert_eq!(till.ask(Word::Waiting), (What::Query, 10 * SECOND));
    assert_eq!(till.trade.stage, Stage::Fading);
    while !till.trade.is_over() {
        assert_eq!(till.ask(Word::Waiting).0, What::Query);
    }
    assert_eq!(till.now, 10 * SECOND + 2 * HOUR + 2 * ARRIVES_WITHIN_MS);
}

#[test]
fn a_code_is_asked_for_again_until_time_is_up() {
    let mut till = Till::shows_code(CODE, 20 * SECOND);
    assert_eq!(till.ask(Word::Unknown), (What::Begin, 0));
    assert_eq!(till.ask(Word::Unknown), (What::Begin, 2 * SECOND));
    assert_eq!(till.ask(Word::Again), (What::Begin, 6 * SECOND));
    assert_eq!(till.ask(Word::Unknown), (What::Begin, 8 * SECOND));
    assert_eq!(till.ask(Word::Unknown), (What::Begin, 10 * SECOND));
    assert_eq!(till.ask(Word::Unknown), (What::Begin, 14 * SECOND));
    assert_eq!(till.trade.next, Some((What::Query, 20 * SECOND)), "for nobody, no code is made");
}

#[test]
fn what_was_never_sent_is_over_when_stopped_and_what_is_over_stays_so() {
    let mut till = Till::scans(WECHAT_SCAN);
    till.stop_at(0);
    assert_eq!(till.trade.stage, Stage::Over);
    let over = till.trade;
    till.trade.send(What::Query, SECOND, &WECHAT_SCAN);
    till.trade.hurry(SECOND);
    till.trade.stop(SECOND);
    till.hear(What::Query, Word::Waiting);
    assert_eq!(till.trade, over);
}

#[test]
fn a_person_in_a_hurry_brings_the_query_forward_and_nothing_else() {
    let mut till = Till::scans(WECHAT_SCAN);
    till.ask(Word::Waiting);
    till.trade.hurry(SECOND);
    assert_eq!(till.trade.next, Some((What::Query, SECOND)));
    till.stop_at(SECOND);
    till.ask(Word::Waiting);
    till.trade.hurry(2 * SECOND);
    assert_eq!(till.trade.next, Some((What::End, 15 * SECOND)));
}

#[test]
fn a_refund_refused_at_once_is_refused_but_not_after_silence() {
    let mut refund = RefundTry::plan(0);
    refund.send(0);
    refund.hear(false, RefundWord::Refused, 0);
    assert_eq!((refund.stage, refund.next_at), (RefundStage::Refused, None));

    let mut refund = RefundTry::plan(0);
    refund.send(0);
    assert_eq!((refund.query, refund.next_at), (true, Some(11 * SECOND)), "asked about, not sooner than it is known");
    refund.send(11 * SECOND);
    refund.hear(true, RefundWord::NotThere, 11 * SECOND);
    assert_eq!((refund.query, refund.next_at), (false, Some(26 * SECOND)), "the same number again");
    refund.send(26 * SECOND);
    refund.hear(false, RefundWord::Refused, 26 * SECOND);
    assert_eq!(refund.stage, RefundStage::Asked, "the first may still be carried out");
}

#[test]
fn no_such_refund_proves_nothing_while_the_latest_request_is_under_way() {
    let mut refund = RefundTry::plan(0);
    refund.send(0);
    refund.send(HOUR);
    refund.hear(true, RefundWord::NotThere, HOUR);
    assert!(!refund.unsure, "what was sent an hour ago has arrived");
    refund.send(HOUR);
    refund.send(HOUR + MINUTE);
    refund.hear(true, RefundWord::NotThere, HOUR + MINUTE);
    assert!(refund.unsure);
}

#[test]
fn a_failed_refund_is_final_once_nothing_more_of_it_is_under_way() {
    let mut refund = RefundTry::plan(0);
    refund.send(0);
    refund.send(11 * SECOND);
    refund.hear(true, RefundWord::Refused, 11 * SECOND);
    assert_eq!((refund.stage, refund.query), (RefundStage::Asked, true));
    refund.send(5 * MINUTE);
    refund.hear(true, RefundWord::Refused, 5 * MINUTE);
    assert_eq!(refund.stage, RefundStage::Refused);
}
