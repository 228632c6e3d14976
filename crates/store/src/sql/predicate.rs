//! One predicate as a condition on a row of its kind's index table.
//! Spec: <https://hl7.org/fhir/R4/search.html#ptypes> and the sections on each kind.

use search::{
    CanonicalRange, CodeSet, Direction, Modifier, ParameterId, Predicate, ReferenceTarget,
    TokenCode, TokenSystem,
};

use super::Numbering;
use super::range::{self, Ends};
use super::source::Rows;
use super::strings;
use super::text::{Bind, Writer};
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// Codes of one text that are listed; more are looked up by the statement.
const CODES_MAX: usize = 32;

/// The radius of the earth as [`Predicate::Near`] has it, in metres.
const EARTH: f64 = 6_371_008.8;

/// How the rows of a set come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By resource, each once: a page can be read off the index without sorting.
    Once,
    /// By resource, one perhaps several times.
    Repeating,
    /// As they are found.
    None,
}

/// The columns of a row of a kind's table, or of one component of a composite.
#[derive(Clone, Copy)]
pub(super) struct Columns<'r> {
    pub(super) row: &'r str,
    pub(super) component: Option<usize>,
}

impl Columns<'_> {
    /// A column by its name in the table of its kind.
    pub(super) fn of(self, name: &str) -> String {
        let row = self.row;
        match self.component {
            None if name == "quantity.c" => format!("{row}.c"),
            None => format!("{row}.{name}"),
            Some(number) => match name {
                "c" | "target" | "u" | "folded" | "low" => format!("{row}.k{number}"),
                "text" | "high" => format!("{row}.h{number}"),
                "quantity.c" => format!("{row}.c{number}"),
                other => format!("{row}.{other}{number}"),
            },
        }
    }

    fn canonical_ends(self) -> Ends {
        Ends { low: self.of("clow"), high: self.of("chigh") }
    }

    fn ends(self) -> Ends {
        Ends { low: self.of("low"), high: self.of("high") }
    }
}

/// What conditions are written with.
#[derive(Clone, Copy)]
pub(super) struct Context<'n> {
    pub(super) numbering: &'n dyn Numbering,
}

