//! A person's own pages.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use interactions::record::{Area, Detail, Entry, Record, RecordScope};
use interactions::{Citizen, LookedAt, RecordLevel, Who, Withholding, decode_query};

use super::answer::{Answer, Refusal, see_other};
use super::gate::State;
use super::portal::Portal;
use crate::layout;
use crate::patient::home::HomePage;
use crate::patient::looks::{LookLine, LooksPage};
use crate::patient::record::{Group, Line, PARTS, Part, PartPage, RecordPage};
use crate::patient::when;
use crate::problem::Problem;

/// Looks that a page is made of, before those of the same kind are joined.
const LOOKS: usize = 200;

/// What the audit calls the person whose record it is.
const THEMSELVES: &str = "the person themselves";

/// Who the person is to the policy.
pub(super) fn citizen(portal: &Portal) -> Result<Arc<Citizen>, Refusal> {
    match &portal.app.caller().who {
        Who::Citizen(citizen) => Ok(Arc::clone(citizen)),
        _ => Err(portal.problem(Problem::NotYours)),
    }
}

pub(super) async fn home(State(portal): State<Arc<Portal>>) -> Answer {
    let citizen = citizen(&portal)?;
    let layout = portal.layout(layout::Area::Me, "Your pages");
    let name = layout.signed_in().to_owned();
    let unread = if citizen.may_read { portal.app.own_unread().await } else { Ok(0) };
    let unread = unread.map_err(|failure| portal.failure(&failure))?;
    let standings = portal.app.standings().await.map_err(|failure| portal.failure(&failure))?;
    portal.page(&HomePage {
        layout,
        name,
        has_record: standings.is_open("record"),
        has_111: standings.is_open("111"),
        off: super::rollout::lines_off(&standings),
        must_step_up: !citizen.may_read,
        unread,
    })
}

/// The person's record, or the step of signing in that is missing.
pub(super) async fn read(
    portal: &Portal,
) -> Result<Result<Record, axum::response::Response>, Refusal> {
    let citizen = citizen(portal)?;
    if !citizen.may_read {
        return Ok(Err(see_other("/me/step-up")));
    }
    let record = portal.app.record(&citizen.subject, RecordScope::Whole).await;
    record.map(Ok).map_err(|failure| portal.failure(&failure))
}

/// Leads to the step that is missing.
pub(super) async fn step_up(
    State(portal): State<Arc<Portal>>,
    headers: axum::http::HeaderMap,
) -> Answer {
    let token = super::gate::session_of(&headers).unwrap_or_default();
    let signed_in = portal.app.signed_in(&token).await;
    let signed_in = signed_in.map_err(|failure| portal.failure(&failure))?;
    let missing = signed_in.and_then(|signed_in| signed_in.missing);
    Ok(see_other(match missing {
        Some(interactions::Missing::Code) => "/sign-in/code?to=/me/record",
        Some(interactions::Missing::Proof) => "/sign-in/proof?to=/me/record",
        None => "/me/record",
    }))
}

pub(super) async fn record(State(portal): State<Arc<Portal>>) -> Answer {
    let record = match read(&portal).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let parts = PARTS.map(|part| (part, entries(&record, part).count())).to_vec();
    let zone = &portal.options.zone;
    let sources = record.feeds.iter().filter(|feed| feed.linked).map(|feed| {
        let last = feed.last_received.and_then(|at| jiff::Timestamp::from_microsecond(at).ok());
        let last = last.map(|at| when::words(&at.to_string(), zone)).unwrap_or_default();
        (portal.source_in_plain_words(&feed.feed), last)
    });
    let sources = sources.collect();
    let withheld = withheld(&portal, &Withholding::of(&*citizen(&portal)?));
    let layout = portal.layout(layout::Area::MyRecord, "Your health record");
    portal.page(&RecordPage { layout, parts, sources, is_cut: record.cut, withheld })
}

