//! Files that are refused, each with the kind, line and field of what is wrong.

use proptest::prelude::*;
use triage::set::{ProblemKind as Kind, read};
use triage::{Dispositions, Library};

use crate::shared::{changed, text_of};

const SMALL: &str = r#"topic = "cough"
version = "1.0.0"
title = "Cough"
about = "A cough."
author = "A. Writer"
review_by = "2027-03-31"
ages = "5y.."
search_words = ["cough"]
symptom_group = "demo-cough"
levels = ["emergency", "home"]
start = "blood"
red_flags = { blood = "coughs up much blood" }
evidence = [{ title = "Cough", by = "NICE", reference = "NG120" }]

[[question]]
id = "blood"
text = "Do you cough up a lot of blood?"
why = "It can be an emergency."
answers = [
  { id = "yes", text = "Yes", means = "haemoptysis", red_flag = "blood", to = "call" },
  { id = "no", text = "No", means = "no haemoptysis" },
  { id = "unsure", text = "I'm not sure" },
]

[[question]]
id = "long"
text = "Have you had it for more than 3 weeks?"
why = "A long cough needs a look."
answers = [
  { id = "yes", text = "Yes", means = "more than 3 weeks", to = "choice" },
  { id = "no", text = "No", means = "3 weeks or less", to = "choice" },
  { id = "unsure", text = "I'm not sure", counts_as = "yes" },
]

[[score]]
id = "points"
name = "Points"
points = { "long.yes" = 1 }

[[decision]]
id = "choice"
if = [
  { score = { points = "1.." }, to = "gp" },
  { answers = { long = ["yes"] }, to = "gp" },
]
otherwise = "home"

[[outcome]]
id = "call"
dx = "Dx010"
why = "Blood."
advice = ["Sit up."]

[[outcome]]
id = "gp"
dx = "Dx09"
why = "Long."
advice = ["Rest."]
worse = ["Call 111."]

[[outcome]]
id = "home"
dx = "Dx38"
why = "Short."
advice = ["Rest."]
worse = ["Call 111."]

[sign_off]
status = "not signed off"
"#;

/// Changes the small file and expects one kind of problem whose line, field and words hold `expect`.
fn check(from: &str, to: &str, kind: Kind, line: usize, expect: &str) {
    assert!(SMALL.contains(from), "the small file has no {from:?}");
    let text = SMALL.replacen(from, to, 1);
    let dispositions = Dispositions::embedded().expect("the table is sound");
    let Err(problems) = read(&text, &dispositions) else { panic!("{from:?} → {to:?} was read") };
    let found = problems.iter().find(|p| p.kind == kind && p.to_string().contains(expect));
    let found = found.unwrap_or_else(|| panic!("{from:?} → {to:?}: {problems:#?}"));
    assert_eq!(found.line, line, "{found}");
}

#[test]
fn the_small_file_is_sound() {
    let topic = read(SMALL, &Dispositions::embedded().unwrap()).unwrap();
    assert_eq!(topic.questions.len(), 2);
    assert!(!topic.sign_off.is_signed_off());
    // "Not sure" counts as the most urgent answer: by construction for the first question,
    // by the file's word for the second.
    for question in &topic.questions {
        let unsure = &question.answers[2];
        assert_eq!((unsure.counts_as, unsure.to), (0, question.answers[0].to), "{}", question.id);
    }
}

#[test]
fn syntax_and_keys() {
    check("title = \"Cough\"", "title = ", Kind::Syntax, 3, "");
    check("about", "abuot", Kind::Syntax, 4, "unknown field `abuot`");
    check("why = \"It", "because = \"It", Kind::Syntax, 18, "unknown field `because`");
    check("  { id = \"no\", text", "  { id = \"no\", txet", Kind::Syntax, 21, "txet");
    check("advice = [\"Sit up.\"]", "advise = [\"Sit up.\"]", Kind::Syntax, 52, "advise");
    check("author = \"A. Writer\"\n", "", Kind::Syntax, 1, "missing field `author`");
    check("dx = \"Dx010\"", "dx = 10", Kind::Syntax, 50, "invalid type");
    check("status = ", "signature = \"x\"\nstatus = ", Kind::Syntax, 69, "signature");
}

