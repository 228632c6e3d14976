//! The checker: the demonstrator has no findings, and sets that are broken on purpose all have theirs.

use triage::check::{FindingKind as Kind, Report, check};

use crate::shared::{changed, library};

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 23);

fn report(file: &str, from: &str, to: &str) -> Report {
    check(
        &changed(file, from, to).unwrap_or_else(|wrong| panic!("{from:?} → {to:?}: {wrong}")),
        TODAY,
    )
}

/// Breaks a file and expects a finding of a kind at a place.
fn breaks(file: &str, from: &str, to: &str, kind: Kind, place: &str) {
    let report = report(file, from, to);
    let found =
        report.findings.iter().any(|f| f.kind == kind && f.topic == file && f.place == place);
    assert!(found, "{file}: {from:?} → {to:?} gave only {:#?}", report.findings);
}

#[test]
fn the_demonstrator_is_proved() {
    let report = check(library(), TODAY);
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert_eq!(report.counts.len(), library().topics().len() + 1);
    for count in &report.counts {
        println!("{count:?}");
        assert!(count.paths > 0 && count.longest <= 15 && count.classes > 0, "{count:?}");
    }
    let throat = report.counts.iter().find(|count| count.topic == "sore-throat").unwrap();
    // 2 red flags of 2 ways on or off each, water, quinsy, defences; then 3 × 3 × 4 × 3 × 3 for the
    // score, for each class: by hand 2·(2+2+2+4+2) + 324 ends, where "on" is one way at each stage.
    assert_eq!(throat.paths % throat.classes as u128, 0);
    assert_eq!(throat.paths / throat.classes as u128, 2 + 2 + 2 + 4 + 2 + 324);
}

#[test]
fn a_red_flag_that_is_cut() {
    // The answer now leads on.
    breaks(
        "sore-throat",
        "red_flag = \"stridor\", to = \"999-throat\"",
        "red_flag = \"stridor\"",
        Kind::RedFlagNotEmergency,
        "throat-noise",
    );
    // It leads to less: then no answer is the most urgent, and the reader does not let it in.
    let (from, to) = ("\"thunderclap\", to = \"999-head\"", "\"thunderclap\", to = \"ed-head\"");
    assert!(changed("headache", from, to).unwrap_err().contains("UnsureUndecided"));
    // The 999 itself was lowered.
    let lower = |dx: &str| format!("dx = \"{dx}\"\nworse = [\"Call 999.\"]");
    breaks("chest-pain", "dx = \"Dx011\"", &lower("Dx02"), Kind::RedFlagNotEmergency, "cp-spread");
    // Its mark is gone: going back would take it away.
    breaks("sore-throat", "red_flag = \"stridor\", ", "", Kind::RedFlagUnmarked, "throat-noise");
    breaks("sore-throat", "red_flag = \"stridor\", ", "", Kind::RedFlagUncovered, "stridor");
    // Mark and way are gone.
    breaks(
        "mental-health",
        "red_flag = \"voices-danger\", to = \"999-mind\"",
        "to = \"crisis\"",
        Kind::RedFlagUncovered,
        "voices-danger",
    );
    // A path leads around the question.
    breaks(
        "back-pain",
        "means = \"no saddle anaesthesia\" }",
        "means = \"none\", to = \"bp-legs\" },\n  { id = \"maybe\", text = \"A bit\", means = \"a bit\" }",
        Kind::RedFlagBypassed,
        "bp-bladder",
    );
    breaks(
        "sieve",
        "means = \"no severe bleeding, crushing chest pain or stroke signs\" }",
        "means = \"none\", to = \"topic\" },\n  { id = \"some\", text = \"A bit\", means = \"a bit\" }",
        Kind::RedFlagBypassed,
        "sieve-body",
    );
    // A sieve that lowers.
    breaks("sieve", "dx = \"Dx010\"", &lower("Dx08"), Kind::RedFlagNotEmergency, "sieve-breath");
}

