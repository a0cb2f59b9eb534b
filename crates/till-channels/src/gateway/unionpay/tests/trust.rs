//! Who is believed.

use proptest::prelude::*;

use super::*;

fn paid_by(certificate: &str) -> Said {
    Said::paid().with("signPubKeyCert", certificate.trim_end()).signed()
}

#[test]
fn unionpay_is_believed_below_the_pinned_root() {
    for certificate in
        [pki!("signer.pem").to_owned(), pki!("signer.pem").replace('\n', "\r\n"), pki!("signer-sha1.pem").to_owned()]
    {
        assert!(matches!(read(&order(), &Call::Query, &paid_by(&certificate)), Answer::Paid(_)));
    }
}

#[test]
fn nobody_else_is() {
    for certificate in [
        pki!("signer-other-root.pem"),
        pki!("signer-expired.pem"),
        pki!("signer-stranger.pem"),
        pki!("signer-live.pem"), // the test system is not the live one
        pki!("signer-encipher-only.pem"),
        pki!("signer-under-leaf.pem"),
        pki!("merchant.pem"), // below the same root, signed with another key
        "MIIB",
    ] {
        assert_eq!(
            doubt(read(&order(), &Call::Query, &paid_by(certificate))),
            DoubtKind::BadSignature,
            "{certificate}"
        );
    }
    // A bundle whose second certificate would do is not one certificate.
    let two = format!("{}{}", pki!("signer-stranger.pem"), pki!("signer.pem"));
    assert_eq!(doubt(read(&order(), &Call::Query, &paid_by(&two))), DoubtKind::BadSignature);
}

#[test]
fn the_live_system_is_believed_by_its_name_only() {
    let live = gateway_at(&Place::Live);
    let read = |said: &Said| live.read(&order(), &Call::Query, &reply(said.raw()), NOW);
    assert!(matches!(read(&paid_by(pki!("signer-live.pem"))), Answer::Paid(_)));
    assert_eq!(doubt(read(&paid_by(pki!("signer.pem")))), DoubtKind::BadSignature);
}

#[test]
fn time_runs_out_for_a_signer() {
    let body = reply(paid_by(pki!("signer.pem")).raw());
    let at_2060 = 2_840_140_800_000 + 1000;
    assert_eq!(doubt(gateway().read(&order(), &Call::Query, &body, at_2060)), DoubtKind::BadSignature);
    assert_eq!(doubt(gateway().read(&order(), &Call::Query, &body, 0)), DoubtKind::BadSignature);
}