/// What is not shown, in sentences: that something is hidden is never hidden.
pub(super) fn withheld(portal: &Portal, withholding: &Withholding) -> Vec<String> {
    let mut told = Vec::new();
    match withholding.awaiting_review {
        0 => {}
        1 => told
            .push("1 test result, until somebody who cares for you has looked at it.".to_owned()),
        many => told.push(format!(
            "{many} test results, until somebody who cares for you has looked at them."
        )),
    }
    if withholding.hidden > 0 {
        told.push("Something that a doctor or nurse has chosen not to show you here.".to_owned());
    }
    for (source, level) in &withholding.limited {
        let feed = source.strip_prefix("urn:careloom:feed:").unwrap_or("");
        let name = portal.source_in_plain_words(feed);
        told.push(match level {
            RecordLevel::None => format!("{name} shows nothing of your record here."),
            RecordLevel::Summary => format!("{name} shows only your medicines and allergies."),
            RecordLevel::Detailed | RecordLevel::Full => {
                format!("{name} shows your record without letters.")
            }
        });
    }
    told
}

pub(super) async fn part(State(portal): State<Arc<Portal>>, Path(segment): Path<String>) -> Answer {
    let Some(part) = Part::of(&segment) else { return Err(portal.problem(Problem::NotFound)) };
    let record = match read(&portal).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let note = match part.segment {
        "allergies" if entries(&record, part).next().is_none() => {
            "Nobody has recorded whether you have allergies. This does not mean that you have none."
        }
        _ => "",
    };
    let groups = groups(&portal, entries(&record, part).collect());
    let layout = portal.layout(layout::Area::MyRecord, part.words);
    portal.page(&PartPage { layout, part, groups, note: note.to_owned() })
}

pub(super) async fn looks(State(portal): State<Arc<Portal>>, RawQuery(query): RawQuery) -> Answer {
    let citizen = citizen(&portal)?;
    if !citizen.may_read {
        return Ok(see_other("/me/step-up"));
    }
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let after = pairs.iter().find(|(name, _)| name == "after").map(|(_, value)| value.as_str());
    let found = portal.app.who_looked(&citizen.patients, LOOKS, after).await;
    let found = found.map_err(|failure| portal.failure(&failure))?;
    let own = pairs.iter().any(|(name, value)| name == "own" && value == "yes");
    let shown = found.looks.iter().filter(|look| own || !is_own(look));
    let looks = joined(shown.map(|look| line_of(&portal, look)));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let next = found.next.filter(|next| next.chars().all(is_plain));
    let with_own = if own { "&own=yes" } else { "" };
    let next = next.map(|next| format!("/me/who-looked?after={next}{with_own}"));
    let layout = portal.layout(layout::Area::WhoLooked, "Who looked at your record");
    portal.page(&LooksPage { layout, looks, next, own })
}

/// Whether it is the person, on these pages.
fn is_own(look: &LookedAt) -> bool {
    look.who == THEMSELVES && look.app.is_empty()
}

/// Looks of the same kind, one after another on one day, as one line that says how many.
fn joined(lines: impl Iterator<Item = LookLine>) -> Vec<LookLine> {
    let mut all: Vec<LookLine> = Vec::new();
    for line in lines {
        match all.last_mut() {
            Some(last) if last.is_like(&line) => last.times += 1,
            _ => all.push(line),
        }
    }
    all
}

/// A look in plain words.
pub(super) fn line_of(portal: &Portal, look: &LookedAt) -> LookLine {
    let who = match look.who.as_str() {
        THEMSELVES => "You".to_owned(),
        other => other.to_owned(),
    };
    let who = if look.app.is_empty() { who } else { format!("{who}, with the app {}", look.app) };
    let why = match (look.purpose.as_str(), look.reason.as_str()) {
        (_, reason) if !reason.is_empty() => format!("Opened without being asked: {reason}"),
        ("TREAT", _) => "For your care".to_owned(),
        ("PATRQT", _) => "To read it".to_owned(),
        ("BTG", _) => "In an emergency".to_owned(),
        _ => "To run the service".to_owned(),
    };
    let what = match (look.refused, look.interaction.as_str()) {
        (true, _) => "Tried to, and was refused",
        (_, "break-glass") => "Opened your record",
        (_, "review-glass") => "Checked why your record was opened",
        (_, "hide-entry" | "show-entry" | "record-level" | "release-result") => {
            "Changed what you see of your record"
        }
        (_, "send-message") => "Wrote to your GP surgery",
        (_, "answer-message") => "Answered your message",
        (_, "hand-over-message" | "close-message" | "reopen-message") => "Dealt with your message",
        (_, "add-proxy" | "end-proxy") => "Changed who acts for you",
        (_, "choose") => "Changed your choices",
        (_, "create") => "Added to your record",
        (_, "update" | "patch") => "Changed your record",
        (_, "delete") => "Took something out of your record",
        _ => "Read your record",
    };
    LookLine {
        times: 1,
        when: when::words(&look.at, &portal.options.zone),
        who,
        role: look.role.clone(),
        why,
        what: what.to_owned(),
    }
}

