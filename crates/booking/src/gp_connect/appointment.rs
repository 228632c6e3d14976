//! What GP Connect asks of an Appointment that a consumer sends.

use fhir::Value;

use super::error::{SpineError, invalid_resource};
use super::{BookingOrganisation, COMMENT_LENGTH_MAX, DESCRIPTION_LENGTH_MAX};
use crate::model::element::{extension, reference_of, value_of};
use crate::model::{Appointment, reference_id, urls};

/// `description` is there; neither it nor `comment` is too long: nothing is ever cut.
pub(super) fn check_texts(sent: Value<'_>) -> Result<(), SpineError> {
    let length = |name: &str| sent.text_of(name).map_or(0, |text| text.chars().count());
    if sent.text_of("description").is_none_or(|text| text.trim().is_empty()) {
        return invalid_resource("Appointment.description: missing; it is needed");
    }
    let limits = [("description", DESCRIPTION_LENGTH_MAX), ("comment", COMMENT_LENGTH_MAX)];
    for (name, most) in limits {
        if length(name) > most {
            let has = length(name);
            return invalid_resource(format!(
                "Appointment.{name}: {has} characters, at most {most} are taken"
            ));
        }
    }
    Ok(())
}

/// The elements that may not be sent.
pub(super) fn check_absent(sent: Value<'_>) -> Result<(), SpineError> {
    for name in ["reason", "reasonCode", "reasonReference", "specialty", "indication"] {
        if sent.get(name).is_some() {
            return invalid_resource(format!("Appointment.{name}: must not be sent"));
        }
    }
    Ok(())
}

/// Patient and Location take part and have accepted.
pub(super) fn check_participants(sent: &Appointment) -> Result<(), SpineError> {
    for kind in ["Patient", "Location"] {
        let mut all = sent.participants.iter().filter(|p| reference_id(&p.actor, kind).is_some());
        let Some(found) = all.next() else {
            return invalid_resource(format!(
                "Appointment.participant: no {kind} takes part; one is needed"
            ));
        };
        if all.next().is_some() {
            return invalid_resource(format!("Appointment.participant: more than one {kind}"));
        }
        if found.status != "accepted" {
            return invalid_resource(format!(
                "Appointment.participant.status: the {kind}'s must be accepted"
            ));
        }
    }
    Ok(())
}

/// The contained Organization that the booking-organisation extension names.
///
/// `type_sent` is the organisation type of the slot search: the resource says the same, or none
/// where none was sent.
pub(super) fn booking_organisation(
    sent: Value<'_>,
    type_sent: Option<&str>,
) -> Result<BookingOrganisation, SpineError> {
    let urls_known = [urls::GPC_BOOKING_ORGANISATION, urls::UKCORE_BOOKING_ORGANISATION];
    let reference =
        urls_known.iter().find_map(|url| value_of(extension(sent, url)?).and_then(reference_of));
    let Some(reference) = reference else {
        return invalid_resource("Appointment.extension: the booking organisation is missing");
    };
    let contained = reference.strip_prefix('#').and_then(|id| {
        sent.all("contained").find(|resource| {
            resource.text_of("id") == Some(id)
                && resource.text_of("resourceType") == Some("Organization")
        })
    });
    let Some(organisation) = contained else {
        return invalid_resource(
            "Appointment.extension: the booking organisation must be a contained Organization",
        );
    };
    let ods_code = organisation
        .all("identifier")
        .find(|identifier| identifier.text_of("system") == Some(urls::ODS))
        .and_then(|identifier| identifier.text_of("value"))
        .filter(|code| !code.is_empty());
    let name = organisation.text_of("name").filter(|name| !name.trim().is_empty());
    let has_phone = organisation
        .all("telecom")
        .any(|telecom| telecom.text_of("value").is_some_and(|value| !value.is_empty()));
    let (Some(ods_code), Some(name), true) = (ods_code, name, has_phone) else {
        return invalid_resource(
            "Appointment.contained: the booking organisation needs an ODS code, a name and a telecom",
        );
    };
    let kind = organisation
        .all("type")
        .flat_map(|kind| kind.all("coding"))
        .find(|coding| coding.text_of("system") == Some(urls::GPC_ORGANISATION_TYPE))
        .and_then(|coding| coding.text_of("code"));
    if kind != type_sent {
        return invalid_resource(
            "Appointment.contained: the organisation's type must be the one that the slot search sent, and absent where it sent none",
        );
    }
    Ok(BookingOrganisation {
        ods_code: ods_code.to_owned(),
        name: name.to_owned(),
        organisation_type: kind.map(str::to_owned),
    })
}
