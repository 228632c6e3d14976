//! ADT messages: people, visits, merges.

use super::Writing;
use super::segments::{self, Message, Pv1};
use crate::calendar::hl7_time;
use crate::lives::chart::{Trigger, Visit};

/// A28 and A31.
pub(super) fn person(writing: &Writing<'_>, message: &mut Message, trigger: &str) {
    writing.msh(message, "PAS", &format!("ADT^{trigger}^ADT_A05"));
    segments::evn(writing, message, trigger);
    segments::pid(writing, message);
    segments::nk1(writing, message);
    segments::al1(writing, message);
    message.raw("ZU8|Z|1|No");
}

/// A40: the second record goes, the first stays.
pub(super) fn merge(writing: &Writing<'_>, message: &mut Message) {
    writing.msh(message, "PAS", "ADT^A40^ADT_A39");
    segments::evn(writing, message, "A40");
    segments::pid(writing, message);
    let gone = writing.records.get(1).map(|record| record.local_id.as_str()).unwrap_or_default();
    message.segment("MRG", &[(1, format!("{gone}^^^{}^MR", writing.site.site.trust()))]);
}

/// The events of a visit.
pub(super) fn visit(
    writing: &Writing<'_>,
    message: &mut Message,
    trigger: Trigger,
    index: usize,
    stay: usize,
) {
    let visit = &writing.chart.visits[index];
    let (code, structure) = trigger.codes();
    writing.msh(message, "PAS", &format!("ADT^{code}^{structure}"));
    segments::evn(writing, message, code);
    segments::pid(writing, message);
    let whole = matches!(trigger, Trigger::A01 | Trigger::A04 | Trigger::A05 | Trigger::A08);
    if whole {
        segments::nk1(writing, message);
    }
    let here = visit.stays.get(stay);
    let mut extra = Pv1::default();
    match trigger {
        Trigger::A02 => {
            extra.before = stay.checked_sub(1).and_then(|before| visit.stays.get(before));
        }
        Trigger::A03 => {
            extra.discharged = true;
            extra.left = Some(hl7_time(writing.event.at));
        }
        Trigger::A05 => {
            extra.class = Some("P");
            extra.expected = true;
        }
        _ => {}
    }
    segments::pv1(writing, message, visit, here, &extra);
    if !matches!(trigger, Trigger::A11 | Trigger::A12 | Trigger::A13) {
        let (icd, title) = visit.cause.icd10;
        let reason = format!("{icd}^{}^ICD10", segments::text(title));
        message.segment("PV2", &[(3, reason)]);
    }
    if whole {
        segments::al1(writing, message);
    }
    if whole && trigger != Trigger::A05 || trigger == Trigger::A03 {
        diagnoses(writing, message, visit, trigger);
    }
    if whole {
        let urgency = if visit.method == "11" { "1" } else { "2" };
        message.segment("ZU1", &[(1, hl7_time(visit.decided)), (2, urgency.to_owned())]);
        message.raw("ZU8|Z|1|No");
    }
}

/// DG1: the cause, and at discharge the long-term diseases too.
fn diagnoses(writing: &Writing<'_>, message: &mut Message, visit: &Visit, trigger: Trigger) {
    let leaving = trigger == Trigger::A03;
    let kind = if leaving { "F" } else { "A" };
    let day = crate::calendar::hl7_date(writing.event.at.date());
    let mut codes = vec![visit.cause.icd10];
    if leaving && visit.class == "I" {
        let known = writing.person.diagnoses.iter();
        codes.extend(known.filter(|d| d.onset <= writing.event.at.date()).map(|d| d.disease.icd10));
    }
    for (index, (code, title)) in codes.into_iter().enumerate() {
        message.segment(
            "DG1",
            &[
                (1, (index + 1).to_string()),
                (3, format!("{code}^{}^ICD10", segments::text(title))),
                (5, day.clone()),
                (6, kind.to_owned()),
            ],
        );
    }
}
