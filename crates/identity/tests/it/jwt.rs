//! Signed tokens: the examples of the RFCs, and everything that must be refused.

use identity::jwt::{
    Algorithm, Claims, Expected, KeyRing, KeySet, Part, PublicKey, Refusal, SigningKey, base64url,
    from_base64url, verify,
};
use ring::rand::SystemRandom;
use serde_json::{Value, json};

const NOW: i64 = 1_000_000;

fn random() -> SystemRandom {
    SystemRandom::new()
}

pub(crate) fn key(algorithm: Algorithm) -> SigningKey {
    match algorithm {
        Algorithm::Es256 | Algorithm::Es384 => {
            let pkcs8 = SigningKey::make(algorithm, &random()).expect("a key");
            SigningKey::from_pkcs8(algorithm, &pkcs8, &random()).expect("a key")
        }
        rsa => {
            // Made for these tests with openssl genpkey; it opens nothing.
            let pem = include_str!("throwaway_rsa_key.pem");
            SigningKey::from_pem(rsa, pem, &random()).expect("a key")
        }
    }
}

fn set_of(keys: &[&SigningKey]) -> KeySet {
    KeySet { keys: keys.iter().map(|key| key.public().clone()).collect() }
}

fn claims() -> Value {
    json!({"iss": "https://id.test", "aud": "app", "sub": "ada", "exp": NOW + 300, "iat": NOW, "jti": "1"})
}

fn sign(key: &SigningKey, claims: &Value) -> String {
    key.sign("JWT", claims, &random()).expect("a token")
}

/// A token with any header and payload and a signature of any bytes.
fn crafted(header: &Value, payload: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!("{}.{}.{}", part(header), part(payload), base64url(signature))
}

#[test]
fn every_algorithm_signs_and_holds() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let token = sign(&key, &claims());
        let signed = verify(&token, &set_of(&[&key]), &[algorithm]).expect("it holds");
        assert_eq!((signed.algorithm, signed.typ.as_deref()), (algorithm, Some("JWT")));
        assert_eq!(signed.kid.as_deref(), key.public().kid());
        // Through a JWKS and back it is the same key.
        let (again, skipped) = KeySet::from_jwks(&set_of(&[&key]).to_jwks()).expect("a set");
        assert!(skipped.is_empty() && verify(&token, &again, &Algorithm::ALL).is_ok());
        // Any letter of it changed, and it holds no longer.
        for at in (0..token.len()).step_by(7) {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("text");
            if other != token {
                assert!(verify(&other, &set_of(&[&key]), &Algorithm::ALL).is_err(), "at {at}");
            }
        }
    }
}

