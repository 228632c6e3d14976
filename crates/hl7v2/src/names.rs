//! Names of segments, fields and components, for people who look at a message.
//! Spec: HL7 v2.8.2 chapters 2 to 15 and 2.A; the names are those of the tables there.
//!
//! To add a segment, add its row to `names.txt`; a data type, to `components.txt`.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A field's or component's name and data type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldName {
    /// The name: `Patient Identifier List`.
    pub name: &'static str,
    /// The data type in 2.5 and later: `CX`; empty where the field was withdrawn.
    pub data_type: &'static str,
}

/// One line a segment: name, title, then `name:type` for each field in order, all split by `|`.
const SEGMENTS: &str = include_str!("names.txt");

/// The same for data types and their components.
const DATA_TYPES: &str = include_str!("components.txt");

type Table = HashMap<&'static str, Names>;

struct Names {
    title: &'static str,
    fields: Vec<FieldName>,
}

fn segments() -> &'static Table {
    static NAMES: OnceLock<Table> = OnceLock::new();
    NAMES.get_or_init(|| read_table(SEGMENTS))
}

fn data_types() -> &'static Table {
    static NAMES: OnceLock<Table> = OnceLock::new();
    NAMES.get_or_init(|| read_table(DATA_TYPES))
}

fn read_table(text: &'static str) -> Table {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect()
}

fn read(line: &'static str) -> Option<(&'static str, Names)> {
    let mut columns = line.split('|');
    let (key, title) = (columns.next()?, columns.next()?);
    let fields = columns
        .map(|column| {
            let (name, data_type) = column.split_once(':').unwrap_or((column, ""));
            FieldName { name, data_type }
        })
        .collect();
    Some((key, Names { title, fields }))
}

/// The title of a segment: `Patient Identification`.
pub fn segment_name(segment: &str) -> Option<&'static str> {
    segments().get(segment).map(|names| names.title)
}

/// The name of a field (from 1) of a segment.
pub fn field_name(segment: &str, field: usize) -> Option<FieldName> {
    segments().get(segment)?.fields.get(field.checked_sub(1)?).copied()
}

/// The title of a data type: `Extended Person Name`.
pub fn data_type_name(data_type: &str) -> Option<&'static str> {
    data_types().get(data_type).map(|names| names.title)
}

/// The name of a component (from 1) of a data type; also of a subcomponent, by the data type of
/// the component that it is in.
///
/// ```
/// let family = hl7v2::component_name("XPN", 1).unwrap();
/// assert_eq!((family.name, family.data_type), ("Family Name", "FN"));
/// assert_eq!(hl7v2::component_name("FN", 3).unwrap().name, "Own Surname");
/// ```
pub fn component_name(data_type: &str, component: usize) -> Option<FieldName> {
    data_types().get(data_type)?.fields.get(component.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{
        DATA_TYPES, SEGMENTS, component_name, data_type_name, data_types, field_name, segment_name,
        segments,
    };

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

    #[test]
    fn names_of_components() {
        let name = |data_type, n| component_name(data_type, n).map(|c| (c.name, c.data_type));
        assert_eq!(data_type_name("XPN"), Some("Extended Person Name"));
        assert_eq!(name("CX", 4), Some(("Assigning Authority", "HD")));
        assert_eq!(name("CX", 5), Some(("Identifier Type Code", "ID")));
        assert_eq!(name("XCN", 9), Some(("Assigning Authority", "HD")));
        assert_eq!(name("XCN", 13), Some(("Identifier Type Code", "ID")));
        assert_eq!(name("XAD", 5), Some(("Zip or Postal Code", "ST")));
        assert_eq!(name("XTN", 12), Some(("Unformatted Telephone Number", "ST")));
        assert_eq!(name("XON", 10), Some(("Organization Identifier", "ST")));
        assert_eq!(name("PL", 4), Some(("Facility", "HD")));
        assert_eq!(name("CWE", 9), Some(("Original Text", "ST")));
        assert_eq!(name("EI", 5), None);
        assert_eq!(name("EI", 0), None);
        assert_eq!(name("ST", 1), None);
    }

    #[test]
    fn tables_are_whole() {
        let rows = |text: &'static str| text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows(SEGMENTS), segments().len(), "no segment is there twice");
        assert_eq!(rows(DATA_TYPES), data_types().len(), "no data type is there twice");
        // OSD is part of TQ, which 2.5 replaced; the others have no components.
        let plain = "ST TX FT NM SI ID IS DT TM DTM SNM GTS Varies OSD";
        let known: HashSet<&str> = plain.split(' ').chain(data_types().keys().copied()).collect();
        for (key, names) in segments().iter().chain(data_types()) {
            for field in &names.fields {
                assert!(!field.name.is_empty(), "{key}");
                let is_known = field.data_type.is_empty() || known.contains(field.data_type);
                assert!(is_known, "{key}: {} is {}", field.name, field.data_type);
            }
        }
    }
}
