//! Adult social care of the local authority, as CSV rows with versions.
//!
//! The headers are described in `docs/feeds/source-systems.md`. To add a kind of row, add its file
//! to [`KINDS`] and write it in `rows.rs`.

mod rows;

use crate::calendar::{age, days_between, later};
use crate::drop_files::{FileKind, Row, Style};
use crate::lives::{Making, follow_the_truth, moment};
use crate::mess;
use crate::person::Person;
use crate::prng::Prng;
use crate::record::SourceRecord;
use crate::sites::{Site, SiteData, System};

/// The files, in the order in which they are dropped.
#[rustfmt::skip]
pub const KINDS: &[FileKind] = &[
    ("people", "person_id,version,nhs_number,title,first_name,middle_names,last_name,preferred_name,former_last_name,date_of_birth,sex,ethnicity_code,language,interpreter_required,address,postcode,telephone,mobile,email,gp_practice_code,primary_support_reason,key_safe,access_note,date_of_death,updated_at"),
    ("next_of_kin", "relation_id,version,person_id,relation_type,relation_code,title,first_name,last_name,address,postcode,telephone,is_emergency_contact,is_main_carer,has_lasting_power_of_attorney,start_date,end_date,updated_at"),
    ("alerts", "alert_id,version,person_id,alert_type,severity,description,start_date,end_date,recorded_by,updated_at"),
    ("assessments", "assessment_id,version,person_id,assessment_type,domain,need_level,finding,assessed_on,assessor_id,assessor_name,assessor_role,status,updated_at"),
    ("care_packages", "package_id,version,person_id,service_type,provider_name,provider_code,frequency,hours_per_week,days,tasks,start_date,review_date,end_date,status,funding,updated_at"),
];

/// How the files are written.
pub(crate) fn style(site: Site) -> Style {
    Style {
        prefix: format!("socialcare_{}", site.code()),
        kinds: KINDS,
        hour: 3,
        mark: true,
        quoted: true,
    }
}

/// The record and rows of a person; none where social care never met them.
pub(crate) fn plan(
    making: &Making<'_>,
    site: &SiteData,
    person: &Person,
) -> Option<(SourceRecord, Vec<Row>)> {
    let mut prng = Prng::keyed(making.seed, "social care", u64::from(person.id.0));
    let (from, to) = making.window.of(person);
    let years = age(person.birth, making.window.end);
    let frail = person.has("dementia") || person.has("stroke");
    let share = match years {
        ..18 => 0.0,
        _ if frail => 0.5,
        80.. => 0.35,
        65.. => 0.10,
        _ => 0.01,
    };
    let known = person.hero || prng.chance(share);
    if !known || days_between(from.date(), to.date()) < 60 {
        return None;
    }
    let part = days_between(from.date(), to.date()) / if person.hero { 12 } else { 2 };
    let opened = moment(&mut prng, from, later(from, part * 1_440));
    let (identity, blemishes) = if person.hero {
        (mess::true_identity(person, opened.date()), Vec::new())
    } else {
        let (rates, other) = (making.rates, making.other_number);
        mess::soil(&mut prng, rates, System::SocialCare, person, other, opened)
    };
    let mut record = SourceRecord {
        person: person.id,
        site: person.site,
        system: System::SocialCare,
        local_id: format!("SC{}{:07}", person.site.letter(), person.id.0),
        opened,
        identity,
        changes: Vec::new(),
        blemishes,
        merged_into: None,
    };
    follow_the_truth(&mut prng, person, &mut record, to, 0.5);
    let mut rows = Vec::new();
    let mut writer = rows::Writer {
        prng: &mut prng,
        making,
        site,
        person,
        record: &record,
        rows: &mut rows,
        to,
    };
    writer.write();
    Some((record, rows))
}
