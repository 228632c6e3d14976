//! Identifiers: NHS numbers, the systems of assigning authorities, codes of professionals.

use fhir::IssueCode;

use super::{Context, Definition, Fault, Produced};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "nhs-number",
        arguments: 0..=0,
        call: nhs_number,
        purpose: "ten digits whose check digit holds; spaces and dashes go",
    },
    Definition {
        name: "authority",
        arguments: 1..=1,
        call: authority,
        purpose: "the identifier system of an assigning authority, for a kind of thing (`patient`, `visit`, `order`, …)",
    },
    Definition {
        name: "oid",
        arguments: 0..=0,
        call: oid,
        purpose: "`urn:oid:` of an object identifier",
    },
    Definition {
        name: "coding-system",
        arguments: 0..=0,
        call: coding_system,
        purpose: "the URI of a coding system's HL7 name; one that is a URI or an OID stays",
    },
    Definition {
        name: "local",
        arguments: 1..=1,
        call: local,
        purpose: "a URI of the feed for a kind of thing, with the text at its end",
    },
    Definition {
        name: "email-or-none",
        arguments: 0..=0,
        call: email,
        purpose: "an address with `@`, else nothing",
    },
];

/// Whether ten digits are an NHS number: weights 10 to 2, check digit modulo 11.
fn is_nhs_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || !bytes.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighted = bytes[..9].iter().zip((2..=10).rev());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        check => check,
    };
    check == u32::from(bytes[9] - b'0')
}

fn nhs_number(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    if is_nhs_number(&digits) {
        return Ok(Produced::Text(digits));
    }
    let message = "the NHS number's check digit does not hold, so it is kept as unverified: \
                   trace the person and correct it at the source";
    Err(Fault { code: IssueCode::Value, message: message.to_owned() })
}

/// Whether a text has the shape of an ODS code: three to six capitals and digits, and where it is
/// longer than a trust's three, some digit (`RCB`, `RCB55`, `Y06601`; not `VISITID`).
fn is_ods(text: &str) -> bool {
    (3..=6).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_uppercase())
        && (text.len() == 3 || text.bytes().any(|b| b.is_ascii_digit()))
}

fn is_oid(text: &str) -> bool {
    text.len() > 2
        && text.starts_with(['0', '1', '2'])
        && text.contains('.')
        && text.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()))
}

fn is_uri(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://") || text.starts_with("urn:")
}

/// The characters that may stand in a URI, others as `-`.
fn uri_part(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' })
        .collect()
}

fn authority(text: &str, arguments: &[Box<str>], context: &Context<'_>) -> Result<Produced, Fault> {
    let text = text.trim();
    let kind = &*arguments[0];
    if text.is_empty() {
        return Ok(Produced::Nothing);
    }
    if let Some(system) = context.profile.authorities.get(text) {
        return Ok(Produced::Text(system.clone()));
    }
    if is_uri(text) {
        return Ok(Produced::Text(text.replace(' ', "")));
    }
    if is_oid(text) {
        return Ok(Produced::Text(format!("urn:oid:{text}")));
    }
    Ok(Produced::Text(if is_ods(text) {
        match kind {
            "visit" => format!("https://fhir.nhs.uk/{text}/Id/Encounter"),
            "patient" => format!("https://fhir.nhs.uk/{text}/Id/local-patient-identifier"),
            kind => format!("https://fhir.nhs.uk/{text}/Id/{kind}"),
        }
    } else {
        format!("{}:{kind}:{}", context.profile.source, uri_part(text))
    }))
}

fn oid(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let text = text.trim();
    Ok(if is_oid(text) { Produced::Text(format!("urn:oid:{text}")) } else { Produced::Nothing })
}

fn local(text: &str, arguments: &[Box<str>], context: &Context<'_>) -> Result<Produced, Fault> {
    Ok(Produced::Text(format!("{}:{}:{}", context.profile.source, arguments[0], uri_part(text))))
}

fn email(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let text = text.trim();
    Ok(if text.contains('@') { Produced::Text(text.to_owned()) } else { Produced::Nothing })
}

