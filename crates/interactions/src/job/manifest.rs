//! The manifests that say where the files of a job are.
//! Spec: <https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status>.

use fhir::Element;

use super::files::Part;

/// What a manifest says.
pub(crate) struct Manifest<'m> {
    /// When the data was as it is in the files: microseconds since 1970.
    pub(crate) transaction_time: i64,
    /// The request, as a URL.
    pub(crate) request: &'m str,
    /// The base of the files' URLs.
    pub(crate) files: &'m str,
    /// The files of resources.
    pub(crate) output: &'m [Part],
    /// The files of deletions, where they were asked for.
    pub(crate) deleted: Option<&'m [Part]>,
    /// The files of OperationOutcomes.
    pub(crate) error: &'m [Part],
    /// How many Patients were left out because they chose so, where that was asked about.
    pub(crate) left_out: Option<usize>,
}

impl Manifest<'_> {
    /// As JSON.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let mut manifest = Element::object();
        let time = fhir::format_instant(self.transaction_time);
        manifest.set("transactionTime", Element::string(time));
        manifest.set("request", Element::string(self.request));
        manifest.set("requiresAccessToken", Element::Bool(false));
        manifest.set("output", self.listed(self.output));
        if let Some(deleted) = self.deleted {
            manifest.set("deleted", self.listed(deleted));
        }
        manifest.set("error", self.listed(self.error));
        if let Some(left_out) = self.left_out {
            // Bulk Data lets servers say more under `extension`, an object of names of their own.
            let mut extension = Element::object();
            let count = Element::Number(left_out.to_string().into());
            extension.set("urn:careloom:left-out-by-choice", count);
            manifest.set("extension", extension);
        }
        manifest.to_compact()
    }

    fn listed(&self, parts: &[Part]) -> Element {
        let item = |part: &Part| {
            let mut item = Element::object();
            item.set("type", Element::string(part.resource_type.as_str()));
            item.set("url", Element::string(format!("{}/{}", self.files, part.name)));
            item.set("count", Element::Number(part.count.to_string().into()));
            item
        };
        Element::Array(parts.iter().map(item).collect())
    }
}