impl Context<'_> {
    /// How the rows that a condition selects come, under one number of a parameter.
    pub(super) fn order(self, rows: &Rows<'_>) -> Order {
        match rows {
            Rows::Plain(ParameterKind::Token, Predicate::Token { system, code }) => {
                if self.is_single(system, code) { Order::Once } else { Order::None }
            }
            Rows::Plain(
                _,
                Predicate::Reference(_)
                | Predicate::Uri {
                    modifier: Modifier::Plain | Modifier::Exact | Modifier::Equal,
                    ..
                },
            )
            | Rows::Url(..) => Order::Once,
            Rows::Plain(ParameterKind::Composite, Predicate::Composite(parts)) => match &parts[0] {
                Predicate::Token { system, code } if self.is_single(system, code) => {
                    Order::Repeating
                }
                Predicate::Reference(_) => Order::Repeating,
                _ => Order::None,
            },
            _ => Order::None,
        }
    }

    /// Whether a token is one code of one system, as far as is known.
    fn is_single(self, system: &TokenSystem, code: &TokenCode) -> bool {
        let TokenCode::Is(code) = code else { return false };
        match self.numbering.codes(system, code) {
            Some(codes) => codes.len() < 2,
            None => !matches!(system, TokenSystem::Any),
        }
    }

    /// Writes the condition on the rows named `row`; the parameter's number is tested by the caller.
    pub(super) fn write(
        self,
        writer: &mut Writer<'_>,
        row: &str,
        rows: &Rows<'_>,
    ) -> Result<(), StoreError> {
        self.write_within(writer, row, rows, false)
    }

    /// The same, of narrow rows only where `narrow`: so that the index by the low end serves it.
    pub(super) fn write_within(
        self,
        writer: &mut Writer<'_>,
        row: &str,
        rows: &Rows<'_>,
        narrow: bool,
    ) -> Result<(), StoreError> {
        let columns = Columns { row, component: None };
        if narrow {
            match rows {
                Rows::Plain(_, Predicate::Date(range)) => {
                    range::narrow_date(writer, &columns.ends(), *range);
                }
                Rows::Plain(_, Predicate::Number(range) | Predicate::Quantity { range, .. }) => {
                    range::narrow_number(writer, &columns.ends(), range);
                }
                Rows::CanonicalQuantity(canonical) => {
                    range::narrow_number(writer, &columns.canonical_ends(), &canonical.range);
                }
                _ => {}
            }
        }
        match rows {
            Rows::Plain(kind, predicate) => self.predicate(writer, columns, *kind, predicate)?,
            Rows::CanonicalQuantity(canonical) => self.canonical(writer, columns, canonical),
            Rows::Url(ParameterKind::Reference, url) => {
                writer.text(&format!("{row}.target = -"));
                uri_number(writer, url);
            }
            Rows::Url(_, url) => {
                writer.text(&format!("{row}.u = "));
                uri_number(writer, url);
            }
            Rows::Version { url, version } => {
                let system = TokenSystem::Is((*url).into());
                identifier(writer, row, &system, &TokenCode::Is((*version).into()));
            }
            Rows::OfType { system, code, value } => {
                writer.text(&format!("{row}.value = "));
                writer.string(value);
                writer.text(&format!(" AND {row}.u = (SELECT c FROM code WHERE code = "));
                writer.string(code);
                writer.text(" AND u = ");
                system_number(writer, system);
                writer.text(")");
            }
            Rows::Identifier(system, code) => identifier(writer, row, system, code),
            Rows::Text(folded) => {
                writer.text(&format!("{row}.s IN (SELECT s FROM text_member WHERE "));
                strings::prefix(writer, "folded", folded);
                writer.text(")");
            }
        }
        Ok(())
    }

    fn predicate(
        self,
        writer: &mut Writer<'_>,
        columns: Columns<'_>,
        kind: ParameterKind,
        predicate: &Predicate,
    ) -> Result<(), StoreError> {
        match predicate {
            Predicate::Token { system, code } if kind == ParameterKind::Identifier => {
                identifier(writer, columns.row, system, code);
            }
            Predicate::Token { system, code } => self.token(writer, columns, system, code),
            Predicate::TokenIn(set) if kind == ParameterKind::Identifier => {
                identifiers(writer, columns.row, set);
            }
            Predicate::TokenIn(set) => tokens(writer, columns, set),
            Predicate::Reference(target) => self.reference(writer, columns, target),
            Predicate::ReferenceId(types, id) => {
                let known = types.iter().filter_map(|each| self.numbering.type_number(*each));
                let numbers: Vec<i64> = known.collect();
                let target = columns.of("target");
                writer.text(&format!("{target} IN (SELECT rid FROM resource WHERE t IN ("));
                writer.list(numbers, Writer::integer);
                writer.text(") AND id = ");
                writer.bind(Bind::Id(id.clone()));
                writer.text(")");
            }
            Predicate::Hierarchy { root, parent, direction } => {
                self.hierarchy(writer, columns, root, *parent, *direction)?;
            }
            Predicate::Date(range) => range::date(writer, &columns.ends(), *range),
            Predicate::String { modifier, text, folded } => {
                strings::string(writer, columns, *modifier, text, folded)?;
            }
            Predicate::Number(range) => range::number(writer, &columns.ends(), range),
            Predicate::Quantity { range, system, code, canonical } => {
                // As a source of its own the canonical range stands beside this one; in a row of a
                // composite either may hold.
                let canonical = canonical.as_ref().filter(|_| columns.component.is_some());
                writer.text(if canonical.is_some() { "((" } else { "" });
                self.unit(writer, columns, system.as_deref(), code.as_deref());
                range::number(writer, &columns.ends(), range);
                if let Some(canonical) = canonical {
                    writer.text(") OR (");
                    self.canonical(writer, columns, canonical);
                    writer.text("))");
                }
            }
            Predicate::Composite(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    writer.text(if index == 0 { "" } else { " AND " });
                    let component = Columns { component: Some(index + 1), ..columns };
                    self.predicate(writer, component, component_kind(part)?, part)?;
                }
            }
            Predicate::Near { latitude, longitude, metres } => {
                near(writer, columns.row, *latitude, *longitude, *metres);
            }
            Predicate::Uri { modifier, uri } => strings::uri(writer, columns, kind, *modifier, uri),
            Predicate::TokenText { .. }
            | Predicate::OfType { .. }
            | Predicate::TargetIdentifier { .. }
            | Predicate::Canonical { .. } => {
                return Err(StoreError::unsupported("this modifier within a composite"));
            }
        }
        Ok(())
    }

    fn token(
        self,
        writer: &mut Writer<'_>,
        columns: Columns<'_>,
        system: &TokenSystem,
        code: &TokenCode,
    ) {
        let column = columns.of("c");
        let known = match code {
            TokenCode::Is(code) => self.numbering.codes(system, code),
            TokenCode::Any => None,
        };
        if let Some(codes) = known.filter(|codes| codes.len() <= CODES_MAX) {
            match codes.as_slice() {
                // No code has the number 0.
                [] => writer.text(&format!("{column} = 0")),
                [code] => {
                    writer.text(&format!("{column} = "));
                    writer.integer(*code);
                }
                codes => {
                    writer.text(&format!("{column} IN ("));
                    writer.list(codes, |writer, code| writer.integer(*code));
                    writer.text(")");
                }
            }
            return;
        }
        // One code of one system is one number, so that the rows come in order; else several.
        let single = !matches!(system, TokenSystem::Any) && matches!(code, TokenCode::Is(_));
        let operator = if single { "=" } else { "IN" };
        writer.text(&format!("{column} {operator} (SELECT c FROM code WHERE "));
        if let TokenCode::Is(code) = code {
            writer.text("code = ");
            writer.string(code);
            writer.text(if matches!(system, TokenSystem::Any) { "" } else { " AND " });
        }
        match system {
            TokenSystem::Any if matches!(code, TokenCode::Any) => writer.text("1 = 1"),
            TokenSystem::Any => {}
            TokenSystem::None => writer.text("u = 0"),
            TokenSystem::Is(system) => {
                writer.text("u = ");
                uri_number(writer, system);
            }
        }
        writer.text(")");
    }

    fn reference(self, writer: &mut Writer<'_>, columns: Columns<'_>, target: &ReferenceTarget) {
        writer.text(&format!("{} = ", columns.of("target")));
        self.target(writer, target);
    }

    /// Writes the number of a target.
    fn target(self, writer: &mut Writer<'_>, target: &ReferenceTarget) {
        match target {
            ReferenceTarget::Local(resource_type, id) => {
                writer.text("(SELECT rid FROM resource WHERE t = ");
                writer.integer(self.numbering.type_number(*resource_type).unwrap_or(0));
                writer.text(" AND id = ");
                writer.bind(Bind::Id(id.clone()));
                writer.text(")");
            }
            // A target outside this server is the negated number of its URI.
            ReferenceTarget::Uri(uri) => {
                writer.text("-");
                uri_number(writer, uri);
            }
        }
    }

    /// A reference into a tree. What is above is a line, followed beforehand; what is below is
    /// gathered by the statement, each once, so that a cycle ends.
    fn hierarchy(
        self,
        writer: &mut Writer<'_>,
        columns: Columns<'_>,
        root: &ReferenceTarget,
        parent: ParameterId,
        direction: Direction,
    ) -> Result<(), StoreError> {
        let ReferenceTarget::Local(resource_type, id) = root else {
            self.reference(writer, columns, root);
            return Ok(());
        };
        let place = self.numbering.parameter_number(*resource_type, parent);
        let Some((number, ParameterKind::Reference)) = place else {
            return Err(StoreError::unsupported(format!(
                "a hierarchy of {resource_type} by search parameter {}",
                parent.0
            )));
        };
        writer.text(&format!("{} IN (", columns.of("target")));
        match direction {
            Direction::Above => {
                let line = self.numbering.ancestors(*resource_type, id, number);
                writer.list(if line.is_empty() { vec![0] } else { line }, Writer::integer);
            }
            Direction::Below => {
                let tree = writer.alias();
                writer.text(&format!("WITH RECURSIVE {tree} (rid) AS (SELECT * FROM (SELECT "));
                self.target(writer, root);
                writer.text(&format!(
                    ") UNION SELECT b.rid FROM {tree} CROSS JOIN index_reference AS b WHERE b.p = "
                ));
                writer.integer(number);
                writer.text(&format!(" AND b.target = {tree}.rid) SELECT rid FROM {tree}"));
            }
        }
        writer.text(")");
        Ok(())
    }

    fn canonical(self, writer: &mut Writer<'_>, columns: Columns<'_>, canonical: &CanonicalRange) {
        let cu = columns.of("cu");
        // Said again, so that the index of rows with a unit serves it.
        writer.text(&format!("{cu} <> 0 AND {cu} = "));
        match self.numbering.codes(&TokenSystem::None, &canonical.unit).as_deref() {
            Some([unit, ..]) => writer.integer(*unit),
            Some([]) => writer.text("-1"),
            None => {
                writer.text("(SELECT c FROM code WHERE u = 0 AND code = ");
                writer.string(&canonical.unit);
                writer.text(")");
            }
        }
        writer.text(" AND ");
        range::number(writer, &columns.canonical_ends(), &canonical.range);
    }

    fn unit(
        self,
        writer: &mut Writer<'_>,
        columns: Columns<'_>,
        system: Option<&str>,
        code: Option<&str>,
    ) {
        let column = columns.of("quantity.c");
        match (system, code) {
            (None, None) => return,
            (Some(system), Some(code)) => {
                let known = self.numbering.codes(&TokenSystem::Is(system.into()), code);
                if let Some([only]) = known.as_deref() {
                    writer.text(&format!("{column} = "));
                    writer.integer(*only);
                } else {
                    writer.text(&format!("{column} = (SELECT c FROM code WHERE code = "));
                    writer.string(code);
                    writer.text(" AND u = ");
                    uri_number(writer, system);
                    writer.text(")");
                }
            }
            (Some(system), None) => {
                writer.text(&format!("{column} IN (SELECT c FROM code WHERE u = "));
                uri_number(writer, system);
                writer.text(")");
            }
            // Without a system the text may also be the unit as people write it.
            (None, Some(code)) => {
                writer.text(&format!("({column} IN (SELECT c FROM code WHERE code = "));
                writer.string(code);
                let unit = columns.of("unit");
                writer.text(&format!(") OR {unit} IN (SELECT c FROM code WHERE u = 0 AND code = "));
                writer.string(code);
                writer.text("))");
            }
        }
        writer.text(" AND ");
    }
}

