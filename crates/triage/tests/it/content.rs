//! The demonstrator's content: the table of `nhs.md` 4.5, line by line, and what every file must have.

use triage::{Level, Sex};

use crate::shared::{answer, library, person};

/// Answers a plan for a person of so many years and expects a disposition.
fn ends(topic: &str, years: u32, sex: Sex, plan: &str, code: &str) {
    let library = library();
    let (_, outcome) = answer(library, topic, person(years * 12, sex), plan);
    assert_eq!(
        outcome.disposition.code, code,
        "{topic} {years} {sex:?} {plan}: {:?}",
        outcome.cause
    );
    assert!(!outcome.why.is_empty() && !outcome.advice.is_empty());
    assert_eq!(outcome.worse.is_empty(), outcome.disposition.is_emergency());
}

#[test]
fn the_sieve_has_every_sign() {
    for plan in [
        "sieve-breath=not-breathing",
        "sieve-breath=unconscious",
        "sieve-breath=blue-grey",
        "sieve-breath=fitting",
        "sieve-blood=bleeding",
        "sieve-blood=chest-pain",
        "sieve-blood=stroke",
        "sieve-body=anaphylaxis",
        "sieve-body=meningitis",
        "sieve-body=self-harm-now",
    ] {
        let library = library();
        for topic in library.topics() {
            let who = person(topic.gate.ages.from, Sex::Unknown);
            let (_, outcome) = answer(library, &topic.id, who, plan);
            assert_eq!(outcome.disposition.level, Level::Emergency, "{} {plan}", topic.id);
            assert!(!outcome.disposition.services && !outcome.disposition.bookable);
        }
    }
}

#[test]
fn fever() {
    let (female, male) = (Sex::Female, Sex::Male);
    ends("fever-baby", 0, male, "fb-rash=yes", "Dx010");
    ends("fever-baby", 0, female, "fb-38=yes", "Dx02");
    ends("fever-baby", 0, female, "fb-38=unsure", "Dx02");
    ends("fever-baby", 0, female, "", "CALL-111");
    for flag in ["fc-rash=yes", "fc-drowsy=yes", "fc-neck=yes"] {
        ends("fever-child", 3, male, flag, "Dx010");
    }
    ends("fever-child", 3, male, "fc-dry=yes", "Dx02");
    ends("fever-child", 8, male, "fc-breath=yes", "Dx02");
    ends("fever-child", 8, male, "fc-days=long", "Dx06");
    ends("fever-child", 8, male, "fc-ear=yes", "Dx08");
    ends("fever-child", 8, male, "", "Dx38");
    // Under 5, nothing less than a call, and the answers go with it.
    for plan in ["fc-days=long", "fc-ear=yes", ""] {
        ends("fever-child", 4, female, plan, "CALL-111");
    }
}

#[test]
fn headache() {
    let who = Sex::Female;
    for flag in ["hd-sudden=yes", "hd-neck=yes", "hd-weak=yes"] {
        ends("headache", 40, who, flag, "Dx011");
    }
    ends("headache", 40, who, "hd-injury=bad", "Dx02");
    ends("headache", 40, who, "hd-pregnant=yes", "Dx05");
    ends("headache", 40, who, "hd-fever=yes", "Dx06");
    ends("headache", 40, who, "hd-long=yes", "Dx08");
    ends("headache", 40, who, "hd-often=yes", "Dx08");
    ends("headache", 40, who, "", "Dx38");
    ends("headache", 50, Sex::Male, "hd-temple=yes", "Dx05");
}

#[test]
fn chest_back_and_breath() {
    let who = Sex::Male;
    for flag in ["cp-spread=yes", "cp-breath=yes", "cp-tear=yes", "cp-known=yes"] {
        ends("chest-pain", 60, who, flag, "Dx011");
    }
    ends("chest-pain", 60, who, "cp-leg=yes", "Dx05");
    ends("chest-pain", 60, who, "cp-sharp=yes", "Dx06");
    ends("chest-pain", 60, who, "cp-press=yes", "Dx08");
    ends("chest-pain", 60, who, "", "Dx08");
    for flag in ["bp-saddle=yes", "bp-bladder=yes", "bp-legs=yes"] {
        ends("back-pain", 60, who, flag, "Dx011");
    }
    ends("back-pain", 60, who, "bp-burst=yes", "Dx010");
    ends("back-pain", 60, who, "bp-injury=weak", "Dx02");
    ends("back-pain", 60, who, "bp-fever=yes", "Dx06");
    ends("back-pain", 60, who, "bp-cancer=yes", "Dx06");
    ends("back-pain", 60, who, "bp-weeks=yes", "Dx08");
    ends("back-pain", 60, who, "", "Dx38");
    ends("breathing", 20, who, "br-talk=no", "Dx010");
    ends("breathing", 20, who, "br-oxygen=low", "Dx02");
    ends("breathing", 20, who, "br-oxygen=unsure", "Dx02");
    ends("breathing", 20, who, "br-inhaler=yes", "Dx05");
    ends("breathing", 20, who, "br-weeks=yes", "Dx08");
    ends("breathing", 20, who, "", "Dx38");
}