#[test]
fn no_older_or_weaker_way_of_signing_is_accepted() {
    for (name, value) in [("version", "5.0.0"), ("version", "5.1.1"), ("signMethod", "11"), ("signMethod", "12")] {
        let said = Said::paid().with(name, value).signed();
        assert_eq!(doubt(read(&order(), &Call::Query, &said)), DoubtKind::BadSignature, "{name} {value}");
    }
    for name in ["version", "signMethod"] {
        assert_eq!(doubt(read(&order(), &Call::Query, &Said::paid().without(name).signed())), DoubtKind::BadSignature);
    }
    // Signed rightly as 5.0.0 is, and saying so.
    let said = Said::paid().with("version", "5.0.0");
    let key = PrivateKey::parse(pki!("signer.key.pem")).unwrap();
    let text = signature::text(said.0.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let made = super::super::historic::made_5_0_0(&key, &text, &mut seed()).unwrap();
    assert_eq!(doubt(read(&order(), &Call::Query, &said.with("signature", &made))), DoubtKind::BadSignature);
    // A shared key that nobody agreed on needs no private key: it proves nothing.
    let open = Said::paid().with("signMethod", "11");
    let text = signature::text(open.0.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let made = super::super::historic::made_with_secure_key("", &text);
    assert_eq!(doubt(read(&order(), &Call::Query, &open.with("signature", &made))), DoubtKind::BadSignature);
}

#[test]
fn an_answer_without_a_signature_proves_nothing() {
    assert_eq!(doubt(read(&order(), &Call::Query, &Said::paid())), DoubtKind::Unsigned);
    assert_eq!(doubt(read(&order(), &Call::Query, &Said::paid().with("signature", ""))), DoubtKind::Unsigned);
    let bare = Said::paid().without("signPubKeyCert").signed();
    assert_eq!(doubt(read(&order(), &Call::Query, &bare)), DoubtKind::Unsigned);
}

#[test]
fn what_was_changed_after_signing_is_not_believed() {
    for (name, value) in [("txnAmt", "150000"), ("orderId", "QT202701010002"), ("origRespCode", "A6"), ("new", "1")] {
        let said = Said::paid().signed().with(name, value);
        assert_eq!(doubt(read(&order(), &Call::Query, &said)), DoubtKind::BadSignature, "{name}");
    }
    let said = Said::paid().signed().without("accNo");
    assert_eq!(doubt(read(&order(), &Call::Query, &said)), DoubtKind::BadSignature);
}

#[test]
fn a_message_has_one_reading() {
    let signed = Said::paid().signed();
    // Two neighbours become one value: the text under the signature stays the same.
    let merged = signed.clone().without("origRespCode").without("queryId");
    let merged = merged.with("origRespCode", "00&queryId=512701010759000000008");
    let answer = gateway().read(&order(), &Call::Query, &reply(merged.encoded()), NOW);
    assert_eq!(doubt(answer), DoubtKind::Unreadable);
    // A value is cut into two.
    let one = Said::paid().with("reserved", "x&respCode=00").without("respCode").signed();
    assert_eq!(doubt(gateway().read(&order(), &Call::Query, &reply(one.encoded()), NOW)), DoubtKind::Unreadable);
    // The same name twice, whatever the values.
    let mut twice = signed.raw();
    twice.extend_from_slice(b"&respCode=00");
    assert_eq!(doubt(gateway().read(&order(), &Call::Query, &reply(twice), NOW)), DoubtKind::Unreadable);
}

#[test]
fn values_in_braces_are_one_value() {
    for reserved in ["{a=1&respCode=99}", "{a={b=1&c=2}&d=3}", "{}"] {
        let said = Said::paid().with("reserved", reserved).signed();
        assert!(matches!(read(&order(), &Call::Query, &said), Answer::Paid(_)), "{reserved}");
        assert!(matches!(gateway().read(&order(), &Call::Query, &reply(said.encoded()), NOW), Answer::Paid(_)));
    }
    for broken in ["{a=1&b=2", "{a=1}b"] {
        let said = Said::paid().with("reserved", broken).signed();
        assert_eq!(doubt(read(&order(), &Call::Query, &said)), DoubtKind::Unreadable, "{broken}");
    }
}

#[test]
fn a_message_has_an_end() {
    let with = |more: usize| {
        let said = Said::paid();
        let have = said.0.len() + 1; // the signature comes on top
        let said = (have..more).fold(said, |said, n| said.with(&format!("extra{n}"), "1"));
        gateway().read(&order(), &Call::Query, &reply(said.signed().raw()), NOW)
    };
    assert!(matches!(with(256), Answer::Paid(_)));
    assert_eq!(doubt(with(257)), DoubtKind::Unreadable);
}

#[test]
fn bytes_that_are_no_message_prove_nothing() {
    let html = b"<html>&nbsp;</html>".to_vec();
    for body in [html, Vec::new(), b"&".to_vec(), b"a".to_vec(), b"=1".to_vec(), vec![0xff], b"a=1&".to_vec()] {
        let kind = doubt(gateway().read(&order(), &Call::Query, &reply(body.clone()), NOW));
        assert!(matches!(kind, DoubtKind::Unreadable | DoubtKind::Unsigned), "{body:?}");
    }
    let mut late = reply(Said::paid().signed().raw());
    late.status = 500;
    assert_eq!(doubt(gateway().read(&order(), &Call::Query, &late, NOW)), DoubtKind::Trouble);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_changed_byte_never_makes_other_money(at in any::<prop::sample::Index>(), byte in any::<u8>(), encoded: bool) {
        let signed = Said::paid().signed();
        let mut body = if encoded { signed.encoded() } else { signed.raw() };
        let at = at.index(body.len());
        body[at] = byte;
        let good = read(&order(), &Call::Query, &signed);
        let answer = gateway().read(&order(), &Call::Query, &reply(body), NOW);
        prop_assert!(answer == good || matches!(answer, Answer::Unknown(_)), "{answer:?}");
    }

    #[test]
    fn whatever_comes_is_read_without_harm(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let answer = gateway().read(&order(), &Call::Query, &reply(body), NOW);
        prop_assert!(matches!(answer, Answer::Unknown(_)));
    }

    #[test]
    fn pairs_in_odd_shapes_are_read_without_harm(body in "([a-z]{0,3}=?[{}a-c%+&=]{0,6}&?){0,6}") {
        let answer = gateway().read(&order(), &Call::Query, &reply(body.into_bytes()), NOW);
        prop_assert!(matches!(answer, Answer::Unknown(_)));
    }
}
