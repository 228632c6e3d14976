//! What holds for every record: symmetry, no panics, independence, undo.

use matching::{
    Address, Decision, Demographics, Frequencies, Linker, MultipleBirth, NhsNumber, NhsNumberClaim,
    PartialDate, PersonId, PersonName, Prepared, RecordId, Scale, Sex, Verification, Weights,
    blocking_keys, compare,
};
use proptest::prelude::*;

use crate::area;
use crate::score::link;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[A-Za-z' -]{0,20}",
        Just("Smith".to_owned()),
        Just("9990000018".to_owned()),
        Just("TN34 1AB".to_owned()),
        Just("\u{0}\u{301}\u{202e}ǅ".to_owned()),
    ]
}

fn demographics() -> impl Strategy<Value = Demographics> {
    let name = (text(), prop::collection::vec(text(), 0..4))
        .prop_map(|(family, given)| PersonName { family, given, ..Default::default() });
    let claim = (text(), prop::option::of(text()))
        .prop_map(|(number, status)| NhsNumberClaim { number, status });
    let address = (prop::collection::vec(text(), 0..3), prop::option::of(text()))
        .prop_map(|(lines, postcode)| Address { lines, postcode });
    let birth = prop::option::of((1900u16..1904, 1u8..13, 1u8..32))
        .prop_map(|parts| parts.and_then(|(year, month, day)| PartialDate::new(year, month, day)));
    let sex = prop::option::of(prop_oneof![Just(Sex::Female), Just(Sex::Male), Just(Sex::Other)]);
    let multiple = prop::option::of((0u8..4).prop_map(MultipleBirth::Order));
    (
        (text(), text(), prop::collection::vec(claim, 0..3), prop::collection::vec(name, 0..3)),
        (birth, sex, prop::collection::vec(address, 0..3), prop::collection::vec(text(), 0..3)),
        (prop::collection::vec(text(), 0..2), prop::option::of(text()), multiple),
    )
        .prop_map(|(who, facts, rest)| Demographics {
            source_system: who.0,
            local_id: who.1,
            nhs_numbers: who.2,
            names: who.3,
            birth_date: facts.0,
            sex: facts.1,
            addresses: facts.2,
            phones: facts.3,
            emails: rest.0,
            gp_practice: rest.1,
            death_date: facts.0,
            multiple_birth: rest.2,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn comparison_is_symmetric(left in demographics(), right in demographics()) {
        let (left, right) = (Prepared::new(&left), Prepared::new(&right));
        let mut frequencies = Frequencies::default();
        frequencies.add(&left);
        let scale = Scale { weights: Weights::built_in(), frequencies: &frequencies };
        let (there, back) = (compare(&left, &right, scale), compare(&right, &left, scale));
        prop_assert!((there.total() - back.total()).abs() < 0.001);
        for (a, b) in there.findings.iter().zip(&back.findings) {
            prop_assert_eq!(a.level.feature(), b.level.feature());
        }
        prop_assert!(there.total().is_finite());
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,60}", bytes in prop::collection::vec(any::<char>(), 0..40)) {
        let odd: String = bytes.into_iter().collect();
        for text in [text, odd] {
            let _ = NhsNumber::parse(&text);
            let _ = PartialDate::parse(&text);
            let _ = Verification::parse(&text);
        }
    }

    #[test]
    fn a_linker_takes_anything_and_gives_it_back(records in prop::collection::vec(demographics(), 1..12)) {
        let mut linker = Linker::new();
        for (index, record) in records.iter().enumerate() {
            linker.add(RecordId(index as u64), record).unwrap();
            prop_assert!(blocking_keys(&Prepared::new(record)).len() <= matching::KEYS_MAX);
        }
        for (index, record) in records.iter().enumerate() {
            linker.update(RecordId(index as u64), &records[records.len() - 1 - index]).unwrap();
            linker.update(RecordId(index as u64), record).unwrap();
        }
        for index in 0..records.len() as u64 {
            prop_assert!(linker.remove(RecordId(index)).is_some());
        }
        prop_assert!(linker.is_empty());
        prop_assert_eq!(linker.decide(&records[0]), Decision::New);
    }
}

/// Every record's person, named by the person's first record.
fn grouping(linker: &Linker, records: usize) -> Vec<Option<RecordId>> {
    (0..records as u64)
        .map(|id| linker.members(linker.person_of(RecordId(id))?).first().copied())
        .collect()
}

#[test]
fn an_unrelated_record_changes_nothing_for_others() {
    for seed in 0..40 {
        let records = area::records(seed, 60);
        let alone = grouping(&link(&records).0, records.len());
        let mut linker = Linker::new();
        for id in 0..20 {
            let stranger = Demographics {
                source_system: "elsewhere".into(),
                local_id: id.to_string(),
                names: vec![PersonName {
                    family: format!("Zzyzx{}", (b'a' + id as u8) as char),
                    given: vec!["Quillon".into()],
                    ..Default::default()
                }],
                birth_date: PartialDate::new(1850, 7, 7),
                ..Default::default()
            };
            linker.place(RecordId(1_000_000 + id), &stranger, PersonId(1_000_000 + id)).unwrap();
        }
        for (index, record) in records.iter().enumerate() {
            let mut revisit = linker
                .add(RecordId(index as u64), &record.demographics)
                .expect("each id is new")
                .revisit;
            while let Some(id) = revisit.pop() {
                if let matching::Reconsidered::Links(placed) =
                    linker.reconsider(id).expect("the record is held")
                {
                    revisit.extend(placed.revisit);
                }
            }
        }
        assert_eq!(grouping(&linker, records.len()), alone, "seed {seed}");
    }
}

#[test]
fn undo_restores_every_grouping_and_ruling() {
    let records = area::records(9, 100);
    let (mut linker, _) = link(&records);
    let count = records.len();
    let mut random = area::Random(1);
    for round in 0..400 {
        let before = grouping(&linker, count);
        let (a, b) = (random.below(count) as u64, random.below(count) as u64);
        let (a, b) = (RecordId(a), RecordId(b));
        let ruling = linker.ruling(a, b);
        let change = match round % 3 {
            0 => linker.confirm_same(a, b),
            1 => linker.confirm_different(a, b),
            _ => linker.unlink(a),
        };
        let Ok(change) = change else { continue };
        // Half of the rulings stand, so that later ones meet them.
        if random.chance(0.5) {
            linker.undo(&change);
            assert_eq!(grouping(&linker, count), before, "round {round}");
            assert_eq!(linker.ruling(a, b), ruling);
        }
        assert_eq!(linker.len(), count);
    }
}
