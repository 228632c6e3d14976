//! Parts that several pages share, each a small typed struct with its own template.
//!
//! A component implements `HtmlSafe`, so a template shows it with `{{ component }}`; plain text is
//! always escaped. To add one: a file here, its markup inline or under `templates/components/`, and
//! a line in `html_safe!` below.

pub mod age;
pub mod banner;
pub mod chart;
pub mod evidence;
pub mod form;
pub mod letters;
pub mod moment;
pub mod nhs_number;
pub mod pagination;
pub mod source;
pub mod supply;
pub mod tag;
pub mod traced;

macro_rules! html_safe {
    ($($component:ty),* $(,)?) => {
        $(impl askama::filters::HtmlSafe for $component {})*
    };
}

html_safe!(
    banner::PatientBanner,
    chart::Trend,
    evidence::Evidence,
    form::DateInput,
    form::ErrorSummary,
    form::TextArea,
    form::TextInput,
    letters::Letters,
    letters::Told,
    moment::Moment,
    nhs_number::NhsNumber,
    pagination::Pagination,
    source::Source,
    supply::Supplies,
    tag::Tag,
    traced::Provenance,
    traced::Traced,
    crate::triage::about::Picture,
);
