//! Writing segments: fields by number, values escaped; and the segments that many messages share.

use std::fmt::Write as _;

use crate::calendar::{hl7_date, hl7_time};
use crate::hospital::Writing;
use crate::lives::chart::{Stay, Visit};
use crate::mess::Identity;
use crate::sites::Clinician;

/// A message in the making.
#[derive(Default)]
pub(super) struct Message {
    text: String,
}

impl Message {
    /// A segment that is already encoded.
    pub(super) fn raw(&mut self, segment: &str) {
        self.text.push_str(segment);
        self.text.push('\r');
    }

    /// A segment from its fields by number; fields between are empty.
    pub(super) fn segment(&mut self, name: &str, fields: &[(usize, String)]) {
        self.text.push_str(name);
        let mut at = 0;
        for (number, value) in fields {
            if value.is_empty() {
                continue;
            }
            while at < *number {
                self.text.push('|');
                at += 1;
            }
            self.text.push_str(value);
        }
        self.text.push('\r');
    }

    /// The bytes, UTF-8.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// A value with its delimiters escaped.
pub(super) fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '|' => out.push_str("\\F\\"),
            '^' => out.push_str("\\S\\"),
            '&' => out.push_str("\\T\\"),
            '~' => out.push_str("\\R\\"),
            '\\' => out.push_str("\\E\\"),
            '\n' => out.push_str("\\.br\\"),
            other => out.push(other),
        }
    }
    out
}

/// A doctor as XCN, with a GMC number or, for a GP, a GMP number.
pub(super) fn xcn(doctor: &Clinician) -> String {
    let authority = if doctor.code.starts_with('G') { "GMP" } else { "GMC" };
    format!(
        "{}^{}^{}^^^{}^^^{authority}",
        doctor.code,
        text(&doctor.family),
        text(&doctor.given),
        doctor.prefix
    )
}

/// A place as PL.
pub(super) fn place(stay: &Stay, hospital: &str) -> String {
    format!("{}^BAY{}^BED{}^{hospital}", stay.ward, stay.bay, stay.bed)
}

fn address(identity: &Identity) -> String {
    let address = &identity.address;
    format!(
        "{}^{}^{}^{}^{}^GBR^H",
        text(&address.line1),
        text(&address.line2),
        text(&address.town),
        address.county,
        address.postcode.as_deref().unwrap_or("")
    )
}

/// EVN.
pub(super) fn evn(writing: &Writing<'_>, message: &mut Message, trigger: &str) {
    let clerk = writing.clerk();
    let recorded = writing.event.at.saturating_add(jiff::ToSpan::seconds(90));
    let who =
        format!("{}^{}^{}^^^{}", clerk.code, text(&clerk.family), text(&clerk.given), clerk.prefix);
    message.segment(
        "EVN",
        &[
            (1, trigger.to_owned()),
            (2, hl7_time(recorded)),
            (5, who),
            (6, hl7_time(writing.event.at)),
        ],
    );
}

/// PID and PD1.
pub(super) fn pid(writing: &Writing<'_>, message: &mut Message) {
    let identity = writing.identity();
    let person = writing.person;
    let trust = writing.site.site.trust();
    let mut ids = String::new();
    if let Some(number) = &identity.nhs_number {
        ids = format!("{number}^^^NHS^NH~");
    }
    let _ = write!(ids, "{}^^^{trust}^MR", writing.record().local_id);
    let mut name = format!(
        "{}^{}^{}^^{}^^L",
        text(&identity.family),
        text(&identity.given),
        text(identity.middle.as_deref().unwrap_or("")),
        identity.prefix
    );
    if let Some(former) = &identity.former_family {
        let _ = write!(name, "~{}^{}^^^^^M", text(former), text(&identity.given));
    }
    let phones: Vec<String> = [(&identity.phone, "PRN^PH"), (&identity.mobile, "PRN^CP")]
        .into_iter()
        .filter_map(|(phone, kind)| phone.as_ref().map(|phone| format!("{phone}^{kind}")))
        .collect();
    let death = person.death.filter(|day| writing.event.at.date() >= *day);
    let mut fields = vec![
        (1, "1".to_owned()),
        (3, ids),
        (5, name),
        (7, identity.birth.map(hl7_date).unwrap_or_default()),
        (8, identity.sex.map_or("X", |sex| sex.hl7()).to_owned()),
        (11, address(identity)),
        (13, phones.join("~")),
        (15, person.language.to_owned()),
        (16, person.marital.to_owned()),
        (22, person.ethnicity.to_owned()),
    ];
    if let Some(day) = death {
        fields.push((29, hl7_date(day)));
        fields.push((30, "Y".to_owned()));
    } else {
        fields.push((30, "N".to_owned()));
    }
    fields.push((32, format!("NSTS{}", identity.nhs_status)));
    message.segment("PID", &fields);
    let (practice, doctor) = writing.gp();
    message.segment(
        "PD1",
        &[(3, format!("{}^^{}", text(&practice.name), practice.code)), (4, xcn(doctor))],
    );
}

