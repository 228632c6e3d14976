//! District nursing: clients, contacts, assessments, wounds, care plans, allergies, as CSV rows.
//!
//! The headers are described in `docs/feeds/source-systems.md`. To add a kind of row, add its file
//! to [`KINDS`] and write it in `rows.rs` or `assess.rs`.

mod assess;
mod rows;

use crate::calendar::{age, days_between, later};
use crate::drop_files::{FileKind, Row, Style};
use crate::lives::{Making, follow_the_truth, moment};
use crate::mess::{self, Blemish};
use crate::person::Person;
use crate::prng::Prng;
use crate::record::SourceRecord;
use crate::sites::{Site, SiteData, System};

/// The files, in the order in which they are dropped.
#[rustfmt::skip]
pub const KINDS: &[FileKind] = &[
    ("patients", "client_id,nhs_number,nhs_number_status,title,forename,middle_name,surname,known_as,previous_surname,date_of_birth,gender,ethnic_category,preferred_language,address_line_1,address_line_2,town,county,postcode,home_phone,mobile_phone,gp_practice_code,gp_practice_name,date_of_death,referral_id,referral_date,referral_source,referral_reason,discharge_date,last_updated"),
    ("contacts", "contact_id,client_id,referral_id,contact_start,contact_end,contact_type,location_type,team_code,team_name,clinician_code,clinician_name,clinician_role,outcome,reason,note,last_updated"),
    ("assessments", "assessment_id,client_id,contact_id,assessed_at,assessment_type,item_code,item_snomed,item_name,value,unit,risk_band,assessor_code,assessor_name,assessor_role,status,last_updated"),
    ("wound_care", "wound_entry_id,wound_id,client_id,contact_id,assessed_at,wound_type,wound_snomed,body_site,length_mm,width_mm,depth_mm,tissue_type,exudate,infection_signs,dressing,next_dressing_due,assessor_code,assessor_name,last_updated"),
    ("care_plans", "care_plan_id,client_id,title,problem,problem_snomed,goal,intervention,frequency,start_date,review_date,end_date,status,author_code,author_name,last_updated"),
    ("allergies", "allergy_id,client_id,recorded_on,substance,snomed,category,reaction,severity,certainty,status,recorded_by,last_updated"),
];

/// How the files are written.
pub(crate) fn style(site: Site) -> Style {
    Style {
        prefix: format!("community_{}", site.code()),
        kinds: KINDS,
        hour: 2,
        mark: false,
        quoted: false,
    }
}

/// The records and rows of a person; none where the team never saw them.
pub(crate) fn plan(
    making: &Making<'_>,
    site: &SiteData,
    person: &Person,
) -> Option<(Vec<SourceRecord>, Vec<Row>)> {
    let mut prng = Prng::keyed(making.seed, "community", u64::from(person.id.0));
    let (from, to) = making.window.of(person);
    let years = age(person.birth, making.window.end);
    let share = match (years, person.diagnoses.len()) {
        (75.., _) | (65.., 2..) => 0.42,
        (65.., _) => 0.12,
        (_, 2..) => 0.10,
        _ => 0.015,
    };
    let known = person.hero || prng.chance(share);
    if !known || days_between(from.date(), to.date()) < 60 {
        return None;
    }
    let third = days_between(from.date(), to.date()) / if person.hero { 20 } else { 2 };
    let opened = moment(&mut prng, from, later(from, third * 1_440));
    let mut records = vec![record(&mut prng, making, person, opened, 0)];
    if !person.hero && prng.chance(making.rates.duplicate) {
        let again = moment(&mut prng, later(opened, 14 * 1_440), to);
        records.push(record(&mut prng, making, person, again, 1));
    }
    let mut rows = Vec::new();
    for record in &mut records {
        follow_the_truth(&mut prng, person, record, to, 0.6);
        let mut writer =
            rows::Writer { prng: &mut prng, making, site, person, record, rows: &mut rows, to };
        writer.write();
    }
    Some((records, rows))
}

fn record(
    prng: &mut Prng,
    making: &Making<'_>,
    person: &Person,
    opened: jiff::civil::DateTime,
    place: u32,
) -> SourceRecord {
    let (identity, mut blemishes) = if person.hero {
        (mess::true_identity(person, opened.date()), Vec::new())
    } else {
        mess::soil(prng, making.rates, System::Community, person, making.other_number, opened)
    };
    if place > 0 {
        blemishes.push(Blemish::Duplicate);
    }
    SourceRecord {
        person: person.id,
        site: person.site,
        system: System::Community,
        local_id: format!("C{}{:07}{place}", person.site.letter(), person.id.0),
        opened,
        identity,
        changes: Vec::new(),
        blemishes,
        merged_into: None,
    }
}
