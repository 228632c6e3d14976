//! The chain of seals: what was noted cannot be changed or taken away without a break that
//! `careloom audit verify` finds.
//!
//! A seal covers the AuditEvents written since the seal before, in their order: the hash of each event's
//! stored text, and the hash over the seal before, the numbers and those hashes. Events commit with what
//! they are about and are sealed within about a second, so that writers need not wait for each other;
//! what can be changed unseen is what has no seal yet. Whoever holds the hash of a seal from outside
//! ([`AuditCheck::head`]) can tell whether the chain up to it was made anew.

use std::collections::HashMap;

use identity::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{KeptChange, KeptExpected, ScanPart, Stored};

use super::AUDIT_EVENT;
use crate::app::App;
use crate::failure::Failure;

/// The kind of records that seals are kept as.
const SEAL: &str = "audit-seal";
/// The kind of the record that says where the chain ends.
const HEAD: &str = "audit-head";
/// The one record of that kind.
const LAST: &str = "last";
/// Events that one seal covers at the most.
const EVENTS_MAX: usize = 5_000;
/// Seals that are read at once.
const PAGE: usize = 500;
/// How often what is new is sealed.
const EVERY: std::time::Duration = std::time::Duration::from_secs(1);
/// Hexadecimal digits of a hash that are kept of each event.
const SHORT: usize = 16;

/// A seal.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
struct Seal {
    /// 1, 2, 3 …
    number: u64,
    /// Where the events before it ended.
    after: Option<u64>,
    /// Where its events end.
    until: u64,
    /// When it was made: microseconds since 1970.
    at: i64,
    /// Each event's id and the beginning of its hash.
    events: Vec<(String, String)>,
    /// The hash of the seal before; empty for the first.
    before: String,
    /// Its own.
    hash: String,
}

/// Where the chain ends.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
struct Head {
    number: u64,
    until: Option<u64>,
    hash: String,
}

/// What is wrong at a place of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which seal; 0 where it is not one seal's matter.
    pub seal: u64,
    /// What is wrong, in words.
    pub words: String,
}

/// What a check of the whole chain came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditCheck {
    /// How many seals there are.
    pub seals: u64,
    /// How many events they cover.
    pub events: u64,
    /// How many events have no seal yet.
    pub unsealed: u64,
    /// The number and hash of the last seal.
    pub head: Option<(u64, String)>,
    /// What is wrong; empty where all is well.
    pub broken: Vec<Broken>,
}

impl Seal {
    fn hash_of(&self, texts: &[[u8; 32]]) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.before.as_bytes());
        hasher.update(self.number.to_be_bytes());
        hasher.update(self.until.to_be_bytes());
        hasher.update(self.at.to_be_bytes());
        for ((id, _), text) in self.events.iter().zip(texts) {
            hasher.update((id.len() as u64).to_be_bytes());
            hasher.update(id.as_bytes());
            hasher.update(text);
        }
        hex(&hasher.finalize())
    }
}

fn hash(stored: &Stored) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(stored.version.0.to_be_bytes());
    hasher.update(stored.body.as_deref().unwrap_or_default());
    hasher.finalize().into()
}

fn key(number: u64) -> Box<str> {
    format!("{number:020}").into()
}

fn read<T: for<'a> Deserialize<'a>>(value: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(value).map_err(|error| {
        let message = format!("a seal of the audit is damaged: {error}");
        Failure::plain(crate::Category::Fault, fhir::IssueCode::Exception, message)
    })
}

fn written<T: Serialize>(value: &T) -> Box<[u8]> {
    // Numbers and texts only: nothing that could fail.
    serde_json::to_vec(value).unwrap_or_default().into()
}

impl App {
    /// Seals what is new, about once a second, until the application ends. Call it once, in a task.
    pub async fn run_sealing(self: std::sync::Arc<Self>) {
        loop {
            tokio::time::sleep(EVERY).await;
            match self.seal_audit().await {
                Ok(_) => {}
                Err(failure) => {
                    tracing::error!(%failure, "the audit could not be sealed; it is tried again");
                }
            }
        }
    }

    /// Seals what has no seal yet; gives how many events that were.
    pub async fn seal_audit(&self) -> Result<u64, Failure> {
        let app = self.elevated();
        let mut sealed = 0;
        loop {
            let kept = app.store.kept(HEAD, LAST).await?;
            let expected = kept
                .as_ref()
                .map_or(KeptExpected::Absent, |kept| KeptExpected::Version(kept.version));
            let head: Head = kept.map(|kept| read(&kept.value)).transpose()?.unwrap_or_default();
            let (events, until) = app.audit_after(head.until, EVENTS_MAX).await?;
            let Some(until) = until else { return Ok(sealed) };
            let texts: Vec<[u8; 32]> = events.iter().map(hash).collect();
            let short = |(event, text): (&Stored, &[u8; 32])| {
                (event.key.id.to_string(), hex(text)[..SHORT].to_owned())
            };
            let mut seal = Seal {
                number: head.number + 1,
                after: head.until,
                until,
                at: app.clock.now(),
                events: events.iter().zip(&texts).map(short).collect(),
                before: head.hash,
                hash: String::new(),
            };
            seal.hash = seal.hash_of(&texts);
            let head = Head { number: seal.number, until: Some(until), hash: seal.hash.clone() };
            let change = |kind: &str, key: Box<str>, expected, value| KeptChange {
                kind: kind.into(),
                key,
                expected,
                becomes: Some((value, i64::MAX)),
            };
            let changes = vec![
                change(SEAL, key(seal.number), KeptExpected::Absent, written(&seal)),
                change(HEAD, LAST.into(), expected, written(&head)),
            ];
            // Somebody else has sealed meanwhile where it is not made: then there is a newer head.
            if app.store.keep(changes).await? {
                sealed += events.len() as u64;
            }
        }
    }

