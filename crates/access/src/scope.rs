//! SMART scopes of version 2, and version 1 read as version 2.
//! Spec: <https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html>.
//!
//! A scope says for whom (`patient/`, `user/`, `system/`), of which type, which of create, read,
//! update, delete and search, and with which constraint: `patient/Observation.rs?category=laboratory`.
//! What is not of this form is a plain scope (`openid`, `launch/patient`), kept as it is written.

use std::fmt;

use fhir::ResourceType;

/// Bytes of all scopes of a request at the most.
const SCOPES_LENGTH_MAX: usize = 16 << 10;
/// Scopes of a request at the most.
const SCOPES_MAX: usize = 200;
/// Pairs of one constraint at the most.
const PAIRS_MAX: usize = 20;

/// For whom data is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The one patient of the launch.
    Patient,
    /// All that the signed-in person may see.
    User,
    /// What a service may see that works without a person.
    System,
}

impl Context {
    /// As it stands before the slash.
    pub fn as_str(self) -> &'static str {
        match self {
            Context::Patient => "patient",
            Context::User => "user",
            Context::System => "system",
        }
    }
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// `c`: create.
    Create,
    /// `r`: read, vread, history of an instance.
    Read,
    /// `u`: update, patch.
    Update,
    /// `d`: delete.
    Delete,
    /// `s`: search, history of a type.
    Search,
}

impl Action {
    /// All, in the order in which a scope must name them.
    pub const ALL: [Action; 5] =
        [Action::Create, Action::Read, Action::Update, Action::Delete, Action::Search];

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            Action::Create => 'c',
            Action::Read => 'r',
            Action::Update => 'u',
            Action::Delete => 'd',
            Action::Search => 's',
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Whether it leaves everything as it is.
    pub fn only_reads(self) -> bool {
        matches!(self, Action::Read | Action::Search)
    }
}

/// A set of [`Action`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Actions(u8);

impl Actions {
    /// Read and search.
    pub const READING: Actions = Actions(0b1_0010);
    /// All five.
    pub const ALL: Actions = Actions(0b1_1111);

    /// These.
    pub fn of(actions: &[Action]) -> Actions {
        Actions(actions.iter().fold(0, |bits, action| bits | action.bit()))
    }

    /// Whether the action is one of them.
    pub fn contains(self, action: Action) -> bool {
        self.0 & action.bit() != 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn both(self, other: Actions) -> Actions {
        Actions(self.0 & other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// One scope of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataScope {
    /// For whom.
    pub context: Context,
    /// Which type; `None` is all.
    pub resource_type: Option<ResourceType>,
    /// What may be done.
    pub actions: Actions,
    /// What must hold of the resource, as pairs of a search; empty is nothing.
    pub constraint: Vec<(String, String)>,
}

impl fmt::Display for DataScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.resource_type.map_or("*", ResourceType::as_str);
        write!(f, "{}/{name}.", self.context.as_str())?;
        for action in Action::ALL.into_iter().filter(|action| self.actions.contains(*action)) {
            write!(f, "{}", action.letter())?;
        }
        if !self.constraint.is_empty() {
            write!(f, "?{}", search::encode_query(&self.constraint))?;
        }
        Ok(())
    }
}

/// Scopes as they were granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Those of data.
    pub data: Vec<DataScope>,
    /// The others: `openid`, `fhirUser`, `launch/patient`, `offline_access` …
    pub plain: Vec<Box<str>>,
}

/// What is wrong with a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeError {
    /// The scope as it was sent, shortened.
    pub scope: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the scope {:?} is not understood: {}", self.scope, self.expected)
    }
}

impl std::error::Error for ScopeError {}

impl Scopes {
    /// Reads scopes parted by spaces. `type_named` knows the resource types.
    pub fn parse(
        text: &str,
        type_named: &dyn Fn(&str) -> Option<ResourceType>,
    ) -> Result<Scopes, ScopeError> {
        let mut scopes = Scopes::default();
        if text.len() > SCOPES_LENGTH_MAX {
            return Err(error(
                text,
                format!("all scopes are {SCOPES_LENGTH_MAX} bytes at the most"),
            ));
        }
        for (index, one) in text.split(' ').filter(|one| !one.is_empty()).enumerate() {
            if index >= SCOPES_MAX {
                return Err(error(one, format!("{SCOPES_MAX} scopes at the most")));
            }
            match parse_one(one, type_named)? {
                Some(scope) if !scopes.data.contains(&scope) => scopes.data.push(scope),
                None if !scopes.has(one) => scopes.plain.push(one.into()),
                _ => {}
            }
        }
        Ok(scopes)
    }

    /// Whether a plain scope is among them.
    pub fn has(&self, name: &str) -> bool {
        self.plain.iter().any(|plain| &**plain == name)
    }

    /// The scopes that let the action be done to the type.
    pub fn allowing(
        &self,
        resource_type: ResourceType,
        action: Action,
    ) -> impl Iterator<Item = &DataScope> {
        self.data.iter().filter(move |scope| {
            scope.actions.contains(action)
                && scope.resource_type.is_none_or(|named| named == resource_type)
        })
    }

    /// Whether each of these is among `granted` or narrower than one there: what a refresh may ask for.
    pub fn within(&self, granted: &Scopes) -> bool {
        self.plain.iter().all(|plain| granted.has(plain))
            && self
                .data
                .iter()
                .all(|asked| granted.data.iter().any(|held| is_narrower(asked, held)))
    }

