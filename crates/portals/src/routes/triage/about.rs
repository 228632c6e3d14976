//! The sets, for who answers for them.

use std::sync::Arc;

use axum::extract::Path;
use interactions::triage::SetAbout;

use super::super::answer::Answer;
use super::super::gate::State;
use super::super::portal::Portal;
use crate::layout::Area;
use crate::patient::when;
use crate::triage::Mark;
use crate::triage::about::{Picture, SetLine, SetPage, SetsPage};

pub(in super::super) async fn all(State(portal): State<Arc<Portal>>) -> Answer {
    let sets = portal.app.triage_sets().map_err(|failure| portal.failure(&failure))?;
    let line = |(id, title, version, is_signed_off)| SetLine { id, title, version, is_signed_off };
    let sets = sets.into_iter().map(line).collect();
    let layout = portal.layout(Area::Triage, "About these questions");
    portal.page(&SetsPage { layout, mark: Mark::default(), sets })
}

pub(in super::super) async fn one(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
) -> Answer {
    let set = portal.app.triage_set(&id).map_err(|failure| portal.failure(&failure))?;
    let layout = portal.layout(Area::Triage, set.title.as_str());
    portal.page(&page_of(&portal, layout, set))
}

fn page_of(portal: &Portal, layout: crate::layout::Layout, set: SetAbout) -> SetPage {
    let zone = &portal.options.zone;
    let review = when::words(&set.review_by, zone);
    let review = if set.is_review_due { format!("{review}: this day has passed") } else { review };
    let sign_off = set.sign_off.clone().map_or_else(Vec::new, |(name, role, date)| {
        vec![("Name", name), ("Role", role), ("Date", when::words(&date, zone))]
    });
    let count = set.count;
    SetPage {
        layout,
        mark: Mark {
            set: Some((set.id, set.title.clone(), set.version.clone())),
            is_signed_off: set.sign_off.is_some(),
        },
        title: set.title,
        about: set.about,
        facts: vec![
            ("Version", set.version),
            ("For whom", set.people),
            ("Author", set.author),
            ("Look at it again by", review),
            ("Digest (SHA-256)", set.digest),
        ],
        sign_off,
        evidence: set
            .evidence
            .into_iter()
            .map(|(title, by, reference)| match reference.as_str() {
                "" => format!("{title} ({by})"),
                reference => format!("{title} ({by}, {reference})"),
            })
            .collect(),
        red_flags: set.red_flags,
        proved: format!(
            "{} classes of people, {} states and {} paths were walked; the longest has {} questions. {}",
            count.classes,
            count.states,
            count.paths,
            count.longest,
            if set.findings.is_empty() {
                "Every path ends, every danger sign ends in 999, and \"I'm not sure\" never makes it less urgent."
            } else {
                "This could not be proved:"
            }
        ),
        findings: set.findings,
        steps: set.steps.into_iter().map(|step| (step.text, step.ways)).collect(),
        picture: Picture(set.picture),
    }
}
