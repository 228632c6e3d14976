//! Households and the true people in them, each from their own stream of the seed.
//!
//! A household depends on the seed and its number alone, so the first people stay the same when
//! more are asked for. To add a kind of household, add it to [`Kind`] and its weight to [`KINDS`].

use jiff::civil::Date;

use crate::addresses::{self, Address};
use crate::calendar::{age, days_later};
use crate::clinical::{ALLERGENS, DISEASES};
use crate::names::{self, Heritage};
use crate::nhs_number;
use crate::person::{Diagnosis, Kin, Person, PersonId, Sex};
use crate::prng::Prng;
use crate::sites::Site;

#[derive(Clone, Copy)]
enum Kind {
    Single,
    Couple,
    Family,
    LoneParent,
    ThreeGenerations,
    Shared,
}

const KINDS: &[(Kind, u32)] = &[
    (Kind::Single, 30),
    (Kind::Couple, 30),
    (Kind::Family, 22),
    (Kind::LoneParent, 9),
    (Kind::ThreeGenerations, 4),
    (Kind::Shared, 5),
];

/// The first `count` people of a seed who are no heroes; ids begin at `first`.
pub(crate) fn generate(seed: u64, as_of: Date, first: u32, count: u32) -> Vec<Person> {
    let mut people = Vec::with_capacity(count as usize);
    let mut numbers = nhs_number::sequence(seed);
    let mut household = 0;
    while (people.len() as u32) < count {
        let next = first + people.len() as u32;
        for mut person in Household::new(seed, as_of, household).people(next) {
            // A household is always made whole and cut afterwards, so its members do not depend on `count`.
            let Some(number) = numbers.next() else { return people };
            person.nhs_number = number;
            if (people.len() as u32) < count {
                people.push(person);
            }
        }
        household += 1;
    }
    let ids = first..first + count;
    for person in &mut people {
        person.twin = person.twin.filter(|twin| ids.contains(&twin.0));
        if let Some(kin) = &mut person.kin {
            kin.person = kin.person.filter(|person| ids.contains(&person.0));
        }
    }
    people
}

struct Household {
    prng: Prng,
    as_of: Date,
    number: u32,
    site: Site,
    heritage: Heritage,
    base: &'static str,
    address: Address,
    phone: Option<String>,
    practice: usize,
    doctor: usize,
}

/// One member before they are a person: sex, age, part in the household.
struct Member {
    sex: Sex,
    birth: Date,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Head,
    Partner,
    Child,
    Twin,
    Grandparent,
    Lodger,
}

impl Household {
    fn new(seed: u64, as_of: Date, number: u32) -> Household {
        let mut prng = Prng::keyed(seed, "household", u64::from(number));
        let site = *prng.pick(&Site::ALL);
        let heritage = prng.weighted(site.heritages());
        let address = if prng.chance(0.004) {
            addresses::no_fixed_abode(site)
        } else {
            addresses::address(&mut prng, site)
        };
        let phone = prng.chance(0.6).then(|| home_phone(&mut prng, site));
        Household {
            base: names::pick_family(&mut prng, heritage),
            practice: prng.below(12) as usize,
            doctor: prng.below(5) as usize,
            prng,
            as_of,
            number,
            site,
            heritage,
            address,
            phone,
        }
    }

    fn born(&mut self, low: i32, high: i32) -> Date {
        let years = self.prng.range(low, high);
        days_later(self.as_of, -i64::from(years * 365 + self.prng.range(30, 360)))
    }

    fn sex(&mut self) -> Sex {
        if self.prng.chance(0.5) { Sex::Female } else { Sex::Male }
    }

    fn members(&mut self) -> Vec<Member> {
        let kind = self.prng.weighted(KINDS);
        let sex = self.sex();
        let (low, high) = match kind {
            Kind::Single => (22, 96),
            Kind::Couple => (24, 92),
            Kind::Family | Kind::LoneParent => (24, 50),
            Kind::ThreeGenerations => (32, 48),
            Kind::Shared => (19, 34),
        };
        let birth = self.born(low, high);
        let mut members = vec![Member { sex, birth, role: Role::Head }];
        if matches!(kind, Kind::Couple | Kind::Family | Kind::ThreeGenerations) {
            let same = self.prng.chance(0.04);
            let other = if (sex == Sex::Male) == same { Sex::Male } else { Sex::Female };
            let near = i64::from(self.prng.range(-2_000, 2_000));
            let birth = days_later(birth, near).min(days_later(self.as_of, -19 * 365));
            members.push(Member { sex: other, birth, role: Role::Partner });
        }
        if matches!(kind, Kind::Family | Kind::LoneParent | Kind::ThreeGenerations) {
            self.children(&mut members, birth);
        }
        if matches!(kind, Kind::ThreeGenerations) {
            let (sex, birth) = (self.sex(), self.born(66, 92));
            members.push(Member { sex, birth, role: Role::Grandparent });
        }
        if matches!(kind, Kind::Shared) {
            for _ in 0..=self.prng.below(3) {
                let (sex, birth) = (self.sex(), self.born(19, 36));
                members.push(Member { sex, birth, role: Role::Lodger });
            }
        }
        members
    }