#[test]
fn values() {
    check("topic = \"cough\"", "topic = \"Cough!\"", Kind::Value, 1, "topic");
    check("\"1.0.0\"", "\"1.0\"", Kind::Value, 2, "version");
    check("\"1.0.0\"", "\"1.0.x\"", Kind::Value, 2, "version");
    check("2027-03-31", "31 March", Kind::Value, 6, "review_by");
    check("2027-03-31", "2027-02-29", Kind::Value, 6, "review_by");
    check("\"emergency\", \"home\"", "\"emergency\", \"whenever\"", Kind::Value, 10, "levels");
    check("id = \"blood\"\ntext", "id = \"unsure\"\ntext", Kind::Value, 16, "word of the format");
    check("points = \"1..\"", "points = \"many\"", Kind::Value, 43, "score");
    check(
        "means = \"no haemoptysis\" }",
        "means = \"none\", counts_as = \"yes\" }",
        Kind::Value,
        21,
        "counts_as",
    );
    check(
        "text = \"I'm not sure\" }",
        "text = \"?\", red_flag = \"blood\" }",
        Kind::Value,
        22,
        "unsure",
    );
    check("search_words = [\"cough\"]", "search_words = []", Kind::Missing, 1, "search_words");
    check(
        "[{ title = \"Cough\", by = \"NICE\", reference = \"NG120\" }]",
        "[]",
        Kind::Missing,
        1,
        "evidence",
    );
    check("why = \"It can be an emergency.\"", "why = \" \"", Kind::Missing, 16, "why");
    check("means = \"haemoptysis\", ", "", Kind::Missing, 20, "means");
    check("worse = [\"Call 111.\"]", "", Kind::Missing, 55, "worse");
    check("advice = [\"Sit up.\"]", "", Kind::Missing, 49, "advice");
}

#[test]
fn names_that_lead_nowhere() {
    check("start = \"blood\"", "start = \"bloody\"", Kind::Dangling, 11, "bloody");
    check("to = \"call\"", "to = \"cal\"", Kind::Dangling, 20, "answer \"yes\" to");
    check("red_flag = \"blood\"", "red_flag = \"blod\"", Kind::Dangling, 20, "red_flag");
    check("dx = \"Dx09\"", "dx = \"Dx9999\"", Kind::Dangling, 56, "Dx9999");
    check("score = { points", "score = { point", Kind::Dangling, 43, "no score \"point\"");
    check(
        "answers = { long = [\"yes\"] }",
        "answers = { long = [\"maybe\"] }",
        Kind::Dangling,
        44,
        "long",
    );
    check(
        "answers = { long = [\"yes\"] }",
        "answers = { long = [\"unsure\"] }",
        Kind::Dangling,
        44,
        "long",
    );
    check("\"long.yes\" = 1", "\"long.yess\" = 1", Kind::Dangling, 36, "long.yess");
    check("counts_as = \"yes\"", "counts_as = \"perhaps\"", Kind::Dangling, 32, "perhaps");
    check("to = \"call\"", "to = \"topic\"", Kind::Dangling, 20, "topic");
    check(
        "advice = [\"Sit up.\"]",
        "advice = [\"Sit up.\"]\npharmacy_first = \"cough\"",
        Kind::Dangling,
        53,
        "cough",
    );
    check("otherwise = \"home\"", "otherwise = \"hoem\"", Kind::Dangling, 46, "hoem");
    check(
        "to = \"choice\" },\n  { id = \"no\"",
        "to = \"gp\" },\n  { id = \"never\", text = \"x\", means = \"x\" },\n  { id = \"no\"",
        Kind::Missing,
        31,
        "last question",
    );
}

#[test]
fn shapes() {
    check("id = \"long\"", "id = \"blood\"", Kind::Duplicate, 26, "blood");
    check(
        "{ id = \"no\", text = \"No\", means = \"no h",
        "{ id = \"yes\", text = \"No\", means = \"no h",
        Kind::Duplicate,
        21,
        "yes",
    );
    check(
        "means = \"no haemoptysis\" }",
        "means = \"none\", to = \"home\" }",
        Kind::Unreachable,
        26,
        "question \"long\"",
    );
    check("otherwise = \"home\"", "otherwise = \"gp\"", Kind::Unreachable, 62, "outcome \"home\"");
    check(
        "means = \"3 weeks or less\", to = \"choice\"",
        "means = \"x\", to = \"blood\"",
        Kind::Cycle,
        16,
        "blood → long → blood",
    );
    check(
        "  { id = \"unsure\", text = \"I'm not sure\" },\n",
        "  { id = \"x\", text = \"X\", means = \"x\" },\n",
        Kind::NoUnsure,
        16,
        "unsure",
    );
    check(
        "  { id = \"yes\", text = \"Yes\", means = \"haemoptysis\", red_flag = \"blood\", to = \"call\" },\n",
        "",
        Kind::Missing,
        16,
        "two answers or more",
    );
}