/// NK1, where kin is known.
pub(super) fn nk1(writing: &Writing<'_>, message: &mut Message) {
    let Some(kin) = &writing.person.kin else { return };
    message.segment(
        "NK1",
        &[
            (1, "1".to_owned()),
            (2, format!("{}^{}^^^{}^^L", text(&kin.family), text(&kin.given), kin.prefix)),
            (3, format!("{}^{}^NHS", kin.code, kin.word)),
            (5, kin.phone.clone()),
        ],
    );
}

/// AL1, one for each allergy that the hospital was told of.
pub(super) fn al1(writing: &Writing<'_>, message: &mut Message) {
    for (index, (allergen, since)) in writing.person.allergies.iter().enumerate() {
        let kind = match allergen.category {
            "medication" => "DA",
            "food" => "FA",
            _ => "EA",
        };
        let severity = match allergen.severity {
            "severe" => "SV",
            "moderate" => "MO",
            _ => "MI",
        };
        message.segment(
            "AL1",
            &[
                (1, (index + 1).to_string()),
                (2, kind.to_owned()),
                (3, format!("{}^{}^SCT", allergen.snomed, text(allergen.term))),
                (4, severity.to_owned()),
                (5, text(allergen.reaction.1)),
                (6, hl7_date(*since)),
            ],
        );
    }
}

/// What PV1 says besides the visit itself.
#[derive(Default)]
pub(super) struct Pv1<'a> {
    pub(super) class: Option<&'a str>,
    pub(super) before: Option<&'a Stay>,
    pub(super) left: Option<String>,
    pub(super) expected: bool,
    pub(super) discharged: bool,
}

/// PV1 of a visit in one of its places.
pub(super) fn pv1(
    writing: &Writing<'_>,
    message: &mut Message,
    visit: &Visit,
    stay: Option<&Stay>,
    extra: &Pv1<'_>,
) {
    let hospital = writing.site.site.hospital();
    let function = if visit.class == "E" { "180" } else { visit.cause.function };
    let doctor = xcn(writing.site.consultant(function, visit.consultant));
    let (_, gp) = writing.gp();
    let number = format!("{}^^^{}^VN", visit.number, writing.site.site.trust());
    let mut fields = vec![
        (1, "1".to_owned()),
        (2, extra.class.unwrap_or(visit.class).to_owned()),
        (3, stay.map(|stay| place(stay, hospital)).unwrap_or_default()),
        (4, if visit.class == "E" { String::new() } else { visit.method.to_owned() }),
        (6, extra.before.map(|stay| place(stay, hospital)).unwrap_or_default()),
        (7, doctor.clone()),
        (8, xcn(gp)),
        (9, doctor.clone()),
        (10, function.to_owned()),
        (14, "19".to_owned()),
        (17, doctor),
        (19, number),
    ];
    if extra.discharged {
        fields.push((36, if visit.died { "4" } else { "1" }.to_owned()));
        fields.push((37, if visit.died { "79" } else { "19" }.to_owned()));
    }
    if !extra.expected {
        fields.push((44, hl7_time(visit.admitted)));
    }
    if let Some(left) = &extra.left {
        fields.push((45, left.clone()));
    }
    message.segment("PV1", &fields);
}

/// PV1 of an outpatient: no visit number.
pub(super) fn pv1_outpatient(
    writing: &Writing<'_>,
    message: &mut Message,
    function: &str,
    consultant: u32,
) {
    let doctor = xcn(writing.site.consultant(function, consultant));
    let (_, gp) = writing.gp();
    message.segment(
        "PV1",
        &[
            (1, "1".to_owned()),
            (2, "O".to_owned()),
            (7, doctor.clone()),
            (8, xcn(gp)),
            (9, doctor),
            (10, function.to_owned()),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::{Message, text};

    #[test]
    fn delimiters_are_escaped_and_empty_fields_at_the_end_left_out() {
        assert_eq!(text("A&E |^~\\\n"), "A\\T\\E \\F\\\\S\\\\R\\\\E\\\\.br\\");
        let mut message = Message::default();
        message.segment("ZZZ", &[(1, "a".into()), (3, "b".into()), (9, String::new())]);
        assert_eq!(message.into_bytes(), b"ZZZ|a||b\r");
    }
}
