//! The operations as one table: what routes, the CapabilityStatement, the OpenAPI document and the
//! OperationDefinitions are made from.
//! Spec: <https://hl7.org/fhir/R4/operationslist.html>.
//!
//! To add an operation: a file that does it, a [`Run`], and its [`Operation`] here.

use fhir::ResourceType;

/// Where an operation is invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationLevel {
    /// `[base]/$name`
    System,
    /// `[base]/Type/$name`
    Type,
    /// `[base]/Type/id/$name`
    Instance,
    /// `[base]/Type/id/_history/version/$name`
    Version,
}

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A whole number from 1.
    PositiveInt,
    /// A code, or several with commas between them.
    Code,
    /// A date, whole or in part.
    Date,
    /// A date or time, whole or in part.
    Instant,
    /// A URI.
    Uri,
    /// The `Meta` of a resource.
    Meta,
    /// A resource.
    Resource,
}

impl InputType {
    /// Its name in an OperationDefinition.
    pub fn as_str(self) -> &'static str {
        match self {
            InputType::Boolean => "boolean",
            InputType::Integer => "integer",
            InputType::PositiveInt => "positiveInt",
            InputType::Code => "code",
            InputType::Date => "date",
            InputType::Instant => "instant",
            InputType::Uri => "uri",
            InputType::Meta => "Meta",
            InputType::Resource => "Resource",
        }
    }

    /// Whether a value can stand in a URL.
    pub fn is_primitive(self) -> bool {
        !matches!(self, InputType::Meta | InputType::Resource)
    }
}

/// A parameter that goes in.
#[derive(Clone, Copy, Debug)]
pub struct OperationInput {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: InputType,
    /// Whether it must be given.
    pub is_required: bool,
    /// Whether it may be given more than once.
    pub may_repeat: bool,
    /// What it does.
    pub doc: &'static str,
}

/// Which of the operations it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Validate,
    Meta,
    MetaAdd,
    MetaDelete,
    LastN,
    Everything,
    Purge,
    Expunge,
    ExplainAccess,
    /// It has a route of its own.
    Elsewhere,
}

/// An operation that is served.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The id of its OperationDefinition: `Patient-everything`.
    pub id: &'static str,
    /// Its name with the dollar sign: `$everything`.
    pub code: &'static str,
    /// The same for people.
    pub title: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The canonical URL of the definition that it follows, where the specification has one.
    pub base: Option<&'static str>,
    /// The types that it works on; none means all.
    pub types: &'static [&'static str],
    /// Where it is invoked.
    pub levels: &'static [OperationLevel],
    /// Whether it changes anything; if not, it can be invoked by GET.
    pub affects_state: bool,
    /// Whether search parameters may stand beside its own.
    pub searches: bool,
    /// Its parameters.
    pub inputs: &'static [OperationInput],
    /// The type of what comes out.
    pub output: &'static str,
    /// The test that shows it, as `file#function`.
    pub test: &'static str,
    pub(crate) run: Run,
}

impl Operation {
    /// Whether it works on resources of this type.
    pub fn takes(&self, resource_type: ResourceType) -> bool {
        self.types.is_empty() || self.types.contains(&resource_type.as_str())
    }

    /// Whether it is run here, and not by a use case with routes of its own.
    pub fn is_run_here(&self) -> bool {
        self.run != Run::Elsewhere
    }

    /// The name without the dollar sign.
    pub fn name(&self) -> &'static str {
        self.code.trim_start_matches('$')
    }
}

/// The operation of this name at this level, and of this type where it is of one.
pub fn find_operation(
    code: &str,
    level: OperationLevel,
    resource_type: Option<ResourceType>,
) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| {
        operation.code == code
            && operation.levels.contains(&level)
            && resource_type.is_none_or(|resource_type| operation.takes(resource_type))
    })
}

const fn input(name: &'static str, kind: InputType, doc: &'static str) -> OperationInput {
    OperationInput { name, kind, is_required: false, may_repeat: false, doc }
}

