//! The ledger as people look at it: balances, items, one item with its parts.

use access::Duty;
use fhir::{Issue, IssueCode, ResourceId, Tree, VersionId};
use store::{FeedBalance, Item, ItemEvent, ItemFilter, ItemId, ItemPage, ResourceKey};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::linking::PERSON;

/// Segments, rows or entries of an item that are taken apart at the most.
const PARTS_MAX: usize = 500;
/// Resources of an item whose people are noted at the most.
const NOTED_MAX: usize = 1_000;
/// Fields of a part that are shown at the most.
const FIELDS_MAX: usize = 200;

/// One item with everything known of it.
#[derive(Clone, Debug)]
pub struct ItemView {
    /// The item with its bytes.
    pub item: Item,
    /// What became of it, step by step.
    pub events: Vec<ItemEvent>,
    /// The resources that it wrote.
    pub written: Vec<(ResourceKey, VersionId)>,
    /// Its parts; none where it cannot be taken apart.
    pub parts: Vec<ItemPart>,
}

/// A segment, row or entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemPart {
    /// As `PID, Patient Identification`.
    pub name: String,
    /// The fields that hold something.
    pub fields: Vec<ItemField>,
}

/// A field of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemField {
    /// As `PID-7`.
    pub position: String,
    /// What the standard or the header calls it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// First byte.
    pub start: usize,
    /// Just past the last byte.
    pub end: usize,
}

/// How much there is of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// People.
    pub people: u64,
    /// Source records of people.
    pub patients: u64,
    /// All current resources.
    pub resources: u64,
}

impl App {
    /// The balance of every feed that has received anything.
    pub async fn ledger(&self) -> Result<Vec<FeedBalance>, Failure> {
        Ok(self.store.ledger().await?)
    }

    /// A page of items, newest first.
    pub async fn items(&self, filter: &ItemFilter) -> Result<ItemPage, Failure> {
        Ok(self.store.items(filter).await?)
    }

    /// One item.
    pub async fn item(&self, id: ItemId) -> Result<ItemView, Failure> {
        let Some((item, events)) = self.store.item(id).await? else {
            let message = format!("item {id} was never received");
            return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
        };
        let written = self.store.resources_of_item(id).await?;
        self.note_item(&written).await?;
        let parts = item_parts(&item.content.bytes);
        Ok(ItemView { item, events, written, parts })
    }

    /// Notes whose records a message holds, for one who is shown it as part of a duty.
    async fn note_item(&self, written: &[(ResourceKey, VersionId)]) -> Result<(), Failure> {
        let Some(doors) = &self.doors else { return Ok(()) };
        doors.note_message();
        let keys: Vec<ResourceKey> =
            written.iter().take(NOTED_MAX).map(|(key, _)| key.clone()).collect();
        let all = self.elevated().store.read_many(&keys).await?;
        all.iter().flatten().for_each(|stored| doors.note(stored));
        Ok(())
    }

    /// How many people and resources there are.
    pub async fn totals(&self) -> Result<Totals, Failure> {
        let app = self.on_duty(Duty::Feeds).or_else(|_| self.on_duty(Duty::Settings))?;
        let counts = app.store.type_counts().await?;
        let of = |name| counts.iter().find(|(t, _)| t.as_str() == name).map_or(0, |(_, n)| *n);
        Ok(Totals {
            people: of(PERSON.as_str()),
            patients: of("Patient"),
            resources: counts.iter().map(|(_, count)| count).sum(),
        })
    }

    /// The bytes of a document with its media type.
    pub async fn document(&self, id: &ResourceId) -> Result<(String, Vec<u8>), Failure> {
        let key = ResourceKey {
            resource_type: fhir::ResourceType::from_static("DocumentReference"),
            id: id.clone(),
        };
        let stored = self.read(&key).await?;
        let tree = stored.body.as_deref().and_then(|body| Tree::parse(body).ok());
        let read = tree.as_ref().and_then(|tree| {
            use base64::Engine as _;
            let attachment = tree.root().at("content[0].attachment")?;
            let data = attachment.text_of("data")?;
            let bytes = base64::engine::general_purpose::STANDARD.decode(data).ok()?;
            Some((attachment.text_of("contentType").unwrap_or("").to_owned(), bytes))
        });
        read.ok_or_else(|| {
            let issue = Issue::error(
                IssueCode::NotFound,
                "DocumentReference.content[0].attachment",
                "the source sent no bytes of this document; ask the system that holds it",
            );
            Failure { category: Category::NotFound, issues: vec![issue] }
        })
    }
}

/// What HL7 v2 calls a field (from 1) of a segment.
pub fn hl7_field_name(segment: &str, field: usize) -> Option<&'static str> {
    hl7v2::field_name(segment, field).map(|field| field.name)
}

/// Takes an item apart by what its bytes look like; nothing where they are of no known form.
pub fn item_parts(bytes: &[u8]) -> Vec<ItemPart> {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0x0B);
    match start.map(|start| &bytes[start..]) {
        Some(rest) if rest.starts_with(b"MSH") || rest.starts_with(b"\xEF\xBB\xBFMSH") => {
            hl7_parts(bytes)
        }
        Some(rest) if rest.starts_with(b"{") => bundle_parts(bytes),
        _ => row_parts(bytes),
    }
}

