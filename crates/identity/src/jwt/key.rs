//! Keys that sign and keys that verify, each bound to its algorithms. Spec: RFC 7517, RFC 7518 section 6.

use std::fmt;

use base64::Engine as _;
use ring::rand::SecureRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Algorithm, base64url, from_base64url};

/// Bytes of an RSA modulus at the least (2048 bits) and at the most (8192).
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// Bytes of a `kid` at the most.
pub(super) const KID_LENGTH_MAX: usize = 256;
/// Bytes of a PEM file at the most.
const PEM_LENGTH_MAX: usize = 16 << 10;

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError(pub(super) String);

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KeyError {}

fn wrong<T>(words: impl Into<String>) -> Result<T, KeyError> {
    Err(KeyError(words.into()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
}

impl Curve {
    fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
        }
    }

    fn coordinate_length(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// `point` is uncompressed: 4, x, y.
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
}

/// A key that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kid: Option<String>,
    /// The one of `alg`; an RSA key that names none does for all three.
    algorithm: Option<Algorithm>,
    material: Material,
}

impl PublicKey {
    /// Reads a JWK. A private or symmetric key is refused: whoever sends one has given it away.
    pub fn from_jwk(jwk: &Value) -> Result<PublicKey, KeyError> {
        let Some(jwk) = jwk.as_object() else { return wrong("a key is a JSON object") };
        if ["d", "p", "q", "k"].iter().any(|name| jwk.contains_key(*name)) {
            return wrong("the key is private: send its public half, and make a new one");
        }
        if jwk.get("use").is_some_and(|usage| usage != "sig") {
            return wrong("the key's use is not sig");
        }
        if let Some(operations) = jwk.get("key_ops")
            && !operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"))
        {
            return wrong("the key's key_ops have no verify");
        }
        let material = match jwk.get("kty").and_then(Value::as_str) {
            Some("RSA") => rsa_material(jwk)?,
            Some("EC") => ec_material(jwk)?,
            _ => return wrong("the key's kty is neither RSA nor EC"),
        };
        let algorithm = match jwk.get("alg") {
            None => None,
            Some(name) => match name.as_str().and_then(Algorithm::named) {
                Some(algorithm) if fits(algorithm, &material) => Some(algorithm),
                _ => return wrong("the key's alg is not one of its kty that is accepted here"),
            },
        };
        let kid = match jwk.get("kid") {
            None => None,
            Some(Value::String(kid)) if (1..=KID_LENGTH_MAX).contains(&kid.len()) => {
                Some(kid.clone())
            }
            Some(_) => return wrong("the key's kid is not a text of a sensible length"),
        };
        Ok(PublicKey { kid, algorithm, material })
    }

    /// As a JWK, with `kid`, `use` and `alg`.
    pub fn to_jwk(&self) -> Value {
        let mut jwk = self.required_members();
        if let Some(kid) = &self.kid {
            jwk["kid"] = json!(kid);
        }
        if let Some(algorithm) = self.only_algorithm() {
            jwk["alg"] = json!(algorithm.as_str());
        }
        jwk["use"] = json!("sig");
        jwk
    }

    /// SHA-256 of its required members: a `kid` that anybody can work out (RFC 7638).
    pub fn thumbprint(&self) -> String {
        base64url(&Sha256::digest(self.required_members().to_string().as_bytes()))
    }

    /// Its name.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether it may verify this algorithm.
    pub fn does(&self, algorithm: Algorithm) -> bool {
        self.algorithm.is_none_or(|bound| bound == algorithm) && fits(algorithm, &self.material)
    }

    /// Whether the signature of the message holds under this algorithm, which must be one of the key's.
    pub(super) fn holds(&self, algorithm: Algorithm, message: &[u8], signed: &[u8]) -> bool {
        if !self.does(algorithm) {
            return false;
        }
        match &self.material {
            Material::Rsa { n, e } => {
                let parameters = match algorithm {
                    Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::Es256 | Algorithm::Es384 => return false,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signed).is_ok()
            }
            Material::Ec { curve, point } => {
                let parameters = match curve {
                    Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
                    Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
                };
                signature::UnparsedPublicKey::new(parameters, point).verify(message, signed).is_ok()
            }
        }
    }

