//! What stands before the `=`: `code`, `code:modifier`, `reference:Type.rest`, `_has:Type:reference:rest`.
//! Spec: <https://hl7.org/fhir/R4/search.html#modifiers>, <https://hl7.org/fhir/R4/search.html#chaining>.

/// A parameter's name, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name<'n> {
    /// `code` or `code:modifier`
    Plain {
        /// The parameter.
        code: &'n str,
        /// Its modifier.
        modifier: Option<&'n str>,
    },
    /// `reference.rest` or `reference:Type.rest`
    Chain {
        /// The reference parameter.
        code: &'n str,
        /// The target's type.
        target: Option<&'n str>,
        /// The name of what must hold of the target.
        rest: &'n str,
    },
    /// `_has:Type:reference:rest`
    Has {
        /// The type of the referring resource.
        source: &'n str,
        /// Its reference parameter.
        reference: &'n str,
        /// The name of what must hold of it.
        rest: &'n str,
    },
}

impl<'n> Name<'n> {
    /// Takes a name apart; `None` for a `_has` that lacks a part.
    pub(crate) fn parse(text: &'n str) -> Option<Name<'n>> {
        if let Some(has) = text.strip_prefix("_has") {
            let mut parts = has.strip_prefix(':')?.splitn(3, ':');
            let (source, reference, rest) = (parts.next()?, parts.next()?, parts.next()?);
            return Some(Name::Has { source, reference, rest });
        }
        let split_colon = |text: &'n str| match text.split_once(':') {
            Some((code, modifier)) => (code, Some(modifier)),
            None => (text, None),
        };
        if let Some((head, rest)) = text.split_once('.') {
            let (code, target) = split_colon(head);
            return Some(Name::Chain { code, target, rest });
        }
        let (code, modifier) = split_colon(text);
        Some(Name::Plain { code, modifier })
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names() {
        let plain = |code, modifier| Some(Name::Plain { code, modifier });
        let chain = |code, target, rest| Some(Name::Chain { code, target, rest });
        let has = |source, reference, rest| Some(Name::Has { source, reference, rest });
        let cases = [
            ("name", plain("name", None)),
            ("name:exact", plain("name", Some("exact"))),
            ("name:", plain("name", Some(""))),
            ("", plain("", None)),
            ("subject:Patient", plain("subject", Some("Patient"))),
            ("subject.name:exact", chain("subject", None, "name:exact")),
            ("subject:Patient.name", chain("subject", Some("Patient"), "name")),
            ("a.b.c", chain("a", None, "b.c")),
            ("_has:Observation:patient:code", has("Observation", "patient", "code")),
            ("_has:A:b:_has:C:d:e", has("A", "b", "_has:C:d:e")),
            ("_has:A:b:c.d", has("A", "b", "c.d")),
            ("_has", None),
            ("_has:A", None),
            ("_has:A:b", None),
        ];
        for (text, name) in cases {
            assert_eq!(Name::parse(text), name, "{text}");
        }
    }
}