/// RFC 7515, appendices A.2 and A.3.
#[test]
fn tokens_of_the_rfc_hold() {
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let ec = json!({"keys": [{"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]});
    let es256 = format!(
        "eyJhbGciOiJFUzI1NiJ9.{payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let rsa = json!({"keys": [{"kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]});
    let rs256 = format!(
        "eyJhbGciOiJSUzI1NiJ9.{payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    for (jwks, token) in [(&ec, &es256), (&rsa, &rs256)] {
        let (keys, _) = KeySet::from_jwks(jwks).expect("a set");
        assert!(verify(token, &keys, &Algorithm::ALL).is_ok(), "{token}");
    }
    for (jwks, token) in [(&ec, &rs256), (&rsa, &es256)] {
        let (keys, _) = KeySet::from_jwks(jwks).expect("a set");
        assert_eq!(verify(token, &keys, &Algorithm::ALL), Err(Refusal::UnknownKey));
    }
}

/// RFC 7638, section 3.1.
#[test]
fn the_thumbprint_of_the_rfc() {
    let jwk = json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"});
    let key = PublicKey::from_jwk(&jwk).expect("a key");
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn tokens_that_are_refused() {
    let es = key(Algorithm::Es256);
    let rs = key(Algorithm::Rs256);
    let stranger = key(Algorithm::Es256);
    let kid = es.public().kid().expect("a kid").to_owned();
    let keys = set_of(&[&es, &rs]);
    let header = |alg: &str| json!({"alg": alg, "kid": kid});
    // HMAC keyed with the public key as text, which a careless reader would take (RFC 8725, section 2.1).
    let secret = ring::hmac::Key::new(
        ring::hmac::HMAC_SHA256,
        keys.to_jwks()["keys"][0].to_string().as_bytes(),
    );
    let message = crafted(&header("HS256"), &claims(), &[]);
    let mac = ring::hmac::sign(&secret, message.trim_end_matches('.').as_bytes());
    let good = sign(&es, &claims());
    let table = [
        (crafted(&header("none"), &claims(), b""), Refusal::Algorithm),
        (crafted(&header("None"), &claims(), b""), Refusal::Algorithm),
        (crafted(&header("es256"), &claims(), b""), Refusal::Algorithm),
        (crafted(&header("HS256"), &claims(), mac.as_ref()), Refusal::Algorithm),
        (crafted(&header("PS256"), &claims(), b"x"), Refusal::Algorithm),
        (crafted(&json!({"kid": kid}), &claims(), b"x"), Refusal::Algorithm),
        (crafted(&json!({"alg": 1, "kid": kid}), &claims(), b"x"), Refusal::HeaderForm("alg")),
        (crafted(&json!({"alg": "ES256", "kid": 1}), &claims(), b"x"), Refusal::HeaderForm("kid")),
        (
            crafted(&json!({"alg": "ES256", "kid": "x".repeat(300)}), &claims(), b"x"),
            Refusal::HeaderForm("kid"),
        ),
        (
            crafted(
                &json!({"alg": "ES256", "kid": kid, "crit": ["b64"], "b64": false}),
                &claims(),
                b"x",
            ),
            Refusal::Critical,
        ),
        // The key of one algorithm is not used for another.
        (crafted(&header("ES384"), &claims(), &[1; 96]), Refusal::UnknownKey),
        (crafted(&header("RS256"), &claims(), &[1; 256]), Refusal::UnknownKey),
        (sign(&stranger, &claims()), Refusal::UnknownKey),
        (sign(&key(Algorithm::Es256).with_kid(&kid), &claims()), Refusal::Signature),
        (crafted(&header("ES256"), &claims(), &[0; 64]), Refusal::Signature),
        (crafted(&header("ES256"), &claims(), b""), Refusal::Signature),
        // A key that the token brings along is not looked at.
        (
            crafted(
                &json!({"alg": "ES256", "jwk": stranger.public().to_jwk(), "kid": "brought"}),
                &claims(),
                b"x",
            ),
            Refusal::UnknownKey,
        ),
    ];
    for (token, expected) in table {
        let shown: String = token.chars().take(120).collect();
        assert_eq!(verify(&token, &keys, &Algorithm::ALL), Err(expected), "{shown}");
    }
    assert_eq!(verify(&good, &keys, &[Algorithm::Rs256]), Err(Refusal::Algorithm));
    assert_eq!(verify(&good, &KeySet::default(), &Algorithm::ALL), Err(Refusal::UnknownKey));
    // Without a name, one key will do and two will not.
    let two = set_of(&[&es, &stranger]);
    let nameless = crafted(&json!({"alg": "ES256"}), &claims(), &[1; 64]);
    assert_eq!(verify(&nameless, &two, &Algorithm::ALL), Err(Refusal::UnclearKey));
    assert_eq!(verify(&nameless, &keys, &Algorithm::ALL), Err(Refusal::Signature));
}

#[test]
fn tokens_of_a_wrong_form() {
    let es = key(Algorithm::Es256);
    let good = sign(&es, &claims());
    let (head, body, seal) = {
        let mut parts = good.split('.');
        (parts.next().expect("1"), parts.next().expect("2"), parts.next().expect("3"))
    };
    let table = [
        (String::new(), Refusal::NotCompact),
        ("a.b".to_owned(), Refusal::NotCompact),
        (format!("{good}."), Refusal::NotCompact),
        (format!("{good}.x.y"), Refusal::NotCompact),
        ("x".repeat(20_000), Refusal::TooLong),
        (format!("{}.a.b", "x".repeat(5_000)), Refusal::TooLong),
        (format!("{head}=.{body}.{seal}"), Refusal::NotBase64(Part::Header)),
        (format!("{head}.{body}.{seal}="), Refusal::NotBase64(Part::Signature)),
        (format!("{head}.{body}.+{}", &seal[1..]), Refusal::NotBase64(Part::Signature)),
        (format!("{}.{body}.{seal}", base64url(b"[]")), Refusal::NotObject(Part::Header)),
        (
            format!("{}.{body}.{seal}", base64url(br#"{"alg":"ES256","alg":"none"}"#)),
            Refusal::NotObject(Part::Header),
        ),
    ];
    for (token, expected) in table {
        assert_eq!(verify(&token, &set_of(&[&es]), &Algorithm::ALL), Err(expected));
    }
}

fn held(change: &Value, expected: &Expected<'_>) -> Result<Claims, Refusal> {
    let key = key(Algorithm::Es256);
    let mut claims = claims();
    for (name, value) in change.as_object().expect("changes") {
        if value.is_null() {
            claims.as_object_mut().expect("claims").remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    let token = sign(&key, &claims);
    verify(&token, &set_of(&[&key]), &Algorithm::ALL).expect("it is signed").claims(expected)
}

#[test]
fn claims_are_held_against_what_is_expected() {
    let expected = Expected::new("https://id.test", &["app", "https://app.test"], NOW);
    let strict = Expected {
        subject: Some("ada"),
        types: &["JWT"],
        lifetime_max: Some(300),
        leeway: 0,
        ..expected
    };
    let fine = [
        (json!({}), expected),
        (json!({}), strict),
        (json!({"aud": ["other", "https://app.test"]}), strict),
        (json!({"exp": NOW - 59}), expected),
        (json!({"exp": 1_000_000.5}), Expected { leeway: 1, ..expected }),
        (json!({"nbf": NOW + 60}), expected),
        (json!({"iat": NOW + 60, "exp": NOW + 100}), expected),
        (json!({"iat": null, "jti": null}), strict),
        (json!({"sub": null}), expected),
    ];
    for (change, expected) in fine {
        assert!(held(&change, &expected).is_ok(), "{change}: {:?}", held(&change, &expected));
    }
    let wrong = [
        (json!({"iss": null}), expected, Refusal::Missing("iss")),
        (json!({"iss": "https://id.test/"}), expected, Refusal::Issuer),
        (json!({"iss": 7}), expected, Refusal::ClaimForm("iss")),
        (json!({"aud": null}), expected, Refusal::Missing("aud")),
        (json!({"aud": "App"}), expected, Refusal::Audience),
        (json!({"aud": []}), expected, Refusal::Audience),
        (json!({"aud": ["app", 7]}), expected, Refusal::ClaimForm("aud")),
        (json!({"aud": {"app": 1}}), expected, Refusal::ClaimForm("aud")),
        (json!({"aud": vec!["x"; 30]}), expected, Refusal::ClaimForm("aud")),
        (json!({"exp": null}), expected, Refusal::Missing("exp")),
        (json!({"exp": NOW - 60}), expected, Refusal::Expired(60)),
        (json!({"exp": NOW}), strict, Refusal::Expired(0)),
        (json!({"exp": "soon"}), expected, Refusal::ClaimForm("exp")),
        (json!({"exp": -5}), expected, Refusal::ClaimForm("exp")),
        (json!({"exp": 1e300}), expected, Refusal::ClaimForm("exp")),
        (json!({"nbf": NOW + 61}), expected, Refusal::NotYet(61)),
        (json!({"nbf": true}), expected, Refusal::ClaimForm("nbf")),
        (json!({"iat": NOW + 61}), expected, Refusal::IssuedAhead(61)),
        (json!({"exp": NOW + 301}), strict, Refusal::TooOld(300)),
        (json!({"iat": NOW - 1}), strict, Refusal::TooOld(300)),
        (json!({"iat": null, "exp": NOW + 301}), strict, Refusal::TooOld(300)),
        (json!({"sub": null}), strict, Refusal::Missing("sub")),
        (json!({"sub": "eve"}), strict, Refusal::Subject),
        (json!({"jti": 5}), expected, Refusal::ClaimForm("jti")),
        (json!({}), Expected { types: &["at+jwt"], ..expected }, Refusal::Type),
    ];
    for (change, expected, refusal) in wrong {
        assert_eq!(held(&change, &expected), Err(refusal), "{change}");
    }
}

#[test]
fn keys_that_are_refused() {
    let ec = key(Algorithm::Es256).public().to_jwk();
    let rsa = key(Algorithm::Rs256).public().to_jwk();
    let with = |jwk: &Value, name: &str, value: Value| {
        let mut jwk = jwk.clone();
        jwk[name] = value;
        jwk
    };
    let table = [
        (json!([]), "JSON object"),
        (json!({"kty": "oct", "k": "AAAA"}), "private"),
        (with(&ec, "d", json!("AAAA")), "private"),
        (with(&rsa, "p", json!("AAAA")), "private"),
        (json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}), "neither RSA nor EC"),
        (with(&ec, "use", json!("enc")), "use"),
        (with(&ec, "key_ops", json!(["sign"])), "key_ops"),
        (with(&ec, "crv", json!("P-521")), "crv"),
        (with(&ec, "crv", json!("P-384")), "length"),
        (with(&ec, "x", json!("AAAA")), "length"),
        (with(&ec, "x", json!("####")), "base64url"),
        (with(&ec, "alg", json!("RS256")), "alg"),
        (with(&ec, "alg", json!("none")), "alg"),
        (with(&ec, "alg", json!("HS256")), "alg"),
        (with(&ec, "kid", json!("")), "kid"),
        (with(&rsa, "n", json!(base64url(&[0xff; 128]))), "2048"),
        (with(&rsa, "n", json!(base64url(&[0xff; 1200]))), "2048"),
        (with(&rsa, "e", json!("Aw")), "odd number"),
        (with(&rsa, "e", json!("AQAA")), "odd number"),
        (with(&rsa, "e", json!("")), "base64url"),
        (with(&rsa, "alg", json!("ES256")), "alg"),
    ];
    for (jwk, words) in table {
        let error = PublicKey::from_jwk(&jwk).expect_err(words).to_string();
        assert!(error.contains(words), "{jwk}: {error}");
    }
    // A bad key of a set is left out, and said; the others stay.
    let set = json!({"keys": [{"kty": "oct"}, ec, {"kty": "RSA"}]});
    let (keys, skipped) = KeySet::from_jwks(&set).expect("a set");
    assert_eq!((keys.keys.len(), skipped.len(), skipped[1].index), (1, 2, 2));
    assert!(KeySet::from_jwks(&json!({"keys": {}})).is_err());
    assert!(KeySet::from_jwks(&json!({"keys": vec![json!({}); 51]})).is_err());
    let pems = [
        "",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
    ];
    for pem in pems {
        assert!(SigningKey::from_pem(Algorithm::Rs256, pem, &random()).is_err(), "{pem}");
    }
    assert!(SigningKey::make(Algorithm::Rs256, &random()).is_err());
}

#[test]
fn keys_retire() {
    let old = key(Algorithm::Es256);
    let token = sign(&old, &claims());
    let mut ring = KeyRing::new(old);
    ring.rotate(key(Algorithm::Es256), NOW + 600);
    assert_eq!(ring.key_set(NOW).keys.len(), 2);
    assert!(verify(&token, &ring.key_set(NOW), &Algorithm::ALL).is_ok());
    assert!(verify(&token, &ring.key_set(NOW + 600), &Algorithm::ALL).is_err());
}

#[test]
fn one_value_has_one_spelling() {
    for text in ["AA==", "AB", "A", "+/", "AA\n", " AA", "AAB"] {
        assert_eq!(from_base64url(text), None, "{text:?}");
    }
    assert_eq!(from_base64url("-_8"), Some(vec![0xfb, 0xff]));
}
