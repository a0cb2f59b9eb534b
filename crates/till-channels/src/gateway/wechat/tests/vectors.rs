//! What others computed: the published examples, one by one.

use serde_json::Value;

use super::*;
use crate::gateway::keys::PublicKey;
use crate::gateway::sign::{fits_sha256, sha256_hex};

fn vector(id: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/published.json")).unwrap();
    all[id].clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn params(vector: &Value) -> Vec<(&str, &str)> {
    vector["input"]["params"].as_object().unwrap().iter().map(|(name, value)| (name.as_str(), text(value))).collect()
}

/// v3 with one of the published private keys.
fn v3(key: &str) -> V3 {
    V3 {
        serial: "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB".into(),
        key: PrivateKey::parse(key).unwrap(),
        apiv3_key: zeroize::Zeroizing::new(APIV3_KEY.as_bytes().try_into().unwrap()),
        trust: trust::Trust::default(),
    }
}

#[test]
fn v2_signs_as_published() {
    for (id, sign_type) in [("wx2-md5", v2::SignType::Md5), ("wx2-hmac", v2::SignType::Hmac)] {
        let vector = vector(id);
        let key = text(&vector["input"]["key"]).to_owned();
        let keys = V2 { api_key: zeroize::Zeroizing::new(key), sign_type, certificate: false };
        let with_noise = params(&vector).into_iter().chain([("sign", "old"), ("empty", "")]);
        assert_eq!(keys.sign(with_noise), text(&vector["expected"]), "{id}");
    }
}

#[test]
fn v3_signs_requests_and_payments_as_published() {
    let request = vector("wx3-request-jsapi");
    let keys = v3(text(&request["input"]["private_key_pem"]));
    let call = ["POST", "/v3/pay/transactions/jsapi", text(&request["input"]["body"])];
    let nonce = "593BEC0C930BF1AFEB40B4A08C8FB242";
    let made = keys.authorization("1900007291", call, nonce, 1_554_208_460, &mut seed()).unwrap();
    assert!(made.ends_with(&format!("signature=\"{}\"", text(&request["expected"]))), "{made}");
    for id in ["wx3-paysign-jsapi-mini", "wx3-sign-app"] {
        let vector = vector(id);
        let lines: Vec<&str> = text(&vector["input"]["string_to_sign"]).lines().collect();
        assert_eq!(keys.sign_lines(&lines, &mut seed()).unwrap(), text(&vector["expected"]), "{id}");
    }
    for id in ["wx3-sha256rsa-go", "wx3-sha256rsa-java"] {
        let vector = vector(id);
        let key = PrivateKey::parse(text(&vector["input"]["private_key_pem"])).unwrap();
        let made = rsa_sha256(&key, text(&vector["input"]["message"]).as_bytes(), &mut seed()).unwrap();
        assert_eq!(STANDARD.encode(made), text(&vector["expected"]), "{id}");
    }
}

#[test]
fn v3_checks_answers_as_published() {
    let good = vector("wx3-response-verify");
    let key = text(&good["input"]["public_key_pem"]);
    let signature = STANDARD.decode(text(&good["expected"])).unwrap();
    let changed = vector("wx3-response-verify-neg");
    let fits = |vector: &Value| {
        let signed = text(&vector["input"]["string_to_verify"]).as_bytes();
        fits_sha256(&PublicKey::parse(key).unwrap(), signed, &signature)
    };
    assert!(fits(&good) && !fits(&changed));
    // The same through the front door.
    let gateway = gateway(&[("wechatpay_public_key", key)]);
    let answer = |vector: &Value| {
        let [timestamp, nonce, body] =
            <[&str; 3]>::try_from(text(&vector["input"]["string_to_verify"]).lines().collect::<Vec<_>>()).unwrap();
        let headers = [
            ("wechatpay-timestamp", timestamp),
            ("wechatpay-nonce", nonce),
            ("wechatpay-signature", text(&good["expected"])),
            ("wechatpay-serial", KEY_ID),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let reply = Reply { status: 200, headers, body: body.into() };
        gateway.read(&order(false), &Call::Create, &reply, 1_722_850_421_000)
    };
    assert_eq!(answer(&good), Answer::Code("weixin://wxpay/bizpayurl?pr=JyC91EIz1".into()));
    assert_eq!(doubt(&answer(&changed)), Some(DoubtKind::BadSignature));
}

fn sealed(vector: &Value, ciphertext: &Value) -> json::Object {
    let body = serde_json::json!({
        "algorithm": "AEAD_AES_256_GCM", "ciphertext": ciphertext,
        "nonce": vector["input"]["nonce"], "associated_data": vector["input"]["associated_data"],
    });
    json::Object::read(body.to_string().as_bytes()).unwrap()
}

#[test]
fn v3_decrypts_as_published() {
    let keys = v3(MERCHANT_KEY);
    let small = vector("wx3-aes-256-gcm");
    assert_eq!(
        keys.decrypt(&sealed(&small, &small["expected"])).unwrap(),
        text(&small["input"]["plaintext"]).as_bytes()
    );
    let large = vector("wx3-platform-cert-decrypt");
    let pem = keys.decrypt(&sealed(&large, &large["input"]["ciphertext_b64"])).unwrap();
    assert_eq!(sha256_hex(&pem), text(&large["expected"]["plaintext_sha256"]));
    let certificate = Certificate::parse(std::str::from_utf8(&pem).unwrap()).unwrap();
    assert_eq!(certificate.serial_hex(), text(&large["expected"]["serial"]));
    // A published example under a key of 16 bytes: no contract has such a key.
    let short = vector("wx3-aes-go");
    assert!(keys.decrypt(&sealed(&short, &short["input"]["ciphertext"])).is_err());
    assert!(build(&values(&[("apiv3_key", text(&short["input"]["key"]))]), &Place::Live).is_err());
}

#[test]
fn the_historic_signatures_come_out_as_published() {
    for id in ["wx-v1.7-package", "wx-old-package-2"] {
        let vector = vector(id);
        let key = text(&vector["input"]["partner_key"]);
        assert_eq!(app17::package_sign(&params(&vector), key), text(&vector["expected"]), "{id}");
    }
    let signed = vector("wx-v1.7-app_signature");
    assert_eq!(app17::app_signature(&params(&signed)), text(&signed["expected"]));
    let package = vector("wx-v1.7-package");
    let made = app17::package(&params(&package), text(&package["input"]["partner_key"]));
    assert_eq!(made, text(&signed["input"]["params"]["package"]));
    let page = vector("wx-old-jsapi-paySign");
    let mixed: Vec<_> =
        params(&page).into_iter().map(|(name, value)| (if name == "appid" { "appId" } else { name }, value)).collect();
    assert_eq!(app17::app_signature(&mixed), text(&page["expected"]));
    let one = app17::client_sign("a", "k", "p", "1", "n", "2");
    assert_ne!(one, app17::client_sign("a", "other", "p", "1", "n", "2"), "the app key takes part");
}
