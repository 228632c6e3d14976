//! Patient → what matching compares.

use fhir::Value;
use matching::{Address, Demographics, MultipleBirth, NameUse, NhsNumberClaim, PartialDate};
use matching::{PersonName, Sex};

/// The identifier system of NHS numbers.
pub(crate) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const VERIFICATION: &str =
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus";
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

/// Reads a Patient; what it does not say stays absent. Retired values (`use` old) of names and
/// addresses take part as former ones.
pub fn demographics_of(patient: Value<'_>) -> Demographics {
    Demographics {
        source_system: patient.at("meta.source").and_then(Value::as_str).unwrap_or("").to_owned(),
        local_id: patient.text_of("id").unwrap_or("").to_owned(),
        nhs_numbers: patient.all("identifier").filter_map(nhs_number).collect(),
        names: patient.all("name").map(name).collect(),
        birth_date: patient.text_of("birthDate").and_then(PartialDate::parse),
        sex: patient.text_of("gender").and_then(sex),
        addresses: patient.all("address").map(address).collect(),
        phones: contacts(patient, &["phone", "sms"]),
        emails: contacts(patient, &["email"]),
        gp_practice: patient.all("generalPractitioner").find_map(practice),
        death_date: patient
            .text_of("deceasedDateTime")
            .and_then(|text| PartialDate::parse(text.get(..10).unwrap_or(text))),
        multiple_birth: multiple_birth(patient),
    }
}

fn nhs_number(identifier: Value<'_>) -> Option<NhsNumberClaim> {
    if identifier.text_of("system") != Some(NHS_NUMBER) || identifier.text_of("use") == Some("old")
    {
        return None;
    }
    let status = identifier
        .all("extension")
        .find(|extension| extension.text_of("url") == Some(VERIFICATION))
        .and_then(|extension| extension.at("valueCodeableConcept.coding[0].code"))
        .and_then(Value::as_str);
    Some(NhsNumberClaim {
        number: identifier.text_of("value")?.to_owned(),
        status: status.map(str::to_owned),
    })
}

fn name(name: Value<'_>) -> PersonName {
    PersonName {
        usage: match name.text_of("use") {
            Some("old" | "maiden") => NameUse::Former,
            Some("nickname") => NameUse::Nickname,
            _ => NameUse::Current,
        },
        family: name.text_of("family").unwrap_or("").to_owned(),
        given: name.all("given").filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

fn sex(code: &str) -> Option<Sex> {
    match code {
        "female" => Some(Sex::Female),
        "male" => Some(Sex::Male),
        "other" => Some(Sex::Other),
        _ => None,
    }
}

fn address(address: Value<'_>) -> Address {
    Address {
        lines: address.all("line").filter_map(Value::as_str).map(str::to_owned).collect(),
        postcode: address.text_of("postalCode").map(str::to_owned),
    }
}

fn contacts(patient: Value<'_>, systems: &[&str]) -> Vec<String> {
    patient
        .all("telecom")
        .filter(|point| point.text_of("system").is_some_and(|system| systems.contains(&system)))
        .filter_map(|point| point.text_of("value").map(str::to_owned))
        .collect()
}

fn practice(reference: Value<'_>) -> Option<String> {
    let identifier = reference.get("identifier")?;
    (identifier.text_of("system") == Some(ODS))
        .then(|| identifier.text_of("value").map(str::to_owned))?
}

fn multiple_birth(patient: Value<'_>) -> Option<MultipleBirth> {
    if let Some(order) = patient.get("multipleBirthInteger").and_then(Value::as_number) {
        return order.parse().ok().map(MultipleBirth::Order);
    }
    patient
        .get("multipleBirthBoolean")
        .and_then(Value::as_bool)
        .map(|several| if several { MultipleBirth::Several } else { MultipleBirth::Single })
}