#[test]
fn every_single_red_flag_is_guarded() {
    let mut mutants = 0;
    for (file, text) in triage::library::EMBEDDED {
        for line in text.lines().filter(|line| line.contains("red_flag = \"")) {
            // Without its way to 999 it leads on, as the answer after it does.
            let (before, way) = line.split_once(", to = ").unwrap();
            let led_on = format!("{before} }},");
            let (start, rest) = line.split_once("red_flag = \"").unwrap();
            let unmarked = format!("{start}{}", rest.split_once("\", ").unwrap().1);
            let gone = String::new();
            for mutant in [led_on, unmarked, gone] {
                mutants += 1;
                // Refused by the reader, or found by the checker.
                let Ok(library) = changed(file, line, &mutant) else { continue };
                let found = check(&library, TODAY).findings;
                assert!(found.iter().any(|f| f.topic == *file), "{file}: {way}: {mutant:?} passes");
            }
        }
    }
    assert!(mutants > 120, "only {mutants}");
}

#[test]
fn every_single_not_sure_is_guarded() {
    let (mut caught, mut equal) = (0, 0);
    for topic in library().topics().iter().chain([library().sieve()]) {
        for question in &topic.questions {
            let text = crate::shared::text_of(&topic.id);
            let start = text.find(&format!("[[question]]\nid = \"{}\"", question.id)).unwrap();
            let block = &text[start..start + text[start..].find("\n]").unwrap()];
            let unsure = block.lines().last().unwrap();
            let plain = unsure.split(", counts_as").next().unwrap().trim_end_matches(" },");
            let own = &question.answers[question.answers.len() - 1];
            for (at, answer) in question.answers.iter().enumerate() {
                if at == own.counts_as || answer.id == "unsure" {
                    continue;
                }
                let line = format!("{plain}, counts_as = \"{}\" }},", answer.id);
                let report = report(&topic.id, block, &block.replace(unsure, &line));
                let is_caught = report.findings.iter().any(|f| f.kind == Kind::NotSureLowers);
                // Only an answer that leads to the very same may stand for "not sure" too.
                let same = answer.to == question.answers[own.counts_as].to
                    || [answer, &question.answers[own.counts_as]]
                        .iter()
                        .all(|a| a.red_flag.is_some())
                    || same_disposition(topic, answer, &question.answers[own.counts_as]);
                assert!(is_caught || same, "{} {}: {line}", topic.id, question.id);
                caught += usize::from(is_caught);
                equal += usize::from(!is_caught);
            }
        }
    }
    assert!(caught > 110 && equal < 40, "{caught} caught, {equal} equal");
}

fn same_disposition(
    topic: &triage::Topic,
    one: &triage::set::Answer,
    other: &triage::set::Answer,
) -> bool {
    use triage::set::Node;
    match (one.to, other.to) {
        (Node::Outcome(a), Node::Outcome(b)) => topic.outcomes[a].dx == topic.outcomes[b].dx,
        _ => false,
    }
}

