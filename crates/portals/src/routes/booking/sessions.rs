//! Sessions from templates: the week, what it would make, and making it.

use std::sync::Arc;

use axum::extract::RawQuery;
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::Category;
use interactions::booking::rules::model::Mode;
use interactions::booking::rules::template::{Change, Note, Template};
use interactions::booking::rules::zone;
use interactions::booking::{PracticeTemplate, SessionPlan};
use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::super::answer::{Answer, Refusal, see_other};
use super::super::csrf::Token;
use super::super::form::{Body, Form};
use super::super::gate::State;
use super::super::portal::Portal;
use super::desk::day_href;
use super::words::mode;
use crate::booking::mine::{Choice, Next};
use crate::booking::practice::{PlanPage, SessionsPage, TemplateLine};
use crate::components::form::{ErrorSummary, TextInput};
use crate::layout::Area;
use crate::problem::Problem;

const WEEK: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "mon", "Monday"),
    (Weekday::Tuesday, "tue", "Tuesday"),
    (Weekday::Wednesday, "wed", "Wednesday"),
    (Weekday::Thursday, "thu", "Thursday"),
    (Weekday::Friday, "fri", "Friday"),
    (Weekday::Saturday, "sat", "Saturday"),
    (Weekday::Sunday, "sun", "Sunday"),
];

/// Lines of one list on the plan's page.
const LINES_MAX: usize = 60;

pub(super) async fn list(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    page(&portal, &headers, None, Vec::new()).await
}

