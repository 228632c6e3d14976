//! A person's record: the frame that its pages share, and the summary page.

use crate::clinician::results::ResultsSection;
use crate::clinician::sections::allergies::AllergiesSection;
use crate::clinician::sections::appointments::AppointmentsSection;
use crate::clinician::sections::documents::DocumentsSection;
use crate::clinician::sections::encounters::EncountersSection;
use crate::clinician::sections::immunisations::ImmunisationsSection;
use crate::clinician::sections::medicines::MedicinesSection;
use crate::clinician::sections::people::PeopleSection;
use crate::clinician::sections::problems::ProblemsSection;
use crate::clinician::sections::social_care::SocialCareSection;
use crate::clinician::timeline::TimelineList;
use crate::components::banner::PatientBanner;
use crate::components::supply::SourceSupply;
use crate::layout::Layout;
use askama::Template;
use std::fmt;

/// The pages of one record, in the order of their links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Everything that matters now.
    Summary,
    /// Everything in the order of time.
    Timeline,
    /// Problems and diagnoses.
    Problems,
    /// Medicines.
    Medicines,
    /// Allergies.
    Allergies,
    /// Results and measurements.
    Results,
    /// Stays and visits.
    Encounters,
    /// Appointments.
    Appointments,
    /// Letters and reports.
    Documents,
    /// Vaccinations.
    Immunisations,
    /// Social care.
    SocialCare,
    /// Next of kin and others.
    People,
}

impl View {
    /// Every page.
    pub const ALL: [Self; 12] = [
        Self::Summary,
        Self::Timeline,
        Self::Problems,
        Self::Medicines,
        Self::Allergies,
        Self::Results,
        Self::Encounters,
        Self::Appointments,
        Self::Documents,
        Self::Immunisations,
        Self::SocialCare,
        Self::People,
    ];

    /// The words of its link.
    pub fn words(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Timeline => "Timeline",
            Self::Problems => "Problems",
            Self::Medicines => "Medicines",
            Self::Allergies => "Allergies",
            Self::Results => "Results",
            Self::Encounters => "Stays and visits",
            Self::Appointments => "Appointments",
            Self::Documents => "Documents",
            Self::Immunisations => "Immunisations",
            Self::SocialCare => "Social care",
            Self::People => "Next of kin",
        }
    }

    /// The last segment of its address; the summary has none.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Summary => "",
            Self::Timeline => "timeline",
            Self::Problems => "problems",
            Self::Medicines => "medicines",
            Self::Allergies => "allergies",
            Self::Results => "results",
            Self::Encounters => "encounters",
            Self::Appointments => "appointments",
            Self::Documents => "documents",
            Self::Immunisations => "immunisations",
            Self::SocialCare => "social-care",
            Self::People => "next-of-kin",
        }
    }

    /// The page with this last segment.
    pub fn from_segment(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.segment() == segment)
    }
}

/// Why a page does not show the whole of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Others' parts are not shared with the reader's organisation.
    NotShared,
    /// There are more entries than the pages hold.
    Cut,
}

/// What every page of one record shows around its content.
#[derive(Clone, Debug)]
pub struct PersonFrame {
    /// Who the record is about.
    pub banner: PatientBanner,
    /// The address of the record.
    pub href: String,
    /// Which page this is.
    pub view: View,
    /// What each connected system supplies to the record as a whole.
    pub systems: Vec<SourceSupply>,
    /// Why what is shown is not the whole record.
    pub gaps: Vec<Gap>,
    /// Whether the reader's work is to check links between records.
    pub may_link: bool,
    /// Whether the reader can open apps: where people sign in.
    pub may_launch: bool,
}

impl PersonFrame {
    /// The page where the links between this person's records can be seen and undone.
    pub fn links_href(&self) -> String {
        let person = self.href.rsplit('/').next().unwrap_or("");
        format!("/console/links?person={person}")
    }

    /// The pages of this record with their addresses.
    pub fn links(&self) -> impl Iterator<Item = (View, String)> {
        View::ALL.into_iter().map(|view| match view.segment() {
            "" => (view, self.href.clone()),
            segment => (view, format!("{}/{segment}", self.href)),
        })
    }
}

/// The summary page.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/summary.html")]
pub struct SummaryPage {
    /// The frame of every page.
    pub layout: Layout,
    /// The person and what stands around every page about them.
    pub frame: PersonFrame,
    /// Allergies, before everything else.
    pub allergies: AllergiesSection,
    /// Current problems.
    pub problems: ProblemsSection,
    /// Current medicines.
    pub medicines: MedicinesSection,
    /// The newest results.
    pub results: ResultsSection,
    /// The newest entries of the timeline.
    pub recent: TimelineList,
    /// How many entries the timeline has.
    pub recent_total: usize,
    /// Where the person is now, and was last.
    pub encounters: EncountersSection,
    /// What is to come.
    pub appointments: AppointmentsSection,
    /// The newest letters.
    pub documents: DocumentsSection,
    /// Vaccinations.
    pub immunisations: ImmunisationsSection,
    /// Packages, assessments, contacts.
    pub social_care: SocialCareSection,
    /// Next of kin.
    pub people: PeopleSection,
}

/// The page of one section in full.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/section_page.html")]
pub struct SectionPage {
    /// The frame of every page.
    pub layout: Layout,
    /// The person and what stands around every page about them.
    pub frame: PersonFrame,
    /// The section.
    pub section: Section,
}

/// One section of the record.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is named for the section that it holds")]
pub enum Section {
    Allergies(AllergiesSection),
    Appointments(AppointmentsSection),
    Documents(DocumentsSection),
    Encounters(EncountersSection),
    Immunisations(ImmunisationsSection),
    Medicines(MedicinesSection),
    People(PeopleSection),
    Problems(ProblemsSection),
    Results(Box<ResultsSection>),
    SocialCare(SocialCareSection),
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allergies(section) => section.fmt(f),
            Self::Appointments(section) => section.fmt(f),
            Self::Documents(section) => section.fmt(f),
            Self::Encounters(section) => section.fmt(f),
            Self::Immunisations(section) => section.fmt(f),
            Self::Medicines(section) => section.fmt(f),
            Self::People(section) => section.fmt(f),
            Self::Problems(section) => section.fmt(f),
            Self::Results(section) => section.fmt(f),
            Self::SocialCare(section) => section.fmt(f),
        }
    }
}

impl askama::filters::HtmlSafe for Section {}