    fn only_algorithm(&self) -> Option<Algorithm> {
        self.algorithm.or(match self.material {
            Material::Rsa { .. } => None,
            Material::Ec { curve: Curve::P256, .. } => Some(Algorithm::Es256),
            Material::Ec { curve: Curve::P384, .. } => Some(Algorithm::Es384),
        })
    }

    /// In the order of their names, as RFC 7638 hashes them.
    fn required_members(&self) -> Value {
        match &self.material {
            Material::Rsa { n, e } => {
                json!({"e": base64url(e), "kty": "RSA", "n": base64url(n)})
            }
            Material::Ec { curve, point } => {
                let (x, y) = point[1..].split_at(curve.coordinate_length());
                json!({"crv": curve.name(), "kty": "EC", "x": base64url(x), "y": base64url(y)})
            }
        }
    }
}

fn fits(algorithm: Algorithm, material: &Material) -> bool {
    match (algorithm, material) {
        (Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512, Material::Rsa { .. }) => true,
        (Algorithm::Es256, Material::Ec { curve, .. }) => *curve == Curve::P256,
        (Algorithm::Es384, Material::Ec { curve, .. }) => *curve == Curve::P384,
        _ => false,
    }
}

fn member(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyError> {
    let text = jwk.get(name).and_then(Value::as_str).filter(|text| text.len() <= 2048);
    match text.and_then(from_base64url).filter(|bytes| !bytes.is_empty()) {
        Some(bytes) => Ok(bytes),
        None => wrong(format!("the key's {name} is not base64url")),
    }
}

fn rsa_material(jwk: &Map<String, Value>) -> Result<Material, KeyError> {
    let (n, e) = (member(jwk, "n")?, member(jwk, "e")?);
    // Some write a zero before the number, which RFC 7518 section 6.3.1.1 forbids and nobody minds.
    let n: Vec<u8> = n.into_iter().skip_while(|byte| *byte == 0).collect();
    if !MODULUS.contains(&n.len()) {
        return wrong("an RSA key has from 2048 to 8192 bits");
    }
    // 3 is too small, even is none, and above 33 bits nothing reads it.
    if e.len() > 5 || e[0] == 0 || e == [3] || e == [1] || e[e.len() - 1] % 2 == 0 {
        return wrong("the key's e is not an odd number from 5 to 33 bits; 65537 is AQAB");
    }
    Ok(Material::Rsa { n, e })
}

fn ec_material(jwk: &Map<String, Value>) -> Result<Material, KeyError> {
    let curve = match jwk.get("crv").and_then(Value::as_str) {
        Some("P-256") => Curve::P256,
        Some("P-384") => Curve::P384,
        _ => return wrong("the key's crv is neither P-256 nor P-384"),
    };
    let (x, y) = (member(jwk, "x")?, member(jwk, "y")?);
    if x.len() != curve.coordinate_length() || y.len() != curve.coordinate_length() {
        return wrong("the key's x and y have not the length of its curve");
    }
    let point = [&[4][..], &x, &y].concat();
    Ok(Material::Ec { curve, point })
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

/// A key that signs, bound to one algorithm.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
    public: PublicKey,
}

impl fmt::Debug for SigningKey {
    /// Without anything secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Makes a key of ES256 or ES384, as PKCS #8 to keep. RSA keys are made elsewhere (`openssl genrsa`).
    pub fn make(algorithm: Algorithm, random: &dyn SecureRandom) -> Result<Vec<u8>, KeyError> {
        let Some(parameters) = ec_signing(algorithm) else {
            return wrong("only keys of ES256 and ES384 are made here");
        };
        match EcdsaKeyPair::generate_pkcs8(parameters, random) {
            Ok(document) => Ok(document.as_ref().to_vec()),
            Err(_) => wrong("there were no random bytes for a key"),
        }
    }

    /// Reads a private key in PKCS #8. Its `kid` is its thumbprint.
    pub fn from_pkcs8(
        algorithm: Algorithm,
        pkcs8: &[u8],
        random: &dyn SecureRandom,
    ) -> Result<SigningKey, KeyError> {
        let rejected = |error: ring::error::KeyRejected| {
            KeyError(format!("the private key is not one of {}: {error}", algorithm.as_str()))
        };
        let (pair, material) = if let Some(parameters) = ec_signing(algorithm) {
            let pair = EcdsaKeyPair::from_pkcs8(parameters, pkcs8, random).map_err(rejected)?;
            let curve = if algorithm == Algorithm::Es256 { Curve::P256 } else { Curve::P384 };
            let point = pair.public_key().as_ref().to_vec();
            (Pair::Ec(Box::new(pair)), Material::Ec { curve, point })
        } else {
            let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?;
            let components = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
            let material = Material::Rsa { n: components.n, e: components.e };
            (Pair::Rsa(Box::new(pair)), material)
        };
        let mut public = PublicKey { kid: None, algorithm: Some(algorithm), material };
        public.kid = Some(public.thumbprint());
        Ok(SigningKey { algorithm, pair, public })
    }

    /// Reads a private key in PKCS #8 as PEM (`-----BEGIN PRIVATE KEY-----`).
    pub fn from_pem(
        algorithm: Algorithm,
        pem: &str,
        random: &dyn SecureRandom,
    ) -> Result<SigningKey, KeyError> {
        let body = pem
            .split_once("-----BEGIN PRIVATE KEY-----")
            .and_then(|(_, rest)| rest.split_once("-----END PRIVATE KEY-----"))
            .filter(|_| pem.len() <= PEM_LENGTH_MAX);
        let Some((body, _)) = body else {
            return wrong(
                "a private key begins with -----BEGIN PRIVATE KEY----- (PKCS #8); make it with openssl pkcs8 -topk8 -nocrypt",
            );
        };
        let letters: String = body.split_ascii_whitespace().collect();
        match base64::engine::general_purpose::STANDARD.decode(letters) {
            Ok(pkcs8) => SigningKey::from_pkcs8(algorithm, &pkcs8, random),
            Err(_) => wrong("between the lines of the private key is no base64"),
        }
    }

    /// The same with another `kid`, such as one that a provider has given.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> SigningKey {
        self.public.kid = Some(kid.to_owned());
        self
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// A compact token with these claims. `random` blinds the signature; nothing of it is told.
    pub fn sign(
        &self,
        typ: &str,
        claims: &Value,
        random: &dyn SecureRandom,
    ) -> Result<String, KeyError> {
        let header = json!({"alg": self.algorithm.as_str(), "typ": typ, "kid": self.public.kid});
        let header = base64url(header.to_string().as_bytes());
        let message = format!("{header}.{}", base64url(claims.to_string().as_bytes()));
        let signed = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(rsa_padding(self.algorithm), random, message.as_bytes(), &mut signed)
                    .map(|()| signed)
            }
            Pair::Ec(pair) => {
                pair.sign(random, message.as_bytes()).map(|signed| signed.as_ref().to_vec())
            }
        };
        match signed {
            Ok(signed) => Ok(format!("{message}.{}", base64url(&signed))),
            Err(_) => wrong("the token could not be signed: there were no random bytes"),
        }
    }
}

fn ec_signing(algorithm: Algorithm) -> Option<&'static signature::EcdsaSigningAlgorithm> {
    match algorithm {
        Algorithm::Es256 => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::Es384 => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 => None,
    }
}

fn rsa_padding(algorithm: Algorithm) -> &'static dyn signature::RsaEncoding {
    match algorithm {
        Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        _ => &signature::RSA_PKCS1_SHA256,
    }
}
