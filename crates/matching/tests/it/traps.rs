//! The known traps of person linking, each as two records and what must happen.
//!
//! A record is written in one line, `key value; key value`, so that a case reads at a glance.

use matching::{
    Address, Decision, Demographics, Linker, LinkerError, MultipleBirth, NhsNumberClaim,
    PartialDate, PersonName, Reason, Reconsidered, RecordId, Sex,
};

const A: &str = "9990000018";
const B: &str = "9990000050";

/// Reads `nhs`, `name` (FAMILY, Given Given), `born`, `sex`, `home` (line | postcode), `phone`,
/// `gp`, `died`, `twin`, `from` (the source system).
fn person(text: &str) -> Demographics {
    let mut record = Demographics { source_system: "gp".into(), ..Default::default() };
    text.clone_into(&mut record.local_id);
    for field in text.split(';') {
        let (key, value) = field.trim().split_once(' ').expect("key value");
        match key {
            "nhs" => {
                let (number, status) = value.split_once(' ').unwrap_or((value, "01"));
                let status = Some(status.to_owned());
                record.nhs_numbers.push(NhsNumberClaim { number: number.into(), status });
            }
            "name" => {
                let (family, given) = value.split_once(',').expect("family, given");
                let given = given.split_whitespace().map(Into::into).collect();
                record.names.push(PersonName {
                    family: family.into(),
                    given,
                    ..Default::default()
                });
            }
            "born" => record.birth_date = PartialDate::parse(value),
            "sex" => record.sex = Some(if value == "F" { Sex::Female } else { Sex::Male }),
            "home" => {
                let (line, postcode) = value.split_once(" | ").expect("line | postcode");
                let address = Address { lines: vec![line.into()], postcode: Some(postcode.into()) };
                record.addresses.push(address);
            }
            "phone" => record.phones.push(value.into()),
            "gp" => record.gp_practice = Some(value.into()),
            "died" => record.death_date = PartialDate::parse(value),
            "twin" => record.multiple_birth = value.parse().ok().map(MultipleBirth::Order),
            "from" => record.source_system = value.into(),
            other => panic!("unknown key {other}"),
        }
    }
    record
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Link,
    Review,
    New,
}
use Outcome::{Link, New, Review};

fn outcome(decision: &Decision) -> Outcome {
    match decision {
        Decision::Link { .. } => Link,
        Decision::Review(_) => Review,
        Decision::New => New,
    }
}

/// Both orders of arrival must give the same.
fn check(left: &str, right: &str, expect: &Outcome) {
    let (left, mut right) = (person(left), person(right));
    if right.source_system == "gp" {
        right.source_system = "hospital".into();
    }
    for (first, second) in [(&left, &right), (&right, &left)] {
        let mut linker = Linker::new();
        linker.add(RecordId(1), first).expect("each id is new");
        let placed = linker.add(RecordId(2), second).expect("each id is new");
        assert_eq!(outcome(&placed.decision), *expect, "{first:?}\n{second:?}\n{placed:?}");
    }
}

#[test]
fn nhs_number_with_what_fits() {
    let known = format!("nhs {A}; name Hale, Margaret Ann; born 1956-03-04; sex F");
    let with = |rest: &str, expect| check(&known, &format!("nhs {A} 02; {rest}"), &expect);
    with("name Hale, Margaret; born 1956-03-04", Link);
    with("name Hale, Peggy; born 1956-03-04", Link);
    with("name Hale, Ann; born 1956-03-04", Link);
    with("name Hale, M; born 1956-03-04", Link);
    with("name Carter, Margaret; born 1956-03-04; sex F", Link);
    with("name Hael, Margaret; born 1956-04-03", Link);
    with("name Margaret, Hale; born 1956-03-04", Link);
    with("name Hale, Baby; born 1956-03-04", Link);
    with("name Hale, Margaret", Link);
    with("name Hale, Norman; born 1956-03-04", Review);
    with("name Carter, Norman; born 1956-03-04", Review);
    with("name Hale, Margaret; born 1984-11-25", Review);
    with("name Carter, Norman; born 1984-11-25", Review);
    with("name Carter, Margaret; born 1956-03-04; sex M", Review);
    with("name Carter, Margaret; born 1956-04-03", Review);
    with("name Hale, Daniel; born 1956-03-04", Review);
    with("born 1956-03-04", Review);
    with("sex F", Review);
}

#[test]
fn nhs_numbers_that_do_not_count() {
    let rest = "name Hale, Margaret; born 1956-03-04; sex F";
    let known = format!("nhs {A}; {rest}");
    // Disputed, failing its check digit, made of one digit.
    check(&known, &format!("nhs {A} 05; {rest}"), &Review);
    check(&known, &format!("nhs 9990000019 02; {rest}"), &Review);
    check(&format!("nhs 9999999999; {rest}"), &format!("nhs 9999999999; {rest}"), &Review);
    // Two verified numbers: not even at one address.
    let home = "home 4 Elm Road | TN34 1AB; phone 01424 000111";
    check(&format!("{known}; {home}"), &format!("nhs {B}; {rest}; {home}"), &Review);
    check(&known, &format!("nhs {B}; {rest}"), &New);
}

