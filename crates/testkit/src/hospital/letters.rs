//! MDM^T02: discharge summaries and clinic letters, as formatted text, lines or a PDF.

use super::Writing;
use super::segments::{self, Message, Pv1};
use crate::base64;
use crate::calendar::{hl7_time, letter_date};
use crate::lives::chart::{LetterAbout, LetterForm};
use crate::pdf;
use crate::sites::function_name;

/// One letter.
pub(super) fn letter(writing: &Writing<'_>, message: &mut Message, index: usize) {
    let letter = &writing.chart.letters[index];
    writing.msh(message, "EDMS", "MDM^T02^MDM_T02");
    segments::evn(writing, message, "T02");
    segments::pid(writing, message);
    let (code, title) = match letter.about {
        LetterAbout::Discharge(_) => ("DS", "Discharge summary"),
        LetterAbout::Clinic(_) => ("CL", "Clinic letter"),
    };
    let (function, consultant) = match letter.about {
        LetterAbout::Discharge(visit) => {
            let visit = &writing.chart.visits[visit as usize];
            segments::pv1(writing, message, visit, visit.stays.last(), &Pv1::default());
            (visit.cause.function, visit.consultant)
        }
        LetterAbout::Clinic(booking) => {
            let booking = &writing.chart.bookings[booking as usize];
            segments::pv1_outpatient(writing, message, booking.function, booking.consultant);
            (booking.function, booking.consultant)
        }
    };
    let doctor = writing.site.consultant(function, consultant);
    let kind = format!("{code}^{title}^L");
    message.segment(
        "TXA",
        &[
            (1, "1".to_owned()),
            (2, kind.clone()),
            (3, letter.form.value_type().to_owned()),
            (4, hl7_time(letter.signed)),
            (5, segments::xcn(doctor)),
            (6, hl7_time(letter.signed)),
            (12, format!("{}^EDMS", letter.number)),
            (17, "AU".to_owned()),
        ],
    );
    let lines = body(writing, letter.about, title, &doctor.full_name(), function);
    let values = match letter.form {
        LetterForm::Formatted => vec![segments::text(&lines.join("\n"))],
        LetterForm::Lines => lines.iter().map(|line| segments::text(line)).collect(),
        LetterForm::Pdf => {
            vec![format!("EDMS^application^pdf^Base64^{}", base64::encode(&pdf::page(&lines)))]
        }
    };
    for (place, value) in values.into_iter().enumerate() {
        message.segment(
            "OBX",
            &[
                (1, (place + 1).to_string()),
                (2, letter.form.value_type().to_owned()),
                (3, kind.clone()),
                (5, value),
                (11, "F".to_owned()),
            ],
        );
    }
}

/// The lines of a letter.
fn body(
    writing: &Writing<'_>,
    about: LetterAbout,
    title: &str,
    doctor: &str,
    function: &str,
) -> Vec<String> {
    let identity = writing.identity();
    let (practice, gp) = writing.gp();
    let who = format!("{} {} {}", identity.prefix, identity.given, identity.family);
    let mut lines = vec![
        format!("{} - {title}", writing.site.site.trust_name()),
        String::new(),
        format!("Dear {} ({})", gp.full_name(), practice.name),
        format!("Re: {who}, hospital number {}", writing.record().local_id),
        String::new(),
    ];
    match about {
        LetterAbout::Discharge(index) => {
            let visit = &writing.chart.visits[index as usize];
            lines.push(format!("Admitted: {}", letter_date(visit.admitted.date())));
            lines.push(format!("Diagnosis: {}", visit.cause.term));
            lines.push(format!(
                "Your patient was under the care of {doctor} in {}.",
                function_name(function)
            ));
            lines.push("Treatment was given as planned and recovery was good.".to_owned());
        }
        LetterAbout::Clinic(index) => {
            let booking = &writing.chart.bookings[index as usize];
            let seen = booking.moved.unwrap_or(booking.first);
            lines.push(format!(
                "Seen in the {} clinic on {}.",
                function_name(function),
                letter_date(seen.date())
            ));
            lines.push("Symptoms are stable; treatment goes on unchanged.".to_owned());
        }
    }
    let on = writing.event.at.date();
    for diagnosis in writing.person.diagnoses.iter().filter(|d| d.onset <= on) {
        lines.push(format!("Known: {}", diagnosis.disease.term));
    }
    for (allergen, _) in writing.person.allergies.iter().filter(|(_, since)| *since <= on) {
        lines.push(format!("ALLERGY: {} ({})", allergen.substance, allergen.reaction.1));
    }
    lines.push(String::new());
    lines.push("Please check blood pressure & kidney function within four weeks.".to_owned());
    lines.push(format!("{doctor}, Consultant"));
    lines
}
