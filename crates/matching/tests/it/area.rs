//! A generated area that is harder than real life: households, twins, namesakes, four systems.
//!
//! It is independent of `testkit`, so that weights cannot fit one generator by accident. To add a
//! kind of mess: its making in [`Writer::soil`], under a name pushed to `kinds`.

use matching::{
    Address, Demographics, MultipleBirth, NameUse, NhsNumberClaim, PartialDate, PersonName, Sex,
};

use crate::names::{COMMON_FAMILIES, FEMALE, MALE, SHORT, rare_family};

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64) < share * (1u64 << 53) as f64
    }

    /// An item by rank, the first the commonest, as names are.
    fn ranked<T: Copy>(&mut self, items: &[T]) -> T {
        let (a, b) = (self.below(items.len()), self.below(items.len()));
        items[a.min(b).min(self.below(items.len()))]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[derive(Clone)]
struct Person {
    nhs: String,
    family: String,
    maiden: Option<String>,
    given: &'static str,
    middle: Option<&'static str>,
    sex: Sex,
    birth: (u16, u8, u8),
    home: usize,
    former_home: Option<usize>,
    mobile: Option<String>,
    practice: usize,
    twin: Option<u8>,
}

struct Home {
    line: String,
    postcode: String,
    phone: Option<String>,
}

/// One record of one system, with the truth about it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) truth: u32,
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) demographics: Demographics,
}

/// Makes `people` people and their records, shuffled.
pub(crate) fn records(seed: u64, people: usize) -> Vec<Record> {
    let mut random = Random(seed);
    let (people, homes) = households(&mut random, people);
    let mut writer = Writer { random, homes, people, local: 0 };
    let mut records = Vec::new();
    for index in 0..writer.people.len() {
        writer.write_person(index, &mut records);
    }
    writer.random.shuffle(&mut records);
    records
}

fn households(random: &mut Random, count: usize) -> (Vec<Person>, Vec<Home>) {
    let mut people = Vec::new();
    let mut homes: Vec<Home> = Vec::new();
    while people.len() < count {
        // About eighteen homes share a postcode.
        let street = homes.len() / 18;
        let postcode = format!(
            "TN{} {}{}{}",
            30 + street / 500,
            street / 50 % 10,
            (b'A' + (street % 26) as u8) as char,
            (b'A' + (street / 26 % 20) as u8) as char
        );
        homes.push(Home {
            line: format!("{} {} Road", homes.len() % 18 + 1, rare_family(street as u64 * 7 + 1)),
            postcode,
            phone: random.chance(0.5).then(|| format!("01424{:06}", random.below(1_000_000))),
        });
        household(random, homes.len() - 1, &mut people);
    }
    people.truncate(count);
    (people, homes)
}

fn household(random: &mut Random, home: usize, people: &mut Vec<Person>) {
    let family = if random.chance(0.7) {
        random.ranked(COMMON_FAMILIES).to_owned()
    } else {
        rare_family(random.next())
    };
    let year = 1930 + random.below(70) as u16;
    let father = person(random, home, &family, Sex::Male, year, people.len());
    let (father_given, size) = (father.given, random.below(5));
    people.push(father);
    if size == 0 {
        return;
    }
    let mut mother = person(random, home, &family, Sex::Female, year + 2, people.len());
    if random.chance(0.6) {
        mother.maiden = Some(random.ranked(COMMON_FAMILIES).to_owned());
    }
    people.push(mother);
    for child in 1..size {
        let sex = if random.chance(0.5) { Sex::Male } else { Sex::Female };
        let born = year + 22 + 3 * child as u16;
        let mut next = person(random, home, &family, sex, born.min(2023), people.len());
        if sex == Sex::Male && child == 1 && random.chance(0.15) {
            next.given = father_given;
        }
        let is_twin = random.chance(0.06);
        let mut twin = next.clone();
        next.twin = is_twin.then_some(1);
        people.push(next);
        if is_twin {
            twin.sex = if random.chance(0.65) { sex } else { Sex::Female };
            twin.nhs = nhs_number(people.len());
            let born = twin.given;
            while twin.given == born {
                twin.given = random.ranked(if twin.sex == Sex::Male { MALE } else { FEMALE });
            }
            twin.twin = Some(2);
            people.push(twin);
        }
    }
}

