//! Sets of keys: those of others as they publish them, and our own, of which one signs and others retire.
//! Spec: RFC 7517 section 5.

use ring::rand::SecureRandom;
use serde_json::{Value, json};

use super::{KeyError, PublicKey, SigningKey};

/// Keys of a set at the most.
pub const KEYS_MAX: usize = 50;

/// Keys that verify.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    /// In their order.
    pub keys: Vec<PublicKey>,
}

/// A key of a set that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it stands, from 0.
    pub index: usize,
    /// Why.
    pub error: KeyError,
}

impl KeySet {
    /// Reads a JWKS. Keys that cannot be used here are left out with the reason, as the RFC wants it:
    /// a provider may publish keys for encryption, or of algorithms still unknown.
    pub fn from_jwks(jwks: &Value) -> Result<(KeySet, Vec<Skipped>), KeyError> {
        let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
            return Err(KeyError("a set of keys is an object with a list keys".to_owned()));
        };
        if keys.len() > KEYS_MAX {
            return Err(KeyError(format!("a set has {KEYS_MAX} keys at the most")));
        }
        let (mut set, mut skipped) = (KeySet::default(), Vec::new());
        for (index, key) in keys.iter().enumerate() {
            match PublicKey::from_jwk(key) {
                Ok(key) => set.keys.push(key),
                Err(error) => skipped.push(Skipped { index, error }),
            }
        }
        Ok((set, skipped))
    }

    /// As a JWKS.
    pub fn to_jwks(&self) -> Value {
        json!({"keys": self.keys.iter().map(PublicKey::to_jwk).collect::<Vec<_>>()})
    }
}

/// Our own keys: one signs, others are still published until what they have signed has expired.
#[derive(Debug)]
pub struct KeyRing {
    active: SigningKey,
    /// With the second at which each is no longer published.
    retiring: Vec<(PublicKey, i64)>,
}

impl KeyRing {
    /// A ring with one key.
    pub fn new(active: SigningKey) -> KeyRing {
        KeyRing { active, retiring: Vec::new() }
    }

    /// The key that signs.
    pub fn active(&self) -> &SigningKey {
        &self.active
    }

    /// Publishes another key until this second.
    pub fn add_retiring(&mut self, key: PublicKey, until: i64) {
        self.retiring.push((key, until));
    }

    /// Signs with another key from now on; the one before is published until this second.
    pub fn rotate(&mut self, next: SigningKey, until: i64) {
        let before = std::mem::replace(&mut self.active, next);
        self.add_retiring(before.public().clone(), until);
    }

    /// What is published now.
    pub fn key_set(&self, now: i64) -> KeySet {
        let retiring = self.retiring.iter().filter(|(_, until)| now < *until);
        let others = retiring.map(|(key, _)| key.clone());
        KeySet { keys: std::iter::once(self.active.public().clone()).chain(others).collect() }
    }

    /// Signs with the active key.
    pub fn sign(
        &self,
        typ: &str,
        claims: &Value,
        random: &dyn SecureRandom,
    ) -> Result<String, KeyError> {
        self.active.sign(typ, claims, random)
    }
}
