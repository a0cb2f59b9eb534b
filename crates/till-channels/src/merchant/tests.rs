//! The published vectors, and what every adapter promises together.

use std::collections::BTreeMap;

use proptest::prelude::*;
use till_core::{Channel, Fen};

use super::*;

const KEY: &str = "a7cc8678193ee9c70ae3d75fd04ae6a9";

#[derive(serde::Deserialize)]
struct Vector {
    id: String,
    #[serde(default)]
    parts: Option<Vec<String>>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    string_to_sign: String,
    expected: String,
}

fn vector(id: &str) -> Vector {
    let all: Vec<Vector> = serde_json::from_str(include_str!("../../tests/data/vmq-vectors.json")).unwrap();
    all.into_iter().find(|v| v.id == id).unwrap()
}

fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

fn get(tongue: Tongue, pairs: &[(&str, &str)]) -> Result<Said, Why> {
    let query = address::query(pairs);
    tongue.read(&Call { method: "GET", path: "/", query: &query, headers: &[], body: &[] })
}

fn create(tongue: Tongue, parts: [&str; 4], sign: &str) -> Result<Said, Why> {
    let [pay_id, param, kind, price] = parts;
    get(tongue, &[("payId", pay_id), ("param", param), ("type", kind), ("price", price), ("sign", sign)])
}

fn opened(said: Result<Said, Why>) -> (Proof, Open) {
    match said.unwrap() {
        Said { proof, ask: Ask::Open(open), .. } => (proof, *open),
        other => panic!("{other:?}"),
    }
}

const CREATE: Tongue = Tongue::Vmq(vmq::Verb::Create);
const GOGO: Tongue = Tongue::Gogo(vmq::Verb::Create);

/// A paid order as it stands in the store.
fn order(out_no: &str, asked: &[(&str, &str)], price: i64, due: i64) -> Order {
    Order {
        id: 7,
        number: 41,
        business_date: "2026-11-20".into(),
        order_no: "12345678901234567890123456".into(),
        out_no: out_no.into(),
        channel: Some(Channel::Wechat),
        title: "VIP会员".into(),
        asked: Asked::keep(asked),
        price: Fen::new(price).unwrap(),
        due: Fen::new(due).unwrap(),
        stand: Stand::Paid,
        told: Some(true),
        created_at: 1_795_154_400_000,
        expires_at: 1_795_154_700_000,
        created_local: "2026-11-20 14:00:00".into(),
        paid_local: "2026-11-20 14:01:00".into(),
        paid: Some((1_795_154_460_000, Channel::Wechat)),
        refunded: Fen::ZERO,
        codes: vec![Code { channel: Channel::Wechat, payload: "wxp://f2f0".into(), fixed: false }],
        checkout_path: "/pay/abc".into(),
        checkout_url: "http://till/pay/abc".into(),
        return_url: "https://shop.example.com/back?x=1".into(),
    }
}

fn fields_of(url: &str) -> BTreeMap<String, String> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

fn body(reply: &Reply) -> serde_json::Value {
    serde_json::from_slice(&reply.body).unwrap()
}