    fn children(&mut self, members: &mut Vec<Member>, parent: Date) {
        let eldest = (age(parent, self.as_of) - 20).clamp(0, 22);
        for _ in 0..=self.prng.below(3) {
            let sex = self.sex();
            let birth = self.born(0, eldest);
            members.push(Member { sex, birth, role: Role::Child });
            if self.prng.chance(0.03) {
                let twin = if self.prng.chance(0.65) { sex } else { self.sex() };
                members.push(Member { sex: twin, birth, role: Role::Twin });
            }
        }
    }

    fn people(mut self, first: u32) -> Vec<Person> {
        let members = self.members();
        let mut people: Vec<Person> = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let id = PersonId(first + index as u32);
            let before = people.last().map(|person| person.id);
            let mut person = self.person(id, member);
            self.distinguish(&mut person, member, &people);
            if member.role == Role::Twin {
                person.twin = before;
                if let Some(other) = people.last_mut() {
                    other.twin = Some(id);
                }
            }
            people.push(person);
        }
        self.join_kin(&mut people, &members);
        people
    }

    /// Gives a child a given name that no brother or sister has; at times a son his father's name.
    fn distinguish(&mut self, person: &mut Person, member: &Member, before: &[Person]) {
        if matches!(member.role, Role::Child | Role::Twin) {
            let father = before.iter().find(|other| other.sex == Sex::Male);
            if let Some(father) = father
                && person.sex == Sex::Male
                && member.role == Role::Child
                && self.prng.chance(0.03)
            {
                person.given.clone_from(&father.given);
                person.middle.clone_from(&father.middle);
                return;
            }
        }
        for _ in 0..8 {
            if before.iter().all(|other| other.given != person.given) {
                return;
            }
            let year = person.birth.year();
            names::given(&mut self.prng, self.heritage, person.sex, year)
                .clone_into(&mut person.given);
        }
    }

    fn person(&mut self, id: PersonId, member: &Member) -> Person {
        let prng = &mut self.prng;
        let years = age(member.birth, self.as_of);
        let lodger = member.role == Role::Lodger;
        let heritage = if lodger { prng.weighted(self.site.heritages()) } else { self.heritage };
        let other_name = lodger || (member.role == Role::Partner && prng.chance(0.3));
        let base = if other_name { names::pick_family(prng, heritage) } else { self.base };
        let year = member.birth.year();
        let given = names::given(prng, heritage, member.sex, year).to_owned();
        let middle =
            prng.chance(0.62).then(|| names::given(prng, heritage, member.sex, year).to_owned());
        let married = member.role == Role::Partner && !other_name;
        let former_family = (married && member.sex == Sex::Female).then(|| {
            let recently = prng.chance(0.12);
            let before = if recently { prng.range(40, 700) } else { prng.range(800, 9_000) };
            let day =
                days_later(self.as_of, -i64::from(before)).max(days_later(member.birth, 6_600));
            (names::family(prng, heritage, member.sex), day)
        });
        let former_address = prng.chance(0.15).then(|| {
            let day = days_later(self.as_of, -i64::from(prng.range(20, 1_500)));
            (addresses::address(prng, self.site), day.max(days_later(member.birth, 1)))
        });
        let grown = years >= 16;
        let mut person = Person {
            id,
            site: self.site,
            household: self.number,
            nhs_number: String::new(),
            prefix: prefix(prng, member.sex, years, married),
            given,
            middle,
            family: names::family_of(base, heritage, member.sex),
            former_family,
            sex: member.sex,
            birth: member.birth,
            death: None,
            address: self.address.clone(),
            former_address,
            phone: self.phone.clone(),
            mobile: (years >= 12 && prng.chance(0.85)).then(|| mobile(id.0)),
            email: None,
            ethnicity: prng.weighted(heritage.ethnicities()),
            language: prng.weighted(heritage.languages()),
            marital: if married { "M" } else { prng.weighted(&[("S", 8), ("D", 1), ("N", 1)]) },
            practice: self.practice,
            doctor: self.doctor,
            kin: None,
            diagnoses: Vec::new(),
            allergies: Vec::new(),
            smoking: if grown { prng.weighted(&[(0, 62), (1, 24), (2, 14)]) } else { 0 },
            height_cm: prng.normal(if member.sex == Sex::Male { 176.0 } else { 162.0 }, 6.5) as i32,
            twin: None,
            hero: false,
        };
        if grown && prng.chance(0.4) {
            person.email = Some(format!("person{}@mail.example", id.0));
        }
        self.health(&mut person, years);
        person
    }

    fn health(&mut self, person: &mut Person, years: i32) {
        let prng = &mut self.prng;
        let group = match years {
            ..40 => 0,
            40..65 => 1,
            _ => 2,
        };
        for disease in DISEASES {
            if years >= 3 && prng.chance(f64::from(disease.per_thousand[group]) / 1_000.0) {
                let ago = prng.range(30, (years * 365 / 2).clamp(31, 7_000));
                let onset = days_later(self.as_of, -i64::from(ago));
                person.diagnoses.push(Diagnosis { disease, onset });
            }
        }
        if prng.chance(0.14) {
            let weights: Vec<_> =
                ALLERGENS.iter().map(|allergen| (allergen, allergen.weight)).collect();
            let allergen = prng.weighted(&weights);
            let ago = prng.range(1, (years * 330).max(2));
            let since = days_later(self.as_of, -i64::from(ago));
            person.allergies.push((allergen, since.max(days_later(person.birth, 1))));
        }
        let dying = [0.000_5, 0.004, 0.05][group];
        if prng.chance(dying) {
            let ago = i64::from(prng.range(5, 640));
            let day = days_later(self.as_of, -ago);
            person.death = Some(day).filter(|day| *day > days_later(person.birth, 30));
        }
    }

    fn join_kin(&mut self, people: &mut [Person], members: &[Member]) {
        for index in 0..people.len() {
            let found = match members[index].role {
                Role::Head if members.get(1).is_some_and(|m| m.role == Role::Partner) => {
                    Some((1, "01", "Spouse"))
                }
                Role::Partner => Some((0, "01", "Spouse")),
                Role::Child | Role::Twin => Some((0, "03", "Parent")),
                Role::Grandparent => Some((0, "09", "Child")),
                Role::Head | Role::Lodger => None,
            };
            let kin = if let Some((other, code, word)) = found {
                let other = &people[other];
                Some(kin_of(other, code, word))
            } else {
                self.prng.chance(0.7).then(|| self.stranger(index as u32))
            };
            people[index].kin = kin;
        }
    }

    /// Kin who is none of the people.
    fn stranger(&mut self, index: u32) -> Kin {
        let sex = self.sex();
        let sister = sex == Sex::Female;
        Kin {
            code: if sister { "14" } else { "15" },
            word: if sister { "Sister" } else { "Brother" },
            prefix: if sister { "Ms" } else { "Mr" },
            given: names::given(&mut self.prng, self.heritage, sex, 1965).to_owned(),
            family: names::family_of(self.base, self.heritage, sex),
            phone: mobile(500_000 + self.number * 4 + index),
            person: None,
        }
    }
}