#[test]
fn a_not_sure_that_lowers() {
    let unsure = "{ id = \"unsure\", text = \"I'm not sure\" }";
    let calm = "{ id = \"unsure\", text = \"I'm not sure\", counts_as = \"no\" }";
    // The first question of each topic: a red flag.
    for topic in library().topics().iter().filter(|t| t.questions[0].answer("no").is_some()) {
        let first = &topic.questions[0];
        if first.answers[0].id == "no" {
            continue;
        }
        breaks(&topic.id, unsure, calm, Kind::NotSureLowers, &first.id);
    }
    breaks(
        "sieve",
        unsure,
        &calm.replace("\"no\"", "\"none\""),
        Kind::NotSureLowers,
        "sieve-breath",
    );
    // A rule of its own that leads to less than an answer does.
    let lower =
        "{ id = \"unsure\", text = \"I'm not sure\", counts_as = \"no\", to = \"ed-swallow\" }";
    let equal =
        "{ id = \"unsure\", text = \"I'm not sure\", counts_as = \"yes\", to = \"999-throat\" }";
    breaks("sore-throat", unsure, lower, Kind::NotSureLowers, "throat-dribble");
    assert!(report("sore-throat", unsure, equal).findings.is_empty());
    // A score that "not sure" does not add to.
    let points = "id = \"throat-pus\"";
    let text = crate::shared::text_of("sore-throat");
    let question = &text[text.find(points).unwrap()..];
    let question = &question[..question.find("\n]").unwrap()];
    breaks(
        "sore-throat",
        question,
        &question.replace(unsure, calm),
        Kind::NotSureLowers,
        "throat-pus",
    );
    // Two answers that lead to the same question, where a later decision looks at which it was: the
    // reader takes the first, and the checker sees that it is the wrong one.
    let yes = "  { id = \"yes\", text = \"Yes or maybe\", means = \"pregnant or possibly so\" },\n";
    let no = "  { id = \"no\", text = \"No\", means = \"not pregnant\" },\n";
    let (from, to) = (format!("{yes}{no}"), format!("{no}{yes}"));
    breaks("urine-infection", &from, &to, Kind::NotSureLowers, "ut-pregnant");
}

#[test]
fn a_rule_that_is_dropped() {
    breaks(
        "sore-throat",
        "  { score = { feverpain = \"4..\" }, to = \"gp-strep\" },\n",
        "  { score = { feverpain = \"6..\" }, to = \"gp-strep\" },\n",
        Kind::OutcomeNeverReached,
        "gp-strep",
    );
    breaks(
        "sore-throat",
        "feverpain = \"4..\" }, to = \"gp-strep\"",
        "feverpain = \"9..\" }, to = \"gp-strep\"",
        Kind::ArmNeverHolds,
        "throat-score",
    );
    breaks(
        "sore-throat",
        "feverpain = \"4..\" }, to = \"gp-strep\"",
        "feverpain = \"9..\" }, to = \"gp-strep\"",
        Kind::LevelNeverReached,
        "day",
    );
    // The whole arm is gone: nothing leads to its outcome, which the reader sees already.
    let gone = "  { score = { feverpain = \"4..\" }, to = \"gp-strep\" },\n";
    assert!(changed("sore-throat", gone, "").unwrap_err().contains("Unreachable"));
    breaks(
        "urine-infection",
        "  { sex = [\"male\", \"unknown\"], to = \"gp-urine\" },\n",
        "",
        Kind::PharmacyGateBroken,
        "pharmacy-urine",
    );
    breaks(
        "back-pain",
        "levels = [\"emergency\", ",
        "levels = [",
        Kind::LevelNotNamed,
        "emergency",
    );
}

#[test]
fn gates_and_arms_that_overlap_wrongly() {
    breaks("urine-infection", "16y..65y", "15y..65y", Kind::PharmacyGateBroken, "pharmacy-urine");
    breaks("urine-infection", "16y..65y", "16y..66y", Kind::PharmacyGateBroken, "pharmacy-urine");
    breaks("rash", "ages = \"18y..\"", "ages = \"17y..\"", Kind::PharmacyGateBroken, "gp-shingles");
    // 2 or more comes first and swallows 4 or more.
    breaks(
        "sore-throat",
        "  { score = { feverpain = \"4..\" }, to = \"gp-strep\" },\n  { score = { feverpain = \"2..3\" }, to = \"pharmacy-throat\" },\n",
        "  { score = { feverpain = \"2..\" }, to = \"pharmacy-throat\" },\n  { score = { feverpain = \"4..\" }, to = \"gp-strep\" },\n",
        Kind::ArmsOverlap,
        "throat-score",
    );
    // A question whose gate nobody of the topic passes.
    breaks(
        "mental-health",
        "ages = \"12y..56y\"",
        "ages = \"6y..9y\"",
        Kind::QuestionNeverAsked,
        "mh-birth",
    );
}

