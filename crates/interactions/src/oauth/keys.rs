//! The key that signs id tokens: made once, kept with the rest, and the same after a restart.

use ::store::KeptExpected;
use fhir::IssueCode;
use identity::hex;
use identity::jwt::{Algorithm, KeyRing, SigningKey};
use ring::rand::SystemRandom;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{KEY, SECOND, change, read};
use crate::app::App;
use crate::failure::{Category, Failure};

/// The record's name.
const SIGNING: &str = "signing";

/// What is kept.
#[derive(Deserialize, Serialize)]
struct KeptKey {
    /// PKCS #8 in hexadecimal digits.
    private: String,
    /// What the names of people to apps are made with.
    salt: String,
}

/// The key as it is used.
pub(crate) struct Signer {
    ring: KeyRing,
    random: SystemRandom,
    /// What the names of people to apps are made with.
    pub(super) salt: String,
}

/// The key, read when it is needed first.
#[derive(Default)]
pub(crate) struct Keys(OnceCell<Signer>);

fn fault(words: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::plain(Category::Fault, IssueCode::Exception, format!("{words}: {error}"))
}

impl App {
    /// The public keys that id tokens are checked with, as a JWKS.
    pub async fn published_keys(&self) -> Result<Value, Failure> {
        let signer = self.signer().await?;
        Ok(signer.ring.key_set(self.clock.now().div_euclid(SECOND)).to_jwks())
    }

    /// Claims as a signed token.
    pub(super) async fn signed(&self, claims: &Value) -> Result<String, Failure> {
        let signer = self.signer().await?;
        let signed = signer.ring.sign("JWT", claims, &signer.random);
        signed.map_err(|error| fault("a token could not be signed", &error))
    }

    pub(super) async fn signer(&self) -> Result<&Signer, Failure> {
        self.oauth_keys.0.get_or_try_init(|| self.elevated().load_or_make_key()).await
    }

    async fn load_or_make_key(self) -> Result<Signer, Failure> {
        let random = SystemRandom::new();
        if self.store.kept(KEY, SIGNING).await?.is_none() {
            let private = SigningKey::make(Algorithm::Es256, &random)
                .map_err(|error| fault("a key could not be made", &error))?;
            let made = KeptKey { private: hex(&private), salt: self.oauth_secret() };
            // Of two that make one at the same moment, one is kept.
            self.store
                .keep(vec![change(KEY, SIGNING, KeptExpected::Absent, &made, i64::MAX)])
                .await?;
        }
        let missing = || fault("the signing key", &"it is gone");
        let kept: KeptKey = read(&self.store.kept(KEY, SIGNING).await?.ok_or_else(missing)?)?;
        let private = unhex(&kept.private).ok_or_else(missing)?;
        let key = SigningKey::from_pkcs8(Algorithm::Es256, &private, &random)
            .map_err(|error| fault("the signing key", &error))?;
        Ok(Signer { ring: KeyRing::new(key), random, salt: kept.salt })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
