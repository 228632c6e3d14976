//! All rules of a deployment, compiled: the embedded ones or others from texts.

use std::sync::OnceLock;

use crate::language::{CompileError, compile::compile, parse, program::Program};

/// A rule file or a code table: its name and its text.
#[derive(Clone, Copy, Debug)]
pub struct RuleFile<'t> {
    /// `hl7v2/adt.map`, `tables/administrative-sex.csv`.
    pub name: &'t str,
    /// The text.
    pub text: &'t str,
}

/// Compiled rules.
#[derive(Debug)]
pub struct Mappings {
    pub(crate) program: Program,
}

/// The rule files that are part of the program, tables last.
const EMBEDDED: &[RuleFile<'static>] = &include!("embedded.rs");

impl Mappings {
    /// The rules that are part of the program, compiled on first use.
    pub fn embedded() -> &'static Mappings {
        static EMBEDDED_MAPPINGS: OnceLock<Mappings> = OnceLock::new();
        EMBEDDED_MAPPINGS.get_or_init(|| match Mappings::from_texts(EMBEDDED) {
            Ok(mappings) => mappings,
            // A test compiles the embedded files, so a release never gets here.
            Err(error) => panic!("the embedded rules do not compile: {error}"),
        })
    }

    /// The embedded files, to show or to begin an own set from.
    pub fn embedded_files() -> &'static [RuleFile<'static>] {
        EMBEDDED
    }

    /// Compiles rule files (`*.map`) and the tables (`*.csv`) that they name.
    pub fn from_texts(files: &[RuleFile<'_>]) -> Result<Mappings, CompileError> {
        let parsed = files
            .iter()
            .filter(|file| file.name.rsplit('.').next() == Some("map"))
            .map(|file| parse(file.name, file.text))
            .collect::<Result<Vec<_>, _>>()?;
        let table = |name: &str| {
            let file = files.iter().find(|file| file.name == name)?;
            Some(file.text.to_owned())
        };
        let definitions = definitions::embedded();
        let program = compile(&parsed, &table, &|name| definitions.resource_type(name))?;
        Ok(Mappings { program })
    }

    /// Names of all rules, in the order of the files.
    pub fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.program.rules.iter().map(|rule| &**rule)
    }

    /// Names of the code tables and how many codes each has.
    pub fn tables(&self) -> impl Iterator<Item = (&str, usize)> {
        self.program.tables.iter().map(|table| (table.name.as_str(), table.len()))
    }

    /// Names, purposes and argument counts of the language's functions.
    pub fn functions() -> impl Iterator<Item = (&'static str, &'static str)> {
        crate::functions::all().map(|definition| (definition.name, definition.purpose))
    }
}