#[test]
fn without_nhs_number() {
    let home = "home 4 Elm Road | TN34 1AB; gp Z92001";
    let known = format!("name Hale, Margaret; born 1956-03-04; sex F; {home}");
    let with = |rest: &str, expect| check(&known, rest, &expect);
    with(&format!("name Hale, Margaret; born 1956-03-04; sex F; {home}"), Link);
    with(&format!("name Hale, Peggy; born 1956-03-04; sex F; {home}"), Link);
    with(&format!("name Hail, Margaret; born 1956-03-04; sex F; {home}"), Link);
    with(&format!("name Hale, Margaret; born 1956-04-03; sex F; {home}"), Link);
    with(&format!("name Hail, Peggy; born 1956-03-04; sex F; {home}"), Review);
    with(&format!("name Hale, Margaret; born 1956-03; sex F; {home}"), Review);
    with(&format!("name Hale, M; born 1956-03-04; sex F; {home}"), Review);
    with(&format!("name Carter, Margaret; born 1956-03-04; sex F; {home}"), Review);
    with(&format!("name Hale, Margaret; born 1956-03-04; sex M; {home}"), Review);
    with("name Hale, Margaret; born 1956-03-04; sex F", Review);
    with("name Hale, Margaret; born 1956-03-04; sex F; home 9 Oak Lane | BS1 4DJ", Review);
    with("name Carter, Norman; born 1984-11-25; sex M; home 9 Oak Lane | BS1 4DJ", New);
    with("name Hale, Margaret; sex F", New);
}

#[test]
fn relatives_and_namesakes() {
    let home = "home 4 Elm Road | TN34 1AB; phone 01424 000111; gp Z92001";
    let people = |left: &str, right: &str, expect| {
        check(&format!("{left}; {home}"), &format!("{right}; {home}"), &expect);
    };
    // Twins, also with near names, an initial, or a number noted on the wrong one.
    people(
        "name Hale, Jack; born 2015-06-01; sex M",
        "name Hale, Noah; born 2015-06-01; sex M",
        Review,
    );
    people("name Hale, Daniel; born 2015-06-01", "name Hale, Danielle; born 2015-06-01", Review);
    people(
        "name Hale, J; born 2015-06-01; sex M",
        "name Hale, Jack; born 2015-06-01; sex M",
        Review,
    );
    people("name Hale, Baby; born 2015-06-01", "name Hale, Jack; born 2015-06-01", Review);
    people(
        "name Hale, Marya; born 2015-06-01; twin 1",
        "name Hale, Maryan; born 2015-06-01",
        Review,
    );
    people(
        &format!("nhs {A}; name Hale, Jack; born 2015-06-01"),
        &format!("nhs {A}; name Hale, Noah; born 2015-06-01"),
        Review,
    );
    // Father and son of one name; husband and wife; sisters.
    people(
        "name Hale, John; born 1950-06-01; sex M",
        "name Hale, John; born 1975-02-17; sex M",
        New,
    );
    people(
        "name Hale, John; born 1950-06-01; sex M",
        "name Hale, Mary; born 1952-02-17; sex F",
        New,
    );
    people(
        "name Hale, Ruth; born 2010-06-01; sex F",
        "name Hale, Mary; born 2012-02-17; sex F",
        New,
    );
    // The dead and the living.
    people(
        "name Hale, John; born 1950-06-01; died 2001-01-01",
        "name Hale, John; born 1950-06-01; died 2020-01-01",
        Review,
    );
}

#[test]
fn one_system_keeps_its_records_apart() {
    let rest = "name Hale, Margaret; born 1956-03-04; sex F; home 4 Elm Road | TN34 1AB";
    let one = format!("from hospital; {rest}; phone 01424 000111");
    let other = format!("from hospital; {rest}; phone 01424 000222");
    check(&one, &other, &Review);
    check(&format!("nhs {A}; {one}"), &format!("nhs {A}; {other}"), &Link);
    check(
        &format!("nhs {A}; {one}"),
        &format!("from hospital; nhs {A}; name Hale, Margaret; born 1956-04-03"),
        &Review,
    );
}

#[test]
fn one_objecting_record_keeps_the_whole_person_shut() {
    let home = "home 4 Elm Road | TN34 1AB; gp Z92001";
    let rest = format!("name Hale, Margaret; born 1956-03-04; sex F; {home}");
    let mut linker = Linker::new();
    let add =
        |linker: &mut Linker, id, text: &str| linker.add(RecordId(id), &person(text)).unwrap();
    add(&mut linker, 1, &format!("nhs {A}; {rest}"));
    let second = add(&mut linker, 2, &format!("from hospital; {rest}"));
    assert_eq!(outcome(&second.decision), Link);
    // It fits the hospital's record, but the practice's record has another verified number.
    let third = add(&mut linker, 3, &format!("from social care; nhs {B}; {rest}"));
    let Decision::Review(candidates) = &third.decision else { panic!("{third:?}") };
    let why = &candidates[0].explanation;
    assert_eq!((why.closest, why.objector), (RecordId(2), Some(RecordId(1))));
    assert!(why.reasons.contains(Reason::AnotherRecordObjects));
    assert!(why.reasons.contains(Reason::NhsNumberConflict));
    let page = why.to_string();
    assert!(page.contains("Family name: same family name"), "{page}");
    assert!(page.contains("both NHS numbers are verified and they differ"), "{page}");
}