#[test]
fn tummy_and_diabetes() {
    ends("tummy-pain", 30, Sex::Female, "tp-hard=yes", "Dx010");
    ends("tummy-pain", 30, Sex::Female, "tp-faint=yes", "Dx010");
    ends("tummy-pain", 30, Sex::Female, "tp-pregnant=bleed", "Dx011");
    ends("tummy-pain", 30, Sex::Unknown, "tp-pregnant=unsure", "Dx011");
    ends("tummy-pain", 30, Sex::Female, "tp-pregnant=yes", "Dx05");
    ends("tummy-pain", 30, Sex::Female, "tp-pregnant=yes tp-right=yes", "Dx02");
    ends("tummy-pain", 30, Sex::Male, "tp-balls=yes", "Dx02");
    ends("tummy-pain", 30, Sex::Male, "tp-right=yes", "Dx02");
    ends("tummy-pain", 30, Sex::Male, "tp-fluid=yes", "Dx06");
    ends("tummy-pain", 30, Sex::Male, "tp-runny=yes", "Dx08");
    ends("tummy-pain", 30, Sex::Male, "", "Dx38");
    ends("diabetes", 30, Sex::Male, "db-drowsy=yes", "Dx010");
    ends("diabetes", 30, Sex::Male, "db-fit=yes", "Dx010");
    ends("diabetes", 30, Sex::Male, "db-low=stays", "Dx010");
    ends("diabetes", 30, Sex::Male, "db-ketones=high", "Dx02");
    ends("diabetes", 30, Sex::Male, "db-ketones=unsure", "Dx02");
    ends("diabetes", 30, Sex::Male, "db-sick=yes", "Dx02");
    ends("diabetes", 30, Sex::Male, "db-ketones=mid", "Dx05");
    ends("diabetes", 30, Sex::Male, "db-days=yes", "Dx08");
    ends("diabetes", 30, Sex::Male, "db-low=tried", "Dx08");
    ends("diabetes", 30, Sex::Male, "", "Dx38");
}

#[test]
fn urine_at_the_borders_of_pharmacy_first() {
    let infected = "ut-signs=two";
    for (years, sex, code) in [
        (15, Sex::Female, "Dx06"),
        (16, Sex::Female, "Dx28"),
        (64, Sex::Female, "Dx28"),
        (65, Sex::Female, "Dx06"),
        (30, Sex::Male, "Dx06"),
        (30, Sex::Unknown, "Dx06"),
    ] {
        ends("urine-infection", years, sex, infected, code);
    }
    ends("urine-infection", 30, Sex::Female, "ut-signs=two ut-pregnant=yes", "Dx06");
    ends("urine-infection", 30, Sex::Female, "ut-signs=two ut-pregnant=unsure", "Dx06");
    ends("urine-infection", 30, Sex::Female, "ut-sepsis=yes", "Dx010");
    ends("urine-infection", 30, Sex::Female, "ut-loin=yes", "Dx05");
    ends("urine-infection", 30, Sex::Female, "ut-loin=yes ut-pregnant=yes", "Dx02");
    ends("urine-infection", 30, Sex::Male, "ut-loin=yes", "Dx02");
    ends("urine-infection", 30, Sex::Female, "", "Dx38");
}

#[test]
fn throat_rash_and_mind() {
    ends("sore-throat", 30, Sex::Male, "throat-dribble=yes", "Dx010");
    ends("sore-throat", 30, Sex::Male, "throat-noise=yes", "Dx010");
    ends("sore-throat", 30, Sex::Male, "throat-drink=no", "Dx02");
    ends("sore-throat", 30, Sex::Male, "throat-one-side=one-side", "Dx06");
    ends("rash", 30, Sex::Male, "rs-glass=yes", "Dx011");
    ends("rash", 30, Sex::Male, "rs-swell=yes", "Dx010");
    ends("rash", 30, Sex::Male, "rs-whole=yes", "Dx02");
    ends("rash", 30, Sex::Male, "rs-hot=yes", "Dx06");
    ends("rash", 30, Sex::Male, "rs-band=yes", "Dx08");
    ends("rash", 30, Sex::Male, "rs-crust=yes", "Dx28");
    ends("rash", 30, Sex::Male, "", "Dx38");
    ends("mental-health", 30, Sex::Male, "mh-plan=yes", "Dx011");
    ends("mental-health", 30, Sex::Male, "mh-thoughts=yes", "CALL-111-MH");
    ends("mental-health", 30, Sex::Male, "mh-low=yes", "Dx08");
    ends("mental-health", 30, Sex::Male, "", "Dx38");
    // Shingles is for a pharmacist from 18 on, and for a GP before.
    let library = library();
    for (years, pathway) in [(17, None), (18, Some("shingles"))] {
        let (_, outcome) = answer(library, "rash", person(years * 12, Sex::Male), "rs-band=yes");
        assert_eq!(outcome.pharmacy_first.as_deref(), pathway);
    }
}

#[test]
fn every_file_says_who_what_and_how_many() {
    let library = library();
    assert_eq!(library.topics().len(), 12);
    for topic in library.topics() {
        assert!(
            (6..=15).contains(&topic.questions.len()),
            "{} {}",
            topic.id,
            topic.questions.len()
        );
        assert!(!topic.evidence.is_empty() && !topic.red_flags.is_empty(), "{}", topic.id);
        assert!(
            !topic.sign_off.is_signed_off(),
            "{}: nobody has signed the demonstrator",
            topic.id
        );
        for outcome in &topic.outcomes {
            assert!(outcome.discriminators.iter().all(|code| code.starts_with("demo-")));
        }
        // By convention of the sets the calm answer is the last before "not sure".
        for question in &topic.questions {
            assert_eq!(question.answers.last().unwrap().id, "unsure", "{}", question.id);
        }
    }
    let mut ids: Vec<&str> = library
        .topics()
        .iter()
        .chain([library.sieve()])
        .flat_map(|topic| &topic.questions)
        .map(|question| &*question.id)
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "question ids are unique over all topics");
}