#[test]
fn less_urgent_ends_before_more_urgent_questions() {
    breaks(
        "tummy-pain",
        "means = \"possibly pregnant, no bleeding\" }",
        "means = \"possibly pregnant, no bleeding\", to = \"gp-early\" }",
        Kind::NotUrgentFirst,
        "tp-pregnant",
    );
}

#[test]
fn a_decision_that_ends_before_more_urgent_questions() {
    let early = "id = \"gp-early\"\ndx = ";
    let (from, to) = (format!("{early}\"Dx05\""), format!("{early}\"Dx06\""));
    breaks("tummy-pain", &from, &to, Kind::NotUrgentFirst, "tp-early");
}

#[test]
fn the_same_asked_twice() {
    breaks(
        "back-pain",
        "Do you have a fever, or feel hot and shivery?",
        "does it hurt to pee",
        Kind::AskedTwice,
        "bp-pee",
    );
}

#[test]
fn words_that_are_hard_to_read() {
    breaks(
        "rash",
        "Is your skin red and hot nearly all over?",
        "Is there generalised erythematous inflammation affecting approximately the entire cutaneous surface?",
        Kind::HardToRead,
        "rs-whole",
    );
    breaks(
        "rash",
        "Germs deep in the skin need treatment today.",
        "Antimicrobial administration is recommended immediately following identification of cellulitis.",
        Kind::HardToRead,
        "gp-cellulitis",
    );
}

#[test]
fn a_review_that_is_overdue() {
    let late = check(library(), jiff::civil::date(2027, 4, 1));
    assert_eq!(late.findings.len(), library().topics().len() + 1);
    assert!(late.findings.iter().all(|finding| finding.kind == Kind::ReviewOverdue));
}

#[test]
fn maps_are_whole_and_say_the_same_in_words() {
    let library = library();
    for topic in library.topics().iter().chain([library.sieve()]) {
        let map = triage::check::map(library, topic);
        let ends = usize::from(topic.is_sieve);
        let nodes = topic.questions.len() + topic.decisions.len() + topic.outcomes.len() + ends;
        assert_eq!(map.nodes.len(), nodes, "{}", topic.id);
        assert!(map.edges.iter().all(|edge| map.nodes[edge.from].row < map.nodes[edge.to].row));
        let flags =
            topic.questions.iter().flat_map(|q| &q.answers).filter(|a| a.red_flag.is_some());
        let drawn: Vec<_> = map.edges.iter().filter(|edge| edge.is_red_flag).collect();
        assert_eq!(drawn.len(), flags.count());
        assert!(drawn.iter().all(|edge| map.nodes[edge.to].is_emergency));
        let outline = map.outline();
        assert_eq!(outline.iter().map(|(_, ways)| ways.len()).sum::<usize>(), map.edges.len());
        let mermaid = map.mermaid();
        assert_eq!(mermaid.lines().count(), 1 + map.nodes.len() + map.edges.len());
        let svg = map.svg();
        assert_eq!(svg.matches("<rect").count(), map.nodes.len());
        let pairs: std::collections::BTreeSet<_> =
            map.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        assert_eq!(svg.matches("<path").count(), pairs.len());
        assert!(
            svg.contains("role=\"img\"") && svg.contains("<title id=") && svg.contains("<desc")
        );
        assert!(
            !svg.contains("style=") && !svg.contains("http://www.w3.org/1999"),
            "no inline style"
        );
    }
    let wild =
        changed("rash", "title = \"Rash or skin problem\"", "title = \"<script>&\\\"\"").unwrap();
    let map = triage::check::map(&wild, wild.topic("rash").unwrap());
    assert!(map.svg().contains("&lt;script&gt;&amp;&quot;") && !map.svg().contains("<script>"));
}
