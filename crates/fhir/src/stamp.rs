//! The one change that the server makes to a resource: `id`, `meta.versionId`, `meta.lastUpdated`.
//!
//! Everything else stays as it was accepted. Version and time are known only inside the write
//! transaction, so the text is cut open there: a [`Draft`] is the text before and after.
//! Spec: FHIR R4 §3.1.0.7 (create), §2.27 (meta).

use crate::tree::{Kind, Tree, Value};
use crate::write::{Edit, write_string};

/// A resource's compact JSON with room for version and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text up to and with `"versionId":"`.
    pub before: Vec<u8>,
    /// The text from the quote that ends `lastUpdated` on.
    pub after: Vec<u8>,
}

impl Draft {
    /// The resource's text with version and time in place.
    pub fn fill(&self, version: u32, last_updated: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.before.len() + self.after.len() + 64);
        self.fill_into(version, last_updated, &mut out);
        out
    }

    /// Appends the resource's text with version and time in place.
    pub fn fill_into(&self, version: u32, last_updated: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        out.extend_from_slice(version.to_string().as_bytes());
        out.extend_from_slice(br#"","lastUpdated":""#);
        out.extend_from_slice(last_updated.as_bytes());
        out.extend_from_slice(&self.after);
    }
}

/// Prepares `resource` for storing under `id`, with `edit` asked about every other value
/// (a transaction puts its resolved references in that way).
///
/// `resourceType` and `id` come first, then `meta`; the other members keep their order. A `meta`
/// that is no object is replaced. `resource` may stand anywhere in its tree.
pub fn stamp<F: FnMut(Value<'_>) -> Edit>(resource: Value<'_>, id: &str, edit: &mut F) -> Draft {
    let mut before = Vec::with_capacity(128);
    before.extend_from_slice(br#"{"resourceType":"#);
    write_string(resource.text_of("resourceType").unwrap_or(""), &mut before);
    before.extend_from_slice(br#","id":"#);
    write_string(id, &mut before);
    before.extend_from_slice(br#","meta":{"versionId":""#);
    let mut after = Vec::with_capacity(resource.span().len() + 64);
    after.push(b'"');
    let meta = resource.get("meta").filter(|meta| meta.kind() == Kind::Object);
    for member in meta.iter().flat_map(|meta| meta.members()) {
        if !matches!(member.name(), "versionId" | "lastUpdated") {
            write_member(member, &mut after, edit);
        }
    }
    after.push(b'}');
    for member in resource.members() {
        if !matches!(member.name(), "resourceType" | "id" | "meta") {
            write_member(member, &mut after, edit);
        }
    }
    after.push(b'}');
    Draft { before, after }
}

fn write_member<F: FnMut(Value<'_>) -> Edit>(member: Value<'_>, out: &mut Vec<u8>, edit: &mut F) {
    let length = out.len();
    out.push(b',');
    member.write_name(out);
    match edit(member) {
        Edit::Keep => member.write_kept(out, edit),
        Edit::Replace(text) => out.extend_from_slice(text.as_bytes()),
        Edit::Remove => out.truncate(length),
    }
}

/// Whether two resources say the same, `meta.versionId` and `meta.lastUpdated` aside.
pub fn same_content(a: &Tree, b: &Tree) -> bool {
    let text = |tree: &Tree| {
        stamp(tree.root(), tree.root().text_of("id").unwrap_or(""), &mut |_| Edit::Keep).fill(0, "")
    };
    match (Tree::parse(&text(a)), Tree::parse(&text(b))) {
        (Ok(a), Ok(b)) => a.root() == b.root(),
        _ => false,
    }
}