const META: OperationInput = OperationInput {
    is_required: true,
    ..input("meta", InputType::Meta, "the profiles, tags and security labels")
};

const EVERYWHERE: &[OperationLevel] = &[
    OperationLevel::System,
    OperationLevel::Type,
    OperationLevel::Instance,
    OperationLevel::Version,
];

const AT_RESOURCES: &[OperationLevel] = &[OperationLevel::Instance, OperationLevel::Version];

const SINCE: OperationInput =
    input("_since", InputType::Instant, "only what was last updated at this instant or later");

const TYPE: OperationInput = OperationInput {
    may_repeat: true,
    ..input("_type", InputType::Code, "types to answer, with commas between them")
};

const COUNT: OperationInput =
    input("_count", InputType::PositiveInt, "resources on a page at the most");

const CURSOR: OperationInput =
    input("_cursor", InputType::Code, "where a page goes on, as a next link has it");

const START: OperationInput =
    input("start", InputType::Date, "only care that was not over before this day");

const END: OperationInput = input("end", InputType::Date, "only care that began by this day");

const EVERYTHING_TEST: &str =
    "crates/server/tests/it/operation/everything.rs#all_of_a_patient_and_nothing_of_others";

const EXPORT: &[OperationInput] = &[
    input("_outputFormat", InputType::Code, "application/fhir+ndjson"),
    SINCE,
    TYPE,
    OperationInput {
        may_repeat: true,
        ..input(
            "_typeFilter",
            InputType::Code,
            "queries of types, such as Observation?status=final",
        )
    },
    input("_elements", InputType::Code, "elements to write, with those that must be there"),
];

/// What a bulk export of a level is, begun with `Prefer: respond-async`.
const fn export(
    id: &'static str,
    title: &'static str,
    base: &'static str,
    types: &'static [&'static str],
    levels: &'static [OperationLevel],
) -> Operation {
    Operation {
        id,
        code: "$export",
        title,
        doc: "Begins an export as NDJSON files; needs Prefer: respond-async.",
        base: Some(base),
        types,
        levels,
        affects_state: false,
        searches: false,
        inputs: EXPORT,
        output: "Binary",
        test: "crates/server/tests/it/export.rs#patients_and_groups",
        run: Run::Elsewhere,
    }
}

