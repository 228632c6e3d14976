//! Sessions from templates: what the templates of a practice mean for real days, what would change in the
//! book, and changing it. What is made is what was looked at: the plan's mark goes with it, and where the
//! book has changed since, nothing is made.

use std::collections::{BTreeSet, HashMap};

use ::booking::model::{Service, Session, Slot};
use ::booking::template::{
    Change as Planned, Closure, Days, MadeSession, Nation, Note, Plan, Template, make, plan,
};
use ::booking::zone;
use access::Duty;
use fhir::{IssueCode, ResourceId, Tree};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use store::Change;

use super::book::{Book, InBook, Read, too_busy};
use super::openings::SLOTS_MAX;
use crate::app::App;
use crate::failure::{Category, Failure};

/// Sessions that are looked at in one go.
const SESSIONS_MAX: usize = 2_000;
/// Days that are planned in one go.
const DAYS_MAX: i64 = 92;
/// Templates of one kind of appointment.
const TEMPLATES_MAX: usize = 100;

/// A template with the kind of appointment that it stands on.
#[derive(Clone, Debug, PartialEq)]
pub struct PracticeTemplate {
    /// The kind's HealthcareService.
    pub service: ResourceId,
    /// What the kind is called.
    pub kind: String,
    /// The template.
    pub template: Template,
}

/// What carrying out the templates would change.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionPlan {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The changes, and what stays.
    pub plan: Plan,
    /// Bank holidays, clocks, closures, clinicians in two places, faults.
    pub notes: Vec<Note>,
    /// Stands for exactly these changes.
    pub mark: String,
}

/// What was read to plan.
struct Drawn {
    plan: SessionPlan,
    sessions: HashMap<String, Read<Session>>,
    slots: HashMap<String, Read<Slot>>,
    sources: HashMap<String, Option<String>>,
}

impl App {
    /// The templates of the practice that a member of staff works for.
    pub async fn session_templates(&self) -> Result<Vec<PracticeTemplate>, Failure> {
        self.on_duty(Duty::Sessions)?;
        let book = Book::open(self);
        let mut all = Vec::new();
        for (service, templates, _) in book.templates().await? {
            let Some(id) = ResourceId::parse(&service.value.id) else { continue };
            all.extend(templates.into_iter().map(|template| PracticeTemplate {
                service: id.clone(),
                kind: service.value.name.clone(),
                template,
            }));
        }
        Ok(all)
    }

    /// Keeps a template on its kind of appointment, in place of one with its key; what is wrong with it is
    /// answered in words, and then nothing is kept.
    pub async fn keep_template(
        &self,
        service: &ResourceId,
        template: &Template,
    ) -> Result<Result<(), Vec<String>>, Failure> {
        let faults = template.faults();
        self.on_duty(Duty::Sessions)?;
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
        self.change_templates(service, |templates| {
            templates.retain(|other| other.key != template.key);
            if templates.len() >= TEMPLATES_MAX {
                return Err(vec!["there are too many templates of this kind".to_owned()]);
            }
            templates.push(template.clone());
            Ok(())
        })
        .await
    }

    /// Takes a template away; sessions that were made of it go with the next plan.
    pub async fn drop_template(
        &self,
        service: &ResourceId,
        key: &str,
    ) -> Result<Result<(), Vec<String>>, Failure> {
        self.on_duty(Duty::Sessions)?;
        self.change_templates(service, |templates| {
            templates.retain(|other| other.key != key);
            Ok(())
        })
        .await
    }