#[test]
fn v_mian_qian_vectors() {
    for id in ["vmq-create-doc", "vmq-create-noparam", "vmq-create-cn", "vmq-collide-a", "vmq-collide-b"] {
        let v = vector(id);
        let parts = v.parts.unwrap();
        let [a, b, c, d, key] = &parts[..] else { panic!("{id}") };
        let (proof, open) = opened(create(CREATE, [a, b, c, d], &v.expected));
        assert!(proof.is_by("anybody", key) && !proof.is_by("anybody", "another"), "{id}");
        assert_eq!((open.out_no.as_ref(), open.guard, open.repeat), (Some(a), Guard::Place, Repeat::Refuse), "{id}");
    }
    for (id, verb, name) in [("vmq-close-doc", vmq::Verb::Close, "orderId"), ("vmq-state", vmq::Verb::State, "t")] {
        let v = vector(id);
        let parts = v.parts.unwrap();
        let said = get(Tongue::Vmq(verb), &[(name, &parts[0]), ("sign", &v.expected)]).unwrap();
        assert!(said.proof.is_by("", &parts[1]) && !said.proof.is_by("", ""), "{id}");
    }
    let signer = Signer { key_id: "vmq", key: KEY };
    let (five, doc) = (order("T5", &[("type", "1"), ("price", "5.50")], 550, 550), vector("vmq-check-doc"));
    let told = vmq::callback(&five, signer, "https://shop.example.com/n").unwrap();
    assert_eq!(fields_of(&told.url)["sign"], vector("vmq-notify-php").expected);
    assert_eq!((told.method, fields_of(&told.url)["price"].as_str()), ("GET", "5.5"));
    let back = vmq::return_url(&five, signer);
    assert!(
        back.starts_with("https://shop.example.com/back?x=1&payId=T5&param=&type=1&price=5.50&reallyPrice=5.50&sign=")
    );
    assert_eq!(fields_of(&back)["sign"], vector("vmq-check-php").expected);
    let tenth = order("1547130880571", &[("param", "vone666"), ("type", "2"), ("price", "0.1")], 10, 10);
    assert_eq!(fields_of(&vmq::callback(&tenth, signer, "http://a/").unwrap().url)["sign"], doc.expected);
}

#[test]
fn gogo_vectors() {
    let v = vector("gogo-create");
    let parts = v.parts.unwrap();
    let [app, a, b, c, d, key] = &parts[..] else { panic!() };
    let sent = serde_json::json!({ "payId": a, "param": b, "type": 1, "price": d, "sign": v.expected, "isHtml": 1 });
    assert_eq!(c, "1");
    let heads = headers(&[("content-type", "application/json"), ("app-id", app), ("app-secret", "whatever")]);
    let sent = sent.to_string();
    let call = Call { method: "POST", path: "/createOrder", query: "", headers: &heads, body: sent.as_bytes() };
    let (proof, open) = opened(GOGO.read(&call));
    assert!(proof.is_by(app, key) && !proof.is_by("APP2", key) && open.page);
    let (proof, _) = opened(create(GOGO, [a, b, c, d], &v.expected));
    assert!(proof.is_by(app, key) && !proof.is_by("APP2", key), "without the header the signature still names it");

    let v = vector("gogo-callback");
    let asked = [("param", "memo"), ("type", "1"), ("title", "茶"), ("returnParam", "1")];
    let order = order("ORD1", &asked, 990, 991);
    let signer = Signer { key_id: "APP1", key: "SEC1" };
    let told = gogo::callback(&order, signer, "http://shop.example.com/cb").unwrap();
    assert_eq!((told.method, fields_of(&told.url)["sign"].as_str()), ("POST", v.expected.as_str()));
    let form = fields_of(&format!("http://x/?{}", String::from_utf8(told.body).unwrap()));
    assert_eq!((form["sign"].as_str(), form["title"].as_str()), (v.expected.as_str(), "茶"));
    assert_eq!(fields_of(&gogo::return_url(&order, signer))["sign"], v.expected);
}

#[test]
fn epay_vectors() {
    let v = vector("epay-submit");
    let key = "89unJUB8HZ54Hj7x4nUj56HN4nUzUJ8i";
    assert!(v.string_to_sign.ends_with(key));
    let mut pairs: Vec<(&str, &str)> = v.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    pairs.extend([("sign", v.expected.as_str()), ("param", "")]);
    let (proof, open) = opened(get(Tongue::Epay(epay::Verb::Mapi), &pairs));
    assert!(proof.is_by("1001", key) && !proof.is_by("1002", key));
    assert_eq!((open.channel, open.guard, open.repeat), (Some(Channel::Wechat), Guard::Signature, Repeat::SameMoney));

    let v = vector("epay-notify");
    let mut paid = order("20160806151343349", &[("type", "wxpay"), ("name", "VIP会员")], 100, 99);
    paid.order_no = v.params["trade_no"].clone();
    let signer = Signer { key_id: "1001", key };
    let told = epay::callback(&paid, signer, "http://shop.example.com/n?a=1").unwrap();
    let fields = fields_of(&told.url);
    assert_eq!((fields["sign"].as_str(), fields["trade_status"].as_str()), (v.expected.as_str(), "TRADE_SUCCESS"));
    assert_eq!(fields["money"], "1.00", "the money of the order, not the amount that was due");
}

