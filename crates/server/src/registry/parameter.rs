//! Query parameters and headers that shape interactions, as the OpenAPI document lists them.
//! Spec: <https://hl7.org/fhir/R4/search.html#return>, <https://hl7.org/fhir/R4/http.html#parameters>.
//!
//! To list one more parameter of searches, add it to [`RESULTS`] or [`OF_ALL`].

/// What a parameter's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Any text.
    Text,
    /// A whole number, 0 or more.
    Number,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A query parameter or header that shapes an interaction, besides search parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    /// `query` or `header`, as OpenAPI names the places.
    pub(crate) place: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) doc: &'static str,
    /// What its value looks like.
    pub(crate) shape: Shape,
}

impl Parameter {
    /// The same with a value of this shape.
    pub(crate) const fn of(self, shape: Shape) -> Parameter {
        Parameter { shape, ..self }
    }
}

/// A query parameter.
pub(crate) const fn query(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { place: "query", name, doc, shape: Shape::Text }
}

/// A header.
pub(crate) const fn header(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { place: "header", name, doc, shape: Shape::Text }
}

/// What shapes the answer of every search.
pub(super) const RESULTS: [Parameter; 12] = [
    query("_count", "matches on a page at the most").of(Shape::Number),
    query("_sort", "parameters to sort by, with commas between; a minus before one turns it round"),
    query("_summary", "which part of each resource is shown, or only their number")
        .of(Shape::OneOf(&["true", "false", "text", "data", "count"])),
    query("_elements", "elements to show, with commas between"),
    query("_total", "how exactly the matches are counted")
        .of(Shape::OneOf(&["none", "estimate", "accurate"])),
    query("_include", "what the matches refer to: Type:reference, with :Target, or *"),
    query("_revinclude", "what refers to the matches: Type:reference, with :Target, or *"),
    query("_contained", "whether contained resources are searched")
        .of(Shape::OneOf(&["true", "false", "both"])),
    query("_containedType", "what is answered where a contained resource matches")
        .of(Shape::OneOf(&["container", "contained"])),
    query("_explain", "whether the way that the search takes is told beside its answer")
        .of(Shape::OneOf(&["true", "false"])),
    FORMAT,
    PRETTY,
];

/// Which representation is answered.
pub(super) const FORMAT: Parameter =
    query("_format", "json or xml, or a media type of these; it goes before Accept");

/// How it is laid out.
pub(super) const PRETTY: Parameter = query("_pretty", "whether the answer is laid out for reading")
    .of(Shape::OneOf(&["true", "false"]));

/// What every search can select by, and no definition gives values for.
pub(super) const OF_ALL: [Parameter; 4] = [
    query("_content", "words anywhere in the resource, with and, or, not, quotes and a star"),
    query("_filter", "an expression of the filter language"),
    query("_list", "the id of a List that names the resource"),
    query("_text", "words in the narrative, written as for _content"),
];

#[cfg(test)]
mod tests {
    use super::RESULTS;

    #[test]
    fn what_is_listed_is_what_searches_read() {
        let listed: Vec<&str> = RESULTS.iter().map(|each| each.name).collect();
        assert_eq!(listed, search::RESULT_PARAMETERS);
    }
}
