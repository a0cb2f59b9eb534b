//! Published vectors of UnionPay's signatures (a public test merchant).

use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::{BigUint, RsaPublicKey};

use super::super::super::keys::PublicKey;
use super::super::super::sign;
use super::super::{historic, signature};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The vectors come without their key. Two signatures of one key tell its modulus, the greatest common divisor of
/// `s^65537 - padded message` of both: this is it.
const MODULUS: &str = "d982913e2458f17d2010cfb85a1ab083eb6fdb69b15affc7039e518a95fa6f9747c2973eeb372c89f178110f0cd7c7eec8025e7100db904aba8511bca1b6b72631913ac542e95bba5e0e64ed8200ba78b559d3878587715e570dbace59370614bb6447227c98bb80fc20216dfa625b093649bc92ae39839327cac5ea7a8750f41b16988270eeb0b2edbe0859cb0faec4d9ddd11055b3fafec0315e3791c7ac6b49b99414394b62a3f7f914efdacc7ea6806da3f8bd02a57fca2d81e7812ff21af9a780bd3d5a0bd52a04e038a35a0662809b417f961f3ee27dc1193925b60a17849e43e855d25d1b3cb77f9ecc4fd644a61bb79143a0c92f38529eeba3fbcbe3";

const SIGNED_5_0_0: &str = "ClTZLArDgM7rE9KORsgEiCmaPo/8G4xg4SrTJAET9xcymexSSlYDjQMIfhvZ0qgtYzlI+fV/5/ZKbnpJD0R2qOsvhT9e+Xb2wZzJFeYJVDNBqlZZLXUcB2kU0ut2fKdHCAcWApoGA1Ks0d5s/CA4sp8ZdaejatHVuKnTHa8rgLallX9Gekxul538WtZoU4n4RNBEe2ythZnj5eUaVFYdzzSQ6pAnlYfKzhby3p5/YFdZZHcYDbdrkQjS+ewgf6wQfFGu5X07BznqYjf6I6x25jPgidg6OHE0m25uv2ksyZuEKwSM/WWUYOc0q/TF7XMhN1lpm3VZN8ePvIK5NPHPaA==";
const SIGNED_5_1_0: &str = "nCDm51Cju6CG0kvYNKJI0hlMMlPqKn2IftnBFWkeNftrNKxczLB2kAyASv6Tr3PeOauGvgzv9KEpBBkZY1f7nhOuv/WfZVEHt4oWmxcd24TrEZ5dDtQb4tamzUszl0p+TXDW4tqxzbwjjQ++acYtthLadhG44Cce0Lnno7LWIKDh1Fe6wsMMAEXsJwZX7nIcskeymOTF98FopOt/RFsIHSJ4Z0UuqZ6gEOjPzSbqTgm2SeAMFMmxMToUmY+doQHla5GNkI4VJox10LIZBlA8SRTwL6qt3kdHhFyP7mRw2WbjzUA9kuqPtFhC7ucKJ5tFG1YmbnX5upg0Mg9h2UlofQ==";

fn key() -> PublicKey {
    let modulus = BigUint::from_bytes_be(&hex::decode(MODULUS).unwrap());
    let key = RsaPublicKey::new(modulus, BigUint::from(65_537_u32)).unwrap();
    PublicKey::from_der(key.to_pkcs1_der().unwrap().as_bytes()).unwrap()
}

fn text(version: &str, method: &str, cert_id: &str) -> String {
    let pairs = [
        ("transType", "01"),
        ("sysReserved", "{aaa=a&bbb=b}"),
        ("merId", "888888888888888"),
        ("signMethod", method),
        ("version", version),
        ("certId", cert_id),
        ("signature", "left out"),
    ];
    signature::text(pairs)
}

#[test]
fn version_5_1_0() {
    let text = text("5.1.0", "01", "68759663125");
    assert_eq!(
        text,
        "certId=68759663125&merId=888888888888888&signMethod=01&sysReserved={aaa=a&bbb=b}&transType=01&version=5.1.0"
    );
    assert_eq!(signature::digest(&text), "5b9536c5babc539ddcaf1672972b196c510b6397e6f5820eee37c8c69e85741d");
    let signed = STANDARD.decode(SIGNED_5_1_0).unwrap();
    assert!(sign::fits_sha256(&key(), signature::digest(&text).as_bytes(), &signed));
    assert!(!sign::fits_sha256(&key(), text.as_bytes(), &signed), "hashed twice, not once");
}

#[test]
fn version_5_0_0() {
    let text = text("5.0.0", "01", "68759663125");
    assert_eq!(historic::digest_5_0_0(&text), "0693df5db0849054e2281ebae4cb94987f796672");
    assert!(historic::fits_5_0_0(&key(), &text, SIGNED_5_0_0));
    assert!(!historic::fits_5_0_0(&key(), &text, SIGNED_5_1_0));
    assert!(!historic::fits_5_0_0(&key(), &text.replace("888888888888888", "888888888888889"), SIGNED_5_0_0));
}

#[test]
fn secure_key() {
    let text = text("5.1.0", "11", "");
    assert!(!text.contains("certId"), "empty values take no part");
    let made = historic::made_with_secure_key("", &text);
    assert_eq!(made, "bda8e705fe9d67022f71e8ca14752abc402368ed142b3bc71837ac9dec99c18e");
    assert_ne!(historic::made_with_secure_key("88888888", &text), made);
}

#[test]
fn a_5_0_0_signature_we_make_fits() {
    let key = super::PrivateKey::parse(super::pki!("signer.key.pem")).unwrap();
    let made = historic::made_5_0_0(&key, "a=1&b=2", &mut super::seed()).unwrap();
    assert!(historic::fits_5_0_0(&key.public(), "a=1&b=2", &made));
    assert!(!historic::fits_5_0_0(&key.public(), "a=1&b=3", &made));
}