fn hl7_parts(bytes: &[u8]) -> Vec<ItemPart> {
    let Ok(message) = hl7v2::Message::parse(bytes) else { return Vec::new() };
    let part = |segment: &hl7v2::Segment| {
        let code = segment.name();
        let title = hl7v2::segment_name(code).unwrap_or("local segment");
        let fields = message.fields(segment).filter(|(_, part)| !part.is_empty());
        let fields = fields.take(FIELDS_MAX).map(|(number, part)| {
            let range = part.range();
            let name = hl7v2::field_name(code, number).map_or("", |field| field.name);
            ItemField {
                position: format!("{code}-{number}"),
                name: name.to_owned(),
                text: message.charset().decode(part.raw()).into_owned(),
                start: range.start,
                end: range.end,
            }
        });
        ItemPart { name: format!("{code}, {title}"), fields: fields.collect() }
    };
    message.segments().iter().take(PARTS_MAX).map(part).collect()
}

fn bundle_parts(bytes: &[u8]) -> Vec<ItemPart> {
    let Ok(tree) = Tree::parse(bytes) else { return Vec::new() };
    let offset = bytes.len() - tree.text().len();
    let members = |value: fhir::Value<'_>| {
        let leaf = |member: fhir::Value<'_>| {
            let span = member.span();
            Some(ItemField {
                position: member.name().to_owned(),
                name: String::new(),
                text: member.as_text().map_or_else(|| member.raw().to_owned(), str::to_owned),
                start: span.start + offset,
                end: span.end + offset,
            })
        };
        value.members().filter_map(leaf).take(FIELDS_MAX).collect::<Vec<_>>()
    };
    let entries = tree.root().all("entry").enumerate().take(PARTS_MAX).map(|(index, entry)| {
        let resource = entry.get("resource").unwrap_or(entry);
        let name = resource.text_of("resourceType").unwrap_or("entry");
        ItemPart { name: format!("entry[{index}], {name}"), fields: members(resource) }
    });
    let parts: Vec<ItemPart> = entries.collect();
    if parts.is_empty() {
        let name = tree.resource_type().unwrap_or("object").to_owned();
        return vec![ItemPart { name, fields: members(tree.root()) }];
    }
    parts
}

/// A header line and rows, with each cell's bytes.
fn row_parts(bytes: &[u8]) -> Vec<ItemPart> {
    let mut rows = csv_rows(bytes).into_iter();
    let Some(header) = rows.next() else { return Vec::new() };
    let text = |range: &std::ops::Range<usize>| unquoted(&bytes[range.clone()]);
    rows.take(PARTS_MAX)
        .enumerate()
        .map(|(index, cells)| ItemPart {
            name: format!("row {}", index + 1),
            fields: cells
                .iter()
                .enumerate()
                .filter(|(_, range)| !range.is_empty())
                .take(FIELDS_MAX)
                .map(|(column, range)| ItemField {
                    position: format!("column {}", column + 1),
                    name: header.get(column).map(&text).unwrap_or_default(),
                    text: text(range),
                    start: range.start,
                    end: range.end,
                })
                .collect(),
        })
        .collect()
}

/// The byte ranges of the cells of each row, quotes included (RFC 4180).
fn csv_rows(bytes: &[u8]) -> Vec<Vec<std::ops::Range<usize>>> {
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                row.push(start..at);
                start = at + 1;
            }
            b'\r' | b'\n' if !quoted => {
                if at > start || !row.is_empty() {
                    row.push(start..at);
                    rows.push(std::mem::take(&mut row));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < bytes.len() || !row.is_empty() {
        row.push(start..bytes.len());
        rows.push(row);
    }
    rows
}

fn unquoted(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let text = text.trim_start_matches('\u{FEFF}');
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::item_parts;

    fn shown(bytes: &[u8]) -> Vec<String> {
        let parts = item_parts(bytes);
        let fields = parts.iter().flat_map(|part| {
            part.fields
                .iter()
                .map(move |f| format!("{}|{}|{}|{}", part.name, f.position, f.name, f.text))
        });
        fields.collect()
    }

    #[test]
    fn messages_rows_and_bundles_come_apart() {
        let hl7 =
            shown(b"MSH|^~\\&|PAS|ZZL|X|Y|20260101||ADT^A01|7|P|2.4\rPID|1||42^^^ZZL^MR\rZU1|a\r");
        assert!(
            hl7.contains(
                &"PID, Patient Identification|PID-3|Patient Identifier List|42^^^ZZL^MR".to_owned()
            ),
            "{hl7:?}"
        );
        assert!(hl7.contains(&"ZU1, local segment|ZU1-1||a".to_owned()), "{hl7:?}");
        assert_eq!(
            shown("\u{FEFF}\"a\",b\r\n\"x \"\"y\"\", z\",\r\n".as_bytes()),
            ["row 1|column 1|a|x \"y\", z"]
        );
        let bundle = br#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"1"}}]}"#;
        assert!(shown(bundle).contains(&"entry[0], Patient|id||1".to_owned()));
    }

    #[test]
    fn what_has_no_form_has_no_parts() {
        for bytes in [&b""[..], b"MSH|", b"{\"a\":", b"\xff\x00", b"\r\n\r\n"] {
            assert_eq!(shown(bytes), [""; 0], "{bytes:?}");
        }
    }

    #[test]
    fn ranges_are_those_of_the_bytes() {
        let bytes = b"h1,h2\r\n1,\"two, 2\"\r\n";
        let part = &item_parts(bytes)[0];
        let ranges: Vec<&[u8]> = part.fields.iter().map(|f| &bytes[f.start..f.end]).collect();
        assert_eq!(ranges, [&b"1"[..], b"\"two, 2\""]);
    }
}