#[test]
fn people_overrule_evidence_for_ever() {
    let rest = "name Hale, Margaret; born 1956-03-04; sex F; home 4 Elm Road | TN34 1AB";
    let mut linker = Linker::new();
    let (a, b) = (RecordId(1), RecordId(2));
    let hospital = person(&format!("from hospital; {rest}"));
    let first = linker.add(a, &person(rest)).unwrap();
    assert_eq!(linker.add(b, &hospital).unwrap().person, first.person);
    let unlinked = linker.unlink(b).unwrap();
    assert_ne!(linker.person_of(b), linker.person_of(a));
    // Neither a second look, nor an update, nor leaving and coming back links them again.
    assert_eq!(linker.reconsider(b).unwrap(), Reconsidered::Keeps(None));
    assert_eq!(linker.update(b, &hospital).unwrap(), Reconsidered::Keeps(None));
    linker.remove(b);
    assert_eq!(linker.add(b, &hospital).unwrap().decision, Decision::New);
    assert_eq!(linker.confirm_same(a, b), Err(LinkerError::Contradiction(a, b)));
    linker.undo(&unlinked);
    assert_eq!(linker.person_of(b), linker.person_of(a));
    assert!(matches!(linker.reconsider(b).unwrap(), Reconsidered::Keeps(Some(_))));
    // A confirmed link holds although the evidence turns against it.
    linker.confirm_same(a, b).unwrap();
    let stranger = person("from hospital; name Carter, Norman; born 1984-11-25");
    let Reconsidered::Keeps(Some(why)) = linker.update(b, &stranger).unwrap() else { panic!() };
    assert!(why.reasons.contains(Reason::ConfirmedSame));
    assert_eq!(linker.confirm_different(b, a), Err(LinkerError::Contradiction(b, a)));
    assert_eq!(linker.confirm_same(a, a), Err(LinkerError::SameRecord(a)));
    assert_eq!(linker.unlink(RecordId(9)), Err(LinkerError::RecordUnknown(RecordId(9))));
}

#[test]
fn changed_demographics_are_reported_and_move_nothing_that_is_linked() {
    let home = "home 4 Elm Road | TN34 1AB";
    let rest = format!("name Hale, Margaret; born 1956-03-04; sex F; {home}");
    let mut linker = Linker::new();
    linker.add(RecordId(1), &person(&format!("nhs {A}; {rest}"))).unwrap();
    let linked =
        linker.add(RecordId(2), &person(&format!("from hospital; nhs {A}; {rest}"))).unwrap();
    let other = person("from hospital; name Carter, Norman; born 1984-11-25");
    let Reconsidered::SuggestUnlink { elsewhere, .. } = linker.update(RecordId(2), &other).unwrap()
    else {
        panic!("the link lost its support")
    };
    assert!(elsewhere.is_empty());
    assert_eq!(linker.person_of(RecordId(2)), Some(linked.person));
    // A record that waits alone links as soon as its details become clear.
    let vague = person("from community; name Hale, Margaret; born 1956-03-04");
    let placed = linker.add(RecordId(3), &vague).unwrap();
    assert_eq!(outcome(&placed.decision), Review);
    let clear = person(&format!("from community; {rest}"));
    linker.update(RecordId(2), &person(&format!("from hospital; nhs {A}; {rest}"))).unwrap();
    assert!(matches!(linker.update(RecordId(3), &clear).unwrap(), Reconsidered::Links(_)));
}

#[test]
fn a_later_record_clears_an_earlier_doubt() {
    let mut linker = Linker::new();
    let add =
        |linker: &mut Linker, id, text: &str| linker.add(RecordId(id), &person(text)).unwrap();
    add(
        &mut linker,
        1,
        "from social care; name Hale, Margaret; born 1956-03-04; home 4 Elm Road | TN34 1AB",
    );
    let who = format!("nhs {A}; name Hale, Margaret; born 1956-03-04");
    let second = add(&mut linker, 2, &format!("{who}; home 9 Oak Lane | BS1 4DJ"));
    assert_eq!(outcome(&second.decision), Review);
    let third = add(
        &mut linker,
        3,
        &format!("from hospital; {who}; home 4 Elm Road | TN34 1AB; home 9 Oak Lane | BS1 4DJ"),
    );
    assert_eq!(third.person, second.person);
    assert_eq!(third.revisit, vec![RecordId(1)]);
    assert!(matches!(linker.reconsider(RecordId(1)).unwrap(), Reconsidered::Links(_)));
    assert_eq!(linker.person_of(RecordId(1)), Some(second.person));
}