/// The kind of table that a component would be in on its own.
fn component_kind(predicate: &Predicate) -> Result<ParameterKind, StoreError> {
    Ok(match predicate {
        Predicate::Token { .. } | Predicate::TokenIn(_) => ParameterKind::Token,
        Predicate::Reference(_) | Predicate::ReferenceId(..) | Predicate::Hierarchy { .. } => {
            ParameterKind::Reference
        }
        Predicate::Date(_) => ParameterKind::Date,
        Predicate::String { .. } => ParameterKind::String,
        Predicate::Number(_) => ParameterKind::Number,
        Predicate::Quantity { .. } => ParameterKind::Quantity,
        Predicate::Uri { .. } => ParameterKind::Uri,
        other => {
            return Err(StoreError::unsupported(format!("the component {other:?}")));
        }
    })
}

pub(super) fn uri_number(writer: &mut Writer<'_>, uri: &str) {
    writer.text("(SELECT u FROM uri WHERE uri = ");
    writer.string(uri);
    writer.text(")");
}

/// The number of a system, of which the empty one is none.
fn system_number(writer: &mut Writer<'_>, system: &str) {
    if system.is_empty() {
        writer.text("0");
    } else {
        uri_number(writer, system);
    }
}

fn identifier(writer: &mut Writer<'_>, row: &str, system: &TokenSystem, code: &TokenCode) {
    match code {
        TokenCode::Is(code) => {
            writer.text(&format!("{row}.value = "));
            writer.string(code);
        }
        TokenCode::Any => writer.text("1 = 1"),
    }
    match system {
        TokenSystem::Any => {}
        TokenSystem::None => writer.text(&format!(" AND {row}.u = 0")),
        TokenSystem::Is(system) => {
            writer.text(&format!(" AND {row}.u = "));
            uri_number(writer, system);
        }
    }
}

