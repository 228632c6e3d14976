//! The accounts of the demonstration: a person of each site, and staff of every role.
//!
//! Their passwords and codes are no secret, and stand on the pages of signing in; nothing of this is
//! made outside `careloom demo`.

use std::sync::Arc;

use interactions::record::PeopleQuery;
use interactions::{AccountKind, App, IdentityLevel, NewAccount};
use portals::Demonstration;
use testkit::{Site, System};

/// Everybody's password.
const PASSWORD: &str = "careloom-demonstration";
/// The secret of everybody's one-time codes.
const CODE_SECRET: &[u8] = b"careloom's demo code";
/// Everybody's linkage key.
const LINKAGE: &str = "DEMO-2345-6789";

/// Account, what to call them; one of each site, in the sites' order.
const CITIZENS: [(&str, &str); 5] = [
    ("amina.shah@example.test", "Amina Shah"),
    ("margaret.oconnor@example.test", "Margaret O'Connor"),
    ("winston.stclair@example.test", "Winston St Clair"),
    ("stanislaw.wojcik@example.test", "Stanisław Wójcik"),
    ("sian.llewellyn-price@example.test", "Siân Llewellyn-Price"),
];

/// Another patient of Liverpool's practice, so that two people want the same time.
const NEIGHBOUR: (&str, &str) = ("neighbour@example.test", "A neighbour");
/// People of each site who are always there: the one with the account, and the neighbour.
pub(crate) const HEROES: u32 = 2;

/// Account, what to call them, role, the systems of their organisation; all of Liverpool but the last.
const STAFF: [(&str, &str, &str, &[System]); 10] = [
    ("gp", "Dr Priya Nair", "clinician", &[System::Gp]),
    ("ward", "Sister Joan Bell", "clinician", &[System::Hospital]),
    ("pharmacist", "Owen Hughes", "pharmacist", &[System::Gp]),
    ("carer", "Leah Okafor", "social-care", &[System::SocialCare]),
    ("reception", "Tom Marsh", "receptionist", &[System::Gp]),
    ("manager", "Ruth Adeyemi", "practice-manager", &[System::Gp]),
    ("engineer", "Kofi Mensah", "integration", &[System::Hospital]),
    ("privacy", "Grace Lindqvist", "privacy-officer", &[System::Hospital]),
    ("safety", "Dr Adam Frost", "safety-officer", &[System::Hospital]),
    ("admin", "Mei Tanaka", "administrator", &[System::Hospital]),
];

/// A clinician of another site, who knows nobody in Liverpool.
const FAR: (&str, &str, Site) = ("far", "Dr Hugh Penrose", Site::Bristol);

/// Who can sign in, as it is said on the pages.
pub(crate) fn demonstration() -> Demonstration {
    let citizens = CITIZENS.iter().zip(Site::ALL).map(|((name, words), site)| {
        ((*name).to_owned(), format!("{words}, who lives in {}", site.name()))
    });
    let staff = STAFF.iter().map(|(name, words, role, _)| {
        ((*name).to_owned(), format!("{words}, {}, Liverpool", role.replace('-', " ")))
    });
    let neighbour = "A patient of Amina Shah's GP surgery, who lives in Liverpool";
    let neighbour = (NEIGHBOUR.0.to_owned(), neighbour.to_owned());
    let far = (FAR.0.to_owned(), format!("{}, clinician, {}", FAR.1, FAR.2.name()));
    Demonstration {
        accounts: citizens.chain([neighbour]).chain(staff).chain([far]).collect(),
        password: PASSWORD.to_owned(),
        code_secret: CODE_SECRET.to_vec(),
        linkage: LINKAGE.to_owned(),
    }
}

/// Makes the accounts, once the people are there.
pub(crate) async fn make(app: &Arc<App>) -> anyhow::Result<()> {
    let citizens = CITIZENS.iter().zip(Site::ALL).map(|(citizen, site)| (*citizen, site, 0));
    for ((name, words), site, hero) in citizens.chain([(NEIGHBOUR, Site::Liverpool, 1)]) {
        let query = PeopleQuery::NhsNumber(testkit::hero_nhs_number(site, hero));
        let found = app.find_people(&query).await.map_err(|failure| failed(&failure))?;
        let Some(person) = found.people.first() else { continue };
        let kind = AccountKind::Citizen { person: person.id.to_string() };
        add(app, name, words, IdentityLevel::P5, kind).await?;
    }
    let of_site = |site: Site, systems: &[System]| -> Vec<String> {
        systems.iter().map(|system| format!("urn:careloom:feed:{}", system.feed(site))).collect()
    };
    for (name, words, role, systems) in STAFF {
        let organisation = organisation(systems[0], Site::Liverpool);
        let sources = of_site(Site::Liverpool, systems);
        let kind = staff(name, role, &organisation, sources);
        add(app, name, words, IdentityLevel::P9, kind).await?;
    }
    let (name, words, site) = FAR;
    let organisation = organisation(System::Hospital, site);
    let kind = staff(name, "clinician", &organisation, of_site(site, &[System::Hospital]));
    add(app, name, words, IdentityLevel::P9, kind).await
}

/// What people call a system of a site.
pub(crate) fn organisation(system: System, site: Site) -> String {
    let words = match system {
        System::Hospital => "hospital",
        System::Gp => "GP surgery",
        System::Community => "community team",
        System::SocialCare => "council",
    };
    format!("{} {words}", site.name())
}

fn staff(name: &str, role: &str, organisation: &str, sources: Vec<String>) -> AccountKind {
    AccountKind::Staff {
        practitioner: format!("demo-{name}"),
        role: role.to_owned(),
        organisation: organisation.to_owned(),
        sources,
    }
}

async fn add(
    app: &Arc<App>,
    name: &str,
    words: &str,
    level: IdentityLevel,
    kind: AccountKind,
) -> anyhow::Result<()> {
    let new = NewAccount {
        name: name.to_owned(),
        words: words.to_owned(),
        kind,
        level,
        password: PASSWORD.to_owned(),
        code_secret: CODE_SECRET.to_vec(),
        linkage: LINKAGE.to_owned(),
    };
    app.create_account(new).await.map_err(|failure| failed(&failure))
}

fn failed(failure: &interactions::Failure) -> anyhow::Error {
    anyhow::anyhow!("an account of the demonstration: {failure}")
}
