//! Every HL7 message is well formed, by a small check that shares no code with the writer.

use std::collections::HashMap;

use testkit::{Site, System};

use crate::area;

/// The fields of a segment by number, MSH-1 being the separator.
pub(crate) fn field<'a>(message: &'a str, segment: &str, number: usize) -> Option<&'a str> {
    let line = message.split('\r').find(|line| line.split('|').next() == Some(segment))?;
    let at = if segment == "MSH" { number - 1 } else { number };
    line.split('|').nth(at)
}

fn is_time(text: &str) -> bool {
    matches!(text.len(), 8 | 14)
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=12).contains(&text[4..6].parse().unwrap_or(0))
        && (1..=31).contains(&text[6..8].parse().unwrap_or(0))
}

/// Escapes begin and end, and are ones that the standard knows.
fn escapes_are_sound(line: &str) -> bool {
    let mut parts = line.split('\\');
    parts.next();
    let inside: Vec<&str> = parts.step_by(2).collect();
    line.matches('\\').count().is_multiple_of(2)
        && inside.iter().all(|name| matches!(*name, "F" | "S" | "T" | "R" | "E" | ".br"))
}

fn check(message: &str) -> Result<(), String> {
    let lines: Vec<&str> = message.split_terminator('\r').collect();
    if !message.ends_with('\r') || lines.iter().any(|line| line.contains('\n')) {
        return Err("segments end with CR".into());
    }
    if !lines[0].starts_with("MSH|^~\\&|") {
        return Err("MSH comes first".into());
    }
    for line in &lines[1..] {
        let name = line.split('|').next().unwrap_or("");
        let known = [
            "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "AL1", "DG1", "MRG", "ORC", "OBR", "OBX",
            "NTE", "SCH", "RGS", "AIS", "AIP", "AIL", "TXA", "ZU1", "ZU8",
        ];
        if !known.contains(&name) {
            return Err(format!("segment {name}"));
        }
        if !escapes_are_sound(line) {
            return Err(format!("escapes in {line}"));
        }
        if line.ends_with('|') {
            return Err(format!("empty fields at the end of {name}"));
        }
    }
    for (segment, number) in [
        ("MSH", 7),
        ("EVN", 2),
        ("EVN", 6),
        ("PV1", 44),
        ("PV1", 45),
        ("OBR", 7),
        ("OBR", 22),
        ("TXA", 4),
    ] {
        if let Some(value) = field(message, segment, number)
            && !value.is_empty()
            && !is_time(value)
        {
            return Err(format!("{segment}-{number} is {value}"));
        }
    }
    Ok(())
}

#[test]
fn every_message_is_well_formed() {
    let mut kinds: HashMap<String, u32> = HashMap::new();
    for site in Site::ALL {
        for delivery in area().deliveries(site, System::Hospital) {
            let text = std::str::from_utf8(&delivery.payload).unwrap();
            assert_eq!(check(text), Ok(()), "{text}");
            let pid: Vec<&str> = field(text, "PID", 3).unwrap().split('~').collect();
            assert!(pid.last().unwrap().ends_with(&format!("^^^{}^MR", site.trust())));
            assert!(pid.len() <= 2);
            assert_eq!(field(text, "MSH", 10), Some(delivery.name.as_str()));
            assert_eq!(field(text, "MSH", 4), Some(site.trust()));
            *kinds.entry(field(text, "MSH", 9).unwrap().to_owned()).or_default() += 1;
        }
    }
    for wanted in [
        "ADT^A28^ADT_A05",
        "ADT^A31^ADT_A05",
        "ADT^A01^ADT_A01",
        "ADT^A02^ADT_A02",
        "ADT^A03^ADT_A03",
        "ADT^A04^ADT_A01",
        "ADT^A05^ADT_A05",
        "ADT^A08^ADT_A01",
        "ADT^A11^ADT_A09",
        "ADT^A12^ADT_A12",
        "ADT^A13^ADT_A01",
        "ADT^A40^ADT_A39",
        "ORU^R01^ORU_R01",
        "SIU^S12^SIU_S12",
        "SIU^S13^SIU_S12",
        "SIU^S14^SIU_S12",
        "SIU^S15^SIU_S12",
        "MDM^T02^MDM_T02",
    ] {
        assert!(kinds.get(wanted).is_some_and(|count| *count > 0), "{wanted} in {kinds:?}");
    }
}

#[test]
fn the_check_itself_finds_faults() {
    let sound = "MSH|^~\\&|PAS\rPID|1||x\r";
    assert_eq!(check(sound), Ok(()));
    for broken in [
        "PID|1\r",
        "MSH|^~\\&|PAS",
        "MSH|^~\\&|PAS\rQQQ|1\r",
        "MSH|^~\\&|PAS\rPID|a\\Xb\r",
        "MSH|^~\\&|PAS\rPID|1|\r",
        "MSH|^~\\&|PAS\rEVN|A01|20251331\r",
        "MSH|^~\\&|PAS\r\nPID|1\r",
    ] {
        assert!(check(broken).is_err(), "{broken:?}");
    }
}

#[test]
fn control_ids_are_unique_but_for_copies() {
    for site in Site::ALL {
        let mut seen: HashMap<String, Vec<u8>> = HashMap::new();
        let mut last = None;
        for delivery in area().deliveries(site, System::Hospital) {
            assert!(last.is_none_or(|at| at <= delivery.at), "sent in order");
            last = Some(delivery.at);
            if let Some(first) = seen.get(&delivery.name) {
                assert!(delivery.copy && *first == delivery.payload);
            } else {
                assert!(!delivery.copy);
                seen.insert(delivery.name, delivery.payload);
            }
        }
    }
}

#[test]
fn results_carry_units_ranges_and_right_flags() {
    let mut checked = 0;
    let mut outside = 0;
    for delivery in area().deliveries(Site::Bristol, System::Hospital) {
        let text = String::from_utf8(delivery.payload).unwrap();
        if !text.contains("||ORU^R01") {
            continue;
        }
        for line in text.split('\r').filter(|line| line.starts_with("OBX|")) {
            let fields: Vec<&str> = line.split('|').collect();
            let value: f64 = fields[5].parse().unwrap();
            let (low, high) = fields[7].split_once('-').unwrap();
            let (low, high): (f64, f64) = (low.parse().unwrap(), high.parse().unwrap());
            assert!(fields[6].ends_with("^^UCUM"));
            let within = matches!(fields[8], "N");
            assert_eq!(within, (low..=high).contains(&value), "{line}");
            checked += 1;
            outside += u32::from(!within);
        }
    }
    assert!(checked > 2_000, "{checked}");
    let share = f64::from(outside) / f64::from(checked);
    assert!((0.03..0.45).contains(&share), "{share} of results are abnormal");
}