/// Codes by system.
fn tokens(writer: &mut Writer<'_>, columns: Columns<'_>, set: &CodeSet) {
    writer.text(&format!("{} IN (", columns.of("c")));
    for (index, (system, codes)) in set.systems.iter().enumerate() {
        writer.text(if index == 0 { "" } else { " UNION ALL " });
        writer.text("SELECT c FROM code WHERE u = ");
        system_number(writer, system);
        writer.text(" AND code IN (");
        writer.texts(codes);
        writer.text(")");
    }
    writer.text(if set.systems.is_empty() { "0)" } else { ")" });
}

fn identifiers(writer: &mut Writer<'_>, row: &str, set: &CodeSet) {
    writer.text("(");
    for (index, (system, codes)) in set.systems.iter().enumerate() {
        writer.text(if index == 0 { "" } else { " OR " });
        writer.text(&format!("({row}.value IN ("));
        writer.texts(codes);
        writer.text(&format!(") AND {row}.u = "));
        system_number(writer, system);
        writer.text(")");
    }
    writer.text(if set.systems.is_empty() { "1 = 0)" } else { ")" });
}

/// Within a chord of the unit sphere, which is exact where distances are small, and at the poles
/// and the antimeridian like everywhere else. The band of latitudes is what the index serves.
fn near(writer: &mut Writer<'_>, row: &str, latitude: f64, longitude: f64, metres: f64) {
    let angle = (metres / EARTH).clamp(0.0, std::f64::consts::PI);
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    let half = std::f64::consts::FRAC_PI_2;
    // A breath wider than the band, which only narrows what the chord decides.
    let band =
        [(latitude - angle).max(-half).sin() - 1e-12, (latitude + angle).min(half).sin() + 1e-12];
    writer.text(&format!("{row}.z >= "));
    writer.bind(Bind::Real(band[0]));
    writer.text(&format!(" AND {row}.z <= "));
    writer.bind(Bind::Real(band[1]));
    let point = crate::position::of(latitude, longitude);
    for (index, (axis, value)) in ["x", "y", "z"].into_iter().zip(point).enumerate() {
        writer.text(if index == 0 { " AND " } else { " + " });
        let value = writer.placeholder(Bind::Real(value));
        writer.text(&format!("({row}.{axis} - {value}) * ({row}.{axis} - {value})"));
    }
    let chord = 2.0 * (angle / 2.0).sin();
    writer.text(" <= ");
    // A point is within nothing of itself, whatever its numbers were rounded to.
    writer.bind(Bind::Real((chord * chord).max(1e-30)));
}
