//! A browser and an authenticator made of a key pair: what they say, each part of which can be spoiled.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::decimal_bitwise_operands, reason = "lengths of CBOR are counted")]

use identity::jwt::base64url;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{CHALLENGE, HANDLE};

/// CBOR, by hand: a head of a major type.
pub(super) fn head(major: u8, number: usize) -> Vec<u8> {
    let number = u32::try_from(number).unwrap();
    match number {
        0..=23 => vec![(major << 5) | number as u8],
        24..=255 => vec![(major << 5) | 24, number as u8],
        256..=65_535 => [&[(major << 5) | 25][..], &(number as u16).to_be_bytes()].concat(),
        _ => [&[(major << 5) | 26][..], &number.to_be_bytes()].concat(),
    }
}

pub(super) fn bytes(of: &[u8]) -> Vec<u8> {
    [head(2, of.len()), of.to_vec()].concat()
}

pub(super) fn text(of: &str) -> Vec<u8> {
    [head(3, of.len()), of.as_bytes().to_vec()].concat()
}

pub(super) fn number(of: i32) -> Vec<u8> {
    if of < 0 { head(1, (-1 - of) as usize) } else { head(0, of as usize) }
}

pub(super) fn map(members: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let all: Vec<u8> =
        members.iter().flat_map(|(name, value)| [&name[..], value].concat()).collect();
    [head(5, members.len()), all].concat()
}

pub(super) enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Pair {
    pub(super) fn all() -> Vec<(&'static str, Pair)> {
        let random = SystemRandom::new();
        let scheme = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let p256 = EcdsaKeyPair::generate_pkcs8(scheme, &random).unwrap();
        let p256 = EcdsaKeyPair::from_pkcs8(scheme, p256.as_ref(), &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let ed = Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap();
        let pem = include_str!("../throwaway_rsa_key.pem");
        let der: String = pem.lines().filter(|line| !line.starts_with("---")).collect();
        let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, der).unwrap();
        let rsa = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).unwrap();
        vec![("ES256", Pair::P256(p256)), ("EdDSA", Pair::Ed25519(ed)), ("RS256", Pair::Rsa(rsa))]
    }

    pub(super) fn one() -> Pair {
        Pair::all().remove(0).1
    }

    pub(super) fn cose(&self) -> Vec<u8> {
        match self {
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                map(&[
                    (number(1), number(2)),
                    (number(3), number(-7)),
                    (number(-1), number(1)),
                    (number(-2), bytes(&point[1..33])),
                    (number(-3), bytes(&point[33..])),
                ])
            }
            Pair::Ed25519(pair) => map(&[
                (number(1), number(1)),
                (number(3), number(-8)),
                (number(-1), number(6)),
                (number(-2), bytes(pair.public_key().as_ref())),
            ]),
            Pair::Rsa(pair) => {
                let n = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public()).n;
                map(&[
                    (number(1), number(3)),
                    (number(3), number(-257)),
                    (number(-1), bytes(&n)),
                    (number(-2), bytes(&[1, 0, 1])),
                ])
            }
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Pair::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signed).unwrap();
                signed
            }
        }
    }
}

/// What an authenticator and a browser say; each part can be spoiled.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) kind: &'static str,
    pub(super) challenge: Vec<u8>,
    pub(super) origin: &'static str,
    pub(super) rp_id: &'static str,
    pub(super) flags: u8,
    pub(super) count: u32,
    pub(super) id: Vec<u8>,
    pub(super) named: Vec<u8>,
    pub(super) handle: Vec<u8>,
    pub(super) cose: Option<Vec<u8>>,
    /// Added to the client data.
    pub(super) client: Value,
    /// Added at the end of the authenticator data.
    pub(super) tail: Vec<u8>,
    /// A bit of the signed bytes that is turned over after signing.
    pub(super) spoils_signature: bool,
}

impl Said {
    pub(super) fn new() -> Said {
        Said {
            kind: "webauthn.get",
            challenge: CHALLENGE.to_vec(),
            origin: "https://care.example",
            rp_id: "care.example",
            flags: 0b0001_1101,
            count: 0,
            id: b"credential".to_vec(),
            named: b"credential".to_vec(),
            handle: HANDLE.to_vec(),
            cose: None,
            client: json!({"crossOrigin": false}),
            tail: Vec::new(),
            spoils_signature: false,
        }
    }

    pub(super) fn making(pair: &Pair) -> Said {
        Said { kind: "webauthn.create", flags: 0b0101_1101, cose: Some(pair.cose()), ..Said::new() }
    }

    pub(super) fn client(&self) -> Vec<u8> {
        let mut data = json!({
            "type": self.kind, "challenge": base64url(&self.challenge), "origin": self.origin,
        });
        for (name, value) in self.client.as_object().unwrap() {
            data[name] = value.clone();
        }
        data.to_string().into_bytes()
    }

    pub(super) fn authenticator(&self) -> Vec<u8> {
        let mut all = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        all.push(self.flags);
        all.extend(self.count.to_be_bytes());
        if let Some(cose) = &self.cose {
            all.extend([7; 16]);
            all.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
            all.extend(&self.id);
            all.extend(cose);
        }
        all.extend(&self.tail);
        all
    }

    pub(super) fn registration(&self) -> Value {
        let object = map(&[
            (text("fmt"), text("none")),
            (text("attStmt"), map(&[])),
            (text("authData"), bytes(&self.authenticator())),
        ]);
        json!({
            "id": base64url(&self.named), "rawId": base64url(&self.named), "type": "public-key",
            "response": {
                "clientDataJSON": base64url(&self.client()),
                "attestationObject": base64url(&object),
                "transports": ["internal"],
            },
            "clientExtensionResults": {},
        })
    }

    pub(super) fn assertion(&self, pair: &Pair) -> Value {
        let (client, authenticator) = (self.client(), self.authenticator());
        let mut signed = pair.sign(&[&authenticator[..], &Sha256::digest(&client)].concat());
        if self.spoils_signature {
            let last = signed.len() - 1;
            signed[last] ^= 1;
        }
        json!({
            "id": base64url(&self.named), "rawId": base64url(&self.named), "type": "public-key",
            "response": {
                "clientDataJSON": base64url(&client), "authenticatorData": base64url(&authenticator),
                "signature": base64url(&signed), "userHandle": base64url(&self.handle),
            },
        })
    }
}