    /// What of these is allowed: plain scopes of `plain`, data scopes narrowed to what one of
    /// `allowed` has.
    #[must_use]
    pub fn narrowed_to(&self, allowed: &Scopes) -> Scopes {
        let mut kept = Scopes::default();
        kept.plain.extend(self.plain.iter().filter(|plain| allowed.has(plain)).cloned());
        for asked in &self.data {
            for held in &allowed.data {
                if let Some(both) = overlap(asked, held)
                    && !kept.data.contains(&both)
                {
                    kept.data.push(both);
                }
            }
        }
        kept
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain.iter().map(ToString::to_string);
        let all: Vec<String> = plain.chain(self.data.iter().map(ToString::to_string)).collect();
        f.write_str(&all.join(" "))
    }
}

fn is_narrower(asked: &DataScope, held: &DataScope) -> bool {
    asked.context == held.context
        && (held.resource_type.is_none() || held.resource_type == asked.resource_type)
        && asked.actions.both(held.actions) == asked.actions
        && held.constraint.iter().all(|pair| asked.constraint.contains(pair))
}

fn overlap(asked: &DataScope, held: &DataScope) -> Option<DataScope> {
    let resource_type = match (asked.resource_type, held.resource_type) {
        (Some(a), Some(b)) if a != b => return None,
        (a, b) => a.or(b),
    };
    let actions = asked.actions.both(held.actions);
    if asked.context != held.context || actions.is_empty() {
        return None;
    }
    let mut constraint = asked.constraint.clone();
    constraint.extend(held.constraint.iter().filter(|p| !asked.constraint.contains(p)).cloned());
    Some(DataScope { context: asked.context, resource_type, actions, constraint })
}

fn error(scope: &str, expected: impl Into<String>) -> ScopeError {
    ScopeError { scope: scope.chars().take(80).collect(), expected: expected.into() }
}

/// One scope; `None` where it is a plain one.
fn parse_one(
    text: &str,
    type_named: &dyn Fn(&str) -> Option<ResourceType>,
) -> Result<Option<DataScope>, ScopeError> {
    // RFC 6749, appendix A.4: printable, without quotes and backslashes.
    if !text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
        return Err(error(
            text,
            "only printable characters but quotes and backslashes may stand in it",
        ));
    }
    let context = match text.split_once('/') {
        Some(("patient", _)) => Context::Patient,
        Some(("user", _)) => Context::User,
        Some(("system", _)) => Context::System,
        _ => return Ok(None),
    };
    let rest = &text[context.as_str().len() + 1..];
    let (head, query) = match rest.split_once('?') {
        Some((head, query)) => (head, Some(query)),
        None => (rest, None),
    };
    let Some((name, letters)) = head.split_once('.') else {
        return Err(error(
            text,
            "a resource type or *, a dot, and letters of cruds: patient/Observation.rs",
        ));
    };
    let resource_type = match name {
        "*" => None,
        _ => Some(type_named(name).ok_or_else(|| {
            error(text, format!("{name:?} is no resource type of FHIR R4, and is not *"))
        })?),
    };
    let actions = parse_actions(letters).ok_or_else(|| {
        error(text, "after the dot one or more letters of cruds, in this order and each once; or read, write or * of version 1")
    })?;
    let constraint =
        query.map_or(Ok(Vec::new()), |query| parse_constraint(text, query, resource_type))?;
    Ok(Some(DataScope { context, resource_type, actions, constraint }))
}

/// The letters of version 2, in their order, or a word of version 1.
fn parse_actions(letters: &str) -> Option<Actions> {
    match letters {
        "read" => return Some(Actions::READING),
        "write" => return Some(Actions::of(&[Action::Create, Action::Update, Action::Delete])),
        "*" => return Some(Actions::ALL),
        "" => return None,
        _ => {}
    }
    let mut actions = Actions::default();
    let mut order = Action::ALL.into_iter();
    for letter in letters.chars() {
        let action = order.find(|action| action.letter() == letter)?;
        actions = Actions(actions.0 | action.bit());
    }
    Some(actions)
}

fn parse_constraint(
    text: &str,
    query: &str,
    resource_type: Option<ResourceType>,
) -> Result<Vec<(String, String)>, ScopeError> {
    if resource_type.is_none() {
        return Err(error(
            text,
            "a constraint needs a resource type, whose search parameters it uses",
        ));
    }
    let mut pairs = Vec::new();
    for pair in query.split('&') {
        let Some((name, value)) =
            pair.split_once('=').filter(|(n, v)| !n.is_empty() && !v.is_empty())
        else {
            return Err(error(text, "a constraint is name=value, parted by &"));
        };
        if shapes_answers(name) {
            return Err(error(text, format!("{name} shapes an answer and constrains nothing")));
        }
        if pairs.len() >= PAIRS_MAX {
            return Err(error(text, format!("{PAIRS_MAX} constraints at the most")));
        }
        pairs.push((decoded(name), decoded(value)));
    }
    Ok(pairs)
}

fn shapes_answers(name: &str) -> bool {
    let name = name.split(':').next().unwrap_or(name);
    search::RESULT_PARAMETERS.contains(&name) || matches!(name, "_cursor" | "_type" | "_explain")
}

/// Percent-escapes decoded; what is no escape stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let byte = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        at += if byte.is_some() { 2 } else { 0 };
        out.push(byte.unwrap_or(bytes[at]));
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
