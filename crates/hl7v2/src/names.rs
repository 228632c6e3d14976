//! Names of segments and their fields, for people who look at a message.
//! Spec: HL7 v2.8.2 chapters 2 to 12; the names are those of the segment tables.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A field's name and data type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldName {
    /// The name: `Patient Identifier List`.
    pub name: &'static str,
    /// The data type in 2.5 and later: `CX`.
    pub data_type: &'static str,
}

/// One line a segment: name, title, then `name:type` for each field in order, all split by `|`.
const TABLE: &str = include_str!("names.txt");

struct SegmentNames {
    title: &'static str,
    fields: Vec<FieldName>,
}

fn table() -> &'static HashMap<&'static str, SegmentNames> {
    static NAMES: OnceLock<HashMap<&'static str, SegmentNames>> = OnceLock::new();
    NAMES.get_or_init(|| {
        TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect()
    })
}

fn read(line: &'static str) -> Option<(&'static str, SegmentNames)> {
    let mut columns = line.split('|');
    let (segment, title) = (columns.next()?, columns.next()?);
    let fields = columns
        .map(|column| {
            let (name, data_type) = column.split_once(':').unwrap_or((column, ""));
            FieldName { name, data_type }
        })
        .collect();
    Some((segment, SegmentNames { title, fields }))
}

/// The title of a segment: `Patient Identification`.
pub fn segment_name(segment: &str) -> Option<&'static str> {
    table().get(segment).map(|names| names.title)
}

/// The name of a field (from 1) of a segment.
pub fn field_name(segment: &str, field: usize) -> Option<FieldName> {
    table().get(segment)?.fields.get(field.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::{field_name, segment_name};

    #[test]
    fn names_of_fields() {
        let name = |segment, field| field_name(segment, field).map(|f| (f.name, f.data_type));
        assert_eq!(segment_name("PID"), Some("Patient Identification"));
        assert_eq!(name("MSH", 10), Some(("Message Control ID", "ST")));
        assert_eq!(name("PID", 3), Some(("Patient Identifier List", "CX")));
        assert_eq!(name("PID", 7), Some(("Date/Time of Birth", "DTM")));
        assert_eq!(name("PV1", 19), Some(("Visit Number", "CX")));
        assert_eq!(name("PV1", 44), Some(("Admit Date/Time", "DTM")));
        assert_eq!(name("OBX", 5), Some(("Observation Value", "Varies")));
        assert_eq!(name("OBX", 11), Some(("Observation Result Status", "ID")));
        assert_eq!(name("OBR", 25), Some(("Result Status", "ID")));
        assert_eq!(name("TXA", 12), Some(("Unique Document Number", "EI")));
        assert_eq!(name("PID", 0), None);
        assert_eq!(name("ZU1", 1), None);
    }
}