#[test]
fn our_own_signature() {
    let sign = |text: &str| {
        let Some(hex) = text.strip_prefix("v1=") else { panic!() };
        hex.to_owned()
    };
    for (method, query, body, want) in [
        ("POST", "", &br#"{"price_fen":1990,"order_no":"A-1"}"#[..], V1_POST),
        ("GET", "status=paid&limit=2", &b""[..], V1_GET),
    ] {
        let text = v1::canonical(method, "/api/v1/tickets", query, "1795154400", "5f0c9d3e-7a41", body);
        assert_eq!(sign::hmac_hex("qt_test", &text), sign(want));
        let heads = headers(&[
            ("x-qiantai-key", "qt_1"),
            ("x-qiantai-timestamp", "1795154400"),
            ("x-qiantai-nonce", "5f0c9d3e-7a41"),
            ("x-qiantai-signature", want),
            ("idempotency-key", "a"),
        ]);
        let verb = if method == "POST" { v1::Verb::Create } else { v1::Verb::List };
        let call = Call { method, path: "/api/v1/tickets", query, headers: &heads, body };
        let said = Tongue::V1(verb).read(&call).unwrap();
        assert!(said.proof.is_by("qt_1", "qt_test") && !said.proof.is_by("qt_2", "qt_test"));
        assert!(!matches!(said.ask, Ask::Bad(_)), "{:?}", said.ask);
        for changed in [
            Call { method: "PUT", ..call },
            Call { path: "/api/v1/tickets/", ..call },
            Call { query: "limit=2&status=paid", ..call },
            Call { body: b"{}", ..call },
        ] {
            assert!(!Tongue::V1(verb).read(&changed).unwrap().proof.is_by("qt_1", "qt_test"));
        }
    }
}

const V1_POST: &str = "v1=00db3aa16d5abe1e5a26ff8494d13707551b8cb895a84a04c3e5e7c097f589f3";
const V1_GET: &str = "v1=725ddf96d4800f26223170d06e906c11b1c098046255273e07362e519b455527";

#[test]
fn our_callback_verifies_as_a_request_does() {
    let order = order("A-1", &[], 1990, 1989);
    let signer = Signer { key_id: "qt_1", key: "qt_test" };
    let told = v1::callback(Some(&order), signer, "https://shop.example.com/hook?shop=1#x", 1_795_154_400_000).unwrap();
    let head = |name: &str| told.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap();
    let (ts, nonce) = (head("X-Qiantai-Timestamp"), head("X-Qiantai-Nonce"));
    let text = v1::canonical("POST", "/hook", "shop=1", ts, nonce, &told.body);
    assert_eq!(head("X-Qiantai-Signature"), format!("v1={}", sign::hmac_hex("qt_test", &text)));
    assert_eq!(told.url, "https://shop.example.com/hook?shop=1");
    let said: v1::TicketNotice = serde_json::from_slice(&told.body).unwrap();
    assert_eq!((said.event.as_str(), said.ticket.unwrap().due_fen), ("ticket.paid", 1989));
}

#[test]
fn types_of_the_replies() {
    let mut order = order("T5", &[("type", "1"), ("price", "5.5")], 550, 549);
    (order.stand, order.told) = (Stand::Waiting, None);
    let reply = body(&CREATE.answer(&Done::Opened { order: &order, page: false }));
    let want = serde_json::json!({"code": 1, "msg": "成功", "data": {
        "payId": "T5", "orderId": order.order_no, "payType": "1", "price": "5.5", "reallyPrice": "5.49",
        "payUrl": "wxp://f2f0", "isAuto": 1, "state": 0, "timeOut": 5, "date": 1_795_154_400 }});
    assert_eq!(reply, want);
    let signer = Signer { key_id: "k", key: KEY };
    let shown = CREATE.answer(&Done::Shown(&order, signer));
    let text = String::from_utf8(shown.body).unwrap();
    assert!(text.contains(r#""payType":1,"price":5.5,"reallyPrice":5.49,"#), "{text}");
    let gogo = body(&GOGO.answer(&Done::Opened { order: &order, page: false }));
    assert_eq!((&gogo["data"]["payType"], &gogo["data"]["price"]), (&1.into(), &"5.50".into()));
    let page = CREATE.answer(&Done::Opened { order: &order, page: true });
    assert_eq!((page.status, page.location.as_deref()), (302, Some("/pay/abc")));
    let check = |order: &Order| body(&CREATE.answer(&Done::Checked(order, signer)));
    assert_eq!(check(&order)["msg"], "订单未支付");
    order.stand = Stand::Expired;
    assert_eq!((check(&order)["msg"].as_str(), check(&order)["data"].is_null()), (Some("订单已过期"), true));
    let refused = body(&GOGO.refuse(Why::BadSignature, ""));
    assert_eq!(refused, serde_json::json!({"code": 0, "msg": "签名错误", "data": null}));
    assert_eq!(body(&CREATE.refuse(Why::Exists, ""))["code"], -1);
    let added = Tongue::Lyn(lyn::Verb::Add).answer(&Done::Opened { order: &order, page: false });
    let text = String::from_utf8(added.body).unwrap();
    assert!(
        text.contains(
            r#""TradeNo":12345678901234567890123456,"Money":549,"MoneyYuan":5.49,"PayQRCode":"/PayQRCode/549.jpg""#
        ),
        "{text}"
    );
}

#[test]
fn states() {
    let mut order = order("T", &[], 100, 100);
    for (stand, told, state) in [
        (Stand::Waiting, None, 0),
        (Stand::Expired, None, -1),
        (Stand::Closed, None, -1),
        (Stand::Paid, None, 1),
        (Stand::Paid, Some(true), 1),
        (Stand::Paid, Some(false), 2),
    ] {
        (order.stand, order.told) = (stand, told);
        assert_eq!(order.state(), state, "{stand:?} {told:?}");
    }
}

#[test]
fn each_field_has_its_sentence() {
    let why = |parts| create(CREATE, parts, "00").unwrap_err().to_string();
    assert_eq!(why(["", "", "1", "1"]), "请传入商户订单号");
    assert_eq!(why(["P", "", "", "1"]), "请传入支付方式=>1|微信 2|支付宝");
    for kind in ["3", "01", "1.0", " 1", "12", "１"] {
        assert_eq!(why(["P", "", kind, "1"]), "支付方式错误=>1|微信 2|支付宝", "{kind}");
    }
    assert_eq!(why(["P", "", "1", ""]), "请传入订单金额");
    assert_eq!(why(["P", "", "1", "0.00"]), "订单金额必须大于0");
    for price in ["-1", "1e2", "1.005", "NaN", "1,0", " 1", "123456789", "0x10"] {
        assert_eq!(why(["P", "", "1", price]), "订单金额格式错误", "{price}");
    }
    assert_eq!(create(CREATE, ["P", "", "1", "1"], "").unwrap_err().to_string(), "请传入签名");
    assert!(create(CREATE, [&"长".repeat(101), "", "1", "1"], "00").is_err());
    assert!(create(CREATE, ["P", &"x".repeat(1_001), "1", "1"], "00").is_err());
    assert!(create(CREATE, ["P\0", "", "1", "1"], "00").is_err());
    assert_eq!(get(CREATE, &[("payId", "P"), ("payId", "Q")]).unwrap_err(), Why::Twice);
}

/// epay's signed text is unambiguous only while no value holds another field's name where that field could stand.
#[test]
fn texts_that_can_be_cut_another_way() {
    let guard = |extra: &[(&str, &str)]| {
        let mut pairs = vec![("pid", "1001"), ("out_trade_no", "A"), ("money", "1.00"), ("sign", "00")];
        pairs.extend(extra);
        opened(get(Tongue::Epay(epay::Verb::Mapi), &pairs)).1.guard
    };
    assert_eq!(guard(&[("name", "茶")]), Guard::Signature);
    assert_eq!(guard(&[("name", "Tom & Jerry")]), Guard::Signature);
    assert_eq!(guard(&[("name", "a&b=c")]), Guard::Signature);
    assert_eq!(guard(&[("name", "茶&notify_url=https://evil.example/")]), Guard::Split);
    assert_eq!(guard(&[("name", "茶"), ("notify_url", "https://a.example/?x=1&y=2")]), Guard::Signature);
    // `type` would have to stand after `pid`: cutting there gives another text.
    assert_eq!(guard(&[("name", "茶&type=alipay")]), Guard::Signature);
    assert_eq!(guard(&[("name", "茶"), ("return_url", "https://a.example/?x=1&type=alipay")]), Guard::Split);
}

#[test]
fn products_try_their_own_amounts_first() {
    let fen = |n| Fen::new(n).unwrap();
    let (tea, any, other) = ([fen(100), fen(99), fen(0)], [fen(99), fen(50)], [fen(1)]);
    let products = [("任意", &any[..], true), ("茶", &tea[..], false), ("咖啡", &other[..], false)];
    assert_eq!(lyn::amounts(products.into_iter(), "茶"), [fen(100), fen(99), fen(50)]);
    assert_eq!(lyn::amounts(products.into_iter(), "水"), [fen(99), fen(50)]);
    assert!(lyn::amounts(products.into_iter().skip(1), "水").is_empty());
}

fn tongues() -> impl Strategy<Value = Tongue> {
    use vmq::Verb::*;
    prop::sample::select(vec![
        Tongue::Vmq(Create),
        Tongue::Vmq(Close),
        Tongue::Vmq(State),
        Tongue::Gogo(Create),
        Tongue::Gogo(Get),
        Tongue::Epay(epay::Verb::Submit),
        Tongue::Epay(epay::Verb::Api),
        Tongue::Lyn(lyn::Verb::Add),
        Tongue::Lyn(lyn::Verb::Query),
        Tongue::Lyn(lyn::Verb::Picture),
        Tongue::V1(v1::Verb::Create),
        Tongue::V1(v1::Verb::List),
        Tongue::V1(v1::Verb::Cancel),
        Tongue::V1(v1::Verb::Pay),
        Tongue::V1(v1::Verb::Returned),
        Tongue::V1(v1::Verb::Historic),
    ])
}

proptest! {
    #[test]
    fn no_bytes_break_an_adapter(tongue in tongues(), path in "[/a-z0-9_.]{0,20}", query in ".{0,80}", kind in "(application/json|multipart/form-data; boundary=X|)", bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let heads = headers(&[("content-type", &kind), ("x-qiantai-key", "k"), ("x-qiantai-timestamp", "1795154400"),
            ("x-qiantai-nonce", "12345678"), ("x-qiantai-signature", "v1=00"), ("idempotency-key", "i")]);
        let call = Call { method: "POST", path: &path, query: &query, headers: &heads, body: &bytes };
        if let Err(why) = tongue.read(&call) {
            prop_assert!(!tongue.refuse(why, "x").body.is_empty());
        }
    }

    #[test]
    fn no_fields_break_an_adapter(tongue in tongues(), pairs in prop::collection::vec(("(payId|type|price|sign|param|pid|money|name|out_trade_no|act|key|orderId|t|isHtml|ProductName|TradeNo)", ".{0,12}"), 0..12)) {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        if let Ok(said) = get(tongue, &pairs) {
            prop_assert!(!said.proof.is_by("1001", "") , "an empty key proves nothing");
        }
    }

    /// A request that was not signed by the key is never taken for the program's, whatever one field is changed to.
    #[test]
    fn a_changed_field_never_verifies(pay_id in "[a-zA-Z0-9-]{1,20}", param in ".{0,20}", fen in 1..99_999_999i64, other in "[a-z0-9]{1,9}", which in 0..3usize) {
        prop_assume!(!param.chars().any(char::is_control));
        let price = Fen::new(fen).unwrap().to_string();
        for (tongue, before) in [(CREATE, ""), (GOGO, "APP1")] {
            let sign = sign::md5_hex(&[before, &pay_id, &param, "1", &price, KEY]);
            prop_assert!(opened(create(tongue, [&pay_id, &param, "1", &price], &sign)).0.is_by("APP1", KEY));
            let longer = [format!("{pay_id}{other}"), format!("{param}{other}x"), "1".to_owned()];
            let mut parts = [pay_id.as_str(), &param, "1", &price];
            parts[which] = if which == 2 { "2" } else { &longer[which] };
            prop_assert!(!opened(create(tongue, parts, &sign)).0.is_by("APP1", KEY));
        }
    }

    /// The same signature does verify with the border between fields moved: that is why it is never enough by itself.
    #[test]
    fn a_moved_border_is_never_enough(whole in "[a-z0-9]{2,20}", cut in 1usize..19, fen in 1..99_999_999i64) {
        prop_assume!(cut < whole.len());
        let price = Fen::new(fen).unwrap().to_string();
        let sign = sign::md5_hex(&[&whole, "1", &price, KEY]);
        let (proof, open) = opened(create(CREATE, [&whole[..cut], &whole[cut..], "1", &price], &sign));
        prop_assert!(proof.is_by("", KEY));
        prop_assert_eq!(open.guard, Guard::Place);
    }

    /// What is signed in one protocol proves nothing in another.
    #[test]
    fn one_protocol_s_signature_is_not_another_s(pay_id in "[a-z0-9]{1,12}", fen in 1..99_999_999i64) {
        let price = Fen::new(fen).unwrap().to_string();
        let sign = sign::md5_hex(&[&pay_id, "1", &price, KEY]);
        prop_assert!(!opened(create(GOGO, [&pay_id, "", "1", &price], &sign)).0.is_by("APP1", KEY));
        let pairs = [("pid", "APP1"), ("out_trade_no", pay_id.as_str()), ("money", &price), ("name", "x"), ("sign", &sign)];
        prop_assert!(!opened(get(Tongue::Epay(epay::Verb::Mapi), &pairs)).0.is_by("APP1", KEY));
    }

    /// Any text comes back from the callback as the text it was, signed as it was.
    #[test]
    fn texts_survive_the_callback(pay_id in "[^\0]{1,20}", param in "[^\0]{0,20}", fen in 1..99_999_999i64) {
        let order = order(&pay_id, &[("param", &param), ("type", "2")], fen, fen);
        let signer = Signer { key_id: "APP1", key: KEY };
        let told = vmq::callback(&order, signer, "https://shop.example.com/n").unwrap();
        let fields = fields_of(&told.url);
        prop_assert_eq!((&fields["payId"], &fields["param"]), (&pay_id, &param));
        let amount = price::trimmed(order.price);
        prop_assert_eq!(&fields["sign"], &sign::md5_hex(&[&pay_id, &param, "2", &amount, &amount, KEY]));
    }
}
