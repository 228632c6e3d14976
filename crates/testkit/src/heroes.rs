//! People who are always there: rich records in all four systems, with names and NHS numbers that
//! do not depend on the seed. To add a named one, add a row to [`NAMED`].

use jiff::civil::Date;

use crate::addresses;
use crate::calendar::days_later;
use crate::clinical::{ALLERGENS, disease};
use crate::names;
use crate::nhs_number;
use crate::people::mobile;
use crate::person::{Diagnosis, Kin, Person, PersonId, Sex};
use crate::prng::Prng;
use crate::sites::Site;

/// The most heroes that a site can have.
pub const HEROES_MAX: u32 = 20;

/// Title, given, second given, family, sex, born (year, month, day), ethnicity, language.
type Named = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Sex,
    (i16, i8, i8),
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const NAMED: [Named; 5] = [
    ("Mrs", "Amina", "Noor", "Shah", Sex::Female, (1958, 2, 14), "J", "ur"),
    ("Mrs", "Margaret", "Rose", "O'Connor", Sex::Female, (1949, 11, 3), "B", "en"),
    ("Mr", "Winston", "Alexander", "St Clair", Sex::Male, (1953, 6, 21), "M", "en"),
    ("Mr", "Stanisław", "Jan", "Wójcik", Sex::Male, (1951, 4, 8), "C", "pl"),
    ("Mrs", "Siân", "Eluned", "Llewellyn-Price", Sex::Female, (1946, 9, 27), "A", "cy"),
];

/// The NHS number of a hero of a site, for any seed.
pub fn hero_nhs_number(site: Site, index: u32) -> String {
    nhs_number::fixed(site as u32, index)
}

/// `each` heroes for every site, with ids from 0: first hero of each site, then the second ones.
pub(crate) fn generate(seed: u64, as_of: Date, each: u32) -> Vec<Person> {
    (0..each.min(HEROES_MAX))
        .flat_map(|index| Site::ALL.map(|site| (index, site)))
        .enumerate()
        .map(|(id, (index, site))| hero(seed, as_of, PersonId(id as u32), site, index))
        .collect()
}

fn hero(seed: u64, as_of: Date, id: PersonId, site: Site, index: u32) -> Person {
    let mut prng = Prng::keyed(seed, "hero", u64::from(id.0));
    let (prefix, given, middle, family, sex, (year, month, day), ethnicity, language) =
        NAMED[site as usize];
    let mut person = Person {
        id,
        site,
        household: u32::MAX - id.0,
        nhs_number: hero_nhs_number(site, index),
        prefix,
        given: given.to_owned(),
        middle: Some(middle.to_owned()),
        family: family.to_owned(),
        former_family: None,
        sex,
        birth: Date::new(year, month, day).unwrap_or(as_of),
        death: None,
        address: addresses::address(&mut prng, site),
        former_address: None,
        phone: None,
        mobile: Some(mobile(id.0)),
        email: Some(format!("hero{}@mail.example", id.0)),
        ethnicity,
        language,
        marital: "M",
        practice: 0,
        doctor: 0,
        kin: Some(Kin {
            code: "09",
            word: "Child",
            prefix: "Ms",
            given: "Leila".to_owned(),
            family: family.to_owned(),
            phone: mobile(id.0 + 7),
            person: None,
        }),
        diagnoses: Vec::new(),
        allergies: vec![(&ALLERGENS[0], days_later(as_of, -5_400))],
        smoking: 1,
        height_cm: if sex == Sex::Male { 174 } else { 161 },
        twin: None,
        hero: true,
    };
    if index > 0 {
        rename(&mut prng, &mut person);
    }
    for (name, ago) in
        [("diabetes", 3_100), ("hypertension", 4_000), ("ckd", 1_200), ("osteoarthritis", 2_000)]
    {
        if let Some(disease) = disease(name) {
            let onset = days_later(as_of, -i64::from(ago + prng.range(0, 90)));
            person.diagnoses.push(Diagnosis { disease, onset });
        }
    }
    person
}

/// The second and later heroes of a site have names from the stock.
fn rename(prng: &mut Prng, person: &mut Person) {
    let heritage = prng.weighted(person.site.heritages());
    let year = i16::try_from(prng.range(1938, 1962)).unwrap_or(1950);
    person.family = names::family(prng, heritage, person.sex);
    names::given(prng, heritage, person.sex, year).clone_into(&mut person.given);
    person.birth =
        Date::new(year, prng.range(1, 12) as i8, prng.range(1, 28) as i8).unwrap_or(person.birth);
    person.ethnicity = prng.weighted(heritage.ethnicities());
    person.language = prng.weighted(heritage.languages());
}
