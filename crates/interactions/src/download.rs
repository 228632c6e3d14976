//! A person's record as one FHIR Bundle, written piece by piece while it is read.
//!
//! What is in it is what the doors let the person read of their own compartment, type by type: nothing of it
//! is decided here. AuditEvents are left out, and it is said: they are the page "who looked", and name other
//! people. What the entries name of the directory (who, where, which medicine) follows at the end. Spec: <https://hl7.org/fhir/R4/bundle.html>;
//! issue 4, "Download as FHIR".

use std::collections::BTreeSet;

use ::search::Branch;
use access::Who;
use fhir::{Element, IssueCode, ResourceId, format_instant};
use store::{ResourceKey, SearchCursor, Stored};

use crate::app::App;
use crate::audit::AUDIT_EVENT;
use crate::consent::Withholding;
use crate::failure::{Category, Failure};
use crate::linking::PATIENT;
use crate::operation::compartment::{Owners, branches};
use crate::scan::search_of;

/// Resources that are read at once.
const PAGE: usize = 200;
/// Resources of a download at the most.
const ENTRIES_MAX: usize = 200_000;
/// Resources of the directory that are added at the most.
const NAMED_MAX: usize = 5_000;
/// Of them, those that are read at once.
const NAMED_AT_ONCE: usize = 200;
/// How long a download may take: microseconds.
const TIME_MAX: i64 = 120 * 1_000_000;
/// The types of the directory that entries name.
const NAMED: [&str; 6] = [
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "Practitioner",
    "PractitionerRole",
];

/// A record that is being written.
pub struct Download {
    app: App,
    /// What is still to be searched, the next one last.
    branches: Vec<Branch>,
    cursor: Option<SearchCursor>,
    /// What was named and is not written yet.
    named: BTreeSet<ResourceKey>,
    written: usize,
    until: i64,
    part: Part,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    Entries,
    Named,
    End,
}

impl App {
    /// The record of the person at hand, to be written piece by piece. It is noted as shown at once: what
    /// is sent later is noted before.
    pub fn own_download(&self) -> Result<Download, Failure> {
        let citizen = match &self.caller().who {
            Who::Citizen(citizen) if self.caller().app.is_none() => citizen,
            _ => {
                let message = "this is for people who have signed in themselves";
                return Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message));
            }
        };
        if !citizen.may_read {
            let message = "reading a record needs proof of identity at level P9";
            return Err(Failure::plain(Category::StepUp, IssueCode::Forbidden, message));
        }
        self.note_shown(&citizen.patients);
        let owners = Owners::Some(citizen.patients.clone());
        let mut all = branches(self.definitions(), PATIENT, &owners);
        all.retain(|branch| branch.resource_type.as_str() != AUDIT_EVENT);
        all.reverse();
        let now = self.clock.now();
        Ok(Download {
            app: self.acting_as(self.caller().clone()),
            branches: if citizen.patients.is_empty() { Vec::new() } else { all },
            cursor: None,
            named: BTreeSet::new(),
            written: 0,
            until: now.saturating_add(TIME_MAX),
            part: Part::Head,
        })
    }
}