    /// Goes through the whole chain and every event that it covers; `expected` is a seal that was
    /// written down outside, which the chain must still lead through.
    pub async fn verify_audit(
        &self,
        expected: Option<(u64, String)>,
    ) -> Result<AuditCheck, Failure> {
        let app = self.elevated();
        let mut check = AuditCheck::default();
        let mut before = Head::default();
        let mut after = String::new();
        loop {
            let page = app.store.kept_after(SEAL, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.key.to_string();
            for kept in &page {
                let seal: Seal = read(&kept.value)?;
                check.seals += 1;
                check.events += seal.events.len() as u64;
                if seal.number != before.number + 1
                    || seal.before != before.hash
                    || seal.after != before.until
                {
                    let words = format!(
                        "it does not follow seal {}: one between them is missing or was changed",
                        before.number
                    );
                    check.broken.push(Broken { seal: seal.number, words });
                }
                if let Some((number, hash)) = &expected
                    && *number == seal.number
                    && *hash != seal.hash
                {
                    let words =
                        "it is another than the one that was written down: the chain was made anew";
                    check.broken.push(Broken { seal: seal.number, words: words.to_owned() });
                }
                app.verify_seal(&seal, &mut check.broken).await?;
                before = Head { number: seal.number, until: Some(seal.until), hash: seal.hash };
            }
        }
        let kept = app.store.kept(HEAD, LAST).await?;
        let head: Head = kept.map(|kept| read(&kept.value)).transpose()?.unwrap_or_default();
        if head != before {
            let words = format!(
                "the chain should end with seal {}, but ends with {}",
                head.number, before.number
            );
            check.broken.push(Broken { seal: 0, words });
        }
        if let Some((number, _)) =
            expected.filter(|(number, _)| *number == 0 || *number > before.number)
        {
            let words = format!("seal {number}, which was written down, is not there");
            check.broken.push(Broken { seal: 0, words });
        }
        let until = before.until;
        check.head = (before.number > 0).then_some((before.number, before.hash));
        app.count_rest(until, &mut check).await?;
        Ok(check)
    }

    /// What has no seal yet, and whether something stands where there is one.
    async fn count_rest(&self, until: Option<u64>, check: &mut AuditCheck) -> Result<(), Failure> {
        let mut place = until;
        loop {
            let (events, until) = self.audit_after(place, EVENTS_MAX).await?;
            check.unsealed += events.len() as u64;
            if until.is_none() {
                break;
            }
            place = until;
        }
        let counts = self.store.type_counts().await?;
        let there =
            counts.iter().find(|(of, _)| of.as_str() == AUDIT_EVENT).map_or(0, |(_, count)| *count);
        if there > check.events + check.unsealed {
            let words = format!(
                "{} events stand where a seal had been made already",
                there - check.events - check.unsealed
            );
            check.broken.push(Broken { seal: 0, words });
        }
        Ok(())
    }

    async fn verify_seal(&self, seal: &Seal, broken: &mut Vec<Broken>) -> Result<(), Failure> {
        let (events, _) = self.audit_after(seal.after, seal.events.len()).await?;
        let found: HashMap<&str, [u8; 32]> =
            events.iter().map(|event| (event.key.id.as_str(), hash(event))).collect();
        let mut texts = Vec::with_capacity(seal.events.len());
        let mut tell = |words: String| broken.push(Broken { seal: seal.number, words });
        let mut is_whole = true;
        for (id, short) in &seal.events {
            let text = found.get(id.as_str());
            match text {
                None => tell(format!("AuditEvent/{id} is missing")),
                Some(text) if hex(text)[..SHORT] != **short => {
                    tell(format!("AuditEvent/{id} was changed after it was sealed"));
                }
                Some(text) => {
                    texts.push(*text);
                    continue;
                }
            }
            is_whole = false;
        }
        if is_whole && seal.hash_of(&texts) != seal.hash {
            tell("its hash is not that of what it covers: the seal itself was changed".to_owned());
        }
        Ok(())
    }

    /// Events after a place, so many at the most, and the place after them; `None` where there are none.
    async fn audit_after(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Result<(Vec<Stored>, Option<u64>), Failure> {
        let resource_type = self.resource_type(AUDIT_EVENT)?;
        let part = ScanPart { resource_type, after, since: None, limit };
        let scanned = self.store.scan(part).await?;
        Ok((scanned.resources, scanned.next))
    }
}