    async fn change_templates(
        &self,
        service: &ResourceId,
        change: impl Fn(&mut Vec<Template>) -> Result<(), Vec<String>>,
    ) -> Result<Result<(), Vec<String>>, Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let templates = book.templates().await?;
            let found = templates.into_iter().find(|(s, ..)| s.value.id == service.as_str());
            let Some((service, mut templates, _)) = found else {
                let message = "there is no such kind of appointment at this practice";
                return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
            };
            if let Err(faults) = change(&mut templates) {
                return Ok(Err(faults));
            }
            let mut element = service.value.to_element();
            Template::write_all(&templates, &mut element);
            let version = Some(service.version);
            let change = book.change_of(Service::TYPE, service.value.id(), &element, version)?;
            if book.commit_unnoted(vec![change]).await? {
                return Ok(Ok(()));
            }
        }
        Err(too_busy())
    }

    /// What the templates mean for these days, and what would change in the book. Nothing is changed.
    pub async fn plan_sessions(&self, from: Date, to: Date) -> Result<SessionPlan, Failure> {
        self.on_duty(Duty::Sessions)?;
        Ok(Book::open(self).drawn(from, to).await?.plan)
    }

    /// Carries out a plan that was looked at; the failure where the book has changed since.
    pub async fn make_sessions(
        &self,
        from: Date,
        to: Date,
        mark: &str,
    ) -> Result<SessionPlan, Failure> {
        self.on_duty(Duty::Sessions)?;
        let book = Book::open(self);
        let drawn = book.drawn(from, to).await?;
        let changed = || {
            let message = "the book or the templates have changed since you looked; look again";
            Failure::plain(Category::Conflict, IssueCode::Conflict, message)
        };
        if drawn.plan.mark != mark {
            return Err(changed());
        }
        let changes = book.changes_of(&drawn)?;
        if book.commit_unnoted(changes).await? { Ok(drawn.plan) } else { Err(changed()) }
    }
}

impl Book<'_> {
    /// The practice's kinds of appointment with their templates and closures.
    async fn templates(
        &self,
    ) -> Result<Vec<(Read<Service>, Vec<Template>, Vec<Closure>)>, Failure> {
        let services = self.services_of_staff().await?;
        let all = services.into_iter().filter_map(|service| {
            let tree = Tree::parse(&service.value.to_element().to_compact()).ok()?;
            let templates = Template::read_all(tree.root()).0;
            let closures = Closure::read_all(tree.root()).0;
            Some((service, templates, closures))
        });
        Ok(all.collect())
    }

    async fn drawn(&self, from: Date, to: Date) -> Result<Drawn, Failure> {
        let (first, last) = span(from, to)?;
        let mut made = Vec::new();
        let mut notes = Vec::new();
        let mut every = Vec::new();
        let mut services = Vec::new();
        let mut sources = HashMap::new();
        for (service, templates, closures) in self.templates().await? {
            let days = days(from, to, closures);
            let of_service = make(&templates, &days);
            made.extend(of_service.sessions);
            notes.extend(
                of_service.notes.into_iter().filter(|n| !matches!(n, Note::Overlap { .. })),
            );
            every.extend(templates);
            services.push(service.value.reference());
            sources.insert(service.value.reference(), service.source);
        }
        // A clinician may be in two places by templates of two kinds of appointment.
        let together = make(&every, &days(from, to, Vec::new())).notes.into_iter();
        notes.extend(together.filter(|note| matches!(note, Note::Overlap { .. })));
        let sessions = self.made_sessions(&services, (from, to)).await?;
        let slots = self.slots_of_sessions(&sessions, (first, last)).await?;
        let mut by_session: HashMap<&str, Vec<Slot>> = HashMap::new();
        for slot in &slots {
            by_session.entry(&slot.value.schedule).or_default().push(slot.value.clone());
        }
        let standing: Vec<MadeSession> = sessions
            .iter()
            .map(|session| {
                let reference = session.value.reference();
                let mut slots = by_session.remove(reference.as_str()).unwrap_or_default();
                slots.sort_by_key(|slot| slot.start);
                MadeSession { session: session.value.clone(), slots }
            })
            .collect();
        let plan = plan(&made, &standing, self.now);
        let mark = mark(&plan);
        Ok(Drawn {
            plan: SessionPlan { from, to, plan, notes, mark },
            sessions: sessions.into_iter().map(|r| (r.value.id.clone(), r)).collect(),
            slots: slots.into_iter().map(|r| (r.value.id.clone(), r)).collect(),
            sources,
        })
    }

    /// The sessions that were made from templates for these days.
    async fn made_sessions(
        &self,
        services: &[String],
        (from, to): (Date, Date),
    ) -> Result<Vec<Read<Session>>, Failure> {
        if services.is_empty() {
            return Ok(Vec::new());
        }
        let query = [
            ("actor", services.join(",")),
            ("date", format!("ge{from}")),
            ("date", format!("le{}", to.tomorrow().unwrap_or(to))),
        ];
        let mut found = self.find::<Session>(&query, SESSIONS_MAX).await?;
        let is_made = |session: &Session| {
            session.made_from.as_ref().is_some_and(|mark| (from..=to).contains(&mark.date))
        };
        found.retain(|session| is_made(&session.value));
        Ok(found)
    }

    async fn slots_of_sessions(
        &self,
        sessions: &[Read<Session>],
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Read<Slot>>, Failure> {
        let mut slots = Vec::new();
        for some in sessions.chunks(50) {
            let references: Vec<String> = some.iter().map(|s| s.value.reference()).collect();
            let query = [
                ("schedule", references.join(",")),
                ("start", format!("ge{from}")),
                ("start", format!("lt{to}")),
            ];
            slots.extend(self.find::<Slot>(&query, 4 * SLOTS_MAX).await?);
        }
        Ok(slots)
    }

    fn changes_of(&self, drawn: &Drawn) -> Result<Vec<Change>, Failure> {
        let mut changes = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let source_of = |session: &Session| {
            let service = session.service.as_deref().unwrap_or("");
            drawn.sources.get(service).cloned().flatten()
        };
        // A slot is of the system that its session is of.
        let mut of_session: HashMap<String, Option<String>> = drawn
            .sessions
            .values()
            .map(|read| (read.value.reference(), source_of(&read.value)))
            .collect();
        for change in &drawn.plan.plan.changes {
            if let Planned::AddSession(session) = change {
                of_session.insert(session.reference(), source_of(session));
            }
        }
        for change in &drawn.plan.plan.changes {
            let written = match change {
                Planned::AddSession(session)
                | Planned::ChangeSession(session)
                | Planned::WithdrawSession(session) => {
                    let version = drawn.sessions.get(&session.id).map(|read| read.version);
                    self.change(session, version, source_of(session).as_deref())?
                }
                Planned::Add(slot) | Planned::Change(slot) | Planned::Withdraw(slot) => {
                    let version = drawn.slots.get(&slot.id).map(|read| read.version);
                    let source = of_session.get(&slot.schedule).and_then(Option::as_deref);
                    self.change(slot, version, source)?
                }
                Planned::Leave { .. } | Planned::Blocked { .. } => continue,
            };
            if seen.insert(written.key.to_string()) {
                changes.push(written);
            }
        }
        Ok(changes)
    }
}

