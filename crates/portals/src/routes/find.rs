//! Finding a person. The NHS number is posted, so that it stands in no address.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use interactions::record::{FoundPerson, PeopleQuery};
use interactions::{Duty, decode_query};

use super::answer::Answer;
use super::csrf::{self, Token};
use super::gate::State;
use super::portal::Portal;
use super::show::banner;
use crate::clinician::find::{Criteria, FindForm, FindPage, Outcome, Person};
use crate::components::nhs_number::NhsNumber;
use crate::components::source::Source;
use crate::layout::{Area, Viewer};
use crate::problem::Problem;

pub(super) async fn show(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    respond(&portal, &headers, FindForm::default(), Outcome::NotAsked).await
}

pub(super) async fn search(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
    let pairs = decode_query(&String::from_utf8_lossy(&body));
    if !csrf::holds(&headers, &pairs) {
        return Err(portal.problem(Problem::FormRefused));
    }
    let typed = |name: &str| {
        let value = pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.unwrap_or("").chars().take(200).collect::<String>()
    };
    let mut form = FindForm::typed(typed);
    let query = match form.check(portal.today()) {
        None => return respond(&portal, &headers, form, Outcome::NotAsked).await,
        Some(Criteria::NhsNumber(digits)) => PeopleQuery::NhsNumber(digits),
        Some(Criteria::NameAndBirth { family, given, born }) => {
            PeopleQuery::NameAndBirth { family, given, born: born.to_string() }
        }
    };
    let found = portal.app.find_people(&query).await.map_err(|f| portal.failure(&f))?;
    let people = found.people.iter().map(|person| row(&portal, person)).collect();
    respond(&portal, &headers, form, Outcome::Found { people, total: found.total }).await
}

async fn respond(portal: &Portal, headers: &HeaderMap, form: FindForm, outcome: Outcome) -> Answer {
    let unread = match &portal.viewer {
        Viewer::Staff { duties, .. } if duties.contains(&Duty::Messages) => {
            portal.app.practice_unread().await
        }
        _ => Ok(0),
    };
    let unread = unread.map_err(|failure| portal.failure(&failure))?;
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::Find, "Find a person");
    layout.has_errors = form.has_errors();
    let page = FindPage { layout, unread, form, outcome, csrf: token.value.clone() };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// A person found, as a row of a page.
pub(super) fn row(portal: &Portal, person: &FoundPerson) -> Person {
    let face = &person.face;
    let mut sources: Vec<Source> = Vec::new();
    for identity in &person.identities {
        let source = portal.source(&identity.source.feed);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let born = face.born.as_ref().map(|(_, born)| born);
    Person {
        name: banner::name(&face.name).formal(),
        href: format!("/clinician/person/{}", person.id),
        born: portal.when(born),
        age: banner::age_or_death(portal, face),
        gender: banner::gender_words(face.gender.as_ref().map(|g| g.said.text.as_str())).to_owned(),
        nhs_number: face
            .nhs_number
            .as_ref()
            .map(|number| NhsNumber::new(number.said.text.as_str(), face.nhs_number_verified)),
        postcode: face.address_cited.as_ref().map(|a| a.said.text.clone()).unwrap_or_default(),
        sources,
    }
}