#[test]
fn not_sure_must_be_decided_where_no_answer_is_most_urgent() {
    // "Yes" skips to a routine GP; "no" may still end at home or, later, in 999: neither is above.
    let text = SMALL
        .replacen("start = \"blood\"", "start = \"long\"", 1)
        .replacen(
            "means = \"more than 3 weeks\", to = \"choice\"",
            "means = \"more than 3 weeks\", to = \"gp\"",
            1,
        )
        .replacen(
            "means = \"3 weeks or less\", to = \"choice\"",
            "means = \"3 weeks or less\", to = \"blood\"",
            1,
        )
        .replacen("means = \"no haemoptysis\"", "means = \"no haemoptysis\", to = \"choice\"", 1)
        .replacen(", counts_as = \"yes\"", "", 1);
    let problems = read(&text, &Dispositions::embedded().unwrap()).unwrap_err();
    assert_eq!(problems[0].kind, Kind::UnsureUndecided, "{problems:#?}");
    assert!(problems[0].field.contains("long"));
}

#[test]
fn gates() {
    for ages in ["5..", "16y..5y", "5y..5y", "y..", "5y-9y", "99999y..", "-1y.."] {
        check("ages = \"5y..\"", &format!("ages = \"{ages}\""), Kind::Gate, 7, "ages");
    }
    check("ages = \"5y..\"", "sex = [\"woman\"]", Kind::Gate, 7, "sex");
    check("ages = \"5y..\"", "sex = [\"male\", \"male\"]", Kind::Gate, 7, "sex");
    check("ages = \"5y..\"", "sex = []", Kind::Gate, 1, "sex");
    check("why = \"A long", "sex = [\"male\"]\nwhy = \"A long", Kind::Gate, 26, "otherwise");
    check("why = \"A long", "otherwise = \"gp\"\nwhy = \"A long", Kind::Gate, 26, "otherwise");
}

#[test]
fn sign_off_is_of_one_content() {
    let signed = |digest: &str| {
        let sign_off = format!(
            "status = \"signed off\"\nname = \"Dr A\"\nrole = \"Clinical Safety Officer\"\ndate = \"2026-11-23\"\ndigest = \"{digest}\""
        );
        SMALL.replacen("status = \"not signed off\"", &sign_off, 1)
    };
    let digest = triage::set::content_digest(SMALL);
    let dispositions = Dispositions::embedded().unwrap();
    let topic = read(&signed(&digest), &dispositions).unwrap();
    assert!(topic.sign_off.is_signed_off());
    assert_eq!(topic.digest, digest);

    // One word changed afterwards, and nobody has signed this.
    let edited = signed(&digest).replacen("A cough.", "A bad cough.", 1);
    let problems = read(&edited, &dispositions).unwrap_err();
    assert_eq!((problems[0].kind, problems[0].line), (Kind::SignOff, 73));

    check("\"not signed off\"", "\"signed off\"", Kind::SignOff, 69, "needs name");
    check("\"not signed off\"", "\"fine\"", Kind::SignOff, 69, "status");
    let late = SMALL.replacen("[sign_off]\nstatus = \"not signed off\"\n", "", 1)
        + "[sign_off]\nstatus = \"not signed off\"\n[[outcome]]\nid = \"x\"\ndx = \"Dx38\"\nwhy = \"x\"\n";
    let problems = read(&late, &dispositions).unwrap_err();
    assert!(problems.iter().any(|p| p.kind == Kind::SignOff), "{problems:#?}");
}

#[test]
fn limits() {
    let dispositions = Dispositions::embedded().unwrap();
    let long = format!("{SMALL}# {}", "x".repeat(300_000));
    assert_eq!(read(&long, &dispositions).unwrap_err()[0].kind, Kind::Limit);
    let outcome = "[[outcome]]\nid = \"home\"\n";
    let many = SMALL.replacen(
        outcome,
        &(0..61).fold(String::new(), |all, at| {
            all + &format!("[[outcome]]\nid = \"h{at}\"\ndx = \"Dx38\"\nwhy = \"x\"\nadvice = [\"x\"]\nworse = [\"x\"]\n")
        }),
        1,
    );
    let many = many.replacen(
        "dx = \"Dx38\"\nwhy = \"Short.\"\nadvice = [\"Rest.\"]\nworse = [\"Call 111.\"]\n",
        "",
        1,
    );
    let problems = read(&many, &dispositions).unwrap_err();
    assert_eq!(problems[0].kind, Kind::Limit, "{problems:#?}");
    let answer = "  { id = \"no\", text = \"No\", means = \"no haemoptysis\" },\n";
    check(answer, &answer.repeat(13), Kind::Limit, 16, "15 answers");
}