fn days(from: Date, to: Date, closures: Vec<Closure>) -> Days {
    Days { from, to, nation: Nation::England, extra: Vec::new(), closures }
}

/// The moments of the days; the failure where they cannot be planned.
fn span(from: Date, to: Date) -> Result<(Timestamp, Timestamp), Failure> {
    let wrong = |words: String| Failure::new(Category::Invalid, IssueCode::Value, "to", words);
    let days = from.until(to).map_or(-1, |span| i64::from(span.get_days()));
    if !(0..DAYS_MAX).contains(&days) {
        let words = format!("plan from 1 to {DAYS_MAX} days in one go, the last after the first");
        return Err(wrong(words));
    }
    let start = zone::day_start(from);
    // A session may go on past midnight.
    let end = to.tomorrow().ok().and_then(|day| day.tomorrow().ok()).and_then(zone::day_start);
    start.zip(end).ok_or_else(|| wrong("these days lie beyond the calendar".to_owned()))
}

/// Stands for the changes of a plan: another plan has another mark.
fn mark(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    for change in &plan.changes {
        let (kind, element) = match change {
            Planned::AddSession(session) => ('S', session.to_element()),
            Planned::ChangeSession(session) => ('c', session.to_element()),
            Planned::WithdrawSession(session) => ('w', session.to_element()),
            Planned::Add(slot) => ('A', slot.to_element()),
            Planned::Change(slot) => ('C', slot.to_element()),
            Planned::Withdraw(slot) => ('W', slot.to_element()),
            Planned::Leave { slot, .. } => ('L', slot.to_element()),
            Planned::Blocked { slot, .. } => ('B', slot.to_element()),
        };
        let text = element.to_compact();
        hash.update([kind as u8]);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(&text);
    }
    identity::hex(&hash.finalize()[..16])
}