/// Kin who is one of the people.
pub(crate) fn kin_of(other: &Person, code: &'static str, word: &'static str) -> Kin {
    Kin {
        code,
        word,
        prefix: other.prefix,
        given: other.given.clone(),
        family: other.family.clone(),
        phone: other.mobile.clone().or_else(|| other.phone.clone()).unwrap_or_default(),
        person: Some(other.id),
    }
}

fn prefix(prng: &mut Prng, sex: Sex, years: i32, married: bool) -> &'static str {
    match (sex, years) {
        (Sex::Male, ..16) => "Master",
        (Sex::Male, _) => prng.weighted(&[("Mr", 96), ("Dr", 3), ("Rev", 1)]),
        (Sex::Female, ..16) => "Miss",
        (Sex::Female, _) if married => "Mrs",
        (Sex::Female, _) => prng.weighted(&[("Ms", 45), ("Miss", 35), ("Mrs", 17), ("Dr", 3)]),
    }
}

/// A number of the ranges that Ofcom keeps for drama (01632 960, 0151 496 and their like).
fn home_phone(prng: &mut Prng, site: Site) -> String {
    let range = match site {
        Site::Liverpool => "0151496",
        Site::Bristol => "0117496",
        _ => "01632960",
    };
    let digits = 11 - range.len();
    let most = 10_u32.pow(digits as u32);
    format!("{range}{:0digits$}", prng.below(most))
}

/// A mobile number of Ofcom's drama range 07700 900, which has only a thousand: people share them.
pub(crate) fn mobile(index: u32) -> String {
    format!("07700900{:03}", (u64::from(index) * 617 % 1_000))
}