/// The entries of a part, newest first, without what was taken back.
pub(super) fn entries(record: &Record, part: Part) -> impl Iterator<Item = &Entry> {
    let areas: &[Area] = match part.segment {
        "medicines" => &[Area::Medicines],
        "allergies" => &[Area::Allergies],
        "conditions" => &[Area::Problems, Area::Procedures],
        "results" => &[Area::Results],
        "vaccinations" => &[Area::Immunisations],
        "appointments" => &[Area::Appointments],
        "visits" => &[Area::Encounters],
        "documents" => &[Area::Documents],
        _ => &[Area::SocialCare],
    };
    record.entries.iter().filter(|entry| areas.contains(&entry.area()) && !entry.in_error())
}

/// What holds now first, then the past; long lists by year.
pub(super) fn groups(portal: &Portal, entries: Vec<&Entry>) -> Vec<Group> {
    let has_states = entries.iter().any(|entry| !state(entry).is_empty());
    let mut groups: Vec<Group> = Vec::new();
    let heading = |entry: &Entry| {
        if has_states {
            state(entry).to_owned()
        } else {
            entry.when.as_ref().map_or("No date recorded", |w| when::year(&w.text)).to_owned()
        }
    };
    for entry in entries {
        let heading = heading(entry);
        let line = line(portal, entry);
        match groups.iter_mut().find(|group| group.heading == heading) {
            // What several places hold alike is said once.
            Some(group) => match group.lines.iter_mut().find(|known| is_same(known, &line)) {
                Some(known) if !known.source.contains(&line.source) => {
                    known.source = format!("{}, {}", known.source, line.source);
                }
                Some(_) => {}
                None => group.lines.push(line),
            },
            None => groups.push(Group { heading, lines: vec![line] }),
        }
    }
    if has_states {
        groups.sort_by_key(|group| group.heading != "Now");
    }
    groups
}

fn is_same(a: &Line, b: &Line) -> bool {
    a.title == b.title && a.when == b.when && a.facts == b.facts && a.state == b.state
}

/// Whether it holds now, where that is a question.
fn state(entry: &Entry) -> &'static str {
    let holds = match &entry.detail {
        Detail::Medicine { current, .. } | Detail::Problem { current } => *current,
        Detail::Allergy { holds, .. } => *holds,
        _ => return "",
    };
    if holds { "Now" } else { "In the past" }
}

fn line(portal: &Portal, entry: &Entry) -> Line {
    let zone = &portal.options.zone;
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value.to_owned()));
        }
    };
    match &entry.detail {
        Detail::Medicine { dose: Some(dose), .. } => fact("How to take it", &dose.text),
        Detail::Allergy { reactions, severity, .. } => {
            let told: Vec<&str> = reactions.iter().map(|said| said.text.as_str()).collect();
            fact("What happens", &told.join(", "));
            fact("How bad", severity.unwrap_or(""));
        }
        Detail::Result(measurement) => {
            if let Some(value) = &measurement.value {
                fact("Result", format!("{} {}", value.text, measurement.unit).trim());
            }
            if let Some(range) = &measurement.range {
                fact("Usual range", format!("{} {}", range.text, measurement.unit).trim());
            }
            fact("This means", meaning(measurement.interpretation.as_deref()));
        }
        Detail::Document(Some(attachment)) => {
            if let Some(text) = &attachment.text {
                fact("What it says", text);
            }
        }
        _ => {}
    }
    Line {
        title: entry.title.text.clone(),
        when: entry.when.as_ref().map(|at| when::words(&at.text, zone)).unwrap_or_default(),
        facts,
        state: String::new(),
        source: portal.source_in_plain_words(&entry.source.feed),
    }
}

/// What an interpretation's code means for the person. Spec:
/// <http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation>.
pub(super) fn meaning(code: Option<&str>) -> &'static str {
    match code {
        Some("N") => "Inside the usual range",
        Some("H" | "HU") => "Higher than the usual range",
        Some("HH") => "Much higher than the usual range",
        Some("L" | "LU") => "Lower than the usual range",
        Some("LL") => "Much lower than the usual range",
        Some("A" | "AA") => "Outside what is usual",
        _ => "",
    }
}
