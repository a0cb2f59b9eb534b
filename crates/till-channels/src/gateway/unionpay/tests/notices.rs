use super::super::super::{About, Doubt, Heard, RawNotice, Source};
use super::*;

fn hear(body: Vec<u8>) -> Result<Heard, Doubt> {
    gateway().notice(&RawNotice { headers: Vec::new(), query: String::new(), body }, NOW)
}

fn paid() -> Said {
    Said::paid().without("origRespCode").with("txnType", "01").with("txnSubType", "07")
}

#[test]
fn a_payment_is_told() {
    for code in ["00", "A6"] {
        let heard = hear(paid().with("respCode", code).signed().encoded()).unwrap();
        assert_eq!(heard.id, "512701010759000000008");
        let About::Paid(claim) = heard.about else { panic!("{code} is paid") };
        assert_eq!((claim.source, claim.amount.get(), claim.seller.as_deref()), (Source::Notice, 1500, Some(MER_ID)));
        assert_eq!(claim.agrees(&order(), &gateway().identity()), Ok(()));
    }
}

#[test]
fn a_notice_of_anything_but_success_is_no_payment() {
    for code in ["01", "03", "05", "34", "64", "99"] {
        let heard = hear(paid().with("respCode", code).signed().encoded()).unwrap();
        let expected = About::Other { out_no: Some(order().out_no), status: format!("01 {code}") };
        assert_eq!(heard.about, expected);
    }
}

#[test]
fn refunds_and_cancels_are_no_payments() {
    let refunded = paid().with("txnType", "04").with("orderId", "RF202701010001").with("origQryId", "5");
    let about = hear(refunded.signed().encoded()).unwrap().about;
    assert_eq!(about, About::Refund { out_no: None, refund_no: Some("RF202701010001".into()), ask: false });

    let cancelled = paid().with("txnType", "31").with("orderId", "QT202701010001CANCEL");
    let about = hear(cancelled.clone().signed().encoded()).unwrap().about;
    assert_eq!(about, About::Ended { out_no: "QT202701010001".into() });
    let failed = hear(cancelled.clone().with("respCode", "36").signed().encoded()).unwrap().about;
    assert_eq!(failed, About::Other { out_no: Some("QT202701010001".into()), status: "31 36".into() });
    // A cancel that is none of ours ends nothing.
    let strange = hear(cancelled.with("orderId", "QT202701010001").signed().encoded()).unwrap().about;
    assert!(matches!(strange, About::Other { .. }));
}

#[test]
fn a_notice_is_believed_like_an_answer() {
    let kind = |said: Said| hear(said.encoded()).unwrap_err().kind;
    assert_eq!(kind(paid()), DoubtKind::Unsigned);
    assert_eq!(kind(paid().signed().with("txnAmt", "1")), DoubtKind::BadSignature);
    let other = paid().with("signPubKeyCert", pki!("signer-other-root.pem").trim_end());
    assert_eq!(kind(other.signed()), DoubtKind::BadSignature);
    assert_eq!(kind(paid().with("version", "5.0.0").signed()), DoubtKind::BadSignature);
    assert_eq!(kind(paid().with("merId", "777290058110049").signed()), DoubtKind::NotOurs);
    assert_eq!(kind(paid().without("queryId").signed()), DoubtKind::Unreadable);
    let mut broken = paid().signed().encoded();
    broken.extend_from_slice(b"&x=%4");
    assert_eq!(hear(broken).unwrap_err().kind, DoubtKind::Unreadable);
}

#[test]
fn a_doubtful_notice_names_its_order_for_asking() {
    let doubt = hear(paid().signed().with("txnAmt", "1").encoded()).unwrap_err();
    assert_eq!(doubt.out_no, Some(order().out_no));
}

#[test]
fn the_acknowledgement_is_the_status() {
    let raw = RawNotice { headers: Vec::new(), query: String::new(), body: Vec::new() };
    assert_eq!(gateway().acknowledge(&raw, true).status, 200);
    assert_eq!(gateway().acknowledge(&raw, false).status, 400);
}