async fn page(
    portal: &Portal,
    headers: &HeaderMap,
    sent: Option<&Form>,
    faults: Vec<String>,
) -> Answer {
    let templates = portal.app.session_templates().await;
    let templates = templates.map_err(|failure| portal.failure(&failure))?;
    let kinds = portal.app.practice_offers().await;
    let kinds = kinds.map_err(|failure| portal.failure(&failure))?;
    let token = Token::of(headers);
    let text = |name: &str| sent.map_or("", |sent| sent.text(name)).to_owned();
    let chosen = |name: &str, value: &str| {
        sent.is_some_and(|sent| sent.all(name).any(|chosen| chosen == value))
    };
    let choice = |name: &str, value: &str, words: &str| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        chosen: chosen(name, value),
    };
    let input = |id, label, hint, width| TextInput {
        id,
        label,
        hint,
        value: text(id),
        width,
        ..TextInput::default()
    };
    let mut layout = portal.layout(Area::Practice, "Sessions");
    layout.has_errors = !faults.is_empty();
    let today = portal.today();
    let last = today.checked_add(Span::new().weeks(4)).unwrap_or(today);
    let page = SessionsPage {
        layout,
        templates: templates.iter().map(line).collect(),
        kinds: kinds
            .iter()
            .map(|(id, offering)| choice("service", id.as_str(), &offering.name))
            .collect(),
        modes: Mode::ALL.iter().map(|is| choice("mode", is.as_str(), mode(Some(*is)))).collect(),
        days: WEEK.iter().map(|(_, value, words)| choice("day", value, words)).collect(),
        inputs: vec![
            input("name", "Name", "For example Dr Bennett, morning surgery", 0),
            input("clinician", "Clinician", "The id of their Practitioner, where there is one", 20),
            input("start", "Start", "For example 09:00", 5),
            input("count", "How many slots", "", 3),
            input("minutes", "Minutes of a slot", "", 3),
            input("from-day", "First day", "For example 2026-06-01", 10),
        ],
        span: (today.to_string(), last.to_string()),
        summary: ErrorSummary {
            errors: faults.into_iter().map(|words| ("name".to_owned(), words)).collect(),
        },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn line(of: &PracticeTemplate) -> TemplateLine {
    let template = &of.template;
    let days = WEEK.iter().filter(|(day, ..)| template.days.contains(day));
    let days: Vec<&str> = days.map(|(_, _, words)| *words).collect();
    let mut words = format!(
        "{}: {} from {}, {} slots of {} minutes, {}",
        of.kind,
        days.join(", "),
        template.start.strftime("%H:%M"),
        template.count,
        template.slot_minutes,
        template.mode.words(),
    );
    if let Some(release) = &template.release {
        words.push_str(&format!(
            "; released {} days before from {}, in {} parts",
            release.days_before,
            release.at.strftime("%H:%M"),
            release.moments
        ));
    }
    for share in &template.reserves {
        words.push_str(&format!("; {} kept for {}", share.slots, share.kept_for.as_str()));
    }
    TemplateLine {
        name: template.name.clone(),
        words,
        key: (template.key.clone(), of.service.to_string()),
    }
}

pub(super) async fn keep(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let (service, template) = match template(&portal, &sent) {
        Ok(read) => read,
        Err(faults) => return page(&portal, &headers, Some(&sent), faults).await,
    };
    let kept = portal.app.keep_template(&service, &template).await;
    match kept.map_err(|failure| portal.failure(&failure))? {
        Ok(()) => Ok(see_other("/practice/sessions")),
        Err(faults) => page(&portal, &headers, Some(&sent), faults).await,
    }
}

/// The template that a form means, or what is wrong with it.
fn template(portal: &Portal, sent: &Form) -> Result<(ResourceId, Template), Vec<String>> {
    let mut faults = Vec::new();
    let mut fault = |words: &str| faults.push(words.to_owned());
    let service = sent.id("service");
    let name = sent.text("name").trim();
    let start = sent.text("start").trim().parse().ok();
    let (count, minutes) =
        (sent.text("count").trim().parse().ok(), sent.text("minutes").trim().parse().ok());
    let first = match sent.text("from-day").trim() {
        "" => Some(portal.today()),
        typed => zone::read_date(typed),
    };
    if service.is_none() {
        fault("Choose a kind of appointment");
    }
    if name.is_empty() || name.chars().count() > 100 {
        fault("Give it a name of up to 100 characters");
    }
    if start.is_none() {
        fault("Type the start as hours and minutes, such as 09:00");
    }
    if count.is_none() || minutes.is_none() {
        fault("Type how many slots there are and how many minutes each has, as numbers");
    }
    if first.is_none() {
        fault("Type the first day as year, month and day, such as 2026-06-01");
    }
    let (Some(service), Some(start), Some(count), Some(minutes), Some(first), true) =
        (service, start, count, minutes, first, faults.is_empty())
    else {
        return Err(faults);
    };
    // The key is the name made plain: keeping a template of the same name changes it.
    let key: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let mut template = Template::new(
        &format!("{service}-{key}"),
        &format!("HealthcareService/{service}"),
        start,
        first,
    );
    name.clone_into(&mut template.name);
    template.practitioner = sent.id("clinician").map(|id| format!("Practitioner/{id}"));
    template.mode = Mode::parse(sent.text("mode")).unwrap_or(Mode::InPerson);
    template.days = WEEK
        .iter()
        .filter(|(_, value, _)| sent.all("day").any(|chosen| chosen == *value))
        .map(|(day, ..)| *day)
        .collect();
    (template.count, template.slot_minutes) = (count, minutes);
    Ok((service, template))
}

pub(super) async fn remove(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let service = sent.id("service").ok_or_else(|| portal.problem(Problem::NotFound))?;
    let dropped = portal.app.drop_template(&service, sent.text("key")).await;
    match dropped.map_err(|failure| portal.failure(&failure))? {
        Ok(()) => Ok(see_other("/practice/sessions")),
        Err(faults) => page(&portal, &headers, None, faults).await,
    }
}

/// First and last day of a plan.
fn span(portal: &Portal, asked: &Form) -> Result<(Date, Date), Refusal> {
    let day = |name: &str| zone::read_date(asked.text(name));
    day("from").zip(day("to")).ok_or_else(|| portal.problem(Problem::BadRequest))
}

pub(super) async fn plan(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let (from, to) = span(&portal, &Form::of_query(query.as_deref()))?;
    let plan = portal.app.plan_sessions(from, to).await;
    let plan = plan.map_err(|failure| portal.failure(&failure))?;
    plan_page(&portal, &headers, &plan, "")
}

pub(super) async fn carry_out(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let (from, to) = span(&portal, &sent)?;
    match portal.app.make_sessions(from, to, sent.text("mark")).await {
        Ok(plan) => plan_page(&portal, &headers, &plan, "The book is changed"),
        Err(failure) if failure.category == Category::Conflict => {
            // Somebody booked or changed something since: the new plan is shown, to look at again.
            Ok(see_other(&format!("/practice/sessions/plan?from={from}&to={to}")))
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

fn plan_page(portal: &Portal, headers: &HeaderMap, plan: &SessionPlan, done: &str) -> Answer {
    let token = Token::of(headers);
    let count = |is: fn(&Change) -> bool| plan.plan.changes.iter().filter(|c| is(c)).count();
    let counts = [
        ("New sessions", count(|c| matches!(c, Change::AddSession(_)))),
        ("Changed sessions", count(|c| matches!(c, Change::ChangeSession(_)))),
        ("Sessions taken out", count(|c| matches!(c, Change::WithdrawSession(_)))),
        ("New slots", count(|c| matches!(c, Change::Add(_)))),
        ("Changed slots", count(|c| matches!(c, Change::Change(_)))),
        ("Slots taken out", count(|c| matches!(c, Change::Withdraw(_)))),
        ("Slots that stay as they are", plan.plan.unchanged),
    ];
    let left = plan.plan.changes.iter().filter_map(|change| match change {
        Change::Leave { slot, words } => Some(format!("{}: {words}", zone::words(slot.start))),
        Change::Blocked { slot, .. } => Some(format!(
            "{}: not added, it would lie on a slot that is taken",
            zone::words(slot.start)
        )),
        _ => None,
    });
    let sessions = plan.plan.changes.iter().filter_map(|change| match change {
        Change::AddSession(session) => {
            let name =
                session.category.as_ref().and_then(|named| named.words()).unwrap_or("Session");
            let when = session.horizon.map(|(start, _)| zone::words(start)).unwrap_or_default();
            Some(format!("{name}, {when}"))
        }
        _ => None,
    });
    let page = PlanPage {
        layout: portal.layout(Area::Practice, "What the templates mean"),
        done: done.to_owned(),
        counts: counts.iter().map(|(name, n)| ((*name).to_owned(), n.to_string())).collect(),
        notes: shortened(plan.notes.iter().map(note_words)),
        left: shortened(left),
        sessions: shortened(sessions),
        span: (plan.from.to_string(), plan.to.to_string()),
        mark: plan.mark.clone(),
        is_empty: plan.plan.is_empty(),
        links: vec![Next { words: "See the first day".to_owned(), href: day_href(plan.from) }],
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn shortened(lines: impl Iterator<Item = String>) -> Vec<String> {
    let all: Vec<String> = lines.collect();
    let more = all.len().saturating_sub(LINES_MAX);
    let mut some: Vec<String> = all.into_iter().take(LINES_MAX).collect();
    if more > 0 {
        some.push(format!("and {more} more"));
    }
    some
}

fn note_words(note: &Note) -> String {
    let day = |date: &Date| zone::date_words(*date);
    match note {
        Note::Faulty { template, words } => format!("{template}: {words}"),
        Note::BankHoliday { template, date, name } => {
            format!("{}: no session of {template}, it is {name}", day(date))
        }
        Note::Closed { template, date, slots, reason } => {
            format!("{}: {slots} slots of {template} left out, closed: {reason}", day(date))
        }
        Note::StartSkipped { template, date } => format!(
            "{}: {template} begins an hour later on the clock, because the clocks go forward",
            day(date)
        ),
        Note::StartTwice { template, date } => format!(
            "{}: the start of {template} comes twice, because the clocks go back; the first counts",
            day(date)
        ),
        Note::Overlap { template, other, date } => {
            format!("{}: one clinician is in {template} and {other} at once", day(date))
        }
        Note::CutShort { last } => format!("Days after {} are not planned", day(last)),
    }
}
