//! ORU^R01: laboratory reports.

use super::Writing;
use super::segments::{self, Message, Pv1};
use crate::calendar::{hl7_time, later};
use crate::clinical::Analyte;
use crate::lives::chart::{Report, Stage};

/// One report at a stage.
pub(super) fn report(writing: &Writing<'_>, message: &mut Message, index: usize, stage: Stage) {
    let report = &writing.chart.reports[index];
    writing.msh(message, "LIMS", "ORU^R01^ORU_R01");
    segments::pid(writing, message);
    let visit = report.visit.map(|visit| &writing.chart.visits[visit as usize]);
    let function = visit.map_or("300", |visit| visit.cause.function);
    match visit {
        Some(visit) => {
            segments::pv1(writing, message, visit, visit.stays.first(), &Pv1::default());
        }
        None => segments::pv1_outpatient(writing, message, function, report.consultant),
    }
    let doctor = segments::xcn(writing.site.consultant(function, report.consultant));
    let status = match stage {
        Stage::Preliminary => "P",
        Stage::Final => "F",
        Stage::Corrected => "C",
    };
    let placer = format!("{}^PAS", report.placer);
    let filler = format!("{}^LIMS", report.filler);
    message.segment(
        "ORC",
        &[
            (1, "RE".to_owned()),
            (2, placer.clone()),
            (3, filler.clone()),
            (5, if stage == Stage::Preliminary { "A" } else { "CM" }.to_owned()),
            (9, hl7_time(report.taken)),
            (12, doctor.clone()),
        ],
    );
    message.segment(
        "OBR",
        &[
            (1, "1".to_owned()),
            (2, placer),
            (3, filler),
            (4, format!("{}^{}^L", report.panel.code, segments::text(report.panel.name))),
            (7, hl7_time(report.taken)),
            (14, hl7_time(later(report.taken, 20))),
            (16, doctor),
            (22, hl7_time(writing.event.at)),
            (24, "LAB".to_owned()),
            (25, status.to_owned()),
        ],
    );
    // A preliminary report has the first half of its results.
    let analytes = report.panel.analytes;
    let there = if stage == Stage::Preliminary { analytes.len() / 2 } else { analytes.len() };
    for (place, analyte) in analytes.iter().enumerate().take(there) {
        observation(writing, message, report, place, analyte, stage);
    }
    if stage == Stage::Corrected {
        message.raw("NTE|1|L|Corrected report: sample checked and run again.");
    } else if report.filler.ends_with('7') {
        message.raw("NTE|1|L|Slightly haemolysed \\T\\ insufficient for repeat.");
    }
}

fn observation(
    writing: &Writing<'_>,
    message: &mut Message,
    report: &Report,
    place: usize,
    analyte: &Analyte,
    stage: Stage,
) {
    let value = report.value(place, stage);
    let sex = writing.person.sex;
    let (low, high) = analyte.range(sex);
    let flag = value.parse().map_or("", |value| analyte.flag(sex, value));
    let corrected = report.correction.as_ref().is_some_and(|(at, _)| *at == place);
    let status = match stage {
        Stage::Preliminary => "P",
        Stage::Corrected if corrected => "C",
        Stage::Final | Stage::Corrected => "F",
    };
    message.segment(
        "OBX",
        &[
            (1, (place + 1).to_string()),
            (2, "NM".to_owned()),
            (
                3,
                format!(
                    "{}^{}^L^{}^{}^SCT",
                    analyte.code,
                    segments::text(analyte.name),
                    analyte.snomed,
                    segments::text(analyte.term)
                ),
            ),
            (5, value.to_owned()),
            (6, format!("{}^^UCUM", analyte.unit)),
            (7, format!("{low}-{high}")),
            (8, flag.to_owned()),
            (11, status.to_owned()),
            (14, hl7_time(report.taken)),
        ],
    );
}