impl Download {
    /// The next piece of the Bundle's text; `None` at its end. After a failure there is no more, and what was
    /// written is no whole Bundle.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        if self.app.clock.now() > self.until {
            let message = "the download took longer than is allowed; ask again when it is quieter";
            return Err(Failure::plain(Category::TooSlow, IssueCode::Timeout, message));
        }
        match self.part {
            Part::Head => {
                self.part = Part::Entries;
                Ok(Some(self.head()))
            }
            Part::Entries => self.entries().await.map(Some),
            Part::Named => self.directory().await.map(Some),
            Part::End => Ok(None),
        }
    }

    /// The beginning, with what is withheld.
    fn head(&mut self) -> Vec<u8> {
        let at = format_instant(self.app.clock.now());
        let mut out = format!(
            r#"{{"resourceType":"Bundle","type":"collection","timestamp":"{at}","entry":["#
        )
        .into_bytes();
        let outcome = withheld(&self.app);
        out.extend_from_slice(br#"{"resource":"#);
        outcome.write_compact(&mut out);
        out.push(b'}');
        self.written = 1;
        out
    }

    /// The entries of a page of a type.
    async fn entries(&mut self) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        while out.is_empty() {
            let Some(branch) = self.branches.last() else {
                self.part = Part::Named;
                return Ok(out);
            };
            let search = search_of(branch.resource_type, branch.filter.clone(), PAGE);
            let page = match self.app.store.search(&search, self.cursor.as_ref()).await {
                Ok(page) => page,
                // A type that is not the person's to read at all.
                Err(error) if error.refusal().is_some() => {
                    self.branches.pop();
                    self.cursor = None;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            for hit in &page.hits {
                self.write(&hit.resource, &mut out)?;
            }
            self.cursor = page.next;
            if self.cursor.is_none() {
                self.branches.pop();
            }
        }
        Ok(out)
    }

    /// Some of what the entries name, and at last the end.
    async fn directory(&mut self) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        let mut keys = Vec::new();
        while keys.len() < NAMED_AT_ONCE
            && let Some(key) = self.named.pop_first()
        {
            keys.push(key);
        }
        if keys.is_empty() {
            out.extend_from_slice(b"]}");
            self.part = Part::End;
            return Ok(out);
        }
        let before = std::mem::take(&mut self.named);
        let stored = self.app.store.read_many(&keys).await?;
        for stored in stored.iter().flatten() {
            self.write(stored, &mut out)?;
        }
        // What those name in turn is not followed.
        self.named = before;
        Ok(out)
    }

    fn write(&mut self, stored: &Stored, out: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(body) = stored.body.as_deref() else { return Ok(()) };
        if self.written >= ENTRIES_MAX {
            let message = format!("the record has more than {ENTRIES_MAX} entries");
            return Err(Failure::plain(Category::TooLarge, IssueCode::TooLong, message));
        }
        self.note_named(body);
        if self.written > 0 {
            out.push(b',');
        }
        let url = format!("{}/{}", self.app.options.base_url, stored.key);
        out.extend_from_slice(format!(r#"{{"fullUrl":"{url}","resource":"#).as_bytes());
        out.extend_from_slice(body);
        out.push(b'}');
        self.written += 1;
        Ok(())
    }

    /// Notes what of the directory a resource names.
    fn note_named(&mut self, body: &[u8]) {
        let Ok(text) = std::str::from_utf8(body) else { return };
        let mut rest = text;
        while let Some(at) = rest.find(r#""reference":""#) {
            rest = &rest[at + r#""reference":""#.len()..];
            let Some((reference, _)) = rest.split_once('"') else { return };
            let Some((name, id)) = reference.split_once('/') else { continue };
            if self.named.len() >= NAMED_MAX || !NAMED.contains(&name) {
                continue;
            }
            let resource_type = self.app.definitions().resource_type(name);
            if let (Some(resource_type), Some(id)) = (resource_type, ResourceId::parse(id)) {
                self.named.insert(ResourceKey { resource_type, id });
            }
        }
    }
}

/// What is not in it, as an OperationOutcome: that something is withheld is never withheld.
fn withheld(app: &App) -> Element {
    let withholding = match &app.caller().who {
        Who::Citizen(citizen) => Withholding::of(citizen),
        _ => Withholding::default(),
    };
    let mut told = Vec::new();
    if withholding.awaiting_review > 0 {
        told.push(format!(
            "{} entries of test results are left out until somebody who cares for the person has looked at them",
            withholding.awaiting_review
        ));
    }
    if withholding.hidden > 0 {
        told.push("something that a professional has chosen not to show is left out".to_owned());
    }
    for (source, level) in &withholding.limited {
        told.push(format!("{source} shows its part at the level: {}", level.as_str()));
    }
    if told.is_empty() {
        told.push("nothing is withheld".to_owned());
    }
    told.push("who looked at the record (AuditEvent) is not part of it".to_owned());
    let object = |members: Vec<(&str, Element)>| {
        Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let issue = |words: String| {
        object(vec![
            ("severity", Element::string("information")),
            ("code", Element::string("informational")),
            ("diagnostics", Element::string(words)),
        ])
    };
    let issues = told.into_iter().map(issue).collect();
    object(vec![
        ("resourceType", Element::string("OperationOutcome")),
        ("issue", Element::Array(issues)),
    ])
}