fn person(
    random: &mut Random,
    home: usize,
    family: &str,
    sex: Sex,
    year: u16,
    index: usize,
) -> Person {
    let list = if sex == Sex::Male { MALE } else { FEMALE };
    Person {
        nhs: nhs_number(index),
        family: family.to_owned(),
        maiden: None,
        given: random.ranked(list),
        middle: random.chance(0.6).then(|| random.ranked(list)),
        sex,
        birth: (year, 1 + random.below(12) as u8, 1 + random.below(28) as u8),
        home,
        former_home: (home > 0 && random.chance(0.35)).then(|| random.below(home)),
        mobile: random.chance(0.6).then(|| format!("07700{:06}", random.below(1_000_000))),
        practice: home / 900,
        twin: None,
    }
}

/// The valid number of the range 999 at or after a position.
pub(crate) fn nhs_number(index: usize) -> String {
    (index * 11 / 10..)
        .find_map(|base| {
            (0..10)
                .map(|check| format!("999{base:06}{check}"))
                .find(|text| matching::NhsNumber::parse(text).is_ok())
                .filter(|_| base % 11 != 10)
        })
        .unwrap_or_default()
}

struct Writer {
    random: Random,
    homes: Vec<Home>,
    people: Vec<Person>,
    local: usize,
}

const SYSTEMS: [(&str, f64); 4] =
    [("gp", 0.97), ("hospital", 0.8), ("community", 0.5), ("social-care", 0.4)];

impl Writer {
    fn write_person(&mut self, index: usize, records: &mut Vec<Record>) {
        for (system, presence) in SYSTEMS {
            if !self.random.chance(presence) {
                continue;
            }
            let first = self.write_record(index, system);
            if system == "hospital" && self.random.chance(0.04) {
                let mut second = self.write_record(index, system);
                second.kinds.push("duplicate");
                records.push(second);
            }
            records.push(first);
        }
    }

    fn write_record(&mut self, index: usize, system: &str) -> Record {
        let person = self.people[index].clone();
        self.local += 1;
        let home = &self.homes[person.home];
        let mut names = vec![PersonName {
            usage: NameUse::Current,
            family: person.family.clone(),
            given: [Some(person.given), person.middle]
                .into_iter()
                .flatten()
                .map(Into::into)
                .collect(),
        }];
        if system == "gp" {
            names.extend(person.maiden.iter().map(|maiden| PersonName {
                usage: NameUse::Former,
                family: maiden.clone(),
                given: vec![person.given.into()],
            }));
        }
        let (year, month, day) = person.birth;
        let demographics = Demographics {
            source_system: system.into(),
            local_id: format!("{:06}", self.local),
            nhs_numbers: vec![NhsNumberClaim {
                number: person.nhs.clone(),
                status: Some(if self.random.chance(0.8) { "01" } else { "02" }.into()),
            }],
            names,
            birth_date: PartialDate::new(year, month, day),
            sex: Some(person.sex),
            addresses: vec![Address {
                lines: vec![home.line.clone()],
                postcode: Some(home.postcode.clone()),
            }],
            phones: home.phone.iter().chain(&person.mobile).cloned().collect(),
            emails: vec![],
            gp_practice: Some(format!("Z92{:03}", person.practice)),
            death_date: None,
            multiple_birth: person
                .twin
                .filter(|_| self.random.chance(0.5))
                .map(MultipleBirth::Order),
        };
        let mut record = Record { truth: index as u32, kinds: Vec::new(), demographics };
        self.soil(&mut record, &person, if system == "gp" { 0.2 } else { 1.0 });
        if record.kinds.is_empty() {
            record.kinds.push("clean");
        }
        if person.twin.is_some() {
            record.kinds.push("twin");
        }
        record
    }

    fn soil(&mut self, record: &mut Record, person: &Person, share: f64) {
        self.soil_number(record, share);
        self.soil_name(record, person, share);
        self.soil_birth(record, person, share);
        self.soil_home(record, person, share);
        let random = &mut self.random;
        let demographics = &mut record.demographics;
        if random.chance(0.004 * share) {
            let is_male = demographics.sex == Some(Sex::Male);
            demographics.sex = Some(if is_male { Sex::Female } else { Sex::Male });
            record.kinds.push("sex wrong");
        } else if random.chance(0.03 * share) {
            demographics.sex = None;
            record.kinds.push("sex missing");
        }
        if person.birth.0 >= 2015 && random.chance(0.2 * share) {
            demographics.names[0].given = vec!["Baby".into()];
            record.kinds.push("baby name");
        }
    }

