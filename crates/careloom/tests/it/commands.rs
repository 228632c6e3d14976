//! The commands as a newcomer would use them, wrong ones included.

use std::process::Command;

use crate::in_process;
use crate::process::{BINARY, configure};

fn run(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(BINARY).args(arguments).output().expect("run careloom");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn wrong_calls_say_what_to_do() {
    let folder = tempfile::tempdir().expect("folder");
    let bad = folder.path().join("bad.toml");
    std::fs::write(&bad, "[server]\nlisten = \"nowhere\"\n").expect("write");
    let full = folder.path().join("full");
    std::fs::create_dir_all(full.join("letters")).expect("folder");
    let store = folder.path().join("no-store.toml");
    std::fs::write(&store, format!("[server]\ndata = {:?}\n", folder.path().join("gone")))
        .expect("write");
    let (bad, full, store) =
        (bad.to_string_lossy(), full.to_string_lossy(), store.to_string_lossy());
    let cases: [(&[&str], &str); 6] = [
        (&["serve", "--config", "/nowhere/careloom.toml"], "cannot read the configuration"),
        (&["serve", "--config", &bad], "listen"),
        (&["config", "--config", &bad], "listen"),
        (&["ledger", "--config", &store], "there is no store at"),
        (&["demo", "--folder", &full], "no folder of the demo's"),
        (&["sevre"], "unrecognized subcommand"),
    ];
    for (arguments, expected) in cases {
        let (is_success, text) = run(arguments);
        assert!(!is_success, "{arguments:?}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
    assert!(std::path::Path::new(&*full).join("letters").exists());
}

#[test]
fn the_defaults_are_shown_and_are_a_valid_configuration() {
    let (is_success, text) = run(&["config"]);
    assert!(is_success && text.contains("127.0.0.1:8080"), "{text}");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("shown.toml");
    std::fs::write(&path, &text).expect("write");
    let (is_success, again) = run(&["config", "--config", &path.to_string_lossy()]);
    assert!(is_success);
    assert_eq!(again, text);
}

#[test]
fn a_second_server_on_the_same_address_says_so() {
    let folder = tempfile::tempdir().expect("folder");
    let config = configure(folder.path());
    let _first = crate::process::Process::start(&config);
    let (is_success, text) = run(&["serve", "--config", &config.to_string_lossy()]);
    assert!(!is_success);
    assert!(text.contains("is another server running there"), "{text}");
}

/// Accounts are made, listed and closed; what is printed once is enough to sign in.
#[test]
fn accounts_are_made_listed_and_closed() {
    let folder = tempfile::tempdir().expect("folder");
    let config = configure(folder.path());
    let config = config.to_string_lossy();
    std::fs::create_dir_all(folder.path().join("data")).expect("a data folder");
    let staff = |name: &'static str, role: &'static str| {
        vec![
            "add-staff",
            name,
            "--words",
            "Dr A",
            "--role",
            role,
            "--organisation",
            "Rowan Surgery",
        ]
    };
    let table: [(Vec<&str>, bool, &str); 9] = [
        (vec!["list"], true, ""),
        (
            [staff("gp", "clinician"), vec!["--make-password"]].concat(),
            true,
            "otpauth://totp/Careloom:gp?secret=",
        ),
        (
            [staff("gp", "clinician"), vec!["--make-password"]].concat(),
            false,
            "there is an account of this name already",
        ),
        ([staff("x", "surgeon"), vec!["--make-password"]].concat(), false, "this is no role"),
        (staff("y", "clinician"), false, "Use 12 characters or more"),
        (
            vec![
                "add-citizen",
                "A@example.test",
                "--person",
                "p1",
                "--words",
                "A",
                "--make-password",
            ],
            true,
            "linkage key   ",
        ),
        (vec!["close", "nobody"], false, "there is no account of this name"),
        (vec!["close", "gp"], true, "closed: gp"),
        (vec!["list"], true, "a@example.test"),
    ];
    for (arguments, is_success, expected) in table {
        let arguments = [vec!["account"], arguments, vec!["--config", &config]].concat();
        let (succeeded, text) = run(&arguments);
        assert_eq!(succeeded, is_success, "{arguments:?}: {text}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
    let (_, text) = run(&["account", "list", "--config", &config]);
    let of = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or("").to_owned();
    assert!(of("gp").contains("clinician, Rowan Surgery  CLOSED"), "{text}");
    assert!(of("a@example.test").ends_with("citizen, Person/p1"), "{text}");
}

#[test]
fn keys_of_feeds_differ_and_fit_the_configuration() {
    let made = |_| {
        let (is_success, text) = run(&["feed-key"]);
        assert!(is_success, "{text}");
        let (_, rest) = text.split_once("key_hash = \"").expect("a hash");
        let hash = rest.split('"').next().expect("its end").to_owned();
        assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
        hash
    };
    let [a, b] = [0, 1].map(made);
    assert_ne!(a, b);
}

/// Clients are registered, listed and removed; a wrong one says what is wrong with it.
#[test]
fn clients_are_added_listed_and_removed() {
    let folder = tempfile::tempdir().expect("folder");
    let config = configure(folder.path());
    let config = config.to_string_lossy();
    std::fs::create_dir_all(folder.path().join("data")).expect("a data folder");
    let client = |arguments: &[&str]| {
        let mut all = vec!["client"];
        all.extend(arguments);
        all.extend(["--config", &config]);
        run(&all)
    };
    let add = [
        "add",
        "Results viewer",
        "--id",
        "viewer",
        "--scope",
        "launch/patient patient/Observation.rs",
    ];
    let back = ["--redirect", "http://127.0.0.1:9000/index.html"];
    let (is_success, text) = client(&[&add[..], &back].concat());
    assert!(is_success && text.contains("viewer") && !text.contains("secret"), "{text}");
    let (is_success, text) = client(&[&add[..2], &add[4..], &back, &["--secret"]].concat());
    assert!(is_success && text.contains("client secret"), "{text}");
    let keys = folder.path().join("keys.json");
    let jwks = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    std::fs::write(&keys, jwks).expect("write");
    let keys = keys.to_string_lossy();
    let service = [
        "add",
        "Night job",
        "--id",
        "night",
        "--scope",
        "system/Observation.rs",
        "--service",
        "--jwks",
        &keys,
    ];
    assert!(client(&service).0);
    let wrong: [(&[&str], &str); 6] = [
        (&[&add[..], &back].concat(), "a client of this id already"),
        (&add, "has an address to send them back to"),
        (&[&add[..], &["--redirect", "http://app.test/"]].concat(), "neither https"),
        (
            &["add", "X", "--scope", "patient/Nonsense.rs", "--redirect", "https://app.test/"],
            "Nonsense",
        ),
        (&["add", "X", "--scope", "system/*.rs", "--service"], "--jwks"),
        (&["remove", "nobody"], "there is no client"),
    ];
    for (arguments, words) in wrong {
        let (is_success, text) = client(arguments);
        assert!(!is_success && text.contains(words), "{arguments:?}: {text}");
    }
    let (_, listed) = client(&["list"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("night") && listed.contains("service"), "{listed}");
    assert!(client(&["remove", "viewer"]).0);
    assert!(!client(&["list"]).1.lines().any(|line| line.starts_with("viewer ")));
}

#[test]
fn question_sets_are_checked_and_drawn() {
    let (is_success, text) = run(&["triage", "check"]);
    assert!(is_success && text.contains("13 sets") && text.contains("0 findings"), "{text}");
    assert!(text.contains("sore-throat 0.1.0 not signed off, digest "), "{text}");
    let (is_success, text) = run(&["triage", "map", "sore-throat"]);
    assert!(
        is_success && text.contains("Sore throat 0.1.0") && text.contains("red flag"),
        "{text}"
    );
    let (is_success, text) = run(&["triage", "map", "sieve", "--format", "svg"]);
    assert!(is_success && text.starts_with("<svg "), "{text}");
    let (is_success, text) = run(&["triage", "map", "rash", "--format", "mermaid"]);
    assert!(is_success && text.starts_with("flowchart TD"), "{text}");
    let (is_success, text) = run(&["triage", "map", "toothache"]);
    assert!(!is_success && text.contains("there are: sieve, "), "{text}");

    // A set whose danger sign leads home is refused with what is wrong; so is one that cannot be read.
    let folder = tempfile::tempdir().expect("folder");
    let set = include_str!("../../../triage/sets/back-pain.toml");
    let broken = set.replacen("to = \"999-spine\"", "to = \"home-back\"", 1);
    assert_ne!(set, broken);
    for (content, expected) in [
        (broken.as_str(), "NOT PROVED: red flag does not end in 999: back-pain: bp-saddle"),
        ("topic = 7", "back-pain: line 1"),
        (&set.replacen("start = \"bp-saddle\"", "start = \"bp-none\"", 1), "bp-none"),
    ] {
        let path = folder.path().join("back-pain.toml");
        std::fs::write(&path, content).expect("write");
        let (is_success, text) = run(&["triage", "check", &path.to_string_lossy()]);
        assert!(!is_success && text.contains(expected), "{expected}: {text}");
    }
    let (is_success, text) = run(&["triage", "check", "/nowhere/set.toml"]);
    assert!(!is_success && text.contains("cannot read the question set"), "{text}");
}

/// The chain of who looked: whole, then with one note changed, then held against what was written down.
#[test]
fn the_audit_is_verified_and_a_change_fails_the_command() {
    let folder = tempfile::tempdir().expect("folder");
    let config = configure(folder.path());
    let config = config.to_string_lossy();
    let verify = |more: &[&str]| run(&[&["audit", "verify", "--config", &config], more].concat());
    let (is_success, text) = verify(&[]);
    assert!(!is_success && text.contains("there is no store at"), "{text}");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runtime");
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).expect("a data folder");
    runtime.block_on(chain(&data, Step::TwoLooks));
    let (is_success, text) = verify(&[]);
    assert!(is_success && text.contains("2 events under 1 seals, 0 not sealed yet"), "{text}");
    let (_, head) = text.split_once("the chain ends with seal ").expect("its end");
    let head = head.trim().to_owned();
    assert!(verify(&["--expect", &head]).0);
    for (expected, why) in [
        (format!("1:{}", "0".repeat(64)), "BROKEN"),
        (head.replacen("1:", "2:", 1), "BROKEN"),
        ("1:abc".to_owned(), "64 hexadecimal digits"),
        (String::new(), "64 hexadecimal digits"),
    ] {
        let (is_success, text) = verify(&["--expect", &expected]);
        assert!(!is_success && text.contains(why), "{expected}: {text}");
    }
    runtime.block_on(chain(&data, Step::OneIsChanged));
    let (is_success, text) = verify(&[]);
    assert!(!is_success, "{text}");
    assert!(
        text.contains("BROKEN at seal 1: AuditEvent/") && text.contains("was changed"),
        "{text}"
    );
}

#[derive(PartialEq)]
enum Step {
    TwoLooks,
    OneIsChanged,
}

/// Notes two looks and seals them, or changes one of those that are there.
async fn chain(data: &std::path::Path, step: Step) {
    let (app, audit) = in_process::app(&data.join("careloom.db"));
    if step == Step::TwoLooks {
        for address in ["GET /fhir/Task/1", "GET /fhir/Task/2"] {
            let nobody = app.acting_as(interactions::Caller::NOBODY);
            let task = app.resource_type("Task").expect("a type");
            let key = store::ResourceKey { resource_type: task, id: in_process::id("t") };
            nobody.read(&key).await.expect_err("nobody reads");
            nobody.note_look(&in_process::refused(address)).await.expect("noted");
        }
        assert_eq!(app.seal_audit().await.expect("sealed"), 2);
        return;
    }
    let found = app.search(audit, &[], in_process::STRICT).await.expect("a search");
    let bundle = fhir::Tree::parse(&found.bundle).expect("json");
    let event = bundle.root().at("entry[0].resource").expect("an event").raw().to_owned();
    let tree = fhir::Tree::parse(event.replace("Task/", "Fish/").as_bytes()).expect("json");
    let target =
        interactions::UpdateTarget::Id(in_process::id(tree.root().text_of("id").expect("an id")));
    app.update(audit, &target, &tree, &interactions::WriteOptions::default())
        .await
        .expect("changed");
}
