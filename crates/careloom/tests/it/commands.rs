//! The commands as a newcomer would use them, wrong ones included.

use std::process::Command;

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