#[test]
fn a_library_has_one_sieve_and_topics_apart() {
    let dispositions = || Dispositions::embedded().unwrap();
    let sieve = text_of("sieve");
    let wrong = |files: &[(&str, &str)]| {
        format!("{:?}", Library::read(dispositions(), files.iter().copied()).unwrap_err())
    };
    assert!(wrong(&[("a", SMALL)]).contains("0 sieves"));
    assert!(wrong(&[("s", sieve), ("t", sieve), ("a", SMALL)]).contains("2 sieves"));
    assert!(wrong(&[("s", sieve), ("a", SMALL), ("b", SMALL)]).contains("there already"));
    let family = SMALL.replacen("ages", "family = \"cough\"\nages", 1);
    let older = family.replacen("\"cough\"", "\"cough-2\"", 1).replacen("5y..", "16y..", 1);
    let wrongly = wrong(&[("s", sieve), ("a", &family), ("b", &older)]);
    assert!(wrongly.contains("overlap with"), "{wrongly}");
    let apart = family.replacen("5y..", "5y..16y", 1);
    Library::read(dispositions(), [("s", sieve), ("a", &*apart), ("b", &*older)]).unwrap();
    let same = SMALL.replacen("id = \"blood\"", "id = \"sieve-blood\"", 1).replacen(
        "start = \"blood\"",
        "start = \"sieve-blood\"",
        1,
    );
    assert!(wrong(&[("s", sieve), ("a", &same)]).contains("asked this already"));
    assert!(changed("sieve", "sieve = true", "sieve = false").is_err());
}

#[test]
fn the_table_of_dispositions_is_checked() {
    let text = include_str!("../../tables/dispositions.toml");
    let wrong = |from: &str, to: &str, expect: &str| {
        assert!(text.contains(from));
        let problems = Dispositions::read(&text.replacen(from, to, 1)).unwrap_err();
        let words = format!("{problems:?}");
        assert!(words.contains(expect), "{words}");
    };
    wrong("urgency = 100", "urgency = 70", "not below");
    wrong("code = \"CALL-111\"", "code = \"CALL-112\"", "needs \\\"CALL-111\\\"");
    wrong("code = \"Dx03\"", "code = \"Dx02\"", "already");
    wrong("within_minutes = 0", "within_minutes = 0\nservices = true", "above a 999");
    wrong("group", "gruop", "gruop");
    wrong("ages = \"16y..65y\"", "ages = \"16\"", "ages");
    wrong("services = true\n", "bookable = true\n", "needs \\\"services\\\"");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Files with lines lost, doubled, moved or spoiled: read or refused, never a panic; what is
    /// read is checked to the end, and every walk of it ends.
    #[test]
    fn spoiled_files_never_panic(file in 0usize..13, spoils in proptest::collection::vec((0usize..4, 0usize..400, 0usize..400, "\\PC{0,6}"), 1..4)) {
        let (name, text) = triage::library::EMBEDDED[file];
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (way, at, to, words) in spoils {
            let (at, to) = (at % lines.len(), to % lines.len());
            match way {
                0 => drop(lines.remove(at)),
                1 => lines.insert(to, lines[at].clone()),
                2 => lines.swap(at, to),
                _ => lines[at] = lines[at].replacen(['=', '"', 'o'], &words, 1),
            }
        }
        let spoiled = lines.join("\n");
        let files = triage::library::EMBEDDED
            .iter()
            .map(|(other, text)| (*other, if *other == name { spoiled.as_str() } else { text }));
        let dispositions = Dispositions::embedded().expect("the table is sound");
        match Library::read(dispositions, files) {
            Ok(library) => {
                let _ = triage::check::check(&library, jiff::civil::date(2026, 11, 23));
            }
            Err(wrong) => prop_assert!(wrong.iter().all(|file| !file.problems.is_empty())),
        }
    }
}