/// Every operation.
pub static OPERATIONS: &[Operation] = &[
    Operation {
        id: "Resource-validate",
        code: "$validate",
        title: "Validate a resource",
        doc: "Says whether a resource has the form of its type, and whether it could be created, \
              updated or deleted as mode says. The answer is an OperationOutcome; at one resource \
              the stored one is looked at where none is sent.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Resource-validate"),
        types: &[],
        levels: &[OperationLevel::Type, OperationLevel::Instance],
        affects_state: false,
        searches: false,
        inputs: &[
            input("resource", InputType::Resource, "the resource; it may also be the body itself"),
            input("mode", InputType::Code, "create, update, delete or profile"),
            OperationInput {
                may_repeat: true,
                ..input("profile", InputType::Uri, "a profile to validate against")
            },
        ],
        output: "OperationOutcome",
        test: "crates/server/tests/it/operation/validate.rs#what_validation_says",
        run: Run::Validate,
    },
    Operation {
        id: "Resource-meta",
        code: "$meta",
        title: "Read profiles, tags and security labels",
        doc: "The profiles, tags and security labels of one version, of a resource, of all resources \
              of a type, or of all resources.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Resource-meta"),
        types: &[],
        levels: EVERYWHERE,
        affects_state: false,
        searches: false,
        inputs: &[],
        output: "Meta",
        test: "crates/server/tests/it/operation/meta.rs#labels_come_and_go",
        run: Run::Meta,
    },
    Operation {
        id: "Resource-meta-add",
        code: "$meta-add",
        title: "Add profiles, tags and security labels",
        doc: "Adds the profiles, tags and security labels that a resource does not have yet, as a new \
              version; where it has them all nothing is written. At a version, that version must be \
              the current one.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Resource-meta-add"),
        types: &[],
        levels: AT_RESOURCES,
        affects_state: true,
        searches: false,
        inputs: &[META],
        output: "Meta",
        test: "crates/server/tests/it/operation/meta.rs#labels_come_and_go",
        run: Run::MetaAdd,
    },
    Operation {
        id: "Resource-meta-delete",
        code: "$meta-delete",
        title: "Take profiles, tags and security labels away",
        doc: "Takes away the profiles, tags and security labels named, as a new version; where the \
              resource has none of them nothing is written. At a version, that version must be the \
              current one.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Resource-meta-delete"),
        types: &[],
        levels: AT_RESOURCES,
        affects_state: true,
        searches: false,
        inputs: &[META],
        output: "Meta",
        test: "crates/server/tests/it/operation/meta.rs#labels_come_and_go",
        run: Run::MetaDelete,
    },
    Operation {
        id: "Observation-lastn",
        code: "$lastn",
        title: "Last observations",
        doc: "The newest observations of each kind about someone. Observations are of one kind where \
              they have a code in common, directly or by way of others; without codes, where their \
              text is the same. Search parameters of Observation narrow what is looked at; patient or \
              subject must be among them.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Observation-lastn"),
        types: &["Observation"],
        levels: &[OperationLevel::Type],
        affects_state: false,
        searches: true,
        inputs: &[input(
            "max",
            InputType::PositiveInt,
            "observations of each kind; 1 if not given",
        )],
        output: "Bundle",
        test: "crates/server/tests/it/operation/lastn.rs#the_newest_of_each_kind",
        run: Run::LastN,
    },
    Operation {
        id: "Patient-everything",
        code: "$everything",
        title: "All that is known of a patient",
        doc: "The patient, the members of the patient's compartment, and what these refer to, each \
              once: practitioners, organizations, medications, locations and what those refer to. \
              Nothing that belongs to another patient is among it. Without an id, of all patients, as \
              long as they are few.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Patient-everything"),
        types: &["Patient"],
        levels: &[OperationLevel::Type, OperationLevel::Instance],
        affects_state: false,
        searches: false,
        inputs: &[START, END, SINCE, TYPE, COUNT, CURSOR],
        output: "Bundle",
        test: EVERYTHING_TEST,
        run: Run::Everything,
    },
    Operation {
        id: "Encounter-everything",
        code: "$everything",
        title: "All that is known of an encounter",
        doc: "The encounter, the members of its compartment, and what these refer to, each once.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Encounter-everything"),
        types: &["Encounter"],
        levels: &[OperationLevel::Instance],
        affects_state: false,
        searches: false,
        inputs: &[SINCE, TYPE, COUNT, CURSOR],
        output: "Bundle",
        test: "crates/server/tests/it/operation/everything.rs#all_of_an_encounter",
        run: Run::Everything,
    },
    Operation {
        id: "Group-everything",
        code: "$everything",
        title: "All that is known of the members of a group",
        doc: "The group, its patients with the members of their compartments, and what these refer \
              to, each once.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Group-everything"),
        types: &["Group"],
        levels: &[OperationLevel::Instance],
        affects_state: false,
        searches: false,
        inputs: &[START, END, SINCE, TYPE, COUNT, CURSOR],
        output: "Bundle",
        test: "crates/server/tests/it/operation/everything.rs#all_of_a_group",
        run: Run::Everything,
    },
    Operation {
        id: "Patient-purge",
        code: "$purge",
        title: "Erase a patient",
        doc: "Erases a patient and all that belongs to that patient alone, deleted or not, with every \
              version, lineage, and the bytes of items that wrote nothing else. Cannot be undone. An \
              AuditEvent says what was erased, without content.",
        base: None,
        types: &["Patient"],
        levels: &[OperationLevel::Instance],
        affects_state: true,
        searches: false,
        inputs: &[],
        output: "OperationOutcome",
        test: "crates/server/tests/it/operation/purge.rs#nothing_is_left_of_a_patient",
        run: Run::Purge,
    },
    Operation {
        id: "Resource-expunge",
        code: "$expunge",
        title: "Erase deleted resources and previous versions",
        doc: "Erases deleted resources, or versions that are no longer current, of a resource, of a \
              type or of all types. Cannot be undone. An AuditEvent says what was erased, without \
              content.",
        base: None,
        types: &[],
        levels: &[OperationLevel::System, OperationLevel::Type, OperationLevel::Instance],
        affects_state: true,
        searches: false,
        inputs: &[
            input(
                "expungeDeletedResources",
                InputType::Boolean,
                "whether resources that are deleted go, with all their versions",
            ),
            input(
                "expungePreviousVersions",
                InputType::Boolean,
                "whether versions go that are no longer current",
            ),
            input(
                "limit",
                InputType::PositiveInt,
                "versions after which it ends; of one resource all go",
            ),
        ],
        output: "Parameters",
        test: "crates/server/tests/it/operation/expunge.rs#what_is_named_goes",
        run: Run::Expunge,
    },
    export(
        "export",
        "Export everything",
        "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
        &[],
        &[OperationLevel::System],
    ),
    export(
        "patient-export",
        "Export what belongs to patients",
        "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export",
        &["Patient"],
        &[OperationLevel::Type],
    ),
    export(
        "group-export",
        "Export what belongs to the members of a group",
        "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export",
        &["Group"],
        &[OperationLevel::Instance],
    ),
    Operation {
        id: "import",
        code: "$import",
        title: "Import",
        doc: "Begins an import of NDJSON: of the body's lines, or of files that Parameters name.",
        base: None,
        types: &[],
        levels: &[OperationLevel::System],
        affects_state: true,
        searches: false,
        inputs: &[],
        output: "OperationOutcome",
        test: "crates/server/tests/it/import.rs#lines_of_a_body_are_put",
        run: Run::Elsewhere,
    },
    Operation {
        id: "reindex",
        code: "$reindex",
        title: "Index anew",
        doc: "Begins to index resources anew: all, some types, or some search parameters.",
        base: None,
        types: &[],
        levels: &[OperationLevel::System, OperationLevel::Type],
        affects_state: true,
        searches: false,
        inputs: &[],
        output: "OperationOutcome",
        test: "crates/server/tests/it/parameters.rs#everything_can_be_indexed_anew",
        run: Run::Elsewhere,
    },
    Operation {
        id: "Resource-explain-access",
        code: "$explain-access",
        title: "Explain access",
        doc: "Says what the caller may do with resources of a type, or with one resource, and by \
              which rules; for who answers for privacy, what the holder of an account may do.",
        base: None,
        types: &[],
        levels: &[OperationLevel::Type, OperationLevel::Instance],
        affects_state: false,
        searches: false,
        inputs: &[
            input("action", InputType::Code, "read, search, create, update or delete"),
            input("account", InputType::Code, "the name of an account; without it, the caller"),
        ],
        output: "Parameters",
        test: "crates/server/tests/it/operation/explain_access.rs#why_and_why_not",
        run: Run::ExplainAccess,
    },
    Operation {
        id: "Resource-graphql",
        code: "$graphql",
        title: "GraphQL",
        doc: "Runs a GraphQL query, on the system or on a resource; on the system mutations too.",
        base: Some("http://hl7.org/fhir/OperationDefinition/Resource-graphql"),
        types: &[],
        levels: &[OperationLevel::System, OperationLevel::Instance],
        affects_state: false,
        searches: false,
        inputs: &[],
        output: "Binary",
        test: "crates/server/tests/it/graphql.rs#the_ways_to_ask",
        run: Run::Elsewhere,
    },
];