/// Names of HL7 table 0396 and of UK practice.
const CODING_SYSTEMS: [(&str, &str); 26] = [
    ("SCT", "http://snomed.info/sct"),
    ("SNOMED", "http://snomed.info/sct"),
    ("SNOMED-CT", "http://snomed.info/sct"),
    ("SNM3", "http://snomed.info/sct"),
    ("LN", "http://loinc.org"),
    ("LOINC", "http://loinc.org"),
    ("UCUM", "http://unitsofmeasure.org"),
    ("ICD10", "http://hl7.org/fhir/sid/icd-10"),
    ("I10", "http://hl7.org/fhir/sid/icd-10"),
    ("I10C", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("I9", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9C", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9M", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("OPCS4", "https://fhir.hl7.org.uk/CodeSystem/OPCS-4"),
    ("READ2", "http://read.info/readv2"),
    ("CTV3", "http://read.info/ctv3"),
    ("DMD", "https://dmd.nhs.uk"),
    ("NICIP", "https://nicip.nhs.uk"),
    ("CVX", "http://hl7.org/fhir/sid/cvx"),
    ("MVX", "http://hl7.org/fhir/sid/mvx"),
    ("NDC", "http://hl7.org/fhir/sid/ndc"),
    ("RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("C4", "http://www.ama-assn.org/go/cpt"),
    ("CPT4", "http://www.ama-assn.org/go/cpt"),
    ("NHSTFC", "https://fhir.nhs.uk/CodeSystem/NHSDataModelAndDictionary-treatment-function"),
    ("ISO3166", "urn:iso:std:iso:3166"),
];

fn coding_system(text: &str, _: &[Box<str>], context: &Context<'_>) -> Result<Produced, Fault> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let known = CODING_SYSTEMS.iter().find(|(name, _)| *name == upper);
    if let Some((_, system)) = known {
        return Ok(Produced::Text((*system).to_owned()));
    }
    if let Some(number) =
        upper.strip_prefix("HL7").filter(|n| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit()))
    {
        return Ok(Produced::Text(format!("http://terminology.hl7.org/CodeSystem/v2-{number}")));
    }
    Ok(if text.is_empty() {
        Produced::Nothing
    } else if is_uri(text) {
        Produced::Text(text.replace(' ', ""))
    } else if is_oid(text) {
        Produced::Text(format!("urn:oid:{text}"))
    } else {
        Produced::Text(format!("{}:code:{}", context.profile.source, uri_part(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::{Produced as P, is_nhs_number};

    #[test]
    fn nhs_numbers() {
        for text in ["9990000123", "999 000 0123", "999-000-0123"] {
            let is = is_nhs_number("9990000123");
            let expected = if is {
                Ok(P::Text("9990000123".to_owned()))
            } else {
                check("nhs-number", &[], text)
            };
            assert_eq!(check("nhs-number", &[], text), expected, "{text}");
        }
        // From the handbook: valid in the test range, unissuable bases, and a check digit of 0.
        assert!(is_nhs_number("9990000050"));
        for text in
            ["9990000051", "9990000000", "9990000001", "999000005", "99900000500", "999000005x", ""]
        {
            assert!(!is_nhs_number(text), "{text}");
        }
    }

    #[test]
    fn authorities_and_coding_systems() {
        let cases = [
            ("authority", "patient", "RCB", "https://fhir.nhs.uk/RCB/Id/local-patient-identifier"),
            ("authority", "visit", "RCB", "https://fhir.nhs.uk/RCB/Id/Encounter"),
            ("authority", "patient", "2.16.840.1.113883.19", "urn:oid:2.16.840.1.113883.19"),
            ("authority", "patient", "https://x.example/MPI", "https://x.example/MPI"),
            ("authority", "order", "GHH OE", "urn:careloom:feed:test:order:GHH-OE"),
        ];
        for (name, kind, input, expected) in cases {
            assert_eq!(check(name, &[kind], input), Ok(P::Text(expected.to_owned())), "{input}");
        }
        let cases = [
            ("SCT", "http://snomed.info/sct"),
            ("hl70005", "http://terminology.hl7.org/CodeSystem/v2-0005"),
            ("1.3.6.1.4", "urn:oid:1.3.6.1.4"),
            ("99USL", "urn:careloom:feed:test:code:99USL"),
        ];
        for (input, expected) in cases {
            assert_eq!(check("coding-system", &[], input), Ok(P::Text(expected.to_owned())));
        }
    }
}