    fn soil_number(&mut self, record: &mut Record, share: f64) {
        let numbers = &mut record.demographics.nhs_numbers;
        if self.random.chance(0.25 * share) {
            numbers.clear();
            record.kinds.push("nhs missing");
        } else if self.random.chance(0.02 * share) {
            let at = 3 + self.random.below(6);
            let mut digits = numbers[0].number.clone().into_bytes();
            digits[at] = b'0' + (digits[at] - b'0' + 1 + self.random.below(9) as u8) % 10;
            numbers[0].number = String::from_utf8(digits).expect("digits are ASCII");
            numbers[0].status = Some("03".into());
            record.kinds.push("nhs slip");
        } else if self.random.chance(0.004 * share) {
            // Most numbers of another are those of the relative on the next line of the list.
            let near = (record.truth as usize + 1) % self.people.len();
            numbers[0] =
                NhsNumberClaim { number: self.people[near].nhs.clone(), status: Some("02".into()) };
            record.kinds.push("nhs of another");
        }
    }

    fn soil_name(&mut self, record: &mut Record, person: &Person, share: f64) {
        let random = &mut self.random;
        let name = &mut record.demographics.names[0];
        if random.chance(0.4) {
            name.given.truncate(1);
        }
        if let Some(maiden) = person.maiden.as_ref().filter(|_| random.chance(0.2 * share)) {
            name.family.clone_from(maiden);
            record.kinds.push("maiden name");
        }
        let short = SHORT.iter().find(|(full, _)| *full == person.given);
        if let Some((_, short)) = short.filter(|_| random.chance(0.15 * share)) {
            name.given[0] = (*short).into();
            record.kinds.push("short name");
        } else if random.chance(0.02 * share) {
            name.given[0].truncate(1);
            record.kinds.push("initial only");
        } else if random.chance(0.03 * share) {
            name.given[0] = slip(random, &name.given[0]);
            record.kinds.push("given slip");
        }
        if random.chance(0.03 * share) {
            name.family = slip(random, &name.family);
            record.kinds.push("family slip");
        }
        if random.chance(0.005 * share) {
            let family = std::mem::replace(&mut name.family, name.given[0].clone());
            name.given[0] = family;
            record.kinds.push("names swapped");
        }
    }

    fn soil_birth(&mut self, record: &mut Record, person: &Person, share: f64) {
        let random = &mut self.random;
        let (year, month, day) = person.birth;
        let birth = &mut record.demographics.birth_date;
        if day <= 12 && day != month && random.chance(0.03 * share) {
            *birth = PartialDate::new(year, day, month);
            record.kinds.push("birth swapped");
        } else if random.chance(0.015 * share) {
            *birth = match random.below(4) {
                0 => PartialDate::new(year + 1, month, day),
                1 => PartialDate::new(year - 10, month, day),
                2 => PartialDate::new(year, month, if day > 10 { day - 10 } else { day + 10 }),
                _ => PartialDate::new(year, month % 12 + 1, day),
            };
            record.kinds.push("birth slip");
        } else if random.chance(0.01 * share) {
            *birth = None;
            record.kinds.push("birth missing");
        }
    }

    fn soil_home(&mut self, record: &mut Record, person: &Person, share: f64) {
        let random = &mut self.random;
        let demographics = &mut record.demographics;
        let former = person.former_home.filter(|_| random.chance(0.3 * share));
        if let Some(home) = former.map(|home| &self.homes[home]) {
            demographics.addresses[0] =
                Address { lines: vec![home.line.clone()], postcode: Some(home.postcode.clone()) };
            demographics.phones = person.mobile.iter().cloned().collect();
            record.kinds.push("former address");
        } else if random.chance(0.02 * share) {
            let postcode = demographics.addresses[0].postcode.as_deref().unwrap_or_default();
            demographics.addresses[0].postcode = Some(slip(random, postcode));
            record.kinds.push("postcode slip");
        } else if random.chance(0.03 * share) {
            demographics.addresses.clear();
            record.kinds.push("no address");
        }
    }
}

/// One slip of the keyboard after the first letter.
fn slip(random: &mut Random, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return text.to_owned();
    }
    let at = 1 + random.below(letters.len() - 2);
    let letter = (b'A' + random.below(26) as u8) as char;
    match random.below(4) {
        0 => letters.swap(at, at + 1),
        1 => letters[at] = letter,
        2 => letters.insert(at, letter),
        _ => drop(letters.remove(at)),
    }
    letters.into_iter().collect()
}
